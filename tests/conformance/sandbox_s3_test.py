"""The real AWS CLI and botocore use the sandbox's S3: buckets, versions, parts, lists, refusals.

Skipped (77) when no AWS CLI is installed.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request

import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.exceptions
import botocore.session

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
from sandbox import Sandbox  # noqa: E402

KEYS = {"cicd": "AKIAPENSTOCKCICD0001", "dev": "AKIAPENSTOCKDEV00002"}
BIG = 20_000_000


def check(claim, what):
    if not claim:
        raise AssertionError(what)


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as error:
        got = error.response["Error"]["Code"]
        check(got == code, f"{call.__name__} {arguments}: {got}, not {code}")
        return error.response
    raise AssertionError(f"{call.__name__} {arguments} was not refused with {code}")


def client(sandbox, profile="cicd", region="eu-west-1"):
    key = KEYS[profile]
    secrets = (sandbox.dir / "aws" / "credentials").read_text()
    secret = re.search(key + r"\naws_secret_access_key = (\S+)", secrets).group(1)
    return botocore.session.Session(profile=None).create_client(
        "s3", region_name=region, endpoint_url=sandbox.url, aws_access_key_id=key,
        aws_secret_access_key=secret, config=botocore.config.Config(signature_version="s3v4"))


def run(sandbox, program, *words):
    done = subprocess.run([program, *words, "--endpoint-url", sandbox.url], timeout=120,
                          env=sandbox.env("cicd"), capture_output=True)
    check(done.returncode == 0, f"aws {' '.join(words)}: {done.stderr.decode()}")
    return done.stdout


def check_cli(sandbox, program):
    small, big, back = (sandbox.dir / name for name in ("small", "big + %", "back"))
    small.write_text("hello\n")
    big.write_bytes(os.urandom(1 << 16) * (BIG >> 16))
    run(sandbox, program, "s3", "mb", "s3://cli-bucket")
    run(sandbox, program, "s3", "cp", str(small), "s3://cli-bucket/dir/a.txt")
    run(sandbox, program, "s3", "cp", str(big), "s3://cli-bucket/")
    run(sandbox, program, "s3", "cp", "s3://cli-bucket/big + %", str(back))
    check(back.read_bytes() == big.read_bytes(), "20 MB in parts come back")
    run(sandbox, program, "s3", "cp", "s3://cli-bucket/big + %", "s3://cli-bucket/copy")
    check(b"PRE dir/" in run(sandbox, program, "s3", "ls", "s3://cli-bucket/"), "ls folds")
    check(b"a.txt" in run(sandbox, program, "s3", "ls", "s3://cli-bucket/dir/"), "ls lists")
    check(run(sandbox, program, "s3", "cp", "s3://cli-bucket/dir/a.txt", "-") == b"hello\n", "cp")
    run(sandbox, program, "s3", "rm", "s3://cli-bucket/dir/a.txt")
    run(sandbox, program, "s3", "rb", "--force", "s3://cli-bucket")
    check(b"cli-bucket" not in run(sandbox, program, "s3", "ls"), "rb removes the bucket")


def check_buckets(s3, other, american):
    where = {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
    s3.create_bucket(Bucket="judge", **where)
    refused("BucketAlreadyOwnedByYou", s3.create_bucket, Bucket="judge", **where)
    refused("BucketAlreadyExists", other.create_bucket, Bucket="judge", **where)
    refused("IllegalLocationConstraintException", s3.create_bucket, Bucket="judge-2")
    for name in ("Judge", "192.168.0.1", "a" * 64, "xn--a", "a..b", "-ab"):
        try:
            refused("InvalidBucketName", s3.create_bucket, Bucket=name, **where)
        except botocore.exceptions.ParamValidationError:
            pass
    american.create_bucket(Bucket="old-world")
    american.create_bucket(Bucket="old-world")
    check(american.get_bucket_location(Bucket="old-world").get("LocationConstraint") is None,
          "us-east-1 has no name")
    check(s3.get_bucket_location(Bucket="judge")["LocationConstraint"] == "eu-west-1", "location")
    check(s3.head_bucket(Bucket="judge")["BucketRegion"] == "eu-west-1", "its region is told")
    refused("404", s3.head_bucket, Bucket="nowhere")
    refused("403", other.head_bucket, Bucket="judge")
    refused("403", s3.head_bucket, Bucket="judge", ExpectedBucketOwner="222222222222")
    refused("NoSuchBucket", s3.list_objects_v2, Bucket="nowhere")
    names = [b["Name"] for b in s3.list_buckets()["Buckets"]]
    check("judge" in names and "old-world" in names, "own buckets are listed")
    check("judge" not in [b["Name"] for b in other.list_buckets()["Buckets"]], "only own ones")
    grant = s3.get_bucket_acl(Bucket="judge")["Grants"][0]
    check(grant["Permission"] == "FULL_CONTROL" and grant["Grantee"]["Type"] == "CanonicalUser",
          "the owner has all rights")


def check_configurations(s3, other):
    b = {"Bucket": "judge"}
    check("Status" not in s3.get_bucket_versioning(**b), "versioning is off at first")
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms",
                                                   "KMSMasterKeyID": "arn:aws:kms:x:1:key/y"},
            "BucketKeyEnabled": True}
    got = s3.get_bucket_encryption(**b)["ServerSideEncryptionConfiguration"]["Rules"][0]
    check(got["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}, "default")
    s3.put_bucket_encryption(**b, ServerSideEncryptionConfiguration={"Rules": [rule]})
    got = s3.get_bucket_encryption(**b)["ServerSideEncryptionConfiguration"]["Rules"]
    check(got == [rule], f"encryption comes back, not {got}")
    block = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": False,
             "RestrictPublicBuckets": False}
    s3.put_public_access_block(**b, PublicAccessBlockConfiguration=block)
    check(s3.get_public_access_block(**b)["PublicAccessBlockConfiguration"] == block, "block")
    s3.delete_public_access_block(**b)
    refused("NoSuchPublicAccessBlockConfiguration", s3.get_public_access_block, **b)
    rules = [{"ID": f"r{n}", "Status": "Enabled", "Filter": {"Prefix": "x"},
              "NoncurrentVersionExpiration": {"NoncurrentDays": 30 + n}} for n in range(2)]
    refused("NoSuchLifecycleConfiguration", s3.get_bucket_lifecycle_configuration, **b)
    s3.put_bucket_lifecycle_configuration(**b, LifecycleConfiguration={"Rules": rules})
    check(s3.get_bucket_lifecycle_configuration(**b)["Rules"] == rules, "lifecycle comes back")
    tags = {"TagSet": [{"Key": "team", "Value": "a <b> & c"}, {"Key": "x", "Value": ""}]}
    refused("NoSuchTagSet", s3.get_bucket_tagging, **b)
    s3.put_bucket_tagging(**b, Tagging=tags)
    check(s3.get_bucket_tagging(**b)["TagSet"] == tags["TagSet"], "tags come back")
    rules = s3.get_bucket_ownership_controls(**b)["OwnershipControls"]["Rules"]
    check(rules == [{"ObjectOwnership": "BucketOwnerEnforced"}], "the owner owns")
    check_policy(s3, other)


def check_policy(s3, other):
    b = {"Bucket": "judge"}
    allow = ('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":'
             '"arn:aws:iam::222222222222:root"},"Action":"s3:GetObject",'
             '"Resource":"arn:aws:s3:::judge/*"}]}')
    refused("NoSuchBucketPolicy", s3.get_bucket_policy, **b)
    refused("MalformedPolicy", s3.put_bucket_policy, **b, Policy="[]x")
    refused("MalformedPolicy", s3.put_bucket_policy, **b,
            Policy=allow.replace("root", "role/nobody"))
    refused("MalformedPolicy", s3.put_bucket_policy, **b, Policy=allow.replace("judge", "other"))
    s3.put_object(**b, Key="shared", Body=b"for both")
    refused("AccessDenied", other.get_object, **b, Key="shared")
    s3.put_bucket_policy(**b, Policy=allow)
    check(s3.get_bucket_policy(**b)["Policy"] == allow, "the policy comes back as it was")
    check(other.get_object(**b, Key="shared")["Body"].read() == b"for both", "policy lets in")
    refused("AccessDenied", other.put_object, **b, Key="shared", Body=b"x")
    s3.put_bucket_policy(**b, Policy=allow.replace("Allow", "Deny").replace("2222", "1111")
                         .replace("22", "11"))
    refused("AccessDenied", s3.get_object, **b, Key="shared")
    s3.delete_bucket_policy(**b)
    s3.delete_object(**b, Key="shared")


def check_objects(s3):
    b = {"Bucket": "judge"}
    s3.put_bucket_versioning(**b, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(**b, Key="a/b c+d%é", Body=b"one", ContentType="text/plain",
                          Metadata={"why": "test"}, ChecksumAlgorithm="SHA256")
    check(first["ServerSideEncryption"] == "aws:kms", "the bucket's encryption is told")
    second = s3.put_object(**b, Key="a/b c+d%é", Body=b"second")
    refused("BadDigest", s3.put_object, **b, Key="x", Body=b"x", ChecksumCRC32="AAAAAA==")
    got = s3.get_object(**b, Key="a/b c+d%é", VersionId=first["VersionId"], ChecksumMode="ENABLED")
    check(got["Body"].read() == b"one" and got["Metadata"] == {"why": "test"}, "a version")
    check(got["ContentType"] == "text/plain" and "ChecksumSHA256" in got, "its headers")
    got = s3.get_object(**b, Key="a/b c+d%é", Range="bytes=1-3")
    check(got["Body"].read() == b"eco" and got["ContentRange"] == "bytes 1-3/6", "a range")
    head = s3.head_object(**b, Key="a/b c+d%é")
    check(head["ContentLength"] == 6 and head["ETag"] == second["ETag"], "head has the length")
    refused("InvalidRange", s3.get_object, **b, Key="a/b c+d%é", Range="bytes=6-")
    refused("304", s3.get_object, **b, Key="a/b c+d%é", IfNoneMatch=second["ETag"])
    refused("PreconditionFailed", s3.get_object, **b, Key="a/b c+d%é", IfMatch='"x"')
    refused("PreconditionFailed", s3.put_object, **b, Key="a/b c+d%é", IfNoneMatch="*")
    refused("NoSuchKey", s3.get_object, **b, Key="none")
    refused("404", s3.head_object, **b, Key="none")
    s3.copy_object(**b, Key="copy", CopySource={"Bucket": "judge", "Key": "a/b c+d%é"})
    mark = s3.delete_object(**b, Key="copy")
    check(mark["DeleteMarker"], "a delete marker")
    refused("NoSuchKey", s3.get_object, **b, Key="copy")
    refused("BucketNotEmpty", s3.delete_bucket, **b)
    check([m["IsLatest"] for m in s3.list_object_versions(**b, Prefix="copy")["DeleteMarkers"]]
          == [True], "the marker is listed")
    s3.delete_object(**b, Key="copy", VersionId=mark["VersionId"])
    check(s3.get_object(**b, Key="copy")["Body"].read() == b"second", "a marker can be removed")


def answer(method, url, body=None, headers=()):
    request = urllib.request.Request(url, body, dict(headers), method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=60) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def check_signing(sandbox, s3):
    """Presigned URLs, and a body in chunks with its checksum behind it, as other SDKs send it."""
    where = {"Bucket": "judge", "Key": "signed + %/x"}
    put = s3.generate_presigned_url("put_object", Params=where)
    got = answer("PUT", put, b"presigned")
    check(got[0] == 200, f"a presigned PUT: {got}")
    get = s3.generate_presigned_url("get_object", Params=where)
    check(answer("GET", get) == (200, b"presigned"), "a presigned GET")
    status, body = answer("GET", get.replace("signed", "other"))
    check(status == 403 and b"SignatureDoesNotMatch" in body, "a changed URL is refused")
    keys = s3._request_signer._credentials
    chunked = botocore.auth.S3SigV4Auth(keys, "s3", "eu-west-1")
    chunked.payload = lambda request: "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
    for crc, status in (("EPlmKA==", 400), ("NhCmhg==", 200)):
        body = f"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:{crc}\r\n\r\n".encode()
        request = botocore.awsrequest.AWSRequest("PUT", sandbox.url + "/judge/chunks", data=body)
        request.headers["Content-Encoding"] = "aws-chunked"
        request.headers["X-Amz-Trailer"] = "x-amz-checksum-crc32"
        chunked.add_auth(request)
        got = answer("PUT", request.url, body, request.headers.items())
        check(got[0] == status, f"chunks with the checksum {crc}: {got}")
    got = s3.get_object(Bucket="judge", Key="chunks")
    check(got["Body"].read() == b"hello" and "ContentEncoding" not in got, "the chunks' bytes")
    for row in s3.list_object_versions(Bucket="judge")["Versions"]:
        if row["Key"] in ("chunks", where["Key"]):
            s3.delete_object(Bucket="judge", Key=row["Key"], VersionId=row["VersionId"])


def check_lists(s3):
    b = {"Bucket": "judge"}
    keys = sorted(f"list/{d}/{n}" for d in ("a", "b", "c") for n in range(4)) + ["list/z"]
    for key in keys:
        s3.put_object(**b, Key=key, Body=b"x")
    for operation in ("list_objects_v2", "list_objects"):
        pages = s3.get_paginator(operation)
        for size in (1, 2, 5, 1000):
            got = [o["Key"] for page in pages.paginate(
                **b, Prefix="list/", PaginationConfig={"PageSize": size})
                for o in page.get("Contents", [])]
            check(got == keys, f"{operation} in pages of {size}: {got}")
            got = [p["Prefix"] for page in pages.paginate(
                **b, Prefix="list/", Delimiter="/", PaginationConfig={"PageSize": size})
                for p in page.get("CommonPrefixes", [])]
            check(got == ["list/a/", "list/b/", "list/c/"], f"{operation} folds: {got}")
    for size in (1, 3, 1000):
        rows = [r for page in s3.get_paginator("list_object_versions").paginate(
            **b, PaginationConfig={"PageSize": size})
            for r in page.get("Versions", []) + page.get("DeleteMarkers", [])]
        check(len(rows) == len({(r["Key"], r["VersionId"]) for r in rows}) == len(keys) + 3,
              f"each version once in pages of {size}: {len(rows)}")
    got = s3.delete_objects(**b, Delete={"Objects": [
        {"Key": r["Key"], "VersionId": r["VersionId"]} for r in rows]})
    check(len(got["Deleted"]) == len(rows) and "Errors" not in got, "all are deleted")
    s3.delete_bucket(**b)
    refused("404", s3.head_bucket, **b)


def main():
    program = next((p for p in ("/usr/bin/aws", shutil.which("aws")) if p and
                    os.access(p, os.X_OK)), None)
    if program is None:
        print("skipped: no AWS CLI is installed")
        return 77
    with Sandbox(sys.argv[1]) as sandbox:
        s3, other = client(sandbox), client(sandbox, "dev")
        try:
            check_buckets(s3, other, client(sandbox, region="us-east-1"))
            check_configurations(s3, other)
            check_objects(s3)
            check_signing(sandbox, s3)
            check_lists(s3)
            check_cli(sandbox, program)
        except Exception:
            print(sandbox.words())
            raise
    return 0


if __name__ == "__main__":
    sys.exit(main())
