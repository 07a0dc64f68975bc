/* explain_websocket.c: see websocket/explain_websocket.h. */
#include "websocket/explain_websocket.h"
#include "packets/explain_value.h"
#include "websocket/frame.h"

enum {
    CONTROL = 0x8,   /* this bit of the opcode is set in control frames */
    LENGTH_16 = 126, /* the length is in the next 16 bits */
    LENGTH_64 = 127,
    MAX_SHOWN = 1 << 28, /* bytes; every input is shorter */
};

static const struct explain_name OPCODES[] = {
    {FRAME_CONTINUATION, "continuation"},
    {FRAME_TEXT, "text"},
    {FRAME_BINARY, "binary"},
    {FRAME_CLOSE, "close"},
    {FRAME_PING, "ping"},
    {FRAME_PONG, "pong"},
    {0, NULL}};

static bool is_control(unsigned opcode) {
    return opcode & CONTROL;
}

static void opcode(struct dissector *d, struct explain_websocket *f) {
    f->opcode = (unsigned)dissector_number(d, 4, "opcode");
    explain_value_name(d, f->opcode, OPCODES);
    /* RFC 6455 §5.2: 3 to 7 and 0xB to 0xF are reserved. */
    if (f->opcode > FRAME_PONG || (f->opcode & ~8u) > 2)
        dissector_wrong(d, "RFC 6455 §5.2", "reserved");
    /* RFC 6455 §5.5: control frames MUST NOT be fragmented. */
    else if (is_control(f->opcode) && !f->is_final)
        dissector_wrong(d, "RFC 6455 §5.5", "a control frame has FIN 1");
}

static uint64_t payload_length(struct dissector *d, unsigned opcode) {
    uint64_t len = dissector_number(d, 7, "Payload len");
    /* RFC 6455 §5.5: control frames have a payload length of 125 or less. */
    if (is_control(opcode) && len > FRAME_CONTROL_MAX)
        dissector_wrong(d, "RFC 6455 §5.5", "125 at most in a control frame");
    if (len < LENGTH_16) return len;
    dissector_note(d, "the length follows");
    unsigned bits = len == LENGTH_16 ? 16 : 64;
    uint64_t least = len == LENGTH_16 ? LENGTH_16 : 0x10000;
    len = dissector_number(d, bits, "Extended payload length");
    /* RFC 6455 §5.2: the minimal number of bytes MUST be used. */
    if (len < least)
        dissector_wrong(d, "RFC 6455 §5.2", "it fits into fewer bytes");
    /* RFC 6455 §5.2: the most significant bit MUST be 0. */
    if (len >> 63)
        dissector_wrong(d, "RFC 6455 §5.2", "the first bit must be 0");
    return len < MAX_SHOWN ? len : MAX_SHOWN;
}

/* Explains a masked payload as it was sent, and enters it unmasked. */
static void enter_unmasked(struct dissector *d, size_t len,
                           const uint8_t key[4]) {
    struct span sent = dissector_bytes(d, len, "Payload data, masked"), source;
    dissector_cite(d, "RFC 6455 §5.3");
    uint8_t *to = NULL;
    if (sent.len > 0)
        to = dissector_derive(d, sent.len, "Payload data, unmasked", &source);
    if (!to) {
        dissector_narrow(d, EXPLAIN_APPLICATION, 0, "");
        return;
    }
    memcpy(to, source.data, source.len);
    frame_mask(to, source.len, key, 0);
}

bool explain_websocket(struct dissector *d, struct explain_websocket *f) {
    uint8_t key[4] = {0};
    if (dissector_left(d).len == 0) return false;
    dissector_enter(d, EXPLAIN_APPLICATION, "WebSocket", "RFC 6455 §5.2");
    f->is_final = dissector_number(d, 1, "FIN");
    dissector_note(d, f->is_final ? "the last frame of a message"
                                  : "more frames of this message follow");
    /* RFC 6455 §5.2: they MUST be 0 unless an extension gives them a meaning.
     * This toolkit has none. */
    static const char *const reserved[] = {"RSV1", "RSV2", "RSV3"};
    for (int i = 0; i < 3; i++)
        if (dissector_number(d, 1, reserved[i]))
            dissector_wrong(d, "RFC 6455 §5.2", "0 without an extension");
    opcode(d, f);
    bool is_masked = dissector_number(d, 1, "MASK");
    dissector_note(d, is_masked ? "from a client" : "from a server");
    size_t len = (size_t)payload_length(d, f->opcode);
    if (is_masked) {
        struct span bytes = dissector_bytes(d, 4, "Masking-key");
        if (bytes.len == 4) memcpy(key, bytes.data, 4);
    }
    dissector_leave(d);
    if (is_masked)
        enter_unmasked(d, len, key);
    else
        dissector_narrow(d, EXPLAIN_APPLICATION, len, "Payload data");
    return true;
}

void explain_websocket_payload(struct dissector *d,
                               const struct explain_websocket *f) {
    size_t left = dissector_left(d).len;
    if (f->opcode == FRAME_TEXT) dissector_text(d, left, "Text");
    if (f->opcode != FRAME_CLOSE || left == 0) return;
    dissector_number(d, 16, "Status code");
    dissector_cite(d, "RFC 6455 §5.5.1");
    if (left > 2) dissector_text(d, left - 2, "Reason");
    dissector_cite(d, "RFC 6455 §5.5.1");
}
