"""TLS as it is met in the field: authorities, names, dates, proxies; each failure its own sentence."""

import shutil
import subprocess
import unittest

import lab


@unittest.skipUnless(shutil.which("openssl"), "openssl is not installed")
class Tls(lab.Story):
    @classmethod
    def setUpClass(cls):
        cls.dir = cls.enterClassContext(lab.temporary_directory())
        cls.authority("ca")
        cls.authority("other")
        cls.certificate("good", "IP:127.0.0.1,DNS:localhost", days=2)
        cls.certificate("elsewhere", "DNS:elsewhere.example", days=2)
        cls.certificate("expired", "IP:127.0.0.1", days=-1)

    @classmethod
    def openssl(cls, *args):
        subprocess.run(["openssl", *args], cwd=cls.dir, check=True, stdin=subprocess.DEVNULL,
                       capture_output=True)

    @classmethod
    def authority(cls, name):
        cls.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-days", "3", "-subj", f"/CN=penstock {name}", "-keyout",
                    f"{name}.key", "-out", f"{name}.pem")

    @classmethod
    def certificate(cls, name, names, days):
        """Signed by ca; with days=-1 it ended yesterday."""
        (cls.dir / f"{name}.ext").write_text(f"subjectAltName={names}\n")
        cls.openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        cls.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                    "-CAcreateserial", "-days", str(days), "-extfile", f"{name}.ext", "-out",
                    f"{name}.pem")

    def secure(self, name):
        """A sandbox that shows that certificate, and a home pointed at it."""
        sandbox = self.sandbox("--seed", "demo", "--step", "--tls-cert", self.dir / f"{name}.pem",
                               "--tls-key", self.dir / f"{name}.key")
        home = self.home(sandbox)
        self.assertIn("https://", sandbox.config_file.read_text())
        return sandbox, home

    def assert_refused(self, home, *words, args=("sync",)):
        done = home.run(*args)
        self.assert_ended(done, 4)
        self.assert_sentence(done.err, *words)
        return done

    def test_a_known_authority_is_believed(self):
        sandbox, home = self.secure("good")
        home.change(AWS_CA_BUNDLE=self.dir / "ca.pem")
        done = home.run("sync")
        self.assert_ended(done, 0)
        self.assertEqual(done.err, "")
        self.assertGreater(len(sandbox.calls("GetPipelineState")), 10)

    def test_the_profile_names_the_authority(self):
        sandbox, home = self.secure("good")
        config = home.dir / "config"
        config.write_text(sandbox.config_file.read_text().replace(
            "[profile cicd]\n", f"[profile cicd]\nca_bundle = {self.dir / 'ca.pem'}\n"))
        home.change(AWS_CONFIG_FILE=config)
        self.assert_ended(home.run("sync"), 0)

    def test_the_environment_goes_before_the_profile(self):
        sandbox, home = self.secure("good")
        config = home.dir / "config"
        config.write_text(sandbox.config_file.read_text().replace(
            "[profile cicd]\n", f"[profile cicd]\nca_bundle = {self.dir / 'ca.pem'}\n"))
        home.change(AWS_CONFIG_FILE=config, AWS_CA_BUNDLE=self.dir / "other.pem")
        self.assert_refused(home, "authority")

    def test_an_unknown_authority_is_refused(self):
        _, home = self.secure("good")
        self.assert_refused(home, "127.0.0.1", "authority", "AWS_CA_BUNDLE")
        home.change(AWS_CA_BUNDLE=self.dir / "other.pem")
        self.assert_refused(home, "authority")

    def test_another_name_is_refused(self):
        _, home = self.secure("elsewhere")
        home.change(AWS_CA_BUNDLE=self.dir / "ca.pem")
        self.assert_refused(home, "127.0.0.1", "name")

    def test_an_expired_certificate_is_refused(self):
        _, home = self.secure("expired")
        home.change(AWS_CA_BUNDLE=self.dir / "ca.pem")
        self.assert_refused(home, "expired")

    def test_each_refusal_has_its_own_sentence(self):
        told = set()
        for certificate, bundle in (("good", None), ("elsewhere", "ca.pem"), ("expired", "ca.pem")):
            sandbox, home = self.secure(certificate)
            home.change(AWS_CA_BUNDLE=bundle and self.dir / bundle)
            told.add(self.assert_refused(home).err.replace(str(sandbox.port), "PORT"))
        self.assertEqual(len(told), 3, told)

    def test_rows_stay_when_the_certificate_is_refused(self):
        _, home = self.secure("good")
        home.change(AWS_CA_BUNDLE=self.dir / "ca.pem")
        self.assert_ended(home.run("sync"), 0)
        home.change(AWS_CA_BUNDLE=self.dir / "other.pem")
        done = self.assert_refused(home, "authority", args=("status", "--refresh"))
        self.assertIn("sales-orders", done.out)

    def test_a_bundle_that_cannot_be_read_is_named(self):
        _, home = self.secure("good")
        home.change(AWS_CA_BUNDLE=self.dir / "missing.pem")
        done = home.run("sync")
        self.assertIn(done.rc, (3, 4), done)
        self.assert_sentence(done.err, "missing.pem")
        (self.dir / "no.pem").write_text("this is no certificate\n")
        home.change(AWS_CA_BUNDLE=self.dir / "no.pem")
        done = home.run("sync")
        self.assertIn(done.rc, (3, 4), done)
        self.assert_sentence(done.err, "no.pem")

    def test_plain_http_to_a_tls_server_and_back(self):
        sandbox, home = self.secure("good")
        done = home.run("sync", "--endpoint-url", f"http://127.0.0.1:{sandbox.port}")
        self.assert_ended(done, 4)
        self.assert_sentence(done.err, "127.0.0.1")
        plain = self.sandbox("--seed", "demo", "--step")
        home = self.home(plain)
        done = home.run("sync", "--endpoint-url", f"https://127.0.0.1:{plain.port}")
        self.assert_ended(done, 4)
        self.assert_sentence(done.err, "127.0.0.1", "TLS")


