"""Stories of the console: penstock on a pseudo-terminal, and words for what a person looks at.

    class Story(console.Story):
        def test_one_thing(self):
            shown = self.open(self.filled(self.sandbox("--seed", "demo", "--step")), "--cached")
            shown.wait_for("sales-orders")
            shown.press("\\r")
            self.on(shown, "Home", "sales-orders")
"""

import collections
import unittest

import lab
import screen

NAMED_KEYS = {"Enter": "\r", "Esc": "\x1b", "Tab": "\t", "Up": "\x1bOA", "Down": "\x1bOB",
              "Right": "\x1bOC", "Left": "\x1bOD", "Home": "\x1bOH", "End": "\x1bOF",
              "Space": " ", "PgUp": "\x1b[5~", "PgDn": "\x1b[6~", "F1": "\x1bOP", "F5": "\x1b[15~"}
HINTS = "? help"  # on the last line of every screen

Key = collections.namedtuple("Key", "screen command key help")


def key_bytes(word):
    """What a terminal sends for a key as the help writes it: "gg", "^L", "PgDn"."""
    if word in NAMED_KEYS:
        return NAMED_KEYS[word]
    return chr(ord(word[1]) & 31) if len(word) == 2 and word[0] == "^" else word


def cursor_row(text):
    """The line under the cursor, which begins with '>'."""
    return next((line for line in text.splitlines() if line.startswith(">")), "")


def row(text, name):
    """The line of a pipeline."""
    return next((line for line in text.splitlines() if f" {name} " in line + " "), "")


@unittest.skipUnless(screen.HAS_VTERM, "libvterm is not installed")
class Story(lab.Story):
    def open(self, home, *args, **more):
        return self.enterContext(screen.Screen(home, *args, **more))

    def filled(self, sandbox, **more):
        """A home whose cache equals the sandbox."""
        home = self.home(sandbox, **more)
        self.assert_ended(home.run("sync"), 0)
        return home

    def keys(self):
        """The console's own list: every command of every screen, a line for each key."""
        done = self.home().run("help", "keys", "--plain")
        self.assert_ended(done, 0)
        return [Key(*line.split("\t")) for line in done.out.splitlines()]

    def on(self, shown, *crumbs, deadline_s=20):
        """Until the crumbs are these; the picture."""
        want = " > ".join(crumbs)
        return shown.wait_until(lambda _: (shown.line(1).strip() + "  ").startswith(want + "  "),
                                deadline_s, f"the crumbs {want!r}")

    def say(self, shown, line):
        """Typed into the palette."""
        shown.press(":")
        shown.wait_until(lambda _: shown.line(shown.picture.rows - 1).startswith(":"),
                         what="the palette")
        shown.press(line + "\r")

    def leave(self, shown):
        shown.press("Q")
        self.assertEqual(shown.wait(), 0, shown.seen[-3000:])
        self.assert_sane(shown)

    def assert_sane(self, shown):
        """No sanitizer spoke, and the terminal is given back."""
        for word in (b"Sanitizer", b"runtime error: "):
            at = shown.seen.find(word)
            self.assertEqual(at, -1, shown.seen[at:at + 4000])
        self.assertFalse(shown.in_alternate)
        self.assertTrue(shown.cursor_visible)
