/* describe_test.c: websocket/describe.h */
#include "packets/unit.h"
#include "websocket/describe.h"

#include <stdlib.h>
#include <string.h>

static char text[DESCRIBE_MAX];

static struct span exact(const char *bytes, size_t n) {
    return (struct span){unit_exact(bytes, n), n};
}

/* RFC 6455 §5.7 has these frames. */
static void names_each_frame_that_was_sent(void) {
    static const char sent[] = "\x81\x05Hello\x01\x03Hel\x80\x02lo\x82\x01x"
                               "\x89\x00\x8a\x05Hello\x88\x02\x03\xe8\x88\x00";
    static const char *const names[] = {
        "ws text 5 B", "ws text 3 B", "ws continuation 2 B", "ws binary 1 B",
        "ws ping 0 B", "ws pong 5 B", "ws close 1000 ",      "ws close 1005 ",
    };
    struct span all = exact(sent, sizeof sent - 1), left = all;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        UNIT_TRUE(describe_sent(&left, text));
        UNIT_TRUE(strncmp(text, names[i], strlen(names[i])) == 0);
    }
    UNIT_TRUE(!describe_sent(&left, text));
    UNIT_INT(left.len, 0);
    free(all.data);
}

/* RFC 9112 §4 */
static void finds_the_frames_after_a_101_and_no_frame_in_a_body(void) {
    static const char open[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: "
                               "websocket\r\n\r\n\x81\x05Hello";
    static const char refused[] =
        "HTTP/1.1 403 Forbidden\r\nContent-Length: 7\r\n\r\n\x81\x05Hello";
    struct span all = exact(open, sizeof open - 1), left = all;
    UNIT_TRUE(describe_sent(&left, text));
    UNIT_TEXT(text, strlen(text), "http 101");
    UNIT_TRUE(describe_sent(&left, text));
    UNIT_TEXT(text, strlen(text), "ws text 5 B");
    UNIT_TRUE(!describe_sent(&left, text));
    free(all.data);
    left = all = exact(refused, sizeof refused - 1);
    UNIT_TRUE(describe_sent(&left, text));
    UNIT_TEXT(text, strlen(text), "http 403");
    UNIT_INT(left.len, 0);
    UNIT_TRUE(!describe_sent(&left, text));
    free(all.data);
}

static void describes_a_head_as_soon_as_its_status_is_there(void) {
    static const char head[] = "HTTP/1.1 403";
    for (size_t n = 0; n < sizeof head; n++) {
        struct span all = exact(head, n), left = all;
        UNIT_TRUE(describe_sent(&left, text) == (n == sizeof head - 1));
        free(all.data);
    }
    UNIT_TEXT(text, strlen(text), "http 403");
}

/* Nothing that is cut is described, except the head of a response. */
static void describes_no_part_of_a_frame(void) {
    static const char *const sent[] = {"\x82\x7e\x00\x7e", "\x81\x05Hello"};
    static const size_t sizes[] = {5, 7};
    for (size_t i = 0; i < 2; i++) {
        for (size_t n = 0; n < sizes[i]; n++) {
            struct span all = exact(sent[i], n), left = all;
            UNIT_TRUE(!describe_sent(&left, text));
            UNIT_INT(left.len, n);
            free(all.data);
        }
    }
}

static void names_what_has_arrived_and_no_other_event(void) {
    struct conn_event e = {.type = CONN_PONG, .payload = span_from("abc")};
    UNIT_TRUE(describe_event(&e, text));
    UNIT_TEXT(text, strlen(text), "ws pong 3 B");
    e.type = CONN_MESSAGE;
    e.opcode = 2; /* binary */
    UNIT_TRUE(describe_event(&e, text));
    UNIT_TEXT(text, strlen(text), "ws binary 3 B");
    e = (struct conn_event){.type = CONN_CLOSED, .code = 1001};
    UNIT_TRUE(describe_event(&e, text));
    UNIT_TEXT(text, strlen(text), "ws close 1001 going away");
    e.is_failure = true; /* the peer has sent no close frame */
    UNIT_TRUE(!describe_event(&e, text));
    e = (struct conn_event){.type = CONN_HANDSHAKE, .code = 101};
    UNIT_TRUE(!describe_event(&e, text));
}

static void gives_the_request_line_once_at_every_split(void) {
    static const char request[] = "GET /chat HTTP/1.1\r\nHost: a\r\n\r\n";
    size_t size = sizeof request - 1;
    for (size_t cut = 0; cut <= size; cut++) {
        struct span a = exact(request, cut),
                    b = exact(request + cut, size - cut);
        int count = 0;
        struct span none = {0};
        if (describe_request(none, a, text)) {
            count++;
            UNIT_TEXT(text, strlen(text), "GET /chat HTTP/1.1");
        }
        if (describe_request(a, b, text)) {
            count++;
            UNIT_TEXT(text, strlen(text), "GET /chat HTTP/1.1");
        }
        UNIT_INT(count, 1);
        free(a.data);
        free(b.data);
    }
}

static void cuts_a_long_request_line(void) {
    char line[4000];
    memset(line, 'x', sizeof line);
    line[sizeof line - 1] = '\n';
    struct span now = exact(line, sizeof line);
    UNIT_TRUE(describe_request((struct span){0}, now, text));
    UNIT_INT(strlen(text), DESCRIBE_MAX - 1);
    UNIT_TRUE(!describe_request(now, span_from("\r\n"), text));
    UNIT_TRUE(!describe_request(now, (struct span){0}, text));
    free(now.data);
}

static void a_request_line_has_a_limited_length(void) {
    static char line[INT16_MAX + 1];
    memset(line, 'x', sizeof line);
    for (size_t n = INT16_MAX - 1; n <= INT16_MAX; n++) {
        line[n] = '\r';
        struct span now = {(uint8_t *)line, n + 1};
        UNIT_TRUE(describe_request((struct span){NULL, 0}, now, text) ==
                  (n < INT16_MAX));
        line[n] = 'x';
    }
}

UNIT_MAIN("websocket/describe", UNIT_TEST(names_each_frame_that_was_sent),
          UNIT_TEST(finds_the_frames_after_a_101_and_no_frame_in_a_body),
          UNIT_TEST(describes_a_head_as_soon_as_its_status_is_there),
          UNIT_TEST(describes_no_part_of_a_frame),
          UNIT_TEST(names_what_has_arrived_and_no_other_event),
          UNIT_TEST(gives_the_request_line_once_at_every_split),
          UNIT_TEST(cuts_a_long_request_line),
          UNIT_TEST(a_request_line_has_a_limited_length))
