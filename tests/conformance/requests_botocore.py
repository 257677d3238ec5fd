"""What we put on the wire for random inputs, beside what botocore puts there for the same.

usage: requests_botocore.py REQUESTS_TOOL [SEED [CASES]]
"""

import http.server
import json
import os
import random
import subprocess
import sys
import threading
import urllib.parse
from xml.etree import ElementTree

import botocore
import botocore.auth
import botocore.config
import botocore.session
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

TEXT = "abcXYZ019-._~ /:?#[]@!$&'()*,;=%\"<>\\^`{|}é\u00dfλ中\U0001f600"
KEY = TEXT + "\n\r\t+"
ANSWERS = {
    "CreateChangeSet": "<CreateChangeSetResponse><CreateChangeSetResult/></CreateChangeSetResponse>",
    "CreateCommit": "{}",
    "PutParameter": "{}",
    "DeleteObjects": "<DeleteResult/>",
    "PutObject": "",
    "ListObjectVersions": "<ListVersionsResult/>",
}


def some(rng, alphabet, low, high):
    return "".join(rng.choice(alphabet) for _ in range(rng.randint(low, high)))


def maybe(rng, text):
    return text if rng.random() < 0.5 else ""


def pairs(rng, count, first, second):
    return [[first(n), second(n)] for n in range(rng.randint(0, count))]


def some_case(rng):
    op = rng.choice(sorted(ANSWERS))
    case = {"op": op}
    tags = pairs(rng, 4, lambda n: "k%d" % n + some(rng, "ab :/=+-@", 0, 4),
                 lambda n: some(rng, "ab :/=+-@é", 0, 9))
    if op == "CreateChangeSet":
        source = rng.choice(["template_body", "template_url", "previous"])
        case.update(stack="s" + some(rng, "ab-9", 0, 9), name="penstock-" + some(rng, "ab9", 1, 9),
                    is_create=rng.random() < 0.5,
                    imports_existing=rng.random() < 0.5, capabilities=rng.randint(0, 2), tags=tags,
                    role_arn=maybe(rng, "arn:aws:iam::111111111111:role/r+x"),
                    token=maybe(rng, "t-1"), description=maybe(rng, some(rng, TEXT, 1, 30)),
                    parameters=pairs(rng, 12, lambda n: "P%d" % n,
                                     lambda n: rng.choice([None, "", some(rng, TEXT, 1, 20)])))
        if source != "previous":
            case[source] = some(rng, TEXT + "\n", 1, 300)
    elif op == "CreateCommit":
        case.update(repository="r.1", branch="feature/x", parent=maybe(rng, "c0ffee"),
                    author=maybe(rng, some(rng, TEXT, 1, 9)), email=maybe(rng, "a@b"),
                    message=maybe(rng, some(rng, TEXT, 1, 40)),
                    files=pairs(rng, 5, lambda n: "d/%d%s" % (n, some(rng, "ab é", 0, 4)),
                                lambda n: some(rng, TEXT + "\n", 0, 50)))
    elif op == "PutParameter":
        case.update(name="/penstock/environments/a", value=some(rng, TEXT, 1, 60),
                    description=maybe(rng, some(rng, TEXT, 1, 20)), overwrites=rng.random() < 0.5,
                    tags=tags)
    else:
        case["bucket"] = rng.choice(["my-bucket", "my.bucket"])
        if op == "DeleteObjects":
            case["objects"] = pairs(rng, 6, lambda n: "k" + some(rng, KEY, 0, 12),
                                    lambda n: rng.choice([None, "null", some(rng, "aZ9._-", 1, 9)]))
            case["objects"].append(["last", None])
        elif op == "PutObject":
            # A key that begins with a slash or climbs is the URL's, not S3's, business.
            case.update(key="k" + some(rng, KEY, 0, 20), body=some(rng, TEXT, 0, 50))
        else:
            case.update(prefix=maybe(rng, some(rng, KEY, 1, 9)),
                        key_marker=maybe(rng, some(rng, KEY, 1, 9)),
                        version_marker=maybe(rng, some(rng, "aZ9._-+", 1, 9)))
    return case


