"""Linear mode: the console as sentences and numbered choices, for screen readers, dumb terminals and
pipes. Whatever happens, no byte of it moves a cursor."""

import os
import re
import select
import signal
import subprocess
import time

import console
import lab
import truth

ITEM = re.compile(r"^(\d+)\. +(?:\W )?(.*)$", re.M)


class Talk:
    """penstock with pipes for a keyboard and a paper."""

    def __init__(self, home, *args, env=None):
        self.child = home.start(*args, env=env, stdin=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.heard = ""
        self.mark = 0  # what was said before it has been dealt with
        self.rest = b""

    def listen(self, wait_s):
        """False when there is nothing more to come."""
        if not select.select([self.child.stdout], [], [], wait_s)[0]:
            return True
        data = os.read(self.child.stdout.fileno(), 65536)
        whole, newline, self.rest = (self.rest + data).rpartition(b"\n")
        self.heard += (whole + newline).decode("utf-8", "surrogateescape")
        return bool(data)

    @property
    def new(self):
        return self.heard[self.mark:]

    def wait_until(self, condition, what, deadline_s=20):
        """Until condition(what is new); returns that, and it is new no longer."""
        end = time.monotonic() + deadline_s
        while not condition(self.new):
            if not self.listen(0.05) and not condition(self.new):
                raise AssertionError(f"it ended without {what}; it said:\n{self.new}")
            if time.monotonic() > end:
                raise AssertionError(f"not within {deadline_s} s: {what}; it said:\n{self.new}")
        new, self.mark = self.new, len(self.heard)
        return new

    def wait_for(self, *words, deadline_s=20):
        return self.wait_until(lambda new: all(word in new for word in words), repr(words),
                               deadline_s)

    def say(self, line):
        self.child.stdin.write(line.encode() + b"\n")
        self.child.stdin.flush()

    def ask(self, line, *words):
        self.say(line)
        return self.wait_for(*words)

    def end(self, deadline_s=20):
        """Its exit code; everything it says on the way is heard."""
        end = time.monotonic() + deadline_s
        while self.listen(0.05) or self.child.poll() is None:
            if time.monotonic() > end:
                raise AssertionError(f"it did not end within {deadline_s} s:\n{self.new}")
        return self.child.wait()


class Linear(console.Story):
    def talk(self, home, *args, **more):
        talk = Talk(home, "--linear", *args, **more)
        self.addCleanup(self.check, talk)
        return talk

    def cached(self, last="new-partner-onboarding", **more):
        """One that has said all it has to say at first; last is in the last row."""
        home = self.filled(self.sandbox("--seed", "demo", "--step"), **more)
        talk = self.talk(home, "--cached")
        talk.first = talk.wait_for("Type a number", "\nHome", "\n1. ", last)
        return talk

    def check(self, talk):
        self.assert_clean(talk.heard)
        for word in ("Sanitizer", "runtime error: "):
            self.assertNotIn(word, talk.heard)

    def items(self, said):
        """The numbered choices, as numbers and words."""
        return {int(number): words for number, words in ITEM.findall(said)}


class Choosing(Linear):
    def test_it_says_where_it_is_and_numbers_what_can_be_opened(self):
        talk = self.cached()
        self.assertIn("penstock, cicd@eu-west-1, account 111111111111, cached.",
                      talk.first)
        items = self.items(talk.first)
        self.assertEqual(list(items), list(range(1, 14)))
        self.assertTrue(items[1].startswith("iot-telemetry: FAIL"), items[1])
        talk.say("q")
        self.assertEqual(talk.end(), 0)

    def test_a_number_opens_and_q_goes_back(self):
        talk = self.cached()
        number = next(n for n, words in self.items(talk.first).items() if "sales-orders" in words)
        said = talk.ask(str(number), "Pipeline: sales-orders", "Deploy-Stage-prod")
        self.assertIn("WAIT ManualApproval-test", said)
        talk.ask("q", "\nHome", "iot-telemetry")
        talk.say("q")
        self.assertEqual(talk.end(), 0)

    def test_every_command_of_the_palette_is_heard_with_and_without_a_colon(self):
        talk = self.cached()
        for line in ("pipelines", ":home", "pipeline sales-orders", "executions sales-orders",
                     ":describe sales-orders", "changes", "messages", "settings", "help",
                     "at -1s", "notify sales-orders", "theme mono", "meter", "clock",
                     "low-bandwidth", "mouse", "redraw", "refresh"):
            with self.subTest(line):
                talk.say(line)
                talk.wait_until(lambda new: new.strip(), line)
        talk.ask("help", "Help", "The signs")
        talk.say("quit")
        self.assertEqual(talk.end(), 0)

    def test_menus_are_numbered_and_letters_answer_questions(self):
        talk = self.cached()
        menu = talk.ask("s", "Order by:", "\n2. name")
        self.assertEqual(list(self.items(menu))[:4], [1, 2, 3, 4])
        said = talk.ask("2", "\nHome", "new-partner-onboarding")
        names = [words.split(":")[0] for words in self.items(said).values()]
        self.assertEqual(names, sorted(names))
        talk.ask("Y", "Copy:", "\n1. ")
        talk.say("1")
        talk.wait_until(lambda new: new.strip(), "what is copied, to read")
        talk.ask("notify sales-orders", "the bell rings at the next change of sales-orders")
        talk.ask("q", "Leave penstock?", "s. stay", "y. leave")
        talk.say("y")
        self.assertEqual(talk.end(), 0)

    def test_a_filter_narrows_the_choices(self):
        talk = self.cached()
        talk.ask("p", "\nPipelines", "new-partner-onboarding")
        for line, count in (("/telem", 3), ("filter !telem", 15), ("filter status:wait", 2),
                            ("/nothing-has-this", 0)):
            with self.subTest(line):
                talk.say(line)
                talk.wait_until(lambda new: "Pipelines" in new and
                                len(self.items(new)) == count, f"{count} choices")
        talk.ask("filter re:[", "re:")
        talk.say("Q")
        self.assertEqual(talk.end(), 0)

    def test_a_time_of_the_past_is_named(self):
        talk = self.cached()
        said = talk.ask("at -1s", "\nHome", " as of ", "iot-telemetry")
        self.assertRegex(said, r"as of \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ")
        talk.ask("at yesterday-ish", "yesterday-ish")
        talk.ask("at 99:99", "99:99")
        talk.ask("q", "\nHome")
        talk.say("q")
        self.assertEqual(talk.end(), 0)

    def test_wrong_input_is_answered_by_one_sentence(self):
        talk = self.cached()
        for line, word in (("99", "there is no number 99"), ("0", "there is no number 0"),
                           ("-3", "no number"), ("99999999999999999999", "99999999999999999999"),
                           ("nonsense", "there is no command \"nonsense\""),
                           ("pipeline no-such", "no pipeline is called no-such"),
                           ("theme pink", "pink"),
                           ("x" * 5000, "too long"), ("\x1b[A\x07\x00\x9b", "there is no command")):
            with self.subTest(line[:40]):
                talk.ask(line, word)
        talk.ask("", "\nHome")  # an empty line says it all again
        talk.say("q")
        self.assertEqual(talk.end(), 0)


class Living(Linear):
    def test_changes_are_told_as_they_happen(self):
        sandbox = self.sandbox("--seed", "demo", "--step")
        aws = self.enterContext(truth.Client(sandbox))
        home = self.filled(sandbox)
        talk = self.talk(home)
        talk.wait_for("Type a number", "new-partner-onboarding")
        aws.start("weather-feed-b")
        talk.say("r")
        said = talk.wait_for("weather-feed-b: Source/Repo runs")
        self.assertRegex(said, r"(?m)^\d\d:\d\d:\d\dZ weather-feed-b runs$")
        sandbox.step_until_idle()
        talk.wait_for("weather-feed-b succeeded", "weather-feed-b: Deploy/Stack succeeded")
        told = re.findall(r"(?m)^\d\d:\d\d:\d\dZ (weather-feed-b.*)$", talk.heard)
        self.assertEqual(len(told), len(set(told)), f"something was told twice: {told}")
        talk.say("q")
        self.assertEqual(talk.end(), 0)

    def test_the_first_rows_are_told_when_they_come(self):
        talk = self.talk(self.home(self.sandbox("--seed", "demo", "--step")))
        said = talk.wait_for("new-partner-onboarding")
        self.assertIn("iot-telemetry: FAIL", said)
        talk.say("q")
        self.assertEqual(talk.end(), 0)

    def test_a_fault_is_told_once(self):
        for kind, word in (("expired", "ExpiredToken"), ("malformed", "malformed")):
            with self.subTest(kind):
                sandbox = self.sandbox("--seed", "demo", "--step", "--fault", f"{kind}:*:1")
                talk = self.talk(self.home(sandbox))
                talk.wait_for(word, deadline_s=60)
                calls = len(sandbox.calls())
                end = time.monotonic() + 5
                # It goes on asking, with pauses, and has no more to say about it.
                while time.monotonic() < end and len(sandbox.calls()) < calls + 3:
                    talk.listen(0.2)
                self.assertLessEqual(talk.heard.count(word), 2, talk.heard)
                talk.ask("q")
                self.assertEqual(talk.end(), 0)

    def test_a_network_that_goes_is_told_once_and_so_is_its_return(self):
        sandbox = self.sandbox("--seed", "demo", "--step")
        home = self.filled(sandbox)
        talk = self.talk(home)
        talk.wait_for("Type a number", "new-partner-onboarding")
        sandbox.stop()
        talk.say("r")
        talk.wait_for("refused the connection")
        end = time.monotonic() + 5
        while time.monotonic() < end:
            talk.listen(0.2)
        self.assertNotIn("refused the connection", talk.new)
        talk.say("q")
        self.assertEqual(talk.end(), 0)

    def test_idle_it_says_nothing(self):
        sandbox = self.sandbox("--seed", "demo", "--step")
        talk = self.talk(self.filled(sandbox))
        talk.wait_for("new-partner-onboarding")
        calls = len(sandbox.calls("GetPipelineState"))
        lab.wait_for(lambda: talk.listen(0.2) and len(sandbox.calls("GetPipelineState")) > calls + 9,
                     40, what="visible pipelines are looked at")
        self.assertEqual(re.findall(r"(?m)^\d+\. .*", talk.new), [])


class Ways(Linear):
    def test_four_ways_in(self):
        home = self.filled(self.sandbox("--seed", "demo", "--step"))
        for args, env, config in ((("--linear",), {}, ""), ((), {"PENSTOCK_LINEAR": "1"}, ""),
                                  ((), {"TERM": "dumb"}, ""),
                                  ((), {}, "[console]\nlinear = true\n")):
            with self.subTest(args=args, env=env, config=config):
                home.set_config(config)
                talk = Talk(home, "--cached", *args, env=env)
                talk.wait_for("Type a number", "iot-telemetry: FAIL")
                talk.say("q")
                self.assertEqual(talk.end(), 0)
                self.check(talk)

    def test_no_other_wish_means_it(self):
        for value in ("0", ""):
            done = self.home().run("--cached", env={"PENSTOCK_LINEAR": value})
            self.assert_ended(done, 2)
            self.assert_sentence(done.err, "terminal")

    def test_the_end_of_input_ends_it(self):
        home = self.filled(self.sandbox("--seed", "demo", "--step"))
        for lines in (b"", b"1\n", b"s\n", b"notify sales-orders\nq\n", b"1\nno newline at the end"):
            with self.subTest(lines):
                done = home.run("--linear", "--cached", stdin=self.file(lines))
                self.assert_ended(done, 0)
                self.assertEqual(done.err, "")
                self.assert_clean(done.out)

    def file(self, data):
        read, write = os.pipe()
        os.write(write, data)
        os.close(write)
        return self.enterContext(os.fdopen(read, "rb"))

    def test_signals_end_it(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            with self.subTest(number):
                talk = self.cached()
                talk.child.send_signal(number)
                self.assertEqual(talk.end(deadline_s=5), 0)

    def test_a_reader_that_goes_away_ends_it(self):
        home = self.filled(self.sandbox("--seed", "demo", "--step"))
        child = home.start("--linear", "--cached", stdin=subprocess.PIPE)
        child.stdout.readline()
        child.stdout.close()
        child.stdin.write(b"help\n" * 50 + b"q\n")
        child.stdin.close()
        child.wait(timeout=20)

    def test_on_a_terminal_there_is_a_prompt_and_its_line_is_edited_there(self):
        home = self.filled(self.sandbox("--seed", "demo", "--step"))
        shown = self.open(home, "--linear", "--cached", rows=50, cols=200)
        shown.wait_for("penstock>", "iot-telemetry")
        shown.press("pipelinez\x7fs\r")  # the terminal itself takes the z back
        shown.wait_for("Pipelines", "iot-telemetry-prod")
        shown.press("\x04")
        self.assertEqual(shown.wait(), 0)
        self.assertNotIn(b"\x1b", shown.seen)

    def test_a_terminal_that_goes_away_ends_it(self):
        home = self.filled(self.sandbox("--seed", "demo", "--step"))
        for ignores in (False, True):
            with self.subTest(ignores):
                shown = self.open(home, "--linear", "--cached", ignores_hangup=ignores)
                shown.wait_for("penstock>")
                shown.hang_up()
                shown.wait(deadline_s=5)
                self.assertLess(shown.cpu_s, 2)

    def test_the_demo_speaks_too(self):
        talk = self.talk(self.home(), "demo")
        talk.wait_for("sales-orders", deadline_s=60)
        talk.say("q")
        self.assertEqual(talk.end(), 0)

    def test_hostile_words_are_cleaned(self):
        talk = self.cached(profile="test", last="nightly-load-tests")
        for line in ("pipeline text-torture", "describe text-torture", "executions text-torture"):
            talk.say(line)
            talk.wait_until(lambda new: "new" in new and "line" in new, line)
        talk.say("Q")
        self.assertEqual(talk.end(), 0)

    def test_a_locale_without_utf8_gets_ascii(self):
        home = self.filled(self.sandbox("--seed", "demo", "--step"))
        for args, env in (((), {"LC_ALL": "C"}), (("--ascii",), {})):
            with self.subTest(args):
                talk = Talk(home, "--linear", "--cached", *args, env=env)
                talk.ask("p", "iot-telemetry-prod")
                talk.ask("1", "Deploy-Stage-prod")
                talk.ask("help", "The signs")
                talk.say("Q")
                self.assertEqual(talk.end(), 0)
                self.assertTrue(talk.heard.isascii(), re.findall(r"[^\0-\x7f]+", talk.heard)[:5])


if __name__ == "__main__":
    lab.main()
