#!/bin/sh
# Runs tests (the arguments) and the pages; what has an event loop runs with
# both of its back ends. Prints one line for each, always in the same order, the
# output of those that failed, the lines "SKIPPED: ..." of what the system
# forbids, and in the end "N passed, N failed". On a terminal it counts those
# that have ended. Most tests wait more than they
# compute, so several run side by side. A test or a page that says
# "TEST_ALONE: why" runs after the others, with nothing beside it. The first
# FEW that failed run once more, alone: what a busy machine did to them is gone
# then, what is broken fails again. Those that passed only then are named.
#   JOBS=n       how many run side by side (the processors and one more)
#   LIMIT=n      a test that takes more than n seconds (600) has failed
#   RUN=command  an emulator that runs the tests
#
# It counts what they print: CUnit's row "tests total ran passed failed", or a
# last line like its own. A simulation counts as one test. What ends early, or
# prints no count, has failed.
set -u

now() { # in milliseconds, if this date(1) has them
    case $(date +%N) in
    [0-9]*) date +%s%3N ;;
    *) echo "$(date +%s)000" ;;
    esac
}

# --- one of them: its number, LOOP_POLL (0 or 1), its name ---

# Prints the command. A page runs together with the header of its program:
# lessons/104-stream.md and tcp/104_stream.c.
command_of() {
    case $1 in
    *.md) echo "$BIN/pages $1 $(ls -- */"$(basename "$1" .md | tr - _).c")" ;;
    *.c) echo "$BIN/pages $1" ;;
    *_sim) echo "$RUN $1 --seeds ${SEEDS:-300}" ;;
    *) echo "$RUN $1" ;;
    esac 2>/dev/null
}

# Prints the number that has passed, and the number that has failed.
count() { # the output, the exit status
    awk -v status="$2" '
    $1 == "tests" && NF >= 5 { good = $4; bad = $5 }
    /^[0-9]+ passed, [0-9]+ failed$/ { good = $1; bad = $3 }
    END {
        if (!bad && (status || !good)) bad = 1
        print good + 0, bad + 0
    }' "$1"
}

one() {
    name=$3 out=$WORK/$1.out limit=
    ! command -v timeout >/dev/null 2>&1 || limit="timeout -k 1 $LIMIT"
    export LOOP_POLL="$2"
    [ "$2" = 0 ] || export PROGRAMS="$WITH_LOOP"
    begin=$(now)
    # shellcheck disable=SC2046,SC2086 # lists
    $limit $(command_of "$name") >"$out" 2>&1
    status=$? time=$(($(now) - begin))
    case $name$status in *_sim0) echo "1 passed, 0 failed" >>"$out" ;; esac
    read -r good bad <<-END
	$(count "$out" $status)
	END
    name=${name#build/*/}
    [ "$2" = 0 ] || name="$name (poll)"
    {
        [ "$bad" = 0 ] || cat "$out"
        printf '%-36s %6d ms %4d passed' "$name" $time "$good"
        [ "$bad" = 0 ] || printf ', %d FAILED, exit status %d' "$bad" $status
        echo
        grep '^SKIPPED' "$out"
    } >"$WORK/$1.lines"
    echo "$good $bad" >"$WORK/$1.count"
    echo "$1" # it has ended
}

