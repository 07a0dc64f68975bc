/*
 * 509_delivery.c: at most once, at least once, once in effect
 *
 * Shows       Three ways to send ten orders over a connection with two cuts. An
 *             order is lost, or has effect twice, or each has effect once.
 * By hand     place, handle: ack and retry. serve: the ids that were seen.
 * Calls       socketio/joint.h, introduced here: 507's client, 506's server
 * Run         $ bin/509_delivery
 * Try         $ bin/509_delivery --ask --seed 3
 *             $ bin/509_delivery --break
 * Limits      Time is simulated, and both sides learn of a cut at once: 504.
 * Read        the Socket.IO documentation, "Delivery guarantees"
 */
#include "socketio/joint.h"
#include "socketio/server_machine.h"
#include "tcp/options.h"

#include <stdio.h>
#include <stdlib.h>

#define ORDERS 10

static struct run {
    const char *name;
    bool wants_ack, has_id;
    int sent, arrived, executed, acked, ready, calls;
    int order, listeners; /* the last order that was sent; for "ready" */
    bool is_waiting, is_again;
    uint32_t seen; /* the ids that the server knows, a bit each */
} runs[] = {{.name = "emit"},
            {.name = "ack and retry", .wants_ack = true},
            {.name = "with an id", .wants_ack = true, .has_id = true}},
  *r;
static const char before[] = "before reading", after[] = "after executing";
static const char *cuts[ORDERS + 1]; /* when the network cuts, for each order */
static struct joint joint;
static bool is_broken, is_asking;

/* Sends the next order, or the last one again. All orders are for tea, so they
 * look alike without an id. False: the client cannot send now. */
static bool place(void) {
    struct socket_client_message m = {.wants_ack = r->wants_ack};
    char json[40] = "[\"order\",\"tea\"]";
    if (r->is_waiting || joint.io.nsps[0].state != NSP_JOINED) return false;
    if (!r->is_again && r->order++ == ORDERS) return false;
    if (r->has_id) snprintf(json, 40, "[\"order\",%d,\"tea\"]", r->order);
    m.json = span_from(json);
    r->sent += socket_client_emit(&joint.io, 0, &m, joint.now) >= 0;
    r->is_waiting = r->wants_ack;
    return true;
}

static void handle(const struct socket_client_event *e) {
    if (e->type == SOCKET_CLIENT_CONNECTED) {
        if (is_broken || r->listeners == 0) r->listeners++; /* of "ready" */
        printf("  connected: %.*s\n", (int)e->data.len, (char *)e->data.data);
    } else if (e->type == SOCKET_CLIENT_EVENT) {
        r->ready++;
        r->calls += r->listeners; /* each is called */
    } else if (e->type != SOCKET_CLIENT_DISCONNECTED) {
        r->is_waiting = false;
        r->is_again = e->type == SOCKET_CLIENT_NO_ACK;
        r->acked += e->type == SOCKET_CLIENT_ACK;
    }
}

/* The arguments of an order are "tea", or with an id 7,"tea". */
static void serve(struct server *server) {
    struct server_event e;
    while (server_next(server, &e)) {
        if (e.type != SERVER_EVENT) continue;
        long id = strtol((char *)e.args.json.data, NULL, 10); /* 0: none */
        uint32_t bit = id > 0 && id <= ORDERS ? 1u << id : 0;
        bool is_known = r->seen & bit;
        r->seen |= bit;
        if (r->is_again)
            printf("  order %d again: %s\n", r->order,
                   is_known ? "its id is known" : "executed");
        r->arrived++;
        r->executed += !is_known;
        if (!is_known)
            server_emit(server, server_to(e.from), span_from("ready"),
                        server_args("\"tea\""));
        if (e.id >= 0) server_ack(server, &e, server_args("\"done\""));
    }
}

static void cut(const char *when) {
    if (cuts[r->order] != when || r->is_again) return;
    printf("  order %d: cut %s\n", r->order, when);
    joint_cut(&joint);
}

static void run(struct server *server) {
    struct socket_client_event e;
    if (!server) exit(options_report("cannot serve"));
    joint_open(&joint, server_machine(server, serve));
    for (puts(r->name); r->order <= ORDERS;) {
        bool is_placed = place();
        if (is_placed) cut(before);
        bool is_busy = joint_to_server(&joint);
        if (is_placed) cut(after);
        is_busy = joint_to_client(&joint) || is_busy;
        while (joint_next(&joint, &e)) handle(&e);
        if (!is_busy && !is_placed) joint_wait(&joint);
    }
    joint_free(&joint);
    server_free(server);
}

int main(int argc, char **argv) {
    static const char *const namespaces[] = {"/", NULL};
    struct server_options o = SERVER_DEFAULTS(namespaces);
    uint32_t seed = 0;
    const struct option_row options[] = {
        OPTION_NUMBER("--seed", "N", "other cuts", &seed, 0, 1 << 30),
        OPTION_FLAG("--ask", "keep the counts back", &is_asking),
        OPTION_FLAG("--break", "a listener for each connect", &is_broken),
        OPTION_END};
    int status = options_parse(argc, argv, options);
    if (status != -1) return status;
    uint32_t first = 1 + (3 + seed % 10 * 7) % ORDERS, second;
    second = 1 + (first + (2 + seed / 4) % 9) % ORDERS;
    cuts[first] = seed % 3 == 1 ? after : before;
    cuts[second] = seed % 4 == 3 ? before : after;
    printf("ten orders; cuts: %u %s, %u %s\n", first, cuts[first], second,
           cuts[second]);
    if (is_asking) return puts("How many have effect, each way?") == EOF;
    o.engine.max_conns = 1;
    for (r = runs; r < runs + 3; r++) run(server_open(&o));
    puts("                sent  arrived  executed  acked  \"ready\"  calls");
    for (r = runs; r < runs + 3; r++)
        printf("%-14s%6d%9d%10d%7d%9d%7d\n", r->name, r->sent, r->arrived,
               r->executed, r->acked, r->ready, r->calls);
    printf("What you saw: ten orders had effect %d, %d and %d times; "
           "at last %d events made %d calls.\n",
           runs[0].executed, runs[1].executed, runs[2].executed, runs[2].ready,
           runs[2].calls);
    return 0;
}
