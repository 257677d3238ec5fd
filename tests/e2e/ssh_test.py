"""The console over ssh, as on a bastion: through a real sshd of our own on loopback, with its own keys
and configuration, run as whoever runs the test. A connection that drops leaves nothing behind.

sshd is the system's, or the one that `./dev test` unpacks into build/sshd without installing it."""

import os
import pathlib
import pwd
import shlex
import shutil
import signal
import socket
import subprocess
import unittest

import console
import lab

UNPACKED = pathlib.Path(__file__).resolve().parents[2] / "build" / "sshd" / "usr" / "sbin" / "sshd"
SSHD = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin") or \
    (str(UNPACKED) if os.access(UNPACKED, os.X_OK) else None)
ME = pwd.getpwuid(os.getuid())
# Root's sshd wants a user and a directory that installing it would make: in a view of the file system
# that is its own they are there, and nobody else sees them.
AS_ROOT = """set -e
mount -t tmpfs -o mode=755 none /run
mkdir -m 755 /run/sshd
grep -q ^sshd: /etc/passwd || mount --bind "$1" /etc/passwd
shift
exec "$@"
"""


class Server:
    """sshd in a directory of its own; it and what it has started end with the block."""

    def __init__(self, home):
        self.dir = home.dir / "ssh"
        self.dir.mkdir(mode=0o700)
        self.port = lab.dead_port()
        for name in ("host_key", "user_key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.dir / name],
                           check=True)
        (self.dir / "config").write_text(f"""
ListenAddress 127.0.0.1
Port {self.port}
HostKey {self.dir}/host_key
PidFile none
AuthorizedKeysFile {self.dir}/user_key.pub
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PrintMotd no
PrintLastLog no
UsePAM no
PermitUserRC no
""")
        (self.dir / "known_hosts").write_text(
            f"[127.0.0.1]:{self.port} {(self.dir / 'host_key.pub').read_text()}")

    def command(self):
        sshd = [SSHD, "-D", "-e", "-f", str(self.dir / "config")]
        if os.getuid() != 0:
            return sshd
        passwd = self.dir / "passwd"
        passwd.write_text(pathlib.Path("/etc/passwd").read_text() +
                          "sshd:x:64999:65534::/run/sshd:/usr/sbin/nologin\n")
        return ["unshare", "--mount", "sh", "-c", AS_ROOT, "sshd", str(passwd), *sshd]

    def __enter__(self):
        self.log = open(self.dir / "log", "w+", encoding="utf-8")
        self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=self.log)
        lab.wait_for(lambda: self.process.poll() is not None or self.answers(), 20,
                     what="sshd answers")
        if self.process.poll() is not None:
            self.log.close()
            raise unittest.SkipTest("sshd does not run here: " + self.words()[-300:])
        return self

    def answers(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def words(self):
        return (self.dir / "log").read_text(errors="replace").strip()

    def __exit__(self, *exc):
        self.process.terminate()
        self.process.wait(20)
        self.log.close()

    def ssh(self, home, *command):
        """The command line of an ssh that runs this on the other side, with the home's environment."""
        names = ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "AWS_CONFIG_FILE", "AWS_PROFILE",
                 "AWS_SHARED_CREDENTIALS_FILE", "AWS_EC2_METADATA_DISABLED", "AWS_REGION", "LC_ALL")
        words = ["env", *(f"{name}={home.env[name]}" for name in names if name in home.env), *command]
        return ["ssh", "-tt", "-F", "none", "-i", str(self.dir / "user_key"), "-p", str(self.port),
                "-o", f"UserKnownHostsFile={self.dir}/known_hosts", "-o", "IdentitiesOnly=yes",
                "-o", "BatchMode=yes", "-o", "LogLevel=ERROR", "-o", "EscapeChar=none",
                f"{ME.pw_name}@127.0.0.1", "exec " + shlex.join(words)]


