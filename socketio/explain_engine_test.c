/* explain_engine_test.c: socketio/explain_engine.h */
#include "packets/explain_unit.h"
#include "socketio/explain_engine.h"

static void begin(const char *text) {
    explain_begin(text, strlen(text), EXPLAIN_APPLICATION);
}

static void payload(const char *text) {
    begin(text);
    explain_engine_payload(&d, true);
    explain_finish();
}

static void splits_a_payload(void) {
    payload("0{\"sid\":\"x\",\"upgrades\":[]}\x1e"
            "2probe\x1e"
            "42[\"hi\"]\x1e"
            "bAQIDBA==");
    EXPLAIN_ALL("type=0|begin-object={|member=\"sid\":\"x\"|value-separator=,|"
                "member=\"upgrades\":[]|end-object=}|separator=\x1e|type=2|"
                "data=probe|separator=\x1e|"
                "type=4|type=2|begin-array=[|event name=\"hi\"|end-array=]|"
                "separator=\x1e|type=b|base64=AQIDBA==|binary data=\1\2\3\4|"
                "binary data=\1\2\3\4|");
    EXPLAIN_WORDS("type", "open");
    UNIT_INT(explain_field(&e, 0)->layer, EXPLAIN_SESSION);
    UNIT_INT(e.wrong_count, 0);
    UNIT_TEXT(explain_field(&e, 2)->name, 4, "JSON");
    UNIT_INT(explain_field(&e, 2)->layer, EXPLAIN_PRESENTATION);
    const struct explain_field *separator = explain_field(&e, 8);
    UNIT_INT(strcmp(separator->name, "separator"), 0);
    UNIT_TEXT(separator->section, strlen(separator->section), "Engine.IO v4");
}

static void an_open_packet_without_json_is_explained_too(void) {
    payload("0\x1e"
            "0{\x1e"
            "0x");
    EXPLAIN_ALL("type=0|separator=\x1e|type=0|JSON-text={|separator=\x1e|"
                "type=0|JSON-text=x|");
    explain_end();
}

static void marks_what_is_no_packet(void) {
    payload("\x1e"
            "7x\x1e"
            "b!\x1e");
    EXPLAIN_ALL(
        "separator=\x1e!|type=7!|data=x|separator=\x1e|type=b|base64=!!|"
        "separator=\x1e!|");
    begin("");
    explain_engine(&d, true);
    explain_finish();
    EXPLAIN_WORDS("type", "cut: 0 of 1 bytes are here");
    begin("42[\"hi\"]");
    explain_engine(&d, false);
    explain_finish();
    EXPLAIN_ALL("type=4|data=2[\"hi\"]|");
}

static void names_each_type(void) {
    static const char *const names[] = {"open",    "close",   "ping", "pong",
                                        "message", "upgrade", "noop"};
    for (int i = 0; i < 14; i++) { /* with data and without */
        char text[3] = {(char)('0' + i % 7), i < 7 ? 'x' : '\0', '\0'};
        begin(text);
        explain_engine(&d, false);
        explain_finish();
        EXPLAIN_WORDS("type", names[i % 7]);
        UNIT_INT(e.wrong_count, 0);
    }
    begin("/"); /* the character before 0 */
    explain_engine(&d, false);
    explain_finish();
    UNIT_INT(e.wrong_count, 1);
}

/* RFC 4648 §4: four characters are three bytes; the last may be "=". */
static void base64_stands_for_the_bytes_of_a_binary_message(void) {
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"bZm9v", "type=b|base64=Zm9v|binary data=foo|binary data=foo|"},
        {"bZm8=", "type=b|base64=Zm8=|binary data=fo|binary data=fo|"},
        {"bZg==", "type=b|base64=Zg==|binary data=f|binary data=f|"},
        {"b", "type=b|"},
        {"bZm9", "type=b|base64=Zm9!|"},
        {"bZm9v!", "type=b|base64=Zm9v!!|"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        payload(cases[i].text);
        EXPLAIN_ALL(cases[i].expected);
        EXPLAIN_WORDS("type", "binary message");
    }
    payload("bZm9v");
    const struct explain_field *text = explain_field(&e, 2);
    UNIT_INT(strcmp(text->name, "base64"), 0);
    UNIT_TEXT(text->section, strlen(text->section), "RFC 4648 §4");
}

UNIT_MAIN("socketio/explain_engine", UNIT_TEST(names_each_type),
          UNIT_TEST(splits_a_payload),
          UNIT_TEST(an_open_packet_without_json_is_explained_too),
          UNIT_TEST(marks_what_is_no_packet),
          UNIT_TEST(base64_stands_for_the_bytes_of_a_binary_message),
          UNIT_TEST(explain_end))
