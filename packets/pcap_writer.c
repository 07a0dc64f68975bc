/* pcap_writer.c: see packets/pcap_writer.h. */
#include "packets/pcap_writer.h"
#include "packets/cursor.h"

#include <assert.h>

enum { /* LINKTYPE_ETHERNET */
    LINK_ETHERNET = 1
};

bool pcap_write_header(struct buf *out) {
    if (!buf_reserve(out, PCAP_WRITER_HEADER)) return false;
    cursor_put_u32(out, 0xa1b2c3d4); /* the fractions are microseconds */
    cursor_put_u16(out, 2);          /* version 2.4 */
    cursor_put_u16(out, 4);
    cursor_put_u64(out, 0); /* formerly time zone and accuracy */
    cursor_put_u32(out, PCAP_WRITER_SNAP);
    return cursor_put_u32(out, LINK_ETHERNET);
}

bool pcap_write_frame(struct buf *out, int64_t time_us, struct span frame,
                      uint32_t wire_len) {
    assert(frame.len <= PCAP_WRITER_SNAP && frame.len <= wire_len);
    assert(time_us >= 0 && time_us / 1000000 <= UINT32_MAX);
    if (!buf_reserve(out, PCAP_WRITER_RECORD + frame.len)) return false;
    cursor_put_u32(out, (uint32_t)(time_us / 1000000));
    cursor_put_u32(out, (uint32_t)(time_us % 1000000));
    cursor_put_u32(out, (uint32_t)frame.len);
    cursor_put_u32(out, wire_len);
    return buf_append(out, frame.data, frame.len);
}
