/* outbox_test.c: packets/outbox.h: receivers, order, and lack of memory */
#include "packets/outbox.h"
#include "packets/unit.h"

#define CONNS 8

static struct outbox box;

static void open_box(size_t max_bytes) {
    UNIT_TRUE(outbox_init(&box, CONNS, max_bytes));
}

static void send(uint32_t conn, const char *text) {
    buf_text(outbox_packet(&box), text);
    outbox_send(&box, conn);
}

/* Sends one packet to each connection whose digit is in conns. */
static void broadcast(const char *conns, const char *text) {
    buf_text(outbox_broadcast(&box), text);
    for (; *conns; conns++) outbox_send(&box, (uint32_t)(*conns - '0'));
}

static void expect(uint32_t conn, const char *bytes, enum outbox_then then) {
    struct outgoing out;
    bool is_there = outbox_next(&box, &out);
    UNIT_TRUE(is_there);
    if (!is_there) return;
    UNIT_INT(out.conn, conn);
    UNIT_INT(out.then, then);
    UNIT_TEXT(out.bytes.data, out.bytes.len, bytes);
}

static void expect_end(void) {
    struct outgoing out;
    UNIT_FALSE(outbox_next(&box, &out));
}

static void sends_each_connection_its_packets_in_order(void) {
    open_box(1000);
    send(3, "a");
    send(1, "b");
    send(3, "c");
    send(1, "d");
    expect(3, "ac", OUTBOX_OPEN);
    expect(1, "bd", OUTBOX_OPEN);
    expect_end();
    expect_end();
    outbox_free(&box);
}

static void writes_a_broadcast_once(void) {
    struct outgoing first, second;
    open_box(1000);
    broadcast("257", "hello");
    UNIT_INT(box.shared.end, 5);
    UNIT_TRUE(outbox_next(&box, &first));
    UNIT_TRUE(outbox_next(&box, &second));
    UNIT_INT(first.conn, 2);
    UNIT_INT(second.conn, 5);
    UNIT_TRUE(first.bytes.data == second.bytes.data);
    expect(7, "hello", OUTBOX_OPEN);
    expect_end();
    outbox_free(&box);
}

static void keeps_the_order_of_own_packets_and_broadcasts(void) {
    open_box(1000);
    send(1, "1");
    broadcast("12", "2");
    send(2, "3");
    broadcast("21", "4");
    send(1, "5");
    expect(1, "1245", OUTBOX_OPEN);
    expect(2, "234", OUTBOX_OPEN);
    expect_end();
    outbox_free(&box);
}

static void joins_adjacent_packets_without_copying(void) {
    struct outgoing out;
    open_box(1000);
    broadcast("4", "one,");
    broadcast("4", "two,");
    broadcast("4", "three");
    UNIT_TRUE(outbox_next(&box, &out));
    UNIT_TEXT(out.bytes.data, out.bytes.len, "one,two,three");
    UNIT_TRUE(out.bytes.data == box.shared.bytes);
    outbox_free(&box);
}

static void does_not_send_an_empty_packet(void) {
    open_box(1000);
    outbox_packet(&box);
    outbox_send(&box, 1);
    expect_end();
    outbox_free(&box);
}

static void ends_and_drops_after_the_bytes(void) {
    open_box(1000);
    send(1, "bye");
    outbox_then(&box, 1, OUTBOX_END);
    outbox_then(&box, 1, OUTBOX_OPEN); /* changes nothing */
    outbox_then(&box, 2, OUTBOX_END);  /* with nothing to send */
    send(3, "never sent");
    outbox_then(&box, 3, OUTBOX_DROP);
    expect(1, "bye", OUTBOX_END);
    expect(2, "", OUTBOX_END);
    expect(3, "", OUTBOX_DROP);
    expect_end();
    send(1, "anew"); /* a round does not depend on the one before it */
    expect(1, "anew", OUTBOX_OPEN);
    outbox_free(&box);
}

static void forgets_the_packets_of_a_lost_connection(void) {
    open_box(1000);
    send(1, "old");
    outbox_then(&box, 1, OUTBOX_END);
    send(2, "x");
    outbox_forget(&box, 1);
    outbox_forget(&box, 5); /* was sent nothing */
    send(1, "new");         /* another connection with this number */
    expect(1, "new", OUTBOX_OPEN);
    expect(2, "x", OUTBOX_OPEN);
    send(2, "y");
    outbox_forget(&box, 2);
    expect_end();
    outbox_free(&box);
}

static void pulls_packets_added_while_pulling_in_the_same_round(void) {
    open_box(1000);
    send(1, "a");
    send(2, "b");
    expect(1, "a", OUTBOX_OPEN);
    send(2, "c");
    send(1, "d");
    expect(2, "bc", OUTBOX_OPEN);
    expect(1, "d", OUTBOX_OPEN);
    expect_end();
    outbox_free(&box);
}

