/* router.c: see packets/router.h. Entry points: router_add_interface,
 * router_add_route; router_receive takes a packet out of its frame,
 * router_handle decides about it, router_send sends one. */
#include "packets/router.h"
#include "packets/checksum.h"
#include "packets/fragment.h"
#include "packets/icmp_reply.h"
#include "packets/ipv6.h"

#include <assert.h>

enum {
    TTL_AT = 8, /* offsets in the headers */
    CHECKSUM_AT = 10,
    HOP_LIMIT_AT = 7,
};

/* The fields that IPv4 and IPv6 headers have in common. */
struct packet {
    struct span bytes; /* without padding */
    size_t header_len;
    struct address source, destination;
    uint8_t ttl;
    bool is_v6, dont_fragment;
    int in; /* the interface by which it arrived */
    bool is_broadcast;
};

void router_init(struct router *r) {
    r->interface_count = 0;
    r->routes = (struct routes){.count = 0};
    r->counts = (struct router_counts){.forwarded = 0};
}

void router_free(struct router *r) {
    for (int i = 0; i < r->interface_count; i++)
        interface_free(&r->interface[i]);
    r->interface_count = 0;
}

static bool add_connected(struct router *r, int interface,
                          const struct interface_address *own) {
    struct route route = {
        .network = own->address, .prefix = own->prefix, .interface = interface};
    return routes_add(&r->routes, &route);
}

int router_add_interface(struct router *r, struct lan *l, const char *name,
                         uint8_t mac, const char *address) {
    assert(r->interface_count < ROUTER_MAX_INTERFACES);
    int k = r->interface_count++;
    struct interface *i = &r->interface[k];
    interface_init(i, lan_add_port(l, name), mac, address);
    if (i->v4.address.len > 0) add_connected(r, k, &i->v4);
    return k;
}

void router_add_v6(struct router *r, int interface, const char *address) {
    interface_set_v6(&r->interface[interface], address);
    add_connected(r, interface, &r->interface[interface].v6);
}

bool router_add_route(struct router *r, const char *network, const char *via) {
    struct interface_address a;
    struct route route;
    if (!interface_parse_prefix(network, &a) ||
        !address_parse(&route.next_hop, via))
        return false;
    route.network = a.address;
    route.prefix = a.prefix;
    for (int i = 0; i < r->interface_count; i++) {
        route.interface = i;
        if (interface_is_local(&r->interface[i], &route.next_hop))
            return routes_add(&r->routes, &route);
    }
    return false;
}

bool router_is_own(const struct router *r, const struct address *a) {
    for (int i = 0; i < r->interface_count; i++)
        if (interface_is_own(&r->interface[i], a)) return true;
    return false;
}

static bool is_broadcast_somewhere(const struct router *r,
                                   const struct address *a) {
    for (int i = 0; i < r->interface_count; i++)
        if (interface_is_broadcast(&r->interface[i], a)) return true;
    return false;
}

/* --- reading --- */

/* RFC 1812 §5.2.2: a packet with a wrong header is dropped without an error.
 * False: this is one. */
static bool read_ipv4(struct packet *p) {
    struct ipv4 ip;
    int n = ipv4_parse(p->bytes, &ip);
    /* RFC 1812 §5.2.2 (1) to (5): length, checksum, version, header length,
     * total length. */
    if (n <= 0 || !ip.checksum_is_right || p->bytes.len < ip.total_length)
        return false;
    p->bytes.len = ip.total_length;
    p->header_len = (size_t)n;
    p->source = ip.source;
    p->destination = ip.destination;
    p->ttl = ip.ttl;
    p->dont_fragment = ip.dont_fragment;
    return true;
}

static bool read_ipv6(struct packet *p) {
    struct ipv6 ip;
    int n = ipv6_parse(p->bytes, &ip);
    size_t length = (size_t)IPV6_HEADER + ip.payload_length;
    if (n <= 0 || p->bytes.len < length) return false;
    p->bytes.len = length;
    p->header_len = IPV6_HEADER;
    p->source = ip.source;
    p->destination = ip.destination;
    p->ttl = ip.hop_limit;
    /* RFC 8200 §4.5: only the source cuts a packet. */
    p->dont_fragment = true;
    return true;
}

