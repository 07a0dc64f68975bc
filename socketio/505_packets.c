/*
 * 505_packets.c: one Socket.IO message, peeled down to its bytes
 *
 * Shows    42["hi"] is three protocols in one line, and JSON inside them; then
 *          one packet of each type, and some texts that are no packets.
 * By hand  peel: which layer reads next; show_fields: the parts of a packet.
 * Calls    socketio/packet.h and three dissectors, introduced here.
 * Run      $ bin/505_packets
 * Try      Add a packet of your own to texts[], one that you think is right.
 * Limits   It reads each packet alone; 506 remembers the packets before it.
 * Read     the Socket.IO protocol v5, "Packet encoding"
 */
#include <stdio.h>
#include <unistd.h>

#include "packets/explain_text.h"
#include "socketio/explain_engine.h"
#include "socketio/explain_socket.h"
#include "socketio/packet.h"
#include "tcp/colour.h"
#include "tcp/options.h"
#include "tcp/pair.h"
#include "websocket/explain_websocket.h"

/* The fields of one input, from its first bit to its last. */
static struct explain explain;

/* What TCP carries when a browser emits the event "hi". */
static uint8_t payload[] = {0x81, 0x88, 0x37, 0xfa, 0x21, 0x3d, 0x03,
                            0xc8, 0x7a, 0x1f, 0x5f, 0x93, 0x03, 0x60};

/* Explains a frame. Each layer reads its first bytes, the next one the rest. */
static void peel(struct dissector *d) {
    struct explain_websocket frame;
    explain_websocket(d, &frame); /* it enters the payload, unmasked */
    explain_engine(d, true);      /* true: its messages are of Socket.IO */
    dissector_leave(d);           /* the payload */
}

static void explain_all(struct span input,
                        void (*dissect)(struct dissector *)) {
    struct dissector d;
    dissector_begin(&d, &explain, input, EXPLAIN_APPLICATION, "rest");
    dissect(&d);
    check(dissector_finish(&d), "no memory");
}

/* Returns the bytes of a header, with those of the headers inside it. */
static unsigned bytes_of(const char *header) {
    for (size_t i = 0; i < explain_count(&explain); i++) {
        const struct explain_field *f = explain_field(&explain, i);
        if (strcmp(f->name, header) == 0) return f->bits / 8;
    }
    return 0;
}

static void show_layers(void) {
    struct buf out = {.max = 1 << 16};
    struct explain_text_options o = {.has_dump = true};
    o.has_colour = colour_is_on(STDOUT_FILENO);
    if (explain_text_write(&out, &explain, &o))
        fwrite(out.bytes, 1, out.end, stdout);
    buf_free(&out);
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

/* Prints the fields of a packet, such as "type 2, EVENT", without commas. */
static void show_fields(void) {
    char words[EXPLAIN_WORDS_MAX];
    for (size_t i = 0; i < explain_count(&explain); i++) {
        const struct explain_field *f = explain_field(&explain, i);
        struct span text = explain_bytes(&explain, f);
        bool is_mark = text.len == 1 && strchr(",-[]{}", text.data[0]);
        if (f->kind == EXPLAIN_HEADER || is_mark) continue;
        const char *meaning = explain_words(&explain, f, words);
        printf("  %-12s %s%.*s%s%s%s\n", f->name, colour(COLOUR_GREEN),
               (int)text.len, (const char *)text.data, colour(COLOUR_END),
               *meaning ? ", " : "", meaning);
    }
}

/* Prints the parts of a packet, or the byte that is wrong. False: refused. */
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
    explain_all(span_from(original), explain_socket);
    show_fields();
    for (unsigned k = 0; k < p.attachments; k++)
        printf("%s %d%s", k ? "," : "  in the order", p.order[k],
               k + 1 == p.attachments ? "\n" : "");
    return true;
}

int main(int argc, char **argv) {
    static const struct option_row no_options[] = {OPTION_END};
    int status = options_parse(argc, argv, no_options);
    if (status != -1) return status;
    explain_init(&explain, 1 << 16);
    explain_all((struct span){payload, sizeof payload}, peel);
    show_layers();
    unsigned websocket = bytes_of("WebSocket"), engine = bytes_of("Engine.IO");
    unsigned json = bytes_of("JSON"), socket = bytes_of("Socket.IO") - json;
    int counts[2] = {0}; /* refused, read */
    puts("");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        counts[show_packet(texts[i])]++;
    printf("What you saw: %u + %u + %u bytes of three protocols around %u of "
           "JSON; %d packets read, %d refused.\n",
           websocket, engine, socket, json, counts[true], counts[false]);
    explain_free(&explain);
    return 0;
}
