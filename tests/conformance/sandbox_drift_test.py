"""CloudFormation's drift and its ways out of a failed rollback, with botocore and the AWS CLI."""

import json
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
from sandbox import Sandbox  # noqa: E402
from sandbox_place import Place, check, end, judge_record, refused  # noqa: E402

TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},
     "Action": "sts:AssumeRole"}]}
READ = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}


def template(**properties):
    """Each resource by its logical id; what is given replaces properties."""
    resources = {
        "Limit": ("AWS::SSM::Parameter", {"Name": "/lake/limit", "Type": "String", "Value": "10"}),
        "Note": ("AWS::SSM::Parameter", {"Name": "/lake/note", "Type": "String", "Value": "x"}),
        "Log": ("AWS::Logs::LogGroup", {"LogGroupName": "/lake/log", "RetentionInDays": 30}),
        "Free": ("AWS::Logs::LogGroup", {"LogGroupName": "/lake/free"}),
        "Role": ("AWS::IAM::Role", {"RoleName": "lake-reader", "AssumeRolePolicyDocument": TRUST,
                                    "MaxSessionDuration": 3600}),
        "Inline": ("AWS::IAM::Policy", {"PolicyName": "read", "PolicyDocument": READ,
                                        "Roles": [{"Ref": "Role"}]}),
        "Bucket": ("AWS::S3::Bucket", {"BucketName": "lake-drift-test",
                                       "VersioningConfiguration": {"Status": "Enabled"}}),
        "Key": ("AWS::KMS::Key", {"Description": "of the lake", "KeyPolicy": {
            "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {
                "AWS": "arn:aws:iam::111111111111:root"}, "Action": "kms:*", "Resource": "*"}]}}),
        "Rule": ("AWS::Events::Rule", {"Name": "lake-daily", "State": "ENABLED",
                                       "ScheduleExpression": "rate(1 day)"}),
        "Images": ("AWS::ECR::Repository", {"RepositoryName": "lake/images",
                                            "ImageTagMutability": "MUTABLE"}),
        "Code": ("AWS::CodeCommit::Repository", {"RepositoryName": "lake-code",
                                                 "RepositoryDescription": "the lake"}),
        "Handle": ("AWS::CloudFormation::WaitConditionHandle", {}),
    }
    for logical, more in properties.items():
        resources[logical] = (resources[logical][0], {**resources[logical][1], **more})
    return json.dumps({"Resources": {logical: {"Type": kind, "Properties": given}
                                     for logical, (kind, given) in resources.items()}})


def wait(place, stack):
    place.sandbox.step(3600)
    return place.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0][
        "StackStatus"]


def detect(place, stack):
    """The drift of each resource, after the detection."""
    stacks = place.client("cloudformation")
    detection = stacks.detect_stack_drift(StackName=stack)["StackDriftDetectionId"]
    told = stacks.describe_stack_drift_detection_status(StackDriftDetectionId=detection)
    check(told["DetectionStatus"] == "DETECTION_IN_PROGRESS", "a detection takes a while")
    refused("ValidationError", stacks.detect_stack_drift, StackName=stack)
    place.sandbox.step(10)
    told = stacks.describe_stack_drift_detection_status(StackDriftDetectionId=detection)
    check(told["DetectionStatus"] == "DETECTION_COMPLETE", "and ends")
    drifts = stacks.describe_stack_resource_drifts(StackName=stack)["StackResourceDrifts"]
    found = {d["LogicalResourceId"]: d for d in drifts}
    drifted = [d for d in drifts if d["StackResourceDriftStatus"] != "IN_SYNC"]
    check(told["DriftedStackResourceCount"] == len(drifted), "so many have drifted")
    check(told["StackDriftStatus"] == ("DRIFTED" if drifted else "IN_SYNC"), "the stack's verdict")
    stack = stacks.describe_stacks(StackName=stack)["Stacks"][0]
    check(stack["DriftInformation"]["StackDriftStatus"] == told["StackDriftStatus"], "its own")
    return found


def differences(drift):
    return [(d["PropertyPath"], d["ExpectedValue"], d["ActualValue"], d["DifferenceType"])
            for d in drift["PropertyDifferences"]]


def change_behind(place):
    ssm, logs, iam = place.client("ssm"), place.client("logs"), place.client("iam")
    ssm.put_parameter(Name="/lake/limit", Value="99", Overwrite=True)
    ssm.delete_parameter(Name="/lake/note")
    logs.put_retention_policy(logGroupName="/lake/log", retentionInDays=7)
    logs.put_retention_policy(logGroupName="/lake/free", retentionInDays=7)
    trust = json.loads(json.dumps(TRUST))
    trust["Statement"][0]["Principal"]["Service"] = "ec2.amazonaws.com"
    iam.update_assume_role_policy(RoleName="lake-reader", PolicyDocument=json.dumps(trust))
    iam.delete_role_policy(RoleName="lake-reader", PolicyName="read")
    place.client("s3").put_bucket_versioning(Bucket="lake-drift-test",
                                             VersioningConfiguration={"Status": "Suspended"})
    place.client("events").disable_rule(Name="lake-daily")
    place.client("ecr").put_image_tag_mutability(repositoryName="lake/images",
                                                 imageTagMutability="IMMUTABLE")
    place.client("codecommit").update_repository_description(repositoryName="lake-code",
                                                             repositoryDescription="mine")


