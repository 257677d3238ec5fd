"""A person's slip: keys and words at random for an hour of the sandbox's time, where everything may be
done. The one thing that is never pressed is the yes of a question. So nothing may have been written, and
the sandbox's access log is the witness.

PENSTOCK_WALK_SEED repeats a walk, PENSTOCK_WALK_KEYS makes it longer."""

import contextlib
import os
import random
import string
import sys
import time

import console
import lab
import walk_test

HOUR_S = 3600
EDGE = 100  # keys between two times that it goes up to a question on purpose
ASKED_LEAST = 10
SPEED = 60
KEYS = int(os.environ.get("PENSTOCK_WALK_KEYS", "1500"))
# What is no question but changes nothing either.
READING = ("Get", "List", "Describe", "BatchGet", "Simulate", "AssumeRole", "Detect", "Filter", "Validate")
# The words of every question whose answer does something.
QUESTION = "not now"
LEAVES = "Leave the form?"
WORDS = tuple(line + "\r" for line in (
    ":release weather-feed-a", ":release weather-feed-b", ":release sales-orders", ":release customer-360",
    ":stop sales-orders", ":stop supply-chain-forecast", ":retry iot-telemetry-prod",
    ":retry finance-ledger", ":rollback weather-feed-a Deploy", ":approve sales-orders",
    ":reject customer-360", ":transition weather-feed-a Deploy", ":override sales-orders prod",
    ":pipeline iot-telemetry-prod", ":pipelines", ":executions customer-360", ":approvals", ":audit",
    ":act", ":agree", ":retry", ":plan", ":stop", ":actions", ":stacks sales-orders",
    ":repository weather-feed-a", ":logs finance-ledger", ":failure iot-telemetry-prod", ":delete sales-orders",
    ":create walked", ":edit sales-orders", ":environments", ":bootstrap", ":lock",
    ":unlock 30 walking about", ":set reason = a slip", ":set comment = a slip", ":set how = abandon what runs",
    "weather-feed-b", "sales-orders", "iot-telemetry-prod", "prod", "no", "/weather"))
# What begins, plans and asks: pressed more often than chance would.
OPERATING = ("R", "X", "W", "Z", "T", "a", "x", "O", "A", "P", "D", " ", "\r", "\r", "\r", "p", "I", "K",
             "m", "f", "L", "E", "n", "1", "2", "3")


class OperateWalk(walk_test.Walk):
    def setUp(self):
        self.random = random.Random(walk_test.SEED)
        self.world = self.sandbox("--seed", "demo", "--speed", str(SPEED))
        self.host = self.home(self.world)
        self.asked = 0
        listed = {key.key: key.command for key in self.keys() if key.key}
        self.choices = [console.key_bytes(key) for key, command in listed.items()
                        if command not in ("quit", "suspend")]
        self.choices += list(string.ascii_letters + string.digits + " \r\x1b\t\x7f")
        self.choices = [key for key in self.choices if key not in ("Q", "\x03", "\x1a")]
        self.start()

    def start(self):
        self.shown = self.open(self.host, rows=24, cols=80)
        self.shown.wait_for("sales-orders", console.HINTS)

    def may_press(self, keys):
        """A yes only where it answers nothing: what was pressed before is on the screen first."""
        if "y" not in keys.lower() and "\x1b[" not in keys:
            return True
        before = len(self.shown.seen)
        self.shown.press("\x0c")
        self.shown.wait_until(lambda _: len(self.shown.seen) > before or self.is_gone(), 20, "a repaint")
        self.shown.take(0.05)
        if not self.shown.pid:
            return False
        return QUESTION not in self.shown.text

    def step(self):
        what = self.random.random()
        keys = self.random.choice(WORDS if what < 0.15 else OPERATING if what < 0.5 else self.choices)
        if self.may_press(keys):
            self.shown.press(keys)

    def out(self):
        self.shown.press("\x0c")
        for _ in range(4):
            self.shown.press("\x1b")
            self.shown.take(0.05)
            if LEAVES in self.shown.text and QUESTION not in self.shown.text:
                self.shown.press("y")

    def to_the_edge(self):
        """Up to the question of some operation; there keys at random, whose slip is nearest."""
        self.out()
        self.shown.press(self.random.choice((":release weather-feed-a\r", ":release weather-feed-b\r",
                                             ":release customer-360\r", ":transition weather-feed-a Deploy\r")))
        with contextlib.suppress(AssertionError):
            self.shown.wait_for("Reason", deadline_s=3)
            self.shown.press("\x1b[B" * 6 + "a slip\r")
            self.shown.wait_for("Planned:", deadline_s=5)  # the meter may cover the hints
            self.shown.press("A")
            self.shown.wait_for(QUESTION, deadline_s=3)
            self.asked += 1
        for _ in range(10):
            keys = self.random.choice(OPERATING + tuple(self.choices))
            if self.may_press(keys):
                self.shown.press(keys)

    def answers(self, number):
        """Escapes only, and a yes where a form asks whether it is left: no other question has it."""
        self.out()
        if self.is_gone():
            return
        with contextlib.suppress(OSError):
            self.shown.press("\x0c")  # what was on its way for another size may have come into this
            self.shown.press(":describe sales-orders\r" if self.may_press("y") else "n")
        self.shown.wait_until(
            lambda text: self.is_gone() or " Describe " in text or console.HINTS in text
            or "F1 help" in text or QUESTION in text or LEAVES in text, 15,
            f"an answer after {number} keys of seed {walk_test.SEED}")

    def test_nothing_it_meets_breaks_it(self):
        print(f"{KEYS} keys, PENSTOCK_WALK_SEED={walk_test.SEED}", file=sys.stderr)
        began = time.monotonic()
        number = 0
        while number < KEYS or (time.monotonic() - began) * SPEED < HOUR_S:
            if not self.shown.pid or self.is_gone():
                self.start()
            with contextlib.suppress(OSError):  # it may be going just now
                if number % EDGE == EDGE - 1:
                    self.to_the_edge()
                else:
                    self.step()
            number += 1
            self.shown.take()
            if number % walk_test.HANDFUL == 0 and not self.is_gone():
                self.answers(number)
        print(f"{number} keys, {self.asked} questions", file=sys.stderr)
        self.check_calls()

    def check_calls(self):
        written = [call for call in self.world.calls()
                   if not call["operation"].startswith(READING)]
        self.assertEqual(written, [])
        # It was no walk around what it is about.
        outcomes = {row["outcome"] for row in self.host.audit()}
        self.assertNotIn("confirmed", outcomes)
        self.assertNotIn("sent", outcomes)
        self.assertGreaterEqual(self.asked, ASKED_LEAST)


if __name__ == "__main__":
    lab.main()
