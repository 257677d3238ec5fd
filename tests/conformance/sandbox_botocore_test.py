"""botocore's service models judge what went over the wire.

    sandbox_botocore_test.py SANDBOX           botocore drives a recording sandbox, then judges
    sandbox_botocore_test.py SANDBOX PENSTOCK  penstock drives it, from a fresh cache
    sandbox_botocore_test.py --judge FILE...   only judges recordings, of any client

Every request and every reply: no unknown member, required ones present, types, enums, lengths and
patterns right, errors modelled for the operation or common to all.
"""

import json
import pathlib
import re
import subprocess
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree

import botocore
import botocore.exceptions
import botocore.loaders
import botocore.model
import botocore.session

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
from sandbox import Sandbox  # noqa: E402

COMMON_ERRORS = {
    "AccessDenied", "AccessDeniedException", "ExpiredToken", "ExpiredTokenException",
    "IncompleteSignature", "IncompleteSignatureException", "InternalFailure", "InvalidAction",
    "InvalidClientTokenId", "InvalidSignatureException", "MissingAuthenticationToken",
    "MissingAuthenticationTokenException", "SerializationException", "SignatureDoesNotMatch",
    "Throttling", "ThrottlingException", "UnknownOperationException",
    "UnrecognizedClientException", "ValidationError", "ValidationException",
}
# Models that have another name than what is signed for.
MODELS = {"": "sts", "tagging": "resourcegroupstaggingapi", "servicequotas": "service-quotas"}
# What models of before 2024 (Debian 12's) do not know yet.
IS_OLD = tuple(int(n) for n in botocore.__version__.split(".")[:2]) < (1, 35)
NEWER = {"pipelineType", "executionMode", "executionType", "rollbackMetadata", "type", "filter",
         "inboundExecutions", "variables", "sourceRevisions", "timeoutInMinutes", "statusSummary",
         "latestInPipelineExecution", "logStreamARN", "updatedBy", "errorDetails", "ARN",
         "RotationPeriodInDays", "logGroupArn", "logGroupClass", "PolicyName", "KeyId"}


