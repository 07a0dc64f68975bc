/* server_send_test.c: what the program of socketio/server.h sends, and to which
 * clients: socketio/server_send.c */
#include "socketio/server_unit.h"

static void a_client_that_is_gone_is_not_sent_to(void) {
    struct server_event e = {.type = SERVER_EVENT};
    start();
    join(0);
    e.from.client = last_client;
    server_lost(server, 0);
    end_turn();
    join(1); /* in the same slot */
    server_emit(server, server_to(e.from), span_from("late"), server_args("1"));
    end_turn();
    SENT(1, "");
    stop();
}

/* Its acknowledgement is for the client alone. */
static void an_ack_goes_to_one_client_only(void) {
    start();
    join(0);
    join(1);
    send_text(0, "421[\"ack\",7]");
    SENT(0, "431[7]|");
    SENT(1, "");
    stop();
}

static void each_target_reaches_its_clients(void) {
    struct span red = span_from("red"), blue = span_from("blue"),
                both[] = {red, blue}, none[] = {span_from("none"), blue};
    start_three();
    UNIT_TRUE(join_room(0, "red"));
    UNIT_TRUE(join_room(1, "red"));
    UNIT_TRUE(join_room(1, "blue"));
    emit(server_to(sockets[1]), "", X, "");
    emit(server_to_all(sockets[1]), X, X, X);
    emit(server_except(server_to_all(sockets[1]), sockets[1]), X, "", X);
    emit(server_to_room(sockets[2], red), X, X, "");
    emit(server_except(server_to_room(sockets[0], red), sockets[0]), "", X, "");
    emit(server_to_room(sockets[0], blue), "", X, "");
    emit(server_to_rooms(sockets[2], both, 2), X, X, ""); /* once each */
    emit(server_to_rooms(sockets[2], none, 2), "", X, "");
    emit(server_to_room(sockets[2], span_from("none")), "", "", "");
    emit(server_except(server_to(sockets[1]), sockets[2]), "", X, "");
    server_leave(server, sockets[1], red);
    emit(server_to_room(sockets[0], red), X, "", "");
    stop();
}

/* In two rooms that are not the first one, or in the last one only. */
static void each_room_of_a_target_counts(void) {
    struct span rooms[] = {span_from("a"), span_from("b"), span_from("c")};
    start_three();
    join_room(0, "a");
    join_room(1, "b");
    join_room(1, "c");
    join_room(2, "c");
    emit(server_to_rooms(sockets[0], rooms, 3), X, X, X);
    stop();
}

/* The output of the first has not left the process, and so it does not get what
 * the others get. */
static void a_volatile_event_is_lost_for_a_slow_reader(void) {
    struct span red = span_from("red"), part = span_from("b");
    struct server_args binary = {span_from(PLACE(0)), 1, &part};
    struct outgoing o;
    start_three();
    join_room(0, "red");
    join_room(1, "red");
    server_emit(server, server_to(sockets[0]), span_from("x"),
                server_args("1"));
    while (server_outgoing(server, &o)) continue;
    server_emit_volatile(server, server_to_all(sockets[0]), span_from("a"),
                         server_args("1"));
    server_emit_volatile(server, server_to_room(sockets[0], red),
                         span_from("b"), server_args("2"));
    server_emit_volatile(server, server_to(sockets[0]), span_from("c"), binary);
    server_emit_volatile(server, server_to(sockets[1]), span_from("d"), binary);
    for (uint32_t i = 0; i < 3; i++) buf_clear(&got[i]);
    end_turn();
    SENT(0, "");
    SENT(1, "42[\"a\",1]|42[\"b\",2]|451-[\"d\"," PLACE(0) "]|<b>|");
    SENT(2, "42[\"a\",1]|");
    server_sent(server, 0, now);
    server_emit_volatile(server, server_to(sockets[0]), span_from("e"),
                         server_args("3"));
    end_turn();
    SENT(0, "42[\"e\",3]|");
    stop();
}

static void a_room_without_any_room_made_is_empty(void) {
    uint32_t cursor = 0, client;
    start_three();
    emit(server_to_room(sockets[0], span_from("red")), "", "", "");
    server_leave(server, sockets[0], span_from("red"));
    UNIT_FALSE(
        server_next_client(server, 0, span_from("red"), &cursor, &client));
    stop();
}

