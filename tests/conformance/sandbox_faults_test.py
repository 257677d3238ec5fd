"""The sandbox's misbehaviour, limits and ends, seen by a plain HTTP client that signs with botocore."""

import http.client
import json
import pathlib
import shutil
import signal
import ssl
import subprocess
import sys
import time

import botocore.auth
import botocore.awsrequest
import botocore.credentials

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
from sandbox import Sandbox  # noqa: E402

BINARY = sys.argv[1]
KEYS = botocore.credentials.Credentials("AKIAPENSTOCKCICD0001",
                                        "penstock/sandbox/cicd/not/a/secret/00001")


def call(sandbox, operation, timeout_s=20, context=None, **body):
    """Status, headers and body of one signed call."""
    text = json.dumps(body)
    request = botocore.awsrequest.AWSRequest("POST", sandbox.url + "/", data=text, headers={
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "CodePipeline_20150709." + operation})
    botocore.auth.SigV4Auth(KEYS, "codepipeline", "eu-west-1").add_auth(request)
    if context is None:
        line = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=timeout_s)
    else:
        line = http.client.HTTPSConnection("127.0.0.1", sandbox.port, timeout=timeout_s,
                                           context=context)
    try:
        line.request("POST", "/", text, dict(request.headers))
        reply = line.getresponse()
        return reply.status, reply.headers, reply.read()
    finally:
        line.close()


def with_fault(spec):
    return Sandbox(BINARY, "--step", "--fault", spec)


def check_error_faults():
    for kind, status, code in (("throttle", 400, "ThrottlingException"),
                               ("500", 500, "InternalFailure"),
                               ("expired", 400, "ExpiredTokenException")):
        with with_fault(f"{kind}:ListPipelines:1:1") as sandbox:
            got, _, body = call(sandbox, "ListPipelines")
            assert (got, json.loads(body)["__type"]) == (status, code), (kind, got, body)
            assert call(sandbox, "ListPipelines")[0] == 200, f"{kind} strikes once"


def check_what_is_done_all_the_same():
    """The answer is lost, what was asked for is done: once."""
    name = "weather-feed-a"
    with Sandbox(BINARY, "--step", "--seed", "demo", "--fault",
                 "500done:StartPipelineExecution:1:1") as sandbox:
        def begun():
            return len(json.loads(call(sandbox, "ListPipelineExecutions", pipelineName=name)[2])[
                "pipelineExecutionSummaries"])
        before = begun()
        got, _, body = call(sandbox, "StartPipelineExecution", name=name)
        assert (got, json.loads(body)["__type"]) == (500, "InternalFailure"), (got, body)
        assert begun() == before + 1, "it was carried out"
        assert call(sandbox, "StartPipelineExecution", name="nowhere")[0] == 400


def check_broken_replies():
    with with_fault("503html") as sandbox:
        status, headers, body = call(sandbox, "ListPipelines")
        assert status == 503 and headers["Content-Type"] == "text/html" and b"<html>" in body
    with with_fault("malformed") as sandbox:
        status, _, body = call(sandbox, "ListPipelines")
        try:
            json.loads(body)
            raise AssertionError("malformed JSON was well formed")
        except json.JSONDecodeError:
            assert status == 200
    with with_fault("cut") as sandbox:
        try:
            call(sandbox, "ListPipelines")
            raise AssertionError("the whole body came")
        except http.client.IncompleteRead:
            pass
    with with_fault("huge") as sandbox:
        assert len(call(sandbox, "ListPipelines")[2]) > 64 << 20, "huge is huge"


def check_silence_blocks_nobody():
    with with_fault("timeout:ListPipelines") as sandbox:
        try:
            call(sandbox, "ListPipelines", timeout_s=0.3)
            raise AssertionError("an answer came")
        except TimeoutError:
            pass
        assert call(sandbox, "GetPipeline", name="sales-orders")[0] == 200
        assert sandbox.stop() == 0, "it ends cleanly while a request is held"


