#!/bin/sh
# Runs fuzz targets (the arguments), two at a time, SECONDS (60) each. SEED=n
# makes the same inputs again, as far as the time goes; without it, or with 0,
# they are others in each run.
# "FUZZ_MAX_LEN: n" in x_fuzz.c lets inputs grow to n bytes (otherwise 4096).
# The first inputs are the files in build/fuzz/corpus/x. The test of x, if it
# was built, writes its own inputs there: packets/exact_unit.h. The output of
# each is in TARGET.log, an input that fails in TARGET.crash-... Those that
# failed come last, with the end of their output; then the line
# "N passed, N failed".
if [ "$1" = --one ]; then
    target=$2 source=${2#build/fuzz/}.c log=$2.log
    max=$(sed -n 's/.*FUZZ_MAX_LEN: *\([0-9]*\).*/\1/p' "$source")
    name=$(basename "$target" _fuzz)
    corpus=build/fuzz/corpus/$name
    test=build/cc/${source%_fuzz.c}_test
    mkdir -p "$corpus"
    [ ! -x "$test" ] || CORPUS=$corpus "$test" >/dev/null 2>&1
    mkdir -p "$target.new" # the inputs that it finds
    begin=$(date +%s)
    "$target" -seed="${SEED:-0}" -max_total_time="${SECONDS:-60}" \
        -max_len="${max:-4096}" \
        -artifact_prefix="$target." "$target.new" "$corpus" >"$log" 2>&1
    status=$?
    echo $status >"$target.status"
    result=$(sed -n 's/^#\([0-9]*\).*DONE *\(cov: [0-9]*\).*/\1 inputs, \2/p' \
        "$log")
    [ $status = 0 ] || result="FAILED, exit status $status"
    printf '%-32s %s, %d s\n' "${target#build/fuzz/}" "$result" \
        $(($(date +%s) - begin))
    exit 0 # xargs runs the others, too, whatever the status is
fi

passed=0 failed=0
for target; do rm -f "$target.status"; done
[ $# = 0 ] || printf '%s\n' "$@" | xargs -P2 -n1 "$0" --one
for target; do
    status=$(cat "$target.status" 2>/dev/null)
    if [ "$status" = 0 ]; then
        passed=$((passed + 1))
        continue
    fi
    failed=$((failed + 1))
    input=$(sed -n 's/.*Test unit written to //p' "$target.log" | tail -n 1)
    echo
    tail -n 20 "$target.log"
    echo "${target#build/fuzz/}: FAILED, exit status ${status:-unknown}," \
        "output in $target.log, input in ${input:-no file}"
done
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]
