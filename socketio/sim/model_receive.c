/*
 * model_receive.c: reads and checks what a client receives
 */
#include <stdio.h>
#include <stdlib.h>

#include "socketio/sim/memory.h"
#include "socketio/sim/model_act.h"
#include "socketio/sim/model_send.h"
#include "socketio/sim/prng.h"
#include "socketio/sim/sim.h"
#include "websocket/base64.h"

static bool begins_with(struct span s, const char *text) {
    return s.len >= strlen(text) && memcmp(s.data, text, strlen(text)) == 0;
}

static bool ends_with(struct span s, const char *text) {
    size_t n = strlen(text);
    return s.len >= n && memcmp(s.data + s.len - n, text, n) == 0;
}

/* Ends a client whose session the server has ended. RULE: there is a reason. */
static void ended(struct model *m, const char *how, int64_t now) {
    const char *why = model_may_end(m, now);
    if (!why) model_fail(m, "a session ends only by its own peer", how);
    model_end(m, why, now);
}

/* Replaces the end of message, from offset n on. */
static struct span end_with(struct span message, size_t n, const char *end) {
    memcpy(message.data + n, end, strlen(end));
    return (struct span){message.data, n + strlen(end)};
}

/* 40{"sid":"...","pid":"..."}: removes the two ids of 20 bytes, which differ
 * each time. RULE: with recovery there is a pid, unless memory has failed. */
static struct span without_ids(struct model *m, struct span message) {
    static const char pid[] = "\",\"pid\":\"";
    size_t n = message.len - 20 - 2, both = 20 + sizeof pid - 1;
    bool has_pid = n > both && memcmp(message.data + n - strlen(pid), pid,
                                      strlen(pid)) == 0;
    bool is_expected = sim.options.recovery_ms > 0;
    if (has_pid != is_expected && !memory_has_failed())
        model_fail(m, "each socket has a pid if recovery is on",
                   is_expected ? "it has none" : "recovery is off");
    return end_with(message, has_pid ? n - both : n, "\"}");
}

/* 42["name",...] or 42/custom,["name",...], but not 427["name",...]; with
 * attachments 451-["name",...]. */
static bool wants_no_ack(struct span message) {
    uint8_t *array = memchr(message.data, '[', message.len);
    if (!array || (!begins_with(message, "42") && !begins_with(message, "45")))
        return false;
    size_t n = (size_t)(array - message.data);
    return n == 2 || array[-1] == ',' || array[-1] == '-';
}

/* RULE: with recovery an event ends with the argument "EPOCH.N", and N rises.
 * Removes it: the application has not sent it. */
static struct span without_offset(struct model *m, struct span message) {
    size_t n = message.len;
    while (n > 0 && message.data[n - 1] != ',') n--;
    struct span last = span_skip(message, n);
    if (n == 0 || last.len < 13 || !begins_with(last, "\"") ||
        last.data[9] != '.' || !ends_with(last, "\"]"))
        model_fail(m, "each event has an offset if recovery is on",
                   "it has none");
    uint64_t offset = strtoull((char *)last.data + 10, NULL, 10);
    if (offset <= m->offset)
        model_fail(m, "the offsets of a client rise", "this is not higher");
    m->offset = offset;
    return end_with(message, n - 1, "]");
}

/* Handles an event, an ack, a CONNECT or an attachment, which must be the next
 * in the ledger. */
static void receive_message(struct model *m, bool binary, struct span message) {
    sim.messages++;
    if (m->is_confused) return;
    /* A refusal by the application is in the ledger, too. */
    if (!binary && begins_with(message, "44") &&
        !ends_with(message, "today\\\"\"}")) {
        if (m->errors_due-- == 0)
            model_fail(m, "nothing arrives that was not sent", "CONNECT_ERROR");
        return;
    }
    if (!binary && begins_with(message, "40") && message.len > 30)
        message = without_ids(m, message);
    else if (!binary && sim.options.recovery_ms > 0 && wants_no_ack(message))
        message = without_offset(m, message);
    /* A client that is ending may miss a broadcast of the same turn. */
    bool got = m->fault ? ledger_pop_after_broadcasts(&m->expected,
                                                      ledger_message(message))
                        : ledger_pop(&m->expected, ledger_message(message));
    if (got) {
        m->expected_bytes -=
            message.len < m->expected_bytes ? message.len : m->expected_bytes;
        if (!binary && begins_with(message, "42"))
            model_acknowledge(m, message);
        if (!binary && begins_with(message, "41"))
            model_was_expelled(m, message);
        return;
    }
    char detail[160];
    struct entry due = {0};
    if (!ledger_is_empty(&m->expected)) due = ledger_first(&m->expected);
    snprintf(detail, sizeof detail,
             "received %zu bytes \"%.*s\", due are %u bytes", message.len,
             (int)(message.len < 60 ? message.len : 60),
             (const char *)message.data, (unsigned)due.size);
    model_fail(m, "events reach a client in order and at most once", detail);
}

