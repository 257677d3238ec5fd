"""The rows of making pipelines: planning, the calls that each verb costs, bytes to the terminal."""

import collections
import contextlib
import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

from lab import Sandbox
from measure import CannotMeasure, Row, figures, text_of

ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
ACCOUNTS = (("dev", "222222222222"), ("test", "333333333333"), ("prod", "444444444444"))
REGIONS = ("eu-west-1", "eu-central-1", "eu-north-1", "eu-west-2", "eu-west-3", "us-east-1",
           "us-east-2", "us-west-2", "ap-southeast-2")
AT_ONCE = 8
# What is asked again and again until something rests: as often as AWS takes its time.
WATCHING = ("DescribeStackEvents", "GetPipelineState", "DescribeChangeSet")


def planning(lab):
    count = 25
    for strategy in ("trunk", "gitflow"):
        got = figures([lab.program("plan"), strategy, count, lab.scale.plans], lab.env)
        what = f"planning {count} environments, {strategy}"
        yield Row(f"{what}: time", "<= 50 ms", f"{got['plan_ms']:.2f} ms", got["plan_ms"] <= 50,
                  "from the file's text to template, ddk.json and first files; no AWS")
        yield Row(f"{what}: overhead", "<= 2 x bare cJSON", f"{got['ratio']:.2f} x",
                  got["ratio"] <= 2, f"{got['bare_ms']:.2f} ms to build and print equal trees, "
                  f"{got['bytes'] / 1000:.0f} KB; paired")


