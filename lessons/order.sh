#!/bin/sh
# A lesson may call a module only after the lesson that wrote it by hand.
# Each module header says where that was:
#   Introduced in DIR/NNN_name.c    that lesson and later ones may call it
rank() { # tcp/113_poll_server.c -> 113
    basename "$1" | cut -c1-3
}
status=0
for header in */*.h; do
    case $header in */unit.h | *_inside.h) continue ;; esac
    grep -q 'Introduced in [a-z]*/[0-9]*_' "$header" && continue
    echo "$header does not say which lesson introduced it"
    status=1
done
for program in */[0-9][0-9][0-9]_*.c; do
    for header in $(sed -n 's/^#include "\(.*\/.*\.h\)"/\1/p' "$program"); do
        from=$(sed -n 's/.*Introduced in \([a-z]*\/[0-9]*_[a-z0-9_]*\.c\).*/\1/p' "$header")
        [ "$(rank "$program")" -ge "$(rank "${from:-nowhere/999}")" ] && continue
        echo "$program calls $header, introduced in ${from:-no lesson}"
        status=1
    done
done
exit $status
