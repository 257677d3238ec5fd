"""Resources that are there already are taken into a stack: by a change set that names them, or that
imports what it finds."""

import json
import pathlib
import sys
import tempfile

from sandbox_stacks import (FAILURES, check, client, equal, judge_shapes, parameter, role, template,
                            Sandbox, Stacks)


def named(value, kept=True, name="/orphan"):
    return parameter(value, **({"DeletionPolicy": "RetainExceptOnCreate"} if kept else {})) | {
        "Properties": {"Type": "String", "Name": name, "Value": value}}


def check_imports(s):
    """ImportExistingResources: what is there already is taken over, if it is nobody's and kept."""
    def plan(stack, body, kind="UPDATE", **more):
        s.cfn.create_change_set(StackName=stack, ChangeSetName="i", TemplateBody=body,
                                ChangeSetType=kind, ImportExistingResources=True, **more)
        s.settle()
        return s.cfn.describe_change_set(ChangeSetName="i", StackName=stack)

    def actions(seen):
        return {c["ResourceChange"]["LogicalResourceId"]:
                (c["ResourceChange"]["Action"], c["ResourceChange"].get("PhysicalResourceId"))
                for c in seen["Changes"]}

    def execute(stack):
        s.cfn.execute_change_set(ChangeSetName="i", StackName=stack)
        s.settle()

    s.ssm.put_parameter(Name="/orphan", Value="old", Type="String")
    seen = plan("taker", template(P=named("new", kept=False)), "CREATE")
    equal((seen["Status"], seen["ExecutionStatus"], seen["ImportExistingResources"]),
          ("FAILED", "UNAVAILABLE", True), "what is not kept is not imported")
    check("must have the DeletionPolicy attribute set to 'Retain' or 'RetainExceptOnCreate'" in
          seen["StatusReason"] and seen["StatusReason"].endswith(
              "The affected resources are P ({Name=/orphan})"), "why it is not imported")
    s.cfn.delete_change_set(ChangeSetName="i", StackName="taker")

    body = template(P=named("new"), Q=parameter({"Ref": "P"}))
    equal(actions(plan("taker", body, "CREATE")), {"P": ("Import", "/orphan"), "Q": ("Add", None)},
          "what is there is imported")
    execute("taker")
    equal(s.status("taker"), "CREATE_COMPLETE", "a stack with what it imported")
    equal([e[1:] for e in s.events("taker") if e[0] == "P"],
          [("IMPORT_IN_PROGRESS", "Resource import started."),
           ("IMPORT_COMPLETE", "Resource import completed."),
           ("UPDATE_IN_PROGRESS", "Apply stack-level tags to imported resource if applicable."),
           ("UPDATE_COMPLETE", "")], "an import's events")
    equal(s.value("/orphan"), "new", "it is as the template says")
    equal(s.value(s.resources("taker")["Q"]["PhysicalResourceId"]), "/orphan", "Ref of an import")

    seen = plan("rival", template(P=named("mine")), "CREATE")
    equal(actions(seen), {"P": ("Add", None)}, "what is another stack's is not imported")
    execute("rival")
    equal(s.status("rival"), "ROLLBACK_COMPLETE", "it is there already")
    equal(s.value("/orphan"), "new", "and stays the other's")

    s.cfn.delete_stack(StackName="taker")
    s.settle()
    equal(s.value("/orphan"), "new", "what is kept outlives its stack")
    failing = {"Type": "AWS::SSM::Parameter", "DependsOn": "P", "Properties": {
        "Type": "String", "Value": "x", "Vlaue": "y"}}
    plan("loser", template(P=named("third"), R=failing), "CREATE")
    execute("loser")
    equal(s.status("loser"), "ROLLBACK_COMPLETE", "another resource fails")
    check(("P", "DELETE_SKIPPED") in [e[:2] for e in s.events("loser")] and
          s.value("/orphan") == "third", "what was imported is left alone")

    s.create("widens", template(A=parameter("a")))
    equal(actions(plan("widens", template(A=parameter("a"), P=named("4"), R=failing))),
          {"P": ("Import", "/orphan"), "R": ("Add", None)}, "an update imports too")
    execute("widens")
    equal(s.status("widens"), "UPDATE_ROLLBACK_COMPLETE", "and is rolled back")
    equal((s.value("/orphan"), list(s.resources("widens"))), ("4", ["A"]), "without what it imported")
    plan("widens", template(A=parameter("a"), P=named("5")))
    execute("widens")
    equal(s.status("widens"), "UPDATE_COMPLETE", "an update that imports")
    s.update("widens", template(A=parameter("a"), P=named("6")))
    equal(s.value("/orphan"), "6", "from then on it is the stack's")
    s.cfn.delete_stack(StackName="widens")
    s.settle()

    s.create("plain", template(P=named("7")), "ROLLBACK_COMPLETE")


