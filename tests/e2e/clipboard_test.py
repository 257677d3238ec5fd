"""What passes between the console and the person's own terminal beside the picture: copied text, the bell
and its notices going out, pasted text and broken sequences coming in."""

import base64
import contextlib
import os
import random
import re
import shutil
import sqlite3
import subprocess
import unittest

import console
import lab
import truth

NAME = "iot-telemetry-prod"  # the first of all pipelines
FIRST = b"\x1b]52;c;" + base64.b64encode(NAME.encode()) + b"\x07"


class Clipboard(console.Story):
    def setUp(self):
        super().setUp()
        self.world = self.sandbox("--seed", "demo", "--step")
        self.host = self.filled(self.world)

    def opened(self, *args, **more):
        """The list of pipelines, with the cursor on the first."""
        shown = self.open(self.host, "--cached", *args, **more)
        shown.wait_for("q quit")
        shown.press("p")
        shown.wait_for("Pipelines", "> ✗ FAIL " + NAME)
        return shown


class Copying(Clipboard):
    def test_the_name_reaches_the_terminal(self):
        shown = self.opened()
        shown.press("y")
        shown.wait_for(f"sent {len(NAME)} bytes to the terminal's clipboard (OSC 52)")
        self.assertEqual(shown.seen.count(FIRST), 1)
        self.leave(shown)

    def test_each_choice_of_the_menu_is_what_it_says(self):
        shown = self.opened()
        shown.press("Y")
        count = len(re.findall(r"(?m)^.*(?:arn:aws|https://|penstock describe|aws codepipeline).*$",
                               shown.wait_for("Copy", "arn:aws:codepipeline")))
        self.assertGreaterEqual(count, 4)
        shown.press("\x1b")
        shown.wait_without("arn:aws:codepipeline")
        seen = set()
        for row in range(count + 1):
            shown.press("Y")
            shown.wait_for("arn:aws:codepipeline")
            begin = len(shown.seen)
            shown.press("j" * row + "\r")
            shown.wait_for("bytes to the terminal's clipboard")
            found = re.search(rb"\x1b\]52;c;([A-Za-z0-9+/=]+)\x07", shown.seen[begin:])
            seen.add(base64.b64decode(found.group(1), validate=True).decode())
        self.assertIn(NAME, seen)
        self.assertIn(f"arn:aws:codepipeline:eu-west-1:111111111111:{NAME}", seen)
        self.assertEqual(len(seen), count + 1)
        self.leave(shown)

    def test_inside_screen_it_is_wrapped(self):
        shown = self.opened(env={"STY": "123.pts-0.host", "TERM": "screen"})
        shown.press("y")
        shown.wait_for("bytes to the terminal's clipboard")
        self.assertIn(b"\x1bP" + FIRST + b"\x1b\\", shown.seen)
        self.leave(shown)

    def test_inside_tmux_it_is_wrapped_also_when_tmux_does_not_answer(self):
        shown = self.opened(env={"TMUX": "/nowhere/tmux,1,0", "TERM": "tmux-256color"})
        shown.press("y")
        shown.wait_for("bytes to the terminal's clipboard", "does not say whether")
        self.assertIn(b"\x1bPtmux;\x1b" + FIRST + b"\x1b\\", shown.seen)
        self.leave(shown)

    def test_a_terminal_without_a_clipboard_gets_advice_and_no_sequence(self):
        for term in ("linux", "vt100"):
            with self.subTest(term):
                shown = self.opened(env={"TERM": term})
                shown.press("y")
                shown.wait_for(f"TERM={term} has no clipboard", "press o")
                self.assertNotIn(b"\x1b]", shown.seen)
                self.leave(shown)

    def test_more_than_a_terminal_takes_is_refused(self):
        """A terminal would drop all of it without a word."""
        with contextlib.closing(sqlite3.connect(self.host.cache)) as cache, cache:
            cache.execute("UPDATE action SET error_message = ? WHERE name = 'deploy-prod'",
                          ("Traceback " * 8000,))
        shown = self.opened(rows=40)
        shown.press("\r")
        shown.wait_for("q back", "deploy-prod", "Traceback Traceback")
        shown.press("Y")
        number = re.search(r"(\d)  error text", shown.wait_for("Copy", "error text")).group(1)
        shown.press(number)
        shown.wait_for("80000 bytes are more than a terminal's clipboard takes", "press o")
        self.assertNotIn(b"\x1b]52", shown.seen)
        self.leave(shown)

    def test_nothing_to_copy_is_said(self):
        shown = self.open(self.home(), "--cached")
        shown.wait_for("q quit")
        shown.press("p")
        shown.wait_for("Pipelines")
        shown.press("y")
        shown.wait_for("nothing to copy here")
        shown.press("Y")
        shown.wait_for("nothing to copy here")
        self.leave(shown)


