"""Every operation from its verb: done, refused because something changed meanwhile, denied,
throttled, cut off after it was sent. The sandbox's access log is the witness of what was sent."""

import concurrent.futures
import json
import os
import pathlib
import pty
import select
import shutil
import signal
import subprocess
import unittest

import api
import lab

SEED = ("--seed", "demo", "--step")  # nothing moves by itself
REASON = "night: nobody, is here"
# Its second write changes nothing, so the layer below sends it again by itself.
REPEATED = ("EnableStageTransition", "DisableStageTransition", "StopBuild")
# They carry a token: sent again with it, they are done once.
TOKENS = ("StartPipelineExecution", "RetryBuild")


class World:
    """One sandbox, one home, and what the cases need to know of them."""

    def __init__(self, story, profile="cicd"):
        self.aws = story.sandbox(*SEED)
        self.home = story.home(self.aws, profile=profile)
        self.client = api.Client(self.aws)
        story.addCleanup(self.forget)

    def forget(self):
        if self.client.connection:
            self.client.connection.close()

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


class Release:
    name = "hr-analytics"
    operation = "StartPipelineExecution"

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
        return len(w.client.pages("ListPipelineExecutions", "pipelineExecutionSummaries",
                                  pipelineName=self.name))


class Stop:
    name = "dmc-release"
    operation = "StopPipelineExecution"

    def args(self, w):
        return ["stop", "dmc-release", "--reason", "it's the wrong $one"], ["--yes"]

    def is_done(self, w):
        return w.client.latest("dmc-release")["status"] in ("Stopping", "Stopped")

    def change(self, w):
        w.client.call("StopPipelineExecution", pipelineName="dmc-release", pipelineExecutionId=w
                      .client.latest("dmc-release")["pipelineExecutionId"])


class Retry:
    name = "iot-telemetry-prod"
    operation = "RetryStageExecution"

    def args(self, w):
        return ["retry", "iot-telemetry", "prod"], ["--confirm", "iot-telemetry-prod"]

    def is_done(self, w):
        return w.action("iot-telemetry-prod", "Deploy-Stage-prod")["status"] == "InProgress"

    def change(self, w):
        w.client.call("RetryStageExecution", pipelineName="iot-telemetry-prod",
                      stageName="Deploy-Stage-prod", retryMode="ALL_ACTIONS", pipelineExecutionId=w
                      .client.latest("iot-telemetry-prod")["pipelineExecutionId"])


class Rollback:
    name = "sales-orders"
    operation = "RollbackStage"

    def args(self, w):
        self.target = w.candidate()
        return ["rollback", "sales-orders", "dev", self.target], ["--yes"]

    def is_done(self, w):
        latest = w.client.latest("sales-orders")
        return latest.get("rollbackMetadata", {}) \
            .get("rollbackTargetPipelineExecutionId") == self.target

    def change(self, w):
        w.client.call("RollbackStage", pipelineName="sales-orders", stageName="Deploy-Stage-dev",
                      targetPipelineExecutionId=self.target)


class Approve:
    name = "customer-360"
    operation = "PutApprovalResult"
    verb, answer = "approve", "Succeeded"

    def args(self, w):
        return [self.verb, "customer-360", "prod", "--comment", 'a "good" one, it\'s fine'], \
            ["--confirm", "customer-360"]

    def is_done(self, w):
        return w.action("customer-360", "ManualApproval-test")["status"] == self.answer

    def change(self, w):
        w.client.call("PutApprovalResult", pipelineName="customer-360",
                      stageName="ManualApproval-test", actionName="ManualApproval-test",
                      token=w.action("customer-360", "ManualApproval-test")["token"],
                      result={"summary": "me first", "status": "Rejected"})


class Reject(Approve):
    verb, answer = "reject", "Failed"


