#!/bin/sh
# Builds the unit tests for another processor (argument: s390x, which is
# big-endian, or aarch64) and runs them with QEMU's emulator. Needs a compiler,
# qemu-user and CUnit for that processor; on Debian:
#   dpkg --add-architecture s390x && apt-get update
#   apt-get install gcc-s390x-linux-gnu qemu-user libcunit1-dev:s390x
# (Debian's name for aarch64 is arm64).
set -u
arch=$1 CC=$1-linux-gnu-gcc
for tool in "$CC" "qemu-$arch"; do
    command -v "$tool" >/dev/null || {
        echo "test-cross needs $tool, see lessons/cross.sh" >&2
        exit 1
    }
done
${MAKE:-make} checks CC="$CC" LTO= || exit 1
cd "$(dirname "$0")/.." || exit
# Tests in lessons/ start other programs, which this emulator cannot do, and it
# knows neither TCP_INFO (state_test) nor netlink and namespaces (netlink_test,
# wire_test). It is about ten times slower than the processor, so a simulation
# gets fewer seeds.
# shellcheck disable=SC2046 # a list
RUN="qemu-$arch" BIN=none SEEDS=${SEEDS:-30} lessons/test.sh $(
    printf "build/$CC/%s\n" */*_test.c */*_sim.c |
        grep -v '[*]\|/lessons/\|/state_test\|/wire_test\|/netlink_test' | sed 's/\.c$//'
)
