"""The same files and environment for botocore and for us: region, keys and configured endpoint.

Only what both find without the network. Left out: AWS_REGION and the order of the two profile
variables, where the AWS CLI v2 differs from botocore, and what penstock does not support."""

import itertools
import json
import os
import random
import subprocess
import sys
import tempfile

try:
    import botocore.configprovider
    import botocore.exceptions
    import botocore.session
except ImportError:
    print("botocore is not installed: skipped")
    sys.exit(77)

KEYS = "aws_access_key_id = %s\naws_secret_access_key = s%s\n"

CONFIGS = {
    "empty": "",
    "default": "[default]\nregion = r-default\n" + KEYS % ("CDEF", "CDEF"),
    "profiles": "[default]\nregion = r-default\n[profile a]\nregion = r-a\n" + KEYS % ("CA", "CA")
    + "aws_session_token = TA\n[profile 'b c']\nregion=r-bc\n" + KEYS % ("CBC", "CBC"),
    "twice": "[profile a]\nregion = first\n" + KEYS % ("C1", "C1") + "[profile  a]\nregion = second\n",
    "default profile": "[profile default]\nregion = r-pd\n" + KEYS % ("CPD", "CPD") + "[default]\nregion = r-d\n",
    "capital default": "[DEFAULT]\nregion = r-DEFAULT\n[profile a]\n" + KEYS % ("CDA", "CDA"),
    "services": "[default]\nservices = s\nendpoint_url = http://127.0.0.1:1\n[profile a]\nservices = s\n"
    + KEYS % ("CS", "CS") + "[services s]\ncodepipeline =\n  endpoint_url = http://127.0.0.1:2\n",
    "endpoint": "[default]\nendpoint_url = http://127.0.0.1:3\n[profile a]\nendpoint_url = http://127.0.0.1:4\nregion = x\n",
    "process": "[default]\ncredential_process = false\n" + KEYS % ("CP", "CP"),
    "half": "[default]\naws_access_key_id = CHALF\n[profile a]\naws_access_key_id = CHALF\n",
    "broken": "[default]\nregion = r\nnonsense\n",
    "double": "[default]\nregion = r\nregion = q\n",
    "continued": "[default]\nregion = r\n  more\n" + KEYS % ("CC", "CC"),
    "loop": "[default]\nrole_arn = x\nsource_profile = a\n[profile a]\nrole_arn = y\nsource_profile = default\n",
    "both": "[default]\nrole_arn = x\nsource_profile = a\ncredential_source = Environment\n[profile a]\n",
    "no source": "[default]\nrole_arn = x\n[profile a]\nrole_arn = x\nsource_profile = gone\n",
    "missing services": "[default]\nservices = gone\n[profile a]\nservices = gone\n",
}
CREDENTIALS = {
    "none": None,
    "default": "[default]\n" + KEYS % ("SDEF", "SDEF"),
    "a": "[a]\n" + KEYS % ("SA", "SA") + "aws_security_token = TOLD\naws_session_token = TNEW\nregion = r-cred\n",
    "profile word": "[profile a]\n" + KEYS % ("SPA", "SPA"),
    "half": "[default]\naws_access_key_id = SHALF\n",
    "broken": "aws_access_key_id = x\n",
}
ENVIRONMENTS = {
    "bare": {},
    "keys": {"AWS_ACCESS_KEY_ID": "EKEY", "AWS_SECRET_ACCESS_KEY": "ES", "AWS_SESSION_TOKEN": "ET"},
    "half": {"AWS_ACCESS_KEY_ID": "EKEY"},
    "a": {"AWS_PROFILE": "a", "AWS_DEFAULT_REGION": "r-env"},
    "b c": {"AWS_PROFILE": "b c"},
    "gone": {"AWS_PROFILE": "gone"},
    "endpoint": {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
    "service": {"AWS_ENDPOINT_URL_CODEPIPELINE": "http://127.0.0.1:8", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
}
PROFILES = [None, "a", "default"]
# Of some 2,400 combinations; SEED=n takes others.
COUNT = 800


def by_botocore(profile):
    """Botocore finds some faults later than we do, at the first call: any exception is an error."""
    result = {}
    try:
        session = botocore.session.Session(profile=profile)
        scoped = session.get_scoped_config()
        result["region"] = session.get_config_variable("region") or ""
        provider = botocore.configprovider.ConfiguredEndpointProvider(session.full_config, scoped, "codepipeline")
        result["endpoint"] = provider.provide() or ""
        provider = botocore.configprovider.ConfiguredEndpointProvider(session.full_config, scoped, "sts", environ={})
        provider.provide()
        found = session.get_credentials()
        if found is None:
            return None
        result["access_key"], result["secret_key"], result["token"] = found.access_key, found.secret_key, found.token
    except (botocore.exceptions.BotoCoreError, ValueError):
        return None
    return result


def run(tool, setup, folder):
    (config, credentials, environment, profile) = setup
    base = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    base.update(HOME=folder, AWS_EC2_METADATA_DISABLED="true", **ENVIRONMENTS[environment])
    for name, text in (("config", CONFIGS[config]), ("credentials", CREDENTIALS[credentials])):
        path = os.path.join(folder, ".aws", name)
        if text is None:
            if os.path.exists(path):
                os.unlink(path)
        else:
            with open(path, "w") as file:
                file.write(text)
    os.environ.clear()
    os.environ.update(base)
    want = by_botocore(profile)
    out = subprocess.run([tool] + ([profile] if profile else []), stdout=subprocess.PIPE, check=True, env=base)
    got = json.loads(out.stdout.decode())
    if "error" in got:
        return want is None, want, got
    return want == got, want, got


def main():
    if not hasattr(botocore.configprovider, "ConfiguredEndpointProvider"):
        print("this botocore is too old to know configured endpoints: skipped")
        return 77
    setups = list(itertools.product(CONFIGS, CREDENTIALS, ENVIRONMENTS, PROFILES))
    setups = random.Random(int(os.environ.get("SEED", "1"))).sample(setups, COUNT)
    different = resolved = 0
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, ".aws"))
        for setup in setups:
            is_same, want, got = run(sys.argv[1], setup, folder)
            resolved += want is not None
            if not is_same:
                different += 1
                print("%r\n  botocore: %r\n  ours:     %r" % (setup, want, got))
    print("%d setups, %d of them with credentials, %d resolved differently" % (len(setups), resolved, different))
    return 1 if different or resolved < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