@unittest.skipUnless(SSHD, "sshd is not installed, and ./dev test has not unpacked it")
@unittest.skipUnless(shutil.which("ssh") and shutil.which("ssh-keygen"), "ssh is not installed")
class Ssh(console.Story):
    def setUp(self):
        super().setUp()
        self.host = self.filled(self.sandbox("--seed", "demo", "--step"))
        self.server = self.enterContext(Server(self.host))
        # A locked account, a shell that is none: nothing that the console could help.
        words = self.server.ssh(self.host, "true")
        done = subprocess.run(words, env=self.host.env, stdin=subprocess.DEVNULL, timeout=60,
                              capture_output=True, check=False)
        if done.returncode != 0:
            self.skipTest(f"{ME.pw_name} cannot log in here: {self.server.words()[-300:]}")

    def opened(self, *args, **more):
        """penstock behind ssh; it leaves its pid where a test can find it."""
        pid_file = self.host.dir / "pid"
        pid_file.unlink(missing_ok=True)
        behind = ["sh", "-c", 'echo $$ > "$0"; exec "$@"', str(pid_file), self.host.binary, *args]
        shown = self.open(self.host, argv=self.server.ssh(self.host, *behind), **more)
        try:
            shown.wait_for("q quit", deadline_s=60)
        except AssertionError as silent:
            raise AssertionError(f"{silent}\n{self.server.words()[-1000:]}") from None
        shown.behind = int(pid_file.read_text())
        return shown

    def children(self, pid):
        """Of a process and theirs, as far down as it goes."""
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
            own = [int(child) for child in children.read().split()]
        return own + [below for child in own for below in self.children(child)]

    def assert_all_gone(self, pids, deadline_s=5):
        def gone():
            return not [pid for pid in pids if os.path.exists(f"/proc/{pid}")]
        lab.wait_for(gone, deadline_s, what="everything on the other side has ended")

    def test_keys_and_sizes_go_through(self):
        shown = self.opened("--cached")
        shown.press("p")
        shown.wait_for("Pipelines", "iot-telemetry-prod")
        shown.press("/sales-orders\r\r")
        shown.wait_for("Deploy-Stage-dev", "ManualApproval-test")
        shown.resize(40, 120)
        shown.wait_until(lambda _: "q back" in shown.line(39), what="the hints on the last line")
        shown.press("Q")
        self.assertEqual(shown.wait(), 0)
        self.assert_sane(shown)
        self.assertEqual(shown.settings_left, set())
        self.assert_all_gone([shown.behind])

    def test_the_demo_runs_there_and_leaves_nothing(self):
        shown = self.opened("demo")
        shown.wait_for("sales-orders")
        pids = [shown.behind, *self.children(shown.behind)]
        self.assertGreater(len(pids), 1, "the demo has a sandbox of its own")
        shown.press("q")
        self.assertEqual(shown.wait(), 0)
        self.assert_all_gone(pids)

    def test_a_dropped_connection_ends_it(self):
        for args in (("--cached",), (), ("demo",)):
            with self.subTest(args):
                shown = self.opened(*args)
                pids = [shown.behind, *self.children(shown.behind)]
                shown.kill(signal.SIGKILL)
                shown.wait()
                self.assert_all_gone(pids)

    def test_a_dropped_connection_ends_one_that_ignores_hang_ups(self):
        shown = self.open(self.host, argv=self.server.ssh(
            self.host, "sh", "-c", 'trap "" HUP; echo $$ > "$0"; exec "$@"',
            str(self.host.dir / "pid"), self.host.binary, "--cached"))
        shown.wait_for("q quit", deadline_s=60)
        pid = int((self.host.dir / "pid").read_text())
        shown.kill(signal.SIGKILL)
        shown.wait()
        self.assert_all_gone([pid])

    def test_after_a_drop_another_goes_on_with_the_same_cache(self):
        shown = self.opened()
        shown.wait_for("synced")
        shown.kill(signal.SIGKILL)
        shown.wait()
        shown = self.opened()
        shown.wait_for("synced", "sales-orders")
        shown.press("q")
        self.assertEqual(shown.wait(), 0)
        self.assertEqual(self.host.rows("PRAGMA integrity_check"), [("ok",)])

    def test_a_copy_reaches_the_terminal_at_this_end(self):
        shown = self.opened("--cached")
        shown.press("py")
        shown.wait_for("sent 18 bytes to the terminal's clipboard")
        self.assertIn(b"\x1b]52;c;aW90LXRlbGVtZXRyeS1wcm9k\x07", shown.seen)
        shown.press("Q")
        self.assertEqual(shown.wait(), 0)

    def test_without_a_terminal_there_the_sentence_says_so(self):
        words = self.server.ssh(self.host, self.host.binary)
        words.remove("-tt")
        done = subprocess.run(words, env=self.host.env, stdin=subprocess.DEVNULL, timeout=60,
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 2, done)
        self.assert_sentence(done.stderr, "terminal", "penstock status")


if __name__ == "__main__":
    lab.main()
