"""Pipelines, projects, builds and connections made at run time, driven by botocore and the AWS CLI.

What the CLI cannot see is judged too: every reply of these services by botocore's models.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys

from sandbox_botocore_test import IS_OLD, Judge
from sandbox_project import (ALL, CICD, DEPLOY_ROLE, DEV, FAILURES, REGION, action, bootstrap,
                             check, declaration, policy, prepare, project, refused, Place,
                             Sandbox)

JUDGED = ("codepipeline", "codebuild", "codeconnections", "codestar-connections")


def check_declarations(place, roles):
    pipelines = place.client("codepipeline")

    def wrong(error, change):
        given = declaration("wrong", roles["pipeline"])
        change(given)
        return refused(error, pipelines.create_pipeline, pipeline=given)

    source, build = (lambda d: d["stages"][0]["actions"][0]), (lambda d: d["stages"][1]["actions"][0])
    check("minimum of 2 stages" in wrong("InvalidStructureException", lambda d: d["stages"].pop()),
          "two stages are the least")
    wrong("InvalidStructureException", lambda d: d["stages"].reverse())
    wrong("InvalidStageDeclarationException", lambda d: d["stages"][1].update(name="Source"))
    wrong("InvalidActionDeclarationException",
          lambda d: build(d).update(inputArtifacts=[{"name": "Else"}]))
    wrong("InvalidActionDeclarationException", lambda d: source(d)["configuration"].pop("BranchName"))
    wrong("InvalidActionDeclarationException",
          lambda d: source(d)["configuration"].update(Colour="red"))
    wrong("InvalidActionDeclarationException",
          lambda d: build(d)["actionTypeId"].update(provider="Jenkins"))
    wrong("InvalidStructureException", lambda d: d.update(roleArn=roles["build"]))
    wrong("InvalidStructureException", lambda d: d.update(roleArn=roles["build"] + "-not"))
    wrong("InvalidStructureException", lambda d: d.update(pipelineType="V1"))
    wrong("InvalidStructureException", lambda d: d["artifactStore"].update(location="no-bucket"))
    wrong("ValidationException", lambda d: d.update(name="no blanks"))
    refused("InvalidStructureException", pipelines.update_pipeline,
            pipeline=declaration("nowhere", roles["pipeline"]))
    refused("InvalidTagsException", pipelines.create_pipeline, tags=[dict(key="aws:x", value="y")],
            pipeline=declaration("wrong", roles["pipeline"]))
    refused("PipelineNotFoundException", pipelines.get_pipeline, name="wrong")


def check_projects(place, roles):
    builds = place.client("codebuild")
    builds.create_project(name="project", tags=[dict(key="team", value="lake")],
                          **project(roles["build"], STAGE="dev", PIPELINE_NAME="lake",
                                    AWSACCOUNTID=DEV, AWSREGION=REGION))
    refused("ResourceAlreadyExistsException", builds.create_project, name="project",
            **project(roles["build"]))
    refused("InvalidInputException", builds.create_project, name="other",
            **project(roles["pipeline"]))
    refused("InvalidInputException", builds.create_project, name="b a d", **project(roles["build"]))
    refused("InvalidInputException", builds.start_build, projectName="project")
    refused("ResourceNotFoundException", builds.start_build, projectName="nowhere")
    refused("ResourceNotFoundException", builds.update_project, name="nowhere")
    changed = builds.update_project(name="project", description="what it is")["project"]
    check(changed["description"] == "what it is" and changed["tags"], "an update keeps the rest")
    got = builds.batch_get_projects(names=["project", "nowhere"])
    check([p["name"] for p in got["projects"]] == ["project"], "projects are got")
    check(got["projectsNotFound"] == ["nowhere"], "those that are not there are told")
    check(builds.list_projects()["projects"] == ["project"], "projects are listed")


def check_failures(place, roles):
    """No bootstrap, then no trust; then it is there, and the stage is retried."""
    pipelines = place.client("codepipeline")
    made = pipelines.create_pipeline(pipeline=declaration("lake", roles["pipeline"]),
                                     tags=[dict(key="team", value="lake")])
    check(made["pipeline"]["version"] == 1, "a pipeline begins with version 1")
    refused("PipelineNameInUseException", pipelines.create_pipeline,
            pipeline=declaration("lake", roles["pipeline"]))
    place.sandbox.step_until_idle()
    failed = place.action("lake", "Deploy")
    check(failed["status"] == "Failed" and "Phase: BUILD" in failed["errorDetails"]["message"],
          f"a missing bootstrap fails the build: {failed}")
    build, log = place.log("lake", "Deploy")
    check("Could not assume role in target account" in log and "--trust" in log,
          "the log says that the role cannot be assumed")
    check(build["buildStatus"] == "FAILED" and build["currentPhase"] == "COMPLETED", "it is over")
    bad = next(p for p in build["phases"] if p.get("phaseStatus") == "FAILED")
    check(bad["phaseType"] == "BUILD" and
          bad["contexts"][0]["statusCode"] == "COMMAND_EXECUTION_ERROR", "the phase says why")
    bootstrap(place)
    run = place.stage("lake", "Deploy")["latestExecution"]["pipelineExecutionId"]
    retry = dict(pipelineName="lake", stageName="Deploy", pipelineExecutionId=run)
    first_id = failed["actionExecutionId"]
    pipelines.retry_stage_execution(retryMode="FAILED_ACTIONS", **retry)
    place.sandbox.step_until_idle()
    now = place.action("lake", "Deploy")
    check(now["status"] == "Succeeded",
          f"after a bootstrap the retry succeeds: {place.log('lake', 'Deploy')[1]}")
    check(now["actionExecutionId"] != first_id, "a retried action has another id")
    refused("StageNotRetryableException", pipelines.retry_stage_execution,
            retryMode="ALL_ACTIONS", **retry)
    return run


def check_success(place, commit, run):
    pipelines = place.client("codepipeline")
    build, log = place.log("lake", "Deploy")
    check(f"hello dev {commit}" in log and "as it should" in log, "commands see the environment")
    check(build["resolvedSourceVersion"] == commit, "the build knows its commit")
    check(build["initiator"] == "codepipeline/lake", "the pipeline began it")
    check([p["phaseType"] for p in build["phases"]] ==
          ["SUBMITTED", "QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE", "INSTALL", "PRE_BUILD",
           "BUILD", "POST_BUILD", "UPLOAD_ARTIFACTS", "FINALIZING", "COMPLETED"], "all phases")
    stack = place.client("cloudformation", "dev").describe_stacks(StackName="lake-dev")["Stacks"][0]
    check({"Key": "team", "Value": "lake"} in stack["Tags"], "the application stack has its tags")
    value = place.client("ssm", "dev").get_parameter(Name="/lake/dev/commit")["Parameter"]["Value"]
    check(value == commit, "the application stack holds the commit")
    listed = pipelines.list_pipeline_executions(pipelineName="lake")["pipelineExecutionSummaries"]
    check(listed[0]["status"] == "Succeeded" and listed[0]["pipelineExecutionId"] == run, "it ended")
    check(listed[0]["trigger"]["triggerType"] == "CreatePipeline", "its creation started it")
    revision = listed[0]["sourceRevisions"][0]
    check((revision["revisionId"], revision["revisionSummary"]) == (commit, "The first"),
          "the true commit and message are told")
    details = pipelines.list_action_executions(pipelineName="lake")["actionExecutionDetails"]
    source = next(d for d in details if d["actionName"] == "CodeCommit")
    check(source["output"]["outputVariables"]["CommitId"] == commit, "variables are put out")


def check_changes(place, roles):
    pipelines = place.client("codepipeline")
    changed = declaration("lake", roles["pipeline"], branch="nowhere", approval=True)
    running = pipelines.start_pipeline_execution(name="lake")["pipelineExecutionId"]
    check(pipelines.update_pipeline(pipeline=changed)["pipeline"]["version"] == 2, "version 2")
    top = pipelines.list_pipeline_executions(pipelineName="lake", maxResults=1)
    top = top["pipelineExecutionSummaries"][0]
    check((top["pipelineExecutionId"], top["status"]) == (running, "Cancelled"), "it was cancelled")
    check(len(pipelines.get_pipeline(name="lake")["pipeline"]["stages"]) == 3, "as it was given")
    check(len(pipelines.get_pipeline(name="lake", version=1)["pipeline"]["stages"]) == 2, "as before")
    check(len(pipelines.list_action_executions(pipelineName="lake")["actionExecutionDetails"]) >= 2,
          "what ran before is still listed")
    pipelines.start_pipeline_execution(name="lake")
    place.sandbox.step_until_idle()
    error = place.action("lake", "Source")["errorDetails"]
    check("no branch named nowhere was found" in error["message"] and
          error["code"] == "ConfigurationError", f"a missing branch is told: {error}")
    arn = pipelines.get_pipeline(name="lake")["metadata"]["pipelineArn"]
    pipelines.tag_resource(resourceArn=arn, tags=[dict(key="cost", value="7")])
    pipelines.untag_resource(resourceArn=arn, tagKeys=["team"])
    check(pipelines.list_tags_for_resource(resourceArn=arn)["tags"] ==
          [dict(key="cost", value="7")], "tags come and go")


def check_gate_and_rollback(place, roles):
    pipelines = place.client("codepipeline")
    pipelines.update_pipeline(pipeline=declaration("lake", roles["pipeline"], approval=True))
    good = pipelines.start_pipeline_execution(name="lake")["pipelineExecutionId"]
    place.sandbox.step_until_idle()
    waiting = place.action("lake", "Gate")
    pipelines.put_approval_result(pipelineName="lake", stageName="Gate", actionName="Gate",
                                  token=waiting["token"],
                                  result=dict(summary="go", status="Approved"))
    place.sandbox.step_until_idle()
    check(place.action("lake", "Deploy")["status"] == "Succeeded", "after a person's word it goes on")
    _, log = place.log("lake", "Deploy")
    check("No changes to deploy" in log, f"the same commit changes nothing: {log}")
    back = dict(pipelineName="lake", targetPipelineExecutionId=good)
    refused("UnableToRollbackStageException", pipelines.rollback_stage, stageName="Source", **back)
    pipelines.rollback_stage(stageName="Deploy", **back)
    place.sandbox.step_until_idle()
    top = pipelines.list_pipeline_executions(pipelineName="lake", maxResults=1)
    top = top["pipelineExecutionSummaries"][0]
    check((top["executionType"], top["status"]) == ("ROLLBACK", "Succeeded"), f"rolled back: {top}")
    check(top["sourceRevisions"][0]["revisionSummary"] == "The first", "with what it had then")


def check_permissions(place):
    weak = place.role("weak", {"Service": "codepipeline.amazonaws.com"},
                      [{"Effect": "Allow", "Action": ["codecommit:*", "s3:*"],
                        "Resource": "*"}])
    pipelines = place.client("codepipeline")
    pipelines.create_pipeline(pipeline=declaration("weak", weak))
    place.sandbox.step_until_idle()
    check(place.action("weak", "Source")["status"] == "Succeeded", "its source is allowed")
    error = place.action("weak", "Deploy")["errorDetails"]["message"]
    check("is not authorized to perform: codebuild:StartBuild" in error, f"its build not: {error}")
    pipelines.delete_pipeline(name="weak")
    pipelines.delete_pipeline(name="weak")
    refused("PipelineNotFoundException", pipelines.get_pipeline_state, name="weak")


def check_deployments(place, roles):
    """Actions of CloudFormation: a stack comes, changes by a change set, and goes."""
    given = declaration("stacks", roles["pipeline"])

    def stage(name, mode, **more):
        configuration = dict(ActionMode=mode, StackName="by-action", **more)
        return dict(name=name, actions=[action(name, "Deploy", "CloudFormation", configuration,
                                               inputArtifacts=[{"name": "App"}])])

    path = dict(TemplatePath="App::t.json", RoleArn=place.role(
        "cfn", {"Service": "cloudformation.amazonaws.com"}))
    given["stages"][1:] = [
        stage("Create", "CREATE_UPDATE", **path),
        stage("Plan", "CHANGE_SET_REPLACE", ChangeSetName="change", **path),
        stage("Change", "CHANGE_SET_EXECUTE", ChangeSetName="change"),
        dict(name="Gate", actions=[action("Gate", "Approval", "Manual")]),
        stage("Delete", "DELETE_ONLY")]
    place.client("codepipeline").create_pipeline(pipeline=given)
    place.sandbox.step_until_idle()
    token = place.action("stacks", "Gate").get("token")
    check(token, f"the stack is there: {[place.action('stacks', s['name']) for s in given['stages']]}")
    stacks = place.client("cloudformation")
    check(stacks.describe_stacks(StackName="by-action")["Stacks"], "it is")
    place.client("codepipeline").put_approval_result(
        pipelineName="stacks", stageName="Gate", actionName="Gate", token=token,
        result=dict(summary="go", status="Approved"))
    place.sandbox.step_until_idle()
    check(place.action("stacks", "Delete")["status"] == "Succeeded", "it was deleted")
    refused("ValidationError", stacks.describe_stacks, StackName="by-action")


def check_builds(place, roles):
    """Builds by hand: of no source, stopped, failing, and the lists of them."""
    builds = place.client("codebuild")
    spec = "version: 0.2\nphases:\n  build:\n    commands: [\"exit $CODE\"]\n"
    given = project(roles["build"], CODE="0")
    given.update(source=dict(type="NO_SOURCE", buildspec=spec), artifacts=dict(type="NO_ARTIFACTS"))
    builds.create_project(name="by-hand", **given)
    good = builds.start_build(projectName="by-hand")["build"]
    bad = builds.start_build(projectName="by-hand", environmentVariablesOverride=[
        dict(name="CODE", value="4")])["build"]
    check((good["buildStatus"], good["currentPhase"]) == ("IN_PROGRESS", "QUEUED"), "it is queued")
    stopped = builds.start_build(projectName="by-hand")["build"]["id"]
    check(builds.stop_build(id=stopped)["build"]["buildStatus"] == "STOPPED", "it is stopped")
    place.sandbox.step_until_idle()
    got = builds.batch_get_builds(ids=[good["id"], bad["id"], stopped, "by-hand:nothing"])
    check([b["buildStatus"] for b in got["builds"]] == ["SUCCEEDED", "FAILED", "STOPPED"], "as told")
    check(got["buildsNotFound"] == ["by-hand:nothing"], "one is not there")
    reason = [p for p in got["builds"][1]["phases"] if p.get("phaseStatus") == "FAILED"][0]
    check("exit status 4" in reason["contexts"][0]["message"], "its exit status is told")
    ids = builds.list_builds_for_project(projectName="by-hand")["ids"]
    check(len(ids) == 3 and set(ids) <= set(builds.list_builds()["ids"]), "builds are listed")
    retried = builds.retry_build(id=bad["id"], idempotencyToken="once")["build"]
    check(retried["buildNumber"] == 4, "builds are counted")
    check(builds.retry_build(id=bad["id"], idempotencyToken="once")["build"]["id"] == retried["id"],
          "the same token is the same build")
    refused("InvalidInputException", builds.retry_build, id=good["id"], idempotencyToken="once")
    check(builds.retry_build(id=bad["id"])["build"]["buildNumber"] == 5, "without one it is another")
    builds.delete_project(name="by-hand")


def check_connections(place):
    for service in ("codeconnections", "codestar-connections"):
        client = place.client(service)
        arn = client.create_connection(ConnectionName="hub", ProviderType="GitHub",
                                       Tags=[dict(Key="a", Value="b")])["ConnectionArn"]
        check(arn.startswith(f"arn:aws:{service}:{REGION}:{CICD}:connection/"), "its ARN")
        status = lambda: client.get_connection(ConnectionArn=arn)["Connection"]["ConnectionStatus"]
        check(status() == "PENDING", "it begins PENDING")
        place.sandbox.step(60)
        check(status() == "AVAILABLE", "it becomes AVAILABLE")
        check(client.list_tags_for_resource(ResourceArn=arn)["Tags"] == [dict(Key="a", Value="b")],
              "its tags")
        check(arn in [c["ConnectionArn"] for c in client.list_connections()["Connections"]], "listed")
        client.delete_connection(ConnectionArn=arn)
        refused("ResourceNotFoundException", client.get_connection, ConnectionArn=arn)


def stack_template(branch="main", tag="one", deploy="Deploy"):
    """A pipeline and its project as resources of a stack."""
    allow = {"PolicyName": "all", "PolicyDocument": json.loads(policy(ALL))}
    services = ["codepipeline.amazonaws.com", "codebuild.amazonaws.com"]
    trust = json.loads(policy([{"Effect": "Allow", "Principal": {"Service": services},
                                "Action": "sts:AssumeRole"}]))
    role = {"Fn::GetAtt": ["Role", "Arn"]}
    variables = {"STAGE": "dev", "PIPELINE_NAME": "made", "AWSACCOUNTID": DEV, "AWSREGION": REGION}

    def capital(name, kind, configuration, **more):
        given = action(name, *kind)["actionTypeId"]
        return {"Name": name, "ActionTypeId": {k.capitalize(): v for k, v in given.items()},
                "Configuration": configuration, **more}

    source = capital("Code", ("Source", "CodeCommit"),
                     {"RepositoryName": "app", "BranchName": branch, "PollForSourceChanges": False},
                     OutputArtifacts=[{"Name": "App"}])
    build = capital("deploy", ("Build", "CodeBuild"), {"ProjectName": {"Ref": "Project"}},
                    InputArtifacts=[{"Name": "App"}], RunOrder=1)
    return {"Resources": {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {
            "AssumeRolePolicyDocument": trust, "Policies": [allow]}},
        "Project": {"Type": "AWS::CodeBuild::Project", "Properties": {
            "ServiceRole": role, "Source": {"Type": "CODEPIPELINE", "BuildSpec": "buildspec.yml"},
            "Artifacts": {"Type": "CODEPIPELINE"}, "TimeoutInMinutes": 30,
            "Environment": {"Type": "LINUX_CONTAINER", "Image": "aws/codebuild/standard:7.0",
                            "ComputeType": "BUILD_GENERAL1_SMALL", "EnvironmentVariables": [
                                {"Name": k, "Value": v} for k, v in variables.items()]}}},
        "Pipe": {"Type": "AWS::CodePipeline::Pipeline", "Properties": {
            "Name": "made", "RoleArn": role, "PipelineType": "V2", "ExecutionMode": "QUEUED",
            "RestartExecutionOnUpdate": True, "Tags": [{"Key": "own", "Value": tag}],
            "ArtifactStore": {"Type": "S3", "Location": "artifacts-test"},
            "Stages": [{"Name": "Source", "Actions": [source]},
                       {"Name": deploy, "Actions": [build]}]}}},
        "Outputs": {"Version": {"Value": {"Fn::GetAtt": ["Pipe", "Version"]}},
                    "Name": {"Value": {"Ref": "Pipe"}},
                    "Project": {"Value": {"Fn::GetAtt": ["Project", "Arn"]}}}}


def check_stack_drift(place, project_arn):
    """Who edits a stack's pipeline or project by hand is found out."""
    stacks, pipelines = place.client("cloudformation"), place.client("codepipeline")

    def drift():
        stacks.detect_stack_drift(StackName="st")
        place.sandbox.step(10)
        return {d["LogicalResourceId"]: d for d in
                stacks.describe_stack_resource_drifts(StackName="st")["StackResourceDrifts"]}
    found = {logical: d["StackResourceDriftStatus"] for logical, d in drift().items()}
    check(found["Pipe"] == found["Project"] == "IN_SYNC", f"as they were made: {found}")
    given = pipelines.get_pipeline(name="made")["pipeline"]
    given["stages"][1]["name"] = "By-hand"
    pipelines.update_pipeline(pipeline=given)
    builds = place.client("codebuild")
    project = project_arn.rpartition("/")[2]
    environment = builds.batch_get_projects(names=[project])["projects"][0]["environment"]
    builds.update_project(name=project, environment={
        **environment, "environmentVariables": [{"name": "BY", "value": "hand"}]})
    found = drift()
    for logical, path in (("Pipe", "/Stages"), ("Project", "/Environment")):
        check(found[logical]["StackResourceDriftStatus"] == "MODIFIED" and
              found[logical]["PropertyDifferences"][0]["PropertyPath"].startswith(path),
              f"{logical}: {found[logical]}")
    check("By-hand" in found["Pipe"]["PropertyDifferences"][0]["ActualValue"], "what it is now")


