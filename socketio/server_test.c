/* server_test.c: socketio/server.h against the Socket.IO protocol v5, with the
 * program of 506 in it; no sockets, and a clock that the tests turn */
#include "packets/unit.h"
#include "socketio/clients.h"
#include "socketio/handle.h"
#include "socketio/server.h"
#include "websocket/base64.h"
#include "websocket/conn.h"
#include "websocket/masks.h"
#include "websocket/sha1.h"

#define CONNS 1000

static struct server *server;
static int64_t now;
static struct buf got[CONNS];
static char events[2000];
static size_t events_len;
static uint32_t last_client;

static const char *const namespaces[] = {"/", "/custom", NULL};

static void start(void) {
    struct server_options o = {.connect_timeout = 1000,
                               .namespaces = namespaces,
                               .engine = {.path = "/socket.io/",
                                          .ping_interval = 25000,
                                          .ping_timeout = 20000,
                                          .upgrade_timeout = 10000,
                                          .max_payload = 100000,
                                          .max_conns = CONNS,
                                          .max_sessions = CONNS,
                                          .seed = {5}}};
    server = server_open(&o);
    now = 1;
    events_len = 0;
    for (int i = 0; i < CONNS; i++) got[i].max = 1 << 24;
}

static void stop(void) {
    server_free(server);
    for (int i = 0; i < CONNS; i++) buf_free(&got[i]);
}

static void handle(const struct server_event *e) {
    static const char *const names[] = {"connect", "event", "acked",
                                        "disconnect", "request"};
    events_len += (size_t)snprintf(
        events + events_len, sizeof events - events_len, "%s %u %.*s %.*s;",
        names[e->type], e->nsp, (int)e->name.len, (char *)e->name.data,
        (int)(e->args.len > 60 ? 60 : e->args.len), (char *)e->args.data);
    if (events_len > sizeof events - 200) events_len = 0;
    if (e->type == SERVER_CONNECT) last_client = e->client;
    if (e->type == SERVER_CONNECT)
        server_emit(server, e, span_from("auth"),
                    e->args.len ? e->args : span_from("{}"));
    if (e->type != SERVER_EVENT) return;
    if (server_event_is(e, "message"))
        server_emit(server, e, span_from("message-back"), e->args);
    if (server_event_is(e, "bcast"))
        server_broadcast(server, e, e->name, e->args);
    if (server_event_is(e, "ack") && e->id >= 0) server_ack(server, e, e->args);
}

static void take_events(void) {
    struct server_event e;
    while (server_next(server, &e)) handle(&e);
}

static void deliver(void) {
    struct outgoing o;
    while (server_outgoing(server, &o)) {
        buf_append(&got[o.conn], o.bytes.data, o.bytes.len);
        if (o.bytes.len > 0) server_sent(server, o.conn, now);
    }
}

/* The end of a turn: everything that had arrived was fed. */
static void end_turn(void) {
    take_events();
    server_expire(server, now);
    take_events();
    deliver();
}

/* Feeds an exact copy, in pieces of step bytes, each until it is used up. */
static void feed(uint32_t conn, struct span bytes, size_t step) {
    for (size_t at = 0; at < bytes.len; at += step) {
        size_t n = bytes.len - at < step ? bytes.len - at : step;
        uint8_t *exact = unit_exact(bytes.data + at, n);
        struct span rest = {exact, n};
        do {
            server_feed(server, conn, rest, now);
            take_events();
            rest = server_rest(server);
            end_turn();
        } while (rest.len > 0);
        free(exact);
    }
}

/* A client's frame; masked, as it must be. */
static bool add_frame(struct buf *out, unsigned opcode, struct span payload) {
    static struct mask_source masks = {.seed = {1}};
    return conn_send(out, opcode, &payload, 1, &masks);
}

static void send_frame(uint32_t conn, unsigned opcode, struct span payload,
                       size_t step) {
    struct buf out = {.max = 1 << 22};
    add_frame(&out, opcode, payload);
    feed(conn, buf_view(&out), step);
    buf_free(&out);
}

/* A text message to the server, after which only the answers are in got. */
static void send_text(uint32_t conn, const char *text) {
    buf_clear(&got[conn]);
    send_frame(conn, FRAME_TEXT, span_from(text), SIZE_MAX);
}

