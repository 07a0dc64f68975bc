/*
 * recovery_sim.c: clients that lose their connections and are recovered
 *
 *   recovery_sim [--first SEED] [--seeds N] [--memory]
 *
 * Each seed is one run. A program emits to all, to rooms, to one socket, or to
 * all except one, while sockets join and leave rooms. A client begins by
 * polling or with a WebSocket, and may upgrade before it joins or later.
 * Connections are cut at any moment of that: output under way is lost, and
 * sometimes the server does not notice. Rules:
 *
 *   - a socket gets each event to it in order, at most once;
 *   - if it is recovered, exactly once, except volatile events;
 *   - it is recovered unless that took too long, or it missed too much;
 *   - it is not recovered if it missed too much;
 *   - its DISCONNECT is reported before it is recovered, with its old handle;
 *   - a socket that has left, or was expelled, is not recovered;
 *   - at the end the server holds what it held at the start.
 *
 * With --memory one allocation of each run fails. The first seed that breaks a
 * rule ends the program with 1.
 */
#include <stdio.h>
#include <stdlib.h>

#include "socketio/backlog.h"
#include "socketio/handle.h"
#include "socketio/replay.h"
#include "socketio/sim/memory.h"
#include "socketio/sim/prng.h"
#include "socketio/sim/session_end.h"
#include "socketio/sim/sim.h"

#define PEOPLE 10
#define ROOMS 4
#define SESSIONS (PEOPLE * 4)
#define CONNS (SESSIONS * SESSION_CONNS)
#define NO_CONN UINT32_MAX
#define RECOVERY_MS 2000
#define TABLES 16 /* and buffers that a server takes when it needs them */
#define UNNOTICED_MS 1300 /* the ping interval and time-out */

struct sim sim; /* the parts in sim/ want it */

struct due { /* an event that must arrive */
    long serial;
    uint32_t bytes;
    bool is_optional; /* volatile, or with an ack */
    int64_t emitted_ms;
    size_t emitted; /* bytes to all, before it */
};

static struct person {
    struct session_end session;
    uint32_t conns[SESSION_CONNS]; /* NO_CONN: none */
    bool upgrades, joins_late;     /* not before it has upgraded */
    bool has_asked;                /* to join */
    bool is_joined, is_leaving;
    char pid[21], offset[40]; /* as the client knows them */
    long binary;              /* the event whose attachment follows, */
    char binary_offset[40];   /* and its offset */

    /* As the program knows the socket. */
    bool exists, has_told_pid;   /* its client has read that */
    uint32_t client, old_client; /* NO_HANDLE: it is lost */
    unsigned rooms;              /* a bit each */
    int64_t lost_ms;
    size_t got_at;       /* bytes to all, before the last event that it got */
    size_t lost_at;      /* and when it was lost */
    struct buf expected; /* of struct due: what its client has not got yet */
} people[PEOPLE];

static struct conn_end {
    bool is_open;    /* to the server */
    unsigned person; /* PEOPLE: its client is gone */
    enum session_conn which;
    struct buf kept; /* was fed, and not consumed */
} conns[CONNS];

static struct server *server;
static int64_t now;
static uint64_t seed_now;
static long serial;
static size_t emitted;
static unsigned ghosts;      /* sockets of which no client knows */
static unsigned big_percent; /* of the events are long */
static bool with_memory, is_quiet;
static unsigned long long events, recovered, renewed, polled, upgraded;

static _Noreturn void broken(unsigned i, const char *rule) {
    printf("seed %llu, client %u, at %lld ms: %s\n",
           (unsigned long long)seed_now, i, (long long)now, rule);
    exit(1);
}

#define SERVERS(call)                                                          \
    do {                                                                       \
        memory_is_servers(true);                                               \
        call;                                                                  \
        memory_is_servers(false);                                              \
    } while (0)

/* What is expected */

static void expect(struct person *p, uint32_t bytes, bool is_optional) {
    struct due d = {serial, bytes, is_optional, now, emitted};
    buf_append(&p->expected, &d, sizeof d);
}

static bool next_due(const struct person *p, struct due *d) {
    struct span all = buf_view(&p->expected);
    if (all.len == 0) return false;
    memcpy(d, all.data, sizeof *d);
    return true;
}

