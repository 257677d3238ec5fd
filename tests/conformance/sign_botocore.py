"""Random requests signed by sign_tool and by botocore must come out the same.

usage: sign_botocore.py SIGN_TOOL [SEED [CASES]]
"""

import datetime
import hashlib
import json
import random
import subprocess
import sys
from unittest import mock
from urllib.parse import quote

import botocore
import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

TEXT = "abcXYZ019-._~ /:?#[]@!$&'()*,;=%\"<>\\^`{|}é\u00dfλ中\U0001f600"
SPACES = [" ", "  ", "\t", " \t "]


def some(rng, alphabet, low, high):
    return "".join(rng.choice(alphabet) for _ in range(rng.randint(low, high)))


def some_path(rng, s3):
    parts = []
    for _ in range(rng.randint(0, 5)):
        kind = rng.random()
        if kind < 0.25:
            parts.append(rng.choice(["", ".", "..", "..."]))
        else:
            parts.append(quote(some(rng, TEXT, 1, 8), safe=rng.choice(["", "~", ":@!$&'()*,;="])))
    path = "/" + "/".join(parts)
    # Two slashes at the front would be read as a host.
    while path.startswith("//") and not s3:
        path = path[1:]
    return path if not path.startswith("//") else "/x" + path


def some_query(rng, unique):
    keys = [some(rng, TEXT, 1, 4) for _ in range(4)] + ["Param", "Param-3", "a", "a-", "A"]
    pairs = []
    for _ in range(rng.choice([0, 0, 1, 3, 8])):
        value = rng.choice(["", some(rng, TEXT, 0, 8), "1", "2"])
        pairs.append((rng.choice(keys), value))
    if unique:
        pairs = list(dict(pairs).items())
    return "&".join(quote(k, safe="-_.~") + "=" + quote(v, safe="-_.~") for k, v in pairs)


def some_headers(rng):
    headers = [("Host", rng.choice(["h.example", "127.0.0.1:5555", "b.s3.eu-west-1.amazonaws.com"]))]
    for n in range(rng.randint(0, 6)):
        name = rng.choice(["X-Amz-Target", "Content-Type", "x-amz-meta-" + some(rng, "abAB-", 1, 4),
                           "Zeta", "My-Header%d" % n])
        words = [some(rng, 'abcXYZ09"=;,/é', 1, 6) for _ in range(rng.randint(0, 4))]
        pad = rng.choice(["", " ", "\t"])
        headers.append((name, pad + rng.choice(SPACES).join(words) + pad))
    return headers


def some_case(rng):
    presign = rng.random() < 0.3
    s3 = rng.random() < 0.3
    headers = some_headers(rng)
    case = {
        "access_key": "AKID" + some(rng, "ABC123", 4, 12),
        "secret_key": some(rng, "abcXYZ019/+=", 1, 60) if rng.random() < 0.3 else "fixed/secret+1",
        "token": some(rng, "abcXYZ019/+=", 1, 300) if rng.random() < 0.4 else None,
        "method": rng.choice(["GET", "POST", "PUT", "HEAD"]),
        "path": some_path(rng, s3),
        # botocore keeps one of several equal keys when it presigns.
        "query": some_query(rng, presign),
        "headers": headers,
        "body": "" if presign else rng.choice(["", "{}", some(rng, TEXT, 1, 200)]),
        "region": rng.choice(["eu-west-1", "us-gov-west-1", "local"]),
        "service": "s3" if s3 else rng.choice(["sts", "codepipeline", "execute-api"]),
        "s3": s3,
        "time": 1440938160 + rng.randint(0, 400000000),
        "expires": rng.randint(1, 604800) if presign else 0,
    }
    case["unsigned"] = s3 and (presign or rng.random() < 0.5)
    if s3 and not presign:
        digest = hashlib.sha256(case["body"].encode()).hexdigest()
        headers.append(("X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD" if case["unsigned"] else digest))
    return case


class Clock(datetime.datetime):
    """A clock that stands still, for versions that ask it in different ways."""

    at = None

    @classmethod
    def utcnow(cls):
        return cls.at

    @classmethod
    def now(cls, tz=None):
        return cls.at.replace(tzinfo=tz)


def stopped_clock():
    if hasattr(botocore.auth, "get_current_datetime"):
        return mock.patch("botocore.auth.get_current_datetime", lambda *args, **kwargs: Clock.at)
    fake = mock.Mock(datetime=Clock, timezone=datetime.timezone, timedelta=datetime.timedelta)
    return mock.patch("botocore.auth.datetime", fake)


def signer_for(case, credentials):
    if case["expires"]:
        kind = botocore.auth.S3SigV4QueryAuth if case["s3"] else botocore.auth.SigV4QueryAuth
        return kind(credentials, case["service"], case["region"], expires=case["expires"])
    kind = botocore.auth.S3SigV4Auth if case["s3"] else botocore.auth.SigV4Auth
    return kind(credentials, case["service"], case["region"])


def sign_with_botocore(case):
    host = dict(case["headers"])["Host"]
    url = "https://" + host + case["path"] + ("?" + case["query"] if case["query"] else "")
    request = AWSRequest(method=case["method"], url=url, data=case["body"].encode())
    for name, value in case["headers"]:
        request.headers.add_header(name, value)
    if case["unsigned"]:
        config = mock.Mock(s3={"payload_signing_enabled": False}, signature_version="s3v4")
        request.context["client_config"] = config
    Clock.at = datetime.datetime.fromtimestamp(case["time"], datetime.timezone.utc)
    Clock.at = Clock.at.replace(tzinfo=None)
    with stopped_clock():
        signer_for(case, Credentials(case["access_key"], case["secret_key"],
                                     case["token"])).add_auth(request)
    if case["expires"]:
        return request.url.split("?", 1)[1]
    return request.headers["Authorization"]


def signature_parts(result):
    """botocore may order the presigned parameters in another way: the signed set is compared."""
    return sorted(result.split("&"))


def main():
    tool = sys.argv[1]
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 20261121
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 3000
    rng = random.Random(seed)
    cases = [some_case(rng) for _ in range(count)]
    text = "\n".join(json.dumps(case) for case in cases) + "\n"
    done = subprocess.run([tool], input=text.encode(), stdout=subprocess.PIPE, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == count, (len(answers), count)
    wrong = 0
    for case, answer in zip(cases, answers):
        want = sign_with_botocore(case)
        got = answer["result"]
        same = signature_parts(got) == signature_parts(want) if case["expires"] else got == want
        if not same:
            wrong += 1
            if wrong <= 5:
                print("case", json.dumps(case))
                print(" got", got, "\n want", want, "\n from", answer["canonical"])
    kinds = "%d presigned, %d S3" % (sum(c["expires"] > 0 for c in cases), sum(c["s3"] for c in cases))
    print("botocore %s, seed %d: %d cases (%s), %d differ" %
          (botocore.__version__, seed, count, kinds, wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
