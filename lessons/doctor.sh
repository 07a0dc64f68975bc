#!/bin/sh
# Tries each thing that the lessons need, and prints a row for it: is it here,
# and if not: why, the command that fixes it, and what does not work without it.
# Nothing is changed. The exit status is 0, whatever is missing.
CC=${CC:-cc} MAKE=${MAKE:-make} # as make(1) names them
dir=$(mktemp -d) || exit 0
trap 'rm -rf "$dir"' EXIT
cd "$(dirname "$0")/.." || exit 0
good=0 all=0

has() {
    command -v "$1" >/dev/null 2>&1
}

yes() { # what, the proof
    all=$((all + 1)) good=$((good + 1))
    printf '  yes  %-17s %s\n' "$1" "$2"
}

no() { # what, why, the command that fixes it, what does not work without it
    all=$((all + 1))
    case $2 in
    'not tried'*) printf '   ?   %-17s %s\n' "$1" "$2" && return ;;
    esac
    printf '  NO   %-17s %s\n' "$1" "$2"
    printf '         fix:     %s\n         missing: %s\n' "$3" "$4"
}

sudo=
[ "$(id -u)" = 0 ] || sudo='sudo '
system=$(uname -s)

# The numbers of the lessons whose files have this pattern: "101, 104, 118".
lessons_with() { # a pattern, files
    pattern=$1
    shift
    grep -lE -e "$pattern" "$@" | sed 's|.*/\([0-9]*\).*|\1|' | sort |
        paste -s -d , - | sed 's/,/, /g'
}

# The command that installs a package, which each system calls by its own name.
install() { # apt-get, dnf, pacman, brew
    if has apt-get; then
        echo "${sudo}apt-get install $1"
    elif has dnf; then
        echo "${sudo}dnf install $2"
    elif has pacman; then
        echo "${sudo}pacman -S $3"
    elif has brew; then
        echo "brew install $4"
    else
        echo "install $1 with the system's package manager"
    fi
}

# What a shell cannot try. Each probe ends with 0, or prints the reason.
probe_source() {
    cat <<'END'
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/if_ether.h>
#include <sys/epoll.h>
#include <sys/ptrace.h>
static int af_packet(void) {
    return socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
}
static int epoll(void) {
    return epoll_create1(0);
}
static int ptrace_child(void) {
    int status = 0;
    if (fork() == 0) _exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1);
    return wait(&status) == -1 || status != 0 ? -1 : 0;
}
#endif
static int ipv6(void) {
    struct sockaddr_in6 a = {.sin6_family = AF_INET6};
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    a.sin6_addr = in6addr_loopback;
    return bind(fd, (struct sockaddr *)&a, sizeof a);
}
int main(int argc, char **argv) {
    const char *probe = argc > 1 ? argv[1] : "none";
    int result = strcmp(probe, "none") == 0 ? 0 : -2;
    if (strcmp(probe, "ipv6") == 0) result = ipv6();
#ifdef __linux__
    if (strcmp(probe, "af_packet") == 0) result = af_packet();
    if (strcmp(probe, "epoll") == 0) result = epoll();
    if (strcmp(probe, "ptrace") == 0) result = ptrace_child();
#endif
    if (result == -1) perror(probe);
    if (result == -2) fprintf(stderr, "only Linux has it\n");
    return result < 0;
}
END
}

try() { # a probe, a command to run it with or nothing
    name=$1
    shift
    if [ -x "$dir/probe" ]; then
        "$@" "$dir/probe" "$name" 2>"$dir/why" && return
        why=$(tail -n 1 "$dir/why")
    else
        why='not tried: it needs a compiler'
    fi
    return 1
}

compiler() {
    probe_source | "$CC" -w -x c -o "$dir/probe" - 2>"$dir/why"
    if try none; then
        yes compiler "$("$CC" --version | head -n 1)"
        return
    fi
    why=$(sed -n 's/.*error: //p' "$dir/why" | head -n 1)
    has "$CC" || why="there is no $CC"
    fix=$(install 'gcc libc6-dev' gcc base-devel gcc)
    [ "$system" != Darwin ] || fix='xcode-select --install'
    no compiler "${why:-$CC does not make a program}" "$fix" 'every lesson'
}

gnu_make() {
    version=$("$MAKE" --version 2>/dev/null | head -n 1)
    case $version in
    'GNU Make '*) yes make "$version" ;;
    *) no make "$MAKE is not GNU make" "$(install make make make make)" \
        'every lesson' ;;
    esac
}

cunit() {
    if lessons/setup.sh --check 2>/dev/null; then
        yes CUnit 'a program with it compiles'
    else
        no CUnit 'no program with CUnit compiles' 'make setup' \
            'make test, coverage, mutants'
    fi
}

graphviz() {
    if echo 'graph { a -- b }' | dot -Tplain >/dev/null 2>&1; then
        yes dot 'it draws a graph'
    else
        no dot 'dot (Graphviz) does not draw a graph' 'make setup' \
            'make docs, which draws the diagrams'
    fi
}

