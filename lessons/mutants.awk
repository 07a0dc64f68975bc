# mutants.awk: the mutants of a C file, one a line, or the text of one of them
#
#   awk -v name=tcp/io.c -f mutants.awk tcp/io.c
#       file TAB line TAB start TAB length TAB how TAB old -> new TAB the line
#   HOW='R !=' awk -v start=120 -v len=2 -f mutants.awk tcp/io.c
#       the file, changed (-v would read the \n of a text as a line feed)
#
# HOW: "R text" replaces the bytes by a text; "N" puts !( ) around them. Bytes
# are counted from 1, so set LC_ALL=C. The kinds of changes:
#   if (x)  while (x)  negated           a call that is a statement   left out
#   < <= > >= == !=  && ||  + - ++ -- += -=    turned into the next one
#   12  'a'  true      one more, or the other  return x                 return 0
# Not changed: comments, strings, lines of the preprocessor, assertions, the
# sizes of arrays, and {0}, which means "all zero".
{ text = text $0 "\n" }
END {
    how = ENVIRON["HOW"]
    if (how != "") print_changed()
    else {
        read_tokens()
        split(text, lines, "\n")
        for (t = 1; t <= tokens; t++) mutate(t)
    }
}

function print_changed(    old, put, newlines) {
    old = substr(text, start, len)
    newlines = old
    gsub(/[^\n]/, "", newlines) # so that every line keeps its number
    put = how == "N" ? "!(" old ")" : substr(how, 3) newlines
    printf "%s%s%s", substr(text, 1, start - 1), put, substr(text, start + len)
}

# Fills token, at and row: the text, the offset and the line of each token.
function read_tokens(    pos, rest, line, n, word) {
    line = 1
    for (pos = 1; pos <= length(text); pos += n) {
        rest = substr(text, pos, 2000)
        if (substr(rest, 1, 2) == "/*") {
            n = index(substr(text, pos), "*/") + 1
            line += count_lines(substr(text, pos, n))
            continue
        }
        if (match(rest, /^#([^\n\\]|\\\n|\\.)*/) || match(rest, /^\/\/[^\n]*/) ||
            match(rest, /^[ \t\n]+/)) {
            n = RLENGTH
            line += count_lines(substr(rest, 1, n))
            continue
        }
        if (match(rest, /^[A-Za-z_][A-Za-z_0-9]*/) ||
            match(rest, /^[0-9][0-9a-zA-Z]*/) ||
            match(rest, /^"([^"\\]|\\.)*"/) || match(rest, /^'([^'\\]|\\.)*'/) ||
            match(rest, /^(<<=|>>=|\.\.\.)/) ||
            match(rest, /^(<<|>>|->|<=|>=|==|!=|&&|\|\||\+\+|--|[-+*\/%&|^]=)/))
            n = RLENGTH
        else
            n = 1
        tokens++
        token[tokens] = substr(rest, 1, n)
        at[tokens] = pos
        row[tokens] = line
    }
    for (n = 1; n <= tokens; n++) match_brackets(n)
}

function count_lines(part) {
    return gsub(/\n/, "", part)
}

function match_brackets(t) {
    if (token[t] ~ /^[[({]$/) open[++depth] = t
    if (token[t] ~ /^[])}]$/) {
        close_of[open[depth]] = t
        open_of[t] = open[depth--]
    }
}

# The bytes of token a up to the end of token b become something else.
function emit(a, b, how, label) {
    printf "%s\t%d\t%d\t%d\t%s\t%s\t%s\n", name, row[a], at[a],
        at[b] + length(token[b]) - at[a], how, label, trim(lines[row[a]])
}

function trim(line) {
    gsub(/[ \t]+/, " ", line)
    gsub(/^ | $/, "", line)
    return line
}

function replace(t, new) {
    emit(t, t, "R " new, token[t] " -> " new)
}

