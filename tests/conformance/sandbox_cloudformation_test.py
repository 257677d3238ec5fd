"""CloudFormation of the sandbox, driven by botocore and, for one stack's life, by the real AWS CLI.

    sandbox_cloudformation_test.py SANDBOX

Whatever Debian's or a newer botocore parses, a person's tools parse too. Time is stepped.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

from sandbox_stacks import (ACCOUNT, FAILURES, check, client, equal, judge_shapes, parameter,
                            refused, role, template, Sandbox, Stacks)


INTRINSICS = """
AWSTemplateFormatVersion: 2010-09-09
Description: every function
Parameters:
  Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}
  Zones: {Type: CommaDelimitedList, Default: "a, b,c"}
  Count: {Type: Number, Default: 3, MinValue: 1, MaxValue: 5}
  Secret: {Type: String, NoEcho: true, Default: hush}
  Name: {Type: String, AllowedPattern: "[a-z]+", Default: lake, MinLength: 2, MaxLength: 8,
         ConstraintDescription: small letters only}
Mappings:
  Sizes:
    dev: {size: small}
    prod: {size: large}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsDev: !Not [!Condition IsProd]
  Both: !And [!Condition IsDev, !Or [!Condition IsProd, !Equals [a, a]]]
Resources:
  First:
    Type: AWS::SSM::Parameter
    Properties: {Type: String, Value: !Join ["-", !Ref Zones]}
  Second:
    Type: AWS::SSM::Parameter
    DependsOn: [First]
    Properties:
      Type: String
      Description: !If [IsProd, never, !Ref AWS::NoValue]
      Value: !Sub "${First}|${AWS::Region}|${own}|${!kept}"
  Third:
    Type: AWS::SSM::Parameter
    Condition: IsProd
    Properties: {Type: String, Value: x}
Outputs:
  Size: {Value: !FindInMap [Sizes, !Ref Stage, size]}
  Picked: {Value: !Select [1, !Split [",", "x,y,z"]]}
  Encoded: {Value: {"Fn::Base64": !Sub "${Count}"}}
  Ref: {Value: !Ref First}
  Both: {Value: !If [Both, "yes", "no"]}
  Zone: {Value: !Select [0, !GetAZs ""]}
  Text: {Value: !Sub ["${own}-${Name}", {own: !Ref AWS::AccountId}]}
  Given: {Value: !Ref Name, Export: {Name: !Sub "${AWS::StackName}-name"}}
