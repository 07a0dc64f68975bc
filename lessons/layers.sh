#!/bin/sh
# A module includes nothing from the parts named after its own here. A program
# may include from any part, in the order of the lessons.
status=0
check() { # a part, and the parts that it does not know
    grep -snE "^#include \"($2)/" "$1"/[a-z]*.[ch] /dev/null && status=1
}
check packets 'tcp|udp|websocket|socketio'
check tcp 'udp|websocket|socketio'
check udp 'websocket|socketio'
check websocket 'tcp|udp|socketio'
check socketio 'tcp|udp'
exit $status
