/* conn_test.c: what websocket/conn.h promises beside RFC 6455: what it copies
 * and keeps, its limits, the mask keys. conformance_test.c has the rules of the
 * RFC. */
#include "packets/unit.h"
#include "websocket/conn.h"
#include "websocket/masks.h"

#define MAX 100000

/* What a conn made of some bytes: its events as a text, and its output. */
struct seen {
    char text[4000];
    size_t n;
    struct buf out;
};

static void record(struct seen *s, const struct conn_event *e) {
    const char *type = e->type == CONN_MESSAGE ? "message"
                       : e->type == CONN_PONG  ? "pong"
                       : e->is_failure         ? "failed"
                                               : "closed";
    s->n +=
        (size_t)snprintf(s->text + s->n, sizeof s->text - s->n, "%s %u %.*s;",
                         type, e->type == CONN_CLOSED ? e->code : e->opcode,
                         (int)(e->payload.len > 60 ? 60 : e->payload.len),
                         (char *)e->payload.data);
}

/* Feeds bytes in pieces of step, each an exact heap copy. */
static void feed(struct conn *c, struct seen *s, const void *bytes, size_t n,
                 size_t step) {
    for (size_t at = 0; at < n; at += step) {
        size_t size = n - at < step ? n - at : step;
        uint8_t *exact = unit_exact((const uint8_t *)bytes + at, size);
        struct span in = {exact, size};
        struct conn_event e;
        while (conn_next(c, &in, &e, &s->out)) record(s, &e);
        free(exact);
    }
}

/* Appends a frame as a client sends it. */
static void frame(struct buf *to, bool fin, unsigned opcode, const void *bytes,
                  size_t n) {
    struct frame f = {.fin = fin,
                      .masked = true,
                      .opcode = opcode,
                      .key = {1, 2, 3, 4},
                      .length = n};
    uint8_t header[FRAME_HEADER_MAX];
    buf_append(to, header, frame_write(&f, header));
    buf_append(to, bytes, n);
    if (n > 0) frame_mask(to->bytes + to->end - n, n, f.key, 0);
}

/* What a server conn makes of the frames, fed in pieces of step bytes. */
static struct seen serve(const struct buf *in, size_t step) {
    struct conn c;
    struct seen s = {.out.max = 1 << 24};
    conn_init_server(&c, MAX);
    feed(&c, &s, in->bytes, in->end, step);
    conn_free(&c);
    return s;
}

#define BUF(name) struct buf name = {.max = 1 << 24}
#define TEXT(to, text) frame(to, true, FRAME_TEXT, text, strlen(text))

static void a_message_that_arrived_whole_is_not_copied(void) {
    BUF(in);
    TEXT(&in, "hello");
    struct conn c;
    struct conn_event e;
    BUF(out);
    conn_init_server(&c, MAX);
    struct span bytes = buf_view(&in);
    UNIT_TRUE(conn_next(&c, &bytes, &e, &out));
    UNIT_TEXT(e.payload.data, e.payload.len, "hello");
    UNIT_TRUE(e.payload.data == in.bytes + 6); /* not a copy */
    UNIT_FALSE(conn_next(&c, &bytes, &e, &out));
    UNIT_TRUE(c.held.bytes == NULL);
    UNIT_INT(out.end, 0);
    buf_free(&in);
}

/* The payload of the ping and the bytes after it could be a frame, too. */
static void a_payload_that_looks_like_a_frame_is_a_payload(void) {
    static const uint8_t ping[] = {0x89, 0x81, 0, 0, 0, 0},
                         rest[] = {0x81, 0x81, 0x80, 0, 0, 0, 0};
    struct conn c;
    struct seen s = {.out.max = 1000};
    conn_init_server(&c, MAX);
    feed(&c, &s, ping, sizeof ping, sizeof ping);
    feed(&c, &s, rest, sizeof rest, sizeof rest);
    UNIT_TEXT(s.out.bytes, s.out.end, "\x8a\x01\x81");
    UNIT_TEXT(s.text, s.n, "message 1 ;");
    conn_free(&c);
    buf_free(&s.out);
}

