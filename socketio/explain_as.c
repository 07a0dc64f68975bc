/* explain_as.c: see socketio/explain_as.h. */
#include "socketio/explain_as.h"
#include "packets/explain_dns.h"
#include "packets/explain_frame.h"
#include "socketio/explain_data.h"
#include "socketio/explain_engine.h"
#include "socketio/explain_socket.h"

#include <assert.h>

/* Explains the data after the headers of a packet. */
static void data(struct dissector *d, const struct explain_packet *p) {
    enum explain_protocol protocol = EXPLAIN_HTTP;
    bool is_dns = p->source_port == EXPLAIN_DNS_PORT ||
                  p->destination_port == EXPLAIN_DNS_PORT;
    if (p->protocol == IP_TCP) explain_protocol(d, &protocol);
    if (p->protocol == IP_UDP && is_dns && dissector_left(d).len > 0)
        explain_dns(d);
}

static void as_tcp(struct dissector *d) {
    struct explain_packet p = {.protocol = IP_TCP};
    explain_tcp(d, &p);
    data(d, &p);
}

static void as_udp(struct dissector *d) {
    struct explain_packet p = {.protocol = IP_UDP};
    explain_udp(d, &p);
    data(d, &p);
}

static void as_ethernet(struct dissector *d) {
    struct explain_packet p;
    if (explain_frame(d, &p)) data(d, &p);
}

static void as_packet(struct dissector *d) {
    struct explain_packet p;
    if (explain_packet(d, &p)) data(d, &p);
}

static void as_http(struct dissector *d) {
    enum explain_protocol protocol = EXPLAIN_HTTP;
    explain_protocol(d, &protocol);
}

static void as_websocket(struct dissector *d) {
    enum explain_protocol protocol = EXPLAIN_WEBSOCKET_SOCKET;
    explain_protocol(d, &protocol);
}

static void as_engine(struct dissector *d) {
    explain_engine_payload(d, true);
}

static const struct {
    const char *name;
    void (*explain)(struct dissector *d);
} PROTOCOLS[] = {{"ethernet", as_ethernet}, {"ipv4", as_packet},
                 {"ipv6", as_packet},       {"tcp", as_tcp},
                 {"udp", as_udp},           {"dns", explain_dns},
                 {"http", as_http},         {"ws", as_websocket},
                 {"engineio", as_engine},   {"socketio", explain_socket}};

enum {
    PROTOCOL_COUNT = sizeof PROTOCOLS / sizeof *PROTOCOLS
};

int explain_as_find(const char *name) {
    for (int i = 0; i < PROTOCOL_COUNT; i++)
        if (strcmp(PROTOCOLS[i].name, name) == 0) return i;
    return -1;
}

void explain_as(struct dissector *d, int number) {
    assert(number >= 0 && number < PROTOCOL_COUNT);
    PROTOCOLS[number].explain(d);
}
