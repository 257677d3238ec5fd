"""Each of the sandbox's faults while penstock reads: nothing lost, nothing stuck, the right sentence
and exit code, and the next sync without the fault makes the cache equal to AWS again."""

import concurrent.futures
import itertools
import json
import pathlib
import re
import shutil
import tempfile
import unittest

import api
import console
import lab
import screen
import server

FLEET = 12
SEED = ("--seed", f"fleet:{FLEET}", "--step")
# What the sentence names, and the exit code of a command that met the fault.
KINDS = {
    "throttle": (4, ("throttles", "Rate exceeded")),
    "500": (4, ("HTTP 500", "InternalFailure")),
    "503html": (4, ("HTTP 503",)),
    "html200": (4, ("expected JSON", "html")),
    "cut": (4, ("closed the connection",)),
    "malformed": (4, ("broken off or malformed",)),
    "expired": (3, ("ExpiredToken", "refresh your AWS credentials")),
    "huge": (1, ("is over", "bytes")),
    "skew": (0, ()),
    "stale": (0, ()),
}
# What the console's header says, and a word of the sentence below; it may say nothing at all.
BANNERS = {
    "throttle": ("slowed to|ERROR", ""), "500": ("ERROR", "failure"), "503html": ("ERROR", "HTTP 503"),
    "html200": ("ERROR", "expected JSON"), "timeout": ("OFFLINE", "30 s|no answer"),
    "cut": ("OFFLINE|ERROR", "closed the connection"), "malformed": ("ERROR", "malformed"),
    "expired": ("ERROR", "ExpiredToken"), "huge": ("ERROR", "bytes"), "skew": ("synced", ""),
    "stale": ("synced", ""),
}
OPERATIONS = ("ListPipelines", "GetPipelineState", "*")
# A command on a healthy server takes far less; what is retried with back-off takes a few seconds.
BOUND_S = 45
# A throttling service is waited for: two minutes at most, then the calls under way end.
THROTTLED_BOUND_S = 240
RECOVERY_S = 60  # throttling has slowed it down


class Base:
    """A world on disk and a cache that knows it, made once; each case works on copies."""

    def __init__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="penstock-faults-"))
        self.world = self.dir / "world"
        with lab.Sandbox(*SEED, "--state", self.world) as sandbox, lab.Home(sandbox) as home:
            done = home.run("sync")
            assert done.rc == 0, done
            self.names = sorted(name for name, in home.rows("SELECT name FROM pipeline"))
            assert sandbox.stop() == 0
            shutil.copytree(home.state_dir, self.dir / "cache")

    def close(self):
        shutil.rmtree(self.dir, ignore_errors=True)


class Case:
    """One fault against copies of the base. It collects what was wrong rather than stop there."""

    def __init__(self, base, fault, is_fresh=False):
        self.base, self.fault, self.wrong = base, fault, []
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="penstock-fault-"))
        self.world = self.dir / "world"
        shutil.copytree(base.world, self.world)
        self.home = lab.Home()
        if not is_fresh:
            self.home.state_dir.parent.mkdir(mode=0o700)
            shutil.copytree(base.dir / "cache", self.home.state_dir)

    def check(self, claim, what):
        if not claim:
            self.wrong.append(f"--fault {self.fault}: {what}")

    def run(self, *args, bound_s=BOUND_S, **more):
        try:
            done = self.home.run(*args, timeout=bound_s, **more)
        except AssertionError as stuck:
            self.check(False, str(stuck))
            return lab.Done(None, "", "", bound_s)
        self.check("Sanitizer" not in done.err, f"{args}: {done}")
        return done

    def names(self):
        return sorted(name for name, in self.home.rows("SELECT name FROM pipeline"))

    def keeps_all(self, what):
        self.check(self.names() == self.base.names, f"after {what} there are {self.names()}")

    def judge(self, done, kind, what):
        """Success, or the fault's own exit code with one sentence that names it."""
        rc, words = KINDS[kind]
        if done.rc == 0:
            self.check(done.err == "", f"{what} succeeds but says: {done}")
            return
        if kind == "skew":  # two clocks behind one name: the second correction is refused
            rc, words = 3, ("Signature",)
        self.check(done.rc == rc, f"{what}: exit code is not {rc}: {done}")
        line = done.err.rstrip("\n")
        self.check(line.startswith("penstock: ") and "\n" not in line,
                   f"{what}: not one sentence: {done}")
        for word in words:
            self.check(word in line, f"{what}: no {word!r} in {line!r}")

    def heal(self):
        """The same world without the fault: one sync, and the cache is what AWS says."""
        with lab.Sandbox(*SEED, "--state", self.world) as healthy:
            self.home.use(healthy)
            done = self.run("sync")
            self.check(done.rc == 0 and done.err == "", f"the sync after it: {done}")
            done = self.run("status", "--json")
            self.check(done.rc == 0 and done.err == "", f"the status after it: {done}")
            status = done.json
            self.check(not status["contexts"][0]["error"], f"an error stays: {status['contexts']}")
            self.check(not any(p["stale"] for p in status["pipelines"]), "healed rows are stale")
            self.check(api.told(status) == api.pipelines(api.Client(healthy)),
                       "the healed cache differs from AWS")

    def close(self):
        self.home.close()
        shutil.rmtree(self.dir, ignore_errors=True)


