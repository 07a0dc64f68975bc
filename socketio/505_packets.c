/*
 * 505_packets.c: one Socket.IO message, peeled down to its bytes
 *
 * Shows       42["hi"] is three protocols in one line: a frame of WebSocket,
 *             a packet of Engine.IO, a packet of Socket.IO, and JSON in it.
 *             Then one packet of each type, and some that are none.
 * Calls       socketio/packet.h and json.h, introduced with it; websocket/frame.h.
 * Run         $ bin/505_packets
 * Try         Add a packet of your own to good[], one that you think is right.
 * Limits      What a packet means depends on what came before it: whether the
 *             namespace was joined, whether attachments are still to come.
 *             That is a machine: socketio/506_echo_server.c.
 * Read        the Socket.IO protocol v5, "Packet encoding"
 */
#include <stdio.h>
#include <string.h>

#include "socketio/packet.h"
#include "websocket/frame.h"

static const char *const types[] = {
    "CONNECT",       "DISCONNECT",   "EVENT",     "ACK",
    "CONNECT_ERROR", "BINARY_EVENT", "BINARY_ACK"};

static void show_bytes(const char *what, const uint8_t *bytes, size_t n) {
    printf("  %-24s", what);
    for (size_t i = 0; i < n; i++) printf(" %02x", bytes[i]);
    printf("\n");
}

/* What a client sends when it emits the event "hi": the payload of TCP. */
static size_t make_payload(uint8_t payload[64]) {
    static const char text[] = "42[\"hi\"]";
    struct frame f = {.fin = true,
                      .masked = true,
                      .opcode = FRAME_TEXT,
                      .key = {0x37, 0xfa, 0x21, 0x3d},
                      .length = sizeof text - 1};
    size_t head = frame_write(&f, payload);
    memcpy(payload + head, text, sizeof text - 1);
    frame_mask(payload + head, sizeof text - 1, f.key, 0);
    return head + sizeof text - 1;
}

struct peeled {
    size_t frame, engine, socket, json; /* bytes of each layer */
};

/* From the outside to the inside, a layer at a time. None of them looks at
 * what is inside of its own: it reads its first bytes and hands on the rest. */
static struct peeled peel(void) {
    uint8_t bytes[64];
    char what[40];
    struct frame f;
    struct packet p;
    size_t n = make_payload(bytes);
    printf("what TCP carries:\n");
    show_bytes("payload", bytes, n);

    size_t head = (size_t)frame_parse(&f, bytes, n);
    printf("WebSocket: a header of %zu bytes, a text of %d\n", head,
           (int)f.length);
    snprintf(what, sizeof what, "FIN %d, opcode %d", f.fin, f.opcode);
    show_bytes(what, bytes, 1);
    snprintf(what, sizeof what, "MASK %d, length %d", f.masked, (int)f.length);
    show_bytes(what, bytes + 1, 1);
    show_bytes("the masking key", bytes + 2, 4);
    frame_mask(bytes + head, (size_t)f.length, f.key, 0);
    show_bytes("the text, unmasked", bytes + head, (size_t)f.length);

    printf("Engine.IO: its type, and the rest is the message\n");
    snprintf(what, sizeof what, "%c: message", bytes[head]);
    show_bytes(what, bytes + head, 1);

    struct span text = {bytes + head + 1, (size_t)f.length - 1};
    packet_parse(&p, text, NULL);
    printf("Socket.IO: its type, and what the type carries\n");
    snprintf(what, sizeof what, "%d: %s", p.type, types[p.type]);
    show_bytes(what, text.data, 1);
    printf("  %-24s %.*s\n", "namespace (left out)", (int)p.nsp.len,
           (const char *)p.nsp.data);
    printf("  %-24s %.*s\n", "JSON", (int)p.data.len,
           (const char *)p.data.data);
    printf("  %-24s %.*s\n\n", "its first value: the name", (int)p.event.len,
           (const char *)p.event.data);
    size_t socket = (size_t)(p.data.data - text.data);
    return (struct peeled){head, 1, socket, p.data.len};
}

#define PLACE "{\"_placeholder\":true,\"num\":" /* of an attachment */

/* One packet of each type, and its parts. */
static int show_good(void) {
    static const char *const good[] = {
        "0/chat,{\"token\":\"t\"}",
        "1/chat,",
        "2[\"hi\",1,true]",
        "2/chat,17[\"hi\"]",
        "3/chat,17[\"got it\"]",
        "4/chat,{\"message\":\"no\"}",
        "52-[\"pic\"," PLACE "1}," PLACE "0}]",
        "61-7[" PLACE "0}]",
    };
    int n = 0;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        char text[128];
        struct packet p;
        snprintf(text, sizeof text, "%s", good[i]);
        printf("%s\n", text);
        n += packet_parse(&p, span_from(text), NULL) == 0;
        printf("  %-13s in %-6.*s", types[p.type], (int)p.nsp.len,
               (const char *)p.nsp.data);
        if (p.id >= 0) printf(" id %d", (int)p.id);
        if (p.event.len > 0)
            printf(" name %.*s", (int)p.event.len, (const char *)p.event.data);
        for (unsigned k = 0; k < p.attachments; k++)
            printf("%s %d", k ? "," : " attachments in order", p.order[k]);
        printf("\n");
    }
    return n;
}

/* What is no packet, where that shows, and why. */
static int show_bad(void) {
    static const char *const bad[] = {
        "2[]",
        "2{}",
        "29007199254740992[\"hi\"]",
        "2[\"hi\",{\"a\":]",
        "3[1]",
        "2[\"disconnect\"]",
        "52-[\"hi\",{\"_placeholder\":true,\"num\":0}]",
        "9",
    };
    int n = 0;
    printf("\n");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[128];
        struct packet p;
        size_t where = 0;
        snprintf(text, sizeof text, "%s", bad[i]);
        int error = packet_parse(&p, span_from(text), &where);
        printf("%s\n%*s^ byte %zu: %s\n", text, (int)where, "", where,
               packet_explain(error));
        n += error < 0;
    }
    return n;
}

int main(int argc, char **argv) {
    if (argc > 1) {
        int help = strcmp(argv[1], "--help") == 0;
        fprintf(help ? stdout : stderr, "usage: 505_packets\n");
        return help ? 0 : 2;
    }
    struct peeled layer = peel();
    int good = show_good(), bad = show_bad();
    printf("What you saw: %zu + %zu + %zu bytes of three protocols around %zu "
           "of JSON; %d packets read, %d refused.\n",
           layer.frame, layer.engine, layer.socket, layer.json, good, bad);
    return 0;
}
