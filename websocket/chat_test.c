/* chat_test.c: websocket/chat.h, through an outbox, with clients by number */
#include "packets/unit.h"
#include "websocket/chat.h"
#include "websocket/conn.h"
#include "websocket/masks.h"

enum {
    ANN,
    BEN,
    CAT,
    EVE,
    COUNT
};

static struct outbox outbox;
static struct chat chat;
static char got[COUNT][2000]; /* lines, each ended by "|" */

static void start(void) {
    UNIT_TRUE(outbox_init(&outbox, COUNT, 1 << 20));
    UNIT_TRUE(chat_init(&chat, COUNT, &outbox));
    chat_enter(&chat, ANN, "Ann");
    chat_enter(&chat, BEN, "Ben");
    chat_enter(&chat, CAT, "Zo\xc3\xab");
    chat_enter(&chat, EVE, "Eve");
}

static void stop(void) {
    chat_free(&chat);
    outbox_free(&outbox);
}

/* Reads the frames of one round as each client does. */
static void deliver(void) {
    struct outgoing o;
    struct mask_source masks = {0};
    memset(got, 0, sizeof got);
    while (outbox_next(&outbox, &o)) {
        uint8_t *exact = unit_exact(o.bytes.data, o.bytes.len);
        struct span in = {exact, o.bytes.len};
        struct buf out = {.max = 100};
        struct conn client;
        struct conn_event e;
        char *text = got[o.conn];
        UNIT_INT(o.then, OUTBOX_OPEN);
        conn_init_client(&client, 10000, &masks);
        while (conn_next(&client, &in, &e, &out)) {
            size_t n = strlen(text);
            UNIT_INT(e.type, CONN_MESSAGE);
            UNIT_INT(e.opcode, FRAME_TEXT);
            snprintf(text + n, sizeof got[0] - n, "%.*s|", (int)e.payload.len,
                     (char *)e.payload.data);
        }
        conn_free(&client);
        buf_free(&out);
        free(exact);
    }
}

/* Expects what each of the four has got; "" is nothing. */
static void expect(const char *ann, const char *ben, const char *cat,
                   const char *eve) {
    const char *const expected[COUNT] = {ann, ben, cat, eve};
    deliver();
    for (int i = 0; i < COUNT; i++)
        UNIT_TEXT(got[i], strlen(got[i]), expected[i]);
}

static bool receive(uint32_t client, const char *line) {
    size_t n = strlen(line);
    uint8_t *exact = unit_exact(line, n);
    bool is_good = chat_receive(&chat, client, (struct span){exact, n});
    free(exact);
    return is_good;
}

/* Ann and Ben in books, Cat in music, Eve in none. */
static void join_all(void) {
    UNIT_TRUE(receive(ANN, "join books"));
    UNIT_TRUE(receive(BEN, "join books"));
    UNIT_TRUE(receive(CAT, "join music"));
    deliver();
}

static void each_client_gets_its_name_first(void) {
    start();
    expect("hello Ann|", "hello Ben|", "hello Zo\xc3\xab|", "hello Eve|");
    stop();
}

static void a_new_member_gets_the_members_and_they_get_joined(void) {
    start();
    deliver();
    UNIT_TRUE(receive(ANN, "join books"));
    expect("here Ann|", "", "", "");
    UNIT_TRUE(receive(CAT, "join music"));
    expect("", "", "here Zo\xc3\xab|", "");
    UNIT_TRUE(receive(BEN, "join books"));
    expect("joined Ben|", "here Ann|here Ben|", "", "");
    stop();
}

static void a_line_goes_to_the_channel_and_to_its_sender(void) {
    start();
    join_all();
    UNIT_TRUE(receive(ANN, "say hello, all"));
    expect("said Ann hello, all|", "said Ann hello, all|", "", "");
    UNIT_TRUE(receive(CAT, "say  two  spaces "));
    expect("", "", "said Zo\xc3\xab  two  spaces |", "");
    stop();
}

static void typing_goes_to_the_others(void) {
    start();
    join_all();
    UNIT_TRUE(receive(BEN, "typing"));
    expect("typing Ben|", "", "", "");
    stop();
}

static void a_client_that_changes_the_channel_leaves_the_old_one(void) {
    start();
    join_all();
    UNIT_TRUE(receive(BEN, "join music"));
    expect("left Ben|", "here Ben|here Zo\xc3\xab|", "joined Ben|", "");
    UNIT_TRUE(receive(ANN, "say alone"));
    expect("said Ann alone|", "", "", "");
    UNIT_TRUE(receive(ANN, "join books")); /* again: as if it were new */
    expect("here Ann|", "", "", "");
    stop();
}

static void a_client_that_is_gone_has_left_and_its_number_is_free(void) {
    start();
    join_all();
    chat_leave(&chat, BEN);
    expect("left Ben|", "", "", "");
    chat_leave(&chat, BEN); /* it is not there */
    chat_leave(&chat, EVE); /* it is in no channel */
    expect("", "", "", "");
    UNIT_TRUE(receive(ANN, "say hello"));
    expect("said Ann hello|", "", "", "");
    chat_enter(&chat, BEN, "Dan"); /* in no channel yet */
    expect("", "hello Dan|", "", "");
    UNIT_TRUE(receive(ANN, "typing"));
    expect("", "", "", "");
    stop();
}

