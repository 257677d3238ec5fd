"""The file of a pipeline: every rule has its sentence and exit code 2, all faults at once; and what
is made of a good file is printed, exported and read again."""

import copy
import json
import os
import subprocess

import estate
import lab

ARN = ("arn:aws:codeconnections:eu-west-1:111111111111:connection/"
       "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee")


def many(stages):
    return [{"stage": f"s{i}", "environment": "dev"} for i in range(stages)]


# A path into the definition, what is put there (DROP: nothing), and words of the sentence.
DROP = object()
RULES = [
    ("schema", DROP, "schema", "is required: write 1"),
    ("schema", 2, "schema"),
    ("name", DROP, "name", "is required"),
    ("name", "x" * 101, "name", "101 characters"),
    ("name", "Upper", "name", "lower-case letters, digits and single hyphens"),
    ("name", "9lives", "begins with a letter"),
    ("name", "a--b", "single hyphens"),
    ("name", "aws-x", "reserved"),
    ("name", "cicd", "cicd is reserved"),
    ("name", 7, "must be a text, not a number: put it in quotes"),
    ("name", "abcdefghij" * 6, "AWS takes", "characters fit"),
    ("nmae", "x", "unknown member; did you mean name?"),
    ("description", "x" * 1001, "description", "at most"),
    ("description", "a\u0007b", "description", "cannot be shown"),
    ("tags", {"": "x"}, "a tag has no name"),
    ("tags", {"k" * 129: "x"}, "129 characters"),
    ("tags", {"k!": "x"}, "letters, digits, blanks"),
    ("tags", {"aws:x": "x"}, "reserved"),
    ("tags", {"penstock:x": "x"}, "reserved"),
    ("tags", {"k": ""}, "has no value"),
    ("tags", {"k": "x" * 257}, "257 characters"),
    ("tags", {"k": "a", "K": "b"}, "is there twice"),
    ("tags", {f"k{i}": "x" for i in range(60)}, "members: at most"),
    ("tags", [], "must be an object"),
    ("cicd", DROP, "cicd", "is required"),
    ("cicd", "nowhere", "no environment is named \"nowhere\""),
    ("cicd", "tolos", "did you mean tools?"),
    ("cicd", "dev", "is of kind target"),
    ("team", "x" * 65, "team", "65 characters"),
    ("team", "a b", "IAM role"),
    ("strategy", DROP, "strategy", "is required"),
    ("strategy", "trnuk", "did you mean trunk?"),
    ("strategy", "waterfall", "unknown \"waterfall\": write"),
    ("source", {"type": "ftp"}, "source.type", "unknown \"ftp\""),
    ("source", {"type": "connection", "repository": "me/app"}, "source.connection_arn",
     "is required with type connection"),
    ("source", {"type": "connection", "connection_arn": "x", "repository": "me/app"},
     "must be an ARN"),
    ("source", {"type": "connection", "connection_arn": ARN}, "source.repository",
     "owner/repository"),
    ("source", {"type": "connection", "connection_arn": ARN, "repository": "app"},
     "must be owner/repository"),
    ("source", {"type": "codecommit", "connection_arn": ARN}, "is for type connection only"),
    ("source", {"type": "codecommit", "repository": "x" * 101}, "CodeCommit takes 100"),
    ("source", {"type": "codecommit", "repository": "a b"}, "letters, digits and _.- only"),
    ("source", {"type": "codecommit", "repository": "a.git"}, "may not end in .git"),
    ("template", "rails", "template", "unknown \"rails\""),
    ("environments", DROP, "environments"),
    ("environments", [], "environments", "at least one is required"),
    ("environments", {}, "environments", "must be a list"),
    ("environments", ["dev"], "must be an object"),
    ("environments", [{}], "is blank: fill it in or remove it"),
    ("environments", [{"stage": "dev"}], "environments[0].environment", "is required"),
    ("environments", [{"environment": "dev"}], "environments[0].stage", "is required"),
    ("environments", [{"stage": "Dev", "environment": "dev"}], "lower-case letters"),
    ("environments", [{"stage": "x" * 80, "environment": "dev"}], "80 characters"),
    ("environments", [{"stage": "cicd", "environment": "dev"}], "cicd is reserved"),
    ("environments", [{"stage": "dev", "environment": "nowhere"}], "no environment is named"),
    ("environments", [{"stage": "dev", "environment": "dev"},
                      {"stage": "dev", "environment": "test"}], "is taken by environments[0]"),
    ("environments", [{"stage": "dev", "environment": "dev"},
                      {"stage": "dev", "environment": "dev"}], "environments[1].stage",
     "each stage once"),
    ("environments", [{"stage": "dev", "environment": "dev", "approval": "yes"}],
     "environments[0].approval", "must be"),
    ("environments", [{"stage": "dev", "environment": "dev", "team": "a b"}],
     "environments[0].team"),
    ("environments", [{"stage": "dev", "environment": "dev", "brunch": "x"}],
     "did you mean branch?"),
    ("environments", many(30), "at most"),
    ("environments", [{"stage": "dev", "environment": "dev", "branch": "a"},
                      {"stage": "prod", "environment": "prod", "branch": "b"}],
     "trunk has one branch"),
    ("variables", {"": "x"}, "a variable has no name"),
    ("variables", {"9A": "x"}, "begins with no digit"),
    ("variables", {"A-B": "x"}, "letters, digits and _"),
    ("variables", {"AWS_REGION": "x"}, "is set by CodeBuild or penstock itself"),
    ("variables", {"A": "x" * 9000}, "fit into a build"),
    ("variables", {"A": 7}, "must be a text, not a number"),
]
BRANCHES = {"a b": "has a blank", "/a": "empty part", ".a": "begins with a dot", "a.lock": ".lock",
            "a~b": "has one of", "-a": "begins with a hyphen", "a.": "ends in a dot",
            "a..b": "..", "HEAD": "git's own", "x" * 257: "256 characters"}


