"""CodeCommit and EventBridge of the sandbox, judged by botocore, the real AWS CLI and real git.

    sandbox_codecommit_test.py SANDBOX

Operations and their errors over botocore, whose models then judge each exchange; clone and push by
git with the AWS CLI's own credential helper; and a push that starts a pipeline through a rule.
"""

import base64
import gzip
import http.client
import json
import pathlib
import shutil
import subprocess
import sys
import time

import botocore.exceptions
import botocore.session

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
from sandbox import Sandbox  # noqa: E402
from sandbox_botocore_test import NEWER, Judge  # noqa: E402

ROLE = "arn:aws:iam::111111111111:role/starter"
PIPELINE = "arn:aws:codepipeline:eu-west-1:111111111111:sales-orders"


NEWER.add("errors")  # of BatchGetRepositories


class BlobJudge(Judge):
    """Bytes are base64 in JSON."""

    def check_blob(self, shape, value, where):
        try:
            self.length(shape, base64.b64decode(value, validate=True), where)
        except ValueError:
            self.fault(where, "not base64")


class Clients:
    def __init__(self, sandbox, region="eu-west-1"):
        self.session = botocore.session.Session()
        self.access = dict(region_name=region, endpoint_url=sandbox.url,
                           aws_access_key_id="AKIAPENSTOCKCICD0001",
                           aws_secret_access_key="penstock/sandbox/cicd/not/a/secret/00001")

    def __getattr__(self, service):
        return self.session.create_client(service, **self.access)


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as error:
        got = error.response["Error"]["Code"]
        assert got == code, f"{call.__name__} {str(arguments)[:200]}: {got}, not {code}"
        return error.response["Error"]["Message"]
    raise AssertionError(f"{call.__name__} {str(arguments)[:200]} was not refused")


def check_repositories(cc):
    made = cc.create_repository(repositoryName="tools", repositoryDescription="first",
                                tags={"team": "a"})["repositoryMetadata"]
    assert made["Arn"] == "arn:aws:codecommit:eu-west-1:111111111111:tools", made
    assert "defaultBranch" not in made and made["cloneUrlHttp"].endswith("/v1/repos/tools"), made
    refused("RepositoryNameExistsException", cc.create_repository, repositoryName="tools")
    refused("InvalidRepositoryNameException", cc.create_repository, repositoryName="a.git")
    refused("InvalidRepositoryNameException", cc.create_repository, repositoryName="a/b")
    refused("RepositoryDoesNotExistException", cc.get_repository, repositoryName="nope")
    cc.create_repository(repositoryName="zebra")
    names = [r["repositoryName"] for r in cc.list_repositories(order="descending")["repositories"]]
    assert names[0] == "zebra" and "tools" in names, names
    assert names == sorted(names, reverse=True), names
    cc.update_repository_description(repositoryName="tools", repositoryDescription="second")
    cc.update_repository_name(oldName="zebra", newName="yak")
    batch = cc.batch_get_repositories(repositoryNames=["tools", "zebra"])
    assert [r["repositoryDescription"] for r in batch["repositories"]] == ["second"], batch
    assert batch["repositoriesNotFound"] == ["zebra"], batch
    cc.tag_resource(resourceArn=made["Arn"], tags={"cost": "1", "team": "b"})
    cc.untag_resource(resourceArn=made["Arn"], tagKeys=["cost"])
    assert cc.list_tags_for_resource(resourceArn=made["Arn"])["tags"] == {"team": "b"}
    refused("InvalidResourceArnException", cc.list_tags_for_resource, resourceArn="arn:aws:s3:::x")
    gone = cc.delete_repository(repositoryName="yak")
    assert len(gone["repositoryId"]) == 36, gone
    assert "repositoryId" not in cc.delete_repository(repositoryName="yak")


def put(path, content, **more):
    return dict(filePath=path, fileContent=content, **more)


