/*
 * cookie.h: reads one cookie of a request, and sets one (RFC 6265)
 *
 *   Cookie: theme=dark; name=Zo%C3%AB      pairs, separated by ";" and a space
 *                       |    value
 *                       name
 *
 * A browser sends all cookies of the host, also those that programs at other
 * ports have set (§8.5). So pairs with other names are skipped without a check.
 * The requested cookie must be valid and occur once. Introduced in
 * websocket/410_chat.c.
 */
#ifndef WEBSOCKET_COOKIE_H
#define WEBSOCKET_COOKIE_H

#include "websocket/http.h"

#define COOKIE_FIELD_MAX 400 /* bytes, with the final zero byte */

enum cookie_error {
    COOKIE_ERR_SYNTAX = -1, /* not a cookie-string, or not a cookie-value */
    COOKIE_ERR_TWICE = -2,  /* two cookies of that name, or two fields */
};

/* Finds the cookie of that name (case-sensitive) in a cookie-string, the value
 * of a Cookie field. Returns 1: *value is its value, a part of field, without
 * quotes; 0: there is none; or an error. */
int cookie_parse(struct span field, const char *name, struct span *value);

/* Like cookie_parse, for the Cookie field of a request, which may be
 * missing. */
int cookie_find(const struct http_head *request, const char *name,
                struct span *value);

/* Finds a cookie like cookie_find and decodes the value into text, of size
 * bytes with the final zero byte. Returns its length; 0: no cookie, or an empty
 * one; or an error of cookie_find or cookie_decode. Then text is empty. */
int cookie_text(const struct http_head *request, const char *name, char *text,
                size_t size);

/* Writes the line of a Set-Cookie field (§4.1). The cookie is for all paths of
 * the host, until the browser ends; no script can read it, and it is not sent
 * with requests of other sites' pages (RFC 6265bis, SameSite). The value is
 * text, encoded by cookie_encode. False: the line does not fit into field. */
bool cookie_set(char field[COOKIE_FIELD_MAX], const char *name,
                struct span text);

/* Appends text as a cookie-value: each byte other than a letter, a digit and
 * "-._~" percent-encoded (RFC 3986 §2.1). False: out is full. */
bool cookie_encode(struct buf *out, struct span text);

/* Decodes a value of cookie_encode into text, of size bytes with the final zero
 * byte. Returns its length; or COOKIE_ERR_SYNTAX (a malformed "%", a NUL, or
 * too long for text), and text is empty. */
int cookie_decode(struct span value, char *text, size_t size);

#endif
