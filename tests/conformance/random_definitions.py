"""random_definitions.py TOOL COUNT SEED: plan definitions that nobody wrote.

Half of them are made to be good and must be planned; the others get one fault each, of which
`FAULTS` says the field, and must be refused with it. Of what is planned: cfn-lint finds no error,
every derived name fits, no placeholder is left, no account is named that has no part in it, and
reading what was written plans the same bytes. The same seed gives the same definitions."""

import collections
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

REGIONS = {"aws": ("eu-west-1", "us-east-1", "ap-southeast-2", "eu-central-1", "sa-east-1"),
           "aws-cn": ("cn-north-1", "cn-northwest-1"),
           "aws-us-gov": ("us-gov-west-1", "us-gov-east-1")}
WORDS = ("dev", "test", "qa", "int", "stage", "uat", "perf", "blue", "a", "pre-prod", "x1",
         "load-and-performance")
VALUES = ("info", "mine: ${AWS::Region}", "\"quoted\" \\ back", "Grüße", "a b", "{{ x }}", "",
          "$(date)", "100%s", "<none>")
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
PLACEHOLDER = re.compile(r"\$[NSAR](?![A-Za-z{(])|%[sdzu]|\bTODO\b|SV_FMT|undefined|\(null\)")


def pick_name(rng, size):
    name = rng.choice("bcdefghijklmnoqrtuvwxyz")  # no a, p, s: "aws", "penstock", "ssm" are taken
    while len(name) < size:
        name += rng.choice(LETTERS + ("-" if name[-1] != "-" else ""))
    return name[:size - 1] + "z" if name[:size].endswith("-") else name[:size]


def environment(rng, name, kind, partition, stage):
    account = "%012d" % rng.randrange(10 ** 12)
    made = {"schema": 1, "name": name, "kind": kind, "account": account,
            "region": rng.choice(REGIONS[partition]), "bootstrap": "cdk",
            "qualifier": rng.choice(("hnb659fds", "hnb659fds", "toolkit2"))}
    if rng.random() < 0.25 and len(stage) <= 4 and kind == "target":
        made.update(bootstrap="ddk", stage=stage, ddk_prefix=rng.choice(("ddk", "acme")))
        made["qualifier"] = "hnb659fds"
    if rng.random() < 0.3:
        made["boundary"] = rng.choice((f"arn:{partition}:iam::{account}:policy/limits",
                                       f"arn:{partition}:iam::aws:policy/PowerUserAccess",
                                       f"arn:{partition}:iam::{account}:policy/team/limits"))
    if rng.random() < 0.3:
        made["team"] = rng.choice(("analytics", "data.eng@x", "Team_1"))
    if rng.random() < 0.4:
        made["profile"] = f"profile {name}"
    elif rng.random() < 0.3:
        made.update(role_arn=f"arn:{partition}:iam::{account}:role/reach", external_id="id-1234")
    return made


def how_many(rng, strategy):
    roll = rng.random()
    if roll < 0.80:
        return rng.randint(1, 5)
    return rng.randint(6, 12) if roll < 0.97 else 25 if strategy == "trunk" else 40


def longest(definition, region):
    """How long the name may be."""
    stage = max(len(e["stage"]) for e in definition["environments"])
    return min(63 - len("-artifacts--") - 12 - len(region),
               64 - len("-build--") - stage - len(region),
               64 - len("-pipeline-") - len(region), 64 - len("-source-") - stage)


