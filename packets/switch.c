/* switch.c: see packets/switch.h. Entry points: switch_init or switch_add;
 * switch_forward decides, switch_receive sends, too; switch_find. */
#include "packets/switch.h"
#include "packets/ethernet.h"

#include <assert.h>

void switch_init(struct ethernet_switch *s, int port_count) {
    assert(port_count > 0 && port_count <= SWITCH_MAX_PORTS);
    s->port_count = port_count;
    s->entry_count = 0;
    s->first_port = 0;
}

int switch_add(struct ethernet_switch *s, struct lan *l, const char *name,
               int port_count) {
    switch_init(s, port_count);
    s->first_port = lan_add_ports(l, name, port_count);
    return s->first_port;
}

/* IEEE 802.3 §3.2.3: a group address has the first bit set that is sent, the
 * least significant one of the first byte. */
static bool is_group(const uint8_t mac[ADDRESS_MAC]) {
    return mac[0] & 1;
}

/* IEEE 802.1D §7.12.6, Table 7-10: 01:80:c2:00:00:00 to :0f. */
static bool is_reserved(const uint8_t mac[ADDRESS_MAC]) {
    static const uint8_t first[ADDRESS_MAC] = {0x01, 0x80, 0xc2};
    return memcmp(mac, first, 5) == 0 && mac[5] <= 0x0f;
}

static bool is_old(const struct switch_entry *e, int64_t now_us) {
    return now_us - e->seen_us > SWITCH_AGE_US;
}

/* Returns the index of an entry, or -1. */
static int find_entry(const struct ethernet_switch *s,
                      const uint8_t mac[ADDRESS_MAC]) {
    for (int i = 0; i < s->entry_count; i++)
        if (memcmp(s->entry[i].mac, mac, ADDRESS_MAC) == 0) return i;
    return -1;
}

int switch_find(const struct ethernet_switch *s, int64_t now_us,
                const uint8_t mac[ADDRESS_MAC]) {
    int i = find_entry(s, mac);
    /* IEEE 802.1D §7.9.2: a dynamic entry is removed after the ageing time, so
     * that stations can be moved. */
    return i == -1 || is_old(&s->entry[i], now_us) ? -1 : s->entry[i].port;
}

static void remove_old(struct ethernet_switch *s, int64_t now_us) {
    for (int i = s->entry_count - 1; i >= 0; i--)
        if (is_old(&s->entry[i], now_us))
            s->entry[i] = s->entry[--s->entry_count];
}

static enum switch_learning learn(struct ethernet_switch *s, int64_t now_us,
                                  int port, const uint8_t mac[ADDRESS_MAC]) {
    /* IEEE 802.1D §7.8 a): nothing is learnt from the address of a group. */
    if (is_group(mac)) return SWITCH_REFUSED;
    remove_old(s, now_us);
    int i = find_entry(s, mac);
    enum switch_learning result = SWITCH_LEARNT;
    if (i != -1) {
        result = s->entry[i].port == port ? SWITCH_KNOWN : SWITCH_MOVED;
    } else if (s->entry_count == SWITCH_MAX_ENTRIES) {
        return SWITCH_FULL;
    } else {
        i = s->entry_count++;
        memcpy(s->entry[i].mac, mac, ADDRESS_MAC);
    }
    s->entry[i].port = port;
    s->entry[i].seen_us = now_us;
    return result;
}

bool switch_forward(struct ethernet_switch *s, int64_t now_us, int port,
                    struct span frame, struct switch_decision *decision) {
    struct ethernet e;
    assert(port >= 0 && port < s->port_count);
    if (ethernet_parse(frame, &e) <= 0) return false;
    decision->learning = learn(s, now_us, port, e.source);
    decision->ports = 0;
    decision->is_flooded = false;
    /* IEEE 802.1D §7.12.6: a frame to a reserved address, for example that of
     * the spanning tree protocol, is for the switch itself: not forwarded. */
    if (is_reserved(e.destination)) return true;
    int out =
        is_group(e.destination) ? -1 : switch_find(s, now_us, e.destination);
    decision->is_flooded = out == -1;
    uint32_t all = (uint32_t)((1ull << s->port_count) - 1);
    decision->ports = out == -1 ? all : (uint32_t)1 << out;
    /* IEEE 802.1D §7.7.1: not back to the port of its arrival. */
    decision->ports &= ~((uint32_t)1 << port);
    return true;
}

void switch_receive(struct ethernet_switch *s, struct lan *l,
                    const struct lan_event *event) {
    struct switch_decision d;
    int port = event->to - s->first_port;
    if (port < 0 || port >= s->port_count) return;
    if (!switch_forward(s, l->now_us, port, event->bytes, &d)) return;
    for (int out = 0; out < s->port_count; out++)
        if (d.ports >> out & 1) lan_send(l, s->first_port + out, event->bytes);
}
