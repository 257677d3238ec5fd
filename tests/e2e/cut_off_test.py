"""Killed at any step, run again: the same end."""

import os
import signal

import estate
import lab

# Its numbers are drawn, so two lives of the same pipeline differ in them.
DRAWN = ("kms.key", "cfn.change_set", "cfn.stack", "codebuild.build", "blob")


class CutOff(estate.Story):
    def lines_of(self, *args):
        """The step lines that a whole run prints."""
        done = self.done(*args)
        return [line for line in done.out.splitlines() if line.startswith("[")]

    def kill_at(self, line, *args):
        """SIGKILL as soon as the line was printed; False when it never was."""
        child = self.home_.start(*args, stdout=-1, stderr=-1)
        for seen in child.stdout:
            if seen.decode().startswith(line):
                os.kill(child.pid, signal.SIGKILL)
                child.wait()
                return True
        child.wait()
        return False

    def state(self):
        return {r for r in self.inventory() if not r[0].startswith(DRAWN)}

    def test_a_create_that_was_killed_goes_on(self):
        self.begin()
        definition = self.definition("whole", "gitflow", ["dev", "prod"])
        steps = self.lines_of("create", "-f", self.file(definition), "--yes")
        self.run_to_green("whole-prod")
        wanted = self.names(self.state(), "whole")
        for number, line in enumerate(steps):
            name = f"cut{number}x"
            with self.subTest(after=line):
                args = ("create", "-f", self.file({**definition, "name": name}), "--yes")
                marker = line.split(":")[0]
                self.kill_at(marker, *args)
                self.done(*args)
                self.run_to_green(f"{name}-prod")
                self.assertEqual(self.names(self.state(), name), wanted)

    def test_a_delete_that_was_killed_goes_on(self):
        self.begin()
        definition = self.definition("first", "gitflow", ["dev", "prod"])
        before = self.state()
        self.create(definition)
        gone = ("--delete-repository", "--confirm")
        steps = self.lines_of("delete", "first", *gone, "first")
        self.assertEqual(self.state(), before)
        for number, line in enumerate(steps):
            name = f"gone{number}x"
            with self.subTest(after=line):
                self.create({**definition, "name": name})
                args = ("delete", name, *gone, name)
                self.kill_at(line.split(":")[0], *args)
                again = self.run_(*args)
                # The stack was the last to go: then there is nothing left to find.
                self.assertIn(again.rc, (0, 1), again)
                if again.rc == 1:
                    self.assertIn(f"no pipeline {name}", again.err)
                self.assertEqual(self.state(), before)

    @staticmethod
    def names(records, name):
        return {(kind, account, region, found.replace(name, "NAME"))
                for kind, account, region, found in records if name in found}


if __name__ == "__main__":
    lab.main()
