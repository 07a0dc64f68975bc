/*
 * http_inside.h: what the files of the HTTP parser share
 *
 *   http.c        fields, lists, targets (RFC 9110)
 *   http_head.c   parsing a head, line by line (RFC 9112 §2 to §5)
 *   http_body.c   how long a body is, and reading it (RFC 9112 §6 and §7)
 */
#ifndef WEBSOCKET_HTTP_INSIDE_H
#define WEBSOCKET_HTTP_INSIDE_H

#include "websocket/http.h"

static inline bool http_is_digit(uint8_t c) {
    return c >= '0' && c <= '9';
}

static inline bool http_is_alnum(uint8_t c) {
    return http_is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* tchar, RFC 9110 §5.6.2: methods and field names consist of these. */
static inline bool http_is_token(uint8_t c) {
    return http_is_alnum(c) || (c != 0 && strchr("!#$%&'*+-.^_`|~", c));
}

/* VCHAR: visible ASCII, without the space. */
static inline bool http_is_visible(uint8_t c) {
    return c > 0x20 && c < 0x7F;
}

/* RFC 9110 §5.5: a field value may contain visible ASCII, SP, HTAB and obs-text
 * (0x80 to 0xFF); no NUL, CR, LF or other control. */
static inline bool http_is_text(uint8_t c) {
    return c == '\t' || (c >= 0x20 && c != 0x7F);
}

/* In http.c: returns s without the spaces and tabs around it. */
struct span http_trim(struct span s);

/* In http_body.c: sets length and chunked from the fields of h. Returns 0 or an
 * http_error. */
int http_framing(struct http_head *h);

#endif
