"""A pipeline's stacks beside the AWS CLI: listed, read, followed, looked at for drift, brought out
of a rollback that failed, and deleted."""

import json
import os
import pty
import select
import subprocess

import console
import estate
import lab

PIPELINE = "weather-feed"  # the demo's own that carries penstock's tags
TAGS = ["Key=penstock:pipeline,Value=weather-feed", "Key=penstock:stage,Value=dev"]


def parameter(name, value, **more):
    return {"Type": "AWS::SSM::Parameter",
            "Properties": {"Name": name, "Type": "String", "Value": value}, **more}


class Story(lab.Story):
    def begin(self, *options, profile="cicd"):
        self.aws = self.sandbox("--seed", "demo", *(options or ("--speed", "300", "--control")))
        self.home_ = self.home(self.aws, profile=profile)

    def cli(self, *args, profile="cicd"):
        env = self.aws.env(profile, AWS_DEFAULT_OUTPUT="json")
        done = subprocess.run(["aws", *args], env=env, capture_output=True, text=True, timeout=60,
                              check=False)
        if done.returncode != 0:
            raise AssertionError(f"aws {' '.join(args)}: {done.stderr}")
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def stack(self, name):
        return self.cli("cloudformation", "describe-stacks", "--stack-name", name)["Stacks"][0]

    def status(self, name):
        return self.stack(name)["StackStatus"]

    def rests(self, name, status):
        lab.wait_for(lambda: self.status(name) == status, 20, 0.1, f"{name} {status}")

    def make(self, name, resources, *options, **more):
        body = json.dumps({"Resources": resources, **more})
        self.cli("cloudformation", "create-stack", "--stack-name", name, "--template-body", body,
                 "--tags", *TAGS, *options)
        self.rests(name, "CREATE_COMPLETE")

    def stuck(self, name):
        """A stack whose rollback has failed at Limit."""
        def body(value):
            return {"Limit": parameter(f"/{name}/limit", value),
                    "Bad": parameter(f"/{name}/bad", value, DependsOn="Limit")}
        self.make(name, body("1"))
        self.aws.fail("stack-failure:Bad:1:1", "stack-failure:undo-Limit:1:1")
        self.cli("cloudformation", "update-stack", "--stack-name", name, "--template-body",
                 json.dumps({"Resources": body("2")}), "--tags", *TAGS)
        self.rests(name, "UPDATE_ROLLBACK_FAILED")

    def run_(self, *args, rc=0, **more):
        done = self.home_.run(*args, **more)
        self.assert_ended(done, rc)
        return done

    def sent(self, operation):
        return len(self.aws.calls(operation))

    def ask_then(self, args, change):
        """The plan is shown and the question asked; then something changes, then it is answered."""
        leader, follower = pty.openpty()
        try:
            child = self.home_.start(*args, stdin=follower, stderr=follower)
            asked = b""
            while b"Do this?" not in asked and b"to do this: " not in asked:
                self.assertTrue(select.select([leader], [], [], 20)[0], f"not asked: {asked}")
                asked += os.read(leader, 4096)
            change()
            word = asked.split(b"Type ")[1].split(b" to do")[0] if b"Type " in asked else b"y"
            os.write(leader, word + b"\n")
            out, _ = child.communicate(timeout=60)
            said = os.read(leader, 65536).decode()
        finally:
            os.close(leader)
            os.close(follower)
        return child.returncode, lab.text_of(out), said


