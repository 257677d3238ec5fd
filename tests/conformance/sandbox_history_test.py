"""What seeded pipelines did: their builds, logs, commits and stacks, judged by the AWS CLI and
botocore's models. Everything that a run names must be there, and agree with the run."""

import datetime
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
from sandbox import Sandbox  # noqa: E402
from sandbox_place import IS_OLD, Place, check, end, judge_record, refused  # noqa: E402

JUDGED = ("codebuild", "logs", "codecommit", "cloudformation")
PLACES = [("cicd", "eu-west-1"), ("cicd", "us-east-1"), ("dev", "eu-west-1"), ("test", "eu-west-1"),
          ("prod", "eu-west-1"), ("prod", "us-east-1")]


def actions_of(client, name):
    token, found = {}, []
    while True:
        page = client.list_action_executions(pipelineName=name, **token)
        found += page["actionExecutionDetails"]
        if "nextToken" not in page:
            return found
        token = {"nextToken": page["nextToken"]}


def log_of(logs, group, stream, **more):
    token, lines = {}, []
    while True:
        page = logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True,
                                   **token, **more)
        lines += page["events"]
        if token.get("nextToken") == page["nextForwardToken"]:
            return lines
        token = {"nextToken": page["nextForwardToken"]}


def check_build(place, action, build, commits):
    status = {"Succeeded": "SUCCEEDED", "InProgress": "IN_PROGRESS"}.get(action["status"])
    where = f"{action['pipelineExecutionId']} {action['actionName']}"
    config = action["input"]["configuration"]
    check(build["projectName"] == config["ProjectName"], f"{where}: the project's name")
    if status:
        check(build["buildStatus"] == status, f"{where}: {build['buildStatus']}")
    if build["buildStatus"] == "STOPPED":
        return
    if action["status"] == "Failed":
        check(build["buildStatus"] in ("FAILED", "TIMED_OUT"), f"{where}: {build['buildStatus']}")
        failed = [p for p in build["phases"] if p.get("phaseStatus") in ("FAILED", "TIMED_OUT")]
        check(len(failed) == 1, f"{where}: one phase fails, not {failed}")
        told = action["output"]["executionResult"]["errorDetails"]["message"]
        context = failed[0]["contexts"][0]["message"]
        check(context in told or "cdk deploy" in context, f"{where}: {context!r} in {told!r}")
    check(build["initiator"] == f"codepipeline/{place.pipeline}", f"{where}: the initiator")
    check(build["resolvedSourceVersion"] in commits[action["pipelineExecutionId"]],
          f"{where}: the commit")
    check(abs((build["startTime"] - action["startTime"]).total_seconds()) < 2, f"{where}: start")
    phases = build["phases"]
    for one, other in zip(phases, phases[1:]):
        check(one["endTime"] <= other["startTime"] + datetime.timedelta(milliseconds=2),
              f"{where}: {one['phaseType']} ends before {other['phaseType']} begins")
    check(phases[-1]["phaseType"] == build["currentPhase"], f"{where}: the present phase")
    if build["buildComplete"] and action["status"] in ("Succeeded", "Failed"):
        check(abs((build["endTime"] - action["lastUpdateTime"]).total_seconds()) < 2,
              f"{where}: the end")
        check(phases[-1]["phaseType"] == "COMPLETED", f"{where}: COMPLETED")


def check_all_builds(sandbox):
    counts = {}
    for profile, region in PLACES:
        place = Place(sandbox, profile, region)
        pipelines, builds = place.client("codepipeline"), place.client("codebuild")
        for row in pipelines.list_pipelines()["pipelines"]:
            place.pipeline = row["name"]
            runs = pipelines.list_pipeline_executions(pipelineName=row["name"])
            commits = {r["pipelineExecutionId"]: [s["revisionId"] for s in r["sourceRevisions"]]
                       for r in runs["pipelineExecutionSummaries"]}
            built = {a["output"]["executionResult"]["externalExecutionId"]: a
                     for a in actions_of(pipelines, row["name"])
                     if a["input"]["actionTypeId"]["provider"] == "CodeBuild"
                     and a["pipelineExecutionId"] in commits}
            ids = list(built)[:60]
            found = builds.batch_get_builds(ids=ids) if ids else {"builds": []}
            check(not found.get("buildsNotFound"), f"{row['name']}: {found.get('buildsNotFound')}")
            for build in found["builds"]:
                check_build(place, built[build["id"]], build, commits)
                counts[build["buildStatus"]] = counts.get(build["buildStatus"], 0) + 1
    check(all(counts.get(s, 0) > 0 for s in ("SUCCEEDED", "FAILED", "TIMED_OUT", "IN_PROGRESS")),
          f"builds of all kinds: {counts}")


