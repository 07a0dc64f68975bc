/* streams_test.c: packets/streams.h */
#include "packets/ipv4.h"
#include "packets/streams_inside.h"
#include "packets/unit.h"

enum {
    SLOTS = 16,
    BLOCKS = 64,
    LONG = 300000,
};

static struct streams s;
static struct ends ends;
static uint32_t start[2]; /* sequence numbers of the first bytes */
static char story[4000];
static size_t story_len;
static uint64_t calls;            /* of streams_next */
static struct streams_piece last; /* that it returned */

static void begin(uint32_t a, uint32_t b) {
    static const struct address ada = {4, {10, 0, 0, 1}},
                                bob = {4, {10, 0, 0, 2}};
    streams_free(&s);
    UNIT_TRUE(streams_init(&s, SLOTS, BLOCKS));
    ends = (struct ends){IP_TCP, ada, bob, 5000, 80};
    start[0] = a;
    start[1] = b;
    story_len = 0;
    story[0] = '\0';
}

static void report(const char *format, unsigned long long n, struct span data) {
    size_t left = sizeof story - story_len;
    int shown = data.len < 40 ? (int)data.len : 40;
    int k = snprintf(story + story_len, left, format, n, shown, data.data);
    if ((size_t)k < left) story_len += (size_t)k;
}

/* Writes what streams_next returns: "A:text ", "b" for the other end; "-5" for
 * missing bytes, "." for a FIN, "!" for a RST. */
static void drain(void) {
    struct streams_piece p;
    while (calls++, streams_next(&s, &p)) {
        const struct span none = {0};
        last = p;
        UNIT_TRUE(p.kind != STREAMS_DATA || p.len == p.data.len);
        report(p.from ? "b" : "a", 0, none);
        if (p.kind == STREAMS_DATA)
            report("%.0llu:%.*s ", 0, p.data);
        else if (p.kind == STREAMS_MISSING)
            report("-%llu ", p.len, none);
        else
            report(p.kind == STREAMS_END ? ". " : "! ", 0, none);
    }
}

static struct dissection segment(int from, int64_t offset, uint8_t flags,
                                 struct span data) {
    struct dissection d = {.protocol = IP_TCP, .ends = ends};
    if (from) {
        d.ends.source = ends.destination;
        d.ends.destination = ends.source;
        d.ends.source_port = ends.destination_port;
        d.ends.destination_port = ends.source_port;
    }
    d.segment.seq = start[from] + (uint32_t)offset;
    d.segment.flags = flags;
    d.data = data;
    d.data_len = (uint32_t)data.len;
    return d;
}

/* Each block is free, or in the ring of one stream, which counts its own. */
static void no_block_is_lost(void) {
    uint32_t blocks = 0;
    for (uint32_t i = s.free_block; i > 0; i = s.blocks[i - 1].next_free)
        blocks++;
    for (int i = 0; i < 2 * SLOTS; i++) {
        const struct streams_direction *d =
            &s.connections[i / 2].direction[i % 2];
        uint32_t held = 0;
        for (int k = 0; k < STREAMS_BLOCKS; k++) held += d->blocks[k] > 0;
        if (d->held != held) UNIT_INT(d->held, held);
        blocks += held;
    }
    if (blocks != BLOCKS) UNIT_INT(blocks, BLOCKS);
}

static enum streams_place add(const struct dissection *d) {
    struct dissection copy = *d;
    copy.data.data = unit_exact(d->data.data, d->data.len);
    enum streams_place place = streams_add(&s, &copy);
    drain();
    no_block_is_lost();
    free(copy.data.data);
    return place;
}

static enum streams_place arrive(int from, int64_t offset, const char *text) {
    struct dissection d = segment(from, offset, 0, span_from(text));
    return add(&d);
}

static enum streams_place flags(int from, int64_t offset, uint8_t bits) {
    struct dissection d = segment(from, offset, bits, (struct span){0});
    return add(&d);
}

