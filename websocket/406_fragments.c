/*
 * 406_fragments.c: one message in several frames, and control frames in between
 *
 * Shows       A message may arrive in fragments, cut anywhere. The receiver
 *             joins them, and answers a ping before the message is complete.
 * By hand     The order of frames; joining; UTF-8 judged over all fragments.
 * Calls       websocket/frame.h (headers); utf8.h, introduced here
 * Run         $ bin/406_fragments
 *             $ bin/406_fragments --break
 * Try         $ bin/406_fragments --ask --seed 3
 * Limits      No limit for bytes and fragments: conn.h, of 407, has both.
 * Read        RFC 6455 §5.4, §5.5, §5.7, §8.1
 */
#include "tcp/colour.h"
#include "tcp/options.h"
#include "websocket/frame.h"
#include "websocket/utf8.h"

#include <stdio.h>

#define MAX_FRAMES 5 /* frames of a scene */
#define F(text)                                                                \
    { (uint8_t *)(text), sizeof(text) - 1 }
static const struct {
    const char *title;
    struct span frames[MAX_FRAMES]; /* a span without bytes ends the list */
} scenes[] = {
    {"a ping between two fragments:",
     {F("\x01\x03Hel"), F("\x89\x04you?"), F("\x80\x02lo")}},
    {"a euro sign (e2 82 ac), cut; and a fragment without a byte:",
     {F("\x01\x02\xe2\x82"), F("\x00\x00"), F("\x80\x01\xac")}},
    {"the message ends inside a euro sign:",
     {F("\x01\x02\xe2\x82"), F("\x80\x00")}},
    {"a byte that cannot follow e2 82:",
     {F("\x01\x02\xe2\x82"), F("\x00\x01("), F("\x80\x01\xac")}},
    {"a message inside a message:", {F("\x01\x03Hel"), F("\x81\x02Ho")}},
    {"a continuation of nothing:", {F("\x81\x03Hel"), F("\x80\x02lo")}},
    {"a ping in two fragments:", {F("\x09\x02yo"), F("\x80\x02u?")}},
    {"a ping of 126 bytes, its header:", {F("\x89\x7e\x00\x7e")}},
};

static bool is_broken, is_asking;
static struct buf message = {.max = 1000}; /* its fragments so far */
static unsigned under_way; /* opcode of a message that has begun, or 0 */
static uint8_t utf8;       /* where in a character the fragments end */

static unsigned refuse(unsigned code, const char *rule) {
    printf("%s%u%s, %s\n", colour(COLOUR_RED), code, colour(COLOUR_END), rule);
    return code;
}

/* Joins a fragment to its message. Returns 0, or the code of the close. */
static unsigned receive_fragment(const struct frame *f, struct span part) {
    bool continues = f->opcode == FRAME_CONTINUATION;
    if (continues && under_way == 0)
        return refuse(1002, "§5.4: there is nothing to continue");
    if (!continues && under_way != 0)
        return refuse(1002, "§5.4: the last message has not ended");
    if (!continues) {
        under_way = f->opcode;
        utf8 = UTF8_START;
        buf_clear(&message);
    }
    buf_append(&message, part.data, part.len);
    if (under_way == FRAME_TEXT)
        utf8 = utf8_feed(is_broken ? UTF8_START : utf8, part.data, part.len);
    if (utf8 == UTF8_BAD || (utf8 != UTF8_START && (f->fin || is_broken)))
        return refuse(1007, "§8.1: this is not UTF-8");
    if (f->fin) under_way = 0;
    if (f->fin) printf("message \"%.*s\"\n", (int)message.end, message.bytes);
    if (!f->fin) puts("kept, more will come");
    return 0;
}

static unsigned receive(struct span in) {
    struct frame f;
    int n = frame_parse(&f, in.data, in.len);
    if (n == FRAME_ERR_CONTROL)
        return refuse(1002, "§5.5: a control frame is whole, and short");
    if (n <= 0) return refuse(1002, "§5.2: this is not a frame");
    in = span_skip(in, (size_t)n);
    if (f.opcode < FRAME_CLOSE) return receive_fragment(&f, in);
    printf("pong, at once: 8a %02zx \"%.*s\"\n", in.len, (int)in.len, in.data);
    return 0;
}

/* Prints the frames one by one, and what the receiver does with each. */
static void play(const char *title, const struct span *frames) {
    unsigned code = 0;
    puts(title);
    under_way = 0;
    for (int i = 0; i < MAX_FRAMES && frames[i].len > 0 && code == 0; i++) {
        for (size_t k = 0; k < frames[i].len; k++)
            printf(" %02x", frames[i].data[k]);
        printf("%*s", 26 - 3 * (int)frames[i].len, "");
        if (is_asking) puts("?");
        if (!is_asking) code = receive(frames[i]);
    }
}

/* Plays eight bytes of text in three fragments, a ping, perhaps a fault. */
static void play_seed(uint32_t seed) {
    static uint8_t bytes[4][12];
    uint32_t chance = seed * 2654435761u, fault = chance >> 16 & 7;
    size_t cuts[] = {0, 1 + (chance >> 10 & 3), 5 + (chance >> 12 & 3) % 3, 8};
    uint8_t first[] = {0x01, 0x00, 0x80};
    if (fault == 1 || fault == 2) first[1] = fault == 1 ? 0x01 : 0x80;
    if (fault == 3) first[0] = 0x00;
    if (fault == 4) cuts[3]--;
    struct span frames[MAX_FRAMES] = {{0}};
    for (uint32_t i = 0, k = 0; i < 4; i++) {
        bool is_ping = i == (chance >> 8 & 3);
        size_t n = is_ping ? 2 : cuts[k + 1] - cuts[k];
        const char *part = is_ping ? "hi" : &"Zo\xc3\xab \xe2\x82\xac"[cuts[k]];
        bytes[i][0] = !is_ping ? first[k++] : fault == 5 ? 0x09 : 0x89;
        bytes[i][1] = (uint8_t)n;
        memcpy(bytes[i] + 2, part, n);
        frames[i] = (struct span){bytes[i], 2 + n};
    }
    play("four frames, and perhaps a fault:", frames);
}

int main(int argc, char **argv) {
    uint32_t seed = 0;
    const struct option_row options[] = {
        OPTION_NUMBER("--seed", "N", "frames by chance", &seed, 1, 1 << 30),
        OPTION_FLAG("--ask", "keep back what the receiver does", &is_asking),
        OPTION_FLAG("--break", "judge each frame's text alone", &is_broken),
        OPTION_END,
    };
    int status = options_parse(argc, argv, options);
    if (status != -1) return status;
    if (seed > 0) play_seed(seed);
    for (size_t i = 0; seed == 0 && i < sizeof scenes / sizeof *scenes; i++)
        play(scenes[i].title, scenes[i].frames);
    puts(is_asking   ? "What does the receiver do with each frame?"
         : is_broken ? "What you saw: a cut in a character, and a refusal."
                     : "What you saw: cut anywhere, in order, never mixed.");
    buf_free(&message);
}