/* Handles the open packet: {"sid":"...",...} */
static void receive_open(struct model *m, struct span packet, int64_t now) {
    if (m->sid[0]) model_fail(m, "a session is opened once", "another open");
    if (!begins_with(packet, "0{\"sid\":\"") || packet.len < 40)
        model_fail(m, "a session is opened once", "this is no open packet");
    memcpy(m->sid, packet.data + 9, 20);
    m->sid[20] = '\0';
    m->phase = m->starts_websocket ? WEBSOCKET : POLLING;
    m->pong_read_ms = now;
    if (m->is_malicious && prng_percent(15))
        m->acts_left = 0; /* never joins */
    else
        model_join(m, 0);
}

static void receive_ping(struct model *m, struct endpoint *from) {
    if (m->is_mute) return;
    model_send(m, false, span_from("3"));
    if (m->phase == WEBSOCKET)
        m->pong = (struct mark){from, from->written};
    else
        m->pong_pending = true;
}

/* Handles a packet of Engine.IO. */
static void receive_packet(struct model *m, struct endpoint *from, bool binary,
                           struct span packet, int64_t now) {
    if (m->phase == ENDED) {
        if (binary || (packet.len > 0 && packet.data[0] == '4'))
            receive_message(m, binary, packet);
    } else if (binary) {
        receive_message(m, binary, packet);
    } else if (packet.len == 0) {
        model_fail(m, "the server writes good packets", "an empty packet");
    } else if (packet.data[0] == '4') {
        m->noops = 0;
        receive_message(m, binary, packet);
    } else if (packet.data[0] == '0') {
        receive_open(m, packet, now);
    } else if (packet.data[0] == '2' && packet.len == 1) {
        receive_ping(m, from);
    } else if (packet.data[0] == '1') {
        ended(m, "the server closes it", now);
    } else if (packet.data[0] == '6' && packet.len == 1) {
        /* One or two noops may be from an upgrade that was given up. */
        m->noops = m->phase == POLLING ? m->noops + 1 : 0;
        if (m->noops > 3)
            model_fail(m, "a GET waits until there is something", "noops");
    } else {
        model_fail(m, "the server writes good packets", "an unknown packet");
    }
}

/* Handles the response to a GET: packets with 0x1e between them. */
static void receive_payload(struct model *m, struct span body, int64_t now) {
    for (;;) {
        uint8_t *end = body.len ? memchr(body.data, 0x1e, body.len) : NULL;
        size_t n = end ? (size_t)(end - body.data) : body.len;
        struct span packet = {body.data, n};
        bool binary = n > 0 && packet.data[0] == 'b';
        if (binary) {
            packet = span_skip(packet, 1);
            ssize_t size = base64_decode((const char *)packet.data, packet.len,
                                         packet.data);
            if (size < 0)
                model_fail(m, "the server writes good packets", "base64");
            packet.len = (size_t)size;
        }
        receive_packet(m, &m->poll, binary, packet, now);
        if (!end) return;
        body = span_skip(body, n + 1);
    }
}

static void receive_response(struct model *m, const struct request *q,
                             const struct response *r, int64_t now) {
    if (q->kind == QUERY_OPEN && r->status == 200) {
        receive_packet(m, &m->poll, false, r->body, now);
    } else if (q->kind == QUERY_POLL && r->status == 200) {
        receive_payload(m, r->body, now);
    } else if (q->kind == QUERY_POST && r->status == 200) {
        if (!span_equal(r->body, span_from("ok")))
            model_fail(m, "the response to a POST is ok", "another body");
    } else if (q->kind == QUERY_UPGRADE && r->status == 101) {
        if (m->phase != PROBING) return;
        m->phase = PROBED;
        if (m->probe_ms < m->ws.cable->accepted_ms)
            m->probe_ms = m->ws.cable->accepted_ms;
        if (m->is_malicious && prng_percent(20)) return; /* sends nothing */
        endpoint_send(&m->ws, FRAME_TEXT, span_from("2probe"));
    } else if (q->kind == QUERY_UPGRADE && m->sid[0]) {
        if (m->phase != ENDED) ended(m, "its upgrade is refused", now);
    } else if (r->status == 503 && m->phase == OPENING) {
        model_end(m, "the server is full", now);
    } else if (q->kind != QUERY_OTHER && m->phase != ENDED) {
        ended(m, "a request for it is refused", now);
    }
}