@unittest.skipUnless(shutil.which("tmux"), "tmux is not installed")
class Tmux(Clipboard):
    """In a server of our own, whose client is the terminal under test."""

    def setUp(self):
        super().setUp()
        self.socket = str(self.host.dir / "tmux")
        (self.host.dir / "tmux.conf").write_text(
            'set -g set-clipboard on\nset -g allow-passthrough on\nset -g bell-action any\n'
            'set -g default-terminal tmux-256color\nset -g status off\nset -sg escape-time 0\n'
            "set -as terminal-features ',xterm*:clipboard'\n")
        self.addCleanup(self.tmux, "kill-server")

    def tmux(self, *words):
        done = subprocess.run(["tmux", "-S", self.socket, *words], capture_output=True, text=True,
                              env=self.host.env, timeout=20, check=False)
        return done.stdout

    def inside(self, *args):
        shown = self.open(self.host, argv=["tmux", "-S", self.socket, "-f",
                                           str(self.host.dir / "tmux.conf"), "new-session",
                                           self.host.binary, *args])
        shown.wait_for("q quit")
        return shown

    def ended(self, shown):
        shown.press("Q")
        shown.wait()
        self.assertNotIn(b"Sanitizer", shown.seen)

    def test_the_name_is_in_its_buffer_and_in_the_terminals_clipboard(self):
        shown = self.inside("--cached")
        shown.press("p")
        shown.wait_for("Pipelines", NAME)
        shown.press("y")
        shown.wait_for(f"copied {len(NAME)} bytes to tmux's buffer")
        self.assertEqual(self.tmux("show-buffer"), NAME)
        shown.wait_until(lambda _: base64.b64encode(NAME.encode()) in shown.seen,
                         what="OSC 52 at the outer terminal")
        self.ended(shown)

    def test_a_notice_passes_through(self):
        aws = self.enterContext(truth.Client(self.world))
        shown = self.inside()
        shown.wait_for("synced")
        shown.press(":notify weather-feed-b\r")
        shown.wait_for("the bell rings at the next change of weather-feed-b")
        aws.start("weather-feed-b")
        shown.press("r")
        shown.wait_until(lambda _: b"\x1b]9;" in shown.seen and b"\x1b]777;notify;" in shown.seen,
                         what="OSC 9 and 777 at the outer terminal")
        self.assertRegex(shown.seen, rb"\x1b\]9;[^\x07\x1b]*weather-feed-b")
        # The bell of tmux's own, not the end of a sequence.
        self.assertIn(b"\x07", re.sub(rb"\x1b\][^\x07\x1b]*\x07", b"", shown.seen))
        self.tmux("kill-session")
        shown.wait()

    def test_a_detached_console_lives_and_comes_back(self):
        shown = self.inside("--cached")
        self.tmux("detach-client")
        shown.wait()
        again = self.open(self.host, argv=["tmux", "-S", self.socket, "attach"], rows=30, cols=100)
        again.wait_for("q quit", "iot-telemetry")
        again.wait_until(lambda _: "q quit" in again.line(29), what="the hints on the last line")
        self.ended(again)


class Bell(Clipboard):
    def rung(self, **env):
        """What is written when a pipeline changes that was to be told of."""
        aws = self.enterContext(truth.Client(self.world))
        shown = self.open(self.host, env=env)
        shown.wait_for("synced", "q quit")
        shown.press("p")
        shown.wait_for("Pipelines")
        shown.press("/weather-feed-b\r")
        shown.wait_for("1 found")
        shown.press("b")
        shown.wait_for("the bell rings at the next change of weather-feed-b")
        shown.press("\x1b")
        begin = len(shown.seen)
        self.assertNotIn(b"\x07", shown.seen)
        aws.start("weather-feed-b")
        shown.press("r")
        shown.wait_until(lambda _: b"\x07" in shown.seen[begin:], what="the bell")
        shown.wait_for("weather-feed-b")
        shown.quiet()
        said = shown.seen[begin:]
        shown.press("Q")
        self.assertEqual(shown.wait(), 0)
        return said

    def test_it_rings_and_sends_notices_once(self):
        said = self.rung()
        self.assertEqual(len(re.findall(rb"\x1b\]9;[^\x07\x1b]*weather-feed-b[^\x07\x1b]*\x07", said)),
                         1, said)
        self.assertEqual(len(re.findall(rb"\x1b\]777;notify;penstock;[^\x07\x1b]*\x07", said)), 1)
        self.assertEqual(re.sub(rb"\x1b\][^\x07\x1b]*\x07", b"", said).count(b"\x07"), 1)

    def test_a_plain_terminal_only_rings(self):
        said = self.rung(TERM="linux")
        self.assertEqual(said.count(b"\x07"), 1)
        self.assertNotIn(b"\x1b]", said)

    def test_inside_screen_it_is_wrapped(self):
        said = self.rung(STY="123.pts-0.host", TERM="screen")
        self.assertRegex(said, rb"\x1bP\x1b\]9;[^\x1b]*weather-feed-b[^\x1b]*\x1b\\")

    def test_leaving_asks_once_when_a_bell_is_awaited(self):
        shown = self.opened()
        shown.press("b")
        shown.wait_for(f"the bell rings at the next change of {NAME}")
        shown.press("b")
        shown.wait_for(f"no bell for {NAME} any more")
        shown.press("bqq")
        shown.wait_for("Leave penstock?", "stay")
        shown.press("s")
        shown.wait_without("Leave penstock?")
        shown.press("q")
        shown.wait_for("Leave penstock?")
        shown.press("y")
        self.assertEqual(shown.wait(), 0)