def check_commits(cc):
    repo = dict(repositoryName="tools")
    where = dict(branchName="main", **repo)
    refused("FileEntryRequiredException", cc.create_commit, **where)
    refused("BranchDoesNotExistException", cc.get_branch, **where)
    first = cc.create_commit(authorName="Ada", email="ada@example.com", commitMessage="one\n\ntwo",
                             putFiles=[put("README.md", b"hello\n"),
                                       put("bin/run", b"#!\n", fileMode="EXECUTABLE")], **where)
    assert {f["absolutePath"] for f in first["filesAdded"]} == {"README.md", "bin/run"}, first
    assert cc.get_repository(**repo)["repositoryMetadata"]["defaultBranch"] == "main"
    head = cc.get_branch(**where)["branch"]["commitId"]
    assert head == first["commitId"]
    text = cc.get_commit(commitId=head, **repo)["commit"]
    assert text["author"]["name"] == "Ada" and text["message"] == "one\n\ntwo", text
    file = cc.get_file(filePath="/bin/run", **repo)
    assert (file["fileContent"], file["fileMode"]) == (b"#!\n", "EXECUTABLE"), file
    assert cc.get_blob(blobId=file["blobId"], **repo)["content"] == b"#!\n"

    one = [put("a", b"1")]
    refused("ParentCommitIdRequiredException", cc.create_commit, putFiles=one, **where)
    refused("InvalidParentCommitIdException", cc.create_commit, putFiles=one, parentCommitId="x",
            **where)
    refused("ParentCommitDoesNotExistException", cc.create_commit, putFiles=one,
            parentCommitId="0" * 40, **where)
    refused("BranchDoesNotExistException", cc.create_commit, putFiles=one, branchName="dev", **repo)
    refused("NoChangeException", cc.create_commit, parentCommitId=head,
            putFiles=[put("README.md", b"hello\n")], **where)
    refused("SamePathRequestException", cc.create_commit, parentCommitId=head,
            putFiles=one + one, **where)
    refused("FileNameConflictsWithDirectoryNameException", cc.create_commit, parentCommitId=head,
            putFiles=[put("bin", b"")], **where)
    refused("DirectoryNameConflictsWithFileNameException", cc.create_commit, parentCommitId=head,
            putFiles=[put("README.md/x", b"")], **where)
    refused("InvalidPathException", cc.create_commit, parentCommitId=head,
            putFiles=[put("a/../b", b"")], **where)
    refused("InvalidPathException", cc.create_commit, parentCommitId=head,
            putFiles=[put(".git/config", b"")], **where)
    refused("MaximumFileEntriesExceededException", cc.create_commit, parentCommitId=head,
            putFiles=[put(f"f{n}", b"") for n in range(101)], **where)
    big = b"x" * (6 << 20)
    refused("FileContentSizeLimitExceededException", cc.create_commit, parentCommitId=head,
            putFiles=[put("a", big + b"x")], **where)
    refused("FileContentSizeLimitExceededException", cc.create_commit, parentCommitId=head,
            putFiles=[put("a/a", big), put("b/b", b"x" * ((1 << 20) + 1))], **where)
    refused("FolderContentSizeLimitExceededException", cc.create_commit, parentCommitId=head,
            putFiles=[put("a/a", big), put("a/b", b"x")], **where)
    second = cc.create_commit(parentCommitId=head, putFiles=[put("a/a", big)],
                              deleteFiles=[dict(filePath="README.md")], **where)
    assert second["filesDeleted"][0]["absolutePath"] == "README.md", second
    assert cc.get_file(filePath="a/a", **repo)["fileSize"] == len(big)
    refused("ParentCommitIdOutdatedException", cc.create_commit, putFiles=one, parentCommitId=head,
            **where)
    check_files(cc, repo, where, head, second["commitId"])