def find_action(place, pipeline, wanted):
    for action in actions_of(place.client("codepipeline"), pipeline):
        if action["input"]["actionTypeId"]["provider"] == "CodeBuild" and \
                action["status"] == wanted:
            return action
    return None


def check_projects(place):
    builds, logs = place.client("codebuild"), place.client("logs")
    names = builds.list_projects()["projects"]
    check("customer-360-deploy-dev" in names and names == sorted(set(names)), "projects by name")
    found = builds.batch_get_projects(names=["customer-360-deploy-dev", "not-there"])
    check(found["projectsNotFound"] == ["not-there"], "projects that are not there")
    check(found["projects"][0]["source"]["type"] == "CODEPIPELINE", "its source")
    ids = builds.list_builds_for_project(projectName="customer-360-deploy-dev")["ids"]
    times = [b["startTime"] for b in builds.batch_get_builds(ids=ids)["builds"]]
    check(len(ids) == 3 and times == sorted(times, reverse=True), "a project's builds")
    refused("ResourceNotFoundException", builds.list_builds_for_project, projectName="not-there")
    check(len(builds.list_builds()["ids"]) == 100, "a page of all builds")
    groups = logs.describe_log_groups(logGroupNamePrefix="/aws/codebuild/customer-360")["logGroups"]
    check([g["logGroupName"][-4:] for g in groups] == ["-dev", "prod", "test"], f"groups: {groups}")


def check_failed_log(place):
    """customer-360's test stage failed by its tests."""
    builds, logs = place.client("codebuild"), place.client("logs")
    action = find_action(place, "customer-360", "Failed")
    build_id = action["output"]["executionResult"]["externalExecutionId"]
    build = builds.batch_get_builds(ids=[build_id])["builds"][0]
    group, stream = build["logs"]["groupName"], build["logs"]["streamName"]
    lines = log_of(logs, group, stream)
    check(lines == log_of(logs, group, stream, limit=7), "the same by small pages")
    text = "\n".join(line["message"] for line in lines)
    for part in ("FAILURES", "\x1b[31m", "test_größen", "Phase complete: PRE_BUILD State: FAILED",
                 "Command did not exit successfully pytest -q tests/unit exit status 2"):
        check(part in text, f"{part!r} in the log")
    check("Entering phase BUILD" not in text, "nothing after the tests")
    times = [line["timestamp"] for line in lines]
    check(times == sorted(times), "lines in time")
    check(build["startTime"].timestamp() * 1000 <= times[0] and
          times[-1] <= build["endTime"].timestamp() * 1000, "lines within the build")
    found = logs.filter_log_events(logGroupName=group, logStreamNames=[stream],
                                   filterPattern='"2 failed"')["events"]
    check([f["logStreamName"] for f in found] == [stream], f"words in quotes: {found}")
    found = logs.filter_log_events(logGroupName=group, filterPattern="FAILURES")["events"]
    check([f["logStreamName"] for f in found] == [stream], f"filter: {found}")
    streams = logs.describe_log_streams(logGroupName=group, orderBy="LastEventTime",
                                        descending=True)["logStreams"]
    last = [s["lastEventTimestamp"] for s in streams]
    check(stream in [s["logStreamName"] for s in streams] and last == sorted(last, reverse=True),
          "the group's streams")
    passed = find_action(place, "customer-360", "Succeeded")
    build = builds.batch_get_builds(ids=[passed["output"]["executionResult"]["externalExecutionId"]]
                                    )["builds"][0]
    text = "\n".join(e["message"] for e in log_of(logs, build["logs"]["groupName"],
                                                  build["logs"]["streamName"]))
    for part in ("AWS_SECRET_ACCESS_KEY=", "password=", "Bearer ", "Größe in Ordnung", "倉庫"):
        check(part in text, f"{part!r} in a log")
    check(max(map(len, text.split("\n"))) > 2000, "a long line")
    return build["id"], text


