"""Environments by the verbs: added, edited, examined, bootstrapped, removed; by AWS's own client it
is looked at what was made."""

import json
import shutil

import estate
import lab

PATH = "/penstock/environments/"
DEPLOY_ROLE = "cdk-hnb659fds-deploy-role-222222222222-eu-west-1"
ASSETS = "cdk-hnb659fds-assets-222222222222-eu-west-1"
DDK_ASSETS = "ddk-dev-hnb659fds-assets-222222222222-eu-west-1"
DEV = ("--account", "222222222222", "--region", "eu-west-1", "--profile", "dev", "--stage", "dev")


class Story(estate.Story):
    def open(self, *options):
        self.aws = self.sandbox("--seed", "empty", "--speed", "200", "--control", *options)
        self.home_ = self.home(self.aws)

    def ready(self):
        self.open()
        self.add_two()

    def add_two(self):
        self.done("env", "add", "tools", "--kind", "cicd", "--account", "111111111111", "--region",
                  "eu-west-1", "--yes")
        self.done("env", "add", "dev", "--kind", "target", *DEV, "--yes")

    def kept(self, name):
        return self.cli("ssm", "get-parameter", "--name", PATH + name)["Parameter"]

    def examined(self, name, rc=0):
        found = self.done("env", "doctor", name, "--json", rc=rc).json["environments"][0]
        return found, {c["check"]: c for c in found["checks"]}

    def writes(self):
        return [row["operation"] for row in self.home_.audit() if row["outcome"] == "sent"]

    def stack(self):
        return self.cli("cloudformation", "describe-stacks", "--stack-name", "CDKToolkit",
                        profile="dev")["Stacks"][0]


