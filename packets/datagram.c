/* datagram.c: see packets/datagram.h. */
#include "packets/datagram.h"
#include "packets/checksum.h"
#include "packets/cursor.h"
#include "packets/ipv4.h"

#include <assert.h>

enum {
    CHECKSUM_AT = 6, /* offset of the checksum in the header */
    DATAGRAM_MAX = 65535,
};

int datagram_parse(struct span bytes, struct datagram *d) {
    struct cursor c = cursor_from(bytes);
    *d = (struct datagram){.source_port = cursor_u16(&c)};
    d->destination_port = cursor_u16(&c);
    d->length = cursor_u16(&c);
    d->checksum = cursor_u16(&c);
    if (c.failed) return 0;
    /* RFC 768, Fields: "the minimum value of the length is eight". */
    if (d->length < DATAGRAM_HEADER) return DATAGRAM_ERR_LENGTH;
    return DATAGRAM_HEADER;
}

bool datagram_write(struct buf *out, const struct datagram *d, struct span data,
                    const struct address *source,
                    const struct address *destination) {
    assert(data.len <= DATAGRAM_MAX - DATAGRAM_HEADER);
    struct span all = {buf_reserve(out, DATAGRAM_HEADER + data.len),
                       DATAGRAM_HEADER + data.len};
    if (!all.data) return false;
    cursor_put_u16(out, d->source_port);
    cursor_put_u16(out, d->destination_port);
    cursor_put_u16(out, (uint16_t)all.len);
    cursor_put_u16(out, 0); /* the checksum; computed below */
    buf_append(out, data.data, data.len);
    uint32_t sum =
        ip_pseudo_header(source, destination, IP_UDP, (uint32_t)all.len);
    /* RFC 768, Fields: a checksum of zero is sent as all ones, which is the
     * same number in this arithmetic; zero means that there is none. */
    if (checksum_store(all, CHECKSUM_AT, sum) == 0)
        memset(all.data + CHECKSUM_AT, 0xff, 2);
    return true;
}

bool datagram_checksum_is_right(struct span bytes, const struct address *source,
                                const struct address *destination) {
    struct datagram d;
    if (datagram_parse(bytes, &d) <= 0) return false;
    /* RFC 8200 §8.1: over IPv6 the checksum is not optional. */
    if (d.checksum == 0) return source->len == 4;
    uint32_t sum =
        ip_pseudo_header(source, destination, IP_UDP, (uint32_t)bytes.len);
    return checksum_of(checksum_add(sum, bytes)) == 0;
}
