/* engine_client_end.c: see socketio/engine_client_end.h. */
#include "socketio/engine_client_end.h"
#include "socketio/engine_client_inside.h"

static void end_session(struct engine_client *c, const char *why) {
    engine_client_fail(c, why, (struct span){0});
}

static void websocket_lost(struct engine_client *c, const char *why) {
    struct client_event e = {.why = NULL};
    if (engine_client_is_probing(c)) {
        engine_client_abandon_probe(c);
        return;
    }
    /* CLIENT_CLOSED was returned before: the server ended TCP, as it should. */
    if (client_eof(&c->websocket, &e) && !why) why = e.why;
    end_session(c, why);
}

void engine_client_lost(struct engine_client *c, unsigned conn, const char *why,
                        int64_t now) {
    if (c->dials[conn].number == 0) return;
    if (conn == ENGINE_CLIENT_WEBSOCKET)
        websocket_lost(c, why);
    else if (poller_lost(&c->poller, conn, why, now) != 0)
        engine_client_fail(c, c->poller.why, c->poller.detail);
}

/* Engine.IO v4: a client that polls sends "1"; on a WebSocket it sends a close
 * frame. */
void engine_client_close(struct engine_client *c, int64_t now) {
    struct span close = span_from("1");
    if (c->state == ENGINE_STATE_CLOSED || c->state == ENGINE_STATE_CLOSING)
        return;
    if (!engine_client_is_open(c)) {
        end_session(c, NULL);
        return;
    }
    if (engine_client_is_probing(c)) engine_client_abandon_probe(c);
    c->state = ENGINE_STATE_CLOSING;
    c->deadline_ms = now + LIMIT_LEAVE_MS;
    if (c->is_websocket)
        client_close(&c->websocket, 1000,
                     &c->dials[ENGINE_CLIENT_WEBSOCKET].out);
    else /* without memory, this fails the session */
        engine_client_send_packet(c, false, &close, 1);
}

static void expire_session(struct engine_client *c, int64_t now) {
    bool has_timed_out = now >= c->deadline_ms;
    if (c->state == ENGINE_STATE_OPENING && has_timed_out)
        end_session(c, "the server did not answer in time");
    else if (c->state == ENGINE_STATE_CLOSING && has_timed_out)
        end_session(c, client_is_done(&c->websocket) && c->is_websocket
                           ? NULL
                           : "the server did not answer the close");
    else if (engine_client_is_open(c) && now >= c->silence_ms)
        end_session(c, "the server has not pinged in time");
    else if (engine_client_is_probing(c) && has_timed_out)
        engine_client_abandon_probe(c);
}

void engine_client_expire(struct engine_client *c, int64_t now) {
    expire_session(c, now);
    if (c->poller.post.is_waiting && now - c->poller.post_ms >= LIMIT_POST_MS)
        end_session(c, "the server did not answer a POST in time");
}

int64_t engine_client_due(const struct engine_client *c) {
    int64_t due = INT64_MAX, post = c->poller.post_ms + LIMIT_POST_MS;
    if (c->state == ENGINE_STATE_CLOSED) return due;
    if (engine_client_is_open(c)) due = c->silence_ms;
    if ((!engine_client_is_open(c) || engine_client_is_probing(c)) &&
        c->deadline_ms < due)
        due = c->deadline_ms;
    return c->poller.post.is_waiting && post < due ? post : due;
}
