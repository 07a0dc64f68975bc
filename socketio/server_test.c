/* server_test.c: socketio/server.h against the Socket.IO protocol v5: what an
 * event of the engine means. For what the program sends see server_send_test.c,
 * for the clock server_machine_test.c. */
#include "socketio/server_unit.h"
#include "websocket/base64.h"
#include "websocket/sha1.h"

static void connects_to_its_namespaces(void) {
    start();
    open_conn(0);
    send_text(0, "40");
    UNIT_TRUE(begins(sent(0), "40{\"sid\":\""));
    UNIT_TRUE(strstr(sent(0), "\"}|42[\"auth\",{}]|"));
    send_text(0, "40/custom,{\"token\":\"abc\"}");
    UNIT_TRUE(begins(sent(0), "40/custom,{\"sid\":\""));
    UNIT_TRUE(strstr(sent(0), "|42/custom,[\"auth\",{\"token\":\"abc\"}]|"));
    EVENTS("connect 0  ;connect 1  {\"token\":\"abc\"};");
    stop();
}

static void refuses_another_namespace_and_goes_on(void) {
    start();
    open_conn(0);
    send_text(0, "40/random");
    SENT(0, "44/random,{\"message\":\"Invalid namespace\"}|");
    send_text(0, "40");
    UNIT_TRUE(begins(sent(0), "40{\"sid\""));
    stop();
}

static void gives_socket_ids_that_differ(void) {
    char first[60];
    start();
    open_conn(0);
    send_text(0, "40");
    snprintf(first, sizeof first, "%.31s", sent(0));
    open_conn(1);
    send_text(1, "40");
    UNIT_FALSE(begins(sent(1), first));
    stop();
}

/* They come from the seed, the letter "s" and their number, so they reveal
 * nothing of session ids, which come from the seed and a number. */
static void socket_ids_come_from_the_seed(void) {
    uint8_t made_of[32 + 1 + 8] = {0}, digest[SHA1_SIZE];
    start();
    made_of[32] = 's';
    made_of[0] = 5; /* as in start */
    for (uint64_t number = 1; number < 3; number++) {
        char expected[60] = "40{\"sid\":\"";
        open_conn((uint32_t)number);
        send_text((uint32_t)number, "40");
        memcpy(made_of + 33, &number, sizeof number);
        sha1(made_of, sizeof made_of, digest);
        base64_encode(digest, 15, expected + strlen(expected));
        UNIT_TEXT(sent((uint32_t)number), strlen(expected), expected);
    }
    stop();
}

static void echoes_arguments_as_they_were_written(void) {
    start();
    join(0);
    send_text(0, "42[\"message\",1,\"2\",{\"3\":[true]}]");
    SENT(0, "42[\"message-back\",1,\"2\",{\"3\":[true]}]|");
    send_text(0, "42[\"message\"]");
    SENT(0, "42[\"message-back\"]|");
    send_text(0, "42[ \"message\" , 1e400 , \"\\u0000\" ]");
    SENT(0, "42[\"message-back\",1e400 , \"\\u0000\"]|");
    send_text(0, "42456[\"ack\",1,\"2\",{\"3\":[false]}]");
    SENT(0, "43456[1,\"2\",{\"3\":[false]}]|");
    send_text(0, "4212[\"ack\"]");
    SENT(0, "4312[]|");
    stop();
}

static void carries_attachments_in_the_order_of_the_text(void) {
    start();
    join(0);
    send_text(0, "452-[\"message\"," PLACE(1) "," PLACE(0) "]");
    send_binary(0, "zero");
    SENT(0, "");
    send_binary(0, "one");
    SENT(0, "452-[\"message-back\"," PLACE(0) "," PLACE(1) "]|<one>|<zero>|");
    send_text(0, "451-789[\"ack\",{\"deep\":[" PLACE(0) "]}]");
    send_binary(0, "");
    SENT(0, "461-789[{\"deep\":[" PLACE(0) "]}]|<>|");
    stop();
}

static void closes_on_every_violation(void) {
    static const char *const bad[] = {
        "4",                       /* no packet */
        "4abc",                    /* no type */
        "49",                      /* types end at 6 */
        "42{}",                    /* an event is an array */
        "42[]",                    /* of which the first is its name */
        "42[{}]",                  /* a string, or a number */
        "42[\"connect\"]",         /* but not one of the library's own */
        "42[\"message\"",          /* cut JSON */
        "42abc[\"message\"]",      /* not an ack id */
        "43[]",                    /* an ack of what? */
        "40",                      /* joined already */
        "42/custom,[\"message\"]", /* not joined */
        "41/custom",
        "44{\"message\":\"no\"}",         /* only a server refuses */
        "450-[\"message\"]",              /* no attachments: not binary */
        "4511-[\"message\"]",             /* more than ten */
        "451[\"message\"]",               /* no dash */
        "451-[\"message\",1]",            /* no placeholder */
        "451-[\"message\"," PLACE(1) "]", /* out of range */
        "452-[\"message\"," PLACE(0) "," PLACE(0) "]", /* repeated */
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        start();
        join(0);
        send_text(0, bad[i]);
        SENT(0, "close 1002|");
        EVENTS("disconnect 0  ;");
        stop();
    }
}

