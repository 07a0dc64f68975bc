/*
 * cookie.h: one cookie out of those that a request carries (RFC 6265)
 *
 *   Cookie: theme=dark; name=Zo%C3%AB      pairs, separated by ";" and a space
 *                       |    value
 *                       name
 *
 * A browser sends all cookies of the host, also those that programs at other
 * ports have set (§8.5). So pairs of other names are skipped, whatever they
 * contain, and the one that is asked for must be right and occur once.
 * Introduced in websocket/410_chat.c.
 */
#ifndef WEBSOCKET_COOKIE_H
#define WEBSOCKET_COOKIE_H

#include "websocket/http.h"

#define COOKIE_FIELD_MAX 400 /* bytes, with the final zero byte */

enum cookie_error {
    COOKIE_ERR_SYNTAX = -1, /* not a cookie-string, or not a cookie-value */
    COOKIE_ERR_TWICE = -2,  /* two cookies of that name, or two fields */
};

/* Looks for the cookie of that name (case counts) in a cookie-string, the value
 * of a Cookie field. Returns 1: *value is its value, a part of field, without
 * quotes; 0: there is none; or an error. */
int cookie_parse(struct span field, const char *name, struct span *value);

/* As cookie_parse, in the Cookie field of a request, which may have none. */
int cookie_find(const struct http_head *request, const char *name,
                struct span *value);

/* As cookie_find; decodes the value into text, which has space for size bytes
 * with a final zero byte. Returns its length; 0: there is none, or it is empty;
 * or an error, as also cookie_decode does. Then text is empty. */
int cookie_text(const struct http_head *request, const char *name, char *text,
                size_t size);

/* Writes the line of a Set-Cookie field (§4.1): a cookie for all paths of the
 * host, until the browser ends, that no script can read, and that is not sent
 * with what pages of other sites request (RFC 6265bis, SameSite). text: is
 * encoded as by cookie_encode. False: it does not fit into field. */
bool cookie_set(char field[COOKIE_FIELD_MAX], const char *name,
                struct span text);

/* Appends text as a cookie-value: each byte other than a letter, a digit and
 * "-._~" percent-encoded (RFC 3986 §2.1). False: out is full. */
bool cookie_encode(struct buf *out, struct span text);

/* Decodes such a value into text, which has space for size bytes with a final
 * zero byte. Returns its length; or COOKIE_ERR_SYNTAX, and text is empty: a
 * malformed "%", a NUL, or too long for text. */
int cookie_decode(struct span value, char *text, size_t size);

#endif