def check_growing_log(place):
    """sales-orders is busy: sooner or later one of its builds runs."""
    pipelines, builds, logs = map(place.client, ("codepipeline", "codebuild", "logs"))
    for _ in range(60):
        action = find_action(place, "sales-orders", "InProgress")
        if action:
            break
        place.sandbox.step(20)
    check(action, "a build that runs")
    build_id = action["output"]["executionResult"]["externalExecutionId"]
    token, lines = {}, []
    for _ in range(200):
        build = builds.batch_get_builds(ids=[build_id])["builds"][0]
        told = build["logs"]
        while "streamName" in told:
            page = logs.get_log_events(logGroupName=told["groupName"], startFromHead=True,
                                       logStreamName=told["streamName"], **token)
            lines += page["events"]
            if token.get("nextToken") == page["nextForwardToken"]:
                break
            token = {"nextToken": page["nextForwardToken"]}
        if build["buildComplete"]:
            break
        place.sandbox.step(3)
    check(build["buildComplete"], "the build ends")
    check(lines == log_of(logs, told["groupName"], told["streamName"]),
          "followed, nothing is missed and nothing doubled")


def check_stop(place):
    builds, pipelines = place.client("codebuild"), place.client("codepipeline")
    for _ in range(60):
        action = find_action(place, "sales-orders", "InProgress")
        if action:
            break
        place.sandbox.step(20)
    build_id = action["output"]["executionResult"]["externalExecutionId"]
    stopped = builds.stop_build(id=build_id)["build"]
    check(stopped["buildStatus"] == "STOPPED" and stopped["buildComplete"], "stopped")
    check(stopped == builds.batch_get_builds(ids=[build_id])["builds"][0], "and stays so")
    now = [a for a in actions_of(pipelines, "sales-orders")
           if a["output"].get("executionResult", {}).get("externalExecutionId") == build_id][0]
    check(now["status"] == "Failed" and "STOPPED" in
          now["output"]["executionResult"]["errorDetails"]["message"], f"its action: {now}")
    refused("InvalidInputException", builds.stop_build, id=build_id)
    refused("ResourceNotFoundException", builds.stop_build, id="not-there:1")
    ids = builds.list_builds_for_project(projectName=stopped["projectName"])["ids"]
    check(ids.count(build_id) == 1, "it is listed once")


def check_retry(place, build_id):
    builds, logs = place.client("codebuild"), place.client("logs")
    old = builds.batch_get_builds(ids=[build_id])["builds"][0]
    new = builds.retry_build(id=build_id)["build"]
    check(new["id"] != build_id and new["projectName"] == old["projectName"], "another build")
    check(new["resolvedSourceVersion"] == old["resolvedSourceVersion"], "of the same commit")
    place.sandbox.step(600)
    new = builds.batch_get_builds(ids=[new["id"]])["builds"][0]
    check(new["buildStatus"] == "SUCCEEDED", f"retried: {new['buildStatus']}")
    check(log_of(logs, new["logs"]["groupName"], new["logs"]["streamName"]), "its log")
    check(builds.list_builds_for_project(projectName=old["projectName"])["ids"][0] == new["id"],
          "it is the newest")


def check_stage_retry(place):
    """A stage that is tried again has another build; the first one is still told."""
    pipelines, builds, logs = map(place.client, ("codepipeline", "codebuild", "logs"))
    name = "clickstream-ingest"
    state = pipelines.get_pipeline_state(name=name)["stageStates"][-1]
    before = state["actionStates"][0]["latestExecution"]["externalExecutionId"]
    old = builds.batch_get_builds(ids=[before])["builds"][0]
    lines = log_of(logs, old["logs"]["groupName"], old["logs"]["streamName"])
    check(old["buildStatus"] == "FAILED", f"it failed: {old['buildStatus']}")
    pipelines.retry_stage_execution(
        pipelineName=name, stageName=state["stageName"], retryMode="FAILED_ACTIONS",
        pipelineExecutionId=state["latestExecution"]["pipelineExecutionId"])
    place.sandbox.step(1)
    state = pipelines.get_pipeline_state(name=name)["stageStates"][-1]
    after = state["actionStates"][0]["latestExecution"]["externalExecutionId"]
    check(before != after, "another build")
    check(builds.batch_get_builds(ids=[before])["builds"][0] == old, "the first is as it was")
    check([(e["timestamp"], e["message"]) for e in
           log_of(logs, old["logs"]["groupName"], old["logs"]["streamName"])] ==
          [(e["timestamp"], e["message"]) for e in lines], "and so is its log")


