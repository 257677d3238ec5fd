"""The real AWS CLI, and botocore's models, on who may do what: IAM, STS, KMS, SSM, Logs, ECR,
Secrets Manager, the tagging API and Service Quotas.

The CLI refuses what its models cannot read; the recording is then judged member by member.
Skipped (77) when there is no AWS CLI.
"""

import json
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
import botocore.config  # noqa: E402
import botocore.exceptions  # noqa: E402
import botocore.session  # noqa: E402
from sandbox import Sandbox  # noqa: E402
from sandbox_awscli_test import FAILURES, Cli, check, programs  # noqa: E402
from sandbox_botocore_test import Judge  # noqa: E402

CICD, DEV = "111111111111", "222222222222"


def document(effect="Allow", **more):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": effect, **more}]})


def trust(principal, **more):
    return document(Principal={"AWS": principal}, Action="sts:AssumeRole", **more)


class Clients:
    """botocore's clients of one identity."""

    def __init__(self, sandbox, keys):
        self.sandbox, self.session = sandbox, botocore.session.Session()
        self.session.set_credentials(*keys)

    def __getattr__(self, service):
        return self.session.create_client(
            service.replace("_", "-"), region_name="eu-west-1", endpoint_url=self.sandbox.url,
            config=botocore.config.Config(retries={"max_attempts": 0}))


def user(sandbox, name):
    keys = {}
    for line in (sandbox.dir / "aws" / "credentials").read_text().splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif "=" in line:
            keys.setdefault(section, []).append(line.split("=", 1)[1].strip())
    return Clients(sandbox, keys[name][:2])


def refused(code, call, **args):
    try:
        call(**args)
    except botocore.exceptions.ClientError as error:
        got = error.response["Error"]
        check(got["Code"] == code, f"{code} is the answer, not {got}")
        return got["Message"]
    check(False, f"{code} is the answer, not success: {args}")
    return ""


def assume(clients, role, account=CICD, **more):
    given = clients.sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/{role}",
                                    RoleSessionName="test", **more)["Credentials"]
    return Clients(clients.sandbox, (given["AccessKeyId"], given["SecretAccessKey"],
                                     given["SessionToken"]))


def check_roles(ops):
    iam = ops.iam
    made = iam.create_role(RoleName="build", AssumeRolePolicyDocument=trust(f"arn:aws:iam::{CICD}:root"),
                           Description="builds", Tags=[{"Key": "team", "Value": "sales"}])["Role"]
    check(made["Arn"] == f"arn:aws:iam::{CICD}:role/build", "a role has its ARN")
    refused("EntityAlreadyExists", iam.create_role, RoleName="build",
            AssumeRolePolicyDocument=trust("*"))
    message = refused("MalformedPolicyDocument", iam.create_role, RoleName="nobody",
                      AssumeRolePolicyDocument=trust(f"arn:aws:iam::{CICD}:role/nobody"))
    check("Invalid principal in policy: \"AWS\":\"arn:aws:iam::111111111111:role/nobody\"" in message,
          f"the principal is named: {message}")
    refused("MalformedPolicyDocument", iam.create_role, RoleName="x", AssumeRolePolicyDocument="{")
    refused("NoSuchEntity", iam.get_role, RoleName="nobody")
    iam.put_role_policy(RoleName="build", PolicyName="own",
                        PolicyDocument=document(Action="ssm:*", Resource="*"))
    iam.attach_role_policy(RoleName="build", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    refused("NoSuchEntity", iam.attach_role_policy, RoleName="build",
            PolicyArn="arn:aws:iam::aws:policy/NobodyMadeThis")
    refused("DeleteConflict", iam.delete_role, RoleName="build")
    got = iam.get_role_policy(RoleName="build", PolicyName="own")["PolicyDocument"]
    check(got["Statement"][0]["Action"] == "ssm:*", "a policy comes back as it was")
    check(iam.list_role_policies(RoleName="build")["PolicyNames"] == ["own"], "policies are listed")
    check([p["PolicyName"] for p in iam.list_attached_role_policies(RoleName="build")
           ["AttachedPolicies"]] == ["ReadOnlyAccess"], "attached ones too")
    check(iam.get_role(RoleName="build")["Role"]["Tags"][0]["Value"] == "sales", "tags are kept")
    names = [r["RoleName"] for r in iam.list_roles()["Roles"]]
    check("build" in names and "penstock-admin" in names, "roles are listed, the sandbox's too")
    for page in iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 2}):
        check(len(page["Roles"]) <= 2, "a page has at most what was asked for")


