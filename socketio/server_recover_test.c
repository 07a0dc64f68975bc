/* server_recover_test.c: connection state recovery of socketio/server.h: what a
 * client receives that has lost its connection and connects again
 *
 * Socket.IO v5, "Connection state recovery". In some cases the reference,
 * socket.io 4.8.4, does not recover a socket, or not everything. The names of
 * their tests begin with "recovered". */
#include "socketio/server_recover_unit.h"

/* What is on the wire */

static void costs_nothing_when_it_is_off(void) {
    start(0);
    open_conn(0);
    send_text(0, "40{\"pid\":\"AAAAAAAAAAAAAAAAAAAA\"}");
    const char *text = read_sent(0, NULL);
    UNIT_INT(strlen(text), strlen("40|"));
    emit_to_all("1");
    check_got(0, "42[\"x\",1]|");
    emit_to_all("");
    check_got(0, "42[\"x\"]|");
    server_join(server, last, span_from("red"));
    server_leave(server, last, span_from("red"));
    cut(0);
    EVENTS("connect 0;disconnect 0;");
    UNIT_INT(server_wait(server, now, -1), -1);
    stop();
}

static void each_event_without_an_ack_ends_with_an_offset(void) {
    struct span part = span_from("b");
    struct server_args binary = {span_from("{\"_placeholder\":true,\"num\":0}"),
                                 1, &part};
    start(RECOVERY_MS);
    struct ids ids = join(0);
    UNIT_INT(strlen(ids.sid), 20);
    UNIT_INT(strlen(ids.pid), 20);
    UNIT_TRUE(strcmp(ids.sid, ids.pid) != 0);
    emit_to_all("1,\"two\"");
    check_got(0, "42[\"x\",1,\"two\",\"E.1\"]|");
    emit(server_to(last), "");
    check_got(0, "42[\"x\",\"E.2\"]|");
    server_emit(server, server_to(last), span_from("x"), binary);
    end_turn();
    check_got(0, "451-[\"x\",{\"_placeholder\":true,\"num\":0},\"E.3\"]|<b>|");
    server_emit_ack(server, last, span_from("x"), server_args("\"s\""));
    end_turn();
    check_got(0, "420[\"x\",\"s\"]|");
    stop();
}

/* Recovery */

/* After events: what it had got does not come again, what it missed does, in
 * order, whether it was lost under way or sent later. */
static void recovered_after_events(void) {
    start(RECOVERY_MS);
    struct ids ids = join(0);
    uint32_t client = last.client;
    emit_to_all("1");
    emit_to_all("2");
    emit_to_all("3"); /* which is lost */
    cut(0);
    EVENTS("disconnect 0;");
    emit_to_all("4");
    now += 1000;
    recovers(1, &ids, 2,
             "40|42[\"x\",3,\"E.3\"]|42[\"left\",\"E.4\"]|"
             "42[\"x\",4,\"E.5\"]|");
    EVENTS("recovered 0;");
    UNIT_INT(last_old, client);
    UNIT_TRUE(last.client != client);
    emit(server_to(last), "5");
    check_got(1, "42[\"x\",5,\"E.6\"]|");
    stop();
}

/* The reference needs the offset of an event. */
static void recovered_when_cut_before_the_first_event(void) {
    start(RECOVERY_MS);
    join(1);
    emit_to_all("0"); /* before it joins */
    struct ids ids = join(0);
    emit_to_all("1"); /* which is lost */
    cut(0);
    emit_to_all("2");
    recovers(2, &ids, -1,
             "40|42[\"x\",1,\"E.2\"]|42[\"left\",\"E.3\"]|"
             "42[\"x\",2,\"E.4\"]|");
    stop();
}

/* The reference sends no offset with it, and takes its last argument for one.
 */
static void recovered_when_a_volatile_event_with_a_string_came_last(void) {
    start(RECOVERY_MS);
    struct ids ids = join(0);
    emit_to_all("1");
    server_emit_volatile(server, server_to_all(last), span_from("v"),
                         server_args("\"text\""));
    end_turn();
    check_got(0, "42[\"x\",1,\"E.1\"]|42[\"v\",\"text\",\"E.1\"]|");
    cut(0);
    emit_to_all("2");
    recovers(1, &ids, 1, "40|42[\"left\",\"E.2\"]|42[\"x\",2,\"E.3\"]|");
    stop();
}

/* The reference drops an old event, and with it all who got it last. */
static void recovered_when_no_event_came_for_longer_than_it_keeps_any(void) {
    start(RECOVERY_MS);
    struct ids ids = join(0);
    emit_to_all("1");
    for (int i = 0; i < 100; i++) { /* the heartbeat goes on */
        now += 300;
        end_turn();
        send_text(0, "3");
    }
    EVENTS("");
    read_sent(0, NULL);
    cut(0);
    now += RECOVERY_MS - 1;
    recovers(1, &ids, 1, "40|42[\"left\",\"E.2\"]|");
    stop();
}