"""


def check_intrinsics(s):
    body = INTRINSICS.replace('"${First}|${AWS::Region}|${own}|${!kept}"',
                              '["${First}|${AWS::Region}|${own}|${!kept}", {own: !Ref Count}]')
    s.create("functions", body)
    first = s.resources("functions")["First"]["PhysicalResourceId"]
    equal(s.value(first), "a-b-c", "Join of a list parameter")
    second = s.resources("functions")["Second"]["PhysicalResourceId"]
    equal(s.value(second), first + "|eu-west-1|3|${kept}", "Sub")
    check("Third" not in s.resources("functions"), "a false condition makes no resource")
    out = s.outputs("functions")
    equal(out["Size"], "small", "FindInMap")
    equal(out["Picked"], "y", "Select of Split")
    equal(out["Encoded"], "Mw==", "Base64")
    equal(out["Ref"], first, "Ref of a resource")
    equal(out["Both"], "yes", "And, Or, Not")
    equal(out["Zone"], "eu-west-1a", "GetAZs")
    equal(out["Text"], ACCOUNT + "-lake", "Sub with its own names")
    stack = s.cfn.describe_stacks(StackName="functions")["Stacks"][0]
    shown = {p["ParameterKey"]: p["ParameterValue"] for p in stack["Parameters"]}
    equal(shown["Secret"], "****", "NoEcho")
    equal(shown["Count"], "3", "a number's default")
    equal(s.cfn.get_template(StackName="functions")["TemplateBody"].strip(), body.strip(),
          "GetTemplate gives it back")
    exports = s.cfn.list_exports()["Exports"]
    equal([(e["Name"], e["Value"]) for e in exports], [("functions-name", "lake")], "exports")

    user = json.dumps({"Resources": {"P": parameter({"Fn::ImportValue": "functions-name"})}})
    s.create("importer", user)
    equal(s.cfn.list_imports(ExportName="functions-name")["Imports"], ["importer"], "imports")
    refused(s.cfn.delete_stack, "ValidationError", "cannot be deleted as it is in use by importer",
            StackName="functions")
    for name in ("importer", "functions"):
        s.cfn.delete_stack(StackName=name)
        s.settle()
    equal(s.cfn.list_exports()["Exports"], [], "a deleted stack exports nothing")
    refused(s.cfn.describe_stacks, "ValidationError", "Stack with id functions does not exist",
            StackName="functions")
    equal(s.cfn.describe_stacks(StackName=stack["StackId"])["Stacks"][0]["StackStatus"],
          "DELETE_COMPLETE", "a deleted stack is found by its id")


def check_exports(s):
    def exporting(value, name="shared"):
        return json.dumps({"Resources": {"P": parameter(value)}, "Outputs": {
            "O": {"Value": {"Fn::GetAtt": ["P", "Value"]}, "Export": {"Name": name}}}})
    s.create("source", exporting("1"))
    s.create("user", template(P=parameter({"Fn::ImportValue": "shared"})))
    s.update("source", exporting("2"), "UPDATE_ROLLBACK_COMPLETE")
    check(any("Export shared cannot be updated as it is in use by user" in e[2]
              for e in s.events("source")), "an export in use keeps its value")
    s.update("source", exporting("1", "other"), "UPDATE_ROLLBACK_COMPLETE")
    check(any("Export shared cannot be deleted as it is in use by user" in e[2]
              for e in s.events("source")), "an export in use stays")
    s.create("double", exporting("1"), "ROLLBACK_COMPLETE")
    check(any("Export with name shared is already exported by stack source" in e[2]
              for e in s.events("double")), "an export's name is one stack's")
    s.create("lost", template(P=parameter({"Fn::ImportValue": "nobody"})), "ROLLBACK_COMPLETE")
    check(any("No export named nobody found." in e[2] for e in s.events("lost")), "no such export")


def check_references(s):
    """Values that come out of SSM."""
    s.ssm.put_parameter(Name="/in/text", Value="t", Type="String")
    s.ssm.put_parameter(Name="/in/list", Value="a,b", Type="StringList")
    s.create("reads", json.dumps({
        "Parameters": {
            "T": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/in/text"},
            "L": {"Type": "AWS::SSM::Parameter::Value<List<String>>", "Default": "/in/list"}},
        "Resources": {"P": parameter("{{resolve:ssm:/in/text}}!")},
        "Outputs": {"T": {"Value": {"Ref": "T"}}, "D": {"Value": {"Fn::GetAtt": "P.Value"}},
                    "L": {"Value": {"Fn::Select": [1, {"Ref": "L"}]}}}}))
    equal(s.outputs("reads"), {"T": "t", "L": "b", "D": "t!"}, "values of SSM's parameters")
    shown = s.cfn.describe_stacks(StackName="reads")["Stacks"][0]["Parameters"][0]
    equal((shown["ParameterValue"], shown["ResolvedValue"]), ("/in/text", "t"), "both are shown")
    s.create("misses", template(P=parameter("{{resolve:ssm:/in/none}}")), "ROLLBACK_COMPLETE")


def check_refusals(s):
    p = parameter("x")
    given = {"Parameters": {"N": {"Type": "Number", "MaxValue": 5}, "E": {
        "Type": "String", "AllowedPattern": "[a-z]*", "Default": "a"}}, "Resources": {"P": p}}
    cases = [
        ("YAML not well-formed. (line 2, column 1)", "a: [b\n"),
        ("JSON not well-formed", "{"),
        ("YAML not well-formed. (line 1, column 101)", "[" * 200),
        ("is longer than 255 characters", template(**{"P" * 256: p})),
        ("At least one Resources member must be defined", "{}"),
        ("Invalid template property or properties [Foo]", '{"Foo": 1}'),
        ("Unrecognized resource types: [AWS::No::Thing]", template(P={"Type": "AWS::No::Thing"})),
        ("Every Resources object must contain a Type member", template(P={})),
        ("Unresolved resource dependencies [X, Y] in the Resources block of the template",
         template(P=parameter({"Ref": "X"}, DependsOn="Y"))),
        ("instance of Fn::GetAtt references undefined resource X",
         template(P=parameter({"Fn::GetAtt": ["X", "Arn"]}))),
        ("resource P does not support attribute type No in Fn::GetAtt",
         template(P=p, Q=parameter({"Fn::GetAtt": "P.No"}))),
        ("Circular dependency between resources: [P, Q]",
         template(P=parameter({"Ref": "Q"}), Q=parameter({"Ref": "P"}))),
        ("Parameters: [N] must have values", json.dumps(given)),
        ("The sandbox knows no transforms", json.dumps({"Transform": "AWS::Serverless-2016-10-31",
                                                       "Resources": {"P": p}})),
        ("Unresolved condition dependency No", template(P=parameter({"Fn::If": ["No", "a", "b"]}))),
        ("Unable to get mapping for A::b::c",
         template(P=parameter({"Fn::FindInMap": ["A", "b", "c"]}))),
        ("Fn::Select cannot select nonexistent value at index 3",
         template(P=parameter({"Fn::Select": [3, ["a"]]}))),
        ("'null' values are not allowed in templates", template(P=parameter(None))),
        ("Number of resources, 501, is greater than maximum allowed, 500",
         template(**{f"P{n}": {"Type": "AWS::CDK::Metadata"} for n in range(501)})),
        ("length less than or equal to 51200", " " * 51200 + template(P=p)),
        ("rule R: too old", json.dumps({"Rules": {"R": {"Assertions": [{
            "Assert": {"Fn::Not": [{"Fn::Contains": [["1", "2"], "2"]}]},
            "AssertDescription": "too old"}]}}, "Resources": {"P": p}})),
        ("Unable to fetch parameters [/no/such] from parameter store", json.dumps({
            "Parameters": {"V": {"Type": "AWS::SSM::Parameter::Value<String>",
                                 "Default": "/no/such"}}, "Resources": {"P": p}})),
    ]
    for words, body in cases:
        refused(s.cfn.create_stack, "ValidationError", words, StackName="refused",
                TemplateBody=body)

    def with_values(**values):
        return dict(StackName="refused", TemplateBody=json.dumps(given), Parameters=[
            {"ParameterKey": k, "ParameterValue": v} for k, v in values.items()])
    for words, values in (("Parameter 'N' must be a number", {"N": "x"}),
                          ("Parameter 'N' must be a number not greater than 5", {"N": "6"}),
                          ("Parameter 'E' must match pattern [a-z]*", {"N": "1", "E": "A"}),
                          ("Parameters: [Z] do not exist in the template", {"N": "1", "Z": "1"})):
        refused(s.cfn.create_stack, "ValidationError", words, **with_values(**values))
    named = template(R=role(RoleName="fixed"))
    refused(s.cfn.create_stack, "InsufficientCapabilitiesException",
            "Requires capabilities : [CAPABILITY_NAMED_IAM]", StackName="refused",
            TemplateBody=named, Capabilities=["CAPABILITY_IAM"])
    seen = s.cfn.validate_template(TemplateBody=named)
    equal(seen["Capabilities"], ["CAPABILITY_NAMED_IAM"], "ValidateTemplate's capabilities")
    seen = s.cfn.get_template_summary(TemplateBody=json.dumps(given))
    equal([d["ParameterKey"] for d in seen["Parameters"]], ["N", "E"], "summary's parameters")
    equal(seen["ResourceTypes"], ["AWS::SSM::Parameter"], "summary's types")
    refused(s.cfn.create_stack, "ValidationError", "is invalid or cannot be assumed",
            StackName="refused", TemplateBody=template(P=p),
            RoleARN=f"arn:aws:iam::{ACCOUNT}:role/nobody")
    refused(s.cfn.create_stack, "ValidationError", "Member must satisfy regular expression pattern",
            StackName="1x", TemplateBody=template(P=p))
    refused(s.cfn.describe_stacks, "ValidationError", "Stack with id refused does not exist",
            StackName="refused")


def check_events(s):
    """A resource's way, and what depends on what."""
    s.create("way", template(A=parameter("a"), B=parameter({"Ref": "A"}), C=parameter("c")))
    seen = s.events("way")
    equal(seen[0], ("way", "CREATE_IN_PROGRESS", "User Initiated"), "the first event")
    equal(seen[-1], ("way", "CREATE_COMPLETE", ""), "the last event")
    equal([(status, why) for name, status, why in seen if name == "A"],
          [("CREATE_IN_PROGRESS", ""), ("CREATE_IN_PROGRESS", "Resource creation Initiated"),
           ("CREATE_COMPLETE", "")], "a resource's events")
    order = [(name, status) for name, status, _ in seen]
    check(order.index(("A", "CREATE_COMPLETE")) < order.index(("B", "CREATE_IN_PROGRESS")),
          "B waits for A")
    check(order.index(("C", "CREATE_IN_PROGRESS")) < order.index(("A", "CREATE_COMPLETE")),
          "C is made beside A")
    refused(s.cfn.create_stack, "AlreadyExistsException", "Stack [way] already exists",
            StackName="way", TemplateBody=template(A=parameter("a")))
    once = dict(StackName="once", TemplateBody=template(A=parameter("a")), ClientRequestToken="t1")
    equal(s.cfn.create_stack(**once)["StackId"], s.cfn.create_stack(**once)["StackId"],
          "the same token creates one stack")
    s.settle()
    s.cfn.update_termination_protection(StackName="way", EnableTerminationProtection=True)
    refused(s.cfn.delete_stack, "ValidationError",
            "Stack [way] cannot be deleted while TerminationProtection is enabled", StackName="way")
    s.cfn.update_termination_protection(StackName="way", EnableTerminationProtection=False)
    id = s.cfn.describe_stacks(StackName="way")["Stacks"][0]["StackId"]
    s.cfn.delete_stack(StackName="way")
    s.settle()
    order = [(name, status) for name, status, _ in s.events(id)]
    check(order.index(("B", "DELETE_COMPLETE")) < order.index(("A", "DELETE_IN_PROGRESS")),
          "A goes after B, which needs it")
    s.cfn.delete_stack(StackName="way")  # once more is fine


