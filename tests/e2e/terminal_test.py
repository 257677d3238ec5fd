"""The console on a real pseudo-terminal: what it needs of one, how it comes through all that happens to
one, and that it always gives it back: no mode is left set, however it ends."""

import os
import random
import re
import select
import signal
import termios
import time

import console
import lab
import screen

TERMS = ("xterm-256color", "tmux-256color", "screen", "linux", "vt100")
COLOUR = re.compile(rb"\x1b\[(?:[\d;]*;)?(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;[\d;]*)?m")


def cpu_s(pid):
    """The processor time that a process has used so far."""
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def timeless(text):
    """Without ages, which go on while one looks, and without the room they take."""
    return [re.sub(r" +", " ", re.sub(r"\b(\d+[smhd]( old)?|just synced)(?= |$)", "#", line)).strip()
            for line in text.splitlines()]


class Terminal(console.Story):
    def setUp(self):
        super().setUp()
        self.host = self.home()

    def console(self, *args, home=None, **more):
        return self.open(home or self.host, "--cached", *args, **more)

    def opened(self, *args, **more):
        shown = self.console(*args, **more)
        shown.wait_for("q quit")
        return shown

    def assert_given_back(self, shown):
        self.assert_sane(shown)
        self.assertEqual(termios.tcgetattr(shown.fd), shown.modes, "the terminal's modes")
        self.assertEqual(shown.settings_left, set(), shown.seen[-300:])

    def ended(self, shown, status=0):
        self.assertEqual(shown.wait(), status, shown.seen[-2000:])
        self.assert_given_back(shown)


class Leaving(Terminal):
    def test_it_takes_what_it_gives_back(self):
        """Else the other tests would prove nothing."""
        shown = self.opened()
        self.assertNotEqual(termios.tcgetattr(shown.fd), shown.modes)
        self.assertTrue({"1049", "25", "2004", "1004"} <= shown.settings_left, shown.settings_left)
        shown.press(":mouse\r")
        shown.wait_for("the mouse moves the cursor")
        self.assertTrue({"1000", "1006"} <= shown.settings_left, shown.settings_left)
        shown.press("Q")
        self.ended(shown)

    def test_each_key_and_each_signal_that_ends_it(self):
        for way in ("q", "Q", "\x03", signal.SIGTERM, signal.SIGHUP, signal.SIGINT,
                    signal.SIGQUIT):
            with self.subTest(way):
                shown = self.opened()
                shown.press(way) if isinstance(way, str) else shown.kill(way)
                self.ended(shown)

    def test_from_every_state_it_can_be_in(self):
        for keys, word in ((":theme", "theme"), ("/abc", "Enter keep"), ("?", "q back"),
                           (":mouse\r", "the mouse moves"), ("o", "press a key to return"),
                           (":nonsense\r", "there is no command")):
            for number in (signal.SIGTERM, signal.SIGSEGV):
                with self.subTest(keys, number=number):
                    shown = self.opened()
                    shown.press(keys)
                    shown.wait_for(word)
                    shown.kill(number)
                    self.ended(shown, 0 if number == signal.SIGTERM else -number)

    def test_a_crash_is_not_hidden(self):
        for number in (signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT):
            for term in ("xterm-256color", "linux", "vt100"):
                with self.subTest(number, term=term):
                    shown = self.opened(env={"TERM": term})
                    shown.kill(number)
                    self.ended(shown, -number)

    def test_impatient_signals_do_not_leave_it_half_way(self):
        for _ in range(30):
            shown = self.opened()
            while shown.pid and os.waitpid(shown.pid, os.WNOHANG)[0] == 0:
                shown.kill(signal.SIGTERM)
            shown.pid = 0
            shown.take()
            self.assert_given_back(shown)

    def test_a_terminal_that_goes_away_is_left_without_a_loop(self):
        for ignores in (False, True):
            for args in (("--cached",), ("demo",)):
                with self.subTest(ignores=ignores, args=args):
                    shown = self.open(self.host, *args, ignores_hangup=ignores)
                    shown.wait_for("q quit")
                    before, begin = cpu_s(shown.pid), time.monotonic()
                    shown.hang_up()
                    shown.wait(deadline_s=5)
                    self.assertLess(time.monotonic() - begin, 1.0)
                    self.assertLess(shown.cpu_s - before, 0.5)

    def test_it_leaves_a_terminal_that_goes_away_while_it_draws(self):
        for ignores in (False, True):
            with self.subTest(ignores):
                shown = self.opened(ignores_hangup=ignores)
                shown.press("?jjjjkkkkq" * 50)
                shown.hang_up()
                shown.wait(deadline_s=5)

    def test_frames_can_be_counted_for_a_smoke_run(self):
        shown = self.console("--iterations", "3")
        self.ended(shown)


