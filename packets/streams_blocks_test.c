/* streams_blocks_test.c: the blocks of packets/streams.h, which keep bytes */
#include "packets/streams_unit.h"

/* Sends LONG bytes in pieces of that size, the first one last, and expects what
 * the window holds, from the front. */
static void the_window_limits_the_kept_bytes(void) {
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
static void finds_bytes_in_the_last_block(void) {
    begin(0, 0);
    open_connection();
    arrive(0, 0, "x");
    UNIT_INT(arrive(0, STREAMS_WINDOW, "m"), STREAMS_EARLY);
    ack(1, STREAMS_WINDOW);
    STORY("a:x a-258047 a:m ");
}

/* The ring of blocks wraps: kept bytes that arrive again with the missing ones
 * are not delivered in the place of later bytes. */
static void covered_bytes_are_not_delivered_again(void) {
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
static void bytes_kept_after_the_end_of_the_ring_stay(void) {
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
static uint64_t shuffle(struct span all, uint32_t largest) {
    struct streams_piece p;
    uint64_t offset = 0, segments = 0;
    size_t sure = 0; /* all before it were sent */
    while (offset < all.len) {
        size_t first = chance(2) ? sure : chance((uint32_t)all.len);
        size_t n = 1 + chance(largest);
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
        uint32_t largest = sizes[seed % 4];
        size_t n =
            1 + chance(largest < 100 ? 2000 : (uint32_t)sizeof bytes - 1);
        shuffle((struct span){bytes, n}, largest);
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

UNIT_MAIN("packets/streams_blocks", UNIT_TEST(the_window_limits_the_kept_bytes),
          UNIT_TEST(finds_bytes_in_the_last_block),
          UNIT_TEST(covered_bytes_are_not_delivered_again),
          UNIT_TEST(the_whole_ring_is_freed),
          UNIT_TEST(bytes_kept_after_the_end_of_the_ring_stay),
          UNIT_TEST(all_blocks_can_be_used_again),
          UNIT_TEST(all_streams_share_the_blocks),
          UNIT_TEST(a_connection_that_makes_space_frees_its_blocks),
          UNIT_TEST(any_order_gives_the_same_stream),
          UNIT_TEST(the_cost_is_linear))