/* The payload of the last event is then in the memory of the conn. */
static void closes_before_the_message_of_the_last_event_is_freed(void) {
    BUF(in);
    BUF(out);
    struct conn c;
    struct conn_event e;
    frame(&in, false, FRAME_TEXT, "ab", 2);
    frame(&in, true, FRAME_CONTINUATION, "cd", 2);
    struct span bytes = buf_view(&in);
    conn_init_server(&c, MAX);
    UNIT_TRUE(conn_next(&c, &bytes, &e, &out));
    UNIT_TEXT(e.payload.data, e.payload.len, "abcd");
    conn_close(&c, 1000, &out);
    UNIT_TEXT(out.bytes, out.end, "\x88\x02\x03\xe8"); /* not masked */
    conn_free(&c);
    buf_free(&in);
    buf_free(&out);
}

static void a_whole_control_frame_needs_no_memory(void) {
    BUF(in);
    BUF(out);
    struct conn c;
    struct conn_event e;
    frame(&in, true, FRAME_PONG, "hi", 2);
    struct span bytes = buf_view(&in);
    conn_init_server(&c, MAX);
    UNIT_TRUE(conn_next(&c, &bytes, &e, &out));
    UNIT_TRUE(e.payload.data == in.bytes + 6); /* not a copy */
    UNIT_TRUE(c.held.bytes == NULL);
    conn_free(&c);
    buf_free(&in);
}

static void a_client_stays_a_client_after_a_fragmented_message(void) {
    static const uint8_t seed[MASKS_SEED] = {1};
    static const char text[] = "\x01\x01"
                               "a\x80\x01"
                               "b\x81\x01"
                               "c";
    struct mask_source masks;
    struct conn c;
    struct seen s = {.out.max = 1000};
    masks_init(&masks, seed);
    conn_init_client(&c, MAX, &masks);
    feed(&c, &s, text, sizeof text - 1, 1);
    UNIT_TEXT(s.text, s.n, "message 1 ab;message 1 c;");
    conn_free(&c);
    buf_free(&s.out);
}

static void an_idle_conn_is_48_bytes_and_owns_nothing(void) {
    BUF(in);
    frame(&in, false, FRAME_TEXT, "ab", 2);
    frame(&in, true, FRAME_CONTINUATION, "cd", 2);
    struct conn c;
    struct seen s = {.out.max = 100};
    conn_init_server(&c, MAX);
    feed(&c, &s, in.bytes, in.end, 1);
    UNIT_TEXT(s.text, s.n, "message 1 abcd;");
    UNIT_TRUE(c.held.bytes == NULL);
    UNIT_TRUE(sizeof c <= 48);
    buf_free(&in);
    buf_free(&s.out);
}

static void every_split_gives_the_same_events(void) {
    BUF(in);
    TEXT(&in, "one");
    frame(&in, true, FRAME_PING, "p", 1);
    frame(&in, false, FRAME_TEXT, "\xe2\x82", 2); /* a euro sign, cut */
    frame(&in, true, FRAME_PING, "inside", 6);
    frame(&in, true, FRAME_PONG, "q", 1);
    frame(&in, false, FRAME_CONTINUATION, "\xac", 1);
    frame(&in, true, FRAME_CONTINUATION, "", 0);
    frame(&in, true, FRAME_BINARY, "\x80\x81", 2);
    frame(&in, true, FRAME_TEXT, "", 0);
    frame(&in, true, FRAME_CLOSE,
          "\x03\xe8"
          "bye",
          5);
    static const char expected[] =
        "message 1 one;pong 0 q;message 1 \xe2\x82\xac;"
        "message 2 \x80\x81;message 1 ;closed 1000 bye;";
    static const char replies[] = "\x8a\x01p\x8a\x06inside\x88\x02\x03\xe8";
    for (size_t cut = 1; cut <= in.end; cut++) {
        struct seen s = serve(&in, cut);
        UNIT_TEXT(s.text, s.n, expected);
        UNIT_TEXT(s.out.bytes, s.out.end, replies);
        buf_free(&s.out);
    }
    buf_free(&in);
}

