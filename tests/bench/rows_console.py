"""The rows of the console: what it costs to start, to move, to see changes, to idle and to lose its
terminal, measured through a pseudo-terminal, against a bare ncurses + SQLite program and rivals."""

import datetime
import shutil
import statistics

from lab import Sandbox
from measure import CannotMeasure, Row, Skipped, figures, text_of
from rows_sync import cached_states

SIZES = ("80x24", "200x50")
SCROLL_BYTES = {"80x24": 170, "200x50": 200}
PAGE_BYTES = {"80x24": 1400, "200x50": 3000}
SMALL = 16  # pipelines that all fit on the smallest screen


class Figures(dict):
    """A figure that is not there (no key was answered, no cursor moved) ends the row, not the run."""

    def __missing__(self, key):
        raise CannotMeasure(f"there was no {key} to measure")


def drive(env, size, words, command, driver):
    return Figures(figures([driver, size, *words, "--", *command], env))


class Stand:
    """Where consoles run on filled caches: a profile whose AWS nobody answers for."""

    def __init__(self, lab):
        self.lab = lab
        try:
            self.driver = lab.program("ptydrive")
        except CannotMeasure:
            raise Skipped("libvterm (Debian: libvterm-dev) is not installed") from None
        self.floor = lab.program("floor-console")
        self.dir = lab.new_dir("console")
        (self.dir / "config").write_text("[profile cicd]\nregion = eu-west-1\n"
                                         "endpoint_url = http://127.0.0.1:9\n")
        (self.dir / "credentials").write_text("[cicd]\naws_access_key_id = AKIAPENSTOCKCICD0001\n"
                                              "aws_secret_access_key = none\n")
        self.env = {**terminal(lab.env), "AWS_PROFILE": "cicd",
                    "XDG_CONFIG_HOME": str(self.dir / "none"),
                    "AWS_CONFIG_FILE": str(self.dir / "config"),
                    "AWS_SHARED_CREDENTIALS_FILE": str(self.dir / "credentials")}

    def state(self, count):
        """A state directory whose cache has so many pipelines; one of each size is kept."""
        state = self.lab.dir / f"console-{count}"
        if not state.exists():
            cache = state / "penstock"
            cache.mkdir(parents=True, mode=0o700)
            text_of([self.lab.program("fill-cache"), cache, count], self.env)
        return state

    def ours(self, state, size, *steps, live=False, options=()):
        env = {**self.env, "XDG_STATE_HOME": str(state)}
        return self.drive(env, size, [*options, *steps],
                          [self.lab.penstock, *([] if live else ["--cached"])])

    def bare(self, state, size, *steps):
        return self.drive(self.env, size, steps, [self.floor, state / "penstock/cache.db"])

    def drive(self, env, size, words, command):
        return drive(env, size, words, command, self.driver)


def terminal(env):
    kept = {k: v for k, v in env.items() if k not in ("LC_ALL", "NO_COLOR")}
    return {**kept, "TERM": "xterm-256color", "LANG": "C.UTF-8"}


def both(stand, state, size, rounds, *steps):
    """Ours and the floor's figures, in turn."""
    pairs = []
    for n in range(rounds):
        first = stand.ours if n % 2 else stand.bare
        second = stand.bare if n % 2 else stand.ours
        a, b = first(state, size, *steps), second(state, size, *steps)
        pairs.append((a, b) if n % 2 else (b, a))
    return pairs


def mid(found, key):
    return statistics.median(one[key] for one in found)


def paint(lab):
    stand = Stand(lab)
    for count, goal, goal_ms in zip(lab.scale.consoles, (1.5, 2), (3, 4)):
        state = stand.state(count)
        stand.ours(state, SIZES[0])  # the file is in memory now
        for size in SIZES:
            pairs = both(stand, state, size, lab.scale.runs, "--calm", 40)
            ours, bare = ([pair[i] for pair in pairs] for i in range(2))
            ratio = statistics.median(a["paint_ms"] / b["paint_ms"] for a, b in pairs)
            yield Row(f"console, first paint, {count:,}, {size}", f"<= {goal} x floor",
                      f"{ratio:.2f} x", ratio <= goal,
                      f"{mid(ours, 'paint_ms'):.2f} ms (CPU {mid(ours, 'start_cpu_ms'):.2f}) against"
                      f" {mid(bare, 'paint_ms'):.2f} ({mid(bare, 'start_cpu_ms'):.2f}) of a bare "
                      f"ncurses + SQLite program, paired; {goal_ms} ms were the goal where it was "
                      f"set; {mid(ours, 'start_bytes'):.0f} bytes against "
                      f"{mid(bare, 'start_bytes'):.0f}")
        hint = ours[0]["hint"].strip()[:12]
        live = [stand.ours(state, SIZES[0], live=True, options=("--until", hint))
                for _ in range(lab.scale.slow_runs)]
        yield Row(f"  the same, not --cached, {SIZES[0]}", "-", f"{mid(live, 'paint_ms'):.2f} ms", "-",
                  f"AWS is asked and nobody answers; CPU {mid(live, 'start_cpu_ms'):.2f} ms, what "
                  "follows the paint included")


