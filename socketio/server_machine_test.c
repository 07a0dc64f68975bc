/* server_machine_test.c: socketio/server_machine.h: bytes and time of a server,
 * and what has its time-out */
#include "socketio/replay.h"
#include "socketio/server_unit.h"

static void closes_a_client_that_does_not_connect(void) {
    start();
    open_conn(0);
    open_conn(1);
    send_text(1, "40/random"); /* a refusal is no connection */
    UNIT_INT(server_wait(server, now, -1), 1000);
    now += 999;
    end_turn();
    SENT(0, "");
    now++;
    buf_clear(&got[1]);
    end_turn();
    SENT(0, "close 1008|");
    SENT(1, "close 1008|");
    stop();
}

static void attachments_must_arrive_in_time_and_fit(void) {
    static char big[60000];
    start();
    join(0);
    join(1);
    send_text(0, "451-[\"message\"," PLACE(0) "]");
    send_text(1, "452-[\"message\"," PLACE(0) "," PLACE(1) "]");
    memset(big, 'x', sizeof big);
    struct span part = {(uint8_t *)big, sizeof big};
    send_frame(1, FRAME_BINARY, part, SIZE_MAX);
    SENT(1, "");
    send_frame(1, FRAME_BINARY, part, SIZE_MAX); /* 120 000 > 100 000 */
    SENT(1, "close 1009|");
    now += LIMIT_ATTACHMENTS_MS - 1;
    end_turn();
    SENT(0, "");
    now++;
    end_turn();
    SENT(0, "close 1008|");
    stop();
}

/* 70 000 bytes, of which one read brings only a part. */
static void send_first_attachment(void) {
    static uint8_t big[70000];
    struct buf frame = {.max = 100000};
    add_frame(&frame, FRAME_BINARY, (struct span){big, sizeof big});
    server_feed(server, 0, buf_view(&frame), now);
    handle_events();
    server_end_feed(server);
    end_turn();
    SENT(0, "");
    buf_free(&frame);
}

/* The second attachment has arrived, but one read did not bring it. */
static void attachments_that_have_arrived_are_read_first(void) {
    start();
    join(0);
    send_text(0, "452-[\"message\"," PLACE(0) "," PLACE(1) "]");
    now += LIMIT_ATTACHMENTS_MS + 1000; /* the process was stopped */
    send_first_attachment();
    events_len = 0;
    send_binary(0, "two");
    EVENTS("event 0 message {\"_placeholder\":true,\"num\":0},"
           "{\"_placeholder\":true,\"num\":1};");
    stop();
}

static void missing_attachments_time_out_in_the_end(void) {
    start();
    join(0);
    send_text(0, "452-[\"message\"," PLACE(0) "," PLACE(1) "]");
    now += LIMIT_ATTACHMENTS_MS;
    send_first_attachment();
    now++;
    end_turn();
    SENT(0, "close 1008|");
    stop();
}

/* Three times every time-out passes; these clients have no deadline. */
static void a_client_without_a_deadline_stays(void) {
    start();
    join(0);
    send_text(0, "451-[\"message\"," PLACE(0) "]");
    send_binary(0, "x");
    for (int i = 0; i < 3; i++) {
        now += 25000;
        buf_clear(&got[0]);
        end_turn();
        SENT(0, "2|");
        send_frame(0, FRAME_TEXT, span_from("3"), SIZE_MAX);
        EVENTS(i ? "" : "event 0 message {\"_placeholder\":true,\"num\":0};");
    }
    send_text(0, "42[\"message\",1]");
    SENT(0, "42[\"message-back\",1]|");
    stop();
}

/* A pong is waited for from when its ping has left the process. */
static void a_slow_reader_has_time_from_when_its_ping_has_left(void) {
    struct outgoing o;
    start();
    join(0);
    now += 25000;
    server_expire(server, now);
    while (server_outgoing(server, &o)) continue;
    now += 60000;
    end_turn();
    EVENTS("");
    server_sent(server, 0, now);
    UNIT_INT(server_wait(server, now, -1), 20000);
    stop();
}

static void a_missing_ack_times_out_once(void) {
    start_three();
    now += 1000;
    end_turn();
    server_emit_ack(server, sockets[1], span_from("q"), server_args("1"));
    UNIT_INT(server_wait(server, now, -1), 500);
    server_lost(server, 1);
    end_turn();
    EVENTS("disconnect 0  ;");
    now += 499;
    end_turn();
    EVENTS("");
    now++;
    end_turn();
    EVENTS("timeout 0  ;");
    now += 1000;
    end_turn();
    EVENTS("");
    stop();
}

/* The process was stopped, and the ack has arrived, but after much else. */
static void an_ack_that_has_arrived_is_read_first(void) {
    static uint8_t big[70000];
    struct buf input = {.max = 200000};
    start_three();
    server_emit_ack(server, sockets[1], span_from("q"), server_args("1"));
    end_turn();
    now += 2000;
    big[0] = '4';
    big[1] = '2';
    memset(big + 2, ' ', sizeof big - 2);
    memcpy(big + sizeof big - 6, "[\"x\"]", 5);
    add_frame(&input, FRAME_TEXT, (struct span){big, sizeof big});
    server_feed(server, 1, buf_view(&input), now);
    handle_events();
    server_end_feed(server);
    end_turn();
    EVENTS("event 0 x ;");
    send_text(1, "430[1]");
    EVENTS("acked 0  1;");
    buf_free(&input);
    stop();
}

static void shutting_down_reaches_every_client(void) {
    start();
    join(0);
    join(1);
    server_shut(server, now);
    end_turn();
    SENT(0, "close 1001|");
    SENT(1, "close 1001|");
    EVENTS("disconnect 0  ;disconnect 0  ;");
    stop();
}