def check_files(cc, repo, where, first, second):
    put_file = cc.put_file(filePath="b.txt", fileContent=b"b", parentCommitId=second, **where)
    head = put_file["commitId"]
    refused("SameFileContentException", cc.put_file, filePath="b.txt", fileContent=b"b",
            parentCommitId=head, **where)
    changes = cc.get_differences(beforeCommitSpecifier=first, afterCommitSpecifier="main", **repo)
    kinds = {(d.get("afterBlob") or d["beforeBlob"])["path"]: d["changeType"]
             for d in changes["differences"]}
    assert kinds == {"README.md": "D", "a/a": "A", "b.txt": "A"}, kinds
    page = cc.get_differences(afterCommitSpecifier=head, MaxResults=1, **repo)
    pages = [page["differences"]]
    while "NextToken" in page:
        page = cc.get_differences(afterCommitSpecifier=head, MaxResults=1,
                                  NextToken=page["NextToken"], **repo)
        pages.append(page["differences"])
    assert [len(p) for p in pages] == [1, 1, 1], pages
    gone = cc.delete_file(filePath="b.txt", parentCommitId=head, **where)
    refused("FileDoesNotExistException", cc.get_file, filePath="b.txt", **repo)
    refused("FileDoesNotExistException", cc.delete_file, filePath="b.txt",
            parentCommitId=gone["commitId"], **where)
    root = cc.get_folder(folderPath="/", **repo)
    assert [f["absolutePath"] for f in root["subFolders"]] == ["a", "bin"] and not root["files"]
    inside = cc.get_folder(folderPath="bin", commitSpecifier="refs/heads/main", **repo)
    assert inside["files"][0]["relativePath"] == "run", inside
    refused("FolderDoesNotExistException", cc.get_folder, folderPath="nope", **repo)
    refused("CommitDoesNotExistException", cc.get_folder, folderPath="/", commitSpecifier="nope",
            **repo)
    refused("BlobIdDoesNotExistException", cc.get_blob, blobId="1" * 40, **repo)
    refused("CommitIdDoesNotExistException", cc.get_commit, commitId="1" * 40, **repo)


def check_branches(cc):
    repo = dict(repositoryName="tools")
    head = cc.get_branch(branchName="main", **repo)["branch"]["commitId"]
    cc.create_branch(branchName="dev", commitId=head, **repo)
    refused("BranchNameExistsException", cc.create_branch, branchName="dev", commitId=head, **repo)
    refused("CommitDoesNotExistException", cc.create_branch, branchName="x", commitId="0" * 40,
            **repo)
    refused("InvalidBranchNameException", cc.create_branch, branchName="a..b", commitId=head, **repo)
    for number in range(120):
        cc.create_branch(branchName=f"many/{number}", commitId=head, **repo)
    pages = list(cc.get_paginator("list_branches").paginate(**repo))
    names = [name for page in pages for name in page["branches"]]
    assert len(pages) == 2 and len(set(names)) == 122 == len(names), (len(pages), len(names))
    refused("DefaultBranchCannotBeDeletedException", cc.delete_branch, branchName="main", **repo)
    cc.update_default_branch(defaultBranchName="dev", **repo)
    refused("BranchDoesNotExistException", cc.update_default_branch, defaultBranchName="no", **repo)
    gone = cc.delete_branch(branchName="many/7", **repo)["deletedBranch"]
    assert gone == {"branchName": "many/7", "commitId": head}, gone
    cc.update_default_branch(defaultBranchName="main", **repo)


def check_rules(events):
    pattern = {"source": ["aws.codecommit"], "detail": {"referenceName": ["main"]}}
    refused("ValidationException", events.put_rule, Name="r")
    refused("InvalidEventPatternException", events.put_rule, Name="r", EventPattern='{"source":"x"}')
    refused("InvalidEventPatternException", events.put_rule, Name="r", EventPattern="{")
    made = events.put_rule(Name="r", EventPattern=json.dumps(pattern), Description="d",
                           Tags=[{"Key": "k", "Value": "v"}])
    arn = made["RuleArn"]
    assert arn == "arn:aws:events:eu-west-1:111111111111:rule/r", made
    assert events.describe_rule(Name="r")["State"] == "ENABLED"
    events.disable_rule(Name="r")
    assert events.list_rules(NamePrefix="r", Limit=1)["Rules"][0]["State"] == "DISABLED"
    events.enable_rule(Name="r")
    refused("ValidationException", events.put_targets, Rule="r",
            Targets=[{"Id": "p", "Arn": PIPELINE}])
    events.put_targets(Rule="r", Targets=[{"Id": "p", "Arn": PIPELINE, "RoleArn": ROLE}])
    refused("LimitExceededException", events.put_targets, Rule="r", Targets=[
        {"Id": str(n), "Arn": f"arn:aws:sqs:eu-west-1:111111111111:q{n}"} for n in range(5)])
    assert events.list_targets_by_rule(Rule="r")["Targets"][0]["Arn"] == PIPELINE
    assert events.list_rule_names_by_target(TargetArn=PIPELINE)["RuleNames"] == ["r"]
    refused("ValidationException", events.delete_rule, Name="r")
    gone = events.remove_targets(Rule="r", Ids=["p", "other"])
    assert gone["FailedEntryCount"] == 1, gone
    events.tag_resource(ResourceARN=arn, Tags=[{"Key": "k", "Value": "w"}])
    assert events.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "k", "Value": "w"}]
    events.untag_resource(ResourceARN=arn, TagKeys=["k"])
    events.delete_rule(Name="r")
    refused("ResourceNotFoundException", events.describe_rule, Name="r")
    refused("ResourceNotFoundException", events.list_rules, EventBusName="other")
    assert events.test_event_pattern(EventPattern=json.dumps(pattern), Event=json.dumps(
        {"source": "aws.codecommit", "detail": {"referenceName": "main"}}))["Result"]
    answer = events.put_events(Entries=[
        {"Source": "aws.codecommit", "DetailType": "t", "Detail": "{}"},
        {"Source": "mine", "DetailType": "t", "Detail": "{}"},
        {"Source": "mine", "DetailType": "t", "Detail": "["}])
    codes = [entry.get("ErrorCode") for entry in answer["Entries"]]
    assert codes == ["NotAuthorizedForSourceException", None, "MalformedDetail"], codes


