"""Several consoles on one cache: one asks AWS, the others see each change within a second; when the
one is killed another takes its place; and the history is as if there had been only one."""

import re
import signal
import sys
import time
import unittest

import api
import history
import lab
import screen
import truth

SEEN_S = 1.0       # from the poller's commit to every other screen
TAKEN_OVER_S = 5.0  # from kill -9 to the next poller's first call
PIPELINE = "weather-feed-b"  # lies still unless somebody starts it


def subject_of(_, name):
    return f"{api.ACCOUNTS['cicd']} eu-west-1 {name}"


@unittest.skipUnless(screen.HAS_VTERM, "libvterm is not installed")
class Many(lab.Story):
    def setUp(self):
        self.world = self.sandbox("--seed", "demo", "--step")
        self.host = self.home(self.world)
        self.aws = self.enterContext(truth.Client(self.world))
        self.shown = []
        self.read_to = 0
        self.asked = []  # which console made each call, in order
        self.truths = []
        self.note()

    def note(self):
        self.truths.append({"": self.aws.truth()})

    def step(self, seconds=None):
        self.world.step_until_idle() if seconds is None else self.world.step(seconds)
        self.note()

    def calls(self):
        """Who has asked so far: each console says its number in User-Agent."""
        data = self.world.record_file.read_bytes() if self.world.record_file.exists() else b""
        data = data[self.read_to:data.rfind(b"\n") + 1]
        self.read_to += len(data)
        self.asked += [int(n) for n in re.findall(rb"penstock/[0-9.]+ app/console-(\d+)", data)]
        return self.asked

    def open(self, count):
        first = len(self.shown)
        self.shown += [self.enterContext(screen.Screen(
            self.host, rows=30, env={"AWS_SDK_UA_APP_ID": f"console-{first + i}"}))
            for i in range(count)]
        for shown in self.shown[first:]:
            shown.press("p")
            shown.wait_for(PIPELINE, "18 in all", deadline_s=40)

    def living(self):
        return [s for s in self.shown if s.pid]

    def take_all(self):
        for shown in self.living():
            shown.take()

    def poller(self, deadline_s=10):
        """The one that all others name in their header."""
        if len(self.living()) == 1:
            return self.living()[0]

        def look():
            self.take_all()
            named = [re.search(r"pid (\d+) polls", s.line(0)) for s in self.living()]
            pids = {int(found.group(1)) for found in named if found}
            if len(pids) == 1 and named.count(None) == 1:
                at = named.index(None)
                return self.living()[at] if self.living()[at].pid in pids else None
            return None
        try:
            return lab.wait_for(look, deadline_s, what="one poller")
        except AssertionError as late:
            headers = [(s.pid, s.line(0), s.line(27)) for s in self.living()]
            raise AssertionError(f"{late} among {headers}") from None

    def rows_now(self, shown):
        return next((line for line in shown.lines if PIPELINE in line), "")

    def cached_status(self, db):
        return db.execute("SELECT status FROM pipeline WHERE name = ?", (PIPELINE,)).fetchone()[0]

    def change_seen_by_all(self, poller, status, word):
        """The poller is asked to look; when its write is there, the clock runs for the others."""
        db = history.open_cache(self.host.cache)
        poller.press("r")
        lab.wait_for(lambda: self.cached_status(db) == status, 20, pause_s=0.002,
                     what=f"{status} in the cache")
        written = time.monotonic()
        db.close()
        late = {}
        waiting = [s for s in self.living() if s is not poller]
        while waiting and time.monotonic() < written + 10:
            for shown in list(waiting):
                shown.take(0.001)
                if f" {word} " in self.rows_now(shown):
                    late[shown.pid] = time.monotonic() - written
                    waiting.remove(shown)
        self.assertEqual(waiting, [], [s.text for s in waiting[:1]])
        slowest = max(late.values(), default=0.0)
        self.assertLess(slowest, SEEN_S)
        return slowest

    def one_run(self, poller):
        self.aws.start(PIPELINE)
        self.note()
        first = self.change_seen_by_all(poller, "InProgress", "RUN")
        self.step()
        return max(first, self.change_seen_by_all(poller, "Succeeded", "OK"))

    def take_over(self, poller):
        """kill -9; the seconds until somebody else asks AWS."""
        self.calls()
        count = len(self.asked)
        died = self.shown.index(poller)
        poller.kill(signal.SIGKILL)
        begin = time.monotonic()
        self.assertEqual(poller.wait(), -signal.SIGKILL)
        lab.wait_for(lambda: [n for n in self.calls()[count:] if n != died], TAKEN_OVER_S,
                     what="another console's call")
        return time.monotonic() - begin

    def check_history(self):
        def equal():
            return not history.differences(self.host.cache, self.truths[-1][""],
                                           api.ACCOUNTS["cicd"], "eu-west-1")
        self.poller().press("r")
        lab.wait_for(equal, 20, what="rows that are equal to the truth")
        told = history.steps(self.host.cache)
        self.assertEqual(history.faults(told), [])
        self.assertEqual(history.inventions(told, self.truths, subject_of), [])
        self.assertIsNone(history.check_file(self.host.cache))
        return told

    def leave(self):
        for shown in self.living():
            shown.press("Q")
            self.assertEqual(shown.wait(), 0)

    def story(self, count, deaths):
        self.open(count)
        poller = self.poller()
        slowest = self.one_run(poller)
        # However many are open: all calls so far were one console's.
        self.assertEqual(set(self.calls()), {self.shown.index(poller)})
        taken = []
        for _ in range(deaths):
            taken.append(self.take_over(poller))
            poller = self.poller()
            self.step(20)
            slowest = max(slowest, self.one_run(poller))
        beside = self.host.run("sync", env={"AWS_SDK_UA_APP_ID": "beside"})
        self.assert_ended(beside, 0)
        self.assertIn("18 pipelines", beside.out)
        told = self.check_history()
        runs = [s for s in told if s.subject.endswith(PIPELINE) and s.kind == 0]
        self.assertEqual([s.now for s in runs], ["InProgress", "Succeeded"] * (deaths + 1))
        pollers = set(self.calls())
        self.assertEqual(len(pollers), deaths + 1)
        self.leave()
        print(f"{count} consoles: slowest screen {slowest:.3f} s, take-over "
              f"{', '.join(f'{s:.2f} s' for s in taken)}", file=sys.stderr)

    def test_two_consoles_share_one_cache(self):
        self.story(2, 1)

    def test_ten_consoles_share_one_cache(self):
        self.story(10, 2)

    def test_the_calls_of_ten_are_those_of_one(self):
        self.open(1)
        self.shown[0].wait_for("synced")
        alone = len(lab.wait_for(self.calls, 10))
        self.open(9)
        self.poller()
        begin = len(self.calls())
        # As long as it takes the poller to look at what runs once more.
        lab.wait_for(lambda: len(self.calls()) > begin + 2, 20, what="more calls")
        self.assertEqual(set(self.asked), {0})
        self.assertLess(len(self.asked) - begin, alone)
        self.leave()


if __name__ == "__main__":
    lab.main()