class Enable:
    operation = "EnableStageTransition"
    enabled = True
    name, stage = "finance-ledger-prod", "Deploy-Stage-prod"

    def args(self, w):
        return ["transition", "enable", "finance-ledger", "prod"], ["--confirm", self.name]

    def is_done(self, w):
        return w.state(self.name)[self.stage]["inboundTransitionState"]["enabled"] == self.enabled

    def change(self, w):
        w.client.call(self.operation, pipelineName=self.name, stageName=self.stage,
                      transitionType="Inbound", **self.more)

    more = {}
    is_settled = True  # somebody else did the same: nothing is left to do


class Disable(Enable):
    operation = "DisableStageTransition"
    enabled = False
    name, stage = "hr-analytics", "Deploy-Stage-dev"
    more = {"reason": "me first"}

    def args(self, w):
        return ["transition", "disable", "hr-analytics", "dev", "--reason", REASON], ["--yes"]


class Override:
    operation = "OverrideStageCondition"
    name, stage = "finance-ledger-test", "Deploy-Stage-test"

    def args(self, w):
        return ["override", "finance-ledger", "test"], ["--yes"]

    def is_done(self, w):
        now = w.state(self.name)[self.stage]["onSuccessConditionState"]
        return now["latestExecution"]["status"] == "Overridden"

    def change(self, w):
        w.client.call(self.operation, pipelineName=self.name, stageName=self.stage,
                      conditionType="ON_SUCCESS", pipelineExecutionId=w
                      .state(self.name)[self.stage]["latestExecution"]["pipelineExecutionId"])


class StopBuild:
    operation = "StopBuild"

    def args(self, w):
        self.build = w.build("supply-chain-forecast", "Deploy-Stage-int")
        return ["build", "stop", self.build], ["--yes"]

    def is_done(self, w):
        return w.build_status(self.build) == "STOPPED"

    def change(self, w):
        w.cli("codebuild", "stop-build", "--id", self.build)


class RetryBuild:
    operation = "RetryBuild"

    def args(self, w):
        self.build = w.build("clickstream-ingest", "Deploy-Stage-dev")
        self.project = self.build.split(":")[0]
        self.count = w.builds(self.project)
        return ["build", "retry", self.build], ["--yes"]

    def is_done(self, w):
        return self.begun(w) > self.count

    def begun(self, w):
        return w.builds(self.project)

    change = None  # a build that has ended stays as it is


CASES = (Release, Stop, Retry, Rollback, Approve, Reject, Enable, Disable, Override, StopBuild,
         RetryBuild)


