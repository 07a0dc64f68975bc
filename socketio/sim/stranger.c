/*
 * stranger.c: connections with HTTP, right or wrong, but without Socket.IO
 *
 * Each stranger follows one script: it sends requests, pieces of requests, or
 * nothing. The statuses that a response may have stand beside each request.
 */
#include <stdio.h>

#include "socketio/sim/model_act.h"
#include "socketio/sim/model_send.h"
#include "socketio/sim/prng.h"
#include "socketio/sim/sim.h"

enum script {
    PAGES,      /* pipelined requests */
    EMPTY_LINE, /* CRLF, the beginning of a head, then a long field */
    LONG_HEAD,
    HALF_HEAD, /* an incomplete head */
    NOTHING,
    GARBAGE,
    BIG_BODY, /* a Content-Length without a body */
    SCRIPTS,
};

void stranger_start(struct model *m, int64_t now) {
    if (!model_ready(m, &m->poll, now)) return;
    m->phase = STRANGER;
    m->fault = "it is a stranger";
    m->next_act = now;
    m->next_id = prng_below(SCRIPTS);
    m->acts_left = 1;
    m->poll.piece = 0;
}

static void partial(struct model *m, const char *text, uint16_t a, uint16_t b) {
    struct request r = {
        .kind = QUERY_OTHER, .is_partial = true, .status = {a, b}};
    endpoint_request(&m->poll, r, span_from(text));
}

static void request_pages(struct model *m) {
    for (uint32_t n = prng_between(1, 40); n > 0; n--) {
        struct request r = {.kind = QUERY_OTHER,
                            .status = {200},
                            .echo = "/page/",
                            .number = prng_below(1000000)};
        char target[40];
        snprintf(target, sizeof target, "/page/%u", (unsigned)r.number);
        model_request(&m->poll, r, "GET", target, "", (struct span){0});
    }
}

static void write_long(struct model *m, uint32_t n) {
    static char text[101];
    memset(text, 'y', sizeof text - 1);
    for (; n > 100; n -= 100) endpoint_write(&m->poll, span_from(text));
}

static void begin(struct model *m) {
    switch ((enum script)m->next_id) {
    case PAGES:
        request_pages(m);
        break;
    case EMPTY_LINE:
        partial(m, "\r\nGET / HTTP/1.1\r\nHost: a\r\nA: x", 431, 408);
        break;
    case LONG_HEAD:
        partial(m, "GET / HTTP/1.1\r\nHost: a\r\nA: x", 431, 408);
        break;
    case HALF_HEAD:
        partial(m, "GET / HTTP/1.1\r\nHo", 408, 0);
        break;
    case GARBAGE:
        partial(m, "\x16\x03\x01 hello\r\n\r\n", 400, 0);
        break;
    case BIG_BODY:
        partial(
            m, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n",
            413, 0);
        break;
    default:
        break;
    }
}

void stranger_act(struct model *m, int64_t now) {
    if (!m->poll.cable || m->poll.close_promised) {
        model_end(m, "it has what it wanted", now);
        return;
    }
    m->next_act = now + prng_between(1, 3000);
    if (m->acts_left == 1) {
        begin(m);
        m->acts_left = 0;
    } else if (m->next_id == EMPTY_LINE || m->next_id == LONG_HEAD) {
        if (m->poll.written < 2 * LIMIT_HTTP_HEAD)
            write_long(m, prng_between(100, 20000));
    } else if (m->next_id == PAGES && m->poll.count == 0) {
        model_end(m, "it has what it wanted", now);
    }
}