def check_commits(place):
    pipelines, commits = place.client("codepipeline"), place.client("codecommit")
    names = [r["repositoryName"] for r in commits.list_repositories()["repositories"]]
    check("finance-ledger" in names and names == sorted(names), f"repositories: {names}")
    for row in pipelines.list_pipelines()["pipelines"]:
        source = pipelines.get_pipeline(name=row["name"])["pipeline"]["stages"][0]["actions"][0]
        if source["actionTypeId"]["provider"] != "CodeCommit":
            continue
        repository = source["configuration"]["RepositoryName"]
        branch = source["configuration"]["BranchName"]
        check(branch in commits.list_branches(repositoryName=repository)["branches"],
              f"{repository}: {branch}")
        runs = pipelines.list_pipeline_executions(pipelineName=row["name"])
        revisions = {s["revisionId"]: s["revisionSummary"]
                     for r in runs["pipelineExecutionSummaries"] for s in r["sourceRevisions"]}
        for at in range(0, len(revisions), 100):
            found = commits.batch_get_commits(repositoryName=repository,
                                              commitIds=list(revisions)[at:at + 100])
            check(not found["errors"], f"{repository}: {found['errors']}")
            for commit in found["commits"]:
                check(commit["message"] == revisions[commit["commitId"]], "the message")
                check("@" in commit["author"]["email"], "an author")
                one = commits.get_commit(repositoryName=repository, commitId=commit["commitId"])
                check(one["commit"] == commit, "one commit as among many")
    found = commits.batch_get_commits(repositoryName="finance-ledger",
                                      commitIds=["0" * 40, "short"])
    check([e["errorCode"] for e in found["errors"]] ==
          ["CommitIdDoesNotExistException", "InvalidCommitIdException"], f"{found['errors']}")


def check_files(place):
    commits = place.client("codecommit")
    name = "finance-ledger"
    head = commits.get_branch(repositoryName=name, branchName="dev")["branch"]["commitId"]
    commit = commits.get_commit(repositoryName=name, commitId=head)["commit"]
    changed = commits.get_differences(repositoryName=name, afterCommitSpecifier=head,
                                      beforeCommitSpecifier=commit["parents"][0])["differences"]
    check(changed, "a commit changes something")
    for change in changed:
        blob = change.get("afterBlob")
        if blob:
            one = commits.get_file(repositoryName=name, commitSpecifier=head, filePath=blob["path"])
            check(one["blobId"] == blob["blobId"], "the file has the blob of the difference")
            check(one["fileContent"] == commits.get_blob(repositoryName=name,
                                                         blobId=blob["blobId"])["content"], "bytes")
    seen, left = {}, [""]
    while left:
        folder = commits.get_folder(repositoryName=name, folderPath=left.pop() or "/",
                                    commitSpecifier=head)
        left += [f["absolutePath"] for f in folder["subFolders"]]
        seen.update({f["absolutePath"]: f["blobId"] for f in folder["files"]})
        for sub in folder["subFolders"]:
            inner = commits.get_folder(repositoryName=name, folderPath=sub["absolutePath"],
                                       commitSpecifier=head)
            check(inner["treeId"] == sub["treeId"], "a folder's id")
    check("stacks/orders.py" in seen and "docs/Übersicht.md" in seen, f"files: {sorted(seen)}")
    everything = commits.get_differences(repositoryName=name, afterCommitSpecifier=head)
    check({d["afterBlob"]["path"]: d["afterBlob"]["blobId"] for d in everything["differences"]} ==
          seen, "compared with nothing, all is new")
    refused("FileDoesNotExistException", commits.get_file, repositoryName=name, filePath="none")
    refused("AccessDeniedException", commits.put_file, repositoryName=name,
            branchName="dev", filePath="x", fileContent=b"x", parentCommitId=head)
    if hasattr(commits, "list_file_commit_history"):
        dag = commits.list_file_commit_history(repositoryName=name, filePath="stacks/orders.py",
                                               commitSpecifier="dev")["revisionDag"]
        check(dag and dag[0]["blobId"] == seen["stacks/orders.py"], "the history of a file")
        for newer, older in zip(dag, dag[1:]):
            check(older["revisionChildren"] == [newer["commit"]["commitId"]], "newer, then older")