class Rules(estate.Shared):
    def plan(self, text, *options, rc=2, name="given"):
        path = self.home_.dir / f"{name}.json"
        path.write_text(text if isinstance(text, str) else json.dumps(text))
        done = self.run_("plan", "-f", path, *options)
        self.assert_ended(done, rc)
        self.assert_clean(done.out + done.err)
        return done.out + done.err

    def with_(self, path, value, **more):
        definition = {**self.definition("good", "trunk", ["dev", "prod"]), **more}
        if value is DROP:
            definition.pop(path, None)
        else:
            definition[path] = value
        return definition

    def test_every_rule_has_its_sentence(self):
        for number, (path, value, *words) in enumerate(RULES):
            with self.subTest(rule=words, value=str(value)[:60]):
                said = self.plan(self.with_(path, value), name=f"rule{number}")
                for word in words:
                    self.assertIn(word, said)

    def test_branches_are_legal_and_not_in_one_another(self):
        for branch, words in BRANCHES.items():
            with self.subTest(branch[:20]):
                rows = [{"stage": "dev", "environment": "dev", "branch": branch},
                        {"stage": "prod", "environment": "prod"}]
                said = self.plan(self.with_("environments", rows, strategy="gitflow"))
                self.assertIn("environments[0].branch", said)
                self.assertIn(words, said)
        rows = [{"stage": "dev", "environment": "dev", "branch": "main/dev"},
                {"stage": "test", "environment": "test", "branch": "same"},
                {"stage": "qa", "environment": "test", "branch": "same"},
                {"stage": "prod", "environment": "prod", "branch": "release"}]
        said = self.plan(self.with_("environments", rows, strategy="gitflow"))
        self.assertIn("of prod must be main", said)
        self.assertIn("one stage a branch", said)
        rows[3]["branch"] = "main"
        self.assertIn("git cannot keep", self.plan(self.with_("environments", rows,
                                                              strategy="gitflow")))
        self.assertIn("gitflow needs a stage prod", self.plan(self.with_(
            "environments", rows[:1], strategy="gitflow")))

    def test_all_faults_are_told_at_once(self):
        bad = {"schema": 1, "name": "Bad Name", "cicd": "nowhere", "strategy": "waterfall",
               "team": "a b", "tags": {"aws:x": "y"}, "variables": {"9": "x"},
               "environments": [{"stage": "dev", "environment": "nobody"}, {}]}
        before = len(self.aws.calls("CreateChangeSet"))
        said = self.plan(bad)
        for field in ("name", "strategy", "team", "tags", "environments[1]"):
            self.assertIn(f"{field}", said)
        self.assertIn("faults", said)
        self.assertEqual(len(self.aws.calls("CreateChangeSet")), before)

    def test_what_is_no_definition_is_refused(self):
        for text in ("", "{", "[]", "7", "null", '{"schema":1,"name":"a","name":"b"}',
                     '{"a":' * 200 + "1" + "}" * 200):
            with self.subTest(text[:20]):
                self.plan(text)
        path = self.home_.dir / "large.json"
        path.write_text(json.dumps(self.with_("description", "x" * (3 << 20))))
        self.assertNotEqual(self.run_("plan", "-f", path).rc, 0)
        done = self.run_("plan", "-f", self.home_.dir / "not-there.json")
        self.assertIn("not-there.json", done.err)
        self.assertNotEqual(done.rc, 0)


