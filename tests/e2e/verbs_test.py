"""What scripts rely on: exit codes that tell a slip from a refusal, one JSON object whatever
happens, pipes that close, and names that mean one thing."""

import json

import lab
from operations import World


class Story(lab.Story):
    def begin(self):
        self.world = World(self)
        self.aws, self.home_ = self.world.aws, self.world.home
        self.assert_ended(self.home_.run("sync"), 0)

    def said(self, rc, *args):
        done = self.home_.run(*args)
        self.assert_ended(done, rc)
        self.assert_sentence(done.err)
        return done.err

    # ---- exit codes ----

    def test_a_refusal_is_no_usage_error(self):
        self.begin()
        for words, args in (
                ("nothing failed in", ("retry", "hr-analytics", "Deploy-Stage-dev")),
                ("nothing runs in", ("stop", "hr-analytics", "--reason", "x")),
                ("has not succeeded in", ("rollback", "dmc-release", "Production", "12345678")),
                ("no condition holds", ("override", "hr-analytics", "Deploy-Stage-dev"))):
            for option in ("--yes", "--dry-run"):
                told = self.said(1, *args, option)
                self.assertIn(words, told)
        self.home_.set_config("[freeze]\nclosing = 2020-01-01 to 2099-01-01: the books are closed\n")
        self.said(1, "release", "hr-analytics", "--dry-run")

    def test_what_was_typed_wrong_is_one(self):
        self.begin()
        for args in (("release", "hr-analytics", "--yse"),
                     ("release", "hr-analytics", "--var", "NOPE=1", "--yes"),
                     ("release", "hr-analytics", "--revision", "Nowhere=1", "--yes"),
                     ("stop", "dmc-release", "--yes"),
                     ("stop", "dmc-release", "--reason", "x" * 1000, "--yes"),
                     ("transition", "disable", "hr-analytics", "Deploy-Stage-dev", "--yes"),
                     ("rollback", "sales-orders", "dev", "--yes"),
                     ("override", "finance-ledger-test", "Deploy-Stage-test", "never", "--yes"),
                     ("release", "iot-telemetry-prod", "--yes"),
                     ("release", "iot-telemetry-prod", "--confirm", "another")):
            self.assertEqual(self.home_.run(*args).rc, 2, args)
        # Of one that is both, what was typed is corrected first.
        self.home_.set_config("[freeze]\nclosing = 2020-01-01 to 2099-01-01: the books are closed\n")
        self.said(2, "stop", "dmc-release", "--dry-run")
        self.assertEqual(self.home_.audit()[-1]["outcome"], "refused")


if __name__ == "__main__":
    lab.main()
