"""Logs: what a build printed comes out byte for byte, however it grows while it is read, also after
a kill, offline and from the console; and the card of a failure opens without the network."""

import json
import re
import signal
import threading
import time

import api
import console
import lab

PIPELINE = "clickstream-ingest"
SECRET = "password=hunter2"
NOWHERE = f"http://127.0.0.1:{lab.dead_port()}"


class Logs:
    """CodeBuild and CloudWatch Logs, as another client."""

    def __init__(self, story, sandbox):
        self.builds = api.Client(sandbox, service="codebuild", target="CodeBuild_20161006")
        self.logs = api.Client(sandbox, service="logs", target="Logs_20140328")
        self.pipelines = api.Client(sandbox)
        for client in (self.builds, self.logs, self.pipelines):
            story.addCleanup(lambda client=client: client.connection and client.connection.close())

    def build_of(self, pipeline):
        """The newest build of a pipeline's actions, and where it is: (stage, action, build)."""
        found = []
        for stage in self.pipelines.call("GetPipelineState", name=pipeline)["stageStates"]:
            for action in stage["actionStates"]:
                run = action.get("latestExecution", {})
                if re.fullmatch(r"[^/:]+:[0-9a-f-]{36}", run.get("externalExecutionId", "")):
                    found.append((run["lastStatusChange"], stage["stageName"],
                                  action["actionName"], run["externalExecutionId"]))
        _, stage, action, build = max(found)
        return stage, action, self.builds.call("BatchGetBuilds", ids=[build])["builds"][0]

    def running(self):
        """(pipeline, stage, action, build) of a build that runs."""
        for name in self.pipelines.names():
            for stage in self.pipelines.call("GetPipelineState", name=name)["stageStates"]:
                for action in stage["actionStates"]:
                    run = action.get("latestExecution", {})
                    if run.get("status") == "InProgress" and re.fullmatch(
                            r"[^/:]+:[0-9a-f-]{36}", run.get("externalExecutionId", "")):
                        return name, stage["stageName"], action["actionName"], \
                            run["externalExecutionId"]
        return None

    def put(self, build, events):
        self.logs.call("PutLogEvents", logGroupName=build["logs"]["groupName"],
                       logStreamName=build["logs"]["streamName"],
                       logEvents=[{"timestamp": at, "message": text} for at, text in events])

    def all_events(self, build):
        """Each message, by another client's paging."""
        messages, token = [], None
        while True:
            more = {"nextToken": token} if token else {}
            page = self.logs.call("GetLogEvents", logGroupName=build["logs"]["groupName"],
                                  logStreamName=build["logs"]["streamName"], startFromHead=True,
                                  **more)
            messages += [event["message"] for event in page["events"]]
            if page["nextForwardToken"] == token:
                return messages
            token = page["nextForwardToken"]


def plain(messages):
    """What the verb prints of messages: a line each, without what a terminal would act on."""
    out = []
    for message in messages:
        text = message if message.endswith("\n") else message + "\n"
        for line in text[:-1].split("\n"):
            line = re.sub(r"\x1b\[[0-9;]*[A-Za-z]|\x1b\][^\x07]*\x07", "", line)
            line = line.rstrip("\r")
            out.append(line.rsplit("\r", 1)[-1])
    return out


def lines_of(text):
    return text[:-1].split("\n") if text else []


def event(number):
    """Many in one millisecond; some of several lines, some without a newline, some wide."""
    texts = [f"{number:06} plain\n", f"{number:06} no newline", f"{number:06} two\nlines {number}\n",
             f"{number:06} \u96c6\u8a08 \U0001f680 na\u00efve\n", f"{number:06}\ttab \\ \" quotes\n",
             f"{number:06} {'long ' * 200}\n", f"{number:06}\n\n"]
    return texts[number % len(texts)]


