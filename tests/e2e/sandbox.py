"""penstock-sandbox for tests: started on a free port, ended with the `with` block.

    with Sandbox(binary, "--seed", "demo", "--step") as sandbox:
        sandbox.step(60)
        subprocess.run([...], env=sandbox.env("cicd"))

It runs with --until-eof on a pipe of ours, so it never outlives the test, however that dies.
"""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import urllib.request


class Sandbox:
    def __init__(self, binary, *options, start_timeout_s=60):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="penstock-sandbox-"))
        self.command = [str(binary), "--port", "0", "--port-file", str(self.dir / "port"),
                        "--config-dir", str(self.dir / "aws"), "--until-eof", *map(str, options)]
        self.start_timeout_s = start_timeout_s
        self.process = None

    def __enter__(self):
        self.output = open(self.dir / "output", "w+", encoding="utf-8")
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=self.output,
                                        stderr=subprocess.STDOUT)
        try:
            self._wait_for_port()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *exc):
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)

    def _wait_for_port(self):
        deadline = time.monotonic() + self.start_timeout_s
        port_file = self.dir / "port"
        while not port_file.exists():
            if self.process.poll() is not None:
                raise RuntimeError("the sandbox ended at once: " + self.words())
            if time.monotonic() > deadline:
                raise RuntimeError("the sandbox did not start: " + self.words())
            time.sleep(0.01)
        self.port = int(port_file.read_text())
        scheme = "https" if "--tls-cert" in self.command else "http"
        self.url = f"{scheme}://127.0.0.1:{self.port}"

    def words(self):
        """What it has printed so far."""
        return (self.dir / "output").read_text(errors="replace").strip()

    def stop(self, timeout_s=20):
        """Ends it as its user would, by closing its input; returns the exit status."""
        if self.process is None:
            return None
        try:
            self.process.stdin.close()
            status = self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self.output.close()
        self.process = None
        return status

    def env(self, profile=None, **more):
        """The environment of an AWS client that knows nothing but this sandbox."""
        env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        env.update(AWS_CONFIG_FILE=str(self.dir / "aws" / "config"),
                   AWS_SHARED_CREDENTIALS_FILE=str(self.dir / "aws" / "credentials"),
                   AWS_EC2_METADATA_DISABLED="true", AWS_PAGER="")
        if profile is not None:
            env["AWS_PROFILE"] = profile
        env.update(more)
        return env

    def control(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(f"{self.url}/_sandbox/{path}", data=data, timeout=60) as reply:
            return json.load(reply)

    def fail(self, *faults):
        """From now on these faults instead of those before; needs --control or --step."""
        return self.control("faults", list(faults))

    def step(self, seconds):
        """Move the clock of a sandbox with --step."""
        return self.control("step", {"seconds": seconds})["now"]

    def step_until_idle(self):
        return self.control("step", {"until_idle": True})["now"]
