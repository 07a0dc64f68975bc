/* server_test.c: socketio/server.h against the Socket.IO protocol v5, with the
 * program of 506 in it; no sockets, and a clock that the tests turn */
#include "packets/unit.h"
#include "socketio/server.h"
#include "websocket/conn.h"

#define LINKS 1000

static struct server *server;
static int64_t now;
static struct buf got[LINKS];
static char events[2000];
static size_t noted;

static const char *const namespaces[] = {"/", "/custom", NULL};

static void start(void) {
    struct server_options o = {.connect_timeout = 1000,
                               .namespaces = namespaces,
                               .engine = {.path = "/socket.io/",
                                          .ping_interval = 25000,
                                          .ping_timeout = 20000,
                                          .upgrade_timeout = 10000,
                                          .max_payload = 100000,
                                          .max_links = LINKS,
                                          .max_sessions = LINKS}};
    server = server_open(&o);
    now = 1;
    noted = 0;
    for (int i = 0; i < LINKS; i++) got[i].max = 1 << 24;
}

static void stop(void) {
    server_free(server);
    for (int i = 0; i < LINKS; i++) buf_free(&got[i]);
}

static void take(const struct server_event *e) {
    static const char *const names[] = {"connect", "event", "acked",
                                        "disconnect", "request"};
    noted += (size_t)snprintf(
        events + noted, sizeof events - noted, "%s %u %.*s %.*s;",
        names[e->type], e->nsp, (int)e->name.len, (char *)e->name.data,
        (int)(e->args.len > 60 ? 60 : e->args.len), (char *)e->args.data);
    if (noted > sizeof events - 200) noted = 0;
    if (e->type == SERVER_CONNECT)
        server_emit(server, e, span_from("auth"),
                    e->args.len ? e->args : span_from("{}"));
    if (e->type != SERVER_EVENT) return;
    if (span_equal(e->name, span_from("message")))
        server_emit(server, e, span_from("message-back"), e->args);
    if (span_equal(e->name, span_from("bcast")))
        server_broadcast(server, e, e->name, e->args);
    if (span_equal(e->name, span_from("ack")) && e->id >= 0)
        server_ack(server, e, e->args);
}

static void pump(void) {
    struct server_event e;
    struct mail m;
    while (server_next(server, &e, now)) take(&e);
    while (server_mail(server, &m))
        buf_append(&got[m.link], m.bytes.data, m.bytes.len);
}

static void feed(uint32_t link, struct span bytes, size_t step) {
    for (size_t at = 0; at < bytes.len; at += step) {
        size_t n = bytes.len - at < step ? bytes.len - at : step;
        uint8_t *exact = unit_exact(bytes.data + at, n);
        server_feed(server, link, (struct span){exact, n}, now);
        pump();
        free(exact);
    }
}

static const uint8_t key[4] = {1, 2, 3, 4};

static void send_frame(uint32_t link, unsigned opcode, struct span payload,
                       size_t step) {
    struct buf out = {.max = 1 << 22};
    frame_append(&out, opcode, &payload, 1, key);
    feed(link, buf_view(&out), step);
    buf_free(&out);
}

/* A text message to the server, after which only the answers are in got. */
static void say(uint32_t link, const char *text) {
    buf_clear(&got[link]);
    send_frame(link, FRAME_TEXT, span_from(text), SIZE_MAX);
}

static void binary(uint32_t link, const char *bytes) {
    send_frame(link, FRAME_BINARY, span_from(bytes), SIZE_MAX);
}

/* What a link got: "text|text|", binary in brackets, "close|" at the end. */
static const char *heard(uint32_t link) {
    static char text[4000];
    size_t n = 0;
    struct span in = buf_view(&got[link]);
    struct frame f;
    text[0] = '\0';
    for (int size; in.len && (size = frame_parse(&f, in.data, in.len)) > 0;) {
        const char *form = f.opcode == FRAME_BINARY  ? "<%.*s>|"
                           : f.opcode == FRAME_CLOSE ? "close|"
                                                     : "%.*s|";
        in = span_skip(in, (size_t)size);
        n += (size_t)snprintf(text + n, sizeof text - n, form, (int)f.length,
                              (char *)in.data);
        in = span_skip(in, (size_t)f.length);
    }
    return text;
}

#define HEARD(link, want) UNIT_TEXT(heard(link), strlen(heard(link)), want)
#define EVENTS(want)                                                           \
    do {                                                                       \
        UNIT_TEXT(events, noted, want);                                        \
        noted = 0;                                                             \
    } while (0)

/* A link with a WebSocket session, not yet in any namespace. */
static void open_link(uint32_t link) {
    server_accept(server, link, now);
    feed(link,
         span_from("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
                   "Host: localhost\r\nUpgrade: websocket\r\n"
                   "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"),
         SIZE_MAX);
    buf_clear(&got[link]);
}

