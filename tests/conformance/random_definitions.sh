#!/bin/sh
# random_definitions.sh TOOL: with an interpreter that has cfn-lint; exit 77 when none has one.
for python in python3 /usr/bin/python3; do
    if "$python" -c 'import cfnlint.runner' 2>/dev/null; then
        exec "$python" "$(dirname "$0")/random_definitions.py" "$1" \
            "${PENSTOCK_DEFINITIONS:-60}" "${PENSTOCK_SEED:-penstock}"
    fi
done
echo "skipped: no cfn-lint"
exit 77
