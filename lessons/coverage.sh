#!/bin/sh
# Runs every test and every page with a build that counts executions. Arguments:
# the modules. Prints for each how many of its lines and branches were reached.
# Fails if a module is below 95 % of its lines, or a core (packets, websocket,
# socketio) below 90 % of its branches. Assertions are compiled out, because no
# test takes the branch of one that fails. Children that call _exit, or that
# SIGKILL ends, are counted, too: see exit_inside.h. Needs gcc and gcov.
set -u
DIR=build/coverage
export GCOV_ERROR_FILE=/dev/null # some tests may not write their counts
find $DIR -name '*.gcda' -exec rm -f {} +
# A test of root has children that run as another user. They may write into
# files that exist, so all exist before, empty: gcc takes that for no counts.
find $DIR -name '*.gcno' | sed 's/gcno$/gcda/' | while read -r counts; do
    : >"$counts" && chmod a+rw "$counts"
done
# shellcheck disable=SC2046 # a list
BIN=${BIN:-bin} lessons/test.sh $(
    printf "$DIR/%s\n" */*_test.c */*_sim.c | grep -v '[*]' | sed 's/\.c$//'
) >$DIR/test.log
tail -n 1 $DIR/test.log
find $DIR -name '*.gcda' -size 0 -exec rm -f {} +
for module in "$@"; do
    # "Lines executed:95.00% of 40", "Branches executed:...", "Taken at least
    # once:90.00% of 20" follow the line "File 'tcp/io.c'". A module that is a
    # table has only a "File 'lessons/exit_inside.h'".
    echo "Module $module"
    gcov -b -n -o "$DIR/${module%.c}.gcda" "$module" 2>/dev/null
done | awk -v modules="$*" -v quote="'" '
BEGIN { n = split(modules, module, " ") }
/^Module / { last = $2 }
/^File / { file = $2; gsub(quote, "", file); is_read[last] = 1 }
/^Lines executed/ { lines[file] = percent($0); line_count[file] = $NF }
/^Taken at least once/ {
    branches[file] = percent($0)
    branch_count[file] = $NF
}
function percent(text) {
    sub(/^[^:]*:/, "", text)
    return text + 0
}
END {
    format = "%-28s %6s %7s %9s %7s%s\n"
    printf format, "module", "lines", "%", "branches", "%", ""
    for (i = 1; i <= n; i++) {
        file = module[i]
        if (is_read[file] && !(file in lines)) {
            printf format, file, 0, "-", 0, "-", ""
            continue
        }
        core = file !~ /^(tcp|udp)\//
        short = lines[file] < 95 ||
            (core && branch_count[file] && branches[file] < 90)
        bad = bad || short
        printf format, file, line_count[file] + 0, \
            sprintf("%.1f", lines[file]), branch_count[file] + 0, \
            sprintf("%.1f", branches[file]), short ? "  too few" : ""
    }
    exit bad
}'