def check_stack(place):
    stacks, pipelines = place.client("cloudformation"), place.client("codepipeline")

    def settled(call, **arguments):
        call(StackName="st", Capabilities=["CAPABILITY_IAM"], **arguments)
        place.sandbox.step_until_idle()
        stack = stacks.describe_stacks(StackName="st")["Stacks"][0]
        return stack["StackStatus"], {o["OutputKey"]: o["OutputValue"] for o in stack["Outputs"]}

    status, outputs = settled(stacks.create_stack, TemplateBody=json.dumps(stack_template()),
                              Tags=[{"Key": "team", "Value": "lake"}])
    check(status == "CREATE_COMPLETE" and outputs["Name"] == "made", f"{status} {outputs}")
    check(outputs["Project"].startswith(f"arn:aws:codebuild:{REGION}:{CICD}:project/st-Project-"),
          "a project without a name gets one")
    check(place.action("made", "Deploy")["status"] == "Succeeded", "it ran when it was made")
    template = stack_template(tag="two", deploy="Deploy-now")
    status, outputs = settled(stacks.update_stack, TemplateBody=json.dumps(template),
                              Tags=[{"Key": "team", "Value": "lake"}])
    check(status == "UPDATE_COMPLETE" and outputs["Version"] == "2", f"{status} {outputs}")
    check(place.action("made", "Deploy-now")["status"] == "Succeeded", "it ran after the update")
    arn = pipelines.get_pipeline(name="made")["metadata"]["pipelineArn"]
    tags = {t["key"]: t["value"] for t in pipelines.list_tags_for_resource(resourceArn=arn)["tags"]}
    check(tags["own"] == "two" and tags["team"] == "lake", f"its tags: {tags}")
    check_stack_drift(place, outputs["Project"])
    stacks.delete_stack(StackName="st")
    place.sandbox.step_until_idle()
    refused("PipelineNotFoundException", pipelines.get_pipeline, name="made")
    check("made" not in place.client("codebuild").list_projects()["projects"], "and gone")