def given(**members):
    return {name: value for name, value in members.items() if value}


def change_set(case):
    asked = given(StackName=case["stack"], ChangeSetName=case["name"],
                  TemplateBody=case.get("template_body"), TemplateURL=case.get("template_url"),
                  RoleARN=case["role_arn"], ClientToken=case["token"],
                  Description=case["description"],
                  ImportExistingResources=case["imports_existing"],
                  Tags=[{"Key": k, "Value": v} for k, v in case["tags"]],
                  Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"][
                      :case["capabilities"]])
    asked["ChangeSetType"] = "CREATE" if case["is_create"] else "UPDATE"
    if "TemplateBody" not in asked and "TemplateURL" not in asked:
        asked["UsePreviousTemplate"] = True
    parameters = [{"ParameterKey": k, "UsePreviousValue": True} if v is None else
                  {"ParameterKey": k, "ParameterValue": v} for k, v in case["parameters"]]
    return dict(asked, **given(Parameters=parameters))


def commit(case):
    asked = given(repositoryName=case["repository"], branchName=case["branch"],
                  parentCommitId=case["parent"], authorName=case["author"], email=case["email"],
                  commitMessage=case["message"])
    asked["putFiles"] = [{"filePath": path, "fileContent": content.encode(),
                          "fileMode": "EXECUTABLE" if n % 2 else "NORMAL"}
                         for n, (path, content) in enumerate(case["files"])]
    return asked


def parameter(case):
    tags = [] if case["overwrites"] else [{"Key": k, "Value": v} for k, v in case["tags"]]
    asked = given(Name=case["name"], Value=case["value"], Description=case["description"],
                  Tags=tags)
    return dict(asked, Type="String", Overwrite=case["overwrites"])


def deletion(case):
    objects = [given(Key=key, VersionId=version) for key, version in case["objects"]]
    return dict(Bucket=case["bucket"], Delete={"Objects": objects, "Quiet": True},
                ExpectedBucketOwner="111111111111", ChecksumAlgorithm="SHA256")


def upload(case):
    return dict(Bucket=case["bucket"], Key=case["key"], Body=case["body"].encode(),
                ContentType="text/x", ExpectedBucketOwner="111111111111",
                ChecksumAlgorithm="SHA256")


def listing(case):
    return dict(given(Prefix=case["prefix"], KeyMarker=case["key_marker"],
                      VersionIdMarker=case["version_marker"]),
                Bucket=case["bucket"], EncodingType="url", ExpectedBucketOwner="111111111111")


OPERATIONS = {
    "CreateChangeSet": ("cloudformation", "create_change_set", change_set),
    "CreateCommit": ("codecommit", "create_commit", commit),
    "PutParameter": ("ssm", "put_parameter", parameter),
    "DeleteObjects": ("s3", "delete_objects", deletion),
    "PutObject": ("s3", "put_object", upload),
    "ListObjectVersions": ("s3", "list_object_versions", listing),
}


class Recorder(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        seen, cases = self.server.seen, self.server.cases
        reply = ANSWERS[cases[len(seen)]["op"]].encode()
        seen.append((self.command, self.path, dict(self.headers.items()), body))
        self.send_response(200)
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    do_GET = do_PUT = do_POST = answer

    def log_message(self, *args):
        pass


def tree(element):
    name = element.tag.split("}")[-1]
    return name, (element.text or "") if len(element) == 0 else "", [tree(e) for e in element]


def plain(request, with_checksum):
    """What must be the same, in a form that does not depend on order where order means nothing."""
    method, path, headers, body = request
    headers = {name.lower(): value for name, value in headers.items()}
    path, _, query = path.partition("?")
    kind = headers.get("content-type", "")
    if kind.startswith("application/x-www-form-urlencoded"):
        body = sorted(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))
    elif kind.startswith("application/x-amz-json"):
        body = json.loads(body)
    elif body.startswith(b"<Delete"):
        body = tree(ElementTree.fromstring(body))
    kept = ["x-amz-target", "x-amz-expected-bucket-owner"]
    if not isinstance(body, tuple):
        kept.append("content-type")
        kept += ["x-amz-checksum-sha256"] if with_checksum else []
    return (method, path, sorted(urllib.parse.parse_qsl(query, keep_blank_values=True)), body,
            {name: headers.get(name) for name in kept})


