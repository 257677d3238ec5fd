"""Operations by keys, in the console as it is: each is begun, filled in, planned, agreed to and done, and
AWS's own word, the access log and the audit say so. Until the yes nothing was sent."""

import re

import console
import lab
import linear_test
import truth

WRITES = ("Start", "Stop", "Retry", "Rollback", "Put", "Enable", "Disable", "Override", "Delete", "Create",
          "Update", "Continue", "Merge")


class Keys(console.Story):
    def setUp(self):
        self.world = self.sandbox("--seed", "demo", "--step")
        self.client = self.enterContext(truth.Client(self.world))
        self.host = self.filled(self.world)
        self.already = len(self.writes())

    def console(self):
        self.shown = self.open(self.host, rows=50, cols=160)
        self.shown.wait_for("sales-orders", console.HINTS)
        return self.shown

    def writes(self):
        """What was sent that is no question."""
        return [call for call in self.world.calls() if call["operation"].startswith(WRITES)]

    def sent(self):
        return [call["operation"] for call in self.writes()[self.already:]]

    def waiting(self):
        """A pipeline, stage and action that waits for an approval."""
        for name, state in sorted(self.client.truth().items()):
            for (stage, action), (_, status) in (state.actions or {}).items():
                if status == "Waiting" and state.stages is not None:
                    return name, stage, action
        raise AssertionError("the demo has no approval that waits")

    def agree(self):
        """From the plan to the end of its job, which goes well."""
        self.ask()
        self.yes()
        self.assertIn(" Done", self.shown.text)
        self.assertIn("request id", self.shown.text)

    def ask(self):
        """Up to the question. Enter, and the key that asked, are no yes."""
        shown = self.shown
        shown.wait_for("Planned:", "A agree")
        self.assertIn("AWS CLI", shown.text)
        shown.press("A")
        shown.wait_for("not now")
        word = re.search(r"Type ([^:]+): ", shown.text)
        if word:
            shown.press("A\r")
            shown.wait_for("that is not the word")
            shown.press("\x15" + word[1] + "\r")
            shown.wait_without("type the word first")
        shown.press("\rA \r")
        self.assertEqual(self.sent(), [])

    def yes(self):
        self.shown.press("y")
        self.shown.wait_until(lambda text: " Done" in text or "FAILED at step" in text, 30,
                              "the end of the job")

    def check_audit(self, *operations):
        rows = [row for row in self.host.audit() if row["operation"] in operations]
        self.assertEqual([row["outcome"] for row in rows], ["sent", "done"] * len(operations))

    def on_pipeline(self, name):
        shown = self.console()
        self.say(shown, f"pipeline {name}")
        shown.wait_until(lambda text: shown.line(1).startswith(" Home > ") and name in text, 10, name)
        return shown

    # ---- the stories ----

    def test_release(self):
        before = self.client.execution("weather-feed-a")
        shown = self.on_pipeline("weather-feed-a")
        shown.press("R")
        shown.wait_for("Release a change: weather-feed-a")
        shown.press("\t" * 8 + "\x1bOB" * 8 + "by keys\r")  # the last field: the reason
        self.agree()
        self.assertEqual(self.sent(), ["StartPipelineExecution"])
        after = self.client.execution("weather-feed-a")
        self.assertNotEqual(after[0], before[0])
        self.assertIn(after[0][:8], self.shown.text)
        self.check_audit("StartPipelineExecution")
        self.shown.press("\r")
        self.shown.wait_for(f"execution {after[0][:8]}")
        self.leave(self.shown)

    def test_stop(self):
        self.client.start("weather-feed-a")
        lab.wait_for(self.writes)  # the log's line comes after the reply
        self.already = len(self.writes())
        self.world.step(5)
        shown = self.on_pipeline("weather-feed-a")
        shown.wait_for("RUN")
        shown.press("X")
        shown.wait_for("Stop an execution: weather-feed-a")
        shown.press("\r" + "wrong commit\r")
        self.agree()
        self.assertEqual(self.sent(), ["StopPipelineExecution"])
        self.assertIn(self.client.execution("weather-feed-a")[1], ("Stopping", "Stopped"))
        self.check_audit("StopPipelineExecution")
        self.leave(self.shown)

    def test_retry(self):
        shown = self.on_pipeline("iot-telemetry-prod")
        shown.wait_for("FAIL")
        self.say(shown, "retry iot-telemetry-prod Deploy-Stage-prod")
        shown.wait_for("Retry a stage: iot-telemetry-prod")
        shown.press("\r")
        self.agree()
        self.assertEqual(self.sent(), ["RetryStageExecution"])
        self.assertEqual(self.client.execution("iot-telemetry-prod")[1], "InProgress")
        self.check_audit("RetryStageExecution")
        self.shown.press("\r")
        self.shown.wait_for("RUN")
        self.leave(self.shown)

    def answered(self, key, title, does, status):
        name, stage, action = self.waiting()
        shown = self.on_pipeline(name)
        shown.press(key)
        shown.wait_for(f"{title}: {name}", f"{title.upper()} {name}", "Comment", does,
                       f"the plan to {title.upper()}")
        shown.press("seen by keys\r")
        self.agree()
        self.assertEqual(self.sent(), ["PutApprovalResult"])
        found = self.client.truth_of(name).actions[stage, action][1]
        self.assertEqual(found, status)
        self.check_audit("PutApprovalResult")
        rows = [row for row in self.host.audit() if row["operation"] == "PutApprovalResult"]
        self.assertTrue(all(row["reason"] == "seen by keys" for row in rows), rows)
        shown.press("\x1b")  # the form is gone with what it was for
        shown.wait_until(lambda text: shown.line(1).startswith(f" Home > {name}  "), 10, name)
        self.leave(self.shown)

    def test_approve(self):
        self.answered("a", "Approve", "releases ", "Succeeded")

    def test_reject(self):
        self.answered("x", "Reject", "rejecting fails", "Failed")

    def test_disable_and_enable(self):
        name, stage = "weather-feed-a", "Deploy"
        shown = self.on_pipeline(name)
        self.say(shown, f"transition {name} {stage}")
        shown.wait_for(f"Disable a transition: {name}")
        shown.press("year end\r")
        self.agree()
        self.assertEqual(self.sent(), ["DisableStageTransition"])
        self.assertIs(self.client.truth_of(name).gates[stage], False)
        shown.press("\r")
        shown.wait_for("year end")
        self.already = len(self.writes())
        self.say(shown, f"transition {name} {stage}")  # it has no form: planned at once
        self.agree()
        self.assertEqual(self.sent(), ["EnableStageTransition"])
        self.assertIs(self.client.truth_of(name).gates[stage], True)
        self.leave(self.shown)

    def rollback_place(self):
        """A stage that rests and an older execution that succeeded in it."""
        for name, state in sorted(self.client.truth().items()):
            for stage, (run, status) in list((state.stages or {}).items())[1:]:
                if status not in ("Succeeded", "Failed"):
                    continue
                runs = self.client.call("ListPipelineExecutions", pipelineName=name,
                                        filter={"succeededInStage": {"stageName": stage}})
                older = [r["pipelineExecutionId"] for r in runs["pipelineExecutionSummaries"]
                         if r["pipelineExecutionId"] != run
                         and r.get("executionType", "STANDARD") == "STANDARD"]
                if older:
                    return name, stage, older
        raise AssertionError("the demo has nothing to go back to")

    def test_rollback(self):
        name, stage, older = self.rollback_place()
        shown = self.on_pipeline(name)
        self.say(shown, f"rollback {name} {stage}")
        shown.wait_for(f"Roll back a stage: {name}", "Back to")
        shown.wait_until(lambda text: any(run[:8] in text for run in older), 15, older)
        shown.press("\r")
        self.agree()
        self.assertEqual(self.sent(), ["RollbackStage"])
        self.check_audit("RollbackStage")
        self.leave(self.shown)

    def refused(self, *words):
        """After the yes: nothing was sent, and it is said and written down why."""
        self.yes()
        self.shown.wait_for("FAILED at step", *words)
        self.assertEqual(self.sent(), [])
        self.assertIn("refused", [row["outcome"] for row in self.host.audit()])

    def test_an_approval_that_somebody_else_answered_is_not_sent(self):
        name, stage, action = self.waiting()
        shown = self.on_pipeline(name)
        shown.press("a")
        shown.wait_for(f"Approve: {name}", "Comment")
        shown.press("too late\r")
        self.ask()
        self.client.answer(name, "Rejected", "no")
        lab.wait_for(lambda: self.sent())
        self.already = len(self.writes())
        self.refused("nothing was sent")
        self.assertEqual(self.client.truth_of(name).actions[stage, action][1], "Failed")
        self.leave(shown)

    def test_a_transition_that_changed_meanwhile_is_not_sent(self):
        name, stage = "weather-feed-a", "Deploy"
        shown = self.on_pipeline(name)
        self.say(shown, f"transition {name} {stage}")
        shown.wait_for(f"Disable a transition: {name}")
        shown.press("year end\r")
        self.ask()
        self.client.call("DisableStageTransition", pipelineName=name, stageName=stage,
                         transitionType="Inbound", reason="somebody else")
        lab.wait_for(lambda: self.sent())
        self.already = len(self.writes())
        shown.press("y")
        shown.wait_until(lambda text: " Done" in text or "FAILED at step" in text, 30, "the end")
        self.assertEqual(self.sent(), [])  # it is so already, or it is another state: not sent
        self.leave(shown)

    def begun(self, name):
        return len(self.client.pages("ListPipelineExecutions", "pipelineExecutionSummaries",
                                     pipelineName=name))

    def test_a_lost_answer_is_asked_for_again_and_done_once(self):
        before = self.begun("weather-feed-a")
        shown = self.on_pipeline("weather-feed-a")
        shown.press("R")
        shown.wait_for("Release a change: weather-feed-a")
        shown.press("\x1bOB" * 8 + "cut off\r")
        self.ask()
        self.world.fail("cut:StartPipelineExecution:1:1")
        self.yes()
        self.assertEqual(self.sent(), ["StartPipelineExecution"] * 2)  # with the same token
        self.assertIn("answer was lost", shown.text)
        self.assertIn(" Done", shown.text)
        self.assertEqual(self.begun("weather-feed-a"), before + 1)
        self.leave(shown)

    def cut_short(self, fault):
        """A release whose answer never comes, stopped by its key: nobody knows what became of it."""
        shown = self.on_pipeline("weather-feed-a")
        shown.press("R")
        shown.wait_for("Release a change: weather-feed-a")
        shown.press("\x1bOB" * 8 + "cut short\r")
        self.ask()
        self.world.fail(fault)
        shown.press("y")
        lab.wait_for(lambda: self.sent())
        shown.press("X")
        shown.wait_for("Stop it?")
        shown.press("y")
        shown.wait_for("stopped while it was at")
        return shown

    def settled(self):
        return [r for r in self.host.audit()
                if r["sentence"].startswith("AWS's answer was lost; it was done [token ")]

    def test_what_was_left_is_told_by_the_next_console(self):
        before = self.begun("weather-feed-a")
        shown = self.on_pipeline("weather-feed-a")
        shown.press("R")
        shown.wait_for("Release a change: weather-feed-a")
        shown.press("\x1bOB" * 8 + "left\r")
        self.ask()
        self.world.fail("timeout:StartPipelineExecution:1:1")
        shown.press("y")
        lab.wait_for(lambda: self.begun("weather-feed-a") == before + 1)
        shown.press("Q")
        shown.wait_for("Leave penstock?", "Whether it was done is not known yet", "the next plan")
        self.assertNotIn("continues it", shown.text)
        shown.press("y")
        self.assertEqual(shown.wait(), 0)
        self.world.fail()
        shown = self.on_pipeline("weather-feed-a")
        shown.press("R")
        shown.wait_for("Release a change: weather-feed-a")
        shown.press("\x1bOB" * 8 + "once more\r")
        shown.wait_for("an earlier write, sent at", "was carried out: execution ",
                       "nothing is sent now")
        self.assertEqual(self.sent(), ["StartPipelineExecution"])
        self.assertEqual(self.begun("weather-feed-a"), before + 1)
        self.assertEqual(len(self.settled()), 1)
        self.leave(shown)

    def test_the_question_whether_to_leave_ends_with_the_write(self):
        shown = self.on_pipeline("weather-feed-a")
        shown.press("R")
        shown.wait_for("Release a change: weather-feed-a")
        shown.press("\x1bOB" * 8 + "slow\r")
        self.ask()
        self.world.fail("500:StartPipelineExecution")
        shown.press("y")
        lab.wait_for(self.sent)
        shown.press("Q")
        shown.wait_for("Leave penstock?")
        self.world.fail()
        shown.wait_without("Leave penstock?", 40)
        shown.press("\x1b")
        self.leave(shown)

    def test_a_new_plan_after_a_stop_does_not_begin_it_twice(self):
        before = self.begun("weather-feed-a")
        shown = self.cut_short("timeout:StartPipelineExecution:1:1")
        shown.press("P")
        shown.wait_for("Planned:", "an earlier write, sent at", "was carried out: execution ")
        self.assertEqual(self.sent(), ["StartPipelineExecution"])
        self.assertEqual(self.begun("weather-feed-a"), before + 1)
        self.assertTrue(self.settled())
        self.leave(shown)

    def test_the_same_begun_anew_asks_with_the_token_of_before(self):
        before = self.begun("weather-feed-a")
        shown = self.cut_short("500:StartPipelineExecution")
        self.world.fail()
        self.say(shown, "pipeline weather-feed-a")
        shown.press("R")
        shown.wait_for("Release a change: weather-feed-a")
        shown.press("\x1bOB" * 8 + "cut short\r")
        shown.wait_for("may have been carried out: a yes asks for that one again")
        shown.press("A")
        shown.wait_for("not now", "may have been carried out")
        self.assertEqual(self.begun("weather-feed-a"), before)
        self.yes()
        self.assertIn("answer was lost: execution ", shown.text)
        self.assertEqual(self.begun("weather-feed-a"), before + 1)
        self.leave(shown)

    def test_marked_pipelines_are_worked_on_one_after_the_other(self):
        shown = self.console()
        shown.press("p/weather-feed\r")
        self.on(shown, "Home", "Pipelines")
        shown.wait_for("weather-feed-b")
        shown.press("gg  T")
        shown.wait_for("2 marked")
        shown.press("R")
        shown.wait_for("Release a change: 2 targets")
        shown.press("both\r")
        self.agree()
        self.assertEqual(self.sent(), ["StartPipelineExecution"] * 2)
        self.leave(shown)

    def test_an_unlock_needs_no_name_and_is_audited(self):
        shown = self.on_pipeline("weather-feed-b")
        self.say(shown, "unlock 15 the tests say so")
        shown.wait_for("UNLOCKED 15m: the tests say so")
        self.assertEqual([row["reason"] for row in self.host.audit()
                          if row["outcome"] == "unlocked"], ["the tests say so"])
        shown.press("R")
        shown.wait_for("Release a change: weather-feed-b")
        shown.press("\x1bOB" * 8 + "\r")
        shown.wait_for("Planned:")
        shown.press("A")
        shown.wait_for("not now")
        self.assertNotIn("Type ", shown.text)
        shown.press("n")
        self.say(shown, "lock")
        shown.wait_for("locked again")
        self.assertEqual(self.sent(), [])
        self.leave(shown)

    def test_a_freeze_is_shown_and_refuses(self):
        self.host.set_config("[default]\ncalls_per_second = 0\n"
                             "[freeze]\nbooks = 2000-01-01 to 2999-01-01: the books are closed\n")
        shown = self.on_pipeline("weather-feed-a")
        shown.wait_for("FROZEN: books")
        shown.press("R")
        shown.wait_for("Release a change: weather-feed-a")
        shown.press("\x1bOB" * 8 + "\r")
        shown.wait_for("CANNOT", "the books are closed")
        shown.press("A")
        shown.wait_for("the books are closed")
        self.assertEqual(self.sent(), [])
        self.leave(shown)