/* `from` has received all bytes before that offset. */
static void ack(int from, int64_t offset) {
    struct dissection d = segment(from, 0, SEGMENT_ACK, (struct span){0});
    d.segment.ack = start[!from] + (uint32_t)offset;
    add(&d);
}

static void open_connection(void) {
    flags(0, -1, SEGMENT_SYN);
    struct dissection d =
        segment(1, -1, SEGMENT_SYN | SEGMENT_ACK, (struct span){0});
    d.segment.ack = start[0];
    add(&d);
}

static void end(void) {
    streams_end(&s);
    drain();
}

#define STORY(expected) UNIT_TEXT(story, story_len, expected)

static void delivers_both_directions_in_order(void) {
    begin(1000, 9000);
    open_connection();
    UNIT_INT(arrive(0, 0, "GET:"), STREAMS_IN_ORDER);
    UNIT_INT(arrive(0, 4, "/"), STREAMS_IN_ORDER);
    UNIT_INT(arrive(1, 0, "OK"), STREAMS_IN_ORDER);
    UNIT_INT(flags(0, 5, SEGMENT_FIN), STREAMS_NO_DATA);
    struct dissection d = segment(1, 2, SEGMENT_FIN, span_from("bye"));
    UNIT_INT(add(&d), STREAMS_IN_ORDER);
    STORY("a:GET: a:/ b:OK a. b:bye b. ");
    UNIT_INT(streams_ends(&s, last.slot)->source_port, 5000);
    UNIT_INT(last.number, 1);
    UNIT_INT(last.offset, 5);
    end();
    STORY("a:GET: a:/ b:OK a. b:bye b. ");
}

static void keeps_what_is_early(void) {
    begin(0, 0);
    open_connection();
    UNIT_INT(arrive(0, 6, "789"), STREAMS_EARLY);
    UNIT_INT(arrive(0, 3, "456"), STREAMS_EARLY);
    UNIT_INT(arrive(0, 3, "456"), STREAMS_EARLY);
    STORY("");
    UNIT_INT(arrive(0, 0, "123"), STREAMS_IN_ORDER);
    STORY("a:123 a:456789 ");
    UNIT_INT(arrive(0, 3, "456"), STREAMS_OLD);
    UNIT_INT(arrive(0, 8, "9ab"), STREAMS_IN_ORDER); /* the 9 is old */
    STORY("a:123 a:456789 a:ab ");
}

/* The segment that fills the gap also has bytes that are kept. */
static void delivers_each_byte_once(void) {
    begin(7, 0);
    open_connection();
    arrive(0, 4, "5678");
    arrive(0, 0, "123456");
    STORY("a:123456 a:78 ");
    arrive(0, 10, "B");
    arrive(0, 12, "D");
    arrive(0, 8, "9ABCDE");
    STORY("a:123456 a:78 a:9ABCDE ");
    end();
    STORY("a:123456 a:78 a:9ABCDE ");
}

static void sequence_numbers_wrap(void) {
    begin(UINT32_MAX - 2, UINT32_MAX);
    open_connection();
    UNIT_INT(arrive(0, 3, "456"), STREAMS_EARLY);
    UNIT_INT(arrive(0, 0, "123"), STREAMS_IN_ORDER);
    UNIT_INT(arrive(1, 0, "x"), STREAMS_IN_ORDER);
    UNIT_INT(arrive(1, 1, "y"), STREAMS_IN_ORDER);
    STORY("a:123 a:456 b:x b:y ");
}

static void an_acknowledged_gap_is_missing(void) {
    begin(50, 60);
    open_connection();
    arrive(0, 5, "later");
    ack(1, 5);
    STORY("a-5 a:later ");
    arrive(0, 12, "x");
    ack(1, 12); /* of the gap, and no more than that */
    STORY("a-5 a:later a-2 a:x ");
    ack(1, 20); /* it may be captured before what it acknowledges */
    arrive(0, 13, "1234567");
    STORY("a-5 a:later a-2 a:x a:1234567 ");
    ack(1, 30);
    arrive(0, 25, "!");
    STORY("a-5 a:later a-2 a:x a:1234567 a-5 a:! ");
}

