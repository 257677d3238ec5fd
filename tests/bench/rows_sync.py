"""The rows of sync: a whole fleet, the same again, and against a service that throttles."""

import concurrent.futures
import contextlib
import math
import time

from lab import HERE, Sandbox
from measure import Row, Skipped, figures, in_turn, median, text_of

CONNECTIONS = 32


def operations(calls):
    return [c["operation"] for c in calls]


def theory_s(calls, latency_ms):
    """Rounds x latency: who am I and the first page come one after the other, all else can be asked
    at once, as far as connections go."""
    first = min(2, len(calls))
    return (first + math.ceil((len(calls) - first) / CONNECTIONS)) * latency_ms / 1000


def full(lab):
    latency = lab.scale.latency_ms
    with Sandbox(lab, "--seed", f"fleet:{lab.scale.sync_fleet}", "--step", "--latency-ms",
                 latency) as box:
        seen, got = [], []
        for _ in range(lab.scale.syncs):
            before = len(box.calls())
            env = box.env(lab.new_dir("state"))
            got.append(figures([lab.program("sync")], env))
            seen = box.calls(before)
        got.sort(key=lambda g: g["wall_ms"])
        mid, theory = got[len(got) // 2], theory_s(seen, latency)
        ratio = mid["wall_ms"] / 1000 / theory
        what = f"full sync of {lab.scale.sync_fleet:,}, {latency} ms"
        yield Row(f"{what}: wall", "<= 1.1 x theory", f"{ratio:.2f} x", ratio <= 1.1,
                  f"{mid['wall_ms'] / 1000:.2f} s for {len(seen):,} calls on 32 connections, "
                  f"theory {theory:.2f} s; {mid['pipelines']:.0f} pipelines read, "
                  f"{mid['throttled']:.0f} throttled")
        yield Row(f"{what}: memory", "<= 16 MiB", f"{mid['peak_kb'] / 1024:.1f} MiB",
                  mid["peak_kb"] <= 16 * 1024, "peak of the whole process")
        yield from full_against_boto3(lab, box, what, mid, seen)
        yield from again(lab, env, what)


def full_against_boto3(lab, box, what, ours, seen):
    goal = ">= 12 x less CPU"
    try:
        python, version = lab.boto3()
    except Skipped as why:
        yield Row(f"{what}: CPU", goal, "-", "skipped", str(why))
        return
    command = [python, HERE / "boto3_sync.py", box.url, CONNECTIONS, "default",
               *sorted(set(operations(seen)))]
    theirs, = in_turn(lab.program("spawn"), box.env(lab.new_dir("state")), 1, [command], warmups=0)
    ratio = median(theirs, "cpu_ms") / ours["cpu_ms"]
    yield Row(f"{what}: CPU", goal, f"{ratio:.1f} x", ratio >= 12,
              f"{ours['cpu_ms'] / 1000:.2f} s against {median(theirs, 'cpu_ms') / 1000:.2f} s of "
              f"{version} with 32 threads and the same calls ({median(theirs, 'wall_ms') / 1000:.1f}"
              f" s wall, {median(theirs, 'peak_mib'):.0f} MiB)")


def again(lab, env, what):
    got = figures([lab.program("sync")], env)
    yield Row("the same again, nothing changed", "0 rows, 0 bytes of WAL",
              f"{got['rows_written']:.0f} rows, {got['wal_bytes']:.0f} B",
              got["rows_written"] == 0 and got["wal_bytes"] == 0,
              f"{got['calls']:.0f} calls, {got['wall_ms'] / 1000:.2f} s")


def is_throttle(call):
    return call["operation"] != "GetCallerIdentity" and call["status"] in (400, 429) and \
        "hrottl" in str(call.get("error", "Throttling"))


def judge(calls):
    """Calls that were answered, and how many were throttled."""
    asked = [c for c in calls if c["operation"] != "GetCallerIdentity"]
    throttled = sum(is_throttle(c) for c in asked)
    return len(asked) - throttled, throttled


class Contender:
    """One client against a throttling sandbox of its own."""

    def __init__(self, lab, name, command, state=None):
        self.lab, self.name, self.command = lab, name, command
        self.state = state or lab.new_dir("state")

    def run(self, box):
        env = box.env(self.state, pace="")
        before, began = len(box.calls()), time.monotonic()
        self.text = text_of([box.url if w == "URL" else w for w in self.command], env,
                            fine=range(256))
        self.seconds = time.monotonic() - began
        self.calls, self.throttled = judge(box.calls(before))

    def ideal_s(self):
        return max(0.001, (self.calls - self.lab.scale.burst) / self.lab.scale.tps)


def cached_states(lab, box, state):
    """How many cached pipelines have a status."""
    text = text_of([lab.penstock, "status", "--cached", "--plain"], box.env(state), fine=(0, 1, 4))
    return sum(1 for line in text.splitlines() if line.split("\t")[6:7] != [""])


def race(lab, boxes, contenders):
    """All at once, each with its own sandbox: they wait for tokens, not for the processor. Tells how
    many pipelines the first has in its cache at the end."""
    with concurrent.futures.ThreadPoolExecutor(len(contenders)) as pool:
        for done in [pool.submit(c.run, b) for c, b in zip(contenders, boxes)]:
            done.result()
    return cached_states(lab, boxes[0], contenders[0].state)


def throttled(lab):
    scale, sync = lab.scale, [lab.penstock, "sync"]
    options = ("--seed", f"fleet:{scale.throttled_fleet}", "--step", "--tps", scale.tps,
               "--burst", scale.burst)
    what = f"sync of {scale.throttled_fleet} against {scale.tps} calls/s, burst {scale.burst}"
    rivals, missing = boto3_contenders(lab)
    with contextlib.ExitStack() as stack:
        boxes = [stack.enter_context(Sandbox(lab, *options)) for _ in range(1 + len(rivals))]
        first = Contender(lab, "penstock sync, nothing cached", sync)
        read = race(lab, boxes, [first, *rivals])
        yield from judged(lab, what, first, scale.throttled_fleet - read)
        for rival in rivals:
            yield Row(f"  {rival.name}, the same calls", "-",
                      f"{rival.seconds / rival.ideal_s():.2f} x", "-",
                      f"{rival.seconds:.1f} s, {rival.throttled} throttled; "
                      f"{' '.join(rival.text.split()[:4])}")
        if missing:
            yield Row("  boto3, the same calls", "-", "-", "skipped", missing)
        time.sleep(scale.burst / scale.tps)  # the bucket fills
        second = Contender(lab, "penstock sync, all cached", sync, first.state)
        read = race(lab, boxes[:1], [second])
        yield from judged(lab, "  again, all cached", second, scale.throttled_fleet - read)


def boto3_contenders(lab):
    try:
        python, version = lab.boto3()
    except Skipped as why:
        return [], str(why)
    calls = ["GetPipeline", "ListTagsForResource", "ListPipelineExecutions", "GetPipelineState"]
    return [Contender(lab, f"{version} {mode}",
                      [python, HERE / "boto3_sync.py", "URL", CONNECTIONS, mode, *calls])
            for mode in ("adaptive", "default")], None


def judged(lab, what, ours, lost):
    ratio = ours.seconds / ours.ideal_s()
    yield Row(f"{what}: lost", "none", f"{lost}", lost == 0, ours.name)
    yield Row(f"{what}: time", "<= 1.03 x ideal", f"{ratio:.2f} x", ratio <= 1.03,
              f"{ours.seconds:.1f} s for {ours.calls} calls, ideal {ours.ideal_s():.1f} s")
    yield Row(f"{what}: throttled", "<= 5 replies", f"{ours.throttled}", ours.throttled <= 5,
              "from the sandbox's access log")


SECTIONS = [full, throttled]