static void join(uint32_t link) {
    open_link(link);
    say(link, "40");
    buf_clear(&got[link]);
    noted = 0;
}

static bool begins(const char *text, const char *with) {
    return strncmp(text, with, strlen(with)) == 0;
}

static void connects_to_its_namespaces(void) {
    start();
    open_link(0);
    say(0, "40");
    UNIT_TRUE(begins(heard(0), "40{\"sid\":\""));
    UNIT_TRUE(strstr(heard(0), "\"}|42[\"auth\",{}]|"));
    say(0, "40/custom,{\"token\":\"abc\"}");
    UNIT_TRUE(begins(heard(0), "40/custom,{\"sid\":\""));
    UNIT_TRUE(strstr(heard(0), "|42/custom,[\"auth\",{\"token\":\"abc\"}]|"));
    EVENTS("connect 0  ;connect 1  {\"token\":\"abc\"};");
    stop();
}

static void refuses_another_namespace_and_goes_on(void) {
    start();
    open_link(0);
    say(0, "40/random");
    HEARD(0, "44/random,{\"message\":\"Invalid namespace\"}|");
    say(0, "40");
    UNIT_TRUE(begins(heard(0), "40{\"sid\""));
    stop();
}

static void gives_socket_ids_that_differ(void) {
    char first[60];
    start();
    open_link(0);
    say(0, "40");
    snprintf(first, sizeof first, "%.31s", heard(0));
    open_link(1);
    say(1, "40");
    UNIT_FALSE(begins(heard(1), first));
    stop();
}

static void closes_who_does_not_connect(void) {
    start();
    open_link(0);
    open_link(1);
    say(1, "40/random"); /* a refusal is no connection */
    UNIT_INT(server_wait(server, now, -1), 1000);
    now += 999;
    pump();
    HEARD(0, "");
    now++;
    buf_clear(&got[1]);
    pump();
    HEARD(0, "close|");
    HEARD(1, "close|");
    stop();
}

static void echoes_arguments_as_they_were_written(void) {
    start();
    join(0);
    say(0, "42[\"message\",1,\"2\",{\"3\":[true]}]");
    HEARD(0, "42[\"message-back\",1,\"2\",{\"3\":[true]}]|");
    say(0, "42[\"message\"]");
    HEARD(0, "42[\"message-back\"]|");
    say(0, "42[ \"message\" , 1e400 , \"\\u0000\" ]");
    HEARD(0, "42[\"message-back\",1e400 , \"\\u0000\"]|");
    say(0, "42456[\"ack\",1,\"2\",{\"3\":[false]}]");
    HEARD(0, "43456[1,\"2\",{\"3\":[false]}]|");
    say(0, "4212[\"ack\"]");
    HEARD(0, "4312[]|");
    stop();
}

#define PLACE(k) "{\"_placeholder\":true,\"num\":" #k "}"

static void carries_attachments_in_the_order_of_the_text(void) {
    start();
    join(0);
    say(0, "452-[\"message\"," PLACE(1) "," PLACE(0) "]");
    binary(0, "zero");
    HEARD(0, "");
    binary(0, "one");
    HEARD(0, "452-[\"message-back\"," PLACE(0) "," PLACE(1) "]|<one>|<zero>|");
    say(0, "451-789[\"ack\",{\"deep\":[" PLACE(0) "]}]");
    binary(0, "");
    HEARD(0, "461-789[{\"deep\":[" PLACE(0) "]}]|<>|");
    stop();
}

static void attachments_must_come_in_time_and_fit(void) {
    static char big[60000];
    start();
    join(0);
    join(1);
    say(0, "451-[\"message\"," PLACE(0) "]");
    say(1, "452-[\"message\"," PLACE(0) "," PLACE(1) "]");
    memset(big, 'x', sizeof big);
    struct span part = {(uint8_t *)big, sizeof big};
    send_frame(1, FRAME_BINARY, part, SIZE_MAX);
    HEARD(1, "");
    send_frame(1, FRAME_BINARY, part, SIZE_MAX); /* 120 000 > 100 000 */
    HEARD(1, "close|");
    now += LIMIT_ATTACHMENTS_MS - 1;
    pump();
    HEARD(0, "");
    now++;
    pump();
    HEARD(0, "close|");
    stop();
}

static void closes_upon_every_violation(void) {
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
        say(0, bad[i]);
        HEARD(0, "close|");
        EVENTS("disconnect 0  ;");
        stop();
    }
}

static void nothing_comes_between_a_packet_and_its_attachments(void) {
    start();
    join(0);
    binary(0, "unasked");
    HEARD(0, "close|");
    join(1);
    say(1, "451-[\"message\"," PLACE(0) "]");
    say(1, "42[\"message\"]");
    HEARD(1, "close|");
    stop();
}

static void the_first_packet_is_connect(void) {
    start();
    open_link(0);
    say(0, "42[\"message\"]");
    HEARD(0, "close|");
    EVENTS("");
    stop();
}