static void the_end_of_a_capture_is_the_end_of_waiting(void) {
    begin(0, 0);
    open_connection();
    arrive(0, 2, "bc");
    arrive(0, 6, "g");
    arrive(1, 1, "y");
    flags(1, 5, SEGMENT_FIN);
    STORY("");
    end();
    STORY("a-2 a:bc a-2 a:g b-1 b:y b-3 b. ");
}

static void a_reset_ends_both_streams(void) {
    begin(0, 0);
    open_connection();
    arrive(1, 1, "y");
    flags(0, 0, SEGMENT_RST);
    STORY("a! b-1 b:y b! ");
    flags(0, 0, SEGMENT_RST);
    STORY("a! b-1 b:y b! ");
}

static void a_reset_changes_no_other_connection(void) {
    begin(0, 0);
    for (uint16_t port = 1; port <= 8; port++) {
        ends.source_port = port;
        open_connection();
    }
    for (uint16_t gone = 1; gone < 8; gone++) {
        ends.source_port = gone;
        flags(0, 0, SEGMENT_RST);
        for (uint16_t port = (uint16_t)(gone + 1); port <= 8; port++) {
            ends.source_port = port;
            UNIT_INT(arrive(0, gone - 1, "x"), STREAMS_IN_ORDER);
            UNIT_INT(arrive(1, gone - 1, "x"), STREAMS_IN_ORDER);
        }
    }
    UNIT_INT(s.begun, 8);
}

static void a_connection_may_begin_in_the_middle(void) {
    begin(4000000000, 77);
    UNIT_INT(arrive(0, 1000, "from here"), STREAMS_IN_ORDER);
    UNIT_INT(arrive(0, 990, "not before"), STREAMS_OLD);
    UNIT_INT(arrive(0, 985, "not before"), STREAMS_OLD);
    UNIT_INT(arrive(1, 5, "and there"), STREAMS_IN_ORDER);
    STORY("a:from here b:and there ");
    begin(4000000000, 77);
    UNIT_INT(arrive(0, 1000, "1"), STREAMS_IN_ORDER); /* a byte is enough */
    STORY("a:1 ");
    /* An ACK alone says nothing about where data begins. */
    begin(4000000000, 77);
    ack(0, 500);
    UNIT_INT(arrive(1, 490, "first"), STREAMS_IN_ORDER);
    UNIT_INT(arrive(1, 497, "later"), STREAMS_EARLY);
    STORY("b:first ");
    /* RFC 9293 §3.4.1: a SYN ACK says where the other stream begins. */
    begin(500, 600);
    struct dissection d =
        segment(1, -1, SEGMENT_SYN | SEGMENT_ACK, (struct span){0});
    d.segment.ack = 500;
    add(&d);
    UNIT_INT(arrive(0, 1, "2"), STREAMS_EARLY);
    UNIT_INT(arrive(0, 0, "1"), STREAMS_IN_ORDER);
    /* a: is the end that was seen first */
    STORY("b:1 b:2 ");
}

static void a_new_syn_begins_a_new_connection(void) {
    begin(100, 200);
    open_connection();
    arrive(0, 0, "old");
    arrive(0, 9, "lost");
    flags(0, -1, SEGMENT_SYN); /* once more the same: a retransmission */
    UNIT_INT(arrive(0, 0, "old"), STREAMS_OLD);
    start[0] = 700000;
    start[1] = 800000;
    open_connection();
    UNIT_INT(arrive(0, 0, "new"), STREAMS_IN_ORDER);
    UNIT_INT(arrive(1, 0, "too"), STREAMS_IN_ORDER);
    STORY("a:old a:new b:too ");
    /* Also if only the other end was seen before. */
    begin(100, 200);
    arrive(1, 30, "old");
    flags(0, -1, SEGMENT_SYN);
    start[1] = 5;
    arrive(1, 0, "new");
    STORY("a:old b:new ");
}

