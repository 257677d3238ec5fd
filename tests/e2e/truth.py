"""What is true in a sandbox, told by AWS's API, and the hands that change it.

    client = Client(sandbox)
    client.start("sales-orders")
    client.truth()["sales-orders"].actions["Source", "Commit"]
"""

import collections

import api

# stages is None where AWS has no such thing: for a PARALLEL pipeline.
Truth = collections.namedtuple("Truth", "execution stages actions gates")


class Client(api.Client):
    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if self.connection is not None:
            self.connection.close()

    def execution(self, name):
        latest = self.latest(name)
        return latest.get("pipelineExecutionId", ""), latest.get("status", "")

    def truth_of_parallel(self, name):
        """GetPipelineState mixes the executions of a PARALLEL pipeline: here it is the latest one
        that counts, told by its action executions, the newest attempt first."""
        run, status = self.execution(name)
        actions = {(stage["name"], action["name"]): ("", "") for stage in
                   self.call("GetPipeline", name=name)["pipeline"]["stages"]
                   for action in stage["actions"]}
        for attempt in self.pages("ListActionExecutions", "actionExecutionDetails",
                                  pipelineName=name, filter={"pipelineExecutionId": run}):
            key = attempt["stageName"], attempt["actionName"]
            is_approval = attempt["input"]["actionTypeId"]["category"] == "Approval"
            word = "Waiting" if is_approval and attempt["status"] == "InProgress" \
                else attempt["status"]
            if actions[key] == ("", ""):
                actions[key] = (run, word)
        begun = {stage for (stage, _), (_, word) in actions.items() if word}
        for stage, action in actions:
            if stage in begun and actions[stage, action] == ("", ""):
                actions[stage, action] = (run, "")
        return Truth((run, status), None, actions, {})

    def truth_of(self, name):
        """Of one pipeline: its latest execution, and each stage's and action's execution and
        status."""
        stages, actions, gates = {}, {}, {}
        for stage in self.call("GetPipelineState", name=name)["stageStates"]:
            run = stage.get("latestExecution", {})
            stages[stage["stageName"]] = (run.get("pipelineExecutionId", ""),
                                          run.get("status", ""))
            gates[stage["stageName"]] = stage.get("inboundTransitionState", {}) \
                .get("enabled", True)
            for action in stage["actionStates"]:
                last = action.get("latestExecution", {})
                status = last.get("status", "")
                if status == "InProgress" and last.get("token"):
                    status = "Waiting"  # an approval asks somebody
                actions[stage["stageName"], action["actionName"]] = \
                    (run.get("pipelineExecutionId", ""), status)
        return Truth(self.execution(name), stages, actions, gates)

    def truth(self):
        return {p["name"]: self.truth_of_parallel(p["name"])
                if p.get("executionMode") == "PARALLEL" else self.truth_of(p["name"])
                for p in self.pages("ListPipelines", "pipelines")}

    def start(self, name):
        return self.call("StartPipelineExecution", name=name)["pipelineExecutionId"]

    def answer(self, name, status, summary):
        """Answer the approval that waits."""
        for stage in self.call("GetPipelineState", name=name)["stageStates"]:
            for action in stage["actionStates"]:
                token = action.get("latestExecution", {}).get("token")
                if token and action["latestExecution"]["status"] == "InProgress":
                    self.call("PutApprovalResult", pipelineName=name,
                              stageName=stage["stageName"], actionName=action["actionName"],
                              result={"status": status, "summary": summary}, token=token)
                    return
        raise AssertionError(f"nothing waits in {name}")
