"""Signed calls to a sandbox, by a signer of the tests' own, and what is true there.

    client = Client(sandbox)
    client.call("StartPipelineExecution", name="sales-orders")
    client.truth()["sales-orders"].actions["Source", "Commit"]
"""

import collections
import configparser
import datetime
import hashlib
import hmac
import http.client
import json

# stages is None where AWS has no such thing: for a PARALLEL pipeline.
Truth = collections.namedtuple("Truth", "execution stages actions gates")


class CallFailed(Exception):
    pass


def mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


class Client:
    def __init__(self, sandbox, profile="cicd", region="eu-west-1"):
        keys = configparser.RawConfigParser()
        keys.read(sandbox.dir / "aws" / "credentials")
        self.key_id = keys[profile]["aws_access_key_id"]
        self.secret = keys[profile]["aws_secret_access_key"]
        self.region = region
        self.host = f"127.0.0.1:{sandbox.port}"
        self.connection = http.client.HTTPConnection(self.host, timeout=30)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.connection.close()

    def _headers(self, target, body):
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        scope = f"{now[:8]}/{self.region}/codepipeline/aws4_request"
        signed = {"content-type": "application/x-amz-json-1.1", "host": self.host,
                  "x-amz-date": now, "x-amz-target": target}
        names = ";".join(signed)
        canonical = "\n".join(["POST", "/", "", *(f"{n}:{v}" for n, v in signed.items()), "",
                               names, hashlib.sha256(body).hexdigest()])
        to_sign = "\n".join(["AWS4-HMAC-SHA256", now, scope,
                             hashlib.sha256(canonical.encode()).hexdigest()])
        key = ("AWS4" + self.secret).encode()
        for part in (now[:8], self.region, "codepipeline", "aws4_request"):
            key = mac(key, part)
        signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
        return {**signed, "Authorization": f"AWS4-HMAC-SHA256 Credential={self.key_id}/{scope}, "
                                           f"SignedHeaders={names}, Signature={signature}"}

    def call(self, operation, **members):
        body = json.dumps(members).encode()
        self.connection.request("POST", "/", body,
                                self._headers("CodePipeline_20150709." + operation, body))
        reply = self.connection.getresponse()
        text = reply.read()
        if reply.status != 200:
            raise CallFailed(f"{operation} {members}: {reply.status} {text[:300]}")
        return json.loads(text) if text else {}

    def pages(self, operation, member, **members):
        while True:
            page = self.call(operation, **members)
            yield from page[member]
            if not page.get("nextToken"):
                return
            members["nextToken"] = page["nextToken"]

    def truth_of_parallel(self, name):
        """GetPipelineState mixes the executions of a PARALLEL pipeline: here it is the latest one
        that counts, told by its action executions, the newest attempt first."""
        latest = self.call("ListPipelineExecutions", pipelineName=name, maxResults=1)
        latest = latest["pipelineExecutionSummaries"]
        run, status = (latest[0]["pipelineExecutionId"], latest[0]["status"]) if latest \
            else ("", "")
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
        latest = self.call("ListPipelineExecutions", pipelineName=name, maxResults=1)
        latest = latest["pipelineExecutionSummaries"]
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
        return Truth((latest[0]["pipelineExecutionId"], latest[0]["status"]) if latest
                     else ("", ""), stages, actions, gates)

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
        raise CallFailed(f"nothing waits in {name}")
