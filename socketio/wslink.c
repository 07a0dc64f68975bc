/* wslink.c: see socketio/wslink.h. */
#include "socketio/wslink.h"

#include "packets/container.h"
#include "websocket/http.h" /* LIMIT_CLOSING_MS */

void wslink_timers_init(struct wslink_timers *t, uint32_t upgrade_timeout) {
    timers_init(&t->probing, upgrade_timeout);
    timers_init(&t->stalled, LIMIT_WS_STALLED_MS);
    timers_init(&t->closing, LIMIT_CLOSING_MS);
    timers_init(&t->postponed, 1); /* 1 ms: not again in the same turn */
}

struct wslink *wslink_next_due(struct wslink_timers *t, int64_t now) {
    struct timers *all[] = {&t->postponed, &t->probing, &t->stalled,
                            &t->closing};
    struct timer *timer = NULL;
    for (size_t i = 0; i < sizeof all / sizeof *all && !timer; i++)
        timer = timers_pop_due(all[i], now);
    return timer ? container_of(timer, struct wslink, timer) : NULL;
}

void wslink_postpone(struct wslink *w, struct wslink_timers *t, int64_t now) {
    timer_start(&t->postponed, &w->timer, now);
}

int wslink_wait(const struct wslink_timers *t, int64_t now, int wait) {
    wait = timers_wait(&t->probing, now, wait);
    wait = timers_wait(&t->stalled, now, wait);
    wait = timers_wait(&t->closing, now, wait);
    return timers_wait(&t->postponed, now, wait);
}

void wslink_init(struct wslink *w, enum wslink_phase phase,
                 uint32_t max_message) {
    *w = (struct wslink){.phase = (uint8_t)phase};
    conn_init_server(&w->conn, max_message);
}

void wslink_free(struct wslink *w) {
    timer_stop(&w->timer);
    conn_free(&w->conn);
}

bool wslink_next(struct wslink *w, struct span *in, struct conn_event *event,
                 struct buf *out) {
    bool got = conn_next(&w->conn, in, event, out);
    if (got && event->type == CONN_MESSAGE) w->progress = UINT32_MAX;
    return got;
}

bool wslink_send(struct buf *out, bool is_binary, const struct span *parts,
                 size_t k) {
    return conn_send(out, is_binary ? FRAME_BINARY : FRAME_TEXT, parts, k,
                     NULL);
}

void wslink_enter(struct wslink *w, enum wslink_phase phase) {
    /* LIMIT_CLOSING_MS counts from the server's close frame; the peer's does
     * not restart it. */
    if (w->phase != WSLINK_CLOSING) timer_stop(&w->timer);
    if (phase == WSLINK_ENDED) conn_free(&w->conn); /* drops the input */
    w->phase = (uint8_t)phase;
}

void wslink_close(struct wslink *w, unsigned code, struct buf *out) {
    if (w->phase == WSLINK_ENDED) return;
    conn_close(&w->conn, code, out);
    wslink_enter(w, WSLINK_CLOSING);
}

/* Has the message under way grown or ended since the last call? */
static bool made_progress(struct wslink *w) {
    uint32_t before = w->progress;
    w->progress = w->conn.message;
    return w->progress != before;
}

static void rearm_open(struct wslink *w, struct wslink_timers *t, int64_t now) {
    if (!conn_is_mid_message(&w->conn)) {
        timer_stop(&w->timer);
    } else if (made_progress(w) || !timer_started(&w->timer)) {
        timer_start(&t->stalled, &w->timer, now);
    }
}

void wslink_rearm_timer(struct wslink *w, struct wslink_timers *t,
                        int64_t now) {
    if (w->is_sending && w->phase != WSLINK_PROBING)
        timer_stop(&w->timer);
    else if (w->phase == WSLINK_OPEN)
        rearm_open(w, t, now);
    else if (!timer_started(&w->timer))
        timer_start(w->phase == WSLINK_PROBING ? &t->probing : &t->closing,
                    &w->timer, now);
}