class Linear(console.Story):
    """The same by words, for who hears the console."""

    def setUp(self):
        self.world = self.sandbox("--seed", "demo", "--step")
        self.host = self.filled(self.world)
        self.talk = linear_test.Talk(self.host, "--linear")
        self.talk.wait_for("new-partner-onboarding")

    def test_a_release(self):
        talk = self.talk
        talk.ask("pipeline weather-feed-b", "weather-feed-b")
        talk.ask("actions", "Release a change")
        talk.ask("release weather-feed-b", "Release a change: weather-feed-b", "set FIELD = TEXT")
        talk.ask("set reason = by words", "Reason: by words")
        talk.ask("plan", "The plan is ready", "AWS CLI", "aws codepipeline start-pipeline-execution")
        talk.ask("agree", "n. not now", "weather-feed-b. do it",
                 "Type weather-feed-b to do it; anything else")
        talk.ask("y", "weather-feed-b. do it")  # asked again: a letter is not the name
        self.assertEqual(self.world.calls("StartPipelineExecution"), [])
        talk.ask("weather-feed-b", "request id", "done.")
        self.assertEqual(len(self.world.calls("StartPipelineExecution")), 1)
        self.world.step_until_idle()  # whose news would cover it
        said = talk.wait_for("weather-feed-b succeeded", "As told before: Release a change")
        self.assertIn("request id", said[said.index("As told before"):])
        talk.say("quit")
        self.assertEqual(talk.end(), 0)

    def test_a_menu_says_why_something_cannot_be_done(self):
        talk = self.talk
        talk.ask("/weather-feed", "weather-feed")
        said = talk.ask("actions", "Stop an execution")
        number = re.search(r"(\d+)\. \(Stop an execution\)", said)[1]
        talk.ask(number, "nothing runs")
        self.assertEqual([c for c in self.world.calls() if c["operation"].startswith(WRITES)], [])
        talk.say("quit")
        self.assertEqual(talk.end(), 0)


