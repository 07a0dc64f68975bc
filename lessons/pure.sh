#!/bin/sh
# Checks that the cores only turn bytes into events and bytes. Arguments: the
# objects of all cores. Links them, and looks at the symbols that are still
# undefined. One that is not in this list is a hidden input or output.
ALLOWED='mem(cpy|move|set|cmp|chr)|bcmp|str(len|n?cmp|r?chr|c?spn)|snprintf
vsnprintf|(m|c|re)alloc|free|assert_fail|assert_rtn|stack_chk_(fail|guard)
(mem|str|sn?printf|vsnprintf)[a-z]*_chk|(a|ub)san_.*|GLOBAL_OFFSET_TABLE_'

cores=$(mktemp)
trap 'rm -f "$cores"' EXIT
${LD:-ld} -r -o "$cores" "$@" || exit 1
# Some systems put an underscore before every name, the compiler several.
nm -uP "$cores" | sed 's/ .*//; s/^__*//' | sort -u |
    grep -vxE "$ALLOWED" | sed 's/^/a core needs /' >&2
! nm -uP "$cores" | sed 's/ .*//; s/^__*//' | grep -qvxE "$ALLOWED"
