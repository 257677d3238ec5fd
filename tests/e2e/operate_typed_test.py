"""Operations as they are typed in the console: the words of the verbs, read as the verbs read them; what is
ambiguous or not there is answered with the choices, and nothing is begun."""

import console
import lab
import truth


class Typed(console.Story):
    def setUp(self):
        self.world = self.sandbox("--seed", "demo", "--step")
        self.client = self.enterContext(truth.Client(self.world))
        self.host = self.filled(self.world)
        self.shown = self.open(self.host, rows=50, cols=160)
        self.shown.wait_for("sales-orders", console.HINTS)

    def sent(self, operation):
        return [call for call in self.world.calls() if call["operation"] == operation]

    def approvals(self):
        """Of each pipeline the stages and actions that wait."""
        return {name: sorted(at for at, (_, status) in (state.actions or {}).items() if status == "Waiting")
                for name, state in self.client.truth().items()}

    def test_an_environment_is_a_stage(self):
        shown = self.shown
        self.say(shown, "retry clickstream-ingest prod")
        shown.wait_for("Retry a stage: clickstream-ingest", "Deploy-Stage-prod")
        self.say(shown, "logs clickstream-ingest prod")
        shown.wait_for("Log clickstream-ingest", "Deploy-Stage-prod")
        ((stage, _),) = self.approvals()["customer-360"]
        self.say(shown, "approve customer-360 prod")  # what it lets through goes there
        shown.wait_for("Approve: customer-360", f"customer-360 / {stage}", "Comment")
        self.leave(shown)

    def test_what_is_not_there_is_answered_with_what_is(self):
        shown = self.shown
        for words in ("retry", "rollback", "approve", "logs", "override", "transition disable"):
            self.say(shown, f"{words} clickstream-ingest nonsense-{words[:3]}")
            shown.wait_for(f"clickstream-ingest has no stage or environment nonsense-{words[:3]}; it has: Source")
            self.assertTrue(shown.line(1).startswith(" Home  "), shown.text)
        self.leave(shown)

    def test_of_several_approvals_none_is_taken(self):
        name = "landing-zone-baseline"
        shown = self.open(self.filled(self.world, profile="prod"), rows=50, cols=160)
        shown.wait_for(name, console.HINTS)
        for words in (name, f"{name} Approve"):
            self.say(shown, f"approve {words}")
            shown.wait_for("Approve: 2 wait, name one: Approve Security, Approve Operations")
            self.assertTrue(shown.line(1).startswith(" Home  "), shown.text)
        self.say(shown, f"approve {name} Approve Nobody")
        shown.wait_for(f"Approve of {name} has no approval Nobody; it has: Security, Operations")
        self.say(shown, f"approve {name} Approve Operations")
        shown.wait_for(f"Approve: {name}", "Approve / Operations", "Comment")
        self.leave(shown)

    def test_tab_completes_stages(self):
        shown = self.shown
        shown.press(":retry clickstream-in\t")
        shown.wait_for("\n  retry clickstream-ingest Deploy-Stage-prod")  # its stages, the failed one first
        shown.press("e-prod\t")
        shown.wait_for(":retry clickstream-ingest Deploy-Stage-prod")
        shown.press("\r")
        shown.wait_for("Retry a stage: clickstream-ingest")
        self.leave(shown)

    def transition(self, words, operation, is_open):
        shown = self.shown
        self.say(shown, f"transition {words} weather-feed-a Deploy")
        if words == "disable":
            shown.wait_for("Disable a transition: weather-feed-a")
            shown.press("year end\r")
        shown.wait_for("Planned:", "A agree")
        self.assertEqual(self.sent(operation), [])
        shown.press("A")
        shown.wait_for("not now")
        shown.press("y")
        shown.wait_for(" Done", "request id")
        self.assertEqual(len(self.sent(operation)), 1)
        self.assertIs(self.client.truth_of("weather-feed-a").gates["Deploy"], is_open)
        shown.press("\r")
        shown.wait_without("request id")

    def test_a_transition_is_typed_as_the_verb_is(self):
        self.transition("disable", "DisableStageTransition", False)
        self.shown.wait_for("year end")
        self.transition("enable", "EnableStageTransition", True)
        self.leave(self.shown)

    def test_a_revision_that_is_none_is_refused(self):
        shown = self.shown
        self.say(shown, "release weather-feed-a")
        shown.wait_for("Release a change: weather-feed-a")
        shown.press("\x1bOA" * 12 + "\x15Ay\r\r")
        shown.wait_for("takes a commit's whole id", '"Ay" is none')
        self.assertEqual(self.sent("StartPipelineExecution"), [])
        self.leave(shown)


if __name__ == "__main__":
    lab.main()
