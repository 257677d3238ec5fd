"""Measuring: commands taken in turn, programs that report key and value, instructions, and the table."""

import os
import re
import shutil
import statistics
import subprocess
import time

PATIENCE_S = 300


class CannotMeasure(Exception):
    """A row that has no figure; its text says why."""


class Skipped(Exception):
    """A rival or a right that this machine lacks; its text names it."""


class Row:
    def __init__(self, what, goal, measured, met, how):
        self.cells = (what, goal, measured, {True: "yes", False: "MISSED"}.get(met, met), how)
        self.is_met = met


class Run:
    """One run of one command."""

    def __init__(self, wall_us, cpu_us, peak_kb, status):
        self.wall_ms, self.cpu_ms = wall_us / 1000, cpu_us / 1000
        self.peak_mib, self.status = peak_kb / 1024, status


def text_of(command, env, fine=(0,), timeout=PATIENCE_S):
    """A command's output; CannotMeasure with its last words when it fails."""
    try:
        done = subprocess.run([str(c) for c in command], env=env, capture_output=True, text=True,
                              timeout=timeout, stdin=subprocess.DEVNULL, check=False)
    except subprocess.TimeoutExpired:
        raise CannotMeasure(f"{os.path.basename(str(command[0]))} took over {timeout} s") from None
    if done.returncode not in fine:
        words = (done.stderr or done.stdout).strip().splitlines() or ["no word"]
        name = os.path.basename(str(command[0]))
        raise CannotMeasure(f"{name} ended with {done.returncode}: {words[-1][:200]}")
    return done.stdout


def figures(command, env, fine=(0,), timeout=PATIENCE_S):
    """The "key value" lines of a benchmark program."""
    found = {}
    for line in text_of(command, env, fine, timeout).splitlines():
        key, _, value = line.partition(" ")
        try:
            found[key] = float(value)
        except ValueError:
            found[key] = value
    return found


def in_turn(spawn, env, rounds, commands, warmups=1, fine=(0, 4), prefix=()):
    """Run the commands A B A B ...; for each its list of runs. The exit codes are judged."""
    call = [*prefix, str(spawn), str(rounds), str(warmups)]
    for i, command in enumerate(commands):
        call += ([":::"] if i else []) + [str(c) for c in command]
    runs = [[] for _ in commands]
    for line in text_of(call, env).splitlines():
        at, *numbers = (int(n) for n in line.split())
        runs[at].append(Run(*numbers))
    for command, of in zip(commands, runs):
        bad = [r.status for r in of if r.status not in fine]
        if bad or not of:
            words = text_of(["timeout", "60", *prefix, *command], env, fine)
            raise CannotMeasure(f"{command[0]} ended with {bad} in turn, alone well: {words[:80]}")
    return runs


def median(runs, field):
    return statistics.median(getattr(r, field) for r in runs)


def paired(ours, theirs, field):
    """The median of the ratios, round by round."""
    return statistics.median(getattr(a, field) / max(getattr(b, field), 1e-9)
                             for a, b in zip(ours, theirs))


def instructions(command, env, fine=(0, 4)):
    """Callgrind's count, in millions."""
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        raise Skipped("valgrind is not installed")
    done = subprocess.run([valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null",
                           *[str(c) for c in command]], env=env, capture_output=True,
                          timeout=PATIENCE_S, stdin=subprocess.DEVNULL, check=False)
    found = re.search(rb"Collected : (\d+)", done.stderr)
    if done.returncode not in fine or found is None:
        words = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise CannotMeasure(f"callgrind ended with {done.returncode}: {' '.join(words)[:200]}")
    return int(found.group(1)) / 1e6


def wait_for(claim, seconds, what):
    deadline = time.monotonic() + seconds
    while not claim():
        if time.monotonic() > deadline:
            raise CannotMeasure(f"{what} did not come within {seconds} s")
        time.sleep(0.01)


def print_table(rows):
    heads = ("what", "goal", "measured", "met?", "how")
    lines = [heads, *(r.cells for r in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(heads) - 1)]
    for n, line in enumerate(lines):
        print(" | ".join([*(c.ljust(w) for c, w in zip(line, widths)), line[-1]]).rstrip())
        if n == 0:
            print("-+-".join(["-" * w for w in widths] + ["-" * len(heads[-1])]))
