#include "websocket/http_inside.h"

#include <assert.h>
#include <stddef.h>

#define METHOD_MAX 32 /* bytes; the longest registered one has 17 */

/* 2: a line's end stands at the start of bytes; 0: it may yet come. */
static int line_end(struct span bytes) {
    /* RFC 9112 §2.2: a line ends in CRLF. A recipient MAY take an LF alone for
     * the end (this one does not: another on the way may have seen one line
     * there), and MUST consider a CR alone invalid. */
    if (bytes.len > 0 && bytes.data[0] != '\r') return HTTP_ERR_BAD;
    if (bytes.len < 2) return 0;
    return bytes.data[1] == '\n' ? 2 : HTTP_ERR_BAD;
}

/* The line at the start of bytes, without its end. Returns its size with the
 * end, 0 if it is not all there, or an error at the first byte that may not
 * stand in a field line. */
static int line_take(struct span bytes, struct span *line) {
    size_t n = 0;
    /* RFC 9110 §5.5: a value with CR, LF or NUL is dangerous: a recipient MUST
     * reject it (or replace the byte); other controls are invalid, too. */
    while (n < bytes.len && http_is_text(bytes.data[n])) n++;
    int end = line_end(span_skip(bytes, n));
    if (end <= 0) return end;
    *line = (struct span){bytes.data, n};
    return (int)n + end;
}

/* HTTP-version, RFC 9112 §2.3. Returns its size, 0 or an error. */
static int version(struct http_head *h, struct span bytes) {
    static const char form[] = "HTTP/1.1";
    for (size_t i = 0; i < sizeof form - 1; i++) {
        if (i == bytes.len) return 0;
        bool is_number = http_is_digit((uint8_t)form[i]);
        /* RFC 9112 §2.3: HTTP-name is case-sensitive; each number is exactly
         * one digit. */
        if (is_number ? !http_is_digit(bytes.data[i])
                      : bytes.data[i] != (uint8_t)form[i])
            return HTTP_ERR_BAD;
    }
    /* RFC 9110 §15.6.6: 505 refuses a major version. A minor one above 1 does
     * not exist; it is refused as well. */
    if (bytes.data[5] != '1' || bytes.data[7] > '1') return HTTP_ERR_VERSION;
    h->minor = bytes.data[7] - '0';
    return sizeof form - 1;
}

/* Host = uri-host [ ":" port ], RFC 9110 §7.2. Of what a uri-host may be
 * (RFC 3986 §3.2.2), the names that there are: letters, digits, "-", "." and
 * "_", or an IP literal in brackets. */
static bool is_host(struct span s) {
    size_t n = 0;
    if (s.len > 0 && s.data[0] == '[') {
        for (n = 1; n < s.len && s.data[n] != ']'; n++)
            if (!http_is_alnum(s.data[n]) && s.data[n] != ':' &&
                s.data[n] != '.')
                return false;
        if (n == 1 || n++ == s.len) return false;
    } else {
        while (n < s.len && (http_is_alnum(s.data[n]) || s.data[n] == '-' ||
                             s.data[n] == '.' || s.data[n] == '_'))
            n++;
    }
    /* RFC 9110 §4.2.1: an empty host MUST be rejected. */
    if (n == 0) return false;
    if (n == s.len) return true;
    if (s.data[n] != ':' || s.len - n > 6) return false;
    while (++n < s.len && http_is_digit(s.data[n])) continue;
    return n == s.len;
}

/* RFC 9112 §3.2: origin-form, or absolute-form, which a server MUST accept,
 * or "*" of OPTIONS. No authority-form: CONNECT asks for a proxy. */
static bool is_target(const struct http_head *h) {
    struct span target = h->target;
    if (target.len == 0 || memchr(target.data, '#', target.len)) return false;
    if (target.data[0] == '/') return true;
    if (span_equal_ci(target, span_from("*")))
        return span_equal(h->method, span_from("OPTIONS"));
    return is_host(http_authority(target));
}

/* RFC 9112 §3: method SP request-target SP HTTP-version CRLF. Every byte is
 * judged as soon as it is there. Returns the size of the line, 0, an error. */
static int request_line(struct http_head *h, struct span bytes, size_t seen) {
    size_t n = 0;
    while (n < bytes.len && n <= METHOD_MAX && http_is_token(bytes.data[n]))
        n++;
    if (n == bytes.len && n <= METHOD_MAX) return 0;
    /* RFC 9112 §3: exactly one SP after the method, which is a token. */
    if (n == 0 || n > METHOD_MAX || bytes.data[n] != ' ') return HTTP_ERR_BAD;
    h->method = (struct span){bytes.data, n};

    size_t start = ++n;
    if (seen > n && !memchr(bytes.data + n, ' ', seen - n)) n = seen;
    while (n < bytes.len && http_is_visible(bytes.data[n])) n++;
    /* RFC 9112 §3: a server that receives a request-target longer than any it
     * wishes to parse MUST respond with 414. */
    if (n - start > LIMIT_HTTP_TARGET) return HTTP_ERR_TARGET;
    if (n == bytes.len) return 0;
    h->target = (struct span){bytes.data + start, n - start};
    /* RFC 9112 §3.2: no white space is allowed in the request-target. */
    if (bytes.data[n] != ' ' || !is_target(h)) return HTTP_ERR_BAD;

    int size = version(h, span_skip(bytes, ++n));
    if (size <= 0) return size;
    int end = line_end(span_skip(bytes, n + (size_t)size));
    return end <= 0 ? end : (int)n + size + end;
}

