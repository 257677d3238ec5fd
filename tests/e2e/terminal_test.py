"""The console on a real pseudo-terminal: what it needs of one, and that it always gives it back."""

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import termios

import lab

LEAVES_SCREEN = b"\x1b[?1049l"
HINTS = b"refresh"


class Terminal:
    """A pseudo-terminal of our own with penstock on it, in a session of its own."""

    def __init__(self, home, *args, ignores_hangup=False, rows=24, cols=80, env=None):
        self.seen = b""
        size = struct.pack("HHHH", rows, cols, 0, 0)
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, size)
            if ignores_hangup:
                signal.signal(signal.SIGHUP, signal.SIG_IGN)
            os.execvpe(home.binary, [home.binary, *args], home._with(env))

    def read(self, pause_s=0.05):
        """What comes until nothing has come for pause_s."""
        got = b""
        while select.select([self.fd], [], [], pause_s)[0]:
            try:
                part = os.read(self.fd, 65536)
            except OSError:
                break
            if not part:
                break
            got += part
        self.seen += got
        return got

    def wait_for(self, marker, deadline_s=20):
        lab.wait_for(lambda: self.read(0.02) is not None and marker in self.seen, deadline_s,
                     what=f"{marker!r} on the terminal, which has {self.seen[-500:]!r}")

    def press(self, keys):
        os.write(self.fd, keys)

    def resize(self, rows, cols):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def is_cooked(self):
        return bool(termios.tcgetattr(self.fd)[3] & termios.ICANON)

    def hang_up(self):
        os.close(self.fd)
        self.fd = -1

    def ended(self, deadline_s=20):
        """The wait status; what is still to be read is read meanwhile."""
        def look():
            if self.fd >= 0:
                self.read(0.005)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            return (status,) if pid else None
        status = lab.wait_for(look, deadline_s, pause_s=0.001, what="the end of penstock")[0]
        self.pid = 0
        return status

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        if self.fd >= 0:
            os.close(self.fd)


class TerminalStory(lab.Story):
    def console(self, *args, home=None, **more):
        return self.enterContext(Terminal(home or self.home(), "--cached", *args, **more))

    def opened(self, *args, **more):
        console = self.console(*args, **more)
        console.wait_for(HINTS)
        return console

    def test_without_a_terminal_there_is_one_sentence(self):
        done = self.home().run()
        self.assert_ended(done, 2)
        self.assert_sentence(done.err, "terminal", "penstock status")
        self.assertEqual(done.out, "")

    def test_a_terminal_type_that_will_not_do_is_named(self):
        for kind, word in ((None, "TERM is not set"), ("", "TERM is not set"),
                           ("nonsense", "TERM=nonsense"), ("dumb", "TERM=dumb")):
            with self.subTest(kind):
                console = self.console(env={"TERM": kind})
                self.assertEqual(os.waitstatus_to_exitcode(console.ended()), 2)
                self.assert_sentence(console.seen.decode().replace("\r", ""), word)

    def test_every_terminal_type_is_drawn_on_and_given_back(self):
        for kind in ("xterm-256color", "tmux-256color", "screen", "linux", "vt100"):
            with self.subTest(kind):
                console = self.opened(env={"TERM": kind})
                console.press(b"q")
                self.assertEqual(console.ended(), 0)
                self.assertTrue(console.is_cooked())

    def test_each_way_out_gives_the_terminal_back(self):
        for keys in (b"q", b"Q", b"\x03"):
            with self.subTest(keys):
                console = self.opened()
                console.press(keys)
                self.assertEqual(console.ended(), 0)
                self.assertIn(LEAVES_SCREEN, console.seen)
                self.assertTrue(console.is_cooked())
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            with self.subTest(number):
                console = self.opened()
                os.kill(console.pid, number)
                self.assertEqual(console.ended(), 0)
                self.assertIn(LEAVES_SCREEN, console.seen)
                self.assertTrue(console.is_cooked())

    def test_impatient_signals_do_not_leave_it_half_way(self):
        for _ in range(30):
            console = self.opened()
            while console.pid and os.waitpid(console.pid, os.WNOHANG)[0] == 0:
                os.kill(console.pid, signal.SIGTERM)
            console.pid = 0
            console.read()
            self.assertIn(LEAVES_SCREEN, console.seen)

    def test_a_crash_gives_the_terminal_back(self):
        for number in (signal.SIGSEGV, signal.SIGABRT):
            with self.subTest(number):
                console = self.opened()
                os.kill(console.pid, number)
                self.assertTrue(os.WIFSIGNALED(console.ended()))
                self.assertIn(LEAVES_SCREEN, console.seen)
                self.assertTrue(console.is_cooked())

    def test_a_terminal_that_goes_away_is_left(self):
        for ignores in (False, True):
            with self.subTest(ignores):
                console = self.opened(ignores_hangup=ignores)
                console.hang_up()
                console.ended(deadline_s=5)

    def test_idle_writes_nothing(self):
        console = self.opened()
        console.read(0.3)
        self.assertEqual(console.read(2.5), b"")

    def test_keys_that_come_without_end_do_not_keep_it_from_drawing(self):
        console = self.opened()
        console.read()
        os.set_blocking(console.fd, False)
        keys = b"?jq" * 20000  # no picture is twice the same when a turn ends
        sent = drawn = 0
        while sent < len(keys):
            ready = select.select([console.fd], [console.fd], [], 20)
            self.assertTrue(ready[0] or ready[1], "it is stuck")
            if ready[0]:
                drawn += len(os.read(console.fd, 65536))
            if ready[1]:
                with contextlib.suppress(BlockingIOError):
                    sent += os.write(console.fd, keys[sent:sent + 999])
        os.set_blocking(console.fd, True)
        self.assertGreater(drawn, 0, "nothing was drawn meanwhile")
        console.press(b"qQ")
        self.assertEqual(console.ended(), 0)

    def test_any_size_is_survived(self):
        console = self.opened()
        for rows, cols in ((1, 1), (15, 60), (2, 300), (100, 3), (60, 200), (14, 59)):
            console.resize(rows, cols)
            console.press(b"jG?q/x\x1b")
            console.read()
        console.wait_for(b"need 60x15")
        console.resize(24, 80)
        console.press(b"Q")
        self.assertEqual(console.ended(), 0)

    def test_frames_can_be_counted_for_a_smoke_run(self):
        console = self.console("--iterations", "3")
        self.assertEqual(console.ended(), 0)
        self.assertIn(LEAVES_SCREEN, console.seen)

    def test_the_demo_opens_lives_and_ends(self):
        console = self.enterContext(Terminal(self.home(), "demo"))
        console.wait_for(b"sales-orders", 60)
        console.press(b"/sales-orders\r\r")
        console.wait_for(b"Deploy-Stage-", 30)
        console.press(b"qQ")
        self.assertEqual(console.ended(), 0)
        self.assertTrue(console.is_cooked())


if __name__ == "__main__":
    lab.main()
