"""Pipelines are operated: retried, rolled back, stopped, held, approved, started with variables and
revisions, and denied to those who may not. By botocore, and by
Debian's AWS CLI where it knows the call; on pipelines that a seed made and on those that we make.
Every reply is judged by botocore's models."""

import json
import os
import shutil
import subprocess
import sys
import uuid

import sandbox_project as made
from sandbox_botocore_test import IS_OLD
from sandbox_project import CICD, REGION, Place, Sandbox, action, check, declaration, prepare
from sandbox_pipeline import (LIMITED, NOBODY, Pipeline, approval, client, condition, credentials,
                              judge, make, refused, rule, stage)

# ---- stop, hold, retry, roll back ----

def check_stop(pipeline):
    """Wait, then abandon; once more is once too often."""
    run = pipeline.start()
    stop = dict(pipelineName=pipeline.name, pipelineExecutionId=run)
    pipeline.api.stop_pipeline_execution(reason="enough", **stop)
    check(pipeline.told(run)["status"] == "Stopping", "it stops after what works")
    refused("DuplicatedStopRequestException", pipeline.api.stop_pipeline_execution, **stop)
    pipeline.api.stop_pipeline_execution(abandon=True, reason="at once", **stop)
    check(pipeline.told(run)["status"] == "Stopped", "abandoned is stopped")
    check(pipeline.runs()[0]["stopTrigger"]["reason"] == "at once", "the last reason stays")
    for wrong in (stop, dict(stop, pipelineExecutionId=NOBODY)):
        refused("PipelineExecutionNotStoppableException", pipeline.api.stop_pipeline_execution,
                **wrong)
    refused("ValidationException", pipeline.api.stop_pipeline_execution, reason="x" * 201, **stop)
    refused("PipelineNotFoundException", pipeline.api.stop_pipeline_execution,
            **dict(stop, pipelineName="nowhere"))


def check_transitions(pipeline, first, second):
    which = dict(pipelineName=pipeline.name, stageName=second, transitionType="Inbound")
    close, reopen = pipeline.api.disable_stage_transition, pipeline.api.enable_stage_transition
    for reason in ("a, b", "a: b", "a/b", "a_b", "x" * 301, "\u00e9"):
        refused("ValidationException", close, reason=reason, **which)
    close(reason="Freeze (ask ops@example.org?) until 2 Jan. *really*!-", **which)
    now = pipeline.state(second)["inboundTransitionState"]
    check(not now["enabled"] and now["disabledReason"].startswith("Freeze (ask"), f"closed: {now}")
    check(now["lastChangedBy"].endswith(":user/ops"), "who closed it is told")
    run = pipeline.run()
    check(pipeline.state(second)["inboundExecutions"][0]["pipelineExecutionId"] == run, "it waits")
    refused("NotLatestPipelineExecutionException", pipeline.retry, second, run)
    reopen(**which)
    pipeline.sandbox.step_until_idle()
    check(pipeline.state(second)["latestExecution"]["pipelineExecutionId"] == run, "it went in")
    outbound = dict(which, stageName=first, transitionType="Outbound")
    close(reason="out", **outbound)
    run = pipeline.run()
    check(pipeline.state(second)["inboundExecutions"][0]["pipelineExecutionId"] == run,
          "what may not leave waits before the next stage")
    check(pipeline.state(second)["inboundTransitionState"]["enabled"], "which itself is open")
    reopen(**outbound)
    pipeline.sandbox.step_until_idle()
    check("inboundExecutions" not in pipeline.state(second), "it left")
    refused("ValidationException", reopen, **dict(which, transitionType="Sideways"))
    refused("StageNotFoundException", reopen, **dict(which, stageName="Nowhere"))
    refused("PipelineNotFoundException", reopen, **dict(which, pipelineName="nowhere"))


