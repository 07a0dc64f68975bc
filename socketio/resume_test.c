/* resume_test.c: socketio/resume.h against "Connection state recovery" in the
 * documentation of Socket.IO */
#include "packets/unit.h"
#include "socketio/resume.h"

static struct resume r;

static bool answer(const char *text) {
    uint8_t *exact = unit_exact(text, strlen(text));
    bool is_recovered =
        resume_connected(&r, (struct span){exact, strlen(text)});
    free(exact);
    return is_recovered;
}

static void receive(const char *text) {
    uint8_t *exact = unit_exact(text, strlen(text));
    resume_event(&r, (struct span){exact, strlen(text)});
    free(exact);
}

static void expect_auth(const char *auth, const char *expected) {
    char text[RESUME_FRONT_MAX], all[400];
    struct span none = {NULL, 0}, object = *auth ? span_from(auth) : none;
    struct span rest, front = resume_auth(&r, object, text, &rest);
    int n = snprintf(all, sizeof all, "%.*s%.*s", (int)front.len,
                     front.len ? (char *)front.data : "", (int)rest.len,
                     rest.len ? (char *)rest.data : "");
    UNIT_TEXT(all, (size_t)n, expected);
}

static void without_a_pid_auth_is_as_it_was(void) {
    r = (struct resume){.pid_len = 0};
    expect_auth("", "");
    expect_auth(" {\"a\":1}", " {\"a\":1}");
    UNIT_FALSE(answer(""));
    UNIT_FALSE(answer("{\"sid\":\"s\"}"));
    receive("[\"news\",\"a string\"]"); /* of a server that recovers none */
    expect_auth("{}", "{}");
}

static void pid_and_offset_come_first(void) {
    r = (struct resume){.pid_len = 0};
    UNIT_FALSE(answer("{\"sid\":\"s\",\"pid\":\"P\"}"));
    expect_auth("", "{\"pid\":\"P\"}");
    expect_auth(" { } ", "{\"pid\":\"P\"}");
    receive("[\"news\",1,\"E.41\"]");
    expect_auth("", "{\"pid\":\"P\",\"offset\":\"E.41\"}");
    expect_auth(" {\"a\":{}} ", "{\"pid\":\"P\",\"offset\":\"E.41\",\"a\":{}}");
}

static void only_a_string_is_an_offset(void) {
    static const char *const others[] = {
        "[\"news\"]", "[\"news\",\"\"]", "[\"news\",\"E.42\",7]",
        "[\"news\",[\"E.42\"]]", "[\"news\",{\"a\":\"E.42\"}]"};
    r = (struct resume){.pid_len = 0};
    answer("{\"pid\":\"P\"}");
    receive("[\"news\",\"E.41\"]");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        receive(others[i]);
    expect_auth("", "{\"pid\":\"P\",\"offset\":\"E.41\"}");
    receive("[\"a\",\"\\u0045.\\\"\"]"); /* is sent back unchanged */
    expect_auth("", "{\"pid\":\"P\",\"offset\":\"\\u0045.\\\"\"}");
}

static void the_same_pid_says_that_it_is_recovered(void) {
    r = (struct resume){.pid_len = 0};
    answer("{\"pid\":\"P\"}");
    receive("[\"news\",\"E.41\"]");
    UNIT_TRUE(answer("{\"pid\":\"P\"}"));
    expect_auth("", "{\"pid\":\"P\",\"offset\":\"E.41\"}");
    UNIT_FALSE(answer("{\"pid\":\"Q\"}")); /* a new one has no offset */
    expect_auth("", "{\"pid\":\"Q\"}");
    UNIT_FALSE(answer("{\"pid\":\"QQ\"}"));
    UNIT_FALSE(answer("{\"sid\":\"s\"}"));
    expect_auth("", "");
}

/* 64 bytes are remembered, 65 are not. */
static void what_is_too_long_is_not_remembered(void) {
    char text[200];
    r = (struct resume){.pid_len = 0};
    snprintf(text, sizeof text, "{\"pid\":\"%065d\"}", 0);
    UNIT_FALSE(answer(text));
    UNIT_FALSE(answer(text));
    expect_auth("", "");
    snprintf(text, sizeof text, "{\"pid\":\"%064d\"}", 0);
    UNIT_FALSE(answer(text));
    UNIT_TRUE(answer(text));
    UNIT_FALSE(answer("{\"pid\":7}"));
    snprintf(text, sizeof text, "{\"pid\":\"%064d\"}", 1);
    answer(text);
    snprintf(text, sizeof text, "[\"news\",\"%064d\"]", 2);
    receive(text);
    snprintf(text, sizeof text,
             "{\"pid\":\"%064d\",\"offset\":\"%064d\",\"a\":1}", 1, 2);
    expect_auth("{\"a\":1}", text);
}

/* With the offset before it, the server would send again what has arrived. */
static void after_an_offset_that_is_too_long_recovery_is_not_requested(void) {
    char text[200];
    r = (struct resume){.pid_len = 0};
    answer("{\"pid\":\"P\"}");
    receive("[\"news\",\"E.41\"]");
    snprintf(text, sizeof text, "[\"news\",\"%065d\"]", 0);
    receive(text);
    expect_auth("", "");
    expect_auth("{\"a\":1}", "{\"a\":1}");
    receive("[\"news\",42]"); /* brings no other offset */
    expect_auth("", "");
    receive("[\"news\",\"4\"]"); /* one byte is enough */
    expect_auth("", "{\"pid\":\"P\",\"offset\":\"4\"}");
    receive(text);
    UNIT_FALSE(answer("{\"pid\":\"Q\"}"));
    expect_auth("", "{\"pid\":\"Q\"}");
}

/* socket.io sends what was missed first, then says that it is recovered. */
static void an_offset_that_is_too_long_does_not_hide_a_recovery(void) {
    char text[200];
    r = (struct resume){.pid_len = 0};
    answer("{\"pid\":\"P\"}");
    snprintf(text, sizeof text, "[\"missed\",\"%065d\"]", 0);
    receive(text);
    UNIT_TRUE(answer("{\"pid\":\"P\"}"));
    expect_auth("", "");
}

UNIT_MAIN("socketio/resume", UNIT_TEST(without_a_pid_auth_is_as_it_was),
          UNIT_TEST(pid_and_offset_come_first),
          UNIT_TEST(only_a_string_is_an_offset),
          UNIT_TEST(the_same_pid_says_that_it_is_recovered),
          UNIT_TEST(what_is_too_long_is_not_remembered),
          UNIT_TEST(after_an_offset_that_is_too_long_recovery_is_not_requested),
          UNIT_TEST(an_offset_that_is_too_long_does_not_hide_a_recovery))
