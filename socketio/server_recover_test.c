/* server_recover_test.c: connection state recovery of socketio/server.h: what a
 * client gets that lost its connection and comes back; no sockets, no clock
 *
 * Socket.IO v5, "Connection state recovery". Five cases in which the
 * reference, socket.io 4.8.4, does not recover a socket or not everything have
 * a test each; their names begin with "recovered". */
#include "packets/unit.h"
#include "socketio/backlog.h"
#include "socketio/handle.h"
#include "socketio/recoverable.h"
#include "socketio/replay.h"
#include "socketio/server_machine.h"
#include "websocket/conn.h"
#include "websocket/masks.h"
#include "websocket/sha1.h"

#define CONNS 6
#define RECOVERY_MS 5000

static struct server *server;
static int64_t now;
static struct buf got[CONNS];
static char events[1000]; /* of the program: "connect 0;" */
static size_t events_len;
static struct server_socket last; /* of the last CONNECT */
static uint32_t last_old;         /* what it was before, if it is recovered */
static char epoch[9];
static bool asks;

struct ids { /* of a socket */
    char sid[21], pid[21];
};

static void start(uint32_t recovery_ms) {
    static const char *const namespaces[] = {"/", "/custom", NULL};
    struct server_options o = {.connect_timeout = 1000,
                               .ack_timeout = 500,
                               .recovery_ms = recovery_ms,
                               .asks_to_connect = asks,
                               .namespaces = namespaces,
                               .engine = {.path = "/socket.io/",
                                          .ping_interval = 300,
                                          .ping_timeout = 200,
                                          .upgrade_timeout = 10000,
                                          .max_payload = 2000000,
                                          .max_conns = CONNS,
                                          .max_sessions = CONNS,
                                          .seed = {5}}};
    uint8_t made_of[33] = {5}, digest[SHA1_SIZE];
    made_of[32] = 'e';
    sha1(made_of, sizeof made_of, digest);
    for (int i = 0; i < 8; i++) epoch[i] = "0123456789abcdef"[digest[i] & 15];
    server = server_open(&o);
    now = 1;
    events_len = 0;
    for (int i = 0; i < CONNS; i++) got[i].max = 1 << 24;
}

static void stop(void) {
    server_free(server);
    for (int i = 0; i < CONNS; i++) buf_free(&got[i]);
}

static void log_event(const char *name, unsigned nsp) {
    events_len += (size_t)snprintf(
        events + events_len, sizeof events - events_len, "%s %u;", name, nsp);
}

static void handle(struct server_event *e) {
    static const char *const names[] = {"connect", "event",      "acked",
                                        "timeout", "disconnect", "asks",
                                        "request"};
    log_event(e->is_recovered ? "recovered" : names[e->type], e->from.nsp);
    if (e->type == SERVER_CONNECT) {
        last = e->from;
        last_old = e->old_client;
    } else if (e->type == SERVER_CONNECT_REQUEST) {
        server_allow(server, e);
    } else if (e->type == SERVER_DISCONNECT) { /* as a chat does */
        server_emit(server, server_to_all(e->from), span_from("left"),
                    server_args(""));
    }
}

static void end_turn(void) {
    struct server_event e;
    struct outgoing o;
    while (server_next(server, &e)) handle(&e);
    server_expire(server, now);
    while (server_next(server, &e)) handle(&e);
    while (server_outgoing(server, &o)) {
        buf_append(&got[o.conn], o.bytes.data, o.bytes.len);
        if (o.bytes.len > 0) server_sent(server, o.conn, now);
    }
}

static void feed(uint32_t conn, struct span bytes) {
    uint8_t *exact = unit_exact(bytes.data, bytes.len);
    struct span rest = {exact, bytes.len};
    struct server_event e;
    do {
        server_feed(server, conn, rest, now);
        while (server_next(server, &e)) handle(&e);
        rest = server_end_feed(server);
        end_turn();
    } while (rest.len > 0);
    free(exact);
}

static void send_text(uint32_t conn, const char *text) {
    static struct mask_source masks = {.seed = {1}};
    struct buf out = {.max = 1 << 20};
    struct span part = span_from(text);
    conn_send(&out, FRAME_TEXT, &part, 1, &masks);
    feed(conn, buf_view(&out));
    buf_free(&out);
}