@unittest.skipUnless(shutil.which("aws"), "the AWS CLI is not here")
class Operate(lab.Story):
    def each(self, story, cases=CASES, profile="cicd"):
        """story(case, world, args, options) for each, two at a time."""
        worlds = [World(self, profile) for _ in cases]

        def one(kind, world):
            case = kind()
            args, options = case.args(world)
            story(case, world, args, options)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            told = [pool.submit(one, kind, world) for kind, world in zip(cases, worlds)]
        failed = [f"{kind.__name__}: {t.exception()}" for kind, t in zip(cases, told)
                  if t.exception()]
        self.assertEqual(failed, [], "\n".join(failed))

    def sent(self, case, world):
        return len(world.aws.calls(case.operation))

    def audited(self, world):
        return [row["outcome"] for row in world.home.audit()]

    # ---- done ----

    def test_it_is_done_and_told_and_audited(self):
        def story(case, world, args, options):
            dry = world.home.run(*args, "--dry-run")
            self.assert_ended(dry, 0)
            self.assertIn("the same as aws ", dry.out)
            self.assertEqual(self.sent(case, world), 0, "a dry run wrote")
            self.assertFalse(case.is_done(world))
            self.assertEqual(world.home.audit(), [])
            done = world.home.run(*args, *options)
            self.assert_ended(done, 0)
            self.assertIn("request id ", done.out)
            self.assertEqual(self.sent(case, world), 1)
            self.assertTrue(case.is_done(world), done)
            self.assertEqual(self.audited(world), ["confirmed", "sent", "done", "done"])
            row = world.home.audit()[2]
            self.assertTrue(row["request_id"] and row["caller"] and row["target"] and row["state_before"],
                            row)
        self.each(story)

    def test_the_cache_shows_it_when_the_verb_ends(self):
        def story(case, world, args, options):
            self.assert_ended(world.home.run(*args, *options), 0)
            if args[0] == "build":
                return
            told = api.told(world.home.status("--cached"))
            self.assertEqual(told[case.name], api.pipeline(world.client, case.name))
        self.each(story)

    def test_the_lines_of_a_plan_work_as_they_are(self):
        def story(case, world, args, options):
            plan = world.home.run("--endpoint-url", world.aws.url, *args, "--dry-run", "--json")
            self.assert_ended(plan, 0)
            step = plan.json["steps"][0]
            done = subprocess.run(["sh", "-c", step["aws"]], env=world.aws.env(), timeout=60,
                                  capture_output=True, text=True, check=False)
            if "nvalid choice" in done.stderr or "Unknown options" in done.stderr:
                return  # an older AWS CLI
            self.assertEqual(done.returncode, 0, f"{step['aws']}: {done.stderr}")
            self.assertTrue(case.is_done(world), step["aws"])
        self.each(story)

        def own(case, world, args, options):
            step = world.home.run("--endpoint-url", world.aws.url, *args, "--dry-run",
                                  "--json").json["steps"][0]
            env = {**world.home.env,
                   "PATH": f"{pathlib.Path(world.home.binary).parent}:{os.environ['PATH']}"}
            done = subprocess.run(["sh", "-c", f"{step['own']} {' '.join(options)}"], env=env,
                                  timeout=60, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, f"{step['own']}: {done.stderr}")
            self.assertTrue(case.is_done(world), step["own"])
            self.assertEqual(self.sent(case, world), 1)
        self.each(own)

    # ---- not done ----

    def test_nothing_is_sent_without_consent(self):
        def story(case, world, args, options):
            self.assert_ended(world.home.run(*args), 2)
            self.assert_ended(world.home.run("--read-only", *args, *options), 2)
            if "--confirm" in options:
                self.assert_ended(world.home.run(*args, "--yes"), 2)
                self.assert_ended(world.home.run(*args, "--confirm", "another"), 2)
            self.assertEqual(self.sent(case, world), 0)
            self.assertFalse(case.is_done(world))
        self.each(story)

    def ask_then(self, world, args, change):
        """The plan is shown and the question asked; then something changes, then it is answered."""
        leader, follower = pty.openpty()
        try:
            child = world.home.start(*args, stdin=follower, stderr=follower)
            asked = b""
            while b"Do this?" not in asked and b"to do this: " not in asked:
                ready, _, _ = select.select([leader], [], [], 30)
                self.assertTrue(ready, f"nothing was asked: {asked}")
                asked += os.read(leader, 4096)
            change(world)
            word = asked.split(b"Type ")[1].split(b" to do")[0] if b"Type " in asked else b"y"
            os.write(leader, word + b"\n")
            out, _ = child.communicate(timeout=60)
            said = asked.decode()
            while select.select([leader], [], [], 0)[0]:
                said += os.read(leader, 65536).decode()
        finally:
            os.close(leader)
            os.close(follower)
        return child.returncode, lab.text_of(out), said

    def test_what_changed_meanwhile_is_refused(self):
        def story(case, world, args, options):
            rc, out, said = self.ask_then(world, args, case.change)
            before = 0 if case.operation == "StartPipelineExecution" else 1  # the change itself
            self.assertEqual(self.sent(case, world), before, out + said)
            if getattr(case, "is_settled", False):
                self.assertEqual(rc, 0, out + said)
                self.assertIn("done already", out)
                return
            self.assertEqual(rc, 1, out + said)
            self.assertIn("nothing was sent", said)
            self.assertIn("refused", self.audited(world))
        self.each(story, [c for c in CASES if c.change is not None])

    def test_a_denial_names_the_right_and_is_audited(self):
        def story(case, world, args, options):
            done = world.home.run(*args, *options)
            self.assert_ended(done, 3)
            self.assertIn("not authorized", done.err)
            self.assertEqual(self.sent(case, world), 1)
            self.assertFalse(case.is_done(world))
            self.assertEqual(self.audited(world), ["confirmed", "sent", "failed", "failed"])
        self.each(story, profile="viewer")

    def test_throttling_is_waited_out(self):
        def story(case, world, args, options):
            world.aws.fail(f"throttle:{case.operation}:1:2")
            done = world.home.run(*args, *options)
            self.assert_ended(done, 0)
            self.assertTrue(case.is_done(world))
            calls = world.aws.calls(case.operation)
            self.assertEqual([c["status"] for c in calls], [400, 400, 200])
        self.each(story)

    # ---- nobody knows ----

    def test_a_cut_after_it_was_sent_is_looked_up(self):
        def story(case, world, args, options):
            world.aws.fail(f"cut:{case.operation}:1:1")
            done = world.home.run(*args, *options)
            self.assert_ended(done, 0)
            self.assertTrue(case.is_done(world))
            if case.operation in REPEATED:
                return
            self.assertIn("though AWS's answer was lost", done.out)
            self.assertIn("unknown", self.audited(world))
            if case.operation in TOKENS:
                self.assertEqual(self.sent(case, world), 2)
                self.assertEqual(case.begun(world), case.count + 1)
            else:
                self.assertEqual(self.sent(case, world), 1)
        self.each(story)

    def test_what_fails_without_being_done_is_told_so_and_not_repeated(self):
        def story(case, world, args, options):
            world.aws.fail(f"500:{case.operation}:1:1")
            done = world.home.run(*args, *options)
            self.assert_ended(done, 1)
            self.assertIn("it was not done", done.err)
            self.assertFalse(case.is_done(world))
            self.assertEqual(self.sent(case, world), 1)
        self.each(story, [c for c in CASES if c.operation not in REPEATED + TOKENS])

    def test_what_carries_a_token_is_done_once_at_last(self):
        def story(case, world, args, options):
            world.aws.fail(f"500:{case.operation}:1:1")
            self.assert_ended(world.home.run(*args, *options), 0)
            self.assertEqual(self.sent(case, world), 2)
            self.assertEqual(case.begun(world), case.count + 1)
        self.each(story, (Release, RetryBuild))


