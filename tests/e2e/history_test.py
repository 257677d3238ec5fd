"""Approvals and history: what the verbs tell is what AWS's own client tells, with real commits in
CodeCommit between, and the console shows the same."""

import datetime
import unittest

import api
import console
import estate
import lab

WEEK_MINUTES = 7 * 24 * 60


def moment(seconds):
    """As our JSON writes it, to the millisecond."""
    at = datetime.datetime.fromtimestamp(round(seconds * 1000) / 1000, datetime.timezone.utc)
    return at.strftime("%Y-%m-%dT%H:%M:%S") + (f".{at.microsecond // 1000:03}"
                                               if at.microsecond else "") + "Z"


def stamp(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def waiting(client):
    """Every approval that waits, by AWS's own words: one dictionary each."""
    found = []
    for name in client.names():
        definition = client.call("GetPipeline", name=name)["pipeline"]
        if definition.get("executionMode") == "PARALLEL":
            continue
        kinds = {(stage["name"], action["name"]): action for stage in definition["stages"]
                 for action in stage["actions"]}
        runs = {e["pipelineExecutionId"]: e for e in client.pages(
            "ListPipelineExecutions", "pipelineExecutionSummaries", pipelineName=name)}
        for stage in client.call("GetPipelineState", name=name)["stageStates"]:
            for action in stage["actionStates"]:
                latest = action.get("latestExecution", {})
                kind = kinds[stage["stageName"], action["actionName"]]
                if latest.get("status") != "InProgress" or not latest.get("token"):
                    continue
                execution = stage["latestExecution"]["pipelineExecutionId"]
                source = (runs[execution].get("sourceRevisions") or [{}])[0]
                since = latest["lastStatusChange"]
                minutes = kind.get("timeoutInMinutes", WEEK_MINUTES)
                found.append({
                    "pipeline": name, "stage": stage["stageName"], "action": action["actionName"],
                    "since": since, "expires": since + minutes * 60,
                    "revision": source.get("revisionId"), "execution_id": execution,
                    "link": kind["configuration"].get("ExternalEntityLink"),
                    "custom_data": kind["configuration"].get("CustomData")})
    return sorted(found, key=lambda row: (row["since"], row["pipeline"]))


def client_of(story, sandbox):
    client = api.Client(sandbox)
    story.addCleanup(lambda: client.connection and client.connection.close())
    return client


class Demo(lab.Story):
    def setUp(self):
        super().setUp()
        self.aws = self.sandbox("--seed", "demo", "--step")
        self.home_ = self.home(self.aws)
        self.client = client_of(self, self.aws)

    def test_every_approval_that_waits_is_there_and_the_oldest_first(self):
        want = waiting(self.client)
        self.assertGreater(len(want), 1)
        done = self.home_.run("approvals", "--json")
        self.assert_ended(done, 0)
        rows = done.json["approvals"]
        self.assertEqual(done.json["schema"], 1)
        self.assertEqual(list(rows[0])[:10], ["pipeline", "stage", "action", "account", "region",
                                              "since", "expires", "revision", "summary", "link"])
        self.assertEqual([{**{key: row[key] for key in ("pipeline", "stage", "action", "revision",
                                                        "execution_id", "link", "custom_data")},
                           "since": row["since"], "expires": row["expires"]} for row in rows],
                         [{**row, "since": moment(row["since"]), "expires": moment(row["expires"])}
                          for row in want])
        self.assertEqual({(row["account"], row["region"]) for row in rows},
                         {("111111111111", "eu-west-1")})

    def test_people_get_a_table(self):
        done = self.home_.run("approvals")
        self.assert_ended(done, 0)
        self.assert_clean(done.out)
        lines = done.out.splitlines()
        self.assertTrue(lines[0].startswith("WAITS"))
        self.assertEqual([line.split()[2] for line in lines[1:] if "SOON" not in line],
                         [row["pipeline"] for row in waiting(self.client)])

    def test_the_cache_is_enough(self):
        first = self.home_.run("approvals", "--json")
        history = self.home_.run("history", "sales-orders", "--json")
        before = len(self.aws.calls())
        again = self.home_.run("approvals", "--json", "--cached")
        self.assert_ended(again, 0)
        self.assertEqual(again.json, first.json)
        again = self.home_.run("history", "sales-orders", "--json", "--cached")
        self.assert_ended(again, 0)
        # The first one goes on: how long it took depends on when it was asked.
        self.assertEqual(again.json["executions"][1:], history.json["executions"][1:])
        self.assertEqual(again.json["executions"][0]["sources"],
                         history.json["executions"][0]["sources"])
        self.assertEqual(len(self.aws.calls()), before)

    def test_an_answered_approval_waits_no_more(self):
        one = waiting(self.client)[-1]
        state = self.client.call("GetPipelineState", name=one["pipeline"])
        token = next(a["latestExecution"]["token"] for s in state["stageStates"]
                     for a in s["actionStates"]
                     if (s["stageName"], a["actionName"]) == (one["stage"], one["action"]))
        self.assert_ended(self.home_.run("approvals"), 0)
        self.client.call("PutApprovalResult", pipelineName=one["pipeline"],
                         stageName=one["stage"], actionName=one["action"], token=token,
                         result={"summary": "good", "status": "Approved"})
        done = self.home_.run("approvals", "--json", "--refresh")
        self.assert_ended(done, 0)
        self.assertNotIn(one["pipeline"], [row["pipeline"] for row in done.json["approvals"]])

    def test_nothing_waits_where_nothing_is(self):
        home = self.home(self.sandbox("--seed", "empty", "--step"))
        done = home.run("approvals")
        self.assert_ended(done, 0)
        self.assertEqual(done.out, "nothing waits\n")
        self.assertEqual(home.run("approvals", "--json").json, {"schema": 1, "approvals": []})

    def test_history_is_what_aws_lists(self):
        want = self.client.pages("ListPipelineExecutions", "pipelineExecutionSummaries",
                                 pipelineName="sales-orders")
        runs = self.client.pages("ListActionExecutions", "actionExecutionDetails",
                                 pipelineName="sales-orders")
        done = self.home_.run("history", "sales-orders", "--json", "--limit", "100")
        self.assert_ended(done, 0)
        rows = done.json["executions"]
        self.assertEqual([row["id"] for row in rows], [e["pipelineExecutionId"] for e in want])
        for row, e in zip(rows, want):
            self.assertEqual(row["started_at"], moment(e["startTime"]))
            self.assertEqual(row["trigger"], e["trigger"]["triggerType"])
            self.assertEqual([(s["action"], s["revision"]) for s in row["sources"]],
                             [(s["actionName"], s["revisionId"]) for s in e["sourceRevisions"]])
            ran = [r for r in runs if r["pipelineExecutionId"] == row["id"]]
            for stage in row["stages"]:
                mine = [r for r in ran if r["stageName"] == stage["name"]]
                self.assertEqual(stage["started_at"],
                                 moment(min(r["startTime"] for r in mine)) if mine else None)
                self.assertEqual(sum(a["tries"] for a in stage["actions"]), len(mine))

    def test_one_execution_has_its_timeline(self):
        failed = self.client.latest("clickstream-ingest")["pipelineExecutionId"]
        done = self.home_.run("history", "clickstream-ingest", "--execution", failed[:8], "--ascii")
        self.assert_ended(done, 0)
        self.assert_clean(done.out)
        for word in ("FAIL", failed, "What it carried", "Timeline", "= work", ". waits for a person",
                     "x failed", "Errors", "waited"):
            self.assertIn(word, done.out)

    def test_wrong_words_are_told(self):
        for words, rc, said in ((("--limit", "0"), 2, "--limit"),
                                (("--execution", "ffff"), 1, "no one execution"),
                                (("--compare", "a"), 2, "two executions"),
                                (("second",), 2, "one word too many")):
            done = self.home_.run("history", "sales-orders", *words)
            self.assert_ended(done, rc)
            self.assert_sentence(done.err, said)
        done = self.home_.run("history", "no-such-pipeline")
        self.assert_ended(done, 1)
        self.assertIn("no-such-pipeline", done.err)


class Commits(estate.Story):
    def open(self):
        self.begin(environments=("dev", "prod"))
        self.create(self.definition("orders", "trunk", ["dev", "prod"]))
        self.run_to_green("orders")

    def put_file(self, branch, path, text, author="Ana Costa"):
        tip = self.cli("codecommit", "get-branch", "--repository-name", "orders", "--branch-name",
                       branch)["branch"]["commitId"]
        return self.cli("codecommit", "put-file", "--repository-name", "orders", "--branch-name",
                        branch, "--parent-commit-id", tip, "--file-path", path, "--file-content",
                        text, "--name", author, "--email", "dev@example.com", "--commit-message",
                        f"write {path}\n\nfor {author}")["commitId"]

    def push_two(self):
        """Two commits that reach main at once, as one push would bring them."""
        tip = self.cli("codecommit", "get-branch", "--repository-name", "orders", "--branch-name",
                       "main")["branch"]["commitId"]
        self.cli("codecommit", "create-branch", "--repository-name", "orders", "--branch-name",
                 "work", "--commit-id", tip)
        commits = [self.put_file("work", "docs/one.md", "one"),
                   self.put_file("work", "docs/two.md", "two", "Ravi Iyer")]
        self.cli("codecommit", "merge-branches-by-fast-forward", "--repository-name", "orders",
                 "--source-commit-specifier", "work", "--destination-commit-specifier", "main",
                 "--target-branch", "main")
        return tip, commits

    def wait_for_approval(self, commit):
        def waits():
            rows = self.done("approvals", "--json", "--refresh").json["approvals"]
            return [row for row in rows if row["revision"] == commit]
        return lab.wait_for(waits, 60, 0.3, "the approval of the push")[0]

    def test_what_a_push_brings_is_told_everywhere(self):
        self.open()
        tip, commits = self.push_two()
        row = self.wait_for_approval(commits[-1])
        self.assertEqual((row["environment"], row["commits"]), ("prod", 2))
        self.assertEqual(row["author"], "Ravi Iyer")
        self.assertIn("write docs/two.md", row["summary"])

        executions = self.done("history", "orders", "--json").json["executions"]
        self.assertEqual(executions[0]["id"], row["execution_id"])
        source = executions[0]["sources"][0]
        told = [self.cli("codecommit", "get-commit", "--repository-name", "orders", "--commit-id",
                         commit)["commit"] for commit in reversed(commits)]
        self.assertEqual([(c["id"], c["author"], c["message"].strip()) for c in source["commits"]],
                         [(c["commitId"], c["author"]["name"], c["message"].strip())
                          for c in told])
        self.assertEqual(source["since_revision"], tip)
        files = self.cli("codecommit", "get-differences", "--repository-name", "orders",
                         "--before-commit-specifier", tip, "--after-commit-specifier",
                         commits[-1])["differences"]
        self.assertEqual([(f["change"], f["path"]) for f in source["files"]],
                         [(f["changeType"], f["afterBlob"]["path"]) for f in files])

        self.run_to_green("orders")
        first, last = executions[1]["id"], executions[0]["id"]
        compared = self.done("history", "orders", "--compare", last, first, "--json").json
        self.assertEqual([e["id"] for e in compared["executions"]], [first, last])
        self.assertEqual([c["id"] for c in compared["between"][0]["commits"]], commits[::-1])
        text = self.done("history", "orders", "--compare", first[:8], last[:8]).out
        self.assertIn("What is new in the later one", text)
        # The same commit once more: nothing is new.
        self.cli("codepipeline", "start-pipeline-execution", "--name", "orders")
        self.run_to_green("orders")
        again = self.done("history", "orders", "--limit", "1").out
        self.assertIn("the same commit as", again)

    @unittest.skipUnless(estate.has_git(), "there is no git here")
    def test_a_merge_brings_what_git_says(self):
        self.open()
        clone = self.home_.dir / "clone"
        self.done("clone", "orders", clone)

        def write(name):
            (clone / name).write_text(name)
            self.git("add", name, cwd=clone)
            self.git("commit", "-qm", f"write {name}", cwd=clone)
            return self.git("rev-parse", "HEAD", cwd=clone).strip()
        # The side branch left main before what is deployed next.
        self.git("checkout", "-q", "-b", "side", cwd=clone)
        write("one")
        write("two")
        self.git("checkout", "-q", "main", cwd=clone)
        before = write("main")
        self.git("push", "-q", "origin", "main", cwd=clone)
        self.wait_for_approval(before)
        self.run_to_green("orders")
        self.git("merge", "-q", "--no-ff", "-m", "merge side", "side", cwd=clone)
        after = self.git("rev-parse", "HEAD", cwd=clone).strip()
        self.git("push", "-q", "origin", "main", cwd=clone)
        row = self.wait_for_approval(after)
        want = self.git("log", "--format=%H", f"{before}..{after}", cwd=clone).split()
        self.assertEqual((len(want), row["commits"]), (3, 3))
        source = self.done("history", "orders", "--json").json["executions"][0]["sources"][0]
        self.assertEqual({c["id"] for c in source["commits"]}, set(want))
        self.assertEqual(source["commits"][0]["id"], after)
        files = self.git("diff", "--name-status", before, after, cwd=clone).split()
        self.assertEqual([x for f in source["files"] for x in (f["change"], f["path"])], files)

    def test_every_execution_of_a_parallel_pipeline_may_wait(self):
        self.open()
        client = client_of(self, self.aws)
        definition = client.call("GetPipeline", name="orders")["pipeline"]
        client.call("UpdatePipeline", pipeline={**definition, "executionMode": "PARALLEL"})
        started = {client.call("StartPipelineExecution", name="orders")["pipelineExecutionId"]
                   for _ in range(2)}

        def waits():
            runs = client.call("ListActionExecutions", pipelineName="orders")
            return {r["pipelineExecutionId"] for r in runs["actionExecutionDetails"]
                    if r["status"] == "InProgress"
                    and r["input"]["actionTypeId"]["category"] == "Approval"} == started
        lab.wait_for(waits, 60, 0.3, "both wait")
        rows = self.done("approvals", "--json", "--refresh").json["approvals"]
        self.assertEqual({row["execution_id"] for row in rows}, started)
        self.assertEqual([row["commits"] for row in rows], [0, 0])
        self.assertEqual({row["mode"] for row in rows}, {"PARALLEL"})

    def test_what_cannot_be_read_hides_nothing(self):
        self.open()
        _, commits = self.push_two()
        self.aws.fail("500:GetCommit:1:100")
        row = self.wait_for_approval(commits[-1])
        self.assertIsNone(row["commits"])
        self.assertEqual(row["revision"], commits[-1])
        done = self.done("history", "orders", "--json", "--limit", "1")
        self.assertFalse(done.json["executions"][0]["sources"][0]["commits_known"])
        self.assertIn("HTTP 500", done.json["executions"][0]["sources"][0]["note"])


class Console(console.Story):
    def test_the_inbox_tells_what_is_released_and_leads_to_it(self):
        sandbox = self.sandbox("--seed", "demo", "--step")
        shown = self.open(self.home(sandbox), rows=40, cols=120)
        shown.wait_for("sales-orders", "synced")
        shown.press("I")
        self.on(shown, "Home", "Approvals")
        # Nobody asked for the commits: the page reads what it misses.
        shown.wait_until(lambda text: " ? " not in console.row(text, "sales-orders"),
                         what="the commits are counted")
        one = waiting(client_of(self, sandbox))[0]
        # The column may cut the name's end; the page that Enter opens says all of it.
        self.assertIn(one["pipeline"][:12], console.cursor_row(shown.text))
        shown.press("\r")
        shown.wait_until(lambda text: text.splitlines()[1].split("  ")[0].endswith(one["pipeline"]),
                         what="the pipeline")
        self.leave(shown)

    def test_an_execution_shows_what_it_carried_and_its_timeline(self):
        shown = self.open(self.home(self.sandbox("--seed", "demo", "--step")), rows=50, cols=120)
        shown.wait_for("sales-orders", "synced")
        self.say(shown, "executions sales-orders")
        shown.wait_for("sales-orders executions", "OK")
        shown.press("j\r")
        shown.wait_for("What it carried", "Timeline", "waits for a person", "1 commit, 2 files")
        shown.press("]")
        shown.wait_for("1 commit, 3 files", "until now")
        shown.press("=")
        shown.wait_for("Stages: the work of each", "What is new in the later one", "1 commit")
        shown.press("q[")
        shown.wait_for("1 commit, 2 files")
        self.leave(shown)


if __name__ == "__main__":
    lab.main()
