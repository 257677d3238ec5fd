"""Our rows of services and operations beside botocore's models.

usage: ops_botocore.py OPS_TOOL
"""

import subprocess
import sys

import botocore
import botocore.session


def models(session):
    """Our id of a service is its SDK id in small letters."""
    by_id = {}
    for name in session.get_available_services():
        try:
            model = session.get_service_model(name)
        except Exception:
            continue
        by_id[str(model.service_id).lower().replace(" ", "_")] = model
    return by_id


def tokens(model, operation):
    """Those that page. S3's come in pairs and are its callers' business; the logs' never end."""
    if model.protocol == "rest-xml" or operation.name == "GetLogEvents":
        return ["-", "-"]
    shapes = [operation.input_shape, operation.output_shape]
    for name in ("NextToken", "nextToken", "Marker", "PaginationToken"):
        if all(shape is not None and name in shape.members for shape in shapes):
            return [name, name]
    return ["-", "-"]


def expected(model, name):
    operation = model.operation_model(name)
    protocol = model.protocol
    if protocol == "json":
        protocol += "-" + model.metadata["jsonVersion"]
    target = model.metadata.get("targetPrefix") or model.api_version
    if protocol == "rest-xml":
        target = "-"
    return [protocol, target, model.signing_name] + tokens(model, operation)


def main():
    lines = subprocess.run([sys.argv[1]], stdout=subprocess.PIPE, check=True,
                           universal_newlines=True).stdout.splitlines()
    known = models(botocore.session.get_session())
    wrong = unknown = 0
    for line in lines:
        service, name, *got = line.split()
        model = known.get(service)
        # Older models lack newer services and operations.
        if model is None or name not in model.operation_names:
            print("botocore %s does not know %s %s" % (botocore.__version__, service, name))
            unknown += 1
        elif got != expected(model, name):
            print("%s %s: botocore %s, we %s" % (service, name, expected(model, name), got))
            wrong += 1
    print("botocore %s: %d operations, %d differ" % (botocore.__version__, len(lines), wrong))
    return 1 if wrong or unknown > len(lines) // 4 else 0


if __name__ == "__main__":
    sys.exit(main())
