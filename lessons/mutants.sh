#!/bin/sh
# Which faults would no test notice? Makes one small change at a time to modules
# (the arguments), a mutant, and runs tests until one fails: first the module's
# own test and the one that caught the mutant before, without sanitizers and
# with them, then all other tests that reach the module, the quickest first.
# Simulations are tests, too. A test that takes 2 s more than three times its
# usual time has failed. A mutant that does not compile, or compiles to the same
# machine code with -O2, is not counted. lessons/mutants.awk lists the kinds of
# changes.
#
#   SAMPLE=n  takes n mutants of each module; SEED=s takes others
#   JOBS=n    runs n at a time (2)
#
# lessons/mutants.txt lists mutants that change nothing that a test can observe:
#   file | text of the line | old -> new | reason
# Only the first tests run for them, without sanitizers. The script fails if
# less than 95 % of the mutants of a module are caught or listed. --check runs
# no test: it fails if a mutant is listed that no module has.
set -u
ROOT=$PWD WORK=build/mutants ALL=${ALL:-} MAKE=${MAKE:-make} CC=${CC:-cc}
PLAIN='-O0 -DUNIT_STOP'
SAN='-O1 -DUNIT_STOP -fsanitize=address,undefined -fno-sanitize-recover=all'
PLAN=$WORK/plan REACH=$WORK/reach DONE=$WORK/done KNOWN=lessons/mutants.txt
export LC_ALL=C ASAN_OPTIONS=allocator_may_return_null=1:hard_rss_limit_mb=2000

milliseconds() {
    echo $(($(date +%s%N) / 1000000))
}

# --- one mutant: $1 is its line of the plan ---

# The values of LOOP_POLL with which to run the test $1: both, if it opens the
# event loop. A test that has with_both runs each case with both of them itself.
backends_of() {
    backends=0
    ! grep -q loop_open "$1.c" || grep -q with_both "$1.c" || backends='0 1'
}

