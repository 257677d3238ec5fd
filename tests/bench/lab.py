"""The place where it is measured: a sandbox on loopback, an environment of its own, the rivals."""

import configparser
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from measure import CannotMeasure, Skipped, text_of, wait_for

HERE = pathlib.Path(__file__).resolve().parent
KEPT = ("PATH", "LANG", "LC_ALL", "TERM", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")


class Sandbox:
    """penstock-sandbox with one seed, ended with the `with` block."""

    def __init__(self, lab, *options, tls=None):
        self.lab = lab
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="sandbox-", dir=lab.dir))
        self.log = self.dir / "access.log"
        self.scheme = "https" if tls else "http"
        self.command = [lab.sandbox, "--port", "0", "--port-file", self.dir / "port",
                        "--config-dir", self.dir / "aws", "--access-log", self.log, *options]
        if tls:
            self.command += ["--tls-cert", tls / "server.pem", "--tls-key", tls / "server.key"]

    def __enter__(self):
        with open(self.dir / "output", "wb") as output:
            self.child = subprocess.Popen([str(c) for c in self.command], env=self.lab.env,
                                          stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            wait_for(lambda: self.child.poll() is not None or self.port_text().strip(), 60,
                     "the sandbox's port")
            if self.child.poll() is not None:
                words = (self.dir / "output").read_text(errors="replace").strip()
                raise CannotMeasure(f"the sandbox ended: {words[-200:]}")
        except CannotMeasure:
            self.__exit__(None, None, None)
            raise
        self.port = int(self.port_text())
        self.url = f"{self.scheme}://127.0.0.1:{self.port}"
        return self

    def __exit__(self, *_):
        self.child.terminate()
        try:
            self.child.wait(5)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()

    def port_text(self):
        with contextlib.suppress(FileNotFoundError):
            return (self.dir / "port").read_text()
        return ""

    def env(self, state, pace="calls_per_second = 0\n"):
        """The environment of a client: the sandbox's profile, a cache of its own, and no pace unless
        asked for."""
        config = pathlib.Path(state) / "penstock-config"
        (config / "penstock").mkdir(parents=True, exist_ok=True)
        (config / "penstock/config").write_text(f"[default]\n{pace}")
        return {**self.lab.env, "XDG_STATE_HOME": str(state), "XDG_CONFIG_HOME": str(config),
                "AWS_PROFILE": "cicd",
                "AWS_CONFIG_FILE": str(self.dir / "aws/config"),
                "AWS_SHARED_CREDENTIALS_FILE": str(self.dir / "aws/credentials")}

    def keys(self):
        read = configparser.RawConfigParser()
        read.read(self.dir / "aws/credentials")
        return read["cicd"]["aws_access_key_id"], read["cicd"]["aws_secret_access_key"]

    def region(self):
        read = configparser.RawConfigParser()
        read.read(self.dir / "aws/config")
        return read["profile cicd"]["region"]

    def calls(self, since=0):
        """The lines of the access log from the since-th on."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [json.loads(line) for line in lines[since:]]

    def curl(self, operation, body):
        """The curl that does one call as a careful person would, or Skipped."""
        curl = shutil.which("curl")
        if curl is None:
            raise Skipped("curl is not installed")
        return [curl, "--silent", "--show-error", "--fail", "--user", ":".join(self.keys()),
                "--aws-sigv4", f"aws:amz:{self.region()}:codepipeline",
                "--header", "Content-Type: application/x-amz-json-1.1",
                "--header", f"X-Amz-Target: CodePipeline_20150709.{operation}",
                "--data", json.dumps(body), self.url + "/"]

    def aws(self, *words):
        """Debian's AWS CLI, else whichever is in PATH."""
        debian = pathlib.Path("/usr/bin/aws")
        aws = debian if debian.exists() else shutil.which("aws")
        if aws is None:
            raise Skipped("the AWS CLI (Debian: awscli) is not installed")
        return [aws, "--endpoint-url", self.url, "--output", "json", *words]


class Lab:
    def __init__(self, build, scale):
        self.build, self.scale = pathlib.Path(build).resolve(), scale
        self.holder = tempfile.TemporaryDirectory(prefix="penstock-bench-")
        self.dir = pathlib.Path(self.holder.name)
        self.penstock = self.build / "penstock"
        self.sandbox = self.build / "penstock-sandbox"
        self.env = {k: os.environ[k] for k in KEPT if k in os.environ}
        self.env.update(HOME=str(self.dir), AWS_EC2_METADATA_DISABLED="true", no_proxy="*")
        for program in (self.penstock, self.sandbox):
            if not program.exists():
                raise CannotMeasure(f"{program} was not built")

    def program(self, name):
        for place in (self.build / "tests/bench", self.build):
            if (place / f"bench-{name}").exists():
                return place / f"bench-{name}"
        raise CannotMeasure(f"bench-{name} was not built")

    def new_dir(self, name):
        return pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.dir))

    def boto3(self):
        """The interpreter with the newest boto3."""
        if self.scale.smoke:
            raise Skipped("boto3 is left out of the smoke run")
        best = None
        places = [pathlib.Path(p) for p in os.environ.get("PATH", "").split(":") if p]
        names = ["python3", f"python3.{sys.version_info.minor}"]
        for python in dict.fromkeys([sys.executable, *(str(p / n) for p in places for n in names)]):
            with contextlib.suppress(CannotMeasure, OSError):
                words = text_of([python, "-c", "import boto3, sys; print(boto3.__version__, "
                                 "sys.executable)"], self.env, timeout=20).split()
                version = tuple(int(n) for n in words[0].split("."))
                if best is None or version > best[0]:
                    best = (version, words[1])
        if best is None:
            raise Skipped("no python3 here imports boto3 (Debian: python3-boto3)")
        return best[1], "boto3 " + ".".join(str(n) for n in best[0])

    def tls(self):
        """A certificate authority of the moment and a server's certificate for loopback."""
        place = self.dir / "tls"
        if place.exists():
            return place
        openssl = shutil.which("openssl")
        if openssl is None:
            raise Skipped("openssl is not installed")
        place.mkdir()
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        text_of([openssl, "req", "-x509", *curve, "-subj", "/CN=penstock bench",
                 "-keyout", place / "ca.key", "-out", place / "ca.pem",
                 "-addext", "keyUsage=critical,keyCertSign"], self.env)
        text_of([openssl, "req", *curve, "-subj", "/CN=localhost",
                 "-keyout", place / "server.key", "-out", place / "server.csr"], self.env)
        (place / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        text_of([openssl, "x509", "-req", "-in", place / "server.csr", "-CA", place / "ca.pem",
                 "-CAkey", place / "ca.key", "-CAcreateserial", "-days", "2",
                 "-extfile", place / "names", "-out", place / "server.pem"], self.env)
        return place

    def trusting(self):
        """A command prefix under which the system's own store also trusts that authority: a mount
        namespace in which a copy of /etc/ssl/certs, ours added, covers the real one."""
        system = pathlib.Path("/etc/ssl/certs")
        copy = self.dir / "certs"
        if os.geteuid() != 0:
            raise Skipped("only root can give both sides the same system store")
        if not (system / "ca-certificates.crt").exists() or shutil.which("unshare") is None:
            raise Skipped("no /etc/ssl/certs/ca-certificates.crt, or no unshare")
        if not copy.exists():
            authority = self.tls() / "ca.pem"
            shutil.copytree(system, copy, symlinks=True)
            with open(copy / "ca-certificates.crt", "a", encoding="ascii") as bundle:
                bundle.write(authority.read_text())
            name = text_of(["openssl", "x509", "-hash", "-noout", "-in", authority], self.env)
            shutil.copy(authority, copy / "penstock-bench.pem")
            (copy / f"{name.strip()}.0").symlink_to("penstock-bench.pem")
        prefix = ["unshare", "--mount", "sh", "-c",
                  'mount --bind "$0" /etc/ssl/certs && exec "$@"', str(copy)]
        try:
            text_of([*prefix, "true"], self.env)
        except CannotMeasure as why:
            raise Skipped(f"no mount namespace here ({why})") from None
        return prefix
