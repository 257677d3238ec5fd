#!/bin/sh
# ./dev on a bare Debian 12: bootstraps a minimal one from the mirror that this machine uses, and runs
# `./dev demo` in it as root, again, as a user with sudo, as one without, and as if it were another
# system. Not a ctest: it needs root, debootstrap, a mirror and some minutes.
#
#   sudo tests/e2e/dev_bare.sh [FOLDER]    everything happens below FOLDER (default: a temporary one)
#
# All mounts and processes live in namespaces of their own, so nothing stays behind.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)

if [ "${1:-}" != --inside ]; then
    [ "$(id -u)" -eq 0 ] || { echo "dev_bare: needs root" >&2; exit 77; }
    for tool in debootstrap unshare; do
        command -v "$tool" >/dev/null || { echo "dev_bare: needs $tool" >&2; exit 77; }
    done
    if [ -n "${1:-}" ]; then
        mkdir -p "$1"
        exec unshare --mount --pid --fork --kill-child "$0" --inside "$1"
    fi
    folder=$(mktemp -d)
    status=0
    unshare --mount --pid --fork --kill-child "$0" --inside "$folder" || status=$?
    rm -rf --one-file-system "$folder"
    exit "$status"
fi
folder=$2
failures=0

say() {
    printf '\n#### %s\n' "$*"
}

check() {
    what=$1
    shift
    if "$@"; then
        printf 'ok    %s\n' "$what"
    else
        printf 'FAIL  %s\n' "$what"
        failures=$((failures + 1))
    fi
}