def check_retry(pipeline, failing, other):
    """The stage has failed in its latest run."""
    run = pipeline.state(failing)["latestExecution"]["pipelineExecutionId"]
    before = pipeline.action(failing)["actionExecutionId"]
    refused("ValidationException", pipeline.retry, failing, run, "SOME_ACTIONS")
    refused("NotLatestPipelineExecutionException", pipeline.retry, failing, NOBODY)
    refused("StageNotRetryableException", pipeline.retry, other, run)
    refused("StageNotFoundException", pipeline.retry, "Nowhere", run)
    check(pipeline.retry(failing, run)["pipelineExecutionId"] == run, "the same execution goes on")
    check(pipeline.told(run)["status"] == "InProgress", "it is in progress again")
    refused("StageNotRetryableException", pipeline.retry, failing, run, "ALL_ACTIONS")
    check(pipeline.action(failing)["actionExecutionId"] != before, "the action is another try")
    known = pipeline.state(failing)["retryStageMetadata"]
    check(known == dict(manualStageRetryAttempt=1, latestRetryTrigger="ManualStageRetry"),
          f"retries are counted: {known}")
    check_tries(pipeline, run, failing, before)
    pipeline.sandbox.step_until_idle()


def check_tries(pipeline, run, failing, before):
    """Both tries of the action are told, the newer one first, unless only the latest are wanted."""
    listed = pipeline.api.list_action_executions
    given = dict(pipelineName=pipeline.name, filter={"pipelineExecutionId": run})
    everything = listed(**given)["actionExecutionDetails"]
    tries = [d for d in everything if d["stageName"] == failing]
    now = pipeline.action(failing)["actionExecutionId"]
    check([d["actionExecutionId"] for d in tries[:2]] == [now, before], f"both tries: {tries}")
    check([d["status"] for d in tries[:2]] == ["InProgress", "Failed"], "as each of them ended")
    times = [d["startTime"] for d in everything]
    check(times == sorted(times, reverse=True), "newest first")
    pages = pipeline.api.get_paginator("list_action_executions").paginate(
        PaginationConfig={"PageSize": 1}, **given)
    check([d for page in pages for d in page["actionExecutionDetails"]] == everything, "in pages")
    for which, wanted in (("Latest", 1), ("All", 2)):
        given["filter"] = {"latestInPipelineExecution": dict(pipelineExecutionId=run,
                                                             startTimeRange=which)}
        got = [d["actionExecutionId"] for d in listed(**given)["actionExecutionDetails"]]
        check((now in got) + (before in got) == wanted, f"{which}: {got}")


def check_rollback(pipeline, target, good):
    """good went through the stage; another run came after it."""
    back = dict(pipelineName=pipeline.name, stageName=target, targetPipelineExecutionId=good)
    roll = pipeline.api.rollback_stage
    listed = pipeline.runs(filter={"succeededInStage": {"stageName": target}})
    check(good in [r["pipelineExecutionId"] for r in listed], "it is a candidate")
    run = roll(**back)["pipelineExecutionId"]
    pipeline.sandbox.step_until_idle()
    top = pipeline.runs()[0]
    check((top["pipelineExecutionId"], top["executionType"], top["status"]) ==
          (run, "ROLLBACK", "Succeeded"), f"an execution of its own: {top}")
    check(top["trigger"]["triggerType"] == "ManualRollback" and
          top["trigger"]["triggerDetail"].endswith(":user/ops"), "somebody did it")
    check(top["rollbackMetadata"]["rollbackTargetPipelineExecutionId"] == good, "to that one")
    check(pipeline.told(run)["rollbackMetadata"]["rollbackTargetPipelineExecutionId"] == good,
          "as the execution itself tells")
    check(pipeline.state(target)["latestExecution"]["type"] == "ROLLBACK", "the state tells it")
    refused("UnableToRollbackStageException", roll, **dict(back, targetPipelineExecutionId=run))
    refused("UnableToRollbackStageException", roll, **dict(back, stageName="Source"))
    refused("StageNotFoundException", roll, **dict(back, stageName="Nowhere"))
    refused("PipelineNotFoundException", roll, **dict(back, pipelineName="nowhere"))
    refused("PipelineExecutionNotFoundException", roll,
            **dict(back, targetPipelineExecutionId=NOBODY))


def check_seeded(place):
    pipeline = Pipeline(place, "lakehouse-tables", "prod")
    check_stop(pipeline)
    check_transitions(pipeline, "Source", "Build")
    good = pipeline.run()
    pipeline.run()
    check_rollback(pipeline, "Deploy", good)
    failed = Pipeline(place, "clickstream-ingest")
    check_retry(failed, "Deploy-Stage-prod", "Source")
    check(failed.state("Deploy-Stage-prod")["latestExecution"]["status"] == "Succeeded", "it came on")