class Files(estate.Shared):
    def test_a_plan_of_standard_input(self):
        text = json.dumps(self.definition("piped", "trunk", ["dev"])).encode()
        child = self.home_.start("plan", "-f", "-", stdin=subprocess.PIPE)
        out, err = child.communicate(text, timeout=60)
        self.assertEqual(child.returncode, 0, err)
        self.assertIn(b"Create a pipeline: piped", out)

    def test_what_is_printed_as_json_is_json(self):
        definition = self.definition("spoken", "gitflow", ["dev", "prod"])
        path = self.file(definition)
        plan = self.done("plan", "-f", path, "--json").json
        self.assertEqual(plan["schema"], 1)
        made = self.done("create", "-f", path, *estate.agree(definition), "--json").json
        self.assertEqual((made["schema"], made["done"], made["error"]), (1, True, ""))
        self.assertTrue(all(s["state"] in ("done", "done already") for s in made["steps"]))
        self.assertTrue(made["events"])
        self.assertGreater(made["calls"], 10)
        for verb in (("export", "spoken"), ("clone", "spoken"), ("env", "list"),
                     ("env", "show", "dev"), ("env", "doctor", "dev"),
                     ("env", "edit", "dev", "--team", "data", "--yes"),
                     ("env", "bootstrap", "dev", "--yes")):
            with self.subTest(verb):
                self.assertEqual(self.done(*verb, "--json").json["schema"], 1)
        bad = self.done("plan", "-f", self.file({**definition, "name": "other",
                        "cicd": "dev"}), "--json", rc=2)
        self.assertTrue(bad.err)
        gone = self.done("delete", "spoken", "--delete-repository", "--confirm", "spoken", "--json")
        self.assertTrue(gone.json["done"])

    def test_what_is_exported_can_be_created_by_another_name(self):
        first = self.definition("original", "gitflow", ["dev", "prod"], description="what it is",
                                tags={"team": "lake"}, variables={"LEVEL": "info"}, team="data")
        first["environments"][1]["approval"] = False
        self.create(first)
        exported = self.done("export", "original").json
        for member in ("description", "tags", "variables", "team", "strategy", "template"):
            self.assertEqual(exported[member], first[member])
        again = self.run_("create", "-f", self.file(exported), *estate.agree(exported))
        self.assert_ended(again, 0)
        twin = copy.deepcopy(exported)
        twin["name"] = "twin"
        twin["source"].pop("repository")
        self.create(twin)
        self.run_to_green("twin-prod")
        other = self.done("export", "twin").json
        other["name"], other["source"]["repository"] = "original", "original"
        self.assertEqual(other, exported)
        self.done("export", "nobody", rc=1)

    def test_the_template_can_be_seen(self):
        done = self.done("plan", "-f", self.file(self.definition("seen", "trunk", ["dev"])),
                         "--template")
        begin = done.out.index("{", done.out.index("\ntemplate\n"))
        template, _ = json.JSONDecoder().raw_decode(done.out[begin:])
        self.assertIn("AWS::CodePipeline::Pipeline",
                      [r["Type"] for r in template["Resources"].values()])
        self.assertIn("\nddk.json\n", done.out)
        self.assertNotIn("AWSTemplateFormatVersion",
                         self.done("plan", "-f", self.file(self.definition("seen", "trunk",
                                                                           ["dev"]))).out)


