#!/usr/bin/env python3
"""The CDK app. A build deploys one stage: the one that the variable STAGE names."""
import os

import aws_cdk as cdk

from pipeline_app.environments import Environments
from pipeline_app.stack import PipelineStack

stage = os.environ.get("STAGE", "dev")
pipeline = os.environ.get("PIPELINE_NAME", "pipeline")

environments = Environments.read("ddk.json")
environment = environments.of_stage(stage)

app = cdk.App()
PipelineStack(
    app,
    # The stage is part of the name, so that two stages can share an account and region.
    f"{pipeline}-{stage}",
    environment=environment,
    env=cdk.Environment(account=environment.account, region=environment.region),
    # Which bootstrap the account has: its roles, its bucket.
    synthesizer=cdk.DefaultStackSynthesizer(**environment.synthesizer()),
)
for name, value in (environments.tags | environment.tags).items():
    cdk.Tags.of(app).add(name, value)
app.synth()
