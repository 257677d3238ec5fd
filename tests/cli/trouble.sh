#!/bin/sh
# Bad input and bad surroundings: one clear sentence, the right exit code, never a crash or a hang.
# $1: penstock, $2: penstock-sandbox
set -u
. "$(dirname "$0")/lib.sh"

# The command line.
run 2 stauts
tells "did you mean status?"
run 2 status --cahced
tells "did you mean --cached?"
run 2 watch
run 2 completion tcsh
run 2 status --context nonsense
tells "profile@region"

# AWS's files.
export AWS_CONFIG_FILE="$dir/config" AWS_SHARED_CREDENTIALS_FILE="$dir/credentials" AWS_REGION=eu-west-1
run 3 status
tells "credentials"
printf '[default]\nregion = eu-west-1\nthis is not a setting\n' >"$dir/config"
run 3 status
tells "line 3"
: >"$dir/config"
run 3 status --profile nobody
tells "nobody"
run 3 status --cached --profile nobody
tells "nobody"
export AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=secretsecret
run 4 status --endpoint-url http://127.0.0.1:9
run 3 status --region moon-1
tells "moon-1"
run 3 status --endpoint-url ftp://127.0.0.1
tells "correct the setting"
AWS_PROFILE=nobody run 3 sync
tells "nobody@eu-west-1: there is no profile"
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY

start_sandbox --seed demo
run 0 sync
is_quiet

# A reader that goes away, a full disk, no stdout at all.
"$penstock" status --cached --json 9>&- | head -c 10 >/dev/null
timeout 60 "$penstock" status --cached --plain >/dev/full 2>"$dir/err" 9>&-
[ $? -eq 1 ] || say "a full disk is not told"
what="status >/dev/full"
tells "No space left"
timeout 60 "$penstock" status --cached >&- 2>"$dir/err" 9>&-
[ $? -eq 1 ] || say "a closed stdout is not told"
(timeout 60 "$penstock" status --cached --json 2>"$dir/err" 9>&-; echo $? >"$dir/code") | : 
what="status | :"
is_quiet
case $(cat "$dir/code") in 0 | 141) ;; *) say "a closed pipe gives exit $(cat "$dir/code")" ;; esac

# Hardly any environment.
(unset HOME XDG_STATE_HOME XDG_CONFIG_HOME TERM LC_ALL; run 0 status --plain; [ $bad -eq 0 ]) || bad=1
(export TERM=no-such-terminal; run 0 status; [ $bad -eq 0 ]) || bad=1

# A cache that is none, or of the future: set aside with a sentence.
echo "this is not a database, but it is long enough to be taken for one by those who look at sizes" \
    >"$dir/state/penstock/cache.db"
rm -f "$dir"/state/penstock/cache.db-*
run 0 status
prints "sales-orders"
[ -s "$dir/err" ] || say "a cache that was set aside is not told"

# The network goes away: the rows stay, the reason is told, the exit code says so.
stop_sandbox
run 4 status --refresh
prints "sales-orders"
tells "127.0.0.1"
run 4 sync
run 4 status --cached
prints "sales-orders"
tells "is stale"
run 0 prompt
prints "!"
run 4 watch customer-360
run 4 status --refresh --json
json "d['contexts'][0]['error'] and all(p['stale'] for p in d['pipelines'])"
exit $bad