class Records(Story):
    def test_an_environment_is_a_parameter_of_the_cicd_account(self):
        self.ready()
        kept = self.kept("dev")
        self.assertEqual(kept["Type"], "String")
        value = json.loads(kept["Value"])
        self.assertEqual((value["schema"], value["name"], value["account"], value["profile"]),
                         (1, "dev", "222222222222", "dev"))
        tags = self.cli("ssm", "list-tags-for-resource", "--resource-type", "Parameter",
                        "--resource-id", PATH + "dev")["TagList"]
        self.assertIn({"Key": "penstock:environment", "Value": "dev"}, tags)

    def test_a_name_is_added_once(self):
        self.ready()
        done = self.done("env", "add", "dev", "--kind", "target", *DEV, "--yes", rc=2)
        self.assertIn("already", done.err)
        self.assertEqual(self.kept("dev")["Version"], 1)

    def test_an_edit_shows_what_changes_and_changes_only_that(self):
        self.ready()
        done = self.done("env", "edit", "dev", "--team", "data", "--yes")
        self.assertIn("team: (none) -> data", done.out)
        kept = self.kept("dev")
        self.assertEqual(kept["Version"], 2)
        self.assertEqual(json.loads(kept["Value"])["team"], "data")
        self.assertEqual(json.loads(kept["Value"])["profile"], "dev")

    def test_an_edit_that_changes_nothing_writes_nothing(self):
        self.ready()
        self.done("env", "edit", "dev", "--stage", "dev", "--yes")
        self.assertEqual(self.kept("dev")["Version"], 1)

    def test_two_edits_at_once_lose_nothing_unseen(self):
        self.ready()
        first = self.home_.start("env", "edit", "dev", "--team", "one", "--yes")
        second = self.home_.start("env", "edit", "dev", "--team", "two", "--yes")
        first.communicate(timeout=60)
        second.communicate(timeout=60)
        kept = self.kept("dev")
        won = [p.returncode for p in (first, second)].count(0)
        self.assertGreaterEqual(kept["Version"], 1 + won)
        self.assertIn(json.loads(kept["Value"])["team"], ("one", "two"))

    def test_what_nobody_can_read_hides_no_other(self):
        self.ready()
        self.cli("ssm", "put-parameter", "--name", PATH + "broken", "--type", "String", "--value",
                 "not json")
        self.assertIn("dev", self.done("env", "list").out)

    def test_fields_of_a_newer_penstock_are_not_thrown_away(self):
        self.ready()
        value = json.loads(self.kept("dev")["Value"]) | {"colour": "blue"}
        self.cli("ssm", "put-parameter", "--name", PATH + "dev", "--overwrite", "--value",
                 json.dumps(value))
        done = self.done("env", "edit", "dev", "--team", "data", "--yes", rc=2)
        self.assertIn("newer penstock", done.err)
        self.assertIn("colour", self.kept("dev")["Value"])

    def test_many_come_in_pages_and_by_name(self):
        self.open()
        self.done("env", "add", "tools", "--kind", "cicd", "--account", "111111111111", "--region",
                  "eu-west-1", "--yes")
        for i in range(23):
            value = {"schema": 1, "name": f"e{i:02}", "kind": "target", "account": "222222222222",
                     "region": "eu-west-1", "profile": "dev", "stage": f"s{i:02}"}
            self.cli("ssm", "put-parameter", "--name", f"{PATH}e{i:02}", "--type", "String",
                     "--value", json.dumps(value))
        rows = self.done("env", "list", "--json").json["environments"]
        self.assertEqual([r["name"] for r in rows], [f"e{i:02}" for i in range(23)] + ["tools"])

    def test_removing_takes_the_record_only(self):
        self.ready()
        self.done("env", "remove", "dev", "--confirm", "other", rc=2)
        done = self.done("env", "remove", "dev", "--confirm", "dev")
        self.assertIn("leaves behind", done.out)
        self.assertNotIn("dev", [r["name"] for r in
                                 self.done("env", "list", "--json").json["environments"]])
        self.assertEqual([r[0] for r in self.home_.rows("SELECT name FROM environment")], ["tools"])

    def test_no_external_id_is_kept_here(self):
        self.ready()
        self.done("env", "add", "far", "--kind", "target", "--account", "333333333333", "--region",
                  "eu-west-1", "--role-arn", "arn:aws:iam::333333333333:role/penstock-admin",
                  "--external-id", "hush-hush", "--yes")
        self.done("env", "list")
        self.assertIn("hush-hush", self.kept("far")["Value"])
        rows = self.home_.rows("SELECT * FROM environment")
        self.assertNotIn("hush-hush", repr(rows))
        self.assertNotIn(b"hush-hush", self.home_.audit_db.read_bytes())

    def test_read_only_writes_nothing(self):
        self.ready()
        before = len(self.writes())
        self.done("env", "edit", "dev", "--team", "x", "--yes", "--read-only", rc=2)
        self.assertEqual(len(self.writes()), before)


