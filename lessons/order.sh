#!/bin/sh
# Checks that a lesson uses a module only after the lesson that introduced it.
# The comment at the top of each header says "Introduced in PART/NNN_name.c":
# programs with that number or a later one may include it. What the module
# itself includes must be introduced by then, too: in x.h, in x.c, and in each
# x_y.c that has no header.
awk '
function number(path) { # tcp/113_poll_server.c is 113
    sub(/.*\//, "", path)
    return path + 0
}
FNR == 1 { file[++files] = FILENAME; top = 1 }
/^#include ".*\// {
    split($0, quoted, "\"")
    includes[FILENAME] = includes[FILENAME] " " quoted[2]
}
top && FILENAME ~ /\.h$/ {
    sub(/^ \*/, "")
    text[FILENAME] = text[FILENAME] " " $0
}
/\*\// { top = 0 }

# The files of a header: itself, x.c and x_y.c if there is no x_y.h.
function add_code(header,    stem, path, i) {
    stem = header
    sub(/\.h$/, "", stem)
    code[header] = header
    for (i = 1; i <= files; i++) {
        path = file[i]
        if (path !~ /\.c$/ || path ~ /_(test|fuzz|sim)\.c$/) continue
        if (path == stem ".c") code[header] = code[header] " " path
        if (index(path, stem "_") != 1) continue
        sub(/\.c$/, ".h", path)
        if (!(path in text)) code[header] = code[header] " " file[i]
    }
}
# The number of the program that introduces a module, or 0.
function introduced(header,    line) {
    line = text[header]
    gsub(/  +/, " ", line)
    if (!match(line, /Introduced in [a-z]+\/[0-9]+_/)) return 0
    return number(substr(line, RSTART, RLENGTH))
}
function exempt(header) { # for tests, or for the module itself
    return header ~ /([\/_]unit|_inside)\.h$/
}
# Fills queue and via: what a program includes, and by way of which file.
function closure(program,    n, i, k, j, part, inc, header) {
    split("", via)
    split("", queue)
    queue[n = 1] = program
    for (i = 1; i <= n; i++) {
        k = split(i == 1 ? program : code[queue[i]], part, " ")
        for (; k > 0; k--) {
            j = split(includes[part[k]], inc, " ")
            for (; j > 0; j--) {
                header = inc[j]
                if (header in via || !(header in text)) continue
                via[header] = i == 1 ? "" : " by way of " part[k]
                queue[++n] = header
            }
        }
    }
    return n
}
END {
    for (header in text) {
        add_code(header)
        first[header] = introduced(header)
        if (first[header] || exempt(header)) continue
        print header " does not say in which program it is introduced"
        bad = 1
    }
    for (i = 1; i <= files; i++) {
        if (file[i] !~ /\/[0-9]+_.*\.c$/) continue
        n = closure(file[i])
        for (k = 2; k <= n; k++) {
            header = queue[k]
            if (exempt(header) || first[header] <= number(file[i])) continue
            print file[i] " calls " header via[header] \
                ", introduced in " first[header]
            bad = 1
        }
    }
    exit bad
}' */*.[ch]
