#!/bin/sh
# Checks the format of files (the arguments): what clang-format would change,
# and lines of more than 80 columns, which it leaves alone in comments. Scripts
# may have longer lines, but no longer comments.
status=0
clang-format --dry-run -Werror "$@" || status=1
LC_ALL=C awk '
{ line = $0; gsub(/[\200-\277]/, "", line) } # a column is a character of UTF-8
length(line) > 80 && (FILENAME ~ /[.][ch]$/ || /^[ \t]*(#|\/\/|\/?\*)/) {
    print FILENAME ":" FNR ": " length(line) " columns: " $0
    bad = 1
}
END { exit bad }' "$@" Makefile .ci/run ./*/*.sh ./*/*.awk ./*/*/*.sh \
    ./*/*/*.js ./*/*/*.mjs ./*/*/*/*.mjs || status=1
exit $status
