/* request.c: see socketio/request.h. Entry points by the course of a request:
 * request_begin judges it, request_add_body, request_complete;
 * request_next_packet then returns the packets of a POST. */
#include "socketio/request.h"

#include <stdio.h>

/* Judging */

static void refuse(struct route *r, unsigned status, enum engine_code code) {
    r->kind = REQUEST_REFUSE;
    r->status = status;
    r->code = code;
}

/* Engine.IO v4: two GETs or two POSTs at once, or a body that is not text, also
 * end the session. */
static void refuse_and_close(struct transport *t, struct route *r,
                             struct session *s) {
    refuse(r, 400, CODE_BAD_REQUEST);
    session_close(&t->sessions, s, 1002);
}

/* Judges a request with a sid. */
static void judge_known(struct transport *t, struct link *l, struct route *r) {
    struct session *s = session_find(&t->sessions, r->sid);
    if (!s) {
        refuse(r, 400, CODE_UNKNOWN_SESSION);
        return;
    }
    transport_serve(t, l, s);
    bool is_upgrade = r->kind == REQUEST_UPGRADE; /* refused after its
                                                     handshake */
    if (r->has_bad_version || (!is_upgrade && s->state == SESSION_WEBSOCKET)) {
        refuse(r, 400, CODE_BAD_REQUEST);
        return;
    }
    bool is_second_get = r->kind == REQUEST_POLL && s->carrier != NO_HANDLE;
    bool is_bad_post =
        r->kind == REQUEST_PUSH && (s->post != NO_HANDLE || r->has_bad_body);
    if (is_second_get || is_bad_post) refuse_and_close(t, r, s);
}

static void judge(struct transport *t, struct link *l, struct route *r) {
    const struct http_head *head = &t->links.http_event.head;
    transport_serve(t, l, NULL);
    /* Only a POST of packets may have a body. The server reads any other body,
     * too, since the next request follows it. */
    if (r->kind != REQUEST_REFUSE && r->kind != REQUEST_PUSH &&
        http_has_body(head))
        refuse(r, 400, r->kind == REQUEST_OTHER ? CODE_NONE : CODE_BAD_REQUEST);
    if (r->kind == REQUEST_POLL || r->kind == REQUEST_PUSH ||
        (r->kind == REQUEST_UPGRADE && r->has_sid))
        judge_known(t, l, r);
    if ((r->kind == REQUEST_OPEN || r->kind == REQUEST_UPGRADE) &&
        !r->has_sid && sessions_are_full(&t->sessions))
        refuse(r, 503, CODE_NONE);
}

/* Sessions */

/* Engine.IO v4, "Handshake": the first packet of a session. */
static size_t write_open(const struct transport *t, const struct session *s,
                         char text[256]) {
    char id[SESSION_ID_LENGTH];
    session_id(s, id);
    return (size_t)snprintf(
        text, 256,
        "0{\"sid\":\"%.*s\",\"upgrades\":[%s],\"pingInterval\":%lu,"
        "\"pingTimeout\":%lu,\"maxPayload\":%lu}",
        SESSION_ID_LENGTH, id, s->is_websocket ? "" : "\"websocket\"",
        (unsigned long)t->sessions.ping.duration_ms,
        (unsigned long)t->sessions.pong.duration_ms,
        (unsigned long)t->links.max_payload);
}

static enum request_outcome open_session(struct transport *t, struct link *l) {
    char text[256];
    bool is_websocket = l->kind == LINK_WEBSOCKET;
    struct session *s = session_open(&t->sessions, is_websocket, t->links.now);
    if (!s) { /* another request got the last slot */
        link_refuse(&t->links, l, 503, CODE_NONE);
        return REQUEST_NO_EVENT;
    }
    struct span open = {(uint8_t *)text, write_open(t, s, text)};
    transport_serve(t, l, s);
    if (is_websocket) {
        s->carrier = link_handle(&t->links, l);
        link_send(&t->links, l, false, &open, 1);
    } else {
        link_respond(&t->links, l, open);
        l->has_packets = true;
    }
    return REQUEST_OPENED;
}