def check_drift(place):
    stacks = place.client("cloudformation")
    stacks.create_stack(StackName="lake", TemplateBody=template(),
                        Capabilities=["CAPABILITY_NAMED_IAM"])
    refused("ValidationError", stacks.detect_stack_drift, StackName="lake")
    check(wait(place, "lake") == "CREATE_COMPLETE", "the stack is made")
    check(stacks.describe_stack_resource_drifts(StackName="lake")["StackResourceDrifts"] == [],
          "nobody has asked yet")
    found = detect(place, "lake")
    check("Handle" not in found and len(found) == 11, f"what is looked at: {sorted(found)}")
    check(all(d["StackResourceDriftStatus"] == "IN_SYNC" for d in found.values()),
          f"all as made: {[d for d in found.values() if d['StackResourceDriftStatus'] != 'IN_SYNC']}")
    change_behind(place)
    found = detect(place, "lake")
    status = {k: d["StackResourceDriftStatus"] for k, d in found.items()}
    check(status == {"Limit": "MODIFIED", "Note": "DELETED", "Log": "MODIFIED", "Free": "IN_SYNC",
                     "Role": "MODIFIED", "Inline": "DELETED", "Bucket": "MODIFIED", "Key": "IN_SYNC",
                     "Rule": "MODIFIED", "Images": "MODIFIED", "Code": "MODIFIED"},
          f"what differs: {status}")
    check(differences(found["Limit"]) == [("/Value", "10", "99", "NOT_EQUAL")],
          f"the parameter: {found['Limit']}")
    check(json.loads(found["Limit"]["ExpectedProperties"])["Value"] == "10" and
          json.loads(found["Limit"]["ActualProperties"])["Value"] == "99", "both as a whole")
    check(differences(found["Log"]) == [("/RetentionInDays", "30", "7", "NOT_EQUAL")],
          f"the log group: {found['Log']}")
    check(differences(found["Rule"]) == [("/State", "ENABLED", "DISABLED", "NOT_EQUAL")],
          f"the rule: {found['Rule']}")
    check(("Enabled", "Suspended") == differences(found["Bucket"])[0][1:3],
          f"the bucket: {found['Bucket']}")
    check(found["Note"].get("ActualProperties") is None, "what is gone has no properties")
    rows = {r["LogicalResourceId"]: r["DriftInformation"]["StackResourceDriftStatus"] for r in
            stacks.list_stack_resources(StackName="lake")["StackResourceSummaries"]}
    check(rows["Limit"] == "MODIFIED" and rows["Handle"] == "NOT_CHECKED", "in the list too")
    only = stacks.describe_stack_resource_drifts(
        StackName="lake", StackResourceDriftStatusFilters=["DELETED"])["StackResourceDrifts"]
    check([d["LogicalResourceId"] for d in only] == ["Inline", "Note"] or
          [d["LogicalResourceId"] for d in only] == ["Note", "Inline"], f"filtered: {only}")


def check_one(place):
    stacks = place.client("cloudformation")
    place.client("ssm").put_parameter(Name="/lake/limit", Value="10", Overwrite=True)
    one = stacks.detect_stack_resource_drift(StackName="lake",
                                             LogicalResourceId="Limit")["StackResourceDrift"]
    check(one["StackResourceDriftStatus"] == "IN_SYNC", "put back, it is as it was")
    refused("ValidationError", stacks.detect_stack_resource_drift, StackName="lake",
            LogicalResourceId="Nothing")
    refused("ValidationError", stacks.describe_stack_drift_detection_status,
            StackDriftDetectionId="00000000-0000-4000-8000-000000000000")
    stacks.update_stack(StackName="lake", TemplateBody=template(Log={"RetentionInDays": 90}),
                        Capabilities=["CAPABILITY_NAMED_IAM"])
    check(wait(place, "lake") == "UPDATE_COMPLETE", "an update")
    found = detect(place, "lake")
    check(found["Log"]["StackResourceDriftStatus"] == "IN_SYNC", "what an update sets is in sync")


