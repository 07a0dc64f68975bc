/* shown_test.c: socketio/shown.h */
#include "packets/unit.h"
#include "socketio/shown.h"

static void shows_the_name_the_values_and_the_bytes(void) {
    struct buf out = {.max = 100};
    struct socket_client_event e = {
        .type = SOCKET_CLIENT_EVENT,
        .name = span_from("news"),
        .args = span_from("1,2"),
        .count = 2,
        .attachments = {span_from("\x01\xfe"), span_from("")}};
    UNIT_TRUE(shown_event(&out, &e, true));
    UNIT_TEXT(out.bytes, out.end, "news 1,2\n01 fe\n");
    buf_clear(&out);
    UNIT_TRUE(shown_event(&out, &e, false));
    UNIT_TEXT(out.bytes, out.end, "1,2\n01 fe\n");
    buf_clear(&out);
    e = (struct socket_client_event){.type = SOCKET_CLIENT_ACK};
    UNIT_TRUE(shown_event(&out, &e, true));
    UNIT_TEXT(out.bytes, out.end, "ack");
    buf_clear(&out);
    e.type = SOCKET_CLIENT_UPGRADED;
    UNIT_TRUE(shown_event(&out, &e, true));
    UNIT_TEXT(out.bytes, out.end, "upgraded");
    buf_clear(&out);
    out.max = 10;
    e.args = span_from("12345678");
    UNIT_FALSE(shown_event(&out, &e, true));
    buf_free(&out);
}

UNIT_MAIN("shown", UNIT_TEST(shows_the_name_the_values_and_the_bytes))