def signature(request, service):
    """The one that botocore gives to the request as it came."""
    method, path, headers, body = request
    names = headers["Authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    kind = botocore.auth.S3SigV4Auth if service == "s3" else botocore.auth.SigV4Auth
    signer = kind(Credentials("AKIDEXAMPLE", "secret"), service, "eu-west-1")
    asked = AWSRequest(method=method, url="http://" + headers["Host"] + path, data=body)
    for name, value in headers.items():
        if name.lower() in names:
            asked.headers[name] = value
    asked.context["timestamp"] = headers["X-Amz-Date"]
    text = signer.string_to_sign(asked, signer.canonical_request(asked))
    return "Signature=" + signer.signature(text, asked)


class Taken(Exception):
    pass


def botocore_request(client, method, asked):
    kept = []

    def take(request, **_):
        url = urllib.parse.urlsplit(request.url)
        body = request.body or b""
        body = body.read() if hasattr(body, "read") else body
        headers = {name: value.decode() if isinstance(value, bytes) else value
                   for name, value in request.headers.items()}
        kept.append((request.method, url.path + ("?" + url.query if url.query else ""), headers,
                     body.encode() if isinstance(body, str) else body))
        raise Taken()

    client.meta.events.register("before-send", take)
    try:
        getattr(client, method)(**asked)
    except Taken:
        pass
    finally:
        client.meta.events.unregister("before-send", take)
    return kept[0]


def make_client(service, port):
    config = botocore.config.Config(s3={"addressing_style": "path"}, parameter_validation=False)
    return botocore.session.get_session().create_client(
        service, region_name="eu-west-1", aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret", endpoint_url="http://127.0.0.1:%d" % port, config=config)


def run_ours(tool, cases):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    server.seen, server.cases = [], cases
    threading.Thread(target=server.serve_forever, daemon=True).start()
    env = {name: value for name, value in os.environ.items()
           if not name.startswith("AWS_") and not name.lower().endswith("_proxy")}
    env.update(AWS_ACCESS_KEY_ID="AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY="secret",
               AWS_CONFIG_FILE="/nonexistent/config", AWS_REGION="eu-west-1",
               AWS_SHARED_CREDENTIALS_FILE="/nonexistent/credentials",
               AWS_ENDPOINT_URL="http://127.0.0.1:%d" % server.server_port)
    text = "\n".join(json.dumps(case) for case in cases) + "\n"
    subprocess.run([tool], input=text.encode(), env=env, check=True)
    server.shutdown()
    assert len(server.seen) == len(cases), (len(server.seen), len(cases))
    return server.seen, server.server_port


def main():
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 20261121
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 300
    rng = random.Random(seed)
    cases = [some_case(rng) for _ in range(count)]
    ours, port = run_ours(sys.argv[1], cases)
    clients = {service: make_client(service, port) for service, _, _ in OPERATIONS.values()}
    wrong = 0
    for case, request in zip(cases, ours):
        service, method, build = OPERATIONS[case["op"]]
        theirs = botocore_request(clients[service], method, build(case))
        has = any(name.lower() == "x-amz-checksum-sha256" for name in theirs[2])
        if not request[2]["Authorization"].endswith(signature(request, service)):
            wrong += 1
            print("case", json.dumps(case), "\n is not signed as botocore signs it")
        elif plain(request, has) != plain(theirs, has):
            wrong += 1
            if wrong <= 5:
                print("case", json.dumps(case), "\n got ", plain(request, has), "\n want",
                      plain(theirs, has))
    print("botocore %s, seed %d: %d requests, %d differ" % (botocore.__version__, seed, count, wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