class Bootstrap(Story):
    def test_it_follows_the_contract(self):
        self.ready()
        self.done("env", "bootstrap", "tools", "dev", "--policy", estate.ADMIN, "--yes")
        version = self.cli("ssm", "get-parameter", "--name", "/cdk-bootstrap/hnb659fds/version",
                           profile="dev")["Parameter"]["Value"]
        self.assertEqual(version, "32")
        stack = self.stack()
        self.assertTrue(stack["EnableTerminationProtection"])
        outputs = {o["OutputKey"]: o["OutputValue"] for o in stack["Outputs"]}
        self.assertEqual(outputs["BootstrapVersion"], "32")
        self.assertEqual(outputs["BucketName"], "cdk-hnb659fds-assets-222222222222-eu-west-1")
        role = self.cli("iam", "get-role", "--role-name", DEPLOY_ROLE, profile="dev")["Role"]
        self.assertIn({"Key": "aws-cdk:bootstrap-role", "Value": "deploy"}, role["Tags"])
        allowed = {(s["Action"], str(s["Principal"]["AWS"]))
                   for s in role["AssumeRolePolicyDocument"]["Statement"]}
        for action in ("sts:AssumeRole", "sts:TagSession"):
            self.assertTrue([p for a, p in allowed if a == action and "111111111111" in p])
        attached = self.cli("iam", "list-attached-role-policies", "--role-name",
                            DEPLOY_ROLE.replace("deploy-role", "cfn-exec-role"), profile="dev")
        self.assertEqual([p["PolicyArn"] for p in attached["AttachedPolicies"]], [estate.ADMIN])
        found, checks = self.examined("dev")
        self.assertTrue(found["trusts"])
        self.assertEqual({c["verdict"] for c in checks.values()}, {"ok", "-"})

    def test_one_more_trusted_account_keeps_the_others(self):
        self.ready()
        self.done("env", "bootstrap", "dev", "--policy", estate.ADMIN, "--yes")
        self.done("env", "bootstrap", "dev", "--trust", "333333333333", "--yes")
        parameters = {p["ParameterKey"]: p["ParameterValue"] for p in self.stack()["Parameters"]}
        self.assertEqual(parameters["TrustedAccounts"], "111111111111,333333333333")
        self.assertEqual(parameters["CloudFormationExecutionPolicies"], estate.ADMIN)
        role = json.dumps(self.cli("iam", "get-role", "--role-name", DEPLOY_ROLE, profile="dev"))
        self.assertIn("111111111111", role)
        self.assertIn("333333333333", role)

    def test_done_twice_does_nothing(self):
        self.ready()
        self.done("env", "bootstrap", "dev", "--policy", estate.ADMIN, "--yes")
        id_before = self.stack()["ChangeSetId"]
        done = self.done("env", "bootstrap", "dev", "--yes")
        self.assertIn("Nothing to do", done.out)
        self.assertEqual(self.stack()["ChangeSetId"], id_before)

    def test_trust_without_a_policy_is_refused_before_anything_is_written(self):
        self.ready()
        before = len(self.writes())
        done = self.done("env", "bootstrap", "dev", "--yes", rc=2)
        self.assertIn("--policy arn:aws:iam::aws:policy/AdministratorAccess", done.err)
        self.assertEqual(len(self.writes()), before)

    def test_protection_that_was_taken_off_is_told_and_put_on(self):
        self.ready()
        self.done("env", "bootstrap", "dev", "--policy", estate.ADMIN, "--yes")
        self.cli("cloudformation", "update-termination-protection", "--stack-name", "CDKToolkit",
                 "--no-enable-termination-protection", profile="dev")
        _, checks = self.examined("dev")
        self.assertEqual(checks["protection"]["verdict"], "warn")
        self.done("env", "bootstrap", "dev", "--yes")
        self.assertTrue(self.stack()["EnableTerminationProtection"])

    def test_the_dialect_of_ddk(self):
        self.open()
        self.done("env", "add", "tools", "--kind", "cicd", "--account", "111111111111", "--region",
                  "eu-west-1", "--yes")
        self.done("env", "add", "dev", "--kind", "target", *DEV, "--dialect", "ddk", "--yes")
        self.done("env", "bootstrap", "dev", "--policy", estate.ADMIN, "--yes")
        version = self.cli("ssm", "get-parameter", "--name",
                           "/ddk/dev/hnb659fds/bootstrap-version", profile="dev")
        self.assertEqual(version["Parameter"]["Value"], "10")
        self.cli("iam", "get-role", "--role-name", "ddk-dev-hnb659fds-deploy-222222222222-eu-west-1",
                 profile="dev")
        found, _ = self.examined("dev")
        self.assertEqual((found["verdict"], found["bootstrap_version"]), ("ok", 10))

    def test_what_another_hand_made_keeps_its_template(self):
        self.ready()
        parameters = {"TrustedAccounts": "444444444444", "BootstrapVariant": "Our own",
                      "CloudFormationExecutionPolicies": "", "TheirOwn": "x"}
        role = {"Type": "AWS::IAM::Role", "Properties": {
            "RoleName": DEPLOY_ROLE, "AssumeRolePolicyDocument": {"Statement": [{
                "Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"],
                "Principal": {"AWS": {"Ref": "TrustedAccounts"}}}]}}}
        version = {"Type": "AWS::SSM::Parameter", "Properties": {
            "Name": "/cdk-bootstrap/hnb659fds/version", "Type": "String", "Value": "25"}}
        template = {"Parameters": {
            name: {"Type": "CommaDelimitedList" if name == "TrustedAccounts" else "String",
                   "Default": value} for name, value in parameters.items()},
            "Resources": {"Role": role, "Version": version},
            "Outputs": {"BootstrapVersion": {"Value": "25"}}}
        self.cli("cloudformation", "create-stack", "--stack-name", "CDKToolkit", "--template-body",
                 json.dumps(template), "--capabilities", "CAPABILITY_NAMED_IAM", profile="dev")
        self.cli("cloudformation", "wait", "stack-create-complete", "--stack-name", "CDKToolkit",
                 profile="dev")
        done = self.done("env", "bootstrap", "dev", "--policy", estate.ADMIN, "--yes")
        self.assertIn("its template stays", done.out)
        now = {p["ParameterKey"]: p["ParameterValue"] for p in self.stack()["Parameters"]}
        self.assertEqual(now, parameters | {"TrustedAccounts": "444444444444,111111111111",
                                            "CloudFormationExecutionPolicies": estate.ADMIN})
        found, _ = self.examined("dev", rc=1)
        self.assertTrue(found["trusts"])
        self.assertEqual(found["bootstrap_version"], 25)

    def test_one_that_cannot_be_reached_is_told_with_all_the_others(self):
        self.ready()
        for name, profile in (("wrong", "test"), ("none", "nobody")):
            self.done("env", "add", name, "--kind", "target", "--account", "444444444444",
                      "--region", "eu-west-1", "--profile", profile, "--stage", name, "--yes")
        before = len(self.writes())
        done = self.done("env", "bootstrap", "dev", "wrong", "none", "--policy", estate.ADMIN,
                         "--yes", rc=2)
        self.assertIn("are of account 333333333333", done.out)
        self.assertIn('no profile "nobody"', done.out)
        self.assertEqual(len(self.writes()), before)


