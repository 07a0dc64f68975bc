#!/bin/sh
# Runs the evidence for each claim of lessons/answers.txt and prints the claim,
# its verdict and the lines that the programs printed now. Exits with 1 if a
# claim has no evidence. BIN: where the programs are.
BIN=${BIN:-bin} table=${1:-lessons/answers.txt}
export BIN
out=$(mktemp) || exit 1
servers='' ports='' missing=0 number=0
trap 'stop; rm -f "$out"' EXIT

stop() {
    # shellcheck disable=SC2086 # a list of process ids
    [ -z "$servers" ] || kill $servers 2>/dev/null
    wait
    servers='' ports=''
}

# Starts a server on a free port and adds it to the ports: $1, $2, ... in the
# lines after it.
serve() {
    # shellcheck disable=SC2086
    set -- "$1" $ports
    command=$1
    shift
    eval "set -- $command"
    program=$1
    shift
    mkfifo "$out.ready"
    "$BIN/$program" --port 0 "$@" >"$out.ready" 2>/dev/null &
    servers="$servers $!"
    read -r line <"$out.ready"
    rm -f "$out.ready"
    ports="$ports ${line##*:}"
}

# Prints the lines of the output that match.
run() { # command, pattern
    case $1 in
    [0-9]*) command="\$BIN/$1" ;;
    *) command=$1 ;;
    esac
    # shellcheck disable=SC2086
    (
        set -- $ports
        eval "timeout 60 $command"
    ) </dev/null 2>&1 | grep -E "$2" >"$out"
    [ -s "$out" ] || {
        echo "$1: no line matches $2" >"$out"
        missing=$((missing + 1))
    }
    sed "s/^ */    /" "$out"
}

while IFS= read -r line; do
    rest=${line#* }
    rest=${rest#"${rest%%[! ]*}"}
    case $line in
    claim*)
        stop
        number=$((number + 1))
        printf '%d. "%s"\n' $number "$rest"
        ;;
    verdict*) echo "   $rest" ;;
    serve*) serve "$rest" ;;
    run*) run "${rest% | *}" "${rest##* | }" ;;
    esac
done <"$table"
stop
echo "$number claims, $missing without evidence"
[ $missing = 0 ] && [ $number != 0 ]
