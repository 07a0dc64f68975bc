/*
 * http_head.c: parses a head, line by line (RFC 9112 §2 to §5)
 *
 *   http_request  = [ CRLF ] request-line *( field-line CRLF ) CRLF
 *   http_response = status-line *( field-line CRLF ) CRLF
 *
 * Every parse begins at the first line and checks the complete lines. If no
 * line has ended since the last call, only the new bytes are checked. So a peer
 * that sends byte by byte causes one parse for each line, not for each byte.
 */
#include "websocket/http_inside.h"

#include <assert.h>
#include <stddef.h>

typedef int start_line(struct http_head *h, struct span line);

/* Is there a line end at the start of bytes? Returns 2, its size, 0 if it is
 * not complete, or an error. */
static int line_end(struct span bytes) {
    /* RFC 9112 §2.2: a line ends in CRLF. A recipient MAY accept an LF alone
     * (this one does not: another recipient may have seen one line there), and
     * MUST consider a CR alone invalid. */
    if (bytes.len > 0 && bytes.data[0] != '\r') return HTTP_ERR_BAD;
    if (bytes.len < 2) return 0;
    return bytes.data[1] == '\n' ? 2 : HTTP_ERR_BAD;
}

/* Finds the line at the start of bytes; *line is without its end. Returns its
 * size with the end; 0: it has not ended; or an error at the first byte that no
 * line may contain. */
static int parse_line(struct span bytes, struct span *line) {
    size_t n = 0;
    /* RFC 9110 §5.5: a value with CR, LF or NUL is dangerous: a recipient MUST
     * reject it (or replace the byte); other controls are invalid, too. */
    while (n < bytes.len && http_is_text(bytes.data[n])) n++;
    int end = line_end(span_skip(bytes, n));
    if (end <= 0) return end;
    *line = (struct span){bytes.data, n};
    return (int)n + end;
}

/* HTTP-version = HTTP-name "/" DIGIT "." DIGIT. Returns 0 or an error. */
static int http_version(struct http_head *h, struct span text) {
    /* RFC 9112 §2.3: HTTP-name is case-sensitive; each number is exactly one
     * digit. */
    if (text.len != 8 || memcmp(text.data, "HTTP/", 5) != 0)
        return HTTP_ERR_BAD;
    uint8_t major = text.data[5], minor = text.data[7];
    if (!http_is_digit(major) || text.data[6] != '.' || !http_is_digit(minor))
        return HTTP_ERR_BAD;
    /* RFC 9110 §15.6.6: 505 refuses a major version. */
    if (major != '1') return HTTP_ERR_VERSION;
    /* RFC 9110 §2.5: a recipient SHOULD process a message with a higher minor
     * version as if it had the highest one that it implements. */
    h->minor = minor == '0' ? 0 : 1;
    return 0;
}

/* Host = uri-host [ ":" port ], RFC 9110 §7.2. RFC 3986 §3.2.2 allows more in a
 * uri-host than this parser accepts: letters, digits, "-", "." and "_", or an
 * IP literal in brackets. */
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

/* RFC 9112 §3.2: a request-target has origin-form ("/path"), absolute-form
 * ("http://host/path"), which a server MUST accept, too, or is "*" with
 * OPTIONS. The authority-form of CONNECT is for proxies and refused. */
static bool is_request_target(struct span target, struct span method) {
    for (size_t i = 0; i < target.len; i++)
        if (!http_is_visible(target.data[i]) || target.data[i] == '#')
            return false;
    if (target.len == 0) return false;
    if (target.data[0] == '/') return true;
    if (span_equal(target, span_from("*")))
        return span_equal(method, span_from("OPTIONS"));
    return is_host(http_authority(target));
}

static size_t token_length(struct span s) {
    size_t n = 0;
    while (n < s.len && http_is_token(s.data[n])) n++;
    return n;
}

/* Consumes *line up to the first SP; *word is the text before it. False: there
 * is no SP. */
static bool parse_word(struct span *line, struct span *word) {
    uint8_t *space = line->len > 0 ? memchr(line->data, ' ', line->len) : NULL;
    if (!space) return false;
    *word = (struct span){line->data, (size_t)(space - line->data)};
    *line = span_skip(*line, word->len + 1);
    return true;
}

/* request-line = method SP request-target SP HTTP-version */
static int request_line(struct http_head *h, struct span line) {
    /* RFC 9112 §3: the three parts are separated by a single SP; §3.2: no white
     * space is allowed in the request-target. */
    if (!parse_word(&line, &h->method) || !parse_word(&line, &h->target))
        return HTTP_ERR_BAD;
    size_t n = token_length(h->method);
    if (n == 0 || n < h->method.len) return HTTP_ERR_BAD;
    /* RFC 9112 §3: a server that receives a request-target longer than any it
     * wishes to parse MUST respond with 414. */
    if (h->target.len > LIMIT_HTTP_TARGET) return HTTP_ERR_TARGET;
    if (!is_request_target(h->target, h->method)) return HTTP_ERR_BAD;
    return http_version(h, line);
}

