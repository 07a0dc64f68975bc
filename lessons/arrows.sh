#!/bin/sh
# Checks that calls go one way. Arguments: the objects of all modules. There is
# an arrow from x to y if the code of x calls y or uses its data, or if the
# header x.h includes y.h. Fails if arrows form a circle, and prints for each
# file in a circle the shortest one. A call through a pointer does not count.
{
    nm -P -A "$@" # build/cc/tcp/io.o: io_read T 0 1d
    grep -sn '^#include ".*/' */*.h
} | awk '
function name(path,    n, part) { # build/cc/tcp/io.o, tcp/io.h:9: are tcp/io
    sub(/:.*/, "", path)
    sub(/\.[a-z]*$/, "", path)
    n = split(path, part, "/")
    return part[n - 1] "/" part[n]
}
function arrow(from, to, why) {
    if (from == to || (from, to) in reason) return
    reason[from, to] = why
    after[from] = after[from] " " to
}
/#include/ {
    split($0, quoted, "\"")
    arrow(name($1), name(quoted[2]), "includes")
    next
}
$3 == "U" { calls[++count] = name($1) " " $2 }
$3 ~ /^[BCDRT]$/ { home[$2] = name($1) }

# Breadth first, so the first way from start back to itself is a shortest one.
function circle(start,    queue, first, last, from, at, to, k, text) {
    queue[last = 1] = start
    for (first = 1; first <= last; first++) {
        at = queue[first]
        for (k = split(after[at], to, " "); k > 0; k--) {
            if (to[k] != start && !(to[k] in from)) {
                from[to[k]] = at
                queue[++last] = to[k]
            } else if (to[k] == start) {
                text = start
                for (k = start; ; at = from[at]) {
                    seen[at] = 1
                    text = at " " reason[at, k] " " text
                    k = at
                    if (at == start) return text
                }
            }
        }
    }
    return ""
}
END {
    for (i = 1; i <= count; i++) {
        split(calls[i], word, " ")
        if (word[2] in home) arrow(word[1], home[word[2]], "(" word[2] ")")
    }
    for (file in after) {
        text = file in seen ? "" : circle(file)
        if (text) print "a circle: " text
        if (text) bad = 1
    }
    exit bad
}'
