"""The rows of `penstock status`: from the cache, one pipeline live, and over TLS."""

import pathlib

from lab import Sandbox
from measure import (CannotMeasure, Row, Skipped, figures, in_turn, instructions, median, paired,
                     text_of)
FEW = 50


def fill(lab, box, state):
    return figures([lab.program("sync")], box.env(state))


def cached_instructions(lab, box, state, count):
    env = box.env(state)
    database, sql = select_of(lab, env, state)
    names = names_of(lab, env)[:FEW]
    few = sql.replace("LIMIT -1", f"LIMIT {len(names)}")
    if few == sql:
        raise CannotMeasure(f"the SELECT has no limit to replace: {sql[-80:]}")
    for what, words, select in (("", [], sql), (" --plain", ["--plain"], sql),
                                (f" of {len(names)} names", names, few)):
        bare = instructions([lab.program("bare-status"), database, select], env)
        ours = instructions([lab.penstock, "status", "--cached", *words], env)
        yield Row(f"status --cached{what}, {count:,} pipelines", "<= 1.5 x bare SQLite",
                  f"{ours / bare:.2f} x", ours / bare <= 1.5,
                  f"{ours:.2f} M instructions against {bare:.2f} M of a program that runs the "
                  f"same SELECT and prints as many rows")


def select_of(lab, env, state):
    """The cache's file, and what penstock asks of it."""
    return (next(pathlib.Path(state).rglob("cache.db")),
            text_of([lab.program("status-sql")], env).strip())


def names_of(lab, env):
    """The names of the cached pipelines, in the order of the plain list."""
    text = text_of([lab.penstock, "status", "--cached", "--plain"], env, fine=(0, 4))
    names = [line.split("\t", 1)[0] for line in text.splitlines()]
    if not names:
        raise CannotMeasure("nothing is cached: the sandbox has no pipelines, or sync failed")
    return names


def cached(lab):
    for count in lab.scale.fleets:
        with Sandbox(lab, "--seed", f"fleet:{count}", "--step") as box:
            state = lab.new_dir("state")
            fill(lab, box, state)
            env = box.env(state)
            if not lab.scale.smoke:
                yield from cached_instructions(lab, box, state, count)
            status = [lab.penstock, "status", "--cached"]
            ours, = in_turn(lab.program("spawn"), env, lab.scale.runs, [status])
            yield Row(f"status --cached, {count:,}: memory", "<= 6 MB",
                      f"{median(ours, 'peak_mib') * 1.048576:.1f} MB",
                      median(ours, "peak_mib") * 1.048576 <= 6,
                      f"peak; {median(ours, 'wall_ms'):.1f} ms wall")
            names = names_of(lab, env)[:FEW]
            bare = [lab.program("bare-status"), *select_of(lab, env, state)]
            few = [*bare[:2], bare[2].replace("LIMIT -1", f"LIMIT {len(names)}")]
            yield from cached_against_cli(lab, box, env, status, bare, f"{count:,}")
            yield from cached_against_cli(lab, box, env, [*status, *names], few,
                                          f"{len(names)} names of {count:,}")


def cached_against_cli(lab, box, env, status, bare, rows):
    what = f"status --cached, {rows}: wall"
    try:
        if lab.scale.smoke:
            raise Skipped("the AWS CLI is left out of the smoke run")
        aws = box.aws("codepipeline", "list-pipelines")
    except Skipped as why:
        yield Row(what, ">= 400 x less", "-", "skipped", str(why))
        return
    ours, theirs, least = in_turn(lab.program("spawn"), env, lab.scale.slow_runs,
                                  [status, aws, bare])
    ratio = paired(theirs, ours, "wall_ms")
    yield Row(what, ">= 400 x less", f"{ratio:.0f} x", ratio >= 400,
              f"{median(ours, 'wall_ms'):.2f} ms against {median(theirs, 'wall_ms'):.0f} ms of "
              f"{aws[0]} codepipeline list-pipelines, paired; the bare SQLite program "
              f"{paired(theirs, least, 'wall_ms'):.0f} x")


