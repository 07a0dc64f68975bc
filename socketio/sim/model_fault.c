/*
 * model_fault.c: the faults of a malicious client, which end its session
 *
 * must_end: the server must end the session as soon as it has read the fault.
 */
#include <stdio.h>

#include "socketio/sim/model_act.h"
#include "socketio/sim/model_send.h"
#include "socketio/sim/prng.h"
#include "socketio/sim/sim.h"

static void set_fault(struct model *m, const char *fault, bool must_end) {
    trace(m->number, NO_LINK, "breaks a rule", -1, span_from(fault));
    m->fault = fault;
    m->must_end = must_end;
}

static void cut(struct model *m) {
    /* A GET may have its response, or an upgrade may be incomplete. */
    set_fault(m, "it cuts its connections", m->starts_websocket);
    if (m->phase == WEBSOCKET) {
        endpoint_shut(&m->ws, prng_percent(50));
    } else {
        endpoint_shut(&m->poll, prng_percent(50));
        if (prng_percent(50)) endpoint_shut(&m->post, prng_percent(50));
    }
    model_end(m, m->fault, sim.now);
}

static void fall_silent(struct model *m) {
    set_fault(m, "it falls silent", false);
    m->is_mute = true;
}

/* Sends a packet that no client may send. */
static void send_bad_packet(struct model *m) {
    static const struct bad {
        const char *text;
        bool binary;
    } all[] = {
        {"2", false},         {"9", false},
        {"4", false},         {"47", false},
        {"42[1", false},      {"4x", false},
        {"bytes", true},      {"42/none,[\"e\"]", false},
        {"40{\"n\":", false}, {"451-[\"e\"]", false},
        {"44{}", false},
    };
    const struct bad *bad = &all[prng_below(sizeof all / sizeof *all)];
    set_fault(m, "it sends a bad packet", true);
    model_send(m, bad->binary, span_from(bad->text));
    if (m->phase == WEBSOCKET) return;
    endpoint_push(model_post_end(m), sim.now);
}

static void join_twice(struct model *m) {
    if (!(m->joined & m->requested & 1)) return;
    set_fault(m, "it joins a namespace twice", true);
    model_send(m, false, span_from("40"));
}

static void close_politely(struct model *m) {
    set_fault(m, "it sends a close packet", true);
    model_send(m, false, span_from("1"));
}

/* Sends an event without its attachment. */
static void forget_attachment(struct model *m) {
    set_fault(m, "it leaves an attachment out", false);
    model_send(
        m, false,
        span_from("451-[\"message\",{\"_placeholder\":true,\"num\":0}]"));
    if (!prng_percent(50)) return;
    m->must_end = true;
    model_send(m, false, span_from("42[\"message\",1]"));
}

static void send_bad_frame(struct model *m) {
    static const char *const frames[] = {
        "\x81\x01x", "\xff\x80\x01\x02\x03\x04", "\x83\x80\x01\x02\x03\x04",
        "\x80\x80\x01\x02\x03\x04", "\x09\x80\x01\x02\x03\x04"};
    set_fault(m, "it sends a bad frame", true);
    endpoint_write(&m->ws, span_from(frames[prng_below(5)]));
    endpoint_write(&m->ws, span_from("1234567890"));
}

static void close_websocket(struct model *m) {
    set_fault(m, "it closes the WebSocket", true);
    endpoint_send_close(&m->ws, prng_percent(50) ? 1000 : 1001);
}

/* Sends half a frame; then nothing, or ends the connection. */
static void stop_in_frame(struct model *m) {
    set_fault(m, "it stops within a frame", false);
    endpoint_write(&m->ws, span_from("\x81\xfe\x01"));
    endpoint_push(&m->ws, sim.now);
    m->ws.is_held = true;
    if (prng_percent(50)) endpoint_shut(&m->ws, prng_percent(50));
}

static void refused_post(struct model *m, struct endpoint *e,
                         const char *fields, const char *body) {
    struct request r = {.kind = QUERY_OTHER, .status = {400, 200, 408}};
    model_request(e, r, "POST", model_target(m, "polling"), fields,
                  span_from(body));
}

/* Sends a second GET while the first one waits. */
static void poll_twice(struct model *m, int64_t now) {
    if (m->poll.count == 0 || m->is_single || !model_ready(m, &m->post, now))
        return;
    set_fault(m, "it polls twice at once", false);
    m->is_confused = true;
    model_request(&m->post, (struct request){.kind = QUERY_POLL}, "GET",
                  model_target(m, "polling"), "", (struct span){0});
}

/* Sends a POST that the server refuses; the connection stays open. */
static void post_badly(struct model *m, int64_t now) {
    static const struct bad {
        const char *fields, *body;
    } all[] = {
        {"Content-Length: 1\r\n", "\x1e"},
        {"Content-Length: 0\r\n", ""},
        {"Content-Length: 1\r\n", "2"},
        {"Content-Length: 3\r\n", "4\xff\xfe"},
        {"Content-Length: 4\r\n", "b!!!"},
        {"Content-Length: 3\r\n", "6\x1e\x1e"},
        {"Content-Length: 4\r\nContent-Type: application/octet-stream\r\n",
         "abcd"},
    };
    struct endpoint *e = model_post_end(m);
    const struct bad *bad = &all[prng_below(sizeof all / sizeof *all)];
    if (!model_ready(m, e, now)) return;
    set_fault(m, "it sends a bad POST", true);
    refused_post(m, e, bad->fields, bad->body);
    m->ended_ms = now;
}

/* Sends a part of a POST; then nothing, or ends the connection. */
static void stop_in_post(struct model *m, int64_t now) {
    struct endpoint *e = model_post_end(m);
    struct request r = {
        .kind = QUERY_OTHER, .is_partial = true, .status = {408, 400, 200}};
    if (!model_ready(m, e, now)) return;
    set_fault(m, "it stops within a POST", false);
    model_request(e, r, "POST", model_target(m, "polling"),
                  "Content-Length: 100\r\n", span_from("4"));
    endpoint_push(e, now);
    if (prng_percent(50)) endpoint_shut(e, prng_percent(50));
}

static void break_websocket(struct model *m) {
    switch (prng_below(8)) {
    case 0:
        send_bad_frame(m);
        break;
    case 1:
        close_websocket(m);
        break;
    case 2:
        stop_in_frame(m);
        break;
    case 3:
        join_twice(m);
        break;
    case 4:
        forget_attachment(m);
        break;
    case 5:
        fall_silent(m);
        break;
    case 6:
        send_bad_packet(m);
        break;
    default:
        cut(m);
    }
}

static void break_polling(struct model *m, int64_t now) {
    switch (prng_below(10)) {
    case 0:
        poll_twice(m, now);
        break;
    case 1:
    case 2:
    case 3:
        post_badly(m, now);
        break;
    case 4:
        stop_in_post(m, now);
        break;
    case 5:
        close_politely(m);
        break;
    case 6:
        fall_silent(m);
        break;
    case 7:
        send_bad_packet(m);
        break;
    case 8:
        join_twice(m);
        break;
    default:
        cut(m);
    }
}

void model_break(struct model *m, int64_t now) {
    if (m->phase == WEBSOCKET)
        break_websocket(m);
    else if (m->phase == POLLING || m->phase == PROBED)
        break_polling(m, now);
    if (m->fault && m->phase != WEBSOCKET) model_flush(m, now);
}