def check_starter(binary):
    """The starter without the CDK: a role that is assumed, parameters from a file that is copied."""
    starter = pathlib.Path(__file__).resolve().parents[2] / "assets" / "starters" / "cloudformation"
    with Sandbox(binary, "--step", "--seed", "empty") as sandbox:
        place = Place(sandbox)
        commit, roles = prepare(place)
        files = [dict(filePath=str(f.relative_to(starter)), fileContent=f.read_bytes())
                 for f in starter.rglob("*") if f.is_file() and f.name != "buildspec.yml"]
        spec = dict(filePath="buildspec.yml", fileContent=(starter / "buildspec.yml").read_bytes())
        place.client("codecommit").create_commit(
            repositoryName="app", branchName="main", commitMessage="The starter",
            putFiles=[*files, spec], parentCommitId=commit)
        bootstrap(place)
        role = f"arn:aws:iam::{DEV}:role/"
        place.client("codebuild").create_project(name="project", **project(
            roles["build"], STAGE="dev", PIPELINE_NAME="lake", AWSACCOUNTID=DEV, AWSREGION=REGION,
            DEPLOY_ROLE_ARN=role + DEPLOY_ROLE,
            CFN_EXEC_ROLE_ARN=role + f"cdk-hnb659fds-cfn-exec-role-{DEV}-{REGION}"))
        place.client("codepipeline").create_pipeline(pipeline=declaration("lake", roles["pipeline"]))
        sandbox.step_until_idle()
        done = place.action("lake", "Deploy")
        check(done["status"] == "Succeeded", f"the starter deploys: {place.log('lake', 'Deploy')[1]}")
        stack = place.client("cloudformation", "dev").describe_stacks(StackName="lake-dev")["Stacks"]
        check(stack[0]["StackStatus"] == "CREATE_COMPLETE", "to the target's account")
        check({"Key": "penstock:stage", "Value": "dev"} in stack[0]["Tags"], "with its tags")