# The first mirror of Debian 12 itself, in either of apt's two notations.
mirror() {
    cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | awk '
        $1 == "URIs:" { uri = $2 }
        $1 == "Suites:" && $2 == "bookworm" { print uri; exit }
        $1 == "deb" { at = ($2 ~ /^\[/) ? 3 : 2; if ($(at + 1) == "bookworm") { print $at; exit } }'
}

# What dev itself must install is kept between the roots: only the first one asks the mirror.
prepare() {
    root=$1
    mount -t proc proc "$root/proc"
    mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$root/dev/pts"
    ln -sf pts/ptmx "$root/dev/ptmx"
    mount --bind "$folder/archives" "$root/var/cache/apt/archives"
    cp /etc/resolv.conf /etc/hosts "$root/etc/"
}

put_checkout() {
    mkdir -p "$1/main"
    (cd "$top" && git -c safe.directory='*' ls-files -z --cached --others --exclude-standard |
        tar -c --null --ignore-failed-read -T - 2>/dev/null) | tar -x -C "$1/main"
    [ ! -d "$top/../shared" ] || cp -r "$top/../shared" "$1/shared"
}

# A command in a root, on a terminal of its own; its output is shown and kept in $folder/seen.
on_terminal() {
    root=$1
    user=$2
    shift 2
    status=0
    chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=xterm-256color \
        ${http_proxy:+http_proxy="$http_proxy"} su "$user" -w http_proxy,TERM -c \
        "cd && cd main && script -qec '$*' /dev/null" </dev/null >"$folder/seen" 2>&1 || status=$?
    tr -d '\000' <"$folder/seen" | sed 's/\x1b[^a-zA-Z]*[a-zA-Z]/\n/g; s/\r/\n/g' |
        grep -E '^(==|dev:|penstock|\[|ninja|Get:|0 upg|[0-9]+ upg|sudo|E:)' |
        awk '/^(\[|Get:)/ { n[$1 == "Get:" ? "Get" : "["]++; last = $0; next } { if (last) print last; last = ""; print } END { if (last) print last }' || true
    printf '(exit status %s)\n' "$status"
}

saw() {
    tr -d '\000' <"$folder/seen" | grep -qE "$1"
}

saw_nothing_of() {
    ! saw "$1"
}

# Of the processes of this namespace, none may be a penstock's.
nothing_left() {
    ! cat /proc/[0-9]*/comm 2>/dev/null | grep -q '^penstock' &&
        ! ls -d "$1"/tmp/penstock-demo-* >/dev/null 2>&1
}

count_packages() {
    chroot "$1" dpkg-query -W | wc -l
}

mount --make-rprivate /
mount -t proc proc /proc
mkdir -p "$folder/archives"
uri=$(mirror)
[ -n "$uri" ] || { echo "dev_bare: apt's sources name no mirror of bookworm" >&2; exit 77; }

if [ ! -x "$folder/bare/usr/bin/apt-get" ]; then
    say "bootstrapping a minimal Debian 12"
    debootstrap --variant=minbase bookworm "$folder/bare" "$uri" >"$folder/debootstrap.log" 2>&1 || {
        tail -20 "$folder/debootstrap.log" >&2
        exit 1
    }
    rm -rf "$folder/bare/var/lib/apt/lists/"*_Packages*
fi
for name in root user; do
    rm -rf --one-file-system "${folder:?}/$name"
    cp -a "$folder/bare" "$folder/$name"
    prepare "$folder/$name"
done
put_checkout "$folder/root/root"

say "another system: the packages are named, nothing is installed"
before=$(count_packages "$folder/root")
cp --remove-destination "$folder/root/usr/lib/os-release" "$folder/root/etc/os-release"
sed -i 's/^ID=.*/ID=other/; s/^VERSION_ID=.*/VERSION_ID="9"/' "$folder/root/etc/os-release"
on_terminal "$folder/root" root ./dev demo --iterations 2
check "stops with a status" test "$status" -ne 0
check "names the packages" saw 'install what matches:.*libcurl4-openssl-dev'
check "installed nothing" test "$(count_packages "$folder/root")" = "$before"
cp --remove-destination "$folder/bare/usr/lib/os-release" "$folder/root/etc/os-release"

say "root on a bare system"
on_terminal "$folder/root" root ./dev demo --iterations 2
check "ends well" test "$status" -eq 0
check "installed what was missing" saw '== installing: .*cmake'
check "drew the console" saw 'Pipelines'
check "nothing is left" nothing_left "$folder/root"

say "root again"
before=$(count_packages "$folder/root")
on_terminal "$folder/root" root ./dev demo --iterations 2
check "ends well" test "$status" -eq 0
check "installs nothing" saw_nothing_of '== installing'
check "builds nothing" saw 'no work to do'
check "the same packages" test "$(count_packages "$folder/root")" = "$before"
check "nothing is left" nothing_left "$folder/root"

say "a user without sudo"
chroot "$folder/user" useradd -m -s /bin/sh somebody
put_checkout "$folder/user/home/somebody"
chroot "$folder/user" chown -R somebody: /home/somebody
on_terminal "$folder/user" somebody ./dev demo --iterations 2
check "stops with a status" test "$status" -ne 0
check "names the packages and what is needed" saw 'missing and there is neither root nor sudo.*cmake'

say "a user with sudo"
chroot "$folder/user" sh -c 'apt-get update && apt-get install -y --no-install-recommends sudo' \
    >"$folder/sudo.log" 2>&1
echo 'somebody ALL=(ALL) NOPASSWD: ALL' >"$folder/user/etc/sudoers.d/somebody"
on_terminal "$folder/user" somebody ./dev demo --iterations 2
check "ends well" test "$status" -eq 0
check "installed what was missing" saw '== installing: .*cmake'
check "drew the console" saw 'Pipelines'
check "nothing is left" nothing_left "$folder/user"

say "a user, again"
on_terminal "$folder/user" somebody ./dev demo --iterations 2
check "ends well" test "$status" -eq 0
check "installs nothing" saw_nothing_of '== installing'
check "builds nothing" saw 'no work to do'

printf '\n%s failed\n' "$failures"
[ "$failures" -eq 0 ]