static void nothing_comes_between_a_packet_and_its_attachments(void) {
    start();
    join(0);
    send_binary(0, "unasked");
    SENT(0, "close 1002|");
    join(1);
    send_text(1, "451-[\"message\"," PLACE(0) "]");
    send_text(1, "42[\"message\"]");
    SENT(1, "close 1002|");
    stop();
}

static void the_first_packet_is_connect(void) {
    start();
    open_conn(0);
    send_text(0, "42[\"message\"]");
    SENT(0, "close 1002|");
    EVENTS("");
    stop();
}

/* Socket.IO v5: an ack of an unknown id is ignored. */
static void an_ack_that_was_not_requested_is_ignored(void) {
    start();
    join(0);
    send_text(0, "437[1]");
    send_text(0, "439007199254740991[1]");
    SENT(0, "");
    EVENTS("");
    stop();
}

static void leaves_one_namespace_and_stays_in_the_other(void) {
    start();
    join(0);
    send_text(0, "40/custom");
    send_text(0, "41/custom");
    send_text(0, "42[\"message\",1]");
    SENT(0, "42[\"message-back\",1]|");
    send_text(0, "41");
    events_len = 0;
    send_text(0, "40"); /* and may come back */
    UNIT_TRUE(begins(sent(0), "40{\"sid\""));
    stop();
}

static void reports_one_disconnect_for_each_namespace(void) {
    start();
    join(0);
    send_text(0, "40/custom");
    events_len = 0;
    server_lost(server, 0);
    end_turn();
    EVENTS("disconnect 0  ;disconnect 1  ;");
    stop();
}

static void broadcasts_to_the_namespace_only(void) {
    start();
    for (uint32_t i = 0; i < 4; i++) join(i);
    send_text(3, "41");
    send_text(2, "40/custom");
    for (uint32_t i = 0; i < 4; i++) buf_clear(&got[i]);
    send_text(0, "42[\"bcast\",1]");
    for (uint32_t i = 0; i < 3; i++) SENT(i, "42[\"bcast\",1]|");
    SENT(3, "");
    for (uint32_t i = 0; i < 4; i++) buf_clear(&got[i]);
    send_text(2, "451-/custom,[\"bcast\"," PLACE(0) "]");
    send_binary(2, "b");
    SENT(2, "451-/custom,[\"bcast\"," PLACE(0) "]|<b>|");
    SENT(0, "");
    stop();
}

/* Bytes may be cut anywhere: the answers are the same. */
static void every_split_gives_the_same_answers(void) {
    struct buf all = {.max = 1 << 16};
    static const char *const texts[] = {
        "40/custom", "42[\"message\",\"\xc3\xa9\"]",
        "452-[\"message\"," PLACE(1) "," PLACE(0) "]"};
    for (size_t i = 0; i < 3; i++)
        add_frame(&all, FRAME_TEXT, span_from(texts[i]));
    add_frame(&all, FRAME_BINARY, span_from("x"));
    add_frame(&all, FRAME_BINARY, span_from("yy"));
    for (size_t step = 1; step <= all.end; step++) {
        start();
        join(0);
        feed(0, buf_view(&all), step);
        const char *answers = strstr(sent(0), "|42/custom,[\"auth\",{}]|");
        UNIT_TRUE(
            answers &&
            strcmp(answers,
                   "|42/custom,[\"auth\",{}]|42[\"message-back\",\"\xc3\xa9\"]|"
                   "452-[\"message-back\"," PLACE(0) "," PLACE(
                       1) "]|<yy>|<x>|") == 0);
        stop();
    }
    buf_free(&all);
}

static void a_thousand_clients_connect_emit_and_leave(void) {
    start();
    for (uint32_t i = 0; i < CONNS; i++) join(i);
    send_text(0, "42[\"bcast\",\"to all\"]");
    for (int sent = LIMIT_ROUND; sent < CONNS; sent += LIMIT_ROUND) {
        UNIT_INT(server_wait(server, now, -1), 0);
        end_turn();
    }
    int all = 0;
    for (uint32_t i = 0; i < CONNS; i++)
        all += strcmp(sent(i), "42[\"bcast\",\"to all\"]|") == 0;
    UNIT_INT(all, CONNS);
    for (uint32_t i = 0; i < CONNS; i++) server_lost(server, i);
    end_turn();
    join(7);
    send_text(7, "42[\"message\"]");
    SENT(7, "42[\"message-back\"]|");
    stop();
}