def check_failed_creation(s):
    s.ssm.put_parameter(Name="/taken", Value="mine", Type="String")
    body = template(A=parameter("a"), B={"Type": "AWS::SSM::Parameter", "DependsOn": "A",
                                         "Properties": {"Name": "/taken", "Type": "String",
                                                        "Value": "b"}})
    s.create("unlucky", body, "ROLLBACK_COMPLETE")
    seen = s.events("unlucky")
    check(any(e[:2] == ("B", "CREATE_FAILED") and "already exists" in e[2] for e in seen),
          "the reason says what is wrong")
    check(("unlucky", "ROLLBACK_IN_PROGRESS",
           "The following resource(s) failed to create: [B]. Rollback requested by user.") in seen,
          "the rollback's reason")
    check(("A", "DELETE_COMPLETE") in [e[:2] for e in seen], "what was made is removed")
    equal(s.value("/taken"), "mine", "what was there is left alone")
    refused(s.cfn.update_stack, "ValidationError", "is in ROLLBACK_COMPLETE state and can not be "
            "updated", StackName="unlucky", TemplateBody=body)
    s.cfn.delete_stack(StackName="unlucky")
    s.settle()
    s.create("stays", body, "CREATE_FAILED", OnFailure="DO_NOTHING")
    s.cfn.rollback_stack(StackName="stays")
    s.settle()
    equal(s.status("stays"), "ROLLBACK_COMPLETE", "RollbackStack after DO_NOTHING")
    id = s.cfn.create_stack(StackName="goes", TemplateBody=body, OnFailure="DELETE")["StackId"]
    s.settle()
    equal(s.status(id), "DELETE_COMPLETE", "OnFailure DELETE")
    s.create("kept", template(A=parameter("a", DeletionPolicy="Retain"), B=json.loads(body)[
        "Resources"]["B"]), "ROLLBACK_COMPLETE")
    check(("A", "DELETE_SKIPPED") in [e[:2] for e in s.events("kept")], "Retain is kept")
    for number, (policy, more) in enumerate((("RetainExceptOnCreate", {}),
                                             ("Retain", {"RetainExceptOnCreate": True}))):
        if not set(more) <= set(s.cfn.meta.service_model.operation_model("CreateStack")
                                .input_shape.members):
            continue  # an older botocore
        name = f"unkept-{number}"
        s.create(name, template(A=parameter("a", DeletionPolicy=policy), B=json.loads(body)[
            "Resources"]["B"]), "ROLLBACK_COMPLETE", **more)
        check(("A", "DELETE_COMPLETE") in [e[:2] for e in s.events(name)], f"{policy} with {more}")


