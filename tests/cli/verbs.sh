#!/bin/sh
# What each verb prints and returns when all is well. $1: penstock, $2: penstock-sandbox
set -u
. "$(dirname "$0")/lib.sh"
start_sandbox --seed demo

# status: the first run fills the cache, the next needs no network.
run 4 status --cached
tells "was never synced"
run 0 prompt
[ ! -s "$dir/out" ] || say "prompt printed something without a cache"
run 0 status
prints "PIPELINE"
prints "sales-orders"
is_quiet
is_clean
rows=$(tail -n +2 "$dir/out" | wc -l)
run 0 status --cached --plain
is_quiet
[ "$(wc -l <"$dir/out")" -eq "$rows" ] || say "--plain and the table differ in rows"
[ "$(awk -F '\t' '{ print NF }' "$dir/out" | sort -u | wc -l)" -eq 1 ] ||
    say "--plain has rows of different lengths"
run 0 status --cached --json
json "d['schema'] == 1 and len(d['pipelines']) == $rows"
json "set(d['contexts'][0]) >= {'profile','account','region','synced_at','error'}"
json "d['contexts'][0]['account'] == '111111111111'"
json "all(set(p) >= {'name','account','region','strategy','status','execution_id','started_at','updated_at','revision','revision_summary','trigger','stale','stages'} for p in d['pipelines'])"
json "not any(p['stale'] for p in d['pipelines'])"
json "any(a['waiting'] and a['status'] == 'Waiting' for p in d['pipelines'] for s in p['stages'] for a in s['actions'])"
json "{'trunk','gitflow','unmanaged'} == {p['strategy'] for p in d['pipelines']}"

# Names: a pipeline, a logical one, one that is not there.
run 0 status finance-ledger --plain
[ "$(wc -l <"$dir/out")" -eq 3 ] || say "a logical name does not give its three pipelines"
run 0 status --refresh sales-orders --plain
prints "sales-orders"
[ "$(wc -l <"$dir/out")" -eq 1 ] || say "one name gives more than one row"
run 1 status no-such-thing sales-orders
prints "sales-orders"
tells "there is no pipeline \"no-such-thing\""

# Several contexts in one list; text that would like to be more than text.
run 0 sync --context cicd@eu-west-1 --context test@eu-west-1
prints "pipelines"
run 0 status --cached --plain --context test@eu-west-1
prints "text-torture"
is_clean
run 0 status --cached --context cicd@eu-west-1 --context test@eu-west-1 --json
json "len(d['contexts']) == 2 and len({p['account'] for p in d['pipelines']}) == 2"

# describe, prompt
run 0 describe clickstream-ingest
prints "Source"
prints "arn:aws:codepipeline:eu-west-1:111111111111:clickstream-ingest"
is_clean
run 0 describe clickstream-ingest --json
json "d['pipeline']['name'] == 'clickstream-ingest' and d['pipeline']['stages']"
run 2 describe finance-ledger
tells "means 3 pipelines"
run 1 describe nothing-like-it
run 0 prompt --ascii
grep -Eq '^[0-9]+x( [0-9]+\?)?( [0-9]+>)?' "$dir/out" || say "prompt: $(cat "$dir/out")"

# The cache holds the rows of test, too, by now: they count only where they were asked for.
cp "$dir/out" "$dir/one"
run 0 prompt --ascii --context cicd@eu-west-1 --context test@eu-west-1
cmp -s "$dir/out" "$dir/one" && say "prompt counts the same for two contexts: $(cat "$dir/out")"
run 0 prompt --ascii --context dev@eu-west-1
[ ! -s "$dir/out" ] || say "prompt counts rows that were not asked for: $(cat "$dir/out")"

# watch: one that has failed, one that has succeeded, one that goes on
run 1 watch clickstream-ingest
prints "Failed"
run 0 watch weather-feed-b
prints "Succeeded"
run 8 watch customer-360 --timeout 1
tells "still running"

# help in every form
run 0 --help
prints "Exit codes"
run 0 status --help
prints "--refresh"
run 0 help watch
run 0 help keys
prints "ask AWS again"
run 0 help keys --plain
awk -F'\t' 'NF != 4 || $2 == "" || $4 == "" { exit 1 }' "$dir/out" || say "a line of keys is not four fields"
[ -z "$(cut -f1,3 "$dir/out" | awk -F'\t' '$2 != ""' | sort | uniq -d)" ] || say "a key is there twice"
for command in quit refresh palette; do
    grep -q "^	$command	" "$dir/out" || say "no key of $command"
done
run 2 help status --plain
run 0 --version
run 0 version
run 0 man
prints "calls_per_second"
exit $bad