static void drops_the_receivers_of_a_packet_that_is_cut_and_no_others(void) {
    open_box(10);
    send(1, "12345");
    struct buf *out = outbox_packet(&box);
    buf_text(out, "123");
    UNIT_FALSE(buf_text(out, "too long"));
    outbox_send(&box, 2);
    outbox_send(&box, 3);
    send(4, "67");
    expect(1, "12345", OUTBOX_OPEN);
    expect(2, "", OUTBOX_DROP);
    expect(3, "", OUTBOX_DROP);
    expect(4, "67", OUTBOX_OPEN);
    expect_end();
    send(2, "1234567890"); /* the whole space is free again */
    expect(2, "1234567890", OUTBOX_OPEN);
    outbox_free(&box);
}

static void drops_a_connection_whose_pieces_cannot_be_joined(void) {
    open_box(10);
    send(1, "1234");
    send(2, "x");
    broadcast("123", "56");
    send(1, "78");
    box.gathered.max = 7;
    expect(1, "", OUTBOX_DROP); /* 8 bytes in two pieces */
    expect(2, "x56", OUTBOX_OPEN);
    expect(3, "56", OUTBOX_OPEN);
    expect_end();
    outbox_free(&box);
}

static void drops_a_connection_when_there_is_no_memory_for_its_ref(void) {
    open_box(100);
    box.refs.max = 12; /* one ref */
    send(1, "a");
    send(2, "b");
    expect(1, "a", OUTBOX_OPEN);
    expect(2, "", OUTBOX_DROP);
    expect_end();
    outbox_free(&box);
}

static void gives_back_the_memory_of_a_large_round(void) {
    static char large[2 * 1024 * 1024];
    struct outgoing out;
    open_box(4 * sizeof large);
    buf_append(outbox_packet(&box), large, sizeof large);
    outbox_send(&box, 1);
    UNIT_TRUE(outbox_next(&box, &out));
    UNIT_INT(out.bytes.len, sizeof large);
    expect_end();
    UNIT_INT(box.own.cap, 0);
    send(1, "small");
    expect(1, "small", OUTBOX_OPEN);
    expect_end();
    UNIT_TRUE(box.own.cap > 0);
    outbox_free(&box);
}

static void keeps_the_memory_of_a_round_of_one_mebibyte(void) {
    static char bytes[1024 * 1024];
    struct outgoing out;
    open_box(2 * sizeof bytes);
    buf_append(outbox_packet(&box), bytes, sizeof bytes);
    outbox_send(&box, 1);
    UNIT_TRUE(outbox_next(&box, &out));
    expect_end();
    UNIT_INT(box.own.cap, sizeof bytes);
    UNIT_INT(box.own.end, 0);
    outbox_free(&box);
}

static void gives_back_the_memory_of_large_joined_pieces(void) {
    static char large[2 * 1024 * 1024];
    struct outgoing out;
    open_box(2 * sizeof large);
    send(1, "a");
    send(2, "b");
    buf_append(outbox_packet(&box), large, sizeof large);
    outbox_send(&box, 1);
    UNIT_TRUE(outbox_next(&box, &out));
    UNIT_INT(out.bytes.len, 1 + sizeof large);
    expect(2, "b", OUTBOX_OPEN);
    expect_end();
    UNIT_INT(box.gathered.cap, 0);
    UNIT_INT(box.refs.end, 0);
    outbox_free(&box);
}

static void sends_no_packet_of_the_round_before(void) {
    open_box(100);
    send(1, "a");
    send(2, "b");
    expect(1, "a", OUTBOX_OPEN);
    expect(2, "b", OUTBOX_OPEN);
    expect_end();
    outbox_send(&box, 1);
    expect_end();
    outbox_free(&box);
}

/* --- broadcasts wait, replies do not --- */

/* Of six receivers the first two get it in the first round, and so on. */
static void a_round_has_so_many_receivers_of_broadcasts(void) {
    open_box(1000);
    UNIT_INT(box.max_receivers, LIMIT_ROUND);
    box.max_receivers = 2;
    UNIT_FALSE(outbox_has_waiting(&box));
    broadcast("543210", "news");
    for (uint32_t conn = 6; conn > 0; conn -= 2) {
        UNIT_TRUE(outbox_has_waiting(&box));
        expect(conn - 1, "news", OUTBOX_OPEN);
        expect(conn - 2, "news", OUTBOX_OPEN);
        expect_end();
    }
    UNIT_FALSE(outbox_has_waiting(&box));
    expect_end();
    outbox_free(&box);
}