def check_made(place, roles):
    """The same of pipelines that we make; an action that the sandbox cannot act out fails."""
    pipeline = make(place, roles, "held", stage("Empty", approval("Wait")))
    check_stop(pipeline)
    fails = action("Fail", "Invoke", "Lambda", {"FunctionName": "f"})
    check_transitions(make(place, roles, "moved", stage("Second", fails)), "Source", "Second")
    pipeline = make(place, roles, "plain", stage("Check", approval("Look")))
    run = pipeline.run()
    token = pipeline.action("Check")["token"]
    pipeline.answer("Check", "Look", token, "Rejected", "no")
    check_retry(pipeline, "Check", "Source")
    check("token" in pipeline.action("Check"), "the approval is open again")
    refused("InvalidApprovalTokenException", pipeline.answer, "Check", "Look", token)
    refused("ActionNotFoundException", pipeline.answer, "Source", "Source", token)
    refused("ValidationException", pipeline.answer, "Check", "Look",
            pipeline.action("Check")["token"], "Rejected", "\u00fc" * 513)
    pipeline.answer("Check", "Look", pipeline.action("Check")["token"], "Approved", "\u00fc" * 512)
    check(pipeline.told(run)["status"] == "Succeeded", "answered, it ends")
    pipeline = make(place, roles, "both", stage("Both", approval("Ask"), fails))
    run = pipeline.run()
    first = [pipeline.action("Both", n)["actionExecutionId"] for n in (0, 1)]
    refused("StageNotRetryableException", pipeline.retry, "Both", run, "ALL_ACTIONS")
    pipeline.retry("Both", run)
    now = [pipeline.action("Both", n)["actionExecutionId"] for n in (0, 1)]
    check((now[0] == first[0], now[1] == first[1]) == (True, False),
          "failed actions are retried while others of the stage still wait")
    outdated = pipeline.api.get_pipeline(name="plain")["pipeline"]
    pipeline.api.update_pipeline(pipeline=outdated)
    refused("PipelineExecutionOutdatedException", pipeline.api.rollback_stage, pipelineName="plain",
            stageName="Check", targetPipelineExecutionId=Pipeline(place, "plain").runs()[0][
                "pipelineExecutionId"])


def check_room(place, roles):
    """At most 50 executions are on their way in a QUEUED pipeline: then a failed one stays."""
    fails = action("Fail", "Invoke", "Lambda", {"FunctionName": "f"})
    gate = condition("FAIL", rule("No", "LambdaInvoke", FunctionName="f",
                                  UserParameters=json.dumps({"fail": "no"})))
    for name, guards in (("full", {}), ("full-too", {"beforeEntry": gate})):
        pipeline = make(place, roles, name, stage("Second", fails, **guards))
        failed = pipeline.run()
        pipeline.api.disable_stage_transition(pipelineName=name, stageName="Second", reason="full",
                                              transitionType="Inbound")
        for _ in range(50):
            pipeline.start()
        for call in (pipeline.start, lambda: pipeline.override("Second", failed, "BEFORE_ENTRY")
                     if guards else pipeline.retry("Second", failed)):
            refused("ConcurrentPipelineExecutionsLimitExceededException", call)


# ---- approvals ----

def check_approvals(place, roles):
    pipeline = make(place, roles, "asks", stage("Gate", approval(
        "Ask", minutes=60, CustomData="Count the rows", ExternalEntityLink="https://a.example/1")))
    run = pipeline.run()
    shown = pipeline.state("Gate")["actionStates"][0]
    check(shown["entityUrl"] == "https://a.example/1", "the link is told")
    token = pipeline.action("Gate")["token"]
    answer = pipeline.answer
    refused("InvalidApprovalTokenException", answer, "Gate", "Ask", str(uuid.uuid4()))
    refused("ValidationException", answer, "Gate", "Ask", "no token")
    refused("ValidationException", answer, "Gate", "Ask", token, "Perhaps")
    refused("ValidationException", answer, "Gate", "Ask", token, summary="x" * 513)
    refused("ActionNotFoundException", answer, "Gate", "Nothing", token)
    refused("StageNotFoundException", answer, "Nowhere", "Ask", token)
    answer("Gate", "Ask", token, summary="x" * 512)
    refused("ApprovalAlreadyCompletedException", answer, "Gate", "Ask", token)
    done = pipeline.api.list_action_executions(pipelineName="asks", filter={
        "pipelineExecutionId": run})["actionExecutionDetails"][0]
    check(done["updatedBy"] == f"arn:aws:iam::{CICD}:user/ops", "who approved is told")
    result = done["output"]["executionResult"]
    check(result["externalExecutionSummary"] == "x" * 512, "and the comment")
    check(done["input"]["configuration"]["CustomData"] == "Count the rows", "and what was asked")

    run = pipeline.run()
    token = pipeline.action("Gate")["token"]
    place.sandbox.step(59 * 60)
    check(pipeline.action("Gate")["status"] == "InProgress", "it waits an hour")
    place.sandbox.step(120)
    expired = pipeline.action("Gate")
    check(expired["status"] == "Failed" and "expired" in expired["errorDetails"]["message"],
          f"then it has failed: {expired}")
    refused("InvalidApprovalTokenException", answer, "Gate", "Ask", token)
    check(pipeline.told(run)["status"] == "Failed", "with its execution")


