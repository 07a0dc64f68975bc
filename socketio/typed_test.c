/* typed_test.c: socketio/typed.h */
#include "packets/unit.h"
#include "socketio/typed.h"

static struct typed t;
static uint8_t *exact;

static const char *parse(const char *line) {
    typed_free(&t);
    free(exact);
    exact = unit_exact(line, strlen(line));
    const char *wrong = typed_parse(&t, (struct span){exact, strlen(line)});
    return wrong ? wrong : "";
}

static void expect(const char *line, const char *json, unsigned count,
                   bool wants_ack, const char *awaited) {
    const char *wrong = parse(line);
    UNIT_TEXT(wrong, strlen(wrong), "");
    UNIT_TEXT(t.event.json.data, t.event.json.len, json);
    UNIT_INT(t.event.count, count);
    UNIT_INT(t.event.wants_ack, wants_ack);
    UNIT_TEXT(t.awaited, strlen(t.awaited), awaited);
    UNIT_INT(typed_waits(&t), wants_ack || *awaited);
}

#define PLACE(n) "{\"_placeholder\":true,\"num\":" n "}"

static void a_line_is_an_event(void) {
    expect("hello", "[\"message\",\"hello\"]", 0, false, "message-back");
    expect("", "[\"message\",\"\"]", 0, false, "message-back");
    expect("a \"b\"\t\\", "[\"message\",\"a \\\"b\\\"\\u0009\\\\\"]", 0, false,
           "message-back");
    UNIT_TRUE(typed_parse(&t, (struct span){0}) == NULL); /* no bytes at all */
    UNIT_TEXT(t.event.json.data, t.event.json.len, "[\"message\",\"\"]");
    expect("//x", "[\"message\",\"/x\"]", 0, false, "message-back");
    expect("/emit news", "[\"news\"]", 0, false, "");
    expect("/emit news 1", "[\"news\",1]", 0, false, "");
    expect("/emit   news  1, {\"a\":2} ", "[\"news\",1, {\"a\":2}]", 0, false,
           "");
    expect("/ack news [1]", "[\"news\",[1]]", 0, true, "");
    expect("/wait bcast", "", 0, false, "bcast");
    expect("/binary file 00fF 41", "[\"file\"," PLACE("0") "," PLACE("1") "]",
           2, false, "");
    UNIT_INT(t.event.attachments[0].len, 2);
    UNIT_INT(memcmp(t.event.attachments[0].data, "\x00\xff", 2), 0);
    UNIT_TEXT(t.event.attachments[1].data, t.event.attachments[1].len, "A");
    typed_free(&t);
}