def check_updates(s):
    def body(value, name, **more):
        return template(A=parameter(value), B={"Type": "AWS::SSM::Parameter", "Properties": {
            "Name": name, "Type": "String", "Value": {"Fn::Sub": "of ${A}"}}}, **more)
    s.create("grows", body("1", "/b1"))
    a = s.resources("grows")["A"]["PhysicalResourceId"]
    refused(s.cfn.update_stack, "ValidationError", "No updates are to be performed.",
            StackName="grows", TemplateBody=body("1", "/b1"))
    refused(s.cfn.update_stack, "ValidationError", "Stack [none] does not exist", StackName="none",
            TemplateBody=body("1", "/b1"))
    s.update("grows", body("2", "/b1", C=parameter("c")))
    equal(s.value(a), "2", "changed in place")
    s.update("grows", body("2", "/b2"))
    seen = [e[:2] for e in s.events("grows")]
    check(("B", "DELETE_COMPLETE") in seen and ("C", "DELETE_COMPLETE") in seen,
          "what was replaced and what is gone is removed")
    check(seen.index(("grows", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")) <
          seen.index(("B", "DELETE_IN_PROGRESS")), "in the cleanup")
    check("C" not in s.resources("grows"), "C is not listed any more")
    refused(s.ssm.get_parameter, "ParameterNotFound", "", Name="/b1")
    equal(s.value("/b2"), "of " + a, "the other one is there")

    s.ssm.put_parameter(Name="/b3", Value="mine", Type="String")
    bad = template(A=parameter("3"), D=parameter("d"), B={
        "Type": "AWS::SSM::Parameter", "DependsOn": "A",
        "Properties": {"Name": "/b3", "Type": "String", "Value": "x"}})
    s.update("grows", bad, "UPDATE_ROLLBACK_COMPLETE")
    equal(s.value(a), "2", "the old value is put back")
    equal(s.value("/b2"), "of " + a, "the old one stays")
    check("D" not in s.resources("grows"), "what was added is removed")
    seen = s.events("grows")
    check(("grows", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "") in seen, "in its phase")
    equal(json.loads(json.dumps(s.cfn.get_template(StackName="grows")["TemplateBody"])),
          json.loads(body("2", "/b2")), "the template is the old one")
    s.update("grows", bad, "UPDATE_FAILED", DisableRollback=True)
    equal(s.value(a), "3", "without a rollback it stays changed")
    s.cfn.rollback_stack(StackName="grows")
    s.settle()
    equal(s.status("grows"), "UPDATE_ROLLBACK_COMPLETE", "RollbackStack")
    equal(s.value(a), "2", "put back by RollbackStack")
    s.cfn.update_stack(StackName="grows", TemplateBody=body("4", "/b2"))
    s.cfn.cancel_update_stack(StackName="grows")
    s.settle()
    equal(s.status("grows"), "UPDATE_ROLLBACK_COMPLETE", "CancelUpdateStack")
    equal(s.value(a), "2", "a cancelled update changes nothing")
    s.update("grows", body("5", "/b2"), Tags=[{"Key": "team", "Value": "sales"}])
    equal(s.cfn.describe_stacks(StackName="grows")["Stacks"][0]["Tags"],
          [{"Key": "team", "Value": "sales"}], "the stack's tags")
    s.update("grows", bad, "UPDATE_ROLLBACK_COMPLETE", Tags=[{"Key": "team", "Value": "no"}])
    tags = s.ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=a)["TagList"]
    check({"Key": "team", "Value": "sales"} in tags, f"tags are put back too: {tags}")
    refused(s.cfn.update_stack, "ValidationError", "Update of resource type is not permitted",
            StackName="grows", TemplateBody=template(A={"Type": "AWS::CDK::Metadata"}))


def check_change_sets(s):
    body = template(A=parameter("1"), B=parameter({"Ref": "A"}), C=parameter("c"))
    made = s.cfn.create_change_set(StackName="planned", ChangeSetName="first", TemplateBody=body,
                                   ChangeSetType="CREATE", Description="why")
    equal(s.status("planned"), "REVIEW_IN_PROGRESS", "a stack in review")
    equal(s.cfn.describe_change_set(ChangeSetName=made["Id"])["Status"], "CREATE_PENDING", "at once")
    refused(s.cfn.execute_change_set, "InvalidChangeSetStatus", "cannot be executed",
            ChangeSetName=made["Id"])
    s.settle()
    seen = s.cfn.describe_change_set(ChangeSetName="first", StackName="planned")
    equal((seen["Status"], seen["ExecutionStatus"], seen["Description"]),
          ("CREATE_COMPLETE", "AVAILABLE", "why"), "the change set")
    equal(sorted((c["ResourceChange"]["Action"], c["ResourceChange"]["LogicalResourceId"])
                 for c in seen["Changes"]), [("Add", "A"), ("Add", "B"), ("Add", "C")], "its changes")
    s.cfn.execute_change_set(ChangeSetName="first", StackName="planned")
    s.settle()
    equal(s.status("planned"), "CREATE_COMPLETE", "executed")
    equal(s.cfn.list_change_sets(StackName="planned")["Summaries"], [], "no change sets are left")

    def plan(name, body, **more):
        s.cfn.create_change_set(StackName="planned", ChangeSetName=name, TemplateBody=body, **more)
        s.settle()
        return s.cfn.describe_change_set(ChangeSetName=name, StackName="planned")
    same = plan("same", body)
    equal((same["Status"], same["ExecutionStatus"]), ("FAILED", "UNAVAILABLE"), "no changes")
    check(same["StatusReason"].startswith("The submitted information didn't contain changes."),
          "the reason of an empty change set")
    named = {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/a", "Type": "String",
                                                           "Value": "1"}}
    seen = plan("more", template(A=named, B=parameter({"Ref": "A"}), D=parameter("d")))
    changes = {c["ResourceChange"]["LogicalResourceId"]: c["ResourceChange"]
               for c in seen["Changes"]}
    equal({n: (c["Action"], c.get("Replacement")) for n, c in changes.items()},
          {"A": ("Modify", "True"), "B": ("Modify", "False"), "D": ("Add", None),
           "C": ("Remove", None)}, "what changes and how")
    equal(changes["A"]["Details"][0]["Target"],
          {"Attribute": "Properties", "Name": "Name", "RequiresRecreation": "Always"}, "A's target")
    equal((changes["B"]["Details"][0]["ChangeSource"], changes["B"]["Details"][0]["CausingEntity"],
           changes["B"]["Details"][0]["Evaluation"]), ("ResourceReference", "A", "Dynamic"),
          "B changes because of A")
    refused(s.cfn.create_change_set, "AlreadyExistsException", "already exists",
            StackName="planned", ChangeSetName="more", TemplateBody=body)
    s.cfn.delete_change_set(ChangeSetName="same", StackName="planned")
    equal([c["ChangeSetName"] for c in s.cfn.list_change_sets(StackName="planned")["Summaries"]],
          ["more"], "the list after a deletion")
    s.cfn.execute_change_set(ChangeSetName="more", StackName="planned", ClientRequestToken="tok")
    s.settle()
    equal(s.status("planned"), "UPDATE_COMPLETE", "executed")
    s.cfn.execute_change_set(ChangeSetName="more", StackName="planned", ClientRequestToken="tok")
    equal(s.status("planned"), "UPDATE_COMPLETE", "the same token does it once")
    events = s.cfn.describe_stack_events(StackName="planned")["StackEvents"]
    equal(events[1].get("ClientRequestToken"), "tok", "events carry the token")
    refused(s.cfn.describe_change_set, "ChangeSetNotFound", "does not exist", ChangeSetName="no",
            StackName="planned")
    refused(s.cfn.create_change_set, "ValidationError", "Stack [none] does not exist",
            StackName="none", ChangeSetName="x", TemplateBody=body)
    refused(s.cfn.create_change_set, "ValidationError", "already exists and cannot be created again",
            StackName="planned", ChangeSetName="x", TemplateBody=body, ChangeSetType="CREATE")
    valued = json.dumps({"Parameters": {"V": {"Type": "String"}},
                         "Resources": {"A": named, "B": parameter({"Ref": "V"})}})
    plan("valued", valued, Parameters=[{"ParameterKey": "V", "ParameterValue": "1"}])
    s.cfn.execute_change_set(ChangeSetName="valued", StackName="planned")
    s.settle()
    s.cfn.create_change_set(StackName="planned", ChangeSetName="kept", UsePreviousTemplate=True,
                            Parameters=[{"ParameterKey": "V", "UsePreviousValue": True}])
    s.settle()
    equal(s.cfn.describe_change_set(ChangeSetName="kept", StackName="planned")["Status"], "FAILED",
          "everything as before")
    s.cfn.create_change_set(StackName="planned", ChangeSetName="new", UsePreviousTemplate=True,
                            Parameters=[{"ParameterKey": "V", "ParameterValue": "2"}])
    s.settle()
    detail = s.cfn.describe_change_set(ChangeSetName="new", StackName="planned")["Changes"][0][
        "ResourceChange"]["Details"][0]
    equal((detail["ChangeSource"], detail["CausingEntity"]), ("ParameterReference", "V"),
          "a change by a parameter")
    s.cfn.delete_stack(StackName="planned")
    s.settle()