def always_or_sometimes(case):
    """All three commands under a fault that does not end."""
    kind, operation, rate = case.fault.split(":")
    name = case.base.names[0]
    is_met = rate == "1" and KINDS[kind][0] != 0
    with lab.Sandbox(*SEED, "--state", case.world, "--fault", case.fault) as faulty:
        case.home.use(faulty)
        done = case.run("sync")
        case.judge(done, kind, "sync")
        case.check(done.rc != 0 or not is_met, f"sync does not see it: {done}")
        case.keeps_all("sync")
        done = case.run("status", "--refresh", name, "--plain")
        case.judge(done, kind, "status --refresh NAME")
        case.check(name in done.out, f"status --refresh NAME does not show it: {done}")
        case.check(done.rc != 0 or not is_met or operation == "ListPipelines",
                   f"status --refresh does not see it: {done}")
        done = case.run("status", "--plain")
        case.judge(done, kind, "status")
        case.check(len(done.out.splitlines()) >= FLEET, f"status does not show all rows: {done}")
        case.keeps_all("status")
    case.heal()


def first_time(case):
    """A cache that knows nothing yet fills up under a fault that strikes now and then."""
    kind = case.fault.split(":")[0]
    with lab.Sandbox(*SEED, "--state", case.world, "--fault", case.fault) as faulty:
        case.home.use(faulty)
        for _ in range(4):
            done = case.run("sync")
            case.judge(done, kind, "a first sync")
            if done.rc == 0:
                case.keeps_all("a first sync that succeeds")
                break
    case.heal()


def ends_by_itself(case):
    """A fault that strikes a few times is overcome within one command."""
    with lab.Sandbox(*SEED, "--state", case.world, "--fault", case.fault) as faulty:
        case.home.use(faulty)
        done = case.run("sync")
        case.check(done.rc == 0 and done.err == "", f"it is not overcome: {done}")
        case.keeps_all("sync")
    case.heal()


def strikes_once(case):
    """What is not worth a retry is told once, and the next command is fine."""
    kind = case.fault.split(":")[0]
    with lab.Sandbox(*SEED, "--state", case.world, "--fault", case.fault) as faulty:
        case.home.use(faulty)
        done = case.run("sync")
        case.judge(done, kind, "sync")
        case.check(done.rc != 0, f"nobody notices it: {done}")
        case.keeps_all("sync")
        done = case.run("status", "--plain")
        case.check(done.rc == 0 and done.err == "", f"the next command: {done}")
    case.heal()


def silent_once(case):
    """A server that says nothing is given up after 30 s, and asked again."""
    with lab.Sandbox(*SEED, "--state", case.world, "--fault", case.fault) as faulty:
        case.home.use(faulty)
        done = case.run("sync", bound_s=60)
        case.check(done.rc == 0, f"it is not overcome: {done}")
        case.keeps_all("sync")
    case.heal()


def silent(case):
    with lab.Sandbox(*SEED, "--state", case.world, "--fault", case.fault) as faulty:
        case.home.use(faulty)
        case.home.change(AWS_MAX_ATTEMPTS=1)
        done = case.run("status", "--plain", "--refresh", bound_s=75)
        case.check(done.rc == 4, f"exit code is not 4: {done}")
        case.check("30 s" in done.err or "no answer" in done.err, f"the cause is not named: {done}")
        case.check(len(done.out.splitlines()) >= FLEET, f"status does not show all rows: {done}")
        case.keeps_all("status")
    case.heal()


def throttled(case):
    with lab.Sandbox(*SEED, "--state", case.world, "--fault", case.fault) as faulty:
        case.home.use(faulty)
        done = case.run("sync", bound_s=THROTTLED_BOUND_S)
        case.judge(done, "throttle", "sync")
        case.check(done.rc != 0, f"sync does not see it: {done}")
        case.keeps_all("sync")
    case.heal()