/* Each 32 bytes allow one more fragment: of one byte each, 1057 may arrive
 * before the last (1057 <= 1024 + 1056 / 32), and not 1058. */
static void bytes_pay_for_more_fragments(void) {
    BUF(in);
    frame(&in, false, FRAME_BINARY, "x", 1);
    for (int i = 1; i < 1057; i++)
        frame(&in, false, FRAME_CONTINUATION, "x", 1);
    uint32_t before = in.end;
    frame(&in, true, FRAME_CONTINUATION, "", 0);
    struct seen s = serve(&in, in.end);
    UNIT_INT(strncmp(s.text, "message 2 xxx", 13), 0);
    in.end = before;
    frame(&in, false, FRAME_CONTINUATION, "x", 1);
    s = serve(&in, in.end);
    UNIT_TEXT(s.text, s.n, "failed 1008 ;");
    buf_free(&s.out);
    buf_free(&in);
}

/* RFC 6455 §5.4: control frames MAY be injected in the middle of a message; and
 * a limit for messages is none for them. */
static void a_control_frame_is_no_part_of_a_message(void) {
    BUF(in);
    frame(&in, false, FRAME_TEXT, "a", 1);
    frame(&in, true, FRAME_PING, "ping", 4);
    frame(&in, true, FRAME_CLOSE,
          "\x03\xe8"
          "reason",
          8);
    for (size_t step = 1; step <= in.end; step++) {
        struct conn c;
        struct seen s = {.out.max = 100};
        conn_init_server(&c, 1);
        feed(&c, &s, in.bytes, in.end, step);
        UNIT_TEXT(s.text, s.n, "closed 1000 reason;");
        UNIT_TEXT(s.out.bytes, s.out.end, "\x8a\x04ping\x88\x02\x03\xe8");
        buf_free(&s.out);
        conn_free(&c);
    }
    buf_free(&in);
}

/* The payload of this ping would be a whole message, if it were frames. */
static void a_payload_is_not_read_as_a_header(void) {
    uint8_t ping[] = "\x89\x87\0\0\0\0\x81\x81\0\0\0\0x";
    struct conn c;
    struct seen s = {.out.max = 100};
    conn_init_server(&c, MAX);
    feed(&c, &s, ping, 6, 6);
    feed(&c, &s, ping + 6, 7, 7);
    UNIT_TEXT(s.text, s.n, "");
    UNIT_INT(s.out.end, 9);
    UNIT_INT(s.out.bytes[0], 0x8a);
    conn_free(&c);
    buf_free(&s.out);
}

/* Also when its header has arrived before. */
static void a_payload_that_arrived_whole_is_a_part_of_the_input(void) {
    BUF(in);
    TEXT(&in, "hello");
    struct conn c;
    struct conn_event e;
    BUF(out);
    conn_init_server(&c, MAX);
    struct span header = {in.bytes, 6}, payload = {in.bytes + 6, 5};
    UNIT_FALSE(conn_next(&c, &header, &e, &out));
    UNIT_TRUE(conn_next(&c, &payload, &e, &out));
    UNIT_TEXT(e.payload.data, e.payload.len, "hello");
    UNIT_TRUE(e.payload.data == in.bytes + 6); /* not a copy */
    conn_free(&c);
    buf_free(&in);
}