def at_most(what, goal, got, unit, how):
    return Row(what, f"<= {goal:,.0f} {unit}", f"{got:,.0f} {unit}", got <= goal, how)


def moves(lab):
    stand = Stand(lab)
    state = stand.state(lab.scale.consoles[0])
    keys, few = lab.scale.keys, max(1, lab.scale.keys // 10)
    for size in SIZES:
        rows = int(size.split("x")[1])
        steps = (f"keys:cursor:j,k:{keys}", f"press:j:{rows}", f"keys:scroll:j:{keys // 2 + 1}",
                 f"keys:page:PgDn:{few}", "burst:burst:j:200")
        ours, bare = stand.ours(state, size, *steps), stand.bare(state, size, *steps)
        yield at_most(f"cursor key, {size}", 60, ours["cursor_bytes"], "bytes",
                      f"at most {ours['cursor_max_bytes']:.0f}; floor {bare['cursor_bytes']:.0f}")
        yield at_most(f"scroll by one, {size}", SCROLL_BYTES[size], ours["scroll_bytes"], "bytes",
                      f"at most {ours['scroll_max_bytes']:.0f}; floor {bare['scroll_bytes']:.0f}")
        yield at_most(f"page, {size}", PAGE_BYTES[size], ours["page_bytes"], "bytes",
                      f"at most {ours['page_max_bytes']:.0f}; floor {bare['page_bytes']:.0f}")
        yield from latency(f"key to last byte, {size}, idle", ours, bare, 0.6, 1)
        repaints = min(ours["burst_writes"], ours["burst_reads"])
        yield Row(f"200 keys typed ahead, {size}", "<= 2 repaints, 5 ms",
                  f"{repaints:.0f}, {ours['burst_ms']:.1f} ms",
                  repaints <= 2 and ours["burst_ms"] <= 5,
                  f"{ours['burst_bytes']:.0f} bytes, CPU {ours['burst_cpu_ms']:.1f} ms; floor "
                  f"{bare['burst_ms']:.1f} ms, {bare['burst_bytes']:.0f} bytes")


def latency(what, ours, bare, goal, goal_p99):
    """Cursor, scroll and page keys: the worst of each counts."""
    kinds = ("cursor", "scroll", "page")
    worst, tail = (max(ours[f"{k}_{u}"] for k in kinds) for u in ("ms", "p99_ms"))
    yield Row(f"{what}: median", f"<= {goal} ms", f"{worst:.2f} ms", worst <= goal,
              ", ".join(f"{k} {ours[f'{k}_ms']:.2f} (floor {bare[f'{k}_ms']:.2f})" for k in kinds))
    yield Row(f"{what}: p99", f"<= {goal_p99} ms", f"{tail:.2f} ms", tail <= goal_p99,
              ", ".join(f"{k} {ours[f'{k}_p99_ms']:.2f} (floor {bare[f'{k}_p99_ms']:.2f})"
                        for k in kinds) +
              f"; it waited {sum(ours[f'{k}_waited_ms'] for k in kinds):.1f} ms for a processor")


def changes(lab):
    """One status, and one new line, in a list in which all rows are on the screen."""
    stand = Stand(lab)
    fill = lab.program("fill-cache")
    for size in SIZES:
        state = lab.new_dir("changes")
        cache = state / "penstock"
        cache.mkdir(mode=0o700)
        text_of([fill, cache, SMALL], stand.env)
        change = [f"run:to{n}:{fill} {cache} {SMALL} change orders-00000-dev {status}"
                  for n, status in enumerate(("InProgress", "Failed", "Succeeded"))]
        # Sorted by name, so that a row stays where it is.
        got = stand.ours(state, size, "type::sort name\r", *change,
                         f"run:add:{fill} {cache} {SMALL} add a-new-pipeline",
                         "line:new:a-new-pipeline")
        worst = max(got[f"to{n}_bytes"] for n in range(3))
        slowest = max(got[f"to{n}_ms"] for n in range(3))
        yield at_most(f"one status change, {size}", 64, worst, "bytes",
                      f"the most of {', '.join(format(got[f'to{n}_bytes'], '.0f') for n in range(3))}"
                      f" with its count in the header, {slowest:.0f} ms after the writer was started")
        yield at_most(f"one list line, {size}", got["new_bytes"] + 40, got["add_bytes"], "bytes",
                      f"a new pipeline above others: its line has {got['new_bytes']:.0f} bytes")


def during_sync(lab):
    stand, count = Stand(lab), lab.scale.sync_fleet
    for size in SIZES:
        with Sandbox(lab, "--seed", f"fleet:{count}", "--step", "--latency-ms",
                     lab.scale.key_latency_ms) as box:
            state = lab.new_dir("state")
            env = terminal(box.env(state))
            got = stand.drive(env, size, ["--quiet", 8, "--until", "lake-", "press:j:3",
                                          f"keys:cursor:j,k:{lab.scale.keys}"], [lab.penstock])
            asked, read = len(box.calls()), cached_states(lab, box, state)
        what = f"key to paint, {size}, during a sync of {count:,}"
        how = (f"to the bytes that move the cursor, {got['cursor_moves']:.0f} keys; "
               f"AWS answered {asked:,} calls meanwhile, {read:,} pipelines were read")
        over = read >= count  # then nothing is proved
        yield Row(f"{what}: median", "<= 0.6 ms", f"{got['cursor_moved_ms']:.2f} ms",
                  "-" if over else got["cursor_moved_ms"] <= 0.6, how)
        yield Row(f"{what}: p99", "<= 2 ms", f"{got['cursor_p99_moved_ms']:.2f} ms",
                  "-" if over else got["cursor_p99_moved_ms"] <= 2, f"at most {got['cursor_max_moved_ms']:.2f} ms; it waited "
                  f"{got['cursor_waited_ms']:.1f} ms for a processor in all")


def idle(lab):
    stand, seconds = Stand(lab), lab.scale.idle_s
    state = stand.state(lab.scale.consoles[0])
    for size in SIZES:
        got = stand.ours(state, size, f"idle:idle:{seconds * 1000}", "memory:first")
        yield Row(f"idle, no sync due, {size}", "0 bytes, 0 wake-ups, 0 CPU",
                  f"{got['idle_bytes']:.0f}, {got['idle_wakeups']:.0f}, {got['idle_cpu_us']:.0f} us",
                  got["idle_bytes"] == got["idle_wakeups"] == got["idle_cpu_us"] == 0,
                  f"in {seconds} s")
        yield Row(f"memory after first paint, {size}", "<= 5 MB",
                  f"{got['first_pss_kb'] * 1.024e-3:.1f} MB", got["first_pss_kb"] * 1.024e-3 <= 5,
                  "proportional set size")


def idle_while_syncing(lab):
    stand, seconds = Stand(lab), lab.scale.idle_sync_s
    with Sandbox(lab, "--seed", f"fleet:{lab.scale.small_fleet}", "--step") as box:
        config = lab.new_dir("config")
        (config / "penstock").mkdir()
        # Ages change by themselves, whatever a sync finds: times do not.
        (config / "penstock/config").write_text("[console]\nclock = utc\n")
        env = {**terminal(box.env(lab.new_dir("state"))), "XDG_CONFIG_HOME": str(config)}
        got = stand.drive(env, SIZES[0], ["--until", "lake-", "peak:first:20000",
                                          f"idle:idle:{seconds * 1000}"], [lab.penstock])
        syncs, calls = syncs_of(box.calls(), seconds)
    each = got["idle_wakeups"] / max(1, syncs)
    yield Row("idle, syncs that change nothing", "0 bytes, <= 10 wake-ups a sync",
              f"{got['idle_bytes']:.0f}, {each:.1f}",
              (got["idle_bytes"] == 0 and each <= 10) if syncs else "-",
              f"{syncs} syncs of {calls} calls in {seconds} s, {got['idle_wakeups']:.0f} wake-ups, "
              f"CPU {got['idle_cpu_us'] / 1000:.1f} ms")


def syncs_of(calls, seconds):
    """In the last so many seconds: how many times AWS was asked after silence, and how many calls."""
    times = [datetime.datetime.fromisoformat(c["time"].replace("Z", "+00:00")) for c in calls]
    since = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=seconds + 0.5)
    late = sorted(t for t in times if t >= since)
    gaps = [(b - a).total_seconds() for a, b in zip(late, late[1:])]
    return (1 if late else 0) + sum(gap > 1 for gap in gaps), len(late)


