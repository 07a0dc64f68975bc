/* explain_http.c: see websocket/explain_http.h. Lines are explained one by one,
 * so that a wrong one does not hide the others; http.h then parses the whole
 * head. */
#include "websocket/explain_http.h"
#include "packets/hex.h"
#include "websocket/http.h"

static bool starts_with(struct span s, const char *text) {
    size_t n = strlen(text);
    return s.len >= n && memcmp(s.data, text, n) == 0;
}

bool explain_http_may_begin(struct span bytes) {
    static const char *const starts[] = {"GET ",     "POST ",   "HEAD ",
                                         "PUT ",     "DELETE ", "OPTIONS ",
                                         "CONNECT ", "HTTP/1."};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        size_t n = strlen(starts[i]);
        if (n > bytes.len) n = bytes.len;
        if (n == 0 || memcmp(bytes.data, starts[i], n) == 0) return true;
    }
    return false;
}

bool explain_http_begins(struct span bytes) {
    return bytes.len >= 8 && explain_http_may_begin(bytes);
}

/* Returns the line at the position without its end. *end is the size of the
 * end: 2; 1 for a LF alone; 0 at the end of the input. */
static struct span line(const struct dissector *d, size_t *end) {
    struct span left = dissector_left(d);
    uint8_t *lf = left.len > 0 ? memchr(left.data, '\n', left.len) : NULL;
    *end = lf ? 1 : 0;
    if (!lf) return left;
    left.len = (size_t)(lf - left.data);
    if (left.len == 0 || left.data[left.len - 1] != '\r') return left;
    left.len--;
    *end = 2;
    return left;
}

/* Explains the end of a line. */
static void crlf(struct dissector *d, size_t end) {
    dissector_text(d, end == 1 ? 1 : 2, "CRLF");
    if (end == 1) dissector_wrong(d, "RFC 9112 §2.2", "CR is missing");
}

/* Returns what is in s before the first byte c, or all of it. */
static struct span before(struct span s, char c) {
    uint8_t *end = s.len > 0 ? memchr(s.data, c, s.len) : NULL;
    if (end) s.len = (size_t)(end - s.data);
    return s;
}

/* Reads the part of a line up to a space, and the space. */
static struct span word(struct dissector *d, struct span *left,
                        const char *name) {
    struct span text = dissector_text(d, before(*left, ' ').len, name);
    *left = span_skip(*left, text.len);
    if (left->len > 0) *left = span_skip(*left, dissector_text(d, 1, "SP").len);
    return text;
}

/* Reads the part of a target up to the byte c, which is not read. */
static void target_part(struct dissector *d, struct span *left, char c,
                        const char *name, const char *section) {
    size_t n = before(*left, c).len;
    dissector_text(d, n, name);
    if (n > 0) dissector_cite(d, section);
    *left = span_skip(*left, n);
}

/* Reads a target, and the space after it. RFC 9112 §3.2: it is a path and
 * perhaps a query; forms in HTML put "&" between the parameters of a query. */
static struct span target(struct dissector *d, struct span *line) {
    struct span all = before(*line, ' '), left = all;
    dissector_enter(d, EXPLAIN_APPLICATION, "request-target", "RFC 9112 §3.2");
    target_part(d, &left, '?', "path", "RFC 3986 §3.3");
    while (left.len > 0) {
        dissector_text(d, 1, "delimiter");
        left = span_skip(left, 1);
        target_part(d, &left, '&', "parameter", "RFC 3986 §3.4");
    }
    dissector_leave(d);
    *line = span_skip(*line, all.len);
    if (line->len > 0) *line = span_skip(*line, dissector_text(d, 1, "SP").len);
    return all;
}

static void start_line(struct dissector *d, struct explain_http *h) {
    size_t end;
    struct span left = line(d, &end);
    h->is_request = !starts_with(left, "HTTP/");
    dissector_enter(d, EXPLAIN_APPLICATION,
                    h->is_request ? "request-line" : "status-line",
                    h->is_request ? "RFC 9112 §3" : "RFC 9112 §4");
    if (h->is_request) {
        struct span method = word(d, &left, "method");
        h->is_head = span_equal(method, span_from("HEAD"));
        h->target = target(d, &left);
        dissector_text(d, left.len, "HTTP-version");
    } else {
        word(d, &left, "HTTP-version");
        struct span status = word(d, &left, "status-code");
        for (size_t i = 0; i < status.len && i < 3; i++)
            h->status = h->status * 10 + (unsigned)(status.data[i] - '0');
        dissector_text(d, left.len, "reason-phrase");
    }
    crlf(d, end);
    dissector_leave(d);
}

