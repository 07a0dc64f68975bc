#!/bin/sh
# Installs what the tests (CUnit) and the diagrams (Graphviz) need, with the
# system's package manager. Programs need neither. Nothing missing: no change.
set -eu

has_cunit() {
    echo '#include <CUnit/CUnit.h>
int main(void) { return CU_initialize_registry(); }' |
        ${CC:-cc} -x c -o /dev/null - -lcunit 2>/dev/null
}

has_dot() {
    command -v dot >/dev/null 2>&1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

if has_cunit && has_dot; then
    echo "setup: CUnit and Graphviz are here already"
    exit 0
fi
if command -v apt-get >/dev/null 2>&1; then
    as_root apt-get update -q
    as_root apt-get install -y -q libcunit1-dev graphviz
elif command -v dnf >/dev/null 2>&1; then
    as_root dnf install -y CUnit-devel graphviz
elif command -v pacman >/dev/null 2>&1; then
    as_root pacman -S --needed --noconfirm cunit graphviz
elif command -v brew >/dev/null 2>&1; then
    brew install cunit graphviz # brew refuses to run as root
else
    echo "setup: no apt-get, dnf, pacman or brew here:" \
        "install CUnit and Graphviz by hand" >&2
    exit 1
fi
has_cunit || { echo "setup: CUnit is installed, but cc cannot use it" >&2; exit 1; }
echo "setup: done"