netcat() {
    nc -h >"$dir/nc" 2>&1
    if has nc && [ -s "$dir/nc" ]; then
        yes nc "$(command -v nc)"
    else
        no nc 'there is no nc' 'make setup' \
            "what a hand tries in $(lessons_with '(^|[^a-z])nc ' \
                lessons/[0-9]*.md)"
    fi
}

browser() {
    for b in ${BROWSER:+"$BROWSER"} firefox chromium chromium-browser \
        google-chrome brave-browser epiphany; do
        has "$b" && yes browser "$b" && return
    done
    if [ "$system" = Darwin ] && open -Ra Safari 2>/dev/null; then
        yes browser Safari
        return
    fi
    no browser 'none here: a forwarded port may do' \
        "$(install chromium chromium chromium '--cask chromium')" \
        'the pages of 506 and 508, make demo; interop without its browser'
}

node() {
    version=$(command node -p process.versions.node 2>/dev/null)
    fix=$(install 'nodejs npm' nodejs 'nodejs npm' node)
    if [ -z "$version" ]; then
        no node 'no node that runs' "$fix" 'make interop'
    elif [ "${version%%.*}" -lt 18 ] || ! has npm; then
        no node "node $version; 18 and npm are needed" "$fix" 'make interop'
    else
        yes node "$version"
    fi
}

setting() { # NAME VALUE: does this kernel setting have that value?
    [ "$(cat "/proc/sys/$1" 2>/dev/null)" = "$2" ]
}

namespaces() {
    if unshare -Ur true 2>"$dir/why"; then
        yes 'user namespaces' 'unshare -Ur true'
        return
    fi
    why=$(tail -n 1 "$dir/why")
    fix='docker run --security-opt seccomp=unconfined ..., for a container'
    if [ "$system" != Linux ]; then
        why="$system has none" fix='use Linux, or .devcontainer/'
    elif ! has unshare; then
        why='there is no unshare'
        fix=$(install util-linux util-linux util-linux util-linux)
    elif setting kernel/unprivileged_userns_clone 0; then
        fix="${sudo}sysctl -w kernel.unprivileged_userns_clone=1"
    elif setting kernel/apparmor_restrict_unprivileged_userns 1; then
        fix="${sudo}sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
    elif setting user/max_user_namespaces 0; then
        fix="${sudo}sysctl -w user.max_user_namespaces=10000"
    fi
    no 'user namespaces' "$why" "$fix" \
        "captures in $(captured): modelled"
}

# The lessons that watch a network of their own, if the system lets them.
captured() {
    lessons_with WIRE_OPTION_ROWS [a-z]*/[0-9]*.c
}

# A user may open one in a network of his own, so it is tried there, if it can.
af_packet() {
    set --
    ! unshare -Urn true 2>/dev/null || set -- unshare -Urn
    try af_packet "$@" &&
        yes AF_PACKET "${*:+$* and }a raw socket" && return
    fix='user namespaces (above) are enough'
    [ "$system" = Linux ] || fix='use Linux, or .devcontainer/'
    no AF_PACKET "$why" "$fix" \
        "captures in $(captured): modelled"
}

ptrace() {
    try ptrace && yes ptrace 'a process traces its child' && return
    fix='docker run --cap-add SYS_PTRACE ..., for a container'
    [ "$system" = Linux ] || fix='use Linux, or .devcontainer/'
    setting kernel/yama/ptrace_scope 2 || setting kernel/yama/ptrace_scope 3 &&
        fix="${sudo}sysctl -w kernel.yama.ptrace_scope=1 (3: restart first)"
    no ptrace "$why" "$fix" \
        "strace, in $(lessons_with strace lessons/[0-9]*.md); leaks in SAN=1"
}

epoll() {
    try epoll && yes epoll 'epoll_create1' && return
    no epoll "$why" 'use Linux, or .devcontainer/' \
        'lesson 114, a row of 122; the other servers use poll'
}

ipv6() {
    try ipv6 && yes IPv6 'bind to ::1' && return
    fix="${sudo}sysctl -w net.ipv6.conf.lo.disable_ipv6=0"
    [ "$system" = Linux ] || fix='turn IPv6 on in the network settings'
    no IPv6 "$why" "$fix" \
        'lesson 121, two rows of 103, [::1] in 102; the others use IPv4'
}

# shellcheck disable=SC3045 # POSIX has no -H; every shell that we know has it
descriptors() {
    hard=$(ulimit -Hn 2>/dev/null) enough=10240
    [ "$hard" != unlimited ] || hard=1000000
    if [ "${hard:-0}" -ge "$enough" ]; then
        yes 'descriptor limit' "ulimit -Hn is $(ulimit -Hn)"
    else
        no 'descriptor limit' "ulimit -Hn is $hard; a client needs one" \
            "${sudo}prlimit --pid \$\$ --nofile=$enough" \
            'the ten thousand clients of lesson 122'
    fi
}

echo 'What the lessons need, and what this machine has:'
for probe in compiler gnu_make cunit graphviz netcat browser node namespaces \
    af_packet ptrace epoll ipv6 descriptors; do
    $probe # one of the functions above
done
echo "$good of $all; what is missing stops only what its row names"
exit 0
