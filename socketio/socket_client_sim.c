/*
 * socket_client_sim.c: Socket.IO clients and a server, joined without sockets
 *
 *   socket_client_sim [--first SEED] [--seeds N]
 *
 * Each seed is one run: clients over each transport emit numbered events, and
 * the server echoes them. Bytes arrive in pieces of any size, and connections
 * may break.
 *
 * Invariants: events arrive in order and at most once in both directions. If no
 * connection of a client has broken, no event is missing, even if the client
 * has upgraded, and its session stays open. A client whose connection has
 * broken connects again. The first seed that breaks an invariant ends the
 * program with 1.
 */
#include <stdio.h>
#include <stdlib.h>

#include "socketio/server.h"
#include "socketio/sim/prng.h"
#include "socketio/sim/seeds.h"
#include "socketio/sim/sim.h"
#include "socketio/socket_client.h"

#define CLIENTS 8
#define LINKS (CLIENTS * ENGINE_CLIENT_CONNS * 2)

struct sim sim; /* files of sim/ refer to it */

struct link_pair {   /* one connection */
    uint32_t number; /* of the dial; 0: free */
    uint32_t client, conn;
    struct buf to_server, to_client;
    bool has_ended; /* the server sends no more */
    bool is_known;  /* to the server */
};

static struct person {
    struct socket_client io;
    struct socket_client_options options;
    bool is_connected, may_end;
    long emitted, arrived, echoed; /* the last number */
    long lost_from;                /* numbers up to it may be missing */
} people[CLIENTS];

static struct link_pair links[LINKS];
static struct server *server;
static int64_t now;
static uint64_t seed_now;
static unsigned long long messages, upgrades, cuts;

static _Noreturn void broken(unsigned client, const char *rule, long got,
                             long expected) {
    printf("seed %llu, client %u, at %lld ms: %s: %ld, not %ld\n",
           (unsigned long long)seed_now, client, (long long)now, rule, got,
           expected);
    exit(1);
}

/* RULE: numbers arrive in order and at most once. Only those that were under
 * way when a connection broke may be missing. */
static void check_number(unsigned i, const char *rule, long *last, long got) {
    bool is_next = got == *last + 1;
    bool may_skip = got > *last && got - 1 <= people[i].lost_from;
    if (!is_next && !may_skip) broken(i, rule, got, *last + 1);
    *last = got;
    messages++;
}

/* Reads the client and its number: "7,123". */
static void read_args(struct span args, unsigned *client, long *number) {
    char text[40] = "";
    memcpy(text, args.data, args.len < 39 ? args.len : 39);
    char *comma = text;
    *client = (unsigned)strtoul(text, &comma, 10);
    *number = strtol(comma + 1, NULL, 10);
    if (*client >= CLIENTS) broken(0, "a client is known", (long)*client, 0);
}

static void serve(void) {
    struct server_event e;
    while (server_next(server, &e)) {
        unsigned client;
        long number;
        if (e.type != SERVER_EVENT) continue;
        read_args(e.args.json, &client, &number);
        check_number(client, "the server gets the next event",
                     &people[client].arrived, number);
        server_emit(server, server_to(e.from), span_from("message-back"),
                    e.args);
    }
}

static void free_pair(struct link_pair *l) {
    buf_free(&l->to_server);
    buf_free(&l->to_client);
    if (l->is_known) server_lost(server, l->conn);
    l->is_known = false;
    l->number = 0;
}

static void handle(unsigned i, const struct socket_client_event *e) {
    struct person *p = &people[i];
    unsigned client;
    long number;
    switch (e->type) {
    case SOCKET_CLIENT_CONNECTED:
        p->is_connected = true;
        break;
    case SOCKET_CLIENT_DISCONNECTED:
        if (!p->may_end) broken(i, e->why, 1, 0);
        p->is_connected = false;
        p->lost_from = p->emitted;
        break;
    case SOCKET_CLIENT_EVENT:
        read_args(e->args, &client, &number);
        if (client != i) broken(i, "an echo is one's own", (long)client, i);
        check_number(i, "the client gets the next echo", &p->echoed, number);
        break;
    case SOCKET_CLIENT_UPGRADED:
        upgrades++;
        break;
    default:
        broken(i, e->why ? e->why : "no other event", e->type, 0);
    }
}

