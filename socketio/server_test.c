/* server_test.c: socketio/server.h against the Socket.IO protocol v5, with the
 * program of 506 in it; no sockets, and a clock that the tests turn */
#include "packets/unit.h"
#include "socketio/clients.h"
#include "socketio/handle.h"
#include "socketio/server_inside.h"
#include "socketio/server_machine.h"
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
static struct server_socket who[3]; /* of connections 0 to 2 */

static const char *const namespaces[] = {"/", "/custom", NULL};

/* How the program decides on a CONNECT_REQUEST. */
static enum {
    ACCEPTS,
    REFUSES,
    SILENT
} decides;

static void start_asking(bool asks_to_connect) {
    struct server_options o = {.connect_timeout = 1000,
                               .ack_timeout = 500,
                               .asks_to_connect = asks_to_connect,
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

static void start(void) {
    start_asking(false);
}

static void stop(void) {
    server_free(server);
    for (int i = 0; i < CONNS; i++) buf_free(&got[i]);
}

static void handle(const struct server_event *e) {
    static const char *const names[] = {"connect", "event",      "acked",
                                        "timeout", "disconnect", "asks",
                                        "request"};
    events_len += (size_t)snprintf(
        events + events_len, sizeof events - events_len, "%s %u %.*s %.*s;",
        names[e->type], e->from.nsp, (int)e->name.len, (char *)e->name.data,
        (int)(e->args.json.len > 60 ? 60 : e->args.json.len),
        (char *)e->args.json.data);
    if (events_len > sizeof events - 200) events_len = 0;
    if (e->type == SERVER_CONNECT) last_client = e->from.client;
    if (e->type == SERVER_CONNECT)
        server_emit(server, server_to(e->from), span_from("auth"),
                    e->args.json.len ? e->args : server_args("{}"));
    if (e->type == SERVER_CONNECT_REQUEST && decides == ACCEPTS)
        server_allow(server, (struct server_event *)(uintptr_t)e);
    if (e->type == SERVER_CONNECT_REQUEST && decides == REFUSES)
        server_refuse(server, e, "not \"today\"");
    if (e->type != SERVER_EVENT) return;
    if (server_event_is(e, "message"))
        server_emit(server, server_to(e->from), span_from("message-back"),
                    e->args);
    if (server_event_is(e, "bcast"))
        server_emit(server, server_to_all(e->from), e->name, e->args);
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

#define SENT(conn, expected) UNIT_TEXT(sent(conn), strlen(sent(conn)), expected)
#define EVENTS(expected)                                                       \
    do {                                                                       \
        UNIT_TEXT(events, events_len, expected);                               \
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

/* Socket.IO v5: an ack of an unknown id is ignored. */
static void an_ack_nobody_asked_for_is_ignored(void) {
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
    UNIT_INT(e.from.client, NO_HANDLE);
    UNIT_INT(e.from.nsp, 0);
    UNIT_INT(e.id, -1);
    UNIT_INT(e.args.attachments, 0);
    UNIT_TEXT(e.name.data, e.name.len, "/page");
    UNIT_TEXT(e.args.json.data, e.args.json.len, "\"v1\"");
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

/* Three clients in "/", and in which rooms they are is said by each test. */
static void start_three(void) {
    start();
    for (uint32_t i = 0; i < 3; i++) {
        join(i);
        who[i] = (struct server_socket){last_client, 0};
    }
}

static bool join_room(uint32_t i, const char *name) {
    return server_join(server, who[i], span_from(name));
}

/* What the three get of the event "x". */
static void emit(struct server_target to, const char *want0, const char *want1,
                 const char *want2) {
    for (uint32_t i = 0; i < 3; i++) buf_clear(&got[i]);
    server_emit(server, to, span_from("x"), server_args("1"));
    end_turn();
    SENT(0, want0);
    SENT(1, want1);
    SENT(2, want2);
}

#define X "42[\"x\",1]|"

static void each_target_reaches_whom_it_names(void) {
    struct span red = span_from("red"), blue = span_from("blue"),
                both[] = {red, blue}, none[] = {span_from("none"), blue};
    start_three();
    UNIT_TRUE(join_room(0, "red"));
    UNIT_TRUE(join_room(1, "red"));
    UNIT_TRUE(join_room(1, "blue"));
    emit(server_to(who[1]), "", X, "");
    emit(server_to_all(who[1]), X, X, X);
    emit(server_except(server_to_all(who[1]), who[1]), X, "", X);
    emit(server_to_room(who[2], red), X, X, "");
    emit(server_except(server_to_room(who[0], red), who[0]), "", X, "");
    emit(server_to_room(who[0], blue), "", X, "");
    emit(server_to_rooms(who[2], both, 2), X, X, ""); /* once each */
    emit(server_to_rooms(who[2], none, 2), "", X, "");
    emit(server_to_room(who[2], span_from("none")), "", "", "");
    emit(server_except(server_to(who[1]), who[2]), "", X, "");
    server_leave(server, who[1], red);
    emit(server_to_room(who[0], red), X, "", "");
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
    emit(server_to_rooms(who[0], rooms, 3), X, X, X);
    stop();
}

static void a_room_without_any_room_made_is_empty(void) {
    uint32_t cursor = 0, client;
    start_three();
    emit(server_to_room(who[0], span_from("red")), "", "", "");
    server_leave(server, who[0], span_from("red"));
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
    server_emit(server, server_to_room(who[1], span_from("red")),
                span_from("x"), args);
    end_turn();
    SENT(0, "451-[\"x\"," PLACE(0) "]|<b>|");
    SENT(1, "");
    SENT(2, "451-[\"x\"," PLACE(0) "]|<b>|");
    stop();
}

static void a_room_is_left_with_the_namespace_and_the_connection(void) {
    struct span red = span_from("red");
    uint32_t cursor = 0, client;
    start_three();
    for (uint32_t i = 0; i < 3; i++) join_room(i, "red");
    send_text(0, "40/custom");
    struct server_socket elsewhere = {who[0].client, 1};
    UNIT_TRUE(server_join(server, elsewhere, red));
    send_text(0, "41");
    send_text(0, "40"); /* it comes back, but not into the room */
    server_lost(server, 1);
    end_turn();
    emit(server_to_room(who[2], red), "", "", X);
    while (server_next_client(server, 0, red, &cursor, &client))
        UNIT_INT(client, who[2].client);
    emit(server_to_room(elsewhere, red), "42/custom,[\"x\",1]|", "", "");
    join(1); /* in the slot of the one that was lost */
    emit(server_to_room(who[2], red), "", "", X);
    stop();
}

/* It is not there, or has another client's slot. */
static void who_is_not_there_joins_no_room(void) {
    struct server_socket old;
    start_three();
    old = who[1];
    UNIT_FALSE(server_join(server, (struct server_socket){NO_HANDLE, 0},
                           span_from("red")));
    who[0].nsp = 1;
    UNIT_FALSE(join_room(0, "red"));
    server_lost(server, 1);
    end_turn();
    join(1);
    who[1].client = last_client;
    UNIT_INT(handle_slot(old.client), handle_slot(last_client));
    UNIT_FALSE(server_join(server, old, span_from("red")));
    UNIT_TRUE(join_room(1, "red"));
    server_leave(server, old, span_from("red"));
    server_disconnect(server, old);
    server_close(server, old.client, 1000);
    server_close(server, NO_HANDLE, 1000);
    emit(server_to(old), "", "", "");
    emit(server_to_room(who[2], span_from("red")), "", X, "");
    stop();
}

/* It is connected, but not there any more. */
static void who_has_left_the_namespace_gets_nothing_of_it(void) {
    struct server_event e = {.type = SERVER_EVENT, .id = 3};
    start_three();
    e.from = who[1];
    send_text(1, "40/custom");
    send_text(1, "41");
    emit(server_to(who[1]), "", "", "");
    server_ack(server, &e, server_args("1"));
    UNIT_INT(server_emit_ack(server, who[1], span_from("q"), server_args("")),
             0); /* which will time out */
    end_turn();
    SENT(1, "");
    stop();
}

static void shows_who_is_in_a_room_or_in_the_namespace(void) {
    uint32_t cursor = 0, client, sum = 0, count = 0;
    start_three();
    join_room(0, "red");
    join_room(2, "red");
    while (server_next_client(server, 0, span_from("red"), &cursor, &client))
        sum += client;
    UNIT_INT(sum, who[0].client + who[2].client);
    cursor = 0;
    while (server_next_client(server, 0, (struct span){0}, &cursor, &client))
        count++;
    UNIT_INT(count, 3);
    stop();
}

static void an_ack_that_was_wanted_is_reported_once(void) {
    start_three();
    buf_clear(&got[1]);
    int64_t id =
        server_emit_ack(server, who[1], span_from("q"), server_args("1"));
    UNIT_INT(id, 0);
    int64_t next =
        server_emit_ack(server, who[1], span_from("q"), server_args(""));
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

static void an_ack_that_does_not_come_is_late_once(void) {
    start_three();
    now += 1000;
    end_turn();
    server_emit_ack(server, who[1], span_from("q"), server_args("1"));
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
    server_emit_ack(server, who[1], span_from("q"), server_args("1"));
    end_turn();
    now += 2000;
    big[0] = '4';
    big[1] = '2';
    memset(big + 2, ' ', sizeof big - 2);
    memcpy(big + sizeof big - 6, "[\"x\"]", 5);
    add_frame(&input, FRAME_TEXT, (struct span){big, sizeof big});
    server_feed(server, 1, buf_view(&input), now);
    take_events();
    server_rest(server);
    end_turn();
    EVENTS("event 0 x ;");
    send_text(1, "430[1]");
    EVENTS("acked 0  1;");
    buf_free(&input);
    stop();
}

static void the_program_puts_a_client_out_of_a_namespace(void) {
    start_three();
    send_text(1, "40/custom");
    join_room(1, "red");
    events_len = 0;
    buf_clear(&got[1]);
    server_disconnect(server, who[1]);
    server_disconnect(server, who[1]);
    end_turn();
    SENT(1, "41|");
    EVENTS("disconnect 0  ;");
    send_text(1, "42[\"message\",1]"); /* it did not know yet */
    SENT(1, "");
    EVENTS("");
    emit(server_to_all(who[0]), X, "", X);
    emit(server_to_room(who[0], span_from("red")), "", "", "");
    send_text(1, "42/custom,[\"message\",1]");
    SENT(1, "42/custom,[\"message-back\",1]|");
    buf_clear(&got[1]);
    server_disconnect(server, (struct server_socket){who[1].client, 1});
    end_turn();
    SENT(1, "41/custom,|");
    send_text(1, "40"); /* and it may come back */
    UNIT_TRUE(begins(sent(1), "40{\"sid\""));
    stop();
}

/* Its disconnect cannot be reported later: the connection ends instead. */
static void a_client_that_cannot_be_put_out_is_closed(void) {
    start_three();
    server->expelled.max = 0; /* as if memory were used up */
    buf_clear(&got[1]);
    server_disconnect(server, who[1]);
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
    server_close(server, who[1].client, 1008);
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
    now += 2000; /* it owes no CONNECT any more */
    end_turn();
    UNIT_FALSE(strstr(sent(0), "close"));
    stop();
}

static void a_client_that_is_refused_still_owes_a_connect(void) {
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
    }
    UNIT_TRUE(strstr(sent(0), "Invalid namespace"));
    send_text(0, "41/5");
    send_text(0, text); /* in its place */
    UNIT_INT(sent(0)[1], '0');
    stop();
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
    m.accepted(m.self, 3, 1);
    m.set_clock(m.self, 784111777);
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
          UNIT_TEST(an_ack_nobody_asked_for_is_ignored),
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
          UNIT_TEST(each_target_reaches_whom_it_names),
          UNIT_TEST(each_room_of_a_target_counts),
          UNIT_TEST(a_room_without_any_room_made_is_empty),
          UNIT_TEST(attachments_go_to_a_room_after_their_event),
          UNIT_TEST(a_room_is_left_with_the_namespace_and_the_connection),
          UNIT_TEST(who_is_not_there_joins_no_room),
          UNIT_TEST(who_has_left_the_namespace_gets_nothing_of_it),
          UNIT_TEST(shows_who_is_in_a_room_or_in_the_namespace),
          UNIT_TEST(an_ack_that_was_wanted_is_reported_once),
          UNIT_TEST(an_ack_that_does_not_come_is_late_once),
          UNIT_TEST(an_ack_that_has_arrived_is_read_first),
          UNIT_TEST(the_program_puts_a_client_out_of_a_namespace),
          UNIT_TEST(a_client_that_cannot_be_put_out_is_closed),
          UNIT_TEST(the_program_closes_a_connection),
          UNIT_TEST(the_program_refuses_a_connection_with_a_reason),
          UNIT_TEST(a_client_that_is_refused_still_owes_a_connect),
          UNIT_TEST(the_program_may_allow_a_new_namespace),
          UNIT_TEST(new_namespaces_are_limited), UNIT_TEST(is_run_as_a_machine),
          UNIT_TEST(shutting_down_reaches_every_client))
