/*
 * 315_nat.c: an address that is valid only at home
 *
 * Shows       A NAT rewrites the source of each packet that goes out, and keeps
 *             a row. Input needs one; two peers can make rows for each other.
 * By hand     Where a router becomes a NAT; hole punching.
 * Calls       packets/nat.h, packets/homes.h: introduced here
 * Run         $ bin/315_nat
 *             $ bin/315_nat --break
 * Try         $ bin/315_nat --silence 119
 *             $ bin/315_nat --ask --seed 7
 * Limits      UDP over IPv4. TCP: RFC 5382. Without a hole, a relay: RFC 8656.
 * Read        RFC 3022, RFC 4787 (NAT and UDP), RFC 5128 (hole punching)
 */
#include "packets/homes.h"
#include "tcp/options.h"
#include "tcp/sniffer.h"

#include <stdio.h>

static struct homes net;
static struct home *const ann = &net.home[0], *const bob = &net.home[1];
static struct sniffer sniffer;
static struct nat_endpoint seen[2]; /* ann and bob, as sue sees them */

/* Prints the IP header from its checksum on, and the UDP header. */
static void print_bytes(const char *when, struct span packet) {
    printf("    %-6s", when);
    for (int i = 10; i < 28; i++)
        printf("%s%02x", i % 4 && i != 22 && i != 26 ? " " : "  ",
               packet.data[i]);
    putchar('\n');
}

/* A router forwards. A NAT rewrites before that, or drops. */
static void handle_box(struct home *h, const struct lan_event *e) {
    for (int i = 0; i < 2; i++) {
        struct interface *at = &h->box.interface[i];
        struct span p;
        if (e->to != at->port) continue;
        if (interface_receive(at, &net.lan, e, &p) != INTERFACE_PACKET) return;
        if (sniffer.seen == 1) print_bytes("before", p);
        int result = i == 0 ? nat_outbound(&h->nat, net.lan.now_us, p)
                            : nat_inbound(&h->nat, net.lan.now_us, p);
        if (sniffer.seen == 1) print_bytes("after", p);
        if (result == 0) router_handle(&h->box, &net.lan, i, p, false);
        if (result < 0) printf("    %c drops it\n", h == ann ? 'A' : 'B');
    }
}

static void send_text(struct host *from, uint16_t port,
                      const struct nat_endpoint *to, const char *text) {
    struct udp_packet p = {.destination = to->address, .source_port = port};
    p.destination_port = to->port;
    host_send_udp(from, &net.lan, &p, span_from(text));
}

/* sue tells a host its outside address. Returns whether ann or bob has read. */
static bool handle_host(struct host *h, const struct lan_event *e) {
    struct host_received got;
    char own[NAT_TEXT_MAX], text[NAT_TEXT_MAX + 8];
    enum host_event result = host_receive(h, &net.lan, e, &got);
    if (result == HOST_UNREACHABLE) puts("    nobody here has this address");
    if (result != HOST_DATAGRAM) return false;
    printf("    reads \"%.*s\"\n", (int)got.data.len, (char *)got.data.data);
    if (h != &net.sue) return true;
    struct nat_endpoint from = {got.source, got.udp.source_port};
    seen[got.data.data[0] == 'b'] = from;
    snprintf(text, sizeof text, "you are %s", nat_endpoint_text(&from, own));
    send_text(h, h->port, &from, text);
    return false;
}

/* Sends, and carries all frames. Returns whether ann or bob has read. */
static bool talk(const char *title, struct home *from, struct nat_endpoint to,
                 const char *text) {
    struct host *hosts[] = {&ann->host, &bob->host, &net.sue};
    struct lan_event e;
    bool has_read = false;
    puts(title);
    send_text(&from->host, 5000, &to, text);
    while (lan_next(&net.lan, INT64_MAX, &e)) {
        if (e.to < net.s.first_port) sniffer_see(&sniffer, &net.lan, &e);
        switch_receive(&net.s, &net.lan, &e);
        for (int i = 0; i < 2; i++) handle_box(&net.home[i], &e);
        for (int i = 0; i < 3; i++) has_read |= handle_host(hosts[i], &e);
    }
    return has_read;
}

static void print_tables(void) {
    char text[NAT_TEXT_MAX];
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < net.home[i].nat.count; k++)
            printf("  %c  %s\n", "AB"[i],
                   nat_row_text(&net.home[i].nat.row[k], text));
}

int main(int argc, char **argv) {
    uint32_t seed = 0, silence = 120;
    bool is_asking = false, is_broken = false;
    const struct option_row options[] = {
        OPTION_NUMBER("--silence", "S", "seconds, before 4", &silence, 0, 999),
        OPTION_NUMBER("--seed", "N", "chooses S, B", &seed, 0, 1 << 30),
        OPTION_FLAG("--ask", "keep 3 to 6 back", &is_asking),
        OPTION_FLAG("--break", "B: a port per destination", &is_broken),
        SNIFFER_OPTIONS(sniffer),
        OPTION_END,
    };
    int status = options_parse(argc, argv, options);
    if (status != -1) return status;
    if (seed) silence = 100 + (seed * 2654435761u >> 16) % 40;
    if (seed) is_broken = seed * 2654435761u >> 31;
    if (sniffer_open(&sniffer) != 0) return 1;
    homes_init(&net);
    bob->nat.is_per_destination = is_broken;
    struct nat_endpoint to = {net.sue.interface.v4.address, net.sue.port};
    printf("modelled: networks and time; %u s of silence before 4\n", silence);
    talk("1. out: ann writes to sue", ann, to, "ann");
    talk("   and bob does", bob, to, "bob");
    talk("2. in: bob writes to ann", bob, seen[0], "1");
    print_tables();
    if (is_asking) puts("Of the numbers 2 to 6, who reads which?");
    if (is_asking) return sniffer_close(&sniffer);
    talk("3. a hole: ann writes to bob", ann, seen[1], "2");
    bool is_through = talk("   bob writes again", bob, seen[0], "3");
    net.lan.now_us += silence * INT64_C(1000000); /* nothing is under way */
    bool is_alive = talk("4. bob, after the silence", bob, seen[0], "4");
    to = (struct nat_endpoint){ann->host.interface.v4.address, 5000};
    nat_forward(&ann->nat, 8000, &to);
    print_tables();
    to = (struct nat_endpoint){ann->nat.outside, 8000};
    talk("5. bob writes to the forwarded port", bob, to, "5");
    to.address = bob->host.interface.v4.address;
    talk("6. ann writes to bob's own address", ann, to, "6");
    printf("What you saw: the hole %s; after the silence it was %s.\n",
           is_through ? "worked" : "failed", is_alive ? "open" : "closed");
    homes_free(&net);
    return sniffer_close(&sniffer);
}