def check_parallel_approvals(place, roles):
    pipeline = make(place, roles, "side-by-side", stage("Gate", approval("Ask")),
                    executionMode="PARALLEL")
    runs = [pipeline.start(), pipeline.start()]
    place.sandbox.step_until_idle()
    check("token" not in pipeline.action("Gate"), "the state has no token")
    for run in runs:
        asked = pipeline.api.list_action_executions(pipelineName="side-by-side", filter={
            "pipelineExecutionId": run})["actionExecutionDetails"][0]
        token = asked["output"]["executionResult"]["externalExecutionId"]
        pipeline.answer("Gate", "Ask", token)
        check(pipeline.told(run)["status"] == "Succeeded", "each has its own")
    refused("UnableToRollbackStageException", pipeline.api.rollback_stage, stageName="Gate",
            pipelineName="side-by-side", targetPipelineExecutionId=runs[0])


def check_demo_approvals(place):
    pipeline = Pipeline(place, "customer-360")
    gate = pipeline.api.get_pipeline(name="customer-360")["pipeline"]["stages"][4]["actions"][0]
    check(gate["timeoutInMinutes"] == 2880 and "row counts" in gate["configuration"]["CustomData"],
          f"the definition has it: {gate}")
    shown = pipeline.state("ManualApproval-test")["actionStates"][0]
    check(shown["entityUrl"] == gate["configuration"]["ExternalEntityLink"], "and the state its link")


# ---- starting ----

def check_start(pipeline, source, known):
    """A pipeline that declares PLAIN with a default and NEEDED without one."""
    start = pipeline.api.start_pipeline_execution
    needed = [dict(name="NEEDED", value="v 1")]
    said = refused("ValidationException", start, name=pipeline.name)
    check("NEEDED" in said, f"the variable is named: {said}")
    refused("ValidationException", start, name=pipeline.name,
            variables=needed + [dict(name="OTHER", value="x")])
    refused("ValidationException", start, name=pipeline.name, variables=needed + needed)
    refused("ValidationException", start, name=pipeline.name,
            sourceRevisions=[dict(actionName="Nothing", revisionType="COMMIT_ID",
                                  revisionValue=known)], variables=needed)
    refused("ValidationException", start, name=pipeline.name,
            sourceRevisions=[dict(actionName=source, revisionType="IMAGE_DIGEST",
                                  revisionValue=known)], variables=needed)
    token = str(uuid.uuid4())
    given = dict(variables=needed, clientRequestToken=token, sourceRevisions=[
        dict(actionName=source, revisionType="COMMIT_ID", revisionValue=known)])
    run = pipeline.run(**given)
    check(pipeline.start(**given) == run, "the same token is the same execution")
    told = pipeline.told(run)
    values = {v["name"]: v["resolvedValue"] for v in told["variables"]}
    check(values == {"NEEDED": "v 1", "PLAIN": "26"}, f"given and by default: {values}")
    check(told["artifactRevisions"][0]["revisionId"] == known, "it carries the revision")
    check(pipeline.runs()[0]["sourceRevisions"][0]["revisionId"] == known, "the list says so too")
    check(pipeline.state(pipeline.first)["actionStates"][0]["currentRevision"]["revisionId"] == known,
          "and the state")
    check(told["trigger"]["triggerType"] == "StartPipelineExecution", "somebody started it")
    refused("PipelineExecutionNotFoundException", pipeline.api.get_pipeline_execution,
            pipelineName=pipeline.name, pipelineExecutionId=NOBODY)
    refused("PipelineNotFoundException", pipeline.api.get_pipeline_execution,
            pipelineName="nowhere", pipelineExecutionId=run)


