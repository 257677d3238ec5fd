"""The console as a person sees it, through a real terminal: what it shows, what its screens and keys do,
and that the terminal is as it was when it has gone, however it went."""

import re
import signal
import termios
import time

import console
import lab
import truth

TERMS = ("xterm-256color", "tmux-256color", "screen", "linux", "vt100")
SCREENS = {"home": "Home", "pipelines": "Pipelines", "pipeline": "sales-orders",
           "approvals": "Approvals", "execution": "Execution", "comparison": "Compare",
           "executions": "sales-orders executions", "describe": "Describe",
           "environments": "Environments", "environment": "Add an environment",
           "stacks": "iot-telemetry-prod stacks", "stack": "Stack",
           "repository": "iot-telemetry-prod repository", "commits": "Commits", "commit": "Commit",
           "files": "Files", "file": "File", "operation": "Operation",
           "audit": "Audit", "audit-row": "Audit", "log": "Log",
           "failure": "Failure",
           "findings": "Findings", "act": "Plan", "changes": "Changes", "messages": "Messages", "help": "Help", "settings": "Settings"}


class Living(console.Story):
    def test_a_running_pipeline_is_seen_to_finish(self):
        sandbox = self.sandbox("--seed", "demo", "--step")
        aws = self.enterContext(truth.Client(sandbox))
        shown = self.open(self.home(sandbox), rows=40, cols=120)
        shown.wait_for("weather-feed", "synced")
        self.on(shown, "Home")
        self.assertIn(" OK ", console.row(shown.text, "weather-feed"))
        aws.start("weather-feed-b")
        shown.press("r")
        shown.wait_until(lambda text: " RUN " in console.row(text, "weather-feed"), what="it runs")
        sandbox.step_until_idle()
        # Nobody presses a key: what runs is looked at every few seconds.
        shown.wait_until(lambda text: " OK " in console.row(text, "weather-feed"),
                         what="it is through")
        self.leave(shown)

    def test_its_stages_are_seen_to_begin_and_to_end_one_after_the_other(self):
        sandbox = self.sandbox("--seed", "demo", "--step")
        aws = self.enterContext(truth.Client(sandbox))
        shown = self.open(self.home(sandbox), rows=40, cols=120)
        shown.wait_for("weather-feed", "synced")
        self.say(shown, "pipeline weather-feed-b")
        shown.wait_for("weather-feed-b", "Deploy")

        def stages(text):
            """The words of Source and Deploy below weather-feed-b, which stand last."""
            lines = text[text.rfind(" weather-feed-b "):].splitlines()
            return [re.search(rf"(\w+) +{stage}\b", line).group(1) for stage in ("Source", "Deploy")
                    for line in lines if f" {stage} " in line]
        execution = aws.start("weather-feed-b")
        shown.press("r")
        for seconds, want in ((0, ["RUN", "OK"]), (10, ["OK", "RUN"])):
            sandbox.step(seconds)
            shown.wait_until(lambda text: stages(text) == want, what=want)
            self.assertIn(execution[:8], shown.text)
        sandbox.step_until_idle()
        shown.wait_until(lambda text: stages(text) == ["OK", "OK"], what="it is through")
        self.leave(shown)

    def test_asking_again_is_said_no_longer_than_it_takes(self):
        shown = self.open(self.home(self.sandbox("--seed", "demo", "--step")))
        shown.wait_for("weather-feed", "synced")
        shown.press("r")
        shown.wait_for("asking AWS again")
        shown.wait_until(lambda text: "asking AWS again" not in text, deadline_s=4,
                         what="the answer is told")
        shown.press("q")
        self.assertEqual(shown.wait(), 0)

    def cut_off(self):
        """A home whose cache is full and whose AWS does not answer any more."""
        with lab.Sandbox("--seed", "demo", "--step") as sandbox:
            home = self.filled(sandbox)
            self.look_at_executions(home)
            config = sandbox.config_file.read_text()
            credentials = sandbox.credentials_file.read_text()
        (home.dir / "config").write_text(config)
        (home.dir / "credentials").write_text(credentials)
        home.change(AWS_CONFIG_FILE=home.dir / "config",
                    AWS_SHARED_CREDENTIALS_FILE=home.dir / "credentials")
        return home

    def look_at_executions(self, home):
        """What nobody has looked at yet is not in the cache."""
        shown = self.open(home, rows=40, cols=120)
        shown.wait_for("synced")
        self.say(shown, "executions sales-orders")
        shown.wait_until(lambda text: re.search(r"Deploy-Stage-dev +\d", text), what="a duration")
        self.leave(shown)

    def test_without_a_network_the_rows_are_there_at_once_and_their_age_is_told(self):
        shown = self.open(self.cut_off())
        shown.wait_for("iot-telemetry", deadline_s=2)
        at = time.monotonic() - shown.started_at
        self.assertLess(at, 1.0, "the first screen took too long")
        text = shown.wait_for("OFFLINE")
        self.assertRegex(text, r"OFFLINE +(\d+[smh] old|just synced)")
        self.assertIn("iot-telemetry", text)
        self.leave(shown)

    def test_without_a_network_every_screen_has_its_rows(self):
        shown = self.open(self.cut_off(), rows=30, cols=120)
        shown.wait_for("OFFLINE")
        for name, words in {"home": ("FAIL", "customer-360"), "pipelines": ("iot-telemetry-prod",),
                            "pipeline sales-orders": ("Deploy-Stage-dev", "ManualApproval-test"),
                            "executions sales-orders": ("p50", "p90", " OK "),
                            "describe sales-orders": ('"execution_id"',),
                            "changes": ("No change was seen yet",),
                            "messages": ("127.0.0.1",), "help": ("Going",),
                            "settings": ("Colours",)}.items():
            with self.subTest(name):
                self.say(shown, name)
                shown.wait_for(*words, console.HINTS)
                self.assertRegex(shown.line(0), r"OFFLINE +(\d+[smh] old|just synced)")
        self.leave(shown)

    def test_refused_credentials_are_an_error_beside_the_rows(self):
        sandbox = self.sandbox("--seed", "demo", "--step")
        home = self.filled(sandbox)
        (home.dir / "credentials").write_text(
            "[cicd]\naws_access_key_id = AKIAPENSTOCKCICD0001\naws_secret_access_key = wrong\n")
        home.change(AWS_SHARED_CREDENTIALS_FILE=home.dir / "credentials")
        shown = self.open(home)
        text = shown.wait_for("ERROR")
        self.assertRegex(text, r"ERROR +(\d+[smh] old|just synced)")
        self.assertIn("iot-telemetry", text)
        self.leave(shown)

    def test_an_account_without_pipelines_is_told_from_one_that_has_not_answered(self):
        sandbox = self.sandbox("--seed", "empty", "--step", "--latency-ms", "2000")
        shown = self.open(self.home(sandbox))
        asking = {"home": "Asking AWS", "pipelines": "Asking AWS", "changes": "AWS is being asked"}
        none = {"home": "no pipeline here", "pipelines": "no pipeline here",
                "changes": "No change was seen"}
        shown.wait_for("loading", "Asking AWS")
        for name, words in asking.items():
            self.say(shown, name)
            text = self.on(shown, *["Home", SCREENS[name]][name == "home":])
            self.assertIn(words, text)
            self.assertIn("loading", text)
            shown.press("H")
        shown.wait_for("synced")
        for name, words in none.items():
            self.say(shown, name)
            text = shown.wait_for(words)
            self.assertNotIn("sking", text)
            shown.press("jkGgg hl/x\x1b\r")  # nothing there to move to, or to open
            shown.wait_for(console.HINTS, words)
            shown.press("H")
        self.say(shown, "pipeline sales-orders")
        shown.wait_for("no pipeline is called sales-orders")
        self.leave(shown)

    def test_an_idle_console_asks_aws_and_writes_no_byte(self):
        sandbox = self.sandbox("--seed", "demo", "--step")
        shown = self.open(self.home(sandbox, profile="prod"))
        shown.wait_for("lakehouse-tables", "synced")
        lab.wait_for(lambda: shown.take(0.7) == 0, what="the first calm")
        calls = len(sandbox.calls())
        begin = time.monotonic()
        # Visible rows are asked for every 15 s: it must stay silent through that.
        while time.monotonic() < begin + 3 or len(sandbox.calls()) == calls:
            self.assertEqual(shown.take(0.2), 0, f"it wrote {shown.seen[-200:]!r}")
            self.assertLess(time.monotonic(), begin + 25, "AWS was not asked again")
        self.assertEqual(shown.take(0.5), 0)


