#!/bin/sh
# Runs every test named as an argument, and the pages, with both back ends of
# the loop. Ends with "N passed, N failed", counted from what they print:
# CUnit's row "tests  total ran passed failed", or such a last line.
BIN=${BIN:-bin}
passed=0 failed=0 out=$(mktemp)
trap 'rm -f "$out"' EXIT
limit=
command -v timeout >/dev/null 2>&1 && limit='timeout 170'

count() { # one test program and its arguments
    echo "== $*"
    $limit "$@" >"$out" 2>&1
    status=$?
    cat "$out"
    set -- $(awk '$1 == "tests" && NF >= 5 { p = $4; f = $5 }
        /^[0-9]+ passed, [0-9]+ failed$/ { p = $1; f = $3 }
        END { print p, f }' "$out")
    good=${1:-0} bad=${2:-0}
    # Ended early, or said nothing: one failure more than it told.
    [ "$status" = 0 ] || [ "$bad" != 0 ] || bad=1
    [ "$good" != 0 ] || [ "$bad" != 0 ] || bad=1
    passed=$((passed + good)) failed=$((failed + bad))
}

for backend in 0 1; do
    export LOOP_POLL=$backend BIN
    echo "== LOOP_POLL=$LOOP_POLL"
    for test in "$@"; do count "$test"; done
    [ ! -x "$BIN/pages" ] || count "$BIN/pages"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