def check_continue(place):
    """A rollback that fails, and three ways out."""
    stacks = place.client("cloudformation")
    for name, skip in (("again", None), ("skipped", ["Limit"])):
        body = lambda value, bad: json.dumps({"Resources": {  # noqa: E731
            "Limit": {"Type": "AWS::SSM::Parameter", "Properties": {
                "Name": f"/{name}/limit", "Type": "String", "Value": value}},
            "Bad": {"Type": "AWS::SSM::Parameter", "DependsOn": "Limit", "Properties": {
                "Name": f"/{name}/bad", "Type": "String", "Value": bad}}}})
        stacks.create_stack(StackName=name, TemplateBody=body("1", "1"))
        check(wait(place, name) == "CREATE_COMPLETE", f"{name} is made")
        refused("ValidationError", stacks.continue_update_rollback, StackName=name)
        place.sandbox.fail("stack-failure:Bad:1:1", "stack-failure:undo-Limit:1:1")
        stacks.update_stack(StackName=name, TemplateBody=body("2", "2"))
        check(wait(place, name) == "UPDATE_ROLLBACK_FAILED", f"{name} is stuck")
        rows = {r["LogicalResourceId"]: r["ResourceStatus"] for r in
                stacks.list_stack_resources(StackName=name)["StackResourceSummaries"]}
        check(rows["Limit"] == "UPDATE_FAILED", f"{name}: {rows}")
        refused("ValidationError", stacks.continue_update_rollback, StackName=name,
                ResourcesToSkip=["Bad"])
        stacks.continue_update_rollback(StackName=name,
                                        **({"ResourcesToSkip": skip} if skip else {}))
        check(wait(place, name) == "UPDATE_ROLLBACK_COMPLETE", f"{name} is out")
        value = place.client("ssm").get_parameter(Name=f"/{name}/limit")["Parameter"]["Value"]
        check(value == ("2" if skip else "1"), f"{name}: what was skipped stays as it is: {value}")


def check_demo(sandbox):
    """The stacks of the demo that need somebody."""
    place = Place(sandbox)
    stacks = place.client("cloudformation")
    found = detect(place, "weather-feed-b-Deploy-Stack")
    status = sorted(d["StackResourceDriftStatus"] for d in found.values())
    check(status == ["DELETED"] + ["IN_SYNC"] * 5 + ["MODIFIED"], f"the demo's drift: {status}")
    check(all(d["StackResourceDriftStatus"] == "IN_SYNC"
              for d in detect(place, "dmc-release-Production-Stack").values()), "no other has any")
    name = "schema-registry-Deploy-Stack"
    sets = stacks.list_change_sets(StackName=name)["Summaries"]
    check([s["ChangeSetName"] for s in sets] == ["more-memory"] and
          sets[0]["ExecutionStatus"] == "AVAILABLE", f"one waits: {sets}")
    told = stacks.describe_change_set(ChangeSetName=sets[0]["ChangeSetId"])
    check([c["ResourceChange"]["Action"] for c in told["Changes"]] == ["Modify", "Add"],
          "what it would change")
    stacks.execute_change_set(StackName=name, ChangeSetName="more-memory")
    check(wait(place, name) == "UPDATE_COMPLETE", "it is executed")
    check(stacks.list_change_sets(StackName=name)["Summaries"] == [], "and waits no more")
    stacks.delete_stack(StackName=name)
    place.sandbox.step(3600)
    refused("ValidationError", stacks.describe_stacks, StackName=name)
    gone = [s["StackName"] for s in stacks.list_stacks(
        StackStatusFilter=["DELETE_COMPLETE"])["StackSummaries"]]
    check(gone == [name], f"a seeded stack can be deleted: {gone}")
    vault = Place(sandbox, "prod", "us-east-1")
    stacks = vault.client("cloudformation")
    name = "backup-vault-Deploy-Stack"
    check(stacks.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"] ==
          "UPDATE_ROLLBACK_FAILED", "one is stuck")
    refused("ValidationError", stacks.continue_update_rollback, StackName=name,
            ResourcesToSkip=["RawBucket"])
    stacks.continue_update_rollback(StackName=name, ResourcesToSkip=["LoadFunction"])
    check(wait(vault, name) == "UPDATE_ROLLBACK_COMPLETE", "and gets out")


def check_cli(sandbox):
    done = subprocess.run(["aws", "--endpoint-url", sandbox.url, "--region", "eu-west-1",
                           "cloudformation", "describe-stack-resource-drifts", "--stack-name", "lake",
                           "--query", "StackResourceDrifts[].StackResourceDriftStatus"],
                          env=sandbox.env("cicd"), capture_output=True, text=True, check=False)
    check("IN_SYNC" in done.stdout, f"the CLI reads drift: {done.stderr}")


def main():
    with Sandbox(sys.argv[1]) as probe:
        for number, (seed, checks) in enumerate((("empty", (check_drift, check_one,
                                                            check_continue)), ("demo", ()))):
            record = probe.dir / f"record-{number}"
            with Sandbox(sys.argv[1], "--seed", seed, "--step", "--record", record) as sandbox:
                for check_this in checks:
                    check_this(Place(sandbox))
                if seed == "demo":
                    check_demo(sandbox)
                elif shutil.which("aws"):
                    check_cli(sandbox)
            judge_record(record, "cloudformation")
    end()


if __name__ == "__main__":
    main()