class Reading(Story):
    def test_the_list_has_what_aws_tags_and_names(self):
        self.begin()
        told = self.run_("stack", PIPELINE, "--json").json
        stacks = self.cli("cloudformation", "describe-stacks")["Stacks"]
        tagged = {s["StackName"]: s["StackStatus"] for s in stacks
                  if {"Key": "penstock:pipeline", "Value": PIPELINE} in s.get("Tags", [])
                  and any(t["Key"] == "penstock:stage" for t in s["Tags"])}
        found = {s["name"]: s["status"] for s in told["stacks"] if s["kind"] != "pipeline"}
        self.assertTrue(tagged)
        self.assertEqual({n: s for n, s in found.items() if n in tagged}, tagged)
        own = [s for s in told["stacks"] if s["kind"] == "pipeline"]
        self.assertEqual([s["name"] for s in own], ["penstock-weather-feed"])
        self.assertIn("no such stack", own[0]["note"])  # the demo's was made without penstock
        lines = self.run_("stack", PIPELINE).out
        for name in tagged:
            self.assertIn(name, lines)
        self.assert_clean(lines)

    def test_one_stack_is_what_aws_tells(self):
        self.begin()
        secret = {"Hidden": {"Type": "String", "NoEcho": True}}
        self.make("mine", {"A": parameter("/mine/a", "1")}, "--parameters",
                  "ParameterKey=Hidden,ParameterValue=not-to-be-seen", Parameters=secret,
                  Outputs={"Where": {"Value": "https://x"}})
        told = self.run_("stack", PIPELINE, "mine", "--json").json
        resources = self.cli("cloudformation", "list-stack-resources", "--stack-name", "mine")
        self.assertEqual(
            [(r["logical"], r["physical"], r["status"]) for r in told["resources"]],
            [(r["LogicalResourceId"], r["PhysicalResourceId"], r["ResourceStatus"])
             for r in resources["StackResourceSummaries"]])
        events = self.cli("cloudformation", "describe-stack-events", "--stack-name", "mine")
        self.assertEqual([e["id"] for e in told["events"]],
                         [e["EventId"] for e in events["StackEvents"]])
        self.assertEqual(told["outputs"], [{"key": "Where", "value": "https://x"}])
        self.assertEqual(told["parameters"], [{"key": "Hidden", "value": "****"}])
        self.assertEqual(told["status"], "CREATE_COMPLETE")
        lines = self.run_("stack", PIPELINE, "mine").out
        for word in ("CREATE_COMPLETE", "/mine/a", "https://x", "****"):
            self.assertIn(word, lines)
        self.assertNotIn("not-to-be-seen", lines)
        self.assertNotIn(b"not-to-be-seen", self.home_.cache.read_bytes())
        by_arn = self.run_("stack", PIPELINE, told["id"], "--json").json
        self.assertEqual(by_arn["id"], told["id"])

    def test_events_come_in_order_and_none_twice(self):
        self.begin("--step")
        resources = {f"P{i}": parameter(f"/many/{i}", "x") for i in range(30)}
        self.cli("cloudformation", "create-stack", "--stack-name", "many", "--template-body",
                 json.dumps({"Resources": resources}), "--tags", *TAGS)
        seen = 0
        for _ in range(40):
            told = [e["id"] for e in
                    self.run_("stack", PIPELINE, "many", "--json").json["events"]]
            self.assertEqual(len(told), len(set(told)), "an event twice")
            self.assertGreaterEqual(len(told), seen)
            seen = len(told)
            if self.status("many") == "CREATE_COMPLETE":
                break
            self.aws.step(4)
        told = [e["id"] for e in self.run_("stack", PIPELINE, "many", "--json").json["events"]]
        events = self.cli("cloudformation", "describe-stack-events", "--stack-name", "many")
        self.assertEqual(told, [e["EventId"] for e in events["StackEvents"]])
        lines = self.run_("stack", PIPELINE, "many", "--events").out.splitlines()
        self.assertEqual(len(lines), len(told))
        self.assertIn("CREATE_IN_PROGRESS", lines[0])
        self.assertIn("CREATE_COMPLETE", lines[-1])

    def test_drift_is_looked_for_on_demand(self):
        self.begin()
        self.make("mine", {"A": parameter("/mine/a", "1"), "B": parameter("/mine/b", "1")})
        self.cli("ssm", "put-parameter", "--name", "/mine/a", "--value", "2", "--overwrite")
        self.assertEqual(self.run_("stack", PIPELINE, "mine", "--json").json["drifts"], [])
        told = self.run_("stack", PIPELINE, "mine", "--drift", "--json", "--read-only").json
        self.assertEqual(told["drift"], "DRIFTED")
        self.assertEqual([(d["logical"], d["status"]) for d in told["drifts"]], [("A", "MODIFIED")])
        self.assertEqual(told["drifts"][0]["differences"], [
            {"path": "/Value", "kind": "NOT_EQUAL", "expected": "1", "actual": "2"}])
        self.assertEqual(told["detection"]["status"], "DETECTION_COMPLETE")
        listed = self.run_("stack", PIPELINE, "--json").json["stacks"]
        self.assertEqual([s["drift"] for s in listed if s["name"] == "mine"], ["DRIFTED"])

    def test_what_was_read_is_there_without_a_network(self):
        self.begin()
        before = self.run_("stack", PIPELINE, "--json").json
        name = next(s["name"] for s in before["stacks"] if s["id"])
        page = self.run_("stack", PIPELINE, name, "--json").json
        calls = len(self.aws.calls())
        self.assertEqual(self.run_("stack", PIPELINE, "--json", "--cached").json, before)
        self.assertEqual(self.run_("stack", PIPELINE, name, "--json", "--cached").json, page)
        self.assertEqual(len(self.aws.calls()), calls)

    def test_what_is_not_there_is_told_in_a_sentence(self):
        self.begin()
        done = self.run_("stack", PIPELINE, "nothing", rc=1)
        self.assert_sentence(done.err, "there is no stack nothing in account 111111111111")
        self.assert_sentence(self.run_("stack", "nowhere", rc=1).err, "there is no pipeline")
        self.assert_sentence(self.run_("stack", PIPELINE, "shake", "it", rc=2).err, "shake")