def check_rights(ops):
    """What a session may do follows from the role's policies, a boundary caps it."""
    build = assume(ops, "build")
    who = build.sts.get_caller_identity()["Arn"]
    check(who == f"arn:aws:sts::{CICD}:assumed-role/build/test", f"the session says who it is: {who}")
    build.ssm.put_parameter(Name="/build/x", Value="1", Type="String")
    build.kms.list_keys()
    refused("AccessDeniedException", build.kms.create_key)
    boundary = ops.iam.create_policy(PolicyName="bound", PolicyDocument=document(
        Action="kms:*", Resource="*"))["Policy"]["Arn"]
    ops.iam.put_role_permissions_boundary(RoleName="build", PermissionsBoundary=boundary)
    refused("AccessDeniedException", build.ssm.get_parameter, Name="/build/x")
    build.kms.list_keys()
    refused("DeleteConflict", ops.iam.delete_policy, PolicyArn=boundary)
    ops.iam.delete_role_permissions_boundary(RoleName="build")
    ops.iam.delete_policy(PolicyArn=boundary)
    said = ops.iam.simulate_principal_policy(
        PolicySourceArn=f"arn:aws:iam::{CICD}:role/build",
        ActionNames=["ssm:PutParameter", "iam:CreateRole"])["EvaluationResults"]
    check([r["EvalDecision"] for r in said] == ["allowed", "implicitDeny"], "simulation agrees")


def check_trust(ops, dev):
    """AssumeRole asks the trust policy, the external id and, of a session, its own policies."""
    iam = dev.iam
    iam.create_role(RoleName="deploy", AssumeRolePolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{CICD}:root"},
             "Action": "sts:AssumeRole", "Condition": {"Null": {"sts:ExternalId": "true"}}},
            {"Effect": "Allow", "Principal": {"AWS": CICD}, "Action": "sts:TagSession"}]}))
    assume(ops, "deploy", DEV)
    assume(ops, "deploy", DEV, Tags=[{"Key": "a", "Value": "b"}])
    arn = f"arn:aws:iam::{DEV}:role/deploy"
    refused("AccessDenied", ops.sts.assume_role, RoleArn=arn, RoleSessionName="test",
            ExternalId="given")
    refused("AccessDenied", dev.sts.assume_role, RoleArn=arn, RoleSessionName="test")
    build = assume(ops, "build")
    refused("AccessDenied", build.sts.assume_role, RoleArn=arn, RoleSessionName="test")
    ops.iam.put_role_policy(RoleName="build", PolicyName="own",
                            PolicyDocument=document(Action="sts:AssumeRole", Resource=arn))
    there = assume(build, "deploy", DEV)
    check(there.sts.get_caller_identity()["Account"] == DEV, "roles are chained")
    refused("ValidationError", build.sts.assume_role, RoleArn=arn, RoleSessionName="test",
            DurationSeconds=7200)
    iam.update_assume_role_policy(RoleName="deploy", PolicyDocument=trust(
        f"arn:aws:iam::{CICD}:role/build",
        Condition={"StringEquals": {"sts:ExternalId": "secret"}}))
    refused("AccessDenied", build.sts.assume_role, RoleArn=arn, RoleSessionName="test")
    refused("AccessDenied", ops.sts.assume_role, RoleArn=arn, RoleSessionName="test",
            ExternalId="secret")
    refused("AccessDenied", build.sts.assume_role, RoleArn=arn, RoleSessionName="test",
            ExternalId="secret", Tags=[{"Key": "a", "Value": "b"}])
    assume(build, "deploy", DEV, ExternalId="secret")
    iam.delete_role(RoleName="deploy")
    refused("AccessDenied", build.sts.assume_role, RoleArn=arn, RoleSessionName="test",
            ExternalId="secret")
    refused("AccessDeniedException", there.ssm.describe_parameters)