class Estate:
    """Accounts made ready by penstock's own verbs, each environment another account or region."""

    def __init__(self, lab, box, count):
        self.lab, self.box, self.dir = lab, box, lab.new_dir("estate")
        self.env = box.env(self.dir)
        self.names = [f"e{i}" for i in range(count)]
        self.penstock("env", "add", "tools", "--kind", "cicd", "--account", "111111111111",
                      "--region", "eu-west-1")
        for i, name in enumerate(self.names):
            profile, account = ACCOUNTS[i % len(ACCOUNTS)]
            self.penstock("env", "add", name, "--kind", "target", "--account", account, "--profile",
                          profile, "--region", REGIONS[i // len(ACCOUNTS)])
        names = ["tools", *self.names]
        for at in range(0, len(names), AT_ONCE):
            self.penstock("env", "bootstrap", *names[at:at + AT_ONCE], "--policy", ADMIN)

    def penstock(self, *words, yes=("--yes",)):
        """The calls that it made."""
        before = len(self.box.calls())
        text_of([self.lab.penstock, *words, *yes], self.env, timeout=600)
        return collections.Counter(c["operation"] for c in self.box.calls(before))

    def definition(self, strategy, name, count):
        stages = [*(f"s{i}" for i in range(count - 1)), "prod"]
        path = self.dir / f"{name}-{count}.json"
        path.write_text(json.dumps({
            "schema": 1, "name": name, "cicd": "tools", "strategy": strategy,
            "template": "cloudformation", "environments": [
                {"stage": s, "environment": e, "approval": False}
                for s, e in zip(stages, self.names)]}))
        return path


def quiet(calls):
    return sum(n for operation, n in calls.items() if operation not in WATCHING)


def most(calls):
    return ", ".join(f"{operation} {n}" for operation, n in calls.most_common()
                     if operation not in WATCHING)


def bend(counts, figures_):
    """How far the middle is from the line between the ends, at most."""
    (first, last), (low, high) = (counts[0], counts[-1]), (figures_[0], figures_[-1])
    slope = (high - low) / max(1, last - first)
    return slope, max(abs(f - low - slope * (n - first)) for n, f in zip(counts, figures_))


def calls(lab):
    counts = lab.scale.stages
    with Sandbox(lab, "--seed", "empty", "--speed", "500", "--control") as box:
        estate = Estate(lab, box, max(counts))
        for strategy in ("trunk", "gitflow"):
            yield from calls_of(estate, strategy, counts)


def calls_of(estate, strategy, counts):
    made, planned = [], []
    for n in counts:
        file = estate.definition(strategy, f"{strategy}{n}", n)
        planned.append(estate.penstock("plan", "-f", file, yes=()))
        made.append(estate.penstock("create", "-f", file,
                                    yes=("--confirm", f"{strategy}{n}")))
    figures_ = [quiet(c) for c in made]
    slope, off = bend(counts, figures_)
    goal = SLOPES[strategy]
    yield Row(f"calls of a create, {strategy}: each environment", f"<= {goal}, linear",
              f"{slope:.1f}", slope <= goal and off <= 1 + 0.05 * figures_[-1],
              ", ".join(f"{n}: {f}" for n, f in zip(counts, figures_)) +
              f"; off the line by {off:.1f} at most; watching not counted")
    yield Row(f"  of {counts[-1]}, by kind", "-", str(figures_[-1]), "-", most(made[-1]))
    yield Row("  watching included", "-", ", ".join(str(sum(c.values())) for c in made), "-",
              "as long as this sandbox takes")
    slope, _ = bend(counts, [quiet(c) for c in planned])
    yield Row(f"calls of a plan, {strategy}: each environment", "-", f"{slope:.1f}", "-",
              ", ".join(f"{n}: {quiet(c)}" for n, c in zip(counts, planned)) + "; " +
              most(planned[-1]))
    yield from calls_of_life(estate, strategy, counts)


def calls_of_life(estate, strategy, counts):
    edits, deletes = [], []
    for n in counts:
        name = f"{strategy}{n}"
        file = estate.definition(strategy, name, n)
        changed = json.loads(file.read_text())
        changed["description"] = "another one"
        file.write_text(json.dumps(changed))
        edits.append(estate.penstock("edit", "-f", file, "--confirm", name))
        deletes.append(estate.penstock("delete", name, "--delete-repository", "--confirm", name))
    for verb, found in (("edit of the description", edits), ("delete", deletes)):
        slope, _ = bend(counts, [quiet(c) for c in found])
        yield Row(f"calls of a {verb}, {strategy}: each environment", "-", f"{slope:.1f}", "-",
                  ", ".join(f"{n}: {quiet(c)}" for n, c in zip(counts, found)) + "; " +
                  most(found[-1]))


class Terminal:
    """A program on a terminal of 80x24 that answers nothing; what it writes is kept."""

    def __init__(self, command, env):
        self.bytes = b""
        self.end, end = pty.openpty()
        fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.child = subprocess.Popen([str(c) for c in command], stdin=end, stdout=end, stderr=end,
                                      env={**env, "TERM": "xterm-256color", "LANG": "C.UTF-8"},
                                      start_new_session=True)
        os.close(end)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.terminate()
        self.child.wait()
        os.close(self.end)

    def read(self, seconds):
        """False when the program has ended."""
        if not select.select([self.end], [], [], seconds)[0]:
            return True
        with contextlib.suppress(OSError):
            more = os.read(self.end, 65536)
            self.bytes += more
            return bool(more)
        return False

    def until(self, words, seconds=60):
        """Reads on until these bytes came after the last ones that were waited for."""
        deadline, begin = time.monotonic() + seconds, getattr(self, "seen", 0)
        while words not in self.bytes[begin:]:
            if time.monotonic() > deadline or not self.read(0.2):
                raise CannotMeasure(f"{words} did not come: {self.bytes[-300:]}")
        self.seen = self.bytes.index(words, begin) + len(words)

    def press(self, keys, words):
        os.write(self.end, keys)
        self.until(words)


def deploying(lab):
    """Bootstrap stacks: the same events into a pipe, on a terminal, and in the console."""
    with Sandbox(lab, "--seed", "empty", "--speed", "20", "--control") as box:
        env = box.env(lab.new_dir("state"))

        def command(*words):
            return [lab.penstock, *words]
        for name, account, *way in (("a-tools", "111111111111", "--kind", "cicd"),
                                    ("dev", ACCOUNTS[0][1], "--profile", "dev"),
                                    ("test", ACCOUNTS[1][1], "--profile", "test")):
            text_of(command("env", "add", name, "--account", account, "--region", "eu-west-1",
                            *(way if way[0] == "--kind" else ["--kind", "target", *way]), "--yes"),
                    env)
        bootstrap = ("env", "bootstrap"), ("--policy", ADMIN, "--yes")
        shown = text_of(command(*bootstrap[0], "dev", *bootstrap[1]), env)
        events = len(re.findall(r"\bCREATE_(?:IN_PROGRESS|COMPLETE)\b", shown))
        with Terminal(command(*bootstrap[0], "test", *bootstrap[1]), env) as verb:
            while verb.read(1) or verb.child.poll() is None:
                pass
        with Terminal(command(), env) as console:
            console.until(b"help")
            console.press(b":environments\r", b"a-tools")
            console.press(b"B", b"Policies")
            console.press(b"\033OC", b"Administrator")
            console.press(b"\r\r\r", b"Planned")
            console.press(b"A", b"y")
            before = len(console.bytes)
            console.press(b"y", b"is done.")
            console.read(0.5)
            live = len(console.bytes) - before
    if events == 0:
        raise CannotMeasure(f"no events in: {shown[-300:]}")
    yield Row("a stack deploys in the console, 80x24", "<= 160 bytes an event",
              f"{live / events:.0f} bytes", live / events <= 160,
              f"{live:,} bytes for {events} events, from y to the end")
    yield Row("  by the verb on a terminal", "-", f"{len(verb.bytes) / events:.0f} bytes", "-",
              f"{len(verb.bytes):,} bytes with the plan; into a pipe {len(shown.encode()):,}")


SLOPES = {"trunk": 6, "gitflow": 12}
SECTIONS = [planning, calls, deploying]
