/* interface.c: see packets/interface.h. Entry points: interface_init,
 * interface_set_v6, interface_set_neighbor; interface_send puts a packet into a
 * frame, interface_receive takes one out. */
#include "packets/interface.h"
#include "packets/arp.h"
#include "packets/ethernet.h"

#include <assert.h>

static const uint8_t ALL[ADDRESS_MAC] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

bool interface_parse_prefix(const char *text, struct interface_address *a) {
    char address[ADDRESS_TEXT_MAX];
    const char *slash = strchr(text, '/');
    size_t n = slash ? (size_t)(slash - text) : sizeof address;
    a->prefix = 0;
    if (n >= sizeof address) return false;
    memcpy(address, text, n);
    address[n] = '\0';
    const char *digit = slash + 1;
    for (; *digit >= '0' && *digit <= '9' && a->prefix < 1000; digit++)
        a->prefix = 10 * a->prefix + *digit - '0';
    bool has_digits = digit > slash + 1 && *digit == '\0';
    return address_parse(&a->address, address) && has_digits &&
           a->prefix <= 8 * a->address.len;
}

static void make_mac(uint8_t mac[ADDRESS_MAC], uint8_t last) {
    memset(mac, 0, ADDRESS_MAC);
    mac[0] = 0x02; /* IEEE 802 §8.4.2: locally administered, no group */
    mac[ADDRESS_MAC - 1] = last;
}

void interface_init(struct interface *i, int port, uint8_t mac,
                    const char *address) {
    *i = (struct interface){.port = port, .mtu = INTERFACE_MTU};
    make_mac(i->mac, mac);
    neighbors_init(&i->neighbors);
    bool is_good = !*address || interface_parse_prefix(address, &i->v4);
    assert(is_good);
    (void)is_good;
}

void interface_free(struct interface *i) {
    neighbors_free(&i->neighbors);
}

void interface_set_v6(struct interface *i, const char *address) {
    bool is_good = interface_parse_prefix(address, &i->v6);
    assert(is_good);
    (void)is_good;
}

void interface_set_neighbor(struct interface *i, const char *address,
                            uint8_t mac) {
    struct address a;
    uint8_t bytes[ADDRESS_MAC];
    bool is_good = address_parse(&a, address);
    assert(is_good);
    (void)is_good;
    make_mac(bytes, mac);
    neighbors_set(&i->neighbors, &a, bytes);
}

void interface_introduce(struct interface *a, struct interface *b) {
    neighbors_set(&a->neighbors, &b->v6.address, b->mac);
    neighbors_set(&b->neighbors, &a->v6.address, a->mac);
}

/* --- which addresses --- */

bool interface_is_own(const struct interface *i, const struct address *a) {
    return a->len > 0 && (address_equal(a, &i->v4.address) ||
                          address_equal(a, &i->v6.address));
}

bool interface_is_local(const struct interface *i, const struct address *a) {
    const struct interface_address *own = a->len == 4 ? &i->v4 : &i->v6;
    return a->len > 0 && a->len == own->address.len &&
           address_same_prefix(a, &own->address, own->prefix);
}

bool interface_is_broadcast(const struct interface *i,
                            const struct address *a) {
    if (a->len != 4) return false;
    /* RFC 1122 §3.2.1.3 (c): {-1, -1} is a limited broadcast. */
    if (memcmp(a->bytes, ALL, 4) == 0) return true;
    /* RFC 1122 §3.2.1.3 (d): so is the address of this network with all bits
     * set after the prefix. RFC 3021: a prefix of 31 or 32 bits has none. */
    if (!interface_is_local(i, a) || i->v4.prefix > 30) return false;
    for (int bit = i->v4.prefix; bit < 32; bit++)
        if (!(a->bytes[bit / 8] >> (7 - bit % 8) & 1)) return false;
    return true;
}

/* --- sending --- */

static void send_frame(struct interface *i, struct lan *l,
                       const uint8_t to[ADDRESS_MAC], uint16_t type,
                       struct span payload) {
    struct buf frame = {.max = LAN_MAX_FRAME};
    struct ethernet e = {.type = type};
    memcpy(e.destination, to, ADDRESS_MAC);
    memcpy(e.source, i->mac, ADDRESS_MAC);
    if (ethernet_write(&frame, &e) &&
        buf_append(&frame, payload.data, payload.len))
        lan_send(l, i->port, buf_view(&frame));
    buf_free(&frame);
}

static void send_packet(struct interface *i, struct lan *l,
                        const uint8_t to[ADDRESS_MAC], bool is_v6,
                        struct span packet) {
    send_frame(i, l, to, is_v6 ? ETHERNET_IPV6 : ETHERNET_IPV4, packet);
}

