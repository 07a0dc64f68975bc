/* packet_test.c: socketio/packet.h against the Socket.IO protocol v5 */
#include "packets/unit.h"
#include "socketio/json.h"
#include "socketio/packet.h"

static struct packet p;
static uint8_t *text; /* an exact heap copy of the last one parsed */

static int parse(const char *from, size_t *where) {
    free(text);
    text = unit_exact(from, strlen(from));
    return packet_parse(&p, (struct span){text, strlen(from)}, where);
}

#define PART(span, expected) UNIT_TEXT((span).data, (span).len, expected)
#define PLACE(k) "{\"_placeholder\":true,\"num\":" #k "}"

/* Socket.IO v5, "Packet encoding" */
static void reads_one_packet_of_each_type(void) {
    static const struct {
        const char *text;
        enum packet_type type;
        const char *nsp, *data;
        long long id;
    } good[] = {
        {"0", PACKET_CONNECT, "/", "", -1},
        {"0{\"token\":1}", PACKET_CONNECT, "/", "{\"token\":1}", -1},
        {"0/admin", PACKET_CONNECT, "/admin", "", -1},
        {"0/admin,{}", PACKET_CONNECT, "/admin", "{}", -1},
        {"1", PACKET_DISCONNECT, "/", "", -1},
        {"1/admin,", PACKET_DISCONNECT, "/admin", "", -1},
        {"2[\"e\"]", PACKET_EVENT, "/", "[\"e\"]", -1},
        {"2/a,13[\"e\",1]", PACKET_EVENT, "/a", "[\"e\",1]", 13},
        {"20[\"e\"]", PACKET_EVENT, "/", "[\"e\"]", 0},
        {"4\"no\"", PACKET_CONNECT_ERROR, "/", "\"no\"", -1},
        {"3/a,456[]", PACKET_ACK, "/a", "[]", 456},
        {"4{\"message\":\"no\"}", PACKET_CONNECT_ERROR, "/",
         "{\"message\":\"no\"}", -1},
        {"51-[\"e\"," PLACE(0) "]", PACKET_BINARY_EVENT, "/",
         "[\"e\"," PLACE(0) "]", -1},
        {"61-/a,7[" PLACE(0) "]", PACKET_BINARY_ACK, "/a", "[" PLACE(0) "]", 7},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        UNIT_INT(parse(good[i].text, NULL), 0);
        UNIT_INT(p.type, good[i].type);
        PART(p.nsp, good[i].nsp);
        PART(p.data, good[i].data);
        UNIT_INT(p.id, good[i].id);
        uint8_t head[PACKET_HEAD_MAX]; /* written again, the same packet */
        size_t n = packet_head(&p, head);
        bool comma = p.data.len > 0 || strchr(good[i].text, ',');
        UNIT_INT(n + p.data.len - (p.nsp.len > 1 && !comma),
                 strlen(good[i].text));
        UNIT_INT(memcmp(head, good[i].text, n - (p.nsp.len > 1 && !comma)), 0);
    }
}

static void finds_name_and_arguments(void) {
    UNIT_INT(parse("2[ \"e\\\"x\" , 1 , [2] ]", NULL), 0);
    PART(p.event, "e\\\"x");
    PART(p.args, "1 , [2]");
    UNIT_INT(parse("2[\"\\\"\",1]", NULL), 0);
    PART(p.event, "\\\"");
    UNIT_INT(parse("2[\"\\\\\",\"\"]", NULL), 0);
    PART(p.event, "\\\\");
    PART(p.args, "\"\"");
    UNIT_INT(parse("2[\"\",\"\"]", NULL), 0);
    PART(p.event, "");
    PART(p.args, "\"\"");
    UNIT_INT(parse("2[\"e\"]", NULL), 0);
    PART(p.args, "");
    UNIT_INT(parse("2[ \"e\" ] ", NULL), 0);
    PART(p.data, "[ \"e\" ]");
    PART(p.args, "");
    UNIT_INT(parse("31[1,2]", NULL), 0);
    PART(p.args, "1,2");
    UNIT_INT(parse("31[ 1,\"]\" ]", NULL), 0);
    PART(p.args, "1,\"]\"");
    PART(p.event, "");
    UNIT_INT(parse("31[ ]", NULL), 0);
    PART(p.args, "");
}