class Writer(threading.Thread):
    """Writes so many batches, each right behind the one before."""

    def __init__(self, logs, build, first_ms, batches, size):
        super().__init__(daemon=True)
        self.logs, self.build, self.first_ms = logs, build, first_ms
        self.batches, self.size = batches, size
        self.failure = None

    def run(self):
        try:
            for batch in range(self.batches):
                self.logs.put(self.build, [(self.first_ms + batch, event(batch * self.size + i))
                                           for i in range(self.size)])
                time.sleep(0.02)
        except Exception as failure:  # told by the test, not by the thread
            self.failure = failure


class Story(lab.Story):
    def setUp(self):
        super().setUp()
        self.aws = self.sandbox("--seed", "demo", "--step")
        self.home_ = self.home(self.aws)
        self.logs = Logs(self, self.aws)

    def stopped(self):
        """A running build that is stopped: it and its log are records then, to write more into."""
        name, stage, action, build = self.logs.running()
        self.logs.builds.call("StopBuild", id=build)
        found = self.logs.builds.call("BatchGetBuilds", ids=[build])["builds"][0]
        return name, stage, action, found


class Verb(Story):
    def test_a_whole_log_is_what_another_client_reads(self):
        stage, action, build = self.logs.build_of(PIPELINE)
        done = self.home_.run("logs", PIPELINE, stage, action)
        self.assert_ended(done, 0)
        want = plain(self.logs.all_events(build))
        got = lines_of(done.out)
        self.assertEqual(len(got), len(want))
        different = [(a, b) for a, b in zip(got, want) if a != b and "***" not in a]
        self.assertEqual(different, [])
        self.assert_clean(done.out)
        again = self.home_.run("logs", "--cached", "--endpoint-url", NOWHERE, PIPELINE, stage,
                               action)
        self.assertEqual(again.out, done.out)

    def test_json_times_and_what_has_no_log(self):
        stage, action, _ = self.logs.build_of(PIPELINE)
        done = self.home_.run("logs", "--json", PIPELINE, stage, action)
        rows = [json.loads(line) for line in lines_of(done.out)]
        self.assertEqual([row["line"] for row in rows], list(range(1, len(rows) + 1)))
        self.assertTrue(all(row["schema"] == 1 and row["at"] for row in rows))
        timed = self.home_.run("logs", "--timestamps", PIPELINE, stage, action)
        self.assertRegex(lines_of(timed.out)[0], r"^\d{4}-\d\d-\d\dT[\d:.]+Z ")
        source = self.home_.run("logs", PIPELINE, "Source")
        self.assert_ended(source, 1)
        self.assert_sentence(source.err, "is a source", "no log")
        nothing = self.home_.run("logs", PIPELINE, "NoSuchStage")
        self.assert_ended(nothing, 1)

    def test_a_log_that_grows_while_it_is_read_misses_and_doubles_nothing(self):
        name, stage, action, build = self.stopped()
        first = int(time.time() * 1000)
        writer = Writer(self.logs, build, first, batches=60, size=50)
        writer.start()
        done = self.home_.run("logs", "-f", name, stage, action, timeout=120)
        writer.join()
        self.assertIsNone(writer.failure)
        self.assert_ended(done, 1)  # it was stopped
        want = plain(self.logs.all_events(build))
        ours = [line for line in want if re.match(r"\d{6}|lines ", line)]
        self.assertEqual(len(ours), 60 * 50 + sum(1 for i in range(3000) if i % 7 == 2))
        self.assertEqual(lines_of(done.out), want)
        again = self.home_.run("logs", "--cached", name, stage, action)
        self.assertEqual(lines_of(again.out), want)

    def test_a_kill_amid_following_leaves_nothing_missing_or_doubled(self):
        name, stage, action, build = self.stopped()
        writer = Writer(self.logs, build, int(time.time() * 1000), batches=100, size=40)
        writer.start()
        for _ in range(4):
            child = self.home_.start("logs", "-f", name, stage, action)
            for _ in range(40):
                if not child.stdout.readline():
                    break
            child.send_signal(signal.SIGKILL)
            child.wait()
            child.stdout.close()
        writer.join()
        self.assertIsNone(writer.failure)
        done = self.home_.run("logs", "-f", name, stage, action, timeout=120)
        self.assertEqual(lines_of(done.out), plain(self.logs.all_events(build)))

    def test_secrets_are_neither_printed_nor_kept(self):
        name, stage, action, build = self.stopped()
        self.logs.put(build, [(int(time.time() * 1000), SECRET + "\n")])
        done = self.home_.run("logs", "-f", name, stage, action, timeout=60)
        self.assertIn("password=***", done.out)
        self.assertNotIn("hunter2", done.out)
        kept = b"".join(path.read_bytes() for path in self.home_.cache.parent.glob("cache.db*"))
        self.assertNotIn(b"hunter2", kept)

    def test_a_reader_that_goes_away_ends_it_quietly(self):
        stage, action, _ = self.logs.build_of(PIPELINE)
        child = self.home_.start("logs", PIPELINE, stage, action)
        child.stdout.close()
        self.assertIn(child.wait(timeout=30), (0, 141))
        self.assertEqual(child.stderr.read(), b"")