def check_keys(ops, sandbox):
    kms = ops.kms
    key = kms.create_key(Description="artifacts", Tags=[{"TagKey": "team", "TagValue": "sales"}])
    key = key["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/artifacts", TargetKeyId=key)
    refused("AlreadyExistsException", kms.create_alias, AliasName="alias/artifacts",
            TargetKeyId=key)
    check(kms.describe_key(KeyId="alias/artifacts")["KeyMetadata"]["KeyId"] == key,
          "an alias finds its key")
    check([a["AliasName"] for a in kms.list_aliases(KeyId=key)["Aliases"]] == ["alias/artifacts"],
          "the aliases of a key")
    policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    policy["Statement"].append({"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
                                "Principal": {"AWS": f"arn:aws:iam::{DEV}:role/nobody"}})
    message = refused("MalformedPolicyDocumentException", kms.put_key_policy, KeyId=key,
                      PolicyName="default", Policy=json.dumps(policy))
    check("one or more invalid principals" in message, "a principal must be there")
    refused("MalformedPolicyDocumentException", kms.create_key, Policy=document(
        Principal={"AWS": f"arn:aws:iam::{DEV}:root"}, Action="kms:*", Resource="*"))
    kms.enable_key_rotation(KeyId=key)
    check(kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"], "a key rotates")
    check(kms.list_resource_tags(KeyId=key)["Tags"][0]["TagValue"] == "sales", "a key has tags")
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    refused("KMSInvalidStateException", kms.enable_key, KeyId=key)
    kms.cancel_key_deletion(KeyId=key)
    kms.enable_key(KeyId=key)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=8)
    sandbox.step(7.5 * 86400)
    check(kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion",
          "the first date was cancelled")
    sandbox.step(86400)
    refused("NotFoundException", kms.describe_key, KeyId=key)
    check(kms.list_aliases()["Aliases"] == [], "a key takes its aliases with it")


def check_parameters(ops):
    ssm = ops.ssm
    put = dict(Name="/a/b/c", Value="1", Type="String")
    check(ssm.put_parameter(**put, Tags=[{"Key": "team", "Value": "sales"}])["Version"] == 1,
          "versions begin at 1")
    refused("ParameterAlreadyExists", ssm.put_parameter, **put)
    refused("ValidationException", ssm.put_parameter, **put, Overwrite=True,
            Tags=[{"Key": "a", "Value": "b"}])
    refused("ValidationException", ssm.put_parameter, Name="/long", Type="String", Value="x" * 4097)
    refused("ValidationException", ssm.put_parameter, Name="a/b", Type="String", Value="x")
    refused("AccessDeniedException", ssm.put_parameter, Name="/aws/x", Type="String", Value="x")
    check(ssm.put_parameter(Name="/a/b/c", Value="2", Overwrite=True)["Version"] == 2,
          "versions count up")
    check(ssm.get_parameter(Name="/a/b/c")["Parameter"]["Value"] == "2", "the newest is read")
    check(ssm.get_parameter(Name="/a/b/c:1")["Parameter"]["Value"] == "1", "older ones too")
    refused("ParameterVersionNotFound", ssm.get_parameter, Name="/a/b/c:7")
    refused("ParameterNotFound", ssm.get_parameter, Name="/a")
    check(len(ssm.get_parameter_history(Name="/a/b/c")["Parameters"]) == 2, "there is a history")
    for i in range(12):
        ssm.put_parameter(Name=f"/a/n{i:02}", Value="v", Type="String")
    check(len(ssm.get_parameters_by_path(Path="/a")["Parameters"]) == 10, "ten on a page")
    every = [p["Name"] for page in ssm.get_paginator("get_parameters_by_path").paginate(
        Path="/a", Recursive=True) for p in page["Parameters"]]
    check(len(every) == 13 and every == sorted(every), "pages add up")
    got = ssm.get_parameters(Names=["/a/n00", "/nope"])
    check(got["InvalidParameters"] == ["/nope"], "what is not there is named")
    ssm.put_parameter(Name="sealed", Value="hidden", Type="SecureString")
    check(ssm.get_parameter(Name="sealed")["Parameter"]["Value"] != "hidden", "sealed stays sealed")
    check(ssm.get_parameter(Name="sealed", WithDecryption=True)["Parameter"]["Value"] == "hidden",
          "unless it is asked for")
    found = ssm.describe_parameters(ParameterFilters=[
        {"Key": "Name", "Option": "BeginsWith", "Values": ["/a/b"]}])["Parameters"]
    check([p["Name"] for p in found] == ["/a/b/c"], "parameters are found by their names")
    tags = dict(ResourceType="Parameter", ResourceId="/a/b/c")
    ssm.add_tags_to_resource(**tags, Tags=[{"Key": "x", "Value": "y"}])
    ssm.remove_tags_from_resource(**tags, TagKeys=["team"])
    check(ssm.list_tags_for_resource(**tags)["TagList"] == [{"Key": "x", "Value": "y"}],
          "tags come and go")
    gone = ssm.delete_parameters(Names=["/a/n00", "/nope"])
    check(gone["DeletedParameters"] == ["/a/n00"] and gone["InvalidParameters"] == ["/nope"],
          "several are removed at once")
    ssm.delete_parameter(Name="/a/b/c")
    refused("ParameterNotFound", ssm.delete_parameter, Name="/a/b/c")


