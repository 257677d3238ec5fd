"""What every end-to-end test needs: the programs, a sandbox, a private home, and a way to look.

    class Story(lab.Story):
        def test_one_thing(self):
            sandbox = self.sandbox("--seed", "demo", "--step")
            home = self.home(sandbox)
            done = home.run("sync")
            self.assertEqual(done.rc, 0, done)
            home.rows("SELECT name FROM pipeline")

    if __name__ == "__main__":
        lab.main()

The programs come from PENSTOCK and PENSTOCK_SANDBOX, or are the first two arguments. Everything
that was started ends with its test, by pid, and whatever was written lies under one temporary
directory, which goes too.
"""

import collections
import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

import sandbox as sandbox_module

SKIPPED = 77  # what ctest takes for "not here"
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
           "http_proxy", "https_proxy", "all_proxy", "no_proxy")


def programs():
    return os.environ["PENSTOCK"], os.environ["PENSTOCK_SANDBOX"]


class Done(collections.namedtuple("Done", "rc out err seconds")):
    """A program that ended. Bytes that are no UTF-8 are kept, as surrogates."""

    def __str__(self):
        return f"exit {self.rc} after {self.seconds:.1f} s\n--- out\n{self.out[:3000]}" \
               f"\n--- err\n{self.err[:3000]}"

    __repr__ = __str__

    @property
    def json(self):
        return json.loads(self.out)


def wait_for(condition, deadline_s=10, pause_s=0.01, what=None):
    """The first true answer of condition(); it fails when there is none in time."""
    end = time.monotonic() + deadline_s
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline_s} s: {what or condition.__name__}")
        time.sleep(pause_s)


@contextlib.contextmanager
def temporary_directory():
    path = tempfile.mkdtemp(prefix="penstock-e2e-")
    try:
        yield pathlib.Path(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)


