#!/bin/sh
# Checks that no module includes a header of a part that it must not use.
# Programs may use all parts, in the order of the lessons (see order.sh).
status=0
check() { # a part, and the parts that it must not use
    grep -snE "^#include \"($2)/" "$1"/[a-z]*.[ch] /dev/null && status=1
}
check packets 'tcp|udp|websocket|socketio'
check tcp 'udp|websocket|socketio'
check udp 'websocket|socketio'
check websocket 'tcp|udp|socketio'
check socketio 'tcp|udp'
exit $status
