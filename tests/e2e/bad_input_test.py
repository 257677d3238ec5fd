"""Bad input and bad surroundings: one clear sentence, the exit code of DESIGN.md, nothing lost, never
a crash, a hang or a control character that reaches the terminal."""

import fcntl
import json
import os
import pty
import signal
import sqlite3
import termios
import threading

import api
import lab
import server

JSON = "application/x-amz-json-1.1"
ESCAPES = "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x7f\r\n\t\u009b2J\u202edessap\u2066x\u2069\u200b"


class Bad(lab.Story):
    @classmethod
    def setUpClass(cls):
        cls.aws = cls.enterClassContext(lab.Sandbox("--seed", "demo", "--step"))

    def known(self, **more):
        """A home whose cache knows the demo."""
        home = self.home(self.aws, **more)
        self.assert_ended(home.run("sync"), 0)
        return home

    def assert_told(self, home, rc, *words, args=("sync",), **more):
        done = home.run(*args, **more)
        self.assert_ended(done, rc)
        self.assert_sentence(done.err, "penstock: ", *words)
        self.assert_clean(done.out)
        return done

    def assert_rows_stay(self, home):
        self.assertEqual(len(home.rows("SELECT 1 FROM pipeline")), len(api.Client(self.aws).names()))


class Files(Bad):
    def aws_files(self, config="", credentials=""):
        home = self.home(profile=None)
        folder = home.dir / "aws"
        folder.mkdir()
        (folder / "config").write_bytes(config.encode() if isinstance(config, str) else config)
        (folder / "credentials").write_bytes(
            credentials.encode() if isinstance(credentials, str) else credentials)
        home.change(AWS_CONFIG_FILE=folder / "config", AWS_ENDPOINT_URL=self.aws.url,
                    AWS_SHARED_CREDENTIALS_FILE=folder / "credentials")
        return home

    def test_a_malformed_config_names_file_and_line(self):
        for text, line in (("[default]\nregion = a\nno setting\n", 3), ("[default\n", 1),
                           ("region = eu-west-1\n", 1)):
            with self.subTest(text=text):
                done = self.assert_told(self.aws_files(text), 3, f"line {line}", "aws/config")
                self.assertEqual(done.out, "")

    def test_malformed_credentials_name_file_and_line(self):
        self.assert_told(self.aws_files("", "[default]\naws_access_key_id\n"), 3, "line 2",
                         "aws/credentials")

    def test_binary_and_huge_files(self):
        for text in (b"\x7fELF\x00\x01\x02" * 100, b"[default]\nx = \xff\xfe\x00\n", b"\x00" * 4096):
            done = self.aws_files(text).run("sync")
            self.assert_ended(done, 3)
            self.assert_sentence(done.err)
        home = self.aws_files("[default]\n" + "x = " + "y" * (20 << 20) + "\n")
        self.assert_told(home, 3, "aws/config", "larger")

    def test_a_config_file_that_is_a_folder_is_none(self):
        home = self.aws_files()
        home.change(AWS_CONFIG_FILE=home.dir)
        self.assert_told(home, 3, "no AWS credentials")

    def test_an_unknown_profile(self):
        home = self.known()
        for args in (("sync",), ("status",), ("status", "--cached"), ("watch", "x"),
                     ("describe", "x")):
            self.assert_told(home, 3, "nobody", args=(*args, "--profile", "nobody"))
        self.assert_told(home, 3, "nobody", env={"AWS_PROFILE": "nobody"})
        self.assert_rows_stay(home)

    def test_no_credentials(self):
        self.assert_told(self.aws_files(), 3, "no AWS credentials", "aws configure")

    def test_no_region(self):
        home = self.aws_files("", "[default]\naws_access_key_id = a\naws_secret_access_key = b\n")
        self.assert_told(home, 3, "region", env={"AWS_REGION": None})

    def test_penstocks_own_config_names_the_line(self):
        home = self.known()
        for text, words in (("[default]\nread_only = true\nteh_theme = x\n", ("line 3", "teh_theme")),
                            ("[default]\n[more]\n", ("line 2", "more")),
                            ("[default]\nread_only = perhaps\n", ("line 2", "read_only")),
                            ("[default]\nburst = -1\n", ("line 2", "burst")),
                            ("[default]\ncontexts = here\n", ("profile@region",)),
                            ("[default]\ncontexts = nobody@eu-west-1\n", ("nobody",)),
                            ("default\n", ("line 1",))):
            with self.subTest(text=text):
                home.set_config(text)
                done = home.run("status")
                self.assertIn(done.rc, (2, 3), done)
                self.assert_sentence(done.err, *words)
        self.assert_rows_stay(home)


