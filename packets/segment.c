/* segment.c: see packets/segment.h. */
#include "packets/segment.h"
#include "packets/checksum.h"
#include "packets/cursor.h"
#include "packets/ipv4.h"

#include <assert.h>

enum {
    CHECKSUM_AT = 16,   /* offset of the checksum in the header */
    END_OF_OPTIONS = 0, /* the two kinds of option that have one byte */
    NO_OPERATION = 1,
};

int segment_parse(struct span bytes, struct segment *s) {
    struct cursor c = cursor_from(bytes);
    *s = (struct segment){.source_port = cursor_u16(&c)};
    s->destination_port = cursor_u16(&c);
    s->seq = cursor_u32(&c);
    s->ack = cursor_u32(&c);
    /* RFC 9293 §3.1, Rsrvd: "must be ignored in received segments". */
    size_t header_len = (size_t)4 * (cursor_u8(&c) >> 4);
    s->flags = cursor_u8(&c);
    s->window = cursor_u16(&c);
    s->checksum = cursor_u16(&c);
    s->urgent = cursor_u16(&c);
    if (c.failed) return 0;
    /* RFC 9293 §3.1, DOffset: the data begins at least after the five words
     * that every header has. */
    if (header_len < SEGMENT_HEADER) return SEGMENT_ERR_OFFSET;
    s->options = cursor_span(&c, header_len - SEGMENT_HEADER);
    return c.failed ? 0 : (int)header_len;
}

bool segment_write(struct buf *out, const struct segment *s, struct span data,
                   const struct address *source,
                   const struct address *destination) {
    size_t header_len = SEGMENT_HEADER + s->options.len;
    assert(header_len <= 60 && header_len % 4 == 0);
    assert(data.len <= 65535 - header_len);
    struct span all = {buf_reserve(out, header_len + data.len),
                       header_len + data.len};
    if (!all.data) return false;
    cursor_put_u16(out, s->source_port);
    cursor_put_u16(out, s->destination_port);
    cursor_put_u32(out, s->seq);
    cursor_put_u32(out, s->ack);
    cursor_put_u8(out, (uint8_t)(header_len / 4 << 4));
    cursor_put_u8(out, s->flags);
    cursor_put_u16(out, s->window);
    cursor_put_u16(out, 0); /* the checksum; computed below */
    cursor_put_u16(out, s->urgent);
    buf_append(out, s->options.data, s->options.len);
    buf_append(out, data.data, data.len);
    checksum_store(
        all, CHECKSUM_AT,
        ip_pseudo_header(source, destination, IP_TCP, (uint32_t)all.len));
    return true;
}

bool segment_checksum_is_right(struct span bytes, const struct address *source,
                               const struct address *destination) {
    uint32_t sum =
        ip_pseudo_header(source, destination, IP_TCP, (uint32_t)bytes.len);
    return checksum_of(checksum_add(sum, bytes)) == 0;
}

char *segment_flags_text(uint8_t flags, char text[SEGMENT_FLAGS_MAX]) {
    static const char names[8][4] = {"FIN", "SYN", "RST", "PSH",
                                     "ACK", "URG", "ECE", "CWR"};
    size_t at = 0;
    for (int bit = 0; bit < 8; bit++) {
        if (!(flags & 1 << bit)) continue;
        if (at > 0) text[at++] = ' ';
        memcpy(text + at, names[bit], 3);
        at += 3;
    }
    if (at == 0) text[at++] = '.';
    text[at] = '\0';
    return text;
}

bool segment_next_option(struct span *options, struct segment_option *o) {
    while (options->len > 0 && options->data[0] == NO_OPERATION)
        *options = span_skip(*options, 1);
    /* RFC 9293 §3.2: bytes after the end of the options are padding. */
    if (options->len > 0 && options->data[0] == END_OF_OPTIONS)
        *options = span_skip(*options, options->len);
    if (options->len < 2) return false;
    /* RFC 9293 §3.2: the length counts the bytes of kind and length, too. */
    size_t n = options->data[1];
    if (n < 2 || n > options->len) return false;
    o->kind = options->data[0];
    o->value = (struct span){options->data + 2, n - 2};
    *options = span_skip(*options, n);
    return true;
}