/* RULE: in order and at most once, and none is missing. */
static void check_event(struct person *p, long number) {
    struct due d;
    unsigned i = (unsigned)(p - people);
    for (; next_due(p, &d); buf_consume(&p->expected, sizeof d)) {
        if (d.serial == number) {
            p->got_at = d.emitted;
            buf_consume(&p->expected, sizeof d);
            events++;
            return;
        }
        if (!d.is_optional) break;
    }
    printf("got %ld, due is %ld\n", number, next_due(p, &d) ? d.serial : -1);
    broken(i, "events come in order, once, and all of them");
}

/* RULE: a socket that has missed more than LIMIT_REPLAY is not recovered. */
static void check_limit(const struct person *p) {
    struct span all = buf_view(&p->expected);
    size_t bytes = 0;
    for (; all.len > 0; all = span_skip(all, sizeof(struct due))) {
        struct due d;
        memcpy(&d, all.data, sizeof d);
        if (!d.is_optional) bytes += d.bytes;
    }
    if (bytes > LIMIT_REPLAY)
        broken((unsigned)(p - people), "it has not missed too much");
}

/* From where does the server need all that was sent, as it was emitted? From
 * the last event that the client got; or, if that was the last one to it before
 * it was lost, from there. */
static size_t needed_from(const struct person *p) {
    struct due d;
    bool has_got_all = !next_due(p, &d) || d.emitted_ms > p->lost_ms;
    return p->client == NO_HANDLE && has_got_all ? p->lost_at : p->got_at;
}

/* May the server have given the socket up? */
static bool may_be_new(const struct person *p) {
    struct span all = buf_view(&p->expected);
    size_t bytes = 0;
    if (!p->exists || !p->has_told_pid || memory_has_failed()) return true;
    if (p->client == NO_HANDLE && now - p->lost_ms >= RECOVERY_MS) return true;
    /* What it needs may be gone: too much was sent since. */
    if (emitted - needed_from(p) > LIMIT_BACKLOG / 3) return true;
    for (; all.len > 0; all = span_skip(all, sizeof(struct due))) {
        struct due d;
        memcpy(&d, all.data, sizeof d);
        if (d.is_optional) continue;
        bytes += d.bytes;
        if (d.bytes > LIMIT_BACKLOG / 5) return true; /* too long to be kept */
    }
    return bytes > LIMIT_REPLAY / 3;
}

/* The program */

static bool is_target(const struct person *p, unsigned rooms,
                      const struct person *one, const struct person *except) {
    if (!p->exists || p == except) return false;
    if (one) return p == one;
    return rooms == 0 || p->rooms & rooms;
}

static struct server_socket socket_of(const struct person *p) {
    return (struct server_socket){p->client, 0};
}

static const struct span names[ROOMS] = {
    {(uint8_t *)"red", 3},
    {(uint8_t *)"", 0},
    {(uint8_t *)"blue", 4},
    {(uint8_t *)"a name that takes all of the sixty-four bytes of which it may "
                "be.",
     64}};

/* Returns a client that is connected, or NULL. */
static struct person *choose(void) {
    unsigned first = prng_below(PEOPLE);
    for (unsigned i = 0; i < PEOPLE; i++) {
        struct person *p = &people[(first + i) % PEOPLE];
        if (p->exists && p->client != NO_HANDLE) return p;
    }
    return NULL;
}

/* "SERIAL,filler" and perhaps an attachment, to a target. */
static void emit(void) {
    static char filler[1 << 21];
    char text[60];
    struct person *one = NULL, *except = NULL, *any = choose();
    struct server_target to = server_to_all((struct server_socket){0, 0});
    struct span both[2], bytes = span_from("bytes");
    unsigned rooms = 0, way = prng_below(10);
    uint32_t n =
        prng_percent(big_percent) ? prng_below(5 << 18) : prng_below(60);
    bool is_volatile = prng_percent(10), is_binary = prng_percent(10);
    if (is_quiet) n = 0;
    if (n > 60 && big_percent > 1) way = 3; /* others push a small one out */
    if (way < 3) {
        unsigned a = prng_below(ROOMS), b = prng_below(ROOMS);
        both[0] = names[a];
        both[1] = names[b];
        to = server_to_rooms((struct server_socket){0, 0}, both, 2);
        rooms = 1u << a | 1u << b;
    } else if (way < 5 && any) {
        one = any;
        to = server_to(socket_of(one));
    }
    if (way > 1 && way != 4 && !one && any && prng_percent(30)) {
        except = any;
        to = server_except(to, socket_of(except));
    }
    serial++;
    int size = snprintf(
        text, sizeof text,
        is_binary ? "%ld,{\"_placeholder\":true,\"num\":0}" : "%ld", serial);
    struct buf json = {.max = BUF_MAX};
    struct span parts[] = {{(uint8_t *)text, (size_t)size},
                           span_from(",\""),
                           {(uint8_t *)filler, n},
                           span_from("\"")};
    memset(filler, 'x', n);
    buf_append_all(&json, parts, 4);
    struct server_args args = {buf_view(&json), is_binary, &bytes};
    for (unsigned i = 0; i < PEOPLE; i++)
        if (is_target(&people[i], rooms, one, except))
            expect(&people[i], json.end, is_volatile);
    emitted += json.end + 200;
    if (is_volatile)
        SERVERS(server_emit_volatile(server, to, span_from("x"), args));
    else
        SERVERS(server_emit(server, to, span_from("x"), args));
    buf_free(&json);
}