class Words(Bad):
    def test_unknown_verbs_and_options_are_guessed(self):
        home = self.home(self.aws)
        for args, words in ((("stauts",), ("did you mean status",)),
                            (("wacth", "x"), ("did you mean watch",)),
                            (("frobnicate",), ("frobnicate", "--help")),
                            (("status", "--cahced"), ("did you mean --cached",)),
                            (("status", "--profil", "x"), ("did you mean --profile",)),
                            (("status", "--zzz"), ("--zzz", "--help")),
                            (("status", "-x"), ("-x",)),
                            (("sync", "--timeout", "3"), ("--timeout",)),
                            (("watch", "x", "--timeout", "soon"), ("--timeout", "soon")),
                            (("watch", "x", "--timeout", "0"), ("--timeout",)),
                            (("watch", "x", "--timeout", "99999999999999999999"), ("--timeout",)),
                            (("watch", "x", "--timeout"), ("--timeout",)),
                            (("watch",), ("NAME",)), (("watch", "a", "b"), ("watch",)),
                            (("completion",), ("bash",)), (("completion", "tcsh"), ("tcsh",)),
                            (("status", "--profile="), ("--profile",)),
                            (("status", "--json=yes"), ("--json",)),
                            (("help", "stauts"), ("did you mean status",)),
                            (("status", "--context", "nonsense"), ("profile@region",)),
                            (("status", "--context", "@eu-west-1"), ("profile@region",)),
                            (("status", "--context", "cicd@"), ("profile@region",)),
                            (("",), ("verb",))):
            with self.subTest(args=args):
                done = home.run(*args)
                self.assert_ended(done, 2)
                self.assert_sentence(done.err, *words)
                self.assertEqual(done.out, "")
        self.assertFalse(home.cache.exists(), "a usage error opens no cache")

    def test_escapes_in_arguments_are_not_echoed(self):
        home = self.known()
        for args in ((ESCAPES,), ("status", ESCAPES), ("describe", ESCAPES), ("watch", ESCAPES),
                     ("status", "--" + ESCAPES), ("status", "--context", ESCAPES),
                     ("sync", "--profile", ESCAPES), ("sync", "--region", ESCAPES),
                     ("sync", "--endpoint-url", "http://" + ESCAPES), ("help", ESCAPES),
                     ("status", "\udcff\udcfe")):
            with self.subTest(args=args):
                done = home.run(*args)
                self.assertIn(done.rc, (1, 2, 3), done)
                self.assert_sentence(done.err)
                self.assert_clean(done.out)
        self.assert_rows_stay(home)

    def test_a_name_that_is_not_there(self):
        home = self.known()
        for verb in ("status", "describe", "watch"):
            self.assert_told(home, 1, "no-such-pipeline", args=(verb, "no-such-pipeline"))
        done = home.run("status", "sales-orders", "no-such-pipeline")
        self.assert_ended(done, 1)
        self.assertIn("sales-orders", done.out)

    def test_very_long_words(self):
        home = self.known()
        for args in (("status", "x" * 100000), ("x" * 100000,), ("sync", "--profile", "p" * 100000),
                     ("sync", "--region", "r" * 100000), ("status", *["n"] * 5000)):
            done = home.run(*args)
            self.assertIn(done.rc, (1, 2, 3), done)
            self.assertLess(len(done.err), 3000 * 1000)
            self.assert_clean(done.err)


