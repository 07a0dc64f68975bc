/* poller.c: see socketio/poller.h. One request is websocket/http_call.h. */
#include "socketio/poller.h"

#include <stdio.h>

void poller_open(struct poller *p, struct dial *dials, const char *host,
                 uint32_t max_message) {
    poller_free(p);
    *p = (struct poller){.dials = dials,
                         .host = host,
                         .dialed = p->dialed,
                         .max_payload = UINT32_MAX,
                         .max_message = max_message};
}

void poller_free(struct poller *p) {
    http_call_free(&p->get);
    http_call_free(&p->post);
    queue_free(&p->queued, &p->queue);
    p->payload = (struct span){0};
}

void poller_hang_up(struct poller *p) {
    p->dials[POLLER_GET].number = p->dials[POLLER_POST].number = 0;
}

/* Opens the connection unless it is open. Returns its output buffer. */
static struct buf *dial(struct poller *p, unsigned conn) {
    struct dial *d = &p->dials[conn];
    if (d->number == 0) {
        buf_clear(&d->out);
        d->number = ++p->dialed;
    }
    return &d->out;
}

void poller_get(struct poller *p) {
    if (p->is_paused || p->get.is_waiting || p->payload.data) return;
    http_call_begin(&p->get, LIMIT_POLLED);
    http_call_write(dial(p, POLLER_GET), "GET", p->host, p->target, 0);
}

/* Returns how many packets of the queue fit into one payload, and its *size. */
static uint32_t measure(const struct poller *p, size_t *size) {
    uint32_t count = 0;
    for (*size = 0; count < p->queue->count; count++) {
        const struct shared *packet = p->queue->packets[count];
        size_t more = payload_size(packet->is_binary, packet->len, count == 0);
        /* Engine.IO v4, "Handshake": maxPayload is what the server accepts in
         * one body. The first packet fits: its sender has checked that. */
        if (count > 0 && *size + more > p->max_payload) break;
        *size += more;
    }
    return count;
}

void poller_post(struct poller *p, int64_t now) {
    if (p->is_paused || p->post.is_waiting || !p->queue) return;
    /* The server may be closing a connection that has been idle for long: then
     * the client could not know whether the server has read this request. */
    if (now - p->post_ms > LIMIT_REUSE_MS) p->dials[POLLER_POST].number = 0;
    size_t size;
    uint32_t count = measure(p, &size);
    struct buf *out = dial(p, POLLER_POST);
    http_call_begin(&p->post, LIMIT_POSTED);
    http_call_write(out, "POST", p->host, p->target, size);
    for (uint32_t i = 0; i < count; i++)
        payload_write(out, p->queue->packets[i]->is_binary,
                      shared_view(p->queue->packets[i]), i == 0);
    queue_drop(&p->queued, &p->queue, count);
    p->post_ms = now;
}

bool poller_push(struct poller *p, bool is_binary, const struct span *parts,
                 size_t k) {
    struct shared *packet = shared_new(&p->queued, is_binary, parts, k);
    bool ok = packet && queue_push(&p->queued, &p->queue, packet);
    shared_release(&p->queued, packet);
    return ok;
}

static int failed(struct poller *p, const char *why, struct span detail) {
    p->why = why;
    p->detail = detail;
    return -1;
}

/* Every response except a 200 ends the session; its content often says why. */
static int check_status(struct poller *p, const struct http_call *call) {
    if (call->status == 200) return 0;
    snprintf(p->text, sizeof p->text, "refused, status %u", call->status);
    return failed(p, p->text, buf_view(&call->content));
}

static int end_get(struct poller *p) {
    if (!p->get.keep_alive) p->dials[POLLER_GET].number = 0;
    if (check_status(p, &p->get) != 0) return -1;
    p->payload = buf_view(&p->get.content);
    /* Engine.IO v4: a GET is answered with at least one packet. */
    return p->payload.len > 0 ? 0 : failed(p, "an empty payload", p->payload);
}

static int end_post(struct poller *p, int64_t now) {
    if (!p->post.keep_alive) p->dials[POLLER_POST].number = 0;
    p->post_ms = now;
    return check_status(p, &p->post);
}

static int end_call(struct poller *p, unsigned conn, int64_t now) {
    return conn == POLLER_GET ? end_get(p) : end_post(p, now);
}

/* Returns 1 and the next packet of the payload, 0 after the last one, or -1. */
static int next_packet(struct poller *p, struct payload_packet *packet) {
    struct span begin = p->payload;
    int got = payload_next(&p->payload, packet);
    if (got < 0) return failed(p, "not a payload", begin);
    if (got > 0 && packet->bytes.len > p->max_message)
        return failed(p, "a message is too long", (struct span){0});
    if (got == 0) http_call_free(&p->get);
    return got;
}

int poller_next(struct poller *p, unsigned conn, struct span *in, int64_t now,
                struct payload_packet *packet) {
    struct http_call *call = conn == POLLER_GET ? &p->get : &p->post;
    int got;
    while (p->payload.data)
        if ((got = next_packet(p, packet)) != 0) return got;
    if (in->len == 0) return 0;
    if (!call->is_waiting)
        return failed(p, "more than a response arrived", *in);
    got = http_call_feed(call, in);
    if (got < 0) return failed(p, http_call_explain(got), (struct span){0});
    if (got > 0 && end_call(p, conn, now) != 0) return -1;
    return poller_next(p, conn, in, now, packet);
}

int poller_lost(struct poller *p, unsigned conn, const char *why, int64_t now) {
    struct http_call *call = conn == POLLER_GET ? &p->get : &p->post;
    p->dials[conn].number = 0;
    if (!call->is_waiting) return 0;
    if (why) return failed(p, why, (struct span){0});
    int got = http_call_eof(call);
    if (got < 0) return failed(p, http_call_explain(got), (struct span){0});
    return end_call(p, conn, now);
}
