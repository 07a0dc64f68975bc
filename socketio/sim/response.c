/* response.c: see socketio/sim/response.h */
#include "socketio/sim/response.h"

/* Returns the offset of text in s, or s.len. */
static size_t find(struct span s, const char *text) {
    size_t n = strlen(text);
    for (size_t i = 0; i + n <= s.len; i++)
        if (s.data[i] == text[0] && memcmp(s.data + i, text, n) == 0) return i;
    return s.len;
}

static bool is_digit(uint8_t c) {
    return c >= '0' && c <= '9';
}

/* "HTTP/1.1 200 OK" */
static bool status_line(struct response *r, struct span line) {
    if (line.len < 14 || memcmp(line.data, "HTTP/1.1 ", 9) != 0) return false;
    for (size_t i = 9; i < 12; i++) {
        if (!is_digit(line.data[i])) return false;
        r->status = r->status * 10 + line.data[i] - '0';
    }
    return line.data[12] == ' ' && r->status >= 100 && r->status < 600;
}

/* Content-Length: digits. False: it is not a number. */
static bool number(struct span value, int64_t *n) {
    if (value.len == 0 || value.len > 9) return false;
    *n = 0;
    for (size_t i = 0; i < value.len; i++) {
        if (!is_digit(value.data[i])) return false;
        *n = *n * 10 + value.data[i] - '0';
    }
    return true;
}

/* "Name: value"; handles Content-Length and Connection. */
static bool field(struct response *r, struct span line, int64_t *length) {
    size_t colon = find(line, ": ");
    if (colon == 0 || colon == line.len) return false;
    struct span name = {line.data, colon};
    struct span value = span_skip(line, colon + 2);
    if (span_equal_ci(name, span_from("Content-Length")))
        return *length == -1 && number(value, length);
    if (span_equal_ci(name, span_from("Connection")) &&
        span_equal_ci(value, span_from("close")))
        r->close = true;
    return true;
}

int64_t response_parse(struct response *r, struct span in, bool is_head) {
    *r = (struct response){0};
    size_t end = find(in, "\r\n\r\n");
    if (end == in.len) return in.len > 16384 ? -1 : 0;
    size_t at = find(in, "\r\n");
    int64_t length = -1;
    if (!status_line(r, (struct span){in.data, at})) return -1;
    r->head = (struct span){in.data + at + 2, end > at ? end - at : 0};
    for (struct span rest = r->head; rest.len > 0;) {
        size_t n = find(rest, "\r\n");
        if (!field(r, (struct span){rest.data, n}, &length)) return -1;
        rest = span_skip(rest, n + 2);
    }
    bool bodiless = r->status < 200 || r->status == 204;
    /* RFC 9110 §8.6: MUST NOT send Content-Length with 1xx or 204. */
    if (bodiless && length != -1) return -1;
    if (!bodiless && length == -1) return -1;
    size_t size = end + 4;
    if (bodiless || is_head) return (int64_t)size;
    if (in.len - size < (size_t)length) return 0;
    r->body = (struct span){in.data + size, (size_t)length};
    return (int64_t)size + length;
}
