"""The same generated files through Python's RawConfigParser (as the AWS CLI uses it) and ini_tool."""

import configparser
import json
import os
import random
import subprocess
import sys
import tempfile

COUNT = 1200

PIECES = [
    "[default]", "[profile a]", "[profile \"b c\"]", "[ x ]", "[DEFAULT]", "[a]]", "[]", "[", "[a", "[a] tail", "[services s]",
    "key = value", "Key=V", "other: x", "k2 = a = b", "k3 : = x", "region=eu-west-1", "k4 =", "k5=", "k6:", "= v", ":", "nosign",
    "# comment", "; comment", "  # indented comment", "k7 = v # not a comment", "k8 = v ; nor this", "\tk9 = tab",
    "s3 =", "sts =", "  endpoint_url = http://127.0.0.1:1", "  addressing_style = path", "    deeper = x", "  no sign here", "  a = 1", "  a = 2",
    "", " ", "\t", "   continued", " one space", "\tby tab", "\u00a0 nbsp = 1", "k\u00e4y = \u00fc", "\u3000ideographic = x", "u = \u2028 = y",
    "k10 = \u00a0v\u00a0", "k11 = a\x0bb", "\x1ck12 = x", "  n = \x85 m = 1", "k13 = \u4e2d\u6587 \U0001f600", "\ufeffk14 = x",
]
ENDS = ["\n", "\n", "\n", "\n", "\r\n", "\r"]


def nested(value):
    found = {}
    for line in value.splitlines():
        line = line.strip()
        if line:
            key, inner = line.split("=", 1)
            found[key.strip()] = inner.strip()
    return found


def by_python(path):
    parser = configparser.RawConfigParser()
    result = {}
    try:
        parser.read([path], encoding="utf-8")
        for section in parser.sections():
            result[section] = {}
            for option in parser.options(section):
                value = parser.get(section, option)
                result[section][option] = nested(value) if value.startswith("\n") else value
    except (configparser.Error, ValueError):
        return None
    return result


def generated(rng):
    lines = []
    if rng.random() < 0.9:
        lines.append(rng.choice(["[default]", "[profile a]", "  [x]"]))
    # Most pieces once only, so that many files are free of duplicates and are read to the end.
    pool = PIECES[:]
    rng.shuffle(pool)
    lines += pool[: rng.randint(0, 14)]
    if rng.random() < 0.2:
        lines.append(rng.choice(lines) if lines else "")
    if rng.random() < 0.4:
        lines = [line for line in lines if line not in ("[", "[a", "[]", "= v", ":", "nosign", "  no sign here")]
    end = rng.choice(ENDS)
    text = "".join(line + (end if rng.random() < 0.97 else rng.choice(ENDS)) for line in lines)
    data = (text if rng.random() < 0.8 else text.rstrip("\r\n")).encode()
    if rng.random() < 0.02:
        data = b"\xef\xbb\xbf" + data
    if rng.random() < 0.02:
        at = rng.randint(0, len(data))
        data = data[:at] + rng.choice([b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xc0\xaf"]) + data[at:]
    return data


def main():
    tool = sys.argv[1]
    seed = int(os.environ.get("SEED", "7"))
    rng = random.Random(seed)
    accepted = different = 0
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for i in range(COUNT):
            path = os.path.join(folder, "%04d.ini" % i)
            with open(path, "wb") as file:
                file.write(generated(rng))
            paths.append(path)
        out = subprocess.run([tool] + paths, stdout=subprocess.PIPE, check=True).stdout.decode()
        lines = out.split("\n")[:-1]
        assert len(lines) == COUNT, "one line per file expected, got %d" % len(lines)
        for path, line in zip(paths, lines):
            want, got = by_python(path), json.loads(line)
            accepted += want is not None
            if want != got:
                different += 1
                with open(path, "rb") as file:
                    print("seed %d: %r\n  Python: %r\n  ours:   %r" % (seed, file.read(), want, got))
    print("%d files, %d of them well-formed, %d read differently" % (COUNT, accepted, different))
    # A generator that only made broken files would prove little.
    return 1 if different or accepted < COUNT // 5 else 0


if __name__ == "__main__":
    sys.exit(main())
