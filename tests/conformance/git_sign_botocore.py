"""Git passwords for CodeCommit beside those that botocore's own signer makes.

usage: git_sign_botocore.py GIT_SIGN_TOOL [SEED [CASES]]
"""

import datetime
import json
import random
import re
import subprocess
import sys

import botocore
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

HOSTS = [
    "git-codecommit.eu-west-1.amazonaws.com",
    "git-codecommit-fips.us-gov-west-1.amazonaws.com",
    "git-codecommit.cn-north-1.amazonaws.com.cn",
    "vpce-0a1b-2c3d.git-codecommit.us-east-1.vpce.amazonaws.com",
    "127.0.0.1:5555",
    "git-codecommit.eu-west-1.example.com",
    "github.com",
]
HOST = re.compile(r"^(vpce-.+\.)?git-codecommit(-fips)?\.([^.]+)\.(vpce\.)?amazonaws\.(com|com\.cn)$")


def some(rng, alphabet, low, high):
    return "".join(rng.choice(alphabet) for _ in range(rng.randint(low, high)))


def some_case(rng):
    return {
        "access_key": "AKID" + some(rng, "ABC123", 4, 12),
        "secret_key": some(rng, "abcXYZ019/+=", 1, 60),
        "token": some(rng, "abcXYZ019/+=%", 1, 900) if rng.random() < 0.6 else None,
        "region": rng.choice(["eu-west-1", "us-gov-west-1", "cn-north-1"]),
        "host": rng.choice(HOSTS),
        "path": rng.choice(["", "/"]) + "v1/repos/" + some(rng, "abcXYZ019._-", 1, 100),
        "time": 1440938160 + rng.randint(0, 400000000),
    }


def sign(case):
    """As the credential helper of the AWS CLI does it: the signer's steps, another request."""
    at = datetime.datetime.fromtimestamp(case["time"], datetime.timezone.utc)
    signer = SigV4Auth(Credentials(case["access_key"], case["secret_key"], case["token"]),
                       "codecommit", case["region"])
    request = AWSRequest(method="GIT", url="https://" + case["host"])
    request.context["timestamp"] = at.strftime("%Y%m%dT%H%M%S")
    canonical = "GIT\n/%s\n\nhost:%s\n\nhost\n" % (case["path"].lstrip("/"),
                                                   case["host"].split(":")[0])
    text = signer.string_to_sign(request, canonical)
    password = request.context["timestamp"] + "Z" + signer.signature(text, request)
    return case["access_key"] + ("%" + case["token"] if case["token"] else ""), password


def main():
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 20261121
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 500
    rng = random.Random(seed)
    cases = [some_case(rng) for _ in range(count)]
    text = "\n".join(json.dumps(case) for case in cases) + "\n"
    done = subprocess.run([sys.argv[1]], input=text.encode(), stdout=subprocess.PIPE, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == count, (len(answers), count)
    wrong = 0
    for case, got in zip(cases, answers):
        match = HOST.match(case["host"])
        want = sign(case) + (match.group(3) if match else None,)
        if (got["user"], got["password"], got["region"]) != want:
            wrong += 1
            if wrong <= 5:
                print("case", json.dumps(case), "\n got", got, "\n want", want)
    print("botocore %s, seed %d: %d passwords, %d differ" % (botocore.__version__, seed, count, wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