/* Others get more than the backlog holds. */
static void recovered_when_only_others_got_events(void) {
    static char args[LIMIT_BACKLOG / 8 + 1];
    memset(args, '1', sizeof args - 1);
    start(RECOVERY_MS);
    struct ids ids = join(0);
    emit_to_all("1");
    join(1);
    for (int i = 0; i < 10; i++) emit(server_to(last), args);
    cut(0); /* 12 */
    recovers(2, &ids, 1, "40|42[\"left\",\"E.12\"]|");
    emit(server_to(last), "13");
    join(1 + 2);
    for (int i = 0; i < 10; i++) emit(server_to(last), args);
    check_got(2, "42[\"x\",13,\"E.13\"]|");
    cut(2);                  /* 24 */
    is_refused(4, &ids, 12); /* it has missed 13, which is gone */
    recovers(5, &ids, 13, "40|42[\"left\",\"E.24\"]|");
    stop();
}

/* It has missed nothing, twice: its offset stays as old as it was. */
static void recovered_twice_with_an_offset_that_is_gone(void) {
    static char args[LIMIT_BACKLOG / 8 + 1];
    memset(args, '1', sizeof args - 1);
    start(RECOVERY_MS);
    struct ids ids = join(0);
    emit(server_to(last), "1");
    for (uint32_t i = 0; i < 3; i++) {
        for (int k = 0; k < 10; k++)
            emit(server_to_room(last, span_from("others")), args);
        read_sent(i, NULL);
        server_lost(server, i);
        struct server_event e;
        while (server_next(server, &e)) continue; /* the DISCONNECT */
        recovers(i + 1, &ids, 1, "40|");
    }
    stop();
}

/* In the reference the first session is not over, so there is nothing to
 * recover. */
static void recovered_while_the_first_connection_seems_to_live(void) {
    start(RECOVERY_MS);
    struct ids ids = join(0);
    uint32_t first = last.client;
    send_text(0, "40/custom");
    emit_to_all("1");
    read_sent(0, NULL);
    events_len = 0;
    emit_to_all("2"); /* to a connection that is dead */
    recovers(1, &ids, 1, "40|42[\"x\",2,\"E.2\"]|42[\"left\",\"E.3\"]|");
    EVENTS("disconnect 0;disconnect 1;recovered 0;");
    UNIT_INT(last_old, first);
    check_got(0, "42[\"x\",2,\"E.2\"]|close 1000|");
    uint32_t second = last.client;
    recovers(2, &ids, 3, "40|42[\"left\",\"E.5\"]|"); /* and once more */
    EVENTS("disconnect 0;recovered 0;");
    UNIT_INT(last_old, second);
    cut(0);
    cut(1);
    EVENTS("");
    emit(server_to(last), "3");
    check_got(2, "42[\"x\",3,\"E.6\"]|");
    stop();
}

/* The response to the CONNECT is lost, too, so the client repeats it. */
static void may_be_repeated_with_the_same_offset(void) {
    start(RECOVERY_MS);
    struct ids ids = join(0);
    emit_to_all("1");
    cut(0);
    recovers(1, &ids, 0, "40|42[\"x\",1,\"E.1\"]|42[\"left\",\"E.2\"]|");
    cut(1);
    recovers(2, &ids, 0,
             "40|42[\"x\",1,\"E.1\"]|42[\"left\",\"E.2\"]|"
             "42[\"left\",\"E.3\"]|");
    stop();
}

static void attachments_are_sent_again(void) {
    struct span part = span_from("bytes");
    struct server_args binary = {span_from("{\"_placeholder\":true,\"num\":0}"),
                                 1, &part};
    start(RECOVERY_MS);
    struct ids ids = join(0);
    cut(0);
    server_emit(server, server_to_all(last), span_from("x"), binary);
    recovers(1, &ids, 1,
             "40|451-[\"x\",{\"_placeholder\":true,\"num\":0},\"E.2\"]|"
             "<bytes>|");
    stop();
}

/* Nothing was missed before the CONNECT; the old connection is closed. */
static void recovered_with_the_newest_offset(void) {
    start(RECOVERY_MS);
    struct ids ids = join(0);
    for (int i = 1; i <= 9; i++) emit_to_all("");
    recovers(1, &ids, 9, "40|42[\"left\",\"E.10\"]|");
    stop();
}

/* Its rooms are as they were, and an event to one counts if it was in there
 * then. */
