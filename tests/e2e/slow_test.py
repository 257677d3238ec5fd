"""The console on a terminal that is slow, stopped, or takes nothing at all for a while: frames are dropped
instead of kept, keys are not lost, and it says what it does about it."""

import array
import contextlib
import fcntl
import os
import re
import select
import signal
import termios
import time

import console
import lab
import truth

PICTURE = 6000     # bytes; more than any one of 24x80 needs
TERMINAL = 20000   # bytes; more than the kernel keeps of what is written to a terminal
FULL_S = 2.5       # after a second the console takes the terminal for a slow one


def memory_kb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))


def waiting_in(fd):
    """Bytes that a terminal's keeper could read."""
    count = array.array("i", [0])
    fcntl.ioctl(fd, termios.FIONREAD, count)
    return count[0]


class Slow(console.Story):
    def setUp(self):
        super().setUp()
        self.host = self.filled(self.sandbox("--seed", "demo", "--step"))

    def opened(self, *args, **more):
        shown = self.open(self.host, "--cached", *args, **more)
        shown.wait_for("q quit")
        shown.quiet()
        return shown

    def stall(self, shown):
        """Have it draw one picture after the other until the terminal, which nobody reads, has long
        been full; what waits in there."""
        waiting, since, end = 0, time.monotonic(), time.monotonic() + 30
        while waiting < 1000 or time.monotonic() < since + FULL_S:
            self.assertLess(time.monotonic(), end, "the terminal does not fill up")
            with contextlib.suppress(BlockingIOError):
                shown.press("?")
            select.select([], [shown.fd], [], 0.02)
            time.sleep(0.01)  # as a person types: keys that come together make one picture
            count = waiting_in(shown.fd)
            if count != waiting:
                waiting, since = count, time.monotonic()
        return waiting


class Stalled(Slow):
    def test_what_comes_after_a_stall_is_about_a_picture(self):
        # A sanitizer keeps what was freed; of that only a little here.
        shown = self.opened(env={"ASAN_OPTIONS": "quarantine_size_mb=1"})
        shown.press("??")
        shown.quiet()
        before, begin = memory_kb(shown.pid), len(shown.seen)
        self.stall(shown)
        self.assertLess(memory_kb(shown.pid) - before, 8192)
        shown.quiet()
        # What the terminal held, the rest of the picture under way, and how it is now.
        self.assertLess(len(shown.seen) - begin, TERMINAL + 2 * PICTURE)
        shown.press("p")
        shown.wait_for("Pipelines", "iot-telemetry-prod", deadline_s=2)
        self.leave(shown)

    def test_frames_are_dropped_and_counted(self):
        shown = self.opened(rows=30, cols=120)
        self.stall(shown)
        shown.quiet()
        shown.press("M")
        text = shown.wait_until(lambda text: re.search(r"[1-9]\d* dropped", text), what="the meter")
        self.assertRegex(text, r"\d kB in \d+ frames, [1-9]\d* dropped")
        self.leave(shown)

    def test_a_slow_terminal_is_said_and_spared(self):
        shown = self.opened(rows=40)
        self.stall(shown)
        end = time.monotonic() + 3
        while time.monotonic() < end:  # a modem of the last century
            self.sip(shown, 100)
            with contextlib.suppress(BlockingIOError):
                shown.press("?")
            time.sleep(0.05)
        shown.quiet()
        shown.press("@")
        text = shown.wait_for("Messages")
        self.assertIn("the terminal is slow: low-bandwidth rules are on", " ".join(text.split()))
        shown.press("pH")
        text = shown.wait_for("Home", "customer-360")
        self.assertFalse(re.search(r"(?m) \d+s$", text), "its ages are not coarse")
        shown.press("Q")
        self.assertEqual(shown.wait(), 0)

    def test_a_pause_alone_makes_no_slow_terminal(self):
        """Somebody scrolls back, or a laptop sleeps."""
        shown = self.opened()
        self.stall(shown)
        shown.quiet()
        shown.press("@")
        self.assertIn("Nothing was said yet", shown.wait_for("Messages"))
        self.leave(shown)

    def test_the_end_comes_also_when_nothing_is_taken(self):
        for number in (signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number):
                shown = self.opened()
                self.stall(shown)
                shown.kill(number)
                lab.wait_for(lambda shown=shown: os.waitpid(shown.pid, os.WNOHANG)[0], 15,
                             what="its end")
                shown.pid = 0
                self.assertEqual(termios.tcgetattr(shown.fd), shown.modes)

    def test_a_terminal_that_reads_byte_by_byte_is_kept_up_with(self):
        shown = self.opened()
        shown.press("p")
        end = time.monotonic() + 20
        while "q back" not in shown.text and time.monotonic() < end:
            self.sip(shown, 64)
        shown.press("q")
        shown.wait_for("q quit")
        self.leave(shown)

    @staticmethod
    def sip(shown, count):
        try:
            data = os.read(shown.fd, count)
        except BlockingIOError:
            return
        shown.seen += data
        shown.picture.feed(data)


class FlowControl(Slow):
    def test_stopping_the_output_loses_no_key(self):
        shown = self.opened(rows=40)
        first = console.cursor_row(shown.text)
        shown.press("\x13")
        for _ in range(3):
            shown.press("j")
        self.assertEqual(shown.take(1.0), 0, "it is written to a terminal that was stopped")
        self.assertEqual(console.cursor_row(shown.text), first)
        shown.press("\x11")
        lines = shown.lines
        want = lines.index(next(line for line in lines if line.startswith(">"))) + 3
        shown.wait_until(lambda _: shown.line(want).startswith(">"), what="three rows below")
        self.leave(shown)

    def test_it_ends_while_the_output_is_stopped(self):
        shown = self.opened()
        shown.press("\x13")
        shown.press("jjj")
        shown.kill(signal.SIGTERM)
        self.assertEqual(shown.wait(deadline_s=10), 0)
        self.assert_sane(shown)
        self.assertEqual(termios.tcgetattr(shown.fd), shown.modes)


class LowBandwidth(Slow):
    def test_ages_are_coarse_from_the_start(self):
        for args, config in ((("--low-bandwidth",), ""),
                             ((), "[console]\nlow_bandwidth = true\n")):
            with self.subTest(args):
                self.host.set_config(config)
                shown = self.opened(*args, rows=40)
                ages = re.findall(r"(?m) (\S+)$", "\n".join(shown.lines[3:20]))
                self.assertFalse([age for age in ages if re.fullmatch(r"\d+s", age)], ages)
                shown.press(":low-bandwidth\r")
                shown.wait_until(lambda text: re.search(r"(?m) \d+s$", text), what="seconds again")
                self.leave(shown)

    def test_a_quiet_minute_costs_nothing(self):
        """With seconds on the screen each would be painted."""
        shown = self.opened("--low-bandwidth")
        shown.quiet()
        self.assertEqual(shown.take(2.5), 0, shown.seen[-200:])
        self.leave(shown)

    def test_a_change_costs_few_bytes(self):
        sandbox = self.sandbox("--seed", "demo", "--step")
        aws = self.enterContext(truth.Client(sandbox))
        home = self.filled(sandbox)
        shown = self.open(home, "--low-bandwidth", rows=40, cols=120)
        shown.wait_for("synced", "weather-feed")
        shown.quiet(1.0)
        before = len(shown.seen)
        aws.start("weather-feed-b")
        shown.wait_until(lambda text: " RUN " in console.row(text, "weather-feed"), 40, "it runs")
        self.assertLess(len(shown.seen) - before, 1500)
        self.leave(shown)


if __name__ == "__main__":
    lab.main()
