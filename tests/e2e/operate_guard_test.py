"""What stands before production when no approval does: a trunk whose dev goes on to prod by itself. Whatever
lets an execution on there wants the pipeline's name typed, and is refused in a freeze of prod."""

import json

import api
import console
import estate
import lab
from operations import LAST, World

NAME = "straight"


class Straight(estate.Story, console.Story):
    """By keys; the verbs' own are in operate_words_test.py."""

    def setUp(self):
        self.begin(environments=("dev", "prod"))
        definition = self.definition(NAME, "trunk", ["dev", "prod"])
        for row in definition["environments"]:
            row["approval"] = False
        self.aws.fail("build-queue:*:1:1")
        self.create(definition, rc=1)  # it says that dev fails
        lab.wait_for(lambda: self.statuses(NAME).get("Deploy-Stage-dev") == "Failed", 30, 0.1,
                     "dev to fail")
        self.cli("codepipeline", "disable-stage-transition", *self.gate(), "--reason", "later")

    def gate(self):
        return ("--pipeline-name", NAME, "--stage-name", "Deploy-Stage-prod", "--transition-type",
                "Inbound")

    def console(self):
        self.assert_ended(self.home_.run("sync"), 0)
        self.shown = self.open(self.home_, rows=50, cols=150)
        self.shown.wait_for(NAME, console.HINTS)

    def plan(self, line, title, typed):
        self.say(self.shown, line)
        self.shown.wait_for(f"{title}: {NAME}")
        if typed:
            self.shown.wait_until(lambda text: "makes the plan" in text or "to the plan" in text,
                                  what="the form")
            self.shown.press(typed)

    def sent(self):
        return [c["operation"] for c in self.aws.calls() if c["operation"] in (
            "StartPipelineExecution", "RetryStageExecution", "EnableStageTransition")
            and c["status"] == 200]

    WAYS = (("transition {} Deploy-Stage-prod", "Enable a transition", ""),
            ("retry {} Deploy-Stage-dev", "Retry a stage", "\r"),
            ("release {}", "Release a change", LAST + "\r"))

    def test_what_leads_to_prod_wants_its_name_typed(self):
        self.console()
        before = self.sent()
        for line, title, typed in self.WAYS:
            self.plan(line.format(NAME), title, typed)
            self.shown.wait_for("Planned:", f"to agree type {NAME}")
            self.shown.press("A")
            self.shown.wait_for("type the word first")
            self.shown.press("y\r")
            self.shown.wait_for("that is not the word")
            self.assertEqual(self.sent(), before)
            if title == "Enable a transition":  # from then on the others lead there as well
                self.shown.press("\x15" + NAME + "\r")
                self.shown.wait_without("type the word first")
                self.shown.press("y")
                self.shown.wait_for(" Done")
                before.append("EnableStageTransition")
                self.assertEqual(self.sent(), before)
            else:
                self.shown.press("\x1b")
        self.leave(self.shown)

    def test_a_freeze_of_prod_refuses_what_leads_there(self):
        self.home_.set_config("[default]\ncalls_per_second = 0\n[freeze]\n"
                              "books = prod: 2000-01-01 to 2999-01-01: the books are closed\n")
        self.cli("codepipeline", "enable-stage-transition", *self.gate())
        self.console()
        before = self.sent()
        for line, title, typed in self.WAYS[1:]:
            self.plan(line.format(NAME), title, typed)
            self.shown.wait_for("CANNOT", "the books are closed")
            self.shown.press("A")
            self.shown.quiet()
            self.assertNotIn("not now", self.shown.text)
        self.cli("codepipeline", "disable-stage-transition", *self.gate(), "--reason", "later")
        self.shown.press("r")
        self.assert_ended(self.home_.run("sync"), 0)
        self.plan(self.WAYS[0][0].format(NAME), "Enable a transition", "")
        self.shown.wait_for("CANNOT", "the books are closed")
        self.leave(self.shown)
        self.assertEqual(self.sent(), before)