function is_operand(t) { # can a binary operator follow it?
    return token[t] ~ /^[])]$/ || token[t] ~ /^["']/ || token[t] ~ /^[0-9]/ ||
        (token[t] ~ /^[A-Za-z_]/ && token[t] !~ /^(return|case|else|sizeof)$/)
}

function begins_statement(t) {
    if (token[t - 1] ~ /^([;{}:]|else|do)$/) return 1
    return token[t - 1] == ")" && token[open_of[t - 1] - 1] ~ /^(if|while|for)$/
}

# "char text[" and not "x = text[", so that [ opens the size of an array.
function declares_array(t) {
    return token[t] == "[" && token[t - 1] ~ /^[A-Za-z_]/ &&
        (token[t - 2] == "*" || token[t - 2] ~ /^[A-Za-z_]/) &&
        token[t - 2] !~ /^(return|case|else|sizeof)$/
}

function mutate(t,    k) {
    if (token[t] ~ /^(assert|static_assert|_Static_assert)$/ ||
        declares_array(t)) {
        for (k = t; token[k] !~ /^[[(]$/; k++) continue
        skip_to = close_of[k]
    }
    if (t <= skip_to) return
    if (token[t] in other) replace(t, other[token[t]])
    else if (token[t] ~ /^[-+]$/ && is_operand(t - 1))
        replace(t, token[t] == "+" ? "-" : "+")
    else if (token[t] ~ /^[0-9]/) mutate_number(t)
    else if (token[t] ~ /^'/) replace(t, "(" token[t] " + 1)")
    else if (token[t] ~ /^(if|while)$/ && !is_one_comparison(t + 1))
        emit(t + 2, close_of[t + 1] - 1, "N",
            token[t] " (x) -> " token[t] " (!x)")
    else if (token[t] == "return") mutate_return(t)
    else if (token[t] ~ /^[a-z_]/) leave_out_call(t)
}

# if (a == b): to negate it is to turn == into !=.
function is_one_comparison(open,    k, equals) {
    for (k = open + 1; k < close_of[open]; k++) {
        if (token[k] ~ /^(&&|\|\||\?)$/) return 0
        if (token[k] ~ /^[!=]=$/) equals++
        if (token[k] ~ /^[[({]$/) k = close_of[k]
    }
    return equals == 1
}

function mutate_number(t) {
    if (token[t] == "0" && token[t - 1] == "{" && token[t + 1] == "}") return
    if (token[t - 1] == "-" && token[t - 2] == "return") return
    if (token[t] == "0") replace(t, "1")
    else if (token[t] ~ /^[1-9][0-9]?[0-9]?[0-9]?$/) replace(t, token[t] + 1)
    else replace(t, "(" token[t] " + 1)")
}

function mutate_return(t,    end) {
    for (end = t + 1; token[end] != ";"; end++)
        if (token[end] ~ /^[[({]$/) end = close_of[end]
    if (end == t + 1) return
    if (end == t + 2 && token[t + 1] ~ /^([0-9].*|false|true|NULL)$/) return
    emit(t + 1, end - 1, "R 0", "return x -> return 0")
}

function leave_out_call(t,    first, k) {
    first = t
    if (token[t - 1] == ")" && token[t - 2] == "void" && token[t - 3] == "(")
        first = t - 3
    if (!begins_statement(first)) return
    for (k = t; token[k + 1] ~ /^(->|\.|[A-Za-z_].*)$/; k++) continue # a->b.call
    if (token[k] !~ /^[A-Za-z_]/ || token[k + 1] != "(") return
    if (token[t] ~ /^(if|while|for|switch|return|sizeof)$/) return
    if (token[close_of[k + 1] + 1] == ";")
        emit(first, close_of[k + 1], "R ", token[k] "() -> left out")
}

BEGIN {
    n = split("< <= > >= == != && || ++ -- += -= true false", pair, " ")
    for (i = 1; i < n; i += 2) {
        other[pair[i]] = pair[i + 1]
        other[pair[i + 1]] = pair[i]
    }
}
