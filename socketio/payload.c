/* payload.c: see socketio/payload.h */
#include "socketio/payload.h"

#include "websocket/base64.h"
#include "websocket/utf8.h"

/* Consumes *rest up to the next separator, or all of it if there is none.
 * Returns the bytes before the separator. */
static struct span consume_packet(struct span *rest) {
    uint8_t *end = memchr(rest->data, PAYLOAD_SEPARATOR, rest->len);
    size_t len = end ? (size_t)(end - rest->data) : rest->len;
    struct span packet = {rest->data, len};
    *rest = end ? span_skip(*rest, len + 1) : (struct span){NULL, 0};
    return packet;
}

int payload_next(struct span *rest, struct payload_packet *packet) {
    if (!rest->data) return 0;
    struct span bytes = consume_packet(rest);
    if (bytes.len == 0) return PAYLOAD_ERR_EMPTY;
    packet->is_binary = bytes.data[0] == 'b';
    if (packet->is_binary) {
        bytes = span_skip(bytes, 1);
        ssize_t len =
            base64_decode((const char *)bytes.data, bytes.len, bytes.data);
        if (len < 0) return PAYLOAD_ERR_BASE64;
        bytes.len = (size_t)len;
    } else if (!utf8_valid(bytes.data, bytes.len)) {
        return PAYLOAD_ERR_UTF8;
    }
    packet->bytes = bytes;
    return 1;
}

size_t payload_size(bool is_binary, size_t len, bool is_first) {
    return (is_first ? 0 : 1) + (is_binary ? 1 + BASE64_SIZE(len) : len);
}

bool payload_write(struct buf *out, bool is_binary, struct span bytes,
                   bool is_first) {
    const uint8_t separator = PAYLOAD_SEPARATOR;
    if (!is_first && !buf_append(out, &separator, 1)) return false;
    if (!is_binary) return buf_append(out, bytes.data, bytes.len);
    if (!buf_append(out, "b", 1)) return false;
    uint8_t *text = buf_reserve(out, BASE64_SIZE(bytes.len));
    if (!text) return false;
    out->end += (uint32_t)base64_encode(bytes.data, bytes.len, (char *)text);
    return true;
}