class Continuing(Story):
    ARGS = ("stack", PIPELINE, "continue-rollback", "mine")

    def test_it_goes_on_and_what_is_skipped_stays(self):
        for skip, value in (([], "1"), (["--skip", "Limit"], "2")):
            self.begin()
            self.stuck("mine")
            dry = self.run_(*self.ARGS, *skip, "--dry-run")
            self.assertIn("UPDATE_ROLLBACK_FAILED, failed: Limit", dry.out)
            self.assertEqual(self.sent("ContinueUpdateRollback"), 0)
            done = self.run_(*self.ARGS, *skip, "--yes")
            self.assertIn("UPDATE_ROLLBACK_COMPLETE", done.out)
            self.assertIn("request id ", done.out)
            self.assertEqual(self.status("mine"), "UPDATE_ROLLBACK_COMPLETE")
            got = self.cli("ssm", "get-parameter", "--name", "/mine/limit")["Parameter"]["Value"]
            self.assertEqual(got, value)
            told = self.run_("stack", PIPELINE, "mine", "--json", "--cached").json
            self.assertEqual(told["status"], "UPDATE_ROLLBACK_COMPLETE")

    def test_one_that_fails_again_says_why(self):
        self.begin()
        self.stuck("mine")
        self.aws.fail("stack-failure:undo-Limit:1:1")
        done = self.run_(*self.ARGS, "--yes", rc=1)
        self.assertIn("Limit", done.err)
        self.assertIn("UPDATE_ROLLBACK_FAILED", done.err)

    def test_only_what_failed_can_be_skipped_and_only_a_stuck_one_continued(self):
        self.begin()
        self.stuck("mine")
        done = self.run_(*self.ARGS, "--skip", "Bad", "--yes", rc=2)
        self.assertIn("what can be skipped is Limit", done.out + done.err)
        self.make("fine", {"A": parameter("/fine/a", "1")})
        done = self.run_("stack", PIPELINE, "continue-rollback", "fine", "--yes", rc=1)
        self.assertIn("only a rollback that failed", done.out + done.err)
        self.assertEqual(self.sent("ContinueUpdateRollback"), 0)

    def test_what_changed_meanwhile_is_not_touched(self):
        self.begin()
        self.stuck("mine")

        def change():
            self.cli("cloudformation", "delete-stack", "--stack-name", "mine")
            lab.wait_for(lambda: "mine" not in [s["StackName"] for s in self.cli(
                "cloudformation", "describe-stacks")["Stacks"]], 20, 0.1, "mine gone")
        rc, out, said = self.ask_then(self.ARGS, change)
        self.assertEqual(rc, 1, out + said)
        self.assertEqual(self.sent("ContinueUpdateRollback"), 0)

    def test_a_denial_is_told(self):
        self.begin()
        self.stuck("mine")
        self.home_.change(AWS_PROFILE="viewer")
        done = self.run_(*self.ARGS, "--yes", rc=3)
        self.assertIn("not authorized", done.err)
        self.assertEqual(self.status("mine"), "UPDATE_ROLLBACK_FAILED")

    def test_a_cut_after_it_was_sent_is_looked_up_and_not_sent_again(self):
        self.begin()
        self.stuck("mine")
        self.aws.fail("cut:ContinueUpdateRollback:1:1")
        done = self.run_(*self.ARGS, "--yes")
        self.assertIn("though AWS's answer was lost", done.out)
        self.assertEqual(self.sent("ContinueUpdateRollback"), 1)
        self.rests("mine", "UPDATE_ROLLBACK_COMPLETE")


