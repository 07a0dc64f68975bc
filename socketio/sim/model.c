/* model.c: a client from its start to its end */
#include "socketio/clients.h"
#include "socketio/sim/model_act.h"
#include "socketio/sim/model_send.h"

#include "socketio/sim/memory.h"
#include "socketio/sim/prng.h"
#include "socketio/sim/sim.h"

struct model models[MAX_MODELS];
static unsigned lives;

static void clear(struct model *m) {
    buf_free(&m->sent);
    buf_free(&m->expected);
    buf_free(&m->pending);
}

void model_begin_run(void) {
    lives = 0;
    for (int i = 0; i < MAX_MODELS; i++) models[i].wake = NEVER;
}

void model_start(struct model *m, int64_t now) {
    int number = (int)(m - models);
    clear(m);
    *m = (struct model){.number = number,
                        .life = ++lives,
                        .phase = OPENING,
                        .starts_websocket = prng_percent(35),
                        .upgrades = prng_percent(60),
                        .is_single = prng_percent(25),
                        .is_slow = prng_percent(8),
                        .is_malicious = prng_percent(45),
                        .is_hasty = prng_percent(10),
                        .slot = NO_LINK,
                        .acts_left = prng_between(1, 30),
                        .sent.max = BUF_MAX,
                        .expected.max = BUF_MAX,
                        .pending.max = BUF_MAX,
                        .opened_ms = NEVER,
                        .pong_ms = NEVER,
                        .attach_from_ms = NEVER,
                        .wake = now};
    if (sim.hoards) {
        m->starts_websocket = m->upgrades = m->is_slow = m->is_malicious =
            false;
        m->is_hasty = false;
        m->acts_left = prng_between(1, 4);
        m->next_poll = now + prng_between(500, 20000);
    }
    m->think_ms =
        prng_percent(20) ? prng_between(100, 4000) : prng_between(1, 100);
    trace_slot(number, NO_LINK);
    trace(number, NO_LINK, "begins its life", m->life, (struct span){0});
    if (prng_percent(12))
        stranger_start(m, now);
    else
        model_open(m, now);
    if (!m->poll.cable && !m->ws.cable) m->phase = ABSENT;
}

void model_free(struct model *m) {
    endpoint_shut(&m->poll, false);
    endpoint_shut(&m->post, false);
    endpoint_shut(&m->ws, false);
    clear(m);
    m->phase = ABSENT;
    m->wake = NEVER;
}

void model_fail(const struct model *m, const char *invariant,
                const char *detail) {
    trace_fail(m->number, invariant, detail);
}

static const char *timeout_reason(const struct model *m, int64_t now) {
    const struct engine_options *o = &sim.options.engine;
    int64_t alive = m->pong_ms;
    if (alive == NEVER) return NULL;
    if (now >= alive + o->ping_interval + o->ping_timeout)
        return "no pong has arrived in time";
    const struct cable *w = m->ws.cable;
    if (w && (cable_unsent(w) > 0 || w->blocked_ms >= alive))
        return "it does not read, so the server does not read from it";
    if (!m->connected && now >= m->opened_ms + sim.options.connect_timeout)
        return "no CONNECT has arrived in time";
    if (m->attach_from_ms != NEVER &&
        now >= m->attach_from_ms + LIMIT_ATTACHMENTS_MS)
        return "an attachment is missing";
    return NULL;
}

const char *model_may_end(const struct model *m, int64_t now) {
    const struct endpoint *all[] = {&m->poll, &m->post, &m->ws};
    if (sim.shut) return "the server ends";
    if (memory_has_failed()) return "memory was short";
    if (m->fault) return m->fault;
    for (int i = 0; i < 3; i++)
        if (all[i]->cable &&
            (all[i]->cable->stalled || all[i]->cable->overflowed))
            return "it does not read";
    if (m->late_post == 1 && now >= m->late_post_ms + LIMIT_BODY_MS)
        return "its POST timed out";
    if (m->expected_bytes > LIMIT_UNSENT / 2) return "its queue is full";
    if (sim.were_full) return "the queues of all are full";
    return timeout_reason(m, now);
}

void model_end(struct model *m, const char *why, int64_t now) {
    if (m->phase == ENDED) return;
    trace(m->number, NO_LINK, "is over", -1, span_from(why));
    m->phase = ENDED;
    if (!m->fault) m->fault = why;
    m->ended_ms = now + (prng_percent(50) ? 0 : prng_between(1, 3000));
    /* The server never reads the fault, or perhaps not: without memory it drops
     * connections unread. */
    if (m->pending.end > 0 || memory_has_failed()) m->must_end = false;
    buf_free(&m->pending);
}

/* Are there bytes that the server has not read? */
static bool has_unread(const struct model *m) {
    const struct endpoint *all[] = {&m->poll, &m->post, &m->ws};
    for (int i = 0; i < 3; i++) {
        const struct cable *w = all[i]->cable;
        if (w && (w->waiting || w->in.end > w->in.start)) return true;
    }
    return false;
}

