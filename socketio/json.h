/*
 * json.h: checking JSON and finding its parts (RFC 8259)
 *
 *   {"a": [1, "x\n"]}      key  a      value  [1, "x\n"]
 *
 * The module builds no tree and converts no value: a part is a span of the
 * text, with numbers and strings as they are written. The caller has checked
 * that the text is UTF-8. Introduced in socketio/505_packets.c.
 */
#ifndef SOCKETIO_JSON_H
#define SOCKETIO_JSON_H

#include <sys/types.h>

#include "packets/buf.h"
#include "packets/limits.h"

#define JSON_LIMITS(X) X(LIMIT_JSON_DEPTH, 128, "levels", "nested JSON: close")

enum json_limits {
    JSON_LIMITS(LIMIT_ENUM)
};

enum json_error {
    JSON_ERR_VALUE = -1,  /* §3: no value begins with this byte */
    JSON_ERR_OBJECT = -2, /* §4: not the byte that must be next in an object */
    JSON_ERR_ARRAY = -3,  /* §5: neither "," nor "]" after a value */
    JSON_ERR_NUMBER = -4, /* §6: no digit where there must be one */
    JSON_ERR_STRING = -5, /* §7: a control character that is not escaped */
    JSON_ERR_ESCAPE = -6, /* §7: no such escape */
    JSON_ERR_DEPTH = -7,  /* §9: nested deeper than LIMIT_JSON_DEPTH */
    JSON_ERR_INCOMPLETE = -8, /* correct so far, but the text ends too early */
};

/* Checks the value at the start of text, which may be preceded by white space.
 * Returns the number of bytes up to the end of the value, or a json_error; then
 * *where, unless where is NULL, is the offset of the byte that is wrong. */
ssize_t json_value(struct span text, size_t *where);

/* Is the whole text one value, with nothing but white space around it? */
bool json_valid(struct span text);

/* Returns text without the white space at both ends. Most text has none: then
 * the inline comparisons are enough. */
struct span json_trim_ws(struct span text);
static inline struct span json_trim(struct span text) {
    bool has_none =
        text.len == 0 || (text.data[0] > ' ' && text.data[text.len - 1] > ' ');
    return has_none ? text : json_trim_ws(text);
}

/* Returns the next value of a valid array, or the next member of a valid
 * object. At first *rest is the whole array or object; each call consumes a
 * part of it. *key is the name without its quotes; in an array its data is
 * NULL. False: there is no more. */
bool json_next(struct span *rest, struct span *key, struct span *value);

/* Returns the value of the first member with that name in a valid object, or
 * a span whose data is NULL if there is none. An empty text has no member. */
struct span json_member(struct span object, const char *name);

/* Returns a valid string without its quotes and with its escapes, or a span
 * whose data is NULL if value is not a string. */
struct span json_unquote(struct span value);

/* Is the string equal to text, which is UTF-8? raw is what is between its
 * quotes. An escape counts as the character that it stands for: "\u0061" equals
 * "a". */
bool json_string_equal(struct span raw, const char *text);

/* Appends bytes, which are UTF-8, as a JSON string with its quotes. False: out
 * is full and unchanged. */
bool json_write_string(struct buf *out, struct span bytes);

#endif
