"""Credentials from every source, through the real program, and no secret of them anywhere after."""

import datetime
import json
import os
import pathlib
import stat
import threading

import api
import lab
import server

ADMIN = "arn:aws:iam::{}:role/penstock-admin"
TOKEN_START = "IQoJb3JpZ2luX2VjPENSTOCK"  # how the sandbox's session tokens begin


class Sources(lab.Story):
    @classmethod
    def setUpClass(cls):
        cls.aws = cls.enterClassContext(lab.Sandbox("--seed", "demo", "--step"))

    def at_home(self, config="", **env):
        """A home with an AWS config of its own; the sandbox is its only endpoint."""
        home = self.home(**{"profile": None, **env})
        files = home.dir / "aws"
        files.mkdir()
        (files / "config").write_text(config)
        home.credentials = files / "credentials"
        home.change(AWS_CONFIG_FILE=files / "config", AWS_SHARED_CREDENTIALS_FILE=home.credentials,
                    AWS_ENDPOINT_URL=self.aws.url)
        return home

    def assert_reads(self, home, profile, *args, env=None):
        """A sync that works, in that profile's account."""
        before = len(self.aws.calls("ListPipelines"))
        done = home.run("sync", *args, env=env)
        self.assert_ended(done, 0)
        self.assertEqual(done.err, "", done)
        calls = lab.wait_for(lambda: self.aws.calls("ListPipelines")[before:], what="a listing")
        self.assertEqual({c["account"] for c in calls}, {api.ACCOUNTS[profile]})
        return done

    def assert_refused(self, home, *words, args=("sync",), env=None, rc=3):
        done = home.run(*args, env=env)
        self.assert_ended(done, rc)
        self.assert_sentence(done.err, *words)
        return done

    @staticmethod
    def keys(profile):
        access, secret = api.KEYS[profile]
        return {"AWS_ACCESS_KEY_ID": access, "AWS_SECRET_ACCESS_KEY": secret}

    def static(self, home, **profiles):
        home.credentials.write_text("".join(
            f"[{name}]\naws_access_key_id = {api.KEYS[of][0]}\n"
            f"aws_secret_access_key = {api.KEYS[of][1]}\n" for name, of in profiles.items()))

    # -- environment and files --

    def test_keys_of_the_environment(self):
        self.assert_reads(self.at_home(**self.keys("dev")), "dev")

    def test_keys_of_the_environment_go_before_the_default_profile(self):
        home = self.at_home(**self.keys("dev"))
        self.static(home, default="test", prod="prod")
        self.assert_reads(home, "dev")
        self.assert_reads(home, "prod", "--profile", "prod")  # named, it goes before them

    def test_a_wrong_key_is_told(self):
        home = self.at_home(**{**self.keys("dev"), "AWS_SECRET_ACCESS_KEY": "x" * 40})
        self.assert_refused(home, "does not accept the credentials", "refresh your AWS credentials")
        home.change(AWS_ACCESS_KEY_ID="AKIAPENSTOCKNOBODY00")
        self.assert_refused(home, "does not accept the credentials")

    def test_half_a_key_is_told(self):
        home = self.at_home(AWS_ACCESS_KEY_ID="AKIAPENSTOCKDEV00002")
        self.assert_refused(home, "AWS_SECRET_ACCESS_KEY")

    def test_none_at_all(self):
        self.assert_refused(self.at_home(), "no AWS credentials", "aws configure")

    def test_the_region_of_the_profile(self):
        home = self.at_home("[profile a]\nregion = us-east-1\n", profile="a", region=None,
                            AWS_DEFAULT_REGION=None)
        self.static(home, a="cicd")
        self.assert_reads(home, "cicd")
        self.assertEqual(home.status()["contexts"][0]["region"], "us-east-1")

    # -- roles --

    def role(self, account="dev", more="", source="source_profile = base", name="penstock-admin"):
        arn = f"arn:aws:iam::{api.ACCOUNTS[account]}:role/{name}"
        return self.at_home(f"[profile there]\nrole_arn = {arn}\n{source}\n{more}",
                            profile="there")

    def test_a_role_with_a_source_profile(self):
        home = self.role()
        self.static(home, base="cicd")
        self.assert_reads(home, "dev")
        self.assertEqual(self.aws.calls("AssumeRole")[-1]["status"], 200)

    def test_a_chain_of_two_roles(self):
        home = self.at_home(
            f"[profile last]\nrole_arn = {ADMIN.format(api.ACCOUNTS['prod'])}\n"
            "source_profile = middle\n[profile middle]\n"
            f"role_arn = {ADMIN.format(api.ACCOUNTS['cicd'])}\nsource_profile = base\n",
            profile="last")
        self.static(home, base="cicd")
        before = len(self.aws.calls("AssumeRole"))
        self.assert_reads(home, "prod")
        self.assertEqual(len(self.aws.calls("AssumeRole")) - before, 2)

    def test_a_chain_without_end(self):
        home = self.at_home("[profile a]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = b\n"
                            "[profile b]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = a\n",
                            profile="a")
        self.assert_refused(home, "without end")

    def test_a_role_from_the_environment(self):
        home = self.role(source="credential_source = Environment")
        self.assert_refused(home, "AWS_ACCESS_KEY_ID", args=("sync", "--profile", "there"))
        home.change(**self.keys("cicd"))
        self.assert_reads(home, "dev", "--profile", "there")

    def test_an_external_id(self):
        for external, is_good in (("penstock-external-id", True), ("wrong", False), (None, False)):
            with self.subTest(external=external):
                more = f"external_id = {external}\n" if external else ""
                home = self.role(name="penstock-external", more=more)
                self.static(home, base="cicd")
                if is_good:
                    self.assert_reads(home, "dev")
                else:
                    self.assert_refused(home, "AssumeRole", "penstock-external")

    def test_a_role_that_may_not_be_assumed_and_one_that_may_do_nothing(self):
        home = self.role(name="nobody")
        self.static(home, base="cicd")
        self.assert_refused(home, "AssumeRole", "nobody")
        home = self.role(name="penstock-denied")
        self.static(home, base="cicd")
        self.assert_refused(home, "ListPipelines", "not", "permission")

    def test_a_source_profile_that_is_not_there(self):
        self.assert_refused(self.role(), "source_profile = base")

    # -- other sources --

    def process(self, script):
        home = self.at_home(profile="p")
        program = home.dir / "get creds"
        program.write_text("#!/bin/sh\n" + script)
        program.chmod(0o700)
        (home.dir / "aws" / "config").write_text(
            f'[profile p]\ncredential_process = "{program}" --for penstock\n')
        return home

    @staticmethod
    def answer(profile="dev", lifetime_s=None):
        answer = {"Version": 1, "AccessKeyId": api.KEYS[profile][0],
                  "SecretAccessKey": api.KEYS[profile][1]}
        if lifetime_s is not None:
            end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(
                seconds=lifetime_s)
            answer["Expiration"] = end.strftime("%Y-%m-%dT%H:%M:%SZ")
        return json.dumps(answer)

    def test_a_process(self):
        self.assert_reads(self.process(f"echo '{self.answer()}'\n"), "dev")

    def test_a_process_that_is_broken(self):
        for script, words in (("echo no way >&2; exit 3\n", ("exit status 3", "no way")),
                              ("echo '{\"Version\": 1'\n", ("credential_process",)),
                              ("echo '{\"Version\": 1}'\n", ("AccessKeyId",)),
                              ("echo '{\"Version\": 2}'\n", ("ersion",)),
                              ("kill -9 $$\n", ("signal 9",)),
                              ("yes\n", ("more than",))):
            with self.subTest(script=script):
                self.assert_refused(self.process(script), *words)

    def test_a_process_that_is_not_there(self):
        home = self.at_home("[profile p]\ncredential_process = /no/such/program\n", profile="p")
        self.assert_refused(home, "/no/such/program")

    def test_a_process_that_hangs_is_ended(self):
        home = self.process("echo $$ >$0.pid\nsleep 1000 &\nwait\n")
        done = home.run("sync", timeout=90)
        self.assert_ended(done, 3)
        self.assert_sentence(done.err, "did not end within")
        pid = int((home.dir / "get creds.pid").read_text())
        self.assertFalse(pathlib.Path(f"/proc/{pid}").exists())

    def test_a_web_identity(self):
        home = self.at_home(profile="web")
        token = home.dir / "token"
        (home.dir / "aws" / "config").write_text(
            "[profile web]\nrole_arn = arn:aws:iam::444444444444:role/penstock-web\n"
            f"web_identity_token_file = {token}\n")
        token.write_text("a.web.token.for.penstock")
        self.assert_reads(home, "prod")
        token.write_text("expired.token")
        self.assert_refused(home, "AssumeRoleWithWebIdentity", "xpired")
        token.write_text("")
        self.assert_refused(home, "token", "empty")
        token.unlink()
        self.assert_refused(home, str(token))

    def test_a_web_identity_of_the_environment(self):
        home = self.at_home()
        token = home.dir / "token"
        token.write_text("a.web.token.for.penstock")
        home.change(AWS_WEB_IDENTITY_TOKEN_FILE=token,
                    AWS_ROLE_ARN="arn:aws:iam::333333333333:role/penstock-web")
        self.assert_reads(home, "test")

    def container(self, profile="test"):
        def answer(request):
            if request.headers.get("Authorization") != "Bearer c0ntainer-token":
                return server.Reply(401, "application/json", b'{"message": "who are you?"}')
            access, secret = api.KEYS[profile]
            end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=6)
            return server.Reply(200, "application/json", json.dumps(
                {"AccessKeyId": access, "SecretAccessKey": secret, "Token": "",
                 "Expiration": end.strftime("%Y-%m-%dT%H:%M:%SZ")}).encode())
        return self.enterContext(server.Server(answer))

    def test_a_container(self):
        here = self.container()
        home = self.at_home(AWS_CONTAINER_CREDENTIALS_FULL_URI=here.url + "/creds?id=1")
        self.assert_refused(home, "401")
        home.change(AWS_CONTAINER_AUTHORIZATION_TOKEN="Bearer c0ntainer-token")
        try:
            self.assert_reads(home, "test")
        finally:
            self.assertEqual(here.requests[-1].path, "/creds?id=1")

    def test_a_container_with_a_token_file(self):
        here = self.container()
        home = self.at_home(AWS_CONTAINER_CREDENTIALS_FULL_URI=here.url)
        token = home.dir / "container-token"
        token.write_text("Bearer c0ntainer-token")
        home.change(AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=token)
        self.assert_reads(home, "test")

    def test_a_container_elsewhere_is_refused(self):
        home = self.at_home(AWS_CONTAINER_CREDENTIALS_FULL_URI="http://creds.example/x")
        self.assert_refused(home, "AWS_CONTAINER_CREDENTIALS_FULL_URI")

    def test_an_instance(self):
        home = self.at_home(region=None, AWS_EC2_METADATA_DISABLED=None,
                            AWS_EC2_METADATA_SERVICE_ENDPOINT=self.aws.url)
        self.assert_reads(home, "cicd")  # the region is the instance's as well
        self.assertEqual(home.status()["contexts"][0]["region"], "eu-west-1")

    def test_an_instance_that_is_switched_off(self):
        home = self.at_home(AWS_EC2_METADATA_DISABLED="true",
                            AWS_EC2_METADATA_SERVICE_ENDPOINT=self.aws.url)
        self.assert_refused(home, "no AWS credentials")

    def test_no_instance_is_soon_known(self):
        home = self.at_home(AWS_EC2_METADATA_DISABLED=None, AWS_EC2_METADATA_SERVICE_ENDPOINT=
                            f"http://127.0.0.1:{lab.dead_port()}")
        done = self.assert_refused(home, "no AWS credentials")
        self.assertLess(done.seconds, 5)

    # -- what is not supported says what to run --

    def test_sso_and_mfa_name_what_to_run(self):
        for settings, words in (
                ("sso_start_url = https://x.example\nsso_region = eu-west-1\n"
                 "sso_account_id = 111111111111\nsso_role_name = r\n", ("aws sso login",)),
                ("sso_session = s\nsso_account_id = 111111111111\nsso_role_name = r\n"
                 "[sso-session s]\nsso_region = eu-west-1\n", ("aws sso login", "sso_session")),
                ("role_arn = arn:aws:iam::222222222222:role/penstock-admin\nsource_profile = base\n"
                 "mfa_serial = arn:aws:iam::1:mfa/me\n", ("mfa_serial", "export-credentials"))):
            with self.subTest(settings=settings):
                home = self.at_home("[profile p]\n" + settings, profile="p")
                self.static(home, base="cicd")
                self.assert_refused(home, "\"p\"", *words)

    # -- expiry --

    def test_short_lived_ones_are_fetched_again_before_they_expire(self):
        living = self.sandbox("--seed", "demo")
        home = self.process("date >>\"$0.calls\"\nexec cat \"$0.answer\"\n")
        home.change(AWS_ENDPOINT_URL=living.url)
        answer = home.dir / "get creds.answer"
        answer.write_text(self.answer("cicd", 33))
        self.assert_ended(home.run("sync"), 0)
        name = next(p["name"] for p in home.status("--cached")["pipelines"]
                    if p["status"] in ("Waiting", "InProgress"))
        calls = home.dir / "get creds.calls"
        calls.unlink()
        child = home.start("watch", name, "--timeout", "40")
        lab.wait_for(lambda: calls.exists(), 10, what="the first answer")
        answer.write_text(self.answer("cicd", 3600))
        lab.wait_for(lambda: len(calls.read_text().splitlines()) >= 2, 30,
                     what="credentials that are fetched again")
        self.assertIsNone(child.poll())

    def test_files_are_read_again_after_an_expiry_error(self):
        """The first call is told that its token has expired; by then the file has new keys."""
        home = self.at_home(profile="p")
        home.credentials.write_text("[p]\naws_access_key_id = ASIAPENSTOCKOLD00001\n"
                                    "aws_secret_access_key = old\naws_session_token = old\n")
        lock = threading.Lock()
        refused = []

        def answer(request):
            with lock:
                if "ASIAPENSTOCKOLD00001" not in request.headers.get("Authorization", ""):
                    return server.forward(self.aws, request)
                refused.append(request)
                self.static(home, p="cicd")
                return server.Reply(403, "text/xml", b"<ErrorResponse><Error><Type>Sender</Type>"
                                    b"<Code>ExpiredToken</Code><Message>The security token "
                                    b"included in the request is expired</Message></Error>"
                                    b"</ErrorResponse>")

        between = self.enterContext(server.Server(answer))
        home.change(AWS_ENDPOINT_URL=between.url)
        self.assert_reads(home, "cicd")
        self.assertEqual(len(refused), 1)