def memory_of_sync(lab):
    stand, count = Stand(lab), lab.scale.memory_fleet
    with Sandbox(lab, "--seed", f"fleet:{count}", "--step") as box:
        got = stand.drive(terminal(box.env(lab.new_dir("state"))), SIZES[0],
                          ["--until", "lake-", "peak:sync:45000"], [lab.penstock])
        asked = len(box.calls())
    mb = got["sync_pss_kb"] * 1.024e-3
    yield Row(f"memory during a sync of {count:,}", "<= 16 MB", f"{mb:.2f} MB", mb <= 16,
              f"greatest proportional set size; {asked:,} calls")


def hangups(lab):
    stand, times = Stand(lab), lab.scale.hangups
    env = {**stand.env, "XDG_STATE_HOME": str(stand.state(lab.scale.consoles[0]))}
    for what, option in (("SIGHUP", []), ("SIGHUP ignored", ["--ignore-hangup"])):
        got = stand.drive(env, SIZES[0], [*option, "--hangups", times],
                          [lab.penstock, "--cached"])
        left = times - got["hangup_stayed"]
        yield Row(f"terminal gone, {what}", f"{times:,} in 50 ms, 5 ms CPU",
                  f"{left:,.0f}, {got['hangup_max_ms']:.1f} ms, {got['hangup_max_cpu_ms']:.1f} ms",
                  left == times and got["hangup_max_ms"] <= 50 and got["hangup_max_cpu_ms"] <= 5,
                  f"the slowest; median {got['hangup_ms']:.2f} ms, CPU {got['hangup_cpu_ms']:.2f}")


