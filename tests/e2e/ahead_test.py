"""`penstock sync` without a console reads why something failed meanwhile, so that its card opens offline."""

import lab
import truth

MOST = 3  # cards in one round
# What only a card asks for.
CARD = ("BatchGetBuilds", "GetLogEvents", "DescribeStackEvents")


class Ahead(lab.Story):
    def setUp(self):
        self.aws = self.sandbox("--seed", "demo", "--step")
        self.client = self.enterContext(truth.Client(self.aws))
        self.host = self.home(self.aws)
        self.sync()

    def sync(self):
        done = self.host.run("sync")
        self.assert_ended(done, 0)
        self.assertEqual(done.err, "")

    def asked(self):
        return len([c for c in self.aws.calls() if c["operation"] in CARD])

    def waiting(self):
        return sorted({name for name, state in self.client.truth().items()
                       for _, status in state.actions.values() if status == "Waiting"})

    def card(self, name):
        calls = len(self.aws.calls())
        done = self.host.run("failure", "--cached", name)
        self.assertEqual(len(self.aws.calls()), calls)
        return done

    def test_the_card_of_what_failed_meanwhile_opens_offline(self):
        self.client.answer("customer-360", "Rejected", "counts are off by one week")
        self.sync()
        done = self.card("customer-360")
        self.assert_ended(done, 0)
        self.assertIn("counts are off by one week", done.out)
        calls = len(self.aws.calls("ListActionExecutions")), self.asked()
        self.sync()  # nothing is new: nothing is read again
        self.assertEqual((len(self.aws.calls("ListActionExecutions")), self.asked()), calls)

    def break_a_build(self):
        """Of clickstream-ingest, while it runs again; its id."""
        failed = self.client.execution("clickstream-ingest")
        self.client.call("RetryStageExecution", pipelineName="clickstream-ingest",
                         stageName="Deploy-Stage-prod", retryMode="FAILED_ACTIONS",
                         pipelineExecutionId=failed[0])
        self.sync()
        run = self.client.call("ListActionExecutions", pipelineName="clickstream-ingest",
                               maxResults=1)["actionExecutionDetails"][0]
        build = run["output"]["executionResult"]["externalExecutionId"]
        with truth.Client(self.aws, service="codebuild", target="CodeBuild_20161006") as builds:
            builds.call("StopBuild", id=build)
        self.assertEqual(self.client.execution("clickstream-ingest"), (failed[0], "Failed"))
        return build

    def test_a_build_that_failed_is_told(self):
        build = self.break_a_build()
        self.assertEqual(self.asked(), 0)
        self.sync()
        self.assertGreater(self.asked(), 0)
        done = self.card("clickstream-ingest")
        self.assert_ended(done, 0)
        self.assertIn(build, done.out)

    def test_a_round_reads_a_few_at_most(self):
        names = self.waiting()
        self.break_a_build()
        self.assertGreaterEqual(len(names), MOST)
        for name in names:
            while name in self.waiting():
                self.client.answer(name, "Rejected", "no")
        self.sync()
        names.append("clickstream-ingest")
        self.assertEqual(len([name for name in names if self.card(name).rc == 0]), MOST)


if __name__ == "__main__":
    lab.main()
