"""What tests of pipelines that they make share: one sandbox's clients, claims, and a repository,
projects and roles to make them of."""

import json
import os
import pathlib
import sys

import botocore.exceptions
import botocore.session

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
from sandbox import Sandbox  # noqa: E402, F401

FAILURES = []
REGION, CICD, DEV = "eu-west-1", "111111111111", "222222222222"
ALL = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
DEPLOY_ROLE = f"cdk-hnb659fds-deploy-role-{DEV}-{REGION}"


def check(claim, what):
    if not claim:
        FAILURES.append(what)
        print("not true:", what)


class Place:
    """One sandbox and clients for it."""

    def __init__(self, sandbox):
        self.sandbox = sandbox
        os.environ["AWS_CONFIG_FILE"] = str(sandbox.dir / "aws" / "config")
        os.environ["AWS_SHARED_CREDENTIALS_FILE"] = str(sandbox.dir / "aws" / "credentials")

    def client(self, service, profile="cicd"):
        session = botocore.session.Session(profile=profile)
        return session.create_client(service, region_name=REGION, endpoint_url=self.sandbox.url)

    def role(self, name, principal, statements=ALL, profile="cicd"):
        iam = self.client("iam", profile)
        trust = [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=policy(statements))
        return made["Role"]["Arn"]

    def stage(self, pipeline, stage):
        state = self.client("codepipeline").get_pipeline_state(name=pipeline)
        return next(s for s in state["stageStates"] if s["stageName"] == stage)

    def action(self, pipeline, stage):
        return self.stage(pipeline, stage)["actionStates"][0].get("latestExecution", {})

    def log(self, pipeline, stage):
        build_id = self.action(pipeline, stage)["externalExecutionId"]
        build = self.client("codebuild").batch_get_builds(ids=[build_id])["builds"][0]
        logs = build["logs"]
        events = self.client("logs").get_log_events(logGroupName=logs["groupName"],
                                                    logStreamName=logs["streamName"],
                                                    startFromHead=True)["events"]
        return build, "\n".join(e["message"] for e in events)


def policy(statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def refused(error, call, **arguments):
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as failure:
        check(failure.response["Error"]["Code"] == error,
              f"{error}, not {failure.response['Error']}")
        return failure.response["Error"]["Message"]
    check(False, f"{error}, but {arguments} was not refused")
    return ""


def action(name, category, provider, configuration=None, **more):
    kind = dict(category=category, owner="AWS", provider=provider, version="1")
    return dict(name=name, actionTypeId=kind, configuration=configuration or {}, **more)


def declaration(name, role, branch="main", project="project", approval=False):
    source = action("CodeCommit", "Source", "CodeCommit",
                    {"RepositoryName": "app", "BranchName": branch, "PollForSourceChanges": "false"},
                    outputArtifacts=[{"name": "App"}], namespace="Source")
    build = action("deploy", "Build", "CodeBuild", {"ProjectName": project, "EnvironmentVariables":
                   json.dumps([{"name": "COMMIT", "value": "#{Source.CommitId}"}])},
                   inputArtifacts=[{"name": "App"}])
    stages = [{"name": "Source", "actions": [source]}, {"name": "Deploy", "actions": [build]}]
    if approval:
        stages.insert(1, {"name": "Gate", "actions": [action("Gate", "Approval", "Manual")]})
    return dict(name=name, roleArn=role, artifactStore=dict(type="S3", location="artifacts-test"),
                stages=stages, pipelineType="V2", executionMode="QUEUED")


def project(role, buildspec=None, **variables):
    listed = [dict(name=k, value=v, type="PLAINTEXT") for k, v in variables.items()]
    source = {"type": "CODEPIPELINE", **({"buildspec": buildspec} if buildspec else {})}
    return dict(source=source, artifacts={"type": "CODEPIPELINE"}, serviceRole=role,
                environment=dict(type="LINUX_CONTAINER", image="aws/codebuild/standard:7.0",
                                 computeType="BUILD_GENERAL1_SMALL", environmentVariables=listed))


BUILDSPEC = """version: 0.2
env:
  variables:
    GREETING: hello
phases:
  install:
    runtime-versions:
      python: 3.11
    commands:
      - pip install -r requirements.txt
  build:
    commands:
      - echo $GREETING ${STAGE} $COMMIT
      - |
        set -e
        if [ -z "$NOWHERE" ] && [ -f buildspec.yml ]; then
          echo "as it should"
        else
          exit 3
        fi
      - npx cdk deploy --all --require-approval never --tags team=lake --tags stage=$STAGE
  post_build:
    commands:
      - echo over
"""


TEMPLATE = json.dumps({"Resources": {"Value": {"Type": "AWS::SSM::Parameter", "Properties": {
    "Type": "String", "Value": "x"}}}})


def prepare(place):
    commit = place.client("codecommit")
    commit.create_repository(repositoryName="app")
    head = commit.create_commit(repositoryName="app", branchName="main", commitMessage="The first",
                                putFiles=[dict(filePath="buildspec.yml", fileContent=BUILDSPEC),
                                          dict(filePath="t.json", fileContent=TEMPLATE)])
    bucket = dict(LocationConstraint=REGION)
    place.client("s3").create_bucket(Bucket="artifacts-test", CreateBucketConfiguration=bucket)
    roles = {"pipeline": place.role("pipeline", {"Service": "codepipeline.amazonaws.com"}),
             "build": place.role("build", {"Service": "codebuild.amazonaws.com"})}
    return head["commitId"], roles


def bootstrap(place, trusted=CICD):
    place.role(DEPLOY_ROLE, {"AWS": trusted}, profile="dev")
    place.role(f"cdk-hnb659fds-cfn-exec-role-{DEV}-{REGION}",
               {"Service": "cloudformation.amazonaws.com"}, profile="dev")
    place.client("ssm", "dev").put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Type="String",
                                             Value="21")