/* Any number may be a name: a positive, a negative, one of one digit. */
static void a_number_may_be_a_name(void) {
    UNIT_INT(parse("2[12,true]", NULL), 0);
    PART(p.event, "12");
    PART(p.args, "true");
    UNIT_INT(parse("2[-1.5e2 , 0]", NULL), 0);
    PART(p.event, "-1.5e2");
    PART(p.args, "0");
    UNIT_INT(parse("2[9]", NULL), 0);
    PART(p.event, "9");
    PART(p.args, "");
}

/* RFC 8259 §8.3: strings are compared after their escapes are converted; the
 * packet keeps the name as it was written, so that it can be sent on. */
static void the_name_keeps_its_spelling(void) {
    UNIT_INT(parse("2[\"\\u006dessage\",\"x\"]", NULL), 0);
    PART(p.event, "\\u006dessage");
    UNIT_TRUE(json_string_equal(p.event, "message"));
    PART(p.args, "\"x\"");
    UNIT_INT(parse("2[\"\\ud83d\\ude00\"]", NULL), 0);
    UNIT_TRUE(json_string_equal(p.event, "\xf0\x9f\x98\x80"));
}

static void an_event_forgets_the_packet_before_it(void) {
    UNIT_INT(parse("51-[\"e\"," PLACE(0) ",7]", NULL), 0);
    UNIT_INT(parse("1", NULL), 0);
    UNIT_INT(p.attachments, 0);
    PART(p.event, "");
    PART(p.args, "");
    PART(p.data, "");
}

static void renumbers_placeholders_to_the_order_of_the_text(void) {
    UNIT_INT(parse("53-[\"e\"," PLACE(2) ",{\"x\":[" PLACE(
                       0) "]},{ \"num\" : 1 "
                          ", \"_placeholder\" : true }]",
                   NULL),
             0);
    UNIT_INT(p.attachments, 3);
    UNIT_INT(p.order[0], 2);
    UNIT_INT(p.order[1], 0);
    UNIT_INT(p.order[2], 1);
    PART(p.args, PLACE(0) ",{\"x\":[" PLACE(1) "]},{ \"num\" : 2 , "
                                               "\"_placeholder\" : true }");
    UNIT_INT(parse("51-[\"e\",{\"num\":0,\"_placeholder\":true}]", NULL), 0);
    UNIT_INT(p.order[0], 0);
    UNIT_INT(parse("2[\"e\"," PLACE(7) "]", NULL), 0); /* plain data here */
    PART(p.args, PLACE(7));
    UNIT_INT(parse("51-[\"{\\\"_placeholder\\\":true}\"," PLACE(0) "]", NULL),
             0);
    UNIT_INT(
        parse("51-[\"e\",{\"num\":0},{\"_placeholder\":" PLACE(0) "}]", NULL),
        0); /* the inner one; the others only begin like one */
    UNIT_INT(
        parse("51-[\"_placeholder\",true," PLACE(0) ",\"_placeholder\"]", NULL),
        0);
    UNIT_INT(parse("51-[\"e\",{\"_placeholders\":true}," PLACE(
                       0) ",{\"_placeholder\":\"true\"}]",
                   NULL),
             0);
}

/* The reference client would treat each as a placeholder, and fail. */
static void refuses_what_a_client_would_take_for_a_placeholder(void) {
    static const char *const more[] = {
        "{\"_placeholder\":true,\"num\":0,\"x\":1}",
        "{\"x\":1,\"_placeholder\":true,\"num\":0}",
        "{\"_placeholder\":true,\"num\":99}",
        "{\"_placeholder\":true,\"num\":0.5}",
        "{\"_placeholder\" : true }",
        "{\"\\u005fplaceholder\":true,\"num\":7}",
        "[{\"x\":{\"_placeholder\":true}}]",
    };
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        char packet[200];
        snprintf(packet, sizeof packet, "51-[\"e\",%s," PLACE(0) "]", more[i]);
        UNIT_INT(parse(packet, NULL), PACKET_ERR_PLACEHOLDER);
        snprintf(packet, sizeof packet, "2[\"e\",%s]", more[i]);
        UNIT_INT(parse(packet, NULL), 0); /* here it is plain data */
    }
}

