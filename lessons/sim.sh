#!/bin/sh
# Runs each simulation named as an argument with SEEDS (1000) seeds, from seed
# FIRST (1) on. A seed that fails ends it; FIRST=that SEEDS=1 plays it again.
status=0
for sim in "$@"; do
    echo "== $sim"
    "$sim" --seeds "${SEEDS:-1000}" ${FIRST:+--first "$FIRST"} || status=1
done
[ $# != 0 ] || echo "there is no simulation yet"
exit $status