def check_faults(binary):
    """The queue is full, and the connection's handshake never comes."""
    with Sandbox(binary, "--step", "--seed", "empty", "--fault", "build-queue:project:1:1",
                 "--fault", "connection-pending") as sandbox:
        place = Place(sandbox)
        _, roles = prepare(place)
        bootstrap(place)
        pipelines = place.client("codepipeline")
        place.client("codebuild").create_project(name="project", **project(
            roles["build"], STAGE="dev", PIPELINE_NAME="lake", AWSACCOUNTID=DEV, AWSREGION=REGION))
        pipelines.create_pipeline(pipeline=declaration("lake", roles["pipeline"]))
        sandbox.step_until_idle()
        error = place.action("lake", "Deploy")["errorDetails"]["message"]
        check("Cannot have more than 0 builds in queue for the account" in error, error)
        arn = place.client("codeconnections").create_connection(
            ConnectionName="hub", ProviderType="GitHub")["ConnectionArn"]
        given = declaration("hub", roles["pipeline"])
        given["stages"][0]["actions"] = [action(
            "Hub", "Source", "CodeStarSourceConnection",
            {"ConnectionArn": arn, "FullRepositoryId": "me/app", "BranchName": "main"},
            outputArtifacts=[{"name": "App"}], namespace="Source")]
        pipelines.create_pipeline(pipeline=given)
        sandbox.step(3600)
        error = place.action("hub", "Source")["errorDetails"]["message"]
        check(arn in error and "is not available" in error, f"a PENDING connection: {error}")