static void after_our_close_only_the_close_of_the_peer_counts(void) {
    BUF(in);
    TEXT(&in, "late");
    frame(&in, false, FRAME_BINARY, "\xff\xff", 2);
    frame(&in, true, FRAME_PING, "p", 1);
    frame(&in, true, FRAME_CLOSE, "\x03\xe9", 2);
    for (size_t step = 1; step <= in.end; step++) {
        struct conn c;
        struct seen s = {.out.max = 100};
        conn_init_server(&c, MAX);
        conn_close(&c, 1001, &s.out);
        conn_close(&c, 1000, &s.out); /* once is enough */
        feed(&c, &s, in.bytes, in.end, step);
        UNIT_TEXT(s.text, s.n, "closed 1001 ;");
        UNIT_TEXT(s.out.bytes, s.out.end, "\x88\x02\x03\xe9");
        buf_free(&s.out);
        conn_free(&c);
    }
    buf_free(&in);
}

/* The conn drops the cut message, but not a cut header after it. */
static void our_close_may_come_in_the_middle_of_anything(void) {
    BUF(in);
    frame(&in, false, FRAME_TEXT, "abc", 3);
    frame(&in, true, FRAME_PING, "ping", 4);
    frame(&in, true, FRAME_CONTINUATION, "def", 3);
    frame(&in, true, FRAME_CLOSE, "", 0);
    for (size_t cut = 0; cut < in.end - 6; cut++) {
        struct conn c;
        struct seen s = {.out.max = 100};
        conn_init_server(&c, MAX);
        feed(&c, &s, in.bytes, cut, 1);
        s.n = 0;
        conn_close(&c, 1001, &s.out);
        feed(&c, &s, in.bytes + cut, in.end - cut, 1);
        UNIT_TEXT(s.text, s.n, "closed 1005 ;");
        buf_free(&s.out);
        conn_free(&c);
    }
    buf_free(&in);
}

static const uint8_t seed[MASKS_SEED] = "sixteen bytes...";

/* Undoes the mask of the frame at the start of bytes. Returns its size, and its
 * header in *f. */
static size_t unmask(struct frame *f, struct span bytes) {
    int n = frame_parse(f, bytes.data, bytes.len);
    UNIT_TRUE(n > 0);
    UNIT_TRUE(f->masked);
    frame_mask(bytes.data + n, (size_t)f->length, f->key, 0);
    return (size_t)n + (size_t)f->length;
}

/* RFC 6455 §5.3: a fresh key for each frame: also when two pings arrive in one
 * read, and for what the caller sends in between. */
static void a_client_masks_each_frame_with_a_new_key(void) {
    uint8_t pings[] = "\x89\x01p\x89\x01q";
    static const char *const expected[] = {"p", "q", "text", "\x03\xe8"};
    struct mask_source masks;
    struct conn c;
    struct conn_event e;
    struct span in = {pings, sizeof pings - 1}, text = span_from("text");
    BUF(out);
    masks_init(&masks, seed);
    conn_init_client(&c, MAX, &masks);
    UNIT_FALSE(conn_next(&c, &in, &e, &out));
    UNIT_TRUE(conn_send(&out, FRAME_TEXT, &text, 1, &masks));
    conn_close(&c, 1000, &out);

    uint8_t keys[4][4];
    struct span rest = buf_view(&out);
    for (size_t i = 0; i < 4; i++) {
        struct frame f;
        size_t size = unmask(&f, rest);
        UNIT_TEXT(rest.data + size - f.length, f.length, expected[i]);
        memcpy(keys[i], f.key, 4);
        for (size_t j = 0; j < i; j++)
            UNIT_TRUE(memcmp(keys[i], keys[j], 4) != 0);
        rest = span_skip(rest, size);
    }
    UNIT_INT(rest.len, 0);
    conn_free(&c);
    buf_free(&out);
}

