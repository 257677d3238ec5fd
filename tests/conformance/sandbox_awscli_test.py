"""The real AWS CLI drives the sandbox: pages, executions, approvals, roles, wrong keys.

Debian's awscli, and the aws of PATH where that is another one. Skipped (77) when neither is there.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
from sandbox import Sandbox  # noqa: E402

FAILURES = []


class Cli:
    def __init__(self, program, sandbox, profile="cicd", region=None, **env):
        self.program, self.sandbox, self.profile = program, sandbox, profile
        self.more = ["--region", region] if region else []
        self.env = env

    def run(self, *words):
        env = self.sandbox.env(None if self.env else self.profile, **self.env)
        return subprocess.run([self.program, *words, "--endpoint-url", self.sandbox.url,
                               "--output", "json", *self.more], env=env, timeout=120,
                              capture_output=True, text=True)

    def ask(self, *words):
        done = self.run(*words)
        if done.returncode != 0:
            raise AssertionError(f"aws {' '.join(words)}: {done.stderr.strip()}")
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def refused(self, error, *words):
        """The call must fail with AWS's error."""
        done = self.run(*words)
        check(done.returncode != 0 and f"({error})" in done.stderr,
              f"aws {' '.join(words)} fails with {error}, not: {done.stdout}{done.stderr}")


def check(claim, what):
    if not claim:
        FAILURES.append(what)
        print("not true:", what)


def stage(state, name):
    return next(s for s in state["stageStates"] if s["stageName"] == name)


def check_reading(cli):
    everything = cli.ask("codepipeline", "list-pipelines", "--page-size", "5")["pipelines"]
    names = [p["name"] for p in everything]
    check(len(names) == len(set(names)) and len(names) > 15, "pages of 5 add up without doubles")
    first = cli.ask("codepipeline", "list-pipelines", "--page-size", "3", "--max-items", "4")
    rest = cli.ask("codepipeline", "list-pipelines", "--starting-token", first["NextToken"])
    check([p["name"] for p in first["pipelines"] + rest["pipelines"]] == names,
          "a starting token goes on where the list stopped")
    got = cli.ask("codepipeline", "get-pipeline", "--name", "sales-orders")
    check([s["name"] for s in got["pipeline"]["stages"]][:3] ==
          ["Source", "Deploy-Stage-dev", "ManualApproval-dev"], "trunk's stages are data.all's")
    tags = cli.ask("codepipeline", "list-tags-for-resource", "--resource-arn",
                   got["metadata"]["pipelineArn"])["tags"]
    check({"key": "team", "value": "sales"} in tags, "tags are listed")
    cli.refused("PipelineNotFoundException", "codepipeline", "get-pipeline-state", "--name", "nope")
    cli.refused("ValidationException", "codepipeline", "get-pipeline", "--name", "no blanks")


def check_run(cli, sandbox):
    """One execution from start to end, with both approvals."""
    name = "marketing-attribution"
    run = cli.ask("codepipeline", "start-pipeline-execution", "--name", name)["pipelineExecutionId"]
    for gate in ("ManualApproval-dev", "ManualApproval-test"):
        sandbox.step_until_idle()
        state = cli.ask("codepipeline", "get-pipeline-state", "--name", name)
        if stage(state, gate).get("latestExecution", {}).get("pipelineExecutionId") != run:
            return run  # it failed on the way, as some do
        waiting = stage(state, gate)["actionStates"][0]["latestExecution"]
        check(waiting["status"] == "InProgress" and "token" in waiting, f"{gate} waits with a token")
        answer = ["codepipeline", "put-approval-result", "--pipeline-name", name, "--stage-name",
                  gate, "--action-name", gate, "--result", "summary=fine,status=Approved"]
        if gate == "ManualApproval-dev":
            cli.refused("InvalidApprovalTokenException", *answer, "--token", run)
        cli.ask(*answer, "--token", waiting["token"])
        if gate == "ManualApproval-dev":
            cli.refused("ApprovalAlreadyCompletedException", *answer, "--token", waiting["token"])
    sandbox.step_until_idle()
    runs = cli.ask("codepipeline", "list-pipeline-executions", "--pipeline-name", name,
                   "--page-size", "1")["pipelineExecutionSummaries"]
    check(runs[0]["pipelineExecutionId"] == run, "the newest execution comes first")
    check(runs[0]["status"] in ("Succeeded", "Failed"), "the execution ended")
    actions = cli.ask("codepipeline", "list-action-executions", "--pipeline-name", name,
                      "--filter", f"pipelineExecutionId={run}", "--page-size", "2")
    check(len(actions["actionExecutionDetails"]) >= 2, "its actions are listed")
    return run