static void data_of_a_syn_comes_after_it(void) {
    begin(10, 20);
    struct dissection d = segment(0, -1, SEGMENT_SYN, span_from("fast"));
    UNIT_INT(add(&d), STREAMS_IN_ORDER);
    arrive(0, 4, "open");
    STORY("a:fast a:open ");
}

/* What the capture cut off is missing at once. */
static void a_cut_segment_has_a_gap_after_it(void) {
    begin(0, 0);
    open_connection();
    struct dissection d = segment(0, 0, 0, span_from("abc"));
    d.data_len = 10;
    UNIT_INT(add(&d), STREAMS_IN_ORDER);
    UNIT_INT(add(&d), STREAMS_OLD);
    d = segment(0, 10, 0, (struct span){0});
    d.data_len = 5; /* nothing of it was captured */
    UNIT_INT(add(&d), STREAMS_IN_ORDER);
    d = segment(0, 12, 0, span_from("mno"));
    d.data_len = 9; /* from 12 to 21, of which 3 are old */
    UNIT_INT(add(&d), STREAMS_IN_ORDER);
    STORY("a:abc a-7 a-5 a-6 ");
    d = segment(0, 23, 0, span_from("x"));
    d.data_len = 3;
    UNIT_INT(add(&d), STREAMS_EARLY);
    arrive(0, 21, "vw");
    arrive(0, 26, "!");
    STORY("a:abc a-7 a-5 a-6 a:vw a:x ");
    ack(1, 27);
    STORY("a:abc a-7 a-5 a-6 a:vw a:x a-2 a:! ");
    d = segment(0, 27, 0, span_from("y"));
    d.data_len = 2;
    add(&d);
    STORY("a:abc a-7 a-5 a-6 a:vw a:x a-2 a:! a:y a-1 ");
}

/* RFC 9293 §3.10.7.4: one wrong number does not move a stream. */
static void one_far_segment_is_not_believed(void) {
    begin(0, 0);
    open_connection();
    arrive(0, 0, "a");
    UNIT_INT(arrive(0, 1 + STREAMS_WINDOW + 1, "far"), STREAMS_FAR);
    struct dissection empty = segment(0, 1 + STREAMS_WINDOW, 0, span_from(""));
    UNIT_INT(add(&empty), STREAMS_NO_DATA); /* not too far */
    UNIT_INT(arrive(0, 1, "b"), STREAMS_IN_ORDER);
    STORY("a:a a:b ");
    UNIT_INT(arrive(0, 1000000, "12"), STREAMS_FAR);
    UNIT_INT(arrive(0, 1000002, "34"), STREAMS_EARLY);
    STORY("a:a a:b a-1000000 a:34 ");
    ack(1, 5000000); /* the receiver has it, so it was sent */
    UNIT_INT(arrive(0, 4000000, "56"), STREAMS_EARLY);
    STORY("a:a a:b a-1000000 a:34 a-2999996 a:56 ");
    UNIT_INT(arrive(0, 5000001, "78"), STREAMS_FAR);
    UNIT_INT(arrive(0, 5000000, "78"), STREAMS_EARLY);
    story_len -= strlen("a-999998 a:78 ");
    UNIT_TEXT(story + story_len, 14, "a-999998 a:78 ");
    struct dissection d = segment(0, 9000000, SEGMENT_FIN, (struct span){0});
    UNIT_INT(add(&d), STREAMS_FAR);
    end();
    STORY("a:a a:b a-1000000 a:34 a-2999996 a:56 ");
}

/* Sends LONG bytes in pieces of that size, the first one last, and expects what
 * the window holds, from the front. */
