"""Endpoints of our services in every region that botocore knows, and in some that it does not yet.

usage: endpoint_botocore.py ENDPOINT_TOOL
"""

import subprocess
import sys

import botocore
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError, UnknownServiceError
from botocore.loaders import Loader

# Our id of a service, and botocore's.
SERVICES = {
    "sts": "sts", "codepipeline": "codepipeline", "cloudformation": "cloudformation", "iam": "iam",
    "ssm": "ssm", "codecommit": "codecommit", "codebuild": "codebuild", "s3": "s3", "kms": "kms",
    "cloudwatch_logs": "logs", "ecr": "ecr", "eventbridge": "events",
    "codeconnections": "codeconnections",
    "resource_groups_tagging_api": "resourcegroupstaggingapi", "service_quotas": "service-quotas",
}
FUTURE = ["eu-nowhere-9", "us-gov-north-3", "cn-west-2", "us-isob-north-7"]


def regions(partitions):
    # Pseudo regions such as aws-global belong to services that have one endpoint for all; ours
    # are regional.
    known = [r for p in partitions["partitions"] for r in p["regions"] if not r.endswith("-global")]
    return known + FUTURE


def resolve(provider, region, fips, dual):
    try:
        found = provider.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dual)
    except EndpointProviderError:
        return "-"
    schemes = found.properties.get("authSchemes") or [{}]
    return found.url + " " + schemes[0].get("signingRegion", region)


def is_ours_to_differ(question, want, answer):
    """Where older versions refuse, and where the rules name hosts that nobody serves."""
    service, region, fips, _ = question.split()
    if want == "-":
        # Dual stack in the isolated partitions, which newer ones know.
        return "-iso" in region
    # The rules of these two name the regions of aws-us-gov one by one.
    if service in ("cloudwatch_logs", "eventbridge") and region == "us-gov-north-3":
        return fips == "1"
    # IAM has FIPS hosts in some partitions only; elsewhere we say so.
    return service == "iam" and answer == "-" and fips == "1"


def main():
    loader = Loader(include_default_search_paths=True)
    if not hasattr(loader, "load_data_with_path"):
        print("skipped: botocore %s has no endpoint rule sets" % botocore.__version__)
        return 77
    partitions = loader.load_data("partitions")
    asked, wanted = [], []
    for service, name in SERVICES.items():
        try:
            rules = loader.load_service_model(name, "endpoint-rule-set-1")
        except UnknownServiceError:
            print("botocore %s does not know %s" % (botocore.__version__, name))
            continue
        provider = EndpointProvider(rules, partitions)
        for region in regions(partitions):
            for fips in (False, True):
                for dual in (False, True):
                    asked.append("%s %s %d %d" % (service, region, fips, dual))
                    wanted.append(resolve(provider, region, fips, dual))
    done = subprocess.run([sys.argv[1]], input="\n".join(asked) + "\n", stdout=subprocess.PIPE,
                          check=True, universal_newlines=True)
    got = done.stdout.splitlines()
    assert len(got) == len(wanted), (len(got), len(wanted))
    wrong = [row for row in zip(asked, wanted, got)
             if row[1] != row[2] and not is_ours_to_differ(*row)]
    for question, want, answer in wrong[:20]:
        print("%s: botocore %s, we %s" % (question, want, answer))
    print("botocore %s: %d endpoints, %d differ" % (botocore.__version__, len(wanted), len(wrong)))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
