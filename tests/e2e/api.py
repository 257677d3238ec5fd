"""AWS's API as a test asks it, signed by hand: what the sandbox says without any of our C between.

    aws = api.Client(sandbox)                 # cicd in eu-west-1
    aws.call("GetPipelineState", name="sales-orders")
    api.pipelines(aws)                        # what `status --json` should tell of each pipeline
"""

import datetime
import hashlib
import hmac
import http.client
import json
import ssl

KEYS = {
    "cicd": ("AKIAPENSTOCKCICD0001", "penstock/sandbox/cicd/not/a/secret/00001"),
    "dev": ("AKIAPENSTOCKDEV00002", "penstock/sandbox/dev/not/a/secret/000002"),
    "test": ("AKIAPENSTOCKTEST0003", "penstock/sandbox/test/not/a/secret/00003"),
    "prod": ("AKIAPENSTOCKPROD0004", "penstock/sandbox/prod/not/a/secret/00004"),
}
ACCOUNTS = {"cicd": "111111111111", "dev": "222222222222", "test": "333333333333",
            "prod": "444444444444"}


class Refused(Exception):
    """AWS's error, by its code."""


def _hmac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


class Client:
    def __init__(self, sandbox, profile="cicd", region="eu-west-1", service="codepipeline",
                 target="CodePipeline_20150709"):
        self.service, self.target = service, target
        self.port, self.is_tls = sandbox.port, sandbox.url.startswith("https")
        self.access, self.secret = KEYS[profile]
        self.region = region
        self.connection = None

    def _connect(self):
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30) \
                if not self.is_tls else http.client.HTTPSConnection(
                    "127.0.0.1", self.port, timeout=30, context=ssl._create_unverified_context())
        return self.connection

    def _sign(self, headers, body):
        day = headers["x-amz-date"][:8]
        scope = f"{day}/{self.region}/{self.service}/aws4_request"
        names = ";".join(sorted(headers))
        lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
        canonical = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
        text = f"AWS4-HMAC-SHA256\n{headers['x-amz-date']}\n{scope}\n" \
               + hashlib.sha256(canonical.encode()).hexdigest()
        key = ("AWS4" + self.secret).encode()
        for part in (day, self.region, self.service, "aws4_request"):
            key = _hmac(key, part)
        return f"AWS4-HMAC-SHA256 Credential={self.access}/{scope}, SignedHeaders={names}, " \
               f"Signature={_hmac(key, text).hex()}"

    def call(self, operation, **arguments):
        body = json.dumps(arguments).encode()
        headers = {"host": f"127.0.0.1:{self.port}", "content-type": "application/x-amz-json-1.1",
                   "x-amz-target": f"{self.target}.{operation}",
                   "x-amz-date": datetime.datetime.now(datetime.timezone.utc)
                   .strftime("%Y%m%dT%H%M%SZ")}
        headers["authorization"] = self._sign(headers, body)
        connection = self._connect()
        try:
            connection.request("POST", "/", body, headers)
            reply = connection.getresponse()
            answer = json.loads(reply.read() or b"{}")
        except (OSError, http.client.HTTPException):
            self.connection = None
            raise
        if reply.status != 200:
            raise Refused(answer.get("__type", "").split("#")[-1])
        return answer

    def pages(self, operation, key, **arguments):
        rows, token = [], None
        while True:
            more = {"nextToken": token} if token else {}
            page = self.call(operation, **arguments, **more)
            rows += page[key]
            token = page.get("nextToken")
            if not token:
                return rows

    def names(self):
        return [row["name"] for row in self.pages("ListPipelines", "pipelines")]

    def latest(self, name):
        """The newest execution, or an empty dictionary."""
        runs = self.call("ListPipelineExecutions", pipelineName=name, maxResults=1)
        return (runs["pipelineExecutionSummaries"] or [{}])[0]


def _action(action, category):
    latest = action.get("latestExecution", {})
    is_waiting = category == "Approval" and latest.get("status") == "InProgress"
    error = latest.get("errorDetails", {})
    return {"name": action["actionName"], "category": category, "waiting": is_waiting,
            "status": "Waiting" if is_waiting else latest.get("status"),
            "error": error.get("message") or error.get("code")}


def pipeline(client, name):
    """One pipeline as `status --json` should tell it; summaries and times are left out."""
    definition = client.call("GetPipeline", name=name)["pipeline"]
    kinds = {(stage["name"], action["name"]): action["actionTypeId"]["category"]
             for stage in definition["stages"] for action in stage["actions"]}
    state = client.call("GetPipelineState", name=name)
    return {"name": name, "execution_id": client.latest(name).get("pipelineExecutionId"),
            "stages": [{"name": stage["stageName"],
                        "transition_enabled": stage.get("inboundTransitionState",
                                                        {}).get("enabled", True),
                        "actions": [_action(action, kinds[stage["stageName"],
                                                          action["actionName"]])
                                    for action in stage["actionStates"]]}
                       for stage in state["stageStates"]]}


def pipelines(client):
    return {name: pipeline(client, name) for name in client.names()}


def told(status, account="111111111111", region="eu-west-1"):
    """The same cut out of the dictionary that `status --json` printed."""
    actions = ("name", "category", "waiting", "status", "error")
    return {p["name"]: {
        "name": p["name"], "execution_id": p["execution_id"],
        "stages": [{"name": s["name"], "transition_enabled": s["transition_enabled"],
                    "actions": [{key: a[key] for key in actions} for a in s["actions"]]}
                   for s in p["stages"]]}
        for p in status["pipelines"] if (p["account"], p["region"]) == (account, region)}