def dead_port():
    """A port of loopback on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def text_of(data):
    return data.decode("utf-8", "surrogateescape") if data else ""


class Sandbox(sandbox_module.Sandbox):
    """penstock-sandbox with an access log and a recording."""

    def __init__(self, *options, binary=None, **more):
        super().__init__(binary or programs()[1], *options, **more)
        self.config_dir = self.dir / "aws"
        self.config_file = self.config_dir / "config"
        self.credentials_file = self.config_dir / "credentials"
        self.access_log_file = self.dir / "access.log"
        self.record_file = self.dir / "record"
        self.command += ["--access-log", str(self.access_log_file)]
        if "--record" not in self.command:
            self.command += ["--record", str(self.record_file)]

    @property
    def pid(self):
        return self.process.pid

    def calls(self, operation=None):
        """The access log so far, as dictionaries, of one operation or of all."""
        lines = self.access_log_file.read_text().splitlines() if self.access_log_file.exists() \
            else []
        calls = [json.loads(line) for line in lines if line.endswith("}")]
        return [c for c in calls if operation in (None, c["operation"])]


class Home:
    """A fresh HOME and XDG directories, and an environment that knows only one sandbox.

    Unless a test is about pacing, penstock may ask as fast as it can: is_unpaced."""

    def __init__(self, sandbox=None, profile="cicd", region="eu-west-1", binary=None,
                 is_unpaced=True, **env):
        self.binary = str(binary or programs()[0])
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="penstock-home-"))
        self.dir.chmod(0o700)
        self.state_dir = self.dir / "state" / "penstock"
        self.cache = self.state_dir / "cache.db"
        self.data_dir = self.dir / "home" / ".local" / "share" / "penstock"
        self.audit_db = self.data_dir / "audit.db"
        self.penstock_config = self.dir / "xdg" / "penstock" / "config"
        self.started = []
        self.env = {name: value for name, value in os.environ.items()
                    if not name.startswith(("AWS_", "XDG_", "PENSTOCK"))
                    and name not in PROXIES + ("NO_COLOR",)}
        (self.dir / "home").mkdir()
        files = sandbox.config_dir if sandbox else self.dir / "no-aws"
        self.env.update(
            HOME=str(self.dir / "home"), XDG_STATE_HOME=str(self.dir / "state"),
            XDG_CONFIG_HOME=str(self.dir / "xdg"), LC_ALL="C.UTF-8", TERM="xterm-256color",
            AWS_CONFIG_FILE=str(files / "config"),
            AWS_SHARED_CREDENTIALS_FILE=str(files / "credentials"),
            AWS_EC2_METADATA_DISABLED="true")
        self.change(AWS_PROFILE=profile, AWS_REGION=region, **env)
        if is_unpaced:
            self.set_config("[default]\ncalls_per_second = 0\n")

    def use(self, sandbox):
        """Point it at another sandbox; what it has cached stays."""
        self.change(AWS_CONFIG_FILE=sandbox.config_file,
                    AWS_SHARED_CREDENTIALS_FILE=sandbox.credentials_file)

    def set_config(self, text):
        """penstock's own settings."""
        self.penstock_config.parent.mkdir(parents=True, exist_ok=True)
        self.penstock_config.write_text(text)

    def change(self, **env):
        """Set variables for all later runs; None removes one."""
        self.env = self._with(env)

    def _with(self, env):
        merged = {**self.env, **(env or {})}
        return {name: str(value) for name, value in merged.items() if value is not None}

    def start(self, *args, env=None, **more):
        """penstock as a child of ours; ended by close() if it has not ended before."""
        given = dict(stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        given.update(more)
        child = subprocess.Popen([self.binary, *map(str, args)], env=self._with(env), **given)
        self.started.append(child)
        return child

    def run(self, *args, timeout=60, env=None, **more):
        """penstock to its end. One that takes longer than timeout is stuck: AssertionError."""
        begin = time.monotonic()
        child = self.start(*args, env=env, **more)
        try:
            out, err = child.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            child.kill()
            out, err = child.communicate()
            raise AssertionError(f"penstock {' '.join(map(str, args))} was stuck for {timeout} s"
                                 f"\n{text_of(out)[-2000:]}\n{text_of(err)[-2000:]}") from None
        done = Done(child.returncode, text_of(out), text_of(err), time.monotonic() - begin)
        if "Sanitizer" in done.err or "runtime error: " in done.err:
            raise AssertionError(f"penstock {' '.join(map(str, args))[:200]}: {done.err[:6000]}")
        return done

    def status(self, *args, **more):
        """`status --json` as a dictionary, whatever the exit code."""
        return json.loads(self.run("status", "--json", *args, **more).out)

    def rows(self, sql, *values):
        """Ask the cache file, without ever writing to it."""
        with sqlite3.connect(f"file:{self.cache}?mode=ro", uri=True, timeout=10) as db:
            found = db.execute(sql, values).fetchall()
        db.close()
        return found

    def audit(self):
        """The audit's rows, oldest first, as dictionaries; read without penstock."""
        if not self.audit_db.exists():
            return []
        db = sqlite3.connect(f"file:{self.audit_db}?mode=ro", uri=True, timeout=10)
        db.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in db.execute("SELECT * FROM audit ORDER BY seq")]
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):  # it is just being made
                raise
            return []
        finally:
            db.close()

    def close(self):
        for child in self.started:
            if child.poll() is None:
                child.send_signal(signal.SIGKILL)
                child.wait()
            for pipe in (child.stdin, child.stdout, child.stderr):
                if pipe:
                    pipe.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


class Story(unittest.TestCase):
    """A test case whose sandboxes and homes end with it."""

    maxDiff = 4000

    def sandbox(self, *options, **more):
        return self.enterContext(Sandbox(*options, **more))

    def home(self, sandbox=None, **more):
        return self.enterContext(Home(sandbox, **more))

    def assert_sentence(self, text, *words):
        """One line on stderr, no control character, with these words in it."""
        line = text[:-1] if text.endswith("\n") else text
        self.assertNotEqual(line, "", "nothing was said")
        self.assertNotIn("\n", line, "more than one line was said")
        self.assert_clean(text)
        for word in words:
            self.assertIn(word, line)

    def assert_clean(self, text):
        """Nothing in it can move a cursor: no C0 but newline and tab, no DEL, no C1, no raw byte."""
        bad = [c for c in text if (ord(c) < 32 and c not in "\n\t") or 127 <= ord(c) < 160
               or 0xD800 <= ord(c) < 0xE000]
        self.assertEqual(bad, [], f"control characters in {text[:500]!r}")

    def assert_ended(self, done, rc):
        self.assertEqual(done.rc, rc, done)


def main():
    """unittest's, after the two programs if they are given as arguments."""
    if len(sys.argv) > 2 and os.access(sys.argv[1], os.X_OK):
        os.environ["PENSTOCK"], os.environ["PENSTOCK_SANDBOX"] = sys.argv[1:3]
        del sys.argv[1:3]
    result = unittest.main(exit=False, verbosity=2).result
    if not result.wasSuccessful():
        sys.exit(1)
    # A class that is skipped as a whole counts as skipped, but as no test that ran.
    sys.exit(SKIPPED if result.testsRun <= len(result.skipped) else 0)
