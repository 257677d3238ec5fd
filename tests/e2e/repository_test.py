"""A pipeline's repository beside the AWS CLI: branches and how far apart they are, the pages of the
console, branches made and moved on."""

import json
import os
import pty
import select
import subprocess

import console
import estate
import lab

NAME = "iot-telemetry"  # gitflow: main, test and dev feed a CodePipeline each


class Repository:
    """What AWS's own client says of a repository."""

    name = NAME

    def codecommit(self, *args):
        env = self.aws.env("cicd", AWS_DEFAULT_OUTPUT="json")
        done = subprocess.run(["aws", "codecommit", *args], env=env, capture_output=True, text=True,
                              timeout=60, check=False)
        if done.returncode != 0:
            raise AssertionError(f"aws codecommit {' '.join(args)}: {done.stderr}")
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def head(self, branch):
        return self.codecommit("get-branch", "--repository-name", self.name, "--branch-name",
                        branch)["branch"]["commitId"]

    def put(self, branch, path, content, message="a change"):
        return self.codecommit("put-file", "--repository-name", self.name, "--branch-name", branch,
                        "--file-path", path, "--file-content",
                        content.decode(), "--commit-message", message, "--name",
                        "Ana", "--email", "ana@example.com", "--parent-commit-id",
                        self.head(branch))["commitId"]

    def ancestors(self, commit):
        """Of a commit, itself too, by asking for each."""
        seen, todo = set(), [commit]
        while todo:
            one = todo.pop()
            if one in seen:
                continue
            seen.add(one)
            todo += self.codecommit("get-commit", "--repository-name", self.name, "--commit-id",
                             one)["commit"]["parents"]
        return seen

    def told(self, *args, rc=0):
        done = self.home_.run(*args)
        self.assert_ended(done, rc)
        return done

    def sent(self, operation):
        return len(self.aws.calls(operation))

    def ask_then(self, args, change):
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


class Story(Repository, lab.Story):
    def begin(self, profile="cicd"):
        self.aws = self.sandbox("--seed", "demo", "--step")
        self.home_ = self.home(self.aws, profile=profile)


class Reading(Story):
    def test_commits_are_asked_for_once(self):
        self.begin()
        first = self.told("branch", "list", NAME, "--json").json
        asked = self.sent("BatchGetCommits")
        self.assertEqual(self.told("branch", "list", NAME, "--json").json, first)
        self.assertEqual(self.sent("BatchGetCommits"), asked + 1)  # the heads

    def test_what_was_read_is_there_without_a_network(self):
        self.begin()
        before = self.told("branch", "list", NAME, "--json").json
        calls = len(self.aws.calls())
        self.assertEqual(self.told("branch", "list", NAME, "--json", "--cached").json, before)
        self.assertEqual(len(self.aws.calls()), calls)

    def test_a_connection_says_what_it_is(self):
        self.begin()
        told = self.told("branch", "list", "schema-registry", rc=1)
        self.assert_sentence(told.err, "schema-registry takes a connection (GitHub, GitLab or Bitbucket)")


class Making(Story):
    ARGS = ("branch", "create", NAME, "feature/x")

    def names(self):
        return self.codecommit("list-branches", "--repository-name", NAME)["branches"]

    def test_it_is_made_once(self):
        self.begin()
        dry = self.told(*self.ARGS, "--from", "dev", "--dry-run")
        self.assertIn("makes branch feature/x at ", dry.out)
        self.assertEqual(self.sent("CreateBranch"), 0)
        done = self.told(*self.ARGS, "--from", "dev", "--yes")
        self.assertIn("request id ", done.out)
        self.assertEqual(self.head("feature/x"), self.head("dev"))
        self.told(*self.ARGS, "--from", "dev", "--yes")
        self.assertEqual(self.sent("CreateBranch"), 1)
        done = self.told(*self.ARGS, "--yes", rc=1)  # from main: another commit
        self.assertIn("there is a branch feature/x already", done.out + done.err)
        done = self.told("branch", "create", NAME, "a..b", "--yes", rc=2)
        self.assertIn("the branch's name has ..", done.out + done.err)

    def test_a_denial_is_told(self):
        self.begin(profile="viewer")
        done = self.told(*self.ARGS, "--yes", rc=3)
        self.assertIn("not authorized", done.err)
        self.assertNotIn("feature/x", self.names())

    def test_a_cut_after_it_was_sent_is_looked_up(self):
        self.begin()
        self.aws.fail("cut:CreateBranch:1:1")
        done = self.told(*self.ARGS, "--from", "dev", "--yes")
        self.assertIn("though AWS's answer was lost", done.out)
        self.assertEqual(self.sent("CreateBranch"), 1)
        self.assertEqual(self.head("feature/x"), self.head("dev"))


