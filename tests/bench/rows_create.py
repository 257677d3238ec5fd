"""The rows of making pipelines: planning one, and the calls that a plan, create, edit and delete cost."""

import collections
import json

from lab import Sandbox
from measure import Row, figures, text_of

ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
ACCOUNTS = (("dev", "222222222222"), ("test", "333333333333"), ("prod", "444444444444"))
REGIONS = ("eu-west-1", "eu-central-1", "eu-north-1", "eu-west-2", "eu-west-3", "us-east-1",
           "us-east-2", "us-west-2", "ap-southeast-2")
AT_ONCE = 8
# What is asked again and again until something rests: as often as AWS takes its time.
WATCHING = ("DescribeStackEvents", "GetPipelineState", "DescribeChangeSet")


def planning(lab):
    count = 25
    for strategy in ("trunk", "gitflow"):
        got = figures([lab.program("plan"), strategy, count, lab.scale.plans], lab.env)
        what = f"planning {count} environments, {strategy}"
        yield Row(f"{what}: time", "<= 50 ms", f"{got['plan_ms']:.2f} ms", got["plan_ms"] <= 50,
                  "from the file's text to template, ddk.json and first files; no AWS")
        yield Row(f"{what}: overhead", "<= 2 x bare cJSON", f"{got['ratio']:.2f} x",
                  got["ratio"] <= 2, f"{got['bare_ms']:.2f} ms to build and print equal trees, "
                  f"{got['bytes'] / 1000:.0f} KB; paired")


class Estate:
    """Accounts made ready by penstock's own verbs, each environment another account or region."""

    def __init__(self, lab, box, count):
        self.lab, self.box, self.dir = lab, box, lab.new_dir("estate")
        self.env = box.env(self.dir)
        self.names = [f"e{i}" for i in range(count)]
        self.penstock("env", "add", "tools", "--kind", "cicd", "--account", "111111111111",
                      "--region", "eu-west-1")
        for i, name in enumerate(self.names):
            profile, account = ACCOUNTS[i % len(ACCOUNTS)]
            self.penstock("env", "add", name, "--kind", "target", "--account", account, "--profile",
                          profile, "--region", REGIONS[i // len(ACCOUNTS)])
        names = ["tools", *self.names]
        for at in range(0, len(names), AT_ONCE):
            self.penstock("env", "bootstrap", *names[at:at + AT_ONCE], "--policy", ADMIN)

    def penstock(self, *words, yes=("--yes",)):
        """The calls that it made."""
        before = len(self.box.calls())
        text_of([self.lab.penstock, *words, *yes], self.env, timeout=600)
        return collections.Counter(c["operation"] for c in self.box.calls(before))

    def definition(self, strategy, name, count):
        stages = [*(f"s{i}" for i in range(count - 1)), "prod"]
        path = self.dir / f"{name}-{count}.json"
        path.write_text(json.dumps({
            "schema": 1, "name": name, "cicd": "tools", "strategy": strategy,
            "template": "cloudformation", "environments": [
                {"stage": s, "environment": e, "approval": False}
                for s, e in zip(stages, self.names)]}))
        return path


def quiet(calls):
    return sum(n for operation, n in calls.items() if operation not in WATCHING)


def most(calls):
    return ", ".join(f"{operation} {n}" for operation, n in calls.most_common()
                     if operation not in WATCHING)


def bend(counts, figures_):
    """How far the middle is from the line between the ends, at most."""
    (first, last), (low, high) = (counts[0], counts[-1]), (figures_[0], figures_[-1])
    slope = (high - low) / max(1, last - first)
    return slope, max(abs(f - low - slope * (n - first)) for n, f in zip(counts, figures_))


def calls(lab):
    counts = lab.scale.stages
    with Sandbox(lab, "--seed", "empty", "--speed", "500", "--control") as box:
        estate = Estate(lab, box, max(counts))
        for strategy in ("trunk", "gitflow"):
            yield from calls_of(estate, strategy, counts)


def calls_of(estate, strategy, counts):
    made, planned = [], []
    for n in counts:
        file = estate.definition(strategy, f"{strategy}{n}", n)
        planned.append(estate.penstock("plan", "-f", file, yes=()))
        made.append(estate.penstock("create", "-f", file))
    figures_ = [quiet(c) for c in made]
    slope, off = bend(counts, figures_)
    goal = SLOPES[strategy]
    yield Row(f"calls of a create, {strategy}: each environment", f"<= {goal}, linear",
              f"{slope:.1f}", slope <= goal and off <= 1 + 0.05 * figures_[-1],
              ", ".join(f"{n}: {f}" for n, f in zip(counts, figures_)) +
              f"; off the line by {off:.1f} at most; watching not counted")
    yield Row(f"  of {counts[-1]}, by kind", "-", str(figures_[-1]), "-", most(made[-1]))
    yield Row("  watching included", "-", ", ".join(str(sum(c.values())) for c in made), "-",
              "as long as this sandbox takes")
    slope, _ = bend(counts, [quiet(c) for c in planned])
    yield Row(f"calls of a plan, {strategy}: each environment", "-", f"{slope:.1f}", "-",
              ", ".join(f"{n}: {quiet(c)}" for n, c in zip(counts, planned)) + "; " +
              most(planned[-1]))
    yield from calls_of_life(estate, strategy, counts)


def calls_of_life(estate, strategy, counts):
    edits, deletes = [], []
    for n in counts:
        name = f"{strategy}{n}"
        file = estate.definition(strategy, name, n)
        changed = json.loads(file.read_text())
        changed["description"] = "another one"
        file.write_text(json.dumps(changed))
        edits.append(estate.penstock("edit", "-f", file))
        deletes.append(estate.penstock("delete", name, "--delete-repository", "--confirm", name))
    for verb, found in (("edit of the description", edits), ("delete", deletes)):
        slope, _ = bend(counts, [quiet(c) for c in found])
        yield Row(f"calls of a {verb}, {strategy}: each environment", "-", f"{slope:.1f}", "-",
                  ", ".join(f"{n}: {quiet(c)}" for n, c in zip(counts, found)) + "; " +
                  most(found[-1]))


SLOPES = {"trunk": 6, "gitflow": 12}
SECTIONS = [planning, calls]