class Denied(console.Story):
    def test_what_the_viewer_may_not_do_is_grey_before_the_first_key(self):
        world = self.sandbox("--seed", "demo", "--step")
        host = self.filled(world, profile="viewer")
        shown = self.open(host, rows=50, cols=160)
        shown.wait_for("weather-feed", console.HINTS)
        self.say(shown, "pipeline weather-feed-a")
        shown.wait_for("(R release)", deadline_s=15)
        shown.press("R")
        shown.wait_for("denied", "codepipeline:StartPipelineExecution")
        self.assertEqual(world.calls("StartPipelineExecution"), [])
        self.say(shown, "release weather-feed-a")
        shown.wait_for("Release a change: weather-feed-a")
        self.leave_form(shown)
        self.leave(shown)

    def test_the_menu_the_inbox_and_a_form_tell_it_before_anything_is_filled_in(self):
        world = self.sandbox("--seed", "demo", "--step")
        host = self.filled(world, profile="viewer")
        shown = self.open(host, rows=50, cols=160)
        shown.wait_for("weather-feed", console.HINTS)
        shown.press("T")
        shown.wait_for("(Release a change)", "denied: StartPipelineExecution (codepipeline)",
                       deadline_s=15)
        shown.press("\x1b")
        self.say(shown, "approvals")
        shown.wait_for("Approvals", "wait", "(a approve)", "(x reject)", deadline_s=15)
        self.say(shown, "reject customer-360")
        shown.wait_for("REJECT", "denied", "codepipeline:PutApprovalResult", deadline_s=15)
        shown.press("\x1b")
        shown.wait_for("(a approve)", "(x reject)")
        shown.press("a")
        shown.wait_for("denied", ":approve NAME asks it all the same")
        self.assertEqual(world.calls("PutApprovalResult"), [])
        self.assertLessEqual(len(world.calls("SimulatePrincipalPolicy")), 3)
        self.leave(shown)

    def test_what_aws_denies_is_said_with_its_request(self):
        world = self.sandbox("--seed", "demo", "--step")
        host = self.filled(world, profile="viewer")
        shown = self.open(host, rows=50, cols=160)
        shown.wait_for("weather-feed", console.HINTS)
        self.say(shown, "release weather-feed-a")
        shown.wait_for("Release a change: weather-feed-a")
        shown.press("\x1bOB" * 8 + "\r")
        shown.wait_for("Planned:")
        shown.press("A")
        shown.wait_for("not now")
        shown.press("y")
        shown.wait_for("FAILED at step", "codepipeline:StartPipelineExecution", "request id")
        self.assertEqual([c["status"] for c in world.calls("StartPipelineExecution")], [400])
        self.assertEqual([row["outcome"] for row in host.audit()
                          if row["operation"] == "StartPipelineExecution"], ["sent", "denied"])
        self.leave(shown)

    def leave_form(self, shown):
        shown.press("\x1b")
        shown.wait_until(lambda text: "Release a change" not in shown.line(1), 5, "the form left")


class ReadOnly(console.Story):
    def test_nothing_is_begun_and_the_reason_is_said(self):
        world = self.sandbox("--seed", "demo", "--step")
        shown = self.open(self.filled(world), "--read-only", rows=50, cols=160)
        shown.wait_for("weather-feed", console.HINTS)
        for key in "RXWZaxO":
            shown.press(key)
            shown.wait_for("read-only: leave out --read-only")
            shown.press("j")
        self.assertEqual([c for c in world.calls() if c["operation"].startswith(WRITES)], [])
        self.leave(shown)


if __name__ == "__main__":
    lab.main()
