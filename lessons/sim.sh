#!/bin/sh
# Runs simulations (the arguments) with SEEDS (1000) seeds each, from seed FIRST
# (1) on. A seed that fails ends one; FIRST=SEED SEEDS=1 repeats that seed.
status=0
for sim in "$@"; do
    echo "== $sim"
    "$sim" --seeds "${SEEDS:-1000}" ${FIRST:+--first "$FIRST"} || status=1
done
[ $# != 0 ] || echo "there is no simulation yet"
exit $status
