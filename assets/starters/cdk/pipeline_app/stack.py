"""What one stage deploys. Put your tables, jobs and state machines here."""
from typing import Any

from aws_cdk import CfnOutput, RemovalPolicy, Stack
from aws_cdk import aws_s3 as s3
from constructs import Construct

from pipeline_app.environments import Environment


class PipelineStack(Stack):
    """A bucket for the data; ddk.json says per stage how carefully it is kept."""

    def __init__(
        self, scope: Construct, name: str, environment: Environment, **kwargs: Any
    ) -> None:
        super().__init__(scope, name, **kwargs)
        is_kept = environment.setting("ddk-bucket", "removal_policy", "retain") == "retain"
        bucket = s3.Bucket(
            self,
            "Data",
            versioned=environment.setting("ddk-bucket", "versioned", True),
            removal_policy=RemovalPolicy.RETAIN if is_kept else RemovalPolicy.DESTROY,
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
        )
        CfnOutput(self, "DataBucket", value=bucket.bucket_name)
