/* arp.c: see packets/arp.h. */
#include "packets/arp.h"
#include "packets/cursor.h"
#include "packets/ethernet.h"

#include <assert.h>

enum {
    HARDWARE_ETHERNET = 1, /* IANA "ARP Parameters" */
    LENGTH_IPV4 = 4,       /* of an address, in bytes */
};

/* Reads the addresses of sender or target. */
static void read_pair(struct cursor *c, uint8_t mac[ADDRESS_MAC],
                      struct address *a) {
    struct span m = cursor_span(c, ADDRESS_MAC), ip = cursor_span(c, 4);
    if (c->failed) return;
    memcpy(mac, m.data, ADDRESS_MAC);
    *a = address_from(ip);
}

int arp_parse(struct span bytes, struct arp *a) {
    struct cursor c = cursor_from(bytes);
    uint16_t hardware = cursor_u16(&c), protocol = cursor_u16(&c);
    uint8_t hardware_len = cursor_u8(&c), protocol_len = cursor_u8(&c);
    *a = (struct arp){.operation = cursor_u16(&c)};
    if (c.failed) return 0;
    /* RFC 826, "Packet Reception": do I have this hardware, do I speak this
     * protocol, and do the lengths agree? */
    if (hardware != HARDWARE_ETHERNET || protocol != ETHERNET_IPV4 ||
        hardware_len != ADDRESS_MAC || protocol_len != LENGTH_IPV4)
        return ARP_ERR_KIND;
    read_pair(&c, a->sender_mac, &a->sender);
    read_pair(&c, a->target_mac, &a->target);
    return c.failed ? 0 : ARP_LENGTH;
}

bool arp_write(struct buf *out, const struct arp *a) {
    assert(a->sender.len == LENGTH_IPV4 && a->target.len == LENGTH_IPV4);
    if (!buf_reserve(out, ARP_LENGTH)) return false;
    cursor_put_u16(out, HARDWARE_ETHERNET);
    cursor_put_u16(out, ETHERNET_IPV4);
    cursor_put_u8(out, ADDRESS_MAC);
    cursor_put_u8(out, LENGTH_IPV4);
    cursor_put_u16(out, a->operation);
    buf_append(out, a->sender_mac, ADDRESS_MAC);
    buf_append(out, a->sender.bytes, LENGTH_IPV4);
    buf_append(out, a->target_mac, ADDRESS_MAC);
    return buf_append(out, a->target.bytes, LENGTH_IPV4);
}