/* Engine.IO v4, "Upgrade": a WebSocket for a session begins as its probe. */
static enum request_outcome upgrade(struct transport *t, struct link *l) {
    struct session *s = transport_session(t, l);
    if (!link_upgrade(&t->links, l, s != NULL)) return REQUEST_NO_EVENT;
    if (!s) return open_session(t, l);
    if (s->state != SESSION_POLLING) { /* the session has a WebSocket already */
        transport_serve(t, l, NULL);
        link_close(&t->links, l, 1008);
    } else {
        session_probe(s, link_handle(&t->links, l));
    }
    return REQUEST_NO_EVENT;
}

enum request_outcome request_begin(struct transport *t, struct link *l) {
    struct route *r = &l->http->route;
    route_request(r, &t->links.http_event.head, &t->links.route);
    judge(t, l, r);
    if (r->kind == REQUEST_UPGRADE) return upgrade(t, l);
    if (r->kind == REQUEST_OTHER) return REQUEST_PAGE;
    if (r->kind == REQUEST_PUSH) {
        struct session *s = transport_session(t, l);
        s->post = link_handle(&t->links, l);
        polling_accept_body(l->http, t->links.max_payload);
    }
    return REQUEST_NO_EVENT;
}

/* A POST has ended. */
static void end_post(struct transport *t, struct link *l) {
    struct session *s = transport_session(t, l);
    if (s && s->post == link_handle(&t->links, l)) s->post = NO_HANDLE;
}

/* Closes the session of the link if the link has its POST. */
static void close_session(struct transport *t, struct link *l, unsigned code) {
    struct session *s = transport_session(t, l);
    if (s && s->post == link_handle(&t->links, l))
        session_close(&t->sessions, s, code);
}

void request_add_body(struct transport *t, struct link *l) {
    if (!link_add_body(&t->links, l)) close_session(t, l, 1011);
}

void request_failed(struct transport *t, struct link *l) {
    close_session(t, l, 1002);
}

/* A GET waits until its session has a packet. */
static void park(struct transport *t, struct link *l, struct session *s) {
    session_park(&t->sessions, s, link_handle(&t->links, l));
    if (s->state == SESSION_SWITCHING) transport_end_get(t, s);
}

/* Handles a complete request whose session polled when the request began. */
static enum request_outcome complete_known(struct transport *t, struct link *l,
                                           enum request_kind kind) {
    struct session *s = transport_session(t, l);
    if (!s || s->state == SESSION_WEBSOCKET) {
        end_post(t, l);
        link_refuse(&t->links, l, 400,
                    s ? CODE_BAD_REQUEST : CODE_UNKNOWN_SESSION);
        return REQUEST_NO_EVENT;
    }
    if (kind == REQUEST_POLL) {
        park(t, l, s);
        return REQUEST_NO_EVENT;
    }
    polling_begin_payload(l->http);
    return REQUEST_PAYLOAD;
}

enum request_outcome request_complete(struct transport *t, struct link *l) {
    const struct route *r = &l->http->route;
    switch (r->kind) {
    case REQUEST_OPEN:
        return open_session(t, l);
    case REQUEST_POLL:
    case REQUEST_PUSH:
        return complete_known(t, l, r->kind);
    case REQUEST_PREFLIGHT:
        link_respond_preflight(&t->links, l);
        return REQUEST_NO_EVENT;
    default:
        link_refuse(&t->links, l, r->status, r->code);
        return REQUEST_NO_EVENT;
    }
}

void request_refuse_packet(struct transport *t, struct link *l) {
    close_session(t, l, 1002);
    link_refuse(&t->links, l, 400, CODE_BAD_REQUEST);
}

void request_end_payload(struct transport *t, struct link *l) {
    end_post(t, l);
    link_respond(&t->links, l, span_from("ok"));
}

bool request_next_packet(struct transport *t, struct link *l,
                         struct payload_packet *packet) {
    struct session *s = transport_session(t, l);
    bool is_polling = s && session_state_is_polling(s->state);
    if (!is_polling && polling_has_payload(l->http)) {
        /* The session was closed or upgraded before the whole payload was
         * handled. */
        end_post(t, l);
        link_refuse(&t->links, l, 400,
                    s ? CODE_BAD_REQUEST : CODE_UNKNOWN_SESSION);
        return false;
    }
    int got = polling_next_packet(l->http, packet);
    if (got > 0)
        tap_posted(t->links.tap, handle_slot(link_handle(&t->links, l)),
                   packet);
    if (got < 0) request_refuse_packet(t, l);
    if (got == 0) request_end_payload(t, l);
    return got > 0;
}
