/* explain_stream_test.c: socketio/explain_stream.h */
#include "packets/unit.h"
#include "socketio/explain_stream.h"

enum { /* the two ends of a connection */
    CLIENT,
    SERVER
};

static struct explain e;
static struct explain_streams c;
static size_t kept;
static char story[20000];
static size_t story_len;

static void begin(void) {
    explain_streams_reset(&c, &kept);
    UNIT_INT(kept, 0);
    if (e.fields.max == 0) explain_init(&e, 1 << 22);
    story_len = 0;
    story[0] = '\0';
}

/* Appends the fields of the explanation, as "name=text|", but not those of data
 * that is explained elsewhere. */
static void report(void) {
    UNIT_TRUE(explain_is_complete(&e));
    for (size_t i = 0; i < explain_count(&e); i++) {
        const struct explain_field *f = explain_field(&e, i);
        struct span bytes = explain_bytes(&e, f);
        bool is_elsewhere = strcmp(f->name, "data") == 0 && f->note > 0;
        if (f->kind == EXPLAIN_HEADER || is_elsewhere) continue;
        int n =
            snprintf(story + story_len, sizeof story - story_len, "%s=%.*s%s|",
                     f->name, bytes.len < 100 ? (int)bytes.len : 100,
                     (char *)bytes.data, f->is_cut ? "~" : "");
        story_len += (size_t)n;
    }
}

static void show_kept(int from) {
    uint64_t offset;
    while (explain_stream_next(&c, from, &e, &offset)) {
        UNIT_TRUE(offset + e.input.len <= c.stream[from].position);
        report();
    }
}

/* A segment in order. Returns what is said about its data as a whole. */
static const char *segment(int from, struct span bytes) {
    static char words[EXPLAIN_WORDS_MAX];
    struct dissector d;
    uint8_t *exact = unit_exact(bytes.data, bytes.len);
    dissector_begin(&d, &e, (struct span){exact, bytes.len},
                    EXPLAIN_APPLICATION, "data");
    explain_stream_segment(&c, from, &d);
    UNIT_TRUE(dissector_finish(&d));
    report();
    const char *said = "";
    if (explain_count(&e) > 0)
        said =
            explain_words(&e, explain_field(&e, explain_count(&e) - 1), words);
    free(exact);
    show_kept(from);
    return said;
}

static const char *feed(int from, const char *text) {
    return segment(from, span_from(text));
}

static void lose(int from, uint64_t n) {
    uint64_t offset;
    if (explain_stream_missing(&c, from, n, &e, &offset)) report();
}

#define STORY(expected) UNIT_TEXT(story, story_len, expected)
#define SAYS(call, expected)                                                   \
    do {                                                                       \
        const char *got = call;                                                \
        UNIT_TEXT(got, strlen(got), expected);                                 \
    } while (0)
#define TELLS(text) UNIT_TRUE(strstr(story, text) != NULL)

/* A dialogue: the sender and the bytes of each step. */
static const struct turn {
    int from;
    const char *text;
    size_t len;
} TALK[] = {
#define TURN(from, text)                                                       \
    { from, text, sizeof text - 1 }
    TURN(CLIENT, "POST /socket.io/?EIO=4 HTTP/1.1\r\nHost: a\r\n"
                 "Content-Length: 7\r\n\r\n42[\"a\"]"),
    TURN(SERVER, "HTTP/1.1 100 Continue\r\n\r\n"
                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "3\r\n2ab\r\n0\r\nx: y\r\n\r\n"),
    TURN(CLIENT, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"
                 "GET /socket.io/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    TURN(SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"
                 "HTTP/1.1 101 Yes\r\n\r\n\x81\x02"
                 "40"),
    TURN(CLIENT, "\x81\x88\x37\xfa\x21\x3d\x03\xc8\x7a\x1f\x5f\x93\x03\x60"
                 "\x82\x7e\x00\x05hello"),
    TURN(SERVER, "\x81\x7f\x00\x00\x00\x00\x00\x00\x00\x09"
                 "42[\"bye\"]\x88\x02\x03\xe8"),
};

