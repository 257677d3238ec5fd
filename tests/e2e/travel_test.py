"""Through time: the board as it was, step by step and back to now; what changed; what changed while
nobody looked; how long stages take and when the one that runs will be through, from the cache alone."""

import datetime
import re
import time

import console
import lab
import truth

GLYPHS = "✓✗▸?∅⊗⊘◌"
PIPELINE = "weather-feed-b"  # lies still unless it is started; a part of weather-feed
STEPS_MAX = 400


def board(text):
    """What each row says but for ages, commits and words: {name: (word, its signs)}."""
    rows = {}
    for line in text.splitlines()[3:]:
        found = re.match(rf"[> ] [{GLYPHS}] ([A-Z]+) +(\S+)", line)
        if found:
            rows[found.group(2)] = (found.group(1), [c for c in line[:100] if c in GLYPHS])
    return rows


class Travel(console.Story):
    def setUp(self):
        self.world = self.sandbox("--seed", "demo", "--step")
        self.aws = self.enterContext(truth.Client(self.world))
        self.host = self.home(self.world)

    def start(self, *args):
        self.shown = self.open(self.host, *args, rows=40, cols=140)
        self.shown.wait_for("weather-feed", console.HINTS)
        if not args:
            self.shown.wait_for("synced")

    def word(self, text):
        return board(text).get("weather-feed", ("",))[0]

    def wait_word(self, word):
        return board(self.shown.wait_until(lambda text: self.word(text) == word, what=word))

    def live_through(self):
        """The board before, while and after a pipeline runs; then all is quiet."""
        self.start()
        before = self.wait_word("OK")
        self.aws.start(PIPELINE)
        self.shown.press("r")
        during = self.wait_word("RUN")
        self.world.step_until_idle()
        self.shown.press("r")
        self.wait_word("OK")
        self.shown.wait_without("RUN ")
        self.shown.quiet()
        return before, during, board(self.shown.text)

    def began(self):
        """When it was started, by AWS's time."""
        return self.host.rows("SELECT min(at) FROM transition")[0][0]

    def at(self, ms, words=None):
        when = datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone.utc)
        # All of this may take less than a second: a time that is still to come is refused.
        self.shown.wait_until(lambda _: time.time() * 1000 > ms, what="that time")
        self.say(self.shown, f"at {when:%Y-%m-%d %H:%M:%S}")
        return self.shown.wait_for("as of", words or f"{when:%Y-%m-%d %H:%M:%S}Z")

    def banner(self):
        return self.shown.line(1)

    def step(self, key):
        """One change; what the board says then."""
        banner = self.banner()
        self.shown.press(key)
        return board(self.shown.wait_until(lambda _: self.banner() != banner, what="another moment"))

    def test_the_board_as_it_was(self):
        before, during, after = self.live_through()
        self.assertNotEqual(before, after)
        began = self.began()
        self.at(began - 2000, "the first recorded")
        self.assertEqual(board(self.shown.text), before)
        self.shown.press("q")
        self.on(self.shown, "Home")
        self.at(began + 999)
        self.assertEqual(board(self.shown.text), during)
        self.shown.press("\x1b")
        self.on(self.shown, "Home")
        self.assertEqual(board(self.shown.text), after)
        self.assertNotIn("as of", self.shown.text)
        self.leave(self.shown)

    def test_steps_lead_through_all_changes_and_behind_the_last_is_now(self):
        before, during, after = self.live_through()
        self.shown.press(",")
        self.shown.wait_for("as of")
        self.assertEqual(board(self.shown.text), during)
        seen = 0
        while "as of" in self.banner() and "no change beyond" not in self.banner():
            rows = self.step(".")
            seen += 1
            self.assertLess(seen, STEPS_MAX)
            self.assertEqual(set(rows), set(after), "a row is missing on the way")
        self.assertGreater(seen, 5)
        self.assertEqual(rows, after)
        self.leave(self.shown)

    def test_now_goes_on_while_somebody_looks_at_the_past(self):
        before, during, after = self.live_through()
        self.at(self.began() - 2000, "the first recorded")
        self.aws.start(PIPELINE)
        self.say(self.shown, "refresh")
        self.shown.wait_until(lambda _: "asking" not in self.shown.text, what="the answer")
        lab.wait_for(lambda: self.host.rows(
            "SELECT 1 FROM pipeline WHERE name = ? AND execution_status = 'InProgress'", PIPELINE),
            what="it runs in the cache")
        self.shown.quiet()
        self.assertEqual(board(self.shown.text), before)
        self.say(self.shown, "now")
        self.wait_word("RUN")
        self.assertNotIn("as of", self.shown.text)

    def test_what_changed_is_told_the_latest_first_and_opens(self):
        self.start()
        self.shown.press("c")
        self.shown.wait_for("No change was seen yet")
        self.aws.start(PIPELINE)
        self.say(self.shown, "refresh")
        self.shown.wait_for(PIPELINE, " runs")
        self.world.step(10)
        text = self.shown.wait_until(lambda text: re.search(
            rf"OK +{PIPELINE} +Source succeeded", text), what="the source is through")
        lines = [line for line in text.splitlines() if PIPELINE in line]
        self.assertGreater(len(lines), 3)
        self.assertIn("Deploy", lines[0] + lines[1] + lines[2])
        self.assertIn(" runs", lines[-1] + lines[-2] + lines[-3])
        self.shown.press("G\r")
        self.shown.wait_for("execution", "Deploy")
        self.assertIn("Changes > weather-feed", self.banner())
        self.leave(self.shown)

    def test_what_changed_while_nobody_was_there(self):
        self.host.set_config("[default]\ncalls_per_second = 0\n"
                             "[console]\ndigest_after_minutes = 0.1\n")
        self.start()
        self.shown.press("j")
        left = time.monotonic()
        self.aws.start(PIPELINE)
        text = self.shown.wait_for("While you were away", PIPELINE, deadline_s=60)
        self.assertGreater(time.monotonic() - left, 6.0, "somebody was there")
        self.assertRegex(text, rf"RUN +{PIPELINE}")
        self.assertRegex(text, r"1 (pipeline )?changed|1 running")
        self.world.step(10)
        self.shown.press("k")  # somebody is there: it stays until it is put away
        self.shown.wait_for("While you were away")
        self.shown.press("\x1b")
        self.shown.wait_without("While you were away")
        self.on(self.shown, "Home")
        self.leave(self.shown)

    def test_durations_and_an_estimate_come_from_the_cache_alone(self):
        self.aws.start(PIPELINE)
        self.start()
        self.say(self.shown, f"executions {PIPELINE}")
        self.shown.wait_until(lambda text: re.search(r"Deploy +\dm", text), what="a duration")
        self.leave(self.shown)
        calls = len(self.world.calls())
        self.start("--cached")
        self.say(self.shown, f"executions {PIPELINE}")
        text = self.shown.wait_for("p50", "p90", "left")
        self.assertRegex(text, r"(?m)^  Source +\d+s +\d+s +\d+s +\d+")
        self.assertRegex(text, r"(?m)^  Deploy +\dm\d+s +\dm\d+s +\dm\d+s +\d+")
        self.assertRegex(text, r"about \d+m left")
        self.assertRegex(text, r"RUN +\S+ +(now|\d+s)")
        self.say(self.shown, f"pipeline {PIPELINE}")
        self.shown.wait_for("about", "left", "of ~")
        self.leave(self.shown)
        self.assertEqual(len(self.world.calls()), calls, "AWS was asked with --cached")


if __name__ == "__main__":
    lab.main()