/* status-line = HTTP-version SP status-code SP [ reason-phrase ] */
static int status_line(struct http_head *h, struct span line) {
    struct span version, code;
    if (!parse_word(&line, &version) || !parse_word(&line, &code))
        return HTTP_ERR_BAD;
    int error = http_version(h, version);
    if (error) return error;
    if (code.len != 3) return HTTP_ERR_BAD;
    for (size_t i = 0; i < 3; i++) {
        if (!http_is_digit(code.data[i])) return HTTP_ERR_BAD;
        h->status = h->status * 10 + code.data[i] - '0';
    }
    /* RFC 9110 §15: the first digit is the class, which begins with 1. */
    return h->status < 100 ? HTTP_ERR_BAD : 0;
}

/* field-line = field-name ":" OWS field-value OWS */
static int field_line(struct http_head *h, struct span line) {
    if (h->count == LIMIT_HTTP_HEADERS) return HTTP_ERR_HEAD;
    size_t n = token_length(line);
    /* RFC 9112 §5.1: no white space is allowed between name and colon; a server
     * MUST reject it with 400. §5.2: a line that begins with white space
     * (obs-fold) MUST be rejected, too. RFC 9110 §5.1: a name is a token, so it
     * is not empty. RFC 9112 §5.2: a user agent MUST replace obs-fold in a
     * response with SP: not enforced: such a response is refused, too. */
    if (n == 0 || n == line.len || line.data[n] != ':') return HTTP_ERR_BAD;
    h->fields[h->count++] = (struct http_field){
        {line.data, n},
        http_trim(span_skip(line, n + 1)),
    };
    return 0;
}

/* Returns the size of the head, 0 if it is not complete, or an error. */
static int message_head(struct http_head *h, struct span bytes,
                        start_line *start) {
    struct span line;
    memset(h, 0, offsetof(struct http_head, fields));
    int size = parse_line(bytes, &line);
    if (size <= 0) return size;
    int error = start(h, line);
    while (!error) {
        int n = parse_line(span_skip(bytes, (size_t)size), &line);
        if (n <= 0) return n;
        size += n;
        if (line.len == 0) return size;
        error = field_line(h, line);
    }
    return error;
}

/* Parses the head if a line has ended since the last call. Otherwise only
 * checks the new bytes. */
static int resume(struct http_head *h, struct span bytes, size_t seen,
                  start_line *start) {
    struct span line, fresh = span_skip(bytes, seen);
    if (seen == 0 || (fresh.len > 0 && memchr(fresh.data, '\n', fresh.len)))
        return message_head(h, bytes, start);
    bool after_cr = bytes.data[seen - 1] == '\r';
    return parse_line(span_skip(bytes, seen - after_cr), &line);
}

/* RFC 9112 §9.3: does the connection persist after this message? */
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

/* Returns the size of an empty line, or of its first half, at the start of a
 * request: 0 to 2 bytes. */
static size_t leading_crlf(struct span bytes) {
    /* RFC 9112 §2.2: a server SHOULD ignore at least one CRLF received before
     * the request-line. This one ignores one. */
    if (bytes.len == 0 || bytes.data[0] != '\r') return 0;
    return bytes.len > 1 && bytes.data[1] == '\n' ? 2 : 1;
}

int http_request(struct http_head *h, struct span bytes, size_t seen) {
    assert(seen <= bytes.len && seen < LIMIT_HTTP_HEAD);
    bool is_full = bytes.len >= LIMIT_HTTP_HEAD;
    if (is_full) bytes.len = LIMIT_HTTP_HEAD;
    size_t skip = leading_crlf(bytes);
    if (skip == 1) return bytes.len == 1 ? 0 : HTTP_ERR_BAD;
    struct span rest = span_skip(bytes, skip);
    /* No method begins with this byte: it may be a TLS handshake. */
    if (rest.len > 0 && !http_is_token(rest.data[0])) return HTTP_ERR_BAD;
    int size = resume(h, rest, seen > skip ? seen - skip : 0, request_line);
    if (size == 0 && is_full)
        return memchr(rest.data, '\n', rest.len) ? HTTP_ERR_HEAD
                                                 : HTTP_ERR_TARGET;
    if (size <= 0) return size;
    int error = host(h);
    if (!error) error = http_framing(h);
    if (error) return error;
    h->keep_alive = persists(h);
    /* RFC 9110 §10.1.1: a server MUST ignore 100-continue in a HTTP/1.0
     * request. It MAY refuse another expectation; no other one exists. */
    h->expects =
        h->minor >= 1 && http_field_has_token(h, "Expect", "100-continue");
    return size + (int)skip;
}

int http_response(struct http_head *h, struct span bytes, size_t seen) {
    assert(seen <= bytes.len && seen < LIMIT_HTTP_HEAD);
    bool is_full = bytes.len >= LIMIT_HTTP_HEAD;
    if (is_full) bytes.len = LIMIT_HTTP_HEAD;
    int size = resume(h, bytes, seen, status_line);
    if (size == 0 && is_full) return HTTP_ERR_HEAD;
    if (size <= 0) return size;
    int error = http_framing(h);
    if (error) return error;
    bool has_size = h->chunked || http_field(h, "Content-Length", NULL).data;
    /* RFC 9112 §6.3 item 1: 1xx, 204 and 304 end with the head. */
    if (h->status < 200 || h->status == 204 || h->status == 304) {
        h->chunked = false;
        h->length = 0;
        has_size = true;
    }
    /* RFC 9112 §6.3 item 8: a response without a size extends until the
     * connection is closed. */
    h->keep_alive = persists(h) && has_size;
    return size;
}