def check_kinds_of_imports(s):
    """Those which have a name of their own, each by its service's client."""
    s3, iam, logs, ecr = (client(s.sandbox, n) for n in ("s3", "iam", "logs", "ecr"))
    place = {"LocationConstraint": "eu-west-1"}
    s3.create_bucket(Bucket="kept-bucket", CreateBucketConfiguration=place)
    client(s.sandbox, "s3", "dev").create_bucket(Bucket="strange-bucket",
                                                 CreateBucketConfiguration=place)
    iam.create_role(RoleName="kept-role", AssumeRolePolicyDocument=json.dumps(
        role()["Properties"]["AssumeRolePolicyDocument"]))
    logs.create_log_group(logGroupName="/kept/group")
    ecr.create_repository(repositoryName="kept/repository")

    def kept(kind, **properties):
        return {"Type": kind, "Properties": properties, "DeletionPolicy": "Retain"}
    s.cfn.create_change_set(
        StackName="kinds", ChangeSetName="i", ChangeSetType="CREATE", ImportExistingResources=True,
        Capabilities=["CAPABILITY_NAMED_IAM"], Tags=[{"Key": "team", "Value": "data"}],
        TemplateBody=template(
            B=kept("AWS::S3::Bucket", BucketName="kept-bucket",
                   VersioningConfiguration={"Status": "Enabled"}),
            G=kept("AWS::Logs::LogGroup", LogGroupName="/kept/group", RetentionInDays=7),
            E=kept("AWS::ECR::Repository", RepositoryName="kept/repository",
                   ImageTagMutability="IMMUTABLE"),
            R=role("s3.amazonaws.com", RoleName="kept-role") | {"DeletionPolicy": "Retain"},
            N=kept("AWS::S3::Bucket")))
    s.settle()
    seen = s.cfn.describe_change_set(ChangeSetName="i", StackName="kinds")
    equal({c["ResourceChange"]["LogicalResourceId"]: c["ResourceChange"]["Action"]
           for c in seen["Changes"]},
          dict.fromkeys("BGER", "Import") | {"N": "Add"}, "all that are there")
    s.cfn.execute_change_set(ChangeSetName="i", StackName="kinds")
    s.settle()
    equal(s.status("kinds"), "CREATE_COMPLETE", "a stack of imports")
    equal(s3.get_bucket_versioning(Bucket="kept-bucket")["Status"], "Enabled", "the bucket's setting")
    tags = {t["Key"]: t["Value"] for t in s3.get_bucket_tagging(Bucket="kept-bucket")["TagSet"]}
    equal((tags["team"], tags["aws:cloudformation:stack-name"]), ("data", "kinds"), "its tags")
    equal(logs.describe_log_groups(logGroupNamePrefix="/kept")["logGroups"][0]["retentionInDays"], 7,
          "the log group's days")
    equal(ecr.describe_repositories()["repositories"][0]["imageTagMutability"], "IMMUTABLE",
          "the repository's setting")
    trust = iam.get_role(RoleName="kept-role")["Role"]["AssumeRolePolicyDocument"]
    equal(trust["Statement"][0]["Principal"], {"Service": "s3.amazonaws.com"}, "the role's trust")

    s.cfn.create_change_set(
        StackName="strange", ChangeSetName="i", ChangeSetType="CREATE", ImportExistingResources=True,
        TemplateBody=template(B=kept("AWS::S3::Bucket", BucketName="strange-bucket")))
    s.settle()
    seen = s.cfn.describe_change_set(ChangeSetName="i", StackName="strange")
    equal(seen["Changes"][0]["ResourceChange"]["Action"], "Add", "another account's is no import")


def main():
    with tempfile.TemporaryDirectory() as where:
        record = pathlib.Path(where) / "record"
        with Sandbox(sys.argv[1], "--step", "--record", record) as sandbox:
            check_imports(Stacks(sandbox))
        judge_shapes(record)
    with Sandbox(sys.argv[1], "--step") as sandbox:
        check_kinds_of_imports(Stacks(sandbox))
    print(f"{len(FAILURES)} failures")
    return 1 if FAILURES else 0


if __name__ == "__main__":
    sys.exit(main())
