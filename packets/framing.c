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
    if (n > max) return FRAMING_ERR_LONG; /* before the caller waits for it */
    *message = cursor_span(&c, n);
    return c.failed ? 0 : (ssize_t)c.pos;
}

bool framing_put_line(struct buf *out, struct span message) {
    struct span parts[] = {message, span_from("\n")};
    if (message.len > 0 && (memchr(message.data, '\n', message.len) ||
                            message.data[message.len - 1] == '\r'))
        return false; /* the reader would get another message */
    return buf_append_all(out, parts, 2);
}

bool framing_put_prefixed(struct buf *out, struct span message) {
    uint8_t prefix[FRAMING_PREFIX];
    if (message.len > UINT32_MAX) return false;
    for (size_t i = 0; i < FRAMING_PREFIX; i++)
        prefix[i] = (uint8_t)(message.len >> 8 * (FRAMING_PREFIX - 1 - i));
    struct span parts[] = {{prefix, sizeof prefix}, message};
    return buf_append_all(out, parts, 2);
}