def beside_a_console(case):
    """The console under a fault of every call, and then without it: a banner, keys, all rows."""
    banner, words = BANNERS[case.fault.split(":")[0]]
    with lab.Sandbox(*SEED, "--state", case.world, "--fault", case.fault) as faulty:
        case.home.use(faulty)
        case.home.change(AWS_MAX_ATTEMPTS=1)
        case.home.set_config("")  # the usual pace
        with screen.Screen(case.home, rows=24, cols=160) as shown:
            shown.wait_for(case.base.names[0], deadline_s=5)
            shown.press("r")
            shown.wait_until(lambda text: re.search(banner, shown.line(0)) and
                             re.search(words, text), BOUND_S, f"{banner!r} and {words!r}")
            keys_answer(shown, case.base.names)
            case.keeps_all("the fault")
            port = faulty.port
            faulty.stop()
            with lab.Sandbox(*SEED, "--state", case.world, "--port", port):
                shown.press("r")
                shown.wait_until(lambda _: re.search(r" synced|CACHED", shown.line(0)) and
                                 "ERROR" not in shown.line(0), RECOVERY_S, "synced again")
                keys_answer(shown, case.base.names)
            shown.press("Q")
            case.check(shown.wait() == 0, f"it ends with {shown.seen[-2000:]}")
            case.check(b"Sanitizer" not in shown.seen, shown.seen[-4000:])
    case.keeps_all("the recovery")


def keys_answer(shown, names):
    """Each at once, whatever AWS does."""
    for key, word in (("?", "Help"), ("?", names[1]), ("p", "Pipelines"), ("\r", "execution"),
                      ("H", names[1])):
        shown.press(key)
        shown.wait_for(word, console.HINTS, deadline_s=3)


def plan():
    """(fault, what to do with it, on a fresh cache?): the long ones first."""
    yield "throttle:GetPipelineState:1", throttled, False
    yield "throttle:*:1", throttled, False
    for operation in OPERATIONS:
        yield f"timeout:{operation}:1", silent, False
    yield "timeout:ListPipelines:1:1", silent_once, False
    yield "timeout:GetPipelineState:1:2", silent_once, False
    for kind, operation, rate in itertools.product(KINDS, OPERATIONS, ("1", "0.25")):
        if (kind, rate) != ("throttle", "1"):
            yield f"{kind}:{operation}:{rate}", always_or_sometimes, False
    for kind in KINDS:
        yield f"{kind}:*:0.2", first_time, True
    for kind in ("throttle", "500", "503html", "cut", "malformed"):
        yield f"{kind}:*:1:2", ends_by_itself, False
    for kind in ("html200", "huge"):
        yield f"{kind}:ListPipelines:1:1", strikes_once, False


class Faults(lab.Story):
    def test_each_fault_loses_nothing_and_heals(self):
        base = Base()
        self.addCleanup(base.close)

        def tell(fault, what, is_fresh):
            case = Case(base, fault, is_fresh)
            try:
                what(case)
            finally:
                case.close()
            return case.wrong

        with concurrent.futures.ThreadPoolExecutor(10) as pool:
            told = [(one, pool.submit(tell, *one)) for one in plan()]
        for (fault, what, _), future in told:
            with self.subTest(fault=fault, story=what.__name__):
                self.assertEqual(future.result(), [])


@unittest.skipUnless(screen.HAS_VTERM, "libvterm is not installed")
class Console(lab.Story):
    def test_each_fault_beside_a_console(self):
        base = Base()
        self.addCleanup(base.close)
        self.assertEqual(set(BANNERS), {*KINDS, "timeout"})

        def tell(fault):
            case = Case(base, fault)
            try:
                beside_a_console(case)
            except AssertionError as stuck:
                case.check(False, str(stuck))
            finally:
                case.close()
            return case.wrong

        with concurrent.futures.ThreadPoolExecutor(len(BANNERS)) as pool:
            # A throttled call is not given up for two minutes; of each second one it is told at once.
            told = {kind: pool.submit(tell, f"{kind}:*:{0.5 if kind == 'throttle' else 1}")
                    for kind in BANNERS}
        for kind, future in told.items():
            with self.subTest(kind):
                self.assertEqual(future.result(), [])


class Stale(lab.Story):
    def test_old_answers_invent_no_transition(self):
        """Half of the states are read from an older copy: no history runs backwards for it."""
        sandbox = self.sandbox("--seed", "demo", "--step", "--fault", "stale:GetPipelineState:0.5")
        home = self.home(sandbox)
        for _ in range(6):
            done = home.run("sync")
            self.assert_ended(done, 0)
            sandbox.step(45)
        chains = {}
        for subject, kind, stage, action, run, before, after in home.rows(
                "SELECT subject, kind, stage, action, execution_id, from_status, to_status "
                "FROM transition ORDER BY seq"):
            key = subject, kind, stage, action
            if key in chains:
                last_run, last = chains[key]
                if last_run == run:
                    self.assertEqual(before, last, key)
                    self.assertNotEqual(before, after, key)
            chains[key] = run, after
        self.assertGreater(len(chains), 10)