def check_skew_is_in_the_date():
    with with_fault("skew") as sandbox:
        status, headers, body = call(sandbox, "ListPipelines")
        assert status == 400 and b"InvalidSignatureException" in body
        stamp = time.mktime(time.strptime(headers["Date"], "%a, %d %b %Y %H:%M:%S GMT"))
        assert 590 < stamp - time.mktime(time.gmtime()) < 610, headers["Date"]


def check_stale_tells_the_past():
    with with_fault("stale:GetPipelineState:1") as sandbox:
        before = call(sandbox, "GetPipelineState", name="customer-360")[2]
        call(sandbox, "StartPipelineExecution", name="customer-360")
        assert call(sandbox, "GetPipelineState", name="customer-360")[2] == before


def check_bucket():
    with Sandbox(BINARY, "--tps", "1", "--burst", "3") as sandbox:
        statuses = [call(sandbox, "ListPipelines")[0] for _ in range(5)]
        assert statuses == [200, 200, 200, 400, 400], statuses


def check_latency_overlaps():
    import threading
    with Sandbox(BINARY, "--latency-ms", "300") as sandbox:
        threads = [threading.Thread(target=call, args=(sandbox, "ListPipelines"))
                   for _ in range(10)]
        begin = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.monotonic() - begin
        assert 0.3 <= took < 2, f"ten calls of 0.3 s at once took {took} s"


def check_metadata():
    def ask(method, path, **headers):
        line = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=20)
        line.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        reply = line.getresponse()
        return reply.status, reply.read().decode()

    base = "/latest/meta-data/iam/security-credentials/"
    with Sandbox(BINARY, "--seed", "empty") as sandbox:
        assert ask("GET", base)[0] == 401, "version 1 is not served"
        assert ask("PUT", "/latest/api/token")[0] == 400
        token = ask("PUT", "/latest/api/token", X_aws_ec2_metadata_token_ttl_seconds="60")[1]
        role = ask("GET", base, X_aws_ec2_metadata_token=token)[1]
        given = json.loads(ask("GET", base + role, X_aws_ec2_metadata_token=token)[1])
        assert given["Code"] == "Success" and given["Token"]
        assert ask("GET", base, X_aws_ec2_metadata_token=token[:-1] + "x")[0] == 401


def check_tls():
    if shutil.which("openssl") is None:
        return
    with Sandbox(BINARY, "--seed", "empty") as place:
        cert, key = place.dir / "cert.pem", place.dir / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                        "-keyout", key, "-out", cert, "-subj", "/CN=sandbox", "-addext",
                        "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
        with Sandbox(BINARY, "--tls-cert", cert, "--tls-key", key) as sandbox:
            context = ssl.create_default_context(cafile=cert)
            assert call(sandbox, "ListPipelines", context=context)[0] == 200


def check_restart():
    with Sandbox(BINARY, "--seed", "empty") as place:
        state = ["--state", place.dir / "state", "--step"]
        with Sandbox(BINARY, *state) as sandbox:
            started = json.loads(call(sandbox, "StartPipelineExecution", name="customer-360")[2])
            history = call(sandbox, "ListPipelineExecutions", pipelineName="customer-360")[2]
            sandbox.process.send_signal(signal.SIGKILL)
        with Sandbox(BINARY, *state) as sandbox:
            again = call(sandbox, "ListPipelineExecutions", pipelineName="customer-360")[2]
            assert again == history and started["pipelineExecutionId"].encode() in again
        done = subprocess.run([BINARY, *map(str, state), "--seed", "empty"], capture_output=True,
                              text=True, timeout=20)
        assert done.returncode == 1 and "was begun with --seed demo" in done.stderr


def check_ends():
    with Sandbox(BINARY, "--seed", "empty") as sandbox:
        sandbox.process.send_signal(signal.SIGTERM)
        assert sandbox.process.wait(20) == 0, "SIGTERM ends it cleanly"
    with Sandbox(BINARY, "--seed", "empty") as sandbox:
        assert sandbox.stop() == 0, "so does the end of its input"


def main():
    checks = [f for name, f in sorted(globals().items()) if name.startswith("check_")]
    for check in checks:
        print(check.__name__.removeprefix("check_").replace("_", " "), flush=True)
        check()
    return 0


if __name__ == "__main__":
    sys.exit(main())