static void drain(unsigned i, unsigned conn, struct span *in) {
    struct socket_client_event e;
    while (socket_client_next(&people[i].io, conn, in, now, &e)) handle(i, &e);
}

static struct link_pair *find_link(unsigned i, unsigned conn) {
    uint32_t number = people[i].io.engine.dials[conn].number;
    for (unsigned k = 0; number && k < LINKS; k++)
        if (links[k].number == number && links[k].client == i) return &links[k];
    return NULL;
}

/* Opens and closes connections as the client's dials say, and moves its output
 * to them. */
static void follow_dials(unsigned i) {
    struct dial *dials = people[i].io.engine.dials;
    for (unsigned k = 0; k < LINKS; k++) {
        bool is_used = false;
        if (!links[k].number || links[k].client != i) continue;
        for (unsigned c = 0; c < ENGINE_CLIENT_CONNS; c++)
            is_used = is_used || dials[c].number == links[k].number;
        if (!is_used) free_pair(&links[k]);
    }
    for (unsigned c = 0; c < ENGINE_CLIENT_CONNS; c++) {
        struct link_pair *l = find_link(i, c);
        unsigned k = 0;
        if (dials[c].number == 0) continue;
        while (!l && links[k].number) k++;
        if (!l) {
            l = &links[k];
            *l = (struct link_pair){.number = dials[c].number,
                                    .client = i,
                                    .conn = k,
                                    .to_server.max = BUF_MAX,
                                    .to_client.max = BUF_MAX,
                                    .is_known = true};
            server_accept(server, k, now);
        }
        struct span out = buf_view(&dials[c].out);
        buf_append(&l->to_server, out.data, out.len);
        buf_consume(&dials[c].out, out.len);
    }
}

static void collect_output(void) {
    struct outgoing o;
    while (server_outgoing(server, &o)) {
        struct link_pair *l = &links[o.conn];
        buf_append(&l->to_client, o.bytes.data, o.bytes.len);
        if (o.then != OUTBOX_OPEN) l->has_ended = true;
    }
}

/* Returns a piece of the bytes under way; its size is random. */
static struct span piece(const struct buf *b) {
    struct span all = buf_view(b);
    uint32_t n = (uint32_t)all.len;
    if (n > 0 && prng_percent(70)) all.len = 1 + prng_below(n);
    return all;
}

static void to_server(struct link_pair *l) {
    struct span in = piece(&l->to_server);
    if (in.len == 0 || !l->is_known) return;
    server_feed(server, l->conn, in, now);
    serve();
    buf_consume(&l->to_server, in.len - server_end_feed(server).len);
}

static void to_client(struct link_pair *l) {
    struct span bytes = piece(&l->to_client), none = {0};
    unsigned i = l->client, conn = 0;
    while (conn < ENGINE_CLIENT_CONNS && find_link(i, conn) != l) conn++;
    if (conn == ENGINE_CLIENT_CONNS) return;
    if (bytes.len > 0) {
        struct span in = bytes;
        drain(i, conn, &in);
        buf_consume(&l->to_client, bytes.len);
        if (l->to_client.end == 0) server_sent(server, l->conn, now);
    } else if (l->has_ended) {
        socket_client_lost(&people[i].io, conn, NULL, now);
        drain(i, conn, &none);
    }
}