def check_logs(ops, now_ms):
    logs = ops.logs
    logs.create_log_group(logGroupName="/build/x", tags={"team": "sales"})
    refused("ResourceAlreadyExistsException", logs.create_log_group, logGroupName="/build/x")
    logs.put_retention_policy(logGroupName="/build/x", retentionInDays=30)
    refused("InvalidParameterException", logs.put_retention_policy, logGroupName="/build/x",
            retentionInDays=31)
    group = logs.describe_log_groups(logGroupNamePrefix="/build")["logGroups"][0]
    check(group["retentionInDays"] == 30 and group["arn"].endswith(":*"), "a group is described")
    where = dict(logGroupName="/build/x", logStreamName="s")
    refused("ResourceNotFoundException", logs.put_log_events, **where,
            logEvents=[{"timestamp": now_ms, "message": "m"}])
    logs.create_log_stream(**where)
    logs.put_log_events(**where, logEvents=[{"timestamp": now_ms + i, "message": f"line {i}"}
                                            for i in range(25)])
    seen, token = [], {}
    while True:
        page = logs.get_log_events(**where, startFromHead=True, limit=10, **token)
        seen += [e["message"] for e in page["events"]]
        if token.get("nextToken") == page["nextForwardToken"]:
            break
        token = {"nextToken": page["nextForwardToken"]}
    check(seen == [f"line {i}" for i in range(25)], "forward to the end, and the token stays")
    tail = logs.get_log_events(**where, limit=5)
    check([e["message"] for e in tail["events"]] == [f"line {i}" for i in range(20, 25)],
          "from the end")
    back = logs.get_log_events(**where, limit=5, nextToken=tail["nextBackwardToken"])
    check([e["message"] for e in back["events"]] == [f"line {i}" for i in range(15, 20)],
          "and backward")
    found = [e["message"] for page in logs.get_paginator("filter_log_events").paginate(
        logGroupName="/build/x", filterPattern='"line 2"', PaginationConfig={"PageSize": 2})
        for e in page["events"]]
    check(found == ["line 2"] + [f"line {i}" for i in range(20, 25)], f"a search finds: {found}")
    check(logs.describe_log_streams(logGroupName="/build/x", orderBy="LastEventTime",
                                    descending=True)["logStreams"][0]["lastEventTimestamp"] ==
          now_ms + 24, "a stream knows its last event")
    check(logs.list_tags_for_resource(resourceArn=group["arn"][:-2])["tags"] == {"team": "sales"},
          "a group has tags")