class Deleting(Story):
    ARGS = ("stack", PIPELINE, "delete", "mine")
    OPTIONS = ("--confirm", "mine")

    def is_gone(self, name="mine"):
        return name not in [s["StackName"] for s in
                            self.cli("cloudformation", "describe-stacks")["Stacks"]]

    def ready(self, **more):
        self.begin()
        self.make("mine", {"A": parameter("/mine/a", "1")}, **more)

    def test_it_is_deleted_when_its_name_was_typed(self):
        self.ready()
        dry = self.run_(*self.ARGS, "--dry-run")
        self.assertIn("deletes the stack", dry.out)
        self.run_(*self.ARGS, "--yes", rc=2)
        self.run_(*self.ARGS, "--confirm", "weather-feed", rc=2)
        self.assertEqual(self.sent("DeleteStack"), 0)
        done = self.run_(*self.ARGS, *self.OPTIONS)
        self.assertIn("the stack is gone", done.out)
        self.assertTrue(self.is_gone())
        again = self.run_(*self.ARGS, *self.OPTIONS)
        self.assertIn("there is no such stack", again.out)
        self.assertEqual(self.sent("DeleteStack"), 1)

    def test_what_must_not_be_deleted_is_refused(self):
        self.begin()
        self.make("mine", {"A": parameter("/mine/a", "1")}, "--enable-termination-protection")
        done = self.run_(*self.ARGS, *self.OPTIONS, rc=1)
        self.assertIn("protected against termination", done.out + done.err)
        self.make("base", {"A": parameter("/base/a", "1")}, Outputs={
            "A": {"Value": "v", "Export": {"Name": "base-a"}}})
        self.make("user", {"A": parameter("/user/a", {"Fn::ImportValue": "base-a"})})
        done = self.run_("stack", PIPELINE, "delete", "base", "--confirm", "base", rc=1)
        self.assertIn("stack user imports its export base-a", done.out + done.err)
        self.assertEqual(self.sent("DeleteStack"), 0)

    def test_what_cannot_be_deleted_is_left_behind_in_a_second_try(self):
        self.begin()
        self.make("mine", {"Data": {"Type": "AWS::S3::Bucket", "Properties": {
            "BucketName": "stacks-test-full"}}})
        self.cli("s3api", "put-object", "--bucket", "stacks-test-full", "--key", "k")
        dry = self.run_(*self.ARGS, "--dry-run")
        self.assertIn("not empty: stacks-test-full", dry.out)
        done = self.run_(*self.ARGS, *self.OPTIONS, rc=1)
        self.assertIn("DELETE_FAILED", done.err)
        self.assertIn("Data", done.err)
        self.run_(*self.ARGS, *self.OPTIONS, "--skip", "Data")
        self.assertTrue(self.is_gone())
        self.cli("s3api", "head-object", "--bucket", "stacks-test-full", "--key", "k")

    def test_what_changed_meanwhile_is_not_touched(self):
        self.ready()
        rc, out, said = self.ask_then(self.ARGS, lambda: (self.cli(
            "cloudformation", "update-stack", "--stack-name", "mine", "--template-body", json.dumps(
                {"Resources": {"B": parameter("/mine/b", "1"), "C": parameter("/mine/c", "1")}}),
            "--tags", *TAGS), self.rests("mine", "UPDATE_COMPLETE")))
        self.assertEqual(rc, 1, out + said)
        self.assertIn("nothing was sent", said)
        self.assertEqual(self.sent("DeleteStack"), 0)

    def test_a_denial_is_told(self):
        self.ready()
        self.home_.change(AWS_PROFILE="viewer")
        done = self.run_(*self.ARGS, *self.OPTIONS, rc=3)
        self.assertIn("not authorized", done.err)
        self.assertFalse(self.is_gone())

    def test_a_cut_after_it_was_sent_ends_well(self):
        self.ready()
        self.aws.fail("cut:DeleteStack:1:1")
        self.run_(*self.ARGS, *self.OPTIONS)
        self.assertTrue(self.is_gone())


