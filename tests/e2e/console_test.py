"""The console as a person sees it, through a real terminal: what it shows, what its keys do, and that
the terminal is as it was when it has gone, however it went."""

import os
import re
import signal
import sys
import termios
import time
import unittest

import lab
import screen
import truth

TERMS = ("xterm-256color", "tmux-256color", "screen", "linux", "vt100")


def cursor_row(text):
    """The line under the cursor, which begins with '>'."""
    return next((line for line in text.splitlines() if line.startswith(">")), "")


@unittest.skipUnless(screen.HAS_VTERM, "libvterm is not installed")
class Console(lab.Story):
    def open(self, home, *args, **more):
        return self.enterContext(screen.Screen(home, *args, **more))

    def filled(self, sandbox, **more):
        """A home whose cache equals the sandbox."""
        home = self.home(sandbox, **more)
        self.assert_ended(home.run("sync"), 0)
        return home

    def row(self, shown, name):
        return next((line for line in shown.lines if f" {name} " in line + " "), "")


class Living(Console):
    def test_a_running_pipeline_is_seen_to_finish(self):
        sandbox = self.sandbox("--seed", "demo", "--step")
        aws = self.enterContext(truth.Client(sandbox))
        shown = self.open(self.home(sandbox), rows=40, cols=120)
        shown.wait_for("weather-feed-b", "synced")
        self.assertIn(" OK ", self.row(shown, "weather-feed-b"))
        aws.start("weather-feed-b")
        shown.press("r")
        shown.wait_until(lambda _: " RUN " in self.row(shown, "weather-feed-b"), what="it runs")
        sandbox.step_until_idle()
        # Nobody presses a key: what runs is looked at every few seconds.
        shown.wait_until(lambda _: " OK " in self.row(shown, "weather-feed-b"), what="it is through")
        shown.press("q")
        self.assertEqual(shown.wait(), 0)

    def test_asking_again_is_said_no_longer_than_it_takes(self):
        shown = self.open(self.home(self.sandbox("--seed", "demo", "--step")))
        shown.wait_for("weather-feed", "synced")
        shown.press("r")
        shown.wait_for("asking AWS again")
        shown.wait_until(lambda text: "asking AWS again" not in text, deadline_s=4,
                         what="the answer is told")
        shown.press("q")
        self.assertEqual(shown.wait(), 0)

    def test_without_a_network_the_rows_are_there_at_once_and_their_age_is_told(self):
        with lab.Sandbox("--seed", "demo", "--step") as sandbox:
            home = self.filled(sandbox)
            config = sandbox.config_file.read_text()
            credentials = sandbox.credentials_file.read_text()
        (home.dir / "config").write_text(config)
        (home.dir / "credentials").write_text(credentials)
        home.change(AWS_CONFIG_FILE=home.dir / "config",
                    AWS_SHARED_CREDENTIALS_FILE=home.dir / "credentials")
        shown = self.open(home)
        shown.wait_for("iot-telemetry-prod", deadline_s=2)
        at = time.monotonic() - shown.started_at
        self.assertLess(at, 1.0, "the first screen took too long")
        text = shown.wait_for("OFFLINE")
        self.assertRegex(text, r"OFFLINE +(\d+[smh] old|just synced)")
        self.assertIn("iot-telemetry-prod", text)
        shown.press("q")
        self.assertEqual(shown.wait(), 0)

    def test_refused_credentials_are_an_error_beside_the_rows(self):
        sandbox = self.sandbox("--seed", "demo", "--step")
        home = self.filled(sandbox)
        (home.dir / "credentials").write_text(
            "[cicd]\naws_access_key_id = AKIAPENSTOCKCICD0001\naws_secret_access_key = wrong\n")
        home.change(AWS_SHARED_CREDENTIALS_FILE=home.dir / "credentials")
        shown = self.open(home)
        text = shown.wait_for("ERROR")
        self.assertRegex(text, r"ERROR +(\d+[smh] old|just synced)")
        self.assertIn("iot-telemetry-prod", text)
        shown.press("q")
        self.assertEqual(shown.wait(), 0)

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