class Pausing(Terminal):
    def under_a_shell(self, *args):
        shell = self.open(self.host, argv=["/bin/bash", "--norc", "--noprofile", "-i"],
                          env={"PS1": "ready> ", "HISTFILE": "/dev/null"})
        shell.wait_for("ready>")
        shell.press(f"{self.host.binary} --cached {' '.join(args)}\n")
        shell.wait_for("q quit")
        return shell

    def assert_away(self, shell, before):
        shell.wait_for("Stopped")
        shell.press(f"echo it is\\ {before}\n")
        shell.wait_for(f"it is {before}")
        self.assertEqual(shell.settings_left - {"2004"}, set())  # bash has pastes told to itself
        self.assertTrue(shell.cursor_visible)

    def test_a_key_suspends_it_and_it_comes_back_the_same(self):
        shell = self.under_a_shell()
        shell.press("?")
        shell.wait_for("Help")
        for turn in ("one", "two"):
            shell.press("\x1a")
            self.assert_away(shell, turn)
            self.assertIn(" echo", self.stty(shell))
            shell.press("fg\n")
            shell.wait_for("Help", "q back")
            self.assertTrue(shell.in_alternate)
            self.assertFalse(shell.cursor_visible)
        shell.press("qq")
        shell.wait_for("it is two")
        shell.press("echo status=$?\n")
        shell.wait_for("status=0")
        shell.press("exit\n")
        shell.wait()

    def stty(self, shell):
        at = len(shell.seen)
        shell.press("stty -a; echo that is\\ all\n")
        shell.wait_for("that is all")
        return shell.seen[at:].decode()

    def test_a_size_that_changed_meanwhile_is_taken_up(self):
        shell = self.under_a_shell()
        shell.press("\x1a")
        shell.wait_for("Stopped")
        shell.resize(40, 100)
        shell.press("fg\n")
        shell.wait_until(lambda _: "q quit" in shell.line(39), what="the hints on the last line")
        shell.press("Q")
        shell.wait_for("ready>")

    def test_a_signal_suspends_it_and_another_wakes_it(self):
        """As when another process stops it: the shell is told, and has its terminal."""
        shell = self.under_a_shell()
        child = self.child_of(shell.pid)
        for turn in ("one", "two"):
            os.kill(child, signal.SIGTSTP)
            self.assert_away(shell, turn)
            shell.press("fg\n")
            shell.wait_for("q quit")
            self.assertTrue(shell.in_alternate)
        os.kill(child, signal.SIGTERM)
        shell.wait_until(lambda _: not shell.in_alternate, what="its end")

    def test_it_comes_back_from_a_stop_that_cannot_be_caught(self):
        shell = self.under_a_shell()
        os.kill(self.child_of(shell.pid), signal.SIGSTOP)
        shell.wait_for("Stopped")
        shell.press("fg\n")
        shell.wait_until(lambda text: "q quit" in text and "Stopped" not in text,
                         what="a whole picture")
        shell.press("Q")
        shell.wait_until(lambda _: not shell.in_alternate, what="its end")

    @staticmethod
    def child_of(pid):
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
            return int(children.read().split()[0])


