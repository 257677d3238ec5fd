"""Killed at any step, run again: the same end."""

import os
import re
import signal

import estate
import lab

# Its numbers are drawn, so two lives of the same pipeline differ in them.
DRAWN = ("kms.key", "cfn.change_set", "cfn.stack", "codebuild.build", "blob")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SUFFIX = re.compile(r"-[0-9a-z]{12}$")  # CloudFormation's, of what a template does not name
VERSION = re.compile(r"/[0-9a-f]{7}\x01[0-9a-f]{16}$")  # an artifact's run and age


class CutOff(estate.Story):
    def kill_at(self, line, *args):
        """SIGKILL as soon as the line was printed; False when it never was."""
        child = self.home_.start(*args, stdout=-1, stderr=-1)
        for seen in child.stdout:
            if line in seen.decode():
                os.kill(child.pid, signal.SIGKILL)
                child.wait()
                return True
        child.wait()
        return False

    @staticmethod
    def markers(done, *events):
        """Where to cut: when each step begins, when it has ended, and amid a stack's events. The
        text behind a step's end differs from life to life."""
        lines = [line.split(":")[0] + (":" if ":" in line else "")
                 for line in done.out.splitlines() if line.startswith("[")]
        return [*lines, *events]

    def state(self):
        return {r for r in self.inventory() if not r[0].startswith(DRAWN)}

    @staticmethod
    def names(records, name):
        """A pipeline's records by the names that two lives have in common, with their number: what
        was done twice is there twice."""
        def common(text):
            text = UUID.sub("UUID", text.replace(name, "NAME"))
            return VERSION.sub("/RUN", SUFFIX.sub("-DRAWN", text))
        return sorted((kind, account, common(region), common(found))
                      for kind, account, region, found in records if name in region + found)

    def test_a_create_that_was_killed_goes_on(self):
        self.begin()
        definition = self.definition("whole", "gitflow", ["dev", "prod"])
        whole = self.create(definition)
        self.run_to_green("whole-prod")
        wanted = self.names(self.state(), "whole")

        def cut(number, marker):
            name = f"cut{number}x"
            one = {**definition, "name": name}
            args = ("create", "-f", self.file(one), *estate.agree(one))
            self.assertTrue(self.kill_at(marker, *args), f"it never said {marker}")
            self.done(*args)
            self.run_to_green(f"{name}-prod")
            self.assertEqual(self.names(self.state(), name), wanted, marker)
        self.side_by_side(cut, self.markers(whole, "AWS::IAM::Role BuildRoleDev",
                                            "CREATE_COMPLETE AWS::S3::Bucket ArtifactBucket",
                                            "CREATED branch dev", "Succeeded Source-dev"))

    def test_a_delete_that_was_killed_goes_on(self):
        self.begin()
        definition = self.definition("first", "gitflow", ["dev", "prod"])
        before = self.state()
        self.create(definition)
        gone = ("--delete-repository", "--confirm")
        whole = self.done("delete", "first", *gone, "first")
        self.assertEqual(self.state(), before)

        def cut(number, marker):
            name = f"gone{number}x"
            self.create({**definition, "name": name})
            args = ("delete", name, *gone, name)
            self.assertTrue(self.kill_at(marker, *args), f"it never said {marker}")
            again = self.run_(*args)
            # The stack was the last to go: then there is nothing left to find.
            self.assertIn(again.rc, (0, 1), again)
            if again.rc == 1:
                self.assertIn(f"no pipeline {name}", again.err)
            self.assertEqual(self.names(self.state(), name), [], marker)
        self.side_by_side(cut, self.markers(whole, "DELETE_COMPLETE AWS::KMS::Alias",
                                            "DELETE_IN_PROGRESS AWS::S3::BucketPolicy DataPolicy"))
        self.assertEqual(self.state(), before)


if __name__ == "__main__":
    lab.main()
