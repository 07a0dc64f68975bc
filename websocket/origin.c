/* origin.c: see websocket/origin.h. Entry point: origin_check. */
#include "websocket/origin.h"

static bool is_digit(uint8_t c) {
    return c >= '0' && c <= '9';
}

/* Returns host without its ":port". */
static struct span without_port(struct span host) {
    size_t n = host.len;
    while (n > 0 && is_digit(host.data[n - 1])) n--;
    if (n > 0 && host.data[n - 1] == ':') host.len = n - 1;
    return host;
}

/* Consumes a number of one to three digits from the front of s. False: there
 * is none, or it is over 255. */
static bool consume_octet(struct span *s) {
    unsigned value = 0;
    size_t n = 0;
    while (n < s->len && n < 3 && is_digit(s->data[n]))
        value = value * 10 + s->data[n++] - '0';
    *s = span_skip(*s, n);
    return n > 0 && value <= 255;
}

/* Is s an address 127.x.y.z with nothing after it? 127.0.0.1.example.org is a
 * name, not an address. */
static bool is_127(struct span s) {
    if (s.len < 4 || memcmp(s.data, "127.", 4) != 0) return false;
    s = span_skip(s, 3);
    for (int i = 0; i < 3; i++) {
        if (s.len == 0 || s.data[0] != '.') return false;
        s = span_skip(s, 1);
        if (!consume_octet(&s)) return false;
    }
    return s.len == 0;
}

bool origin_is_loopback(struct span host) {
    struct span name = without_port(host);
    return span_equal_ci(host, span_from("::1")) ||
           span_equal_ci(name, span_from("localhost")) ||
           span_equal_ci(name, span_from("[::1]")) || is_127(name);
}

/* RFC 6454 §7: an origin is scheme "://" host [ ":" port ]. The server's own
 * has the host and port of the Host field. Its scheme may be https, because a
 * proxy may do the TLS. */
static bool is_own(struct span origin, struct span host) {
    struct span authority = http_authority(origin);
    return authority.len > 0 &&
           authority.data + authority.len == origin.data + origin.len &&
           span_equal_ci(authority, host);
}

bool origin_allowed(struct span origin, struct span host, const char *allowed) {
    if (allowed && strcmp(allowed, "*") == 0) return true;
    if (is_own(origin, host)) return true;
    struct span list = span_from(allowed ? allowed : ""), element;
    while (http_element(&list, &element))
        if (span_equal_ci(origin, element)) return true;
    return false;
}

unsigned origin_check(const struct http_head *request, bool loopback,
                      const char *allowed) {
    struct span host = request->host;
    /* DNS rebinding: a site's name resolves to this machine. A browser always
     * sends Host, so a request without Host does not come from a page. */
    if (loopback && host.data && !origin_is_loopback(host)) return 403;
    unsigned count;
    struct span origin = http_field(request, "Origin", &count);
    if (count == 0) return 0;
    /* RFC 6455 §10.2: a server SHOULD verify Origin is one it expects, and
     * respond with 403 if not. RFC 6454 §7.3: no more than one Origin field. */
    if (count > 1 || !origin_allowed(origin, host, allowed)) return 403;
    return 0;
}
