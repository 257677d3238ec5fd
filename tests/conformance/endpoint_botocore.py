"""Endpoints of our services in every region that botocore knows, and in some that it does not yet.

usage: endpoint_botocore.py ENDPOINT_TOOL
"""

import subprocess
import sys

import botocore
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError
from botocore.loaders import Loader

SERVICES = ["sts", "codepipeline"]
FUTURE = ["eu-nowhere-9", "us-gov-north-3", "cn-west-2", "us-isob-north-7"]


def regions(partitions):
    # Pseudo regions such as aws-global belong to services that have one endpoint for all; ours
    # are regional.
    known = [r for p in partitions["partitions"] for r in p["regions"] if not r.endswith("-global")]
    return known + FUTURE


def resolve(provider, region, fips, dual):
    try:
        url = provider.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dual).url
    except EndpointProviderError:
        return "-"
    return url + " " + region


def main():
    loader = Loader(include_default_search_paths=True)
    if not hasattr(loader, "load_data_with_path"):
        print("skipped: botocore %s has no endpoint rule sets" % botocore.__version__)
        return 77
    partitions = loader.load_data("partitions")
    asked, wanted = [], []
    for service in SERVICES:
        rules = loader.load_service_model(service, "endpoint-rule-set-1")
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
    # Older ones refuse dual stack in the isolated partitions, newer ones know their suffixes.
    wrong = [row for row in zip(asked, wanted, got)
             if row[1] != row[2] and not (row[1] == "-" and "-iso" in row[0])]
    for question, want, answer in wrong[:20]:
        print("%s: botocore %s, we %s" % (question, want, answer))
    print("botocore %s: %d endpoints, %d differ" % (botocore.__version__, len(wanted), len(wrong)))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