class Rival:
    def __init__(self, name, until, *arguments, keys="j"):
        self.name, self.until, self.arguments, self.keys = name, until, arguments, keys


RIVALS = (Rival("ncdu", "Total disk usage", "-0", "/usr/include"),
          Rival("tig", "[main]"),
          Rival("htop", "Quit"),
          Rival("lazygit", "Commits"),
          Rival("k9s", "Context:"))


def rivals(lab):
    """What others need for the same, by the same driver. They show other things: no goal."""
    stand = Stand(lab)
    for rival in RIVALS:
        if lab.scale.smoke or shutil.which(rival.name) is None:
            why = "left out of the smoke run" if lab.scale.smoke else "not installed"
            yield Row(f"  {rival.name}", "-", "-", "skipped", f"it is {why}")
            continue
        try:
            yield rival_row(lab, stand, rival)
        except CannotMeasure as why:
            yield Row(f"  {rival.name}", "-", "-", "skipped", str(why))


def rival_row(lab, stand, rival):
    command = [rival.name, *rival.arguments]
    until = ["--until", rival.until]
    starts = [stand.drive(stand.env, SIZES[0], until, command) for _ in range(lab.scale.slow_runs)]
    got = stand.drive(stand.env, SIZES[0], [*until, f"keys:cursor:{rival.keys}:10",
                                            f"idle:idle:{lab.scale.idle_s * 1000}", "memory:first"],
                      command)
    gone = stand.drive(stand.env, SIZES[0], ["--ignore-hangup", "--hangups", 3], command)
    key = f"{got['cursor_bytes']:.0f} bytes a key, " if "cursor_bytes" in got else ""
    stays = f", {gone['hangup_stayed']:.0f} of 3 stay when SIGHUP is ignored"
    return Row(f"  {rival.name}", "-", f"{mid(starts, 'paint_ms'):.1f} ms", "-",
               f"first paint, {SIZES[0]}; {key}idle {got['idle_bytes']:.0f} bytes, "
               f"{got['idle_wakeups']:.0f} wake-ups in {lab.scale.idle_s} s, "
               f"{got['first_pss_kb'] * 1.024e-3:.1f} MB{stays}")


SECTIONS = [paint, rivals, moves, changes, during_sync, idle, idle_while_syncing, memory_of_sync,
            hangups]
