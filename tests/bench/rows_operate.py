"""The rows of operating pipelines: what an answer to an approval costs in calls."""

import json

from lab import Sandbox
from measure import CannotMeasure, Row, text_of

# Who calls is asked once per start; what is read after the write is sync's, for the screen.
ONCE = "GetCallerIdentity"
WRITE = "PutApprovalResult"


def calls_of_approval(lab, box, env):
    """The operations of one approve, from its plan's first call to the write, in their order."""
    text_of([lab.penstock, "approvals"], env)  # the inbox: it reads what waits, and what that carried
    listed = json.loads(text_of([lab.penstock, "--cached", "approvals", "--json"], env))
    row = listed["approvals"][0]
    before = len(box.calls())
    answer = text_of([lab.penstock, "approve", row["pipeline"], row["stage"], row["action"],
                      "--confirm", row["pipeline"], "--yes", "--json"], env)
    if not json.loads(answer)["done"]:
        raise CannotMeasure(f"the approval was not given: {answer[:200]}")
    made = [call["operation"] for call in box.calls(before)]
    at = made.index(WRITE)
    if made.count(WRITE) != 1:
        raise CannotMeasure(f"it was sent {made.count(WRITE)} times")
    return [name for name in made[:at + 1] if name != ONCE]


def approving(lab):
    with Sandbox(lab, "--seed", "demo", "--step") as box:
        made = calls_of_approval(lab, box, box.env(lab.new_dir("approving")))
    yield Row("approve from the inbox: calls to AWS", "<= 3", str(len(made)), len(made) <= 3,
              ", ".join(made) + "; without the identity (once per start) and the look of sync after")


SECTIONS = [approving]