def good(rng):
    partition = rng.choices(list(REGIONS), (8, 1, 1))[0]
    strategy = rng.choice(("trunk", "gitflow"))
    count = how_many(rng, strategy)
    stages = rng.sample(WORDS, min(count, len(WORDS)))
    stages += [f"s{i}" for i in range(count - len(stages))]
    if strategy == "gitflow" or rng.random() < 0.5:
        stages[rng.randrange(count)] = "prod"
    cicd = environment(rng, "tools", "cicd", partition, "")
    targets = [environment(rng, f"e-{i}", "target", partition, s) for i, s in enumerate(stages)]
    rows = [{"stage": s, "environment": t["name"]} for s, t in zip(stages, targets)]
    for row in rows:
        if rng.random() < 0.3:
            row["approval"] = rng.random() < 0.5
        if rng.random() < 0.2:
            row["team"] = "own-team"
        if strategy == "gitflow" and row["stage"] != "prod" and rng.random() < 0.3:
            row["branch"] = f"release/{row['stage']}"
    if strategy == "trunk":  # a source, a deploy each, an approval each: 50 at most
        for row in rows[:2] if count == 25 else ():
            row["approval"] = False
        if rng.random() < 0.2:
            for row in rows:
                row["branch"] = "trunk"
    made = {"schema": 1, "name": "", "cicd": "tools", "strategy": strategy, "environments": rows}
    most = longest(made, cicd["region"])
    made["name"] = pick_name(rng, rng.choice((most, rng.randint(1, most), rng.randint(1, most))))
    if rng.random() < 0.6:
        made["description"] = rng.choice(("Orders", "Grüße, ${AWS::StackName}", "a \"b\" \\c"))
    if rng.random() < 0.6:
        made["tags"] = {f"tag{i}": rng.choice(("v", "a b", "x=1+2"))
                        for i in range(rng.randint(0, 40))}
    if rng.random() < 0.6:
        made["variables"] = {f"VAR_{i}": rng.choice(VALUES) for i in range(rng.randint(0, 12))}
    if rng.random() < 0.4:
        made["team"] = "analytics"
    if rng.random() < 0.7:
        made["template"] = rng.choice(("cdk", "cloudformation", "empty"))
    if rng.random() < 0.35:
        made["source"] = {"type": "connection", "repository": "some-body/a.repo", "connection_arn":
                          f"arn:{partition}:codeconnections:{cicd['region']}:{cicd['account']}:"
                          "connection/3c4b2a1d-0000-4000-8000-123456789abc"}
    elif rng.random() < 0.3:
        made["source"] = {"type": "codecommit", "repository": "Shared_Repo.1"}
    return [cicd, *targets], made


# ---- faults: each changes a good definition (d) or its environments (e), and tells the field ----

def fault_name(rng, d, e):
    d["name"] = rng.choice(("", "Upper", "1st", "a--b", "-x", "x-", "cicd", "penstock-x", "a b",
                            "ü", "x" * 101, "sthree-x", "${x}", None, 7))
    return "name"


def fault_name_too_long(rng, d, e):
    d["name"] = pick_name(rng, longest(d, e[0]["region"]) + rng.randint(1, 3))
    return "name"


def fault_strategy(rng, d, e):
    d["strategy"] = rng.choice(("Trunk", "", "git-flow", 1, ["trunk"]))
    return "strategy"


def fault_cicd(rng, d, e):
    d["cicd"] = rng.choice(("", "nowhere", "e-0", True))
    return "cicd"


def fault_stage(rng, d, e):
    at = rng.randrange(len(d["environments"]))
    d["environments"][at]["stage"] = rng.choice(("", "UP", "a_b", "x" * 21, "-a", "cicd", "a.b", 3))
    return f"environments[{at}].stage"


def fault_stage_twice(rng, d, e):
    d["environments"].append(dict(rng.choice(d["environments"])))
    return f"environments[{len(d['environments']) - 1}]"


def fault_environment(rng, d, e):
    at = rng.randrange(len(d["environments"]))
    d["environments"][at]["environment"] = rng.choice(("", "e-99", "E-0", {}))
    return f"environments[{at}].environment"


def fault_blank(rng, d, e):
    d["environments"].append({"stage": "", "environment": ""})
    return f"environments[{len(d['environments']) - 1}]"


def fault_none(rng, d, e):
    d["environments"] = []
    return "environments"