class Git:
    """git with the credential helper of one AWS CLI, in a directory of its own."""

    def __init__(self, sandbox, program, profile="cicd", region="eu-west-1"):
        self.sandbox, self.program, self.region = sandbox, program, region
        self.env = sandbox.env(profile, HOME=str(sandbox.dir), GIT_CONFIG_NOSYSTEM="1",
                               GIT_TERMINAL_PROMPT="0", GIT_AUTHOR_NAME="t", GIT_AUTHOR_EMAIL="t@t",
                               GIT_COMMITTER_NAME="t", GIT_COMMITTER_EMAIL="t@t")
        self.dir = sandbox.dir / f"git-{profile}-{time.monotonic_ns()}"
        self.dir.mkdir()

    def run(self, *words, where=".", told=""):
        helper = (f"!{self.program} --region {self.region} codecommit credential-helper "
                  "--ignore-host-check $@")
        return subprocess.run(["git", "-c", "credential.helper=", "-c", "credential.helper=" + helper,
                               "-c", "credential.UseHttpPath=true", *words], cwd=self.dir / where,
                              env=self.env, timeout=120, input=told, capture_output=True,
                              text=True)

    def ask(self, *words, **how):
        done = self.run(*words, **how)
        assert done.returncode == 0, f"git {' '.join(words)}: {done.stderr}"
        return done.stdout

    def commit(self, where, name, content):
        (self.dir / where / name).write_bytes(content)
        self.ask("add", ".", where=where)
        self.ask("commit", "-q", "-m", "add " + name, where=where)
        return self.ask("rev-parse", "HEAD", where=where).strip()


def check_git(sandbox, cc, program):
    cc.create_repository(repositoryName="app")
    git = Git(sandbox, program)
    url = cc.get_repository(repositoryName="app")["repositoryMetadata"]["cloneUrlHttp"]
    git.ask("clone", "-q", url, "app")
    git.ask("checkout", "-q", "-b", "trunk", where="app")
    git.commit("app", "one", b"1")
    git.ask("push", "-q", "origin", "trunk", where="app")
    about = cc.get_repository(repositoryName="app")["repositoryMetadata"]
    assert about["defaultBranch"] == "trunk", about
    head = git.commit("app", "big", bytes(range(256)) * (12 << 12))  # over http.postBuffer
    git.ask("push", "-q", "origin", "trunk", "HEAD:refs/heads/feature/x", where="app")
    assert cc.get_branch(repositoryName="app", branchName="feature/x")["branch"]["commitId"] == head
    by_api = cc.put_file(repositoryName="app", branchName="trunk", filePath="api", fileContent=b"a",
                         parentCommitId=head)["commitId"]
    git.ask("pull", "-q", "origin", "trunk", where="app")
    assert git.ask("rev-parse", "HEAD", where="app").strip() == by_api
    git.ask("push", "-q", "origin", ":feature/x", where="app")
    refused("BranchDoesNotExistException", cc.get_branch, repositoryName="app",
            branchName="feature/x")
    done = git.run("push", "origin", ":trunk", where="app")
    assert done.returncode != 0, "the default branch cannot be deleted by a push"
    git.ask("clone", "-q", url, "again")
    assert (git.dir / "again" / "api").read_bytes() == b"a"
    git.ask("fsck", "--strict", where="again")
    check_compressed_request(sandbox, git, cc)
    return url