class Opening(console.Story):
    """What would have stopped it opens between the plan and the yes: it goes further than was agreed to."""

    def setUp(self):
        self.world = World(self, home=self.filled)

    def close(self, name, stage):
        self.world.client.call("DisableStageTransition", pipelineName=name, stageName=stage,
                               transitionType="Inbound", reason="not yet")

    def enable(self, name, stage):
        self.world.client.call("EnableStageTransition", pipelineName=name, stageName=stage,
                               transitionType="Inbound")

    def refused(self, name, stage, line, typed, operation):
        self.close(name, stage)
        shown = self.open(self.world.home, rows=50, cols=150)
        shown.wait_for("sales-orders", console.HINTS)
        self.say(shown, line)
        shown.wait_until(lambda text: "makes the plan" in text or "to the plan" in text,
                         what="the form")
        shown.press(typed)
        shown.wait_for("Planned:")
        shown.press("A")
        shown.wait_for("not now")
        if "type the word first" in shown.text:
            shown.press(name + "\r")
            shown.wait_without("type the word first")
        self.enable(name, stage)
        shown.press("y")
        shown.wait_for("FAILED at step", "it has changed since the plan was made")
        self.assertEqual(self.world.aws.calls(operation), [])
        self.assertIn("refused", [row["outcome"] for row in self.world.home.audit()])
        self.leave(shown)

    def test_a_release_that_would_have_stopped(self):
        self.refused("weather-feed-a", "Deploy", "release weather-feed-a", LAST + "\r",
                     "StartPipelineExecution")

    def test_an_approval_that_would_have_let_it_wait(self):
        self.refused("customer-360", "Deploy-Stage-prod",
                     "approve customer-360 ManualApproval-test", "good\r", "PutApprovalResult")