enum {
    TURNS = sizeof TALK / sizeof *TALK
};

/* Sends all, and cuts one turn in two, or (-1) every turn into single bytes. */
static void talk(int turn, size_t at) {
    begin();
    for (int i = 0; i < TURNS; i++) {
        struct span left = {(uint8_t *)(uintptr_t)TALK[i].text, TALK[i].len};
        while (left.len > 0) {
            struct span part = left;
            if (turn == i && left.len == TALK[i].len) part.len = at;
            if (turn == -1) part.len = 1;
            segment(TALK[i].from, part);
            left = span_skip(left, part.len);
        }
    }
    UNIT_INT(kept, 0);
}

static void every_split_gives_the_same_messages(void) {
    static char whole[sizeof story];
    talk(TURNS, 0);
    memcpy(whole, story, story_len + 1);
    TELLS("|event name=\"a\"|");
    TELLS("|chunk-data=2ab|");
    TELLS("|event name=\"hi\"|");
    TELLS("|event name=\"bye\"|");
    TELLS("|Payload data=hello|");
    UNIT_INT(e.cut_count, 0);
    for (int i = 0; i < TURNS; i++) {
        for (size_t at = 1; at < TALK[i].len; at++) {
            talk(i, at);
            STORY(whole);
        }
    }
    talk(-1, 0);
    STORY(whole);
}

static void says_what_becomes_of_a_segment(void) {
    begin();
    SAYS(feed(CLIENT, "GET / HT"), "begins a message that goes on later");
    SAYS(feed(CLIENT, "TP/1.1\r\n"),
         "goes on with a message that began earlier");
    UNIT_INT(kept, 16);
    SAYS(feed(CLIENT, "Host: a\r\n\r\nGET"),
         "goes on with a message that began earlier");
    UNIT_INT(kept, 3);
    SAYS(feed(CLIENT, "xyz, no HTTP"),
         "goes on with a message that began earlier");
    UNIT_INT(kept, 0);
    SAYS(feed(CLIENT, "none"), "");
    begin();
    UNIT_INT(c.stream[CLIENT].position, 0);
}

/* RFC 9112 §6.3: such a response has no length; the stream's end is its end. */
static void a_response_may_last_until_the_end(void) {
    begin();
    feed(SERVER, "HTTP/1.1 200 OK\r\n\r\nfirst");
    TELLS("|body=first|");
    SAYS(feed(SERVER, "HTTP/1.1 more"),
         "of a message that was explained earlier");
    UNIT_INT(c.stream[SERVER].position, 37);
    lose(SERVER, 10);
    SAYS(feed(SERVER, "more"), "of a message that was explained earlier");
}

