"""The rows of logs: the card of a failure from the cache, the memory that a long log takes, and what
following a fast one costs on the line."""

from measure import CannotMeasure, Row, text_of
from rows_console import Stand

SIZE, ROWS = "80x24", 24
RATE, BATCH = 10_000, 500


def state_of(lab, stand, name, lines, status):
    state = lab.dir / name
    cache = state / "penstock"
    cache.mkdir(parents=True, mode=0o700)
    text_of([lab.program("fill-log"), cache, "fill", lines, status], stand.env)
    return state, cache


def card(lab):
    stand = Stand(lab)
    state, _ = state_of(lab, stand, "card", 1000, "Failed")
    times = [stand.ours(state, SIZE, "keys:card:f:1")["card_ms"] for _ in range(lab.scale.slow_runs)]
    worst = max(times)
    yield Row("failure card from the cache, to paint", "< 50 ms", f"{worst:.1f} ms", worst < 50,
              f"from the key to the last byte, the slowest of {len(times)}; no call to AWS")


def long_log(lab):
    stand = Stand(lab)
    lines = lab.scale.log_lines
    state, cache = state_of(lab, stand, "long", lines, "Failed")
    found = stand.ours(state, SIZE, "press:L:1", "wait:FAILED:5000", "press:G:1",
                       "keys:start:g,g:2", "keys:page:PgDn:20", "press:G:1", "memory:log")
    if found["page_bytes"] < 500:
        raise CannotMeasure("the log was not paged through")
    size = (cache / "cache.db").stat().st_size
    got = found["log_pss_kb"]
    yield Row(f"log of {lines:,} lines, opened: memory", "<= 64 MB", f"{got / 1024:.1f} MB",
              got <= 64 * 1024, f"PSS after its end, its start and 20 pages; {size / 1e6:.0f} MB on "
              f"disk; a page takes {found['page_ms']:.1f} ms")


def following(lab):
    stand = Stand(lab)
    state, cache = state_of(lab, stand, "follow", 1000, "InProgress")
    program = lab.program("fill-log")
    screens = lab.scale.log_screens
    slow = f"{program} {cache} append {screens} {ROWS} 150"
    fast = f"{program} {cache} append {lab.scale.log_batches} {BATCH} {1000 * BATCH // RATE}"
    found = stand.ours(state, SIZE, "press:L:1", "wait:FOLLOW:5000", f"run:slow:{slow}",
                       f"run:fast:{fast}")
    lines = text_of([lab.penstock, "--cached", "logs", "sales"],
                    {**stand.env, "XDG_STATE_HOME": str(state)}).splitlines()
    want = 1000 + screens * ROWS + lab.scale.log_batches * BATCH
    if len(lines) != want:
        raise CannotMeasure(f"{len(lines)} lines were kept, not {want}")
    length = sum(map(len, lines)) / len(lines)
    shown = screens * (ROWS - 5)
    per_line = found["slow_bytes"] / shown
    yield Row("log, following: bytes for each line shown", f"<= len + 40 ({length + 40:.0f})",
              f"{per_line:.0f}", per_line <= length + 40,
              f"{screens} screens of new lines, each {length:.0f} long")
    writing = lab.scale.log_batches * BATCH / RATE
    behind = found["fast_ms"] - 1000 * writing
    yield Row(f"log, following {RATE:,} lines/s: behind at the end", "<= 500 ms",
              f"{behind:.0f} ms", behind <= 500,
              f"{found['fast_bytes'] / 1000:.0f} kB to the terminal for "
              f"{lab.scale.log_batches * BATCH:,} lines; the writer's own time is in it")


SECTIONS = [card, long_log, following]