def check_starts(place, roles, commit):
    """Of CodeCommit, a commit that is no branch's head any more."""
    variables = [dict(name="PLAIN", defaultValue="26"), dict(name="NEEDED", description="why")]
    pipeline = make(place, roles, "started", stage("Gate", approval("Ask")), variables=variables)
    pipeline.first = "Source"
    place.client("codecommit").create_commit(
        repositoryName="app", branchName="main", parentCommitId=commit, commitMessage="The second",
        putFiles=[dict(filePath="new", fileContent=b"x")])
    check_start(pipeline, "CodeCommit", commit)
    needed = [dict(name="NEEDED", value="x")]
    for wrong in ("f" * 40, "main"):
        pipeline.run(variables=needed, sourceRevisions=[
            dict(actionName="CodeCommit", revisionType="COMMIT_ID", revisionValue=wrong)])
        failed = pipeline.action("Source")
        check(failed["status"] == "Failed" and "does not exist" in failed["errorDetails"]["message"],
              f"a commit that is not there fails the source: {failed}")
    given = declaration("wrong", roles["pipeline"])
    for bad in ([dict(name="a b")], [dict(name="a"), dict(name="a")],
                [dict(name="a", description="x" * 201)]):
        given["variables"] = bad
        refused("InvalidStructureException" if len(bad) > 1 else "ValidationException",
                pipeline.api.create_pipeline, pipeline=given)


def check_demo_start(place):
    pipeline = Pipeline(place, "supply-chain-forecast")
    declared = pipeline.api.get_pipeline(name=pipeline.name)["pipeline"]["variables"]
    check([(v["name"], v.get("defaultValue")) for v in declared] ==
          [("HORIZON_WEEKS", "26"), ("SCENARIO", None)], f"one with and one without: {declared}")
    refused("ValidationException", pipeline.start)
    run = pipeline.start(variables=[dict(name="SCENARIO", value="x")])
    check({v["name"]: v["resolvedValue"] for v in pipeline.told(run)["variables"]} ==
          {"HORIZON_WEEKS": "26", "SCENARIO": "x"}, "both have values")
    pipeline = Pipeline(place, "lakehouse-tables", "prod")
    commit = "0123456789abcdef0123456789abcdef01234567"
    run = pipeline.run(sourceRevisions=[dict(actionName="Repo", revisionType="COMMIT_ID",
                                             revisionValue=commit)])
    check(pipeline.told(run)["artifactRevisions"][0]["revisionId"] == commit, "of seeded ones too")


# ---- who may ----

def check_denied(place):
    operator = Pipeline(place, "customer-360", "operator")
    reader = Pipeline(place, "customer-360", "viewer")
    reader.state("Source")
    for profile in LIMITED:  # as the config directory has them
        who = place.client("sts", profile).get_caller_identity()["Arn"]
        check(f":assumed-role/penstock-{profile}/" in who, f"{profile} is {who}")
    denied = "AccessDeniedException"
    arn = f"arn:aws:codepipeline:{REGION}:{CICD}:customer-360"
    said = refused(denied, reader.start)
    who = f"User: arn:aws:sts::{CICD}:assumed-role/penstock-viewer/"
    check(said.startswith(who) and said.endswith(
        f" is not authorized to perform: codepipeline:StartPipelineExecution on resource: {arn} "
        "because no identity-based policy allows the codepipeline:StartPipelineExecution action"),
        f"AWS's sentence: {said}")
    gate = operator.action("ManualApproval-test")
    said = refused(denied, operator.answer, "ManualApproval-test", "ManualApproval-test",
                   gate["token"])
    check(f"codepipeline:PutApprovalResult on resource: {arn}/ManualApproval-test/"
          "ManualApproval-test with an explicit deny in an identity-based policy" in said,
          f"an explicit deny, of the action itself: {said}")
    check(operator.action("ManualApproval-test")["status"] == "InProgress", "nothing happened")
    run = operator.state("Source")["latestExecution"]["pipelineExecutionId"]
    refused(denied, reader.retry, "Source", run)
    refused(denied, reader.override, "Source", run, "BEFORE_ENTRY")
    refused("StageNotRetryableException", operator.retry, "Source", run)
    other = Pipeline(place, "clickstream-ingest", "operator")
    refused("InvalidApprovalTokenException", other.answer, "ManualApproval-dev",
            "ManualApproval-dev", NOBODY)
    for service, call, error, given, resource in (
            ("codebuild", "stop_build", denied, dict(id="customer-360-deploy-dev:0"),
             "project/customer-360-deploy-dev"),
            ("codecommit", "create_branch", denied,
             dict(repositoryName="app", branchName="x", commitId="0" * 40), "app"),
            ("cloudformation", "delete_stack", "AccessDenied", dict(StackName="lake"),
             "stack/lake/*")):
        said = refused(error, getattr(client(place.sandbox, service, "viewer"), call), **given)
        check(f"on resource: arn:aws:{service}:{REGION}:{CICD}:{resource} because" in said,
              f"{service}'s resource is named: {said}")


