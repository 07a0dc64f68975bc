#!/bin/sh
# Runs two slow checkers, clang-tidy (.clang-tidy lists its checks, with
# reasons) and cppcheck. Arguments: the flags that choose the standard, then the
# files.
flags=$1 status=0
shift
# shellcheck disable=SC2016 # "$@" is for the inner shell
printf '%s\n' "$@" | FLAGS=$flags xargs -P2 -n4 sh -c \
    'clang-tidy --quiet "$@" -- $FLAGS 2>/dev/null' tidy || status=1
cppcheck --quiet --std=c11 -I. --error-exitcode=1 --inline-suppr \
    --enable=warning,performance,portability -j2 "$@" || status=1
exit $status
