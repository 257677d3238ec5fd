"""What scripts rely on: exit codes that tell a slip from a refusal, one JSON object whatever
happens, pipes that close, and names that mean one thing."""

import json
import os
import pty
import re
import select
import shutil
import subprocess
import unittest

import lab
from operations import STILL, World


class Story(lab.Story):
    def begin(self, *more):
        self.world = World(self, options=(*STILL, *more))
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

    def test_read_only_is_said_before_a_missing_consent(self):
        self.begin()
        for args in (("release", "iot-telemetry-prod"), ("release", "hr-analytics")):
            told = self.home_.run("--read-only", *args)
            self.assert_ended(told, 2)
            self.assertIn("read-only", told.err)

    # ---- what a name means ----

    def copy(self, name, to, region):
        """Another CodePipeline like it, with a role and a bucket of its own."""
        client, cli = self.world.client, self.world.cli
        trust = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"},
             "Action": "sts:AssumeRole"}]}
        role = cli("iam", "create-role", "--role-name", "copies",
                   "--assume-role-policy-document", json.dumps(trust))["Role"]["Arn"]
        cli("s3api", "create-bucket", "--bucket", "copies", "--region", region,
            *(() if region == "us-east-1" else
              ("--create-bucket-configuration", f"LocationConstraint={region}")))
        pipeline = client.call("GetPipeline", name=name)["pipeline"]
        pipeline.update(name=to, version=1, roleArn=role,
                        artifactStore={"type": "S3", "location": "copies"})
        cli("codepipeline", "create-pipeline", "--region", region, "--cli-input-json",
            json.dumps({"pipeline": pipeline}))

    @unittest.skipUnless(shutil.which("aws"), "the AWS CLI is not here")
    def test_a_codepipeline_named_like_a_logical_one_is_told(self):
        self.begin()
        self.copy("iot-telemetry-dev", "iot-telemetry", "eu-west-1")
        self.assert_ended(self.home_.run("sync"), 0)
        done = self.home_.run("release", "iot-telemetry", "--dry-run")
        self.assert_ended(done, 0)
        self.assertIn("taken as the CodePipeline of that name, not as the logical pipeline with 3",
                      done.err)
        self.assertIn("release a change of iot-telemetry  [", done.out)
        # A stage that only a part has is asked of that name all the same.
        done = self.home_.run("retry", "iot-telemetry", "prod", "--dry-run")
        self.assertNotEqual(done.rc, 0)
        self.assertIn("taken as the CodePipeline", done.err)
        self.assertEqual(self.home_.run("release", "iot-telemetry-dev", "--dry-run").err, "")

    @unittest.skipUnless(shutil.which("aws"), "the AWS CLI is not here")
    def test_in_another_context_both_are_meant(self):
        self.begin()
        self.copy("iot-telemetry-dev", "iot-telemetry", "us-east-1")
        one, other = ("--context", "cicd@eu-west-1"), ("--context", "cicd@us-east-1")
        self.assertEqual(self.aws.calls("StartPipelineExecution"), [])
        for home in (self.home_, self.home(self.aws)):  # also where nothing was ever listed
            told = home.run("release", "iot-telemetry", "--yes", *one, *other)
            self.assert_ended(told, 2)
            for word in ("means 4 pipelines", "us-east-1", "iot-telemetry-prod in 111111111111"):
                self.assertIn(word, told.err)
            done = home.run("release", "iot-telemetry", "--dry-run", *other)
            self.assert_ended(done, 0)
            self.assertIn("us-east-1", done.out.splitlines()[1])
        self.assertEqual(self.aws.calls("StartPipelineExecution"), [])

    def test_an_execution_may_be_shortened_wherever_one_is_named(self):
        self.begin()
        name = "clickstream-ingest"
        failed = self.world.client.latest(name)["pipelineExecutionId"]
        self.assertIn(failed[:8], self.home_.run("history", name).out)
        for verb in (("failure", name), ("logs", name, "prod"), ("history", name)):
            whole = self.home_.run(*verb, "--execution", failed)
            self.assert_ended(whole, 0)
            for home in (self.home_, self.home(self.aws)):  # also one that knows nothing yet
                short = home.run(*verb, "--execution", failed[:8])
                self.assert_ended(short, 0)
                if verb[0] != "history":
                    self.assertEqual(short.out, whole.out)
        for verb in (("failure", name), ("logs", name), ("retry", name, "prod")):
            told = self.said(1, *verb, "--execution", "01234567")
            self.assertIn(f'no execution of {name} begins with "01234567"', told)
            self.said(2, *verb, "--execution", "0")
        done = self.home_.run("failure", name, "--execution", failed[:6], "--cached")
        self.assert_ended(done, 0)

    def test_a_promotion_asks_for_the_pipeline_that_the_branch_starts(self):
        self.begin()
        promote = ("branch", "promote", "iot-telemetry-dev", "main", "--from", "dev")
        self.assertIn("iot-telemetry-prod must be typed", self.home_.run(*promote, "--dry-run").out)
        self.said(2, *promote, "--confirm", "iot-telemetry-dev")
        told = self.said(1, *promote[:3], "nosuch", "--from", "dev", "--dry-run")
        self.assertIn("branch create makes it", told)
        self.assert_ended(self.home_.run(*promote, "--confirm", "iot-telemetry-prod"), 0)

    def test_a_codepipelines_stacks_are_its_own(self):
        self.begin()

        def names(pipeline, *more):
            return {s["name"] for s in self.home_.run("stack", pipeline, "--json", *more).json["stacks"]}
        both, one, other = map(names, ("weather-feed", "weather-feed-a", "weather-feed-b"))
        self.assertEqual(both, one | other)
        self.assertIn("weather-feed-b-Deploy-Stack", other - one)
        self.assertIn("weather-feed-a-Deploy-Stack", one - other)
        self.assertEqual(names("weather-feed-a", "--cached"), one)
        told = self.said(2, "stack", "weather-feed-a", "--drift")
        self.assertIn("--drift needs STACK", told)
        nothing = self.home_.run("stack", "weather-feed-a", "delete", "nosuch", "--dry-run")
        self.assert_ended(nothing, 0)
        self.assertIn("Nothing to do.", nothing.out)
        self.assertNotIn("must be typed", nothing.out)

    @unittest.skipUnless(shutil.which("aws"), "the AWS CLI is not here")
    def test_a_detection_that_is_under_way_is_followed(self):
        aws = self.sandbox("--seed", "demo", "--speed", "2", "--control")
        home = self.home(aws)
        stack = "weather-feed-b-Deploy-Stack"
        self.assert_ended(home.run("stack", "weather-feed-b"), 0)
        begun = subprocess.run(["aws", "cloudformation", "detect-stack-drift", "--stack-name", stack,
                                "--endpoint-url", aws.url], env=aws.env("cicd"),
                               capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(begun.returncode, 0, begun.stderr)
        done = home.run("stack", "weather-feed-b", stack, "--drift", "--json")
        self.assert_ended(done, 0)
        self.assertEqual(done.json["detection"]["status"], "DETECTION_COMPLETE")
        refused = [c for c in aws.calls("DetectStackDrift") if c["error"]]
        self.assertGreater(len(refused), 0, "none was under way")

    # ---- what AWS takes as a reason ----

    def test_a_reason_of_which_nothing_is_left_is_refused(self):
        self.begin()
        close = ("transition", "disable", "hr-analytics", "Deploy-Stage-dev", "--reason")
        for reason in ("\u00fc\u00fc", "...", "\u2014 -"):
            told = self.said(2, *close, reason, "--yes")
            self.assertIn("nothing is left of the reason: AWS takes the letters a-z", told)
        done = self.home_.run(*close, "b\u00fccher, closed", "--yes")
        self.assert_ended(done, 0)
        self.assertIn('the reason becomes "b-cher- closed"', done.out + done.err)

    def test_a_comment_of_several_lines_is_pasted_as_it_was(self):
        self.begin()
        comment = "it's\nno \\ good \u00fc" + "\u00fc" * 490
        home = self.home(self.aws, region="us-east-1")
        reject = ("reject", "edge-log-archive", "Publish", "Approve", "--comment")
        done = home.run(*reject, comment, "--dry-run")
        self.assert_ended(done, 0)
        line = next(l for l in done.out.splitlines() if "penstock " in l and "--comment" in l)
        word = line[line.index("--comment ") + 10:].strip()
        shell = subprocess.run(["bash", "-c", "printf %s " + word], capture_output=True, text=True,
                               check=True, timeout=30)
        self.assertEqual(shell.stdout, comment)
        done = home.run(*reject, "\u00fc" * 512, "--yes")
        self.assert_ended(done, 0)

    def test_a_stage_that_its_condition_holds_is_not_retried(self):
        self.begin()
        told = self.said(1, "retry", "finance-ledger", "test", "--dry-run")
        self.assertIn("no action failed in Deploy-Stage-test: its condition", told)

    # ---- what a release needs ----

    def typed(self, answers, *args):
        """The verb on a terminal, where each question is answered: its code, output, questions."""
        leader, terminal = pty.openpty()
        child = self.home_.start(*args, stdin=terminal, stderr=terminal)
        os.close(terminal)
        said = ""
        for question, answer in answers:
            while question not in said:
                said += os.read(leader, 4096).decode()
            os.write(leader, answer)
            said = said.partition(question)[2]
        out = child.stdout.read().decode()
        rc = child.wait(30)
        while select.select([leader], [], [], 0)[0]:
            try:
                said += os.read(leader, 4096).decode()
            except OSError:  # all that was said was read
                break
        os.close(leader)
        return rc, out, said

    def test_a_variable_without_a_default_is_asked_for_on_a_terminal(self):
        self.begin()
        release = ("release", "supply-chain-forecast")
        told = self.said(2, *release, "--dry-run")
        self.assertIn("--var NAME=VALUE): SCENARIO", told)
        question = "SCENARIO (Which scenario of planning is computed): "
        rc, out, said = self.typed([(question, b"it's a drought\n"), ("Do this?", b"y\n")], *release)
        self.assertEqual(rc, 0, out + said)
        self.assertIn("""--var 'SCENARIO=it'\\''s a drought'""", out)
        self.world.settle()
        sent = self.aws.calls("StartPipelineExecution")
        self.assertEqual(len(sent), 1)
        run = self.world.client.call(
            "GetPipelineExecution", pipelineName=release[1],
            pipelineExecutionId=self.world.client.latest(release[1])["pipelineExecutionId"])
        self.assertIn({"name": "SCENARIO", "resolvedValue": "it's a drought"},
                      run["pipelineExecution"]["variables"])
        # What was given is not asked for, and no answer is no value.
        rc, out, said = self.typed([("Do this?", b"n\n")], *release, "--var", "SCENARIO=x")
        self.assertNotIn("SCENARIO (", said)
        rc, out, said = self.typed([(question, b"\n")], *release)
        self.assertEqual(rc, 2, out + said)
        self.assertIn("must be given (--var NAME=VALUE): SCENARIO", said)

    # ---- one JSON object ----

    def refused(self, rc, code, *args, **more):
        done = self.home_.run(*args, "--json", **more)
        self.assert_ended(done, rc)
        told = done.json
        self.assertEqual((told["schema"], told["code"]), (1, code), done)
        self.assertEqual(done.out.count("\n"), 1)
        self.assertTrue(done.err.startswith(f"penstock: {told['error']}"), done)
        return told

    def test_what_is_refused_before_there_is_a_plan_is_json_too(self):
        self.begin()
        for verb in (("release",), ("stop", "--reason", "x"), ("wait",), ("history",), ("stack",),
                     ("describe",), ("incident",), ("failure",), ("logs",), ("delete",)):
            self.refused(1, "NOT_FOUND", verb[0], "no-such", *verb[1:])
        self.refused(1, "NOT_FOUND", "retry", "hr-analytics", "no-such", "--yes")
        for verb in ("release", "describe", "wait"):
            self.assertIn("iot-telemetry-prod",
                          self.refused(2, "USAGE", verb, "iot-telemetry")["error"])
        self.refused(3, "AUTH", "release", "hr-analytics", env={"AWS_PROFILE": "nosuch"})
        self.refused(2, "USAGE", "digest", "--since", "tomorrow")
        self.refused(2, "USAGE", "release", "hr-analytics", "--yse")
        self.refused(2, "USAGE", "release")
        self.assertEqual(json.loads(self.home_.run("--json", "nosuch").out)["code"], "USAGE")

    def test_a_refusal_with_a_plan_has_both(self):
        self.begin()
        self.home_.set_config("[freeze]\nclosing = 2020-01-01 to 2099-01-01: the books are closed\n")
        done = self.home_.run("release", "hr-analytics", "--yes", "--json")
        self.assert_ended(done, 1)
        self.assertIn("the books are closed", done.json["error"])
        self.assertEqual((done.json["done"], done.json["code"]), (False, "FAILED"))
        defect = done.json["plan"]["defects"][0]
        self.assertEqual((defect["refusal"], defect["warning"]), (True, False))

    # ---- approvals ----

    FIELDS = {"pipeline", "stage", "action", "account", "region", "since", "expires", "revision",
              "summary", "link"}

    def test_approvals_have_the_promised_fields(self):
        self.begin()
        told = self.home_.run("approvals", "--json").json
        self.assertEqual(set(told), {"schema", "approvals"})
        self.assertGreater(len(told["approvals"]), 1)
        for one in told["approvals"]:
            self.assertLessEqual(self.FIELDS, set(one))
        since = [a["since"] for a in told["approvals"]]
        self.assertEqual(since, sorted(since))

    def test_what_nobody_asked_for_is_not_told_as_none(self):
        self.begin()
        args = ("approvals", "--cached", "--region", "us-east-1")
        done = self.home_.run(*args)
        self.assert_ended(done, 4)
        self.assertNotIn("nothing waits", done.out)
        self.assertTrue(self.home_.run(*args, "--json").json["incomplete"])
        self.assertNotIn("incomplete", self.home_.run("approvals", "--cached", "--json").json)

    def test_approvals_that_cannot_be_read_are_incomplete(self):
        aws = self.sandbox("--seed", "demo", "--step")
        home = self.home(aws, region="us-east-1")
        self.assert_ended(home.run("sync"), 0)
        aws.fail("500:ListActionExecutions:1:1000")
        done = home.run("approvals", "--json")
        self.assertTrue(done.json["incomplete"])
        self.assertIn("ListActionExecutions", done.err)

    def test_a_cause_is_told_once_and_waited_for_once(self):
        self.begin()
        url = f"http://127.0.0.1:{lab.dead_port()}"
        for args in (("digest",), ("incident", "clickstream-ingest"), ("history", "sales-orders"),
                     ("logs", "clickstream-ingest")):
            done = self.home_.run(*args, "--endpoint-url", url, *(
                ("--refresh",) if args[0] != "logs" else ()))
            self.assert_ended(done, 4)
            self.assertEqual(done.err.count("refused the connection"), 1, done)
        done = self.home_.run("digest", "--json", "--refresh", "--endpoint-url", url)
        self.assertTrue(done.json["incomplete"])
        self.assertGreater(done.json["changed"], 5, "what is known is told all the same")
        done = self.home_.run("digest", "--profile", "nosuch")
        self.assert_ended(done, 3)
        self.assertIn("not all could be read", done.out)
        self.refused(3, "AUTH", "incident", "clickstream-ingest", "--profile", "nosuch")

    SOON = 8  # seconds, on a machine that does other things as well

    def running_log(self):
        """A pipeline whose newest build goes on, and its stage."""
        for name in self.world.client.names():
            for stage, state in self.world.state(name).items():
                run = state["actionStates"][0].get("latestExecution", {})
                if run.get("status") == "InProgress" and re.fullmatch(
                        r"[^/:]+:[0-9a-f-]{36}", run.get("externalExecutionId", "")):
                    return name, stage
        self.fail("nothing runs")

    def test_what_is_kept_is_shown_soon_when_the_network_is_gone(self):
        self.begin()
        away = ("--endpoint-url", f"http://127.0.0.1:{lab.dead_port()}")
        log, failed = ("logs", *self.running_log()), ("failure", "clickstream-ingest")
        before = {}
        for args in (log, failed):
            before[args] = self.home_.run(*args)
            self.assert_ended(before[args], 0)
        self.assert_ended(self.home_.run("sync"), 0)
        # A moment ago all was well: what is asked beside that is missed once, not per pipeline.
        done = self.home_.run("digest", "--json", *away)
        self.assert_ended(done, 4)
        self.assertTrue(done.json["incomplete"])
        self.assertEqual(done.err.count("refused the connection"), 1, done)
        self.assertLess(done.seconds, self.SOON)
        self.assertEqual(self.home_.run("incident", "clickstream-ingest", *away).rc, 4)
        for args in (log, (*failed, "--refresh")):
            done = self.home_.run(*args, *away)
            self.assert_ended(done, 4)
            self.assertEqual(done.out, before[log if args == log else failed].out)
            self.assertRegex(done.err, "as it was (read )?[0-9]+ ?s(ec)? ago")
            self.assertLess(done.seconds, self.SOON)

    # ---- what may not be read ----

    def allowed(self, *but):
        """Another role's home, which may do all but that."""
        cli, name = self.world.cli, "all-but"
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole",
                 "Principal": {"AWS": "arn:aws:iam::111111111111:root"}}
        may = [{"Effect": "Allow", "Action": "*", "Resource": "*"},
               {"Effect": "Deny", "Action": list(but), "Resource": "*"}]
        cli("iam", "create-role", "--role-name", name, "--assume-role-policy-document",
            json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
        cli("iam", "put-role-policy", "--role-name", name, "--policy-name", "may",
            "--policy-document", json.dumps({"Version": "2012-10-17", "Statement": may}))
        with open(self.aws.config_file, "a", encoding="utf-8") as config:
            config.write(f"\n[profile {name}]\nrole_arn = arn:aws:iam::111111111111:role/{name}\n"
                         f"source_profile = cicd\nregion = eu-west-1\nendpoint_url = {self.aws.url}\n")
        return self.home(self.aws, profile=name)

    def denied(self, operation, *args):
        self.begin()
        known = {p["name"]: p["status"] for p in self.home_.run("status", "--json").json["pipelines"]}
        home = self.allowed(f"codepipeline:{operation}")
        done = home.run(*args, "--dry-run")  # in a cache that knows nothing
        self.assert_ended(done, 0)
        done = home.run("status", "--json", "--refresh")
        self.assert_ended(done, 3)
        self.assertIn(f"{operation} is denied", done.err)
        return known, {p["name"]: p["status"] for p in done.json["pipelines"]}

    @unittest.skipUnless(shutil.which("aws"), "the AWS CLI is not here")
    def test_tags_that_may_not_be_read_hide_nothing_else(self):
        known, told = self.denied("ListTagsForResource", "release", "hr-analytics")
        self.assertEqual(told, known)
        # What only a tag says to be prod counts as protected, however often one looks.
        home = self.home(self.aws, profile="all-but")
        for _ in range(2):
            done = home.run("release", "weather-feed-b", "--dry-run")
            self.assert_ended(done, 0)
            self.assertIn("weather-feed-b must be typed", done.out)
            self.assertEqual(home.run("release", "weather-feed-b", "--yes").rc, 2)
            home.run("status", "--refresh")

    @unittest.skipUnless(shutil.which("aws"), "the AWS CLI is not here")
    def test_executions_that_may_not_be_listed_leave_the_stages(self):
        known, told = self.denied("ListPipelineExecutions", "approve", "customer-360", "prod")
        self.assertGreater(len(told), len(known) * 3 // 4)  # but those in PARALLEL mode
        self.assertEqual(told["clickstream-ingest"], "Failed")

    # ---- pipes ----

    def piped(self, reader, *args):
        """`penstock ARGS | reader`: its exit code, and what the reader showed."""
        verb = self.home_.start(*args)
        with subprocess.Popen(reader, stdin=verb.stdout, stdout=subprocess.PIPE, text=True) as one:
            verb.stdout.close()
            out, _ = one.communicate(timeout=30)
        verb.wait(timeout=30)
        self.assertEqual(verb.stderr.read(), b"")
        return verb.returncode, out

    def test_a_reader_that_goes_is_no_failure_to_talk_about(self):
        self.begin()
        for args in (("logs", "clickstream-ingest"), ("digest",), ("history", "sales-orders"),
                     ("audit", "--json"), ("incident", "clickstream-ingest"), ("approvals",)):
            rc, out = self.piped(("head", "-c", "1"), *args)
            self.assertIn(rc, (0, 141), args)
            self.assertEqual(len(out), 1, args)

    def test_what_was_agreed_to_is_done_though_nobody_reads_on(self):
        self.begin("--latency-ms", "100")  # the reader is gone before the write
        rc, _ = self.piped(("head", "-1"), "release", "hr-analytics", "--yes")
        self.assertEqual(rc, 0)
        self.assertEqual(len(self.aws.calls("StartPipelineExecution")), 1)
        self.assertEqual([r["outcome"] for r in self.home_.audit()],
                         ["confirmed", "sent", "done", "done"])


if __name__ == "__main__":
    lab.main()
