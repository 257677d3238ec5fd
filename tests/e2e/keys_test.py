"""Every key of every screen and every word of the palette, from the console's own lists, pressed in a
real terminal: nothing is stuck, nothing crashes, and what the list says is taken there is taken."""

import re
import signal

import console
import lab

TARGET = "sales-orders"
# What a person types behind a command that takes something.
ARGUMENTS = {"pipeline": TARGET, "executions": TARGET, "describe": TARGET, "notify": TARGET,
             "at": "-1m", "theme": "mono", "filter": "o", "sort": "name"}
NEEDS_NAME = ("pipeline", "executions", "describe")
# Letters are typed there, so keys are not the same as elsewhere: their own stories press them.
FORMS = ("environment", "create", "edit", "removal", "operation")
OVERLAYS = {"filter": "Enter keep", "palette": "\n:", "sort": "Esc close", "copy-menu": "Esc close",
            "theme": "Esc close", "actions": "Esc close"}
REFUSED = "does nothing on this screen"
PLAIN_HOME = re.compile(r" Home  by [a-z, ]+ +(?:\d+ in all|no change)")
WAIT_S = 5
WRONG_MAX = 4


class Keys(console.Story):
    """One console; it is opened again when a key has left it."""

    rows, cols = 60, 150

    def setUp(self):
        self.host = self.filled(self.sandbox("--seed", "demo", "--step"))
        self.wrong = []
        self.start()

    def start(self):
        self.shown = self.open(self.host, "--read-only", rows=self.rows, cols=self.cols)
        self.shown.wait_for(TARGET, console.HINTS)

    def settle(self):
        """What the last key opened is shown: ^L is taken everywhere, after it, and paints all."""
        begin = len(self.shown.seen)
        self.shown.press("\x0c")
        self.shown.wait_until(lambda _: b"\x1b[H\x1b[2J" in self.shown.seen[begin:] and
                              self.shown.line(self.rows - 1), what="all painted again")

    def leave_forms(self):
        """Out of a form or a menu: a letter would be typed there, or choose."""
        for _ in range(3):
            self.settle()
            if "F1 help" not in self.shown.line(self.rows - 1) and "Esc close" not in self.shown.text:
                return
            self.shown.press("\x1b")
            self.shown.quiet(0.1)  # or the next key would be one with Alt

    def ends_with(self, *crumbs):
        """Until the last crumbs are these."""
        want = re.compile(re.escape(" > ".join(crumbs)) + r"(?:  |$)")
        self.shown.wait_until(lambda _: want.search(self.shown.line(1)), deadline_s=WAIT_S,
                              what=crumbs)

    def answers(self):
        """A screen is opened by the palette, help over it by ?, which closes it, too."""
        self.leave_forms()
        self.say(self.shown, f"describe {TARGET}")
        self.ends_with("Describe")
        self.shown.press("?")
        self.ends_with("Help")
        self.shown.press("?")
        self.ends_with("Describe")

    def visit(self, name):
        """From home, so that each key finds the same."""
        self.shown.press("H")
        self.shown.wait_until(lambda _: re.match(r" Home(?! >)", self.shown.line(1)),
                              deadline_s=WAIT_S, what="home")
        for _ in range(3):  # a filter, problems only, the past
            if not PLAIN_HOME.match(self.shown.line(1)):
                self.say(self.shown, "back")
                self.shown.wait_for(console.HINTS)
        self.shown.wait_until(lambda _: PLAIN_HOME.match(self.shown.line(1)), deadline_s=WAIT_S,
                              what="all rows, now")
        if name == "home":
            return
        self.say(self.shown, f"{name} {TARGET}" if name in NEEDS_NAME else name)
        self.shown.wait_until(lambda _: self.shown.line(1).startswith(" Home > "),
                              deadline_s=WAIT_S, what=name)

    def leaves(self, key, screen):
        return key.command == "quit" or (key.command == "leave" and screen == "home")

    def press(self, key, screen):
        """One key, and what it opened is closed again."""
        # The second time undoes it, else leaving is asked about.
        self.shown.press(console.key_bytes(key.key) * (2 if key.command == "notify" else 1))
        if self.leaves(key, screen):
            self.assertEqual(self.shown.wait(), 0)
            self.assert_sane(self.shown)
            self.start()
        elif key.command == "print":
            self.shown.wait_for("press a key to return")
            self.shown.press("x")
            self.shown.wait_for(console.HINTS)
        elif key.command in OVERLAYS:
            self.close_overlay(key.command)

    def close_overlay(self, command):
        """A menu is none where there is nothing to choose from; a search has other words."""
        words = (OVERLAYS[command], "nothing to copy", "Enter search", "nothing under the cursor", "nothing that could",
                 REFUSED)
        self.shown.wait_until(lambda text: any(word in text for word in words), deadline_s=WAIT_S,
                              what=words)
        self.shown.press("\x1b")
        self.shown.wait_for(console.HINTS)

    def messages(self):
        """All that was said."""
        self.say(self.shown, "messages")
        return self.shown.wait_for("Messages", console.HINTS)

    def try_one(self, screen, what, act):
        """What went wrong is noted, and the next one begins anew."""
        try:
            self.visit(screen)
            act()
            self.answers()
        except AssertionError as wrong:
            self.wrong.append(f"on {screen}: {what}: {wrong}")
            self.assertLess(len(self.wrong), WRONG_MAX, "\n\n".join(self.wrong))
            if self.shown.pid:
                self.shown.kill(signal.SIGKILL)
                self.shown.wait()
            self.start()

    def check_refused(self, screen):
        self.assertNotIn(REFUSED, self.messages(), f"a key that {screen} lists is not taken there")

    def check_screen(self, screen, keys):
        for key in keys:
            self.try_one(screen, key, lambda: self.press(key, screen))
        self.check_refused(screen)

    def screens(self):
        listed = {}
        for key in self.keys():
            if key.screen not in FORMS:
                listed.setdefault(key.screen, []).append(key)
        return listed

    def test_each_key_of_each_screen(self):
        listed = self.screens()
        anywhere = listed.pop("")
        self.assertGreaterEqual(len(listed), 9)
        for screen, keys in listed.items():
            own = {key.key for key in keys}
            self.check_screen(screen, [key for key in keys if key.key] +
                              [key for key in anywhere if key.key and key.key not in own])
        self.leave(self.shown)
        self.assertEqual(self.wrong, [], "\n\n".join(self.wrong))

    def test_each_word_of_the_palette_where_it_is_taken(self):
        for screen, keys in self.screens().items():
            for command in dict.fromkeys(key.command for key in keys):
                self.try_one(screen or "home", command, lambda: self.run_word(command, screen))
            self.check_refused(screen)
        self.leave(self.shown)
        self.assertEqual(self.wrong, [], "\n\n".join(self.wrong))

    def run_word(self, command, screen):
        argument = ARGUMENTS.get(command)
        for _ in range(2 if command == "notify" else 1):
            self.say(self.shown, f"{command} {argument}" if argument else command)
        key = console.Key(screen, command, "", "")
        if self.leaves(key, screen):
            self.assertEqual(self.shown.wait(), 0)
            self.assert_sane(self.shown)
            self.start()
        elif command == "print":
            self.shown.wait_for("press a key to return")
            self.shown.press("x")
            self.shown.wait_for(console.HINTS)
        elif command in OVERLAYS and not argument:
            self.close_overlay(command)


