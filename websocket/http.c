#include "websocket/http_inside.h"

#include <stdio.h>

static uint8_t lower(uint8_t c) {
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 'a' - 'A') : c;
}

bool http_alike(struct span a, struct span b) {
    if (a.n != b.n) return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower(a.at[i]) != lower(b.at[i])) return false;
    return true;
}

bool http_same(struct span a, const char *b) {
    return http_alike(a, span_of(b));
}

struct span http_field(const struct http_head *h, const char *name,
                       unsigned *count) {
    struct span first = {NULL, 0};
    unsigned found = 0;
    for (unsigned i = 0; i < h->count; i++) {
        if (!http_same(h->fields[i].name, name)) continue;
        if (found++ == 0) first = h->fields[i].value;
    }
    if (count) *count = found;
    return first;
}

struct span http_trim(struct span s) {
    while (s.n > 0 && (s.at[0] == ' ' || s.at[0] == '\t')) s = span_skip(s, 1);
    while (s.n > 0 && (s.at[s.n - 1] == ' ' || s.at[s.n - 1] == '\t')) s.n--;
    return s;
}

bool http_element(struct span *list, struct span *element) {
    /* RFC 9110 §5.6.1.2: a recipient MUST parse and ignore a reasonable number
     * of empty list elements. */
    while (list->n > 0) {
        uint8_t *comma = memchr(list->at, ',', list->n);
        size_t n = comma ? (size_t)(comma - list->at) : list->n;
        *element = http_trim((struct span){list->at, n});
        *list = span_skip(*list, comma ? n + 1 : n);
        if (element->n > 0) return true;
    }
    return false;
}

bool http_lists(const struct http_head *h, const char *name,
                const char *token) {
    for (unsigned i = 0; i < h->count; i++) {
        if (!http_same(h->fields[i].name, name)) continue;
        struct span list = h->fields[i].value, element;
        while (http_element(&list, &element))
            if (http_same(element, token)) return true;
    }
    return false;
}

struct span http_authority(struct span target) {
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < 2; i++) {
        size_t n = strlen(schemes[i]);
        if (target.n < n) continue;
        if (!http_same((struct span){target.at, n}, schemes[i])) continue;
        struct span rest = span_skip(target, n);
        for (n = 0; n < rest.n && rest.at[n] != '/' && rest.at[n] != '?';) n++;
        return (struct span){rest.at, n};
    }
    return (struct span){NULL, 0};
}

struct span http_path(struct span target) {
    struct span authority = http_authority(target), path = target;
    if (authority.at) {
        path.at = authority.at + authority.n;
        path.n = target.n - (size_t)(path.at - target.at);
    }
    if (!path.at || path.n == 0) return span_of("/");
    uint8_t *question = memchr(path.at, '?', path.n);
    if (question) path.n = (size_t)(question - path.at);
    /* RFC 9110 §4.2.3: an empty path is the same as "/". */
    return path.n > 0 ? path : span_of("/");
}

struct span http_query(struct span target, const char *key) {
    size_t n = strlen(key);
    uint8_t *at = target.n > 0 ? memchr(target.at, '?', target.n) : NULL;
    while (at) {
        struct span rest = span_skip(target, (size_t)(at + 1 - target.at));
        at = rest.n > 0 ? memchr(rest.at, '&', rest.n) : NULL;
        if (at) rest.n = (size_t)(at - rest.at);
        if (rest.n < n || memcmp(rest.at, key, n) != 0) continue;
        if (rest.n == n) return span_skip(rest, n);
        if (rest.at[n] == '=') return span_skip(rest, n + 1);
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

bool http_head_put(struct buf *out, unsigned status, const char *type, size_t n,
                   const char *more) {
    char line[64], length[48] = "";
    snprintf(line, sizeof line, "HTTP/1.1 %u %s\r\n", status,
             http_reason(status));
    /* RFC 9110 §8.6: a server MUST NOT send Content-Length with 1xx or 204;
     * with 304 it would be that of the 200 it stands for. */
    if (status >= 200 && status != 204 && status != 304)
        snprintf(length, sizeof length, "Content-Length: %zu\r\n", n);
    const struct span parts[] = {
        span_of(line),
        span_of(length),
        span_of(type ? "Content-Type: " : ""),
        span_of(type ? type : ""),
        span_of(type ? "\r\n" : ""),
        span_of(more ? more : ""),
        span_of("\r\n"),
    };
    return buf_gather(out, parts, sizeof parts / sizeof *parts);
}