static void goes_on_in_its_rooms(void) {
    struct span red = span_from("red"), blue = span_from("blue");
    struct span none[] = {span_from("none"), blue};
    start(RECOVERY_MS);
    struct ids ids = join(0);
    struct server_socket socket = last;
    emit(server_to_room(socket, red), "1");       /* 1: too early */
    UNIT_TRUE(server_join(server, socket, red));  /* 2 */
    UNIT_TRUE(server_join(server, socket, red));  /* again: no entry */
    UNIT_TRUE(server_join(server, socket, blue)); /* 3 */
    emit(server_to_room(socket, red), "4");       /* 4 */
    server_leave(server, socket, blue);           /* 5 */
    server_leave(server, socket, blue);           /* again: no entry */
    emit(server_to_room(socket, blue), "6");      /* 6: after it left */
    emit(server_except(server_to_all(socket), socket), "7"); /* 7: not for it */
    cut(0);                                                  /* 8: "left" */
    emit(server_to_room(socket, red), "9"); /* no clients there */
    emit(server_to_rooms(socket, none, 2), "10");
    recovers(1, &ids, 0,
             "40|42[\"x\",4,\"E.4\"]|42[\"left\",\"E.8\"]|"
             "42[\"x\",9,\"E.9\"]|");
    emit(server_to_room(socket, red), "11");
    emit(server_to_room(socket, blue), "12");
    check_got(1, "42[\"x\",11,\"E.11\"]|");
    stop();
}

static void an_event_to_several_rooms_counts_for_each(void) {
    static uint8_t longest[LIMIT_ROOM_NAME] = {'l'};
    struct span letter = span_from("r"), name = {longest, sizeof longest};
    struct span rooms[] = {span_from("none"), letter};
    start(RECOVERY_MS);
    struct ids ids = join(0);
    struct server_socket socket = last;
    UNIT_TRUE(server_join(server, socket, letter)); /* 1 */
    UNIT_TRUE(server_join(server, socket, name));   /* 2 */
    cut(0);                                         /* 3: "left" */
    emit(server_to_rooms(socket, rooms, 2), "4");
    emit(server_to_room(socket, name), "5");
    recovers(1, &ids, 2,
             "40|42[\"left\",\"E.3\"]|42[\"x\",4,\"E.4\"]|"
             "42[\"x\",5,\"E.5\"]|");
    stop();
}

/* The room was there before it, with another client. */
static void gets_of_a_room_what_came_after_it_had_joined(void) {
    struct span red = span_from("red");
    start(RECOVERY_MS);
    join(1);
    UNIT_TRUE(server_join(server, last, red)); /* 1 */
    struct ids ids = join(0);
    emit(server_to_room(last, red), "2");      /* too early */
    UNIT_TRUE(server_join(server, last, red)); /* 3 */
    emit(server_to_room(last, red), "4");
    cut(0);
    recovers(2, &ids, 1, "40|42[\"x\",4,\"E.4\"]|42[\"left\",\"E.5\"]|");
    stop();
}

/* The program has not read yet that the connection was lost. */
static void a_room_may_be_left_while_the_connection_is_lost(void) {
    struct span red = span_from("red");
    start(RECOVERY_MS);
    struct ids ids = join(0);
    struct server_socket socket = last;
    UNIT_TRUE(server_join(server, socket, red)); /* 1 */
    server_lost(server, 0);
    server_leave(server, socket, red); /* 2 */
    end_turn();                        /* 3: "left" */
    emit(server_to_room(socket, red), "");
    recovers(1, &ids, 1, "40|42[\"left\",\"E.3\"]|");
    emit(server_to_room(last, red), "");
    check_got(1, "");
    stop();
}

static void a_handle_of_no_client_harms_no_client(void) {
    struct server_socket nobody = {NO_HANDLE, 0};
    start(RECOVERY_MS);
    struct ids ids = join(0);
    UNIT_FALSE(server_join(server, nobody, span_from("red")));
    server_leave(server, nobody, span_from("red"));
    server_disconnect(server, nobody);
    server_close(server, NO_HANDLE, 1000);
    emit_to_all("");
    check_got(0, "42[\"x\",\"E.1\"]|");
    cut(0);
    recovers(1, &ids, 1, "40|42[\"left\",\"E.2\"]|");
    stop();
}

/* What was for a socket only, or not for it, is so after it has another
 * handle. */
