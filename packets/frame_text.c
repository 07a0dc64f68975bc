/* frame_text.c: see packets/frame_text.h. Entry points: frame_text,
 * frame_text_packet, frame_text_macs. */
#include "packets/frame_text.h"
#include "packets/arp.h"
#include "packets/datagram.h"
#include "packets/ethernet.h"
#include "packets/icmp.h"
#include "packets/ipv4.h"
#include "packets/ipv6.h"
#include "packets/segment.h"

#include <stdarg.h>
#include <stdio.h>

enum {
    NO_PORT = -1
};

/* The fields that IPv4 and IPv6 headers have in common. */
struct header {
    const struct address *source, *destination;
    uint8_t hops_left; /* TTL or hop limit */
    uint8_t protocol;
    bool is_v6, has_more, is_broken; /* broken: a wrong checksum */
    uint32_t offset;                 /* of a fragment */
    struct span payload;
};

/* Appends to a text, and cuts it at FRAME_TEXT_MAX. */
static void add(char *text, const char *format, ...) {
    size_t at = strlen(text);
    va_list values;
    va_start(values, format);
    vsnprintf(text + at, FRAME_TEXT_MAX - at, format, values);
    va_end(values);
}

/* Appends "1 byte" or "2 bytes". */
static void add_size(char *text, size_t n) {
    add(text, n == 1 ? "%zu byte" : "%zu bytes", n);
}

/* Appends "10.0.0.1:7", "[fd00::1]:7", or without a port "10.0.0.1". */
static void add_end(char *text, const struct address *a, int port) {
    char name[ADDRESS_TEXT_MAX];
    address_text(a, name);
    if (port == NO_PORT)
        add(text, "%s", name);
    else
        add(text, a->len == 16 ? "[%s]:%d" : "%s:%d", name, port);
}

static void add_ends(char *text, const struct header *h, int source_port,
                     int destination_port) {
    add_end(text, h->source, source_port);
    add(text, " > ");
    add_end(text, h->destination, destination_port);
    add(text, " %s %u ", h->is_v6 ? "hop limit" : "TTL", h->hops_left);
}

static void add_udp(char *text, const struct header *h) {
    struct datagram d;
    if (datagram_parse(h->payload, &d) <= 0) {
        add_ends(text, h, NO_PORT, NO_PORT);
        add(text, "UDP, malformed");
        return;
    }
    add_ends(text, h, d.source_port, d.destination_port);
    add(text, "UDP ");
    add_size(text, d.length - DATAGRAM_HEADER);
}

static void add_tcp(char *text, const struct header *h) {
    struct segment s;
    char flags[SEGMENT_FLAGS_MAX];
    int n = segment_parse(h->payload, &s);
    if (n <= 0) {
        add_ends(text, h, NO_PORT, NO_PORT);
        add(text, "TCP, malformed");
        return;
    }
    add_ends(text, h, s.source_port, s.destination_port);
    add(text, "TCP %s ", segment_flags_text(s.flags, flags));
    add_size(text, h->payload.len - (size_t)n);
}

static void add_icmp(char *text, const struct header *h) {
    struct icmp i;
    char name[ICMP_TEXT_MAX];
    if (icmp_parse(h->payload, &i) == 0) {
        add(text, "ICMP, malformed");
        return;
    }
    add(text, "ICMP %s", icmp_text(&i, h->is_v6, name));
    /* RFC 1191 §4 and RFC 4443 §3.2: the error has the MTU of the next link. */
    if (!h->is_v6 && i.type == ICMP_UNREACHABLE && i.code == 4)
        add(text, ", MTU %u", (unsigned)(i.rest & 0xffff));
    if (h->is_v6 && i.type == ICMPV6_TOO_BIG)
        add(text, ", MTU %u", (unsigned)i.rest);
}

static void add_fragment(char *text, const struct header *h) {
    size_t end = h->offset + h->payload.len;
    add(text, "bytes %u to %zu, %s", (unsigned)h->offset,
        h->payload.len > 0 ? end - 1 : end,
        h->has_more ? "more follow" : "the last");
}

