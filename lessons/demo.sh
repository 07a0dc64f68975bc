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
        echo "If the port is taken, try another: make demo PORT=$((port + 1))" >&2
        exit 1 ;;
    esac
done
