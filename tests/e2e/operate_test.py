"""Every operation from its verb: done, refused because something changed meanwhile, denied,
throttled, cut off after it was sent. The sandbox's access log is the witness of what was sent."""

import concurrent.futures
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
from operations import CASES, REPEATED, TOKENS, Release, RetryBuild, Rollback, World

# The answer is lost, and what was asked for was carried out.
LOST = ("cut", "timeout", "500done")
# Another process cannot look up what became of these.
BLIND = ("ContinueUpdateRollback", "DeleteStack", "CreateBranch", "MergeBranchesByFastForward")


@unittest.skipUnless(shutil.which("aws"), "the AWS CLI is not here")
class Operate(lab.Story):
    def each(self, story, cases=CASES, profile="cicd", at_once=2):
        """story(case, world, args, options) for each, in a world of its own."""
        worlds = [World(self, profile, kind.options) for kind in cases]

        def one(kind, world):
            case = kind()
            args, options = case.args(world)
            story(case, world, args, options)
        with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
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
            self.assertTrue(case.is_done(world) and case.is_exact(world), done)
            self.assertEqual(self.audited(world), ["confirmed", "sent", "done", "done"])
            row = world.home.audit()[2]
            self.assertTrue(row["request_id"] and row["caller"] and row["target"] and row["state_before"],
                            row)
        self.each(story)

    def test_the_cache_shows_it_when_the_verb_ends(self):
        def story(case, world, args, options):
            self.assert_ended(world.home.run(*args, *options), 0)
            if not case.is_pipeline:
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
            before = []

            def change(w):
                case.change(w)
                w.settle()
                before.append(self.sent(case, w))
            rc, out, said = self.ask_then(world, args, change)
            self.assertEqual(self.sent(case, world), before[0], out + said)
            if case.is_settled:
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
            self.assertEqual(self.audited(world), ["confirmed", "sent", "denied", "denied"])
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

    def test_a_write_whose_answer_is_lost_is_carried_out_once(self):
        """Where a second one would begin another execution or build. The fault strikes once, so what
        is sent blindly a second time is seen."""
        kinds = [type(f"{kind.__name__}, {fault}", (kind,), {"fault": fault})
                 for kind in (Release, Rollback, RetryBuild) for fault in LOST]

        def story(case, world, args, options):
            world.aws.fail(f"{case.fault}:{case.operation}:1:1")
            done = world.home.run(*args, *options, timeout=90)
            self.assert_ended(done, 0)
            self.assertIn("though AWS's answer was lost", done.out)
            self.assertEqual(case.begun(world), case.count + 1, done)
        self.each(story, kinds, at_once=len(kinds))

    # ---- nobody waited for the answer ----

    def leave(self, case, world, args, options, number):
        """The verb ends by this signal when AWS has done it, and before it answers."""
        world.aws.fail(f"timeout:{case.operation}:1:1")
        child = world.home.start(*args, *options)
        lab.wait_for(lambda: case.begun(world) == case.count + 1, 20, 0.05, "what was begun")
        child.send_signal(number)
        out, err = child.communicate(timeout=30)
        self.assertNotEqual(child.returncode, 0)
        world.aws.fail()
        return (out + err).decode()

    def test_who_interrupts_a_write_hears_what_became_of_it(self):
        kinds = [type(f"{kind.__name__}, {number.name}", (kind,), {"number": number})
                 for kind in (Release, Rollback) for number in (signal.SIGINT, signal.SIGHUP)]

        def story(case, world, args, options):
            told = self.leave(case, world, args, options, case.number)
            self.assertIn("it was carried out, execution ", told)
            self.assertIn("it was done [token ", world.home.audit()[-1]["sentence"] + "".join(
                row["sentence"] for row in world.home.audit()))
            again = world.home.run(*args, "--dry-run")
            self.assertNotIn("earlier write", again.out + again.err)
            self.assertEqual(self.sent(case, world), 1)
        self.each(story, kinds)

    def test_what_a_killed_verb_sent_is_not_sent_again(self):
        def story(case, world, args, options):
            if "--confirm" in options:
                plan = world.home.run(*args, "--dry-run", "--json")
                options = ["--confirm", plan.json["confirm"]]
            self.leave(case, world, args, options, signal.SIGKILL)
            # A plan that is only looked at settles nothing.
            plan = world.home.run(*args, "--dry-run")
            self.assertIn("was carried out", plan.out + plan.err)
            again = world.home.run(*args, *options)
            if isinstance(case, Rollback):  # it runs there now
                self.assert_ended(again, 1)
            else:
                self.assert_ended(again, 0)
                self.assertIn("nothing is sent now", again.out)
            self.assertIn("an earlier write, sent at ", again.out)
            self.assertIn("was carried out", again.out)
            self.assertEqual(self.sent(case, world), 1)
            self.assertEqual(case.begun(world), case.count + 1)
            told = world.home.run("audit", "--verify")
            self.assert_ended(told, 0)
            settled = [row for row in world.home.audit()
                       if "it was done [token " in row["sentence"]]
            plan = world.home.run(*args, "--dry-run")
            if isinstance(case, Rollback):  # nothing was carried out that would settle it
                self.assertEqual(settled, [])
                self.assertIn("earlier write", plan.out + plan.err)
            else:  # who asks once more after that wants another one
                self.assertTrue(settled)
                self.assertNotIn("earlier write", plan.out + plan.err)
        self.each(story, (Release, Rollback, RetryBuild))

    def test_whatever_a_killed_verb_sent_is_told_by_the_next_plan(self):
        def story(case, world, args, options):
            if "--confirm" in options:
                plan = world.home.run(*args, "--dry-run", "--json")
                options = ["--confirm", plan.json["confirm"] or options[-1]]
            world.aws.fail(f"timeout:{case.operation}:1:1")
            child = world.home.start(*args, *options)
            lab.wait_for(lambda: case.is_done(world), 20, 0.05, "what was done")
            child.kill()
            child.communicate(timeout=30)
            world.aws.fail()
            plan = world.home.run(*args, "--dry-run")
            # What only its target's state tells is left to whoever reads that.
            word = "may have been" if case.operation in BLIND else "was"
            self.assertRegex(plan.out, f"an earlier write, sent at .* {word} carried out")
            self.assertEqual(self.sent(case, world), 1)
        self.each(story)

    def test_what_a_living_process_sends_is_under_way(self):
        def story(case, world, args, options):
            world.aws.fail(f"timeout:{case.operation}:1:1")
            child = world.home.start(*args, *options)
            lab.wait_for(lambda: "sent" in self.audited(world), 20, 0.05, "the row")
            lab.wait_for(lambda: case.begun(world) == case.count + 1, 20, 0.05, "what was begun")
            plan = world.home.run(*args, "--dry-run")
            self.assertIn(f"(pid {child.pid}), is under way", plan.out)
            child.kill()
            child.communicate(timeout=30)
            self.assertEqual(self.sent(case, world), 1)
        self.each(story, (Release,))

    def test_what_carries_a_token_is_done_once_at_last(self):
        def story(case, world, args, options):
            world.aws.fail(f"500:{case.operation}:1:1")
            self.assert_ended(world.home.run(*args, *options), 0)
            self.assertEqual(self.sent(case, world), 2)
            self.assertEqual(case.begun(world), case.count + 1)
        self.each(story, (Release, RetryBuild))


if __name__ == "__main__":
    lab.main()