static void the_window_limits_what_is_kept(void) {
    static uint8_t bytes[STREAMS_WINDOW + 2];
    memset(bytes, 'w', sizeof bytes);
    for (size_t extra = 0; extra < 2; extra++) {
        begin(0, 0);
        open_connection();
        struct span all = {bytes, STREAMS_WINDOW - 1 + extra};
        struct dissection d = segment(0, 1, 0, all);
        UNIT_INT(add(&d), STREAMS_EARLY);
        arrive(0, 0, "!");
        UNIT_TRUE(strncmp(story, extra ? "a-1 a:ww" : "a:! a:ww", 8) == 0);
        end();
        UNIT_TRUE(strstr(story + 4, "-") == NULL);
    }
}

/* The window begins in the middle of one block, and ends in that of another. */
static void finds_what_is_in_the_last_block(void) {
    begin(0, 0);
    open_connection();
    arrive(0, 0, "x");
    UNIT_INT(arrive(0, STREAMS_WINDOW, "m"), STREAMS_EARLY);
    ack(1, STREAMS_WINDOW);
    STORY("a:x a-258047 a:m ");
}

/* The ring of blocks goes round: what was kept, but came once more with what
 * was missing, is not delivered in the place of later bytes. */
static void what_was_covered_does_not_come_again(void) {
    static uint8_t bytes[LONG];
    static const size_t ends_at[] = {5000, 17000, 271000, 271144, 290000};
    memset(bytes, 'x', sizeof bytes);
    begin(0, 0);
    open_connection();
    size_t from = 0;
    for (size_t i = 0; i < sizeof ends_at / sizeof *ends_at; i++) {
        struct dissection d =
            segment(0, (int64_t)from, 0,
                    (struct span){bytes + from, ends_at[i] - from});
        if (i == 1) arrive(0, 9000, "y"); /* blocks 2 and 3 */
        if (i == 1) arrive(0, 13000, "z");
        UNIT_INT(add(&d), STREAMS_IN_ORDER);
        from = ends_at[i];
        UNIT_INT(last.offset + last.len, from);
    }
    UNIT_TRUE(strpbrk(story, "yz-") == NULL);
}

/* A stream may keep bytes in all of its blocks. */
static void the_whole_ring_is_freed(void) {
    static uint8_t bytes[LONG];
    begin(0, 0);
    open_connection();
    arrive(0, 0, "12345");
    UNIT_INT(arrive(0, STREAMS_WINDOW + 4, "y"), STREAMS_EARLY);
    UNIT_INT(s.connections[last.slot].direction[0].held, 1);
    struct dissection d = segment(0, 5, 0, (struct span){bytes, LONG - 5});
    UNIT_INT(add(&d), STREAMS_IN_ORDER);
    UNIT_INT(s.connections[last.slot].direction[0].held, 0);
}

/* Block 64 has the place of block 0 in the ring. */
static void what_is_kept_after_the_end_of_the_ring_stays(void) {
    static uint8_t bytes[LONG];
    static const size_t ends_at[] = {9000, 13000, 64 * STREAMS_BLOCK + 5};
    memset(bytes, 'x', sizeof bytes);
    begin(0, 0);
    open_connection();
    size_t from = 0;
    for (size_t i = 0; i < 3; i++) {
        struct dissection d =
            segment(0, (int64_t)from, 0,
                    (struct span){bytes + from, ends_at[i] - from});
        if (i == 1) /* the next byte is in block 2 */
            UNIT_INT(arrive(0, 64 * STREAMS_BLOCK + 5, "y"), STREAMS_EARLY);
        UNIT_INT(add(&d), STREAMS_IN_ORDER);
        from = ends_at[i];
    }
    UNIT_INT(last.kind, STREAMS_DATA);
    UNIT_INT(last.offset, from);
    UNIT_INT(last.len, 1);
}