static void cut(struct link_pair *l) {
    unsigned i = l->client, conn = 0;
    struct span none = {0};
    while (conn < ENGINE_CLIENT_CONNS && find_link(i, conn) != l) conn++;
    if (conn == ENGINE_CLIENT_CONNS) return;
    cuts++;
    people[i].may_end = true;
    socket_client_lost(&people[i].io, conn, "cut", now);
    drain(i, conn, &none);
    people[i].may_end = false; /* it was a probe, or was not in use */
    follow_dials(i);
}

static void emit(unsigned i) {
    struct person *p = &people[i];
    char json[60];
    struct socket_client_message m = {0};
    struct span none = {0};
    for (uint32_t n = prng_below(20); n > 0 && p->is_connected; n--) {
        snprintf(json, sizeof json, "[\"message\",%u,%ld]", i, p->emitted + 1);
        m.json = span_from(json);
        if (socket_client_emit(&p->io, 0, &m, now) < 0) break;
        p->emitted++;
        drain(i, 0, &none);
    }
}

static void expire(void) {
    struct span none = {0};
    server_expire(server, now);
    serve();
    for (unsigned i = 0; i < CLIENTS; i++) {
        socket_client_expire(&people[i].io, now);
        drain(i, 0, &none);
    }
}

static void step(bool emits, bool cuts_links) {
    now += prng_below(15);
    for (unsigned i = 0; i < CLIENTS; i++) {
        if (emits && prng_percent(20)) emit(i);
        follow_dials(i);
    }
    for (unsigned n = 0; n < LINKS; n++) {
        struct link_pair *l = &links[prng_below(LINKS)];
        if (l->number && prng_percent(50)) to_server(l);
        collect_output();
        if (l->number && prng_percent(50)) to_client(l);
        if (l->number && cuts_links && prng_below(1500) == 0) cut(l);
        for (unsigned i = 0; i < CLIENTS; i++) follow_dials(i);
    }
    expire();
    collect_output();
}

static void begin(uint64_t seed) {
    static const char *const namespaces[] = {"/", NULL};
    struct server_options o = SERVER_DEFAULTS(namespaces);
    prng_start(seed);
    seed_now = seed;
    now = 1000;
    o.engine.max_conns = LINKS;
    o.engine.ping_interval = 700;
    o.engine.ping_timeout = 3000;
    o.engine.max_payload = prng_percent(50) ? 1000 : 1000000;
    server = server_open(&o);
    if (!server) abort();
    for (unsigned i = 0; i < CLIENTS; i++) {
        struct person *p = &people[i];
        uint8_t random[MASKS_SEED] = {(uint8_t)seed, (uint8_t)i};
        *p = (struct person){.options = SOCKET_CLIENT_DEFAULTS};
        p->options.engine.host = "127.0.0.1";
        p->options.engine.transport = i % 3;
        p->options.attempts = 1000;
        socket_client_init(&p->io, &p->options, random);
        socket_client_join(&p->io, "/", NULL, now);
        socket_client_open(&p->io, now);
    }
}

static void end(void) {
    for (int i = 0; i < 700; i++) step(false, false);
    for (unsigned i = 0; i < CLIENTS; i++) {
        struct person *p = &people[i];
        if (!p->is_connected) broken(i, "a client comes back", 0, 1);
        if (p->lost_from == 0 && p->echoed != p->emitted)
            broken(i, "no echo is missing", p->echoed, p->emitted);
        socket_client_free(&p->io);
    }
    for (unsigned k = 0; k < LINKS; k++)
        if (links[k].number) free_pair(&links[k]);
    server_free(server);
}

int main(int argc, char **argv) {
    struct seeds seeds;
    if (!seeds_parse(&seeds, argc, argv, false)) return 2;
    for (unsigned long long i = 0; i < seeds.count; i++) {
        uint64_t s = seeds.first + i;
        begin(s);
        for (int k = 0; k < 80; k++) step(true, s % 2 == 0);
        end();
    }
    printf("%llu seeds passed: %llu messages, %llu upgrades, %llu cuts\n",
           seeds.count, messages, upgrades, cuts);
    return 0;
}