class Sizes(Terminal):
    def setUp(self):
        super().setUp()
        self.host = self.filled(self.sandbox("--seed", "demo", "--step"))

    def assert_as_fresh(self, shown, rows, cols):
        """What a console that starts at this size shows."""
        with screen.Screen(self.host, "--cached", rows=rows, cols=cols) as fresh:
            fresh.wait_for("q quit")
            fresh.quiet()
            shown.wait_until(lambda text: timeless(text) == timeless(fresh.text),
                             what=f"at {cols}x{rows} the same as\n{fresh.text}\nbut it is\n")

    def test_a_storm_of_sizes_ends_in_the_right_picture(self):
        dice = random.Random(3)
        shown = self.opened()
        for rows, cols in ((24, 80), (15, 60), (100, 300), (50, 200)):
            for _ in range(40):
                shown.resize(dice.randint(1, 100), dice.randint(1, 300))
                if dice.random() < 0.3:
                    shown.press(dice.choice("jkG"))
                if dice.random() < 0.3:
                    shown.take(0.02)
            shown.resize(rows, cols)
            shown.press("gg")
            with self.subTest(rows=rows, cols=cols):
                self.assert_as_fresh(shown, rows, cols)
        shown.press("Q")
        self.ended(shown)

    def test_every_size_on_the_way_is_survived(self):
        shown = self.opened()
        for rows, cols in ((1, 1), (1, 300), (100, 1), (2, 2), (15, 60), (2, 300), (100, 3),
                           (60, 200), (14, 59), (14, 60), (15, 59), (16, 61)):
            shown.resize(rows, cols)
            shown.press("jG?q/x\x1b:he\x1b")
            shown.quiet(0.1)
        shown.resize(100, 300)
        shown.wait_until(lambda _: "quit" in shown.line(99), what="the hints on the last line")
        shown.press("Q")
        self.ended(shown)

    def test_too_small_says_what_it_needs(self):
        shown = self.opened(rows=24, cols=80)
        for rows, cols in ((14, 60), (15, 59), (10, 40), (1, 80)):
            shown.resize(rows, cols)
            text = shown.wait_for(f"need 60x15, have {cols}x{rows}")
            self.assertNotIn("iot-telemetry", text)
        shown.resize(15, 60)
        shown.wait_for("iot-telemetry", "quit")
        shown.press("Q")
        self.ended(shown)

    def test_it_may_begin_too_small(self):
        shown = self.console(rows=1, cols=1)
        shown.wait_for("~")
        shown.press("jjG?:x\r")
        shown.resize(24, 80)
        shown.wait_for("quit" if "quit" in shown.text else "help")
        shown.press("\x03")
        self.ended(shown)

    def test_exported_lines_and_columns_are_not_believed(self):
        shown = self.opened(rows=20, cols=70, env={"LINES": "50", "COLUMNS": "200"})
        self.assertIn("quit", shown.line(19))
        shown.press("q")
        self.ended(shown)