/* What a connection got since the last call: "text|<bytes>|close 1000|", with
 * an E for the epoch, and the ids of a CONNECT in *ids. */
static const char *read_sent(uint32_t conn, struct ids *ids) {
    static char text[3000];
    struct span in = buf_view(&got[conn]);
    struct frame f;
    size_t n = 0;
    text[0] = '\0';
    for (int size; in.len && (size = frame_parse(&f, in.data, in.len)) > 0;) {
        in = span_skip(in, (size_t)size);
        const char *form = f.opcode == FRAME_BINARY ? "<%.*s>|" : "%.*s|";
        char *at = text + n;
        if (f.opcode == FRAME_CLOSE)
            snprintf(at, sizeof text - n, "close %d|",
                     in.data[0] << 8 | in.data[1]);
        else
            snprintf(at, sizeof text - n, form,
                     (int)(f.length < 200 ? f.length : 200), (char *)in.data);
        in = span_skip(in, (size_t)f.length);
        char *sid = strstr(at, "{\"sid\":\""), *offset = strstr(at, epoch);
        if (sid && ids) {
            snprintf(ids->sid, 21, "%s", sid + 8);
            snprintf(ids->pid, 21, "%s", sid[28] ? sid + 37 : "");
        }
        if (sid) snprintf(sid, 3, "|");
        if (offset) {
            *offset = 'E';
            memmove(offset + 1, offset + 8, strlen(offset + 8) + 1);
        }
        n = strlen(text);
    }
    buf_clear(&got[conn]);
    return text;
}

static void check_got(uint32_t conn, const char *expected) {
    const char *text = read_sent(conn, NULL);
    UNIT_TEXT(text, strlen(text), expected);
}

#define EVENTS(expected)                                                       \
    do {                                                                       \
        UNIT_TEXT(events, events_len, expected);                               \
        events_len = 0;                                                        \
    } while (0)