class Words(lab.Story):
    """What NAME, STAGE and ACTION may mean."""

    def begin(self):
        self.world = World(self)
        self.home_ = self.world.home
        self.assert_ended(self.home_.run("sync"), 0)

    def said(self, rc, *args):
        done = self.home_.run(*args)
        self.assert_ended(done, rc)
        return done.err

    def test_what_is_ambiguous_lists_the_choices(self):
        self.begin()
        for word in ("iot-telemetry-dev", "iot-telemetry-test", "iot-telemetry-prod"):
            self.assertIn(word, self.said(2, "release", "iot-telemetry", "--yes"))
        self.assertIn("Deploy-Stage-dev", self.said(1, "retry", "hr-analytics", "nowhere"))
        self.assertIn("its actions are: ManualApproval-dev",
                      self.said(1, "approve", "hr-analytics", "prod", "Nobody"))
        self.assertRegex(self.said(2, "approve", "hr-analytics", "prod"),
                         "no approval waits|approved already")

    def test_revisions_and_variables_are_given_by_name(self):
        self.begin()
        self.assertIn("SCENARIO", self.said(2, "release", "supply-chain-forecast", "--yes"))
        self.assertIn("--revision takes ACTION=ID", self.said(2, "release", "sales-orders",
                                                              "--revision", "main"))
        self.assertIn("its sources are: CodeCommit", self.said(
            2, "release", "sales-orders", "--revision", "Nowhere=abc", "--yes"))
        client = self.world.client
        old = client.call("ListPipelineExecutions", pipelineName="sales-orders")[
            "pipelineExecutionSummaries"][3]["sourceRevisions"][0]["revisionId"]
        for name, options in (("sales-orders", ("--revision", f"CodeCommit={old}")),
                              ("supply-chain-forecast", ("--var", "SCENARIO=it's worse",
                                                         "--var", "HORIZON_WEEKS=4"))):
            plan = self.home_.run("--endpoint-url", self.world.aws.url, "release", name, *options,
                                  "--dry-run", "--json")
            self.assert_ended(plan, 0)
            done = self.home_.run("release", name, *options, "--yes", "--json")
            self.assert_ended(done, 0)
            run = client.call("GetPipelineExecution", pipelineName=name,
                              pipelineExecutionId=done.json["execution"])["pipelineExecution"]
            if name == "supply-chain-forecast":
                self.assertEqual({v["name"]: v["resolvedValue"] for v in run["variables"]},
                                 {"SCENARIO": "it's worse", "HORIZON_WEEKS": "4"})
            else:
                self.assertIn(old[:8], plan.json["steps"][0]["items"][0]["detail"])
            line = plan.json["steps"][0]["aws"]
            if not shutil.which("aws"):
                continue
            pasted = subprocess.run(["sh", "-c", line], env=self.world.aws.env(), timeout=60,
                                    capture_output=True, text=True, check=False)
            if "Unknown options" not in pasted.stderr:
                self.assertEqual(pasted.returncode, 0, f"{line}: {pasted.stderr}")
                self.assertNotEqual(json.loads(pasted.stdout)["pipelineExecutionId"],
                                    done.json["execution"])

    def test_a_stage_may_be_its_environment(self):
        self.begin()
        for args, title in ((("retry", "clickstream-ingest", "prod"), "Deploy-Stage-prod"),
                            (("approve", "sales-orders", "prod"), "ManualApproval-test"),
                            (("approve", "sales-orders", "ManualApproval-test"),
                             "ManualApproval-test"),
                            (("transition", "disable", "finance-ledger", "dev", "--reason", "x"),
                             "finance-ledger-dev/Deploy-Stage-dev")):
            done = self.home_.run(*args, "--dry-run")
            self.assert_ended(done, 0)
            self.assertIn(title, done.out.splitlines()[0])

    def test_a_new_home_needs_no_sync_first(self):
        world = World(self)
        done = world.home.run("release", "hr-analytics", "--yes", "--json")
        self.assert_ended(done, 0)
        self.assertEqual(done.json["execution"],
                         world.client.latest("hr-analytics")["pipelineExecutionId"])
        self.assertTrue(done.json["plan"]["steps"][0]["own"].endswith("release hr-analytics"))

    def test_a_freeze_refuses(self):
        self.begin()
        self.home_.set_config("[freeze]\nclosing = 2020-01-01 to 2099-01-01: the books are closed\n")
        self.assertIn("the books are closed", self.said(2, "release", "hr-analytics", "--yes"))
        self.assertEqual(self.world.aws.calls("StartPipelineExecution"), [])

    def test_a_pipeline_of_others_is_protected_by_stage_or_name(self):
        self.begin()
        args = ("transition", "disable", "dmc-release", "Production", "--reason", "x")
        for section in ("protected = prod, production", "protected_pipelines = dmc-*"):
            self.home_.set_config(f"[guard]\n{section}\n")
            self.said(2, *args, "--yes")
        self.assertEqual(self.world.aws.calls("DisableStageTransition"), [])
        self.assert_ended(self.home_.run(*args, "--confirm", "dmc-release"), 0)

    def test_nobody_approves_a_commit_of_their_own(self):
        self.begin()
        self.home_.set_config("[guard]\nfour_eyes = true\n[people]\nAna Costa = ops\n")
        for _ in range(2):  # also when what it carries is known already
            self.assertIn("the commit is by Ana Costa", self.said(
                2, "approve", "sales-orders", "prod", "--confirm", "sales-orders"))
        self.assertEqual(self.world.aws.calls("PutApprovalResult"), [])
        self.assertEqual(self.world.home.audit()[-1]["outcome"], "refused")
        self.assert_ended(self.home_.run("reject", "sales-orders", "prod", "--confirm",
                                         "sales-orders"), 0)

    def open_approvals(self, client):
        runs = client.pages("ListActionExecutions", "actionExecutionDetails",
                            pipelineName="edge-log-archive")
        return [r for r in runs if r["status"] == "InProgress"
                and r["input"]["actionTypeId"]["category"] == "Approval"]

    def test_an_approval_of_a_parallel_pipeline_is_answered_by_its_run(self):
        for by_line in (False, True):
            aws = self.sandbox(*SEED)
            home = self.home(aws, region="us-east-1")
            client = api.Client(aws, region="us-east-1")
            self.assertEqual(len(self.open_approvals(client)), 1)
            args = ("--endpoint-url", aws.url, "approve", "edge-log-archive", "Publish")
            plan = home.run(*args, "--dry-run", "--json")
            self.assert_ended(plan, 0)
            line = plan.json["steps"][0]["aws"]
            self.assertNotIn(self.open_approvals(client)[0]["output"]["executionResult"]
                             ["externalExecutionId"], plan.out)
            if not by_line:
                self.assert_ended(home.run(*args, "--yes"), 0)
            elif shutil.which("aws"):
                done = subprocess.run(["sh", "-c", line], env=aws.env(), timeout=60,
                                      capture_output=True, text=True, check=False)
                self.assertEqual(done.returncode, 0, f"{line}: {done.stderr}")
            else:
                continue
            self.assertEqual(self.open_approvals(client), [])
            client.connection.close()

    def test_hostile_texts_move_no_cursor(self):
        aws = self.sandbox(*SEED)
        home = self.home(aws, profile="test")
        for args in (("approve", "text-torture", "Approve", "--comment", "\x1b[2Jfine\n"),
                     ("release", "text-torture"),
                     ("retry", "text-torture", "Build\x1b[31m")):
            done = home.run(*args, "--dry-run")
            self.assert_clean(done.out + done.err)
        self.assert_ended(home.run("approve", "text-torture", "Approve", "--yes"), 0)

    def test_several_contexts_are_worked_in_at_once(self):
        aws = self.sandbox(*SEED)
        home = self.home(aws)
        both = ("--context", "cicd@eu-west-1", "--context", "prod@us-east-1")
        done = home.run(*both, "override", "backup-vault", "Deploy", "--yes")
        self.assert_ended(done, 0)
        self.assertIn("account 444444444444, region us-east-1", done.out)
        self.assertEqual([c["account"] for c in aws.calls("OverrideStageCondition")],
                         ["444444444444"])

    def test_a_context_that_was_never_listed_is_asked_before_one_is_taken(self):
        aws = self.sandbox(*SEED)
        home = self.home(aws)
        one, other = ("--context", "cicd@eu-west-1"), ("--context", "cicd@us-east-1")
        self.assert_ended(home.run("status", "hr-analytics", *one), 0)
        done = home.run("release", "hr-analytics", *one, *other, "--dry-run")
        self.assert_ended(done, 0)
        self.assertIn("us-east-1", [c["region"] for c in aws.calls("ListPipelines")])
        other_home = self.home(aws)
        self.assert_ended(other_home.run("status", "hr-analytics", *one), 0)
        done = other_home.run("release", "hr-analytics", *one, "--context", "nobody@us-east-1",
                              "--dry-run")
        self.assertNotEqual(done.rc, 0)
        self.assertIn("cannot be told", done.err)

    def test_approvals_keep_to_the_contexts_that_were_asked_for(self):
        self.begin()
        before = len(self.world.aws.calls())
        done = self.home_.run("approvals", "--region", "us-east-1")
        self.assert_ended(done, 0)
        self.assertEqual(done.err, "")
        self.assertIn("edge-log-archive", done.out)
        self.assertEqual({c["region"] for c in self.world.aws.calls()[before:]
                          if c["operation"] == "ListPipelineExecutions"}, {"us-east-1"})

    def test_approvals_that_could_not_be_read_are_not_told_as_none(self):
        self.begin()
        done = self.home_.run("approvals", "--profile", "nosuch")
        self.assert_ended(done, 3)
        self.assertNotIn("nothing waits", done.out)
        done = self.home_.run("approvals", "--profile", "nosuch", "--json")
        self.assert_ended(done, 3)
        self.assertEqual(done.json, {"schema": 1, "approvals": [], "incomplete": True})

    def test_an_execution_may_be_named_as_it_is_shown(self):
        self.begin()
        whole = self.home_.run("approvals", "--json").json["approvals"]
        self.assertIn("customer-360", [a["pipeline"] for a in whole])
        execution = self.world.state("customer-360")["ManualApproval-test"]["latestExecution"][
            "pipelineExecutionId"]
        args = ("customer-360", "ManualApproval-test", "--execution", execution[:8])
        for verb in ("approve", "reject"):
            self.assert_ended(self.home_.run(verb, *args, "--dry-run"), 0)
        self.assertIn("0 executions of customer-360 begin with 00000000", self.said(
            1, "approve", *args[:3], "00000000", "--dry-run"))

    def test_a_dry_run_says_what_must_be_typed(self):
        self.begin()
        done = self.home_.run("approve", "customer-360", "ManualApproval-test", "--dry-run")
        self.assert_ended(done, 0)
        self.assertIn("customer-360 must be typed: --confirm customer-360", done.out)
        done = self.home_.run("release", "hr-analytics", "--dry-run")
        self.assertEqual("must be typed" in done.out, "--confirm" in done.out)

    def test_a_connection_that_breaks_off_leaves_its_line(self):
        self.begin()
        self.world.aws.fail("timeout:StartPipelineExecution:1:1")
        child = self.home_.start("release", "hr-analytics", "--yes")
        lab.wait_for(lambda: self.world.aws.calls("StartPipelineExecution"),
                     what="the write to be out")
        child.send_signal(signal.SIGHUP)
        child.communicate(timeout=30)
        self.assertEqual(child.returncode, 1)
        self.assertEqual([r["outcome"] for r in self.home_.audit()],
                         ["confirmed", "sent", "unknown", "cancelled"])

    def test_wait_tells_how_it_ended(self):
        self.begin()
        self.assert_ended(self.home_.run("wait", "hr-analytics"), 0)
        self.assert_ended(self.home_.run("wait", "clickstream-ingest"), 1)
        self.assertIn("an approval in ManualApproval-test", self.said(8, "wait", "customer-360"))
        self.assertIn("still running", self.said(8, "wait", "dmc-release", "--timeout", "1"))
        done = self.home_.run("wait", "hr-analytics", "--json")
        self.assertEqual(done.json, {"schema": 1, "pipeline": "hr-analytics",
                                     "status": "Succeeded"})
        done = self.home_.run("wait", "customer-360", "--json")
        self.assert_ended(done, 8)
        self.assertEqual(done.json, {"schema": 1, "pipeline": "customer-360",
                                     "status": "Waiting", "pending":
                                     "it waits for an approval in ManualApproval-test"})

    def test_a_release_may_be_followed_to_its_end(self):
        aws = self.sandbox("--seed", "demo", "--speed", "400", "--control")
        home = self.home(aws)
        done = home.run("release", "weather-feed-a", "--yes", "--wait", "--timeout", "60")
        self.assert_ended(done, 0)
        self.assertIn("weather-feed-a: Succeeded", done.out)


if __name__ == "__main__":
    lab.main()