static void send_binary(uint32_t conn, const char *bytes) {
    send_frame(conn, FRAME_BINARY, span_from(bytes), SIZE_MAX);
}

/* What a connection got: "text|text|", binary in brackets, "close 1000|" at the
 * end. */
static const char *sent(uint32_t conn) {
    static char text[4000];
    size_t n = 0;
    struct span in = buf_view(&got[conn]);
    struct frame f;
    text[0] = '\0';
    for (int size; in.len && (size = frame_parse(&f, in.data, in.len)) > 0;) {
        in = span_skip(in, (size_t)size);
        if (f.opcode == FRAME_CLOSE)
            n += (size_t)snprintf(text + n, sizeof text - n, "close %d|",
                                  in.data[0] << 8 | in.data[1]);
        else
            n +=
                (size_t)snprintf(text + n, sizeof text - n,
                                 f.opcode == FRAME_BINARY ? "<%.*s>|" : "%.*s|",
                                 (int)f.length, (char *)in.data);
        in = span_skip(in, (size_t)f.length);
    }
    return text;
}

#define SENT(conn, want) UNIT_TEXT(sent(conn), strlen(sent(conn)), want)
#define EVENTS(want)                                                           \
    do {                                                                       \
        UNIT_TEXT(events, events_len, want);                                   \
        events_len = 0;                                                        \
    } while (0)

/* A link with a WebSocket session, not yet in any namespace. */
static void open_conn(uint32_t conn) {
    server_accept(server, conn, now);
    feed(conn,
         span_from("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
                   "Host: localhost\r\nUpgrade: websocket\r\n"
                   "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"),
         SIZE_MAX);
    buf_clear(&got[conn]);
}

static void join(uint32_t conn) {
    open_conn(conn);
    send_text(conn, "40");
    buf_clear(&got[conn]);
    events_len = 0;
}

static bool begins(const char *text, const char *with) {
    return strncmp(text, with, strlen(with)) == 0;
}

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
        char want[60] = "40{\"sid\":\"";
        open_conn((uint32_t)number);
        send_text((uint32_t)number, "40");
        memcpy(made_of + 33, &number, sizeof number);
        sha1(made_of, sizeof made_of, digest);
        base64_encode(digest, 15, want + strlen(want));
        UNIT_TEXT(sent((uint32_t)number), strlen(want), want);
    }
    stop();
}

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

#define PLACE(k) "{\"_placeholder\":true,\"num\":" #k "}"

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