class Typed(Clipboard):
    def paste(self, shown, text):
        data = text if isinstance(text, bytes) else text.encode()
        shown.press(b"\x1b[200~" + data + b"\x1b[201~")

    def unmoved(self, shown, picture):
        """The same screen with the same row under the cursor, and keys still do what they say."""
        shown.quiet(0.2)
        self.assertIn("Pipelines", shown.line(1))
        self.assertEqual(console.cursor_row(shown.text).split()[:4],
                         console.cursor_row(picture).split()[:4])
        shown.press("j")
        shown.wait_until(lambda text: NAME not in console.cursor_row(text), what="a key works")
        shown.press("k")
        shown.wait_until(lambda text: NAME in console.cursor_row(text), what="and back")

    def test_pasted_text_is_not_taken_as_keys(self):
        shown = self.opened()
        before = shown.text
        for text in ("jjjQ", "q\nQ\n\x03", ":quit\r", "\x1b\x1b[A\x1bOB", "y" * 3000,
                     bytes(set(range(256)) - {0x13}) * 4):
            with self.subTest(text[:10]):
                self.paste(shown, text)
                shown.wait_for("pasted text is not taken as keys")
                self.unmoved(shown, before)
        self.leave(shown)

    def test_it_is_pasted_into_the_lines_that_are_for_text(self):
        shown = self.opened(rows=40)
        shown.press("/")
        shown.wait_for("Enter keep")
        self.paste(shown, "sales-\norders\x1b[31m")
        shown.wait_for("/sales-")
        shown.press("\x1b")
        shown.wait_without("Enter keep")
        shown.press("/")
        self.paste(shown, "sales-orders")
        shown.wait_for("1 found")
        shown.press("\r:")
        shown.wait_until(lambda _: shown.line(39).startswith(":"), what="the palette")
        self.paste(shown, "pipeline sales-orders")
        shown.wait_for(":pipeline sales-orders")
        shown.press("\r")
        shown.wait_for("Deploy-Stage-prod")
        self.leave(shown)

    def test_a_huge_paste_is_cut_with_a_sentence(self):
        shown = self.opened()
        before = shown.text
        shown.press("/")
        shown.wait_for("Enter keep")
        data = b"\x1b[200~" + b"x" * (1 << 20) + b"\x1b[201~"
        while data:
            try:
                data = data[os.write(shown.fd, data[:4096]):]
            except BlockingIOError:
                shown.take(0.01)
        # The beginning that was taken is still more than a filter may be.
        shown.wait_for("a filter of more than 256 bytes", deadline_s=30)
        shown.press("\x1b")
        self.unmoved(shown, before)
        self.leave(shown)

    def test_broken_sequences_do_nothing(self):
        shown = self.opened()
        before = shown.text
        for data in (b"\x1b[", b"\x1b[1;", b"\x1b[999999999999999;5~", b"\x1bO", b"\x1b[<1;2;",
                     b"\x1b[<0;500;500M", b"\x1b[M\xff\xff\xff", b"\x1b]52;c;unfinished",
                     b"\x1bPunfinished", b"\x1b_unfinished", b"\x1b[200", b"\x1b[201~",
                     b"\x1b[?1;2c", b"\x1b[24;80R", b"\x1b[I", b"\x1b[O", b"\xff\xfe\x80",
                     b"\xf0\x9f\x98", b"\x00", b"\x1b]10;rgb:ffff/ffff/ffff\x1b\\",
                     b"\x1bP>|xterm(379)\x1b\\"):
            with self.subTest(data):
                shown.press(data)
                self.unmoved(shown, before)
        self.leave(shown)

    def test_strings_without_end_end_with_the_next_pause(self):
        shown = self.opened()
        before = shown.text
        for begin in (b"\x1b[", b"\x1b]0;", b"\x1bP", b"\x1b_", b"\x1bO"):
            with self.subTest(begin):
                data = begin + b"1;" * 30000
                while data:
                    try:
                        data = data[os.write(shown.fd, data[:4096]):]
                    except BlockingIOError:
                        shown.take(0.01)
                self.unmoved(shown, before)
        self.leave(shown)

    def test_an_unfinished_paste_is_not_taken_as_keys_when_it_goes_on(self):
        shown = self.opened()
        shown.press(b"\x1b[200~jjj")
        shown.quiet()
        shown.press(b"QQQ\x1b[201~")
        shown.wait_for("pasted text is not taken as keys")
        self.leave(shown)

    def test_noise_on_the_line_is_survived(self):
        """Anything but the keys that leave, suspend, or stop the terminal's output."""
        dice = random.Random(52)
        shown = self.opened()
        for _ in range(60):
            noise = bytes(dice.choice([b for b in range(256) if b not in b"qQyoO\x03\x1a\x13\x11"])
                          for _ in range(200))
            shown.press(noise)
            shown.take(0.01)
        shown.press(b"\x1b[201~\x1b\\")
        shown.quiet()
        shown.press("\x1b")
        shown.quiet()
        shown.press("\x03")
        self.assertEqual(shown.wait(), 0)
        self.assert_sane(shown)