class RolledBack(estate.Story):
    """What an approval lets into prod is counted from what prod runs: whoever wrote any of it is judged."""

    NAME = "eyes"

    def setUp(self):
        self.begin(environments=("dev", "prod"))
        self.create(self.definition(self.NAME, "trunk", ["dev", "prod"]))
        self.aws_ = api.Client(self.aws)
        self.gate = next(n for n in self.stages() if "Approval" in n)
        self.home_.set_config("[default]\ncalls_per_second = 0\n[guard]\nfour_eyes = strict\n"
                              "[people]\nops@x.example = ops\n")
        first = self.latest()
        self.waits(first)
        self.answer("Approved")
        self.ended(first)
        self.first = first

    def tearDown(self):
        self.aws_.connection.close()

    def stages(self):
        return {s["stageName"]: s
                for s in self.aws_.call("GetPipelineState", name=self.NAME)["stageStates"]}

    def latest(self):
        return self.aws_.latest(self.NAME)["pipelineExecutionId"]

    def asked(self):
        return self.stages()[self.gate]["actionStates"][0].get("latestExecution", {})

    def waits(self, execution):
        def there():
            stage = self.stages()[self.gate].get("latestExecution", {})
            now = self.asked()
            return (stage.get("pipelineExecutionId") == execution and now.get("token")
                    and now["status"] == "InProgress")
        lab.wait_for(there, 60, 0.1, "the approval")

    def answer(self, status):
        self.aws_.call("PutApprovalResult", pipelineName=self.NAME, stageName=self.gate,
                       actionName=self.stages()[self.gate]["actionStates"][0]["actionName"],
                       token=self.asked()["token"], result={"summary": "", "status": status})

    def ended(self, execution, status="Succeeded"):
        lab.wait_for(lambda: self.aws_.call(
            "GetPipelineExecution", pipelineName=self.NAME, pipelineExecutionId=execution)[
                "pipelineExecution"]["status"] == status, 60, 0.1, status)

    def commit(self, name, mail, text):
        """The execution that it begins."""
        where = ("--repository-name", self.NAME, "--branch-name", "main")
        before = self.latest()
        head = self.cli("codecommit", "get-branch", *where)["branch"]["commitId"]
        self.cli("codecommit", "create-commit", *where, "--parent-commit-id", head,
                 "--author-name", name, "--email", mail, "--commit-message", text, "--put-files",
                 json.dumps([{"filePath": text.replace(" ", "_"), "fileContent": "eA=="}]))
        lab.wait_for(lambda: self.latest() != before, 60, 0.1, "an execution")
        return self.latest()

    def roll_back(self, stage, target):
        run = self.aws_.call("RollbackStage", pipelineName=self.NAME, stageName=stage,
                             targetPipelineExecutionId=target)["pipelineExecutionId"]
        self.ended(run)
        return run

    def refused(self, count, words):
        """Approving it is refused for my own commit; the inbox counts alike."""
        done = self.run_("approve", self.NAME, "prod", "--dry-run")
        self.assertNotEqual(done.rc, 0, done)
        self.assertIn("four eyes: a commit is by Me Ops", done.out + done.err)
        self.assertIn(f"releases to prod: {count} commits{words}, the latest", done.out)
        row = self.run_("approvals", "--json").json["approvals"][0]
        self.assertEqual(row["commits"], count)
        done = self.run_("approve", self.NAME, "prod", "--confirm", self.NAME)
        self.assertNotEqual(done.rc, 0, done)
        self.assertEqual(self.asked()["status"], "InProgress")
        return row

    def test_a_rollback_of_dev_hides_nothing_from_prod(self):
        mine = self.commit("Me Ops", "ops@x.example", "mine")
        self.waits(mine)
        self.answer("Rejected")
        self.ended(mine, "Failed")
        self.roll_back("Deploy-Stage-dev", mine)
        self.waits(self.commit("Ana", "ana@x.example", "hers"))
        self.refused(2, "")

    def test_what_was_rolled_back_in_prod_is_judged_again(self):
        mine = self.commit("Me Ops", "ops@x.example", "mine")
        self.waits(mine)
        self.answer("Approved")
        self.ended(mine)
        self.waits(self.commit("Ana", "ana@x.example", "hers"))
        done = self.run_("approve", self.NAME, "prod", "--dry-run")
        self.assert_ended(done, 0)
        self.assertIn("releases to prod: 1 commit, the latest", done.out)
        self.roll_back("Deploy-Stage-prod", self.first)
        row = self.refused(2, ", brings back 1 commit that was rolled back")
        self.assertEqual(row["brings_back"], 1)
        back = self.run_("history", self.NAME, "--json", "--limit", "1").json["executions"][0]
        self.assertTrue(back["is_rollback"])
        self.assertEqual([len(s["commits"]) for s in back["sources"]], [0])
        self.assertEqual([s["takes_back"] for s in back["sources"]], [1])
        self.assertIn("takes 1 commit back",
                      self.run_("history", self.NAME, "--limit", "1").out)
        self.told_of_a_release()

    def told_of_a_release(self):
        """prod was rolled back; dev goes on with what waits, and that is what a release begins with."""
        done = self.run_("release", self.NAME, "--dry-run")
        self.assert_ended(done, 0)
        self.assertIn("again, the commit that went through last", done.out)
        waits = self.stages()[self.gate]["latestExecution"]["pipelineExecutionId"][:8]
        self.assertIn(f"1 execution under way; {waits} carries this commit", done.out + done.err)
        runs = self.aws_.pages("ListPipelineExecutions", "pipelineExecutionSummaries",
                               pipelineName=self.NAME)
        old = next(r for r in runs if r["pipelineExecutionId"] == self.first)
        old = old["sourceRevisions"][0]
        done = self.run_("release", self.NAME, "--revision",
                         f"{old['actionName']}={old['revisionId']}", "--dry-run")
        self.assert_ended(done, 0)
        self.assertIn(f"releases to dev: takes 2 commits back, to {old['revisionId'][:8]}", done.out)


if __name__ == "__main__":
    lab.main()