static void open_conn(uint32_t conn) {
    server_accept(server, conn, now);
    feed(conn,
         span_from("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
                   "Host: localhost\r\nUpgrade: websocket\r\n"
                   "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
    buf_clear(&got[conn]);
}

static struct ids join(uint32_t conn) {
    struct ids ids = {"", ""};
    open_conn(conn);
    send_text(conn, "40");
    read_sent(conn, &ids);
    events_len = 0;
    return ids;
}

static void cut(uint32_t conn) {
    server_lost(server, conn);
    end_turn();
}

/* A client comes back on a connection and says who it was. offset: the position
 * in this epoch; -1: it has got no event. */
static void send_connect(uint32_t conn, const char *nsp, const char *pid,
                         int position) {
    char text[100], offset[40] = "";
    if (position >= 0)
        snprintf(offset, sizeof offset, ",\"offset\":\"%s.%d\"", epoch,
                 position);
    snprintf(text, sizeof text, "40%s{\"pid\":\"%s\"%s}", nsp, pid, offset);
    send_text(conn, text);
}

/* As that, on a new connection: it is the same socket again, and gets that. */
static void recovers(uint32_t conn, const struct ids *was, int position,
                     const char *expected) {
    struct ids ids = {"", ""};
    open_conn(conn);
    send_connect(conn, "", was->pid, position);
    const char *text = read_sent(conn, &ids);
    if (expected) UNIT_TEXT(text, strlen(text), expected);
    UNIT_TEXT(ids.sid, strlen(ids.sid), was->sid);
    UNIT_TEXT(ids.pid, strlen(ids.pid), was->pid);
}

/* It is another socket, and gets nothing. */
static void is_new(uint32_t conn, const struct ids *was) {
    struct ids ids = {"", ""};
    const char *text = read_sent(conn, &ids);
    UNIT_TEXT(text, strlen(text), "40|");
    UNIT_INT(strlen(ids.sid), 20);
    UNIT_INT(strlen(ids.pid), 20);
    UNIT_TRUE(strcmp(ids.sid, was->sid) != 0);
    UNIT_TRUE(strcmp(ids.pid, was->pid) != 0);
    UNIT_TRUE(strstr(events, "connect 0;") != NULL);
    UNIT_FALSE(strstr(events, "recovered"));
}

static void is_refused(uint32_t conn, const struct ids *was, int position) {
    open_conn(conn);
    events_len = 0;
    send_connect(conn, "", was->pid, position);
    is_new(conn, was);
}

static void emit(struct server_target to, const char *args) {
    server_emit(server, to, span_from("x"), server_args(args));
    end_turn();
}

static void emit_to_all(const char *args) {
    emit(server_to_all((struct server_socket){0, 0}), args);
}

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

/* Refusals: the client is let in, as a new socket */

static void an_unknown_pid_is_new(void) {
    start(RECOVERY_MS);
    struct ids ids = join(0);
    struct ids other = ids;
    cut(0);
    other.pid[7] = other.pid[7] == 'A' ? 'B' : 'A';
    is_refused(1, &other, 0);
    open_conn(2);
    send_text(2, "40{\"pid\":7,\"offset\":\"x\"}");
    is_new(2, &ids);
    recovers(3, &ids, 0, "40|42[\"left\",\"E.1\"]|"); /* it is still kept */
    stop();
}

/* A socket that joined at 1 and missed 2 comes back with an offset, in which an
 * E stands for the epoch. */
static void come_back_with(const char *form, struct ids *ids) {
    char text[120];
    start(RECOVERY_MS);
    join(0);
    emit_to_all("1");
    *ids = join(1);
    cut(1);
    open_conn(2);
    const char *at = strchr(form, 'E');
    snprintf(text, sizeof text, "40{\"pid\":\"%s\",\"offset\":%.*s%s%s}",
             ids->pid, (int)(at ? at - form : 99), form, at ? epoch : "",
             at ? at + 1 : "");
    events_len = 0;
    send_text(2, text);
}

static void an_offset_that_this_server_did_not_give_is_refused(void) {
    static const char *const forms[] = {
        "\"E.\"",
        "\"E.x\"",
        "\"E.2x\"",
        "\"E. 2\"",
        "\"E.-1\"",
        "\"E.3\"",                    /* in the future */
        "\"E.99999999999999999999\"", /* beyond 64 bits */
        "\"E.18446744073709551618\"", /* which is 2 modulo 2^64 */
    };
    struct ids ids;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        come_back_with(forms[i], &ids);
        is_new(2, &ids);
        stop();
    }
}

/* Only a CONNECT that could be recovered ends the connection that the socket
 * still has. */
static void an_offset_in_the_future_does_not_end_a_connection(void) {
    start(RECOVERY_MS);
    struct ids ids = join(0);
    struct server_socket first = last;
    is_refused(1, &ids, 1);
    emit(server_to(first), "1");
    check_got(0, "42[\"x\",1,\"E.1\"]|");
    stop();
}

/* The official client sends the last offset that it has got, also of an earlier
 * socket. So it has got no event as this one. */
static void an_offset_from_before_it_joined_is_none(void) {
    static const char *const forms[] = {
        "\"E.0\"",  "\"E.1\"", "\"AAAAAAAA.7\"", /* of another server */
        "\"text\"", "\"\"",    "\"Ex\"",         "\"E\"", "null", "7",
    };
    struct ids ids;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        come_back_with(forms[i], &ids);
        const char *text = read_sent(2, NULL);
        UNIT_TEXT(text, strlen(text), "40|42[\"left\",\"E.2\"]|");
        EVENTS("recovered 0;");
        stop();
    }
}

static void a_client_that_returns_too_late_is_new(void) {
    start(RECOVERY_MS);
    struct ids ids = join(0);
    cut(0);
    UNIT_INT(server_wait(server, now, -1), RECOVERY_MS);
    now += RECOVERY_MS;
    end_turn();
    is_refused(1, &ids, 1);
    stop();
}

static void too_much_to_replay_is_refused(void) {
    static char args[LIMIT_REPLAY / 2 + 1];
    memset(args, '1', sizeof args - 1);
    start(RECOVERY_MS);
    struct ids ids = join(0);
    cut(0);
    emit_to_all(args);
    emit_to_all("2");
    open_conn(1);
    send_connect(1, "", ids.pid, 1);
    EVENTS("disconnect 0;recovered 0;");
    cut(1);
    emit_to_all(args);
    is_refused(2, &ids, 1);
    stop();
}

/* A slow client in two namespaces would otherwise be dropped in each replay,
 * and never get on. */