def fault_partition(rng, d, e):
    theirs = "aws" if e[0]["region"].startswith("cn-") else "aws-cn"
    e[1]["region"] = REGIONS[theirs][0]
    e[1].pop("boundary", None)
    e[1].pop("role_arn", None)
    e[1].pop("external_id", None)
    return "environments[0].environment"


def fault_branch(rng, d, e):
    at = rng.randrange(len(d["environments"]))
    d["environments"][at]["branch"] = rng.choice(("a..b", "/a", "a/", "x.lock", "a b", "~", "@{"))
    return "environments["


def fault_tags(rng, d, e):
    key, value = rng.choice((("aws:x", "y"), ("penstock:team", "y"), ("k", "x" * 256), ("k", ""),
                             ("<b>", "y"), ("k" * 128, "y"), ("k", "a;b"), ("k", 1)))
    d["tags"] = {key: value}
    return "tags"


def fault_variables(rng, d, e):
    key, value = rng.choice((("STAGE", "y"), ("1X", "y"), ("A-B", "y"), ("AWS_REGION", "y"),
                             ("X", "\x1b[31m"), ("X", "y" * 4096), ("CODEBUILD_X", "y"), ("X", []),
                             ("X", "{{resolve:ssm:x}}")))
    d["variables"] = {key: value}
    return "variables"


def fault_source(rng, d, e):
    d["source"] = rng.choice(({"type": "connection"}, {"type": "github"},
                              {"connection_arn": "arn:x"}, {"repository": "a/b"},
                              {"repository": "x.git"}, "codecommit",
                              {"type": "connection", "repository": "alone", "connection_arn": "x"}))
    return "source"


def fault_unknown_member(rng, d, e):
    member = rng.choice(("stages", "Name", "template_dir", "stratgy"))
    d[member] = "x"
    return member


def fault_schema(rng, d, e):
    d["schema"] = rng.choice((0, 2, "1", None))
    return "schema"


FAULTS = [f for name, f in sorted(globals().items()) if name.startswith("fault_")]


def make(seed, number):
    """(environments, definition, the fault's field or None)."""
    rng = random.Random(f"{seed}/{number}")
    environments, definition = good(rng)
    if number % 2 == 0:
        return environments, definition, None
    return environments, definition, rng.choice(FAULTS)(rng, definition, environments)


# ---- judging ----

