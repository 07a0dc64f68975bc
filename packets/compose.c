/* compose.c: see packets/compose.h. */
#include "packets/compose.h"
#include "packets/ethernet.h"
#include "packets/ipv4.h"
#include "packets/ipv6.h"

#include <assert.h>

#define MAX_DATA 65000 /* bytes, as the header says */

/* Fills a MAC address of zeros: 02, and the last two bytes of a. */
static void make_mac(uint8_t mac[ADDRESS_MAC], const struct address *a) {
    mac[0] = 2; /* IEEE 802 §8.4: administered locally */
    memcpy(mac + 4, a->bytes + a->len - 2, 2);
}

static bool write_ip(struct buf *out, const struct ends *ends, size_t len) {
    if (ends->source.len == 16) {
        struct ipv6 ip = {.payload_length = (uint16_t)len,
                          .next_header = IP_TCP,
                          .hop_limit = COMPOSE_TTL,
                          .source = ends->source,
                          .destination = ends->destination};
        return ipv6_write(out, &ip);
    }
    struct ipv4 ip = {.total_length = (uint16_t)(IPV4_HEADER + len),
                      .ttl = COMPOSE_TTL,
                      .protocol = IP_TCP,
                      .source = ends->source,
                      .destination = ends->destination};
    return ipv4_write(out, &ip);
}

bool compose_segment(struct buf *out, const struct ends *ends,
                     const struct segment *s, struct span data) {
    assert(data.len <= MAX_DATA && ends->source.len == ends->destination.len);
    struct ethernet e = {.type = ETHERNET_IPV4};
    struct segment copy = *s;
    uint32_t end = out->end;
    size_t len = SEGMENT_HEADER + s->options.len + data.len;
    if (ends->source.len == 16) e.type = ETHERNET_IPV6;
    make_mac(e.source, &ends->source);
    make_mac(e.destination, &ends->destination);
    copy.source_port = ends->source_port;
    copy.destination_port = ends->destination_port;
    bool is_written =
        ethernet_write(out, &e) && write_ip(out, ends, len) &&
        segment_write(out, &copy, data, &ends->source, &ends->destination);
    if (!is_written) out->end = end; /* all of it or nothing */
    return is_written;
}
