/*
 * json.h: is this JSON? and where are its parts (RFC 8259)
 *
 * Checks and finds; it builds nothing. What a program wants from a JSON text
 * it gets as spans of that text: numbers and strings stay as they were
 * written. No recursion: LIMIT_JSON_DEPTH levels of a bit each. The caller has
 * checked that the text is UTF-8. Introduced in socketio/505_packets.c.
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
    JSON_ERR_SYNTAX = -1, /* RFC 8259 §2-§7 */
    JSON_ERR_DEPTH = -2,  /* nested deeper than LIMIT_JSON_DEPTH */
    JSON_ERR_CUT = -3,    /* good so far, but the text ends inside it */
};

/* Checks the value at the start of text, white space before it included.
 * Returns the bytes consumed, up to the last of the value, or a json_error;
 * then *where, unless NULL, is the offset of the byte that was wrong. */
ssize_t json_value(struct span text, size_t *where);

/* The whole text is one value, with white space at most around it. */
bool json_valid(struct span text);

/* text without the white space at its ends. */
struct span json_trim(struct span text);

/* Walks the elements of a valid array or the members of a valid object:
 * *rest starts as the whole value and is consumed. For an array *key is empty;
 * for an object it is the name between its quotes. False: no more. */
bool json_next(struct span *rest, struct span *key, struct span *value);

/* The value of the member called name (compared as written, escapes not
 * resolved) in a valid object; .at NULL if there is none. */
struct span json_member(struct span object, const char *name);

/* A valid string without its quotes, as it is written; .at NULL: no string. */
struct span json_string(struct span value);

/* Appends bytes as a JSON string with its quotes; they are UTF-8. False: out
 * is full. */
bool json_put_string(struct buf *out, struct span bytes);

#endif
