"""CloudWatch Logs page by page: streams that are long, that grow while they are read, and whose
events share a millisecond."""

import pathlib
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
from sandbox import Sandbox  # noqa: E402
from sandbox_place import Place, check, end, judge_record, refused  # noqa: E402

GROUP = "/lake/loader"
# Under the sanitizers on two busy cores everything is slow; a scan that grows with the stream for
# each page would be slower still by far.
LONG = 1000000
BATCH = 10000
SLOWEST = 4.0


class Stream:
    """One stream, and what was written to it."""

    def __init__(self, logs, name, at_ms):
        self.logs, self.name, self.at_ms, self.written = logs, name, at_ms, []
        logs.create_log_stream(logGroupName=GROUP, logStreamName=name)

    def write(self, *messages, step_ms=1):
        events = []
        for message in messages:
            events.append({"timestamp": self.at_ms, "message": message})
            self.at_ms += step_ms
        reply = self.logs.put_log_events(logGroupName=GROUP, logStreamName=self.name,
                                         logEvents=events)
        check("rejectedLogEventsInfo" not in reply, "nothing is rejected")
        self.written += messages

    def page(self, **more):
        return self.logs.get_log_events(logGroupName=GROUP, logStreamName=self.name, **more)

    def forward(self, token=None, **more):
        """All from the token on, and the token at the end."""
        lines = []
        while True:
            page = self.page(startFromHead=True, **({"nextToken": token} if token else {}), **more)
            lines += [e["message"] for e in page["events"]]
            if page["nextForwardToken"] == token:
                return lines, token
            token = page["nextForwardToken"]

    def backward(self, **more):
        token, lines = None, []
        while True:
            page = self.page(**({"nextToken": token} if token else {}), **more)
            lines = [e["message"] for e in page["events"]] + lines
            if page["nextBackwardToken"] == token:
                return lines
            token = page["nextBackwardToken"]


def check_small(logs, at_ms):
    s = Stream(logs, "small", at_ms)
    page = s.page(startFromHead=True)
    check(page["events"] == [] and page["nextForwardToken"] and page["nextBackwardToken"],
          "an empty stream has tokens")
    empty = page["nextForwardToken"]
    check(s.page(startFromHead=True, nextToken=empty)["nextForwardToken"] == empty,
          "the same token at the end")
    s.write(*[f"line {n}" for n in range(25)])
    check(s.forward(empty)[0] == s.written, "a token of the empty stream sees what comes")
    for limit in (1, 3, 7, 25, 100):
        check(s.forward(limit=limit)[0] == s.written, f"forward by {limit}")
        check(s.backward(limit=limit) == s.written, f"backward by {limit}")
    check([e["message"] for e in s.page(limit=4)["events"]] == s.written[-4:],
          "without startFromHead the last ones")
    check([e["message"] for e in s.page(limit=4, startFromHead=True)["events"]] == s.written[:4],
          "with it the first ones")
    lines, token = s.forward()
    check(s.page(startFromHead=True, nextToken=token)["events"] == [], "nothing more")
    s.write("later", "and later")
    more, again = s.forward(token)
    check(more == ["later", "and later"] and again != token, "the token sees what came since")
    first = s.page(limit=10, startFromHead=True)
    back = s.page(nextToken=s.page(startFromHead=True, nextToken=first["nextForwardToken"],
                                   limit=5)["nextBackwardToken"], limit=3)
    check([e["message"] for e in back["events"]] == s.written[7:10], "back from the middle")
    page = s.page(startTime=at_ms + 5, endTime=at_ms + 8, startFromHead=True)
    check([e["message"] for e in page["events"]] == s.written[5:8], "from a time, until before one")
    refused("InvalidParameterException", s.page, nextToken="f/17")
    refused("ResourceNotFoundException", logs.get_log_events, logGroupName=GROUP,
            logStreamName="none")
    refused("InvalidParameterException", logs.put_log_events, logGroupName=GROUP,
            logStreamName="small", logEvents=[{"timestamp": 2, "message": "a"},
                                              {"timestamp": 1, "message": "b"}])


def check_order(logs, at_ms):
    s = Stream(logs, "order", at_ms)
    for n in range(5):
        s.write(*[f"{n}.{k}" for k in range(40)], step_ms=0)
    check(s.forward(limit=17)[0] == s.written and s.backward(limit=17) == s.written,
          "events of one millisecond keep their order")


def check_bytes(logs, at_ms):
    """A page has at most 1 MB, each event being 26 bytes more than its text."""
    s = Stream(logs, "bytes", at_ms)
    for n in range(5):
        s.write(*[f"{n}-{k}-" + "x" * 9000 for k in range(110)])
    page = s.page(startFromHead=True)
    size = sum(len(e["message"].encode()) + 26 for e in page["events"])
    check(2 ** 20 - 10000 < size <= 2 ** 20, f"{size} bytes on a page")
    check(s.forward()[0] == s.written and s.backward() == s.written, "all of it by pages")
    s.write("y" * (2 ** 20 - 26))
    check(s.forward()[0] == s.written, "the largest event")
    refused("InvalidParameterException", logs.put_log_events, logGroupName=GROUP,
            logStreamName="bytes", logEvents=[{"timestamp": s.at_ms, "message": "z" * 2 ** 20}])


def check_growing(logs, at_ms):
    """Read while it is written, in turns of all sizes: byte for byte what was written."""
    s = Stream(logs, "growing", at_ms)
    read, token, number = [], None, 0
    for turn in range(60):
        count = (turn * 7919) % 97 + 1
        s.write(*[f"{number + k} é 倉庫 \x1b[31m{'=' * ((number + k) % 50)}" for k in range(count)],
                step_ms=turn % 2)
        number += count
        page = s.page(startFromHead=True, limit=turn % 40 + 30,
                      **({"nextToken": token} if token else {}))
        read += [e["message"] for e in page["events"]]
        token = page["nextForwardToken"]
    read += s.forward(token)[0]
    check(read == s.written, "nothing is missed, nothing doubled")


