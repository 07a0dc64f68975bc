/* zone_fuzz.c: every reply is a message of at most 512 bytes, a response with
 * the ID of the query; and a reply gets no reply. */
#include "packets/zone.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const struct zone_row ROWS[] = {
    {"a", DNS_A, "192.0.2.1", 0}, {"a", DNS_AAAA, "2001:db8::1", 0},
    {"b.a", DNS_CNAME, "a", 0},   {"c.a", DNS_CNAME, "d.a", 0},
    {"d.a", DNS_CNAME, "c.a", 0}, {"e.a", DNS_A, "192.0.2.1", 40},
    {NULL, 0, NULL, 0},
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    static struct dns_message m;
    struct zone zone = {"a", 60, ROWS};
    struct buf out = {.max = 600}, again = {.max = 600};
    if (zone_answer(&zone, (struct span){(uint8_t *)(uintptr_t)bytes, n},
                    &out)) {
        struct span reply = buf_view(&out);
        assert(n >= DNS_HEADER && reply.len <= DNS_MAX_UDP);
        assert(dns_parse(reply, &m) == (int)reply.len);
        assert(m.is_response && memcmp(bytes, reply.data, 2) == 0);
        assert(!zone_answer(&zone, reply, &again));
    }
    assert(buf_view(&again).len == 0);
    buf_free(&out);
    return 0;
}