static void is_the_same_socket_to_the_backlog(void) {
    start(RECOVERY_MS);
    struct ids ids = join(0);
    emit(server_to(last), "1");
    emit(server_except(server_to_all(last), last), "2");
    cut(0); /* 3 */
    join(0);
    emit(server_to(last), "4"); /* in its slot, but another one */
    emit(server_except(server_to_all(last), last), "5");
    recovers(1, &ids, 0,
             "40|42[\"x\",1,\"E.1\"]|42[\"left\",\"E.3\"]|"
             "42[\"x\",5,\"E.5\"]|");
    emit(server_to(last), "6");
    emit(server_except(server_to_all(last), last), "7");
    cut(1);
    recovers(2, &ids, 4,
             "40|42[\"x\",5,\"E.5\"]|42[\"x\",6,\"E.6\"]|"
             "42[\"left\",\"E.8\"]|");
    stop();
}

static void a_volatile_event_is_not_sent_again(void) {
    start(RECOVERY_MS);
    struct ids ids = join(0);
    server_emit_volatile(server, server_to(last), span_from("v"),
                         server_args("1"));
    cut(0);
    server_emit_volatile(server, server_to_all(last), span_from("v"),
                         server_args("2"));
    recovers(1, &ids, -1, "40|42[\"left\",\"E.1\"]|");
    stop();
}

static void an_event_with_an_ack_is_not_sent_again(void) {
    start(RECOVERY_MS);
    struct ids ids = join(0);
    server_emit_ack(server, last, span_from("q"), server_args("1"));
    cut(0);
    recovers(1, &ids, -1, "40|42[\"left\",\"E.1\"]|");
    now += 500;
    end_turn();
    EVENTS("disconnect 0;recovered 0;timeout 0;");
    stop();
}

/* Each namespace is a socket of its own. */
static void sockets_of_one_client_recover_one_by_one(void) {
    struct ids custom = {"", ""}, again = {"", ""};
    start(RECOVERY_MS);
    struct ids root = join(0);
    send_text(0, "40/custom");
    read_sent(0, &custom);
    UNIT_TRUE(strcmp(custom.pid, root.pid) != 0);
    emit(server_to_all(last), "1");
    cut(0);
    recovers(1, &root, -1, "40|42[\"left\",\"E.2\"]|");
    send_connect(1, "/custom,", custom.pid, 1);
    const char *text = read_sent(1, &again);
    UNIT_TEXT(text, strlen(text), "40/custom,|42/custom,[\"left\",\"E.3\"]|");
    UNIT_TEXT(again.pid, 20, custom.pid);
    stop();
}

static void the_program_decides_before_it_is_recovered(void) {
    asks = true;
    start(RECOVERY_MS);
    asks = false;
    struct ids ids = join(0);
    recovers(1, &ids, -1, "40|42[\"left\",\"E.1\"]|");
    EVENTS("asks 0;disconnect 0;recovered 0;");
    stop();
}

/* Polling: the connection is no session, and the pong that does not come ends
 * it. */
static void a_session_without_pongs_is_kept(void) {
    start(RECOVERY_MS);
    struct ids ids = join(0);
    now += 300;
    end_turn();
    now += 200;
    end_turn();
    EVENTS("disconnect 0;");
    recovers(1, &ids, -1, "40|42[\"left\",\"E.1\"]|");
    stop();
}

UNIT_MAIN("socketio/server_recover", UNIT_TEST(costs_nothing_when_it_is_off),
          UNIT_TEST(each_event_without_an_ack_ends_with_an_offset),
          UNIT_TEST(recovered_after_events),
          UNIT_TEST(recovered_when_cut_before_the_first_event),
          UNIT_TEST(recovered_when_a_volatile_event_with_a_string_came_last),
          UNIT_TEST(recovered_when_no_event_came_for_longer_than_it_keeps_any),
          UNIT_TEST(recovered_when_only_others_got_events),
          UNIT_TEST(recovered_twice_with_an_offset_that_is_gone),
          UNIT_TEST(recovered_while_the_first_connection_seems_to_live),
          UNIT_TEST(recovered_with_the_newest_offset),
          UNIT_TEST(may_be_repeated_with_the_same_offset),
          UNIT_TEST(attachments_are_sent_again),
          UNIT_TEST(goes_on_in_its_rooms),
          UNIT_TEST(an_event_to_several_rooms_counts_for_each),
          UNIT_TEST(gets_of_a_room_what_came_after_it_had_joined),
          UNIT_TEST(a_room_may_be_left_while_the_connection_is_lost),
          UNIT_TEST(a_handle_of_no_client_harms_no_client),
          UNIT_TEST(is_the_same_socket_to_the_backlog),
          UNIT_TEST(a_volatile_event_is_not_sent_again),
          UNIT_TEST(an_event_with_an_ack_is_not_sent_again),
          UNIT_TEST(sockets_of_one_client_recover_one_by_one),
          UNIT_TEST(the_program_decides_before_it_is_recovered),
          UNIT_TEST(a_session_without_pongs_is_kept))
