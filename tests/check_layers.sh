#!/bin/sh
# The order of the folders: a file includes only its own folder's headers and those of folders to the
# left, and each outside library is known to one module. $1 is the tree to check (default: this one);
# with --self-test it proves that each kind of breach is seen.
set -eu
order='core/base core/model core/net core/aws core/cache core/sync core/deploy core/operate core/views core/actions core/cli tui screens'
# The sandbox is a program of its own, beside the console.
sandbox='core/base core/model core/net core/aws core/sandbox'

check() {
    cd "$1"
    bad=0
    for file in $(find core tui screens -name '*.[ch]' | LC_ALL=C sort); do
        folder=$(dirname "$file")
        case $folder in
        core/sandbox) allowed=$sandbox ;;
        *) allowed=$(echo "$order" | sed "s|\(.*\b$folder\b\).*|\1|") ;;
        esac
        case " $allowed " in *" $folder "*) ;; *) echo "$file: $folder is in no layer"; bad=1 ;; esac
        for name in $(sed -n 's/^ *# *include *"\([^"]*\)".*/\1/p' "$file"); do
            case " $allowed " in *" $(dirname "$name") "*) ;; *) echo "$file: must not include $name"; bad=1 ;; esac
        done
        for name in $(sed -n 's/^ *# *include *<\([^>]*\)>.*/\1/p' "$file"); do
            case $name in
            sqlite3.h) owner='core/cache/db\.[ch]|core/sandbox/.*' ;;
            curl/*) owner='core/net/.*' ;;
            openssl/*) owner='core/base/crypto\.c' ;;
            expat.h) owner='core/base/xml\.c' ;;
            zlib.h) owner='core/base/deflate\.c' ;;
            yaml.h) owner='core/base/yaml\.c' ;;
            curses.h | ncurses*) owner='tui/term\.c' ;;
            microhttpd.h) owner='core/sandbox/.*' ;;
            git2.h | git2/*) owner='core/sandbox/repository_lib\.h' ;;
            *) continue ;;
            esac
            echo "$file" | grep -Eqx "$owner" || { echo "$file: must not include $name"; bad=1; }
        done
    done
    # Of the folders that may know a library, one file does.
    for pair in 'core/net:<curl/' 'core/cache:<sqlite3.h>' 'core/sandbox:<sqlite3.h>'; do
        [ "$(grep -l "include ${pair#*:}" "${pair%%:*}"/*.[ch] 2>/dev/null | wc -l)" -le 1 ] ||
            { echo "${pair%%:*}: ${pair#*:} is included by more than one file"; bad=1; }
    done
    return $bad
}

self_test() {
    dir=$(mktemp -d)
    trap 'rm -rf "$dir"' EXIT
    while read -r file line; do
        rm -rf "$dir/core" "$dir/tui" "$dir/screens"
        mkdir -p "$dir/core/base" "$dir/core/net" "$dir/core/sandbox" "$dir/tui" "$dir/screens"
        echo '#include "core/base/err.h"' >"$dir/tui/good.c"
        (check "$dir") || { echo "a good tree was refused"; exit 1; }
        mkdir -p "$dir/$(dirname "$file")"
        echo "$line" >"$dir/$file"
        ! (check "$dir") >/dev/null || { echo "not seen: $line in $file"; exit 1; }
    done <<'BREACHES'
core/base/bad.c #include "core/net/net.h"
core/net/bad.c #  include "tui/term.h"
core/sandbox/bad.c #include "core/cache/cache.h"
tui/bad.c #include "screens/help.h"
screens/bad.c #include <curses.h>
core/net/bad.c #include <openssl/evp.h>
core/sandbox/bad.c #include <git2.h>
tui/bad.c #include <sqlite3.h>
core/elsewhere/bad.c int x;
BREACHES
    echo "every breach was seen"
}

case ${1:-} in
--self-test) self_test ;;
*) check "${1:-$(dirname "$0")/..}" ;;
esac
