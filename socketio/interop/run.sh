#!/bin/sh
# run.sh: runs the servers and clients with those of others
#
#   make interop                 socket.io-client 4.8 and 3.1, python-socketio,
#                                ws, a headless Chromium, and the same bytes to
#                                506 and to socket.io
#   make interop SEQUENCE=NAME   one sequence of those bytes, printed; SEED=2
#                                makes other random sequences
#   make interop SUITES=DIR      and the official protocol suites, from a
#                                checkout of socketio/socket.io; TIMES=10 ...
#   make interop REFERENCE=1     the tests of the servers, but with socket.io on
#                                Node.js: it must pass them, too
#
# Needs node and npm. The packages go into build/interop/, nowhere else. tshark
# reads what the lessons on TCP and UDP capture (lessons/judges.sh).
set -eu

cd "$(dirname "$0")/../.."
BIN=${BIN:-bin}
HOME_DIR=build/interop
PACKAGES='socket.io-client@4.8.4 socket.io@4.8.4 ws@8.23.0
socket.io-client-3@npm:socket.io-client@3.1.3
playwright-core@1.65.1 axe-core@4.14.1'
SUITE_PACKAGES='mocha@9.2.2 chai@4.5.0 chai-string@1.6.0 node-fetch@3.3.2'

BIN=$BIN lessons/judges.sh

for tool in node npm; do
    command -v $tool >/dev/null || {
        echo "make interop needs $tool" >&2
        exit 1
    }
done

if [ -n "${SUITES:-}" ]; then
    SUITES=$(cd "$SUITES" && pwd)
    PACKAGES="$PACKAGES $SUITE_PACKAGES"
fi
mkdir -p $HOME_DIR
[ -e $HOME_DIR/package.json ] || echo '{"private": true}' \
    >$HOME_DIR/package.json
# npm waits very long for a registry that does not reply. One that does needs
# less than 100 s.
install() {
    limit=$(command -v timeout >/dev/null && echo 'timeout -k 5 100' || true)
    # shellcheck disable=SC2086 # lists
    (cd $HOME_DIR && $limit npm install --loglevel=error --no-audit \
        --no-fund --no-package-lock --save-exact --fetch-timeout=30000 \
        --fetch-retries=1 --fetch-retry-mintimeout=1000 \
        --fetch-retry-maxtimeout=5000 $PACKAGES)
}

# Installed already, in these versions?
for package in $PACKAGES; do
    grep -qsF "\"version\": \"${package##*@}\"" \
        "$HOME_DIR/node_modules/${package%%@*}/package.json" && continue
    install || {
        echo "make interop: npm could not install the packages that it needs;" \
            "is its registry, $(npm config get registry), in reach?" >&2
        exit 1
    }
    break
done

export BIN SUITES="${SUITES:-}" TIMES="${TIMES:-1}"
exec node socketio/interop/main.mjs
