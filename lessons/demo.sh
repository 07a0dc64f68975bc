#!/bin/sh
# demo.sh SERVER PORT: starts 506_echo_server with --trace. Prints its address
# once it listens, or how to choose another port if it cannot.
server=$1 port=$2
{
    "$server" --trace --port "$port" || echo "failed"
} | while read -r word on address; do
    case "$word $on" in
    'listening on')
        echo "open http://$address/ in a browser; Ctrl-C ends the server" ;;
    'failed ')
        other=3000
        case $port in
        '' | *[!0-9]* | ??????*) ;; # no number of a port
        *) [ "$port" -ge 65535 ] || other=$((port + 1)) ;;
        esac
        echo "If the port is taken, try another: make demo PORT=$other" >&2
        exit 1 ;;
    esac
done
