/*
 * engine_client.c: see socketio/engine_client.h
 *
 *   engine_client_next   next_packet -> handle_packet -> event
 *                        then resume: the next GET, POST or step of the upgrade
 */
#include "socketio/engine_client_inside.h"

#include <assert.h>
#include <stdio.h>

#define NOTHING ((struct span){0})

void engine_client_init(struct engine_client *c,
                        const struct engine_client_options *options,
                        const uint8_t seed[MASKS_SEED]) {
    *c = (struct engine_client){.options = options, .is_reported = true};
    assert(strlen(options->path) < 256);
    masks_init(&c->random, seed);
    /* Space for a request head and LIMIT_COLLECTED bytes in base64. */
    for (unsigned i = 0; i < ENGINE_CLIENT_CONNS; i++)
        buf_init(&c->dials[i].out, LIMIT_HTTP_HEAD + 2 * LIMIT_COLLECTED);
}

void engine_client_free(struct engine_client *c) {
    for (unsigned i = 0; i < ENGINE_CLIENT_CONNS; i++) {
        c->dials[i].number = 0;
        buf_free(&c->dials[i].out);
    }
    poller_free(&c->poller);
    client_free(&c->websocket);
    c->state = ENGINE_STATE_CLOSED;
}

/* The target of a request: "/socket.io/?EIO=4&transport=polling&sid=x" */
static void write_target(const struct engine_client *c, const char *transport,
                         char target[POLLER_TARGET]) {
    snprintf(target, POLLER_TARGET, "%s?EIO=4&transport=%s%s%s",
             c->options->path, transport, *c->sid ? "&sid=" : "", c->sid);
}

/* Dials the WebSocket and writes its handshake. */
static void dial_websocket(struct engine_client *c) {
    struct dial *d = &c->dials[ENGINE_CLIENT_WEBSOCKET];
    uint8_t seed[CLIENT_SEED];
    for (size_t i = 0; i < sizeof seed; i += MASKS_KEY)
        memcpy(seed + i, masks_next(&c->random), MASKS_KEY);
    write_target(c, "websocket", c->target);
    struct client_options options = {.host = c->options->host,
                                     .target = c->target,
                                     .max_message = c->options->max_message};
    buf_clear(&d->out);
    d->number = ++c->poller.dialed;
    client_open(&c->websocket, &options, seed, &d->out);
}

void engine_client_open(struct engine_client *c, int64_t now) {
    assert(c->state == ENGINE_STATE_CLOSED);
    client_free(&c->websocket);
    poller_open(&c->poller, c->dials, c->options->host,
                c->options->max_message);
    c->sid[0] = '\0';
    c->is_reported = false;
    c->state = ENGINE_STATE_OPENING;
    c->max_payload = UINT32_MAX;
    c->is_websocket = c->options->transport == TRANSPORT_WEBSOCKET;
    c->deadline_ms =
        now + (c->options->answer_ms < LIMIT_OPEN_MS ? c->options->answer_ms
                                                     : LIMIT_OPEN_MS);
    write_target(c, "polling", c->poller.target);
    if (c->is_websocket)
        dial_websocket(c);
    else
        poller_get(&c->poller);
}

void engine_client_fail(struct engine_client *c, const char *why,
                        struct span detail) {
    if (c->state == ENGINE_STATE_CLOSED) return;
    c->state = ENGINE_STATE_CLOSED;
    c->why = why;
    c->detail = detail;
    for (unsigned i = 0; i < ENGINE_CLIENT_CONNS; i++) c->dials[i].number = 0;
}

/* If an upgrade fails, polling goes on. */
void engine_client_abandon_probe(struct engine_client *c) {
    c->dials[ENGINE_CLIENT_WEBSOCKET].number = 0;
    client_free(&c->websocket);
    c->poller.is_paused = false;
    c->state = ENGINE_STATE_POLLING;
}

bool engine_client_send_packet(struct engine_client *c, bool is_binary,
                               const struct span *parts, size_t k) {
    unsigned opcode = is_binary ? FRAME_BINARY : FRAME_TEXT;
    bool ok = c->is_websocket
                  ? client_send(&c->websocket, opcode, parts, k,
                                &c->dials[ENGINE_CLIENT_WEBSOCKET].out)
                  : poller_push(&c->poller, is_binary, parts, k);
    if (!ok) engine_client_fail(c, "out of memory", NOTHING);
    return ok;
}