static void a_long_message_is_explained_at_once(void) {
    static char head[200], filler[1000];
    for (uint64_t extra = 0; extra < 2; extra++) {
        size_t all = EXPLAIN_MAX_MESSAGE + extra;
        begin();
        size_t n = (size_t)snprintf(
            head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n",
            all - 43);
        UNIT_INT(n, 43);
        memset(filler, 'x', sizeof filler);
        feed(SERVER, head);
        UNIT_INT(kept, extra ? 0 : n);
        UNIT_INT(c.is_partial, extra);
        for (; n < all; n += sizeof filler) {
            struct span part = {(uint8_t *)filler, sizeof filler};
            if (all - n < part.len) part.len = all - n;
            segment(SERVER, part);
        }
        UNIT_INT(kept, 0);
        UNIT_TRUE(strstr(story, "|body=~|") != NULL || !extra);
        UNIT_TRUE(strstr(story, "|body=xxx") != NULL || extra);
        feed(SERVER, "HTTP/1.1 204 No\r\n\r\n");
        TELLS("|status-code=204|");
        UNIT_FALSE(c.is_partial);
    }
    /* 2^63 - 1 bytes are a length, 2^63 are none. */
    begin();
    feed(SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n"
                 "\r\nx");
    UNIT_FALSE(c.stream[SERVER].is_lost);
    begin();
    feed(SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775808\r\n"
                 "\r\nx");
    UNIT_TRUE(c.stream[SERVER].is_lost);
    /* A frame of 2^62 bytes. */
    begin();
    c.protocol = EXPLAIN_WEBSOCKET;
    segment(SERVER,
            (struct span){(uint8_t *)"\x82\x7f\x40\0\0\0\0\0\0\0data", 14});
    UNIT_INT(kept, 0);
    SAYS(feed(SERVER, "\x81\x01x"), "of a message that was explained earlier");
    /* one of 2^63 - 1, the longest that there can be, */
    begin();
    c.protocol = EXPLAIN_WEBSOCKET;
    segment(SERVER, (struct span){(uint8_t *)"\x82\x7f\x7f\xff\xff\xff\xff\xff"
                                             "\xff\xff"
                                             "data",
                                  14});
    UNIT_FALSE(c.stream[SERVER].is_lost);
    SAYS(feed(SERVER, "\x81\x01x"), "of a message that was explained earlier");
    /* and one of more than a length can be, RFC 6455 §5.2 */
    begin();
    c.protocol = EXPLAIN_WEBSOCKET;
    segment(SERVER,
            (struct span){(uint8_t *)"\x82\x7f\x80\0\0\0\0\0\0\0data", 14});
    UNIT_TRUE(c.stream[SERVER].is_lost);
}