class Palette(console.Story):
    def setUp(self):
        self.shown = self.open(self.filled(self.sandbox("--seed", "demo", "--step")), "--cached",
                               rows=40, cols=120)
        self.shown.wait_for(console.HINTS)

    def typed(self):
        return self.shown.line(39)

    def test_what_it_cannot_do_is_said_and_nothing_happens(self):
        for line, words in {
                "frobnicate": ("no command", "frobnicate"), "pipelnes": ("did you mean pipelines?",),
                "quit now": ("quit takes nothing",), "pipeline": ("pipeline needs a NAME",),
                "pipeline nobody": ("no pipeline is called nobody",),
                "executions nobody": ("no pipeline is called nobody",),
                "describe nobody": ("no pipeline is called nobody",),
                "notify nobody": ("nobody",), "at": ("at needs a TIME",),
                "at 25:99": ("25:99", "14:32"), "at soon": ("soon", "14:32"),
                "theme pink": ("no theme pink",),
                "s": ("may be", "settings"), "wide": (REFUSED,)}.items():
            with self.subTest(line):
                self.say(self.shown, line)
                self.shown.wait_for(*words)
                self.on(self.shown, "Home")
                self.shown.press("\x1b")

    def test_hostile_lines_are_only_lines(self):
        for line in ("x" * 3000, "%s%n%d", "é漢字" * 50, "at " + "9" * 400):
            with self.subTest(line[:9]):
                self.say(self.shown, line)
                self.shown.wait_for(console.HINTS)
                self.on(self.shown, "Home")
        self.leave(self.shown)

    def test_tab_completes_commands_and_names(self):
        self.shown.press(":pipelines")
        self.shown.press("\x15")
        self.shown.press("exec\t")
        self.shown.wait_until(lambda _: self.typed().startswith(":executions"), what="the command")
        self.shown.press(" weather-feed-b"[:-2] + "\t")
        self.shown.wait_until(lambda _: self.typed().startswith(":executions weather-feed"),
                              what="the name")
        self.shown.press("\r")
        self.shown.wait_until(lambda _: "weather-feed" in self.shown.line(1), what="its executions")

    def test_up_is_history(self):
        self.say(self.shown, "changes")
        self.on(self.shown, "Home", "Changes")
        self.say(self.shown, "settings")
        self.on(self.shown, "Home", "Changes", "Settings")
        self.shown.press(":")
        for want in (":settings", ":changes"):
            self.shown.press("\x1bOA")
            self.shown.wait_until(lambda _: self.typed() == want, what=want)
        self.shown.press("\r")
        self.shown.wait_until(lambda _: self.shown.line(1).count("Changes") >= 1 and
                              "Settings >" in self.shown.line(1), what="changes again")

    def test_escape_leaves_it_as_it_was(self):
        before = self.shown.text.splitlines()[1:39]
        self.shown.press(":pipelines")
        self.shown.wait_for(":pipelines")
        self.shown.press("\x1b")
        self.shown.wait_for(console.HINTS)
        self.assertEqual([line[:60] for line in self.shown.text.splitlines()[1:39]],
                         [line[:60] for line in before])


