/* nat.c: see packets/nat.h. Entry points: nat_init, nat_forward; nat_outbound,
 * nat_inbound, nat_expire; nat_update_checksum; nat_row_text. */
#include "packets/nat.h"
#include "packets/ipv4.h"

#include <assert.h>
#include <stdio.h>

#define UDP_HEADER 8
enum { /* offsets in the header of IP, and in that of UDP */
    IP_CHECKSUM = 10,
    IP_SOURCE = 12,
    IP_DESTINATION = 16
};
enum {
    UDP_SOURCE = 0,
    UDP_DESTINATION = 2,
    UDP_CHECKSUM = 6
};

void nat_init(struct nat *n, const struct address *outside) {
    assert(outside->len == 4);
    *n = (struct nat){.outside = *outside, .next_port = NAT_FIRST_PORT};
}

static uint16_t load(const uint8_t *at) {
    return (uint16_t)(at[0] << 8 | at[1]);
}

static void store(uint8_t *at, uint16_t value) {
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* --- the packet --- */

/* RFC 1624 §3, Eqn. 3: HC' = ~(~HC + ~m + m'), with a carry added. */
uint16_t nat_update_checksum(uint16_t checksum, uint16_t old_word,
                             uint16_t new_word) {
    uint32_t sum = (uint16_t)~checksum;
    sum += (uint16_t)~old_word;
    sum += new_word;
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

/* Reads where a packet is from and where it goes. Returns the length of the IP
 * header, or a nat_error. */
static int read_endpoints(struct span packet, struct nat_endpoint *source,
                          struct nat_endpoint *destination) {
    struct ipv4 ip;
    int n = ipv4_parse(packet, &ip);
    if (n <= 0) return NAT_ERR_MALFORMED;
    /* RFC 4787 REQ-14: not enforced: only the first fragment has the ports, so
     * the others would have to wait for it here. */
    if (ip.protocol != IP_UDP || ip.more_fragments || ip.fragment_offset > 0)
        return NAT_ERR_PROTOCOL;
    struct span udp = ipv4_payload(packet, &ip, n);
    if (udp.len < UDP_HEADER) return NAT_ERR_MALFORMED;
    *source = (struct nat_endpoint){ip.source, load(udp.data + UDP_SOURCE)};
    *destination =
        (struct nat_endpoint){ip.destination, load(udp.data + UDP_DESTINATION)};
    return n;
}

/* Changes a 16-bit word, and a checksum with it. */
static uint16_t replace_word(uint8_t *at, uint16_t word, uint16_t checksum) {
    uint16_t old_word = load(at);
    store(at, word);
    return nat_update_checksum(checksum, old_word, word);
}

/* RFC 3022 §4.1: address and port are changed, and both checksums: that of UDP
 * covers the address, too. */
static void rewrite(uint8_t *address, uint8_t *port, uint8_t *ip, uint8_t *udp,
                    const struct nat_endpoint *to) {
    uint16_t of_ip = load(ip + IP_CHECKSUM), of_udp = load(udp + UDP_CHECKSUM);
    /* RFC 3022 §4.1: a UDP checksum of 0 says that there is none. */
    bool has_checksum = of_udp != 0;
    for (int i = 0; i < 4; i += 2) {
        uint16_t old_word = load(address + i),
                 word = load(to->address.bytes + i);
        of_ip = replace_word(address + i, word, of_ip);
        of_udp = nat_update_checksum(of_udp, old_word, word);
    }
    of_udp = replace_word(port, to->port, of_udp);
    store(ip + IP_CHECKSUM, of_ip);
    /* RFC 768: a checksum that is 0 is sent as all ones. */
    if (has_checksum) store(udp + UDP_CHECKSUM, of_udp ? of_udp : 0xffff);
}

/* --- the table --- */

static bool is_equal(const struct nat_endpoint *a,
                     const struct nat_endpoint *b) {
    return a->port == b->port && address_equal(&a->address, &b->address);
}

static bool is_for(const struct nat_row *r, const struct nat_endpoint *remote) {
    return r->is_forwarded || is_equal(&r->remote, remote);
}

void nat_expire(struct nat *n, int64_t now_us) {
    int kept = 0;
    for (int i = 0; i < n->count; i++) {
        const struct nat_row *r = &n->row[i];
        if (r->is_forwarded || now_us < r->until_us) n->row[kept++] = *r;
    }
    n->count = kept;
}

static bool has_port(const struct nat *n, uint16_t port) {
    for (int i = 0; i < n->count; i++)
        if (n->row[i].outside_port == port) return true;
    return false;
}

/* RFC 4787 REQ-3: no two inside endpoints share an outside port. */
static uint16_t allocate_port(struct nat *n) {
    uint16_t port;
    do {
        port = n->next_port++;
        if (n->next_port == 0) n->next_port = NAT_FIRST_PORT;
    } while (has_port(n, port));
    return port;
}

/* RFC 4787 REQ-1: an inside endpoint keeps its outside port, whatever the
 * destination is: endpoint-independent mapping. */
static uint16_t choose_port(struct nat *n, const struct nat_endpoint *inside) {
    for (int i = 0; i < n->count && !n->is_per_destination; i++)
        if (is_equal(&n->row[i].inside, inside)) return n->row[i].outside_port;
    return allocate_port(n);
}

static struct nat_row *find_outbound(struct nat *n,
                                     const struct nat_endpoint *inside,
                                     const struct nat_endpoint *remote) {
    for (int i = 0; i < n->count; i++)
        if (is_equal(&n->row[i].inside, inside) && is_for(&n->row[i], remote))
            return &n->row[i];
    return NULL;
}

static struct nat_row *add_row(struct nat *n, const struct nat_endpoint *inside,
                               const struct nat_endpoint *remote) {
    if (n->count == NAT_MAX_ROWS) return NULL;
    uint16_t port = choose_port(n, inside);
    struct nat_row *r = &n->row[n->count++];
    *r = (struct nat_row){
        .inside = *inside, .remote = *remote, .outside_port = port};
    return r;
}

int nat_outbound(struct nat *n, int64_t now_us, struct span packet) {
    struct nat_endpoint inside, remote;
    int header = read_endpoints(packet, &inside, &remote);
    if (header < 0) return header;
    nat_expire(n, now_us);
    struct nat_row *r = find_outbound(n, &inside, &remote);
    if (!r) r = add_row(n, &inside, &remote);
    if (!r) return NAT_ERR_FULL;
    /* RFC 4787 REQ-6: an outbound packet keeps the mapping alive. An inbound
     * one does not: otherwise an outside host could keep a row alive. */
    r->until_us = now_us + NAT_TIMEOUT_US;
    struct nat_endpoint to = {n->outside, r->outside_port};
    uint8_t *udp = packet.data + header;
    rewrite(packet.data + IP_SOURCE, udp + UDP_SOURCE, packet.data, udp, &to);
    return 0;
}

int nat_inbound(struct nat *n, int64_t now_us, struct span packet) {
    struct nat_endpoint remote, outside;
    int header = read_endpoints(packet, &remote, &outside);
    if (header < 0) return header;
    nat_expire(n, now_us);
    if (!address_equal(&outside.address, &n->outside)) return NAT_ERR_NO_ROW;
    uint8_t *udp = packet.data + header;
    for (int i = 0; i < n->count; i++) {
        const struct nat_row *r = &n->row[i];
        if (r->outside_port != outside.port) continue;
        /* RFC 4787 §5: address- and port-dependent filtering: only from an
         * endpoint to which the inside has sent. */
        if (!is_for(r, &remote)) continue;
        rewrite(packet.data + IP_DESTINATION, udp + UDP_DESTINATION,
                packet.data, udp, &r->inside);
        return 0;
    }
    return NAT_ERR_NO_ROW;
}

bool nat_forward(struct nat *n, uint16_t outside_port,
                 const struct nat_endpoint *inside) {
    int kept = 0;
    if (has_port(n, outside_port)) return false;
    for (int i = 0; i < n->count; i++)
        if (!is_equal(&n->row[i].inside, inside)) n->row[kept++] = n->row[i];
    n->count = kept;
    if (n->count == NAT_MAX_ROWS) return false;
    n->row[n->count++] = (struct nat_row){
        .inside = *inside, .outside_port = outside_port, .is_forwarded = true};
    return true;
}

/* --- as text --- */

char *nat_endpoint_text(const struct nat_endpoint *e, char text[NAT_TEXT_MAX]) {
    char address[ADDRESS_TEXT_MAX];
    snprintf(text, NAT_TEXT_MAX, "%s:%d", address_text(&e->address, address),
             e->port);
    return text;
}

char *nat_row_text(const struct nat_row *r, char text[NAT_TEXT_MAX]) {
    char inside[NAT_TEXT_MAX], remote[NAT_TEXT_MAX];
    nat_endpoint_text(&r->inside, inside);
    nat_endpoint_text(&r->remote, remote);
    if (r->is_forwarded)
        snprintf(text, NAT_TEXT_MAX, "%.30s  %d  any, forwarded", inside,
                 r->outside_port);
    else
        snprintf(text, NAT_TEXT_MAX, "%.30s  %d  %.30s  until %.3f", inside,
                 r->outside_port, remote, (double)r->until_us / 1e6);
    return text;
}