def check_roles(s):
    """A stack of IAM's, with a service role that CloudFormation may assume."""
    s.create("service-role", json.dumps({
        "Resources": {"R": role(RoleName="cfn-exec")},
        "Outputs": {"Arn": {"Value": {"Fn::GetAtt": "R.Arn"}}}}),
        Capabilities=["CAPABILITY_NAMED_IAM"])
    arn = s.outputs("service-role")["Arn"]
    equal(arn, f"arn:aws:iam::{ACCOUNT}:role/cfn-exec", "GetAtt of a role")
    s.create("with-role", template(A=parameter("a")), RoleARN=arn)
    equal(s.cfn.describe_stacks(StackName="with-role")["Stacks"][0]["RoleARN"], arn, "RoleARN")
    iam = client(s.sandbox, "iam")
    tags = {t["Key"]: t["Value"] for t in iam.list_role_tags(RoleName="cfn-exec")["Tags"]}
    equal(tags.get("aws:cloudformation:logical-id", "R"), "R", "tags of CloudFormation")
    s.create("taken", template(R=role(RoleName="cfn-exec")), "ROLLBACK_COMPLETE",
             Capabilities=["CAPABILITY_NAMED_IAM"])
    for name in ("with-role", "service-role", "taken"):
        s.cfn.delete_stack(StackName=name)
        s.settle()


