/* recovery_wires.c: connections between clients and the server; each of them
 * may break at any moment, with or without notice to the server */
#include <stdlib.h>

#include "socketio/sim/recovery.h"
#include "socketio/sim/sim.h"

/* A connection as the server numbers it. */
static struct wire {
    bool is_open;          /* at the server */
    struct person *person; /* NULL: the client has lost it */
    enum session_conn which;
    struct buf kept; /* fed, but not consumed */
} wires[CONNS];

void wires_begin(void) {
    for (unsigned i = 0; i < CONNS; i++) wires[i] = (struct wire){0};
}

void wires_free(void) {
    for (unsigned i = 0; i < CONNS; i++) buf_free(&wires[i].kept);
}

/* Feeds the kept input of a connection, then the bytes. The server may consume
 * only a part of it in one turn. */
static void feed(uint32_t conn, struct span bytes) {
    struct buf in = wires[conn].kept;
    if (!buf_append(&in, bytes.data, bytes.len)) abort();
    wires[conn].kept = (struct buf){.max = BUF_MAX};
    machine_feed(conn, buf_view(&in), run.now);
    program_serve();
    struct span rest = machine_end_feed();
    buf_append(&wires[conn].kept, rest.data, rest.len);
    buf_free(&in);
}

void wires_feed_kept(void) {
    for (uint32_t i = 0; i < CONNS; i++)
        if (wires[i].is_open && wires[i].kept.end > 0)
            feed(i, (struct span){0});
}

/* Closes the server's end. */
static void close_wire(uint32_t conn) {
    machine_lost(conn);
    wires[conn].is_open = false;
    buf_free(&wires[conn].kept);
}

void wires_deliver(void) {
    struct outgoing o;
    while (machine_outgoing(&o)) {
        struct wire *w = &wires[o.conn];
        if (w->person)
            buf_append(&w->person->session.conns[w->which].in, o.bytes.data,
                       o.bytes.len);
        if (o.then != OUTBOX_DROP && o.bytes.len > 0)
            machine_sent(o.conn, run.now);
        if (o.then != OUTBOX_OPEN) close_wire(o.conn);
    }
}

void wires_cut(struct person *p, enum session_conn i, bool is_noticed) {
    uint32_t conn = p->conns[i];
    if (conn == NO_CONN) return;
    p->conns[i] = NO_CONN;
    wires[conn].person = NULL;
    if (is_noticed && wires[conn].is_open) close_wire(conn);
}

bool wires_has_ended(const struct person *p, enum session_conn i) {
    return p->conns[i] != NO_CONN && !wires[p->conns[i]].is_open;
}

/* Connects the client. False: there are too many connections. */
static bool connect_wire(struct person *p, enum session_conn i) {
    uint32_t conn = 0;
    while (conn < CONNS && (wires[conn].is_open || wires[conn].person)) conn++;
    if (conn == CONNS) return false;
    wires[conn] = (struct wire){
        .is_open = true, .person = p, .which = i, .kept = {.max = BUF_MAX}};
    p->conns[i] = conn;
    machine_accept(conn, run.now);
    return true;
}

void wires_flush(struct person *p, size_t max) {
    for (enum session_conn i = 0;
         i < SESSION_CONNS && p->session.phase != PHASE_ENDED; i++) {
        struct buf *out = &p->session.conns[i].out;
        struct span bytes = buf_view(out);
        if (bytes.len == 0) continue;
        if (p->conns[i] == NO_CONN && !connect_wire(p, i)) continue;
        if (bytes.len > max) bytes.len = max;
        max -= bytes.len;
        if (wires[p->conns[i]].is_open) feed(p->conns[i], bytes);
        buf_clear(out);
    }
}
