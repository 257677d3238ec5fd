#!/bin/sh
# Run a Python script with the interpreter that has the newest botocore; exit 77 when none has one.
best= newest=0
for python in python3 /usr/bin/python3; do
    version=$("$python" -c 'import botocore
print("%d%03d%03d" % tuple(int(n) for n in botocore.__version__.split(".")[:3]))' 2>/dev/null) || continue
    if [ "$version" -gt "$newest" ]; then
        newest=$version best=$python
    fi
done
if [ -z "$best" ]; then
    echo "skipped: no botocore (install python3-botocore)"
    exit 77
fi
exec "$best" "$@"
