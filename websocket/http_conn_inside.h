/*
 * http_conn_inside.h: what the files of http_conn.h share
 *
 *   http_conn.c      requests; calls http_respond.c when one has failed
 *   http_respond.c   responses
 */
#ifndef WEBSOCKET_HTTP_CONN_INSIDE_H
#define WEBSOCKET_HTTP_CONN_INSIDE_H

#include "websocket/http_conn.h"

/* Begins a phase. Its deadline starts at the next http_conn_rearm_timer. */
static inline void http_conn_enter(struct http_conn *c, enum http_phase phase) {
    timer_stop(&c->timer);
    c->phase = (uint8_t)phase;
    c->is_new_request = c->keeps_input = c->has_expired = false;
}

/* In http_respond.c: keeps the input until after the response. If it does not
 * fit, it is dropped and the response is the last one. */
void http_conn_keep_input(struct http_conn *c, struct span *in);

#endif
