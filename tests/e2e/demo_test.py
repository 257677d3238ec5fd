"""penstock demo: needs nothing of AWS and reads nothing of it, and leaves nothing behind."""

import os
import pathlib
import shutil
import signal
import time
import unittest

import lab
import screen

GARBAGE = b"[default\naws_access_key_id = \x00\xff not a key\n[[profile = ]\n"


def is_alive(pid):
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"


@unittest.skipUnless(screen.HAS_VTERM, "libvterm is not installed")
class Demo(lab.Story):
    def setUp(self):
        self.host = self.home()
        self.run_dir = self.host.dir / "run"
        self.run_dir.mkdir(mode=0o700)
        self.host.change(XDG_RUNTIME_DIR=self.run_dir)

    def open(self, *args, **more):
        return self.enterContext(screen.Screen(self.host, "demo", *args, **more))

    def ready(self, **more):
        shown = self.open(**more)
        shown.wait_for("sales-orders", "synced", "28 in all", deadline_s=40)
        return shown

    def child_of(self, shown):
        path = pathlib.Path(f"/proc/{shown.pid}/task/{shown.pid}/children")
        children = [int(pid) for pid in path.read_text().split()]
        self.assertEqual(len(children), 1)
        name = pathlib.Path(f"/proc/{children[0]}/comm").read_text().strip()
        self.assertEqual(name, "penstock-sandbox"[:15])
        return children[0]

    def check_nothing_left(self):
        self.assertEqual(list(self.run_dir.iterdir()), [])

    def test_frames_can_be_counted(self):
        shown = self.open("--iterations", "2")
        self.assertEqual(shown.wait(40), 0)
        self.check_nothing_left()

    def test_no_aws_file_or_variable_matters(self):
        aws = self.host.dir / "home" / ".aws"
        aws.mkdir()
        files = [aws / "config", aws / "credentials", self.host.dir / "config",
                 self.host.dir / "token"]
        control = self.host.dir / "control"
        for path in files + [control]:
            path.write_bytes(GARBAGE)
            os.utime(path, (1, 2))
        dead = f"http://127.0.0.1:{lab.dead_port()}"
        self.host.change(
            AWS_CONFIG_FILE=files[2], AWS_SHARED_CREDENTIALS_FILE=files[2], AWS_PROFILE="nobody",
            AWS_DEFAULT_PROFILE="nobody", AWS_REGION="mars-north-1", AWS_ACCESS_KEY_ID="x",
            AWS_SECRET_ACCESS_KEY="y", AWS_SESSION_TOKEN="z", AWS_ENDPOINT_URL=dead,
            AWS_ENDPOINT_URL_CODEPIPELINE=dead, AWS_CA_BUNDLE="/nowhere", AWS_MAX_ATTEMPTS="many",
            AWS_WEB_IDENTITY_TOKEN_FILE=files[3], AWS_ROLE_ARN="arn:aws:iam::1:role/x",
            AWS_CONTAINER_CREDENTIALS_FULL_URI=dead, http_proxy=dead, HTTPS_PROXY=dead,
            ALL_PROXY=dead)
        shown = self.ready()
        environ = pathlib.Path(f"/proc/{self.child_of(shown)}/environ").read_bytes()
        self.assertNotIn(b"AWS_", environ, "the sandbox was given what it does not need")
        shown.press("q")
        self.assertEqual(shown.wait(), 0)
        control.read_bytes()
        if control.stat().st_atime_ns == 10 ** 9:
            self.skipTest("this file system keeps no access times")
        self.assertEqual([p.name for p in files if p.stat().st_atime_ns != 10 ** 9], [])
        self.assertFalse(self.host.cache.exists(), "the demo used the person's own cache")

    def test_every_end_takes_the_sandbox_and_its_files_along(self):
        ends = {"q": lambda s: s.press("q"), "SIGTERM": lambda s: s.kill(signal.SIGTERM),
                "SIGHUP": lambda s: s.kill(signal.SIGHUP), "hang up": lambda s: s.hang_up()}
        for name, end in ends.items():
            with self.subTest(name):
                shown = self.ready()
                child = self.child_of(shown)
                self.assertEqual(len(list(self.run_dir.iterdir())), 1)
                end(shown)
                shown.wait()
                lab.wait_for(lambda: not is_alive(child), 2, what="the sandbox's end")
                self.check_nothing_left()

    def test_the_sandbox_does_not_outlive_a_killed_console(self):
        shown = self.ready()
        child = self.child_of(shown)
        shown.kill(signal.SIGKILL)
        shown.wait()
        begin = time.monotonic()
        lab.wait_for(lambda: not is_alive(child), 5, what="the sandbox's end")
        self.assertLess(time.monotonic() - begin, 2)

    def test_a_sandbox_that_dies_leaves_a_console_that_says_so(self):
        shown = self.ready()
        os.kill(self.child_of(shown), signal.SIGKILL)
        shown.press("r")
        shown.wait_for("OFFLINE", "sales-orders", deadline_s=30)
        shown.press("q")
        self.assertEqual(shown.wait(), 0)
        self.check_nothing_left()

    def test_two_demos_do_not_meet(self):
        both = [self.ready(), self.ready()]
        self.assertEqual(len(list(self.run_dir.iterdir())), 2)
        for shown in both:
            self.assertNotIn("polls", shown.line(0))
            shown.press("q")
            self.assertEqual(shown.wait(), 0)
        self.check_nothing_left()

    def test_without_the_sandbox_there_is_one_sentence(self):
        lone = self.host.dir / "lone"
        lone.mkdir()
        shutil.copy(self.host.binary, lone / "penstock")
        shown = self.open(argv=[str(lone / "penstock"), "demo"], env={"PATH": str(lone)})
        self.assertEqual(shown.wait(), 1)
        self.assert_sentence(shown.seen.decode().replace("\r", ""), "penstock-sandbox")
        self.check_nothing_left()


if __name__ == "__main__":
    lab.main()
