"""Conditions of stages: declared, asked before and after a stage, answered by rules, overridden. On
pipelines that a seed made and on those that we make; every reply is judged by botocore's models."""

import json
import sys

import sandbox_project as made
from sandbox_botocore_test import IS_OLD
from sandbox_project import Place, Sandbox, check, declaration, prepare
from sandbox_pipeline import (NOBODY, Pipeline, approval, client, condition, judge, make, refused,
                              rule, stage, variable_is)

def check_declared_conditions(place, roles):
    pipelines = client(place.sandbox, "codepipeline", "cicd")

    def wrong(error, **conditions):
        given = declaration("wrong", roles["pipeline"])
        given["stages"][1].update(conditions)
        return refused(error, pipelines.create_pipeline, pipeline=given)

    good = variable_is("X", "y")
    bad = "InvalidStageDeclarationException"
    wrong(bad, beforeEntry=condition("ROLLBACK", good))
    wrong(bad, onSuccess=condition("SKIP", good))
    wrong("ValidationException", onSuccess=condition("PERHAPS", good))
    wrong(bad, beforeEntry=condition("FAIL"))
    wrong(bad, beforeEntry=condition("FAIL", *(dict(good, name=f"r{n}") for n in range(6))))
    wrong(bad, beforeEntry=condition("FAIL", good, good))
    wrong(bad, beforeEntry=condition("FAIL", rule("R", "Astrology", Star="Sirius")))
    wrong(bad, beforeEntry=condition("FAIL", rule("R", "DeploymentWindow", TimeZone="UTC")))
    wrong(bad, beforeEntry=condition("FAIL", rule("R", "DeploymentWindow", Cron="* * * *")))
    wrong(bad, beforeEntry=condition("FAIL", rule("R", "LambdaInvoke", FunctionName="f", Colour="x")))
    wrong(bad, beforeEntry=condition("FAIL", rule("R", "VariableCheck", Variable="a", Value="b",
                                                  Operator="GT")))
    wrong("ValidationException", beforeEntry=condition("FAIL", dict(good, name="no blanks")))
    wrong("ValidationException", onFailure={"result": "RETRY",
                                            "retryConfiguration": {"retryMode": "NONE"}})
    wrong("ValidationException", beforeEntry={"conditions": []})
    given = declaration("wrong", roles["pipeline"])
    given["stages"][1]["beforeEntry"] = condition("FAIL", good)
    given.update(pipelineType="V1", executionMode="SUPERSEDED")
    refused("InvalidStructureException", pipelines.create_pipeline, pipeline=given)
    given.update(pipelineType="V2", executionMode="PARALLEL")
    given["stages"][1] = stage("Deploy", approval("A"), onFailure={"result": "ROLLBACK"})
    refused(bad, pipelines.create_pipeline, pipeline=given)


def check_stack_conditions(place, roles):
    """A template's conditions and variables are the API's, with capitals."""
    def capitals(item):
        if isinstance(item, list):
            return [capitals(i) for i in item]
        if not isinstance(item, dict):
            return item
        return {k[0].upper() + k[1:]: v if k == "configuration" else capitals(v)
                for k, v in item.items()}
    given = declaration("of-a-stack", roles["pipeline"])
    gate = condition("SKIP", rule("R", "DeploymentWindow", Cron="* * * ? * *"))
    given["stages"][1:] = [stage("Last", approval("Ask"), beforeEntry=gate)]
    given["variables"] = [dict(name="GO", defaultValue="yes", description="why")]
    template = {"Resources": {"P": {"Type": "AWS::CodePipeline::Pipeline",
                                    "Properties": capitals(given)}}}
    place.client("cloudformation").create_stack(StackName="p", TemplateBody=json.dumps(template))
    place.sandbox.step_until_idle()
    told = Pipeline(place, "of-a-stack").api.get_pipeline(name="of-a-stack")["pipeline"]
    check((told["stages"][1]["beforeEntry"], told["variables"]) == (gate, given["variables"]),
          f"as the API has them: {told}")


def check_condition_state(pipeline, stage_name, member, status, rules):
    told = pipeline.state(stage_name).get(member + "ConditionState", {})
    check(told.get("latestExecution", {}).get("status") == status, f"{member} is {status}: {told}")
    states = told["conditionStates"][0]
    check(states["latestExecution"]["status"] == status, "its one condition says the same")
    got = {r["ruleName"]: r["latestExecution"]["status"] for r in states["ruleStates"]}
    check(got == rules, f"its rules: {got}")