class Kinds(Terminal):
    def setUp(self):
        super().setUp()
        self.host = self.filled(self.sandbox("--seed", "demo", "--step"))

    def bytes_of(self, *args, sign=None, **env):
        """All that it writes in a short life, in which this sign of a failure is shown."""
        shown = self.opened(*args, rows=30, env=env)
        shown.press("p")
        shown.wait_for("Pipelines", "iot-telemetry-prod", f"{sign or ''} FAIL")
        shown.press("j\r")
        shown.wait_for("q back", "Deploy-Stage-")
        shown.press("?")
        shown.wait_for("Help")
        shown.press("qqqq")
        self.ended(shown)
        return shown.seen

    def test_every_kind_in_both_character_sets(self):
        for term in TERMS:
            for locale in ("C", "C.UTF-8"):
                with self.subTest(term=term, locale=locale):
                    seen = self.bytes_of(TERM=term, LC_ALL=locale,
                                         sign="x" if locale == "C" else "✗")
                    self.assertEqual(seen.isascii(), locale == "C")

    def test_a_locale_that_is_not_installed_still_gives_signs(self):
        self.bytes_of(LC_ALL=None, LANG="xx_XX.UTF-8", sign="✗")
        self.assertTrue(self.bytes_of(LC_ALL=None, LANG="xx_XX.ISO-8859-1", sign="x").isascii())
        self.assertTrue(self.bytes_of(LC_ALL=None, LANG=None, LC_CTYPE=None, sign="x").isascii())

    def test_no_color_means_none(self):
        for term in TERMS[:-1]:
            with self.subTest(term):
                self.assertRegex(self.bytes_of(TERM=term), COLOUR)
                self.assertNotRegex(self.bytes_of(TERM=term, NO_COLOR="1"), COLOUR)
        self.assertNotRegex(self.bytes_of(TERM="vt100"), COLOUR)
        self.assertNotRegex(self.bytes_of("--theme", "mono"), COLOUR)

    def test_ascii_signs_are_asked_for_by_an_option_or_the_config(self):
        for args, config in ((("--ascii",), ""), ((), "[console]\nascii = true\n")):
            with self.subTest(args):
                self.host.set_config(config)
                seen = self.bytes_of(*args, sign="x")
                self.assertTrue(seen.isascii(), re.findall(rb"[\x80-\xff]+", seen)[:5])

    def test_ascii_holds_for_names_too(self):
        """Whoever asks for it has a terminal that would misread the rest."""
        host = self.filled(self.sandbox("--seed", "demo", "--step"), profile="test")
        for args, env, word in (((), {}, "wide 幅広"), (("--ascii",), {}, "wide ????"),
                                ((), {"LC_ALL": "C"}, "wide ????")):
            with self.subTest(args, **env):
                shown = self.opened(*args, home=host, rows=40, cols=200, env=env)
                shown.press(":pipeline text-torture\r")
                shown.wait_for("Approve", word)
                shown.press("o")
                shown.wait_for("press a key to return", word[:7])
                shown.press("\x03\x03")
                self.ended(shown)
                self.assertEqual(shown.seen.isascii(), "?" in word)

    def test_without_a_terminal_there_is_one_sentence(self):
        done = self.host.run()
        self.assert_ended(done, 2)
        self.assert_sentence(done.err, "terminal", "penstock status")
        self.assertEqual(done.out, "")

    def test_a_kind_that_will_not_do_is_named(self):
        for kind, word in ((None, "TERM is not set"), ("", "TERM is not set"),
                           ("nonsense", "TERM=nonsense"), ("../../etc/passwd", "TERM="),
                           ("x" * 5000, "TERM=")):
            with self.subTest(str(kind)[:20]):
                shown = self.console(env={"TERM": kind})
                self.assertEqual(shown.wait(), 2)
                self.assert_sentence(shown.seen.decode().replace("\r", ""), word)
                self.assertEqual(termios.tcgetattr(shown.fd), shown.modes)

    def test_a_dumb_terminal_is_spoken_to(self):
        shown = self.console(env={"TERM": "dumb"})
        shown.wait_for("penstock>")
        self.assertNotIn(b"\x1b", shown.seen)
        self.assertEqual(termios.tcgetattr(shown.fd), shown.modes, "a line is typed as a whole")
        shown.press("q\n")
        self.assertEqual(shown.wait(), 0)

    def test_an_error_before_it_opens_reaches_a_sane_screen(self):
        shown = self.console("--theme", "no-such-theme")
        self.ended(shown, 2)
        self.assert_sentence(shown.seen.decode().replace("\r", ""), "no-such-theme", "default")


class Busy(Terminal):
    def test_idle_writes_nothing(self):
        shown = self.opened()
        shown.quiet()
        self.assertEqual(shown.take(2.5), 0, shown.seen[-200:])

    def test_keys_that_come_without_end_do_not_keep_it_from_drawing(self):
        shown = self.opened()
        shown.take()
        before = len(shown.seen)
        keys = b"?jq" * 20000  # no picture is twice the same when a turn ends
        sent = 0
        while sent < len(keys):
            ready = select.select([shown.fd], [shown.fd], [], 20)
            self.assertTrue(ready[0] or ready[1], "it is stuck")
            if ready[0]:
                shown.take()
            if ready[1]:
                sent += os.write(shown.fd, keys[sent:sent + 999])
        self.assertGreater(len(shown.seen), before, "nothing was drawn meanwhile")
        shown.press("qQ")
        self.ended(shown)

    def test_the_demo_opens_lives_and_ends(self):
        shown = self.open(self.host, "demo")
        shown.wait_for("sales-orders", deadline_s=60)
        shown.press("/sales-orders\r\r")
        shown.wait_for("Deploy-Stage-", deadline_s=30)
        shown.press("qQ")
        self.ended(shown)


if __name__ == "__main__":
    lab.main()
