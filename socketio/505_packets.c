/*
 * 505_packets.c: one Socket.IO message, peeled down to its bytes
 *
 * Shows    42["hi"] is three protocols in one line, and JSON inside them; then
 *          one packet of each type, and some texts that are no packets.
 * By hand  The functions peel_...: which bytes each layer reads and passes on.
 * Calls    socketio/packet.h, introduced here, and websocket/frame.h (404).
 * Run      $ bin/505_packets
 * Try      Add a packet of your own to texts[], one that you think is right.
 * Limits   It reads each packet alone; 506 remembers the packets before it.
 * Read     the Socket.IO protocol v5, "Packet encoding"
 */
#include <stdio.h>

#include "socketio/packet.h"
#include "tcp/colour.h"
#include "tcp/options.h"
#include "websocket/frame.h"

static const char *const types[] = {
    "CONNECT",       "DISCONNECT",   "EVENT",     "ACK",
    "CONNECT_ERROR", "BINARY_EVENT", "BINARY_ACK"};

/* On a terminal, WebSocket is cyan, Engine.IO yellow, and Socket.IO green. */
static void show_bytes(enum colour layer, const char *label,
                       const uint8_t *bytes, size_t n) {
    printf("  %-24s%s", label, colour(layer));
    for (size_t i = 0; i < n; i++) printf(" %02x", bytes[i]);
    puts(colour(COLOUR_END));
}

static void show_text(const char *label, struct span text) {
    printf("  %-24s %.*s\n", label, (int)text.len, (const char *)text.data);
}

/* The payload of TCP when a browser emits the event "hi". */
static uint8_t payload[] = {0x81, 0x88, 0x37, 0xfa, 0x21, 0x3d, 0x03,
                            0xc8, 0x7a, 0x1f, 0x5f, 0x93, 0x03, 0x60};

/* The outermost layer. Returns the text of the frame at the front of bytes. */
static struct span peel_websocket(uint8_t *bytes, size_t n) {
    char label[40];
    struct frame f;
    size_t head = (size_t)frame_parse(&f, bytes, n);
    struct span text = {bytes + head, (size_t)f.length};
    printf("WebSocket: a header of %zu bytes, a text of %zu\n", head, text.len);
    snprintf(label, sizeof label, "FIN %d, opcode %d", f.fin, f.opcode);
    show_bytes(COLOUR_CYAN, label, bytes, 1);
    snprintf(label, sizeof label, "MASK %d, length %zu", f.masked, text.len);
    show_bytes(COLOUR_CYAN, label, bytes + 1, 1);
    show_bytes(COLOUR_CYAN, "the masking key", bytes + 2, 4);
    frame_mask(text.data, text.len, f.key, 0);
    show_bytes(COLOUR_YELLOW, "the text, unmasked", text.data, text.len);
    return text;
}

/* Its type is one character; everything after it is the next layer. */
static struct span peel_engine(struct span text) {
    char label[] = "?: message";
    label[0] = (char)text.data[0];
    printf("Engine.IO: its type, and the rest is the message\n");
    show_bytes(COLOUR_YELLOW, label, text.data, 1);
    return span_skip(text, 1);
}

static struct span peel_socket(struct span text) {
    char label[40];
    struct packet p;
    packet_parse(&p, text, NULL);
    printf("Socket.IO: its type, and what the type carries\n");
    snprintf(label, sizeof label, "%d: %s", p.type, types[p.type]);
    show_bytes(COLOUR_GREEN, label, text.data, 1);
    show_text("namespace (left out)", p.nsp);
    show_text("JSON", p.data);
    show_text("its first value: the name", p.event);
    return p.data;
}

#define PLACE "{\"_placeholder\":true,\"num\":" /* of an attachment */

/* One packet of each type, then texts that are no packets. */
static const char *const texts[] = {"0/chat,{\"token\":\"t\"}",
                                    "1/chat,",
                                    "2[\"hi\",1,true]",
                                    "2/chat,17[\"hi\"]",
                                    "3/chat,17[\"got it\"]",
                                    "4/chat,{\"message\":\"no\"}",
                                    "52-[\"pic\"," PLACE "1}," PLACE "0}]",
                                    "61-7[" PLACE "0}]",
                                    "2[]",
                                    "2{}",
                                    "29007199254740992[\"hi\"]",
                                    "2[\"hi\",{\"a\":]",
                                    "3[1]",
                                    "2[\"disconnect\"]",
                                    "52-[\"hi\"," PLACE "0}]",
                                    "9"};

/* Shows the parts of a packet, or the byte that is wrong. False: no packet. */
static bool show_packet(const char *original) {
    char text[128]; /* packet_parse may renumber the placeholders in it */
    struct packet p;
    size_t where = 0;
    snprintf(text, sizeof text, "%s", original);
    puts(text);
    int error = packet_parse(&p, span_from(text), &where);
    if (error) {
        printf("%*s%s^%s byte %zu: %s\n", (int)where, "", colour(COLOUR_RED),
               colour(COLOUR_END), where, packet_explain(error));
        return false;
    }
    printf("  %-13s in %-6.*s", types[p.type], (int)p.nsp.len,
           (const char *)p.nsp.data);
    if (p.id >= 0) printf(" id %d", (int)p.id);
    if (p.event.len > 0)
        printf(" name %.*s", (int)p.event.len, (const char *)p.event.data);
    for (unsigned k = 0; k < p.attachments; k++)
        printf("%s %d", k ? "," : " attachments in order", p.order[k]);
    puts("");
    return true;
}

int main(int argc, char **argv) {
    static const struct option_row no_options[] = {OPTION_END};
    int status = options_parse(argc, argv, no_options);
    if (status != -1) return status;
    printf("what TCP carries:\n");
    show_bytes(COLOUR_CYAN, "payload", payload, sizeof payload);
    struct span text = peel_websocket(payload, sizeof payload);
    struct span message = peel_engine(text), json = peel_socket(message);
    int counts[2] = {0}; /* refused, read */
    puts("");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        counts[show_packet(texts[i])]++;
    printf("What you saw: %zu + %zu + %zu bytes of three protocols around %zu "
           "of JSON; %d packets read, %d refused.\n",
           sizeof payload - text.len, text.len - message.len,
           message.len - json.len, json.len, counts[true], counts[false]);
    return 0;
}