static void change_room(struct person *p) {
    unsigned room = prng_below(ROOMS);
    bool has_joined = true, joins = prng_percent(60);
    if (joins)
        SERVERS(has_joined = server_join(server, socket_of(p), names[room]));
    else
        SERVERS(server_leave(server, socket_of(p), names[room]));
    emitted += 200;
    if (joins && has_joined) p->rooms |= 1u << room;
    if (!joins) p->rooms &= ~(1u << room);
}

/* One whose connection was just closed is gone, though it was not told. */
static void put_out(struct person *p) {
    p->exists = false;
    if (prng_percent(50))
        SERVERS(server_disconnect(server, socket_of(p)));
    else
        SERVERS(server_close(server, p->client, 1000));
}

static void act(void) {
    struct person *p = choose();
    unsigned choice = prng_below(100);
    if (choice < 70 || !p)
        emit();
    else if (choice < 95)
        change_room(p);
    else if (choice < 97)
        put_out(p);
    else if (choice < 99) {
        int64_t id;
        struct server_socket socket = socket_of(p);
        serial++;
        expect(p, 0, true);
        char text[20];
        snprintf(text, sizeof text, "%ld", serial);
        SERVERS(id = server_emit_ack(server, socket, span_from("x"),
                                     server_args(text)));
        (void)id;
    }
}

/* {"n":3,...: the client with that number. */
static struct person *person_of(const struct server_event *e) {
    for (size_t i = 0; i + 4 < e->args.json.len; i++)
        if (memcmp(e->args.json.data + i, "\"n\":", 4) == 0)
            return &people[e->args.json.data[i + 4] - '0'];
    broken(0, "a CONNECT has the number of its client");
}

static void on_connect(const struct server_event *e) {
    struct person *p = person_of(e);
    unsigned i = (unsigned)(p - people);
    if (e->is_recovered) {
        if (!p->exists) broken(i, "one that has left is not recovered");
        if (p->client != NO_HANDLE)
            broken(i, "its DISCONNECT is reported first");
        if (e->old_client != p->old_client)
            broken(i, "its old handle is reported");
        check_limit(p);
        recovered++;
    } else {
        if (!may_be_new(p)) broken(i, "it is recovered");
        if (p->client != NO_HANDLE) ghosts++;
        p->rooms = 0;
        p->has_told_pid = false;
        p->got_at = emitted;
        buf_clear(&p->expected);
        renewed++;
    }
    p->client = e->from.client;
    p->exists = true;
    p->is_leaving = false;
}

static void on_disconnect(const struct server_event *e) {
    for (unsigned i = 0; i < PEOPLE; i++) {
        struct person *p = &people[i];
        if (p->client != e->from.client) continue;
        p->old_client = p->client;
        p->client = NO_HANDLE;
        p->lost_ms = now;
        p->lost_at = emitted;
        if (p->is_leaving) p->exists = false;
        return;
    }
    if (ghosts-- == 0)
        broken(PEOPLE, "a DISCONNECT is that of a socket that is there");
}

static void serve(void) {
    struct server_event e;
    for (;;) {
        bool got;
        SERVERS(got = server_next(server, &e));
        if (!got) return;
        if (e.type == SERVER_CONNECT) on_connect(&e);
        if (e.type == SERVER_DISCONNECT) on_disconnect(&e);
        if (prng_percent(20) && !is_quiet) act();
    }
}

/* Connections */

/* Gives the server what it has left before, and these bytes. It may leave what
 * is more than the share of a connection in one turn. */