static void add_packet(char *text, const struct header *h) {
    bool is_fragment = h->offset > 0 || h->has_more;
    if (!h->is_broken && !is_fragment && h->protocol == IP_UDP) {
        add_udp(text, h);
        return;
    }
    if (!h->is_broken && !is_fragment && h->protocol == IP_TCP) {
        add_tcp(text, h);
        return;
    }
    add_ends(text, h, NO_PORT, NO_PORT);
    if (h->is_broken) {
        add(text, "wrong checksum");
    } else if (is_fragment) {
        add_fragment(text, h);
    } else if (h->protocol == (h->is_v6 ? IP_ICMPV6 : IP_ICMP)) {
        add_icmp(text, h);
    } else {
        add(text, "protocol %u: ", h->protocol);
        add_size(text, h->payload.len);
    }
}

static bool add_ipv4(char *text, struct span packet) {
    struct ipv4 ip;
    int n = ipv4_parse(packet, &ip);
    if (n <= 0) return false;
    struct header h = {.source = &ip.source,
                       .destination = &ip.destination,
                       .hops_left = ip.ttl,
                       .protocol = ip.protocol,
                       .has_more = ip.more_fragments,
                       .is_broken = !ip.checksum_is_right,
                       .offset = ip.fragment_offset,
                       .payload = ipv4_payload(packet, &ip, n)};
    add_packet(text, &h);
    return true;
}

static bool add_ipv6(char *text, struct span packet) {
    struct ipv6 ip;
    int n = ipv6_parse(packet, &ip);
    if (n <= 0) return false;
    struct header h = {.source = &ip.source,
                       .destination = &ip.destination,
                       .hops_left = ip.hop_limit,
                       .protocol = ip.protocol,
                       .is_v6 = true,
                       .has_more = ip.more_fragments,
                       .offset = ip.fragment_offset,
                       .payload = ipv6_payload(packet, &ip, n)};
    add_packet(text, &h);
    return true;
}

static bool add_arp(char *text, struct span message) {
    struct arp a;
    char target[ADDRESS_TEXT_MAX], sender[ADDRESS_TEXT_MAX];
    if (arp_parse(message, &a) <= 0) return false;
    address_text(&a.target, target);
    address_text(&a.sender, sender);
    if (a.operation == ARP_REQUEST)
        add(text, "who has %s? tell %s", target, sender);
    else if (a.operation == ARP_REPLY)
        add(text, "%s is at %s", sender,
            address_mac_text(a.sender_mac, target));
    else
        add(text, "ARP operation %u", a.operation);
    return true;
}

char *frame_text_packet(struct span packet, char text[FRAME_TEXT_MAX]) {
    bool is_v6 = packet.len > 0 && packet.data[0] >> 4 == 6;
    text[0] = '\0';
    if (!(is_v6 ? add_ipv6(text, packet) : add_ipv4(text, packet)))
        add(text, "malformed");
    return text;
}

char *frame_text(struct span frame, char text[FRAME_TEXT_MAX]) {
    struct ethernet e;
    int n = ethernet_parse(frame, &e);
    struct span payload = span_skip(frame, n > 0 ? (size_t)n : 0);
    text[0] = '\0';
    if (n > 0 && e.type != ETHERNET_ARP && e.type != ETHERNET_IPV4 &&
        e.type != ETHERNET_IPV6) {
        add(text, "type 0x%04x: ", e.type);
        add_size(text, payload.len);
    } else if (n <= 0 || !(e.type == ETHERNET_ARP    ? add_arp(text, payload)
                           : e.type == ETHERNET_IPV4 ? add_ipv4(text, payload)
                                                     : add_ipv6(text, payload)))
        add(text, "malformed");
    return text;
}

static void mac_name(const uint8_t mac[ADDRESS_MAC], char name[8]) {
    static const uint8_t all[ADDRESS_MAC] = {0xff, 0xff, 0xff,
                                             0xff, 0xff, 0xff};
    if (memcmp(mac, all, ADDRESS_MAC) == 0)
        memcpy(name, "all", 4);
    else
        snprintf(name, 8, "..:%02x", mac[ADDRESS_MAC - 1]);
}

char *frame_text_macs(struct span frame, char text[FRAME_TEXT_MACS_MAX]) {
    struct ethernet e;
    char from[8], to[8];
    text[0] = '\0';
    if (ethernet_parse(frame, &e) <= 0) return text;
    mac_name(e.source, from);
    mac_name(e.destination, to);
    snprintf(text, FRAME_TEXT_MACS_MAX, "%s > %s", from, to);
    return text;
}