class Context(lab.Story):
    def test_a_context_that_fails_does_not_stop_the_other(self):
        good, bad = self.sandbox("--seed", "demo", "--step"), \
            self.sandbox("--seed", "demo", "--step", "--fault", "500:*:1")
        home = self.home(good)
        text = good.config_file.read_text()
        config = home.dir / "config"
        config.write_text(text.replace(f"[profile dev]\nregion = eu-west-1\nendpoint_url = {good.url}",
                                       f"[profile dev]\nregion = eu-west-1\nendpoint_url = {bad.url}"))
        self.assertIn(bad.url, config.read_text())
        home.change(AWS_CONFIG_FILE=config)
        both = ("--context", "dev@eu-west-1", "--context", "cicd@eu-west-1")
        done = home.run("sync", *both)
        self.assert_ended(done, 4)
        self.assert_sentence(done.err, "dev@eu-west-1", "HTTP 500")
        done = home.run("status", *both, "--json", "--cached")
        self.assertEqual(api.told(done.json), api.pipelines(api.Client(good)))
        contexts = {c["profile"]: c for c in done.json["contexts"]}
        self.assertIsNone(contexts["cicd"]["error"])
        self.assertIn("HTTP 500", contexts["dev"]["error"])

    def test_only_the_failing_context_is_stale(self):
        sandbox = self.sandbox("--seed", "demo", "--step")
        home = self.home(sandbox)
        both = ("--context", "dev@eu-west-1", "--context", "cicd@eu-west-1")
        self.assert_ended(home.run("sync", *both), 0)
        credentials = home.dir / "credentials"
        credentials.write_text(sandbox.credentials_file.read_text().replace(
            api.KEYS["dev"][1], "no" * 20))
        home.change(AWS_SHARED_CREDENTIALS_FILE=credentials)
        done = home.run("status", *both, "--refresh", "--json")
        self.assert_ended(done, 3)
        stale = {(p["account"], p["stale"]) for p in done.json["pipelines"]}
        self.assertEqual(stale, {("111111111111", False), ("222222222222", True)})


class Pages(lab.Story):
    """A listing of several pages that breaks off at any of them deletes nothing."""

    def test_a_listing_cut_at_any_page_deletes_nothing(self):
        sandbox = self.sandbox("--seed", "fleet:25", "--step")
        with Between(sandbox, page_size=4) as between:
            home = self.home(sandbox)
            home.change(AWS_ENDPOINT_URL=between.url)
            self.assert_ended(home.run("sync"), 0)
            self.assertEqual(between.pages_given, 7)
            names = home.rows("SELECT name FROM pipeline ORDER BY name")
            self.assertEqual(len(names), 25)
            for page in range(1, 8):
                between.cut_page = page
                done = home.run("sync", env={"AWS_MAX_ATTEMPTS": "1"})
                self.assert_ended(done, 4)
                self.assert_sentence(done.err, "cicd@eu-west-1")
                self.assertEqual(home.rows("SELECT name FROM pipeline ORDER BY name"), names)
            between.cut_page = None
            self.assert_ended(home.run("sync"), 0)

    def test_what_a_whole_listing_lacks_is_removed_and_its_history_stays(self):
        sandbox = self.sandbox("--seed", "fleet:25", "--step")
        with Between(sandbox, page_size=4) as between:
            home = self.home(sandbox)
            home.change(AWS_ENDPOINT_URL=between.url)
            self.assert_ended(home.run("sync"), 0)
            kept = home.rows("SELECT count(*) FROM transition")
            between.hidden = "lake-000003"
            done = home.run("sync")
            self.assert_ended(done, 0)
            self.assertIn("1 removed", done.out)
            self.assertEqual(home.rows("SELECT count(*) FROM pipeline"), [(24,)])
            self.assertGreaterEqual(home.rows("SELECT count(*) FROM transition"), kept)


class Between(server.Server):
    """A man in the middle of our own: ListPipelines in small pages, which may break off."""

    def __init__(self, sandbox, page_size):
        super().__init__(self.answer)
        self.sandbox, self.page_size = sandbox, page_size
        self.rows = api.Client(sandbox).pages("ListPipelines", "pipelines")
        self.cut_page, self.hidden, self.pages_given = None, None, 0

    def answer(self, request):
        if server.operation(request) != "ListPipelines":
            return server.forward(self.sandbox, request)
        at = int(json.loads(request.body).get("nextToken", "0"))
        rows = [r for r in self.rows if not (self.hidden and r["name"].startswith(self.hidden))]
        page = {"pipelines": rows[at:at + self.page_size]}
        if at + self.page_size < len(rows):
            page["nextToken"] = str(at + self.page_size)
        self.pages_given += 1
        is_cut = self.cut_page is not None and at == (self.cut_page - 1) * self.page_size
        return server.Reply(200, "application/x-amz-json-1.1", json.dumps(page).encode(), is_cut)


if __name__ == "__main__":
    lab.main()