class Judge:
    def __init__(self):
        self.loader = botocore.loaders.Loader()
        self.models = {}
        self.faults = []
        self.seen = {}

    def model(self, service):
        if service not in self.models:
            raw = self.loader.load_service_model(service, "service-2")
            self.models[service] = botocore.model.ServiceModel(raw, service)
        return self.models[service]

    def fault(self, where, what):
        self.faults.append(f"{where}: {what}")

    def value(self, shape, value, where):
        check = getattr(self, "check_" + shape.type_name, None)
        if check is None:
            self.fault(where, f"no rule for {shape.type_name}")
        else:
            check(shape, value, where)

    def check_structure(self, shape, value, where):
        if not isinstance(value, dict):
            return self.fault(where, f"not an object but {value!r}")
        for name in shape.required_members:
            if name not in value:
                self.fault(where, f"{name} is missing")
        for name, item in value.items():
            if name in shape.members:
                self.value(shape.members[name], item, f"{where}.{name}")
            elif not (IS_OLD and name in NEWER):
                self.fault(where, f"unknown member {name}")

    def check_list(self, shape, value, where):
        if not isinstance(value, list):
            return self.fault(where, f"not a list but {value!r}")
        if value:  # AWS sends empty lists too where its models want a member
            self.length(shape, value, where)
        for at, item in enumerate(value):
            self.value(shape.member, item, f"{where}[{at}]")

    def check_map(self, shape, value, where):
        if not isinstance(value, dict):
            return self.fault(where, f"not a map but {value!r}")
        for name, item in value.items():
            self.value(shape.key, name, f"{where} key")
            self.value(shape.value, item, f"{where}[{name}]")

    def check_string(self, shape, value, where):
        if not isinstance(value, str):
            return self.fault(where, f"not a string but {value!r}")
        if shape.enum and value not in shape.enum and not IS_OLD:
            self.fault(where, f"{value} is not one of {', '.join(shape.enum)}")
        self.length(shape, value, where)
        pattern = shape.metadata.get("pattern")
        # Python has no classes of characters by property, as \p{L}.
        if pattern and "\\p{" not in pattern and not re.fullmatch(pattern, value):
            self.fault(where, f"{value!r} does not match {pattern}")

    def check_double(self, shape, value, where):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.fault(where, f"not a number but {value!r}")

    def check_timestamp(self, shape, value, where):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.fault(where, f"not epoch seconds but {value!r}")

    def check_boolean(self, shape, value, where):
        if not isinstance(value, bool):
            self.fault(where, f"not a boolean but {value!r}")

    def check_integer(self, shape, value, where):
        if isinstance(value, bool) or not isinstance(value, int):
            return self.fault(where, f"not an integer but {value!r}")
        if not shape.metadata.get("min", value) <= value <= shape.metadata.get("max", value):
            self.fault(where, f"{value} is out of range")

    check_long = check_integer

    def length(self, shape, value, where):
        size = len(value)
        if not shape.metadata.get("min", 0) <= size <= shape.metadata.get("max", size):
            self.fault(where, f"its length {size} is out of range")

    def form(self, shape, text, operation, where):
        """A query protocol's request; nested parameters are judged by their first name."""
        given = dict(urllib.parse.parse_qsl(text, keep_blank_values=True))
        if given.pop("Action", None) != operation.name or "Version" not in given:
            self.fault(where, "Action or Version is wrong")
        given.pop("Version", None)
        members = shape.members if shape else {}
        for name in shape.required_members if shape else ():
            if not any(key.split(".")[0] == name for key in given):
                self.fault(where, f"{name} is missing")
        for name, value in given.items():
            member = members.get(name.split(".")[0])
            if member is None:
                self.fault(where, f"unknown parameter {name}")
            elif member.type_name == "integer":
                self.check_integer(member, int(value), f"{where}.{name}")
            elif member.type_name == "string":
                self.check_string(member, value, f"{where}.{name}")

    def element(self, shape, element, where):
        """A query protocol's reply: structures, lists of <member> and scalars."""
        names = [child.tag.split("}")[-1] for child in element]
        for name in shape.required_members:
            if name not in names:
                self.fault(where, f"{name} is missing")
        for name, child in zip(names, element):
            member = shape.members.get(name)
            if member is None:
                self.fault(where, f"unknown element {name}")
            else:
                self.element_value(member, child, f"{where}.{name}")

    def element_value(self, shape, element, where):
        if shape.type_name == "structure":
            self.element(shape, element, where)
        elif shape.type_name == "list":
            for item in element:
                if item.tag.split("}")[-1] != shape.member.serialization.get("name", "member"):
                    self.fault(where, f"a list of {item.tag}")
                self.element_value(shape.member, item, where + "[]")
        elif shape.type_name == "string":
            self.check_string(shape, element.text or "", where)
        elif shape.type_name == "integer":
            self.check_integer(shape, int(element.text or "x"), where)
        elif shape.type_name == "boolean" and element.text not in ("true", "false"):
            self.fault(where, f"no boolean but {element.text}")
        elif shape.type_name == "timestamp" and not re.fullmatch(
                r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", element.text or ""):
            self.fault(where, "no ISO 8601 time")

    def error(self, operation, code, where):
        known = COMMON_ERRORS | {s.name for s in operation.error_shapes}
        known |= {s.metadata.get("error", {}).get("code") for s in operation.error_shapes}
        if code not in known:
            self.fault(where, f"error {code} is neither modelled nor common")

    def exchange(self, line, where):
        service = MODELS.get(line["service"], line["service"])
        if line["operation"] not in self.model(service).operation_names:
            if line["reply"]["status"] == 200:
                self.fault(where, "success for an unknown operation")
            return
        operation = self.model(service).operation_model(line["operation"])
        is_json = self.model(service).protocol == "json"
        where = f"{where} {line['operation']}"
        self.seen[line["operation"]] = self.seen.get(line["operation"], 0) + 1
        is_ok = line["reply"]["status"] == 200
        # What the sandbox refused as malformed was meant to be wrong.
        if is_ok:
            self.request(operation, line["request"], is_json, where + " request")
        self.reply(operation, line["reply"], is_json, is_ok, where + " reply")

    def request(self, operation, request, is_json, where):
        headers = {name.lower(): value for name, value in request["headers"].items()}
        wanted = "application/x-amz-json-1.1" if is_json else "application/x-www-form-urlencoded"
        if request["method"] != "POST" or request["path"] != "/":
            self.fault(where, f"{request['method']} {request['path']}, not POST /")
        if not headers.get("content-type", "").startswith(wanted):
            self.fault(where, f"content type {headers.get('content-type')}, not {wanted}")
        if not is_json:
            self.form(operation.input_shape, request["body"], operation, where)
            return
        target = f"{operation.service_model.metadata['targetPrefix']}.{operation.name}"
        if headers.get("x-amz-target") != target:
            self.fault(where, f"target {headers.get('x-amz-target')}, not {target}")
        self.value(operation.input_shape, json.loads(request["body"]), where)

    def reply(self, operation, reply, is_json, is_ok, where):
        if "x-amzn-RequestId" not in reply["headers"]:
            self.fault(where, "no request id")
        if is_json:
            body = json.loads(reply["body"]) if reply["body"] else {}
            if not is_ok:
                return self.error(operation, body["__type"].split("#")[-1], where)
            if operation.output_shape is not None:
                self.value(operation.output_shape, body, where)
            return
        root = ElementTree.fromstring(reply["body"])
        namespace = {"n": operation.service_model.metadata["xmlNamespace"]}
        if not is_ok:
            return self.error(operation, root.findtext("n:Error/n:Code", None, namespace), where)
        result = root.find(f"n:{operation.name}Result", namespace)
        if root.tag.split("}")[-1] != operation.name + "Response" or result is None:
            return self.fault(where, "the wrapper has another name")
        if operation.output_shape is not None:
            self.element(operation.output_shape, result, where)

    def file(self, path):
        with open(path, encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                self.exchange(json.loads(line), f"{pathlib.Path(path).name}:{number}")


def refused(call, **arguments):
    try:
        call(**arguments)
    except botocore.exceptions.ClientError:
        return
    raise AssertionError(f"{arguments} was not refused")


def read_everything(client):
    """Each pipeline of one account and region, with each list in small pages."""
    for page in client.get_paginator("list_pipelines").paginate(PaginationConfig={"PageSize": 4}):
        for row in page["pipelines"]:
            name = row["name"]
            client.get_pipeline_state(name=name)
            arn = client.get_pipeline(name=name)["metadata"]["pipelineArn"]
            client.list_tags_for_resource(resourceArn=arn, maxResults=1)
            for operation in ("list_pipeline_executions", "list_action_executions"):
                pages = client.get_paginator(operation).paginate(
                    pipelineName=name, PaginationConfig={"PageSize": 30, "MaxItems": 90})
                for _ in pages:
                    pass


def write_something(client, name):
    token = "1-the-test"
    run = client.start_pipeline_execution(name=name, clientRequestToken=token)
    again = client.start_pipeline_execution(name=name, clientRequestToken=token)
    assert run["pipelineExecutionId"] == again["pipelineExecutionId"], "an idempotency token holds"
    which = {"pipelineName": name, "pipelineExecutionId": run["pipelineExecutionId"]}
    client.list_action_executions(pipelineName=name, filter={
        "pipelineExecutionId": run["pipelineExecutionId"]})
    client.stop_pipeline_execution(abandon=True, reason="enough", **which)
    refused(client.stop_pipeline_execution, **which)
    refused(client.get_pipeline_state, name="nowhere")
    refused(client.list_pipelines, nextToken="made up")
    refused(client.list_tags_for_resource, resourceArn="arn:aws:codepipeline:x:111111111111:y")


def drive(sandbox):
    session = botocore.session.Session(profile=None)
    keys = {"cicd": "AKIAPENSTOCKCICD0001", "dev": "AKIAPENSTOCKDEV00002",
            "test": "AKIAPENSTOCKTEST0003", "prod": "AKIAPENSTOCKPROD0004"}
    secrets = (sandbox.dir / "aws" / "credentials").read_text()
    for profile, key in keys.items():
        secret = re.search(key + r"\naws_secret_access_key = (\S+)", secrets).group(1)
        for region in ("eu-west-1", "us-east-1"):
            access = dict(region_name=region, endpoint_url=sandbox.url, aws_access_key_id=key,
                          aws_secret_access_key=secret)
            read_everything(session.create_client("codepipeline", **access))
        sts = session.create_client("sts", **access)
        sts.get_caller_identity()
        role = dict(RoleArn="arn:aws:iam::222222222222:role/penstock-admin", RoleSessionName="judge")
        sts.assume_role(**role) if profile == "cicd" else refused(sts.assume_role, **role)
    access.update(region_name="eu-west-1")
    write_something(session.create_client("codepipeline", **access), "lakehouse-tables")


def drive_penstock(sandbox, program):
    for profile in ("cicd", "dev", "prod-admin"):
        home = sandbox.dir / ("home-" + profile)
        home.mkdir()
        env = sandbox.env(profile, HOME=str(home), XDG_STATE_HOME=str(home / "state"),
                          XDG_CONFIG_HOME=str(home / "config"))
        done = subprocess.run([program, "status", "--refresh", "--json"], env=env, timeout=120,
                              capture_output=True, text=True)
        if not json.loads(done.stdout)["pipelines"]:
            raise AssertionError(f"penstock saw nothing as {profile}: {done.stderr}")


def main():
    judge = Judge()
    if sys.argv[1] == "--judge":
        for path in sys.argv[2:]:
            judge.file(path)
    else:
        with Sandbox(sys.argv[1]) as probe:
            record = probe.dir / "record"
            with Sandbox(sys.argv[1], "--record", record) as sandbox:
                drive_penstock(sandbox, sys.argv[2]) if len(sys.argv) > 2 else drive(sandbox)
            judge.file(record)
    for fault in judge.faults[:40]:
        print(fault)
    print(f"botocore {botocore.__version__}: {len(judge.faults)} faults in "
          f"{sum(judge.seen.values())} exchanges: {judge.seen}")
    return 1 if judge.faults or not judge.seen else 0


if __name__ == "__main__":
    sys.exit(main())
