/*
 * engine_upgrade.c: WebSocket links, and the upgrade from polling
 *
 *   client                                   server
 *     | GET ...&transport=websocket&sid=... -> |  the probe: polling goes on
 *     | <- 101                                 |
 *     | 2probe ------------------------------> |
 *     | <- 3probe      (a waiting GET gets 6)  |  from now on no GET waits
 *     | 5 -----------------------------------> |  what is queued moves over
 *
 * Engine.IO v4, "Upgrade". The client sends 5 only when its last GET has been
 * answered, so nothing is lost and nothing overtakes.
 */
#include "socketio/engine_inside.h"
#include "websocket/handshake.h"

void websocket_send(struct engine *e, uint32_t link, bool binary,
                    struct span payload) {
    conn_send(mail_to(e, link), binary ? FRAME_BINARY : FRAME_TEXT, &payload, 1,
              NULL);
}

void websocket_close(struct engine *e, uint32_t link, unsigned code) {
    struct link *l = &e->links[link];
    conn_close(&l->ws, code, mail_to(e, link));
    timer_start(&e->closing, &l->timer, e->now);
}

/* Makes the link a WebSocket, or says why not. */
static bool shake_hands(struct engine *e, uint32_t link) {
    struct link *l = &e->links[link];
    int error = handshake_check(&e->request);
    unsigned status = error ? (unsigned)-error : 101;
    handshake_respond(mail_to(e, link), &e->request, status, NULL);
    if (status != 101) {
        link_end(e, link);
        return false;
    }
    timer_stop(&l->timer);
    conn_init_server(&l->ws, e->o.max_payload);
    l->state = LINK_WEBSOCKET;
    return true;
}

/* A session that begins with a WebSocket. */
static bool open_new(struct engine *e, uint32_t link, struct engine_event *ev) {
    char text[256];
    uint32_t slot = session_new(e, SESSION_WEBSOCKET);
    struct span greeting = {(uint8_t *)text, session_greeting(e, slot, text)};
    e->sessions[slot].link = link;
    e->links[link].session = slot;
    websocket_send(e, link, false, greeting);
    *ev = (struct engine_event){ENGINE_OPENED, slot, link, false, {0}};
    return true;
}

bool websocket_open(struct engine *e, uint32_t link, uint32_t slot,
                    struct engine_event *ev) {
    if (!shake_hands(e, link)) return false;
    if (slot == NONE) return open_new(e, link, ev);

    struct session *s = &e->sessions[slot];
    if (s->state == SESSION_WEBSOCKET || s->probe != NONE) {
        websocket_close(e, link, 1008);
        return false;
    }
    struct link *l = &e->links[link];
    s->probe = link;
    l->session = slot;
    timer_start(&e->probe, &l->timer, e->now);
    return false;
}

void websocket_give_up(struct engine *e, uint32_t link) {
    struct session *s = &e->sessions[e->links[link].session];
    e->links[link].session = NONE;
    s->probe = NONE;
    s->probed = false;
}

/* A message on a WebSocket that is not yet its session's. */
static void take_probe(struct engine *e, uint32_t link,
                       const struct conn_event *message) {
    uint32_t slot = e->links[link].session;
    struct session *s = &e->sessions[slot];
    bool text = message->opcode == FRAME_TEXT;
    struct span noop = span_from("6");
    if (text && !s->probed &&
        span_equal(message->payload, span_from("2probe"))) {
        s->probed = true;
        websocket_send(e, link, false, span_from("3probe"));
        if (s->link != NONE && s->queue.end == 0)
            session_put(e, slot, false, &noop, 1);
    } else if (text && s->probed &&
               span_equal(message->payload, span_from("5"))) {
        timer_stop(&e->links[link].timer);
        session_take_over(e, slot);
    } else {
        websocket_give_up(e, link);
        websocket_close(e, link, 1002);
    }
}

/* The WebSocket has been closed, by the peer or because of it. */
static void closed(struct engine *e, uint32_t link) {
    uint32_t slot = e->links[link].session;
    if (slot != NONE && e->sessions[slot].link == link) {
        session_end(e, slot);
    } else if (slot != NONE) {
        websocket_give_up(e, link);
    }
    link_end(e, link);
}

/* Pongs and closes are rare: the mail is not opened for each message, or what
 * is published for several in a row could not be one letter. */
static bool next_event(struct engine *e, uint32_t link, struct conn_event *c) {
    bool got = conn_next(&e->links[link].ws, &e->in, c, &e->reply);
    if (e->reply.end > 0) {
        buf_append(mail_to(e, link), e->reply.bytes, e->reply.end);
        buf_clear(&e->reply);
    }
    return got;
}

bool websocket_take(struct engine *e, uint32_t link, struct engine_event *ev) {
    struct link *l = &e->links[link];
    struct conn_event c;
    while (next_event(e, link, &c)) {
        if (c.type == CONN_CLOSED) {
            closed(e, link);
            return false;
        }
        if (c.type != CONN_MESSAGE || l->session == NONE) continue;
        uint32_t slot = l->session;
        if (e->sessions[slot].link != link) {
            take_probe(e, link, &c);
            continue;
        }
        int got =
            session_packet(e, slot, c.opcode == FRAME_BINARY, c.payload, ev);
        if (got > 0) return true;
        if (got < 0) session_close(e, slot, 1002, "1");
    }
    return false;
}