class Printing(Clipboard):
    """The key that shows plain text on the normal screen."""

    def test_it_is_whole_and_unwrapped_and_a_key_comes_back(self):
        shown = self.opened()
        before = shown.text
        begin = len(shown.seen)
        shown.press("o")
        shown.wait_until(lambda _: b"press a key to return" in shown.seen[begin:], what="the text")
        shown.quiet()
        self.assertFalse(shown.in_alternate)
        self.assertTrue(shown.cursor_visible)
        self.assertNotIn("2004", shown.settings_left)
        printed = shown.seen[shown.seen.rindex(b"\x1b[?1004l"):].decode()
        names = sorted(name for name, in self.host.rows("SELECT name FROM pipeline"))
        lines = printed.split("\r\n")
        for name in names:
            with self.subTest(name):
                self.assertEqual(len([line for line in lines if f" {name} " in line]), 1)
        self.assertNotIn("~", printed)
        self.assertNotIn("\x1b", printed.partition("\r\n")[2])
        shown.press("j")
        shown.wait_until(lambda _: shown.in_alternate, what="the console again")
        shown.wait_for("q back")
        self.assertEqual(console.cursor_row(shown.text).split()[:4],
                         console.cursor_row(before).split()[:4])
        self.leave(shown)

    def test_its_sentences_are_whole(self):
        """Also the longest one. (The list of pipelines has only the beginnings of such.)"""
        for keys in ("H", "/enterprise\r\r"):
            with self.subTest(keys):
                shown = self.opened()
                shown.press(keys)
                shown.quiet()
                shown.press("o")
                shown.wait_until(lambda _, shown=shown: not shown.in_alternate, what="the text")
                shown.quiet()
                self.assertIn(b"the same for 41 more tables, see the build's log", shown.seen)
                shown.press(" ")
                shown.wait_for("? help")
                self.leave(shown)

    def test_a_size_that_changes_meanwhile_is_taken_up(self):
        shown = self.opened()
        shown.press("o")
        shown.wait_for("press a key to return")
        shown.resize(40, 120)
        shown.quiet()
        self.assertFalse(shown.in_alternate, "a resize is no key")
        shown.press(" ")
        shown.wait_until(lambda _: "q back" in shown.line(39), what="the hints on the last line")
        self.assertIn("Pipelines", shown.line(1))
        self.leave(shown)

    def test_from_every_screen_and_back(self):
        shown = self.opened()
        for line in ("home", "pipelines", "pipeline sales-orders", "executions sales-orders",
                     "describe sales-orders", "changes", "messages", "help", "settings"):
            with self.subTest(line):
                self.say(shown, line)
                shown.wait_for("? help")
                shown.quiet(0.15)
                crumbs = shown.line(1)
                shown.press("o")
                shown.wait_for("press a key to return")
                shown.press("\r")
                shown.wait_for("? help")
                self.assertEqual(shown.line(1), crumbs)
        self.leave(shown)


if __name__ == "__main__":
    lab.main()