static void all_blocks_can_be_used_again(void) {
    begin(0, 0);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < BLOCKS; i++) {
            ends.source_port = (uint16_t)(1 + i % 2);
            if (i < 2 && round == 0) open_connection();
            arrive(0, 1 + (round * BLOCKS + i / 2) * STREAMS_BLOCK, "kept");
        }
        UNIT_INT(s.free_block, 0);
        for (uint16_t port = 1; port <= 2; port++) {
            ends.source_port = port;
            ack(1, (round + 1) * BLOCKS * STREAMS_BLOCK);
        }
    }
    int kept = 0;
    for (const char *c = story; *c; c++) kept += *c == 'k';
    UNIT_INT(kept, 3 * BLOCKS);
}

/* Other streams lose what they keep, so that this one can keep its own. */
static void all_streams_share_the_blocks(void) {
    begin(0, 0);
    for (int i = 0; i < BLOCKS + 1; i++) {
        ends.source_port = (uint16_t)(1 + i % 8);
        if (i < 8) open_connection();
        arrive(0, 1 + (i / 8) * STREAMS_BLOCK, "kept");
    }
    STORY(""); /* the last one took the blocks of another */
    ends.source_port = 1;
    arrive(0, 0, "x");
    STORY("a:x a:kept ");
    end();
    int kept = 0, lost = 0;
    for (const char *c = story; *c; c++) {
        kept += *c == 'k';
        lost += *c == '-';
    }
    UNIT_INT(kept, BLOCKS + 1 - 8); /* those of one stream are gone */
    UNIT_TRUE(lost > 0);
    /* It gives up its own gap if the block would be one of its own. */
    begin(0, 0);
    ends.source_port = 2;
    open_connection();
    arrive(0, 1, "other");
    ends.source_port = 1;
    open_connection();
    arrive(0, 0, "x");
    for (int i = 0; i < BLOCKS - 1; i++)
        arrive(0, 2 + i * STREAMS_BLOCK, "kept");
    STORY("a:x ");
    arrive(0, STREAMS_WINDOW, "m");
    STORY("a:x a-1 a:kept ");
    end();
    UNIT_TRUE(strstr(story, "a:m a-1 a:other ") != NULL ||
              strstr(story, "a-1 a:other a-") != NULL);
}

static void the_connection_used_least_recently_makes_space(void) {
    begin(0, 0);
    for (int i = 0; i < 100; i++) {
        ends.source_port = (uint16_t)(1 + i);
        open_connection();
        arrive(0, 0, "x");
        ends.source_port = 1; /* is never the oldest */
        UNIT_INT(arrive(0, 1 + i, "y"), STREAMS_IN_ORDER);
    }
    end();
}

/* Only eight have the same hash: 64 connections find space in 1024 slots. */
static void connections_are_spread_over_the_slots(void) {
    begin(0, 0);
    streams_free(&s);
    UNIT_TRUE(streams_init(&s, 1024, BLOCKS));
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 64; i++) {
            struct dissection d = segment(0, round, 0, span_from("x"));
            d.ends.source_port = (uint16_t)(1 + i);
            UNIT_INT(streams_add(&s, &d), STREAMS_IN_ORDER);
            drain();
        }
    UNIT_INT(s.begun, 64);
}

static void a_connection_that_makes_space_frees_its_blocks(void) {
    begin(0, 0);
    for (int i = 0; i < 50; i++) {
        ends.source_port = (uint16_t)(1 + i);
        open_connection();
        arrive(0, 1, "early");
        arrive(1, 1, "early");
    }
    STORY("");
}

static uint32_t random_state;

static uint32_t chance(uint32_t n) {
    random_state = random_state * 1664525 + 1013904223;
    return (uint32_t)((uint64_t)random_state * n >> 32);
}

/* Delivers random segments of bytes, all of them at least once, in any order,
 * and compares the stream. Returns the segments. */
