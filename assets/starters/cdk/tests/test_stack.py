"""The stack is what it should be in each stage; synthesized here, deployed nowhere."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

try:
    import aws_cdk as cdk
    from aws_cdk.assertions import Template
except ImportError:
    cdk = None

from pipeline_app.environments import Environment  # noqa: E402


@unittest.skipIf(cdk is None, "aws-cdk-lib is not installed: pip install -r requirements.txt")
class StackTest(unittest.TestCase):
    def template(self, **bucket: object) -> "Template":
        from pipeline_app.stack import PipelineStack

        environment = Environment(
            stage="dev",
            account="222222222222",
            region="eu-west-1",
            resources={"ddk-bucket": bucket},
        )
        return Template.from_stack(PipelineStack(cdk.App(), "orders-dev", environment))

    def test_the_bucket_is_private(self) -> None:
        self.template().has_resource_properties(
            "AWS::S3::Bucket",
            {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True}},
        )

    def test_data_outlives_the_stack_unless_told_otherwise(self) -> None:
        self.template().has_resource("AWS::S3::Bucket", {"DeletionPolicy": "Retain"})
        self.template(removal_policy="destroy").has_resource(
            "AWS::S3::Bucket", {"DeletionPolicy": "Delete"}
        )


if __name__ == "__main__":
    unittest.main()