static void every_mistake_has_its_words(void) {
    static const struct {
        const char *line, *expected;
    } rows[] = {
        {"\xff", "not UTF-8"},
        {"/", "no such command"},
        {"/emi news", "no such command"},
        {"/wait", "not one name"},
        {"/wait a b", "not one name"},
        {"/binary file", "no bytes"},
        {"/binary file 0", "a byte has two hexadecimal digits"},
        {"/binary file 00 1", "a byte has two hexadecimal digits"},
        {"/binary file 0g", "a byte has two hexadecimal digits"},
        {"/binary file g0", "a byte has two hexadecimal digits"},
        {"/binary file 00 01 02 03 04 05 06 07 08 09 10",
         "too many attachments"},
        /* what the server would not accept, in the words of packet.h */
        {"/binary connect 00", NULL},
        {"/emit connect", NULL},
        {"/emit news {", NULL},
        {"/emit news 1,", NULL},
        {"/emit news 1] [", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *wrong = parse(rows[i].line);
        if (rows[i].expected) UNIT_TEXT(wrong, strlen(wrong), rows[i].expected);
        UNIT_TRUE(*wrong);
    }
}

static void ten_attachments_are_allowed(void) {
    UNIT_TEXT(parse("/binary file 00 01 02 03 04 05 06 07 08 09"), 0, "");
    UNIT_INT(t.event.count, LIMIT_ATTACHMENTS);
    for (unsigned i = 0; i < LIMIT_ATTACHMENTS; i++)
        UNIT_INT(t.event.attachments[i].data[0], i);
    /* The next line frees them: the leak checker of the sanitizer looks. */
    UNIT_TRUE(typed_parse(&t, span_from("hello")) == NULL);
    UNIT_TRUE(t.bytes.bytes == NULL);
    typed_free(&t);
    UNIT_TRUE(t.json.bytes == NULL && t.bytes.bytes == NULL);
}

/* A name of 254 bytes fits, one of 255 does not. */
static void a_name_has_its_limit(void) {
    char line[400] = "/wait ";
    memset(line + 6, 'x', LIMIT_NAMESPACE - 1);
    UNIT_TEXT(parse(line), 0, "");
    UNIT_INT(strlen(t.awaited), LIMIT_NAMESPACE - 1);
    line[6 + LIMIT_NAMESPACE - 1] = 'x';
    UNIT_TEXT(parse(line), 12, "not one name");
    typed_free(&t);
}

static void recognises_its_reply(void) {
    struct socket_client_event e = {.type = SOCKET_CLIENT_EVENT,
                                    .name = span_from("message-back")};
    struct socket_client_event other = {.type = SOCKET_CLIENT_EVENT,
                                        .name = span_from("auth")};
    struct socket_client_event nameless = {.type = SOCKET_CLIENT_EVENT};
    struct socket_client_event ack = {.type = SOCKET_CLIENT_ACK};
    struct socket_client_event upgrade = {.type = SOCKET_CLIENT_UPGRADED,
                                          .name = span_from("message-back")};
    parse("hello");
    UNIT_TRUE(typed_is_reply(&t, &e));
    UNIT_FALSE(typed_is_reply(&t, &other));
    UNIT_FALSE(typed_is_reply(&t, &ack));
    UNIT_FALSE(typed_is_reply(&t, &upgrade));
    parse("/wait auth");
    UNIT_TRUE(typed_is_reply(&t, &other));
    parse("/ack message");
    UNIT_TRUE(typed_is_reply(&t, &ack));
    UNIT_FALSE(typed_is_reply(&t, &e));
    parse("/emit message");
    UNIT_FALSE(typed_is_reply(&t, &e) || typed_is_reply(&t, &ack));
    UNIT_FALSE(typed_is_reply(&t, &nameless));
    typed_free(&t);
    free(exact);
    exact = NULL;
}

static void a_wait_is_over_if_the_event_has_arrived(void) {
    struct socket_client_event news = {.type = SOCKET_CLIENT_EVENT,
                                       .name = span_from("news")};
    struct socket_client_event other = {.type = SOCKET_CLIENT_EVENT,
                                        .name = span_from("other")};
    parse("/emit a");
    typed_is_reply(&t, &other);
    UNIT_FALSE(typed_is_reply(&t, &news));
    UNIT_TRUE(typed_parse(&t, span_from("/wait news")) == NULL);
    UNIT_FALSE(typed_waits(&t));
    UNIT_TRUE(typed_parse(&t, span_from("/wait other")) == NULL);
    UNIT_FALSE(typed_waits(&t)); /* one wait makes no other forget */
    UNIT_TRUE(typed_parse(&t, span_from("/wait others")) == NULL);
    UNIT_TRUE(typed_waits(&t));
    UNIT_TRUE(typed_parse(&t, span_from("/emit a")) == NULL);
    UNIT_TRUE(typed_parse(&t, span_from("/wait news")) == NULL);
    UNIT_TRUE(typed_waits(&t)); /* before the last event: it counts no more */
    for (int i = 0; i < 20000; i++) typed_is_reply(&t, &news);
    UNIT_TRUE(t.arrived.cap <= 65536);
    typed_free(&t);
}

UNIT_MAIN("typed", UNIT_TEST(a_wait_is_over_if_the_event_has_arrived),
          UNIT_TEST(a_line_is_an_event), UNIT_TEST(every_mistake_has_its_words),
          UNIT_TEST(ten_attachments_are_allowed),
          UNIT_TEST(a_name_has_its_limit), UNIT_TEST(recognises_its_reply))
