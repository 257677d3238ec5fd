"""penstock watch on a sandbox whose clock is stepped: one line per change, and an exit code that tells
how it ended."""

import re
import select
import time
import unittest

import lab
import screen
import truth

PIPELINE = "weather-feed-b"  # Source:Repo, then Deploy:Stack; lies still unless it is started
SOURCE_S = 10                # longer than its Source takes, shorter than its Deploy
SOURCE_DONE = ["Source: InProgress -> Succeeded", "Source/Repo: InProgress -> Succeeded",
               "Deploy: Succeeded -> InProgress", "Deploy/Stack: Succeeded -> InProgress"]
ALL_DONE = ["pipeline: InProgress -> Succeeded", "Deploy: InProgress -> Succeeded",
            "Deploy/Stack: InProgress -> Succeeded"]


class Watch(lab.Story):
    def setUp(self):
        self.world = self.sandbox("--seed", "demo", "--step")
        self.host = self.home(self.world)
        self.aws = self.enterContext(truth.Client(self.world))

    def watch(self, *args, **env):
        child = self.host.start("watch", *args, env=env)
        child.lines = []
        child.rest = b""
        return child

    def take(self, child, wait_s):
        """The lines that come within wait_s, one read's worth."""
        if not select.select([child.stdout], [], [], wait_s)[0]:
            return
        *lines, child.rest = (child.rest + child.stdout.read1(65536)).split(b"\n")
        child.lines += [line.decode() for line in lines]

    def expect(self, child, count, deadline_s=15):
        """So many lines in all, no more."""
        end = time.monotonic() + deadline_s
        while len(child.lines) < count:
            self.assertLess(time.monotonic(), end, child.lines)
            self.take(child, 0.1)
        self.assertEqual(len(child.lines), count, child.lines)
        return child.lines

    def changes(self, lines):
        """Without their times, which must be there."""
        for line in lines:
            self.assertRegex(line, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ")
        return [line.split(" ", 1)[1] for line in lines]

    def ended(self, child, rc, deadline_s=15):
        out, err = child.communicate(timeout=deadline_s)
        child.lines += (child.rest + out).decode().splitlines()
        self.assertEqual(child.returncode, rc, (child.lines, err))
        return err.decode()

    def check_run(self, child, run):
        """From a run that has just begun to its end."""
        self.expect(child, 1)
        self.assertEqual(child.lines[0], f"{PIPELINE}: InProgress, execution {run}")
        self.world.step(SOURCE_S)
        self.expect(child, 1 + len(SOURCE_DONE))
        self.world.step_until_idle()
        self.assertEqual(self.ended(child, 0), "")
        self.assertEqual(self.changes(child.lines[1:-1]), SOURCE_DONE + ALL_DONE)
        self.assertEqual(child.lines[-1], f"{PIPELINE}: Succeeded, execution {run}")

    def test_one_line_per_change_until_the_end(self):
        run = self.aws.start(PIPELINE)
        self.check_run(self.watch(PIPELINE), run)

    def test_what_does_not_run_is_told_at_once(self):
        for name, rc, word in ((PIPELINE, 0, "Succeeded"), ("clickstream-ingest", 1, "Failed"),
                               ("schema-registry", 1, "Cancelled")):
            with self.subTest(name):
                done = self.host.run("watch", name)
                self.assert_ended(done, rc)
                self.assertRegex(done.out, rf"^{name}: {word}, execution [-0-9a-f]{{36}}[^\n]*\n$")

    def test_an_approval_is_waited_for_and_its_refusal_is_a_failure(self):
        child = self.watch("customer-360")
        self.expect(child, 1)
        self.assertIn("customer-360: Waiting", child.lines[0])
        self.aws.answer("customer-360", "Rejected", "not like this")
        self.assertEqual(self.ended(child, 1, 40), "")
        self.assertIn("customer-360: Failed", child.lines[-1])
        self.assertIn("pipeline: Waiting -> Failed", "\n".join(child.lines))
        self.assertIn("not like this", "\n".join(child.lines))

    def test_a_stop_is_no_success(self):
        run = self.aws.start(PIPELINE)
        child = self.watch(PIPELINE)
        self.expect(child, 1)
        self.aws.call("StopPipelineExecution", pipelineName=PIPELINE, pipelineExecutionId=run,
                      abandon=True, reason="enough")
        self.ended(child, 1)
        self.assertEqual(child.lines[-1], f"{PIPELINE}: Stopped, execution {run}")

    def test_an_execution_is_watched_to_its_end_behind_a_newer_one(self):
        run = self.aws.start(PIPELINE)
        child = self.watch(PIPELINE)
        self.expect(child, 1)
        self.world.step(SOURCE_S)
        self.expect(child, 1 + len(SOURCE_DONE))
        newer = self.aws.start(PIPELINE)
        overtaken = f"{PIPELINE}: a newer execution has begun; still watching {run}"
        end = time.monotonic() + 15
        while overtaken not in child.lines:
            self.assertLess(time.monotonic(), end, child.lines)
            self.take(child, 0.1)
        self.world.step_until_idle()
        self.ended(child, 0)
        self.assertEqual(child.lines[-1], f"{PIPELINE}: Succeeded, execution {run}")
        self.assertNotIn(newer, child.lines[-1])

    def test_the_timeout_is_kept(self):
        done = self.host.run("watch", "customer-360", "--timeout", "2")
        self.assert_ended(done, 8)
        self.assert_sentence(done.err, "still")
        self.assertGreaterEqual(done.seconds, 2.0)
        self.assertLess(done.seconds, 4.0)

    def test_without_aws_it_says_so(self):
        self.assert_ended(self.host.run("sync"), 0)
        self.host.change(AWS_ENDPOINT_URL=f"http://127.0.0.1:{lab.dead_port()}")
        done = self.host.run("watch", "customer-360")
        self.assert_ended(done, 4)
        self.assert_sentence(done.err, "127.0.0.1")

    def calls_of(self, who):
        return len(re.findall(rf"penstock/[0-9.]+ app/{who}\b".encode(),
                              self.world.record_file.read_bytes()))

    @unittest.skipUnless(screen.HAS_VTERM, "libvterm is not installed")
    def test_beside_a_console_it_reads_what_that_writes(self):
        console = self.enterContext(screen.Screen(self.host, rows=30,
                                                  env={"AWS_SDK_UA_APP_ID": "console"}))
        console.press("p")
        console.wait_for(PIPELINE, "synced")
        run = self.aws.start(PIPELINE)
        console.press("r")
        console.wait_until(lambda text: re.search(rf"RUN +{PIPELINE}", text), what="it runs")
        child = self.watch(PIPELINE, AWS_SDK_UA_APP_ID="watch")
        self.expect(child, 1)
        # Its first look was recorded, perhaps only now: the sandbox writes when it is idle.
        calls = lab.wait_for(lambda: self.calls_of("watch"), what="the first look is recorded")
        self.check_run(child, run)
        self.assertEqual(self.calls_of("watch"), calls, "it asked although the console polls")
        console.press("Q")
        self.assertEqual(console.wait(), 0)


if __name__ == "__main__":
    lab.main()