static void feed(uint32_t conn, struct span bytes) {
    struct buf in = conns[conn].kept;
    struct span rest;
    if (!buf_append(&in, bytes.data, bytes.len)) abort();
    conns[conn].kept = (struct buf){.max = BUF_MAX};
    SERVERS(server_feed(server, conn, buf_view(&in), now));
    serve();
    SERVERS(rest = server_end_feed(server));
    buf_append(&conns[conn].kept, rest.data, rest.len);
    buf_free(&in);
}

/* In the next turn of the server it gets what it has left. */
static void feed_kept(void) {
    for (uint32_t i = 0; i < CONNS; i++)
        if (conns[i].is_open && conns[i].kept.end > 0)
            feed(i, (struct span){0});
}

/* The server's end is closed. */
static void close_conn(uint32_t conn) {
    SERVERS(server_lost(server, conn));
    conns[conn].is_open = false;
    buf_free(&conns[conn].kept);
}

static void collect_output(void) {
    struct outgoing o;
    for (;;) {
        bool got;
        SERVERS(got = server_outgoing(server, &o));
        if (!got) return;
        struct conn_end *c = &conns[o.conn];
        if (c->person < PEOPLE)
            buf_append(&people[c->person].session.conns[c->which].in,
                       o.bytes.data, o.bytes.len);
        if (o.then != OUTBOX_DROP && o.bytes.len > 0)
            SERVERS(server_sent(server, o.conn, now));
        if (o.then == OUTBOX_OPEN) continue;
        close_conn(o.conn);
    }
}

/* The client has lost one connection; the server notices it now or later. */
static void cut_conn(struct person *p, enum session_conn i, bool is_noticed) {
    uint32_t conn = p->conns[i];
    if (conn == NO_CONN) return;
    p->conns[i] = NO_CONN;
    conns[conn].person = PEOPLE;
    if (!is_noticed || !conns[conn].is_open) return;
    close_conn(conn);
}

static bool has_session(const struct person *p) {
    return p->session.phase != PHASE_ENDED;
}

/* The client has lost all of them. */
static void cut(struct person *p, bool is_noticed) {
    for (enum session_conn i = 0; i < SESSION_CONNS; i++)
        cut_conn(p, i, is_noticed);
    if (p->session.has_upgraded) upgraded++;
    session_end_free(&p->session);
    p->is_joined = false;
    p->binary = 0;
}

/* False: there is none left. */
static bool connect_one(struct person *p, enum session_conn i) {
    uint32_t conn = 0;
    while (conn < CONNS && (conns[conn].is_open || conns[conn].person < PEOPLE))
        conn++;
    if (conn == CONNS) return false;
    conns[conn] = (struct conn_end){.is_open = true,
                                    .person = (unsigned)(p - people),
                                    .which = i,
                                    .kept = {.max = BUF_MAX}};
    p->conns[i] = conn;
    SERVERS(server_accept(server, conn, now));
    return true;
}

/* Sends what the client has written; max bytes of it at most. */
static void flush(struct person *p, size_t max) {
    for (enum session_conn i = 0; i < SESSION_CONNS && has_session(p); i++) {
        struct buf *out = &p->session.conns[i].out;
        struct span bytes = buf_view(out);
        if (bytes.len == 0) continue;
        if (p->conns[i] == NO_CONN && !connect_one(p, i)) continue;
        if (bytes.len > max) bytes.len = max;
        max -= bytes.len;
        if (conns[p->conns[i]].is_open) feed(p->conns[i], bytes);
        buf_clear(out);
    }
}

static void send_connect(struct person *p) {
    char text[200];
    snprintf(text, sizeof text, "40{\"pid\":\"%s\",\"offset\":\"%s\",\"n\":%u}",
             p->pid, p->offset, (unsigned)(p - people));
    if (!p->offset[0])
        snprintf(text, sizeof text, "40{\"pid\":\"%s\",\"n\":%u}", p->pid,
                 (unsigned)(p - people));
    session_end_send(&p->session, text);
    p->has_asked = true;
}

static void begin_session(struct person *p) {
    session_end_open(&p->session, prng_percent(40));
    p->upgrades = prng_percent(60);
    p->joins_late = p->upgrades && prng_percent(40);
    p->has_asked = false;
    if (!p->session.starts_websocket) polled++;
}

/* Writes what is due, or begins something. */
static void go_on(struct person *p) {
    struct session_end *s = &p->session;
    bool waits = p->joins_late && !is_quiet && s->phase != PHASE_WEBSOCKET;
    if (!p->has_asked && (!waits || prng_below(20) == 0)) send_connect(p);
    if (p->upgrades && prng_percent(20)) session_end_probe(s);
    session_end_step(s);
}

