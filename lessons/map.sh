#!/bin/sh
# Prints the map of the lessons as Graphviz: an arrow points from a lesson to
# those that need it, as "- Needs:" in lessons/teaching.md says; the colour is
# the layer.
awk '
BEGIN {
    # Light colours under dark letters can be read on any background.
    colour[1] = "#e8c4c4"; layer[1] = "physical"
    colour[2] = "#f0d9b5"; layer[2] = "link"
    colour[3] = "#f3efb0"; layer[3] = "network"
    colour[4] = "#c9e6b8"; layer[4] = "transport"
    colour[5] = "#b8e0e6"; layer[5] = "session"
    colour[6] = "#c3cdf0"; layer[6] = "presentation"
    colour[7] = "#e0c8ec"; layer[7] = "application"
    colour[0] = "#dddddd"; layer[0] = "several"
    split("301:1 302:2 303:2 304:3 305:3 315:3 307:4 308:4 312:5 503:5 504:5 " \
          "511:5 407:5 209:7 311:6 505:6 309:6 310:6 306:0 313:0 314:0", known, " ")
    for (i in known) of[substr(known[i], 1, 3)] = substr(known[i], 5)
    print "// Written by lessons/map.sh from lessons/teaching.md."
    print "digraph lessons {"
    print "    rankdir=LR; bgcolor=transparent; ranksep=0.3; nodesep=0.12;"
    print "    node [shape=box, style=\"filled,rounded\", color=\"#777777\","
    print "          fontname=\"sans-serif\", fontsize=11, height=0.3];"
    print "    edge [color=\"#888888\", arrowsize=0.6];"
}
/^## [0-9][0-9][0-9] / {
    to = $2
    n = to in of ? of[to] : to < 300 ? 4 : 7
    name = $3
    gsub(/_/, " ", name)
    printf "    %s [label=\"%s %s\", fillcolor=\"%s\", URL=\"../%s-%s.md\"];\n",
        to, to, name, colour[n], to, $3
}
/^- Needs: / {
    sub(/[.;].*/, "")
    for (i = 3; i <= NF; i++)
        if ($i ~ /^[0-9][0-9][0-9],?$/)
            printf "    %s -> %s;\n", substr($i, 1, 3), to
}
END {
    print "    subgraph cluster_layers {"
    print "        label=\"layer\"; fontname=\"sans-serif\"; fontcolor=\"#888888\";"
    print "        color=\"#888888\";"
    for (n = 7; n >= 0; n--)
        printf "        layer%d [label=\"%s\", fillcolor=\"%s\"];\n", n,
            layer[n], colour[n]
    print "    }"
    print "}"
}' lessons/teaching.md | sed '/URL=/s/_/-/g'
