"""The operations on pipelines as tests know them: how each is begun by a verb and by keys, what it
sends, how one sees that it was done, and what somebody else can do meanwhile. AWS's word decides."""

import json
import subprocess

import api
import lab

STILL = ("--seed", "demo", "--step")  # nothing moves by itself
MOVING = ("--seed", "demo", "--speed", "300", "--control")
REASON = "night: nobody, is here"
# Its second write changes nothing, so the layer below sends it again by itself.
REPEATED = ("EnableStageTransition", "DisableStageTransition", "StopBuild", "DeleteStack",
            "MergeBranchesByFastForward")
# They carry a token: sent again with it, they are done once.
TOKENS = ("StartPipelineExecution", "RetryBuild")
# A form's last field, wherever one stands in it.
LAST = "\x1bOB" * 8


class World:
    """One sandbox, one home, and what the cases need to know of them."""

    def __init__(self, story, profile="cicd", options=STILL, home=None):
        self.aws = story.sandbox(*options)
        self.home = (home or story.home)(self.aws, profile=profile)
        self.client = api.Client(self.aws)
        self.marks = 0
        story.addCleanup(self.forget)

    def forget(self):
        if self.client.connection:
            self.client.connection.close()

    def settle(self):
        """Until the access log has what was asked so far: a line comes after its reply."""
        self.marks += 1
        name = f"mark-{self.marks}"
        try:
            self.client.call("GetPipeline", name=name)
        except api.Refused:
            pass
        lab.wait_for(lambda: len([c for c in self.aws.calls("GetPipeline")
                                  if c["error"]]) >= self.marks, what="the access log")

    def state(self, name):
        return {s["stageName"]: s
                for s in self.client.call("GetPipelineState", name=name)["stageStates"]}

    def action(self, name, stage, number=0):
        return self.state(name)[stage]["actionStates"][number].get("latestExecution", {})

    def cli(self, *args):
        done = subprocess.run(["aws", *args, "--endpoint-url", self.aws.url],
                              env=self.aws.env("cicd", AWS_DEFAULT_OUTPUT="json"),
                              capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise AssertionError(f"aws {' '.join(args)}: {done.stderr}")
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def candidate(self):
        """An execution that succeeded in sales-orders' dev, and is not what runs there."""
        runs = self.client.call("ListPipelineExecutions", pipelineName="sales-orders", filter={
            "succeededInStage": {"stageName": "Deploy-Stage-dev"}})["pipelineExecutionSummaries"]
        now = self.state("sales-orders")["Deploy-Stage-dev"]["latestExecution"]
        ids = [r["pipelineExecutionId"] for r in runs]
        return next(i for i in ids if i != now["pipelineExecutionId"])

    def build(self, name, stage):
        return self.action(name, stage)["externalExecutionId"]

    def build_status(self, build):
        return self.cli("codebuild", "batch-get-builds", "--ids", build)["builds"][0]["buildStatus"]

    def builds(self, project):
        return len(self.cli("codebuild", "list-builds-for-project", "--project-name",
                            project)["ids"])

    def runs(self, name):
        return len(self.client.pages("ListPipelineExecutions", "pipelineExecutionSummaries",
                                     pipelineName=name))

    def branches(self, repository):
        names = self.cli("codecommit", "list-branches", "--repository-name", repository)["branches"]
        return {name: self.cli("codecommit", "get-branch", "--repository-name", repository,
                               "--branch-name", name)["branch"]["commitId"] for name in names}

    def stacks(self):
        return {s["StackName"]: s["StackStatus"] for s in
                self.cli("cloudformation", "describe-stacks")["Stacks"]}

    def rests(self, stack, status):
        lab.wait_for(lambda: self.stacks().get(stack) == status, 20, 0.1, f"{stack} {status}")


class Case:
    """What is the same for most.

    By a verb: args(world) gives its words and the options that agree. By keys: `line` in the palette,
    or on the page `page`, in the row that has `row`, the menu's entry `menu`; then `typed` into the
    form, if there is one."""

    options = STILL
    service = "codepipeline"
    is_settled = False  # somebody else did the same: nothing is left to do
    is_pipeline = True  # what the cache has of the pipeline `name` shows it
    line = page = row = menu = None
    typed = ready = ""  # ready: what the form shows when it can be filled in

    def is_exact(self, w):
        """Done as args() said it."""
        return self.is_done(w)

    @property
    def iam(self):
        return f"{self.service}:{self.operation}"


class Release(Case):
    name = "hr-analytics"
    operation = "StartPipelineExecution"
    title = "Release a change"
    line, typed = "release hr-analytics", LAST + "by keys\r"

    def args(self, w):
        self.before = w.client.latest("hr-analytics")["pipelineExecutionId"]
        self.count = self.begun(w)
        return ["release", "hr-analytics"], ["--yes"]

    def is_done(self, w):
        return w.client.latest("hr-analytics")["pipelineExecutionId"] != self.before

    def change(self, w):
        """It would not get so far any more."""
        w.client.call("DisableStageTransition", pipelineName=self.name, transitionType="Inbound",
                      stageName="Deploy-Stage-dev", reason="me first")

    def begun(self, w):
        return w.runs(self.name)


class Stop(Case):
    name = "dmc-release"
    operation = "StopPipelineExecution"
    title = "Stop an execution"
    line, typed = "stop dmc-release", "\rthe wrong one\r"

    def args(self, w):
        return ["stop", "dmc-release", "--reason", "it's the wrong $one"], ["--yes"]

    def is_done(self, w):
        return w.client.latest("dmc-release")["status"] in ("Stopping", "Stopped")

    def change(self, w):
        w.client.call("StopPipelineExecution", pipelineName="dmc-release", pipelineExecutionId=w
                      .client.latest("dmc-release")["pipelineExecutionId"])


class Retry(Case):
    name = "iot-telemetry-prod"
    operation = "RetryStageExecution"
    title = "Retry a stage"
    line, typed = "retry iot-telemetry-prod Deploy-Stage-prod", "\r"

    def args(self, w):
        return ["retry", "iot-telemetry", "prod"], ["--confirm", "iot-telemetry-prod"]

    def is_done(self, w):
        return w.action("iot-telemetry-prod", "Deploy-Stage-prod")["status"] == "InProgress"

    def change(self, w):
        w.client.call("RetryStageExecution", pipelineName="iot-telemetry-prod",
                      stageName="Deploy-Stage-prod", retryMode="ALL_ACTIONS", pipelineExecutionId=w
                      .client.latest("iot-telemetry-prod")["pipelineExecutionId"])


class Rollback(Case):
    name = "sales-orders"
    operation = "RollbackStage"
    title = "Roll back a stage"
    line, typed = "rollback sales-orders Deploy-Stage-dev", "\r"
    ready = "Back to  1 of"

    def args(self, w):
        self.target = w.candidate()
        self.count = self.begun(w)
        return ["rollback", "sales-orders", "dev", self.target], ["--yes"]

    def begun(self, w):
        return w.runs(self.name)

    def is_done(self, w):
        """By keys it is another one than by the verb: any."""
        return "rollbackMetadata" in w.client.latest("sales-orders")

    def is_exact(self, w):
        return w.client.latest("sales-orders")["rollbackMetadata"][
            "rollbackTargetPipelineExecutionId"] == self.target

    def change(self, w):
        w.client.call("RollbackStage", pipelineName="sales-orders", stageName="Deploy-Stage-dev",
                      targetPipelineExecutionId=self.target)


class Approve(Case):
    name, stage = "customer-360", "ManualApproval-test"
    operation = "PutApprovalResult"
    title = "Approve"
    verb, answer = "approve", "Succeeded"
    line, typed = "approve customer-360 ManualApproval-test", "seen\r"

    def args(self, w):
        return [self.verb, self.name, "prod", "--comment", 'a "good" one, it\'s fine'], \
            ["--confirm", self.name]

    def is_done(self, w):
        return w.action(self.name, self.stage)["status"] == self.answer

    def change(self, w):
        w.client.call("PutApprovalResult", pipelineName=self.name, stageName=self.stage,
                      actionName=self.stage, token=w.action(self.name, self.stage)["token"],
                      result={"summary": "me first", "status": self.others})

    others = "Rejected"


class Reject(Approve):
    name = "sales-orders"
    title = "Reject"
    verb, answer, others = "reject", "Failed", "Approved"
    line = "reject sales-orders ManualApproval-test"


class Enable(Case):
    operation = "EnableStageTransition"
    enabled = True
    name, stage = "finance-ledger-prod", "Deploy-Stage-prod"
    title = "Enable a transition"
    line = "transition finance-ledger-prod Deploy-Stage-prod"

    def args(self, w):
        return ["transition", "enable", "finance-ledger", "prod"], ["--confirm", self.name]

    def is_done(self, w):
        return w.state(self.name)[self.stage]["inboundTransitionState"]["enabled"] == self.enabled

    def change(self, w):
        w.client.call(self.operation, pipelineName=self.name, stageName=self.stage,
                      transitionType="Inbound", **self.more)

    more = {}
    is_settled = True


class Disable(Enable):
    operation = "DisableStageTransition"
    enabled = False
    name, stage = "finance-ledger-dev", "Deploy-Stage-dev"
    more = {"reason": "me first"}
    title = "Disable a transition"
    line, typed = "transition finance-ledger-dev Deploy-Stage-dev", REASON + "\r"

    def args(self, w):
        return ["transition", "disable", "finance-ledger", "dev", "--reason", REASON], ["--yes"]


class Override(Case):
    operation = "OverrideStageCondition"
    name, stage = "finance-ledger-test", "Deploy-Stage-test"
    title = "Override a stage's condition"
    line, typed = "override finance-ledger-test Deploy-Stage-test", "\r"

    def args(self, w):
        return ["override", "finance-ledger", "test"], ["--yes"]

    def is_done(self, w):
        now = w.state(self.name)[self.stage]["onSuccessConditionState"]
        return now["latestExecution"]["status"] == "Overridden"

    def change(self, w):
        w.client.call(self.operation, pipelineName=self.name, stageName=self.stage,
                      conditionType="ON_SUCCESS", pipelineExecutionId=w
                      .state(self.name)[self.stage]["latestExecution"]["pipelineExecutionId"])


class StopBuild(Case):
    operation = "StopBuild"
    service = "codebuild"
    is_pipeline = False
    title = menu = "Stop a build"
    page, row = "pipeline supply-chain-forecast", " deploy-int "

    def args(self, w):
        self.build = w.build("supply-chain-forecast", "Deploy-Stage-int")
        return ["build", "stop", self.build], ["--yes"]

    def is_done(self, w):
        return w.build_status(self.build) == "STOPPED"

    def change(self, w):
        w.cli("codebuild", "stop-build", "--id", self.build)


class RetryBuild(Case):
    operation = "RetryBuild"
    service = "codebuild"
    is_pipeline = False
    title = menu = "Retry a build"
    page, row = "pipeline clickstream-ingest", " deploy-prod "

    def args(self, w):
        self.build = w.build("clickstream-ingest", "Deploy-Stage-prod")
        self.project = self.build.split(":")[0]
        self.count = w.builds(self.project)
        return ["build", "retry", self.build], ["--confirm", "clickstream-ingest"]

    def is_done(self, w):
        return self.begun(w) > self.count

    def begun(self, w):
        return w.builds(self.project)

    change = None  # a build that has ended stays as it is


class CreateBranch(Case):
    operation = "CreateBranch"
    service = "codecommit"
    is_pipeline = False
    title = menu = "Create a branch"
    page, row, typed = "repository iot-telemetry-dev", " dev ", "feature/x\r\r"

    def args(self, w):
        return ["branch", "create", "iot-telemetry", "feature/x", "--from", "dev"], ["--yes"]

    def is_done(self, w):
        heads = w.branches("iot-telemetry")
        return heads.get("feature/x") == heads["dev"]

    def change(self, w):
        w.cli("codecommit", "create-branch", "--repository-name", "iot-telemetry", "--branch-name",
              "feature/x", "--commit-id", w.branches("iot-telemetry")["main"])


class Promote(Case):
    operation = "MergeBranchesByFastForward"
    service = "codecommit"
    is_settled = True
    is_pipeline = False
    title = menu = "Promote a branch"
    page, row, typed = "repository iot-telemetry-dev", " dev ", "\rmain\r"

    def args(self, w):
        return ["branch", "promote", "iot-telemetry", "main", "--from", "dev"], \
            ["--confirm", "iot-telemetry-prod"]

    def is_done(self, w):
        heads = w.branches("iot-telemetry")
        return heads["main"] == heads["dev"]

    def change(self, w):
        """Further on than dev: there is no way back for main."""
        w.cli("codecommit", "merge-branches-by-fast-forward", "--repository-name", "iot-telemetry",
              "--source-commit-specifier", "test", "--destination-commit-specifier", "main")


TAGS = ("--tags", "Key=penstock:pipeline,Value=weather-feed", "Key=penstock:stage,Value=dev")


class StackCase(Case):
    """Stacks of weather-feed that somebody made."""

    options = MOVING
    service = "cloudformation"
    is_pipeline = False

    def body(self, value):
        def parameter(name, **more):
            return {"Type": "AWS::SSM::Parameter", "Properties": {
                "Name": f"/{self.stack}/{name}", "Type": "String", "Value": value}, **more}
        return json.dumps({"Resources": {"Limit": parameter("limit"),
                                         "Bad": parameter("bad", DependsOn="Limit")}})

    def make(self, w):
        w.cli("cloudformation", "create-stack", "--stack-name", self.stack, "--template-body",
              self.body("1"), *TAGS)
        w.rests(self.stack, "CREATE_COMPLETE")


class ContinueRollback(StackCase):
    operation = "ContinueUpdateRollback"
    stack = "aaa"
    is_settled = True
    title = menu = "Continue a stack's rollback"
    page, row, typed = "stacks weather-feed-b", " aaa ", "\r"

    def args(self, w):
        self.make(w)
        w.aws.fail("stack-failure:Bad:1:1", "stack-failure:undo-Limit:1:1")
        w.cli("cloudformation", "update-stack", "--stack-name", self.stack, "--template-body",
              self.body("2"), *TAGS)
        w.rests(self.stack, "UPDATE_ROLLBACK_FAILED")
        return ["stack", "weather-feed", "continue-rollback", self.stack], ["--yes"]

    def is_done(self, w):
        return w.stacks()[self.stack] in ("UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE")

    def change(self, w):
        w.cli("cloudformation", "continue-update-rollback", "--stack-name", self.stack)
        w.rests(self.stack, "UPDATE_ROLLBACK_COMPLETE")


class DeleteStack(StackCase):
    operation = "DeleteStack"
    stack = "bbb"
    title = menu = "Delete a stack"
    page, row, typed = "stacks weather-feed-b", " bbb ", "\r"

    def args(self, w):
        self.make(w)
        return ["stack", "weather-feed", "delete", self.stack], ["--confirm", self.stack]

    def is_done(self, w):
        return w.stacks().get(self.stack, "DELETE").startswith("DELETE")

    def change(self, w):
        w.cli("cloudformation", "update-stack", "--stack-name", self.stack, "--template-body",
              self.body("2"), *TAGS)
        w.rests(self.stack, "UPDATE_COMPLETE")


# Every action on a pipeline that is there, as core/actions/action.h lists them.
CASES = (Release, Stop, Retry, Rollback, Approve, Reject, Enable, Disable, Override, StopBuild,
         RetryBuild, ContinueRollback, DeleteStack, CreateBranch, Promote)