class Endpoints(Bad):
    def test_an_unknown_region(self):
        home = self.known()
        self.assert_told(home, 3, "moon-1", args=("sync", "--region", "moon-1"),
                         env={"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"})
        self.assert_rows_stay(home)

    def test_a_strange_region_in_the_environment(self):
        home = self.known()
        for region in ("eu west 1", "eu-west-1\x1b[2J", "../..", "eu-west-1.evil.example/", "x" * 80):
            with self.subTest(region=region):
                done = home.run("sync", env={"AWS_REGION": region})
                self.assert_ended(done, 3)
                self.assert_sentence(done.err, "region")

    def test_an_endpoint_that_is_no_url(self):
        home = self.known()
        for url in ("ftp://x", "127.0.0.1:80", "http://", "http://user:pw@127.0.0.1", "//x", "http://[::1"):
            with self.subTest(url=url):
                self.assert_told(home, 3, "ndpoint", args=("status", "--refresh", "--endpoint-url", url))

    def test_an_unreachable_endpoint(self):
        home = self.known()
        done = self.assert_told(home, 4, "127.0.0.1", args=(
            "status", "--refresh", "--endpoint-url", f"http://127.0.0.1:{lab.dead_port()}"))
        self.assertIn("sales-orders", done.out)
        self.assert_told(home, 4, "no-such-host.invalid",
                         args=("sync", "--endpoint-url", "https://no-such-host.invalid"))
        self.assert_rows_stay(home)

    def test_endpoints_that_are_not_aws(self):
        home = self.known()
        for reply, words in (
                (server.Reply(200, "text/html", b"<html><body>Welcome to nginx</body></html>"),
                 ("html",)),
                (server.Reply(200, JSON, b"{}"), ()),
                (server.Reply(200, JSON, b""), ()),
                (server.Reply(200, JSON, b"[]"), ()),
                (server.Reply(200, JSON, b"\x1b[2J\x00\xff"), ()),
                (server.Reply(200, JSON, b'{"pipelines": 5}'), ()),
                (server.Reply(200, JSON, b'{"pipelines": [{"name": 7}]}'), ()),
                (server.Reply(200, JSON, b'{"pipelines": [{}]}'), ()),
                (server.Reply(200, JSON, b'{"pipelines": [], "nextToken": ""}x'), ()),
                (server.Reply(200, JSON, b'{"pipelines":' + b"[" * 100000), ()),
                (server.Reply(404, "text/plain", b"404 page not found"), ("404",)),
                (server.Reply(301, "text/html", b"moved"), ("301",)),
                (server.Reply(204, JSON, b""), ()),
                (server.Reply(400, JSON, b'{"__type": "\\u001b[2JWeird", "message": "\\u001b]0;x\\u0007"}'),
                 ("Weird",)),
                (server.Reply(418, JSON, b'{"message": "' + b"long " * 50000 + b'"}'), ())):
            with self.subTest(reply=str(reply)[:200]), server.Server(lambda _: reply) as here:
                done = home.run("sync", "--endpoint-url", here.url)
                self.assertIn(done.rc, (1, 3, 4), done)
                self.assert_sentence(done.err, *words)
                self.assertNotIn("Sanitizer", done.err)
                self.assert_rows_stay(home)

    def test_a_token_that_leads_in_circles_ends(self):
        home = self.home(self.aws)

        def answer(request):
            if server.operation(request) == "ListPipelines":
                return server.Reply(200, JSON, b'{"pipelines": [], "nextToken": "again"}')
            return server.forward(self.aws, request)

        with server.Server(answer) as here:
            done = home.run("sync", "--endpoint-url", here.url, timeout=60)
            self.assertIn(done.rc, (1, 4), done)
            self.assert_sentence(done.err, "ListPipelines")
            self.assertLess(len(here.requests), 5000)

    def test_a_server_that_talks_no_http(self):
        import socket
        with socket.create_server(("127.0.0.1", 0)) as listener:
            def serve():
                while True:
                    try:
                        peer, _ = listener.accept()
                    except OSError:
                        return
                    with peer:
                        peer.sendall(b"SSH-2.0-OpenSSH_9.2\r\n\x1b[2J" + bytes(range(256)) * 50)

            threading.Thread(target=serve, daemon=True).start()
            done = self.home(self.aws).run(
                "sync", "--endpoint-url", f"http://127.0.0.1:{listener.getsockname()[1]}")
            self.assert_ended(done, 4)
            self.assert_sentence(done.err, "127.0.0.1")
            listener.close()