/* Socket.IO v5, "Packet encoding": what breaks it */
static void names_each_violation_and_its_place(void) {
    static const struct {
        const char *text;
        enum packet_error error;
        size_t where;
        const char *why;
    } bad[] = {
        {"", PACKET_ERR_TYPE, 0, "no type"},
        {"7", PACKET_ERR_TYPE, 0, "the first digit after the types"},
        {"/", PACKET_ERR_TYPE, 0, "the byte before the digits"},
        {"abc", PACKET_ERR_TYPE, 0, "no digit"},
        {"5[\"e\"]", PACKET_ERR_ATTACHMENTS, 1, "no number"},
        {"5-[\"e\"]", PACKET_ERR_ATTACHMENTS, 1, "no number"},
        {"50-[\"e\"]", PACKET_ERR_ATTACHMENTS, 2, "none"},
        {"60-1[]", PACKET_ERR_ATTACHMENTS, 2, "none"},
        {"511-[\"e\"]", PACKET_ERR_ATTACHMENTS, 2, "more than ten"},
        {"51[\"e\"]", PACKET_ERR_ATTACHMENTS, 2, "no dash"},
        {"51", PACKET_ERR_ATTACHMENTS, 2, "no dash"},
        {"2abc[\"e\"]", PACKET_ERR_JSON, 1, "letters before the array"},
        {"2x", PACKET_ERR_JSON, 1, "not JSON"},
        {"2:[\"e\"]", PACKET_ERR_JSON, 1, "the byte after the digits"},
        {"29007199254740992[\"e\"]", PACKET_ERR_ID, 1, "2^53"},
        {"299999999999999999999[\"e\"]", PACKET_ERR_ID, 1, "over 64 bits"},
        {"3[]", PACKET_ERR_ID, 1, "an acknowledgement of which event?"},
        {"61-[" PLACE(0) "]", PACKET_ERR_ID, 3, "of which event?"},
        {"01{}", PACKET_ERR_ID, 1, "a CONNECT has no id"},
        {"11", PACKET_ERR_ID, 1, "a DISCONNECT has no id"},
        {"41{}", PACKET_ERR_ID, 1, "a CONNECT_ERROR has no id"},
        {"0{\"a\":}", PACKET_ERR_JSON, 6, "no value"},
        {"2[\"e\"", PACKET_ERR_JSON, 5, "not closed"},
        {"2[\"e\"]x", PACKET_ERR_JSON, 6, "something after it"},
        {"2[\"e\"] []", PACKET_ERR_JSON, 7, "something after it"},
        {"0[]", PACKET_ERR_DATA, 1, "a CONNECT with an array"},
        {"0\"a\"", PACKET_ERR_DATA, 1, "a CONNECT with a string"},
        {"1{}", PACKET_ERR_DATA, 1, "a DISCONNECT with data"},
        {"2", PACKET_ERR_DATA, 1, "an EVENT without an array"},
        {"2{}", PACKET_ERR_DATA, 1, "an EVENT with an object"},
        {"2\"e\"", PACKET_ERR_DATA, 1, "an EVENT with a string"},
        {"31{}", PACKET_ERR_DATA, 2, "an ACK with an object"},
        {"4", PACKET_ERR_DATA, 1, "a CONNECT_ERROR without a message"},
        {"4[]", PACKET_ERR_DATA, 1, "a CONNECT_ERROR with an array"},
        {"51-{}", PACKET_ERR_DATA, 3, "a BINARY_EVENT with an object"},
        {"2[]", PACKET_ERR_EVENT, 1, "no name"},
        {"2[{}]", PACKET_ERR_EVENT, 1, "an object is no name"},
        {"2[[\"e\"]]", PACKET_ERR_EVENT, 1, "an array is no name"},
        {"2[null]", PACKET_ERR_EVENT, 1, "null is no name"},
        {"2[\"connect\"]", PACKET_ERR_EVENT, 1, "reserved"},
        {"2[\"connect_error\"]", PACKET_ERR_EVENT, 1, "reserved"},
        {"2[\"disconnect\"]", PACKET_ERR_EVENT, 1, "reserved"},
        {"2[\"disconnecting\"]", PACKET_ERR_EVENT, 1, "reserved"},
        {"2[\"newListener\"]", PACKET_ERR_EVENT, 1, "reserved"},
        {"2[\"removeListener\"]", PACKET_ERR_EVENT, 1, "reserved"},
        {"2[\"\\u0063onnect\"]", PACKET_ERR_EVENT, 1, "reserved, escaped"},
        {"2[\"disconnec\\u0074\"]", PACKET_ERR_EVENT, 1, "reserved, escaped"},
        {"51-[\"connect\"," PLACE(0) "]", PACKET_ERR_EVENT, 3, "reserved"},
        {"51-[\"e\"]", PACKET_ERR_PLACEHOLDER, 3, "none"},
        {"61-1[]", PACKET_ERR_PLACEHOLDER, 4, "none"},
        {"51-[\"e\"," PLACE(1) "]", PACKET_ERR_PLACEHOLDER, 3, "of no one"},
        {"52-[\"e\"," PLACE(0) "," PLACE(0) "]", PACKET_ERR_PLACEHOLDER, 3,
         "one of them twice"},
        {"52-[\"e\"," PLACE(1) "," PLACE(1) "]", PACKET_ERR_PLACEHOLDER, 3,
         "one of them twice"},
        {"51-[\"e\"," PLACE(0) "," PLACE(0) "]", PACKET_ERR_PLACEHOLDER, 3,
         "one too many"},
        {"52-[\"e\"," PLACE(1) "]", PACKET_ERR_PLACEHOLDER, 3, "one too few"},
        {"51-[\"e\"," PLACE(10) "]", PACKET_ERR_PLACEHOLDER, 3, "two digits"},
        {"51-[\"e\"," PLACE(-1) "]", PACKET_ERR_PLACEHOLDER, 3, "negative"},
        {"51-[\"e\",{\"_placeholder\":true,\"num\":0,\"x\":1}]",
         PACKET_ERR_PLACEHOLDER, 3,
         "one member more; the reference accepts it"},
        {"51-[\"e\",{\"num\":0,\"_placeholder\":true,\"x\":1}]",
         PACKET_ERR_PLACEHOLDER, 3,
         "one member more; the reference accepts it"},
        {"51-[\"e\",{\"_placeholder\":true}]", PACKET_ERR_PLACEHOLDER, 3,
         "no number"},
        {"51-[\"e\",{\"num\":0}]", PACKET_ERR_PLACEHOLDER, 3, "no mark"},
        {"51-[\"e\",{\"_placeholder\":false,\"num\":0}]",
         PACKET_ERR_PLACEHOLDER, 3, "the mark is false"},
        {"51-[\"e\",{\"num\":\"0\",\"_placeholder\":true}]",
         PACKET_ERR_PLACEHOLDER, 3, "a string is no number"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        size_t where = 999;
        const char *why = bad[i].why;
        bool is_right = parse(bad[i].text, &where) == (int)bad[i].error;
        UNIT_TEXT(why, is_right ? strlen(why) : 0, why);
        UNIT_INT(where, bad[i].where);
        UNIT_TRUE(strlen(packet_explain(bad[i].error)) > 10);
    }
}

static void each_error_has_a_text_of_its_own(void) {
    for (int i = PACKET_ERR_TYPE; i >= PACKET_ERR_PLACEHOLDER; i--)
        for (int j = 0; j > i; j--)
            UNIT_TRUE(strcmp(packet_explain(i), packet_explain(j)) != 0);
    UNIT_TRUE(strstr(packet_explain(PACKET_ERR_TYPE), "type") != NULL);
    UNIT_TRUE(strstr(packet_explain(PACKET_ERR_PLACEHOLDER), "placeholders"));
}

static void names_that_only_begin_like_reserved_ones_are_free(void) {
    static const char *const good[] = {
        "2[\"connected\"]", "2[\"connec\"]",          "2[\"\"]",
        "2[\"Connect\"]",   "2[\"\\\\u0063onnect\"]", "2[\"connect\\u0000\"]",
        "2[\"error\"]",     "2[\"e\",\"connect\"]"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        UNIT_INT(parse(good[i], NULL), 0);
}

/* Ten attachments, each placeholder once, in the reverse order. */
static void accepts_as_many_attachments_as_the_limit(void) {
    struct buf longest = {.max = 1000};
    char place[60];
    snprintf(place, sizeof place, "5%d-[\"e\"", LIMIT_ATTACHMENTS);
    buf_text(&longest, place);
    for (int k = LIMIT_ATTACHMENTS - 1; k >= 0; k--) {
        snprintf(place, sizeof place, ",{\"_placeholder\":true,\"num\":%d}", k);
        buf_text(&longest, place);
    }
    buf_append(&longest, "]", 2); /* 2: with the final zero byte */
    UNIT_INT(parse((char *)longest.bytes, NULL), 0);
    UNIT_INT(p.attachments, LIMIT_ATTACHMENTS);
    for (int k = 0; k < LIMIT_ATTACHMENTS; k++)
        UNIT_INT(p.order[k], LIMIT_ATTACHMENTS - 1 - k);
    buf_free(&longest);
}

static void the_limits_hold_to_the_last_byte(void) {
    char long_name[400];
    UNIT_INT(parse("29007199254740991[\"e\"]", NULL), 0);
    UNIT_INT(p.id, (1ll << 53) - 1);
    memset(long_name, 'n', sizeof long_name);
    memcpy(long_name, "0/", 2);
    long_name[1 + LIMIT_NAMESPACE] = '\0';
    UNIT_INT(parse(long_name, NULL), 0);
    UNIT_INT(p.nsp.len, LIMIT_NAMESPACE);
    long_name[1 + LIMIT_NAMESPACE] = 'n';
    long_name[2 + LIMIT_NAMESPACE] = '\0';
    UNIT_INT(parse(long_name, NULL), PACKET_ERR_NAMESPACE);
}

static void the_longest_head_fits(void) {
    uint8_t head[PACKET_HEAD_MAX];
    char name[LIMIT_NAMESPACE];
    memset(name, 'n', sizeof name);
    name[0] = '/';
    struct packet longest = {.type = PACKET_BINARY_EVENT,
                             .attachments = 10,
                             .nsp = {(uint8_t *)name, sizeof name},
                             .id = (1ll << 53) - 1};
    UNIT_INT(packet_head(&longest, head), 1 + 3 + LIMIT_NAMESPACE + 1 + 16);
}

static void no_prefix_is_read_past_its_end(void) {
    static const char whole[] = "52-/a,12[\"e\"," PLACE(1) "," PLACE(0) "]";
    for (size_t n = 0; n < sizeof whole - 1; n++) {
        char cut[sizeof whole];
        snprintf(cut, sizeof cut, "%.*s", (int)n, whole);
        UNIT_TRUE(parse(cut, NULL) < 0);
    }
    UNIT_INT(parse(whole, NULL), 0);
    free(text);
    text = NULL;
}

UNIT_MAIN("socketio/packet", UNIT_TEST(reads_one_packet_of_each_type),
          UNIT_TEST(finds_name_and_arguments),
          UNIT_TEST(a_number_may_be_a_name),
          UNIT_TEST(the_name_keeps_its_spelling),
          UNIT_TEST(an_event_forgets_the_packet_before_it),
          UNIT_TEST(renumbers_placeholders_to_the_order_of_the_text),
          UNIT_TEST(refuses_what_a_client_would_take_for_a_placeholder),
          UNIT_TEST(names_each_violation_and_its_place),
          UNIT_TEST(each_error_has_a_text_of_its_own),
          UNIT_TEST(accepts_as_many_attachments_as_the_limit),
          UNIT_TEST(names_that_only_begin_like_reserved_ones_are_free),
          UNIT_TEST(the_limits_hold_to_the_last_byte),
          UNIT_TEST(the_longest_head_fits),
          UNIT_TEST(no_prefix_is_read_past_its_end))
