/*
 * 303_ethernet.c: how a packet finds its receiver on the local network
 *
 * Shows       Ethernet delivers to MAC addresses; ARP asks for them. A switch
 *             learns from each frame where its sender is, and floods the rest.
 * By hand     The switch: its table, what it forwards, what it floods.
 * Calls       packets/lan.h (simulated cables), packets/interface.h (ARP),
 *             tcp/sniffer.h: introduced here
 * Run         $ bin/303_ethernet
 *             $ bin/303_ethernet --break
 * Try         $ bin/303_ethernet --ask --seed 7
 *             $ bin/303_ethernet --explain 1
 * Limits      A row of the table never expires: packets/switch.h
 * Read        RFC 826 (ARP), RFC 894; IEEE 802.1D §7.5 to 7.9 (switches)
 */
#include "packets/ethernet.h"
#include "packets/interface.h"
#include "packets/udp_packet.h"
#include "tcp/options.h"
#include "tcp/sniffer.h"

#include <stdio.h>

#define HOSTS 4   /* ports 0 to 3 of the network; switches have the others */
#define PORTS 4   /* of each of the two switches */
#define STORM 300 /* frames, after which --break stops */
#define SHOWN 24  /* frames that --break prints */

static struct lan lan;
static struct sniffer sniffer = {.has_macs = true};
static struct interface hosts[HOSTS];
static const char *const names[] = {"ann", "bob", "cem", "dot"};
static const char *const addresses[] = {"10.0.0.1/24", "10.0.0.2/24",
                                        "10.0.0.3/24", "10.0.0.4/24"};
static bool is_broken; /* a second cable joins the switches */
static int arrived;    /* datagrams that a host has accepted */

static struct row { /* of a switch's table; more rows than MAC addresses */
    uint8_t mac[ADDRESS_MAC];
    int port; /* 0: free */
} tables[2][HOSTS + 2];

/* Returns the row of a MAC address; if there is none, a free one. */
static struct row *find(int s, const uint8_t *mac) {
    struct row *row = tables[s];
    while (row->port > 0 && memcmp(row->mac, mac, ADDRESS_MAC) != 0) row++;
    return row;
}

/* The sender of a frame is reached by the port at which the frame arrived. */
static void learn(int s, int port, const uint8_t *mac) {
    struct row *row = find(s, mac);
    if (row->port == port) return;
    if (!sniffer.is_quiet)
        printf("%12sS%d: ..:%02x is at port %d%s\n", "", s + 1, mac[5], port,
               row->port ? " now" : "");
    memcpy(row->mac, mac, ADDRESS_MAC);
    row->port = port;
}

/* Sends a frame on as it is, by the port of its receiver. Sends it by all ports
 * but the one it came by if it is for all, or its receiver has no row. */
static void forward(int s, int in, struct span frame) {
    struct ethernet e;
    if (ethernet_parse(frame, &e) <= 0) return;
    learn(s, in, e.source);
    int port = find(s, e.destination)->port;
    for (int out = 1; out <= PORTS; out++)
        if (out != in && (port == 0 || port == out))
            lan_send(&lan, HOSTS + PORTS * s + out - 1, frame);
}

/* Sends a datagram, and waits until the network is quiet; or until STORM. */
static void send_hello(struct interface *from, const struct interface *to) {
    struct udp_packet p = {from->v4.address, to->v4.address, 7, 7, .ttl = 64};
    struct buf packet = {.max = INTERFACE_MTU};
    struct span accepted;
    struct lan_event e;
    udp_packet_write(&packet, &p, span_from("hello"));
    interface_send(from, &lan, &p.destination, buf_view(&packet));
    buf_free(&packet);
    while (sniffer.seen < STORM && lan_next(&lan, INT64_MAX, &e)) {
        int port = e.to - HOSTS;
        sniffer_see(&sniffer, &lan, &e);
        sniffer.is_quiet |= is_broken && sniffer.seen >= SHOWN;
        if (port >= 0) forward(port / PORTS, port % PORTS + 1, e.bytes);
        if (port < 0)
            arrived += interface_receive(&hosts[e.to], &lan, &e, &accepted) > 0;
    }
}

/* ann and bob are at S1, cem and dot at S2. Both ports 3 join the switches. */
static void build(void) {
    lan_init(&lan);
    for (int i = 0; i < HOSTS; i++)
        interface_init(&hosts[i], lan_add_port(&lan, names[i]),
                       (uint8_t)(10 + i), addresses[i]);
    lan_add_ports(&lan, "S1", PORTS);
    lan_add_ports(&lan, "S2", PORTS);
    for (int i = 0; i < HOSTS; i++)
        lan_connect(&lan, i, HOSTS + i % 2 + i / 2 * PORTS, 10);
    for (int i = 2; i < (is_broken ? 4 : 3); i++)
        lan_connect(&lan, HOSTS + i, HOSTS + PORTS + i, 10);
}

int main(int argc, char **argv) {
    static const char *const how[] = {"", "", ", new card", ", a minute later"};
    uint32_t seed = 0;
    bool is_asking = false;
    struct lan_event none;
    const struct option_row options[] = {
        OPTION_NUMBER("--seed", "N", "of the senders", &seed, 0, 1 << 30),
        OPTION_FLAG("--ask", "keep the frames back", &is_asking),
        OPTION_FLAG("--break", "join the switches twice", &is_broken),
        SNIFFER_OPTIONS(sniffer),
        OPTION_END,
    };
    int status = options_parse(argc, argv, options);
    if (status != -1) return status;
    if (sniffer_open(&sniffer) != 0) return 1;
    sniffer.is_quiet = is_asking;
    build();
    for (int i = 0; i < (is_broken ? 1 : 4); i++) {
        uint32_t pair = seed ? (seed * 2654435761u >> 6 * i) % 12 : 8;
        uint32_t from = pair % HOSTS, to = (from + 1 + pair / 4) % HOSTS;
        printf("%s says hello to %s%s\n", names[from], names[to], how[i]);
        if (i == 2) hosts[to].mac[5] += 16;
        if (i == 3) lan_next(&lan, lan.now_us + NEIGHBORS_AGE_US, &none);
        send_hello(&hosts[from], &hosts[to]);
    }
    const struct lan_port *p = lan.port;
    for (int i = 0; i < HOSTS; i++) interface_free(&hosts[i]);
    if (is_asking)
        puts("How many frames does the cable of each host bring?");
    else
        printf("What you saw: %d arrived; frames got: %u, %u, %u and %u.\n",
               arrived, p[0].received, p[1].received, p[2].received,
               p[3].received);
    return sniffer_close(&sniffer);
}