def check_override(place):
    """A run that is started with a revision carries that one, and brings no commit of its own."""
    pipelines, commits = place.client("codepipeline"), place.client("codecommit")
    name = "weather-feed-b"
    before = commits.get_branch(repositoryName=name, branchName="main")["branch"]["commitId"]
    parent = commits.get_commit(repositoryName=name, commitId=before)["commit"]["parents"][0]
    pipelines.start_pipeline_execution(name=name, sourceRevisions=[
        {"actionName": "Repo", "revisionType": "COMMIT_ID", "revisionValue": parent}])
    place.sandbox.step(20)
    run = pipelines.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"][0]
    check(run["sourceRevisions"][0]["revisionId"] == parent, f"it carries it: {run}")
    check(commits.get_branch(repositoryName=name, branchName="main")["branch"]["commitId"] ==
          before, "and moves nothing")


def check_start(place):
    """A run that somebody starts takes what is there: it brings no commit, moves no branch."""
    pipelines, commits = place.client("codepipeline"), place.client("codecommit")
    for name, reads in (("weather-feed-a", True), ("schema-registry", False)):
        def head():
            return commits.get_branch(repositoryName=name, branchName="main")["branch"]["commitId"]
        before = pipelines.list_pipeline_executions(
            pipelineName=name)["pipelineExecutionSummaries"][0]["sourceRevisions"][0]
        if reads:
            check(head() == before["revisionId"], "the newest run has the head")
        for _ in range(2):
            pipelines.start_pipeline_execution(name=name)
            place.sandbox.step(20)
            run = pipelines.list_pipeline_executions(
                pipelineName=name)["pipelineExecutionSummaries"][0]
            check(run["sourceRevisions"][0]["revisionId"] == before["revisionId"] and
                  run["sourceRevisions"][0]["revisionSummary"] == before["revisionSummary"],
                  f"the head, with its message: {run}")
            check(not reads or head() == before["revisionId"], "and nothing moves")


def check_branches(place):
    pipelines, commits = place.client("codepipeline"), place.client("codecommit")
    name = "iot-telemetry"
    heads = {b: commits.get_branch(repositoryName=name, branchName=b)["branch"]["commitId"]
             for b in commits.list_branches(repositoryName=name)["branches"]}
    check(sorted(heads) == ["dev", "main", "test"], f"branches: {sorted(heads)}")
    can = commits.get_merge_conflicts(repositoryName=name, sourceCommitSpecifier="dev",
                                      destinationCommitSpecifier="main",
                                      mergeOption="FAST_FORWARD_MERGE")
    check(can["mergeable"] is True, "dev goes before main")
    refused("ManualMergeRequiredException", commits.merge_branches_by_fast_forward,
            repositoryName=name, sourceCommitSpecifier="main", destinationCommitSpecifier="dev")
    done = commits.merge_branches_by_fast_forward(
        repositoryName=name, sourceCommitSpecifier="dev", destinationCommitSpecifier="main")
    check(done["commitId"] == heads["dev"], "main is where dev is")
    check(commits.get_branch(repositoryName=name, branchName="main")["branch"]["commitId"] ==
          heads["dev"], "and its branch says so")
    place.sandbox.step(20)
    run = pipelines.list_pipeline_executions(
        pipelineName="iot-telemetry-prod")["pipelineExecutionSummaries"][0]
    check(run["sourceRevisions"][0]["revisionId"] == heads["dev"], "the pipeline started with it")
    commits.create_branch(repositoryName=name, branchName="hotfix/1", commitId=heads["test"])
    check("hotfix/1" in commits.list_branches(repositoryName=name)["branches"], "a branch is made")
    commits.delete_branch(repositoryName=name, branchName="hotfix/1")
    refused("BranchDoesNotExistException", commits.get_branch, repositoryName=name,
            branchName="hotfix/1")
    refused("RepositoryNameExistsException", commits.create_repository, repositoryName=name)


