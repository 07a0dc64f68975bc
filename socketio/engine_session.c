/*
 * engine_session.c: sessions, which outlive the requests that carry them
 *
 *   queue of a polling session   [ struct record | packet ] ...
 *
 * A packet waits in the queue until a GET fetches it or an upgrade takes it
 * along; how it is written differs, so it is kept unwritten.
 * Engine.IO v4, "Packet encoding", "Heartbeat".
 */
#include <stdio.h>

#include "socketio/engine_inside.h"
#include "websocket/base64.h"
#include "websocket/sha1.h"

#define SEPARATOR "\x1e"

/* 15 bytes are 20 characters of base64, none of them padding. */
struct id {
    uint8_t slot[3], secret[12];
};

/* The alphabet for URLs instead of the usual one (RFC 4648 §5), or back. */
static void swap_alphabet(char *text, const char from[2], const char to[2]) {
    for (size_t i = 0; i < ID_SIZE; i++) {
        if (text[i] == from[0]) text[i] = to[0];
        if (text[i] == from[1]) text[i] = to[1];
    }
}

/* An id that nobody can guess without the seed. */
static void new_secret(struct engine *e, uint8_t secret[12]) {
    uint8_t text[sizeof e->o.seed + sizeof e->ids], digest[SHA1_SIZE];
    e->ids++;
    memcpy(text, e->o.seed, sizeof e->o.seed);
    memcpy(text + sizeof e->o.seed, &e->ids, sizeof e->ids);
    sha1(text, sizeof text, digest);
    memcpy(secret, digest, 12);
}

static void write_id(const struct engine *e, uint32_t slot, char *text) {
    struct id id = {
        {(uint8_t)(slot >> 16), (uint8_t)(slot >> 8), (uint8_t)slot}, {0}};
    memcpy(id.secret, e->sessions[slot].secret, sizeof id.secret);
    base64_encode((const uint8_t *)&id, sizeof id, text);
    swap_alphabet(text, "+/", "-_");
}

uint32_t session_find(const struct engine *e, struct span text) {
    char copy[ID_SIZE];
    struct id id;
    if (text.len != ID_SIZE) return NONE;
    memcpy(copy, text.data, ID_SIZE);
    swap_alphabet(copy, "-_", "+/");
    if (base64_decode(copy, ID_SIZE, (uint8_t *)&id) != sizeof id) return NONE;
    uint32_t slot =
        (uint32_t)id.slot[0] << 16 | (uint32_t)id.slot[1] << 8 | id.slot[2];
    if (slot >= e->used) return NONE;
    const struct session *s = &e->sessions[slot];
    if (s->state != SESSION_POLLING && s->state != SESSION_WEBSOCKET)
        return NONE;
    return memcmp(s->secret, id.secret, sizeof id.secret) ? NONE : slot;
}

uint32_t session_new(struct engine *e, uint8_t state) {
    uint32_t slot = e->first_free;
    if (slot != NONE)
        e->first_free = e->sessions[slot].next_free;
    else
        slot = e->used++;
    struct session *s = &e->sessions[slot];
    uint32_t most = 2 * e->o.max_payload;
    if (most < (1 << 20)) most = (1 << 20);
    *s = (struct session){.link = NONE,
                          .probe = NONE,
                          .post = NONE,
                          .state = state,
                          .queue.max = most & BUF_MAX};
    new_secret(e, s->secret);
    timer_start(&e->ping, &s->timer, e->now);
    e->sessions_open++;
    if (state == SESSION_POLLING) e->polling++;
    return slot;
}

void session_free(struct engine *e, uint32_t slot) {
    struct session *s = &e->sessions[slot];
    s->state = SESSION_FREE;
    s->next_free = e->first_free;
    e->first_free = slot;
    e->sessions_open--;
}

