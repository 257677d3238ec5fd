#!/bin/sh
# Print a C file with every file below the folder $1, so that the programs need no file beside them.
set -eu
cd "$1"
# Hidden files are editors' and systems' own; a starter's .gitignore is not. Python may have left its
# cache beside a starter.
files() {
    find . -type d -name __pycache__ -prune -o \
        -type f \( ! -name '.*' -o -name .gitignore \) -print | LC_ALL=C sort
}
echo '#include "core/base/assets.h"'
n=0
files | while read -r f; do
    printf 'static const unsigned char a%d[] = {\n' "$n"
    od -An -v -tx1 "$f" | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'
    echo '0};'
    n=$((n + 1))
done
echo 'const struct asset assets[] = {'
n=0
files | while read -r f; do
    printf '    {"%s", (const char *)a%d, sizeof a%d - 1},\n' "${f#./}" "$n" "$n"
    n=$((n + 1))
done
echo '    {0, 0, 0}};'