class Escapes(Bad):
    """The demo has one hostile pipeline; a server of ours has names that AWS would never give."""

    VERBS = (("status",), ("status", "--plain"), ("status", "--json"), ("sync",), ("prompt",),
             ("status", "--ascii"))

    def test_hostile_texts_of_the_demo(self):
        home = self.home(self.aws, profile="test")
        client = api.Client(self.aws, profile="test")
        raw = json.dumps([client.latest(n) for n in client.names()])
        self.assertIn("new\\nline", raw, "the demo has a hostile text")
        for args in self.VERBS + tuple(("describe", n) for n in client.names()):
            with self.subTest(args=args):
                done = home.run(*args)
                self.assert_ended(done, 0)
                self.assert_clean(done.out + done.err)
                for c in "\u202e\u2066\u2069":
                    self.assertNotIn(c, done.out)

    def test_hostile_names(self):
        """Each text of a reply becomes hostile, names included."""
        def spoil(value, key=""):
            if isinstance(value, dict):
                return {k: spoil(v, k) for k, v in value.items()}
            if isinstance(value, list):
                return [spoil(v, key) for v in value]
            if isinstance(value, str) and key in (
                    "stageName", "actionName", "summary", "message", "revisionSummary", "revisionId",
                    "value", "key", "disabledReason", "lastChangedBy", "name", "code", "triggerDetail"):
                return value + ESCAPES
            return value

        def answer(request):
            name = server.operation(request)
            if name and name != "ListPipelines":
                body = json.loads(request.body)
                body = {k: v.replace(ESCAPES, "") if isinstance(v, str) else v
                        for k, v in body.items()}
                operation = name
                return server.Reply(200, JSON, json.dumps(
                    spoil(client.call(operation, **body))).encode())
            reply = server.forward(self.aws, request)
            if name == "ListPipelines":
                reply = reply._replace(body=json.dumps(spoil(json.loads(reply.body))).encode())
            return reply

        lock = threading.Lock()
        client = api.Client(self.aws)
        one_by_one = lambda request: locked(lock, answer, request)  # noqa: E731
        with server.Server(one_by_one) as here:
            home = self.home(self.aws)
            home.change(AWS_ENDPOINT_URL=here.url)
            done = home.run("sync")
            self.assertIn(done.rc, (0, 1, 4), done)
            self.assert_clean(done.out + done.err)
            for args in self.VERBS:
                with self.subTest(args=args):
                    done = home.run(*args)
                    self.assert_clean(done.out + done.err)
                    if "--json" in args:
                        json.loads(done.out)
            for name, in home.rows("SELECT name FROM pipeline LIMIT 3"):
                for verb in (("describe",), ("watch", "--timeout", "1")):
                    done = home.run(verb[0], name, *verb[1:])
                    self.assert_clean(done.out + done.err)


def locked(lock, what, *args):
    with lock:
        return what(*args)


