/* expiry.c: see socketio/expiry.h. Entry points: expiry_judge,
 * expiry_judge_links. */
#include "socketio/expiry.h"

#include "socketio/request.h"

/* Ends a link whose head or body timed out, or that was idle or lingering too
 * long. */
static void expire_http(struct transport *t, struct link *l) {
    struct span nothing = {0};
    while (link_next_http(&t->links, l, &nothing))
        if (t->links.http_event.type == HTTP_EVENT_FAILED) request_failed(t, l);
}

static void expire_websocket(struct transport *t, struct link *l) {
    struct session *s = transport_session(t, l);
    if (l->ws.phase == WSLINK_PROBING) {
        if (s) session_abandon_probe(s);
        link_close(&t->links, l, 1000);
    } else if (l->ws.phase == WSLINK_OPEN) { /* a message makes no progress */
        if (s) session_close(&t->sessions, s, 1008);
    } else {
        link_drop(&t->links, l);
    }
}

void expiry_judge_links(struct transport *t, uint8_t turn, int64_t now) {
    struct link *l;
    while ((l = link_next_due(&t->links, now))) {
        /* During shutdown the server does not wait for unread input. */
        if (l->turn == turn && !t->links.http.is_shut)
            link_postpone(&t->links, l);
        else if (l->kind == LINK_HTTP)
            expire_http(t, l);
        else
            expire_websocket(t, l);
    }
}

static void judge_sessions(struct transport *t, uint8_t turn, int64_t now) {
    struct session *s;
    while ((s = session_next_ping(&t->sessions, now))) transport_ping(t, s);
    while ((s = session_next_silent(&t->sessions, now))) {
        if (s->turn == turn) {
            session_postpone(&t->sessions, s, now);
            continue;
        }
        tap_session(t->links.tap, TAP_SILENT, TAP_ALL, handle_slot(s->handle),
                    0);
        session_close(&t->sessions, s, 1000);
    }
}

void expiry_judge(struct transport *t, uint8_t turn, int64_t now) {
    expiry_judge_links(t, turn, now);
    judge_sessions(t, turn, now);
}