/* Closes the connections of a session that has ended, after ended_ms. */
static void finish(struct model *m, int64_t now) {
    bool unput = m->poll.out.end || m->post.out.end || m->ws.out.end;
    if (now < m->ended_ms || (unput && now < m->ended_ms + 1000)) return;
    /* The server never reads what a reset discards. */
    if (unput || (!m->starts_websocket && has_unread(m))) m->must_end = false;
    endpoint_shut(&m->poll, prng_percent(30));
    endpoint_shut(&m->post, prng_percent(30));
    endpoint_shut(&m->ws, prng_percent(30));
    if (m->joined == 0 && !cable_server_has(m->number)) model_free(m);
}

/* Lets a hasty client begin a POST before the upgrade, which it completes
 * later: the server refuses it, and the session goes on. False: it is too early
 * for the 5. */
static bool post_late(struct model *m, int64_t now) {
    struct request r = {
        .kind = QUERY_OTHER, .is_partial = true, .status = {400, 200, 408}};
    const struct cable *w = m->post.cable;
    if (!m->is_hasty || m->is_single || m->late_post == 2) return true;
    if (m->late_post == 1)
        return w && !w->waiting && w->in.end == 0 && m->post.out.end == 0;
    if (!model_ready(m, &m->post, now)) return false;
    m->late_post = 1;
    m->late_post_ms = now;
    model_request(&m->post, r, "POST", model_target(m, "polling"),
                  "Content-Length: 3\r\n", span_from("6"));
    return false;
}

static void complete_late_post(struct model *m, int64_t now) {
    if (m->late_post != 1 || !m->post.cable || m->post.count == 0) return;
    const char *why = model_may_end(m, now);
    if (why && !m->fault) m->fault = why; /* that remains the reason */
    m->late_post = 2;
    endpoint_write(&m->post, span_from("\x1e"
                                       "6"));
}

/* Closes the polling connections some time after the upgrade. */
static void leave_polling(struct model *m) {
    if (m->poll.count > 0 || m->post.count > 0 || !prng_percent(10)) return;
    endpoint_shut(&m->poll, prng_percent(50));
    endpoint_shut(&m->post, prng_percent(50));
}

/* Completes an upgrade that is SWITCHING, when no request is under way. */
static void complete_upgrade(struct model *m, int64_t now) {
    if (m->phase == WEBSOCKET || m->phase == POLLING)
        complete_late_post(m, now);
    if (m->phase == WEBSOCKET) leave_polling(m);
    if (m->phase != SWITCHING || m->ws.has_closed) return;
    if ((m->post.count > 0 && m->late_post == 0) ||
        (m->is_single && m->poll.count > 0))
        return;
    if (m->poll.count > 0) { /* hasty: only if the server has read the GET */
        const struct request *q = endpoint_oldest(&m->poll);
        const struct cable *w = m->poll.cable;
        if (!m->is_hasty || q->put_ms == -1 || !w) return;
        if (w->waiting || w->in.end > w->in.start) return;
    }
    if (!post_late(m, now)) return;
    endpoint_send(&m->ws, FRAME_TEXT, span_from("5"));
    m->five = (struct mark){&m->ws, m->ws.written};
    m->phase = WEBSOCKET;
}

static void act(struct model *m, int64_t now) {
    if (m->phase < POLLING || m->phase > WEBSOCKET || now < m->next_act) return;
    m->next_act = now + 1 + (int64_t)prng_below((uint32_t)m->think_ms * 2);
    if (m->fault) { /* it was sent, unless it waits for a POST */
        if (m->pending.end == 0) model_end(m, m->fault, now);
    } else if (m->acts_left > 0) {
        m->acts_left--;
        model_act(m, now);
    } else if (m->is_malicious) {
        model_break(m, now);
    }
}

static void schedule(struct model *m, int64_t now) {
    const struct endpoint *all[] = {&m->poll, &m->post, &m->ws};
    int64_t wake = now + 2000;
    if (m->phase == ENDED) wake = m->ended_ms > now ? m->ended_ms : now + 50;
    if (m->phase >= POLLING && m->phase <= STRANGER && m->next_act < wake)
        wake = m->next_act;
    if (m->phase >= POLLING && m->phase <= PROBED && m->next_poll > now &&
        m->next_poll < wake)
        wake = m->next_poll;
    for (int i = 0; i < 3; i++) {
        const struct endpoint *e = all[i];
        if (!e->cable) continue;
        if (e->out.end > e->out.start && !e->is_held && wake > now + 5)
            wake = now + prng_between(1, 5);
        bool unread = e->cable->out.end > e->cable->out.start;
        if (unread && e->rate > 0 && wake > now + 250) wake = now + 250;
        if (e->cable->out_end && wake > now + 9) wake = now + 9;
    }
    m->wake = wake > now ? wake : now + 1;
}

void model_wake(struct model *m, int64_t now) {
    if (m->phase == ABSENT) return;
    model_receive(m, now);
    if (m->phase == STRANGER) {
        if (now >= m->next_act) stranger_act(m, now);
    } else if (m->phase == ENDED) {
        finish(m, now);
    } else {
        act(m, now);
        complete_upgrade(m, now);
        model_flush(m, now);
        model_poll(m, now);
    }
    if (m->phase == ABSENT) return;
    model_push(m, now);
    schedule(m, now);
}
