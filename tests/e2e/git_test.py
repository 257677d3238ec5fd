"""git signed in by penstock: a password for minutes, for CodeCommit's hosts only, and nowhere but
in the pipe between the two."""

import json
import os
import shlex
import subprocess
import threading
import unittest

import estate
import lab


@unittest.skipUnless(estate.has_git(), "there is no git here")
class Git(estate.Shared):
    def setUp(self):
        super().setUp()
        # A session: the pipeline's own account is reached by a role, as the others are.
        config = self.aws.config_file
        if "[profile session]" not in config.read_text():
            config.write_text(config.read_text() + "\n[profile session]\n"
                              "role_arn = arn:aws:iam::111111111111:role/penstock-admin\n"
                              "source_profile = cicd\nregion = eu-west-1\n"
                              f"endpoint_url = {self.aws.url}\n")
            self.create(self.definition("code", "gitflow", ["dev", "prod"]))

    def ask(self, *lines, verb="get", options=(), **more):
        child = self.home_.start(*options, "git-credential", verb, stdin=subprocess.PIPE, **more)
        out, err = child.communicate("".join(f"{li}\n" for li in lines).encode(), timeout=30)
        return lab.Done(child.returncode, lab.text_of(out), lab.text_of(err), 0)

    def place(self, host=None):
        return ("protocol=http", f"host={host or self.aws.url.split('//')[1]}",
                "path=v1/repos/code")

    def secrets(self):
        found = [line.split(" = ")[1] for line in self.aws.credentials_file.read_text().splitlines()
                 if line.startswith("aws_secret")]
        return [s for s in found if s]

    def test_a_session_clones_pulls_and_pushes(self):
        clone = self.home_.dir / "by-session"
        log = self.home_.dir / "git.log"
        self.done("--profile", "session", "--log", log, "clone", "code", clone)
        self.assertTrue((clone / "ddk.json").exists())
        (clone / "more.txt").write_text("more\n")
        self.git("add", "more.txt", cwd=clone)
        self.git("commit", "-qm", "more", cwd=clone)
        # The clone finds its account from any shell: this one names another.
        self.home_.change(AWS_PROFILE="dev")
        try:
            self.git("push", "-q", "origin", "HEAD:main", cwd=clone)
            self.git("pull", "-q", "--no-rebase", "origin", "main", cwd=clone)
        finally:
            self.home_.change(AWS_PROFILE="cicd")
        head = self.git("rev-parse", "HEAD", cwd=clone).strip()
        there = self.cli("codecommit", "get-branch", "--repository-name", "code", "--branch-name",
                         "main")["branch"]["commitId"]
        self.assertEqual(there, head)
        kept = "".join(p.read_text(errors="replace") for p in (clone / ".git").rglob("*")
                       if p.is_file()) + log.read_text()
        for secret in self.secrets():
            self.assertNotIn(secret, kept)
        self.assertNotIn("password", kept)

    def test_nothing_is_in_anybodys_arguments(self):
        """Every command line of this host's, while git clones."""
        seen, is_over = set(), threading.Event()

        def look():
            while not is_over.is_set():
                for pid in filter(str.isdigit, os.listdir("/proc")):
                    try:
                        with open(f"/proc/{pid}/cmdline", "rb") as file:
                            seen.add(file.read())
                    except OSError:
                        pass
        watcher = threading.Thread(target=look)
        watcher.start()
        try:
            self.done("clone", "code", self.home_.dir / "watched")
        finally:
            is_over.set()
            watcher.join()
        mine = [c for c in seen if b"git-credential" in c]
        self.assertTrue(mine, "git never asked penstock")
        answer = self.ask(*self.place())
        password = dict(li.split("=", 1) for li in answer.out.splitlines())["password"]
        signature = password.split("Z", 1)[1]
        for line in seen:
            self.assertNotRegex(line, rb"\d{8}T\d{6}Z[0-9a-f]{64}")
            for secret in (*self.secrets(), signature):
                self.assertNotIn(secret.encode(), line)

    def test_a_password_is_for_minutes_and_carries_the_session(self):
        own = self.ask(*self.place())
        self.assertEqual(own.rc, 0, own)
        answer = dict(li.split("=", 1) for li in own.out.splitlines())
        self.assertRegex(answer["password"], r"^\d{8}T\d{6}Z[0-9a-f]{64}$")
        self.assertNotIn("%", answer["username"])
        session = self.ask(*self.place(), options=("--profile", "session"))
        named = dict(li.split("=", 1) for li in session.out.splitlines())
        self.assertIn("%", named["username"], "the key's id, then the token")
        for line in (own, session):
            self.assertEqual(line.err, "")

    def test_other_hosts_get_nothing(self):
        here = self.aws.url.split("//")[1]
        for host in ("github.com", here[:-1], here[1:], here.split(":")[0], f"{here}0",
                     "git-codecommit.eu-west-1.amazonaws.com.evil.example", "evil.example",
                     "127.0.0.1:1", "amazonaws.com",
                     "xgit-codecommit.eu-west-1.amazonaws.com"):
            with self.subTest(host):
                done = self.ask(*self.place(host))
                self.assertEqual(done.rc, 2, done)
                self.assertEqual(done.out, "")
                self.assert_sentence(done.err, host)
        plain = self.ask(*self.place("git-codecommit.eu-west-1.amazonaws.com"))
        self.assertEqual((plain.rc, plain.out), (2, ""))
        self.assertIn("without TLS", plain.err)
        good = self.ask("protocol=https", "host=git-codecommit.eu-west-1.amazonaws.com",
                        "path=v1/repos/code")
        self.assertEqual(good.rc, 0, good)

    def test_what_git_does_not_say_is_asked_for(self):
        self.assertIn("no host", self.ask("protocol=https").err)
        done = self.ask("protocol=http", f"host={self.aws.url.split('//')[1]}")
        self.assertEqual((done.rc, done.out), (2, ""))
        self.assertIn("useHttpPath", done.err)

    def test_store_and_erase_do_nothing(self):
        before = {p for p in self.home_.dir.rglob("*")}
        for verb in ("store", "erase"):
            done = self.ask(*self.place(), "username=u", "password=p", verb=verb)
            self.assertEqual((done.rc, done.out, done.err), (0, "", ""))
        self.assertEqual({p for p in self.home_.dir.rglob("*")}, before)

    def test_exports_are_quoted_for_a_shell_and_their_expiry_told(self):
        done = self.done("--profile", "session", "clone", "--exports", "code")
        lines = done.out.splitlines()
        for line in lines:
            words = shlex.split(line)
            self.assertEqual((len(words), words[0]), (2, "export"))
        script = done.out + "aws sts get-caller-identity --output json --endpoint-url " + \
            self.aws.url
        shell = subprocess.run(["sh", "-c", script], env={"PATH": os.environ["PATH"],
                               "HOME": str(self.home_.dir)}, capture_output=True, text=True,
                               timeout=60, check=False)
        self.assertEqual(shell.returncode, 0, shell.stderr)
        self.assertIn("assumed-role/penstock-admin", json.loads(shell.stdout)["Arn"])
        self.assertRegex(done.err, r"expire at \d{4}-\d\d-\d\dT")
        forever = self.done("clone", "--exports", "code")
        self.assertIn("do not expire", forever.err)
        self.assertNotIn("AWS_SESSION_TOKEN", forever.out)

    def test_odd_names_are_one_word_each(self):
        """A profile whose name a shell would run goes through git's unharmed."""
        odd = "o$(touch${IFS}owned)dd;x"
        config = self.aws.config_file
        config.write_text(config.read_text() + f"\n[profile {odd}]\nregion = eu-west-1\n"
                          f"role_arn = arn:aws:iam::111111111111:role/penstock-admin\n"
                          f"source_profile = cicd\nendpoint_url = {self.aws.url}\n")
        clone = self.home_.dir / "odd"
        self.done("--profile", odd, "clone", "code", clone)
        self.assertTrue((clone / "ddk.json").exists())
        self.git("fetch", "-q", cwd=clone)
        self.assertFalse((clone / "owned").exists())

    def test_what_is_not_there_cannot_be_cloned(self):
        done = self.done("clone", "nothing", self.home_.dir / "no", rc=1)
        self.assertIn("neither a pipeline nor a CodeCommit repository", done.err)


if __name__ == "__main__":
    lab.main()
