"""A pipeline's whole life by the verbs: created, run, pushed to, changed, deleted."""

import json

import estate
import lab


class Life(estate.Story):
    def assert_first_runs_green(self, definition):
        for name in self.pipelines_of(definition):
            self.run_to_green(name)

    @staticmethod
    def pipelines_of(definition):
        if definition["strategy"] == "trunk":
            return [definition["name"]]
        return [f"{definition['name']}-{e['stage']}" for e in definition["environments"]]

    def test_every_strategy_and_number_of_environments_runs_green_at_once(self):
        self.begin()

        def live(_, given):
            strategy, stages = given
            definition = self.definition(f"{strategy}{len(stages)}", strategy, stages)
            done = self.create(definition)
            self.assertIn("First executions", done.out)
            self.assert_first_runs_green(definition)
        self.side_by_side(live, [(strategy, stages) for strategy in ("trunk", "gitflow")
                                 for stages in (["prod"], ["dev", "prod"],
                                                ["dev", "test", "qa", "prod"])], width=3)

    def test_what_was_created_is_gone_after_delete(self):
        self.begin()
        before = self.inventory()
        definition = self.definition("orders", "gitflow", ["dev", "prod"])
        self.create(definition)
        self.assert_first_runs_green(definition)
        self.assertTrue(self.inventory() - before)
        done = self.done("delete", "orders", "--delete-repository", "--confirm", "orders")
        left = {r for r in self.inventory() - before if r[0] not in estate.SCHEDULED}
        self.assertEqual(left, set(), done)
        self.assertIn("KMS key", done.out)

    def test_a_push_flows_to_prod_through_an_approval(self):
        self.begin()
        definition = self.definition("flow", "trunk", ["dev", "prod"])
        refused = self.run_("create", "-f", self.file(definition), "--yes")
        self.assert_ended(refused, 2)
        self.assertIn("this needs --confirm flow", refused.err)
        self.create(definition)
        self.run_to_green("flow")
        clone = self.home_.dir / "clone"
        self.done("clone", "flow", clone)
        (clone / "note.txt").write_text("hello\n")
        self.git("add", "note.txt", cwd=clone)
        self.git("commit", "-qm", "a note", cwd=clone)
        self.git("push", "-q", "origin", "HEAD:main", cwd=clone)
        head = self.git("rev-parse", "HEAD", cwd=clone).strip()

        def waits():
            state = self.cli("codepipeline", "list-pipeline-executions", "--pipeline-name", "flow")
            latest = state["pipelineExecutionSummaries"][0]
            return latest["sourceRevisions"] and latest["sourceRevisions"][0]["revisionId"] == head
        lab.wait_for(waits, 30, 0.2, "the push starts the pipeline")
        self.run_to_green("flow")

    def test_edit_adds_and_removes_an_environment(self):
        self.begin()
        definition = self.definition("grow", "gitflow", ["dev", "prod"])
        self.create(definition)
        self.assert_first_runs_green(definition)
        exported = json.loads(self.done("export", "grow").out)
        self.assertEqual([e["stage"] for e in exported["environments"]], ["dev", "prod"])
        exported["environments"].insert(1, {"stage": "test", "environment": "test"})
        typed = self.run_("edit", "-f", self.file(exported), "--yes")
        self.assert_ended(typed, 2)  # it deploys to prod
        self.assertIn("--confirm grow", typed.err)
        self.done("edit", "-f", self.file(exported), "--confirm", "grow")
        self.run_to_green("grow-test")
        for branch in ("main", "dev", "test"):
            file = self.cli("codecommit", "get-file", "--repository-name", "grow",
                            "--commit-specifier", branch, "--file-path", "ddk.json")
            self.assertTrue(file["fileContent"])
        exported["environments"] = [e for e in exported["environments"] if e["stage"] != "dev"]
        asked = self.run_("edit", "-f", self.file(exported), "--yes")
        self.assert_ended(asked, 2)
        self.assertIn("--applications", asked.err + asked.out)
        self.done("edit", "-f", self.file(exported), "--confirm", "grow", "--applications",
                  "delete")
        names = [p["name"] for p in self.cli("codepipeline", "list-pipelines")["pipelines"]]
        self.assertEqual(sorted(names), ["grow-prod", "grow-test"])
        stacks = self.cli("cloudformation", "describe-stacks", profile="dev")["Stacks"]
        self.assertNotIn("grow-dev", [s["StackName"] for s in stacks])

    def test_a_plan_leaves_nothing_behind(self):
        self.begin()
        before = self.inventory()
        done = self.done("plan", "-f", self.file(self.definition("dry", "trunk", ["dev"])))
        self.assertIn("creates", done.out)
        self.assertEqual(self.inventory(), before)
        self.assertFalse([c for c in self.aws.calls() if c["operation"].startswith("CreateRepo")])


if __name__ == "__main__":
    estate.main()
