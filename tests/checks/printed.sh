#!/bin/sh
# What cmake --install puts in place: both programs, their man pages without a complaint of man's, and
# completions that their shells can read. $1: the build directory. Shells that are absent are named.
set -eu
build=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
bad=0

say() {
    echo "$*"
    bad=1
}

cmake --install "$build" --prefix "$dir" >/dev/null
for program in penstock penstock-sandbox; do
    [ -x "$dir/bin/$program" ] || continue
    page=$dir/share/man/man1/$program.1
    for file in "$page" "$dir/share/bash-completion/completions/$program" \
        "$dir/share/zsh/site-functions/_$program" "$dir/share/fish/vendor_completions.d/$program.fish"; do
        [ -s "$file" ] || say "missing or empty: $file"
    done
    if command -v man >/dev/null; then
        complaints=$(LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -l "$page" 2>&1 >/dev/null)
        [ -z "$complaints" ] || say "man: $complaints"
    fi
    # Every option of the help is in the page, the page being made from the same list.
    for option in $("$dir/bin/$program" --help | sed -n 's/^ *--\([a-z][a-z-]*\).*/\1/p'); do
        grep -q -- "\\\\-\\\\-$(echo "$option" | sed 's/-/\\\\-/g')" "$page" ||
            say "not in the man page of $program: --$option"
    done
    check() {
        command -v "$1" >/dev/null || { echo "$1 is not installed: its completion was not read"; return 0; }
        "$1" -n "$2" || say "$1 cannot read $2"
    }
    check bash "$dir/share/bash-completion/completions/$program"
    check zsh "$dir/share/zsh/site-functions/_$program"
    check fish "$dir/share/fish/vendor_completions.d/$program.fish"
done
[ -x "$dir/bin/penstock" ] || say "penstock was not installed"

# Completing in a real bash: verbs, a verb's options and nothing of another's.
complete_words() {
    bash -c '. "$1"; COMP_LINE="penstock ${*:2}"; COMP_POINT=${#COMP_LINE}; _penstock; echo "${COMPREPLY[*]}"' \
        bash "$dir/share/bash-completion/completions/penstock" "$@"
}
if command -v bash >/dev/null; then
    [ "$(complete_words stat)" = status ] || say "stat does not complete to status"
    [ "$(complete_words watch --time)" = --timeout ] || say "--time does not complete after watch"
    [ -z "$(complete_words status --time)" ] || say "status completes an option that it does not take"
    [ "$(complete_words --profile x completion f)" = fish ] || say "completion f does not complete to fish"
fi
exit $bad