size_t session_greeting(const struct engine *e, uint32_t slot, char text[256]) {
    char id[ID_SIZE];
    bool polling = e->sessions[slot].state == SESSION_POLLING;
    write_id(e, slot, id);
    return (size_t)snprintf(
        text, 256,
        "0{\"sid\":\"%.*s\",\"upgrades\":[%s],\"pingInterval\":%lu,"
        "\"pingTimeout\":%lu,\"maxPayload\":%lu}",
        ID_SIZE, id, polling ? "\"websocket\"" : "",
        (unsigned long)e->o.ping_interval, (unsigned long)e->o.ping_timeout,
        (unsigned long)e->o.max_payload);
}

/* A packet from the peer, its type first. 1: an event, 0: none, -1: not what a
 * client may send. */
int session_packet(struct engine *e, uint32_t slot, bool binary,
                   struct span packet, struct engine_event *ev) {
    struct session *s = &e->sessions[slot];
    if (!binary && packet.len == 0) return -1;
    switch (binary ? '4' : packet.data[0]) {
    case '4':
        *ev = (struct engine_event){ENGINE_MESSAGE, slot, s->link, binary,
                                    span_skip(packet, !binary)};
        return 1;
    case '3': /* pong: only now is the next ping due */
        timer_start(&e->ping, &s->timer, e->now);
        return 0;
    case '1':
        session_close(e, slot, 1000, "6");
        return 0;
    case '0': /* open, upgrade and noop mean nothing here and do no harm */
    case '5':
    case '6':
        return 0;
    default: /* "2" among them: in version 4 it is the server that pings */
        return -1;
    }
}

struct record {
    uint32_t n;
    bool binary;
};
#define RECORD (sizeof(struct record))

/* The packet at the start of queued, which moves on; false: no more. */
static bool next_record(struct span *queued, struct record *r,
                        struct span *packet) {
    if (!queued->data || queued->len == 0) return false;
    memcpy(r, queued->data, RECORD);
    *packet = (struct span){queued->data + RECORD, r->n};
    *queued = span_skip(*queued, RECORD + r->n);
    return true;
}

/* Adds a packet to the queue; text begins with its type. False: no room. */
static bool queue_packet(struct session *s, bool binary,
                         const struct span *parts, size_t k) {
    struct record r = {.binary = binary};
    struct span all[SEND_PARTS + 2] = {{(uint8_t *)&r, RECORD}};
    for (size_t i = 0; i < k; i++) {
        all[i + 1] = parts[i];
        r.n += (uint32_t)parts[i].len;
    }
    return buf_append_all(&s->queue, all, k + 1);
}

void session_put(struct engine *e, uint32_t slot, bool binary,
                 const struct span *parts, size_t k) {
    struct session *s = &e->sessions[slot];
    /* A queue that nobody fetches is full one day. */
    if (!queue_packet(s, binary, parts, k))
        session_close(e, slot, 1008, "1");
    else if (s->link != NONE)
        mail_answer_later(e, slot);
}

/* The size of the queue as the payload of an answer. */
static size_t payload_size(struct span queued) {
    struct record r;
    struct span packet;
    size_t n = 0;
    while (next_record(&queued, &r, &packet))
        n += 1 + (r.binary ? 1 + BASE64_SIZE(packet.len) : packet.len);
    return n ? n - 1 : 0;
}

/* Engine.IO v4, "Payload encoding": packets are separated by 0x1e, and binary
 * ones are "b" and base64. */
static void write_payload(struct span queued, struct buf *out) {
    struct record r;
    struct span packet;
    bool first = true;
    while (next_record(&queued, &r, &packet)) {
        if (!first) buf_append(out, SEPARATOR, 1);
        first = false;
        if (!r.binary) {
            buf_append(out, packet.data, packet.len);
            continue;
        }
        buf_append(out, "b", 1);
        uint8_t *to = buf_reserve(out, BASE64_SIZE(packet.len));
        if (to)
            out->end +=
                (uint32_t)base64_encode(packet.data, packet.len, (char *)to);
    }
}