def check_conditions(place, roles):
    gate = condition("FAIL", variable_is("GO", "yes"),
                     rule("Window", "DeploymentWindow", Cron="* * * ? * * *", TimeZone="UTC+1"))
    pipeline = make(place, roles, "guarded", stage("Guarded", approval("Ask"), beforeEntry=gate),
                    stage("Last", approval("Ask")), variables=[dict(name="GO", defaultValue="yes")])
    declared = pipeline.api.get_pipeline(name="guarded")["pipeline"]["stages"][1]["beforeEntry"]
    check(declared == gate, f"the declaration comes back: {declared}")
    run = pipeline.run(variables=[dict(name="GO", value="no")])
    check(pipeline.told(run)["status"] == "Failed", "the stage was not entered")
    check(pipeline.state("Guarded")["latestExecution"]["status"] == "Failed", "the stage says so")
    check(pipeline.action("Guarded") == {}, "its actions did not run")
    check_condition_state(pipeline, "Guarded", "beforeEntry", "Failed",
                          {"Is-GO": "Failed", "Window": "Succeeded"})
    refused("StageNotRetryableException", pipeline.retry, "Guarded", run)
    check_override(pipeline, "Guarded", run)
    check_condition_state(pipeline, "Guarded", "beforeEntry", "Overridden",
                          {"Is-GO": "Failed", "Window": "Succeeded"})
    check("token" in pipeline.action("Guarded"), "in spite of it the stage began")
    check_rule_executions(pipeline, run)


def check_override(pipeline, stage_name, run):
    override = pipeline.override
    refused("ValidationException", override, stage_name, run, "ON_FAILURE")
    refused("ConditionNotOverridableException", override, stage_name, run, "ON_SUCCESS")
    refused("NotLatestPipelineExecutionException", override, stage_name, NOBODY, "BEFORE_ENTRY")
    refused("StageNotFoundException", override, "Nowhere", run, "BEFORE_ENTRY")
    override(stage_name, run, "BEFORE_ENTRY")
    check(pipeline.told(run)["status"] == "InProgress", "it goes on")
    refused("ConditionNotOverridableException", override, stage_name, run, "BEFORE_ENTRY")


def check_rule_executions(pipeline, run):
    rules = pipeline.api.list_rule_executions
    told = rules(pipelineName=pipeline.name)["ruleExecutionDetails"]
    one = next(r for r in told if r["ruleName"] == "Is-GO")
    check((one["pipelineExecutionId"], one["stageName"], one["status"]) == (run, "Guarded", "Failed"),
          f"rules are listed: {one}")
    check(one["input"]["configuration"]["Variable"] == "#{variables.GO}" and
          one["input"]["resolvedConfiguration"]["Variable"] == "no", "as declared and as resolved")
    check("'no' EQ 'yes'" in one["output"]["executionResult"]["externalExecutionSummary"], "and why")
    pages = pipeline.api.get_paginator("list_rule_executions").paginate(
        pipelineName=pipeline.name, PaginationConfig={"PageSize": 1})
    paged = [r["ruleExecutionId"] for page in pages for r in page["ruleExecutionDetails"]]
    check(paged == [r["ruleExecutionId"] for r in told] and len(set(paged)) == 2, "in pages too")
    latest = {"latestInPipelineExecution": dict(pipelineExecutionId=run, startTimeRange="Latest")}
    for which in ({"pipelineExecutionId": run}, latest):
        got = rules(pipelineName=pipeline.name, filter=which)["ruleExecutionDetails"]
        check(len(got) == 2, "one execution's rules")
    refused("PipelineExecutionNotFoundException", rules, pipelineName=pipeline.name,
            filter={"pipelineExecutionId": NOBODY})
    refused("InvalidNextTokenException", rules, pipelineName=pipeline.name, nextToken="made up")
    refused("PipelineNotFoundException", rules, pipelineName="nowhere")
    refused("ValidationException", rules, pipelineName=pipeline.name, maxResults=101)