def check_stacks(sandbox):
    for profile, region in PLACES:
        place = Place(sandbox, profile, region)
        pipelines, stacks = place.client("codepipeline"), place.client("cloudformation")
        listed = {s["StackId"] for s in stacks.list_stacks()["StackSummaries"]}
        for row in pipelines.list_pipelines()["pipelines"]:
            latest = {}
            for action in reversed(actions_of(pipelines, row["name"])):
                if action["input"]["actionTypeId"]["provider"] == "CloudFormation":
                    latest[action["output"]["executionResult"]["externalExecutionId"]] = action
            for arn, action in latest.items():
                stack = stacks.describe_stacks(StackName=arn)["Stacks"][0]
                check(stack["StackName"] == action["input"]["configuration"]["StackName"] and
                      arn in listed, f"{arn}: its name")
                good = stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
                check(good == (action["status"] == "Succeeded"),
                      f"{arn}: {stack['StackStatus']} and {action['status']}")
                check(stack["Outputs"] and stack["Tags"], f"{arn}: outputs and tags")


def check_built_stack(place):
    """What a build deploys is a stack too, which its log names."""
    builds, logs, stacks = map(place.client, ("codebuild", "logs", "cloudformation"))
    action = find_action(place, "iot-telemetry-prod", "Failed")
    build = builds.batch_get_builds(
        ids=[action["output"]["executionResult"]["externalExecutionId"]])["builds"][0]
    text = "\n".join(e["message"] for e in log_of(logs, build["logs"]["groupName"],
                                                  build["logs"]["streamName"]))
    check("the stack named iot-telemetry-prod failed to deploy" in text, "the log names the stack")
    stack = stacks.describe_stacks(StackName="iot-telemetry-prod")["Stacks"][0]
    check(stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE", f"it went back: {stack}")
    tags = {t["Key"]: t["Value"] for t in stack["Tags"]}
    check(tags["penstock:pipeline"] == "iot-telemetry" and tags["penstock:stage"] == "prod",
          f"whose it is: {tags}")
    failed = [e for e in stacks.describe_stack_events(StackName="iot-telemetry-prod")["StackEvents"]
              if e["ResourceStatus"] == "UPDATE_FAILED"]
    told = action["output"]["executionResult"]["errorDetails"]["message"]
    check(failed and failed[0]["ResourceStatusReason"] in told, f"what failed: {failed}")
    check(build["startTime"] < failed[0]["Timestamp"] < build["endTime"], "during the build")
    check(stacks.describe_stacks(StackName="customer-360-dev")["Stacks"], "trunk's stacks too")


def check_failed_stack(sandbox):
    """lakehouse-tables failed in its views, and was rolled back."""
    place = Place(sandbox, "prod")
    stacks = place.client("cloudformation")
    name = "lakehouse-tables-Deploy-Views"
    token, events = {}, []
    while True:
        page = stacks.describe_stack_events(StackName=name, **token)
        events += page["StackEvents"]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    failed = [e for e in events if e["ResourceStatus"] == "UPDATE_FAILED"]
    check(len(failed) == 1 and "Table already exists" in failed[0]["ResourceStatusReason"],
          f"what failed: {failed}")
    check(len({e["EventId"] for e in events}) == len(events), "each event has an id of its own")
    times = [e["Timestamp"] for e in events]
    check(times == sorted(times, reverse=True), "events, the newest first")
    check("UPDATE_ROLLBACK_COMPLETE" in [e["ResourceStatus"] for e in events], "it went back")
    resources = stacks.list_stack_resources(StackName=name)["StackResourceSummaries"]
    check(len(resources) == 7, f"{len(resources)} resources")
    check('"Resources"' in str(stacks.get_template(StackName=name)["TemplateBody"]).replace("'", '"'),
          "a template")


def cli(sandbox, *words, profile="cicd", region="eu-west-1"):
    command = ["aws", "--endpoint-url", sandbox.url, "--region", region, "--output", "text", *words]
    done = subprocess.run(command, env=sandbox.env(profile), capture_output=True, text=True,
                          check=False)
    check(done.returncode == 0, f"{words[:2]}: {done.stderr}")
    return done.stdout


def check_cli(sandbox, build_id):
    told = cli(sandbox, "codebuild", "batch-get-builds", "--ids", build_id, "--query",
               "builds[0].[logs.groupName,logs.streamName]").split()
    lines = cli(sandbox, "logs", "get-log-events", "--log-group-name", told[0],
                "--log-stream-name", told[1], "--start-from-head", "--query", "events[].message")
    check("Entering phase BUILD" in lines, "the CLI reads a log")
    check("dev" in cli(sandbox, "codecommit", "list-branches", "--repository-name",
                       "finance-ledger"), "the CLI lists branches")
    check("CREATE_COMPLETE" in cli(sandbox, "cloudformation", "describe-stack-events",
                                   "--stack-name", "weather-feed-b-Deploy-Stack"),
          "the CLI reads events")


def check_hostile_tokens(place):
    """Numbers at their ends are refused, not reckoned with."""
    builds, logs, commits, stacks = map(place.client, ("codebuild", "logs", "codecommit",
                                                       "cloudformation"))
    group = "/aws/codebuild/customer-360-deploy-dev"
    stream = logs.describe_log_streams(logGroupName=group, nextToken=str(2 ** 63 - 1))[
        "logStreams"][0]["logStreamName"]
    for token in (str(2 ** 63 - 1), str(-2 ** 63), "x"):
        refused("InvalidInputException", builds.list_builds, nextToken=token)
        refused("InvalidContinuationTokenException", commits.list_branches,
                repositoryName="finance-ledger", nextToken=token)
        refused("InvalidParameterException", logs.filter_log_events, logGroupName=group,
                nextToken=f"{token}:1")
        refused("ValidationError", stacks.describe_stack_events,
                StackName="weather-feed-b-Deploy-Stack", NextToken=token)
    refused("InvalidParameterException", logs.filter_log_events, logGroupName=group,
            nextToken=f"{-2 ** 63}:1:{stream}")
    for place_token in ("9" * 56, "0" * 31 + "-" * 25):
        try:
            logs.get_log_events(logGroupName=group, logStreamName=stream,
                                nextToken="f/" + place_token)
        except logs.exceptions.InvalidParameterException:
            pass


def check_deleted_pipeline(place):
    pipelines, commits = place.client("codepipeline"), place.client("codecommit")
    name = "weather-feed-a"
    head = commits.get_branch(repositoryName=name, branchName="main")["branch"]["commitId"]
    commits.create_branch(repositoryName=name, branchName="kept", commitId=head)
    pipelines.delete_pipeline(name=name)
    refused("RepositoryDoesNotExistException", commits.get_repository, repositoryName=name)
    commits.create_repository(repositoryName=name)
    check(commits.list_branches(repositoryName=name)["branches"] == [], "one of that name is empty")
    names = [r["repositoryName"] for r in commits.list_repositories()["repositories"]]
    check(names.count(name) == 1, "and listed once")


def same_again(binary):
    """The demo tells the same each time: by its ids, since the clock goes on."""
    told = []
    for _ in range(2):
        with Sandbox(binary, "--seed", "demo", "--step") as sandbox:
            builds = Place(sandbox).client("codebuild")
            ids = builds.list_builds_for_project(projectName="customer-360-deploy-dev")["ids"]
            build = builds.batch_get_builds(ids=ids[-1:])["builds"][0]
            logs = Place(sandbox).client("logs")
            lines = log_of(logs, build["logs"]["groupName"], build["logs"]["streamName"])
            told.append((ids, [e["message"] for e in lines if "[Container]" not in e["message"]]))
    check(told[0] == told[1], "a second demo tells the same")


def main():
    if IS_OLD:
        print("skipped: this botocore does not know what runs can be asked about")
        sys.exit(77)
    with Sandbox(sys.argv[1]) as probe:
        record = probe.dir / "record"
        with Sandbox(sys.argv[1], "--seed", "demo", "--step", "--record", record) as sandbox:
            place = Place(sandbox)
            check_all_builds(sandbox)
            check_stacks(sandbox)
            check_failed_stack(sandbox)
            check_built_stack(place)
            check_projects(place)
            build_id, _ = check_failed_log(place)
            check_commits(place)
            check_files(place)
            if shutil.which("aws"):
                check_cli(sandbox, build_id)
            check_growing_log(place)
            check_stop(place)
            check_retry(place, build_id)
            check_stage_retry(place)
            check_hostile_tokens(place)
            check_override(place)
            check_start(place)
            check_branches(place)
            check_all_builds(sandbox)
            check_deleted_pipeline(place)
        seen = judge_record(record, *JUDGED)
        check(len(seen) > 25, f"many operations were judged: {seen}")
    same_again(sys.argv[1])
    end()


if __name__ == "__main__":
    main()