# Runs the test $1, linked as $2; $3: its usual time in ms. True: it passes.
passes() {
    limit=$(($3 * 3 / 1000 + 2)) cpu=$(($3 * 3 / 1000 + 1))
    backends_of "$1"
    case $1 in
    *_sim) set -- "$2" --seeds "${SEEDS:-20}" ;;
    *) set -- "$2" ;;
    esac
    for LOOP_POLL in $backends; do
        export LOOP_POLL
        # A mutant may take all memory there is (sanitizers have a limit).
        (
            cd "$dir" || exit
            case $1 in */plain/* | *-plain) ulimit -v 4000000 ;; esac
            ulimit -c 0 -t $cpu
            # timeout has a process group of its own, with what the test leaves.
            # shellcheck disable=SC2016 # the inner shell's
            sh -c 'echo $$ >group; exec timeout -k 1 "$@"' sh $limit "$@" \
                >/dev/null 2>&1 </dev/null
            status=$?
            kill -KILL -"$(cat group)"
            exit $status
        ) 2>/dev/null || return 1
    done
}

# Compiles the mutant, once, and links it with the test $2, as $dir/test-KIND.
build_one() { # kind, test
    flags=$PLAIN
    [ "$1" = plain ] || flags=$SAN
    more=$LIBS
    case $2 in *_sim) more="$ROOT/$WORK/$1/${2%/*}/sim/*.o ${WRAP-}" ;; esac
    # From within its directory, so that __FILE__ is what it always was.
    # shellcheck disable=SC2086 # lists
    (
        cd "$dir" || exit
        [ -e "$1.o" ] ||
            $CC $ALL -I"$ROOT" -w $flags -c -o "$1.o" "$file" || exit
        $CC $flags $FAST -o "test-$1" "$1.o" "$ROOT/$WORK/$1/$2.o" \
            "$ROOT/$WORK/$1/libtoolkit.a" $more
    ) 2>/dev/null
}

# Does the mutant compile to what the module compiles to?
is_same_code() {
    # shellcheck disable=SC2086 # a list
    (cd "$dir" && $CC $ALL -I"$ROOT" -w -O2 -c -o same.o "$file") &&
        cmp -s "$dir/same.o" "$WORK/same/${file%.c}.o"
}

# True: the test $2, which usually takes $3 ms, notices the mutant.
notices() { # kind, test, ms
    build_one "$1" "$2" || { verdict=none && return; }
    passes "$2" "$ROOT/$dir/test-$1" "$3" && return 1
    verdict=caught
    echo "$2" >"$WORK/last/$(echo "$file" | tr / -)"
}

one_notices() { # kind, tests with their times
    kind=$1
    shift
    while [ $# != 0 ]; do
        notices "$kind" "$1" "$2" && return
        shift 2
    done
    return 1
}

judge() {
    # The test that caught the mutant before, if it is not the module's own.
    last=$(cat "$WORK/last/$(echo "$file" | tr / -)" 2>/dev/null)
    near=$(awk -v f="${file%.c}" -v last="$last" '
        $1 == f && ($3 == 0 || $2 == last) { print $2, $4 }' $REACH)
    far=$(awk -v f="${file%.c}" '$1 == f && $3 == 1 { print $2, $4 }' $REACH)
    verdict=survived
    # shellcheck disable=SC2086 # lists: test, ms, test, ms
    {
        one_notices plain $near && return
        if is_same_code; then
            verdict=none
            return
        fi
        [ "$known" = new ] || return 0
        one_notices san $near || one_notices plain $far
    }
}

one() {
    IFS='	' read -r known file line start len how label text <<-END
	$1
	END
    dir=$WORK/work/$$ verdict=none
    begin=$(milliseconds)
    mkdir -p "$dir/${file%/*}"
    export TMPDIR="$ROOT/$dir"
    HOW=$how awk -v start="$start" -v len="$len" -f lessons/mutants.awk \
        "$file" >"$dir/$file"
    judge
    rm -rf "$dir"
    printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' $verdict "$known" "$file" "$line" \
        "$label" "$text" $(($(milliseconds) - begin)) >>$DONE
}

# --- before: which tests reach a module, and what can be changed ---

build() { # kind, flags
    $MAKE -s -j"${JOBS:-2}" checks B=$WORK/"$1" LTO= LINK= SAFE= \
        CFLAGS="$2 -w" || exit 1
}

# The tests that reach each module, by the symbols that objects need, its own
# first (0), then by the time they take, in ms: "tcp/io tcp/io_test 0 35".
reach() {
    for source in */*.c; do # an object may be older than a file's removal
        [ ! -e "$WORK/plain/${source%.c}.o" ] || echo "$WORK/plain/${source%.c}.o"
    done | xargs nm -P -A | awk '
    function name(path) {
        sub(/\.o:?$/, "", path)
        return substr(path, length("'$WORK/plain/'") + 1)
    }
    NF == 2 { time[$1] = $2; next }
    { file = name($1) }
    $3 == "U" { uses[file] = uses[file] " " $2; next }
    $3 ~ /^[BCDRT]$/ && file !~ /_(test|sim|fuzz)$/ { home[$2] = file }
    function follow(file,    list, k) {
        if (file in seen) return
        seen[file] = 1
        for (k = split(uses[file], list, " "); k > 0; k--)
            if (list[k] in home) follow(home[list[k]])
    }
    END {
        for (test in time) {
            split("", seen)
            follow(test)
            for (file in seen) {
                own = 1 # json_test is the own test of json and json_string
                if (test ~ /_test$/ && index(file "_", substr(test, 1,
                    length(test) - 4)) == 1) own = 0
                if (index(test, file "_") == 1) own = 0
                if (file != test)
                    print file, test, own, time[test]
            }
        }
    }' $WORK/times - | sort -k1,1 -k3,3n -k4,4n
}

# Runs the test without a change. If it passes, prints its name and its time.
time_test() {
    begin=$(milliseconds)
    if passes "$1" "$ROOT/$WORK/plain/$1" 10000 &&
        passes "$1" "$ROOT/$WORK/san/$1" 10000; then
        took=$(($(milliseconds) - begin))
        [ "$backends" = 0 ] || took=$((took / 2)) # that of one back end
        echo "$1 $took"
    else
        echo "left out, fails without any change: $1" >&2
    fi
}

# Times all tests; those that did not change since the last run have a time.
time_tests() {
    dir=$WORK
    for test in */*_test.c */*_sim.c; do
        test=${test%.c} time=$WORK/time/${test%.c}
        case $test in lessons/* | '*'*) continue ;; esac
        mkdir -p "${time%/*}"
        if [ ! -s "$time" ] || [ "$(find "$WORK/plain/$test" -newer "$time")" ]
        then
            time_test "$test" >"$time"
        fi
        cat "$time"
    done >$WORK/times
}

# The machine code of the modules (the arguments), to compare mutants with.
compile_modules() {
    for file in "$@"; do
        mkdir -p "$WORK/same/${file%/*}"
        # shellcheck disable=SC2086 # a list
        $CC $ALL -w -O2 -c -o "$WORK/same/${file%.c}.o" "$file" || exit 1
    done
}

# "file TAB text of the line TAB old -> new" of each mutant that is listed.
listed() {
    sed '/^#/d; s/  */ /g' $KNOWN | awk -F ' [|] ' 'NF >= 4 {
        text = $2
        for (i = 3; i <= NF - 2; i++) text = text " | " $i
        print $1 "\t" text "\t" $(NF - 1)
    }'
}

