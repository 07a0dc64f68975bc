/* streams_test.c: packets/streams.h; streams_blocks_test.c tests the blocks */
#include "packets/streams_unit.h"

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

static void keeps_early_bytes(void) {
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

static void the_end_of_a_capture_delivers_kept_bytes(void) {
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
static void one_far_segment_is_dropped(void) {
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

static void too_little_memory_is_reported(void) {
    struct streams none = {0};
    streams_free(&none);
    UNIT_TRUE(none.blocks == NULL);
}

UNIT_MAIN("packets/streams", UNIT_TEST(delivers_both_directions_in_order),
          UNIT_TEST(keeps_early_bytes), UNIT_TEST(delivers_each_byte_once),
          UNIT_TEST(sequence_numbers_wrap),
          UNIT_TEST(an_acknowledged_gap_is_missing),
          UNIT_TEST(the_end_of_a_capture_delivers_kept_bytes),
          UNIT_TEST(a_reset_ends_both_streams),
          UNIT_TEST(a_reset_changes_no_other_connection),
          UNIT_TEST(a_connection_may_begin_in_the_middle),
          UNIT_TEST(a_new_syn_begins_a_new_connection),
          UNIT_TEST(data_of_a_syn_comes_after_it),
          UNIT_TEST(a_cut_segment_has_a_gap_after_it),
          UNIT_TEST(one_far_segment_is_dropped),
          UNIT_TEST(the_connection_used_least_recently_makes_space),
          UNIT_TEST(connections_are_spread_over_the_slots),
          UNIT_TEST(too_little_memory_is_reported))