static void two_clients_may_have_one_name(void) {
    start();
    join_all();
    chat_leave(&chat, EVE);
    chat_enter(&chat, EVE, "Ann");
    deliver();
    UNIT_TRUE(receive(EVE, "join books"));
    expect("joined Ann|", "joined Ann|", "", "here Ann|here Ben|here Ann|");
    stop();
}

static void what_is_not_a_line_of_the_protocol_is_refused(void) {
    static const char *const bad[] = {
        "",          "join",           "join ",       "join Books",
        "join book", "join bookss",    "join  books", "JOIN books",
        "say",       "say ",           "say a\nb",    "say a\x7f",
        "say \x01",  "say a\tb",       "typing ",     "typing now",
        "left Ann",  "said Ann hello", "hello",       "say \xc2\x9b",
    };
    start();
    join_all();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        bool is_good = receive(ANN, bad[i]);
        UNIT_FALSE(is_good);
        if (is_good) printf("  %s\n", bad[i]);
        expect("", "", "", "");
    }
    UNIT_FALSE(receive(EVE, "say hello")); /* it has not joined */
    UNIT_FALSE(receive(EVE, "typing"));
    expect("", "", "", "");
    /* A part of a good line is none, except of what is said. */
    for (size_t n = 0; n < strlen("join music"); n++)
        UNIT_FALSE(chat_receive(&chat, ANN,
                                (struct span){(uint8_t *)"join music", n}));
    stop();
}

static void a_name_is_short_and_one_word(void) {
    static const struct {
        const char *name;
        bool is_good;
    } cases[] = {
        {"A", true},
        {"Zo\xc3\xab", true},
        {"\xe2\x82\xac", true},
        {"<b>&amp;", true},
        {"123456789012345678901234567890", true},
        {"1234567890123456789012345678901", false}, /* 31 bytes */
        {"", false},
        {"two words", false},
        {" Ann", false},
        {"Ann ", false},
        {"a\tb", false},
        {"a\nb", false},
        {"a\x7f", false},
        {"a\xc2\x9b", false}, /* U+009B, which terminals obey */
        {"a\xc2\xa0", true},
        {"a\xff", false},
        {"a\xc3", false}, /* cut in a character */
        {"a\xc0\x80", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *name = cases[i].name;
        uint8_t *exact = unit_exact(name, strlen(name));
        bool is_good = chat_is_name((struct span){exact, strlen(name)});
        UNIT_INT(is_good, cases[i].is_good);
        free(exact);
    }
    UNIT_FALSE(chat_is_name((struct span){(uint8_t *)"a\0b", 3}));
}

enum {
    MANY = 1000
};

/* All of them are in one channel. */
static void start_many(void) {
    struct outgoing o;
    UNIT_TRUE(outbox_init(&outbox, MANY, 1 << 20));
    UNIT_TRUE(chat_init(&chat, MANY, &outbox));
    for (uint32_t i = 0; i < MANY; i++) {
        chat_enter(&chat, i, "x");
        UNIT_TRUE(receive(i, "join books"));
        while (outbox_has_waiting(&outbox) || outbox_next(&outbox, &o))
            outbox_next(&outbox, &o);
    }
}

/* One copy of it in the outbox, however many get it. A round sends it only to
 * some of them, so that nobody else waits for a thousand system calls. */
static void a_line_is_written_once_and_sent_in_rounds(void) {
    struct outgoing o;
    const uint8_t *data = NULL;
    unsigned count = 0, rounds = 1;
    start_many();
    UNIT_TRUE(receive(MANY - 1, "say hi"));
    for (; count < MANY && rounds < MANY; count++) {
        while (!outbox_next(&outbox, &o)) rounds++;
        if (!data) data = o.bytes.data;
        UNIT_TRUE(o.bytes.data == data);
        UNIT_INT(o.bytes.len, 2 + strlen("said x hi"));
    }
    UNIT_FALSE(outbox_next(&outbox, &o));
    UNIT_FALSE(outbox_has_waiting(&outbox));
    UNIT_INT(rounds, (MANY + LIMIT_ROUND - 1) / LIMIT_ROUND);
    stop();
}

static void a_member_that_joins_again_gets_a_list_of_a_thousand(void) {
    struct outgoing o;
    start_many();
    UNIT_TRUE(receive(7, "join books"));
    UNIT_TRUE(outbox_next(&outbox, &o));
    UNIT_INT(o.conn, 7);
    UNIT_INT(o.bytes.len, MANY * (2 + strlen("here x")));
    stop();
}

UNIT_MAIN("chat", UNIT_TEST(each_client_gets_its_name_first),
          UNIT_TEST(a_new_member_gets_the_members_and_they_get_joined),
          UNIT_TEST(a_line_goes_to_the_channel_and_to_its_sender),
          UNIT_TEST(typing_goes_to_the_others),
          UNIT_TEST(a_client_that_changes_the_channel_leaves_the_old_one),
          UNIT_TEST(a_client_that_is_gone_has_left_and_its_number_is_free),
          UNIT_TEST(two_clients_may_have_one_name),
          UNIT_TEST(what_is_not_a_line_of_the_protocol_is_refused),
          UNIT_TEST(a_name_is_short_and_one_word),
          UNIT_TEST(a_line_is_written_once_and_sent_in_rounds),
          UNIT_TEST(a_member_that_joins_again_gets_a_list_of_a_thousand))
