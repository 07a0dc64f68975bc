#!/bin/sh
# Runs tests (the arguments), then the pages, with both back ends of the event
# loop. Prints one line for each, the output of those that failed, and in the
# end "N passed, N failed". It counts what they print: CUnit's row "tests total
# ran passed failed", or a last line like its own. A simulation counts as one
# test.
BIN=${BIN:-bin} RUN=${RUN-} # RUN: an emulator that runs the tests
passed=0 failed=0 out=$(mktemp)
trap 'rm -f "$out"' EXIT
limit=
command -v timeout >/dev/null 2>&1 && limit='timeout 600'

now() { # in milliseconds, if this date(1) has them
    case $(date +%N) in
    [0-9]*) date +%s%3N ;;
    *) echo "$(date +%s)000" ;;
    esac
}

count() { # a name to print, a command and its arguments
    name=$1 begin=$(now)
    shift
    # shellcheck disable=SC2086 # lists
    $limit $RUN "$@" >"$out" 2>&1
    status=$? time=$(($(now) - begin))
    case $name$status in *_sim0) echo "1 passed, 0 failed" >>"$out" ;; esac
    set -- $(awk '$1 == "tests" && NF >= 5 { p = $4; f = $5 }
        /^[0-9]+ passed, [0-9]+ failed$/ { p = $1; f = $3 }
        END { print p + 0, f + 0 }' "$out")
    good=$1 bad=$2
    # A test that ended early or printed no count has failed.
    [ "$status" = 0 ] || [ "$bad" != 0 ] || bad=1
    [ "$good" != 0 ] || [ "$bad" != 0 ] || bad=1
    [ "$bad" = 0 ] || cat "$out"
    printf '%-32s %6d ms %4d passed' "${name#build/*/}" $time "$good"
    [ "$bad" = 0 ] || printf ', %d FAILED, exit status %d' "$bad" $status
    echo
    passed=$((passed + good)) failed=$((failed + bad))
}

unit_tests() {
    for test in "$@"; do
        # A core does not know the loop: once is enough.
        case $LOOP_POLL$test in
        0* | 1*/tcp/* | 1*/lessons/*) ;;
        *) continue ;;
        esac
        case $test in
        *_sim) count "$test" "$test" --seeds "${SEEDS:-300}" ;;
        *) count "$test" "$test" ;;
        esac
    done
}

# A page together with its program, lessons/104-stream.md and tcp/104_stream.c.
pages() {
    [ -x "$BIN/pages" ] || return 0
    for page in lessons/[0-9]*.md; do
        program=$(basename "$page" .md | tr - _)
        set -- */"$program".c
        [ -e "$1" ] || set --
        count "$page" "$BIN/pages" "$page" "$@"
    done
    for program in */[0-9]*.c; do # "pages" complains if there is no page
        page=lessons/$(basename "$program" .c | tr _ -).md
        [ -e "$page" ] || count "$program" "$BIN/pages" "$program"
    done
}

export LOOP_POLL BIN
for LOOP_POLL in 0 1; do
    [ $LOOP_POLL = 0 ] || echo "with poll() instead of epoll:"
    unit_tests "$@"
    pages
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