/* Deadlines are judged at a time up to which all input was read: earlier than
 * the time of the last read. An ack has its time from the later one. */
static void its_time_never_goes_back(void) {
    start_three();
    now = 1000;
    send_text(0, "42[\"x\"]");
    server_expire(server, 900);
    server_emit_ack(server, sockets[1], span_from("q"), server_args("1"));
    UNIT_INT(server_wait(server, now, -1), 500);
    stop();
}

/* One client cannot keep the server busy: what was not read is returned, and
 * is read in a later turn. */
static void returns_what_it_did_not_read(void) {
    struct buf input = {.max = 200000};
    unsigned turns = 0, echoes = 0;
    start();
    join(0);
    for (int i = 0; i < 10000; i++)
        add_frame(&input, FRAME_TEXT, span_from("42[\"message\"]"));
    for (struct span rest = buf_view(&input); rest.len > 0; turns++) {
        struct span in = rest;
        server_feed(server, 0, in, now);
        handle_events();
        rest = server_end_feed(server);
        UNIT_TRUE(rest.len < in.len);
        end_turn();
    }
    UNIT_TRUE(turns > 1);
    struct frame f;
    for (struct span in = buf_view(&got[0]); in.len > 0; echoes++) {
        int n = frame_parse(&f, in.data, in.len);
        in = span_skip(in, (size_t)n + (size_t)f.length);
    }
    UNIT_INT(echoes, 10000);
    stop();
    buf_free(&input);
}

/* As tcp/links.h runs it. */
static void on_events(struct server *s) {
    struct server_event e;
    UNIT_TRUE(s == server);
    while (server_next(s, &e)) handle(&e);
}

static void is_run_as_a_machine(void) {
    char text[] = "GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n";
    struct machine_line line;
    struct server_options o = SERVER_DEFAULTS(namespaces);
    struct outgoing out;
    o.engine.max_conns = 10;
    o.is_traced = true;
    server = server_open(&o);
    events_len = 0;
    struct machine m = server_machine(server, on_events);
    UNIT_INT(m.max_reply, engine_max_reply(o.engine.max_payload));
    o.recovery_ms = 1000;
    o.engine.max_payload = 1000; /* a replay is longer */
    struct server *small = server_open(&o);
    UNIT_INT(server_machine(small, on_events).max_reply,
             engine_max_reply(LIMIT_REPLAY));
    server_free(small);
    m.accepted(m.self, 3, 1);
    m.set_clock(m.self, 784111777); /* RFC 9110 §5.6.7: the example */
    UNIT_INT(m.received(m.self, 3, span_from(text), 1).len, 0);
    EVENTS("request 0 /page ;");
    UNIT_TRUE(m.next_line(m.self, &line));
    UNIT_TEXT(line.arrow, strlen(line.arrow), "<-");
    UNIT_INT(line.conn, 3);
    UNIT_TEXT(line.text, strlen(line.text), "http GET /page");
    UNIT_TRUE(m.next_line(m.self, &line));
    UNIT_TEXT(line.text, strlen(line.text), "http 404, 14 B");
    UNIT_FALSE(m.next_line(m.self, &line));
    UNIT_TRUE(m.next_outgoing(m.self, &out));
    UNIT_INT(out.conn, 3);
    snprintf(text, sizeof text, "%.36s",
             strstr((char *)out.bytes.data, "Date"));
    UNIT_TEXT(text, strlen(text), "Date: Sun, 06 Nov 1994 08:49:37 GMT\r");
    UNIT_FALSE(m.next_outgoing(m.self, &out));
    m.sent(m.self, 3, 1);
    UNIT_INT(m.wait(m.self, 1, -1), 5000);
    m.expire(m.self, 5001);
    UNIT_TRUE(m.next_outgoing(m.self, &out));
    UNIT_INT(out.then, OUTBOX_END);
    m.lost(m.self, 3);
    m.accepted(m.self, 4, 5001);
    m.shutdown(m.self, 5001);
    UNIT_TRUE(m.next_outgoing(m.self, &out));
    UNIT_INT(out.conn, 4);
    UNIT_TRUE(m.refusal != NULL);
    server_free(server);
}

/* What no input brought is reported before the next output. */
static void reports_a_lost_client_before_the_next_output(void) {
    struct outgoing out;
    start_three();
    struct machine m = server_machine(server, on_events);
    m.lost(m.self, 1);
    EVENTS("");
    while (m.next_outgoing(m.self, &out)) UNIT_TRUE(out.conn != 1);
    EVENTS("disconnect 0  ;");
    stop();
}

UNIT_MAIN("socketio/server_machine",
          UNIT_TEST(closes_a_client_that_does_not_connect),
          UNIT_TEST(attachments_must_arrive_in_time_and_fit),
          UNIT_TEST(attachments_that_have_arrived_are_read_first),
          UNIT_TEST(missing_attachments_time_out_in_the_end),
          UNIT_TEST(a_client_without_a_deadline_stays),
          UNIT_TEST(a_slow_reader_has_time_from_when_its_ping_has_left),
          UNIT_TEST(a_missing_ack_times_out_once),
          UNIT_TEST(an_ack_that_has_arrived_is_read_first),
          UNIT_TEST(shutting_down_reaches_every_client),
          UNIT_TEST(its_time_never_goes_back),
          UNIT_TEST(returns_what_it_did_not_read),
          UNIT_TEST(is_run_as_a_machine),
          UNIT_TEST(reports_a_lost_client_before_the_next_output))
