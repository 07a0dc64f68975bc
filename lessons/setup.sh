#!/bin/sh
# Installs what the tests and the pages need (CUnit, Graphviz, nc), with the
# package manager of the system. The programs need none of it. If nothing is
# missing, it changes nothing.
#   setup.sh --check             fails, with a message, if CUnit is missing
#   setup.sh --cflags | --libs   the flags of compiler or linker for CUnit
set -eu

# Homebrew, MacPorts and the BSDs put CUnit where compilers do not look.
for place in "${HOMEBREW_PREFIX:-}" /opt/homebrew /usr/local /opt/local \
    /usr/pkg none; do
    [ ! -e "$place/include/CUnit/CUnit.h" ] || break
done
cflags= libs=-lcunit
if [ "$place" != none ]; then
    cflags="-isystem $place/include" libs="-L$place/lib -lcunit"
fi

cflags=${CUNIT_CFLAGS-$cflags} libs=${CUNIT_LIBS-$libs} # set by the caller?

has_cunit() {
    # shellcheck disable=SC2086 # a list
    echo '#include <CUnit/CUnit.h>
int main(void) { return (int)CU_initialize_registry(); }' |
        ${CC:-cc} $cflags -x c -o /dev/null - $libs 2>/dev/null
}

has() {
    command -v "$1" >/dev/null 2>&1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

case ${1:-} in
--cflags) echo "$cflags" && exit ;;
--libs) echo "$libs" && exit ;;
--check)
    has_cunit && exit
    echo "The tests need CUnit: run make setup" >&2
    exit 1
    ;;
esac

if has_cunit && has dot && has nc; then
    echo "setup: CUnit, Graphviz and nc are here already"
    exit 0
fi
if has apt-get; then
    as_root apt-get update -q
    as_root apt-get -o DPkg::Lock::Timeout=120 install -y -q libcunit1-dev graphviz netcat-openbsd
elif has dnf; then
    as_root dnf install -y CUnit-devel graphviz netcat
elif has pacman; then
    as_root pacman -S --needed --noconfirm cunit graphviz openbsd-netcat
elif has brew; then
    brew install cunit graphviz # brew refuses to run as root
elif has pkg; then
    as_root pkg install -y cunit graphviz
else
    echo "setup: no apt-get, dnf, pacman, brew or pkg here:" \
        "install CUnit, Graphviz and nc by hand" >&2
    exit 1
fi
# CUnit may be in another place now, so look again.
"$0" --check
echo "setup: done"
