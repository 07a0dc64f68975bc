/*
 * receiver.c: see socketio/receiver.h
 *
 *   receiver_next   next_packet      of a POST that has arrived
 *                   next_http        of the bytes that are fed
 *                   next_websocket
 *
 * request.c handles HTTP requests; transport.c sends.
 */
#include "socketio/receiver.h"

#include "packets/container.h"
#include "socketio/request.h"

/* A packet of a POST counts its bytes plus these, about a frame header, so that
 * a payload of many tiny packets is not handled at once. */
#define PACKET_COST 8

void receiver_init(struct receiver *r) {
    *r = (struct receiver){.turn = 1,
                           .fed = NO_HANDLE,
                           .posting = NO_HANDLE,
                           .unanswered = NO_HANDLE};
    timers_init(&r->suspended, 0);
}

/* Shares and turns */

static void begin_share(struct receiver *r) {
    r->share.messages = r->share.receivers = 0;
    r->share.bytes = 0;
}

static bool share_is_used(const struct receiver *r) {
    return r->share.receivers >= LIMIT_SHARE_RECEIVERS ||
           (r->share.messages >= LIMIT_SHARE &&
            r->share.bytes >= LIMIT_SHARE_BYTES);
}

/* Records that l has input that is not read in this turn. */
static void set_behind(struct receiver *r, struct transport *t,
                       struct link *l) {
    struct session *s = transport_session(t, l);
    l->turn = r->turn;
    if (s) s->turn = r->turn;
}

bool receiver_is_behind(const struct receiver *r, const struct session *s) {
    return s->turn == r->turn;
}

/* Suspends the rest of a payload until the next round. */
static void suspend_payload(struct receiver *r, struct transport *t,
                            struct link *l) {
    timer_start(&r->suspended, &l->http->turn, r->round);
    set_behind(r, t, l);
    r->posting = NO_HANDLE;
}

/* Begins to hand out a payload, or suspends it if its session is paused. */
static void start_payload(struct receiver *r, struct transport *t,
                          struct link *l) {
    r->posting = link_handle(&t->links, l);
    if (transport_is_paused(t, l)) suspend_payload(r, t, l);
}

/* Resumes a payload without its share of this round. False: there is none. */
static bool resume_payload(struct receiver *r, struct transport *t) {
    struct timer *timer = timers_pop_due(&r->suspended, r->round - 1);
    if (!timer) return false;
    const struct polling *p = container_of(timer, struct polling, turn);
    start_payload(r, t, link_at(&t->links, p->conn));
    begin_share(r);
    return true;
}

bool receiver_has_more(const struct receiver *r) {
    return !timers_empty(&r->suspended);
}

/* Packets */

/* Handles a packet from the peer. 1: an event; 0: none; -1: a client may not
 * send this packet. Engine.IO v4, "Packet encoding". */
static int receive_packet(struct transport *t, struct session *s,
                          bool is_binary, struct span packet,
                          struct engine_event *ev) {
    if (!is_binary && packet.len == 0) return -1;
    switch (is_binary ? '4' : packet.data[0]) {
    case '4':
        *ev = (struct engine_event){.type = ENGINE_MESSAGE,
                                    .session = s->handle,
                                    .is_binary = is_binary,
                                    .payload = span_skip(packet, !is_binary)};
        return 1;
    case '3':
        session_pong(&t->sessions, s, t->links.now);
        return 0;
    case '1':
        session_close(&t->sessions, s, CLOSED_BY_PEER);
        return 0;
    case '0': /* open, upgrade and noop are ignored here */
    case '5':
    case '6':
        return 0;
    default: /* also "2": in version 4 only the server pings */
        return -1;
    }
}

/* Handles the next packet of a POST. True: *ev is an event. */
static bool next_packet(struct receiver *r, struct transport *t,
                        struct engine_event *ev) {
    struct link *l = link_get(&t->links, r->posting);
    struct payload_packet packet;
    if (l && share_is_used(r) && polling_has_payload(l->http)) {
        suspend_payload(r, t, l);
        return false;
    }
    if (!l || !request_next_packet(t, l, &packet)) {
        r->posting = NO_HANDLE;
        return false;
    }
    r->share.messages++;
    r->share.bytes += packet.bytes.len + PACKET_COST;
    struct session *s = transport_session(t, l);
    int got = receive_packet(t, s, packet.is_binary, packet.bytes, ev);
    if (got > 0) return true;
    if (got == 0 && s->state != SESSION_CLOSING) return false;
    if (got < 0)
        request_refuse_packet(t, l);
    else
        request_end_payload(t, l);
    r->posting = NO_HANDLE;
    return false;
}

/* WebSocket */

/* Handles a message on a probe. Engine.IO v4, "Upgrade": 2probe, then 5. */
static void receive_probe(struct transport *t, struct session *s,
                          struct link *l, const struct conn_event *message) {
    bool is_text = message->opcode == FRAME_TEXT;
    if (is_text && s->state == SESSION_PROBING &&
        span_equal(message->payload, span_from("2probe"))) {
        session_switch(s);
        link_send_text(&t->links, l, "3probe");
        if (s->carrier != NO_HANDLE) transport_end_get(t, s);
    } else if (is_text && s->state == SESSION_SWITCHING &&
               span_equal(message->payload, span_from("5"))) {
        transport_upgrade(t, s);
    } else {
        session_abandon_probe(s);
        link_close(&t->links, l, 1002);
    }
}

