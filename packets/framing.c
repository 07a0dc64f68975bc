/* framing.c: see packets/framing.h. */
#include "packets/framing.h"

#include "packets/cursor.h"

ssize_t framing_line(struct span bytes, size_t max, struct span *message) {
    uint8_t *end = bytes.len ? memchr(bytes.data, '\n', bytes.len) : NULL;
    size_t n = end ? (size_t)(end - bytes.data) : bytes.len;
    if (n > max) return FRAMING_ERR_LONG;
    if (!end) return 0;
    *message = (struct span){bytes.data, n};
    if (n > 0 && bytes.data[n - 1] == '\r') message->len--;
    return (ssize_t)n + 1;
}

ssize_t framing_prefixed(struct span bytes, size_t max, struct span *message) {
    struct cursor c = cursor_from(bytes);
    uint32_t n = cursor_u32(&c);
    if (c.failed) return 0;
    if (n > max) return FRAMING_ERR_LONG;
    *message = cursor_span(&c, n);
    return c.failed ? 0 : (ssize_t)c.pos;
}

bool framing_put_line(struct buf *out, struct span message) {
    struct span parts[] = {message, span_from("\n")};
    if (message.len > 0 && (memchr(message.data, '\n', message.len) ||
                            message.data[message.len - 1] == '\r'))
        return false; /* the receiver would parse another message */
    return buf_append_all(out, parts, 2);
}

bool framing_put_prefixed(struct buf *out, struct span message) {
    if (message.len > out->max) return false; /* so no sum overflows */
    if (!buf_reserve(out, FRAMING_PREFIX + message.len)) return false;
    return cursor_put_u32(out, (uint32_t)message.len) &&
           buf_append(out, message.data, message.len);
}