def check_restart(binary, scratch):
    state = ("--state", scratch, "--seed", "empty", "--speed", "20")
    with Sandbox(binary, *state) as sandbox:
        place = Place(sandbox)
        commit, roles = prepare(place)
        pipelines = place.client("codepipeline")
        for name in ("gone", "kept", "late"):
            pipelines.create_pipeline(pipeline=declaration(name, roles["pipeline"], approval=True))
        pipelines.delete_pipeline(name="gone")
        pipelines.update_pipeline(pipeline=declaration("late", roles["pipeline"]))
        before = pipelines.list_pipeline_executions(pipelineName="kept")
        before = before["pipelineExecutionSummaries"][0]["pipelineExecutionId"]
    with Sandbox(binary, *state) as sandbox:
        place = Place(sandbox)
        pipelines = place.client("codepipeline")
        names = [p["name"] for p in pipelines.list_pipelines()["pipelines"]]
        check(names == ["kept", "late"], f"made pipelines are there again: {names}")
        check(pipelines.get_pipeline(name="late")["pipeline"]["version"] == 2, "in their version")
        check(len(pipelines.get_pipeline(name="late", version=1)["pipeline"]["stages"]) == 3, "and 1")
        for _ in range(200):
            gate = place.action("kept", "Gate")
            if gate.get("token"):
                break
            subprocess.run(["sleep", "0.05"], check=True)
        run = place.stage("kept", "Gate").get("latestExecution", {}).get("pipelineExecutionId")
        check(run == before, f"its run goes on after a restart: {run}, {before}")
        source = place.action("kept", "Source")
        check(source["externalExecutionId"] == commit, "with what it had")


