"""Creating and changing when something goes wrong: the story is told, nothing is made twice, and
the same command goes on once the trouble is over."""

import datetime
import json
import os
import pty
import resource
import signal

import estate
import lab

# What a trunk pipeline of two stages is made of, one of each type.
RESOURCES = {"BuildRoleDev": "AWS::IAM::Role", "BuildLogsDev": "AWS::Logs::LogGroup",
             "ArtifactKey": "AWS::KMS::Key", "ArtifactKeyAlias": "AWS::KMS::Alias",
             "ArtifactBucket": "AWS::S3::Bucket", "ArtifactBucketPolicy": "AWS::S3::BucketPolicy",
             "ProjectDev": "AWS::CodeBuild::Project", "Pipeline": "AWS::CodePipeline::Pipeline",
             "Rule": "AWS::Events::Rule"}


class Told(estate.Shared):
    """Faults of AWS's own."""

    def names(self, kind):
        return [r[3] for r in self.inventory() if r[0] == kind]

    def test_a_closed_codecommit_is_explained_and_a_connection_offered(self):
        before = self.inventory()
        self.aws.fail("codecommit-closed")
        definition = self.definition("closed", "trunk", ["dev"])
        done = self.create(definition, rc=1)
        for word in ("OperationNotAllowedException", "connection", "existing repository"):
            self.assertIn(word, done.err)
        self.assertEqual(self.inventory(), before)
        self.aws.fail()
        self.create(definition)

    def test_the_first_resource_that_fails_is_told_and_creating_goes_on(self):
        definition = self.definition("each", "trunk", ["dev", "prod"])
        for logical, kind in RESOURCES.items():
            with self.subTest(logical):
                self.aws.fail(f"stack-failure:{logical}:1:1")
                done = self.create(definition, rc=1)
                last = done.err.splitlines()[0]
                for word in (logical, kind, "CREATE_FAILED", "told that this resource fails"):
                    self.assertIn(word, done.err)
                self.assertIn("ROLLBACK", done.err, last)
                self.assertIn("run the same command again", done.err)
                self.assertIn("penstock delete each", done.err)
        self.aws.fail()
        done = self.create(definition)
        self.assertIn("stack penstock-each: what a failed try left", done.out)
        self.run_to_green("each")
        self.assertEqual(len([n for n in self.names("codecommit.repository") if n == "each"]), 1)

    def edited(self, name, stages, *options, rc=0, **more):
        return self.done("edit", "-f", self.file(self.definition(name, "trunk", stages, **more)),
                         "--yes", "--confirm", name, *options, rc=rc)

    def test_a_failed_edit_rolls_back_and_can_be_done_again(self):
        self.create(self.definition("mend", "trunk", ["dev", "prod"]))
        self.aws.fail("stack-failure:ProjectTest:1:1")
        done = self.edited("mend", ["dev", "test", "prod"], rc=1)
        self.assertIn("ProjectTest (AWS::CodeBuild::Project) CREATE_FAILED", done.err)
        self.assertEqual(self.stack("mend"), "UPDATE_ROLLBACK_COMPLETE")
        self.edited("mend", ["dev", "test", "prod"])
        self.assertEqual(self.stack("mend"), "UPDATE_COMPLETE")
        self.run_to_green("mend")

    def stack(self, name):
        found = self.cli("cloudformation", "describe-stacks", "--stack-name", f"penstock-{name}")
        return found["Stacks"][0]["StackStatus"]

    def test_a_stuck_rollback_is_continued(self):
        self.create(self.definition("stuck", "trunk", ["dev", "prod"]))
        self.aws.fail("stack-failure:Pipeline:1:1", "stack-failure:undo-ArtifactKey:1:1")
        done = self.edited("stuck", ["dev", "test", "prod"], rc=1)
        self.assertIn("Pipeline (AWS::CodePipeline::Pipeline) UPDATE_FAILED", done.err)
        self.assertEqual(self.stack("stuck"), "UPDATE_ROLLBACK_FAILED")
        self.aws.fail()
        self.edited("stuck", ["dev", "test", "prod"])
        self.assertEqual(self.stack("stuck"), "UPDATE_COMPLETE")
        self.run_to_green("stuck")

    def test_a_full_build_queue_fails_the_run_and_says_so(self):
        definition = self.definition("queue", "trunk", ["dev"])
        self.aws.fail("build-queue:queue-build-dev:1:1")
        done = self.create(definition, rc=1)
        self.assertIn("builds in queue", done.err)
        self.assertIn("Deploy-Stage-dev", done.err)
        self.create(definition)
        self.run_to_green("queue")

    def test_artifacts_that_cannot_be_kept_fail_the_source(self):
        definition = self.definition("kept", "trunk", ["dev"])
        self.create(definition)
        self.run_to_green("kept")
        bucket = "kept-artifacts-111111111111-eu-west-1"
        versions = self.cli("s3api", "list-object-versions", "--bucket", bucket)["Versions"]
        action = self.cli("codepipeline", "list-action-executions", "--pipeline-name", "kept")
        outputs = [o["s3location"] for a in action["actionExecutionDetails"]
                   for o in a["output"].get("outputArtifacts", [])]
        self.assertIn({"bucket": bucket, "key": versions[0]["Key"]}, outputs)
        everybody = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
                     "Resource": f"arn:aws:s3:::{bucket}/*"}
        self.cli("s3api", "put-bucket-policy", "--bucket", bucket, "--policy",
                 json.dumps({"Version": "2012-10-17", "Statement": [everybody]}))
        self.assertIn("does not have sufficient permissions", self.failure_of_source("kept"))
        for version in versions:
            self.cli("s3api", "delete-object", "--bucket", bucket, "--key", version["Key"],
                     "--version-id", version["VersionId"])
        self.cli("s3api", "delete-bucket", "--bucket", bucket)
        self.assertIn("The specified bucket does not exist", self.failure_of_source("kept"))
        self.done("delete", "kept", "--delete-repository", "--confirm", "kept")

    def failure_of_source(self, name):
        self.cli("codepipeline", "start-pipeline-execution", "--name", name)

        def failed():
            state = self.cli("codepipeline", "get-pipeline-state", "--name", name)
            latest = state["stageStates"][0]["actionStates"][0]["latestExecution"]
            return latest["status"] == "Failed" and latest
        return lab.wait_for(failed, 30, 0.2)["errorDetails"]["message"]

    def test_a_delete_finds_artifacts_to_delete(self):
        self.create(self.definition("full", "trunk", ["dev"]))
        self.run_to_green("full")
        done = self.done("delete", "full", "--delete-repository", "--confirm", "full")
        step = next(li for li in done.out.splitlines() if "Artifacts: done" in li)
        self.assertNotIn(" 0 object versions", step)

    def test_a_pending_connection_is_told_and_waited_for(self):
        self.aws.fail("connection-pending:hub")
        arn = self.cli("codeconnections", "create-connection", "--connection-name", "hub",
                       "--provider-type", "GitHub")["ConnectionArn"]
        definition = self.definition("linked", "trunk", ["dev"], template="empty", source={
            "type": "connection", "connection_arn": arn, "repository": "me/app"})
        plan = self.done("plan", "-f", self.file(definition))
        self.assertIn("PENDING", plan.out)
        self.assertIn("console.aws.amazon.com", plan.out)
        done = self.create(definition, "--no-wait", rc=8)
        while "CloudFormation stack: waits" in done.out or "goes on by itself" in done.err:
            lab.wait_for(lambda: self.stack("linked") == "CREATE_COMPLETE", 30, 0.2)
            done = self.create(definition, "--no-wait", rc=8)
        self.assertIn("console.aws.amazon.com", done.err)
        self.assertIn("run this again", done.err)
        lab.wait_for(lambda: self.statuses("linked").get("Source") == "Failed", 30, 0.2)
        child = self.home_.start("create", "-f", self.file(definition), *estate.agree(definition))
        lab.wait_for(lambda: any(c["operation"] == "GetConnection" for c in self.aws.calls()), 30)
        self.aws.fail()
        out, err = child.communicate(timeout=60)
        # Its repository has no starter app: what it deploys is its owner's to say.
        self.assertEqual(self.statuses("linked")["Source"], "Succeeded", lab.text_of(out + err))
        self.assertTrue(self.aws.calls("RetryStageExecution"))


