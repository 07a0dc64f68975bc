#!/bin/sh
# Writes lessons/rules.md, or with --check fails if it is not up to date. The
# page has a row for each rule of a standard that a module enforces, and one for
# each that it does not, and says how many. See rules.awk for what is a rule.
page=lessons/rules.md made=$(mktemp)
trap 'rm -f "$made" "$made.all"' EXIT

LC_ALL=C awk -f lessons/rules.awk packets/*.c tcp/*.c udp/*.c websocket/*.c \
    socketio/*.c | sort -t '	' -k1,1V -k2,2V -k5,5 >"$made.all"

cat >"$made" <<'EOF'
# The rules

Each row is a rule of a standard that the toolkit enforces, in the words of the
comment beside the code. The last column names the tests that cite the same
section; the test of a program is its page. `make docs` writes this page; `make
lint` fails if it is out of date, so a rule or a test that disappears is seen in
the difference.

EOF
LC_ALL=C awk -F '\t' '
$3 ~ /[Nn]ot enforced/ { left++; next }
{ rules++; tested += $6 != "" }
END {
    printf "%d rules are enforced, and a test cites %d of them; ", rules, tested
    print left " rules are not enforced."
}' "$made.all" >>"$made"
LC_ALL=C awk -F '\t' '
function start(title, last) {
    printf "\n## %s\n\n| section | rule | where | %s |\n|---|---|---|---|\n", \
        title, last
}
function row(words) {
    printf "| %s%s | %s | ", part, $2, words
    if ($4 != "") printf "`%s` in ", $4
    printf "[%s](../%s) |", $5, $5
}
{ part = "" }
$3 ~ /[Nn]ot enforced/ { left[++n] = $0; next }
$1 != standard { standard = $1; start($1, "tests") }
{ row($3); print " " $6 " |" }
END {
    start("Not enforced, and why", "")
    for (i = 1; i <= n; i++) {
        $0 = left[i]
        part = $1 " "
        row($3)
        print " |"
    }
}' "$made.all" >>"$made"

[ "$1" = --check ] || { cp "$made" $page && exit; }
diff -u $page "$made" && exit
echo "$page is out of date: make docs" >&2
exit 1
