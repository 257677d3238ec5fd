#!/usr/bin/env python3
"""boto3_sync.py ENDPOINT THREADS MODE OPERATION...: read every pipeline as a script with boto3 does.

Lists the pipelines, then makes the named calls for each in a pool of threads. MODE is a retry mode,
or "default". Prints how many pipelines were read and lost, and the seconds.
"""

import concurrent.futures
import sys
import time

import boto3
import botocore.config

CALLS = {
    "GetPipeline": lambda c, name, arn: c.get_pipeline(name=name),
    "GetPipelineState": lambda c, name, arn: c.get_pipeline_state(name=name),
    "ListPipelineExecutions":
        lambda c, name, arn: c.list_pipeline_executions(pipelineName=name, maxResults=1),
    "ListActionExecutions": lambda c, name, arn: c.list_action_executions(pipelineName=name),
    "ListTagsForResource": lambda c, name, arn: c.list_tags_for_resource(resourceArn=arn),
}


def main():
    endpoint, threads, mode = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    calls = [CALLS[name] for name in sys.argv[4:] if name in CALLS]
    retries = {} if mode == "default" else {"mode": mode, "max_attempts": 10}
    began = time.monotonic()
    client = boto3.client(
        "codepipeline", endpoint_url=endpoint,
        config=botocore.config.Config(max_pool_connections=threads, retries=retries or None))
    account = boto3.client("sts", endpoint_url=endpoint).get_caller_identity()["Account"]
    names = [p["name"] for page in client.get_paginator("list_pipelines").paginate()
             for p in page["pipelines"]]

    def read(name):
        arn = f"arn:aws:codepipeline:{client.meta.region_name}:{account}:{name}"
        try:
            for call in calls:
                call(client, name, arn)
        except Exception:
            return False
        return True

    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        done = list(pool.map(read, names))
    print("ok", sum(done))
    print("lost", len(done) - sum(done))
    print("seconds", round(time.monotonic() - began, 3))


main()
