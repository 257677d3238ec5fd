"""What the sandbox's newer tests share: clients for one place, claims, and the judge of a record."""

import base64
import json
import os
import pathlib
import sys
import urllib.parse

import botocore.exceptions
import botocore.session

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
from sandbox_botocore_test import IS_OLD, Judge  # noqa: E402

FAILURES = []


def check(claim, what):
    if not claim:
        FAILURES.append(what)
        print("not true:", what)


def refused(error, call, **arguments):
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as failure:
        check(failure.response["Error"]["Code"] == error,
              f"{error}, not {failure.response['Error']}")
        return failure.response["Error"]["Message"]
    check(False, f"{error}, but {arguments} was not refused")
    return ""


class Place:
    """One account and region of a sandbox."""

    def __init__(self, sandbox, profile="cicd", region="eu-west-1"):
        self.sandbox, self.profile, self.region = sandbox, profile, region
        os.environ["AWS_CONFIG_FILE"] = str(sandbox.dir / "aws" / "config")
        os.environ["AWS_SHARED_CREDENTIALS_FILE"] = str(sandbox.dir / "aws" / "credentials")

    def client(self, service):
        session = botocore.session.Session(profile=self.profile)
        return session.create_client(service, region_name=self.region,
                                     endpoint_url=self.sandbox.url)


def find_operation(judge, services, request):
    headers = {name.lower(): value for name, value in request["headers"].items()}
    prefix, _, name = headers.get("x-amz-target", "").rpartition(".")
    if not prefix:
        name = dict(urllib.parse.parse_qsl(request["body"])).get("Action")
    for service in services:
        model = judge.model(service)
        is_its = (model.metadata.get("targetPrefix") == prefix if prefix
                  else model.metadata["protocol"] == "query" and name in model.operation_names)
        if is_its and name in model.operation_names:
            return model.operation_model(name), bool(prefix)
    return None, False


class RecordJudge(Judge):
    def check_blob(self, _, value, where):
        try:
            base64.b64decode(value, validate=True)
        except (ValueError, TypeError):
            self.fault(where, f"not base64: {value!r:.60}")

    def fault(self, where, what):
        # A stack's own events have these, whatever the model's list of them says.
        if not ("ResourceStatus" in where and "_CLEANUP_IN_PROGRESS is not one of" in what):
            super().fault(where, what)


def judge_record(path, *services):
    """Every recorded reply of these services, by botocore's models; the names of those judged."""
    judge = RecordJudge()
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            exchange = json.loads(line)
            operation, is_json = find_operation(judge, services, exchange["request"])
            if operation is None:
                continue
            judge.seen[operation.name] = judge.seen.get(operation.name, 0) + 1
            judge.reply(operation, exchange["reply"], is_json, exchange["reply"]["status"] == 200,
                        f"{number} {operation.name}")
    for fault in judge.faults[:40]:
        check(False, fault)
    return judge.seen


def end():
    print(f"{len(FAILURES)} failures")
    sys.exit(1 if FAILURES else 0)