/* What a client reads */

static void read_connected(struct person *p, const char *text) {
    snprintf(p->pid, sizeof p->pid, "%s", strstr(text, "\"pid\":\"") + 7);
    p->is_joined = p->has_told_pid = true;
}

/* The last argument, if it is a string, as the official client takes it. */
static void read_offset(char offset[40], const char *text) {
    const char *end = strrchr(text, ']'), *begin = end - 1;
    if (*begin != '"') return;
    do begin--;
    while (*begin != '"');
    snprintf(offset, 40, "%.*s", (int)(end - begin - 2), begin + 1);
}

static void read_text(struct person *p, const char *text) {
    const char *name = strstr(text, "[\"x\",");
    if (strncmp(text, "40", 2) == 0) {
        read_connected(p, text);
    } else if (strncmp(text, "41", 2) == 0) {
        cut(p, true); /* as a program would that was put out */
    } else if (name && text[1] == '5') {
        p->binary = strtol(name + 5, NULL, 10);
        read_offset(p->binary_offset, text);
    } else if (name) {
        check_event(p, strtol(name + 5, NULL, 10));
        if (text[2] == '[') read_offset(p->offset, text);
    }
}

static void read_packet(struct person *p, const char *packet, bool is_binary) {
    if (!is_binary) {
        read_text(p, packet);
        return;
    }
    check_event(p, p->binary);
    memcpy(p->offset, p->binary_offset, sizeof p->offset);
}

/* All has been read: which connections has the server ended? */
static void read_ends(struct person *p) {
    for (enum session_conn i = 0; i < SESSION_CONNS; i++) {
        if (p->conns[i] == NO_CONN || conns[p->conns[i]].is_open) continue;
        cut_conn(p, i, true);
        session_end_lost(&p->session, i);
    }
    if (!has_session(p)) cut(p, true);
}

/* Some of what has arrived, or all. */
static void read_some(struct person *p) {
    unsigned packets = is_quiet ? UINT32_MAX : prng_below(20);
    while (packets-- > 0 && has_session(p)) {
        bool is_binary;
        const char *packet = session_end_next(&p->session, &is_binary);
        if (packet) {
            read_packet(p, packet, is_binary);
        } else {
            read_ends(p);
            return;
        }
    }
}

/* Sends a DISCONNECT, if it may; the server reports it at once. */
static void leave(struct person *p) {
    struct session_end *s = &p->session;
    session_end_step(s);
    flush(p, SIZE_MAX);
    bool is_ready = s->phase == PHASE_WEBSOCKET ||
                    (s->phase >= PHASE_POLLING && s->phase <= PHASE_PROBED &&
                     !s->conns[CONN_POST].is_awaited);
    p->is_leaving = is_ready && p->is_joined;
    if (p->is_leaving) session_end_send(s, "41");
    session_end_step(s);
    flush(p, SIZE_MAX);
    p->is_leaving = false;
    /* Without memory the server may have closed the connection instead. */
    if (memory_has_failed()) p->pid[0] = '\0';
    cut(p, true);
}

/* A run */

/* Cut while it was sending: only a part of that arrives. */
static void cut_off(struct person *p) {
    go_on(p);
    flush(p, prng_below(400));
    cut(p, prng_percent(60));
}

static void move(struct person *p) {
    unsigned choice = prng_below(1000);
    if (!has_session(p)) {
        if (!is_quiet && choice >= 150) return;
        begin_session(p);
        choice = 730;
    }
    if (is_quiet || choice < 700) {
        read_some(p);
    } else if (choice < 710) {
        cut(p, true);
    } else if (choice < 717) {
        cut(p, false);
    } else if (choice < 724) {
        cut_off(p);
    } else if (choice < 727) {
        leave(p);
    } else if (choice < 760 && session_end_is_upgrading(&p->session)) {
        cut_conn(p, CONN_WEBSOCKET, prng_percent(60));
        session_end_lost(&p->session, CONN_WEBSOCKET);
    }
    if (!has_session(p)) return;
    go_on(p);
    flush(p, SIZE_MAX);
}

static void step(void) {
    now += prng_below(40);
    if (!is_quiet && prng_below(60) == 0) now += prng_below(4000);
    for (unsigned i = 0; i < PEOPLE; i++) {
        move(&people[i]);
        collect_output();
        if (!is_quiet && prng_percent(20)) act();
    }
    SERVERS(server_expire(server, now));
    serve();
    feed_kept();
    collect_output();
}

