/*
 * 313_onion.c: "hello" through seven layers and back
 *
 * Shows       What each layer adds to an event of Socket.IO, in the terms of
 *             the OSI model and of the Internet model. A check finds only
 *             changes below it, so nobody notices some changes.
 * By hand     flip_bit: one bit changes at one layer, on the way down.
 * Calls       packets/layers.h (introduced here)
 * Run         $ bin/313_onion
 * Try         $ bin/313_onion --flip 6
 * Limits      Nothing is sent. websocket/404_frames.c and
 *             socketio/505_packets.c have all of layers 5 and 6.
 * Read        RFC 1122 §1.1.3; Saltzer, Reed, Clark: End-to-End Arguments in
 *             System Design, 1984
 */
#include "packets/layers.h"
#include "tcp/options.h"

#include <stdio.h>
#include <string.h>

#define VALUE "hello"
#define NO_LAYER 0
#define SHOWN 48   /* characters of the bytes of a layer */
#define COLUMNS 24 /* bytes in a row */

/* What each layer has made, from layers[LAYERS] down to layers[1]. */
static struct buf stack[LAYERS + 2];

static void wrap_from(int layer) {
    for (; layer >= 1; layer--) {
        buf_clear(&stack[layer]);
        layer_wrap(layer, buf_view(&stack[layer + 1]), &stack[layer]);
    }
}

/* Unwraps what is at layer 1. Returns the layer that notices an error, or
 * NO_LAYER; *value is what the program gets. */
static int unwrap_all(struct span *value) {
    *value = buf_view(&stack[1]);
    for (int layer = 1; layer <= LAYERS; layer++)
        if (!layer_unwrap(layer, value)) return layer;
    return NO_LAYER;
}

/* Flips a bit of what a layer has made, before the layers below wrap it. So the
 * bit changes in a computer's memory, or for layer 1 on the cable. Returns the
 * layer that notices it, or NO_LAYER. */
static int flip_bit(int layer, size_t bit, struct span *value) {
    wrap_from(LAYERS);
    stack[layer].bytes[stack[layer].start + bit / 8] ^= (uint8_t)(1 << bit % 8);
    wrap_from(layer - 1);
    return unwrap_all(value);
}

/* Prints bytes as text, and those that are no text in hexadecimal. */
static void print_bytes(struct span bytes) {
    int width = 0;
    for (size_t i = 0; i < bytes.len && width < SHOWN; i++) {
        bool is_text = bytes.data[i] >= ' ' && bytes.data[i] < 0x7f;
        width += printf(is_text ? "%c" : "<%02x>", bytes.data[i]);
    }
    puts(width < SHOWN ? "" : "...");
}

static void print_layers(void) {
    puts("   OSI           Internet     bytes");
    for (int layer = LAYERS; layer >= 1; layer--) {
        struct span bytes = buf_view(&stack[layer]);
        printf("%d  %-12s  %-11s  %5zu  ", layer, layer_osi(layer),
               layer_internet(layer), bytes.len);
        print_bytes(bytes);
    }
}

/* Prints the frame, and below each byte the layer that has written it. That is
 * the highest layer that contains the byte. */
static void print_frame(void) {
    struct span frame = buf_view(&stack[2]), part = frame;
    char layers[200] = "";
    for (int layer = 2; layer <= LAYERS; layer++) {
        memset(layers + (part.data - frame.data), '0' + layer, part.len);
        layer_unwrap(layer, &part);
    }
    for (size_t row = 0; row < frame.len; row += COLUMNS) {
        size_t end = frame.len - row < COLUMNS ? frame.len : row + COLUMNS;
        for (size_t i = row; i < end; i++) printf(" %02x", frame.data[i]);
        putchar('\n');
        for (size_t i = row; i < end; i++) printf("  %c", layers[i]);
        putchar('\n');
    }
}

/* Flips each bit of a layer in turn. Prints which layer notices how many, and
 * with is_listing each value that nobody notices. Adds these to *unnoticed. */
static void flip_all(int layer, bool is_listing, unsigned *unnoticed) {
    unsigned noticed[LAYERS + 1] = {0};
    size_t bits = 8 * buf_view(&stack[layer]).len;
    for (size_t bit = 0; bit < bits; bit++) {
        struct span value;
        int noticed_by = flip_bit(layer, bit, &value);
        noticed[noticed_by]++;
        if (noticed_by != NO_LAYER || !is_listing) continue;
        printf("  bit %zu: ", bit);
        print_bytes(value);
    }
    printf("%d  %-12s  %5zu  ", layer, layer_osi(layer), bits);
    for (int noticed_by = 1; noticed_by <= LAYERS; noticed_by++)
        printf(" %5u", noticed[noticed_by]);
    printf("  %6u\n", noticed[NO_LAYER]);
    *unnoticed += noticed[NO_LAYER];
}

int main(int argc, char **argv) {
    uint32_t only = 0;
    const struct option_row options[] = {
        OPTION_NUMBER("--flip", "LAYER", "list what nobody notices", &only, 1,
                      LAYERS),
        OPTION_END};
    int status = options_parse(argc, argv, options);
    if (status != -1) return status;
    for (int i = 0; i < LAYERS + 2; i++) buf_init(&stack[i], 1000);
    buf_text(&stack[LAYERS + 1], VALUE);
    wrap_from(LAYERS);
    print_layers();
    print_frame();
    struct span value;
    unsigned unnoticed = 0;
    if (unwrap_all(&value) == NO_LAYER)
        printf("and back: %.*s\n", (int)value.len, (char *)value.data);
    puts("one bit changes at     noticed by layer");
    puts("   layer          bits      1     2     3     4     5     6     7  "
         "nobody");
    for (int layer = LAYERS; layer >= 1; layer--)
        if (only == 0 || only == (uint32_t)layer)
            flip_all(layer, only != 0, &unnoticed);
    printf("What you saw: %u changes that nobody noticed.\n", unnoticed);
    for (int i = 0; i < LAYERS + 2; i++) buf_free(&stack[i]);
    return 0;
}