/* RFC 826, "Packet Generation": a request is a broadcast; the target's MAC
 * address in it is unknown. A reply goes to the sender of the request. */
static void send_arp(struct interface *i, struct lan *l, uint16_t operation,
                     const uint8_t to[ADDRESS_MAC],
                     const struct address *target) {
    struct buf bytes = {.max = ARP_LENGTH};
    struct arp a = {
        .operation = operation, .sender = i->v4.address, .target = *target};
    memcpy(a.sender_mac, i->mac, ADDRESS_MAC);
    if (operation == ARP_REPLY) memcpy(a.target_mac, to, ADDRESS_MAC);
    if (arp_write(&bytes, &a))
        send_frame(i, l, to, ETHERNET_ARP, buf_view(&bytes));
    buf_free(&bytes);
}

/* Sends an ARP request, and sets an alarm to retransmit it. */
static void send_request(struct interface *i, struct lan *l,
                         const struct address *target) {
    if (target->len == 4) send_arp(i, l, ARP_REQUEST, ALL, target);
    lan_alarm(l, i->port, l->now_us + NEIGHBORS_RETRY_US);
}

void interface_send(struct interface *i, struct lan *l,
                    const struct address *next_hop, struct span packet) {
    assert(packet.len > 0 && packet.len <= i->mtu);
    const uint8_t *mac = neighbors_find(&i->neighbors, l->now_us, next_hop);
    if (interface_is_broadcast(i, next_hop)) mac = ALL;
    if (mac)
        send_packet(i, l, mac, next_hop->len == 16, packet);
    else if (neighbors_wait(&i->neighbors, l->now_us, next_hop, packet))
        send_request(i, l, next_hop);
}

/* --- receiving --- */

static void receive_arp(struct interface *i, struct lan *l,
                        struct span message) {
    static const struct address unspecified = {.len = 4};
    struct arp a;
    /* RFC 826, "Packet Reception": first, do we speak this protocol? */
    if (arp_parse(message, &a) <= 0) return;
    /* RFC 5227 §2.4: another host uses our address: ignore it. */
    if (address_equal(&a.sender, &i->v4.address)) return;
    bool is_target = address_equal(&a.target, &i->v4.address);
    /* RFC 826: each receiver updates an entry for the sender; the target also
     * adds one. RFC 5227 §1.1: the sender of a probe has no address yet. */
    struct neighbor *e = NULL;
    if (!address_equal(&a.sender, &unspecified))
        e = neighbors_learn(&i->neighbors, l->now_us, &a.sender, a.sender_mac,
                            is_target);
    if (e && e->waiting.end > 0)
        send_packet(i, l, e->mac, false, buf_view(&e->waiting));
    if (e) buf_clear(&e->waiting);
    /* RFC 826: only now look at the operation. */
    if (is_target && a.operation == ARP_REQUEST)
        send_arp(i, l, ARP_REPLY, a.sender_mac, &a.sender);
}

/* Retransmits a request; or gives up, and sets *packet to the packet that
 * waited. */
static enum interface_event on_alarm(struct interface *i, struct lan *l,
                                     struct span *packet) {
    struct neighbor *e = neighbors_due(&i->neighbors, l->now_us);
    if (!e) return INTERFACE_NOTHING;
    if (e->tries <= NEIGHBORS_TRIES) {
        send_request(i, l, &e->address);
        return INTERFACE_NOTHING;
    }
    *packet = buf_view(&e->waiting);
    neighbors_remove(&i->neighbors, e);
    return packet->len > 0 ? INTERFACE_UNREACHABLE : INTERFACE_NOTHING;
}

enum interface_event interface_receive(struct interface *i, struct lan *l,
                                       const struct lan_event *event,
                                       struct span *packet) {
    struct ethernet e;
    if (event->bytes.len == 0) return on_alarm(i, l, packet);
    int n = ethernet_parse(event->bytes, &e);
    if (n <= 0) return INTERFACE_NOTHING;
    bool is_for_all = memcmp(e.destination, ALL, ADDRESS_MAC) == 0;
    /* IEEE 802.3 §4.2.4.1: a station accepts frames to its own address, or to a
     * group that it belongs to. */
    if (!is_for_all && memcmp(e.destination, i->mac, ADDRESS_MAC) != 0)
        return INTERFACE_NOTHING;
    struct span payload = span_skip(event->bytes, (size_t)n);
    if (e.type == ETHERNET_ARP) receive_arp(i, l, payload);
    if (e.type != ETHERNET_IPV4 && e.type != ETHERNET_IPV6)
        return INTERFACE_NOTHING;
    *packet = payload;
    return is_for_all ? INTERFACE_BROADCAST : INTERFACE_PACKET;
}
