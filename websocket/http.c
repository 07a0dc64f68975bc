#include "websocket/http_inside.h"

#include <stdio.h>

struct span http_field(const struct http_head *h, const char *name,
                       unsigned *count) {
    struct span first = {NULL, 0};
    unsigned found = 0;
    for (unsigned i = 0; i < h->count; i++) {
        if (!span_equal_ci(h->fields[i].name, span_from(name))) continue;
        if (found++ == 0) first = h->fields[i].value;
    }
    if (count) *count = found;
    return first;
}

struct span http_trim(struct span s) {
    while (s.len > 0 && (s.data[0] == ' ' || s.data[0] == '\t'))
        s = span_skip(s, 1);
    while (s.len > 0 && (s.data[s.len - 1] == ' ' || s.data[s.len - 1] == '\t'))
        s.len--;
    return s;
}

bool http_element(struct span *list, struct span *element) {
    /* RFC 9110 §5.6.1.2: a recipient MUST parse and ignore a reasonable number
     * of empty list elements. */
    while (list->len > 0) {
        uint8_t *comma = memchr(list->data, ',', list->len);
        size_t n = comma ? (size_t)(comma - list->data) : list->len;
        *element = http_trim((struct span){list->data, n});
        *list = span_skip(*list, comma ? n + 1 : n);
        if (element->len > 0) return true;
    }
    return false;
}

bool http_field_has_token(const struct http_head *h, const char *name,
                          const char *token) {
    for (unsigned i = 0; i < h->count; i++) {
        if (!span_equal_ci(h->fields[i].name, span_from(name))) continue;
        struct span list = h->fields[i].value, element;
        while (http_element(&list, &element))
            if (span_equal_ci(element, span_from(token))) return true;
    }
    return false;
}

struct span http_authority(struct span target) {
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < 2; i++) {
        size_t n = strlen(schemes[i]);
        if (target.len < n) continue;
        if (!span_equal_ci((struct span){target.data, n},
                           span_from(schemes[i])))
            continue;
        struct span rest = span_skip(target, n);
        for (n = 0; n < rest.len && rest.data[n] != '/' && rest.data[n] != '?';)
            n++;
        return (struct span){rest.data, n};
    }
    return (struct span){NULL, 0};
}

struct span http_path(struct span target) {
    struct span authority = http_authority(target), path = target;
    if (authority.data) {
        path.data = authority.data + authority.len;
        path.len = target.len - (size_t)(path.data - target.data);
    }
    if (!path.data || path.len == 0) return span_from("/");
    uint8_t *question = memchr(path.data, '?', path.len);
    if (question) path.len = (size_t)(question - path.data);
    /* RFC 9110 §4.2.3: an empty path is the same as "/". */
    return path.len > 0 ? path : span_from("/");
}

struct span http_query(struct span target, const char *key) {
    size_t n = strlen(key);
    uint8_t *at = target.len > 0 ? memchr(target.data, '?', target.len) : NULL;
    while (at) {
        struct span rest = span_skip(target, (size_t)(at + 1 - target.data));
        at = rest.len > 0 ? memchr(rest.data, '&', rest.len) : NULL;
        if (at) rest.len = (size_t)(at - rest.data);
        if (rest.len < n || memcmp(rest.data, key, n) != 0) continue;
        if (rest.len == n) return span_skip(rest, n);
        if (rest.data[n] == '=') return span_skip(rest, n + 1);
    }
    return (struct span){NULL, 0};
}

const char *http_reason(unsigned status) {
    static const struct {
        unsigned status;
        const char *reason;
    } reasons[] = {
        {101, "Switching Protocols"},
        {200, "OK"},
        {204, "No Content"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {421, "Misdirected Request"},
        {426, "Upgrade Required"},
        {431, "Request Header Fields Too Large"}, /* RFC 6585 §5 */
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status) return reasons[i].reason;
    return ""; /* RFC 9112 §4: the reason-phrase may be empty */
}

bool http_write_head(struct buf *out, unsigned status, const char *type,
                     size_t n, const char *more) {
    char line[64], length[48] = "";
    snprintf(line, sizeof line, "HTTP/1.1 %u %s\r\n", status,
             http_reason(status));
    /* RFC 9110 §8.6: a server MUST NOT send Content-Length with 1xx or 204;
     * with 304 it would be that of the 200 it stands for. */
    if (status >= 200 && status != 204 && status != 304)
        snprintf(length, sizeof length, "Content-Length: %zu\r\n", n);
    const struct span parts[] = {
        span_from(line),
        span_from(length),
        span_from(type ? "Content-Type: " : ""),
        span_from(type ? type : ""),
        span_from(type ? "\r\n" : ""),
        span_from(more ? more : ""),
        span_from("\r\n"),
    };
    return buf_append_all(out, parts, sizeof parts / sizeof *parts);
}
