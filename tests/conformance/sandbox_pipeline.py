"""Pipelines in short words, for what is done to them: made, started, answered, and who may. And the
judge of the replies: botocore's models."""

import json

import botocore.config
import botocore.session

import sandbox_project as made
from sandbox_botocore_test import Judge
from sandbox_project import CICD, REGION, action, check, declaration

LIMITED = ("viewer", "operator")
NOBODY = "00000000-0000-4000-8000-000000000000"


def refused(error, call, *arguments, **named):
    return made.refused(error, lambda: call(*arguments, **named))


def credentials(sandbox, profile):
    """For botocore and for the CLI's environment: older ones assume no role at another endpoint."""
    session = botocore.session.Session(profile="cicd" if profile in LIMITED else profile)
    if profile not in LIMITED:
        keys = session.get_credentials()
        return keys.access_key, keys.secret_key, None
    sts = session.create_client("sts", region_name=REGION, endpoint_url=sandbox.url)
    given = sts.assume_role(RoleArn=f"arn:aws:iam::{CICD}:role/penstock-{profile}",
                            RoleSessionName="test")["Credentials"]
    return given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]


def client(sandbox, service, profile, region=REGION):
    key, secret, token = credentials(sandbox, profile)
    return botocore.session.Session(profile="cicd").create_client(
        service, region_name=region, endpoint_url=sandbox.url, aws_access_key_id=key,
        aws_secret_access_key=secret, aws_session_token=token,
        config=botocore.config.Config(parameter_validation=False))  # the sandbox is to refuse


def rule(name, provider, **configuration):
    kind = dict(category="Rule", owner="AWS", provider=provider, version="1")
    return dict(name=name, ruleTypeId=kind, configuration=configuration)


def condition(result, *rules):
    return {"conditions": [{"result": result, "rules": list(rules)}]}


def variable_is(name, value):
    return rule("Is-" + name, "VariableCheck", Variable="#{variables.%s}" % name, Operator="EQ",
                Value=value)


def approval(name, minutes=None, **configuration):
    more = {"timeoutInMinutes": minutes} if minutes else {}
    return action(name, "Approval", "Manual", configuration, **more)


def stage(name, *actions, **conditions):
    return dict(name=name, actions=list(actions), **conditions)


class Pipeline:
    """One pipeline, of whichever kind, in short words."""

    def __init__(self, place, name, profile="cicd", region=REGION):
        self.sandbox, self.name = place.sandbox, name
        self.api = client(place.sandbox, "codepipeline", profile, region)

    def state(self, stage_name):
        state = self.api.get_pipeline_state(name=self.name)
        return next(s for s in state["stageStates"] if s["stageName"] == stage_name)

    def action(self, stage_name, number=0):
        return self.state(stage_name)["actionStates"][number].get("latestExecution", {})

    def start(self, **more):
        return self.api.start_pipeline_execution(name=self.name, **more)["pipelineExecutionId"]

    def run(self, **more):
        """Started, and as far as it comes by itself."""
        execution = self.start(**more)
        self.sandbox.step_until_idle()
        return execution

    def told(self, execution):
        return self.api.get_pipeline_execution(
            pipelineName=self.name, pipelineExecutionId=execution)["pipelineExecution"]

    def runs(self, **more):
        return self.api.list_pipeline_executions(
            pipelineName=self.name, **more)["pipelineExecutionSummaries"]

    def at(self, stage_name, execution):
        return dict(pipelineName=self.name, stageName=stage_name, pipelineExecutionId=execution)

    def retry(self, stage_name, execution, mode="FAILED_ACTIONS"):
        return self.api.retry_stage_execution(retryMode=mode, **self.at(stage_name, execution))

    def override(self, stage_name, execution, kind):
        return self.api.override_stage_condition(conditionType=kind,
                                                 **self.at(stage_name, execution))

    def answer(self, stage_name, action_name, token, status="Approved", summary="fine"):
        return self.api.put_approval_result(
            pipelineName=self.name, stageName=stage_name, actionName=action_name, token=token,
            result=dict(status=status, summary=summary))


def make(place, roles, name, *stages, variables=None, **more):
    """A pipeline with CodeCommit as its source and these stages behind it; it is not started."""
    given = declaration(name, roles["pipeline"])
    given["stages"][1:] = list(stages)
    given.update(more)
    if variables:
        given["variables"] = variables
    pipeline = Pipeline(place, name)
    pipeline.api.create_pipeline(pipeline=given)
    first = pipeline.runs()[0]["pipelineExecutionId"]
    pipeline.api.stop_pipeline_execution(pipelineName=name, pipelineExecutionId=first, abandon=True)
    return pipeline


def judge(record, services, wanted):
    judge = Judge()
    with open(record, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            exchange = json.loads(line)
            headers = {k.lower(): v for k, v in exchange["request"]["headers"].items()}
            prefix, _, name = headers.get("x-amz-target", "").rpartition(".")
            service = next((s for s in services
                            if judge.model(s).metadata["targetPrefix"] == prefix), None)
            if service is not None:
                judge.seen[name] = judge.seen.get(name, 0) + 1
                judge.reply(judge.model(service).operation_model(name), exchange["reply"], True,
                            exchange["reply"]["status"] == 200, f"{number} {service} {name}")
            elif exchange.get("operation") == "SimulatePrincipalPolicy":
                judge.exchange(exchange, f"{number} iam")
    for fault in judge.faults[:40]:
        check(False, fault)
    check(wanted <= set(judge.seen), f"all were judged: {wanted - set(judge.seen)}")
