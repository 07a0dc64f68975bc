/* explain_socket_test.c: socketio/explain_socket.h */
#include "packets/explain_unit.h"
#include "socketio/explain_socket.h"

static void explain(const char *text) {
    explain_begin(text, strlen(text), EXPLAIN_APPLICATION);
    explain_socket(&d);
    explain_finish();
}

#define PLACE "{\"_placeholder\":true,\"num\":" /* of an attachment */

static void splits_packets_of_each_type(void) {
    static const struct {
        const char *text, *expected, *type;
    } cases[] = {
        {"0/chat,{\"a\":1}",
         "type=0|namespace=/chat|comma=,|begin-object={|member=\"a\":1|"
         "end-object=}|",
         "CONNECT"},
        {"0{ \"\" : 1 ,\"b\":[2,{}] }",
         "type=0|begin-object={ |member=\"\" : 1|value-separator= ,|"
         "member=\"b\":[2,{}]|end-object= }|",
         "CONNECT"},
        {"0", "type=0|", "CONNECT"},
        {"1/chat,", "type=1|namespace=/chat|comma=,|", "DISCONNECT"},
        {"2[\"hi\", 1 ,[2]]",
         "type=2|begin-array=[|event name=\"hi\"|value-separator=, |argument=1|"
         "value-separator= ,|argument=[2]|end-array=]|",
         "EVENT"},
        {"2/chat,17[\"hi\"]",
         "type=2|namespace=/chat|comma=,|ack id=17|begin-array=[|"
         "event name=\"hi\"|end-array=]|",
         "EVENT"},
        {"20[\"hi\"]",
         "type=2|ack id=0|begin-array=[|event name=\"hi\"|end-array=]|",
         "EVENT"},
        {"29[\"hi\"]",
         "type=2|ack id=9|begin-array=[|event name=\"hi\"|end-array=]|",
         "EVENT"},
        {"3/chat,17[\"got\"]",
         "type=3|namespace=/chat|comma=,|ack id=17|begin-array=[|"
         "argument=\"got\"|end-array=]|",
         "ACK"},
        {"37[]", "type=3|ack id=7|end-array=[]|", "ACK"},
        {"4{\"message\":\"no\"}",
         "type=4|begin-object={|member=\"message\":\"no\"|end-object=}|",
         "CONNECT_ERROR"},
        {"51-[\"p\"," PLACE "0}]",
         "type=5|attachments=1|dash=-|begin-array=[|event name=\"p\"|"
         "value-separator=,|argument=" PLACE "0}|end-array=]|",
         "BINARY_EVENT"},
        {"61-7[" PLACE "0}]",
         "type=6|attachments=1|dash=-|ack id=7|begin-array=[|argument=" PLACE
         "0}|end-array=]|",
         "BINARY_ACK"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        explain(cases[i].text);
        EXPLAIN_ALL(cases[i].expected);
        EXPLAIN_WORDS("type", cases[i].type);
        UNIT_INT(e.wrong_count + e.cut_count, 0);
    }
    const struct explain_field *json = explain_field(&e, 5);
    UNIT_INT(strcmp(json->name, "JSON"), 0);
    UNIT_INT(json->layer, EXPLAIN_PRESENTATION);
}

static void marks_the_part_with_the_wrong_byte(void) {
    static const struct {
        const char *text, *name, *words;
    } cases[] = {
        {"9", "type", "the type is not 0 to 6"},
        {"2[]", "end-array", "byte 1: no event name, or a reserved one"},
        {"2{}", "end-object",
         "byte 1: not the kind of JSON that this type carries"},
        {"2:[\"hi\"]", "JSON-text", /* no digit */
         "byte 1: not JSON, or nested too deep"},
        {"29007199254740992[\"hi\"]", "ack id",
         "byte 1: the ack id is missing, too big or not allowed here"},
        {"2[\"hi\",{\"a\":]", "JSON-text",
         "byte 12: not JSON, or nested too deep"},
        {"3[1]", "begin-array",
         "byte 1: the ack id is missing, too big or not allowed here"},
        {"2[\"hi\"", "Socket.IO", "byte 6: not JSON, or nested too deep"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        explain(cases[i].text);
        EXPLAIN_WORDS(cases[i].name, cases[i].words);
        UNIT_INT(e.wrong_count, 1);
    }
}

/* Every prefix of a packet is explained as far as it goes. */
static void explains_each_prefix(void) {
    static const char text[] = "51-/chat,17[\"p\"," PLACE "0}]";
    for (size_t n = 0; n < sizeof text - 1; n++) {
        explain_begin(text, n, EXPLAIN_APPLICATION);
        explain_socket(&d);
        explain_finish();
        UNIT_INT(e.cut_count, n == 0);
        UNIT_INT(e.wrong_count, n > 0);
    }
    explain("51-");
    EXPLAIN_ALL("type=5|attachments=1|dash=-|");
}

/* The same prefixes, of a longer packet: they are not judged. */
static void does_not_judge_a_packet_that_is_cut(void) {
    static const char text[] = "51-/chat,17[\"p\"," PLACE "0}]";
    for (size_t n = 1; n < sizeof text - 1; n++) {
        explain_begin(text, n, EXPLAIN_APPLICATION);
        dissector_narrow(&d, EXPLAIN_APPLICATION, sizeof text - 1, "packet");
        explain_socket(&d);
        dissector_leave(&d);
        explain_finish();
        UNIT_INT(e.cut_count, 1);
        UNIT_INT(e.wrong_count, 0);
    }
}

UNIT_MAIN("socketio/explain_socket", UNIT_TEST(splits_packets_of_each_type),
          UNIT_TEST(marks_the_part_with_the_wrong_byte),
          UNIT_TEST(explains_each_prefix),
          UNIT_TEST(does_not_judge_a_packet_that_is_cut),
          UNIT_TEST(explain_end))