class Once(estate.Shared):
    """Answers that are late, wrong or lost: looked up, never sent twice blindly."""

    WRITES = ("CreateRepository", "CreateCommit", "CreateBranch", "CreateChangeSet",
              "ExecuteChangeSet")

    def commits(self, name):
        head = self.cli("codecommit", "get-branch", "--repository-name", name, "--branch-name",
                        "main")["branch"]["commitId"]
        return self.cli("codecommit", "get-commit", "--repository-name", name, "--commit-id",
                        head)["commit"]["parents"]

    def assert_once(self, name, definition, *options):
        """Green, with one of everything."""
        done = self.run_("create", "-f", self.file(definition), *estate.agree(definition), *options)
        if done.rc != 0:
            self.assertIn(done.rc, (1, 4), done)
            self.aws.fail()
            self.create(definition)
        self.aws.fail()
        self.run_to_green(f"{name}-prod")
        self.assertEqual(self.commits(name), [], "one commit on main")
        sets = self.cli("cloudformation", "list-change-sets", "--stack-name", f"penstock-{name}")
        self.assertEqual([s for s in sets["Summaries"]
                          if s["ExecutionStatus"] not in ("EXECUTE_COMPLETE", "OBSOLETE")], [])
        return done

    def test_a_reply_that_was_cut_off(self):
        self.each("cut", 1)

    def test_an_error_of_the_server(self):
        self.each("500", 1)

    def test_throttling(self):
        self.each("throttle", 1)

    def test_no_sense(self):
        self.each("malformed", 1)

    def each(self, kind, count):
        """One create that meets all of them: it ends well all the same."""
        self.aws.fail(*(f"{kind}:{operation}:1:{count}" for operation in self.WRITES))
        name = f"lost-{kind}"
        done = self.assert_once(name, self.definition(name, "gitflow", ["dev", "prod"]))
        self.assertEqual(done.rc, 0, done)

    def test_no_answer_at_all(self):
        self.aws.fail("timeout:CreateRepository:1:1")
        definition = self.definition("silent", "gitflow", ["prod"])
        child = self.home_.start("create", "-f", self.file(definition), *estate.agree(definition))
        lab.wait_for(lambda: any(row["operation"] == "CreateRepository"
                                 and row["action"] == "create silent"
                                 for row in self.home_.audit()), 20,
                     what="the request is on its way")
        child.send_signal(signal.SIGTERM)
        child.communicate(timeout=20)
        self.assert_once("silent", definition)

    def test_two_creates_of_one_name_at_once(self):
        definition = self.definition("both", "gitflow", ["dev", "prod"])
        path = self.file(definition)
        two = [self.home_.start("create", "-f", path, *estate.agree(definition)) for _ in range(2)]
        ends = [(c.communicate(timeout=120), c.returncode) for c in two]
        self.assertIn(0, [rc for _, rc in ends], ends)
        for (_, err), rc in ends:
            self.assertIn(rc, (0, 1), err)
            self.assertNotIn(b"Sanitizer", err)
        self.create(definition)
        self.run_to_green("both-prod")
        self.assertEqual(self.commits("both"), [])

    def test_two_creates_of_two_definitions_by_one_name(self):
        first = self.definition("rival", "trunk", ["dev"])
        self.create(first)
        done = self.create({**first, "description": "another"}, rc=2)
        self.assertIn("penstock edit", done.err)
        self.assertIn("description", done.err)


