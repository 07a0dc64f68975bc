/* nat_fuzz.c: no packet enters unless a mapping allows it, a reply goes to the
 * sender of the request, and a translation changes nothing but the addresses,
 * the ports and the checksums; right checksums stay right, wrong ones wrong. A
 * model that keeps the rows in a list of its own agrees.
 *
 * Input: one byte, which is odd if the outside ports are about to wrap; then
 * four bytes for each step: its kind (3 bits) and a bit number (3), an inside
 * endpoint, a remote one, and the byte of the packet in which that bit is
 * damaged, counted from 1. Other bits say what else a packet is, see packet_of.
 * FUZZ_MAX_LEN: 1600
 */
#include "packets/exact_unit.h"
#include "packets/ipv4.h"
#include "packets/nat.h"
#include "packets/udp_packet.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum step {
    OUTBOUND = 0, /* and 1 */
    BURST = 2,
    INBOUND = 3, /* and 4 */
    FORWARD = 5,
    TIME = 6,
    CHANGE_MAPPING = 7,
};

enum {
    STEP = 4, /* bytes */
    UDP_HEADER = 8,
    UDP_CHECKSUM = IPV4_HEADER + 6, /* offset in a packet */
    PACKET_MAX = 100
};

static struct nat nat;
static struct nat_row rows[NAT_MAX_ROWS]; /* the model */
static int row_count;
static int64_t now;
static const struct address outside = {.len = 4, .bytes = {203, 0, 113, 1}};

struct packet {
    size_t len;
    uint8_t bytes[PACKET_MAX];
};

/* --- endpoints and packets --- */

static struct nat_endpoint inside_of(uint8_t byte) {
    struct address a = {.len = 4, .bytes = {192, 168, 1, byte & 3}};
    return (struct nat_endpoint){a, (uint16_t)(5000 + (byte >> 2 & 7))};
}

static struct nat_endpoint remote_of(uint8_t byte) {
    struct address a = {.len = 4, .bytes = {203, 0, 113, 9 + (byte & 3)}};
    return (struct nat_endpoint){a, (uint16_t)(53 + (byte >> 2 & 3))};
}

static bool is_equal(const struct nat_endpoint *a,
                     const struct nat_endpoint *b) {
    return a->port == b->port && address_equal(&a->address, &b->address);
}

static struct packet make_packet(const struct nat_endpoint *from,
                                 const struct nat_endpoint *to,
                                 struct span data) {
    struct udp_packet p = {.source = from->address,
                           .destination = to->address,
                           .source_port = from->port,
                           .destination_port = to->port,
                           .ttl = 9};
    struct packet result;
    struct buf out = {.max = PACKET_MAX};
    bool is_written = udp_packet_write(&out, &p, data);
    assert(is_written);
    struct span packet = buf_view(&out);
    result.len = packet.len;
    memcpy(result.bytes, packet.data, packet.len);
    buf_free(&out);
    return result;
}

/* The packet of a step: long or short, with a UDP checksum or without one, and
 * perhaps damaged. */
static struct packet packet_of(const struct nat_endpoint *from,
                               const struct nat_endpoint *to,
                               const uint8_t *step) {
    struct span data = {(uint8_t *)"goodbye", step[2] & 0x80 ? 3 : 8};
    struct packet p = make_packet(from, to, data);
    int at = (step[3] & 63) - 1, bit = step[0] >> 3 & 7;
    if (step[2] & 0x40) memset(p.bytes + UDP_CHECKSUM, 0, 2);
    if (at >= 0 && at < (int)p.len) p.bytes[at] ^= (uint8_t)(1 << bit);
    return p;
}

/* Where the UDP header begins; 0: the NAT must refuse the packet. */
static int find_udp(const struct packet *p) {
    struct ipv4 ip;
    struct span all = {(uint8_t *)p->bytes, p->len};
    int n = ipv4_parse(all, &ip);
    if (n <= 0 || ip.protocol != IP_UDP || ip.more_fragments ||
        ip.fragment_offset > 0)
        return 0;
    return ipv4_payload(all, &ip, n).len < UDP_HEADER ? 0 : n;
}

static struct nat_endpoint endpoint_at(const uint8_t *address,
                                       const uint8_t *port) {
    return (struct nat_endpoint){
        address_from((struct span){(uint8_t *)address, 4}),
        (uint16_t)(port[0] << 8 | port[1])};
}

static struct nat_endpoint source_of(const struct packet *p, int udp) {
    return endpoint_at(p->bytes + 12, p->bytes + udp);
}

