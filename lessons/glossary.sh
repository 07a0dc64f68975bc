#!/bin/sh
# Writes lessons/glossary.md: every word that the pages explain under
# "## Words", with a link to the lesson that says more. --check fails if it is
# out of date.
page=lessons/glossary.md made=$(mktemp)
trap 'rm -f "$made"' EXIT
cat >"$made" <<'EOF'
# Glossary

The words that the lessons explain, each with its lesson. `make docs` writes this
page from theirs.

EOF
LC_ALL=C awk '
function end_word(    term, text) {
    if (word == "") return
    term = word
    sub(/: .*/, "", term)
    text = substr(word, length(term) + 3)
    sub(/[.]$/, "", text)
    printf "%s\t%s\t%s\t%s [%s](%s)\n", tolower(substr(term, 5)), page, term,
        text, substr(page, 1, 3), page
    word = ""
}
FNR == 1 { end_word(); inside = 0; page = FILENAME; sub(/.*\//, "", page) }
/^## / || /^$/ { end_word() }
/^## / { inside = /Words/ }
inside && /^- \*\*/ { end_word(); word = $0; next }
inside && word != "" { sub(/^ +/, " "); word = word $0 }
END { end_word() }' lessons/[0-9]*.md | LC_ALL=C sort | awk -F '\t' '
$1 != last && NR > 1 { print "" }
$1 != last { printf "%s: %s", $3, $4 }
$1 == last { printf "; %s", $4 }
{ last = $1 }
END { print "" }' >>"$made"

[ "$1" = --check ] || { cp "$made" $page && exit; }
cmp -s "$made" $page && exit
echo "$page is out of date: make docs" >&2
exit 1
