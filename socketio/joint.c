/* joint.c: see socketio/joint.h. */
#include "socketio/joint.h"

#define CONN 0 /* the connection's number at the server */
#define SOCKET ENGINE_CLIENT_WEBSOCKET

static void disconnect(struct joint *j) {
    if (j->dialed) j->machine.lost(j->machine.self, CONN);
    j->dialed = 0;
    j->has_ended = false;
    j->in = (struct span){0};
    buf_free(&j->back);
}

void joint_open(struct joint *j, struct machine machine) {
    const uint8_t seed[MASKS_SEED] = {0};
    *j = (struct joint){.options = SOCKET_CLIENT_DEFAULTS, .machine = machine};
    j->options.engine.host = "localhost";
    j->options.attempts = 9;
    socket_client_init(&j->io, &j->options, seed);
    socket_client_join(&j->io, "/", NULL, j->now);
    socket_client_open(&j->io, j->now);
}

void joint_free(struct joint *j) {
    disconnect(j);
    socket_client_free(&j->io);
}

/* Makes the connection agree with the client's dial. */
static void follow_dial(struct joint *j) {
    uint32_t number = j->io.engine.dials[SOCKET].number;
    if (number == j->dialed) return;
    disconnect(j);
    if (number) j->machine.accepted(j->machine.self, CONN, j->now);
    j->dialed = number;
}

bool joint_to_server(struct joint *j) {
    struct buf *out = &j->io.engine.dials[SOCKET].out;
    follow_dial(j);
    struct span in = buf_view(out), rest;
    if (!j->dialed || in.len == 0) return false;
    rest = j->machine.received(j->machine.self, CONN, in, j->now);
    buf_consume(out, in.len - rest.len);
    return true;
}

bool joint_to_client(struct joint *j) {
    struct outgoing o;
    buf_clear(&j->back);
    j->back.max = BUF_MAX;
    while (j->machine.next_outgoing(j->machine.self, &o)) {
        buf_append(&j->back, o.bytes.data, o.bytes.len);
        j->has_ended = j->has_ended || o.then != OUTBOX_OPEN;
    }
    j->in = buf_view(&j->back);
    if (j->in.len > 0) {
        j->machine.sent(j->machine.self, CONN, j->now);
        return true;
    }
    if (!j->has_ended) return false;
    j->has_ended = false;
    socket_client_lost(&j->io, SOCKET, NULL, j->now);
    return true;
}

bool joint_next(struct joint *j, struct socket_client_event *e) {
    return socket_client_next(&j->io, SOCKET, &j->in, j->now, e);
}

void joint_cut(struct joint *j) {
    disconnect(j);
    socket_client_lost(&j->io, SOCKET, "cut", j->now);
}

void joint_wait(struct joint *j) {
    int64_t due = socket_client_due(&j->io, INT64_MAX);
    int wait = j->machine.wait(j->machine.self, j->now, -1);
    if (wait >= 0 && j->now + wait < due) due = j->now + wait;
    if (due != INT64_MAX) j->now = due;
    j->machine.expire(j->machine.self, j->now);
    socket_client_expire(&j->io, j->now);
}
