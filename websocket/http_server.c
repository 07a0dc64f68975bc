/* http_server.c: see websocket/http_server.h */
#include "websocket/http_server.h"
#include "packets/container.h"
#include "websocket/http_conn.h"

void http_server_init(struct http_server *s) {
    static const uint32_t durations[HTTP_CLOSED] = {
        [HTTP_IDLE] = LIMIT_IDLE_MS,
        [HTTP_HEAD] = LIMIT_HEAD_MS,
        [HTTP_BODY] = LIMIT_BODY_MS,
        [HTTP_LINGERING] = LIMIT_CLOSING_MS,
    };
    *s = (struct http_server){.unix_seconds = -1};
    for (int i = 0; i < HTTP_CLOSED; i++)
        timers_init(&s->timers[i], durations[i]);
    timers_init(&s->postponed, 1); /* ms: not due again at the same time */
}

void http_server_set_time(struct http_server *s, int64_t unix_seconds) {
    if (unix_seconds == s->unix_seconds) return;
    s->unix_seconds = unix_seconds;
    if (unix_seconds >= 0 && unix_seconds <= HTTP_DATE_MAX)
        http_date(unix_seconds, s->date);
    else
        s->date[0] = '\0';
}

void http_server_shut(struct http_server *s) {
    s->is_shut = true;
}

/* Returns the time at which the deadlines of a phase are judged. After a
 * shutdown it is INT64_MAX, when each deadline has passed. */
static int64_t time_for(const struct http_server *s, int phase, int64_t now) {
    return s->is_shut && phase != HTTP_LINGERING ? INT64_MAX : now;
}

struct http_conn *http_server_pop_due(struct http_server *s, int64_t now) {
    struct timer *t = timers_pop_due(&s->postponed, now);
    for (int i = 0; i < HTTP_CLOSED && !t; i++)
        t = timers_pop_due(&s->timers[i], time_for(s, i, now));
    if (!t) return NULL;
    struct http_conn *c = container_of(t, struct http_conn, timer);
    c->has_expired = true;
    return c;
}

void http_server_postpone(struct http_server *s, struct http_conn *c,
                          int64_t now) {
    c->has_expired = false;
    timer_start(&s->postponed, &c->timer, now);
}

int http_server_wait(const struct http_server *s, int64_t now, int wait) {
    wait = timers_wait(&s->postponed, now, wait);
    for (int i = 0; i < HTTP_CLOSED; i++)
        wait = timers_wait(&s->timers[i], time_for(s, i, now), wait);
    return wait;
}
