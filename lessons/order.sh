#!/bin/sh
# A lesson may call a module only after the lesson that wrote it by hand.
# Each module header says where that was:
#   Born in DIR/NNN_name.c     it was moved out of that program: later ones call it
#   Born with DIR/NNN_name.c   too long for a program: that one may call it too
rank() { # tcp/113_poll_server.c -> 113
    basename "$1" | cut -c1-3
}
status=0
for header in */*.h; do
    case $header in */unit.h | *_inside.h) continue ;; esac
    grep -q 'Born \(in\|with\) [a-z]*/[0-9]*_' "$header" && continue
    echo "$header does not say where it was born"
    status=1
done
for program in */[0-9][0-9][0-9]_*.c; do
    for header in $(sed -n 's/^#include "\(.*\/.*\.h\)"/\1/p' "$program"); do
        set -- $(sed -n 's/.*Born \(in\|with\) \([a-z]*\/[0-9]*_[a-z0-9_]*\.c\).*/\1 \2/p' "$header")
        born=$(rank "${2:-nowhere/999}")
        [ "${1:-in}" = with ] && born=$((born - 1))
        [ "$(rank "$program")" -gt "$born" ] && continue
        echo "$program calls $header, born ${1:-in} ${2:-no lesson}"
        status=1
    done
done
exit $status
