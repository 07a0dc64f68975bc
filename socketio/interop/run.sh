#!/bin/sh
# run.sh: our servers and clients against those of others
#
#   make interop                 socket.io-client, ws, a headless Chromium
#   make interop SUITES=DIR      and the official protocol suites, from a
#                                checkout of socketio/socket.io; TIMES=10 ...
#   make interop REFERENCE=1     the same tests of clients, against socket.io
#                                on Node.js: do the tests themselves hold?
#
# Needs node and npm. The packages go into build/interop/, nowhere else.
set -eu

cd "$(dirname "$0")/../.."
BIN=${BIN:-bin}
HOME_DIR=build/interop
PACKAGES='socket.io-client@4.8.4 socket.io@4.8.4 ws@8.23.0
playwright-core@1.65.1'
SUITE_PACKAGES='mocha@9.2.2 chai@4.5.0 chai-string@1.6.0 node-fetch@3.3.2'

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
# Installed already, in these versions?
for package in $PACKAGES; do
    grep -qsF "\"version\": \"${package##*@}\"" \
        "$HOME_DIR/node_modules/${package%@*}/package.json" && continue
    # shellcheck disable=SC2086 # a list
    (cd $HOME_DIR && npm install --loglevel=error --no-audit --no-fund \
        --no-package-lock --save-exact $PACKAGES)
    break
done

export BIN SUITES="${SUITES:-}" TIMES="${TIMES:-1}"
exec node socketio/interop/main.mjs
