"""The rows that need no server: signing, decoding, pages, upserts, the approvals."""

import statistics

from measure import Row, figures, text_of
from lab import HERE


def signing(lab):
    got = figures([lab.program("sign"), lab.scale.signatures], lab.env)
    yield Row("signing one request, key cached", "<= 4.5 us", f"{got['sign_us']:.2f} us",
              got["sign_us"] <= 4.5, "8 headers, a token, the body's hash included; median of 21")


def decoding(lab):
    for stages, actions in ((3, 5), (8, 24)):
        sample = lab.dir / f"state-{stages}.json"
        sample.write_text(text_of([HERE / "sample_state.py", stages, actions], lab.env))
        us = {"penstock": [], "bare": []}
        for _ in range(lab.scale.turns):
            for side, found in us.items():
                got = figures([lab.program("decode"), side, sample, lab.scale.decodes], lab.env)
                found.append(got["us"])
        ratio = statistics.median(a / b for a, b in zip(us["penstock"], us["bare"]))
        ours, bare = (statistics.median(us[side]) for side in ("penstock", "bare"))
        yield Row(f"decoding GetPipelineState, {got['bytes'] / 1000:.1f} KB",
                  "<= 1.1 x bare cJSON", f"{ratio:.2f} x", ratio <= 1.1,
                  f"{ours:.1f} us against {bare:.1f} us to parse, walk and free; paired")


def pages(lab):
    goals = {100_000: (0.2, 2), 1_000_000: (0.4, 8)}
    for count in lab.scale.pages:
        page_goal, filter_goal = goals.get(count, (0.2, 2))
        place = lab.new_dir("pages")
        got = figures([lab.program("page"), place, count], lab.env)
        for file in place.iterdir():
            file.unlink()
        yield Row(f"page of 50 of {count:,} pipelines", f"<= {page_goal} ms",
                  f"{got['page_ms']:.3f} ms", got["page_ms"] <= page_goal,
                  f"worst median of every order, way and depth: {got['page_worst']}; filled at "
                  f"{count / got['fill_s']:,.0f} rows/s")
        yield Row(f"filter as you type, {count:,}", f"<= {filter_goal} ms",
                  f"{got['filter_ms']:.3f} ms", got["filter_ms"] <= filter_goal,
                  f"worst median of 21 needles in 4 orders: {got['filter_worst']}; peak "
                  f"{got['peak_kb'] / 1024:.0f} MiB")


def upserts(lab):
    place = lab.new_dir("upsert")
    got = figures([lab.program("upsert"), place, lab.scale.upserts, lab.scale.turns], lab.env)
    yield Row(f"upsert of {lab.scale.upserts:,} changed states", "<= 1.15 x bare SQLite",
              f"{got['ratio']:.2f} x", got["ratio"] <= 1.15,
              f"{got['ours_ms']:.0f} ms against {got['bare_ms']:.0f} ms for the very same "
              f"statements, recorded and played back; paired")
    yield Row(f"the same {lab.scale.upserts:,}, unchanged", "0 bytes of WAL",
              f"{got['unchanged_wal_bytes']:.0f} B", got["unchanged_wal_bytes"] == 0,
              f"{got['unchanged_ms']:.0f} ms, making them up included")


def approvals(lab):
    waiting = max(1, lab.scale.approvals // 100)
    got = figures([lab.program("approvals"), lab.new_dir("approvals"), lab.scale.approvals, waiting],
                  lab.env)
    yield Row(f"approvals inbox, {waiting:,} of {lab.scale.approvals:,} pipelines wait", "<= 10 ms",
              f"{got['ms']:.2f} ms", got["ms"] <= 10 and got["approvals"] == waiting,
              "from the cache, with what each releases; median of 21")


SECTIONS = [signing, decoding, upserts, pages, approvals]