static void the_replays_of_a_client_are_limited_in_all(void) {
    static char args[LIMIT_REPLAY / 2 + 1];
    memset(args, '1', sizeof args - 1);
    for (int i = 0; i < 2; i++) { /* the second: another client in its slot */
        struct ids custom;
        start(RECOVERY_MS);
        struct ids ids = join(0);
        send_text(0, "40/custom,");
        read_sent(0, &custom);
        cut(0);
        emit_to_all(args);
        emit(server_to_all((struct server_socket){0, 1}), args);
        if (i == 1) recovers(1, &ids, 1, NULL);
        if (i == 1) cut(1);
        open_conn(2);
        events_len = 0;
        if (i == 0) send_connect(2, "", ids.pid, 1);
        send_connect(2, "/custom,", custom.pid, 2);
        EVENTS(i == 0 ? "recovered 0;connect 1;" : "recovered 1;");
        stop();
    }
}

/* A client repeats a CONNECT that causes a megabyte, and reads none of it. */
static void the_replays_of_a_second_are_limited(void) {
    static char args[LIMIT_REPLAY - 10000]; /* and "left" of each cut */
    memset(args, '1', sizeof args - 1);
    start(60000);
    struct ids ids = join(0);
    cut(0);
    emit_to_all(args);
    for (int second = 0; second < 2; second++) {
        for (int i = 0; i < LIMIT_REPLAYS / LIMIT_REPLAY; i++) {
            events_len = 0;
            recovers(1, &ids, 1, NULL);
            cut(1);
        }
        if (second == 0) now += 998; /* the first begins at 0 */
        if (second == 0) is_refused(1, &ids, 1);
        cut(1);
        now += 1;
    }
    stop();
}

/* So much was sent to others that the beginning is gone. */
static void what_the_backlog_has_dropped_is_refused(void) {
    static char args[LIMIT_BACKLOG / 8 + 1];
    memset(args, '1', sizeof args - 1);
    start(RECOVERY_MS);
    struct ids ids = join(0), late = join(1);
    struct server_socket other = last;
    cut(0);
    for (int i = 0; i < 6; i++) emit(server_to(other), args);
    recovers(2, &ids, 0, "40|42[\"left\",\"E.1\"]|");
    cut(2); /* 8 */
    for (int i = 0; i < 2; i++) emit(server_to(other), args);
    is_refused(3, &ids, 0);
    emit_to_all("1");
    recovers(4, &late, 10, "40|42[\"x\",1,\"E.11\"]|42[\"left\",\"E.12\"]|");
    stop();
}

static void a_client_that_has_disconnected_is_new(void) {
    start(RECOVERY_MS);
    struct ids ids = join(0);
    send_text(0, "41");
    cut(0);
    is_refused(1, &ids, 0);
    stop();
}

/* Nor is an event to one that has left kept for another socket. */
static void except_a_socket_that_has_left_excludes_no_client(void) {
    start(RECOVERY_MS);
    struct ids ids = join(0);
    join(1);
    struct server_socket gone = last;
    send_text(1, "41"); /* 1: "left" */
    emit(server_to(gone), "2");
    emit(server_except(server_to_all(gone), gone), "3");
    cut(0);
    recovers(2, &ids, 0,
             "40|42[\"left\",\"E.1\"]|42[\"x\",3,\"E.2\"]|"
             "42[\"left\",\"E.3\"]|");
    stop();
}

static void an_expelled_client_is_new(void) {
    start(RECOVERY_MS);
    struct ids ids = join(0);
    server_disconnect(server, last);
    end_turn();
    cut(0);
    is_refused(1, &ids, 0);
    ids = join(2);
    struct server_socket old = last;
    server_close(server, last.client, 1000);
    server_emit(server, server_to(last), span_from("x"), server_args("1"));
    end_turn();
    cut(2);
    struct ids next = join(3);              /* in its slot */
    server_close(server, old.client, 1000); /* has no effect */
    is_refused(4, &ids, 0);
    cut(3);
    open_conn(5);
    send_connect(5, "", next.pid, -1);
    UNIT_TRUE(strstr(events, "recovered 0;") != NULL);
    stop();
}

static void a_client_that_broke_a_rule_is_new(void) {
    start(RECOVERY_MS);
    struct ids ids = join(0);
    send_text(0, "49");
    cut(0);
    is_refused(1, &ids, 0);
    stop();
}