/* RFC 9112 §4: HTTP-version SP status-code SP [ reason-phrase ] CRLF. */
static int status_line(struct http_head *h, struct span bytes, size_t seen) {
    (void)seen;
    int size = version(h, bytes);
    if (size <= 0) return size;
    struct span line, rest = span_skip(bytes, (size_t)size);
    int n = line_take(rest, &line);
    if (n <= 0) return n;
    if (line.len < 5 || line.data[0] != ' ' || line.data[4] != ' ')
        return HTTP_ERR_BAD;
    for (size_t i = 1; i < 4; i++) {
        if (!http_is_digit(line.data[i])) return HTTP_ERR_BAD;
        h->status = h->status * 10 + line.data[i] - '0';
    }
    /* RFC 9110 §15: the first digit is the class; there is none below 1. */
    return h->status < 100 ? HTTP_ERR_BAD : size + n;
}

/* RFC 9112 §5: field-name ":" OWS field-value OWS. 0 or an error. */
static int field_line(struct http_head *h, struct span line) {
    if (h->count == LIMIT_HTTP_HEADERS) return HTTP_ERR_HEAD;
    size_t n = 0;
    while (n < line.len && http_is_token(line.data[n])) n++;
    /* RFC 9112 §5.1: no white space is allowed between name and colon; a server
     * MUST reject it with 400. §5.2: nor may a line begin with white space
     * (obs-fold): reject with 400. RFC 9110 §5.1: a name is a token, so it is
     * not empty. */
    if (n == 0 || n == line.len || line.data[n] != ':') return HTTP_ERR_BAD;
    h->fields[h->count++] = (struct http_field){
        {line.data, n},
        http_trim(span_skip(line, n + 1)),
    };
    return 0;
}

/* Does nothing new end here? Then of a field line under way only the bytes
 * since seen are to be judged: a peer that sends byte by byte costs no more
 * than one reading for each line. */
static bool is_under_way(struct span bytes, size_t seen) {
    return seen > 0 && !memchr(bytes.data + seen, '\n', bytes.len - seen) &&
           memchr(bytes.data, '\n', seen);
}

static int lines(struct http_head *h, struct span bytes, size_t seen,
                 int (*start_line)(struct http_head *, struct span, size_t)) {
    struct span line;
    if (is_under_way(bytes, seen)) {
        if (bytes.data[seen - 1] == '\r') seen--;
        return line_take(span_skip(bytes, seen), &line);
    }
    memset(h, 0, offsetof(struct http_head, fields));
    int size = start_line(h, bytes, seen);
    if (size <= 0) return size;
    for (;;) {
        int n = line_take(span_skip(bytes, (size_t)size), &line);
        if (n <= 0) return n;
        size += n;
        if (line.len == 0) return size;
        int error = field_line(h, line);
        if (error) return error;
    }
}

/* The same, within the limit: as much as that without an end is too long. */
static int head(struct http_head *h, struct span bytes, size_t seen,
                int (*start_line)(struct http_head *, struct span, size_t)) {
    assert(seen <= bytes.len && seen < LIMIT_HTTP_HEAD);
    if (bytes.len > LIMIT_HTTP_HEAD) bytes.len = LIMIT_HTTP_HEAD;
    int size = lines(h, bytes, seen, start_line);
    if (size == 0 && bytes.len == LIMIT_HTTP_HEAD) return HTTP_ERR_HEAD;
    return size;
}

/* RFC 9112 §9.3: does the connection persist after this message? In order. */
static bool persists(const struct http_head *h) {
    if (http_field_has_token(h, "Connection", "close")) return false;
    if (h->minor >= 1) return true;
    return http_field_has_token(h, "Connection", "keep-alive");
}

static int host(struct http_head *h) {
    unsigned count;
    h->host = http_field(h, "Host", &count);
    /* RFC 9112 §3.2: a server MUST respond with 400 to a HTTP/1.1 request that
     * lacks Host, and to any with more than one or with an invalid one. */
    if (count == 0 && h->minor >= 1) return HTTP_ERR_BAD;
    if (count > 1) return HTTP_ERR_BAD;
    if (count == 1 && !is_host(h->host)) return HTTP_ERR_BAD;
    /* RFC 9112 §3.2.2: with an absolute-form a server MUST ignore the Host
     * field and use the host of the request-target. */
    struct span authority = http_authority(h->target);
    if (authority.data) h->host = authority;
    return 0;
}

int http_request(struct http_head *h, struct span bytes, size_t seen) {
    /* RFC 9112 §2.2: a server SHOULD ignore at least one empty line received
     * before the request-line. One it is. */
    size_t empty = 0;
    if (bytes.len > 0 && bytes.data[0] == '\r') {
        int end = line_end(bytes);
        if (end <= 0) return end;
        empty = (size_t)end;
    }
    int size = head(h, span_skip(bytes, empty), seen > empty ? seen - empty : 0,
                    request_line);
    if (size <= 0) return size;
    int error = host(h);
    if (!error) error = http_framing(h);
    if (error) return error;
    h->keep_alive = persists(h);
    /* RFC 9110 §10.1.1: in a HTTP/1.0 request a server MUST ignore it. */
    h->expects =
        h->minor >= 1 && http_field_has_token(h, "Expect", "100-continue");
    return size + (int)empty;
}

int http_response(struct http_head *h, struct span bytes, size_t seen) {
    int size = head(h, bytes, seen, status_line);
    if (size <= 0) return size;
    int error = http_framing(h);
    if (error) return error;
    bool sized = h->chunked || http_field(h, "Content-Length", NULL).data;
    /* RFC 9112 §6.3 item 1: 1xx, 204 and 304 end with the head. */
    if (h->status < 200 || h->status == 204 || h->status == 304) {
        h->chunked = false;
        h->length = 0;
        sized = true;
    }
    /* RFC 9112 §6.3 item 8: a response without a size goes on until the
     * connection is closed. */
    h->keep_alive = persists(h) && sized;
    return size;
}