class Judge:
    def __init__(self, tool, count, seed, place):
        self.tool, self.count, self.place = tool, count, pathlib.Path(place)
        self.cases = [make(seed, n) for n in range(count)]
        self.complaints, self.kinds = [], collections.Counter()

    def complain(self, number, what):
        self.complaints.append(f"definition {number}: {what}")

    def load(self, place, number, kind):
        return json.loads((place / f"{number}.{kind}.json").read_text())

    def plan_all(self, place, definitions):
        place.mkdir()
        for n, (environments, _, _) in enumerate(self.cases):
            (place / f"{n}.environments.json").write_text(json.dumps(environments))
            (place / f"{n}.definition.json").write_text(definitions[n])
        done = subprocess.run([self.tool, place, str(self.count)], capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            sys.exit(f"{done.stderr[-3000:]}{done.stdout[-100:]}")
        return dict(line.split() for line in done.stdout.splitlines())

    def refusal(self, number, field):
        told = self.load(self.place / "first", number, "defects")
        if field is None:
            return self.complain(number, f"is good, but: {told}")
        for d in told["defects"]:
            if len(d["text"]) < 8 or not d["field"] and "member" not in d["text"]:
                self.complain(number, f"a defect without field or sentence: {d}")
        fields = [d["field"] for d in told["defects"] if not d["is_warning"]]
        if not told["err"] and not any(f.startswith(field) for f in fields):
            self.complain(number, f"{field} is wrong, but told was: {told}")

    def strings(self, value, inside=""):
        if isinstance(value, dict):
            for key, item in value.items():
                yield from self.strings(item, key)
        elif isinstance(value, list):
            for item in value:
                yield from self.strings(item, inside)
        elif isinstance(value, str):
            yield inside, value

    def plan(self, number, field):
        if field is not None:
            self.complain(number, f"{field} is wrong, and nobody said so")
        place, (environments, definition, _) = self.place / "first", self.cases[number]
        for row in self.load(place, number, "names"):
            if not 0 < len(row["name"].encode()) <= row["limit"]:
                self.complain(number, f"a name over its limit: {row}")
        template = self.load(place, number, "template")
        written = {v for _, v in self.strings(definition)}
        literal = [v for v in written if "${" in v]
        accounts = {e["account"] for e in environments}
        template.pop("Metadata")
        for kind, tree in (("template", template), ("ddk.json", self.load(place, number, "ddk"))):
            for key, text in self.strings(tree):
                if text not in written and PLACEHOLDER.search(text):
                    self.complain(number, f"{kind} has a placeholder: {key}: {text}")
                if key != "Fn::Sub" and "${" in text and not any(v in text for v in literal):
                    self.complain(number, f"{kind} has an unfilled reference: {key}: {text}")
                if key == "Fn::Sub" and any(v in text for v in literal):
                    self.complain(number, f"{kind} fills in a person's text: {text}")
                for account in re.findall(r"(?<![0-9a-f])\d{12}(?![0-9a-f])", text):
                    if account not in accounts and text not in written:
                        self.complain(number, f"{kind} names a strange account: {text}")
        self.kinds[definition["strategy"]] += 1

    def again(self, states):
        texts = [(self.place / "first" / f"{n}.again.json").read_text()
                 if states[str(n)] == "planned" else "{}" for n in range(self.count)]
        second = self.plan_all(self.place / "second", texts)
        for n in range(self.count):
            if states[str(n)] != "planned":
                continue
            if second[str(n)] != "planned":
                self.complain(n, "what was written is refused")
                continue
            for kind in ("template", "ddk", "again"):
                a, b = ((self.place / turn / f"{n}.{kind}.json").read_bytes()
                        for turn in ("first", "second"))
                if a != b:
                    self.complain(n, f"what was written gives another {kind}")

    def lint(self, states):
        files = [str(self.place / "first" / f"{n}.template.json") for n in range(self.count)
                 if states[str(n)] == "planned"]
        done = subprocess.run([sys.executable, "-c", "import sys; from cfnlint.runner import main; "
                               "sys.exit(main())", "--format", "parseable", "--ignore-checks",
                               # "${...}" outside of a Sub: a person's text may have it, and above
                               # it is told from one of ours.
                               "E1029", "--", *files],
                              capture_output=True, text=True, check=False)
        lines = done.stdout.splitlines()
        self.complaints += [line for line in lines if re.search(r":E\d{4}:", line)]
        if done.returncode != 0 and not lines:
            self.complaints.append(f"cfn-lint ended with {done.returncode}: {done.stderr[-500:]}")
        return sum(1 for line in lines if re.search(r":W\d{4}:", line)), lines[:3]

    def run(self):
        states = self.plan_all(self.place / "first", [json.dumps(d) for _, d, _ in self.cases])
        for n, (_, _, field) in enumerate(self.cases):
            (self.plan if states[str(n)] == "planned" else self.refusal)(n, field)
        self.again(states)
        warnings, shown = self.lint(states)
        planned = list(states.values()).count("planned")
        print(f"{self.count} definitions: {planned} planned ({dict(self.kinds)}), "
              f"{self.count - planned} refused; cfn-lint: {warnings} warnings {shown}")
        for complaint in self.complaints[:40]:
            print(complaint)
        return 1 if self.complaints else 0


def main():
    with tempfile.TemporaryDirectory(prefix="penstock-definitions-") as place:
        return Judge(sys.argv[1], int(sys.argv[2]), sys.argv[3], place).run()


sys.exit(main())