class Guard(estate.Shared):
    """What is found in the plan, and what hinders a write."""

    def writes(self):
        reads = ("Get", "List", "Describe", "Batch", "AssumeRole")
        return [c["operation"] for c in self.aws.calls()
                if not c["operation"].startswith(reads) and c["operation"]]

    def assert_refused(self, rc, definition, *words, options=()):
        """In the plan already, and by create without a write."""
        before = self.writes()
        path = self.file(definition)
        planned = self.run_("plan", "-f", path, *options)
        created = self.run_("create", "-f", path, *estate.agree(definition), *options)
        for done in (planned, created):
            self.assert_ended(done, rc)
            for word in words:
                self.assertIn(word, done.err)
        self.assertEqual(self.writes(), before)
        return created

    def test_a_target_that_is_not_bootstrapped(self):
        self.add("qa", "--kind", "target", "--profile", "test", "--stage", "qa",
                 account="test", region="eu-central-1")
        definition = self.definition("bare", "trunk", ["dev"])
        definition["environments"][0]["environment"] = "qa"
        self.assert_refused(2, definition, "environments[0].environment", "bootstrap", "qa")

    def add(self, name, *options, account=None, region="eu-west-1"):
        self.done("env", "add", name, "--account", estate.ACCOUNTS[account or name], "--region",
                  region, *options, "--yes")

    def test_a_target_that_does_not_trust(self):
        role = "cdk-hnb659fds-deploy-role-444444444444-eu-west-1"
        found = self.cli("iam", "get-role", "--role-name", role, profile="prod")["Role"]
        own = {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "444444444444"}}]}
        put = ("iam", "update-assume-role-policy", "--role-name", role, "--policy-document")
        self.cli(*put, json.dumps(own), profile="prod")
        try:
            self.assert_refused(2, self.definition("alone", "trunk", ["prod"]), "trust", "prod")
        finally:
            self.cli(*put, json.dumps(found["AssumeRolePolicyDocument"]), profile="prod")

    def test_a_profile_of_another_account(self):
        config = self.aws.config_file.read_text()
        credentials = self.aws.credentials_file.read_text()
        wrong = credentials.replace("[dev]", "[was-dev]").replace("[test]", "[dev]")
        try:
            self.aws.credentials_file.write_text(wrong)
            self.assert_refused(2, self.definition("wrong", "trunk", ["dev"]), "333333333333",
                                "222222222222", "dev")
        finally:
            self.aws.config_file.write_text(config)
            self.aws.credentials_file.write_text(credentials)

    def test_credentials_that_change_hands_between_plan_and_write(self):
        keys = self.home_.dir / "keys.json"
        keys.write_text(self.keys_of("cicd"))
        config = self.aws.config_file.read_text()
        self.aws.config_file.write_text(
            config + f"\n[profile moving]\nregion = eu-west-1\nendpoint_url = {self.aws.url}\n"
                     f"credential_process = /bin/cat {keys}\n")
        before = self.writes()
        leader, follower = pty.openpty()
        try:
            path = self.file(self.definition("moving", "trunk", ["dev"]))
            child = self.home_.start("--profile", "moving", "create", "-f", path, stdin=follower,
                                     stderr=follower)
            lab.wait_for(lambda: b"Do this?" in os.read(leader, 4096), 30)
            keys.write_text(self.keys_of("prod"))
            os.write(leader, b"y\n")
            out, _ = child.communicate(timeout=60)
            said = os.read(leader, 65536).decode()
        finally:
            self.aws.config_file.write_text(config)
            os.close(leader)
            os.close(follower)
        self.assertEqual(child.returncode, 3, said)
        self.assertIn("444444444444", said)
        self.assertIn("111111111111", said)
        self.assertEqual(self.writes(), before, out)

    def keys_of(self, profile):
        """Good for so short a time that they are asked for again before each call."""
        section = self.aws.credentials_file.read_text().split(f"[{profile}]")[1]
        values = dict(line.split(" = ") for line in section.strip().splitlines()[:2])
        soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=25)
        return json.dumps({"Version": 1, "AccessKeyId": values["aws_access_key_id"],
                           "SecretAccessKey": values["aws_secret_access_key"],
                           "Expiration": soon.strftime("%Y-%m-%dT%H:%M:%SZ")})

    def test_a_repository_of_somebody_else_is_taken_only_when_told(self):
        self.cli("codecommit", "create-repository", "--repository-name", "theirs")
        definition = self.definition("theirs", "trunk", ["dev"])
        self.assert_refused(2, definition, "source.repository", "--use-existing-repository")
        self.create(definition, "--use-existing-repository")
        self.run_to_green("theirs")
        done = self.run_("delete", "theirs", "--delete-repository", "--confirm", "theirs")
        self.assert_ended(done, 2)
        self.assertIn("does not delete it", done.err)

    def test_a_name_that_is_taken_by_something_else(self):
        self.cli("logs", "create-log-group", "--log-group-name", "/aws/codebuild/taken-build-dev")
        done = self.create(self.definition("taken", "trunk", ["dev"]), rc=1)
        self.assertIn("BuildLogsDev (AWS::Logs::LogGroup)", done.err)
        self.assertIn("already exists", done.err)
        self.cli("logs", "delete-log-group", "--log-group-name", "/aws/codebuild/taken-build-dev")
        self.create(self.definition("taken", "trunk", ["dev"]))

    def test_read_only_refuses_every_write(self):
        before = self.writes()
        path = self.file(self.definition("looking", "trunk", ["dev"]))
        for verb in (("create", "-f", path, "--yes"),
                     ("env", "remove", "test", "--confirm", "test"),
                     ("env", "edit", "test", "--team", "other", "--yes")):
            done = self.done(*verb, "--read-only", rc=2)
            self.assertIn("read-only", done.err)
        self.done("plan", "-f", path, "--read-only")
        self.assertEqual(self.writes(), before)


