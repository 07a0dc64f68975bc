/* peer.c: see websocket/peer.h. */
#include "websocket/peer.h"

#include <stdio.h>

#include "packets/container.h"
#include "websocket/origin.h"

void peers_init(struct peers *s, size_t max_message, const char *host,
                const char *origins) {
    *s = (struct peers){.max_message = max_message,
                        .is_loopback = origin_is_loopback(span_from(host)),
                        .origins = origins};
    timers_init(&s->handshakes, LIMIT_HEAD_MS);
    timers_init(&s->lingering, LIMIT_CLOSING_MS);
}

void peers_set_time(struct peers *s, int64_t unix_seconds) {
    char date[HTTP_DATE_SIZE];
    if (unix_seconds == s->unix_seconds) return;
    s->unix_seconds = unix_seconds;
    http_date(unix_seconds, date);
    snprintf(s->date, sizeof s->date, "Date: %s\r\n", date);
}

struct peer *peers_pop_due(struct peers *s, int64_t now) {
    struct timer *t = timers_pop_due(&s->handshakes, now);
    if (!t) t = timers_pop_due(&s->lingering, now);
    if (!t) return NULL;
    struct peer *p = container_of(t, struct peer, timer);
    p->has_timed_out = true;
    return p;
}

int peers_wait(const struct peers *s, int64_t now, int wait) {
    return timers_wait(&s->lingering, now,
                       timers_wait(&s->handshakes, now, wait));
}

void peer_init(struct peer *p, struct peers *s, int64_t now) {
    *p = (struct peer){.head.max = LIMIT_HTTP_HEAD,
                       .state = ws_state_next(WS_CLOSED, WS_ACCEPT)};
    timer_start(&s->handshakes, &p->timer, now);
}

void peer_init_responded(struct peer *p, struct peers *s, unsigned status) {
    *p = (struct peer){.state = ws_state_next(
                           WS_CONNECTING, status == 101 ? WS_RCV_REQUEST
                                                        : WS_RCV_BAD_REQUEST)};
    if (status == 101) conn_init_server(&p->conn, s->max_message);
}

/* Frees the memory of the state. Then head and timer are unused. */
static void enter(struct peer *p, uint8_t next) {
    if (p->state == WS_OPEN) {
        conn_free(&p->conn);
        p->head = (struct buf){0};
        p->timer = (struct timer){0};
    }
    timer_stop(&p->timer);
    buf_free(&p->head);
    p->state = next;
    p->has_timed_out = false;
}

/* While the peer is WS_OPEN, its conn has the exact state. */
static void change_state(struct peer *p, enum ws_cause cause) {
    unsigned state = p->state == WS_OPEN ? p->conn.state : p->state;
    enter(p, ws_state_next(state, cause));
}

void peer_free(struct peer *p) {
    if (p->state != WS_CLOSED) change_state(p, WS_TCP_ENDS);
}

/* Returns the status of the response, or 0: the request is not complete. */
static unsigned handle_request(struct peer *p, struct peers *s, struct span *in,
                               struct buf *out) {
    int result = -408;
    /* RFC 9110 §15.5.9: the request was not complete in time. */
    if (p->has_timed_out)
        handshake_respond(out, NULL, 408, s->date);
    else
        result = handshake_server_feed(&p->head, in, out, s->is_loopback,
                                       s->origins, s->date);
    if (result == 0) return 0;
    if (result < 0) {
        change_state(p, p->has_timed_out ? WS_TIMEOUT : WS_RCV_BAD_REQUEST);
        return (unsigned)-result;
    }
    change_state(p, WS_RCV_REQUEST);
    conn_init_server(&p->conn, s->max_message);
    return 101;
}

bool peer_next(struct peer *p, struct peers *s, struct span *in,
               struct conn_event *e, struct buf *out) {
    if (p->state == WS_CONNECTING) {
        *e = (struct conn_event){.type = CONN_HANDSHAKE};
        e->code = handle_request(p, s, in, out);
        return e->code != 0;
    }
    if (p->state == WS_OPEN) {
        if (!conn_next(&p->conn, in, e, out)) return false;
        /* RFC 6455 §7.1.1: the server ends TCP first. */
        if (e->type == CONN_CLOSED) {
            e->payload = (struct span){0};
            enter(p, p->conn.state);
        }
        return true;
    }
    if (p->state == WS_LINGERING && p->has_timed_out)
        change_state(p, WS_TIMEOUT);
    in->len = 0; /* after a refusal or a close frame, input is dropped */
    return false;
}

void peer_sent(struct peer *p, struct peers *s, int64_t now) {
    if (p->state == WS_LINGERING && !timer_started(&p->timer))
        timer_start(&s->lingering, &p->timer, now);
}

void peer_unsent(struct peer *p) {
    if (p->state == WS_LINGERING) timer_stop(&p->timer);
}

void peer_close(struct peer *p, unsigned code, struct buf *out) {
    if (p->state == WS_OPEN) conn_close(&p->conn, code, out);
    if (p->state == WS_CONNECTING) change_state(p, WS_CLOSE);
}

void peer_end(struct peer *p, unsigned code, struct buf *out) {
    peer_close(p, code, out);
    if (p->state == WS_OPEN) change_state(p, WS_GIVE_UP);
}

bool peer_is_mid_message(const struct peer *p) {
    return p->state == WS_OPEN && conn_is_mid_message(&p->conn);
}