static void the_two_roles_understand_each_other(void) {
    static char big[70000];
    memset(big, 'x', sizeof big);
    static const size_t sizes[] = {0, 1, 125, 126, 65535, 65536, 70000};
    for (size_t i = 0; i < 2 * sizeof sizes / sizeof *sizes; i++) {
        size_t n = sizes[i / 2];
        struct span half[] = {{(uint8_t *)big, n / 2},
                              {(uint8_t *)big, n - n / 2}};
        bool to_client = i % 2;
        struct mask_source masks;
        struct conn server, client;
        struct conn_event e = {0};
        BUF(wire);
        masks_init(&masks, seed);
        conn_init_server(&server, MAX);
        conn_init_client(&client, MAX, &masks);
        UNIT_TRUE(
            conn_send(&wire, FRAME_TEXT, half, 2, to_client ? NULL : &masks));
        struct span bytes = buf_view(&wire);
        UNIT_TRUE(conn_next(to_client ? &client : &server, &bytes, &e, &wire));
        UNIT_INT(e.type, CONN_MESSAGE);
        UNIT_INT(e.opcode, FRAME_TEXT);
        UNIT_INT(e.payload.len, n);
        UNIT_TRUE(n == 0 || memcmp(e.payload.data, big, n) == 0);
        UNIT_INT(bytes.len, 0);
        buf_free(&wire);
    }
}

/* RFC 6455 §5.5.1: a close frame is sent once, by us or in reply. */
static void says_whether_it_has_replied_to_a_close(void) {
    static const struct {
        const char *body; /* of a close frame: 1000; 1005 is a violation */
        bool is_closed_before, is_failure, is_reply_sent;
    } cases[] = {
        {"\x03\xe8", false, false, true},
        {"\x03\xe8", true, false, false},
        {"\x03\xed", false, true, true},
        {"\x03\xed", true, true, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        BUF(in);
        BUF(out);
        struct conn c;
        struct conn_event e;
        frame(&in, true, FRAME_CLOSE, cases[i].body, 2);
        conn_init_server(&c, MAX);
        if (cases[i].is_closed_before) conn_close(&c, 1001, &out);
        uint32_t before = out.end;
        struct span bytes = buf_view(&in);
        UNIT_TRUE(conn_next(&c, &bytes, &e, &out));
        UNIT_INT(e.type, CONN_CLOSED);
        UNIT_INT(e.is_failure, cases[i].is_failure);
        UNIT_INT(e.is_reply_sent, cases[i].is_reply_sent);
        UNIT_INT(out.end - before, cases[i].is_reply_sent ? 4 : 0);
        conn_free(&c);
        buf_free(&out);
        buf_free(&in);
    }
}

/* RFC 6455 §5.5.2: a ping MUST get a pong. Without space for the pong the
 * connection fails. */
static void fails_when_there_is_no_space_for_a_pong(void) {
    BUF(in);
    frame(&in, true, FRAME_PING, "ping", 4);
    TEXT(&in, "after");
    struct conn c;
    struct conn_event e;
    struct buf out = {.max = 5};
    conn_init_server(&c, MAX);
    struct span bytes = buf_view(&in);
    UNIT_TRUE(conn_next(&c, &bytes, &e, &out));
    UNIT_INT(e.type, CONN_CLOSED);
    UNIT_INT(e.code, 1011);
    UNIT_TRUE(e.is_failure);
    UNIT_TRUE(out.failed);
    UNIT_FALSE(conn_next(&c, &bytes, &e, &out));
    UNIT_INT(bytes.len, 0);
    conn_free(&c);
    buf_free(&out);
    buf_free(&in);
}

/* As if memory ran out: held may not grow any more, in the middle of a header,
 * a control frame, another header, a message, and the end of a message. */
static void fails_when_it_cannot_keep_what_arrived(void) {
    static const size_t cuts[] = {1, 8, 13, 20, 25};
    BUF(in);
    frame(&in, true, FRAME_PONG, "abcdef", 6);      /* bytes 0 to 11 */
    frame(&in, true, FRAME_TEXT, "ghijklmnop", 10); /* 12 to 27 */
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        struct conn c;
        struct conn_event e;
        BUF(out);
        conn_init_server(&c, MAX);
        uint8_t *copy = unit_exact(in.bytes, in.end);
        struct span first = {copy, cuts[i]}, next = {copy + cuts[i], 3};
        while (conn_next(&c, &first, &e, &out)) continue;
        UNIT_TRUE(conn_is_mid_message(&c));
        c.held.max = (c.held.end - c.held.start) & BUF_MAX;
        bool is_event = conn_next(&c, &next, &e, &out);
        UNIT_TRUE(is_event);
        UNIT_INT(is_event ? e.code : 0, 1011);
        UNIT_TEXT(out.bytes, out.end, "\x88\x02\x03\xf3");
        free(copy);
        conn_free(&c);
        buf_free(&out);
    }
    buf_free(&in);
}