/* So a round with large packets ends earlier, but not without any. */
static void a_round_has_so_many_bytes_of_broadcasts(void) {
    static char half[LIMIT_ROUND_BYTES / 2];
    struct outgoing out;
    open_box(BUF_MAX);
    buf_append(outbox_broadcast(&box), half, sizeof half);
    for (uint32_t conn = 0; conn < 3; conn++) outbox_send(&box, conn);
    UNIT_TRUE(outbox_next(&box, &out));
    UNIT_TRUE(outbox_next(&box, &out));
    expect_end();
    buf_append(outbox_broadcast(&box), half, sizeof half);
    buf_append(&box.shared, half, 1);
    outbox_send(&box, 3);
    outbox_send(&box, 4);
    UNIT_TRUE(outbox_next(&box, &out));
    UNIT_INT(out.conn, 2);
    UNIT_TRUE(outbox_next(&box, &out));
    UNIT_INT(out.conn, 3);
    expect_end();
    UNIT_TRUE(outbox_next(&box, &out));
    UNIT_INT(out.conn, 4);
    expect_end();
    outbox_free(&box);
}

/* One byte less than the limit of a round, so another one is sent in it. */
static void each_round_may_have_as_many_bytes(void) {
    static char most[LIMIT_ROUND_BYTES - 1];
    struct outgoing out;
    open_box(BUF_MAX);
    buf_append(outbox_broadcast(&box), most, sizeof most);
    for (uint32_t conn = 0; conn < 4; conn++) outbox_send(&box, conn);
    for (int round = 0; round < 2; round++) {
        UNIT_TRUE(outbox_next(&box, &out));
        UNIT_TRUE(outbox_next(&box, &out));
        expect_end();
    }
    UNIT_FALSE(outbox_has_waiting(&box));
    outbox_free(&box);
}

static void replies_overtake_broadcasts_to_others(void) {
    open_box(1000);
    box.max_receivers = 2;
    broadcast("12345", "news,");
    expect(1, "news,", OUTBOX_OPEN);
    expect(2, "news,", OUTBOX_OPEN);
    expect_end();
    send(7, "reply");
    send(4, "to 4");
    broadcast("47", "more");
    broadcast("6", "new");
    expect(7, "replymore", OUTBOX_OPEN);
    expect(4, "news,to 4more", OUTBOX_OPEN); /* and keep the order of each */
    expect(3, "news,", OUTBOX_OPEN);
    expect(5, "news,", OUTBOX_OPEN);
    expect_end();
    expect(6, "new", OUTBOX_OPEN);
    expect_end();
    outbox_free(&box);
}

static void an_end_overtakes_them_after_what_was_sent_before(void) {
    open_box(1000);
    box.max_receivers = 1;
    broadcast("1234", "news");
    outbox_then(&box, 3, OUTBOX_END);
    outbox_then(&box, 2, OUTBOX_DROP);
    expect(3, "news", OUTBOX_END);
    expect(2, "", OUTBOX_DROP);
    expect(1, "news", OUTBOX_OPEN);
    expect_end();
    outbox_forget(&box, 4);
    broadcast("4", "to another 4");
    expect(4, "to another 4", OUTBOX_OPEN);
    expect_end();
    expect_end();
    outbox_free(&box);
}

static void knows_which_connections_have_packets(void) {
    open_box(1000);
    box.max_receivers = 1;
    UNIT_FALSE(outbox_has(&box, 1));
    broadcast("12", "news");
    send(3, "own");
    UNIT_TRUE(outbox_has(&box, 1) && outbox_has(&box, 3));
    expect(3, "own", OUTBOX_OPEN);
    UNIT_FALSE(outbox_has(&box, 3));
    expect(1, "news", OUTBOX_OPEN);
    expect_end();
    UNIT_TRUE(outbox_has(&box, 2));
    outbox_forget(&box, 2);
    UNIT_FALSE(outbox_has(&box, 2) || outbox_has(&box, 1));
    outbox_free(&box);
}

/* A mark is passed when all connections that entered before it were pulled. */
static void knows_whether_a_broadcast_still_waits(void) {
    open_box(1000);
    box.max_receivers = 1;
    UNIT_FALSE(outbox_is_before(&box, box.entered));
    broadcast("12", "news");
    uint32_t first = box.entered;
    broadcast("123", "more");
    uint32_t second = box.entered;
    UNIT_TRUE(outbox_is_before(&box, first));
    expect(1, "newsmore", OUTBOX_OPEN);
    expect_end();
    UNIT_TRUE(outbox_is_before(&box, first));
    UNIT_FALSE(outbox_is_before(&box, 0)); /* that of nothing */
    expect(2, "newsmore", OUTBOX_OPEN);
    expect_end();
    UNIT_FALSE(outbox_is_before(&box, first));
    UNIT_TRUE(outbox_is_before(&box, second));
    expect(3, "more", OUTBOX_OPEN);
    expect_end();
    UNIT_FALSE(outbox_is_before(&box, second));
    outbox_free(&box);
}