class Cache(Bad):
    def check_heals(self, home, *words):
        """It is set aside with one sentence; the rows come back."""
        done = home.run("sync")
        self.assert_ended(done, 0)
        self.assert_sentence(done.err, *words)
        self.assert_rows_stay(home)
        done = home.run("status", "--plain")
        self.assert_ended(done, 0)
        self.assertEqual(done.err, "")

    def drop_wal(self, home):
        for path in home.state_dir.glob("cache.db-*"):
            path.unlink()

    def test_a_cache_from_the_future(self):
        home = self.known()
        with sqlite3.connect(home.cache) as db:
            db.execute("PRAGMA user_version = 9999")
        db.close()
        before = set(home.state_dir.iterdir())
        self.check_heals(home, "newer")
        self.assertTrue(set(home.state_dir.iterdir()) - before, "it was set aside, not deleted")

    def test_a_cache_that_is_none(self):
        for text in (b"this is no database " * 500, b"SQLite format 3\0" + b"\xff" * 5000):
            with self.subTest(text=text[:20]):
                home = self.known()
                self.drop_wal(home)
                home.cache.write_bytes(text)
                self.check_heals(home)

    def test_a_cache_cut_short(self):
        home = self.known()
        self.drop_wal(home)
        size = home.cache.stat().st_size
        os.truncate(home.cache, size // 2)
        done = home.run("sync")
        self.assert_ended(done, 0)
        self.assert_clean(done.err)
        self.assert_ended(home.run("status", "--plain"), 0)
        self.assert_rows_stay(home)

    def test_an_empty_cache_file(self):
        home = self.known()
        self.drop_wal(home)
        for text in (b"", b"x"):
            home.cache.write_bytes(text)
            self.assert_ended(home.run("sync"), 0)
            self.assert_rows_stay(home)

    def from_memory(self, home, *words):
        """penstock works without it and says so."""
        done = home.run("status", "--plain")
        self.assertIn(done.rc, (0, 1, 4), done)
        self.assert_clean(done.err)
        for word in words:
            self.assertIn(word, done.err)
        return done

    def test_a_folder_that_is_a_link(self):
        home = self.known()
        elsewhere = home.dir / "elsewhere"
        home.state_dir.rename(elsewhere)
        home.state_dir.symlink_to(elsewhere)
        self.from_memory(home, "link")

    def test_a_folder_that_others_may_write(self):
        home = self.known()
        for mode in (0o770, 0o707):
            home.state_dir.chmod(mode)
            self.from_memory(home, str(home.state_dir))
            self.assertEqual(home.state_dir.stat().st_mode & 0o777, mode, "it is not ours to change")

    def test_a_cache_file_that_others_may_write_or_that_is_a_link(self):
        home = self.known()
        home.cache.chmod(0o666)
        self.from_memory(home, "cache.db")
        home.cache.chmod(0o600)
        self.drop_wal(home)
        real = home.dir / "real.db"
        home.cache.rename(real)
        home.cache.symlink_to(real)
        self.from_memory(home, "cache.db")

    def test_a_folder_that_is_a_file(self):
        home = self.home(self.aws)
        home.state_dir.parent.mkdir(mode=0o700)
        home.state_dir.write_text("in the way")
        self.from_memory(home, str(home.state_dir))
        self.assertEqual(home.state_dir.read_text(), "in the way")

    def test_a_home_that_cannot_be_written(self):
        home = self.home(self.aws)
        home.change(XDG_STATE_HOME="/proc/nowhere")
        done = self.from_memory(home, "/proc/nowhere")
        self.assert_ended(done, 0)
        self.assertIn("sales-orders", done.out)
        done = home.run("sync")
        self.assert_ended(done, 0)

    def test_no_home_at_all(self):
        home = self.home(self.aws)
        home.change(HOME=None, XDG_STATE_HOME=None, XDG_CONFIG_HOME=None)
        done = home.run("status", "--plain")
        self.assert_ended(done, 0)
        self.assert_clean(done.err)
        self.assertIn("sales-orders", done.out)
        home.change(AWS_CONFIG_FILE=None, AWS_SHARED_CREDENTIALS_FILE=None, AWS_PROFILE=None)
        done = home.run("sync")
        self.assertIn(done.rc, (0, 3), done)
        self.assert_clean(done.err)

    def test_relative_and_empty_xdg_are_not_used(self):
        home = self.known()
        for value in ("", "relative/dir"):
            done = home.run("status", "--plain", env={"XDG_STATE_HOME": value}, cwd=home.dir)
            self.assert_ended(done, 0)
            self.assertFalse((home.dir / "relative").exists())

    def test_a_full_disk_keeps_what_is_there(self):
        """RLIMIT_FSIZE stands in for the disk: every growing write fails."""
        import resource
        home = self.known()

        def small():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (16384, 16384))

        done = home.run("sync", preexec_fn=small)
        self.assertIn(done.rc, (0, 1), done)
        self.assert_clean(done.err)
        self.assert_ended(home.run("sync"), 0)
        self.assert_rows_stay(home)


class Output(Bad):
    def test_a_closed_stdout(self):
        home = self.known()
        for args in (("status",), ("status", "--json"), ("sync",), ("--help",), ("--version",),
                     ("describe", "sales-orders"), ("completion", "bash")):
            with self.subTest(args=args):
                done = home.run(*args, stdout=None, preexec_fn=lambda: os.close(1))
                self.assert_ended(done, 1)
                self.assert_sentence(done.err, "standard output")
        self.assert_rows_stay(home)

    def test_all_three_closed(self):
        home = self.known()

        def close_all():
            for fd in (0, 1, 2):
                os.close(fd)

        done = home.run("status", stdin=None, stdout=None, stderr=None, preexec_fn=close_all)
        self.assert_ended(done, 1)
        self.assertEqual(home.rows("PRAGMA integrity_check"), [("ok",)])
        self.assert_rows_stay(home)

    def test_a_full_device(self):
        home = self.known()
        with open("/dev/full", "wb") as full:
            for args in (("status",), ("status", "--json"), ("sync",), ("--help",)):
                done = home.run(*args, stdout=full)
                self.assert_ended(done, 1)
                self.assert_sentence(done.err, "No space left")

    def test_a_reader_that_goes_away(self):
        home = self.known()
        for args in (("status",), ("status", "--json"), ("describe", "sales-orders"), ("--help",)):
            with self.subTest(args=args):
                reader, writer = os.pipe()
                fcntl.fcntl(writer, 1031, 4096)  # F_SETPIPE_SZ: less than what is printed
                child = home.start(*args, stdout=writer)
                os.close(writer)
                os.read(reader, 10)
                os.close(reader)
                _, err = child.communicate(timeout=30)
                self.assertIn(child.returncode, (0, 141, -signal.SIGPIPE), err)
                self.assertEqual(err, b"")