class Remapped(console.Story):
    CONFIG = """[default]
calls_per_second = 0
[keys]
refresh = $ F5
frobnicate = x
down = NoSuchKey
sort = o
changes = &
first = <
pipelines =
[console]
theme = pink
clock = utc
"""

    def test_faults_are_told_by_line_and_the_rest_holds(self):
        home = self.filled(self.sandbox("--seed", "demo", "--step"))
        home.set_config(self.CONFIG)
        shown = self.open(home, rows=40, cols=150)
        shown.wait_for("faults in the config file; @ shows them")
        shown.press("@")
        text = shown.wait_for("Messages", "line 5", "line 6", "line 7", "line 12")
        for line, word in ((5, "frobnicate"), (6, "NoSuchKey"), (7, "print"), (12, "pink")):
            told = next(row for row in text.splitlines() if f"line {line}:" in row)
            self.assertIn(word, told)
        for line in (1, 2, 4, 8, 9, 10, 13):
            self.assertNotIn(f"line {line}:", text)
        shown.press("q")
        first = console.cursor_row(self.on(shown, "Home"))
        shown.press("jj")  # as it was: what was wrong has changed nothing
        shown.wait_until(lambda text: console.cursor_row(text) != first, what="down")
        shown.press("<")
        shown.wait_until(lambda text: console.cursor_row(text) == first, what="the first row")
        shown.press("&")
        self.on(shown, "Home", "Changes")
        shown.press("q")
        self.on(shown, "Home")
        shown.press("o")  # still prints
        shown.wait_for("press a key to return")
        shown.press("x")
        self.on(shown, "Home")
        shown.press("cp")  # bound to nothing any more
        shown.press("$")
        shown.wait_for("asking AWS again")
        self.on(shown, "Home")
        self.leave(shown)

    def test_help_and_hints_tell_the_new_keys(self):
        home = self.filled(self.sandbox("--seed", "demo", "--step"))
        home.set_config("[keys]\nhelp = ^G\nleave = &\n")
        shown = self.open(home, "--cached", rows=60, cols=150)
        shown.wait_for("^G help", "& quit")
        shown.press("?")
        shown.press("\x07")
        self.on(shown, "Home", "Help")
        shown.wait_until(lambda text: re.search(r"(?m)^ +& +go back", text), what="what & does")
        shown.press("&&")
        self.assertEqual(shown.wait(), 0)


if __name__ == "__main__":
    lab.main()