static struct nat_endpoint destination_of(const struct packet *p, int udp) {
    return endpoint_at(p->bytes + 16, p->bytes + udp + 2);
}

static bool checksums_are_right(const struct packet *p) {
    struct udp_packet seen;
    struct span data;
    return udp_packet_parse((struct span){(uint8_t *)p->bytes, p->len}, &seen,
                            &data);
}

/* Only the bytes of one endpoint and the two checksums may differ. */
static void check_bytes(const struct packet *before, const struct packet *after,
                        int udp, bool is_inbound) {
    int address = is_inbound ? 16 : 12, port = is_inbound ? udp + 2 : udp;
    for (int i = 0; i < (int)before->len; i++) {
        bool may_change = i == 10 || i == 11 || i / 4 * 4 == address ||
                          i / 2 * 2 == port || i / 2 * 2 == udp + 6;
        assert(may_change || before->bytes[i] == after->bytes[i]);
    }
    assert(checksums_are_right(before) == checksums_are_right(after));
    bool had_none = !before->bytes[udp + 6] && !before->bytes[udp + 7];
    bool has_none = !after->bytes[udp + 6] && !after->bytes[udp + 7];
    assert(had_none == has_none);
}

/* --- the model --- */

static void expire(void) {
    int kept = 0;
    for (int i = 0; i < row_count; i++)
        if (rows[i].is_forwarded || now < rows[i].until_us)
            rows[kept++] = rows[i];
    row_count = kept;
}

static void remove_rows(const struct nat_endpoint *inside) {
    int kept = 0;
    for (int i = 0; i < row_count; i++)
        if (!is_equal(&rows[i].inside, inside)) rows[kept++] = rows[i];
    row_count = kept;
}

static void check_table(void) {
    assert(nat.count == row_count);
    for (int i = 0; i < row_count; i++) {
        const struct nat_row *r = &nat.row[i], *m = &rows[i];
        assert(is_equal(&r->inside, &m->inside));
        assert(r->outside_port == m->outside_port);
        assert(r->is_forwarded == m->is_forwarded);
        assert(r->is_forwarded || is_equal(&r->remote, &m->remote));
        assert(r->is_forwarded || r->until_us == m->until_us);
    }
}

static bool allows(const struct nat_row *r, const struct nat_endpoint *remote) {
    return r->is_forwarded || is_equal(&r->remote, remote);
}

static struct nat_row *find_inside(const struct nat_endpoint *inside,
                                   const struct nat_endpoint *remote) {
    for (int i = 0; i < row_count; i++)
        if (is_equal(&rows[i].inside, inside) && allows(&rows[i], remote))
            return &rows[i];
    return NULL;
}

/* The inside endpoint to which a packet may enter, or NULL. */
static const struct nat_endpoint *
find_entry(uint16_t port, const struct nat_endpoint *remote) {
    for (int i = 0; i < row_count; i++)
        if (rows[i].outside_port == port && allows(&rows[i], remote))
            return &rows[i].inside;
    return NULL;
}

/* RFC 4787 REQ-1 and REQ-3: is it the right port for a new row? */
static bool is_right_port(const struct nat_endpoint *inside, uint16_t port) {
    bool is_used = port < NAT_FIRST_PORT, has_one = false;
    for (int i = 0; i < row_count; i++) {
        bool is_own = is_equal(&rows[i].inside, inside);
        bool is_it = rows[i].outside_port == port;
        if (is_own && is_it && !nat.is_per_destination) return true;
        is_used |= is_it;
        has_one |= is_own;
    }
    return !is_used && (!has_one || nat.is_per_destination);
}

/* --- steps --- */

/* Translates a heap copy of exactly the packet's size. */
static int translate(struct packet *p, bool is_inbound) {
    uint8_t *copy = unit_exact(p->bytes, p->len);
    struct span packet = {copy, p->len};
    int result = is_inbound ? nat_inbound(&nat, now, packet)
                            : nat_outbound(&nat, now, packet);
    assert(result == 0 || memcmp(copy, p->bytes, p->len) == 0);
    memcpy(p->bytes, copy, p->len);
    free(copy);
    return result;
}

/* The result for what has no ports. */
static bool is_refused(int result) {
    return result == NAT_ERR_MALFORMED || result == NAT_ERR_PROTOCOL;
}

