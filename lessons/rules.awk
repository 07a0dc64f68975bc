# rules.awk: the rules that the modules enforce, one line each, for rules.sh:
#
#   standard TAB section TAB rule TAB function TAB file TAB tests
#
# A rule is a comment "RFC 6455 §5.5: what must be" in a module. It belongs to
# the function that it stands in, or before. It may name several sections, and
# say more about each: "RFC 9112 §6.3 item 4, RFC 9110 §8.6: ...". Its tests are
# those of the files whose comments or tables name the same section (a standard
# without sections is named with a colon: "RFC 826: ..."). The test of a program
# is its page.
BEGIN {
    section = "§[0-9A-Z.]*[0-9A-Z]"
    tag = "((RFC [0-9]+|pcapng|pcap|IEEE 802[.]?[0-9A-Z]*) " section \
        "|(RFC [0-9]+|(Engine|Socket)[.]IO v[45])(, \"[^\"]*\")?)"
    more = "( (item|step|check) [0-9]+| [(]?[a-z][0-9.]*[)]" \
        "|, ([A-QS-Z][-A-Za-z ]*[A-Za-z]|Rsrvd))?"
    rules = tag more "((,|,? and) (" tag "|" section ")" more ")*: "
}

function is_test() { return FILENAME ~ /_(test|fuzz|sim)\.c$/ }
function standard_of(found) { sub(/( §|, ").*/, "", found); return found }

function add_test(found,    stem) {
    stem = FILENAME
    sub(/.*\//, "", stem)
    sub(/\.c$/, "", stem)
    if (index(" " tests[found] ",", " " stem ",") == 0)
        tests[found] = tests[found] (tests[found] ? ", " : "") stem
}

# All sections that a test names: "RFC 6455 §5.1, §5.3".
function add_tests(text,    found) {
    while (match(text, tag)) {
        found = substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH)
        if (found ~ /§|"/ || text ~ /^: /) add_test(found)
        while (match(text, "^(,|,? and) " section)) {
            add_test(standard_of(found) " " \
                     substr(text, index(text, "§"), \
                            RLENGTH + 1 - index(text, "§")))
            text = substr(text, RSTART + RLENGTH)
        }
    }
}

# Returns a link to the page of a program: tcp/101_echo_server.c has
# 101-echo-server.md.
function page_of(program) {
    sub(/.*\//, "", program)
    sub(/\.c$/, ".md", program)
    gsub(/_/, "-", program)
    return "[" program "](" program ")"
}

function add_rule(tag, more, words, place) {
    found[++count] = tag
    detail[count] = more
    rule[count] = words
    where[count] = place
    path[count] = FILENAME
}

# The rule that the sections of a list have in common.
function add_sections(list, words, place,    standard, name) {
    while (match(list, tag "|" section)) {
        name = substr(list, RSTART, RLENGTH)
        list = substr(list, RSTART + RLENGTH)
        if (name ~ /^§/) name = standard " " name
        standard = standard_of(name)
        match(list, "^" more)
        add_rule(name, substr(list, 1, RLENGTH), words, place)
        list = substr(list, RLENGTH + 1)
    }
}

# The rules in a comment; each ends where the next one begins.
function add_rules(text, place,    words, list) {
    if (text ~ /^ --- /) return # the title of what follows
    while (match(text, rules)) {
        list = substr(text, RSTART, RLENGTH - 2)
        text = substr(text, RSTART + RLENGTH)
        words = text
        if (match(words, rules)) words = substr(words, 1, RSTART - 1)
        sub(/[ ;]+$/, "", words)
        gsub(/\|/, "\\|", words)
        words = toupper(substr(words, 1, 1)) substr(words, 2)
        if (words) add_sections(list, words, place)
    }
}

function end_comment() {
    inside = 0
    sub(/ *\*\/.*/, "", comment)
    gsub(/[ \t]+/, " ", comment)
    if (is_test()) add_tests(comment)
    else if (column == 0) waiting = comment # for the function that follows
    else add_rules(comment, name)
}

FNR == 1 { waiting = name = ""; inside = 0 }
inside {
    line = $0
    if (line !~ /^ *\*\//) sub(/^ *\* ?/, " ", line)
    comment = comment line
    if (line ~ /\*\//) end_comment()
    next
}
/^[a-z].*[^;]$/ { # a function, or a table
    name = $0
    sub(/( =|\(|\[).*/, "", name)
    sub(/ \{$/, "", name)
    sub(/.*[ *]/, "", name)
    if (name == "enum" || name == "struct") name = ""
    add_rules(waiting, name)
    waiting = ""
}
is_test() { add_tests($0) }
match($0, /\/\*/) {
    column = RSTART - 1
    comment = substr($0, RSTART + 2)
    inside = 1
    if (comment ~ /\*\//) end_comment()
}
END {
    OFS = "\t"
    for (i = 1; i <= count; i++) {
        standard = standard_of(found[i])
        part = substr(found[i], length(standard) + 2)
        sub(/^ /, "", part)
        is_program = path[i] ~ /\/[0-9][0-9][0-9]_/
        cited = is_program ? page_of(path[i]) : tests[found[i]]
        print standard, part detail[i], rule[i], where[i], path[i], cited
    }
}