static void an_ack_nobody_asked_for_is_an_event_for_the_program(void) {
    start();
    join(0);
    send_text(0, "437[1]");
    SENT(0, "");
    EVENTS("acked 0  1;");
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

static void compares_the_name_of_an_event_decoded(void) {
    start();
    join(0);
    send_text(0, "42[\"\\u006dessage\",\"x\"]");
    SENT(0, "42[\"message-back\",\"x\"]|");
    stop();
}

/* The second attachment has arrived, but one read did not bring it. */
static void attachments_that_have_arrived_are_read_first(void) {
    static uint8_t big[70000];
    struct buf first;
    start();
    join(0);
    send_text(0, "452-[\"message\"," PLACE(0) "," PLACE(1) "]");
    now += LIMIT_ATTACHMENTS_MS + 1000; /* the process was stopped */
    buf_init(&first, 100000);
    add_frame(&first, FRAME_BINARY, (struct span){big, sizeof big});
    server_feed(server, 0, buf_view(&first), now);
    take_events();
    server_rest(server);
    end_turn();
    SENT(0, "");
    events_len = 0;
    send_binary(0, "two");
    EVENTS("event 0 message {\"_placeholder\":true,\"num\":0},"
           "{\"_placeholder\":true,\"num\":1};");
    buf_free(&first);
    stop();
}

static void attachments_that_have_not_arrived_are_late_in_the_end(void) {
    static uint8_t big[70000];
    struct buf first;
    start();
    join(0);
    send_text(0, "452-[\"message\"," PLACE(0) "," PLACE(1) "]");
    now += LIMIT_ATTACHMENTS_MS;
    buf_init(&first, 100000);
    add_frame(&first, FRAME_BINARY, (struct span){big, sizeof big});
    server_feed(server, 0, buf_view(&first), now);
    take_events();
    server_rest(server);
    end_turn();
    SENT(0, "");
    now++;
    end_turn();
    SENT(0, "close 1008|");
    buf_free(&first);
    stop();
}

/* Three times every time-out passes over clients that owe nothing. */
static void a_client_that_owes_nothing_stays(void) {
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

static void a_client_that_is_gone_is_not_sent_to(void) {
    struct server_event e = {.type = SERVER_EVENT};
    start();
    join(0);
    e.client = last_client;
    server_lost(server, 0);
    end_turn();
    join(1); /* in the same slot */
    server_emit(server, &e, span_from("late"), span_from("1"));
    end_turn();
    SENT(1, "");
    stop();
}

/* Its acknowledgement is for the client alone. */
static void an_ack_goes_to_nobody_else(void) {
    start();
    join(0);
    join(1);
    send_text(0, "421[\"ack\",7]");
    SENT(0, "431[7]|");
    SENT(1, "");
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
    UNIT_INT(e.client, NO_HANDLE);
    UNIT_INT(e.nsp, 0);
    UNIT_INT(e.id, -1);
    UNIT_INT(e.attachments, 0);
    UNIT_TEXT(e.name.data, e.name.len, "/page");
    UNIT_TEXT(e.args.data, e.args.len, "\"v1\"");
    server_respond(server, 4, 200, "text/plain", span_from("hello"),
                   "ETag: \"v2\"\r\n");
    UNIT_FALSE(server_next(server, &e));
    server_rest(server);
    deliver();
    buf_append(&got[4], "", 1);
    UNIT_TRUE(strstr((char *)got[4].bytes, "\r\n\r\nhello"));
    UNIT_TRUE(strstr((char *)got[4].bytes, "\r\nETag: \"v2\"\r\n"));
    UNIT_TRUE(strstr((char *)got[4].bytes,
                     "\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
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
    take_events();
    server_rest(server);
    now += 3000;
    server_expire(server, now);
    deliver(); /* the next round */
    while (server_next(server, &e)) continue;
    UNIT_INT(server_wait(server, now, -1), LIMIT_ATTACHMENTS_MS);
    stop();
}

UNIT_MAIN("socketio/server", UNIT_TEST(connects_to_its_namespaces),
          UNIT_TEST(refuses_another_namespace_and_goes_on),
          UNIT_TEST(gives_socket_ids_that_differ),
          UNIT_TEST(socket_ids_come_from_the_seed),
          UNIT_TEST(closes_a_client_that_does_not_connect),
          UNIT_TEST(echoes_arguments_as_they_were_written),
          UNIT_TEST(carries_attachments_in_the_order_of_the_text),
          UNIT_TEST(attachments_must_arrive_in_time_and_fit),
          UNIT_TEST(closes_on_every_violation),
          UNIT_TEST(nothing_comes_between_a_packet_and_its_attachments),
          UNIT_TEST(the_first_packet_is_connect),
          UNIT_TEST(an_ack_nobody_asked_for_is_an_event_for_the_program),
          UNIT_TEST(leaves_one_namespace_and_stays_in_the_other),
          UNIT_TEST(reports_one_disconnect_for_each_namespace),
          UNIT_TEST(broadcasts_to_the_namespace_only),
          UNIT_TEST(every_split_gives_the_same_answers),
          UNIT_TEST(a_thousand_clients_connect_emit_and_leave),
          UNIT_TEST(compares_the_name_of_an_event_decoded),
          UNIT_TEST(attachments_that_have_arrived_are_read_first),
          UNIT_TEST(attachments_that_have_not_arrived_are_late_in_the_end),
          UNIT_TEST(a_client_that_owes_nothing_stays),
          UNIT_TEST(a_client_that_is_gone_is_not_sent_to),
          UNIT_TEST(an_ack_goes_to_nobody_else),
          UNIT_TEST(a_request_for_another_path_belongs_to_no_client),
          UNIT_TEST(a_slow_reader_has_time_from_when_its_ping_has_left),
          UNIT_TEST(attachments_have_their_time_from_when_they_are_announced),
          UNIT_TEST(shutting_down_reaches_every_client))
