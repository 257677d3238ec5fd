#!/bin/sh
# The starters' own code: Python compiles and its unit tests pass, YAML and JSON are such.
# starters.sh SOURCE-DIR; works on a copy, because Python leaves its cache beside what it runs.
set -eu
python=$(command -v python3) || { echo "skipped: no python3"; exit 77; }
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -R "$1/assets/starters/." "$copy"
find "$copy" -name '*.py' | while read -r file; do
    "$python" -m py_compile "$file"
done
find "$copy" -name '*.json' | while read -r file; do
    "$python" -m json.tool "$file" >/dev/null
done
if "$python" -c 'import yaml' 2>/dev/null; then
    "$python" - "$copy" <<'PY'
import pathlib, sys, yaml
for spec in pathlib.Path(sys.argv[1]).glob("*/buildspec.yml"):
    commands = [c for phase in yaml.safe_load(spec.read_text())["phases"].values()
                for c in phase["commands"]]
    assert all(isinstance(c, str) for c in commands), spec
    assert not any("@latest" in c or "curl " in c or "wget " in c for c in commands), spec
PY
fi
cd "$copy/cdk"
"$python" -m unittest discover --start-directory tests
