/* fragment.c: see packets/fragment.h. */
#include "packets/fragment.h"
#include "packets/cursor.h"

#include <assert.h>

enum {
    COPIED = 0x80, /* RFC 791 §3.1: the option is in all fragments */
    END = 0,       /* option types of one byte */
    NO_OPERATION = 1,
    UNIT = 8, /* bytes: what the field fragment offset counts in */
};

bool fragment_begin(struct fragments *f, struct span packet) {
    int n = ipv4_parse(packet, &f->header);
    if (n <= 0 || !f->header.checksum_is_right) return false;
    if (packet.len < f->header.total_length) return false;
    /* RFC 791 §3.2: if DF is set, discard the datagram. */
    if (f->header.dont_fragment) return false;
    f->payload = ipv4_payload(packet, &f->header, n);
    return true;
}

/* RFC 791 §3.1: of the options, a later fragment has only those with the copied
 * flag. END pads them to a multiple of 4. */
static void keep_copied(struct fragments *f) {
    struct span options = f->header.options, result = {f->options, 0};
    while (options.len > 0 && options.data[0] != END) {
        bool is_one_byte = options.data[0] == NO_OPERATION;
        size_t n = is_one_byte ? 1 : options.len > 1 ? options.data[1] : 0;
        /* A wrong length: the rest cannot be parsed. */
        if (n > options.len || (n < 2 && !is_one_byte)) break;
        if (options.data[0] & COPIED) {
            memmove(result.data + result.len, options.data, n);
            result.len += n;
        }
        options = span_skip(options, n);
    }
    while (result.len % 4 != 0) result.data[result.len++] = END;
    f->header.options = result;
}

bool fragment_next(struct fragments *f, struct buf *out, size_t mtu) {
    assert(mtu >= FRAGMENT_MIN_MTU);
    if (f->payload.data == NULL) return false;
    struct ipv4 h = f->header;
    size_t header_len = IPV4_HEADER + h.options.len;
    size_t n = f->payload.len;
    /* RFC 791 §3.2: all fragments but the last have a multiple of 8 bytes. */
    if (header_len + n > mtu) n = (mtu - header_len) / UNIT * UNIT;
    bool is_last = n == f->payload.len;
    h.total_length = (uint16_t)(header_len + n);
    /* RFC 791 §3.2: the last fragment keeps the flag of the packet, which may
     * be a fragment itself; the others have More Fragments set. */
    h.more_fragments = h.more_fragments || !is_last;
    if (!buf_reserve(out, header_len + n)) {
        out->failed = 1;
        return false;
    }
    ipv4_write(out, &h);
    buf_append(out, f->payload.data, n);
    f->payload = is_last ? (struct span){NULL, 0} : span_skip(f->payload, n);
    f->header.fragment_offset += (uint32_t)n;
    keep_copied(f);
    return true;
}