class Keys(console.Story):
    def setUp(self):
        super().setUp()
        self.world = self.sandbox("--seed", "demo", "--step")
        self.host = self.filled(self.world)

    def cached(self, **more):
        shown = self.open(self.host, "--cached", **more)
        shown.wait_for(console.HINTS)
        return shown

    def test_movement_keeps_to_the_rows(self):
        shown = self.cached(rows=40)
        first = console.cursor_row(shown.text)
        self.assertIn("iot-telemetry", first)
        shown.press("j")
        shown.wait_until(lambda text: console.cursor_row(text) not in (first, ""),
                         what="the second row")
        shown.press("k")
        shown.wait_until(lambda text: console.cursor_row(text) == first, what="the first row")
        shown.press("G")
        shown.wait_until(lambda text: "new-partner" in console.cursor_row(text),
                         what="the last")
        for keys in ("gg", "G", "\x1bOH"):  # Home, as the keypad's application mode sends it
            shown.press(keys)
            shown.wait_until(lambda text: (console.cursor_row(text) == first) == (keys != "G"),
                             what=keys)

    def test_the_filter_narrows_while_it_is_typed_and_goes_with_escape(self):
        shown = self.cached(rows=40)
        shown.press("p/")
        shown.wait_for("Enter keep")
        for typed, count in (("telem", 3), ("etry-p", 1)):
            shown.press(typed)
            text = shown.wait_until(lambda text: f"{count} found" in text and
                                    text.count("iot-telemetry") == count, what=f"{count} rows")
            self.assertNotIn("sales-orders", text)
        shown.press("\r")
        shown.wait_for("Enter open", "1 found")
        shown.press("\x1b")
        shown.wait_for("18 in all", "sales-orders")

    def test_a_filter_that_is_no_pattern_is_told_and_the_rows_stay(self):
        shown = self.cached(rows=40)
        shown.press("/re:(telem")
        shown.wait_for("re:(telem", "iot-telemetry", "weather-feed", "pattern")
        shown.press(")")
        shown.wait_until(lambda text: "1 found" in text and "weather-feed" not in text,
                         what="the pattern's row")
        shown.press("\x1b")
        shown.wait_for("18 in all", "weather-feed")

    def test_help_order_and_a_pipeline(self):
        shown = self.cached(rows=40)
        shown.press("?")
        shown.wait_for("Help", "the board as it was at the change before")
        shown.press("q")
        self.on(shown, "Home")
        shown.press("p")
        shown.wait_for("Pipelines", "by attention")
        shown.press("s")
        shown.wait_for("Order by", "Esc close")
        shown.press("2")
        shown.wait_until(lambda text: "by name" in text and
                         "clickstream-ingest" in text.splitlines()[3], what="by name")
        shown.press("S")
        shown.wait_until(lambda text: "by name, reversed" in text and
                         "weather-feed" in text.splitlines()[3], what="by name, reversed")
        shown.press("/sales-orders\r\r")
        shown.wait_for("Deploy-Stage-dev", "ManualApproval-test")
        self.on(shown, "Home", "Pipelines", "sales-orders")
        shown.press("q")
        shown.wait_without("ManualApproval-dev")
        self.on(shown, "Home", "Pipelines")
        shown.press("qq")
        self.assertEqual(shown.wait(), 0)

    def test_it_fits_every_size(self):
        shown = self.cached()
        for rows, cols in ((40, 120), (15, 60), (50, 200), (24, 80)):
            shown.resize(rows, cols)
            text = shown.wait_until(lambda _: "quit" in shown.line(rows - 1), what=f"{cols}x{rows}")
            self.assertIn("cicd@eu-west-1", text)
            self.assertIn("iot-telemetry", text)
            self.assertTrue(all(len(line) <= cols for line in shown.lines))
        shown.resize(10, 40)
        shown.wait_for("need 60x15, have 40x10")
        shown.resize(24, 80)
        shown.wait_for("iot-telemetry", "quit")
        shown.press("Q")
        self.assertEqual(shown.wait(), 0)

    def test_it_can_be_suspended_and_comes_back(self):
        shell = self.open(self.host, argv=["/bin/bash", "--norc", "--noprofile", "-i"],
                          env={"PS1": "ready> ", "HISTFILE": "/dev/null",
                               "BASH_SILENCE_DEPRECATION_WARNING": "1"})
        shell.wait_for("ready>")
        shell.press(f"{self.host.binary} --cached\n")
        shell.wait_for("iot-telemetry", "quit")
        self.assertTrue(shell.in_alternate)
        shell.press("\x1a")
        shell.wait_for("Stopped")
        self.assertFalse(shell.in_alternate)
        self.assertTrue(shell.cursor_visible)
        shell.press("stty -a | grep -o ' echo ' ; echo it is\\ ours\n")
        shell.wait_for("it is ours")
        shell.press("fg\n")
        shell.wait_for("iot-telemetry", "quit")
        self.assertTrue(shell.in_alternate)
        self.assertFalse(shell.cursor_visible)
        shell.press("j")
        shell.wait_until(lambda text: "clickstream-ingest" in console.cursor_row(text), what="a key works")
        shell.press("q")
        shell.wait_for("it is ours")
        shell.press("echo status=$?\n")
        shell.wait_for("status=0")
        shell.press("exit\n")
        shell.wait()


