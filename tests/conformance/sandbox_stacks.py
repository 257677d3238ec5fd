"""What tests of the sandbox's CloudFormation share: claims, templates, stacks in short words, and the
judge of a record."""

import json
import os
import pathlib
import sys

import botocore.exceptions
import botocore.session

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
from sandbox import Sandbox  # noqa: E402, F401
from sandbox_botocore_test import Judge  # noqa: E402

# What AWS tells of stacks among the events, though the models' enum has it not, and what models of
# before 2024 do not know yet.
UNMODELLED = ("ResourceStatus: REVIEW_IN_PROGRESS", "CLEANUP_IN_PROGRESS",
              "unknown element PolicyAction")
FAILURES = []
ACCOUNT = "111111111111"


def check(claim, what):
    if not claim:
        FAILURES.append(what)
        print("not true:", what)


def equal(got, want, what):
    check(got == want, f"{what}: {got!r} is not {want!r}")


def client(sandbox, service, profile="cicd"):
    for name in [n for n in os.environ if n.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(sandbox.env(profile))
    session = botocore.session.Session()
    return session.create_client(service, region_name="eu-west-1", endpoint_url=sandbox.url)


def refused(call, code, words, **arguments):
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as e:
        got = e.response["Error"]
        check(got["Code"] == code and words in got["Message"],
              f"{words!r} is refused as {code}, not {got['Code']}: {got['Message']}")
        return
    check(False, f"{words!r} is refused")


def parameter(value, **more):
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value}, **more}


def role(service="cloudformation.amazonaws.com", **properties):
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]}
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust, **properties}}


def template(**resources):
    return json.dumps({"Resources": resources})


class Stacks:
    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.cfn = client(sandbox, "cloudformation")
        self.ssm = client(sandbox, "ssm")

    def settle(self):
        self.sandbox.step_until_idle()

    def status(self, name):
        return self.cfn.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]

    def create(self, name, body, want="CREATE_COMPLETE", **more):
        self.cfn.create_stack(StackName=name, TemplateBody=body, **more)
        self.settle()
        equal(self.status(name), want, f"{name} after its creation")

    def update(self, name, body, want="UPDATE_COMPLETE", **more):
        self.cfn.update_stack(StackName=name, TemplateBody=body, **more)
        self.settle()
        equal(self.status(name), want, f"{name} after its update")

    def events(self, name):
        pages = self.cfn.get_paginator("describe_stack_events").paginate(StackName=name)
        found = [e for page in pages for e in page["StackEvents"]]
        return [(e["LogicalResourceId"], e["ResourceStatus"], e.get("ResourceStatusReason", ""))
                for e in reversed(found)]

    def resources(self, name):
        return {r["LogicalResourceId"]: r for r in
                self.cfn.list_stack_resources(StackName=name)["StackResourceSummaries"]}

    def value(self, name):
        return self.ssm.get_parameter(Name=name)["Parameter"]["Value"]

    def outputs(self, name):
        stack = self.cfn.describe_stacks(StackName=name)["Stacks"][0]
        return {o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", [])}


def judge_shapes(record):
    judge = Judge()
    judge.file(record)
    for fault in judge.faults:
        check(any(known in fault for known in UNMODELLED), fault)