def check_compressed_request(sandbox, git, cc):
    """Long requests come compressed: what clients with many commits of their own say."""
    asked = f"protocol=http\nhost=127.0.0.1:{sandbox.port}\npath=v1/repos/app\n\n"
    answer = git.ask("credential", "fill", told=asked)
    login = dict(line.split("=", 1) for line in answer.splitlines())
    basic = base64.b64encode(f"{login['username']}:{login['password']}".encode()).decode()
    head = cc.get_branch(repositoryName="app", branchName="trunk")["branch"]["commitId"]
    want = f"want {head}\n"
    line = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=60)
    line.request("POST", "/v1/repos/app/git-upload-pack",
                 gzip.compress(f"{len(want) + 4:04x}{want}00000009done\n".encode()),
                 {"Content-Type": "application/x-git-upload-pack-request",
                  "Content-Encoding": "gzip", "Authorization": "Basic " + basic})
    reply = line.getresponse()
    body = reply.read()
    assert (reply.status, body[:12]) == (200, b"0008NAK\nPACK"), (reply.status, body[:200])


def check_git_refusals(sandbox, program, url):
    done = subprocess.run(["git", "-c", "credential.helper=", "ls-remote", url], timeout=60,
                          env=sandbox.env(GIT_TERMINAL_PROMPT="0"), capture_output=True, text=True)
    assert "could not read Username" in done.stderr, done.stderr
    git = Git(sandbox, program, profile="dev")
    done = git.run("ls-remote", url)
    assert "not found" in done.stderr, "another account has no such repository: " + done.stderr
    git = Git(sandbox, program, region="us-east-1")
    done = git.run("ls-remote", url)
    assert "403" in done.stderr, "a signature for another region: " + done.stderr
    done = Git(sandbox, program).run("ls-remote", url + "-nope")
    assert "not found" in done.stderr, done.stderr
    git = Git(sandbox, program)
    git.env.update(AWS_SECRET_ACCESS_KEY="x" * 40, AWS_ACCESS_KEY_ID="AKIAPENSTOCKCICD0001")
    del git.env["AWS_PROFILE"]
    done = git.run("ls-remote", url)
    assert "403" in done.stderr, "a wrong secret: " + done.stderr
    line = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=60)
    for suffix, status in (("/HEAD", 404), ("/objects/info/packs", 404), ("/info/refs", 404),
                           ("/../../x/info/refs?service=git-upload-pack", 404),
                           ("/info/refs?service=git-upload-archive", 404),
                           ("/info/refs?service=git-upload-pack", 401)):
        line.request("GET", "/v1/repos/app" + suffix)
        reply = line.getresponse()
        reply.read()
        assert reply.status == status, (suffix, reply.status)


def check_session(sandbox, clients, program, url):
    """A session reads and writes as its role may; its token is part of the user name."""
    def session(role):
        given = clients.sts.assume_role(RoleArn=f"arn:aws:iam::111111111111:role/{role}",
                                        RoleSessionName="git")["Credentials"]
        git = Git(sandbox, program)
        del git.env["AWS_PROFILE"]
        git.env.update(AWS_ACCESS_KEY_ID=given["AccessKeyId"],
                       AWS_SECRET_ACCESS_KEY=given["SecretAccessKey"],
                       AWS_SESSION_TOKEN=given["SessionToken"])
        git.ask("clone", "-q", url, "app")
        git.commit("app", "of-" + role, b"x")
        return git.run("push", "-q", "origin", "HEAD", where="app")
    assert session("penstock-admin").returncode == 0
    done = session("penstock-readonly")
    assert done.returncode != 0 and "403" in done.stderr, done.stderr


