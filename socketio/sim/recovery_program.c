/*
 * recovery_program.c: a program on the server, and what it knows of sockets
 *
 * The program emits numbered events to all sockets, to rooms, to one socket, or
 * to all except one. It also moves sockets between rooms, and expels them.
 */
#include <stdio.h>

#include "socketio/handle.h"
#include "socketio/sim/prng.h"
#include "socketio/sim/recovery.h"
#include "socketio/sim/sim.h"

#define ROOMS 4

static const struct span names[ROOMS] = {
    {(uint8_t *)"red", 3},
    {(uint8_t *)"", 0},
    {(uint8_t *)"blue", 4},
    {(uint8_t *)"a name that takes all of the sixty-four bytes of which it may "
                "be.",
     64}};

static struct server_socket socket_of(const struct person *p) {
    return (struct server_socket){p->client, 0};
}

/* Returns a connected person, or NULL. */
static struct person *choose(void) {
    unsigned first = prng_below(PEOPLE);
    for (unsigned i = 0; i < PEOPLE; i++) {
        struct person *p = &people[(first + i) % PEOPLE];
        if (p->exists && p->client != NO_HANDLE) return p;
    }
    return NULL;
}

/* The receivers of an event. */
struct receivers {
    unsigned rooms;                    /* a bit each; 0: the namespace */
    const struct person *one, *except; /* NULL: not used */
    struct span both[2];               /* the names of the rooms */
    struct server_target to;           /* it refers to both */
};

static bool is_receiver(const struct person *p, const struct receivers *r) {
    if (!p->exists || p == r->except) return false;
    if (r->one) return p == r->one;
    return r->rooms == 0 || p->rooms & r->rooms;
}

/* way: 0 to 2 is two rooms, 3 and 4 one socket, more is the namespace. */
static void choose_receivers(struct receivers *r, const struct person *any,
                             unsigned way) {
    struct server_socket none = {0, 0};
    *r = (struct receivers){.to = server_to_all(none)};
    if (way < 3) {
        unsigned a = prng_below(ROOMS), b = prng_below(ROOMS);
        r->both[0] = names[a];
        r->both[1] = names[b];
        r->to = server_to_rooms(none, r->both, 2);
        r->rooms = 1u << a | 1u << b;
    } else if (way < 5 && any) {
        r->one = any;
        r->to = server_to(socket_of(any));
    }
    if (way > 1 && !r->one && any && prng_percent(30)) {
        r->except = any;
        r->to = server_except(r->to, socket_of(any));
    }
}

/* Writes 'SERIAL,"filler"', with a placeholder between them if is_binary. */
static void write_args(struct buf *json, uint32_t filler_len, bool is_binary) {
    static char filler[1 << 21];
    char text[60];
    int size =
        snprintf(text, sizeof text,
                 is_binary ? "%ld,{\"_placeholder\":true,\"num\":0}" : "%ld",
                 run.serial);
    struct span parts[] = {{(uint8_t *)text, (size_t)size},
                           span_from(",\""),
                           {(uint8_t *)filler, filler_len},
                           span_from("\"")};
    memset(filler, 'x', filler_len);
    buf_append_all(json, parts, 4);
}

static void emit(void) {
    struct person *any = choose();
    struct span bytes = span_from("bytes");
    unsigned way = prng_below(10);
    uint32_t n =
        prng_percent(run.big_percent) ? prng_below(5 << 18) : prng_below(60);
    bool is_volatile = prng_percent(10), is_binary = prng_percent(10);
    if (run.is_quiet) n = 0;
    /* A long event to one socket pushes short ones out of the backlog. */
    if (n > 60 && run.big_percent > 1) way = 3;
    struct receivers r;
    choose_receivers(&r, any, way);
    run.serial++;
    struct buf json = {.max = BUF_MAX};
    write_args(&json, n, is_binary);
    struct server_args args = {buf_view(&json), is_binary, &bytes};
    for (unsigned i = 0; i < PEOPLE; i++)
        if (is_receiver(&people[i], &r))
            rules_expect(&people[i], json.end, is_volatile);
    run.emitted += json.end + 200;
    if (is_volatile)
        machine_emit_volatile(r.to, span_from("x"), args);
    else
        machine_emit(r.to, span_from("x"), args);
    buf_free(&json);
}

static void change_room(struct person *p) {
    unsigned room = prng_below(ROOMS);
    bool joins = prng_percent(60), has_joined = false;
    if (joins)
        has_joined = machine_join(socket_of(p), names[room]);
    else
        machine_leave(socket_of(p), names[room]);
    run.emitted += 200;
    if (has_joined) p->rooms |= 1u << room;
    if (!joins) p->rooms &= ~(1u << room);
}

/* Expels a socket, or closes its connections. It is not recovered then, even if
 * the client has not received the reason. */
static void expel(struct person *p) {
    p->exists = false;
    if (prng_percent(50))
        machine_disconnect(socket_of(p));
    else
        machine_close(p->client, 1000);
}

/* Emits an event with an ack: the client may miss it when it is recovered. */
static void ask(struct person *p) {
    char text[20];
    struct server_socket socket = socket_of(p);
    run.serial++;
    rules_expect(p, 0, true);
    snprintf(text, sizeof text, "%ld", run.serial);
    machine_emit_ack(socket, span_from("x"), server_args(text));
}

void program_act(void) {
    struct person *p = choose();
    unsigned choice = prng_below(100);
    if (choice < 70 || !p)
        emit();
    else if (choice < 95)
        change_room(p);
    else if (choice < 97)
        expel(p);
    else if (choice < 99)
        ask(p);
}

/* Returns the person whose number is in the CONNECT: {"n":3,... */
static struct person *person_of(const struct server_event *e) {
    for (size_t i = 0; i + 4 < e->args.json.len; i++)
        if (memcmp(e->args.json.data + i, "\"n\":", 4) == 0)
            return &people[e->args.json.data[i + 4] - '0'];
    rules_fail(NULL, "a CONNECT has the number of its client");
}

static void on_connect(const struct server_event *e) {
    struct person *p = person_of(e);
    if (e->is_recovered) {
        rules_check_recovered(p, e->old_client);
        totals.recovered++;
    } else {
        rules_check_new(p);
        if (p->client != NO_HANDLE) run.ghosts++;
        p->rooms = 0;
        p->has_pid = false;
        p->got_at = run.emitted;
        buf_clear(&p->expected);
        totals.renewed++;
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
        p->lost_ms = run.now;
        p->lost_at = run.emitted;
        if (p->is_leaving) p->exists = false;
        return;
    }
    if (run.ghosts-- == 0)
        rules_fail(NULL, "a DISCONNECT is that of a connected socket");
}

void program_serve(void) {
    struct server_event e;
    while (machine_next(&e)) {
        if (e.type == SERVER_CONNECT) on_connect(&e);
        if (e.type == SERVER_DISCONNECT) on_disconnect(&e);
        if (prng_percent(20) && !run.is_quiet) program_act();
    }
}
