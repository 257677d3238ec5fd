"""Four accounts made ready by penstock's own verbs, and pipelines on top of them.

    class Story(estate.Story):
        def test_one_thing(self):
            self.begin()                          # sandbox, home, environments, bootstrap
            self.create(self.definition("orders", "trunk", ["dev", "prod"]))
"""

import concurrent.futures
import json
import os
import subprocess

import lab

ACCOUNTS = {"tools": "111111111111", "dev": "222222222222", "test": "333333333333",
            "prod": "444444444444"}
PROFILES = {"tools": None, "dev": "dev", "test": "test", "prod": "prod"}
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"

# What a pipeline that is gone may leave: AWS keeps these for a while by itself, too.
SCHEDULED = ("kms.key",)


def agree(definition):
    """What lets a verb do it without a question: what deploys to prod wants its name."""
    return "--yes", "--confirm", definition["name"]


class Story(lab.Story):
    speed = 200

    def begin(self, *options, environments=("dev", "test", "prod"), **more):
        self.aws = self.sandbox("--seed", "empty", "--speed", str(self.speed), "--control",
                                *options)
        self.home_ = self.home(self.aws, **more)
        self.add("tools", "--kind", "cicd")
        for name in environments:
            self.add(name, "--kind", "target", "--profile", PROFILES[name], "--stage", name)
        self.done("env", "bootstrap", "tools", *environments, "--policy", ADMIN, "--yes",
                  *(("--confirm", "prod") if "prod" in environments else ()))

    def add(self, name, *options):
        self.done("env", "add", name, "--account", ACCOUNTS[name], "--region", "eu-west-1",
                  *options, "--yes")

    def run_(self, *args, **more):
        return self.home_.run(*args, **{"timeout": 120, **more})

    def done(self, *args, rc=0, **more):
        ended = self.run_(*args, **more)
        self.assert_ended(ended, rc)
        return ended

    def definition(self, name, strategy, stages, **more):
        of = {"dev": "dev", "test": "test", "prod": "prod"}
        rows = [{"stage": s, "environment": of.get(s, "dev")} for s in stages]
        return {"schema": 1, "name": name, "cicd": "tools", "strategy": strategy,
                "template": "cloudformation", "environments": rows, **more}

    def file(self, definition):
        path = self.home_.dir / f"{definition['name']}.json"
        path.write_text(json.dumps(definition))
        return path

    def create(self, definition, *options, rc=0, **more):
        return self.done("create", "-f", self.file(definition), *agree(definition), *options, rc=rc,
                         **more)

    def approve(self, pipeline):
        """Every approval that waits; how many there were."""
        state = self.cli("codepipeline", "get-pipeline-state", "--name", pipeline)
        answered = 0
        for stage in state["stageStates"]:
            for action in stage["actionStates"]:
                token = action.get("latestExecution", {}).get("token")
                if token and action["latestExecution"]["status"] == "InProgress":
                    self.cli("codepipeline", "put-approval-result", "--pipeline-name", pipeline,
                             "--stage-name", stage["stageName"], "--action-name",
                             action["actionName"], "--token", token, "--result",
                             "summary=good,status=Approved")
                    answered += 1
        return answered

    def statuses(self, pipeline):
        state = self.cli("codepipeline", "get-pipeline-state", "--name", pipeline)
        return {s["stageName"]: s.get("latestExecution", {}).get("status")
                for s in state["stageStates"]}

    def run_to_green(self, pipeline, deadline_s=60):
        """Approves whatever waits, until every stage has succeeded."""
        def green():
            self.approve(pipeline)
            now = self.statuses(pipeline)
            if "Failed" in now.values():
                raise AssertionError(f"{pipeline}: {now}")
            return set(now.values()) == {"Succeeded"}
        lab.wait_for(green, deadline_s, 0.2, f"{pipeline} green")

    def cli(self, *args, profile="cicd"):
        """The real AWS CLI."""
        env = self.aws.env(profile, AWS_DEFAULT_OUTPUT="json")
        done = subprocess.run(["aws", *args], env=env, capture_output=True, text=True, timeout=60,
                              check=False)
        if done.returncode != 0:
            raise AssertionError(f"aws {' '.join(args)}: {done.stderr}")
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def side_by_side(self, story, items, width=4):
        """story(number, item) for each item, some at a time: most of it is waiting."""
        with concurrent.futures.ThreadPoolExecutor(width) as pool:
            told = [pool.submit(story, number, item) for number, item in enumerate(items)]
        failed = [f"{item}: {t.exception()}" for item, t in zip(items, told) if t.exception()]
        self.assertEqual(failed, [])

    def inventory(self):
        """Everything that is kept in the sandbox, as a set of (kind, account, region, name)."""
        found = self.aws.control("inventory")
        return {(r["kind"], r["account"], r["region"], r["name"]) for r in found}

    def git(self, *args, cwd=None):
        env = {**self.home_.env, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0",
               "GIT_AUTHOR_NAME": "dev", "GIT_AUTHOR_EMAIL": "dev@example.com",
               "GIT_COMMITTER_NAME": "dev", "GIT_COMMITTER_EMAIL": "dev@example.com"}
        done = subprocess.run(["git", *args], cwd=cwd, env=env, capture_output=True, text=True,
                              timeout=120, check=False)
        self.assertEqual(done.returncode, 0, f"git {args}: {done.stdout} {done.stderr}")
        return done.stdout


class Shared(Story):
    """One sandbox, home and set of environments for all stories of a class; each story names its
    pipelines differently and finds no faults when it begins."""

    options = ()

    def sandbox(self, *options, **more):
        return type(self).enterClassContext(lab.Sandbox(*options, **more))

    def home(self, sandbox=None, **more):
        return type(self).enterClassContext(lab.Home(sandbox, **more))

    def setUp(self):
        super().setUp()
        cls = type(self)
        if not hasattr(cls, "ready"):
            self.begin(*self.options)
            cls.ready = (self.aws, self.home_)
        self.aws, self.home_ = cls.ready
        self.aws.fail()


def has_git():
    return any(os.access(os.path.join(p, "git"), os.X_OK)
               for p in os.environ.get("PATH", "").split(":"))


main = lab.main
