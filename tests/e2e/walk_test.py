"""A walk through the demo at random: keys from the console's own lists, letters, escapes, resizes. What
comes is never a crash, a report or a stuck screen, the terminal is given back, and AWS was only read.

PENSTOCK_WALK_SEED repeats a walk, PENSTOCK_WALK_KEYS makes it longer."""

import contextlib
import os
import random
import signal
import string
import sys

import console
import lab

KEYS = int(os.environ.get("PENSTOCK_WALK_KEYS", "2000"))
SEED = int(os.environ.get("PENSTOCK_WALK_SEED", "7"))
HANDFUL = 25  # keys between two questions whether it still answers
SIZES = ((24, 80), (15, 60), (50, 200), (40, 120), (1, 1), (10, 40), (100, 300))
READING = ("Get", "List", "Describe", "BatchGet", "Filter", "Simulate")
SENTENCES = (":executions sales-orders\r", ":pipeline weather-feed-b\r", ":describe customer-360\r",
             ":at -2m\r", ":changes\r", ":settings\r", "/sales\r", "/re:^(\r", "/!status:ok\r",
             ":frobnicate\r", "\x1b[200~pasted\nQ\x1b[201~", "\x1b[I", "\x1b[O", "\x1b[999;999~",
             "\xff\xfe", "é漢")


class Walk(console.Story):
    def setUp(self):
        self.random = random.Random(SEED)
        self.world = self.sandbox("--seed", "demo", "--speed", "20")
        self.host = self.home(self.world)
        listed = {key.key: key.command for key in self.keys() if key.key}
        self.choices = [console.key_bytes(key) for key, command in listed.items()
                        if command not in ("quit", "suspend")]
        self.choices += list(string.ascii_lowercase + string.digits + " \r\x1b\t\x7f")
        self.start()

    def start(self):
        # Keys at random may agree to a plan; what is kept here is that nothing else writes.
        self.shown = self.open(self.host, "--read-only", rows=24, cols=80)
        self.shown.wait_for("sales-orders", console.HINTS)

    def step(self):
        what = self.random.random()
        if what < 0.02:
            self.shown.resize(*self.random.choice(SIZES))
        elif what < 0.08:
            self.shown.press(self.random.choice(SENTENCES))
        else:
            self.shown.press(self.random.choice(self.choices))

    def is_gone(self):
        """Some keys leave: q on the first screen, and y in the question whether to."""
        pid, status = os.waitpid(self.shown.pid, os.WNOHANG)
        if pid == 0:
            return False
        self.shown.pid = 0
        self.shown.take()
        self.assertEqual(os.waitstatus_to_exitcode(status), 0, self.shown.seen[-3000:])
        self.assert_sane(self.shown)
        return True

    def answers(self, number):
        """A screen opens by its name from wherever it stands now, or it has been left."""
        self.shown.resize(24, 80)
        # What was on its way for another size may have come into this one: painted again.
        self.shown.take(0.05)
        self.shown.press("\x0c")
        for _ in range(3):  # out of a line, a menu, a question, the printed view
            self.shown.press("\x1b")
            self.shown.take(0.05)
            if "Leave the form?" in self.shown.text:
                self.shown.press("y")

        def opened(text):
            return self.is_gone() or console.HINTS in text and " Describe " in text
        with contextlib.suppress(OSError):
            self.shown.press(":describe sales-orders\r")
        self.shown.wait_until(opened, 10, f"describe after {number} keys of seed {SEED}")

    def test_nothing_it_meets_breaks_it(self):
        print(f"{KEYS} keys, PENSTOCK_WALK_SEED={SEED}", file=sys.stderr)
        left = 0
        for number in range(KEYS):
            if self.is_gone():
                left += 1
                self.start()
            with contextlib.suppress(OSError):  # it may be going just now
                self.step()
            self.shown.take()
            if number % HANDFUL == HANDFUL - 1 and not self.is_gone():
                self.answers(number + 1)
            if not self.shown.pid:
                left += 1
                self.start()
        self.answers(KEYS)
        if self.shown.pid:
            self.shown.kill(signal.SIGTERM)
            self.assertEqual(self.shown.wait(), 0)
            self.assert_sane(self.shown)
        self.check_calls()
        print(f"it was left {left} times", file=sys.stderr)

    def check_calls(self):
        operations = {call["operation"] for call in self.world.calls()}
        self.assertIn("GetPipelineState", operations)
        self.assertEqual([name for name in operations if not name.startswith(READING)], [])


if __name__ == "__main__":
    lab.main()
