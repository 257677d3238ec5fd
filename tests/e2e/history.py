"""What a cache holds, judged: the history's chains, and the rows against the sandbox's truth."""

import collections
import sqlite3

KINDS = ("pipeline", "stage", "action", "gate")

Step = collections.namedtuple("Step", "seq subject kind stage action execution was now at")


def open_cache(path):
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)


def check_file(path):
    """None, or what integrity_check says."""
    db = open_cache(path)
    try:
        said = [row[0] for row in db.execute("PRAGMA integrity_check")]
    finally:
        db.close()
    return None if said == ["ok"] else said


def steps(path, after=0):
    db = open_cache(path)
    try:
        rows = db.execute("SELECT seq, s.account || ' ' || s.region || ' ' || s.name, kind, stage,"
                          " action, execution_id, from_status, to_status, at FROM transition"
                          " JOIN subject s ON s.id = subject WHERE seq > ? ORDER BY seq",
                          (after,)).fetchall()
    finally:
        db.close()
    return [Step(*row) for row in rows]


def chains(history):
    found = collections.defaultdict(list)
    for step in history:
        found[step.subject, step.kind, step.stage, step.action].append(step)
    return found


def faults(history):
    """Broken chains and doubled steps, as sentences."""
    wrong = []
    for key, chain in chains(history).items():
        name = f"{key[0]} {KINDS[key[1]]} {key[2]}/{key[3]}"
        for old, new in zip(chain, chain[1:]):
            if old.now != new.was:
                wrong.append(f"{name}: {old} is followed by {new}")
        # A queued run has no number to tell it by in a gate; its time tells gates apart.
        told = collections.Counter((s.execution, s.was, s.now, s.at) for s in chain)
        wrong += [f"{name}: told {n} times: {what}" for what, n in told.items() if n > 1]
    return wrong


def differences(path, truth, account, region):
    """Where the rows of one account and region are not what the sandbox says."""
    db = open_cache(path)
    wrong = []
    try:
        rows = {name: (ident, execution, status) for ident, name, execution, status in db.execute(
            "SELECT id, name, execution_id, execution_status FROM pipeline"
            " WHERE account = ? AND region = ?", (account, region))}
        if set(rows) != set(truth):
            return [f"the pipelines differ: {set(rows) ^ set(truth)}"]
        for name, true in truth.items():
            ident, *latest = rows[name]
            if tuple(latest) != true.execution:
                wrong.append(f"{name}: latest is {latest}, not {true.execution}")
            stages = {}
            gates = {}
            actions = {}
            for stage, at, run, status, is_open in db.execute(
                    "SELECT name, position, execution_id, status, transition_enabled FROM stage"
                    " WHERE pipeline = ?", (ident,)).fetchall():
                stages[stage] = (run, status)
                gates[stage] = bool(is_open)
                for action, status, waits in db.execute(
                        "SELECT name, status, has_token OR category = 'Approval' FROM action"
                        " WHERE pipeline = ? AND stage = ?", (ident, at)):
                    actions[stage, action] = \
                        "Waiting" if waits and status == "InProgress" else status
            told = [("actions", actions, {key: word for key, (_, word) in true.actions.items()})]
            if true.stages is not None:
                told += [("stages", stages, true.stages), ("gates", gates, true.gates)]
            for what, have, want in told:
                wrong += [f"{name}: {what} {key}: {have.get(key)}, not {want.get(key)}"
                          for key in set(have) | set(want) if have.get(key) != want.get(key)]
    finally:
        db.close()
    return wrong


def inventions(history, truths, subject_of):
    """Steps of stages and actions that were never true, or in another order: each chain must be
    found, in order, in what the sandbox said at one time after the other. truths is a list of
    {context: {name: Truth}}; subject_of(context, name) names a pipeline as Step.subject does."""
    said = collections.defaultdict(list)
    for snapshot in truths:
        for context, pipelines in snapshot.items():
            for name, true in pipelines.items():
                subject = subject_of(context, name)
                for stage, told in (true.stages or {}).items():
                    said[subject, 1, stage, ""].append(told)
                for (stage, action), told in true.actions.items():
                    said[subject, 2, stage, action].append(told)
    wrong = []
    for key, chain in chains(history).items():
        if key not in said:
            continue
        at = 0
        for step in chain:
            # The word for a stage in which an approval waits is the cache's own.
            words = (step.now, "InProgress") if step.now == "Waiting" and key[1] == 1 \
                else (step.now,)
            while at < len(said[key]) and said[key][at] not in \
                    [(step.execution, word) for word in words]:
                at += 1
            if at == len(said[key]):
                wrong.append(f"{key}: {step} was never true after what stands before it")
                break
    return wrong
