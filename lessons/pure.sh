#!/bin/sh
# A core turns bytes into events and bytes. Links the objects named, all cores,
# together and looks at what is still undefined: anything beyond this list is a
# hidden input or output.
ALLOWED='mem(cpy|move|set|cmp|chr)|bcmp|str(len|n?cmp|r?chr|c?spn)|snprintf
(m|c|re)alloc|free|assert_fail|assert_rtn|stack_chk_(fail|guard)
(mem|str|sn?printf|vsnprintf)[a-z]*_chk|(a|ub)san_.*|GLOBAL_OFFSET_TABLE_'

cores=$(mktemp)
trap 'rm -f "$cores"' EXIT
${LD:-ld} -r -o "$cores" "$@" || exit 1
# Some systems put an underscore before every name, the compiler several.
nm -uP "$cores" | sed 's/ .*//; s/^__*//' | sort -u |
    grep -vxE "$ALLOWED" | sed 's/^/a core needs /' >&2
! nm -uP "$cores" | sed 's/ .*//; s/^__*//' | grep -qvxE "$ALLOWED"