static void inbound(const struct packet *before) {
    struct packet after = *before;
    int result = translate(&after, true), udp = find_udp(before);
    assert(is_refused(result) == (udp == 0));
    if (udp == 0) return;
    expire();
    struct nat_endpoint from = source_of(before, udp),
                        to = destination_of(before, udp),
                        new_to = destination_of(&after, udp);
    const struct nat_endpoint *entry = find_entry(to.port, &from);
    if (!address_equal(&to.address, &outside)) entry = NULL;
    assert(result == (entry ? 0 : NAT_ERR_NO_ROW));
    if (!entry) return;
    assert(is_equal(&new_to, entry));
    check_bytes(before, &after, udp, true);
}

/* The packet that left is answered, and the reply comes back. Its data would
 * make its checksum 0 then, which is sent as ffff. */
static void reply(const struct nat_endpoint *inside,
                  const struct nat_endpoint *from,
                  const struct nat_endpoint *to) {
    uint8_t data[2] = {0};
    struct packet p = make_packet(from, inside, (struct span){data, 2});
    memcpy(data, p.bytes + UDP_CHECKSUM, 2);
    p = make_packet(from, to, (struct span){data, 2});
    inbound(&p);
    assert(translate(&p, true) == 0);
    struct nat_endpoint back = destination_of(&p, IPV4_HEADER);
    assert(is_equal(&back, inside) && checksums_are_right(&p));
}

static void outbound(const struct packet *before) {
    struct packet after = *before;
    int result = translate(&after, false), udp = find_udp(before);
    assert(is_refused(result) == (udp == 0));
    if (udp == 0) return;
    expire();
    struct nat_endpoint inside = source_of(before, udp),
                        remote = destination_of(before, udp),
                        seen = source_of(&after, udp);
    struct nat_row *r = find_inside(&inside, &remote);
    bool is_full = !r && row_count == NAT_MAX_ROWS;
    assert(result == (is_full ? NAT_ERR_FULL : 0));
    if (is_full) return;
    assert(address_equal(&seen.address, &outside));
    if (!r) {
        assert(is_right_port(&inside, seen.port));
        r = &rows[row_count++];
        *r = (struct nat_row){inside, remote, seen.port, false, 0};
    }
    assert(seen.port == r->outside_port);
    r->until_us = now + 120 * INT64_C(1000000);
    check_bytes(before, &after, udp, false);
    reply(&inside, &remote, &seen);
}

static void forward(uint16_t port, const struct nat_endpoint *inside) {
    bool is_possible = true;
    for (int i = 0; i < row_count; i++)
        is_possible = is_possible && rows[i].outside_port != port;
    if (is_possible) remove_rows(inside);
    if (row_count == NAT_MAX_ROWS) is_possible = false;
    bool is_done = nat_forward(&nat, port, inside);
    assert(is_done == is_possible);
    if (is_done)
        rows[row_count++] = (struct nat_row){
            .inside = *inside, .outside_port = port, .is_forwarded = true};
}

/* All inside endpoints send to a remote one: with two bursts the table is
 * full. */
static void burst(const struct nat_endpoint *remote, const uint8_t *step) {
    for (uint8_t i = 0; i < 32; i++) {
        struct nat_endpoint inside = inside_of(i);
        struct packet p = packet_of(&inside, remote, step);
        outbound(&p);
    }
}

/* Mostly a port that is in use. */
static uint16_t port_of(uint8_t byte) {
    if (byte < row_count) return rows[byte].outside_port;
    return (uint16_t)(NAT_FIRST_PORT + byte);
}

static void run_step(const uint8_t *step) {
    struct nat_endpoint inside = inside_of(step[1]),
                        remote = remote_of(step[2]),
                        entry = {outside, port_of(step[1])};
    struct packet in = packet_of(&remote, &entry, step),
                  out = packet_of(&inside, &remote, step);
    switch (step[0] & 7) {
    case BURST:
        burst(&remote, step);
        break;
    case INBOUND:
    case INBOUND + 1:
        inbound(&in);
        break;
    case FORWARD:
        forward(port_of(step[2]), &inside);
        break;
    case TIME:
        now += NAT_TIMEOUT_US / 3 * (step[3] & 3);
        break;
    case CHANGE_MAPPING:
        nat.is_per_destination = step[3] & 1;
        break;
    default:
        outbound(&out);
    }
    check_table();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    nat_init(&nat, &outside);
    row_count = 0;
    now = 0;
    if (n > 0 && bytes[0] & 1) nat.next_port = 65520;
    for (size_t at = 1; at + STEP <= n; at += STEP) run_step(bytes + at);
    return 0;
}