class Proxies(lab.Story):
    def setUp(self):
        self.server = self.sandbox("--seed", "demo", "--step")
        self.home_here = self.home(self.server)
        self.dead = f"http://127.0.0.1:{lab.dead_port()}"

    def test_plain_http_leaves_this_host_only_when_it_is_loopback(self):
        done = self.home_here.run("sync", "--endpoint-url", "http://aws.example:80")
        self.assertIn(done.rc, (3, 4), done)
        self.assert_sentence(done.err, "aws.example", "https")

    def test_a_dead_proxy_is_told_and_no_proxy_saves(self):
        home = self.home_here
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            with self.subTest(name=name):
                home.change(**dict.fromkeys(lab.PROXIES))
                home.change(**{name: self.dead})
                done = home.run("sync")
                self.assert_ended(done, 4)
                self.assert_sentence(done.err, "proxy")
                self.assert_ended(home.run("sync", env={"NO_PROXY": "127.0.0.1"}), 0)
                self.assert_ended(home.run("sync", env={"no_proxy": "*"}), 0)
                if name == "HTTP_PROXY":  # in a CGI program it is a header of the caller's
                    self.assert_ended(home.run("sync", env={"REQUEST_METHOD": "GET"}), 0)

    def test_a_dead_https_proxy_is_told(self):
        home = self.home_here
        home.change(HTTPS_PROXY=self.dead)
        done = home.run("sync", "--endpoint-url", "https://aws.example")
        self.assert_ended(done, 4)
        self.assert_sentence(done.err, "proxy", self.dead.split("/")[-1])
        self.assert_ended(home.run("sync"), 0)  # this endpoint is http

    def test_a_proxys_password_is_not_told(self):
        home = self.home_here
        home.change(http_proxy=self.dead.replace("//", "//user:pr0xy-s3cret@"))
        log = home.dir / "log"
        done = home.run("sync", "--log", log)
        self.assert_ended(done, 4)
        self.assertNotIn("pr0xy-s3cret", done.out + done.err + log.read_text())

    def test_a_proxy_that_is_none_is_named(self):
        home = self.home_here
        home.change(http_proxy="not a url at all\x07")
        done = home.run("sync")
        self.assertIn(done.rc, (2, 3, 4), done)
        self.assert_sentence(done.err, "proxy")


if __name__ == "__main__":
    lab.main()
