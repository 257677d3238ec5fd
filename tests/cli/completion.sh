#!/bin/sh
# What the Tab key offers, asked of each shell's own script. $1: penstock, $2: penstock-sandbox
set -u
. "$(dirname "$0")/lib.sh"

for shell in bash zsh fish; do
    run 0 completion $shell
    is_quiet
    cp "$dir/out" "$dir/$shell"
    if command -v $shell >/dev/null; then
        $shell -n "$dir/$shell" || say "$shell does not understand its completion"
    else
        echo "$shell is not here, its script was only printed"
    fi
done
describe="$(dirname "$0")/../../cmake/describe.sh"
for kind in man bash zsh fish; do
    sh "$describe" $kind "$sandbox" >"$dir/sandbox.$kind" || say "no $kind for the sandbox"
    grep -q fault "$dir/sandbox.$kind" || say "the sandbox's $kind does not know --fault"
done
grep -q html200 "$dir/sandbox.man" || say "the sandbox's man page does not list the faults"
command -v bash >/dev/null || exit $bad

# A penstock whose cache holds names that a shell must not take for its own.
cat >"$dir/ask" <<'END'
. "$1"
penstock() { printf '%s\tx\n' 'a$(touch pwned)b' 'sales@eu' 'sales-orders' '*' 'a;b'; }
COMP_LINE=$2 COMP_POINT=${#2}
COMP_WORDS=() COMPREPLY=()
_penstock
echo "${COMPREPLY[*]}"
END

# offers LINE REPLIES
offers() {
    got=$(cd "$dir" && bash "$dir/ask" "$dir/bash" "$1")
    [ "$got" = "$2" ] || say "\"$1\" offers \"$got\", not \"$2\""
}
offers "penstock st" "status stop stack"
offers "penstock status --pro" "--profile"
offers "penstock status " "sales@eu sales-orders"
offers "penstock watch sales@e" "@eu" # bash keeps what stands before an '@'
offers "penstock --context prod@eu-west-1 st" "status stop stack"
offers "penstock --context=prod@eu-west-1 st" "status stop stack"
offers "penstock --profile st" ""
offers "penstock --profile=st" ""
offers "penstock completion z" "zsh"
offers "penstock --log bas" "bash"
offers "penstock --log=bas" "bash"
[ ! -e "$dir/pwned" ] || say "bash ran a pipeline's name"
exit $bad
