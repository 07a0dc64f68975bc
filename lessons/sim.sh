#!/bin/sh
# Runs simulations (the arguments) with SEEDS (1000) seeds each, from seed FIRST
# (1) on. A seed that fails ends one; FIRST=SEED SEEDS=1 repeats that seed. One
# that has the option --memory runs a quarter of the seeds with it, too.
status=0
seeds=${SEEDS:-1000}
for sim in "$@"; do
    echo "== $sim"
    "$sim" --seeds "$seeds" ${FIRST:+--first "$FIRST"} || status=1
    "$sim" --help 2>&1 | grep -q -e --memory || continue
    "$sim" --memory --seeds $(((seeds + 3) / 4)) ${FIRST:+--first "$FIRST"} ||
        status=1
done
[ $# != 0 ] || echo "there is no simulation yet"
exit $status