class Troubles(Story):
    def test_a_failed_bootstrap_says_why_and_goes_on_when_run_again(self):
        self.open("--fault", "stack-failure:DeploymentActionRole:1:1")
        self.add_two()
        done = self.done("env", "bootstrap", "dev", "--policy", estate.ADMIN, "--yes", rc=1)
        self.assertIn("DeploymentActionRole", done.err)
        self.assertEqual(self.stack()["StackStatus"], "ROLLBACK_COMPLETE")
        done = self.done("env", "bootstrap", "dev", "--policy", estate.ADMIN, "--yes")
        self.assertIn("what a failed try left", done.out)
        self.assertEqual(self.stack()["StackStatus"], "CREATE_COMPLETE")
        self.assertTrue(self.stack()["EnableTerminationProtection"])

    def unbootstrap(self):
        self.cli("cloudformation", "update-termination-protection", "--stack-name", "CDKToolkit",
                 "--no-enable-termination-protection", profile="dev")
        self.cli("cloudformation", "delete-stack", "--stack-name", "CDKToolkit", profile="dev")
        self.cli("cloudformation", "wait", "stack-delete-complete", "--stack-name", "CDKToolkit",
                 profile="dev")

    def test_a_bucket_that_outlived_its_stack_is_taken_over(self):
        self.ready()
        self.done("env", "bootstrap", "dev", "--policy", estate.ADMIN, "--yes")
        self.cli("s3api", "put-object", "--bucket", ASSETS, "--key", "kept", profile="dev")
        self.unbootstrap()
        done = self.done("env", "bootstrap", "dev", "--policy", estate.ADMIN, "--yes")
        self.assertRegex(done.out, "keeps .*StagingBucket.* is there already")
        self.assertIn("IMPORT_COMPLETE", done.out)
        self.assertEqual(self.stack()["StackStatus"], "CREATE_COMPLETE")
        self.cli("s3api", "head-object", "--bucket", ASSETS, "--key", "kept", profile="dev")
        found, _ = self.examined("dev")
        self.assertEqual((found["verdict"], found["bootstrap_version"]), ("ok", 32))
        self.assertIn("Nothing to do", self.done("env", "bootstrap", "dev", "--yes").out)

    def test_a_bucket_that_was_taken_over_stays_when_the_rest_fails(self):
        self.open("--fault", "stack-failure:StagingBucketPolicy:1:1")
        self.add_two()
        self.cli("s3api", "create-bucket", "--bucket", ASSETS, "--create-bucket-configuration",
                 "LocationConstraint=eu-west-1", profile="dev")
        done = self.done("env", "bootstrap", "dev", "--policy", estate.ADMIN, "--yes", rc=1)
        self.assertIn("StagingBucketPolicy", done.err)
        self.assertEqual(self.stack()["StackStatus"], "ROLLBACK_COMPLETE")
        self.cli("s3api", "head-bucket", "--bucket", ASSETS, profile="dev")
        done = self.done("env", "bootstrap", "dev", "--policy", estate.ADMIN, "--yes")
        self.assertIn("is there already", done.out)
        self.assertEqual(self.stack()["StackStatus"], "CREATE_COMPLETE")

    def test_somebody_elses_bucket_is_told_before_anything_is_written(self):
        self.ready()
        self.cli("s3api", "create-bucket", "--bucket", ASSETS, "--create-bucket-configuration",
                 "LocationConstraint=eu-west-1", profile="test")
        before = len(self.writes())
        done = self.done("env", "bootstrap", "dev", "--policy", estate.ADMIN, "--yes", rc=2)
        self.assertIn(f"bucket {ASSETS} is somebody else's", done.err)
        self.assertEqual(len(self.writes()), before)

    def test_a_bucket_that_ddk_left_is_told_before_anything_is_written(self):
        self.open()
        self.done("env", "add", "tools", "--kind", "cicd", "--account", "111111111111", "--region",
                  "eu-west-1", "--yes")
        self.done("env", "add", "dev", "--kind", "target", *DEV, "--dialect", "ddk", "--yes")
        self.cli("s3api", "create-bucket", "--bucket", DDK_ASSETS, "--create-bucket-configuration",
                 "LocationConstraint=eu-west-1", profile="dev")
        before = len(self.writes())
        done = self.done("env", "bootstrap", "dev", "--policy", estate.ADMIN, "--yes", rc=2)
        self.assertIn("stands in the way", done.err)
        self.assertEqual(len(self.writes()), before)

    def test_a_failed_change_of_trust_keeps_the_trust_there_was(self):
        kept = self.enterContext(lab.temporary_directory())
        self.open("--state", kept)
        self.add_two()
        self.done("env", "bootstrap", "dev", "--policy", estate.ADMIN, "--yes")
        self.aws.stop()
        self.aws = self.sandbox("--seed", "empty", "--speed", "200", "--state", kept, "--fault",
                                "stack-failure:DeploymentActionRole:1:1")
        self.home_.use(self.aws)
        self.done("env", "bootstrap", "dev", "--trust", "333333333333", "--yes", rc=1)
        found, _ = self.examined("dev")
        self.assertTrue(found["trusts"])
        self.done("env", "bootstrap", "dev", "--trust", "333333333333", "--yes")
        parameters = {p["ParameterKey"]: p["ParameterValue"] for p in self.stack()["Parameters"]}
        self.assertEqual(parameters["TrustedAccounts"], "111111111111,333333333333")

    def test_killed_in_the_middle_it_goes_on_when_run_again(self):
        self.ready()
        args = ("env", "bootstrap", "tools", "dev", "--policy", estate.ADMIN, "--yes")
        child = self.home_.start(*args)
        for line in child.stdout:
            if b"StagingBucket" in line and b"CREATE_IN_PROGRESS" in line:
                child.kill()
                break
        child.communicate(timeout=60)
        self.assertNotEqual(child.returncode, 0)
        self.done(*args)
        self.done("env", "doctor")

    def test_an_environment_that_is_used_stays(self):
        self.ready()
        self.done("env", "bootstrap", "tools", "dev", "--policy", estate.ADMIN, "--yes")
        self.create(self.definition("orders", "trunk", ["dev"], ))
        done = self.done("env", "remove", "dev", "--confirm", "dev", rc=2)
        self.assertIn("pipeline orders uses dev", done.err)
        self.kept("dev")