class Promoting(Story):
    ARGS = ("branch", "promote", NAME, "main", "--from", "dev")
    OPTIONS = ("--confirm", NAME + "-prod")

    def confirm(self):
        """The word that is to be typed: what main feeds is protected."""
        plan = self.told(*self.ARGS, "--dry-run", "--json").json
        return ("--confirm", plan["confirm"])

    def test_a_branch_is_moved_on_and_its_pipeline_named(self):
        self.begin()
        before = self.ancestors(self.head("main"))
        new = len(self.ancestors(self.head("dev")) - before)
        dry = self.told(*self.ARGS, "--dry-run")
        self.assertIn(f"moves prod's branch main by {new} commits: starts pipeline "
                      "iot-telemetry-prod", dry.out)
        self.assertEqual(self.sent("MergeBranchesByFastForward"), 0)
        self.told(*self.ARGS, "--yes", rc=2)  # prod is protected
        done = self.told(*self.ARGS, *self.confirm())
        self.assertIn("request id ", done.out)
        self.assertEqual(self.head("main"), self.head("dev"))
        self.told(*self.ARGS, *self.OPTIONS)  # nothing is left to be done
        self.assertEqual(self.sent("MergeBranchesByFastForward"), 1)

    def test_a_cold_cache_does_not_open_the_guard(self):
        self.begin()
        home = self.home(self.aws)
        self.assert_ended(home.run(*self.ARGS, "--yes"), 2)
        plan = home.run(*self.ARGS, "--dry-run")
        self.assertIn("starts pipeline iot-telemetry-prod", plan.out)
        self.assertEqual(self.sent("MergeBranchesByFastForward"), 0)

    def test_a_denial_is_told(self):
        self.begin(profile="viewer")
        before = self.head("main")
        done = self.told(*self.ARGS, *self.confirm(), rc=3)
        self.assertIn("not authorized", done.err)
        self.assertEqual(self.head("main"), before)

    def test_a_cut_after_it_was_sent_ends_where_it_was_to_end(self):
        self.begin()
        self.aws.fail("cut:MergeBranchesByFastForward:1:1")
        self.told(*self.ARGS, *self.confirm())
        self.assertEqual(self.head("main"), self.head("dev"))

    def test_the_lines_of_the_plan_work_as_they_are(self):
        self.begin()
        plan = self.told("--endpoint-url", self.aws.url, *self.ARGS, "--dry-run", "--json").json
        done = subprocess.run(["sh", "-c", plan["steps"][0]["aws"]], env=self.aws.env(),
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, plan["steps"][0]["aws"] + done.stderr)
        self.assertEqual(self.head("main"), self.head("dev"))


class Own(Repository, estate.Story):
    """A repository of the person's own, whose branches are committed to."""

    name = "orders"

    def setUp(self):
        super().setUp()
        self.begin(environments=("dev", "prod"))
        self.create(self.definition("orders", "gitflow", ["dev", "prod"]))


