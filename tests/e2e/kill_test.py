"""kill -9 of a syncing penstock, 200 times at random moments, while the pipelines go on: the cache
always opens, and its history loses nothing, doubles nothing and invents nothing."""

import os
import random
import re
import signal
import statistics
import subprocess
import sys
import time

import api
import history
import lab
import truth

KILLS = int(os.environ.get("PENSTOCK_KILLS", "200"))
SEED = int(os.environ.get("PENSTOCK_KILL_SEED", "20"))
# Few pipelines in each, so that the pace of a polite client does not make the test slow.
CONTEXTS = ("dev@eu-west-1", "test@eu-west-1", "prod@eu-west-1", "cicd@us-east-1",
            "prod@us-east-1")
FILES = {"cache.db", "cache.db-wal", "cache.db-shm", "write.lock", "freshness"}


def subject_of(context, name):
    profile, region = context.split("@")
    return f"{api.ACCOUNTS[profile]} {region} {name}"


class Kill(lab.Story):
    def setUp(self):
        self.random = random.Random(SEED)
        self.world = self.sandbox("--seed", "demo", "--step", "--latency-ms", "1")
        self.host = self.home(self.world, profile=None, region=None)
        self.clients = {c: self.enterContext(truth.Client(self.world, *c.split("@")))
                        for c in CONTEXTS}
        self.options = [word for context in CONTEXTS for word in ("--context", context)]
        self.truths = [self.look()]
        self.seen = []

    def look(self):
        return {context: c.truth() for context, c in self.clients.items()}

    def go_on(self):
        """Somebody starts something, time passes, and we note what is true then."""
        context = self.random.choice(CONTEXTS)
        name = self.random.choice(sorted(self.truths[-1][context]))
        try:
            self.clients[context].start(name)
        except api.Refused:
            pass  # enough of them are on their way
        self.world.step(self.random.choice((1, 5, 20, 60, 180)))
        self.truths.append(self.look())

    def sync(self):
        return self.host.run(*self.options, "sync")

    def sync_until(self, seconds):
        """A sync that is killed after so many seconds; True when it was through before."""
        child = self.host.start(*self.options, "sync", stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)
        time.sleep(seconds)  # the random moment itself, not a wait for something
        child.send_signal(signal.SIGKILL)
        return child.wait() == 0

    def check_cache(self, kill):
        """What holds after every kill."""
        if not self.host.cache.exists():
            self.assertEqual(self.seen, [])
            return
        self.assertIsNone(history.check_file(self.host.cache), f"kill {kill}")
        shown = self.host.run(*self.options, "status", "--cached", "--plain")
        self.assertIn(shown.rc, (0, 1, 4, 8), f"kill {kill}: {shown}")
        others = {p.name for p in self.host.state_dir.iterdir()} - FILES
        self.assertEqual({name for name in others if not re.fullmatch(r"sync-\w+\.lock", name)}, set(),
                         f"kill {kill}: something was moved aside")
        db = history.open_cache(self.host.cache)
        has_schema = db.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'transition'")
        has_schema = has_schema.fetchone()[0]
        db.close()
        now = history.steps(self.host.cache) if has_schema else []
        self.assertEqual(now[:len(self.seen)], self.seen, f"kill {kill}: the past has changed")
        self.seen = now

    def duration(self):
        return statistics.median(self.sync().seconds for _ in range(5))

    def check_rows(self):
        for context, true in self.truths[-1].items():
            profile, region = context.split("@")
            self.assertEqual(history.differences(self.host.cache, true, api.ACCOUNTS[profile],
                                                 region), [], context)

    def test_nothing_is_lost_doubled_or_invented(self):
        usual = self.home(self.world, profile=None, region=None)
        first = usual.run(*self.options, "sync").seconds  # a first sync reads more
        whole = grown = 0
        for kill in range(KILLS):
            if kill == KILLS // 10:
                self.assert_ended(self.sync(), 0)
                first = self.duration()
            # Every other one late, when the rows are written.
            begin = 0.6 if kill % 2 else 0
            before = len(self.seen)
            whole += self.sync_until(self.random.uniform(begin, 1.2) * first)
            self.check_cache(kill)
            grown += len(self.seen) > before
            self.go_on()
        self.assert_ended(self.sync(), 0)
        self.check_cache(KILLS)
        self.check_rows()
        self.assertEqual(history.faults(self.seen), [])
        self.assertEqual(history.inventions(self.seen, self.truths, subject_of), [])
        # Else the kills came too early or too late to mean anything.
        self.assertGreater(len(self.seen), KILLS)
        self.assertLess(whole, KILLS * 2 / 3)
        self.assertLess(grown, KILLS * 5 / 6)
        print(f"{KILLS} kills, {grown} after a commit, {whole} after the end; {len(self.seen)} "
              f"transitions, a sync takes {first:.3f} s, seed {SEED}", file=sys.stderr)


if __name__ == "__main__":
    lab.main()