def check_simulation(place):
    arn = f"arn:aws:codepipeline:{REGION}:{CICD}:"
    roles = f"arn:aws:iam::{CICD}:role/penstock-"

    def decisions(caller, role, actions, *resources):
        more = {"ResourceArns": list(resources)} if resources else {}
        said = client(place.sandbox, "iam", caller).simulate_principal_policy(
            PolicySourceArn=roles + role, ActionNames=actions, **more)
        return [(r["EvalActionName"].split(":")[1], r["EvalDecision"])
                for r in said["EvaluationResults"]]

    put, start = "codepipeline:PutApprovalResult", "codepipeline:StartPipelineExecution"
    check(decisions("viewer", "viewer", [start, "codepipeline:GetPipeline"], arn + "lake") ==
          [("StartPipelineExecution", "implicitDeny"), ("GetPipeline", "allowed")],
          "a viewer may ask what he may")
    check(decisions("cicd", "operator", [put], arn + "lake/Gate/Gate", arn + "lake-prod/G/G") ==
          [("PutApprovalResult", "allowed"), ("PutApprovalResult", "explicitDeny")],
          "an answer per resource")
    check(decisions("cicd", "denied", [start]) == [("StartPipelineExecution", "implicitDeny")],
          "of all resources")
    iam = place.client("iam")
    user = iam.simulate_principal_policy(PolicySourceArn=f"arn:aws:iam::{CICD}:user/ops",
                                         ActionNames=[put])["EvaluationResults"]
    check([r["EvalDecision"] for r in user] == ["allowed"], "a user may do all")
    refused("InvalidInput", iam.simulate_principal_policy, ActionNames=[put],
            PolicySourceArn=f"arn:aws:sts::{CICD}:assumed-role/penstock-viewer/x")
    refused("NoSuchEntity", iam.simulate_principal_policy, ActionNames=[put],
            PolicySourceArn=roles + "nobody")


# ---- the CLI ----

def programs():
    found = [p for p in ("/usr/bin/aws", shutil.which("aws")) if p and os.access(p, os.X_OK)]
    return list(dict.fromkeys(found))


def check_cli(place, program):
    def run(profile, *words):
        return subprocess.run([program, *words, "--endpoint-url", place.sandbox.url, "--output",
                               "json"], env=environment(profile), capture_output=True,
                              text=True, timeout=120)

    def environment(profile):
        key, secret, token = credentials(place.sandbox, profile)
        more = {"AWS_SESSION_TOKEN": token} if token else {}
        return place.sandbox.env(None, AWS_ACCESS_KEY_ID=key, AWS_SECRET_ACCESS_KEY=secret,
                                 AWS_DEFAULT_REGION=REGION, **more)

    def ask(*words):
        done = run("cicd", *words)
        check(done.returncode == 0, f"aws {' '.join(words)}: {done.stderr}")
        return json.loads(done.stdout) if done.stdout.strip() else {}

    name = ["--pipeline-name", "schema-registry"]
    where = [*name, "--stage-name", "Deploy", "--transition-type", "Inbound"]
    ask("codepipeline", "disable-stage-transition", *where, "--reason", "Freeze")
    state = ask("codepipeline", "get-pipeline-state", "--name", "schema-registry")["stageStates"]
    check(state[2]["inboundTransitionState"]["disabledReason"] == "Freeze", "the CLI closes")
    ask("codepipeline", "enable-stage-transition", *where)
    started = ask("codepipeline", "start-pipeline-execution", "--name", "schema-registry")
    told = ask("codepipeline", "get-pipeline-execution", *name, "--pipeline-execution-id",
               started["pipelineExecutionId"])["pipelineExecution"]
    check(told["status"] == "InProgress", "the CLI reads an execution")
    denied = run("viewer", "codepipeline", "start-pipeline-execution", "--name", "schema-registry")
    check("(AccessDeniedException)" in denied.stderr, f"the CLI is denied: {denied.stderr}")
    said = ask("iam", "simulate-principal-policy", "--policy-source-arn",
               f"arn:aws:iam::{CICD}:role/penstock-viewer", "--action-names",
               "codepipeline:StopPipelineExecution", "codepipeline:GetPipelineState",
               "--resource-arns", f"arn:aws:codepipeline:{REGION}:{CICD}:x")["EvaluationResults"]
    check([r["EvalDecision"] for r in said] == ["implicitDeny", "allowed"], "the CLI simulates")
    knows = subprocess.run([program, "codepipeline", "list-rule-executions", "help"],
                           capture_output=True, text=True, timeout=60,
                           env=dict(place.sandbox.env("cicd"), PAGER="cat", MANPAGER="cat"))
    if "Invalid choice" in knows.stderr:
        return
    rules = ask("codepipeline", "list-rule-executions", "--pipeline-name", "finance-ledger-test")
    check(rules["ruleExecutionDetails"], "a newer CLI lists rules")