static bool is_space(uint8_t c) {
    return c == ' ' || c == '\t';
}

static void field_line(struct dissector *d, struct span left, size_t end) {
    uint8_t *colon = memchr(left.data, ':', left.len);
    size_t name = colon ? (size_t)(colon - left.data) : left.len;
    bool has_space = name > 0 && is_space(left.data[name - 1]);
    size_t after = name + 1, last = left.len;
    dissector_enter(d, EXPLAIN_APPLICATION, "field-line", "RFC 9112 §5");
    dissector_text(d, name, "field-name");
    if (!colon && end > 0)
        dissector_wrong(d, "RFC 9112 §5", "a colon is missing");
    /* RFC 9112 §5.1: no whitespace is allowed before the colon. */
    if (colon && has_space)
        dissector_wrong(d, "RFC 9112 §5.1", "a space before the colon");
    if (colon) {
        while (after < last && is_space(left.data[after])) after++;
        while (last > after && is_space(left.data[last - 1])) last--;
        dissector_text(d, 1, "colon");
        dissector_text(d, after - name - 1, "OWS");
        dissector_text(d, last - after, "field-value");
        dissector_text(d, left.len - last, "OWS");
    }
    crlf(d, end);
    dissector_leave(d);
}

/* Explains field lines and the empty line. */
static void field_lines(struct dissector *d) {
    size_t end;
    struct span l = line(d, &end);
    while (l.len > 0) {
        field_line(d, l, end);
        l = line(d, &end);
    }
    crlf(d, end);
}

/* RFC 9112 §7.1. */
static void chunks(struct dissector *d) {
    size_t size = 1, end;
    while (size > 0 && dissector_left(d).len > 0) {
        struct span l = line(d, &end);
        size_t digits = 0;
        for (size = 0; digits < l.len; digits++) {
            int digit = hex_digit(l.data[digits]);
            if (digit < 0) break;
            size = size < EXPLAIN_MAX_INPUT / 16 ? size * 16 + (size_t)digit
                                                 : EXPLAIN_MAX_INPUT;
        }
        dissector_text(d, digits, "chunk-size");
        dissector_cite(d, "RFC 9112 §7.1");
        dissector_count(d, size, "bytes");
        dissector_text(d, l.len - digits, "chunk-ext");
        if (digits == 0) dissector_wrong(d, "RFC 9112 §7.1", "no chunk-size");
        crlf(d, end);
        dissector_bytes(d, size, "chunk-data");
        if (size > 0) dissector_text(d, 2, "CRLF");
    }
    if (size == 0)
        field_lines(d);
    else /* at the end of the input */
        dissector_text(d, 1, "chunk-size");
}

void explain_http(struct dissector *d, struct explain_http *h) {
    struct http_head head = {.length = 0};
    struct span all = dissector_left(d);
    *h = (struct explain_http){.is_to_head = h->is_to_head};
    dissector_enter(d, EXPLAIN_APPLICATION, "HTTP", "RFC 9112 §2.1");
    start_line(d, h);
    field_lines(d);
    dissector_leave(d);
    int n = h->is_request ? http_request(&head, all, 0)
                          : http_response(&head, all, 0);
    if (n < 0) {
        head.length = 0;
        dissector_wrong(d, "RFC 9112", "a server would send status %d", -n);
    }
    bool has_end = n > 0 && !h->is_request && !head.chunked &&
                   http_field(&head, "Content-Length", NULL).data == NULL;
    size_t len = (size_t)head.length;
    /* RFC 9112 §6.3: a response without a length lasts until the stream ends,
     * but 1xx, 204, 304 and those to HEAD have no body. */
    bool has_body = h->is_request || (h->status >= 200 && h->status != 204 &&
                                      h->status != 304 && !h->is_to_head);
    if (has_end) len = dissector_left(d).len;
    if (!has_body) len = 0;
    if (n > 0 && head.chunked && has_body) chunks(d);
    dissector_narrow(d, EXPLAIN_APPLICATION, len, "body");
}