/* A ref is 12 bytes; a second broadcast to a connection needs no other one. */
static void is_full_when_many_bytes_of_broadcasts_wait(void) {
    open_box(1000);
    UNIT_INT(box.max_ahead, LIMIT_AHEAD);
    box.max_receivers = 1;
    box.max_ahead = 2 * 12 + 8;
    broadcast("12", "news");
    broadcast("12", "mor");
    UNIT_FALSE(outbox_is_full(&box));
    broadcast("2", "e");
    UNIT_TRUE(outbox_is_full(&box));
    expect(1, "newsmor", OUTBOX_OPEN);
    expect_end();
    UNIT_TRUE(outbox_is_full(&box));
    expect(2, "newsmore", OUTBOX_OPEN);
    UNIT_FALSE(outbox_is_full(&box)); /* no broadcast waits */
    expect_end();
    outbox_free(&box);
}

/* While some connections wait for broadcasts, others may exchange any number of
 * packets without taking memory. */
static void takes_no_memory_for_replies_while_broadcasts_wait(void) {
    open_box(1000);
    box.max_receivers = 1;
    broadcast("01234567", "news");
    for (int i = 0; i < 7; i++) {
        send(7, "reply");
        outbox_then(&box, 7, OUTBOX_OPEN);
        expect(7, i == 0 ? "newsreply" : "reply", OUTBOX_OPEN);
        expect((uint32_t)i, "news", OUTBOX_OPEN);
        expect_end();
        UNIT_INT(box.own.end, 0);
        UNIT_INT(box.refs.end, 9 * 12);
    }
    expect_end();
    UNIT_INT(box.refs.end, 0);
    UNIT_INT(box.shared.end, 0);
    outbox_free(&box);
}

/* If too much waits already, the next broadcast ends that: all goes out. */
static void sends_all_in_one_round_if_too_much_waits(void) {
    static char large[LIMIT_DELAYED - 2 * 12];
    struct outgoing out;
    for (size_t missing = 0; missing < 2; missing++) {
        open_box(BUF_MAX);
        box.max_receivers = 1;
        buf_append(outbox_broadcast(&box), large, sizeof large - missing);
        outbox_send(&box, 1);
        outbox_send(&box, 2);
        broadcast("3", "news");
        for (int i = 0; i < (missing ? 1 : 3); i++)
            UNIT_TRUE(outbox_next(&box, &out));
        expect_end();
        UNIT_INT(outbox_has_waiting(&box), missing > 0);
        if (!missing) broadcast("12", "news"); /* the limit holds again */
        UNIT_TRUE(outbox_next(&box, &out));
        expect_end();
        outbox_free(&box);
    }
}

UNIT_MAIN("packets/outbox",
          UNIT_TEST(sends_each_connection_its_packets_in_order),
          UNIT_TEST(writes_a_broadcast_once),
          UNIT_TEST(keeps_the_order_of_own_packets_and_broadcasts),
          UNIT_TEST(joins_adjacent_packets_without_copying),
          UNIT_TEST(does_not_send_an_empty_packet),
          UNIT_TEST(ends_and_drops_after_the_bytes),
          UNIT_TEST(forgets_the_packets_of_a_lost_connection),
          UNIT_TEST(pulls_packets_added_while_pulling_in_the_same_round),
          UNIT_TEST(drops_the_receivers_of_a_packet_that_is_cut_and_no_others),
          UNIT_TEST(drops_a_connection_whose_pieces_cannot_be_joined),
          UNIT_TEST(drops_a_connection_when_there_is_no_memory_for_its_ref),
          UNIT_TEST(gives_back_the_memory_of_a_large_round),
          UNIT_TEST(keeps_the_memory_of_a_round_of_one_mebibyte),
          UNIT_TEST(gives_back_the_memory_of_large_joined_pieces),
          UNIT_TEST(sends_no_packet_of_the_round_before),
          UNIT_TEST(a_round_has_so_many_receivers_of_broadcasts),
          UNIT_TEST(a_round_has_so_many_bytes_of_broadcasts),
          UNIT_TEST(each_round_may_have_as_many_bytes),
          UNIT_TEST(replies_overtake_broadcasts_to_others),
          UNIT_TEST(an_end_overtakes_them_after_what_was_sent_before),
          UNIT_TEST(knows_which_connections_have_packets),
          UNIT_TEST(knows_whether_a_broadcast_still_waits),
          UNIT_TEST(is_full_when_many_bytes_of_broadcasts_wait),
          UNIT_TEST(takes_no_memory_for_replies_while_broadcasts_wait),
          UNIT_TEST(sends_all_in_one_round_if_too_much_waits))
