# Shared by the stories: a sandbox that ends with the test, a private home, and checks that say what
# was printed. A story sources this with the two programs as its arguments.
penstock=$1
sandbox=$2
dir=$(mktemp -d)
bad=0
sandbox_pid=

clean_up() {
    exec 9>&- 2>/dev/null
    [ -z "$sandbox_pid" ] || kill "$sandbox_pid" 2>/dev/null
    [ -z "$sandbox_pid" ] || wait "$sandbox_pid" 2>/dev/null
    rm -rf "$dir"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

# Nothing of the caller's may lead the test astray.
for name in $(env | sed -n 's/^\(AWS_[A-Za-z0-9_]*\)=.*/\1/p'); do unset "$name"; done
unset HTTP_PROXY HTTPS_PROXY ALL_PROXY http_proxy https_proxy all_proxy NO_COLOR
export HOME="$dir/home" XDG_STATE_HOME="$dir/state" XDG_CONFIG_HOME="$dir/xdg"
export AWS_EC2_METADATA_DISABLED=true LC_ALL=C.UTF-8
mkdir "$dir/home"

# start_sandbox OPTION...: returns when it answers; its AWS files are the test's.
start_sandbox() {
    mkfifo "$dir/stdin"
    "$sandbox" --port 0 --port-file "$dir/port" --config-dir "$dir/aws" --until-eof "$@" \
        <"$dir/stdin" >"$dir/sandbox.out" 2>&1 &
    sandbox_pid=$!
    exec 9>"$dir/stdin"
    tries=0
    while [ ! -s "$dir/port" ] || [ ! -s "$dir/aws/credentials" ]; do
        tries=$((tries + 1))
        if [ $tries -gt 400 ] || ! kill -0 "$sandbox_pid" 2>/dev/null; then
            cat "$dir/sandbox.out"
            echo "the sandbox did not start"
            exit 1
        fi
        sleep 0.05
    done
    rm "$dir/stdin"
    export AWS_CONFIG_FILE="$dir/aws/config" AWS_SHARED_CREDENTIALS_FILE="$dir/aws/credentials"
    export AWS_PROFILE=cicd AWS_REGION=eu-west-1
}

stop_sandbox() {
    exec 9>&-
    wait "$sandbox_pid"
    sandbox_pid=
}

say() {
    echo "FAILED: $*"
    bad=1
}

# run STATUS WORD...: run penstock; its output is in $dir/out and $dir/err. At most a minute.
run() {
    want=$1
    shift
    what="penstock $*"
    timeout 60 "$penstock" "$@" >"$dir/out" 2>"$dir/err" 9>&-
    got=$?
    [ "$got" -eq "$want" ] && return 0
    say "$what: exit $got, not $want"
    head -c 2000 "$dir/out" "$dir/err"
}

# What the last run printed: fixed strings, on stdout or stderr.
prints() { grep -qF -- "$1" "$dir/out" || { say "$what: no \"$1\" in what it printed"; head -c 2000 "$dir/out"; }; }
tells() { grep -qF -- "$1" "$dir/err" || { say "$what: no \"$1\" on stderr"; cat "$dir/err"; }; }
is_quiet() { [ ! -s "$dir/err" ] || { say "$what: stderr is not empty"; cat "$dir/err"; }; }
# At most one sentence, and never an escape sequence or another control character.
is_clean() {
    ! LC_ALL=C grep -q "$(printf '[\001-\010\013-\037\177]')" "$dir/out" "$dir/err" ||
        say "$what: a control character was printed"
}
json() { python3 -c "import json,sys; d=json.load(open('$dir/out')); sys.exit(not ($1))" || say "$what: not true: $1"; }
