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
        self.started_at = time.monotonic()
        merged = home._with(env)
        is_utf8 = "UTF-8" in merged.get("LC_ALL", merged.get("LANG", ""))
        self.picture = Picture(rows, cols, is_utf8)
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                self._size(0, rows, cols)
                if ignores_hangup:
                    signal.signal(signal.SIGHUP, signal.SIG_IGN)
                argv = argv or [home.binary, *args]
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
        self._size(self.fd, rows, cols)

    def kill(self, number):
        os.kill(self.pid, number)

    def hang_up(self):
        os.close(self.fd)
        self.fd = -1

    def wait(self, deadline_s=20):
        """Its exit code; negative for a signal."""
        def look():
            self.take()
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            return (status,) if pid else None
        status = lab.wait_for(look, deadline_s, pause_s=0.002, what="the end of it")[0]
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