class Keys(Console):
    def setUp(self):
        super().setUp()
        self.world = self.sandbox("--seed", "demo", "--step")
        self.host = self.filled(self.world)

    def cached(self, **more):
        shown = self.open(self.host, "--cached", **more)
        shown.wait_for("refresh")
        return shown

    def test_movement_keeps_to_the_rows(self):
        shown = self.cached(rows=40)
        first = cursor_row(shown.text)
        self.assertIn("iot-telemetry-prod", first)
        shown.press("j")
        shown.wait_until(lambda text: cursor_row(text) not in (first, ""), what="the second row")
        shown.press("k")
        shown.wait_until(lambda text: cursor_row(text) == first, what="the first row")
        shown.press("G")
        shown.wait_until(lambda text: "new-partner-onboarding" in cursor_row(text), what="the last")
        for keys in ("gg", "G", "\x1bOH"):  # Home, as the keypad's application mode sends it
            shown.press(keys)
            shown.wait_until(lambda text: (cursor_row(text) == first) == (keys != "G"), what=keys)

    def test_the_filter_narrows_while_it_is_typed_and_goes_with_escape(self):
        shown = self.cached(rows=40)
        shown.press("/")
        shown.wait_for("Enter keep")
        for typed, count in (("telem", 3), ("etry-p", 1)):
            shown.press(typed)
            text = shown.wait_until(lambda text: f"{count} of 18" in text and
                                    text.count("iot-telemetry") == count, what=f"{count} rows")
            self.assertNotIn("sales-orders", text)
        shown.press("\r")
        shown.wait_for("Enter stages", "1 of 18")
        shown.press("\x1b")
        shown.wait_for("18 in all", "sales-orders")

    def test_help_sort_and_stages(self):
        shown = self.cached(rows=40)
        shown.press("?")
        shown.wait_for("Help", "show only rows that contain a text")
        shown.press("q")
        shown.wait_for("Pipelines", "by attention")
        shown.press("s")
        shown.wait_until(lambda text: "by name" in text and
                         "clickstream-ingest" in text.splitlines()[3], what="by name")
        shown.press("S")
        shown.wait_until(lambda text: "by name, reversed" in text and
                         "weather-feed" in text.splitlines()[3], what="by name, reversed")
        shown.press("/sales-orders\r\r")
        shown.wait_for("Deploy-Stage-dev", "ManualApproval-test")
        shown.press("q")  # closes the stages
        shown.wait_without("ManualApproval-dev")
        shown.press("q")
        self.assertEqual(shown.wait(), 0)

    def test_it_fits_every_size(self):
        shown = self.cached()
        for rows, cols in ((40, 120), (15, 60), (50, 200), (24, 80)):
            shown.resize(rows, cols)
            text = shown.wait_until(lambda _: "quit" in shown.line(rows - 1), what=f"{cols}x{rows}")
            self.assertIn("cicd@eu-west-1", text)
            self.assertIn("iot-telemetry-prod", text)
            self.assertTrue(all(len(line) <= cols for line in shown.lines))
        shown.resize(10, 40)
        shown.wait_for("need 60x15, have 40x10")
        shown.resize(24, 80)
        shown.wait_for("iot-telemetry-prod", "quit")
        shown.press("Q")
        self.assertEqual(shown.wait(), 0)

    def test_it_can_be_suspended_and_comes_back(self):
        shell = self.open(self.host, argv=["/bin/bash", "--norc", "--noprofile", "-i"],
                          env={"PS1": "ready> ", "HISTFILE": "/dev/null",
                               "BASH_SILENCE_DEPRECATION_WARNING": "1"})
        shell.wait_for("ready>")
        shell.press(f"{self.host.binary} --cached\n")
        shell.wait_for("iot-telemetry-prod", "quit")
        self.assertTrue(shell.in_alternate)
        shell.press("\x1a")
        shell.wait_for("Stopped")
        self.assertFalse(shell.in_alternate)
        self.assertTrue(shell.cursor_visible)
        shell.press("stty -a | grep -o ' echo ' ; echo it is\\ ours\n")
        shell.wait_for("it is ours")
        shell.press("fg\n")
        shell.wait_for("iot-telemetry-prod", "quit")
        self.assertTrue(shell.in_alternate)
        self.assertFalse(shell.cursor_visible)
        shell.press("j")
        shell.wait_until(lambda text: "clickstream-ingest" in cursor_row(text), what="a key works")
        shell.press("q")
        shell.wait_for("it is ours")
        shell.press("echo status=$?\n")
        shell.wait_for("status=0")
        shell.press("exit\n")
        shell.wait()


class Leaving(Console):
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


class Terminals(Console):
    def setUp(self):
        super().setUp()
        self.host = self.filled(self.sandbox("--seed", "demo", "--step"))

    def bytes_of(self, **env):
        shown = self.open(self.host, "--cached", env=env)
        shown.wait_for("iot-telemetry-prod", "quit")
        shown.press("j?")
        shown.wait_for("Help")
        shown.press("qq")
        self.assertEqual(shown.wait(), 0)
        self.assertEqual(termios.tcgetattr(shown.fd), shown.modes)
        return shown.seen

    def test_every_terminal_in_both_character_sets(self):
        for term in TERMS:
            for locale in ("C", "C.UTF-8"):
                with self.subTest(term=term, locale=locale):
                    seen = self.bytes_of(TERM=term, LC_ALL=locale)
                    is_plain = all(byte < 0x80 for byte in seen)
                    self.assertEqual(is_plain, locale == "C")
                    if locale != "C":
                        self.assertIn("✗ FAIL".encode(), seen)
                    else:
                        self.assertIn(b"x FAIL", seen)

    def test_a_locale_that_is_not_installed_still_gives_glyphs(self):
        seen = self.bytes_of(LC_ALL=None, LANG="xx_XX.UTF-8")
        self.assertIn("✗ FAIL".encode(), seen)

    def test_no_color_means_none(self):
        paint = re.compile(rb"\x1b\[(?:\d+;)*(?:3[0-7]|4[0-7]|38;|48;|9[0-7]|10[0-7])[;m]")
        self.assertRegex(self.bytes_of(), paint)
        self.assertNotRegex(self.bytes_of(NO_COLOR="1"), paint)

    def test_hostile_text_moves_nothing(self):
        home = self.filled(self.sandbox("--seed", "demo", "--step"), profile="test")
        shown = self.open(home, "--cached", rows=30, cols=160)
        text = shown.wait_for("text-torture", "quit")
        self.assertEqual(shown.line(29)[:7], " Enter ")
        self.assertIn("nightly-load-tests", text)
        self.assertNotIn(b"example.invalid\x1b\\", shown.seen)


if __name__ == "__main__":
    lab.main()