def check_merges(cc):
    """Forwarding one branch to another, what hinders it, and what a merge would meet."""
    name = dict(repositoryName="merges")
    cc.create_repository(**name)

    def put(branch, path, text):
        head = {}
        if branch in cc.list_branches(**name)["branches"]:
            head = dict(parentCommitId=cc.get_branch(**name, branchName=branch)["branch"]["commitId"])
        return cc.put_file(**name, branchName=branch, filePath=path, fileContent=text,
                           commitMessage=path, **head)["commitId"]
    base = put("main", "a.txt", b"1")
    cc.create_branch(**name, branchName="dev", commitId=base)
    put("dev", "a.txt", b"2")
    head = put("dev", "b.txt", b"1")
    forward = dict(name, sourceCommitSpecifier="dev", destinationCommitSpecifier="main")
    refused("BranchDoesNotExistException", cc.merge_branches_by_fast_forward, **forward,
            targetBranch="none")
    refused("CommitDoesNotExistException", cc.merge_branches_by_fast_forward,
            **dict(forward, sourceCommitSpecifier="none"))
    refused("ManualMergeRequiredException", cc.merge_branches_by_fast_forward,
            **dict(name, sourceCommitSpecifier="main", destinationCommitSpecifier="dev"))
    done = cc.merge_branches_by_fast_forward(**forward)
    assert done["commitId"] == head, done
    assert cc.get_branch(**name, branchName="main")["branch"]["commitId"] == head
    assert cc.merge_branches_by_fast_forward(**forward)["commitId"] == head, "once more is nothing"
    put("main", "a.txt", b"3")
    refused("ConcurrentReferenceUpdateException", cc.merge_branches_by_fast_forward,
            **dict(forward, destinationCommitSpecifier=head, targetBranch="main"))
    put("dev", "a.txt", b"4")
    put("dev", "c.txt", b"1")
    refused("ManualMergeRequiredException", cc.merge_branches_by_fast_forward, **forward)
    told = cc.get_merge_conflicts(**forward, mergeOption="FAST_FORWARD_MERGE")
    assert told["mergeable"] is False and told["conflictMetadataList"] == [], told
    told = cc.get_merge_conflicts(**forward, mergeOption="THREE_WAY_MERGE")
    assert told["mergeable"] is False and told["baseCommitId"] == head, told
    assert [c["filePath"] for c in told["conflictMetadataList"]] == ["a.txt"], told
    put("dev", "a.txt", b"3")
    told = cc.get_merge_conflicts(**forward, mergeOption="SQUASH_MERGE")
    assert told["mergeable"] is True and told["conflictMetadataList"] == [], told
    found = cc.batch_get_commits(**name, commitIds=[base, head, "0" * 40])
    assert [c["commitId"] for c in found["commits"]] == [base, head], found
    assert [e["commitId"] for e in found["errors"]] == ["0" * 40], found
    if hasattr(cc, "list_file_commit_history"):
        dag = cc.list_file_commit_history(**name, filePath="a.txt", commitSpecifier="dev",
                                          maxResults=2)
        assert len(dag["revisionDag"]) == 2 and dag["nextToken"], dag
        rest = cc.list_file_commit_history(**name, filePath="a.txt", commitSpecifier="dev",
                                           nextToken=dag["nextToken"])["revisionDag"]
        messages = [r["commit"]["message"] for r in dag["revisionDag"] + rest]
        assert messages == ["a.txt"] * 4, messages
        assert rest[-1]["commit"]["commitId"] == base, rest


def executions(clients):
    return clients.codepipeline.list_pipeline_executions(
        pipelineName="sales-orders")["pipelineExecutionSummaries"]


