/*
 * checks.c: invariants after every turn, and at the end of a run
 *
 * model_receive.c checks what a client receives. This file checks that the
 * server meets its deadlines, and that its memory stays within limits.
 */
#include <stdio.h>

#include "socketio/backlog.h"
#include "socketio/session.h"
#include "socketio/sim/memory.h"
#include "socketio/sim/model.h"
#include "socketio/sim/sim.h"

/* The server may need this many turns for what is due. A broadcast may need
 * more turns to reach all clients. */
#define MAX_STALLED_TURNS 3

static unsigned max_stalled_turns(void) {
    uint32_t round = sim.options.engine.max_receivers;
    return MAX_STALLED_TURNS + (round ? 2 * sim.model_count / round : 0);
}

/* Has the server read all input, and has all its output arrived? */
static bool is_quiet(const struct endpoint *e) {
    if (!e->cable) return true;
    return cable_is_quiet(e->cable) && e->out.end == e->out.start;
}

/* Should the oldest request of e have a response by now? */
static bool lacks_response(const struct model *m, const struct endpoint *e) {
    if (!e->cable || e->count == 0 || e->close_promised) return false;
    const struct request *q = &e->requests[e->first];
    if (q->is_partial || q->put_ms == -1 || e->cable->out_end) return false;
    if (q->kind != QUERY_POLL) return true;
    if (m->is_confused) return false;
    return m->phase == SWITCHING ||
           (m->must_end && !m->joined && !m->pending.end) ||
           (m->phase == POLLING && !ledger_is_empty(&m->expected));
}

/* Should the client have received a ping by now? */
static bool is_ping_missing(const struct model *m, int64_t now) {
    if (m->phase != WEBSOCKET || m->ws.cable == NULL || m->pong_is_unread)
        return false;
    if (m->is_mute || m->pong.end || m->fault || m->five.end) return false;
    return now > m->pong_read_ms + sim.options.engine.ping_interval + 1;
}

/* Has the server kept a connection for too long that is idle, or whose request
 * head is incomplete? */
static bool is_kept_too_long(const struct endpoint *e, bool is_head,
                             int64_t now) {
    if (!e->cable || !e->cable->server_open || e->is_websocket) return false;
    if (e->cable->out_end || (e->count > 0 && !is_head)) return false;
    int64_t from = e->count > 0 ? e->first_put_ms : e->cable->drained_ms;
    int64_t largest = e->got_any ? LIMIT_IDLE_MS : LIMIT_HEAD_MS;
    /* The server reads the first byte of a head after the accept. */
    if (e->count > 0 && from < e->cable->accepted_ms)
        from = e->cable->accepted_ms;
    return from != -1 && now > from + largest + (e->count > 0 ? 35000 : 0);
}

static const char *overdue_reason(const struct model *m, int64_t now) {
    if (lacks_response(m, &m->poll) || lacks_response(m, &m->post) ||
        lacks_response(m, &m->ws))
        return "a request has no response";
    if (is_kept_too_long(&m->poll, m->phase == STRANGER, now) ||
        is_kept_too_long(&m->post, false, now))
        return "an idle connection should have ended";
    /* RFC 6455 §7.1.1: the server ends TCP after the close frames. */
    if (m->ws.cable && m->ws.is_closed && !m->ws.cable->out_end)
        return "TCP should have ended after the close frames";
    bool known = m->poll.cable || m->ws.cable || !cable_server_has(m->number);
    if (m->must_end && m->joined && m->pending.end == 0 && known)
        return "its session should have ended";
    if (m->phase == ENDED || m->phase == STRANGER || m->fault || sim.shut)
        return NULL;
    if (m->phase == WEBSOCKET && !ledger_is_empty(&m->expected))
        return "a message has not arrived";
    /* The server does not report an ack after its time-out. */
    if (m->pending.end == 0 && !ledger_is_empty(&m->sent) &&
        (ledger_first(&m->sent).ack == -1 ||
         application_awaits_ack(ledger_first(&m->sent).ack)))
        return "the application has not received an event";
    return is_ping_missing(m, now) ? "a ping has not arrived" : NULL;
}