/* Bytes that are not in a segment of their own are skipped as well. */
static void skips_what_was_explained(void) {
    begin();
    feed(SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n123");
    uint64_t left = 999999 - 3;
    UNIT_INT(c.stream[SERVER].skip, left);
    for (size_t n; left > 0; left -= n) {
        static uint8_t bytes[1000];
        n = left < 1000 ? left : 1000;
        explain_stream_add(&c, SERVER, (struct span){bytes, n});
        show_kept(SERVER);
        UNIT_INT(kept, 0);
    }
    explain_stream_add(&c, SERVER, span_from("HTTP/1.1 204 No\r\n\r\n"));
    show_kept(SERVER);
    TELLS("|status-code=204|");
    UNIT_INT(kept, 0);
}

/* Chunks do not say how long they are in all. */
static void a_long_chunked_message_is_lost(void) {
    static uint8_t filler[1 << 16];
    begin();
    memset(filler, 'x', sizeof filler);
    feed(SERVER,
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n");
    for (int i = 0; i < 5; i++)
        segment(SERVER, (struct span){filler, sizeof filler});
    UNIT_INT(kept, 0);
    UNIT_TRUE(c.stream[SERVER].is_lost);
    SAYS(feed(SERVER, "chunk"), "the start of the next message is unknown");
    feed(SERVER, "HTTP/1.1 204 No\r\n\r\n");
    TELLS("|status-code=204|");
}

static void all_connections_share_a_limit(void) {
    static uint8_t filler[200000];
    struct explain_streams all[12];
    memset(all, 0, sizeof all);
    begin();
    struct explain_streams first = c;
    for (int i = 0; i < 12; i++) {
        explain_streams_reset(&c, &kept);
        feed(SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 262000\r\n\r\n");
        segment(SERVER, (struct span){filler, sizeof filler});
        UNIT_TRUE(kept <= EXPLAIN_MAX_KEPT + sizeof filler);
        all[i] = c;
        c = first;
    }
    UNIT_TRUE(kept > EXPLAIN_MAX_KEPT - 2 * sizeof filler);
    for (int i = 0; i < 12; i++) explain_streams_reset(&all[i], &kept);
    UNIT_INT(kept, 0);
}

/* As many bytes are kept as the limit says, and not one more. */
static void the_limit_of_all_is_exact(void) {
    for (size_t more = 0; more < 2; more++) {
        begin();
        size_t others = EXPLAIN_MAX_KEPT - 16 + more;
        kept = others; /* by other connections */
        feed(SERVER, "HTTP/1.1 200 OK\r");
        UNIT_INT(kept, others + (more ? 0 : 16));
        UNIT_INT(story_len > 0, more); /* explained at once */
        explain_streams_reset(&c, &kept);
        UNIT_INT(kept, others);
        kept = 0;
    }
}

/* "GET" may begin a message, "GETxyz, n" does not. */
static void what_begins_no_message_is_no_explanation(void) {
    uint64_t offset;
    begin();
    explain_stream_add(&c, CLIENT, span_from("GET"));
    UNIT_FALSE(explain_stream_next(&c, CLIENT, &e, &offset));
    UNIT_INT(kept, 3);
    explain_stream_add(&c, CLIENT, span_from("xyz, n"));
    UNIT_FALSE(explain_stream_next(&c, CLIENT, &e, &offset));
    UNIT_INT(kept, 0);
    UNIT_INT(c.stream[CLIENT].position, 9);
    explain_stream_add(&c, CLIENT, span_from("x")); /* nor does one byte */
    UNIT_FALSE(explain_stream_next(&c, CLIENT, &e, &offset));
    UNIT_INT(kept, 0);
    explain_stream_add(&c, CLIENT,
                       span_from("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    show_kept(CLIENT);
    TELLS("method=GET|SP= |path=/|");
    UNIT_INT(kept, 0);
}

/* RFC 9110 §15.2: 101 is the last response to its request, 100 is not. */
static void counts_the_requests_without_a_response(void) {
    begin();
    feed(CLIENT, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    feed(CLIENT, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    UNIT_INT(c.request_count, 2);
    feed(SERVER, "HTTP/1.1 204 No\r\n\r\n");
    UNIT_INT(c.request_count, 1);
    feed(SERVER, "HTTP/1.1 100 Continue\r\n\r\n");
    UNIT_INT(c.request_count, 1);
    feed(SERVER, "HTTP/1.1 101 Yes\r\n\r\n");
    UNIT_INT(c.request_count, 0);
}

/* At the end of a chunk the number of following bytes is unknown: at least
 * one. */
static void a_chunked_message_without_its_end_is_cut(void) {
    begin();
    feed(SERVER, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "2\r\nab\r\n");
    uint64_t position = c.stream[SERVER].position;
    lose(SERVER, 5);
    TELLS("|chunk-data=ab|CRLF=\r\n|chunk-size=~|");
    UNIT_INT(c.stream[SERVER].position, position + 5);
    char text[EXPLAIN_WORDS_MAX];
    const char *words =
        explain_words(&e, explain_field(&e, explain_count(&e) - 1), text);
    UNIT_TEXT(words, strlen(words), "cut: 0 of 1 bytes are here");
}

static void bytes_that_are_missing_cut_a_message(void) {
    begin();
    feed(SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n12345");
    lose(SERVER, 10); /* inside the body: the next message is known */
    TELLS("|body=12345~|");
    UNIT_TRUE(c.is_partial);
    SAYS(feed(SERVER, "67890HTTP/1.1 204 No\r\n\r\n"), "");
    TELLS("|status-code=204|");
    feed(SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123");
    lose(SERVER, 6); /* the rest of it */
    feed(SERVER, "HTTP/1.1 205 No\r\nContent-Length: 0\r\n\r\n");
    TELLS("|status-code=205|");
    feed(SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123");
    lose(SERVER, 7); /* and a byte of the next one */
    SAYS(feed(SERVER, "\r\n\r\n"), "the start of the next message is unknown");
    feed(SERVER, "HTTP/1.1 206 No\r\nContent-Length: 0\r\n\r\n");
    TELLS("|status-code=206|");
    feed(SERVER, "HTTP/1.1 207");
    lose(SERVER, 0); /* the stream has ended */
    TELLS("status-code=207|CRLF=~|");
    UNIT_INT(kept, 0 + buf_view(&c.stream[SERVER].kept).len);
    /* Frames have no beginning that one can look for. */
    begin();
    c.protocol = EXPLAIN_WEBSOCKET;
    feed(SERVER, "\x81\x03"
                 "ab");
    lose(SERVER, 1);
    feed(SERVER, "\x81\x01y");
    TELLS("|Text=y|");
    lose(SERVER, 1);
    SAYS(feed(SERVER, "\x81\x01z"), "the start of the next message is unknown");
}

static void what_is_malformed_ends_the_search(void) {
    begin();
    feed(CLIENT, "GET / HTTP/1.1\r\nHost : a\r\n\r\nGET / HTTP/1.1\r\n");
    UNIT_TRUE(c.stream[CLIENT].is_lost);
    feed(CLIENT, "GET /again HTTP/1.1\r\nHost: a\r\n\r\n");
    TELLS("|path=/again|");
    UNIT_FALSE(c.stream[CLIENT].is_lost);
    feed(CLIENT, "POST / HTTP/1.1\r\nHost: a\r\n"
                 "Transfer-Encoding: chunked\r\n\r\nnot hex\r\n");
    UNIT_TRUE(c.stream[CLIENT].is_lost);
}

/* Requests are counted up to 32; a response without one counts as that of
 * GET. */
static void follows_pipelined_requests(void) {
    begin();
    for (int i = 0; i < 40; i++)
        feed(CLIENT, i % 2 ? "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"
                           : "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    for (int i = 0; i < 32; i++) {
        story_len = 0;
        feed(SERVER, i % 2
                         ? "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
                         : "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde");
        UNIT_INT(kept, 0);
        UNIT_TRUE((strstr(story, "|body=abcde|") != NULL) == (i % 2 == 0));
    }
    feed(SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    UNIT_INT(kept, 38);
}

/* Each byte of a head, of a chunk and of a frame is looked at once: this takes
 * hours otherwise. */
static void the_cost_is_linear(void) {
    begin();
    for (int i = 0; i < 200000; i++) {
        static const char head[] =
            "HTTP/1.1 200 OK\r\n"
            "Transfer-Encoding: chunked\r\n\r\n50000\r\n";
        uint8_t byte = i < (int)sizeof head - 1 ? (uint8_t)head[i] : 'x';
        explain_stream_add(&c, SERVER, (struct span){&byte, 1});
        show_kept(SERVER);
        size_t in_head = sizeof head - 1 - 7; /* without the chunk's size */
        size_t seen = (size_t)i + 1 < in_head ? (size_t)i + 1 : in_head;
        if (i >= 7) UNIT_INT(c.stream[SERVER].extent.seen, seen);
    }
    UNIT_INT(c.stream[SERVER].extent.pos, 200000);
    begin();
    explain_free(&e);
}

UNIT_MAIN("socketio/explain_stream",
          UNIT_TEST(every_split_gives_the_same_messages),
          UNIT_TEST(says_what_becomes_of_a_segment),
          UNIT_TEST(a_response_may_last_until_the_end),
          UNIT_TEST(a_long_message_is_explained_at_once),
          UNIT_TEST(skips_what_was_explained),
          UNIT_TEST(a_long_chunked_message_is_lost),
          UNIT_TEST(all_connections_share_a_limit),
          UNIT_TEST(the_limit_of_all_is_exact),
          UNIT_TEST(what_begins_no_message_is_no_explanation),
          UNIT_TEST(counts_the_requests_without_a_response),
          UNIT_TEST(a_chunked_message_without_its_end_is_cut),
          UNIT_TEST(bytes_that_are_missing_cut_a_message),
          UNIT_TEST(what_is_malformed_ends_the_search),
          UNIT_TEST(follows_pipelined_requests), UNIT_TEST(the_cost_is_linear))