class Terminal(Bad):
    def test_the_console_without_a_terminal(self):
        home = self.known()
        done = home.run()
        self.assertIn(done.rc, (1, 2), done)
        self.assert_sentence(done.err, "terminal", "penstock status")
        self.assertEqual(done.out, "")

    def test_the_console_on_terminals_it_cannot_use(self):
        home = self.known()
        for term in (None, "", "no-such-terminal", "x" * 5000, "../../etc/passwd"):
            with self.subTest(term=term):
                main, side = pty.openpty()
                try:
                    before = termios.tcgetattr(side)
                    done = home.run(stdin=side, stdout=side, env={"TERM": term})
                    self.assertIn(done.rc, (1, 2), done)
                    self.assert_sentence(done.err, "TERM")
                    self.assertEqual(termios.tcgetattr(side), before, "the terminal is as it was")
                finally:
                    os.close(side)
                    os.close(main)

    def test_verbs_need_no_terminal_type(self):
        home = self.known()
        for term in (None, "", "dumb", "no-such-terminal"):
            done = home.run("status", env={"TERM": term})
            self.assert_ended(done, 0)
            self.assert_clean(done.out)

    def test_the_prompt_never_breaks_a_shell(self):
        for home in (self.home(), self.home(self.aws, HOME=None, XDG_STATE_HOME=None)):
            done = home.run("prompt")
            self.assert_ended(done, 0)
            self.assertEqual(done.out + done.err, "")
        home = self.known()
        home.cache.write_bytes(b"no database")
        done = home.run("prompt")
        self.assert_ended(done, 0)
        self.assertEqual(done.err, "")


class Environment(Bad):
    def test_strange_values_are_named(self):
        home = self.known()
        for name, value, words in (
                ("AWS_MAX_ATTEMPTS", "abc", ("AWS_MAX_ATTEMPTS",)),
                ("AWS_MAX_ATTEMPTS", "0", ("AWS_MAX_ATTEMPTS",)),
                ("AWS_MAX_ATTEMPTS", "99999999999999999999", ("AWS_MAX_ATTEMPTS",)),
                ("AWS_RETRY_MODE", "often", ("AWS_RETRY_MODE", "often")),
                ("AWS_USE_FIPS_ENDPOINT", "maybe", ("AWS_USE_FIPS_ENDPOINT",)),
                ("AWS_ENDPOINT_URL", "not a url", ("not a url",)),
                ("AWS_ENDPOINT_URL", "http://127.0.0.1:99999", ("99999",))):
            with self.subTest(name=name, value=value):
                done = home.run("sync", env={name: value})
                if done.rc == 0 and name in ("AWS_USE_FIPS_ENDPOINT", "AWS_RETRY_MODE"):
                    continue  # the AWS CLI takes these for "no" and "standard"
                self.assertIn(done.rc, (2, 3), done)
                self.assert_sentence(done.err, *words)
        self.assert_rows_stay(home)

    def test_a_locale_that_is_not_there_and_widths_that_are_none(self):
        home = self.known()
        for env in ({"LC_ALL": "xx_YY.NOPE"}, {"LC_ALL": "C"}, {"COLUMNS": "-5"},
                    {"COLUMNS": "99999999999"}, {"COLUMNS": "x"}, {"COLUMNS": "1"},
                    {"TZ": "../../etc/passwd"}, {"NO_COLOR": ""}):
            done = home.run("status", env=env)
            self.assert_ended(done, 0)
            self.assert_clean(done.out)
        done = home.run("status", env={"LC_ALL": "C"})
        self.assertTrue(done.out.isascii(), "the C locale gets ASCII")

    def test_a_log_that_cannot_be_written(self):
        home = self.known()
        for path in ("/no/such/folder/log", home.dir, ""):
            done = home.run("sync", "--log", path)
            self.assertIn(done.rc, (1, 2, 3), done)
            self.assert_sentence(done.err, "log")


if __name__ == "__main__":
    lab.main()