static void attachments_go_to_a_room_after_their_event(void) {
    struct span part = span_from("b");
    struct server_args args = {span_from(PLACE(0)), 1, &part};
    start_three();
    join_room(0, "red");
    join_room(2, "red");
    for (uint32_t i = 0; i < 3; i++) buf_clear(&got[i]);
    server_emit(server, server_to_room(sockets[1], span_from("red")),
                span_from("x"), args);
    end_turn();
    SENT(0, "451-[\"x\"," PLACE(0) "]|<b>|");
    SENT(1, "");
    SENT(2, "451-[\"x\"," PLACE(0) "]|<b>|");
    stop();
}

/* It is not there, or has another client's slot. */
static void a_client_that_is_gone_joins_no_room(void) {
    struct server_socket old;
    start_three();
    old = sockets[1];
    UNIT_FALSE(server_join(server, (struct server_socket){NO_HANDLE, 0},
                           span_from("red")));
    sockets[0].nsp = 1;
    UNIT_FALSE(join_room(0, "red"));
    server_lost(server, 1);
    end_turn();
    join(1);
    sockets[1].client = last_client;
    UNIT_INT(handle_slot(old.client), handle_slot(last_client));
    UNIT_FALSE(server_join(server, old, span_from("red")));
    UNIT_TRUE(join_room(1, "red"));
    server_leave(server, old, span_from("red"));
    server_disconnect(server, old);
    server_close(server, old.client, 1000);
    server_close(server, NO_HANDLE, 1000);
    emit(server_to(old), "", "", "");
    emit(server_to_room(sockets[2], span_from("red")), "", X, "");
    stop();
}

/* LIMIT_ACKS of them are waited for: one more is not sent. */
static void an_event_that_can_get_no_ack_is_not_sent(void) {
    struct server_args none = server_args("");
    start_three();
    for (int i = 0; i < LIMIT_ACKS; i++)
        server_emit_ack(server, sockets[1], span_from("q"), none);
    end_turn();
    buf_clear(&got[1]);
    UNIT_INT(server_emit_ack(server, sockets[1], span_from("q"), none), -1);
    end_turn();
    SENT(1, "");
    send_text(1, "437[]"); /* there is space for another one */
    UNIT_INT(server_emit_ack(server, sockets[1], span_from("q"), none),
             LIMIT_ACKS + 7);
    stop();
}

static void arguments_may_be_none(void) {
    struct span part = span_from("b");
    struct server_args binary = {span_from(PLACE(0)), 1, &part};
    struct server_event e = {.type = SERVER_EVENT, .id = 3};
    start_three();
    e.from = sockets[0];
    for (uint32_t i = 0; i < 3; i++) buf_clear(&got[i]);
    server_emit(server, server_to(sockets[0]), span_from("x"), server_args(""));
    server_ack(server, &e, server_args(""));
    server_ack(server, &e, binary);
    end_turn();
    SENT(0, "42[\"x\"]|433[]|461-3[" PLACE(0) "]|<b>|");
    stop();
}

/* It is connected, but not there any more. */
static void a_client_that_has_left_a_namespace_gets_no_events_of_it(void) {
    struct server_event e = {.type = SERVER_EVENT, .id = 3};
    start_three();
    e.from = sockets[1];
    send_text(1, "40/custom");
    send_text(1, "41");
    emit(server_to(sockets[1]), "", "", "");
    server_ack(server, &e, server_args("1"));
    UNIT_INT(
        server_emit_ack(server, sockets[1], span_from("q"), server_args("")),
        0); /* which will time out */
    end_turn();
    SENT(1, "");
    stop();
}

static void walks_the_clients_of_a_room_or_of_the_namespace(void) {
    uint32_t cursor = 0, client, sum = 0, count = 0;
    start_three();
    join_room(0, "red");
    join_room(2, "red");
    while (server_next_client(server, 0, span_from("red"), &cursor, &client))
        sum += client;
    UNIT_INT(sum, sockets[0].client + sockets[2].client);
    cursor = 0;
    while (server_next_client(server, 0, (struct span){0}, &cursor, &client))
        count++;
    UNIT_INT(count, 3);
    stop();
}

