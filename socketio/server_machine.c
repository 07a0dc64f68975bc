/* server_machine.c: see socketio/server_machine.h */
#include "socketio/server_machine.h"

#include "socketio/describe.h"
#include "socketio/server_inside.h"
#include "socketio/server_recover.h"

static void set_now(struct server *s, int64_t now) {
    if (now > s->clients.now) s->clients.now = now;
}

void server_accept(struct server *s, uint32_t conn, int64_t now) {
    engine_accept(s->engine, conn, now);
}

void server_feed(struct server *s, uint32_t conn, struct span in, int64_t now) {
    set_now(s, now);
    engine_feed(s->engine, conn, in, now);
}

struct span server_end_feed(struct server *s) {
    return engine_end_feed(s->engine);
}

void server_sent(struct server *s, uint32_t conn, int64_t now) {
    engine_sent(s->engine, conn, now);
}

void server_lost(struct server *s, uint32_t conn) {
    engine_lost(s->engine, conn);
}

/* Gives up the acks that have timed out. If a client has unread input, its ack
 * may be in it: that ack is postponed. */
static void expire_acks(struct server *s, int64_t now) {
    struct server_socket socket;
    int64_t id;
    while ((id = acks_next_due(&s->acks, now, &socket)) != -1) {
        if (engine_is_behind(s->engine, socket.client))
            acks_postpone(&s->acks, id, now);
        else
            acks_give_up(&s->acks, id);
    }
}

void server_expire(struct server *s, int64_t now) {
    uint32_t client;
    set_now(s, now);
    while ((client = clients_next_due(&s->clients, now)) != NO_HANDLE) {
        if (engine_is_behind(s->engine, client))
            clients_postpone(&s->clients, client, now);
        else
            engine_close(s->engine, client, 1008);
    }
    expire_acks(s, now);
    server_recovery_expire(s, now);
    engine_expire(s->engine, now);
}

int server_wait(const struct server *s, int64_t now, int wait) {
    wait = clients_wait(&s->clients, now, wait);
    wait = acks_wait(&s->acks, now, wait);
    wait = server_recovery_wait(s, now, wait);
    return engine_wait(s->engine, now, wait);
}

bool server_outgoing(struct server *s, struct outgoing *out) {
    return engine_outgoing(s->engine, out);
}

void server_set_clock(struct server *s, int64_t unix_seconds) {
    engine_set_clock(s->engine, unix_seconds);
}

void server_shut(struct server *s, int64_t now) {
    engine_shut(s->engine, now);
}

/* Functions of struct machine */

static void accepted(void *self, uint32_t conn, int64_t now) {
    server_accept(self, conn, now);
}

static struct span received(void *self, uint32_t conn, struct span in,
                            int64_t now) {
    struct server *s = self;
    server_feed(s, conn, in, now);
    s->on_events(s);
    return server_end_feed(s);
}

static void sent(void *self, uint32_t conn, int64_t now) {
    server_sent(self, conn, now);
}

static void lost(void *self, uint32_t conn) {
    server_lost(self, conn);
}

static void expire(void *self, int64_t now) {
    server_expire(self, now);
}

static int wait_ms(void *self, int64_t now, int wait) {
    return server_wait(self, now, wait);
}

static bool next_outgoing(void *self, struct outgoing *out) {
    struct server *s = self;
    s->on_events(s); /* of clients that timed out */
    return server_outgoing(s, out);
}

static size_t output_len(void *self) {
    const struct server *s = self;
    return engine_output_len(s->engine);
}

static void shut(void *self, int64_t now) {
    server_shut(self, now);
}

static void set_clock(void *self, int64_t unix_seconds) {
    server_set_clock(self, unix_seconds);
}

static bool next_line(void *self, struct machine_line *line) {
    struct server *s = self;
    struct tap_record r;
    if (!tap_next(&s->tap, &r)) return false;
    *line = (struct machine_line){.arrow = tap_arrow(&r),
                                  .text = describe_record(&r, s->line),
                                  .conn = r.conn};
    return true;
}

struct machine server_machine(struct server *s,
                              void (*on_events)(struct server *s)) {
    s->on_events = on_events;
    return (struct machine){.self = s,
                            .accepted = accepted,
                            .received = received,
                            .sent = sent,
                            .lost = lost,
                            .expire = expire,
                            .wait = wait_ms,
                            .next_outgoing = next_outgoing,
                            .output_len = output_len,
                            .shutdown = shut,
                            .set_clock = set_clock,
                            .next_line = next_line,
                            .max_reply = s->max_reply,
                            .refusal = HTTP_FULL};
}