/* Answers the waiting GET with all that is queued. */
static void answer_get(struct engine *e, struct session *s) {
    struct buf payload = {.max = INT32_MAX};
    uint32_t link = s->link;
    s->link = NONE;
    e->links[link].session = NONE;
    if (buf_reserve(&payload, payload_size(buf_view(&s->queue)) + 1))
        write_payload(buf_view(&s->queue), &payload);
    http_answer(e, link, 200, "text/plain; charset=UTF-8", buf_view(&payload));
    buf_free(&payload);
    buf_free(&s->queue);
}

void session_answer(struct engine *e) {
    for (size_t at = 0; at < e->answers.end; at += sizeof(uint32_t)) {
        uint32_t slot;
        memcpy(&slot, e->answers.bytes + at, sizeof slot);
        struct session *s = &e->sessions[slot];
        s->answering = false;
        if (s->state == SESSION_POLLING && s->link != NONE) answer_get(e, s);
    }
    buf_clear(&e->answers);
}

void session_beat(struct engine *e, struct session *s) {
    struct span ping = span_from("2");
    /* From when the ping was due, not from when we came to it: the peer counts
     * from there, too. Unless we were held up for so long that it would be
     * unfair to the peer. */
    int64_t from = e->now - s->timer.due_ms < 10 ? s->timer.due_ms : e->now;
    timer_start(&e->pong, &s->timer, from);
    if (s->state == SESSION_WEBSOCKET)
        websocket_send(e, s->link, false, ping);
    else
        session_put(e, (uint32_t)(s - e->sessions), false, &ping, 1);
}

void engine_send(struct engine *e, uint32_t session, bool binary,
                 const struct span *parts, size_t k) {
    struct session *s = &e->sessions[session];
    struct span packet[SEND_PARTS + 1];
    packet[0] = span_from("4");
    for (size_t i = 0; i < k; i++) packet[i + 1] = parts[i];
    const struct span *first = packet + binary; /* binary has no type */
    if (s->state == SESSION_POLLING)
        session_put(e, session, binary, first, k + !binary);
    else if (s->state == SESSION_WEBSOCKET)
        conn_send(mail_to(e, s->link), binary ? FRAME_BINARY : FRAME_TEXT,
                  first, k + !binary, NULL);
}

void session_take_over(struct engine *e, uint32_t slot) {
    struct session *s = &e->sessions[slot];
    struct span queued = buf_view(&s->queue), packet, noop = span_from("6");
    struct record r;
    while (next_record(&queued, &r, &packet))
        websocket_send(e, s->probe, r.binary, packet);
    buf_free(&s->queue);
    if (s->link != NONE) {
        queue_packet(s, false, &noop, 1);
        answer_get(e, s);
    }
    s->link = s->probe;
    s->probe = NONE;
    s->state = SESSION_WEBSOCKET;
    e->polling--;
}

void session_end(struct engine *e, uint32_t slot) {
    struct session *s = &e->sessions[slot];
    if (s->state == SESSION_POLLING) e->polling--;
    if (s->post != NONE) e->links[s->post].session = NONE;
    if (s->link != NONE) e->links[s->link].session = NONE;
    if (s->probe != NONE) {
        e->links[s->probe].session = NONE;
        websocket_close(e, s->probe, 1000);
    }
    s->state = SESSION_CLOSED;
    s->link = s->probe = s->post = NONE;
    buf_free(&s->queue);
    timer_start(&e->dying, &s->timer, e->now);
}

void session_close(struct engine *e, uint32_t slot, unsigned code,
                   const char *last) {
    struct session *s = &e->sessions[slot];
    uint32_t link = s->link;
    if (s->state == SESSION_FREE || s->state == SESSION_CLOSED) return;
    if (link != NONE && s->state == SESSION_WEBSOCKET)
        websocket_close(e, link, code);
    if (link != NONE && s->state == SESSION_POLLING) {
        struct span packet = span_from(last);
        queue_packet(s, false, &packet, 1);
        answer_get(e, s);
        s->link = NONE;
    }
    session_end(e, slot);
}

void engine_close(struct engine *e, uint32_t session) {
    session_close(e, session, 1000, "1");
}
