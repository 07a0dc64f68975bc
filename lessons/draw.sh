#!/bin/sh
# Draws lessons/diagrams/*.dot as SVG into a directory (the argument). Needs
# Graphviz.
set -eu
mkdir -p "$1"
for diagram in lessons/diagrams/*.dot; do
    dot -Tsvg -o "$1/$(basename "$diagram" .dot).svg" "$diagram"
    echo "$1/$(basename "$diagram" .dot).svg"
done