static void check_model(struct model *m, int64_t now) {
    bool quiet = is_quiet(&m->poll) && is_quiet(&m->post) && is_quiet(&m->ws);
    if (m->pong_is_unread && quiet) {
        m->pong_read_ms = now;
        m->pong_is_unread = false;
    }
    const char *due = quiet ? overdue_reason(m, now) : NULL;
    if (!due || !joint_is_behind())
        m->stalled_turns = due ? m->stalled_turns + 1 : 0;
    if (m->stalled_turns > max_stalled_turns())
        model_fail(m, "what is due happens", due);
}

/* RULE: a session without pongs ends, and the end of a session is reported. */
static void check_dead(const struct model *m, int64_t now) {
    const struct engine_options *o = &sim.options.engine;
    if (m->phase != ENDED || !m->joined || m->pong_ms == NEVER) return;
    if (m->poll.cable || m->post.cable || m->ws.cable) return;
    if (now > m->ended_ms + 2 * (int64_t)(o->ping_interval + o->ping_timeout) +
                  120000)
        model_fail(m, "a session without pongs ends", "it has not ended");
}

/* Memory allocated at the start or kept between turns: the tables, empty
 * connections and sessions, the outbox of the last round, and the backlog of
 * recovery. */
static size_t memory_kept(void) {
    const struct engine_options *o = &sim.options.engine;
    size_t recovery =
        sim.options.recovery_ms > 0 ? LIMIT_BACKLOG + (size_t)1024 * 1024 : 0;
    return (o->max_conns + o->max_sessions) * (size_t)400 + 100000 +
           3 * (size_t)1024 * 1024 + recovery;
}

/* Memory for incomplete input of a connection: bytes that the client has put
 * and that have no response, in a buffer that doubles. */
static size_t input_of(const struct endpoint *e) {
    size_t largest = (size_t)sim.options.engine.max_payload + LIMIT_HTTP_HEAD;
    if (!e->cable) return 0;
    if (e->is_websocket) return 2 * (size_t)sim.message_max;
    if (e->count == 0) return e->cable->server_open ? LIMIT_HTTP_HEAD : 0;
    size_t under_way = e->put - e->requests[e->first].begin;
    return 2 * (under_way < largest ? under_way : largest);
}

/* RULE: all queues together hold each packet once, and at most LIMIT_QUEUES
 * bytes. The only other memory is incomplete input. */
static void check_memory(void) {
    char detail[100];
    size_t limit = memory_kept();
    limit += sim.emitted < LIMIT_QUEUES ? sim.emitted : LIMIT_QUEUES;
    for (int i = 0; i < MAX_MODELS; i++)
        if (models[i].phase != ABSENT)
            limit += input_of(&models[i].poll) + input_of(&models[i].post) +
                     input_of(&models[i].ws);
    /* Within a turn, each byte of traffic is in two buffers at most. */
    size_t in_turn = limit + 4 * joint_traffic(), peak = memory_peak();
    if (memory_held() <= limit && peak <= in_turn) return;
    snprintf(detail, sizeof detail, "%zu of %zu bytes, in the turn %zu of %zu",
             memory_held(), limit, peak, in_turn);
    trace_fail(NO_CLIENT, "memory stays within the limits", detail);
}

void checks_turn(int64_t now) {
    size_t expected = 0;
    for (int i = 0; i < MAX_MODELS; i++) {
        if (models[i].phase == ABSENT) continue;
        check_model(&models[i], now);
        check_dead(&models[i], now);
        expected += models[i].expected_bytes;
    }
    if (expected > LIMIT_QUEUES / 2) sim.were_full = true;
    check_memory();
}

/* All connections are lost and all time-outs have passed: only memory_kept()
 * may be left. */
void checks_end(void) {
    for (int i = 0; i < MAX_MODELS; i++)
        if (models[i].joined)
            model_fail(&models[i], "each client that joined leaves",
                       "it has not left");
    if (application_acks_awaited() > 0)
        trace_fail(NO_CLIENT, "an ack that does not arrive times out",
                   "it is awaited for ever");
    if (memory_held() > memory_kept())
        trace_fail(NO_CLIENT, "memory stays within the limits",
                   "too much is left when all have gone");
}
