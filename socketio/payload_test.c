/* payload_test.c: packets joined and cut apart (Engine.IO v4, "Payload
 * encoding") */
#include "packets/unit.h"
#include "socketio/payload.h"

/* A body and the packets in it, each as "text" or "binary" and its bytes. */
struct example {
    const char *body;
    const char *packets[4];
};

static void cuts_a_body_into_its_packets(void) {
    static const struct example examples[] = {
        /* the example of the protocol document */
        {"4hello\x1e"
         "2\x1e"
         "4world",
         {"t4hello", "t2", "t4world"}},
        {"4hello\x1e"
         "bAQIDBA==",
         {"t4hello", "b\x01\x02\x03\x04"}},
        {"2", {"t2"}},
        {"b", {"b"}}, /* no bytes at all */
        {"4\xc3\xa9\x1e"
         "4",
         {"t4\xc3\xa9", "t4"}}, /* UTF-8 */
        {"4b", {"t4b"}},        /* only the first b counts */
    };
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        const struct example *x = &examples[i];
        size_t n = strlen(x->body);
        uint8_t *body = unit_exact(x->body, n);
        struct span rest = {body, n};
        struct payload_packet p;
        for (size_t k = 0; x->packets[k]; k++) {
            UNIT_INT(payload_next(&rest, &p), 1);
            UNIT_INT(p.is_binary, x->packets[k][0] == 'b');
            UNIT_TEXT(p.bytes.data, p.bytes.len, x->packets[k] + 1);
        }
        UNIT_INT(payload_next(&rest, &p), 0);
        UNIT_INT(payload_next(&rest, &p), 0);
        UNIT_TRUE(rest.data == NULL && rest.len == 0);
        free(body);
    }
}

static void refuses_what_is_not_a_packet(void) {
    static const struct {
        const char *body;
        int good; /* packets before the bad one */
        int error;
    } bad[] = {
        {"", 0, PAYLOAD_ERR_EMPTY},
        {"\x1e"
         "4a",
         0, PAYLOAD_ERR_EMPTY},
        {"4a\x1e", 1, PAYLOAD_ERR_EMPTY},
        {"4a\x1e\x1e"
         "4b",
         1, PAYLOAD_ERR_EMPTY},
        {"bAQIDBA=", 0, PAYLOAD_ERR_BASE64}, /* padding is missing */
        {"bAQID\n", 0, PAYLOAD_ERR_BASE64},
        {"2\x1e"
         "b?",
         1, PAYLOAD_ERR_BASE64},
        {"4\xc0\xaf", 0, PAYLOAD_ERR_UTF8}, /* overlong "/" */
        {"4\xe2\x82\x1e"
         "4",
         0, PAYLOAD_ERR_UTF8}, /* cut by the separator */
        {"\xff", 0, PAYLOAD_ERR_UTF8},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        size_t n = strlen(bad[i].body);
        uint8_t *body = unit_exact(bad[i].body, n);
        struct span rest = {body, n};
        struct payload_packet p;
        for (int k = 0; k < bad[i].good; k++)
            UNIT_INT(payload_next(&rest, &p), 1);
        UNIT_INT(payload_next(&rest, &p), bad[i].error);
        free(body);
    }
}

static void writes_what_it_reads_in_exactly_the_size_it_says(void) {
    uint8_t bytes[] = {0, 0x1e, 'b', 255, 7};
    for (size_t len = 0; len <= sizeof bytes; len++) {
        size_t size = payload_size(false, 2, true) +
                      payload_size(true, len, false) +
                      payload_size(false, 1, false);
        struct buf out;
        struct payload_packet p;
        buf_init(&out, size);
        UNIT_TRUE(payload_write(&out, false, span_from("4x"), true));
        UNIT_TRUE(payload_write(&out, true, (struct span){bytes, len}, false));
        UNIT_TRUE(payload_write(&out, false, span_from("2"), false));
        UNIT_INT(out.end, size);
        UNIT_FALSE(payload_write(&out, false, span_from("6"), false));
        struct span rest = {out.bytes, size};
        UNIT_INT(payload_next(&rest, &p), 1);
        UNIT_TEXT(p.bytes.data, p.bytes.len, "4x");
        UNIT_INT(payload_next(&rest, &p), 1);
        UNIT_TRUE(p.is_binary);
        UNIT_TRUE(span_equal(p.bytes, (struct span){bytes, len}));
        UNIT_INT(payload_next(&rest, &p), 1);
        UNIT_TEXT(p.bytes.data, p.bytes.len, "2");
        UNIT_INT(payload_next(&rest, &p), 0);
        buf_free(&out);
    }
}

static void says_so_when_there_is_no_space(void) {
    static const struct {
        uint32_t max;
        bool is_binary, is_first, fits;
    } cases[] = {
        {1, false, true, false},  {2, false, true, true},
        {2, false, false, false}, {3, false, false, true},
        {0, true, true, false},   {4, true, true, false},
        {5, true, true, true},    {5, true, false, false},
        {6, true, false, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf out;
        buf_init(&out, cases[i].max);
        UNIT_INT(payload_write(&out, cases[i].is_binary, span_from("4x"),
                               cases[i].is_first),
                 cases[i].fits);
        buf_free(&out);
    }
}

UNIT_MAIN("socketio/payload", UNIT_TEST(cuts_a_body_into_its_packets),
          UNIT_TEST(refuses_what_is_not_a_packet),
          UNIT_TEST(writes_what_it_reads_in_exactly_the_size_it_says),
          UNIT_TEST(says_so_when_there_is_no_space))