class Secrets(lab.Story):
    """Canaries: whatever was secret is looked for wherever penstock could have put it."""

    def files_below(self, *dirs):
        for top in dirs:
            for path in pathlib.Path(top).rglob("*"):
                if path.is_file() and not path.is_symlink():
                    yield path

    def assert_nowhere(self, secrets, texts, dirs):
        for secret in secrets:
            needle = secret.encode()
            for name, text in texts.items():
                self.assertNotIn(secret, text, f"in {name}")
            for path in self.files_below(*dirs):
                self.assertNotIn(needle, path.read_bytes(), f"in {path}")

    def approval_tokens(self, sandbox):
        client = api.Client(sandbox)
        for name in client.names():
            for stage in client.call("GetPipelineState", name=name)["stageStates"]:
                for action in stage["actionStates"]:
                    token = action.get("latestExecution", {}).get("token")
                    if token:
                        yield token

    def test_no_secret_is_left_anywhere(self):
        sandbox = self.sandbox("--seed", "demo")
        home = self.home(sandbox)
        tokens = list(self.approval_tokens(sandbox))
        self.assertTrue(tokens, "the demo has somebody to wait for")
        secrets = [secret for _, secret in api.KEYS.values()] + tokens + [TOKEN_START]
        texts, log = {}, home.dir / "log"
        both = ("--context", "cicd@eu-west-1", "--context", "dev-admin@eu-west-1")
        name = None
        for args in (("sync", *both), ("status", "--json", *both), ("status", "--refresh", *both),
                     ("status", "--plain", *both), ("prompt",)):
            done = home.run(*args, "--log", log)
            self.assert_ended(done, 0)
            texts[" ".join(args)] = done.out + done.err
        name = next(p["name"] for p in home.status("--cached")["pipelines"]
                    if p["status"] == "Waiting")
        done = home.run("describe", name, "--log", log)
        texts["describe"] = done.out + done.err
        child = home.start("watch", name, "--timeout", "3", "--log", log)
        for pid in (child.pid,):
            texts["cmdline"] = pathlib.Path(f"/proc/{pid}/cmdline").read_text()
        texts["watch"] = "".join(map(lab.text_of, child.communicate(timeout=30)))
        self.assertEqual(child.returncode, 8)
        wrong = home.run("sync", "--log", log, env={
            "AWS_PROFILE": None, "AWS_ACCESS_KEY_ID": "AKIAPENSTOCKCICD0001",
            "AWS_SECRET_ACCESS_KEY": "wr0ng-canary-secret",
            "AWS_SESSION_TOKEN": "wr0ng-canary-token", "AWS_ENDPOINT_URL": sandbox.url})
        self.assert_ended(wrong, 3)
        texts["refused"] = wrong.out + wrong.err
        secrets += ["wr0ng-canary-secret", "wr0ng-canary-token"]
        self.assertGreater(log.stat().st_size, 1000)
        self.assertTrue(home.cache.exists())
        self.assert_nowhere(secrets, texts, [home.dir])

    def test_what_penstock_makes_is_the_users_alone(self):
        old = os.umask(0)
        try:
            sandbox = self.sandbox("--seed", "demo", "--step")
            home = self.home(sandbox)
            self.assert_ended(home.run("sync", "--log", home.dir / "log"), 0)
        finally:
            os.umask(old)
        self.assertEqual(stat.S_IMODE(home.state_dir.stat().st_mode), 0o700)
        for path in home.state_dir.iterdir():
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600, path)
        self.assertEqual(stat.S_IMODE((home.dir / "log").stat().st_mode) & 0o077, 0)

    def test_what_a_process_and_a_web_token_said_is_not_kept(self):
        sandbox = self.sandbox("--seed", "demo", "--step")
        home = self.home(sandbox)
        log = home.dir / "log"
        with lab.temporary_directory() as outside:
            program = outside / "creds"
            program.write_text("#!/bin/sh\necho '{\"Version\": 1, \"AccessKeyId\": "
                               "\"AKIAPENSTOCKCICD0001\", \"SecretAccessKey\": "
                               "\"pr0cess-canary\", \"SessionToken\": \"sess1on-canary\"}'\n")
            program.chmod(0o700)
            (outside / "token").write_text("bad-web-canary-t0ken")
            (outside / "config").write_text(
                f"[profile p]\ncredential_process = {program}\nendpoint_url = {sandbox.url}\n"
                f"[profile w]\nweb_identity_token_file = {outside / 'token'}\n"
                "role_arn = arn:aws:iam::444444444444:role/penstock-web\n"
                f"endpoint_url = {sandbox.url}\n")
            home.change(AWS_CONFIG_FILE=outside / "config")
            texts = {}
            for profile in ("p", "w"):
                done = home.run("sync", "--profile", profile, "--log", log)
                self.assert_ended(done, 3)
                self.assert_sentence(done.err)
                texts[profile] = done.out + done.err
        self.assert_nowhere(("pr0cess-canary", "sess1on-canary", "bad-web-canary-t0ken"), texts,
                            [home.dir])


if __name__ == "__main__":
    lab.main()