def check_buckets(s):
    """A template in S3, a bucket that is not empty, and what may be kept then."""
    s3 = client(s.sandbox, "s3")
    body = template(A=parameter("a"), B={"Type": "AWS::S3::Bucket", "DependsOn": "A",
                                         "Properties": {"BucketName": "cfn-full"}})
    s3.create_bucket(Bucket="templates",
                     CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="templates", Key="t.json", Body=body.encode())
    s.cfn.create_stack(StackName="full",
                       TemplateURL="https://templates.s3.eu-west-1.amazonaws.com/t.json")
    s.settle()
    equal(s.status("full"), "CREATE_COMPLETE", "a template by its URL")
    refused(s.cfn.create_stack, "ValidationError", "", StackName="x",
            TemplateURL="https://templates.s3.eu-west-1.amazonaws.com/none.json")
    s3.put_object(Bucket="cfn-full", Key="x", Body=b"x")
    refused(s.cfn.delete_stack, "ValidationError", "DELETE_FAILED", StackName="full",
            RetainResources=["B"])
    s.cfn.delete_stack(StackName="full")
    s.settle()
    equal(s.status("full"), "DELETE_FAILED", "a bucket that is not empty")
    why = s.cfn.describe_stacks(StackName="full")["Stacks"][0]["StackStatusReason"]
    equal(why, "The following resource(s) failed to delete: [B]. ", "why")
    check("A" in s.resources("full") and s.resources("full")["A"]["ResourceStatus"] ==
          "CREATE_COMPLETE", "what B needs waits")
    id = s.cfn.describe_stacks(StackName="full")["Stacks"][0]["StackId"]
    s.cfn.delete_stack(StackName="full", RetainResources=["B"])
    s.settle()
    equal(s.status(id), "DELETE_COMPLETE", "deleted without what is retained")
    check(("B", "DELETE_SKIPPED") in [e[:2] for e in s.events(id)], "B is skipped")
    s3.head_bucket(Bucket="cfn-full")