/* --- sending --- */

/* Sends a packet by an interface, in fragments if it must be cut. */
static void transmit(struct interface *i, struct lan *l,
                     const struct address *next_hop, struct span packet) {
    struct fragments f;
    struct buf fragment = {.max = INTERFACE_MTU};
    if (packet.len <= i->mtu) {
        interface_send(i, l, next_hop, packet);
        return;
    }
    if (!fragment_begin(&f, packet)) return;
    while (fragment_next(&f, &fragment, i->mtu)) {
        interface_send(i, l, next_hop, buf_view(&fragment));
        buf_clear(&fragment);
    }
    buf_free(&fragment);
}

static bool send_by_route(struct router *r, struct lan *l,
                          const struct address *destination,
                          struct span packet) {
    const struct route *route = routes_find(&r->routes, destination);
    if (!route) return false;
    transmit(&r->interface[route->interface], l,
             route->next_hop.len > 0 ? &route->next_hop : destination, packet);
    return true;
}

bool router_send(struct router *r, struct lan *l, struct span packet) {
    struct packet p = {.bytes = packet,
                       .is_v6 = packet.len > 0 && packet.data[0] >> 4 == 6};
    if (!(p.is_v6 ? read_ipv6(&p) : read_ipv4(&p))) return false;
    return send_by_route(r, l, &p.destination, p.bytes);
}

/* Sends an ICMP error, unless the rules forbid it. RFC 1812 §4.3.2.4: from an
 * address of the interface by which the packet arrived. */
static void send_error(struct router *r, struct lan *l, const struct packet *p,
                       const struct icmp *error) {
    const struct interface *in = &r->interface[p->in];
    const struct address *from = p->is_v6 ? &in->v6.address : &in->v4.address;
    struct buf out = {.max = ICMP_REPLY_MAX_V6};
    if (from->len > 0 &&
        icmp_reply_error(&out, error, p->bytes, p->is_broadcast, from))
        send_by_route(r, l, &p->source, buf_view(&out));
    buf_free(&out);
}

/* --- deciding --- */

/* Handles a packet for the router itself. RFC 1812 §4.3.3.6: MUST reply to an
 * echo request. Other packets are ignored. */
static void deliver(struct router *r, struct lan *l, const struct packet *p) {
    struct buf out = {.max = UINT16_MAX};
    r->counts.delivered++;
    if (!p->is_broadcast && icmp_reply_echo(&out, p->bytes))
        send_by_route(r, l, &p->source, buf_view(&out));
    buf_free(&out);
}

/* RFC 1812 §5.3.7: is this address valid inside one host or link only? */
static bool is_martian(const struct address *a) {
    if (a->len == 4) return a->bytes[0] == 0 || a->bytes[0] == 127;
    static const uint8_t zeros[15] = {0};
    bool is_link_local = a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80;
    return is_link_local ||
           (memcmp(a->bytes, zeros, 15) == 0 && a->bytes[15] <= 1);
}

static bool is_multicast(const struct address *a) {
    return a->len == 4 ? a->bytes[0] >= 224 : a->bytes[0] == 0xff;
}

/* Is this a packet that no router forwards? No error is sent about it. */
static bool is_not_forwarded(const struct router *r, const struct packet *p) {
    /* RFC 1812 §5.3.4: a link-layer broadcast is not forwarded. RFC 2644: nor
     * is a packet to all hosts of a connected network. */
    if (p->is_broadcast || is_broadcast_somewhere(r, &p->destination))
        return true;
    return is_martian(&p->source) || is_martian(&p->destination) ||
           is_multicast(&p->source) || is_multicast(&p->destination);
}

/* RFC 1812 §5.3.13.4, §5.3.13.5, §5.3.13.6: source route, record route and
 * timestamp: not enforced: a router here changes no option.
 * RFC 1812 §5.3.1, RFC 8200 §3: one hop less, and so another checksum. */