# One mutant a line, known or new; with SAMPLE some at even distances, the first
# of them where SEED says.
plan() {
    listed >$WORK/listed
    for file in "$@"; do
        awk -v name="$file" -f lessons/mutants.awk "$file" |
            awk -v sample="${SAMPLE:-0}" -v seed="${SEED:-1}" '
            { line[NR] = $0 }
            END {
                step = sample && sample < NR ? NR / sample : 1
                first = step > 1 ? (seed * 0.618) % 1 * step : 0
                for (i = first; i < NR; i += step) print line[int(i) + 1]
            }'
    done | awk -F '\t' '
    NF == 3 { known[$0] = 1; next }
    { print (($1 "\t" $7 "\t" $6) in known ? "known" : "new") "\t" $0 }
    ' $WORK/listed -
}

# --- after: the survivors and the table ---

report() {
    awk -F '\t' -v sampled="${SAMPLE:-}" -v in_order='sort -t: -k1,1 -k2,2n' '
    NF == 3 { listed[$0] = 1; next }
    $1 == "none" { # not counted; other compilers make other code of it
        used[$3 "\t" $6 "\t" $5] = 1
        next
    }
    { total[$3]++ }
    $1 == "caught" { caught[$3]++ }
    $1 == "survived" && $2 == "new" { print $3 ":" $4 ": " $5 | in_order }
    $1 == "survived" && $2 == "known" {
        explained[$3]++
        used[$3 "\t" $6 "\t" $5] = 1
    }
    END {
        close(in_order)
        for (key in listed) {
            split(key, part, "\t")
            if (key in used || sampled || !(part[1] in total)) continue
            print "listed, but does not survive: " part[1] " | " part[2] " | " \
                part[3]
        }
        format = "%-28s %8s %8s %8s %8s\n"
        printf format, "module", "mutants", "caught", "listed", "percent"
        for (file in total) {
            good = caught[file] + explained[file]
            percent = sprintf("%.1f", 100 * good / total[file])
            printf format, file, total[file], caught[file] + 0,
                explained[file] + 0, percent | "sort"
            if (100 * good < 95 * total[file]) bad = 1
        }
        close("sort")
        exit bad
    }' $WORK/listed $DONE
}

# The mutants of file $1, as listed prints them.
mutants_of() {
    awk -v name="$1" -f lessons/mutants.awk "$1" |
        awk -F '\t' '{ print $1 "\t" $7 "\t" $6 }'
}

check() {
    listed | cut -f 1 | sort -u | while read -r file; do
        mutants_of "$file"
    done | awk -F '\t' '
    FILENAME == "-" { known[$0] = 1; next }
    !($0 in known) {
        print "mutants.txt: not in " $1 ": " $2 " | " $3
        bad = 1
    }
    END { exit bad }' - "$1" >&2
}

if [ "${1:-}" = --one ]; then
    one "$2"
    exit
fi
if [ "${1:-}" = --check ]; then
    rows=$(mktemp)
    trap 'rm -f "$rows"' EXIT
    listed >"$rows"
    check "$rows"
    exit
fi
command -v timeout >/dev/null || {
    echo "mutants: needs timeout(1)" >&2
    exit 1
}
takes() { # linker flags: prints those that the compiler takes
    echo 'int main(void) { return 0; }' | $CC "$@" -x c -o /dev/null - \
        2>/dev/null && echo "$*"
}
LIBS=$(lessons/setup.sh --libs)
FAST=$(takes -fuse-ld=gold) # links in half the time
export LIBS ALL CC FAST
mkdir -p $WORK
rm -rf $WORK/work $WORK/last $DONE
mkdir $WORK/last
: >$DONE
build plain "$PLAIN"
build san "$SAN"
compile_modules "$@"
time_tests
reach >$REACH
plan "$@" >$PLAN
echo "$(wc -l <$PLAN) mutants"
tr '\n' '\0' <$PLAN | xargs -0 -P "${JOBS:-2}" -n1 "$0" --one
report