class Failure(Story):
    def test_the_card_joins_error_build_log_and_commits(self):
        self.home_.run("sync")
        done = self.home_.run("failure", "--json", PIPELINE)
        self.assert_ended(done, 0)
        card = done.json
        self.assertEqual(card["schema"], 1)
        action = card["actions"][0]
        _, _, build = self.logs.build_of(PIPELINE)
        failed = next(p for p in build["phases"] if p.get("phaseStatus") == "FAILED")
        self.assertEqual(action["phase"], failed["phaseType"])
        self.assertEqual(action["phase_code"], failed["contexts"][0]["statusCode"])
        text = "\n".join(line["text"] for line in action["log"])
        self.assertIn("did not exit successfully", text)
        self.assertTrue(any(line["error"] for line in action["log"]))
        again = self.home_.run("failure", "--cached", "--endpoint-url", NOWHERE, PIPELINE)
        self.assert_ended(again, 0)
        self.assertIn(failed["phaseType"], again.out)
        self.assert_clean(again.out)

    def test_what_has_not_failed_says_so(self):
        fine = next(row["name"] for row in self.home_.run("status", "--json").json["pipelines"]
                    if row["status"] == "Succeeded" and not self.home_.rows(
                        "SELECT 1 FROM execution WHERE status='Failed' AND pipeline="
                        "(SELECT id FROM pipeline WHERE name=?)", row["name"]))
        done = self.home_.run("failure", fine)
        if done.rc != 0:
            self.assert_sentence(done.err, "failed")


class Console(Story, console.Story):
    def test_a_failure_is_read_ahead_and_its_log_is_shown_and_saved(self):
        self.home_.run("sync")
        shown = self.open(self.home_)
        kept = lambda: [key for key, in self.home_.rows(
            "SELECT key FROM document WHERE kind='failure'")]
        lab.wait_for(kept, deadline_s=30, what="a card that was read ahead")
        name = kept()[0].split("/")[0]
        before = len(self.aws.calls("GetLogEvents"))
        self.say(shown, f"failure {name}")
        shown.wait_for("Error")
        self.assertEqual(len(self.aws.calls("GetLogEvents")), before)
        self.leave(shown)

    def test_following_shows_what_comes_and_pauses(self):
        name, stage, action, build = self.stopped()
        self.home_.run("sync")
        shown = self.open(self.home_)
        self.say(shown, f"logs {name}")
        shown.wait_for(f"{stage}/{action}")
        writer = Writer(self.logs, build, int(time.time() * 1000), batches=20, size=40)
        writer.start()
        writer.join()
        self.assertIsNone(writer.failure)
        shown.press("G")
        shown.wait_for(f"{20 * 40 - 1:06}")
        path = self.home_.dir / "saved.log"
        self.say(shown, f"save {path}")
        lab.wait_for(lambda: path.exists() and shown.wait_for("saved"), what="the file")
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        self.assertEqual(lines_of(path.read_text()), plain(self.logs.all_events(build)))
        self.say(shown, f"save {path}")
        shown.wait_for("there already")
        self.leave(shown)
        again = self.home_.run("logs", "--cached", name, stage, action)
        self.assertEqual(lines_of(again.out), plain(self.logs.all_events(build)))


if __name__ == "__main__":
    lab.main()
