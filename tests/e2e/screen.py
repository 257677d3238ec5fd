"""The console as a person sees it: penstock on a pseudo-terminal, its bytes shown by libvterm.

    with Screen(home, "demo", rows=24, cols=80) as screen:
        screen.wait_for("sales-orders")
        screen.press("/led")
        screen.line(0), screen.cursor_visible, screen.in_alternate

Without libvterm the import still works, and HAS_VTERM tells.
"""

import ctypes
import ctypes.util
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

import lab

class Rect(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int) for name in ("start_row", "end_row", "start_col", "end_col")]


def load():
    for name in ("libvterm.so.0", ctypes.util.find_library("vterm")):
        try:
            lib = ctypes.CDLL(name) if name else None
        except OSError:
            continue
        if lib:
            for fn in (lib.vterm_new, lib.vterm_obtain_screen):
                fn.restype = ctypes.c_void_p
            for fn in (lib.vterm_input_write, lib.vterm_screen_get_text):
                fn.restype = ctypes.c_size_t
            return lib
    return None


VTERM = load()
HAS_VTERM = VTERM is not None


def settings_left(seen, heights):
    """What these bytes have changed of a terminal and not changed back: private modes, keypad,
    scrolling region, colours, character set. Empty when they leave it as it was. A region of a
    whole screen is none; heights are those that it had."""
    modes = {}
    for numbers, word in re.findall(rb"\x1b\[\?([\d;]+)([hl])", seen):
        modes.update((number, word == b"h") for number in numbers.split(b";"))
    left = {number.decode() for number, is_on in modes.items() if is_on != (number in (b"7", b"25"))}
    for name, pattern, plain in (
            ("keypad", rb"\x1b[=>]", (b"\x1b>",)),
            ("region", rb"\x1b\[[\d;]*r", (b"\x1b[r", *(b"\x1b[1;%dr" % rows for rows in heights))),
            ("colours", rb"\x1b\[[\d;]*m", (b"\x1b[m", b"\x1b[0m", b"\x1b[0;10m", b"\x1b[m\x0f")),
            ("cursor", rb"\x1b\[\?\d+c", (b"\x1b[?0c",)),
            ("characters", rb"[\x0e\x0f]", (b"\x0f",))):
        found = re.findall(pattern, seen)
        if found and found[-1] not in plain:
            left.add(name)
    return left


class Picture:
    """What the bytes so far look like."""

    def __init__(self, rows, cols, is_utf8):
        self.rows, self.cols = rows, cols
        self.vt = ctypes.c_void_p(VTERM.vterm_new(rows, cols))
        VTERM.vterm_set_utf8(self.vt, int(is_utf8))
        self.screen = ctypes.c_void_p(VTERM.vterm_obtain_screen(self.vt))
        VTERM.vterm_screen_enable_altscreen(self.screen, 1)
        VTERM.vterm_screen_reset(self.screen, 1)

    def feed(self, data):
        VTERM.vterm_input_write(self.vt, ctypes.c_char_p(data), ctypes.c_size_t(len(data)))

    def resize(self, rows, cols):
        self.rows, self.cols = rows, cols
        VTERM.vterm_set_size(self.vt, rows, cols)

    def line(self, row):
        out = ctypes.create_string_buffer(self.cols * 32)
        size = VTERM.vterm_screen_get_text(self.screen, out, ctypes.c_size_t(len(out)),
                                           Rect(row, row + 1, 0, self.cols))
        return out.raw[:size].decode("utf-8", "replace").rstrip()

    def close(self):
        VTERM.vterm_free(self.vt)


class Screen:
    """penstock, or any command, on a terminal and in a session of its own."""

    def __init__(self, home, *args, rows=24, cols=80, env=None, ignores_hangup=False, argv=None):
        self.seen = b""
        self.cpu_s = 0.0  # of it and its children, once it has ended
        self.started_at = time.monotonic()
        merged = home._with(env)
        is_utf8 = "UTF-8" in merged.get("LC_ALL", merged.get("LANG", ""))
        self.picture = Picture(rows, cols, is_utf8)
        self.heights = {rows}
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                self._size(0, rows, cols)
                if ignores_hangup:
                    signal.signal(signal.SIGHUP, signal.SIG_IGN)
                argv = argv or [os.path.abspath(home.binary), *args]
                os.chdir(home.dir)  # what it saves is no part of the tests' own folder
                os.execvpe(argv[0], argv, merged)
            finally:
                os._exit(127)
        self.modes = termios.tcgetattr(self.fd)
        os.set_blocking(self.fd, False)
        os.set_inheritable(self.fd, False)  # or the next one would keep this terminal alive

    @staticmethod
    def _size(fd, rows, cols):
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def take(self, wait_s=0.0):
        """Show what has come, waiting at most so long for it; the number of bytes."""
        count = 0
        while self.fd >= 0 and select.select([self.fd], [], [], 0 if count else wait_s)[0]:
            try:
                data = os.read(self.fd, 1 << 16)
            except OSError:
                break
            if not data:
                break
            count += len(data)
            self.seen += data
            self.picture.feed(data)
        return count

    @property
    def lines(self):
        return [self.picture.line(row) for row in range(self.picture.rows)]

    @property
    def text(self):
        return "\n".join(self.lines)

    def line(self, row):
        return self.picture.line(row)

    @property
    def cursor_visible(self):
        return self.seen.rfind(b"\x1b[?25l") <= self.seen.rfind(b"\x1b[?25h")

    @property
    def in_alternate(self):
        return self.seen.rfind(b"\x1b[?1049h") > self.seen.rfind(b"\x1b[?1049l")

    @property
    def settings_left(self):
        return settings_left(self.seen, self.heights)

    def wait_until(self, condition, deadline_s=20, what="a picture"):
        """Until condition(text); returns the text."""
        end = time.monotonic() + deadline_s
        while True:
            self.take(0.02)
            text = self.text
            if condition(text):
                return text
            if time.monotonic() > end:
                raise AssertionError(f"not within {deadline_s} s: {what}; the screen:\n{text}")

    def wait_for(self, *words, deadline_s=20):
        return self.wait_until(lambda text: all(word in text for word in words), deadline_s,
                               f"{words!r}")

    def wait_without(self, word, deadline_s=20):
        return self.wait_until(lambda text: word not in text, deadline_s, f"no {word!r}")

    def press(self, keys):
        os.write(self.fd, keys.encode() if isinstance(keys, str) else keys)

    def resize(self, rows, cols):
        self.take()
        self.picture.resize(rows, cols)
        self.heights.add(rows)
        self._size(self.fd, rows, cols)

    def kill(self, number):
        os.kill(self.pid, number)

    def quiet(self, pause_s=0.3, deadline_s=20):
        """Until nothing has come for so long; the number of bytes until then."""
        begin, end = len(self.seen), time.monotonic() + deadline_s
        while self.take(pause_s):
            if time.monotonic() > end:
                raise AssertionError(f"it still writes after {deadline_s} s")
        return len(self.seen) - begin

    def hang_up(self):
        os.close(self.fd)
        self.fd = -1

    def wait(self, deadline_s=20):
        """Its exit code; negative for a signal."""
        def look():
            self.take()
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
            return (status, usage.ru_utime + usage.ru_stime) if pid else None
        status, self.cpu_s = lab.wait_for(look, deadline_s, pause_s=0.002, what="the end of it")
        self.pid = 0
        self.take()
        return os.waitstatus_to_exitcode(status)

    def close(self):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.pid = 0
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1
        self.picture.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()