class Folders(estate.Shared):
    def folder(self, name):
        path = self.home_.dir / name
        path.mkdir()
        (path / "buildspec.yml").write_text("version: 0.2\nphases:\n  build:\n    commands:\n"
                                            "      - echo built\n")
        return path

    def refused(self, path, *words):
        done = self.run_("create", "-f", self.file(self.definition("own", "trunk", ["dev"])),
                         "--yes", "--template-dir", path)
        self.assertIn(done.rc, (1, 2), done)
        for word in words:
            self.assertIn(word, done.err)
        self.assertNotIn("own", [r[3] for r in self.inventory() if "repository" in r[0]])

    def test_a_folder_of_ones_own_is_the_first_commit(self):
        path = self.folder("mine")
        (path / "sub").mkdir()
        (path / "sub" / "run.sh").write_text("#!/bin/sh\n")
        (path / "sub" / "run.sh").chmod(0o755)
        (path / ".git").mkdir()
        (path / ".git" / "config").write_text("secret\n")
        self.create(self.definition("mine", "trunk", ["dev"]), "--template-dir", path)
        self.run_to_green("mine")
        found = self.cli("codecommit", "get-folder", "--repository-name", "mine", "--folder-path",
                         "sub")
        self.assertEqual([(f["absolutePath"], f["fileMode"]) for f in found["files"]],
                         [("sub/run.sh", "EXECUTABLE")])
        top = self.cli("codecommit", "get-folder", "--repository-name", "mine", "--folder-path",
                       "/")
        self.assertIn("ddk.json", [f["absolutePath"] for f in top["files"]])
        self.assertEqual([f["absolutePath"] for f in top["subFolders"]], ["sub"])

    def test_what_no_repository_should_have_is_refused(self):
        link = self.folder("link")
        (link / "passwd").symlink_to("/etc/passwd")
        self.refused(link, "passwd is a symbolic link")
        pipe = self.folder("pipe")
        os.mkfifo(pipe / "fifo")
        self.refused(pipe, "fifo is neither a file nor a folder")
        large = self.folder("large")
        with open(large / "data.bin", "wb") as file:
            file.truncate(7 << 20)
        self.refused(large, "data.bin is larger than 6 MB")
        together = self.folder("together")
        for i in range(2):
            (together / f"part{i}").write_bytes(os.urandom(4 << 20))
        self.refused(together, "MB")
        crowd = self.folder("crowd")
        for i in range(1100):
            (crowd / f"f{i}").touch()
        self.refused(crowd, "more than 100 files")
        self.refused(self.home_.dir / "nowhere", "nowhere")
        self.refused(self.file(self.definition("own", "trunk", ["dev"])), "own.json")
        odd = self.folder("odd")
        (odd / "a\x1bb").touch()
        self.refused(odd, "has characters in its name")


if __name__ == "__main__":
    lab.main()
