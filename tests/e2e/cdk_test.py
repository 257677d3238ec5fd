"""The official CDK CLI and penstock share accounts: each deploys into, and bootstraps over, what
the other bootstrapped.

The CLI is the one that the starter app pins, installed by npm into the build directory. The app is
a cloud assembly written here, so nothing of the CDK's library is needed."""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import unittest

import estate
import lab

REGION = "eu-west-1"
SOURCE = pathlib.Path(__file__).resolve().parents[2]
PINNED = SOURCE / "assets" / "starters" / "cdk"
VERSION_PARAMETER = "/cdk-bootstrap/hnb659fds/version"
BUCKET = "cdk-hnb659fds-assets-{account}-{region}"


def install():
    """The path of the pinned `cdk`; SkipTest where npm or its registry is not there."""
    place = pathlib.Path(lab.programs()[0]).resolve().parent / "cdk-cli"
    lock = (PINNED / "package-lock.json").read_text()
    stamp = place / "installed"
    cdk = place / "node_modules" / ".bin" / "cdk"
    if stamp.exists() and stamp.read_text() == lock and cdk.exists():
        return cdk
    if not shutil.which("npm") or not shutil.which("node"):
        raise unittest.SkipTest("there is no npm here: the CDK CLI is not tested")
    place.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PINNED / name, place)
    done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--fetch-retries=0",
                           "--fetch-timeout=20000"], cwd=place, capture_output=True, text=True,
                          timeout=120, check=False)
    if done.returncode != 0:
        raise unittest.SkipTest(f"npm cannot fetch the CDK CLI: {done.stderr.strip()[-300:]}")
    stamp.write_text(lock)
    return cdk


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Cdk(estate.Story):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cdk_path = install()

    def cdk(self, *args, profile="cicd", rc=0):
        env = self.aws.env(profile, AWS_ENDPOINT_URL=self.aws.url, AWS_REGION=REGION, CI="true",
                           CDK_DISABLE_CLI_TELEMETRY="1", HOME=str(self.home_.dir / "home"))
        done = subprocess.run([self.cdk_path, *args, "--no-notices", "--no-color"], env=env,
                              cwd=self.home_.dir, capture_output=True, text=True, timeout=120,
                              check=False)
        self.assertEqual(done.returncode, rc, f"cdk {args}\n{done.stdout}\n{done.stderr}")
        return done.stdout + done.stderr

    def file_asset(self, path, account, extension):
        bucket = BUCKET.format(account=account, region=REGION)
        role = f"cdk-hnb659fds-file-publishing-role-{account}-{REGION}"
        return {"displayName": path.name, "source": {"path": path.name, "packaging": "file"},
                "destinations": {"there": {
                    "bucketName": bucket, "objectKey": digest(path) + extension, "region": REGION,
                    "assumeRoleArn": f"arn:${{AWS::Partition}}:iam::{account}:role/{role}"}}}

    def assembly(self, name, account, value):
        """What `cdk synth` would write for a stack of one parameter and one file beside it."""
        out = self.home_.dir / f"cdk.out-{name}"
        out.mkdir(exist_ok=True)
        note = out / "note.txt"
        note.write_text(f"the asset of {name}: {value}\n")
        template = out / f"{name}.template.json"
        template.write_text(json.dumps({
            "Parameters": {"BootstrapVersion": {
                "Type": "AWS::SSM::Parameter::Value<String>", "Default": VERSION_PARAMETER}},
            "Rules": {"CheckBootstrapVersion": {"Assertions": [{
                "Assert": {"Fn::Not": [{"Fn::Contains": [["1", "2", "3", "4", "5"],
                                                         {"Ref": "BootstrapVersion"}]}]},
                "AssertDescription": "version 6 or later is needed"}]}},
            "Resources": {"Value": {"Type": "AWS::SSM::Parameter", "Properties": {
                "Name": f"/app/{name}", "Type": "String", "Value": value}}},
            "Outputs": {"Where": {"Value": {"Fn::Sub": "${AWS::AccountId}"}}}}))
        assets = out / f"{name}.assets.json"
        assets.write_text(json.dumps({"version": "36.0.0", "dockerImages": {}, "files": {
            digest(template): self.file_asset(template, account, ".json"),
            digest(note): self.file_asset(note, account, ".txt")}}))
        bootstrapped = {"requiresBootstrapStackVersion": 6,
                        "bootstrapStackVersionSsmParameter": VERSION_PARAMETER}

        def role(kind):
            return (f"arn:${{AWS::Partition}}:iam::{account}:role/"
                    f"cdk-hnb659fds-{kind}-role-{account}-{REGION}")
        bucket = BUCKET.format(account=account, region=REGION)
        (out / "manifest.json").write_text(json.dumps({"version": "36.0.0", "artifacts": {
            f"{name}.assets": {"type": "cdk:asset-manifest",
                               "properties": {"file": assets.name, **bootstrapped}},
            name: {"type": "aws:cloudformation:stack", "environment": f"aws://{account}/{REGION}",
                   "displayName": name, "dependencies": [f"{name}.assets"], "properties": {
                       "templateFile": template.name, "validateOnSynth": False,
                       "assumeRoleArn": role("deploy"),
                       "cloudFormationExecutionRoleArn": role("cfn-exec"),
                       "stackTemplateAssetObjectUrl": f"s3://{bucket}/{digest(template)}.json",
                       "lookupRole": {"arn": role("lookup"),
                                      "requiresBootstrapStackVersion": 8,
                                      "bootstrapStackVersionSsmParameter": VERSION_PARAMETER},
                       "additionalDependencies": [f"{name}.assets"], **bootstrapped}}}}))
        return out, digest(note) + ".txt"

    def value_of(self, name, profile):
        return self.cli("ssm", "get-parameter", "--name", f"/app/{name}",
                        profile=profile)["Parameter"]["Value"]

    def stack(self, profile, name="CDKToolkit"):
        return self.cli("cloudformation", "describe-stacks", "--stack-name", name,
                        profile=profile)["Stacks"][0]

    def trusted(self, profile):
        given = {p["ParameterKey"]: p.get("ParameterValue", "")
                 for p in self.stack(profile)["Parameters"]}
        return set(filter(None, given["TrustedAccounts"].split(",")))

    def trusting(self, role, profile="dev"):
        """The accounts in a role's real trust policy."""
        found = self.cli("iam", "get-role", "--role-name", role, profile=profile)["Role"]
        text = json.dumps(found["AssumeRolePolicyDocument"])
        return {a for a in estate.ACCOUNTS.values() if a in text}

    def deploy_role(self, name="dev"):
        return f"cdk-hnb659fds-deploy-role-{estate.ACCOUNTS[name]}-{REGION}"

    def assert_deploys(self, name, environment, *options, profile="cicd"):
        """A stack and its asset are there, by the execution role, from the profile's account."""
        account = estate.ACCOUNTS[environment]
        there = estate.PROFILES[environment] or "cicd"
        out, key = self.assembly(name, account, "one")
        self.cdk("deploy", "-a", out, name, "--require-approval", "never", *options,
                 profile=profile)
        self.assertEqual(self.value_of(name, there), "one")
        bucket = BUCKET.format(account=account, region=REGION)
        self.cli("s3api", "head-object", "--bucket", bucket, "--key", key, profile=there)
        stack = self.stack(there, name)
        self.assertEqual(stack["StackStatus"], "CREATE_COMPLETE")
        self.assertIn("cfn-exec-role", stack["RoleARN"])

    def assert_changes_and_goes(self, name, environment, profile="cicd"):
        account = estate.ACCOUNTS[environment]
        there = estate.PROFILES[environment] or "cicd"
        out, _ = self.assembly(name, account, "two")
        self.assertIn("two", self.cdk("diff", "-a", out, name, "--no-change-set", profile=profile))
        self.cdk("deploy", "-a", out, name, "--require-approval", "never", profile=profile)
        self.assertEqual(self.value_of(name, there), "two")
        self.cdk("destroy", "-a", out, name, "--force", profile=profile)
        names = [s["StackName"] for s in self.cli("cloudformation", "describe-stacks",
                                                  profile=there)["Stacks"]]
        self.assertNotIn(name, names)

    def test_an_app_goes_into_what_penstock_bootstrapped(self):
        self.begin(environments=("dev",))
        self.assert_deploys("own", "tools", "--method", "direct")
        self.assert_deploys("across", "dev")
        self.assert_changes_and_goes("across", "dev")

    def test_an_account_that_is_not_trusted_cannot_deploy(self):
        self.begin(environments=("dev", "test"))
        out, _ = self.assembly("stranger", estate.ACCOUNTS["dev"], "one")
        said = self.cdk("deploy", "-a", out, "stranger", "--require-approval", "never",
                        profile="test", rc=1)
        self.assertIn(estate.ACCOUNTS["dev"], said)
        names = [s["StackName"] for s in self.cli("cloudformation", "describe-stacks",
                                                  profile="dev")["Stacks"]]
        self.assertEqual(names, ["CDKToolkit"])

    def test_the_cdk_and_penstock_bootstrap_in_turns(self):
        self.begin(environments=("dev",))
        cicd, test, other = (estate.ACCOUNTS[name] for name in ("tools", "test", "prod"))
        place = f"aws://{estate.ACCOUNTS['dev']}/{REGION}"
        self.assertEqual(self.trusted("dev"), {cicd})
        first = self.stack("dev")["StackId"]
        # Its own template is an older version: it leaves a newer one alone unless it is forced to.
        self.assertIn("no changes", self.cdk("bootstrap", place, profile="dev"))
        self.cdk("bootstrap", place, "--force", profile="dev")
        self.assertEqual(self.trusted("dev"), {cicd}, "the CDK keeps whom penstock made trusted")
        self.done("env", "bootstrap", "dev", "--trust", test, "--yes")
        self.assertEqual(self.trusted("dev"), {cicd, test})
        self.assertEqual(self.trusted("dev"), {cicd, test})
        self.cdk("bootstrap", place, "--force", "--trust", f"{cicd},{test},{other}",
                 "--cloudformation-execution-policies", estate.ADMIN, profile="dev")
        self.done("env", "bootstrap", "dev", "--yes")
        self.assertEqual(self.trusted("dev"), {cicd, test, other},
                         "penstock keeps whom the CDK made trusted")
        self.assertEqual(self.trusting(self.deploy_role()) - {estate.ACCOUNTS["dev"]},
                         {cicd, test, other})
        after = self.stack("dev")
        self.assertEqual(after["StackId"], first, "the stack was updated, never made anew")
        self.assertTrue(after["EnableTerminationProtection"])
        self.assert_deploys("turns", "dev", "--method", "direct")

    def test_penstock_takes_over_what_the_cdk_bootstrapped(self):
        self.begin(environments=())
        cicd = estate.ACCOUNTS["tools"]
        self.cdk("bootstrap", f"aws://{estate.ACCOUNTS['dev']}/{REGION}", "--trust",
                 estate.ACCOUNTS["prod"], "--cloudformation-execution-policies", estate.ADMIN,
                 profile="dev")
        self.add("dev", "--kind", "target", "--profile", "dev", "--stage", "dev")
        before = self.run_("env", "doctor", "dev", "--json")
        self.assertIn("FAIL", before.out, "it does not trust the CICD account yet")
        self.done("env", "bootstrap", "dev", "--yes")
        self.assertEqual(self.trusted("dev"), {cicd, estate.ACCOUNTS["prod"]})
        self.create(self.definition("over", "trunk", ["dev"]))
        self.run_to_green("over")


if __name__ == "__main__":
    lab.main()
