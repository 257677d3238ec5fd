"""Every operation by keys, beside operate_test.py's verbs: done, refused because something changed
meanwhile, denied, throttled, cut off after it was sent. A column of the table is one console, in which
the operations are begun one after the other, as a person would.

AWS's own word, the sandbox's access log and the audit are the witnesses."""

import re
import shutil
import unittest

import console
import lab
from operations import CASES, MOVING, REPEATED, STILL, TOKENS, Release, RetryBuild, Rollback, World


@unittest.skipUnless(shutil.which("aws"), "the AWS CLI is not here")
class Matrix(console.Story):
    def column(self, story, cases=CASES, profile="cicd"):
        """story(case) for each, from the plan on, which is on the screen."""
        failed = []
        for options in (STILL, MOVING):
            self.world = World(self, profile, options, self.filled)
            self.shown = None
            for kind in (c for c in cases if c.options == options):
                self.shown = self.shown or self.console()
                case = kind()
                _, agreed = case.args(self.world)
                case.is_named = agreed[0] == "--confirm"
                case.sent_before = len(self.world.aws.calls(case.operation))
                case.audited = len(self.world.home.audit())
                try:
                    story(case)
                except AssertionError as why:
                    failed.append(f"{kind.__name__}: {why}")
                    self.shown = None  # it stands anywhere: a new one
            if self.shown:
                self.leave(self.shown)
        self.assertEqual(failed, [], "\n".join(failed))

    def console(self):
        shown = self.open(self.world.home, rows=50, cols=160)
        shown.wait_for("sales-orders", console.HINTS)
        return shown

    # ---- from the first key to the question ----

    def go_to(self, word):
        """The row that has the word."""
        shown = self.shown
        shown.wait_for(word)
        shown.press("gg")
        shown.quiet(0.1)
        for _ in range(40):
            before = console.cursor_row(shown.text)
            if word in before + " ":
                return
            shown.press("j")
            shown.wait_until(lambda text: console.cursor_row(text) != before, 5, f"below {before}")
        raise AssertionError(f"no row with {word!r}:\n{shown.text}")

    def entry(self, case):
        """Of the menu: its key, and whether it can be chosen."""
        text = self.shown.wait_until(lambda text: re.search(rf" \S +\(?{case.menu}", text),
                                     what=case.menu)
        found = re.search(rf" (\S) +(\(?){case.menu}", text)
        return found[1], found[2] == ""

    def menu(self, case):
        self.say(self.shown, case.page)
        name = case.page.split()[1]
        self.shown.wait_until(lambda _: name in self.shown.line(1), what=case.page)
        self.go_to(case.row)
        self.shown.press("T")
        return self.entry(case)

    def plan(self, case):
        shown = self.shown
        if case.line:
            self.say(shown, case.line)
        else:
            key, _ = self.menu(case)
            shown.press(key)
        text = shown.wait_until(lambda text: case.title in shown.line(1) and
                                ("Planned:" in text or "to the plan" in text or
                                 "makes the plan" in text), what=case.title)
        if "Planned:" not in text:
            shown.wait_for(case.ready)
            shown.press(case.typed)
            shown.wait_for("Planned:")
        self.assertIn("AWS CLI", shown.text)

    def ask(self, case):
        """Up to the question, with the word typed if one is wanted. Nothing was sent until then."""
        self.plan(case)
        shown = self.shown
        word = re.search(r"to agree type (\S+)", shown.text)
        self.assertEqual(bool(word), case.is_named)
        shown.press("A")
        shown.wait_for("not now")
        case.word = word[1] if word else ""
        self.agree(case)
        self.assertEqual(self.sent(case), [])

    def agree(self, case):
        if case.word:
            self.assertIn("type the word first", self.shown.text)
            self.shown.press(case.word + "\r")
            self.shown.wait_without("type the word first")

    def yes(self, case):
        self.shown.press("y")
        self.shown.wait_until(lambda text: " Done" in text or "FAILED at step" in text, 40,
                              f"the end of {case.title}")

    # ---- what became of it ----

    def sent(self, case):
        return self.world.aws.calls(case.operation)[case.sent_before:]

    def audit(self, case):
        return [row["outcome"] for row in self.world.home.audit()[case.audited:]]

    def assert_done(self, case):
        self.assertIn(" Done", self.shown.text)
        lab.wait_for(lambda: case.is_done(self.world), 20, what=f"{case.title}: done")

    def test_it_is_done(self):
        def story(case):
            self.ask(case)
            self.yes(case)
            self.assert_done(case)
            self.assertIn("request id", self.shown.text)
            self.assertEqual([c["status"] for c in self.sent(case)], [200])
            self.assertEqual(self.audit(case), ["confirmed", "sent", "done", "done"])
        self.column(story)

    def test_what_changed_meanwhile_is_refused(self):
        def story(case):
            self.ask(case)
            case.change(self.world)
            self.world.settle()
            before = len(self.sent(case))
            self.yes(case)
            self.assertEqual(len(self.sent(case)), before)
            if case.is_settled:
                self.assertIn("done already", self.shown.text)
                return
            self.assertIn("nothing was sent", self.shown.text)
            self.assertIn("refused", self.audit(case))
        self.column(story, [c for c in CASES if c.change is not None])

    def test_a_denial_names_the_right(self):
        """Where it is known already the menu says so; else AWS does, and the page repeats it."""
        def story(case):
            if case.menu and not self.menu(case)[1]:
                self.shown.press(self.entry(case)[0])
                self.shown.wait_for(case.iam)
                self.assertEqual(self.sent(case), [])
                self.shown.press("\x1b")
                return
            if case.menu:
                self.shown.press("\x1b")
            self.ask(case)
            self.yes(case)
            self.assertIn("FAILED at step", self.shown.text)
            self.assertIn(case.iam, self.shown.text)
            self.assertIn([c["status"] for c in self.sent(case)], ([400], [403]))  # 403 in XML
            self.assertEqual(self.audit(case), ["confirmed", "sent", "denied", "denied"])
            self.assertFalse(case.is_done(self.world))
        self.column(story, profile="viewer")

    def test_throttling_is_waited_out_and_told(self):
        """The header tells it, for as long as it is so: here from the first one on."""
        def story(case):
            self.ask(case)
            self.world.aws.fail(f"throttle:{case.operation}:1:1")
            self.shown.press("y")
            self.shown.wait_until(lambda text: "slowed to" in text or " Done" in text, 40, "a word")
            if isinstance(case, Release):
                self.assertIn("slowed to", self.shown.text)
            self.shown.wait_until(lambda text: " Done" in text, 40, f"the end of {case.title}")
            self.assert_done(case)
            self.assertEqual([c["status"] for c in self.sent(case)], [400, 200])
        self.column(story)

    def test_a_cut_after_it_was_sent_is_done_once(self):
        def story(case):
            self.ask(case)
            self.world.aws.fail(f"cut:{case.operation}:1:1")
            self.yes(case)
            self.assert_done(case)
            if isinstance(case, Rollback) or case.operation in TOKENS:
                self.assertEqual(case.begun(self.world), case.count + 1)
            if case.operation in REPEATED:
                return  # the same again changes nothing: it was sent twice
            self.assertIn("answer was lost", self.shown.text)
            self.assertIn("unknown", self.audit(case))
            self.assertEqual(len(self.sent(case)), 2 if case.operation in TOKENS else 1)
        self.column(story)

    def stopped_on_its_way(self, case):
        """AWS never answers, and the person does not wait any longer."""
        self.ask(case)
        self.world.aws.fail(f"timeout:{case.operation}:1:1")
        self.shown.press("y")
        lab.wait_for(lambda: self.sent(case), what="the write to be out")
        self.shown.press("X")
        self.shown.wait_for("Stop it?")
        self.shown.press("y")
        self.shown.wait_for("STOPPED at step")

    def test_one_that_was_stopped_on_its_way_and_run_again_is_done_once(self):
        def story(case):
            self.stopped_on_its_way(case)
            self.shown.press("T")
            self.shown.wait_for("not now")
            self.agree(case)
            self.yes(case)
            self.assert_done(case)
            self.assertIn("answer was lost", self.shown.text)
            self.assertEqual(case.begun(self.world), case.count + 1)
        self.column(story, (Release, Rollback, RetryBuild))

    def test_a_new_plan_tells_of_the_one_that_was_stopped(self):
        """A yes to it would be for another one: it says that the first was carried out."""
        def story(case):
            self.stopped_on_its_way(case)
            sent = len(self.sent(case))
            self.shown.press("P")
            self.shown.wait_for("an earlier write, sent at", "was carried out")
            self.assertEqual(case.begun(self.world), case.count + 1)
            self.assertLessEqual(len(self.sent(case)), sent + 1)  # by its token, if it has one
        self.column(story, (Release, Rollback, RetryBuild))


if __name__ == "__main__":
    lab.main()