def check_stop(cli, sandbox):
    name = "lakehouse-tables"
    run = cli.ask("codepipeline", "start-pipeline-execution", "--name", name)["pipelineExecutionId"]
    stop = ["codepipeline", "stop-pipeline-execution", "--pipeline-name", name,
            "--pipeline-execution-id", run]
    cli.ask(*stop, "--reason", "the test says so")
    cli.refused("DuplicatedStopRequestException", *stop)
    cli.ask(*stop, "--abandon")
    cli.refused("PipelineExecutionNotStoppableException", *stop)
    top = cli.ask("codepipeline", "list-pipeline-executions", "--pipeline-name", name,
                  "--max-items", "1")["pipelineExecutionSummaries"][0]
    check(top["status"] == "Stopped", "an abandoned execution is stopped")


def check_identity(cli, program, sandbox):
    who = cli.ask("sts", "get-caller-identity")
    check(who["Account"] == "111111111111", "cicd is 111111111111")
    assume = ["sts", "assume-role", "--role-session-name", "test", "--role-arn"]
    given = cli.ask(*assume, "arn:aws:iam::444444444444:role/penstock-admin")["Credentials"]
    session = dict(AWS_ACCESS_KEY_ID=given["AccessKeyId"], AWS_DEFAULT_REGION="eu-west-1",
                   AWS_SECRET_ACCESS_KEY=given["SecretAccessKey"])
    there = Cli(program, sandbox, AWS_SESSION_TOKEN=given["SessionToken"], **session)
    check(there.ask("sts", "get-caller-identity")["Arn"].endswith("penstock-admin/test"),
          "the assumed role is who it says")
    names = [p["name"] for p in there.ask("codepipeline", "list-pipelines")["pipelines"]]
    check("landing-zone-baseline" in names, "prod's pipelines are seen from the role")
    broken = Cli(program, sandbox, AWS_SESSION_TOKEN=given["SessionToken"] + "x", **session)
    broken.refused("UnrecognizedClientException", "codepipeline", "list-pipelines")
    cli.refused("AccessDenied", *assume, "arn:aws:iam::444444444444:role/nobody")
    cli.refused("AccessDenied", *assume, "arn:aws:iam::444444444444:role/penstock-external")


def check_wrong_keys(program, sandbox):
    good = dict(AWS_ACCESS_KEY_ID="AKIAPENSTOCKCICD0001", AWS_DEFAULT_REGION="eu-west-1")
    unknown = Cli(program, sandbox, AWS_ACCESS_KEY_ID="AKIAPENSTOCKNOBODY00",
                  AWS_SECRET_ACCESS_KEY="x" * 40, AWS_DEFAULT_REGION="eu-west-1")
    wrong = Cli(program, sandbox, AWS_SECRET_ACCESS_KEY="x" * 40, **good)
    unknown.refused("UnrecognizedClientException", "codepipeline", "list-pipelines")
    unknown.refused("InvalidClientTokenId", "sts", "get-caller-identity")
    wrong.refused("InvalidSignatureException", "codepipeline", "list-pipelines")
    wrong.refused("SignatureDoesNotMatch", "sts", "get-caller-identity")


def programs():
    found = [p for p in ("/usr/bin/aws", shutil.which("aws")) if p and os.access(p, os.X_OK)]
    return list(dict.fromkeys(found))


def main():
    if not programs():
        print("skipped: no AWS CLI is installed")
        return 77
    for number, program in enumerate(programs()):
        with Sandbox(sys.argv[1], "--step") as sandbox:
            cli = Cli(program, sandbox)
            check_identity(cli, program, sandbox)
            check_run(cli, sandbox)
            if number > 0:
                continue  # a second CLI only shows that a newer botocore agrees
            check_reading(cli)
            check_stop(Cli(program, sandbox, profile="prod"), sandbox)
            check_wrong_keys(program, sandbox)
    print(f"{len(FAILURES)} failures with {', '.join(programs())}")
    return 1 if FAILURES else 0


if __name__ == "__main__":
    sys.exit(main())
