"""The guard, seen from outside: who is behind a session, where the config is, and what must be
typed."""

import json
import os
import shutil
import subprocess
import unittest

import api
import lab
from operations import World

AUTHOR = "ana@data-platform.example"
NOBODY = 54321  # no host knows it
OPERATOR = "arn:aws:iam::111111111111:role/penstock-operator"


class Guard(lab.Story):
    def test_a_role_of_the_author_is_nobody_else(self):
        """The session is penstock's own, and its source is the author's user."""
        world = World(self, profile="operator")
        args = ("approve", "customer-360", "ManualApproval-test", "--dry-run")
        for people, word in ((f"{AUTHOR} = ops, operator", "cannot be told; see [people]"),
                             (f"{AUTHOR} = ops, {OPERATOR}", "a commit is by"),
                             (f"{AUTHOR} = *:assumed-role/penstock-operator/*", "a commit is by")):
            world.home.set_config(f"[guard]\nfour_eyes = strict\n[people]\n{people}\n"
                                  "zoe@data-platform.example = zoe\n")
            done = world.home.run(*args)
            self.assertNotEqual(done.rc, 0, done)
            self.assertIn(word, done.out + done.err)
        world.home.set_config("[guard]\nfour_eyes = strict\n[people]\n"
                              f"somebody@else.example = {OPERATOR}\n")
        self.assert_ended(world.home.run(*args), 0)

    def test_a_renewed_session_is_the_same_caller(self):
        world = World(self, profile="operator")
        world.aws.fail("expired:PutApprovalResult:1:1", "cut:PutApprovalResult:1:1")
        done = world.home.run("approve", "marketing-attribution",
                              "ManualApproval-dev", "--yes")
        self.assert_ended(done, 0)
        self.assertIn("though AWS's answer was lost", done.out)
        self.assertGreater(len(world.aws.calls("AssumeRole")), 1)
        callers = {row["caller"] for row in world.home.audit()}
        self.assertEqual(len(callers), 1, callers)
        self.assertNotRegex(callers.pop(), r"penstock-\d*$")

    def test_production_that_penstock_did_not_make_is_guarded_like_prod(self):
        """The stage is called Production, and the config says prod: once by itself, once as a freeze."""
        world = World(self, profile="prod")
        args = ("approve", "landing-zone-baseline", "Approve", "Operations", "--comment", "go")
        planned = world.home.run(*args, "--dry-run")
        self.assertIn("Security still waits in this stage: nothing goes on until it is approved too",
                      planned.out)
        done = world.home.run(*args, "--yes")
        self.assertNotEqual(done.rc, 0, done)
        self.assertIn("--confirm landing-zone-baseline", done.err)
        self.assertIn("PROTECTED: Production", planned.out)
        world.home.set_config("[freeze]\nweekend = prod: 2000-01-01 to 2999-01-01: nobody is there\n")
        self.assert_ended(world.home.run("env", "list", "--profile", "cicd"), 0)  # whose account is prod's
        for word in (args, ("release", "lakehouse-tables")):
            done = world.home.run(*word, "--confirm", word[1])
            self.assertNotEqual(done.rc, 0, done)
            self.assertIn("weekend, until", done.out + done.err)
        self.assertEqual(world.aws.calls("PutApprovalResult"), [])
        self.assertEqual(world.aws.calls("StartPipelineExecution"), [])

    def test_a_host_that_knows_no_home_writes_nothing(self):
        world = World(self)
        world.home.change(HOME=None, XDG_CONFIG_HOME=None, XDG_DATA_HOME=world.home.dir / "data")
        if os.geteuid() != 0:
            self.skipTest("only root may be somebody whom the host does not know")
        os.chmod(world.home.dir, 0o755)
        for path in [world.home.dir, *world.home.dir.rglob("*"), *world.aws.dir.rglob("*"),
                     world.aws.dir]:
            os.chown(path, NOBODY, NOBODY)
        done = world.home.run("release", "hr-analytics", "--yes", user=NOBODY)
        self.assertNotEqual(done.rc, 0, done)
        self.assertIn("not known where the config is", done.err)
        self.assertEqual(world.aws.calls("StartPipelineExecution"), [])

    @unittest.skipUnless(shutil.which("aws"), "the AWS CLI is not here")
    def test_the_aws_cli_takes_a_reason_for_what_it_is(self):
        for reason in ("file:///nothing/is/here", "https://localhost/why", "it's $one"):
            world = World(self)
            plan = world.home.run("--endpoint-url", world.aws.url, "stop", "dmc-release",
                                  "--reason", reason, "--dry-run", "--json")
            self.assert_ended(plan, 0)
            line = plan.json["steps"][0]["aws"]
            done = subprocess.run(["sh", "-c", line], env=world.aws.env(), timeout=60,
                                  capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, f"{line}: {done.stderr}")
            run = world.client.latest("dmc-release")
            self.assertIn(run["status"], ("Stopping", "Stopped"))
            self.assertEqual(run["stopTrigger"]["reason"], reason)

    def make_twin(self, world):
        """A second hr-analytics, in another region."""
        there = api.Client(world.aws, region="us-east-1")
        like = there.call("GetPipeline", name="edge-log-archive")["pipeline"]
        there.connection.close()
        bucket, role = like["artifactStore"]["location"], like["roleArn"].split("/")[-1]
        trust = {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": {"Service": "codepipeline.amazonaws.com"}}]}
        made = {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": bucket}},
                "Role": {"Type": "AWS::IAM::Role", "Properties": {
                    "RoleName": role, "AssumeRolePolicyDocument": trust}}}
        world.cli("cloudformation", "create-stack", "--region", "us-east-1", "--stack-name", "twin",
                  "--capabilities", "CAPABILITY_NAMED_IAM",
                  "--template-body", json.dumps({"Resources": made}))
        world.aws.step(120)
        world.cli("codepipeline", "create-pipeline", "--region", "us-east-1", "--pipeline",
                  json.dumps({**like, "name": "hr-analytics"}))

    @unittest.skipUnless(shutil.which("aws"), "the AWS CLI is not here")
    def test_a_name_that_only_one_context_knows_is_asked_for_in_the_others(self):
        world = World(self)
        self.make_twin(world)
        one, other = ("--context", "cicd@eu-west-1"), ("--context", "cicd@us-east-1")
        gone = ("--context", "nobody@us-east-1")
        create = ("branch", "create", "hr-analytics", "feature/x", "--dry-run")
        for args, rc, word in (
                ((*create, *one, *other), 2, "hr-analytics is in several places"),
                (("incident", "hr-analytics", *one, *other), 2, "name the --context"),
                (("history", "hr-analytics", *one, *other), 3, "means several pipelines"),
                ((*create, *one, *gone), None, "cannot be told"),
                (("incident", "hr-analytics", *one, *gone), 0, "cannot be told"),
                (("history", "hr-analytics", *one, *gone), 0, "cannot be told")):
            home = self.home(world.aws)
            self.assert_ended(home.run("status", "hr-analytics", *one), 0)
            done = home.run(*args)
            self.assertIn(word, done.err)
        self.assertEqual(world.aws.calls("CreateBranch"), [])


if __name__ == "__main__":
    lab.main()