static void another_namespace_is_new(void) {
    start(RECOVERY_MS);
    struct ids ids = join(0), other = {"", ""};
    cut(0);
    open_conn(1);
    events_len = 0;
    send_connect(1, "/custom,", ids.pid, -1);
    const char *text = read_sent(1, &other);
    UNIT_TEXT(text, strlen(text), "40/custom,|");
    UNIT_TRUE(strcmp(other.pid, ids.pid) != 0);
    EVENTS("connect 1;");
    stop();
}

/* An added namespace without clients loses its number. */
static void a_removed_namespace_has_no_kept_sockets(void) {
    char text[20];
    struct ids ids = {"", ""};
    asks = true;
    start(RECOVERY_MS);
    asks = false;
    join(0);
    join(1);
    send_text(1, "40/first");
    read_sent(1, &ids);
    cut(1);
    for (int i = 3; i <= 16; i++) { /* 16 namespaces: its number is needed */
        snprintf(text, sizeof text, "40/%d", i);
        send_text(0, text);
    }
    read_sent(0, NULL);
    open_conn(2);
    events_len = 0;
    send_connect(2, "/16,", ids.pid, -1);
    UNIT_FALSE(strstr(events, "recovered"));
    UNIT_TRUE(strstr(events, "connect 2;") != NULL); /* the same number */
    stop();
}

/* A limit of rooms: all of them, or it is a new socket in none. */
static void one_that_cannot_join_its_rooms_is_new(void) {
    char name[20];
    uint32_t cursor = 0, client;
    start(RECOVERY_MS);
    struct ids ids = join(0);
    server_join(server, last, span_from("one"));
    server_join(server, last, span_from("two"));
    cut(0);
    open_conn(1);
    send_text(1, "40/custom");
    read_sent(1, NULL);
    for (int i = 1; i < LIMIT_ROOMS_JOINED; i++) {
        snprintf(name, sizeof name, "%d", i);
        UNIT_TRUE(server_join(server, last, span_from(name)));
    }
    events_len = 0;
    send_connect(1, "", ids.pid, -1);
    is_new(1, &ids);
    UNIT_FALSE(
        server_next_client(server, 0, span_from("one"), &cursor, &client));
    cursor = 0;
    UNIT_FALSE(
        server_next_client(server, 0, span_from("two"), &cursor, &client));
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
          UNIT_TEST(may_be_repeated_with_the_same_offset),
          UNIT_TEST(attachments_are_sent_again),
          UNIT_TEST(goes_on_in_its_rooms),
          UNIT_TEST(gets_of_a_room_what_came_after_it_had_joined),
          UNIT_TEST(a_room_may_be_left_while_the_connection_is_lost),
          UNIT_TEST(a_handle_of_no_client_harms_no_client),
          UNIT_TEST(is_the_same_socket_to_the_backlog),
          UNIT_TEST(a_volatile_event_is_not_sent_again),
          UNIT_TEST(an_event_with_an_ack_is_not_sent_again),
          UNIT_TEST(sockets_of_one_client_recover_one_by_one),
          UNIT_TEST(the_program_decides_before_it_is_recovered),
          UNIT_TEST(a_session_without_pongs_is_kept),
          UNIT_TEST(an_unknown_pid_is_new),
          UNIT_TEST(an_offset_that_this_server_did_not_give_is_refused),
          UNIT_TEST(an_offset_in_the_future_does_not_end_a_connection),
          UNIT_TEST(an_offset_from_before_it_joined_is_none),
          UNIT_TEST(a_client_that_returns_too_late_is_new),
          UNIT_TEST(too_much_to_replay_is_refused),
          UNIT_TEST(the_replays_of_a_client_are_limited_in_all),
          UNIT_TEST(the_replays_of_a_second_are_limited),
          UNIT_TEST(what_the_backlog_has_dropped_is_refused),
          UNIT_TEST(a_client_that_has_disconnected_is_new),
          UNIT_TEST(except_a_socket_that_has_left_excludes_no_client),
          UNIT_TEST(an_expelled_client_is_new),
          UNIT_TEST(a_client_that_broke_a_rule_is_new),
          UNIT_TEST(another_namespace_is_new),
          UNIT_TEST(a_removed_namespace_has_no_kept_sockets),
          UNIT_TEST(one_that_cannot_join_its_rooms_is_new))