/* Between messages the peer has nothing to complete; everywhere else there
 * is. */
static void knows_whether_a_message_is_unfinished(void) {
    BUF(in);
    size_t ends[5] = {0};
    TEXT(&in, "one");
    ends[0] = in.end;
    frame(&in, true, FRAME_PING, "p", 1);
    ends[1] = in.end;
    frame(&in, false, FRAME_TEXT, "tw", 2);
    frame(&in, true, FRAME_PING, "q", 1); /* does not end the message */
    frame(&in, true, FRAME_CONTINUATION, "o", 1);
    ends[2] = in.end;
    frame(&in, false, FRAME_BINARY, "", 0);
    frame(&in, true, FRAME_CONTINUATION, "", 0);
    ends[3] = in.end;
    struct conn c;
    struct seen s = {.out.max = 1000};
    conn_init_server(&c, MAX);
    UNIT_FALSE(conn_is_mid_message(&c));
    for (size_t at = 0, i = 0; at < in.end; at++) {
        feed(&c, &s, in.bytes + at, 1, 1);
        bool is_end = at + 1 == ends[i];
        UNIT_INT(conn_is_mid_message(&c), !is_end);
        if (is_end) i++;
    }
    UNIT_TEXT(s.text, s.n, "message 1 one;message 1 two;message 2 ;");
    conn_free(&c);
    UNIT_FALSE(conn_is_mid_message(&c)); /* nothing will be awaited */
    buf_free(&in);
    buf_free(&s.out);
}

static void a_full_out_appends_nothing(void) {
    struct buf out = {.max = 20};
    struct span text = span_from("seven b");
    UNIT_FALSE(conn_send(&out, FRAME_TEXT, &text, 1, NULL));
    UNIT_INT(out.end, 0);
    UNIT_TRUE(out.failed);
    buf_free(&out);
}

UNIT_MAIN("websocket/conn",
          UNIT_TEST(a_message_that_arrived_whole_is_not_copied),
          UNIT_TEST(a_payload_that_looks_like_a_frame_is_a_payload),
          UNIT_TEST(closes_before_the_message_of_the_last_event_is_freed),
          UNIT_TEST(a_whole_control_frame_needs_no_memory),
          UNIT_TEST(a_client_stays_a_client_after_a_fragmented_message),
          UNIT_TEST(an_idle_conn_is_48_bytes_and_owns_nothing),
          UNIT_TEST(every_split_gives_the_same_events),
          UNIT_TEST(bytes_pay_for_more_fragments),
          UNIT_TEST(a_control_frame_is_no_part_of_a_message),
          UNIT_TEST(a_payload_is_not_read_as_a_header),
          UNIT_TEST(a_payload_that_arrived_whole_is_a_part_of_the_input),
          UNIT_TEST(after_our_close_only_the_close_of_the_peer_counts),
          UNIT_TEST(our_close_may_come_in_the_middle_of_anything),
          UNIT_TEST(a_client_masks_each_frame_with_a_new_key),
          UNIT_TEST(the_two_roles_understand_each_other),
          UNIT_TEST(says_whether_it_has_replied_to_a_close),
          UNIT_TEST(fails_when_there_is_no_space_for_a_pong),
          UNIT_TEST(fails_when_it_cannot_keep_what_arrived),
          UNIT_TEST(knows_whether_a_message_is_unfinished),
          UNIT_TEST(a_full_out_appends_nothing))