class Screens(console.Story):
    """Every screen opened and left, in each way."""

    def setUp(self):
        super().setUp()
        host = self.filled(self.sandbox("--seed", "demo", "--step"))
        self.shown = self.open(host, "--cached", rows=40, cols=140)
        self.shown.wait_for(console.HINTS)

    def visit(self, name):
        """By its name; where it needs a pipeline, sales-orders."""
        needs = name in ("pipeline", "executions", "describe")
        self.say(self.shown, f"{name} sales-orders" if needs else name)
        crumbs = ["Home", SCREENS[name]] if name != "home" else ["Home"]
        self.shown.wait_until(lambda _: self.crumbs() == crumbs, what=crumbs)

    def crumbs(self):
        """Without what is said behind them."""
        return re.split(r"  +", self.shown.line(1).strip())[0].split(" > ")

    def wait_crumbs(self, *crumbs):
        self.shown.wait_until(lambda _: self.crumbs() == list(crumbs), what=crumbs)

    def test_the_list_above_names_them_all(self):
        listed = {key.screen for key in self.keys() if key.screen}
        self.assertEqual(listed - {"create", "edit", "removal"}, set(SCREENS))

    def test_each_is_left_by_q_escape_and_home(self):
        for name in SCREENS:
            for way in ("q", "\x1b", "H") if name != "home" else ():
                with self.subTest(name, way=way):
                    self.visit(name)
                    # In a form a letter is typed; Escape leaves it in any case.
                    self.shown.press("\x1b" if name == "environment" else way)
                    self.wait_crumbs("Home")

    def test_minus_goes_to_the_one_before_and_back(self):
        for name in SCREENS:
            if name in ("home", "environment"):  # in a form a minus is typed
                continue
            with self.subTest(name):
                self.visit(name)
                picture = self.shown.text
                self.shown.press("-")
                self.wait_crumbs("Home")
                self.shown.press("-")
                self.wait_crumbs("Home", SCREENS[name])
                self.shown.wait_until(lambda text: text.splitlines()[2:4] == picture.splitlines()[2:4],
                                      what="the same again")
                self.shown.press("H")
                self.wait_crumbs("Home")

    def test_the_way_back_is_the_way_one_came(self):
        self.shown.press("p")
        self.shown.press("/customer-360\r\r")
        self.wait_crumbs("Home", "Pipelines", "customer-360")
        self.shown.press("E")
        self.wait_crumbs("Home", "Pipelines", "customer-360", "customer-360 executions")
        self.shown.press("?")
        self.wait_crumbs("Home", "Pipelines", "customer-360", "customer-360", "Help")
        self.shown.press("?")
        self.shown.press("q")
        self.wait_crumbs("Home", "Pipelines", "customer-360")
        self.shown.press("q")
        self.shown.wait_for("/customer-360", "1 found")  # as it was left
        self.shown.press("q")
        self.wait_crumbs("Home")
        self.shown.press("q")
        self.assertEqual(self.shown.wait(), 0)

    def test_a_stack_of_screens_has_an_end_and_can_still_be_left(self):
        for name in ("pipelines", "changes") * 20:
            self.say(self.shown, name)
        self.shown.press("?")
        self.shown.wait_for("Help")
        self.shown.press("H")
        self.wait_crumbs("Home")
        self.leave(self.shown)