class Audit(estate.Shared):
    def test_each_write_is_there_before_and_after(self):
        self.create(self.definition("noted", "trunk", ["dev"]))
        lines = self.home_.audit()
        mine = [line for line in lines if line["action"] == "create noted"
                and line["operation"]]
        self.assertEqual([line["operation"] for line in mine if line["outcome"] == "sent"],
                         [line["operation"] for line in mine if line["outcome"] == "done"])
        self.assertEqual([m["outcome"] for m in mine[:2]], ["sent", "done"])
        self.assertEqual(mine[0]["operation"], mine[1]["operation"])
        for line in mine:
            self.assertIn(line["account"], estate.ACCOUNTS.values())
        self.assertTrue(all(m["request_id"] for m in mine if m["outcome"] == "done"))
        self.assertEqual(self.home_.audit_db.stat().st_mode & 0o777, 0o600)
        for secret in self.secrets():
            self.assertNotIn(secret.encode(), self.home_.audit_db.read_bytes())

    def secrets(self):
        return [line.split(" = ")[1] for line in self.aws.credentials_file.read_text().splitlines()
                if line.startswith("aws_secret")]

    def test_a_log_that_cannot_be_written_stops_the_write(self):
        with lab.Home(self.aws) as home:
            home.run("env", "list")
            home.audit_db.mkdir(parents=True)
            self.assert_stopped(home, "unwritable")

    def test_a_full_disk_stops_the_write(self):
        with lab.Home(self.aws) as home:
            home.run("env", "list")

            def full():
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
            self.assert_stopped(home, "brimful", preexec_fn=full)

    def assert_stopped(self, home, name, **more):
        before = self.inventory()
        path = self.file(self.definition(name, "trunk", ["dev"]))
        done = home.run("create", "-f", path, "--yes", **more)
        self.assertEqual(done.rc, 1, done)
        self.assertIn("nothing was sent, because the audit log cannot be written", done.err)
        self.assertEqual(self.inventory(), before)


if __name__ == "__main__":
    lab.main()