if [ "${1:-}" = --one ]; then
    shift
    [ $# = 0 ] || one "$@" # some xargs(1) run even what has no arguments
    exit 0
fi

# --- all of them ---

WORK=$(mktemp -d) || exit 1
trap 'rm -rf "$WORK"' EXIT
BIN=${BIN:-bin} RUN=${RUN-} LIMIT=${LIMIT:-600} FEW=3

# A program without an event loop runs once. A program with one contains the
# name of the variable; the names of its functions may be optimised away.
is_due() { # LOOP_POLL, a program
    [ "$1" = 0 ] || grep -q LOOP_POLL "$2" 2>/dev/null
}

WITH_LOOP=$(for program in "$BIN"/[0-9]*; do
    ! is_due 1 "$program" || basename "$program"
done)
export WORK BIN RUN LIMIT WITH_LOOP

plan() { # LOOP_POLL, the tests; prints "LOOP_POLL NAME" of each that is to run
    poll=$1
    shift
    for test in "$@"; do
        case $test in
        */programs*_test) echo "$poll $test" ;;
        *) ! is_due "$poll" "$test" || echo "$poll $test" ;;
        esac
    done
    [ -x "$BIN/pages" ] || return 0
    for page in lessons/[0-9]*.md lessons/answers.md; do
        program=$BIN/$(basename "$page" .md | tr - _)
        ! is_due "$poll" "$program" || echo "$poll $page"
    done
    for program in */[0-9]*.c; do # "pages" complains if there is no page
        page=lessons/$(basename "$program" .c | tr _ -).md
        [ -e "$page" ] || [ "$poll" = 1 ] || echo "$poll $program"
    done
}

# On a terminal, the last line says how many have ended. It is overwritten.
show_progress() { # how many
    [ ! -t 1 ] || printf '%d of %d have ended' "$1" "$all"
}

hide_progress() {
    [ ! -t 1 ] || printf '\r%30s\r' ''
}

# Reads a number when a test has ended, and prints what there is to say about
# each test whose turn it is.
print_in_order() {
    next=1 ended=0 all=$(wc -l <"$WORK/plan")
    show_progress 0
    while read -r _; do
        hide_progress
        while [ -e "$WORK/$next.count" ]; do
            cat "$WORK/$next.lines"
            next=$((next + 1))
        done
        ended=$((ended + 1))
        show_progress $ended
    done
    hide_progress
}

# Those that run alone come last, then all have a number.
alone=$(grep -l 'TEST_ALONE: ' lessons/[0-9]*.md ./*/*_test.c ./*/*_sim.c)
{
    plan 0 "$@"
    plan 1 "$@"
} | awk -v alone="$alone" '
BEGIN {
    n = split(alone, file)
    for (i = 1; i <= n; i++) {
        sub(/^\.\//, "", file[i])
        sub(/\.c$/, "", file[i])
        is_alone[file[i]] = 1
    }
}
{ name = $2; sub(/^build\/[^\/]*\//, "", name) }
name in is_alone { last[++count] = $0; next }
{ print "together", ++number, $0 }
END { for (i = 1; i <= count; i++) print "alone", ++number, last[i] }
' >"$WORK/plan"

run() { # which, how many at a time
    sed -n "s/^$1 //p" "$WORK/plan" | xargs -P "$2" -n 3 "$0" --one
}

processors=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
{
    run together "${JOBS:-$((processors + 1))}"
    run alone 1
} | print_in_order

# A test that was killed has left no count.
while read -r _ number _ name; do
    [ ! -e "$WORK/$number.count" ] || continue
    printf '%-36s did not end, 1 FAILED\n' "${name#build/*/}"
    echo 0 1 >"$WORK/$number.count"
done <"$WORK/plan"

has_failed() { # number
    read -r _ bad <"$WORK/$1.count" && [ "$bad" != 0 ]
}

while read -r _ number poll name; do
    has_failed "$number" || continue
    echo "$number $poll $name"
done <"$WORK/plan" >"$WORK/failed"
head -n $FEW "$WORK/failed" >"$WORK/again"
while read -r number poll name; do
    "$0" --one "$number" "$poll" "$name" </dev/null >"$WORK/number"
    sed 's/^/again: /' "$WORK/$number.lines"
    has_failed "$number" || echo "PASSED ONLY WHEN RUN AGAIN: $name"
done <"$WORK/again"

cat "$WORK"/*.count 2>/dev/null | awk '
{ good += $1; bad += $2 }
END {
    print good + 0 " passed, " bad + 0 " failed"
    exit bad || !good
}'