WRITES = {"RetryStageExecution", "RollbackStage", "StopPipelineExecution", "PutApprovalResult",
          "EnableStageTransition", "DisableStageTransition", "StartPipelineExecution",
          "GetPipelineExecution"}


def check_restart(binary, state):
    """What was judged, held and given is there after a restart."""
    options = (binary, "--step", "--seed", "demo", "--state", str(state))
    names = ("iot-telemetry-test", "finance-ledger-test", "supply-chain-forecast",
             "clickstream-ingest", "reference-data")

    def read(place):
        lists = []
        for name in names:
            region = "us-east-1" if name == names[4] else REGION
            pipeline = Pipeline(place, name, region=region)
            lists.append(pipeline.api.get_pipeline_state(name=name)["stageStates"])
            lists.append(pipeline.api.list_rule_executions(pipelineName=name)["ruleExecutionDetails"])
            lists.append(pipeline.api.list_action_executions(
                pipelineName=name)["actionExecutionDetails"])
            lists.append([pipeline.told(r["pipelineExecutionId"]) for r in pipeline.runs()])
        return lists
    with Sandbox(*options) as sandbox:
        place = Place(sandbox)
        Pipeline(place, names[0]).api.disable_stage_transition(
            pipelineName=names[0], stageName="Source-test", transitionType="Outbound", reason="out")
        tried = Pipeline(place, names[3])
        tried.retry("Deploy-Stage-prod", tried.runs()[0]["pipelineExecutionId"])
        sandbox.step_until_idle()
        before = read(place)
    with Sandbox(*options) as sandbox:
        place = Place(sandbox)
        check(read(place) == before, "a restart changes nothing")
        held = Pipeline(place, names[0])
        run = held.start()
        sandbox.step_until_idle()
        check(held.state("Deploy-Stage-test")["inboundExecutions"][0]["pipelineExecutionId"] == run,
              "what was closed is closed")


def main():
    binary = sys.argv[1]
    if IS_OLD:
        print("skipped: this botocore does not know conditions of stages")
        return 77
    with Sandbox(binary) as probe:
        records = [probe.dir / "record-demo", probe.dir / "record-made"]
        for program in programs() or [None]:
            with Sandbox(binary, "--step", "--record", records[0]) as sandbox:
                place = Place(sandbox)
                if program:
                    check_cli(place, program)
                check_seeded(place)
                check_demo_approvals(place)
                check_demo_start(place)
                check_denied(place)
                check_simulation(place)
        with Sandbox(binary, "--step", "--seed", "empty", "--record", records[1]) as sandbox:
            place = Place(sandbox)
            commit, roles = prepare(place)
            check_made(place, roles)
            check_room(place, roles)
            check_approvals(place, roles)
            check_parallel_approvals(place, roles)
            check_starts(place, roles, commit)
        judge(records[0], ("codepipeline",), WRITES | {"SimulatePrincipalPolicy"})
        judge(records[1], ("codepipeline",), WRITES)
        check_restart(binary, probe.dir / "state")
    print(f"{len(made.FAILURES)} failures")
    return 1 if made.FAILURES else 0


if __name__ == "__main__":
    sys.exit(main())