static void an_ack_nobody_asked_for_is_an_event_for_the_program(void) {
    start();
    join(0);
    say(0, "437[1]");
    HEARD(0, "");
    EVENTS("acked 0  1;");
    stop();
}

static void leaves_one_namespace_and_stays_in_the_other(void) {
    start();
    join(0);
    say(0, "40/custom");
    say(0, "41/custom");
    say(0, "42[\"message\",1]");
    HEARD(0, "42[\"message-back\",1]|");
    say(0, "41");
    noted = 0;
    say(0, "40"); /* and may come back */
    UNIT_TRUE(begins(heard(0), "40{\"sid\""));
    stop();
}

static void tells_one_disconnect_for_each_namespace(void) {
    start();
    join(0);
    say(0, "40/custom");
    noted = 0;
    server_lost(server, 0);
    pump();
    EVENTS("disconnect 0  ;disconnect 1  ;");
    stop();
}

static void broadcasts_to_the_namespace_and_nobody_else(void) {
    start();
    for (uint32_t i = 0; i < 4; i++) join(i);
    say(3, "41");
    say(2, "40/custom");
    for (uint32_t i = 0; i < 4; i++) buf_clear(&got[i]);
    say(0, "42[\"bcast\",1]");
    for (uint32_t i = 0; i < 3; i++) HEARD(i, "42[\"bcast\",1]|");
    HEARD(3, "");
    for (uint32_t i = 0; i < 4; i++) buf_clear(&got[i]);
    say(2, "451-/custom,[\"bcast\"," PLACE(0) "]");
    binary(2, "b");
    HEARD(2, "451-/custom,[\"bcast\"," PLACE(0) "]|<b>|");
    HEARD(0, "");
    stop();
}

/* Bytes may be cut anywhere: the answers are the same. */
static void every_split_gives_the_same_answers(void) {
    struct buf all = {.max = 1 << 16};
    static const char *const texts[] = {
        "40/custom", "42[\"message\",\"\xc3\xa9\"]",
        "452-[\"message\"," PLACE(1) "," PLACE(0) "]"};
    struct span t;
    for (size_t i = 0; i < 3; i++)
        t = span_from(texts[i]), frame_append(&all, FRAME_TEXT, &t, 1, key);
    t = span_from("x"), frame_append(&all, FRAME_BINARY, &t, 1, key);
    t = span_from("yy"), frame_append(&all, FRAME_BINARY, &t, 1, key);
    for (size_t step = 1; step <= all.end; step++) {
        start();
        join(0);
        feed(0, buf_view(&all), step);
        const char *answers = strstr(heard(0), "|42/custom,[\"auth\",{}]|");
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

static void a_thousand_clients_come_speak_and_go(void) {
    start();
    for (uint32_t i = 0; i < LINKS; i++) join(i);
    say(0, "42[\"bcast\",\"to all\"]");
    int all = 0;
    for (uint32_t i = 0; i < LINKS; i++)
        all += strcmp(heard(i), "42[\"bcast\",\"to all\"]|") == 0;
    UNIT_INT(all, LINKS);
    for (uint32_t i = 0; i < LINKS; i++) server_lost(server, i);
    pump();
    join(7);
    say(7, "42[\"message\"]");
    HEARD(7, "42[\"message-back\"]|");
    stop();
}

static void goodbye_reaches_everybody(void) {
    start();
    join(0);
    join(1);
    server_shut(server, now);
    pump();
    HEARD(0, "close|");
    HEARD(1, "close|");
    EVENTS("disconnect 0  ;disconnect 0  ;");
    stop();
}

UNIT_MAIN("socketio/server", UNIT_TEST(connects_to_its_namespaces),
          UNIT_TEST(refuses_another_namespace_and_goes_on),
          UNIT_TEST(gives_socket_ids_that_differ),
          UNIT_TEST(closes_who_does_not_connect),
          UNIT_TEST(echoes_arguments_as_they_were_written),
          UNIT_TEST(carries_attachments_in_the_order_of_the_text),
          UNIT_TEST(attachments_must_come_in_time_and_fit),
          UNIT_TEST(closes_upon_every_violation),
          UNIT_TEST(nothing_comes_between_a_packet_and_its_attachments),
          UNIT_TEST(the_first_packet_is_connect),
          UNIT_TEST(an_ack_nobody_asked_for_is_an_event_for_the_program),
          UNIT_TEST(leaves_one_namespace_and_stays_in_the_other),
          UNIT_TEST(tells_one_disconnect_for_each_namespace),
          UNIT_TEST(broadcasts_to_the_namespace_and_nobody_else),
          UNIT_TEST(every_split_gives_the_same_answers),
          UNIT_TEST(a_thousand_clients_come_speak_and_go),
          UNIT_TEST(goodbye_reaches_everybody))
