#!/usr/bin/env python3
"""sample_state.py STAGES ACTIONS: a GetPipelineState reply as AWS writes one, on standard output.

3 stages with 5 actions in all are some 4.6 KB, 8 with 24 some 20 KB. Compact, as on the wire;
times are seconds with a fraction.
"""

import json
import sys
import uuid

ACCOUNT = "111111111111"
REGION = "eu-west-1"
CONSOLE = f"https://{REGION}.console.aws.amazon.com"


def identifier(n):
    return str(uuid.UUID(int=(n * 0x9E3779B97F4A7C15F39CC0605CEDC834) % (1 << 128), version=4))


def source(pipeline):
    revision = "".join(identifier(n).replace("-", "") for n in (1, 2))[:40]
    where = f"{CONSOLE}/codesuite/codecommit/repositories/{pipeline}"
    return {
        "actionName": "Checkout",
        "currentRevision": {"revisionId": revision},
        "latestExecution": {
            "actionExecutionId": identifier(3),
            "status": "Succeeded",
            "summary": "curate: accept late clicks, keep the first of two events with one id\n\n"
            "The upstream queue delivers at least once since last week.",
            "lastStatusChange": 1795225020.123,
            "externalExecutionId": revision,
        },
        "entityUrl": f"{where}/browse/main/--/",
        "revisionUrl": f"{where}/commit/{revision}",
    }


def build(stage, n):
    project = f"data-lake-curated-clicks-{stage}-{n}"
    run = identifier(100 + n)
    where = f"{CONSOLE}/codesuite/codebuild/{ACCOUNT}/projects/{project}"
    state = {
        "actionName": f"{stage}-step-{n}",
        "latestExecution": {
            "actionExecutionId": identifier(200 + n),
            "status": "Failed" if n % 5 == 4 else "Succeeded",
            "lastStatusChange": 1795225020.5 + n * 61.25,
            "externalExecutionId": f"{project}:{run}",
            "externalExecutionUrl": f"{where}/build/{project}%3A{run}/?region={REGION}",
        },
        "entityUrl": f"{where}/history?region={REGION}",
    }
    if n % 5 == 4:
        state["latestExecution"]["errorDetails"] = {
            "code": "JobFailed",
            "message": "Build terminated with state: FAILED. Phase: BUILD, Code: "
            "COMMAND_EXECUTION_ERROR, Message: Error while executing command: make deploy. "
            "Reason: exit status 2",
        }
    return state


def stage_state(pipeline, name, index, actions):
    state = {
        "stageName": name,
        "inboundExecutions": [],
        "inboundTransitionState": {"enabled": True},
        "actionStates": actions,
        "latestExecution": {"pipelineExecutionId": identifier(7), "status": "Succeeded"},
    }
    if index % 3 == 2:
        state["inboundTransitionState"] = {
            "enabled": False,
            "lastChangedBy": f"arn:aws:sts::{ACCOUNT}:assumed-role/operators/maria.oliveira",
            "lastChangedAt": 1795221420.75,
            "disabledReason": f"frozen until the month is closed, see {pipeline}",
        }
    return state


def main():
    stages, actions = int(sys.argv[1]), int(sys.argv[2])
    pipeline = "data-lake-curated-clicks"
    states = [stage_state(pipeline, "Source", 0, [source(pipeline)])]
    for i in range(1, stages):
        share = range(1 + (i - 1) * (actions - 1) // (stages - 1),
                      1 + i * (actions - 1) // (stages - 1))
        name = f"Deploy-Stage-{i}"
        states.append(stage_state(pipeline, name, i, [build(name, n) for n in share]))
    reply = {
        "pipelineName": pipeline,
        "pipelineVersion": 7,
        "stageStates": states,
        "created": 1780000000.123,
        "updated": 1795000000.456,
    }
    json.dump(reply, sys.stdout, separators=(",", ":"))


main()
