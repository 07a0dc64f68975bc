/*
 * frame_unit.h: the frames of a client, as a text, for tests
 *
 *   unit_frames(buf_view(&out), text, sizeof text);     "1 hello;8 ;"
 *
 * Only tests include this file.
 */
#ifndef WEBSOCKET_FRAME_UNIT_H
#define WEBSOCKET_FRAME_UNIT_H

#include "packets/unit.h"
#include "websocket/frame.h"

/* Removes the first frame from in, and unmasks its payload in place. False: in
 * is empty, or the test fails, since no whole masked frame is there. */
static inline bool unit_next_frame(struct span *in, struct frame *f,
                                   struct span *payload) {
    if (in->len == 0) return false;
    int n = frame_parse(f, in->data, in->len);
    bool is_whole = n > 0 && f->masked && f->length <= in->len - (size_t)n;
    UNIT_TRUE(is_whole);
    if (!is_whole) return false;
    *payload = (struct span){in->data + n, (size_t)f->length};
    frame_mask(payload->data, payload->len, f->key, 0);
    *in = span_skip(*in, (size_t)n + payload->len);
    return true;
}

/* Writes "opcode payload;" for each frame. */
static inline void unit_frames(struct span in, char *text, size_t size) {
    struct frame f;
    struct span payload;
    size_t n = 0;
    text[0] = '\0';
    while (unit_next_frame(&in, &f, &payload) && n < size)
        n += (size_t)snprintf(text + n, size - n, "%u %.*s;", f.opcode,
                              (int)payload.len, (char *)payload.data);
}

#endif