class Leaving(console.Story):
    def check_restored(self, shown):
        self.assertEqual(termios.tcgetattr(shown.fd), shown.modes, "the terminal's modes")
        self.assertFalse(shown.in_alternate)
        self.assertTrue(shown.cursor_visible)

    def ready(self, **more):
        shown = self.open(self.home(), "--cached", **more)
        shown.wait_for("quit")
        self.assertNotEqual(termios.tcgetattr(shown.fd), shown.modes)
        return shown

    def test_every_way_out_restores_the_terminal(self):
        for way in ("q", signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            with self.subTest(way):
                shown = self.ready()
                shown.press(way) if isinstance(way, str) else shown.kill(way)
                self.assertEqual(shown.wait(), 0)
                self.check_restored(shown)

    def test_a_crash_restores_the_terminal_and_is_not_hidden(self):
        for number in (signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT):
            with self.subTest(number):
                shown = self.ready()
                shown.kill(number)
                self.assertEqual(shown.wait(), -number)
                self.check_restored(shown)

    def test_it_ends_within_a_second_of_its_terminal(self):
        for ignores in (False, True):
            for args in ((), ("demo",)):
                with self.subTest(ignores=ignores, args=args):
                    shown = self.open(self.home(), *args, ignores_hangup=ignores)
                    shown.wait_for("quit")
                    begin = time.monotonic()
                    shown.hang_up()
                    shown.wait(deadline_s=5)
                    self.assertLess(time.monotonic() - begin, 1.0)


class Terminals(console.Story):
    def setUp(self):
        super().setUp()
        self.host = self.filled(self.sandbox("--seed", "demo", "--step"))

    def bytes_and_text(self, **env):
        shown = self.open(self.host, "--cached", env=env)
        text = shown.wait_for("iot-telemetry", "quit")
        shown.press("j?")
        shown.wait_for("Help")
        shown.press("qq")
        self.assertEqual(shown.wait(), 0)
        self.assertEqual(termios.tcgetattr(shown.fd), shown.modes)
        return shown.seen, text

    def test_every_terminal_in_both_character_sets(self):
        for term in TERMS:
            for locale in ("C", "C.UTF-8"):
                with self.subTest(term=term, locale=locale):
                    seen, text = self.bytes_and_text(TERM=term, LC_ALL=locale)
                    self.assertEqual(all(byte < 0x80 for byte in seen), locale == "C")
                    self.assertIn("x FAIL" if locale == "C" else "✗ FAIL", text)

    def test_a_locale_that_is_not_installed_still_gives_glyphs(self):
        self.assertIn("✗ FAIL", self.bytes_and_text(LC_ALL=None, LANG="xx_XX.UTF-8")[1])

    def test_no_color_means_none(self):
        paint = re.compile(rb"\x1b\[(?:\d+;)*(?:3[0-7]|4[0-7]|38;|48;|9[0-7]|10[0-7])[;m]")
        self.assertRegex(self.bytes_and_text()[0], paint)
        self.assertIsNone(paint.search(self.bytes_and_text(NO_COLOR="1")[0]))

    def test_hostile_text_moves_nothing(self):
        home = self.filled(self.sandbox("--seed", "demo", "--step"), profile="test")
        shown = self.open(home, "--cached", rows=30, cols=160)
        text = shown.wait_for("text-torture", "quit")
        self.assertEqual(shown.line(29)[:7], " Enter ")
        self.assertIn("nightly-load-tests", text)
        self.assertNotIn(b"example.invalid\x1b\\", shown.seen)


if __name__ == "__main__":
    lab.main()