/* Handles a message on the WebSocket of an upgrade that is not complete. */
static void handle_probe(struct model *m, const struct conn_event *e) {
    if (m->phase == PROBED && e->type == CONN_MESSAGE &&
        span_equal(e->payload, span_from("3probe"))) {
        m->phase = SWITCHING;
        return;
    }
    model_fail(m, "the server sends 3probe after 2probe", "it does not");
}

/* The server has closed the WebSocket. */
static void handle_close(struct model *m, int64_t now) {
    bool is_probe = m->phase >= PROBING && m->phase <= SWITCHING;
    if (m->phase == ENDED) return;
    if (!is_probe) {
        ended(m, "its WebSocket is closed", now);
        return;
    }
    if (now < m->probe_ms + sim.options.engine.upgrade_timeout &&
        !model_may_end(m, now))
        model_fail(m, "an upgrade has its time", "it is closed earlier");
    m->phase = POLLING;
    m->upgrades = false;
}

static void receive_messages(struct model *m, int64_t now) {
    struct conn_event e;
    while (endpoint_message(&m->ws, &e)) {
        if (e.type == CONN_CLOSED)
            handle_close(m, now);
        else if (e.type != CONN_MESSAGE)
            model_fail(m, "the server sends messages", "a ping or a pong");
        else if (m->phase >= PROBING && m->phase <= SWITCHING)
            handle_probe(m, &e);
        else if (m->phase == OPENING || m->phase >= WEBSOCKET)
            receive_packet(m, &m->ws, e.opcode == FRAME_BINARY, e.payload, now);
    }
}

/* RULE: each request has its response before the connection ends. */
static void check_end(struct model *m, struct endpoint *e, int64_t now) {
    const struct cable *w = e->cable;
    const struct request *q = endpoint_oldest(e);
    if (w->stalled || w->overflowed || sim.shut || memory_has_failed()) return;
    if (m->phase == ENDED && m->fault && e->is_websocket) return;
    if (e->in.end > e->in.start && !e->is_closed && !e->message_size)
        model_fail(m, "each request has one response, in order",
                   "the response is incomplete");
    if (e->is_websocket && !e->is_closed && !model_may_end(m, now))
        model_fail(m, "a session ends only by its own peer",
                   "TCP ends without a close frame");
    if (e->is_websocket || e->close_promised) return;
    if (q && q->put_ms != -1 && q->put_ms < w->drained_ms + 5000)
        model_fail(m, "each request has one response, in order",
                   "the connection ends without a response");
    int64_t least = e->got_any ? 5000 : 10000;
    if (!q && w->ended_ms < w->drained_ms + least)
        model_fail(m, "an idle connection has its time", "it is ended earlier");
}

static void receive(struct model *m, struct endpoint *e, int64_t now) {
    struct response r;
    struct request q;
    endpoint_receive(e);
    while (endpoint_response(e, &r, &q)) receive_response(m, &q, &r, now);
    if (e == &m->ws) receive_messages(m, now);
    if (!endpoint_has_ended(e)) return;
    check_end(m, e, now);
    bool was_probe =
        e == &m->ws && m->phase >= PROBING && m->phase <= SWITCHING;
    bool was_session = e == &m->ws && m->phase == WEBSOCKET;
    bool broken = e->count > 0 && !e->close_promised && m->phase != ENDED;
    endpoint_shut(e, false);
    if (was_probe) m->phase = POLLING, m->upgrades = false;
    if (was_session || (broken && !was_probe))
        ended(m, "its connection is ended", now);
}

void model_receive(struct model *m, int64_t now) {
    receive(m, &m->poll, now);
    receive(m, &m->post, now);
    /* Packets of the last GET are older than those on the WebSocket. */
    if (m->phase >= WEBSOCKET && m->poll.count > 0 && m->poll.cable) return;
    receive(m, &m->ws, now);
}
