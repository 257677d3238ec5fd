"""What penstock sends and what it is answered, judged by botocore's service models."""

import pathlib
import subprocess
import unittest

import lab

CONFORMANCE = pathlib.Path(__file__).resolve().parent.parent / "conformance"
OPERATIONS = {"GetCallerIdentity", "AssumeRole", "AssumeRoleWithWebIdentity", "ListPipelines",
              "GetPipeline", "GetPipelineState", "ListPipelineExecutions", "ListActionExecutions",
              "ListTagsForResource"}


class Requests(lab.Story):
    def drive(self, sandbox):
        """Every operation that penstock knows, from several verbs and kinds of credentials."""
        home = self.home(sandbox)
        token = home.dir / "token"
        token.write_text("a.web.token.for.penstock")
        config = home.dir / "config"
        config.write_text(
            sandbox.config_file.read_text() + f"\n[profile web]\nendpoint_url = {sandbox.url}\n"
            "role_arn = arn:aws:iam::333333333333:role/penstock-web\nregion = eu-west-1\n"
            f"web_identity_token_file = {token}\n[profile external]\n"
            "role_arn = arn:aws:iam::222222222222:role/penstock-external\nregion = eu-west-1\n"
            "external_id = penstock-external-id\nsource_profile = cicd\nduration_seconds = 1800\n"
            f"role_session_name = the-test\nendpoint_url = {sandbox.url}\n")
        home.change(AWS_CONFIG_FILE=config)
        contexts = [word for context in (
            "cicd@eu-west-1", "cicd@us-east-1", "dev-admin@eu-west-1", "web@eu-west-1",
            "external@eu-west-1", "prod@eu-west-1", "prod@us-east-1")
            for word in ("--context", context)]
        for verb in (("sync",), ("status", "--refresh", "--json")):
            done = home.run(*verb, *contexts)
            self.assert_ended(done, 0)
        name = next(p["name"] for p in done.json["pipelines"] if p["status"] == "Succeeded"
                    and p["account"] == "111111111111")
        sandbox.step(120)
        self.assert_ended(home.run("status", "--refresh", name), 0)
        self.assert_ended(home.run("describe", name), 0)
        self.assertIn(home.run("watch", name, "--timeout", "2").rc, (0, 1, 8))
        self.assert_ended(home.run("sync", *contexts), 0)

    def judge(self, *records):
        """What the judge prints, if botocore is there."""
        done = subprocess.run(["sh", CONFORMANCE / "with_botocore.sh",
                               CONFORMANCE / "sandbox_botocore_test.py", "--judge", *records],
                              capture_output=True, text=True, timeout=240,
                              stdin=subprocess.DEVNULL)
        if done.returncode == lab.SKIPPED:
            raise unittest.SkipTest("botocore is not installed")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_each_request_and_reply_is_valid(self):
        sandbox = self.sandbox("--seed", "demo", "--step")
        self.drive(sandbox)
        refused = [c for c in sandbox.calls() if c["status"] != 200]
        self.assertEqual(refused, [])
        self.assertEqual(OPERATIONS - {c["operation"] for c in sandbox.calls()}, set())
        self.assertEqual(sandbox.stop(), 0)
        told = self.judge(sandbox.record_file)
        for operation in OPERATIONS:
            self.assertIn(operation, told)

    def test_faults_do_not_make_it_send_nonsense(self):
        sandbox = self.sandbox("--seed", "fleet:12", "--step", "--fault", "500:*:0.2",
                               "--fault", "expired:*:0.05", "--fault", "throttle:*:0.1:2")
        home = self.home(sandbox)
        for _ in range(3):
            home.run("sync")
        self.assertEqual(sandbox.stop(), 0)
        self.judge(sandbox.record_file)


if __name__ == "__main__":
    lab.main()