static void a_request_for_another_path_belongs_to_no_client(void) {
    struct server_event e;
    char text[] = "GET /page HTTP/1.1\r\nHost: localhost\r\n"
                  "If-None-Match: \"v1\"\r\n\r\n";
    start();
    server_set_clock(server, 784111777); /* RFC 9110 §5.6.7: the example */
    server_accept(server, 4, now);
    memset(&e, 0xff, sizeof e);
    server_feed(server, 4, span_from(text), now);
    UNIT_TRUE(server_next(server, &e));
    UNIT_INT(e.type, SERVER_REQUEST);
    UNIT_INT(e.conn, 4);
    UNIT_INT(e.from.client, NO_HANDLE);
    UNIT_INT(e.from.nsp, 0);
    UNIT_INT(e.id, -1);
    UNIT_INT(e.args.attachments, 0);
    UNIT_TEXT(e.name.data, e.name.len, "/page");
    UNIT_TEXT(e.args.json.data, e.args.json.len, "\"v1\"");
    server_respond(server, 4, 200, "text/plain", span_from("hello"),
                   "ETag: \"v2\"\r\n");
    UNIT_FALSE(server_next(server, &e));
    server_end_feed(server);
    deliver();
    buf_append(&got[4], "", 1);
    UNIT_TRUE(strstr((char *)got[4].bytes, "\r\n\r\nhello"));
    UNIT_TRUE(strstr((char *)got[4].bytes, "\r\nETag: \"v2\"\r\n"));
    UNIT_TRUE(strstr((char *)got[4].bytes,
                     "\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
    stop();
}

/* The payload of a POST takes two rounds, and in the second one is a packet
 * with an attachment: its time begins there. */
static void attachments_have_their_time_from_when_they_are_announced(void) {
    static char body[70000], text[71000];
    struct server_event e;
    char *sid;
    start();
    server_accept(server, 1, now);
    feed(1,
         span_from("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\n"
                   "Host: localhost\r\n\r\n"),
         SIZE_MAX);
    buf_append(&got[1], "", 1);
    sid = strstr((char *)got[1].bytes, "\"sid\":\"");
    size_t n = (size_t)snprintf(body, sizeof body, "40\x1e");
    for (int i = 0; i < 65; i++) /* 64 messages, and 64 KiB in all */
        n += (size_t)snprintf(body + n, sizeof body - n,
                              "42[\"x\",\"%01020d\"]\x1e", 0);
    n += (size_t)snprintf(body + n, sizeof body - n, "451-[\"message\",%s]",
                          PLACE(0));
    snprintf(text, sizeof text,
             "POST /socket.io/?EIO=4&transport=polling&sid=%.20s HTTP/1.1\r\n"
             "Host: localhost\r\nContent-Length: %zu\r\n\r\n%s",
             sid ? sid + 7 : "", n, body);
    server_feed(server, 1, span_from(text), now);
    handle_events();
    server_end_feed(server);
    now += 3000;
    server_expire(server, now);
    deliver(); /* the next round */
    while (server_next(server, &e)) continue;
    UNIT_INT(server_wait(server, now, -1), LIMIT_ATTACHMENTS_MS);
    stop();
}

static void a_room_is_left_with_the_namespace_and_the_connection(void) {
    struct span red = span_from("red");
    uint32_t cursor = 0, client;
    start_three();
    for (uint32_t i = 0; i < 3; i++) join_room(i, "red");
    send_text(0, "40/custom");
    struct server_socket elsewhere = {sockets[0].client, 1};
    UNIT_TRUE(server_join(server, elsewhere, red));
    send_text(0, "41");
    send_text(0, "40"); /* it comes back, but not into the room */
    server_lost(server, 1);
    end_turn();
    emit(server_to_room(sockets[2], red), "", "", X);
    while (server_next_client(server, 0, red, &cursor, &client))
        UNIT_INT(client, sockets[2].client);
    emit(server_to_room(elsewhere, red), "42/custom,[\"x\",1]|", "", "");
    join(1); /* in the slot of the one that was lost */
    emit(server_to_room(sockets[2], red), "", "", X);
    stop();
}

static void an_ack_that_was_wanted_is_reported_once(void) {
    start_three();
    buf_clear(&got[1]);
    int64_t id =
        server_emit_ack(server, sockets[1], span_from("q"), server_args("1"));
    UNIT_INT(id, 0);
    int64_t next =
        server_emit_ack(server, sockets[1], span_from("q"), server_args(""));
    UNIT_INT(next, 1);
    end_turn();
    SENT(1, "420[\"q\",1]|421[\"q\"]|");
    send_text(0, "430[7]"); /* it was not asked */
    EVENTS("");
    send_text(1, "430[8]");
    EVENTS("acked 0  8;");
    send_text(1, "430[8]");
    EVENTS("");
    send_text(1, "461-1[" PLACE(0) "]");
    send_binary(1, "x");
    EVENTS("acked 0  " PLACE(0) ";");
    stop();
}

/* The slot of an expelled client is used again. */
static void a_new_client_was_not_expelled(void) {
    start_three();
    server_disconnect(server, sockets[1]);
    end_turn();
    server_lost(server, 1);
    end_turn();
    open_conn(1);
    send_text(1, "42[\"message\"]");
    SENT(1, "close 1002|");
    stop();
}

static void a_refused_client_must_still_send_a_connect(void) {
    start_asking(true);
    decides = REFUSES;
    open_conn(0);
    send_text(0, "40");
    SENT(0, "44{\"message\":\"not \\\"today\\\"\"}|");
    buf_clear(&got[0]);
    now += 1000;
    end_turn();
    SENT(0, "close 1008|");
    stop();
}

static void the_program_may_allow_a_new_namespace(void) {
    start_asking(true);
    decides = ACCEPTS;
    open_conn(0);
    send_text(0, "40/made");
    UNIT_TRUE(begins(sent(0), "40/made,{\"sid\""));
    EVENTS("asks 4294967295 /made ;connect 2  ;");
    UNIT_TEXT(server_namespace(server, 2).data, server_namespace(server, 2).len,
              "/made");
    send_text(0, "42/made,[\"message\",1]");
    SENT(0, "42/made,[\"message-back\",1]|");
    decides = SILENT; /* by default, only those of the options are there */
    send_text(0, "40/other");
    SENT(0, "44/other,{\"message\":\"Invalid namespace\"}|");
    open_conn(1);
    send_text(1, "40/made"); /* it is there now */
    UNIT_TRUE(begins(sent(1), "40/made,{\"sid\""));
    stop();
}

static void new_namespaces_are_limited(void) {
    char text[20];
    start_asking(true);
    decides = ACCEPTS;
    open_conn(0);
    for (int i = 2; i <= LIMIT_NAMESPACES; i++) {
        snprintf(text, sizeof text, "40/%d", i);
        send_text(0, text);
        UNIT_INT(sent(0)[1], i == LIMIT_NAMESPACES ? '4' : '0');
        UNIT_INT(forbidden, i == LIMIT_NAMESPACES);
    }
    UNIT_TRUE(strstr(sent(0), "Invalid namespace"));
    send_text(0, "41/5");
    send_text(0, text); /* in its place */
    UNIT_INT(sent(0)[1], '0');
    stop();
}

UNIT_MAIN("socketio/server", UNIT_TEST(connects_to_its_namespaces),
          UNIT_TEST(refuses_another_namespace_and_goes_on),
          UNIT_TEST(gives_socket_ids_that_differ),
          UNIT_TEST(socket_ids_come_from_the_seed),
          UNIT_TEST(echoes_arguments_as_they_were_written),
          UNIT_TEST(carries_attachments_in_the_order_of_the_text),
          UNIT_TEST(closes_on_every_violation),
          UNIT_TEST(nothing_comes_between_a_packet_and_its_attachments),
          UNIT_TEST(the_first_packet_is_connect),
          UNIT_TEST(an_ack_that_was_not_requested_is_ignored),
          UNIT_TEST(leaves_one_namespace_and_stays_in_the_other),
          UNIT_TEST(reports_one_disconnect_for_each_namespace),
          UNIT_TEST(broadcasts_to_the_namespace_only),
          UNIT_TEST(every_split_gives_the_same_answers),
          UNIT_TEST(a_thousand_clients_connect_emit_and_leave),
          UNIT_TEST(a_request_for_another_path_belongs_to_no_client),
          UNIT_TEST(attachments_have_their_time_from_when_they_are_announced),
          UNIT_TEST(a_room_is_left_with_the_namespace_and_the_connection),
          UNIT_TEST(an_ack_that_was_wanted_is_reported_once),
          UNIT_TEST(a_new_client_was_not_expelled),
          UNIT_TEST(a_refused_client_must_still_send_a_connect),
          UNIT_TEST(the_program_may_allow_a_new_namespace),
          UNIT_TEST(new_namespaces_are_limited))