def check_others(ops):
    ecr, secrets = ops.ecr, ops.secretsmanager
    made = ecr.create_repository(repositoryName="app/web", tags=[{"Key": "team", "Value": "sales"}])
    check(made["repository"]["repositoryUri"].endswith("amazonaws.com/app/web"), "a URI")
    refused("RepositoryAlreadyExistsException", ecr.create_repository, repositoryName="app/web")
    check(ecr.list_images(repositoryName="app/web")["imageIds"] == [], "without images")
    ecr.put_lifecycle_policy(repositoryName="app/web", lifecyclePolicyText=json.dumps({"rules": [
        {"rulePriority": 1, "action": {"type": "expire"}, "selection": {
            "tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 5}}]}))
    ecr.get_lifecycle_policy(repositoryName="app/web")
    ecr.get_authorization_token()
    made = secrets.create_secret(Name="db", SecretString="s", Tags=[{"Key": "team", "Value": "x"}])
    check(secrets.get_secret_value(SecretId=made["ARN"])["SecretString"] == "s", "by its ARN")
    refused("ResourceExistsException", secrets.create_secret, Name="db", SecretString="s")
    secrets.describe_secret(SecretId="db")
    secrets.delete_secret(SecretId="db")
    refused("InvalidRequestException", secrets.get_secret_value, SecretId="db")
    check(secrets.list_secrets()["SecretList"] == [], "what is marked is not listed")
    secrets.restore_secret(SecretId="db")
    tagged = ops.resourcegroupstaggingapi.get_resources(
        TagFilters=[{"Key": "team", "Values": ["sales"]}])["ResourceTagMappingList"]
    arns = [r["ResourceARN"] for r in tagged]
    check(any(":repository/app/web" in a for a in arns) and any(":log-group:" in a for a in arns),
          f"what has tags is found by them: {arns}")
    check(any(":codepipeline:" in a for a in arns), "pipelines too")
    pages = ops.resourcegroupstaggingapi.get_paginator("get_resources").paginate(
        TagFilters=[{"Key": "team"}], PaginationConfig={"PageSize": 3})
    many = [r["ResourceARN"] for page in pages for r in page["ResourceTagMappingList"]]
    check(len(many) == len(set(many)) and len(many) >= len(arns), "pages add up without doubles")
    quota = ops.service_quotas.get_service_quota(ServiceCode="codebuild", QuotaCode="L-9D07B6EF")
    check(quota["Quota"]["Value"] == 60.0, "a quota has a value")
    refused("NoSuchResourceException", ops.service_quotas.get_service_quota,
            ServiceCode="codebuild", QuotaCode="L-NOBODY")


def check_inventory(ops, sandbox):
    before = sandbox.control("inventory")
    ops.iam.create_role(RoleName="passing", AssumeRolePolicyDocument=trust("*"))
    more = [r for r in sandbox.control("inventory") if r not in before]
    check(more == [{"kind": "iam.role", "account": CICD, "region": "", "name": "passing"}],
          f"the inventory shows what was made: {more}")
    ops.iam.delete_role(RoleName="passing")
    check(sandbox.control("inventory") == before, "and no longer what was removed")


def check_cli(program, sandbox):
    cli = Cli(program, sandbox)
    role = cli.ask("iam", "create-role", "--role-name", "by-cli", "--assume-role-policy-document",
                   trust(f"arn:aws:iam::{CICD}:root"))["Role"]
    check(role["AssumeRolePolicyDocument"]["Statement"][0]["Action"] == "sts:AssumeRole",
          "the CLI reads the trust policy")
    check(any(r["RoleName"] == "by-cli" for r in cli.ask("iam", "list-roles")["Roles"]), "listed")
    cli.refused("EntityAlreadyExists", "iam", "create-role", "--role-name", "by-cli",
                "--assume-role-policy-document", trust("*"))
    cli.refused("ValidationError", "iam", "create-role", "--role-name", "x" * 65,
                "--assume-role-policy-document", trust("*"))
    cli.ask("iam", "delete-role", "--role-name", "by-cli")
    key = cli.ask("kms", "create-key")["KeyMetadata"]
    check(key["KeyManager"] == "CUSTOMER" and key["KeyState"] == "Enabled", "the CLI makes a key")
    cli.ask("ssm", "put-parameter", "--name", "cli", "--type", "String", "--value", "v")
    check(cli.ask("ssm", "get-parameter", "--name", "cli")["Parameter"]["Value"] == "v", "and a "
          "parameter")
    cli.ask("ssm", "delete-parameter", "--name", "cli")


def drive(record):
    with Sandbox(sys.argv[1], "--seed", "demo", "--step", "--record", record) as sandbox:
        ops, dev = user(sandbox, "cicd"), user(sandbox, "dev")
        now_ms = int(time.time() * 1000)
        check_roles(ops)
        check_rights(ops)
        check_trust(ops, dev)
        check_keys(ops, sandbox)
        check_parameters(ops)
        check_logs(ops, now_ms)
        check_others(ops)
        check_inventory(ops, sandbox)
        for program in programs():
            check_cli(program, sandbox)


def main():
    if not programs():
        print("no AWS CLI here")
        return 77
    judge = Judge()
    with tempfile.TemporaryDirectory() as place:
        record = pathlib.Path(place) / "record"
        drive(record)
        judge.file(record)
    for fault in judge.faults[:40]:
        print(fault)
    print(f"{len(FAILURES)} failures, {len(judge.faults)} faults in {judge.seen}")
    return 1 if FAILURES or judge.faults or not judge.seen else 0


if __name__ == "__main__":
    sys.exit(main())