def check_long(logs, at_ms):
    s = Stream(logs, "long", at_ms)
    began = time.monotonic()
    for at in range(0, LONG, BATCH):
        s.write(*[f"{at + n:07d} row written" for n in range(BATCH)], step_ms=0)
        s.at_ms += 100
    rate = LONG / (time.monotonic() - began)
    check(rate > 10000, f"a writer of {rate:.0f} events/s")
    slowest, token, lines = 0, None, 0
    while True:
        began = time.monotonic()
        page = s.page(startFromHead=True, **({"nextToken": token} if token else {}))
        slowest = max(slowest, time.monotonic() - began)
        for event in page["events"]:
            check(event["message"] == s.written[lines], f"line {lines}")
            lines += 1
        if page["nextForwardToken"] == token:
            break
        check(len(page["events"]) in (0, BATCH), f"{len(page['events'])} events on a page")
        token = page["nextForwardToken"]
    check(lines == LONG, f"{lines} lines of {LONG}")
    check(slowest < SLOWEST, f"a page took {slowest:.1f} s")
    began = time.monotonic()
    tail = s.page(limit=100)["events"]
    check([e["message"] for e in tail] == s.written[-100:], "the tail")
    check(time.monotonic() - began < 1, f"the tail took {time.monotonic() - began:.1f} s")
    print(f"{rate:.0f} events/s written, {slowest * 1000:.0f} ms for the slowest page")


def check_search(logs):
    token, found, pages = {}, [], 0
    while True:
        page = logs.filter_log_events(logGroupName=GROUP, logStreamNames=["long"],
                                      filterPattern='"0999999 row"', **token)
        found += page["events"]
        pages += 1
        if "nextToken" not in page:
            break
        token = {"nextToken": page["nextToken"]}
    check(len(found) == 1 and pages > 1, f"{len(found)} found on {pages} pages")
    token, found = {}, []
    while True:
        page = logs.filter_log_events(logGroupName=GROUP, logStreamNames=["small", "order"],
                                      limit=9, **token)
        found += page["events"]
        if "nextToken" not in page:
            break
        token = {"nextToken": page["nextToken"]}
    check(len(found) == 27 + 200, f"{len(found)} events of two streams")
    check(len({e["eventId"] for e in found}) == len(found), "ids of their own")
    times = [e["timestamp"] for e in found]
    check(times == sorted(times), "in time over both streams")
    order = [e["message"] for e in found if e["logStreamName"] == "order"]
    check(order == [f"{n}.{k}" for n in range(5) for k in range(40)], "each in its own order")


def check_streams(logs):
    streams = logs.describe_log_streams(logGroupName=GROUP)["logStreams"]
    check([s["logStreamName"] for s in streams] == ["bytes", "growing", "long", "order", "small"],
          "streams by name")
    refused("InvalidParameterException", logs.describe_log_streams, logGroupName=GROUP,
            logStreamNamePrefix="x", orderBy="LastEventTime")
    logs.delete_log_stream(logGroupName=GROUP, logStreamName="long")
    logs.create_log_stream(logGroupName=GROUP, logStreamName="long")
    page = logs.get_log_events(logGroupName=GROUP, logStreamName="long", startFromHead=True)
    check(page["events"] == [], "a new stream of that name is empty")


def check_cli(sandbox):
    done = subprocess.run(["aws", "--endpoint-url", sandbox.url, "--region", "eu-west-1", "logs",
                           "filter-log-events", "--log-group-name", GROUP, "--filter-pattern",
                           "later", "--query", "events[].message", "--output", "text"],
                          env=sandbox.env("cicd"), capture_output=True, text=True, check=False)
    check("and later" in done.stdout, f"the CLI searches: {done.stderr}")


def check_restart(binary, state):
    with Sandbox(binary, "--seed", "empty", "--state", state) as sandbox:
        logs = Place(sandbox).client("logs")
        logs.create_log_group(logGroupName=GROUP)
        s = Stream(logs, "kept", int(time.time() * 1000))
        s.write("before")
        token = s.page(startFromHead=True)["nextForwardToken"]
    with Sandbox(binary, "--seed", "empty", "--state", state) as sandbox:
        s.logs = Place(sandbox).client("logs")
        check(s.forward()[0] == ["before"], "a restart keeps it")
        s.write("after", step_ms=0)
        check(s.forward(token)[0] == ["after"], "and its tokens")


def main():
    with Sandbox(sys.argv[1]) as probe:
        record = probe.dir / "record"
        with Sandbox(sys.argv[1], "--seed", "empty", "--record", record) as sandbox:
            logs = Place(sandbox).client("logs")
            logs.create_log_group(logGroupName=GROUP)
            at_ms = int(time.time() * 1000) - 3600000
            check_small(logs, at_ms)
            check_order(logs, at_ms)
            check_bytes(logs, at_ms)
            check_growing(logs, at_ms)
            if shutil.which("aws"):
                check_cli(sandbox)
        judge_record(record, "logs")
        with Sandbox(sys.argv[1], "--seed", "empty") as sandbox:
            logs = Place(sandbox).client("logs")
            logs.create_log_group(logGroupName=GROUP)
            for check_one in (check_small, check_order, check_bytes, check_growing, check_long):
                check_one(logs, at_ms)
            check_search(logs)
            check_streams(logs)
        check_restart(sys.argv[1], probe.dir / "state")
    end()


if __name__ == "__main__":
    main()