def check_results(place, roles):
    """Skipped, failed behind the actions, rolled back, tried again by itself."""
    variables = [dict(name="GO", defaultValue="yes")]
    no = [dict(name="GO", value="no")]
    pipeline = make(place, roles, "skips", stage("Skipped", approval("Ask"), beforeEntry=condition(
        "SKIP", variable_is("GO", "yes"))), stage("Last", approval("Ask")), variables=variables)
    run = pipeline.run(variables=no)
    check(pipeline.state("Skipped")["latestExecution"]["status"] == "Skipped", "a stage is skipped")
    check("token" in pipeline.action("Last"), "the next one begins")
    refused("ConditionNotOverridableException", pipeline.override, "Skipped", run, "BEFORE_ENTRY")
    check(not pipeline.runs(filter={"succeededInStage": {"stageName": "Skipped"}}),
          "skipped has not succeeded")

    test = rule("Test", "LambdaInvoke", FunctionName="smoke-test",
                UserParameters=json.dumps({"fail": "2 of 9 checks failed"}))
    pipeline = make(place, roles, "checked", stage("Checked", approval("Ask"),
                                                   onSuccess=condition("FAIL", test)),
                    stage("Last", approval("Ask")))
    run = pipeline.run()
    pipeline.answer("Checked", "Ask", pipeline.action("Checked")["token"])
    pipeline.sandbox.step_until_idle()
    check_condition_state(pipeline, "Checked", "onSuccess", "Failed", {"Test": "Failed"})
    check(pipeline.told(run)["status"] == "Failed", "all actions succeeded and the stage did not")
    pipeline.override("Checked", run, "ON_SUCCESS")
    check(pipeline.state("Checked")["latestExecution"]["status"] == "Succeeded", "overridden")
    check("token" in pipeline.action("Last"), "it went to the next stage")

    alarm = rule("Alarm", "CloudWatchAlarm", AlarmName="errors")
    pipeline = make(place, roles, "errs", stage("Checked", approval("Ask"),
                                                beforeEntry=condition("FAIL", alarm)))
    pipeline.run()
    check_condition_state(pipeline, "Checked", "beforeEntry", "Errored", {"Alarm": "Failed"})

    pipeline = make(place, roles, "back", stage("Back", approval("Ask"),
                                                onFailure={"result": "ROLLBACK"}))
    good = pipeline.run()
    pipeline.answer("Back", "Ask", pipeline.action("Back")["token"])
    bad = pipeline.run()
    pipeline.answer("Back", "Ask", pipeline.action("Back")["token"], "Rejected", "no")
    top = pipeline.runs()[0]
    check(top["trigger"] == dict(triggerType="AutomatedRollback", triggerDetail=bad) and
          top["rollbackMetadata"]["rollbackTargetPipelineExecutionId"] == good,
          f"a failure is rolled back: {top}")

    pipeline = make(place, roles, "again", stage("Again", approval("Ask"),
                                                 onFailure={"result": "RETRY"}))
    pipeline.run()
    for attempt in (1, 2):
        pipeline.answer("Again", "Ask", pipeline.action("Again")["token"], "Rejected", "no")
        status = pipeline.state("Again")["latestExecution"]["status"]
        check(status == ("InProgress" if attempt == 1 else "Failed"), f"{attempt}: {status}")
    known = pipeline.state("Again")["retryStageMetadata"]
    check(known == dict(autoStageRetryAttempt=1, latestRetryTrigger="AutomatedStageRetry"),
          f"it was tried again by itself, once: {known}")


def check_demo_conditions(place):
    """What the demo has for whoever tries an override."""
    entry = Pipeline(place, "backup-vault", "prod", "us-east-1")
    run = entry.state("Deploy")["latestExecution"]["pipelineExecutionId"]
    check_condition_state(entry, "Deploy", "beforeEntry", "Failed",
                          {"Change-ticket": "Failed", "Any-day": "Succeeded"})
    entry.override("Deploy", run, "BEFORE_ENTRY")
    place.sandbox.step_until_idle()
    check(entry.told(run)["status"] == "Succeeded", "overridden, it is deployed")
    behind = Pipeline(place, "finance-ledger-test")
    run = behind.state("Deploy-Stage-test")["latestExecution"]["pipelineExecutionId"]
    check(all(a["latestExecution"]["status"] == "Succeeded"
              for a in behind.state("Deploy-Stage-test")["actionStates"]), "no action failed")
    behind.override("Deploy-Stage-test", run, "ON_SUCCESS")
    check(behind.told(run)["status"] == "Succeeded", "overridden, it is good")
    skipped = Pipeline(place, "reference-data", region="us-east-1")
    check(skipped.state("Deploy-Stage-prod")["beforeEntryConditionState"], "one that skips")


def main():
    binary = sys.argv[1]
    if IS_OLD:
        print("skipped: this botocore does not know conditions of stages")
        return 77
    with Sandbox(binary) as probe:
        records = [probe.dir / "record-demo", probe.dir / "record-made"]
        with Sandbox(binary, "--step", "--record", records[0]) as sandbox:
            check_demo_conditions(Place(sandbox))
        with Sandbox(binary, "--step", "--seed", "empty", "--record", records[1]) as sandbox:
            place = Place(sandbox)
            _, roles = prepare(place)
            check_declared_conditions(place, roles)
            check_stack_conditions(place, roles)
            check_conditions(place, roles)
            check_results(place, roles)
        judge(records[0], ("codepipeline",), {"GetPipelineState"})
        judge(records[1], ("codepipeline",), {"OverrideStageCondition", "ListRuleExecutions"})
    print(f"{len(made.FAILURES)} failures")
    return 1 if made.FAILURES else 0


if __name__ == "__main__":
    sys.exit(main())
