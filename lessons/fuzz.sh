#!/bin/sh
# Runs fuzz targets (the arguments), two at a time, SECONDS (60) each.
# "FUZZ_MAX_LEN: n" in x_fuzz.c lets inputs grow to n bytes (otherwise 4096). If
# there is a directory build/fuzz/corpus/x, its files are the first inputs. The
# output of each is in TARGET.log, an input that fails in TARGET.crash-...
if [ "$1" = --one ]; then
    target=$2 source=${2#build/fuzz/}.c log=$2.log
    max=$(sed -n 's/.*FUZZ_MAX_LEN: *\([0-9]*\).*/\1/p' "$source")
    name=$(basename "$target" _fuzz)
    set --
    [ ! -d "build/fuzz/corpus/$name" ] || set -- "build/fuzz/corpus/$name"
    mkdir -p "$target.new" # the inputs that it finds
    begin=$(date +%s)
    "$target" -max_total_time="${SECONDS:-60}" -max_len="${max:-4096}" \
        -artifact_prefix="$target." "$target.new" "$@" >"$log" 2>&1
    status=$?
    [ $status = 0 ] || tail -n 40 "$log"
    printf '%-32s %s, %d s\n' "${target#build/fuzz/}" \
        "$(sed -n 's/^#\([0-9]*\).*DONE *\(cov: [0-9]*\).*/\1 inputs, \2/p' "$log")" \
        $(($(date +%s) - begin))
    exit $status
fi
printf '%s\n' "$@" | xargs -P2 -n1 "$0" --one