def check_properties(s):
    """What a type does not have is refused when its turn comes, as what it must have."""
    def why(name, body, want="ROLLBACK_COMPLETE", **more):
        s.create(name, body, want, **more)
        return next(e[2] for e in s.events(name) if e[1] == "CREATE_FAILED")
    equal(why("misspelt", template(A={"Type": "AWS::S3::Bucket", "Properties": {"BucketNam": "x"}})),
          "Properties validation failed for resource A with message: #: extraneous key [BucketNam] "
          "is not permitted", "an unknown property")
    equal(why("lacking", template(A={"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String"}})),
          "Properties validation failed for resource A with message: #: required key [Value] not "
          "found", "a missing property")
    s.create("typed", template(A=parameter("a")))
    s.update("typed", template(A=parameter("a") | {"Properties": {
        "Type": "String", "Value": "a", "Valeu": "b"}}), "UPDATE_ROLLBACK_COMPLETE")
    check(any("extraneous key [Valeu]" in e[2] and e[1] == "UPDATE_FAILED"
              for e in s.events("typed")), "an unknown property in a change")


def check_lists(s):
    for n in range(105):
        s.cfn.create_stack(StackName=f"many-{n:03}", TemplateBody=template(M={
            "Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "x"}}))
    s.settle()
    found = [t for page in s.cfn.get_paginator("describe_stacks").paginate()
             for t in page["Stacks"] if t["StackName"].startswith("many-")]
    equal(len(found), 105, "DescribeStacks' pages add up")
    found = [t for page in s.cfn.get_paginator("list_stacks").paginate(
        StackStatusFilter=["CREATE_COMPLETE", "DELETE_COMPLETE"]) for t in page["StackSummaries"]]
    names = [t["StackName"] for t in found]
    check(len([n for n in names if n.startswith("many-")]) == 105 and "way" in names,
          "ListStacks has those that are gone too")
    handle = s.cfn.describe_stack_resource(StackName="many-000", LogicalResourceId="M")
    physical = handle["StackResourceDetail"]["PhysicalResourceId"]
    by = s.cfn.describe_stack_resources(PhysicalResourceId=physical)["StackResources"]
    equal([r["StackName"] for r in by], ["many-000"], "a stack found by its resource")
    refused(s.cfn.describe_stack_resource, "ValidationError",
            "Resource No does not exist for stack many-000", StackName="many-000",
            LogicalResourceId="No")
    limits = {r["Name"]: r["Value"] for r in s.cfn.describe_account_limits()["AccountLimits"]}
    equal(limits["StackLimit"], 2000, "limits")


def check_faults(binary):
    with Sandbox(binary, "--step", "--fault", "stack-failure:Bad:1:1") as sandbox:
        s = Stacks(sandbox)
        s.create("faulty", template(Good=parameter("g"), Bad=parameter("b")), "ROLLBACK_COMPLETE")
        check(any(name == "Bad" and status == "CREATE_FAILED" and
                  why.startswith("Resource handler returned message:")
                  for name, status, why in s.events("faulty")), "the fault's reason")


def check_restart(binary):
    """A creation goes on in a sandbox that was stopped in between."""
    with tempfile.TemporaryDirectory() as state:
        body = template(A=parameter("a"), B=parameter({"Ref": "A"}))
        with Sandbox(binary, "--step", "--state", state) as sandbox:
            Stacks(sandbox).cfn.create_stack(StackName="lasting", TemplateBody=body)
        with Sandbox(binary, "--step", "--state", state) as sandbox:
            s = Stacks(sandbox)
            equal(s.status("lasting"), "CREATE_IN_PROGRESS", "after the restart")
            s.settle()
            equal(s.status("lasting"), "CREATE_COMPLETE", "it goes on")


def check_cli(sandbox, program="/usr/bin/aws"):
    """The real AWS CLI: deploy, read, delete; its waiters too."""
    if not os.access(program, os.X_OK):
        return
    with tempfile.TemporaryDirectory() as where:
        path = pathlib.Path(where) / "t.yaml"
        path.write_text("Parameters: {V: {Type: String}}\nResources:\n  P:\n    "
                        "Type: AWS::SSM::Parameter\n    Properties: {Type: String, Value: !Ref V}\n")

        def run(*words):
            done = subprocess.run([program, "cloudformation", *words, "--endpoint-url",
                                   sandbox.url, "--region", "eu-west-1", "--output", "json"],
                                  env=sandbox.env("cicd"), capture_output=True, text=True,
                                  timeout=120)
            check(done.returncode == 0, f"aws {words[0]}: {done.stderr.strip()}")
            return json.loads(done.stdout) if done.stdout.strip().startswith("{") else {}
        run("validate-template", "--template-body", f"file://{path}")
        run("deploy", "--stack-name", "by-cli", "--template-file", str(path),
            "--parameter-overrides", "V=1")
        stack = run("describe-stacks", "--stack-name", "by-cli")["Stacks"][0]
        equal(stack["StackStatus"], "CREATE_COMPLETE", "aws cloudformation deploy")
        run("deploy", "--stack-name", "by-cli", "--template-file", str(path),
            "--parameter-overrides", "V=1", "--no-fail-on-empty-changeset")
        run("delete-stack", "--stack-name", "by-cli")
        run("wait", "stack-delete-complete", "--stack-name", "by-cli")


def main():
    with tempfile.TemporaryDirectory() as where:
        record = pathlib.Path(where) / "record"
        with Sandbox(sys.argv[1], "--step", "--record", record) as sandbox:
            s = Stacks(sandbox)
            for one in (check_intrinsics, check_refusals, check_events, check_failed_creation,
                        check_updates, check_change_sets, check_roles, check_lists,
                        check_exports, check_references, check_properties):
                one(s)
        judge_shapes(record)
    with Sandbox(sys.argv[1], "--step") as sandbox:
        check_buckets(Stacks(sandbox))
    check_faults(sys.argv[1])
    check_restart(sys.argv[1])
    with Sandbox(sys.argv[1], "--speed", "1000") as sandbox:
        check_cli(sandbox)
    print(f"{len(FAILURES)} failures")
    return 1 if FAILURES else 0


if __name__ == "__main__":
    sys.exit(main())