def live(lab):
    with Sandbox(lab, "--seed", f"fleet:{lab.scale.small_fleet}", "--step") as box:
        state = lab.new_dir("state")
        fill(lab, box, state)
        env = box.env(state)
        name = names_of(lab, env)[0]
        ours_command = [lab.penstock, "status", "--refresh", name]
        before = len(box.calls())
        in_turn(lab.program("spawn"), env, 1, [ours_command], warmups=0)
        made = [c.get("operation", "?") for c in box.calls(before)]
        curl = box.curl("GetPipelineState", {"name": name})
        ours, theirs = in_turn(lab.program("spawn"), env, lab.scale.runs, [ours_command, curl])
        ratio = paired(ours, theirs, "wall_ms")
        yield Row("status --refresh NAME, cold", "<= 1.0 x curl --aws-sigv4", f"{ratio:.2f} x",
                  ratio <= 1.0,
                  f"{median(ours, 'wall_ms'):.1f} ms (CPU {median(ours, 'cpu_ms'):.1f}) against "
                  f"{median(theirs, 'wall_ms'):.1f} ms ({median(theirs, 'cpu_ms'):.1f}), whole "
                  f"process, paired, {lab.scale.runs} runs; penstock calls {', '.join(made)}")
        yield from live_against_cli(lab, box, env, ours_command, name)


def live_against_cli(lab, box, env, ours_command, name):
    what = "status --refresh NAME, against the CLI"
    try:
        if lab.scale.smoke:
            raise Skipped("the AWS CLI is left out of the smoke run")
        aws = box.aws("codepipeline", "get-pipeline-state", "--name", name)
    except Skipped as why:
        yield Row(what, ">= 75 x less wall", "-", "skipped", str(why))
        return
    ours, theirs = in_turn(lab.program("spawn"), env, lab.scale.slow_runs, [ours_command, aws])
    ratio = paired(theirs, ours, "wall_ms")
    yield Row(what, ">= 75 x less wall", f"{ratio:.0f} x", ratio >= 75,
              f"{median(ours, 'wall_ms'):.1f} ms against {median(theirs, 'wall_ms'):.0f} ms; paired")


def live_tls(lab):
    what, goal = "the same over HTTPS, system CAs", "<= 0.4 x curl"
    try:
        prefix = lab.trusting()
        with Sandbox(lab, "--seed", f"fleet:{lab.scale.small_fleet}", "--step",
                     tls=lab.tls()) as box:
            state = lab.new_dir("state")
            env = box.env(state)
            figures([*prefix, lab.program("sync")], env)
            name = names_of(lab, env)[0]
            curl = box.curl("GetPipelineState", {"name": name})
            ours, theirs = in_turn(lab.program("spawn"), env, lab.scale.runs,
                                   [[lab.penstock, "status", "--refresh", name], curl],
                                   prefix=prefix)
            ratio = paired(ours, theirs, "wall_ms")
            yield Row(what, goal, f"{ratio:.2f} x", ratio <= 0.4,
                      f"{median(ours, 'wall_ms'):.1f} ms (CPU {median(ours, 'cpu_ms'):.1f}) "
                      f"against {median(theirs, 'wall_ms'):.1f} ms "
                      f"({median(theirs, 'cpu_ms'):.1f}); paired, both trust /etc/ssl/certs")
    except Skipped as why:
        yield Row(what, goal, "-", "skipped", str(why))


def handshakes(lab):
    what, goal = "32 first TLS connections", "<= 80 ms CPU"
    with Sandbox(lab, "--seed", "empty", tls=lab.tls()) as box:
        url = f"{box.url}/"
        command, how = [lab.program("tls"), url, 32], "the system's store"
        try:
            prefix = lab.trusting()
        except Skipped as why:
            prefix, how = [], f"one CA file, since {why}"
            command.append(lab.tls() / "ca.pem")
        got = [figures([*prefix, *command], lab.env) for _ in range(lab.scale.turns)]
        got.sort(key=lambda g: g["cpu_ms"])
        mid = got[len(got) // 2]
        yield Row(what, goal, f"{mid['cpu_ms']:.0f} ms", mid["cpu_ms"] <= 80,
                  f"whole process, loading libcurl included, {how}; "
                  f"{mid['connections']:.0f} connections, peak {mid['peak_kb'] / 1024:.1f} MiB")


SECTIONS = [cached, live, live_tls, handshakes]