class Parted(Own):
    PROMOTE = ("branch", "promote", "orders", "main", "--from", "dev")
    CREATE = ("branch", "create", "orders", "feature/x", "--from", "dev")

    def test_branches_are_as_far_apart_as_their_commits_say(self):
        for i in range(3):
            self.put("dev", f"dev-{i}.txt", b"dev")
        self.put("main", "only-main.txt", b"main")  # so that they part
        told = {b["name"]: b for b in
                self.told("branch", "list", "orders", "--json").json["branches"]}
        names = self.codecommit("list-branches", "--repository-name", "orders")["branches"]
        self.assertEqual(sorted(told), sorted(names))
        main, dev = self.ancestors(self.head("main")), self.ancestors(self.head("dev"))
        self.assertEqual(told["dev"]["commit"], self.head("dev"))
        self.assertEqual((told["dev"]["ahead"], told["dev"]["behind"]),
                         (len(dev - main), len(main - dev)))
        self.assertEqual((told["dev"]["ahead"], told["dev"]["behind"]), (3, 1))
        lines = self.told("branch", "list", "orders").out
        self.assertIn("orders-dev (dev)", lines)
        self.assert_clean(lines)
        done = self.told(*self.PROMOTE, "--confirm", "orders-prod", rc=1)
        self.assertIn("it is no fast-forward: main has 1 commit that dev lacks, which has 3 of its "
                      "own", done.out + done.err)
        self.assertEqual(self.sent("MergeBranchesByFastForward"), 0)

    def test_what_changed_meanwhile_is_refused(self):
        self.put("dev", "new.txt", b"new")
        for number, (args, branch) in enumerate(((self.PROMOTE, "dev"), (self.PROMOTE, "main"),
                                                 (self.CREATE, "dev"))):
            if number == 1:
                self.told(*self.PROMOTE, *self.confirm())
                self.put("dev", "newer.txt", b"newer")
            rc, out, said = self.ask_then(
                args, lambda branch=branch, number=number: self.put(branch, f"{number}.txt", b"x"))
            self.assertEqual(rc, 1, out + said)
            self.assertIn("nothing was sent", said)
        self.assertEqual(self.sent("MergeBranchesByFastForward"), 1)  # the one that was to be
        branches = self.codecommit("list-branches", "--repository-name", "orders")["branches"]
        self.assertNotIn("feature/x", branches)

    def confirm(self):
        return ("--confirm", self.told(*self.PROMOTE, "--dry-run", "--json").json["confirm"])

    def test_a_promotion_starts_the_pipeline_that_the_plan_names(self):
        commit = self.put("dev", "new.txt", b"new")
        plan = self.told(*self.PROMOTE, "--dry-run").out
        self.assertIn("moves prod's branch main by 1 commit: starts pipeline orders-prod", plan)
        self.told(*self.PROMOTE, *self.confirm())

        def is_released():
            runs = self.cli("codepipeline", "list-pipeline-executions", "--pipeline-name",
                            "orders-prod")["pipelineExecutionSummaries"]
            return commit in [r["revisionId"] for e in runs for r in e["sourceRevisions"]]
        lab.wait_for(is_released, 30, 0.2, "orders-prod takes the commit")


class Pages(Own, console.Story):
    def test_keys_lead_from_the_branches_to_a_file(self):
        self.put("dev", "docs/hostile.txt", b"first line\n\x1b[31mred\ttab\nlast line\n",
                 "say \x1b[2Jclear it")
        self.told("sync")
        shown = self.open(self.home_)
        shown.wait_for("orders")
        self.say(shown, "pipeline orders-dev")
        shown.wait_for("Source-dev")
        for keys, words in (("m", "BRANCH"), ("", "orders-prod (prod)"), ("j\r", "dev, commits"),
                            ("", "clear it"), ("\r", "A docs/hostile.txt"), ("f", "docs/"),
                            ("\r", "hostile.txt"), ("\r", "last line")):
            if keys:
                shown.press(keys)
            shown.wait_for(words)
        self.assertIn("[31mred", shown.text)
        self.leave(shown)


if __name__ == "__main__":
    lab.main()
