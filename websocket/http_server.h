/*
 * http_server.h: what all HTTP connections of one server share
 *
 *   one queue of time-outs for each phase of http_conn.h, and the date
 *
 * The clock is the caller's. Introduced in websocket/401_http.c.
 */
#ifndef WEBSOCKET_HTTP_SERVER_H
#define WEBSOCKET_HTTP_SERVER_H

#include "packets/timer.h"
#include "websocket/http_write.h"

enum http_phase {   /* of a connection; see http_conn.h */
    HTTP_IDLE,      /* between two requests: LIMIT_IDLE_MS */
    HTTP_HEAD,      /* a new connection, or part of a head: LIMIT_HEAD_MS */
    HTTP_BODY,      /* the head has arrived, its body has not: LIMIT_BODY_MS */
    HTTP_RESPONSE,  /* the request is complete, its response is not */
    HTTP_LINGERING, /* send what is unsent, then a FIN; read and drop the input
                       until EOF: LIMIT_CLOSING_MS after the last byte */
    HTTP_CLOSED,    /* drop the connection now, without sending more */
};

struct http_server {                   /* must not move */
    struct timers timers[HTTP_CLOSED]; /* one queue for each phase */
    struct timers postponed;           /* judged again later */
    bool is_shut;                      /* see http_server_shut */
    int64_t unix_seconds;              /* the time of date */
    char date[HTTP_DATE_SIZE];         /* "": no Date */
};

struct http_conn;

void http_server_init(struct http_server *s);

/* Sets the Date of responses (RFC 9110 §6.6.1): seconds since 1970, UTC. The
 * call is cheap if the second has not changed. There is no Date before the
 * first call, nor at a time outside of 0 to HTTP_DATE_MAX. */
void http_server_set_time(struct http_server *s, int64_t unix_seconds);

/* Returns a connection whose deadline has passed, or NULL if there is no other.
 * The caller finds its own struct with container_of (packets/container.h). Then
 * it calls http_conn_next without input, which acts on the deadline. */
struct http_conn *http_server_pop_due(struct http_server *s, int64_t now);

/* Postpones a connection that http_server_pop_due has returned: it has unread
 * input. It is due again later than now. */
void http_server_postpone(struct http_server *s, struct http_conn *c,
                          int64_t now);

/* Begins the shutdown. Each response is then the last one of its connection.
 * A connection that has no response under way is due now, and ends without
 * one. */
void http_server_shut(struct http_server *s);

/* Returns the smaller of wait and the ms until a deadline passes. A wait of -1
 * means no limit. */
int http_server_wait(const struct http_server *s, int64_t now, int wait);

#endif
