#!/bin/sh
# Draws lessons/diagrams/*.dot as SVG beside them, which needs Graphviz. Some
# are written by programs first. With --check it draws nothing, but fails if a
# picture is not that of its diagram, or a diagram not what its program writes.
set -eu
cd lessons/diagrams
check=${1-} bad=0
mkdir -p ../../build

written() { # a diagram, the command that writes it
    diagram=$1
    shift
    (cd ../.. && "$@") >../../build/diagram.dot
    cmp -s ../../build/diagram.dot "$diagram" && return
    [ -z "$check" ] || { echo "lessons/diagrams/$diagram is not what $* writes" >&2 && bad=1; }
    [ -n "$check" ] || cp ../../build/diagram.dot "$diagram"
}
written lessons.dot lessons/map.sh
states="${BIN:-bin}/states"
for machine in tcp websocket session; do
    [ ! -x "../../$states" ] || written $machine.dot "$states" $machine
done

# The last line of a picture has the checksum of its diagram. Grey lines and
# light boxes can be read on a white and on a black page.
for diagram in *.dot; do
    sum="<!-- $(cksum <"$diagram") -->" picture=${diagram%.dot}.svg
    [ "$(tail -n 1 "$picture" 2>/dev/null)" != "$sum" ] || continue
    if [ -n "$check" ]; then
        echo "lessons/diagrams/$picture is out of date: make docs" >&2
        bad=1
        continue
    fi
    dot -Tsvg -Gbgcolor=transparent -Gfontcolor='#888888' -Gcolor='#888888' \
        -Nstyle=filled -Nfillcolor='#e8e8e8' -Ncolor='#777777' \
        -Ecolor='#888888' -Efontcolor='#888888' -o "$picture" "$diagram"
    echo "$sum" >>"$picture"
    echo "lessons/diagrams/$picture"
done
exit $bad
