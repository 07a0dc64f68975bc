/* talk_test.c: tcp/talk.h against a listener of the test */
#include "packets/unit.h"
#include "tcp/io.h"
#include "tcp/listen.h"
#include "tcp/talk.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct talk talk;
static struct span in;
static int listener, server;

static void begin(void) {
    char name[LISTEN_NAME_MAX];
    listener = listen_open("127.0.0.1", 0);
    if (listener == -1 || listen_name(listener, name) == -1) abort();
    talk_open(&talk, strrchr(name, ':') + 1);
    server = accept(listener, NULL, NULL);
    if (server == -1) abort();
}

static void end(void) {
    talk_close(&talk);
    close(server);
    close(listener);
}

static void sends_and_then_receives(void) {
    char text[20];
    begin();
    buf_text(&talk.out, "question");
    UNIT_INT(io_send_all(server, "answer", 6), 0);
    UNIT_INT(talk_next(&talk, &in, -1), TALK_INPUT);
    UNIT_TEXT((const char *)in.data, in.len, "answer");
    UNIT_INT(io_recv(server, text, sizeof text), 8);
    UNIT_TEXT(text, 8, "question");
    UNIT_INT(talk_next(&talk, &in, 0), TALK_SILENCE); /* and sends nothing */
    UNIT_INT(in.len, 0);
    UNIT_INT(recv(server, text, sizeof text, MSG_DONTWAIT), -1);
    end();
}

static void receives_what_was_sent_before_the_end(void) {
    begin();
    UNIT_INT(io_send_all(server, "bye", 3), 0);
    shutdown(server, SHUT_WR);
    UNIT_INT(talk_next(&talk, &in, -1), TALK_INPUT);
    UNIT_TEXT((const char *)in.data, in.len, "bye");
    UNIT_INT(talk_next(&talk, &in, -1), TALK_EOF);
    UNIT_INT(in.len, 0);
    end();
}

/* A reset is the end of the connection, whichever call finds it. */
static void takes_a_reset_for_the_end(void) {
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    begin();
    setsockopt(server, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(server);
    for (int i = 0; i < 3; i++) {
        buf_text(&talk.out, "x");
        UNIT_INT(talk_next(&talk, &in, -1), TALK_EOF);
    }
    server = dup(listener); /* end closes it */
    end();
}

static void receives_at_most_its_bytes(void) {
    static uint8_t many[TALK_BYTES + 1];
    begin();
    UNIT_INT(io_send_all(server, many, sizeof many), 0);
    size_t total = 0;
    while (total < sizeof many) {
        UNIT_INT(talk_next(&talk, &in, -1), TALK_INPUT);
        UNIT_TRUE(in.len > 0 && in.len <= TALK_BYTES);
        total += in.len;
    }
    UNIT_INT(total, sizeof many);
    end();
}

UNIT_MAIN("tcp/talk", UNIT_TEST(sends_and_then_receives),
          UNIT_TEST(receives_what_was_sent_before_the_end),
          UNIT_TEST(takes_a_reset_for_the_end),
          UNIT_TEST(receives_at_most_its_bytes))