static void begin(uint64_t seed) {
    static const char *const namespaces[] = {"/", NULL};
    struct server_options o = SERVER_DEFAULTS(namespaces);
    prng_start(seed);
    memory_start();
    seed_now = seed;
    now = 1000;
    serial = 0;
    emitted = 0;
    ghosts = 0;
    is_quiet = false;
    big_percent = prng_below(20) == 0 ? 25 : 1;
    o.recovery_ms = RECOVERY_MS;
    o.engine.max_conns = CONNS;
    o.engine.max_sessions = SESSIONS;
    o.engine.ping_interval = 300;
    o.engine.ping_timeout = UNNOTICED_MS - 300;
    o.engine.seed[0] = (uint8_t)seed;
    uint32_t failing = with_memory ? 1 + prng_below(3000) : 0;
    SERVERS(server = server_open(&o));
    if (!server) abort();
    memory_fail(failing);
    for (unsigned i = 0; i < CONNS; i++) conns[i].person = PEOPLE;
    for (unsigned i = 0; i < PEOPLE; i++)
        people[i] = (struct person){.conns = {NO_CONN, NO_CONN, NO_CONN},
                                    .client = NO_HANDLE,
                                    .old_client = NO_HANDLE,
                                    .expected = {.max = BUF_MAX}};
}

/* Everybody comes back and reads all. RULE: then nothing is missing. */
static void check_all_arrive(void) {
    struct due d;
    is_quiet = true;
    for (int i = 0; i < 150; i++) {
        if (i == 50) memory_fail(0); /* from here on they must succeed */
        step();
    }
    for (unsigned i = 0; i < PEOPLE; i++) {
        struct person *p = &people[i];
        if (!p->is_joined) broken(i, "a client comes back");
        for (; next_due(p, &d); buf_consume(&p->expected, sizeof d))
            if (!d.is_optional) broken(i, "no event is missing");
    }
}

static void lose_all(void) {
    for (unsigned i = 0; i < PEOPLE; i++) cut(&people[i], i % 2);
    serve();
}

/* All have left, and time passes. RULE: nothing is kept of them; beside what
 * was taken at the start there are tables of rooms and acks, and the outbox. A
 * list of rooms that is left of one of them is a piece of memory too many. */
static void check_all_forgotten(size_t at_open, size_t blocks_at_open) {
    for (int i = 0; i < 10; i++) {
        now += RECOVERY_MS / 2;
        SERVERS(server_expire(server, now));
        serve();
        collect_output();
    }
    for (unsigned i = 0; i < PEOPLE; i++)
        if (people[i].client != NO_HANDLE)
            broken(i, "each CONNECT has its DISCONNECT");
    if (memory_held() > at_open + ((size_t)6 << 20))
        broken(PEOPLE, "memory stays within the limits");
    if (memory_blocks() > blocks_at_open + TABLES)
        broken(PEOPLE, "nothing is left of clients that have gone");
}

static void run(uint64_t seed) {
    begin(seed);
    size_t at_open = memory_held(), blocks_at_open = memory_blocks();
    unsigned steps = prng_between(50, big_percent > 1 ? 150 : 400);
    for (unsigned i = 0; i < steps; i++) step();
    check_all_arrive();
    lose_all();
    if (prng_percent(50)) /* or the server ends while it keeps some */
        check_all_forgotten(at_open, blocks_at_open);
    for (unsigned i = 0; i < PEOPLE; i++) buf_free(&people[i].expected);
    for (unsigned i = 0; i < CONNS; i++) buf_free(&conns[i].kept);
    memset(conns, 0, sizeof conns);
    SERVERS(server_free(server));
    if (memory_held() > 0) broken(PEOPLE, "at the end everything is free");
}

int main(int argc, char **argv) {
    unsigned long long first = 1, seeds = 100;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--memory") == 0)
            with_memory = true;
        else if (strcmp(argv[i], "--first") == 0 && i + 1 < argc)
            first = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--seeds") == 0 && i + 1 < argc)
            seeds = strtoull(argv[++i], NULL, 10);
    }
    for (unsigned long long s = first; s < first + seeds; s++) run(s);
    printf("%llu seeds passed: %llu events, %llu times recovered, %llu new, "
           "%llu times by polling, %llu upgrades\n",
           seeds, events, recovered, renewed, polled, upgraded);
    return 0;
}
