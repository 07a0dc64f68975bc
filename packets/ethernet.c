/* ethernet.c: see packets/ethernet.h. */
#include "packets/ethernet.h"
#include "packets/cursor.h"

static bool is_vlan(uint16_t type) {
    return type == ETHERNET_VLAN || type == ETHERNET_QINQ;
}

static void read_mac(struct cursor *c, uint8_t mac[ADDRESS_MAC]) {
    struct span bytes = cursor_span(c, ADDRESS_MAC);
    if (bytes.len > 0) memcpy(mac, bytes.data, ADDRESS_MAC);
}

int ethernet_parse(struct span frame, struct ethernet *e) {
    struct cursor c = cursor_from(frame);
    *e = (struct ethernet){.vlan_count = 0};
    read_mac(&c, e->destination);
    read_mac(&c, e->source);
    e->type = cursor_u16(&c);
    /* IEEE 802.1Q: a tag is the type 0x8100 and two bytes (priority, and the
     * number of the VLAN); after it is the next type. */
    while (is_vlan(e->type)) {
        if (e->vlan_count == ETHERNET_MAX_VLANS) return ETHERNET_ERR_VLANS;
        e->vlan_count++;
        cursor_u16(&c);
        e->type = cursor_u16(&c);
    }
    return c.failed ? 0 : (int)c.pos;
}

bool ethernet_write(struct buf *out, const struct ethernet *e) {
    if (!buf_reserve(out, ETHERNET_HEADER)) return false;
    buf_append(out, e->destination, ADDRESS_MAC);
    buf_append(out, e->source, ADDRESS_MAC);
    return cursor_put_u16(out, e->type);
}