class Pages(Story, console.Story):
    def stacks_of(self, *wanted):
        """The list, once it shows these."""
        self.run_("sync")
        shown = self.open(self.home_, rows=40, cols=120)
        shown.wait_for("sales-orders")
        self.say(shown, "pipeline weather-feed-b")
        shown.wait_for("execution", "weather-feed-b")
        shown.press("K")
        shown.wait_for("STACK", *wanted)
        return shown

    def test_events_come_while_one_looks_and_none_when_it_rests(self):
        self.begin("--step")
        resources = {f"P{i}": parameter(f"/many/{i}", "x") for i in range(3)}
        self.cli("cloudformation", "create-stack", "--stack-name", "aaa", "--template-body",
                 json.dumps({"Resources": resources}), "--tags", *TAGS)
        shown = self.stacks_of("RUN", "aaa")
        shown.press("\r")
        shown.wait_for("It is being created.", "Events, the latest first")
        self.aws.step(3600)
        shown.wait_for("It stands as it was created.", "Resources (3)")
        for name in resources:
            self.assertIn(f"OK   {name} ", shown.text)
        asked = self.sent("DescribeStackEvents")
        shown.press("j")  # it rests: nobody asks any more
        shown.quiet(3)
        self.assertEqual(self.sent("DescribeStackEvents"), asked)
        shown.press("i")
        lab.wait_for(lambda: self.sent("DetectStackDrift"), 10, 0.1, "a detection")
        self.aws.step(60)
        shown.press("g" + "g")
        shown.wait_for("in sync, looked for")
        self.leave(shown)

    def test_a_rollback_is_continued_by_keys(self):
        self.begin()
        self.stuck("aaa")
        shown = self.stacks_of("FAIL", "aaa")
        shown.press("\r")
        shown.wait_for("UPDATE_ROLLBACK_FAILED", "Limit")
        shown.press("T")
        shown.wait_for("Continue a stack's rollback")
        shown.press("\r")
        shown.wait_for("Skip")
        shown.press("Limit\r")
        shown.wait_for("Planned:", "A agree", "Limit stays as it is")
        self.assertEqual(self.sent("ContinueUpdateRollback"), 0)
        shown.press("A")
        shown.wait_for("not now")
        shown.press("y")
        shown.wait_until(lambda text: " Done" in text or "FAILED" in text.split("Planned")[0], 30,
                         "the end of the job")
        self.rests("aaa", "UPDATE_ROLLBACK_COMPLETE")
        self.assertEqual(self.sent("ContinueUpdateRollback"), 1)
        shown.press("q")
        shown.wait_until(lambda text: "It could not be updated and was taken back" in text or
                         "Skip" in text, what="the way back")
        if "was taken back" not in shown.text:
            shown.press("\x1b")
        shown.wait_for("It could not be updated and was taken back")
        self.leave(shown)


class Accounts(estate.Story):
    def test_stacks_in_all_accounts_of_a_pipeline_of_ours(self):
        self.begin(environments=("dev", "prod"))
        self.create(self.definition("orders", "trunk", ["dev", "prod"]))
        self.run_to_green("orders")
        rows = self.done("stack", "orders", "--json").json["stacks"]
        found = {(r["kind"], r["account"], r["name"]) for r in rows}
        self.assertEqual(found, {
            ("pipeline", "111111111111", "penstock-orders"),
            ("application", "222222222222", "orders-dev"),
            ("application", "444444444444", "orders-prod"),
            ("bootstrap", "111111111111", "CDKToolkit"),
            ("bootstrap", "222222222222", "CDKToolkit"),
            ("bootstrap", "444444444444", "CDKToolkit")})
        self.assertEqual({r["status"] for r in rows} - {"CREATE_COMPLETE", "UPDATE_COMPLETE"}, set())
        # Another account's is reached by its environment's way.
        told = self.done("stack", "orders", "orders-prod", "--json").json
        aws = self.cli("cloudformation", "list-stack-resources", "--stack-name", "orders-prod",
                       profile="prod")["StackResourceSummaries"]
        self.assertEqual([r["logical"] for r in told["resources"]],
                         [r["LogicalResourceId"] for r in aws])
        self.assertEqual(told["account"], "444444444444")
        # The pipeline's own is not deleted so, and prod is protected by two names.
        done = self.done("stack", "orders", "delete", "penstock-orders", "--confirm",
                         "penstock-orders", rc=1)
        self.assertIn("penstock delete orders takes the pipeline away", done.out + done.err)
        self.done("stack", "orders", "delete", "orders-dev", "--confirm", "orders-dev")
        left = [r for r in self.done("stack", "orders", "--json").json["stacks"]
                if r["name"] == "orders-dev"]
        self.assertEqual(left, [])
        self.assertEqual(self.cli("cloudformation", "describe-stacks", "--stack-name", "orders-prod",
                                  profile="prod")["Stacks"][0]["StackName"], "orders-prod")

    def test_an_account_that_cannot_be_reached_hides_no_other(self):
        self.begin(environments=("dev", "prod"))
        self.create(self.definition("orders", "trunk", ["dev", "prod"]))
        self.home_.change(AWS_CONFIG_FILE=self.broken_config())
        rows = self.done("stack", "orders", "--json").json["stacks"]
        prod = [r for r in rows if r["account"] == "444444444444"]
        self.assertTrue(prod and all(r["note"] and not r["status"] for r in prod), prod)
        self.assertTrue(any(r["status"] for r in rows if r["account"] == "222222222222"))

    def broken_config(self):
        """One in which the profile prod has the keys of another account."""
        text = self.aws.config_file.read_text()
        path = self.home_.dir / "config"
        path.write_text(text.replace("[profile prod]", "[profile prod]\nsource_profile = nobody\n"
                                     "role_arn = arn:aws:iam::444444444444:role/none\n"
                                     "[profile was-prod]"))
        return path


if __name__ == "__main__":
    lab.main()