static void count_hop(struct packet *p) {
    if (p->is_v6) {
        p->bytes.data[HOP_LIMIT_AT]--;
        return;
    }
    struct span header = {p->bytes.data, p->header_len};
    header.data[TTL_AT]--;
    header.data[CHECKSUM_AT] = header.data[CHECKSUM_AT + 1] = 0;
    checksum_store(header, CHECKSUM_AT, 0);
}

static void forward(struct router *r, struct lan *l, struct packet *p) {
    const struct route *route = routes_find(&r->routes, &p->destination);
    /* RFC 1812 §5.3.1: a TTL that becomes 0 MUST end in Time Exceeded, code 0.
     * RFC 8200 §3 and RFC 4443 §3.3: as does a hop limit. */
    if (p->ttl <= 1) {
        send_error(r, l, p,
                   &(struct icmp){.type = p->is_v6 ? ICMPV6_TIME_EXCEEDED
                                                   : ICMP_TIME_EXCEEDED});
        return;
    }
    /* RFC 1812 §5.2.4.3: Network Unreachable. RFC 4443 §3.1: No Route. */
    if (!route) {
        r->counts.no_routes++;
        send_error(r, l, p,
                   &(struct icmp){.type = p->is_v6 ? ICMPV6_UNREACHABLE
                                                   : ICMP_UNREACHABLE});
        return;
    }
    const struct interface *out = &r->interface[route->interface];
    /* RFC 1191 §4: Fragmentation Needed, with the MTU of the next hop. RFC 4443
     * §3.2: Packet Too Big. */
    if (p->bytes.len > out->mtu && p->dont_fragment) {
        struct icmp error = {.type = ICMP_UNREACHABLE, .code = 4};
        if (p->is_v6) error = (struct icmp){.type = ICMPV6_TOO_BIG};
        error.rest = out->mtu;
        send_error(r, l, p, &error);
        return;
    }
    count_hop(p);
    r->counts.forwarded++;
    send_by_route(r, l, &p->destination, p->bytes);
}

void router_handle(struct router *r, struct lan *l, int interface,
                   struct span packet, bool is_broadcast) {
    struct packet p = {.bytes = packet,
                       .is_v6 = packet.len > 0 && packet.data[0] >> 4 == 6,
                       .in = interface,
                       .is_broadcast = is_broadcast};
    if (!(p.is_v6 ? read_ipv6(&p) : read_ipv4(&p)))
        r->counts.header_errors++;
    else if (router_is_own(r, &p.destination))
        deliver(r, l, &p); /* whatever its TTL is: RFC 1812 §5.3.1 */
    else if (!is_not_forwarded(r, &p))
        forward(r, l, &p);
}

/* RFC 1812 §5.2.7.1: the next hop does not reply to ARP: Host Unreachable; RFC
 * 4443 §3.1: Address Unreachable. */
static void report_unreachable(struct router *r, struct lan *l, int interface,
                               struct span packet) {
    struct packet p = {
        .bytes = packet, .is_v6 = packet.data[0] >> 4 == 6, .in = interface};
    if (!(p.is_v6 ? read_ipv6(&p) : read_ipv4(&p))) return;
    /* It arrived by the interface that leads back to its source. */
    const struct route *back = routes_find(&r->routes, &p.source);
    if (!back || router_is_own(r, &p.source)) return;
    p.in = back->interface;
    struct icmp error = {.type = ICMP_UNREACHABLE, .code = 1};
    if (p.is_v6) error = (struct icmp){.type = ICMPV6_UNREACHABLE, .code = 3};
    send_error(r, l, &p, &error);
}

void router_receive(struct router *r, struct lan *l,
                    const struct lan_event *event) {
    struct span packet;
    for (int k = 0; k < r->interface_count; k++) {
        if (r->interface[k].port != event->to) continue;
        enum interface_event got =
            interface_receive(&r->interface[k], l, event, &packet);
        if (got == INTERFACE_PACKET || got == INTERFACE_BROADCAST)
            router_handle(r, l, k, packet, got == INTERFACE_BROADCAST);
        if (got == INTERFACE_UNREACHABLE) report_unreachable(r, l, k, packet);
    }
}