class Doctor(Story):
    def test_every_finding_says_what_to_do(self):
        self.ready()
        found, checks = self.examined("dev", rc=1)
        self.assertEqual(found["bootstrap_version"], 0)
        self.assertEqual(checks["bootstrap"]["advice"], "penstock env bootstrap dev")
        self.assertEqual(checks["identity"]["verdict"], "ok")
        self.done("env", "edit", "dev", "--profile", "test", "--yes")
        _, checks = self.examined("dev", rc=1)
        self.assertEqual(checks["identity"]["verdict"], "FAIL")
        self.assertIn("333333333333", checks["identity"]["text"])
        self.assertIn("penstock env edit dev --profile", checks["identity"]["advice"])
        self.done("env", "edit", "dev", "--profile", "nobody", "--yes")
        _, checks = self.examined("dev", rc=1)
        self.assertEqual(checks["credentials"]["verdict"], "FAIL")

    def test_trust_that_somebody_took_away_is_seen(self):
        self.ready()
        self.done("env", "bootstrap", "dev", "--policy", estate.ADMIN, "--yes")
        own = {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"],
               "Principal": {"AWS": "222222222222"}}
        self.cli("iam", "update-assume-role-policy", "--role-name", DEPLOY_ROLE,
                 "--policy-document", json.dumps({"Version": "2012-10-17", "Statement": [own]}),
                 profile="dev")
        found, checks = self.examined("dev", rc=1)
        self.assertFalse(found["trusts"])
        self.assertEqual(checks["trust"]["verdict"], "FAIL")
        self.assertIn("111111111111", checks["trust"]["text"])

    def test_a_right_that_is_missing_is_told_by_its_name(self):
        self.ready()
        self.done("env", "bootstrap", "dev", "--policy", estate.ADMIN, "--yes")
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "111111111111"}}
        may = {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "*"}
        self.cli("iam", "create-role", "--role-name", "looker", "--assume-role-policy-document",
                 json.dumps({"Version": "2012-10-17", "Statement": [trust]}), profile="dev")
        self.cli("iam", "put-role-policy", "--role-name", "looker", "--policy-name", "look",
                 "--policy-document", json.dumps({"Version": "2012-10-17", "Statement": [may]}),
                 profile="dev")
        self.done("env", "add", "far", "--kind", "target", "--account", "222222222222", "--region",
                  "eu-west-1", "--role-arn", "arn:aws:iam::222222222222:role/looker", "--yes")
        found, checks = self.examined("far")
        self.assertEqual(found["verdict"], "warn")
        self.assertIn("iam:GetRole", checks["trust"]["text"])
        self.assertIn("s3:ListBucket", checks["bucket"]["text"])
        self.assertIn("cloudformation:DescribeStacks", checks["protection"]["text"])

    def test_an_old_version_fails_or_warns(self):
        self.ready()
        self.done("env", "bootstrap", "dev", "--policy", estate.ADMIN, "--yes")
        for version, verdict in (("5", "FAIL"), ("6", "warn"), ("20", "warn"), ("21", "ok"),
                                 ("none", "FAIL")):
            self.cli("ssm", "put-parameter", "--name", "/cdk-bootstrap/hnb659fds/version",
                     "--overwrite", "--value", version, profile="dev")
            _, checks = self.examined("dev", rc=1 if verdict == "FAIL" else 0)
            self.assertEqual(checks["bootstrap"]["verdict"], verdict, version)

    def test_what_was_found_stays_in_the_list(self):
        self.ready()
        self.done("env", "bootstrap", "dev", "--policy", estate.ADMIN, "--yes")
        self.done("env", "doctor", rc=1)
        rows = {r["name"]: r for r in self.done("env", "list", "--json").json["environments"]}
        self.assertEqual(rows["dev"]["bootstrap_version"], 32)
        cached = self.home_.rows("SELECT name, verdict, trusts FROM environment ORDER BY name")
        self.assertEqual(cached, [("dev", 1, 1), ("tools", 3, 0)])


if __name__ == "__main__":
    if shutil.which("aws") is None:
        raise SystemExit(lab.SKIPPED)
    lab.main()