def check_trigger(sandbox, clients, program, url):
    iam, events = clients.iam, clients.events
    trust = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sts:AssumeRole"}]}
    allow = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "codepipeline:StartPipelineExecution", "Resource": PIPELINE}]}
    iam.create_role(RoleName="starter", AssumeRolePolicyDocument=json.dumps(trust))
    events.put_rule(Name="on-push", EventPattern=json.dumps({
        "source": ["aws.codecommit"], "detail-type": ["CodeCommit Repository State Change"],
        "resources": ["arn:aws:codecommit:eu-west-1:111111111111:app"],
        "detail": {"event": ["referenceCreated", "referenceUpdated"], "referenceType": ["branch"],
                   "referenceName": ["trunk"]}}))
    events.put_targets(Rule="on-push", Targets=[{"Id": "p", "Arn": PIPELINE, "RoleArn": ROLE}])
    git = Git(sandbox, program)
    git.ask("clone", "-q", url, "app")

    def push(name):
        before = {run["pipelineExecutionId"] for run in executions(clients)}
        git.commit("app", name, b"x")
        git.ask("push", "-q", "origin", "HEAD:" + ("trunk" if name != "other" else "other"),
                where="app")
        sandbox.step(2)
        return [run for run in executions(clients) if run["pipelineExecutionId"] not in before
                and run["trigger"]["triggerDetail"].endswith("rule/on-push")]
    assert push("denied") == [], "a role without the permission starts nothing"
    iam.put_role_policy(RoleName="starter", PolicyName="p", PolicyDocument=json.dumps(allow))
    started = push("allowed")
    assert len(started) == 1, started
    assert started[0]["trigger"]["triggerType"] == "CloudWatchEvent", started
    assert push("other") == [], "another branch starts nothing"
    before = {run["pipelineExecutionId"] for run in executions(clients)}
    clients.codecommit.merge_branches_by_fast_forward(
        repositoryName="app", sourceCommitSpecifier="other", destinationCommitSpecifier="trunk")
    sandbox.step(2)
    started = [run for run in executions(clients) if run["pipelineExecutionId"] not in before
               and run["trigger"]["triggerDetail"].endswith("rule/on-push")]
    assert len(started) == 1, "a branch that is forwarded starts what listens to it"
    events.disable_rule(Name="on-push")
    assert push("later") == [], "a disabled rule starts nothing"


def check_restart(binary, probe, program):
    """What is kept in a directory goes on, and a closed service says so."""
    state = probe.dir / "state"
    with Sandbox(binary, "--state", state, "--seed", "empty", "--fault",
                 "codecommit-closed:shut") as sandbox:
        cc = Clients(sandbox).codecommit
        refused("OperationNotAllowedException", cc.create_repository, repositoryName="shut")
        cc.create_repository(repositoryName="kept")
        head = cc.put_file(repositoryName="kept", branchName="main", filePath="x",
                           fileContent=b"x")["commitId"]
    with Sandbox(binary, "--state", state, "--seed", "empty") as sandbox:
        clients = Clients(sandbox)
        about = clients.codecommit.get_branch(repositoryName="kept", branchName="main")
        assert about["branch"]["commitId"] == head, about
        git = Git(sandbox, program)
        git.ask("clone", "-q", sandbox.url + "/v1/repos/kept", "kept")


def programs():
    found = [p for p in ("/usr/bin/aws", shutil.which("aws")) if p and pathlib.Path(p).exists()]
    return list(dict.fromkeys(found))


def main():
    if not programs() or not shutil.which("git"):
        print("skipped: no AWS CLI or no git is installed")
        return 77
    judge = BlobJudge()
    with Sandbox(sys.argv[1]) as probe:
        record = probe.dir / "record"
        with Sandbox(sys.argv[1], "--step", "--record", record) as sandbox:
            clients = Clients(sandbox)
            check_repositories(clients.codecommit)
            check_merges(clients.codecommit)
            check_commits(clients.codecommit)
            check_branches(clients.codecommit)
            check_rules(clients.events)
            url = check_git(sandbox, clients.codecommit, programs()[-1])
            check_git_refusals(sandbox, programs()[-1], url)
            check_session(sandbox, clients, programs()[0], url)
            check_trigger(sandbox, clients, programs()[-1], url)
        check_restart(sys.argv[1], probe, programs()[-1])
        for number, line in enumerate(record.read_text(encoding="utf-8").splitlines(), 1):
            exchange = json.loads(line)
            if exchange["service"] in ("codecommit", "events") and not \
                    exchange["operation"].startswith("Git"):
                judge.exchange(exchange, f"record:{number}")
    for fault in judge.faults[:40]:
        print(fault)
    print(f"{len(judge.faults)} faults in {sum(judge.seen.values())} exchanges")
    return 1 if judge.faults or not judge.seen else 0


if __name__ == "__main__":
    sys.exit(main())
