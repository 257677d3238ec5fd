"""What NAME, STAGE and ACTION may mean to the verbs of operations, and who or what refuses them."""

import json
import os
import pathlib
import pty
import shutil
import signal
import subprocess

import api
import lab
from operations import STILL, World


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
        self.assertRegex(self.said(1, "approve", "hr-analytics", "prod"),
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
        self.assertIn("the books are closed", self.said(1, "release", "hr-analytics", "--yes"))
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
                1, "approve", "sales-orders", "prod", "--confirm", "sales-orders"))
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
            aws = self.sandbox(*STILL)
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
        aws = self.sandbox(*STILL)
        home = self.home(aws, profile="test")
        for args in (("approve", "text-torture", "Approve", "--comment", "\x1b[2Jfine\n"),
                     ("release", "text-torture"),
                     ("retry", "text-torture", "Build\x1b[31m")):
            done = home.run(*args, "--dry-run")
            self.assert_clean(done.out + done.err)
        self.assert_ended(home.run("approve", "text-torture", "Approve", "--yes"), 0)

    def test_several_contexts_are_worked_in_at_once(self):
        aws = self.sandbox(*STILL)
        home = self.home(aws)
        both = ("--context", "cicd@eu-west-1", "--context", "prod@us-east-1")
        done = home.run(*both, "override", "backup-vault", "Deploy", "--yes")
        self.assert_ended(done, 0)
        self.assertIn("account 444444444444, region us-east-1", done.out)
        self.assertEqual([c["account"] for c in aws.calls("OverrideStageCondition")],
                         ["444444444444"])

    def test_a_context_that_was_never_listed_is_asked_before_one_is_taken(self):
        aws = self.sandbox(*STILL)
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
        self.assertIn('no execution of customer-360 begins with "00000000"', self.said(
            1, "approve", *args[:3], "00000000", "--dry-run"))

    def test_a_dry_run_says_what_must_be_typed(self):
        self.begin()
        done = self.home_.run("approve", "customer-360", "ManualApproval-test", "--dry-run")
        self.assert_ended(done, 0)
        self.assertIn("customer-360 must be typed: --confirm customer-360", done.out)
        done = self.home_.run("release", "hr-analytics", "--dry-run")
        self.assertEqual("must be typed" in done.out, "--confirm" in done.out)

    def test_what_was_refused_before_anybody_agreed_is_in_the_audit(self):
        self.begin()
        self.said(2, "release", "hr-analytics")
        self.said(2, "approve", "customer-360", "ManualApproval-test", "--yes")
        self.said(1, "retry", "hr-analytics", "nosuch", "--dry-run")
        self.assert_ended(self.home_.run("release", "hr-analytics", "--dry-run"), 0)
        self.said(1, "retry", "hr-analytics", "nosuch", "--yes")
        rows = self.home_.audit()
        self.assertEqual([row["outcome"] for row in rows], ["refused"] * 3)
        for row, words in zip(rows, ("this needs --yes", "this needs --confirm customer-360", "nosuch")):
            self.assertIn(words, row["sentence"])
        self.assertEqual(rows[1]["target"], "customer-360/ManualApproval-test")

    def test_an_approval_s_reason_is_no_comment(self):
        self.begin()
        args = ("approve", "sales-orders", "prod", "--dry-run")
        self.assertIn("the reason goes to the audit only",
                      self.home_.run(*args, "--reason", "the books are right").out)
        self.assertNotIn("goes to the audit only",
                         self.home_.run(*args, "--comment", "the books are right").out)

    def test_read_only_counts_from_when_the_config_says_it(self):
        self.begin()
        leader, terminal = pty.openpty()
        child = self.home_.start("release", "hr-analytics", stdin=terminal, stderr=terminal)
        os.close(terminal)
        asked = b""
        while b"Do this?" not in asked:
            asked += os.read(leader, 4096)
        self.home_.set_config("[default]\nread_only = true\n")
        os.write(leader, b"y\n")
        told = child.stdout.read()
        self.assertNotEqual(child.wait(20), 0)
        os.close(leader)
        self.assertIn(b"penstock is read-only here", told)
        self.assertEqual(self.world.aws.calls("StartPipelineExecution"), [])
        self.assertIn("refused", [row["outcome"] for row in self.home_.audit()])

    def test_whoever_is_asked_and_does_not_agree_leaves_a_row(self):
        self.begin()
        for answer, words in ((b"n\n", "nothing was done"), (b"\x04", "this needs --yes"),
                              (signal.SIGINT, "interrupted; nothing was done"),
                              (signal.SIGHUP, "interrupted; nothing was done")):
            leader, terminal = pty.openpty()
            child = self.home_.start("release", "hr-analytics", stdin=terminal, stderr=terminal)
            os.close(terminal)
            asked = b""
            while b"Do this?" not in asked:
                asked += os.read(leader, 4096)
            if isinstance(answer, bytes):
                os.write(leader, answer)
            else:
                lab.wait_for(lambda: "S" in pathlib.Path(  # it waits for the answer
                    f"/proc/{child.pid}/stat").read_text().rpartition(")")[2])
                child.send_signal(answer)
            child.stdout.read()
            self.assertNotEqual(child.wait(20), 0)
            os.close(leader)
            last = self.home_.audit()[-1]
            self.assertEqual(last["outcome"], "left", answer)
            self.assertIn(words, last["sentence"])
        self.assertEqual(self.world.aws.calls("StartPipelineExecution"), [])

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
                         ["confirmed", "sent", "unknown", "cancelled", "done"])

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