/* The peer has closed the WebSocket or broken a rule of it. */
static void receive_close(struct transport *t, struct session *s,
                          struct link *l, uint32_t handle) {
    if (s && s->carrier == handle)
        session_close(&t->sessions, s, CLOSED_BY_PEER);
    if (s && s->probe == handle) session_abandon_probe(s);
    link_end(&t->links, l);
}

/* Does one step on a WebSocket. True: *ev is an event. */
static bool next_websocket(struct receiver *r, struct transport *t,
                           struct link *l, struct engine_event *ev) {
    struct conn_event c;
    size_t before = r->in.len;
    r->can_go_on = link_next_websocket(&t->links, l, &r->in, &c);
    r->share.bytes += before - r->in.len;
    if (!r->can_go_on) return false;
    struct session *s = transport_session(t, l);
    if (c.type == CONN_CLOSED) receive_close(t, s, l, r->fed);
    if (c.type != CONN_MESSAGE || !s) return false;
    r->share.messages++;
    if (s->probe == r->fed) {
        receive_probe(t, s, l, &c);
        return false;
    }
    if (s->carrier != r->fed) return false;
    int got = receive_packet(t, s, c.opcode == FRAME_BINARY, c.payload, ev);
    if (got < 0) session_close(&t->sessions, s, 1002);
    return got > 0;
}

/* HTTP */

/* Reports the outcome of a request. True: *ev is an event. */
static bool report(struct receiver *r, struct transport *t, struct link *l,
                   enum request_outcome outcome, struct engine_event *ev) {
    *ev = (struct engine_event){.session = l->session,
                                .conn = handle_slot(r->fed)};
    switch (outcome) {
    case REQUEST_OPENED:
        ev->type = ENGINE_OPENED;
        transport_session(t, l)->turn = 0;
        return true;
    case REQUEST_PAGE:
        ev->type = ENGINE_REQUEST;
        ev->payload = t->links.http_event.head.target;
        ev->if_none_match =
            http_field(&t->links.http_event.head, "If-None-Match", NULL);
        r->unanswered = r->fed;
        return true;
    case REQUEST_PAYLOAD:
        start_payload(r, t, l);
        return false;
    default:
        return false;
    }
}

/* Does one step on an HTTP connection. True: *ev is an event. */
static bool next_http(struct receiver *r, struct transport *t, struct link *l,
                      struct engine_event *ev) {
    r->can_go_on = link_next_http(&t->links, l, &r->in);
    if (!r->can_go_on) return false;
    switch (t->links.http_event.type) {
    case HTTP_EVENT_REQUEST:
        r->share.messages++;
        return report(r, t, l, request_begin(t, l), ev);
    case HTTP_EVENT_BODY:
        request_add_body(t, l);
        return false;
    case HTTP_EVENT_RESPOND:
        return report(r, t, l, request_complete(t, l), ev);
    default:
        request_failed(t, l);
        return false;
    }
}

void receiver_respond(struct receiver *r, struct transport *t, unsigned status,
                      const char *type, struct span body, const char *fields) {
    struct link *l = link_get(&t->links, r->unanswered);
    r->unanswered = NO_HANDLE;
    if (l) link_respond_page(&t->links, l, status, type, body, fields);
}

/* Does one step on the link that is fed. True: *ev is an event. */
static bool next_input(struct receiver *r, struct transport *t,
                       struct engine_event *ev) {
    struct link *l = link_get(&t->links, r->fed);
    return l->kind == LINK_HTTP ? next_http(r, t, l, ev)
                                : next_websocket(r, t, l, ev);
}

enum receiver_step receiver_next(struct receiver *r, struct transport *t,
                                 struct engine_event *ev) {
    bool got = false;
    if (r->posting == NO_HANDLE && r->can_go_on && share_is_used(r))
        return RECEIVER_DONE;
    if (r->posting != NO_HANDLE)
        got = next_packet(r, t, ev);
    else if (r->can_go_on)
        got = next_input(r, t, ev);
    else if (r->fed != NO_HANDLE || !resume_payload(r, t))
        return RECEIVER_DONE;
    return got ? RECEIVER_EVENT : RECEIVER_NO_EVENT;
}

/* Feeding */

void receiver_accept(struct transport *t, uint32_t conn) {
    link_accept(&t->links, conn)->turn = 0;
}

void receiver_feed(struct receiver *r, struct transport *t, struct link *l,
                   struct span in) {
    r->fed = link_handle(&t->links, l);
    r->in = in;
    r->fed_len = in.len;
    r->can_go_on = link_is_readable(l) && !transport_is_paused(t, l);
    begin_share(r);
}

struct span receiver_end_feed(struct receiver *r, struct transport *t) {
    struct link *l = link_get(&t->links, r->fed);
    struct span rest = r->in;
    if (l) {
        /* With input left, or so much at once, the kernel may have more. */
        if (rest.len > 0 || l->has_more_input ||
            r->fed_len >= LIMIT_SHARE_BYTES)
            set_behind(r, t, l);
        l->has_more_input = rest.len > 0;
    }
    r->fed = NO_HANDLE;
    r->in = (struct span){0};
    r->can_go_on = false;
    return rest;
}

void receiver_lost(struct receiver *r, struct transport *t, struct link *l) {
    if (link_handle(&t->links, l) == r->fed) {
        r->in = (struct span){0};
        r->can_go_on = false;
    }
    transport_lost(t, l);
}