int engine_client_check(const struct engine_client *c, bool is_binary,
                        size_t len, size_t before) {
    size_t collected =
        buf_view(&c->dials[ENGINE_CLIENT_WEBSOCKET].out).len + c->poller.queued;
    size_t size = c->is_websocket
                      ? len + !is_binary
                      : payload_size(is_binary, len + !is_binary, true);
    if (!engine_client_is_open(c)) return ENGINE_CLIENT_ERR_STATE;
    /* Engine.IO v4, "Handshake": maxPayload. The server would close. */
    if (size > c->max_payload) return ENGINE_CLIENT_ERR_TOO_BIG;
    return size + before + collected > LIMIT_COLLECTED ? ENGINE_CLIENT_ERR_FULL
                                                       : 0;
}

int engine_client_send(struct engine_client *c, bool is_binary,
                       const struct span *parts, size_t k) {
    struct span all[5] = {span_from(is_binary ? "" : "4")};
    size_t len = 0;
    assert(k <= 4);
    for (size_t i = 0; i < k; i++) len += (all[i + 1] = parts[i]).len;
    int error = engine_client_check(c, is_binary, len, 0);
    if (error) return error;
    return engine_client_send_packet(c, is_binary, all, k + 1)
               ? 0
               : ENGINE_CLIENT_ERR_FULL;
}

/* Answers a ping with a pong, unless the server does not read and output is
 * over the limit. */
static void answer_ping(struct engine_client *c, int64_t now) {
    struct span pong = span_from("3");
    c->silence_ms = now + c->heartbeat_ms;
    if (engine_client_check(c, true, 64, 0) == ENGINE_CLIENT_ERR_FULL)
        engine_client_fail(c, "the server does not read", NOTHING);
    else
        engine_client_send_packet(c, false, &pong, 1);
}

/* Handles the open packet. True: *e is an event. */
static bool handle_open(struct engine_client *c, struct span json, int64_t now,
                        struct engine_client_event *e) {
    struct open_packet open;
    if (open_packet_parse(&open, json) != 0) {
        engine_client_fail(c, "not an open packet", json);
        return false;
    }
    memcpy(c->sid, open.sid.data, open.sid.len);
    c->sid[open.sid.len] = '\0';
    c->max_payload = c->poller.max_payload = open.max_payload;
    c->heartbeat_ms = (uint32_t)open.heartbeat_ms;
    c->silence_ms = now + open.heartbeat_ms;
    c->state = c->is_websocket ? ENGINE_STATE_WEBSOCKET : ENGINE_STATE_POLLING;
    write_target(c, "polling", c->poller.target);
    if (open.has_websocket && c->options->transport == TRANSPORT_UPGRADE) {
        c->state = ENGINE_STATE_PROBING;
        c->deadline_ms = now + LIMIT_PROBE_MS;
        dial_websocket(c);
    }
    *e = (struct engine_client_event){.type = ENGINE_CLIENT_OPENED};
    return true;
}

/* Handles a packet. True: *e is an event. Engine.IO v4, "Protocol": the first
 * character of a text is the type; a binary packet is a message. */
static bool handle_packet(struct engine_client *c,
                          const struct payload_packet *packet, int64_t now,
                          struct engine_client_event *e) {
    struct span text = packet->bytes;
    uint8_t type = packet->is_binary ? 'b' : text.len > 0 ? text.data[0] : '\0';
    bool is_opening = c->state == ENGINE_STATE_OPENING;
    if (c->state == ENGINE_STATE_CLOSING) return false;
    if (type == '0' && is_opening)
        return handle_open(c, span_skip(text, 1), now, e);
    if ((type == '4' || type == 'b') && !is_opening) {
        *e = (struct engine_client_event){
            .type = ENGINE_CLIENT_MESSAGE,
            .is_binary = packet->is_binary,
            .payload = span_skip(text, !packet->is_binary)};
        return true;
    }
    if (type == '1')
        engine_client_fail(c, "the server closed the session", NOTHING);
    else if (type == '2' && !is_opening)
        answer_ping(c, now);
    else if (type != '6' || is_opening)
        engine_client_fail(c, "not a packet that is expected here", text);
    return false;
}