def check_cli(sandbox):
    """The CLI agrees: a project and a build, and an error."""
    program = shutil.which("aws") or "/usr/bin/aws"
    if not os.access(program, os.X_OK):
        return
    for words, wanted in ((["codebuild", "list-projects"], "project"),
                          (["codebuild", "list-builds-for-project", "--project-name", "project"],
                           "project:"), (["codepipeline", "get-pipeline", "--name", "lake"], "Gate")):
        done = subprocess.run([program, *words, "--endpoint-url", sandbox.url, "--output", "json"],
                              env=sandbox.env("cicd"), capture_output=True, text=True, timeout=120)
        check(done.returncode == 0 and wanted in done.stdout, f"aws {words}: {done.stderr}")


def judge(record):
    judge = Judge()
    with open(record, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            exchange = json.loads(line)
            headers = {k.lower(): v for k, v in exchange["request"]["headers"].items()}
            prefix, _, name = headers.get("x-amz-target", "").rpartition(".")
            service = next((s for s in JUDGED if
                            judge.model(s).metadata["targetPrefix"] == prefix), None)
            if service is None:
                continue
            operation = judge.model(service).operation_model(name)
            judge.seen[name] = judge.seen.get(name, 0) + 1
            judge.reply(operation, exchange["reply"], True, exchange["reply"]["status"] == 200,
                        f"{number} {service} {name}")
    for fault in judge.faults[:40]:
        check(False, fault)
    check(len(judge.seen) > 25, f"many operations were judged: {judge.seen}")


def main():
    binary = sys.argv[1]
    if IS_OLD:
        print("skipped: this botocore knows neither CodeConnections nor pipelines of type V2")
        return 77
    with Sandbox(binary) as probe:
        record = probe.dir / "record"
        with Sandbox(binary, "--step", "--seed", "empty", "--record", record) as sandbox:
            place = Place(sandbox)
            commit, roles = prepare(place)
            check_declarations(place, roles)
            check_projects(place, roles)
            run = check_failures(place, roles)
            check_success(place, commit, run)
            check_changes(place, roles)
            check_gate_and_rollback(place, roles)
            check_permissions(place)
            check_deployments(place, roles)
            check_builds(place, roles)
            check_connections(place)
            check_stack(place)
            check_cli(sandbox)
        judge(record)
        check_starter(binary)
        check_faults(binary)
        check_restart(binary, probe.dir / "state")
    print(f"{len(FAILURES)} failures")
    return 1 if FAILURES else 0


if __name__ == "__main__":
    sys.exit(main())