static void compares_the_name_of_an_event_decoded(void) {
    start();
    join(0);
    send_text(0, "42[\"\\u006dessage\",\"x\"]");
    SENT(0, "42[\"message-back\",\"x\"]|");
    stop();
}

static void the_program_puts_a_client_out_of_a_namespace(void) {
    start_three();
    send_text(1, "40/custom");
    join_room(1, "red");
    events_len = 0;
    buf_clear(&got[1]);
    server_disconnect(server, sockets[1]);
    server_disconnect(server, sockets[1]);
    end_turn();
    SENT(1, "41|");
    EVENTS("disconnect 0  ;");
    send_text(1, "42[\"message\",1]"); /* the client did not know yet */
    SENT(1, "");
    EVENTS("");
    emit(server_to_all(sockets[0]), X, "", X);
    emit(server_to_room(sockets[0], span_from("red")), "", "", "");
    send_text(1, "42/custom,[\"message\",1]");
    SENT(1, "42/custom,[\"message-back\",1]|");
    buf_clear(&got[1]);
    server_disconnect(server, (struct server_socket){sockets[1].client, 1});
    end_turn();
    SENT(1, "41/custom,|");
    send_text(1, "40"); /* and it may join again */
    UNIT_TRUE(begins(sent(1), "40{\"sid\""));
    stop();
}

/* Its disconnect cannot be reported later: the connection ends instead. */
static void a_client_that_cannot_be_expelled_is_closed(void) {
    start_three();
    server->expelled.max = 0; /* as if memory were used up */
    buf_clear(&got[1]);
    server_disconnect(server, sockets[1]);
    end_turn();
    SENT(1, "close 1011|");
    EVENTS("disconnect 0  ;");
    stop();
}

static void the_program_closes_a_connection(void) {
    start_three();
    send_text(1, "40/custom");
    events_len = 0;
    buf_clear(&got[1]);
    server_close(server, sockets[1].client, 1008);
    end_turn();
    SENT(1, "close 1008|");
    EVENTS("disconnect 0  ;disconnect 1  ;");
    stop();
}

static void the_program_refuses_a_connection_with_a_reason(void) {
    start_asking(true);
    decides = REFUSES;
    open_conn(0);
    send_text(0, "40/custom,{\"token\":1}");
    SENT(0, "44/custom,{\"message\":\"not \\\"today\\\"\"}|");
    EVENTS("asks 1 /custom {\"token\":1};");
    decides = SILENT;
    send_text(0, "40/custom,{\"token\":2}");
    UNIT_TRUE(begins(sent(0), "40/custom,{\"sid\""));
    EVENTS("asks 1 /custom {\"token\":2};connect 1  {\"token\":2};");
    now += 2000; /* no CONNECT is missing any more */
    end_turn();
    UNIT_FALSE(strstr(sent(0), "close"));
    stop();
}

UNIT_MAIN("socketio/server_send",
          UNIT_TEST(a_client_that_is_gone_is_not_sent_to),
          UNIT_TEST(an_ack_goes_to_one_client_only),
          UNIT_TEST(each_target_reaches_its_clients),
          UNIT_TEST(each_room_of_a_target_counts),
          UNIT_TEST(a_volatile_event_is_lost_for_a_slow_reader),
          UNIT_TEST(a_room_without_any_room_made_is_empty),
          UNIT_TEST(attachments_go_to_a_room_after_their_event),
          UNIT_TEST(a_client_that_is_gone_joins_no_room),
          UNIT_TEST(an_event_that_can_get_no_ack_is_not_sent),
          UNIT_TEST(arguments_may_be_none),
          UNIT_TEST(a_client_that_has_left_a_namespace_gets_no_events_of_it),
          UNIT_TEST(walks_the_clients_of_a_room_or_of_the_namespace),
          UNIT_TEST(compares_the_name_of_an_event_decoded),
          UNIT_TEST(the_program_puts_a_client_out_of_a_namespace),
          UNIT_TEST(a_client_that_cannot_be_expelled_is_closed),
          UNIT_TEST(the_program_closes_a_connection),
          UNIT_TEST(the_program_refuses_a_connection_with_a_reason))