/* Handles an event of the WebSocket in PROBING or SWITCHING. */
static void handle_probe(struct engine_client *c,
                         const struct client_event *from) {
    struct span probe = span_from("2probe");
    if (from->type == CLIENT_OPENED) {
        client_send(&c->websocket, FRAME_TEXT, &probe, 1,
                    &c->dials[ENGINE_CLIENT_WEBSOCKET].out);
    } else if (from->type == CLIENT_MESSAGE &&
               c->state == ENGINE_STATE_PROBING &&
               span_equal(from->payload, span_from("3probe"))) {
        c->state = ENGINE_STATE_SWITCHING;
        c->poller.is_paused = true;
    } else if (from->type != CLIENT_PONG) {
        engine_client_abandon_probe(c);
    }
}

/* Like poller_next, for the WebSocket. */
static int next_message(struct engine_client *c, struct span *in,
                        struct payload_packet *packet) {
    struct client_event from;
    while (client_next(&c->websocket, in, &from,
                       &c->dials[ENGINE_CLIENT_WEBSOCKET].out)) {
        if (engine_client_is_probing(c)) {
            handle_probe(c, &from);
        } else if (from.type == CLIENT_CLOSED && from.why) {
            engine_client_fail(c, from.why, from.payload);
            return 0; /* the payload is valid until the next client_next */
        } else if (from.type == CLIENT_MESSAGE) {
            packet->is_binary = from.opcode == FRAME_BINARY;
            packet->bytes = from.payload;
            return 1;
        }
    }
    return 0;
}

static int next_packet(struct engine_client *c, unsigned conn, struct span *in,
                       int64_t now, struct payload_packet *packet) {
    if (in->len > 0 && c->dials[conn].number == 0) in->len = 0;
    if (conn == ENGINE_CLIENT_WEBSOCKET && in->len > 0)
        return next_message(c, in, packet);
    if (c->is_websocket) return 0;
    int got = poller_next(&c->poller, conn, in, now, packet);
    /* After the client's "1" a GET may end in any way. */
    if (got < 0 && c->state == ENGINE_STATE_CLOSING && conn == POLLER_GET) {
        c->dials[POLLER_GET].number = 0;
        return 0;
    }
    if (got < 0) engine_client_fail(c, c->poller.why, c->poller.detail);
    return got;
}

/* Completes SWITCHING: sends "5" and the queued packets on the WebSocket. */
static void complete_upgrade(struct engine_client *c) {
    struct span upgrade = span_from("5");
    struct queue *queue = c->poller.queue;
    c->is_websocket = true;
    c->state = ENGINE_STATE_WEBSOCKET;
    poller_hang_up(&c->poller);
    engine_client_send_packet(c, false, &upgrade, 1);
    for (uint32_t i = 0; queue && i < queue->count; i++) {
        struct span packet = shared_view(queue->packets[i]);
        engine_client_send_packet(c, queue->packets[i]->is_binary, &packet, 1);
    }
    queue_free(&c->poller.queued, &c->poller.queue);
}

/* Does the next step after all input: an upgrade, a GET or a POST. True: *e is
 * an event. */
static bool resume(struct engine_client *c, int64_t now,
                   struct engine_client_event *e) {
    if (c->state == ENGINE_STATE_SWITCHING && poller_is_idle(&c->poller)) {
        complete_upgrade(c);
        *e = (struct engine_client_event){.type = ENGINE_CLIENT_UPGRADED};
        return c->state == ENGINE_STATE_WEBSOCKET;
    }
    if (c->state == ENGINE_STATE_CLOSED || c->is_websocket) return false;
    if (c->state == ENGINE_STATE_POLLING || c->state == ENGINE_STATE_PROBING)
        poller_get(&c->poller);
    poller_post(&c->poller, now);
    if (c->state == ENGINE_STATE_CLOSING && !c->poller.post.is_waiting)
        engine_client_fail(c, NULL, NOTHING);
    return false;
}

bool engine_client_next(struct engine_client *c, unsigned conn, struct span *in,
                        int64_t now, struct engine_client_event *e) {
    struct payload_packet packet;
    while (c->state != ENGINE_STATE_CLOSED &&
           next_packet(c, conn, in, now, &packet) > 0)
        if (handle_packet(c, &packet, now, e)) return true;
    if (resume(c, now, e)) return true;
    if (c->state != ENGINE_STATE_CLOSED) return false;
    in->len = 0;
    if (c->is_reported) return false;
    c->is_reported = true;
    *e = (struct engine_client_event){
        .type = ENGINE_CLIENT_CLOSED, .why = c->why, .payload = c->detail};
    return true;
}