static uint64_t shuffle(struct span all, uint32_t most) {
    struct streams_piece p;
    uint64_t offset = 0, segments = 0;
    size_t sure = 0; /* all before it were sent */
    while (offset < all.len) {
        size_t first = chance(2) ? sure : chance((uint32_t)all.len);
        size_t n = 1 + chance(most);
        if (n > all.len - first) n = all.len - first;
        if (first == sure) sure += n;
        struct dissection d =
            segment(0, (int64_t)first, 0, (struct span){all.data + first, n});
        streams_add(&s, &d);
        segments++;
        while (calls++, streams_next(&s, &p)) {
            UNIT_INT(p.kind, STREAMS_DATA);
            UNIT_INT(p.offset, offset);
            UNIT_INT(memcmp(p.data.data, all.data + offset, p.len), 0);
            offset += p.len;
        }
    }
    return segments;
}

static void any_order_gives_the_same_stream(void) {
    static uint8_t bytes[STREAMS_WINDOW - 1];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 256);
    for (random_state = 1; random_state < 100;) {
        uint32_t seed = random_state;
        static const uint32_t sizes[] = {3, 100, 3000, 20000};
        begin(seed * 987654321, 0);
        flags(0, -1, SEGMENT_SYN);
        uint32_t most = sizes[seed % 4];
        size_t n = 1 + chance(most < 100 ? 2000 : (uint32_t)sizeof bytes - 1);
        shuffle((struct span){bytes, n}, most);
        no_block_is_lost();
        random_state = seed + 1;
    }
}

/* From the last byte to the first, one by one: a list would need n * n
 * steps. */
static void the_cost_is_linear(void) {
    uint8_t byte = 'x';
    begin(0, 0);
    flags(0, -1, SEGMENT_SYN);
    calls = 0;
    for (int64_t i = 200000; i-- > 0;) {
        struct dissection d = segment(0, i, 0, (struct span){&byte, 1});
        streams_add(&s, &d);
        drain();
    }
    UNIT_TRUE(calls <= 200000 + 1 + 200000 / STREAMS_BLOCK + 2);
}

static void too_little_memory_is_reported(void) {
    struct streams none = {0};
    streams_free(&none);
    UNIT_TRUE(none.blocks == NULL);
}

UNIT_MAIN("packets/streams", UNIT_TEST(delivers_both_directions_in_order),
          UNIT_TEST(keeps_what_is_early), UNIT_TEST(delivers_each_byte_once),
          UNIT_TEST(sequence_numbers_wrap),
          UNIT_TEST(an_acknowledged_gap_is_missing),
          UNIT_TEST(the_end_of_a_capture_is_the_end_of_waiting),
          UNIT_TEST(a_reset_ends_both_streams),
          UNIT_TEST(a_reset_changes_no_other_connection),
          UNIT_TEST(a_connection_may_begin_in_the_middle),
          UNIT_TEST(a_new_syn_begins_a_new_connection),
          UNIT_TEST(data_of_a_syn_comes_after_it),
          UNIT_TEST(a_cut_segment_has_a_gap_after_it),
          UNIT_TEST(one_far_segment_is_not_believed),
          UNIT_TEST(the_window_limits_what_is_kept),
          UNIT_TEST(finds_what_is_in_the_last_block),
          UNIT_TEST(what_was_covered_does_not_come_again),
          UNIT_TEST(the_whole_ring_is_freed),
          UNIT_TEST(what_is_kept_after_the_end_of_the_ring_stays),
          UNIT_TEST(all_blocks_can_be_used_again),
          UNIT_TEST(all_streams_share_the_blocks),
          UNIT_TEST(the_connection_used_least_recently_makes_space),
          UNIT_TEST(connections_are_spread_over_the_slots),
          UNIT_TEST(a_connection_that_makes_space_frees_its_blocks),
          UNIT_TEST(any_order_gives_the_same_stream),
          UNIT_TEST(the_cost_is_linear),
          UNIT_TEST(too_little_memory_is_reported))
