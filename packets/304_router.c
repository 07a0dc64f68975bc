/*
 * 304_router.c: how a packet crosses networks, one hop at a time
 *
 * Shows       A host compares the prefix: its own network, or the gateway? A
 *             router uses the longest prefix that matches; TTL becomes TTL - 1.
 * By hand     The mask, and traceroute.
 * Calls       packets/internet.h: three routers, introduced here
 * Run         $ bin/304_router
 *             $ bin/304_router --break
 * Try         $ bin/304_router --prefix 16
 *             $ bin/304_router --ask --seed 7
 * Limits      The routes are written by hand, and a loop stays. Routers compute
 *             them, and repair a broken path: RFC 2328 (OSPF).
 * Read        RFC 791 §3.1, RFC 1812 §5.2, RFC 4632 (prefixes), RFC 8200 §3
 */
#include "packets/internet.h"
#include "tcp/options.h"
#include "tcp/pair.h"
#include "tcp/sniffer.h"

#include <stdio.h>

#define TTL 8 /* of ann's datagrams; a loop ends soon */
static struct internet net;
static struct sniffer sniffer = {.has_macs = true};
static struct host_received got;

/* Under a mask whose first bits are 1, are both addresses the same? */
static bool is_same_network(const struct address *a, const struct address *b,
                            int prefix) {
    for (int i = 0; i < a->len; i++, prefix -= 8) {
        int mask = prefix >= 8 ? 0xff : prefix <= 0 ? 0 : 0xff00 >> prefix;
        if ((a->bytes[i] & mask) != (b->bytes[i] & mask)) return false;
    }
    return true;
}

static void print_bits(const char *name, const struct address *a, int prefix) {
    char text[ADDRESS_TEXT_MAX];
    printf("%-4s%-10s  ", name, address_text(a, text));
    for (int i = 0; i < 32; i++) {
        const char *gap = i == prefix ? "|" : i % 8 ? "" : " ";
        printf("%s%d", gap, a->bytes[i / 8] >> (7 - i % 8) & 1);
    }
    putchar('\n');
}

/* ann: is the address in her network? If not, the gateway is the next hop. */
static void choose_hop(const struct address *to, bool is_asking) {
    const struct interface_address *own = &net.ann.interface.v4;
    char hop[ADDRESS_TEXT_MAX];
    print_bits("ann", &own->address, own->prefix);
    print_bits("to", to, own->prefix);
    bool is_local = is_same_network(to, &own->address, own->prefix);
    if (!is_asking)
        printf("    %s: ann asks for the MAC address of %s\n",
               is_local ? "the same network" : "another network",
               address_text(is_local ? to : &net.ann.gateway, hop));
}

/* R2 chooses, of the routes that match, the one with the longest prefix. */
static void choose_route(const struct address *to, bool is_asking) {
    const struct routes *table = &net.router[1].routes;
    const struct route *best = is_asking ? NULL : routes_find(table, to);
    char text[ADDRESS_TEXT_MAX], via[ADDRESS_TEXT_MAX];
    const struct route *r = table->route;
    for (int i = 0; i < table->count; i++, r++) {
        if (r->network.len != to->len) continue;
        const struct address *hop =
            r->next_hop.len > 0 ? &r->next_hop : &r->network;
        printf("R2  %s/%d via %s%s\n", address_text(&r->network, text),
               r->prefix, address_text(hop, via), r == best ? "  <--" : "");
    }
}

/* Sends a datagram from ann, and waits for what comes of it; see got. */
static enum host_event send_hello(const struct address *to, int ttl, int port) {
    struct udp_packet p = {.destination = *to, .ttl = (uint8_t)ttl};
    enum host_event result = HOST_NOTHING;
    struct lan_event e;
    struct host *at;
    p.source_port = p.destination_port = (uint16_t)port;
    host_send_udp(&net.ann, &net.lan, &p, span_from("hello"));
    while (result == HOST_NOTHING && lan_next(&net.lan, INT64_MAX, &e)) {
        sniffer_see(&sniffer, &net.lan, &e);
        result = internet_handle(&net, &e, &at, &got);
    }
    return result;
}

/* Sends to a closed port, with TTL 1, 2 and so on: who sends an error? */
static void trace(const struct address *to, bool has_arrived) {
    char text[ADDRESS_TEXT_MAX], message[ICMP_TEXT_MAX];
    int on_the_way = to->len == 16 ? ICMPV6_TIME_EXCEEDED : ICMP_TIME_EXCEEDED;
    puts("traceroute");
    for (int ttl = 1; ttl <= TTL; ttl++) {
        if (send_hello(to, ttl, 33434) != HOST_ERROR) break;
        printf("%2d  %-10s  %s\n", ttl, address_text(&got.source, text),
               icmp_text(&got.icmp, to->len == 16, message));
        if (got.icmp.type != on_the_way) break;
    }
    printf("What you saw: it %s.\n", has_arrived ? "arrived" : "got lost");
}

int main(int argc, char **argv) {
    uint32_t seed = 0, prefix = 24;
    bool is_asking = false, is_broken = false;
    char chosen[ADDRESS_TEXT_MAX];
    const char *text = "10.0.3.2";
    struct address to;
    const struct option_row options[] = {
        OPTION_TEXT("--to", "ADDR", "the destination", &text),
        OPTION_NUMBER("--seed", "N", "chooses it", &seed, 0, 1 << 30),
        OPTION_NUMBER("--prefix", "N", "of ann's network", &prefix, 1, 32),
        OPTION_FLAG("--ask", "keep back where it goes", &is_asking),
        OPTION_FLAG("--break", "to where routes form a loop", &is_broken),
        SNIFFER_OPTIONS(sniffer),
        OPTION_END,
    };
    int status = options_parse(argc, argv, options);
    if (status != -1) return status;
    sprintf(chosen, "10.0.%u.%u", seed % 4, seed % 3 ? 2 + seed / 4 % 2 : 200);
    if (seed || is_broken) text = is_broken ? "10.0.99.1" : chosen;
    if (!address_parse(&to, text)) die("no address");
    if (sniffer_open(&sniffer) != 0) return 1;
    internet_init(&net);
    net.ann.interface.v4.prefix = (int)prefix;
    if (to.len == 4) choose_hop(&to, is_asking);
    choose_route(&to, is_asking);
    sniffer.is_quiet = true;
    send_hello(&to, TTL, 7); /* all ask by ARP now, and not later */
    sniffer.is_quiet = is_asking;
    printf("ann sends a datagram with TTL %d\n", TTL);
    enum host_event fate = send_hello(&to, TTL, 7);
    sniffer.is_quiet = true;
    if (is_asking) puts("Where does it end, and with which TTL?");
    if (!is_asking) trace(&to, fate == HOST_DATAGRAM);
    internet_free(&net);
    return sniffer_close(&sniffer);
}
