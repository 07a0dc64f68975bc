/* transport.c: see socketio/transport.h. transport_send queues or writes a
 * packet, transport_flush responds to GETs, transport_upgrade moves a session
 * to its WebSocket, and transport_end ends its links. */
#include "socketio/transport.h"

struct session *transport_session(struct transport *t, const struct link *l) {
    return session_get(&t->sessions, l->session);
}

bool transport_is_paused(const struct transport *t, const struct link *l) {
    const struct outbox *o = &t->links.outbox;
    if (!outbox_is_full(o)) return false;
    const struct session *s = session_get(&t->sessions, l->session);
    return s && outbox_is_before(o, s->published);
}

/* Output of the link was sent, or the link changes its session: the time for a
 * pong begins. */
static void mark_sent(struct transport *t, struct link *l) {
    struct session *s = transport_session(t, l);
    if (l->has_ping && s) session_ping_sent(&t->sessions, s, t->links.now);
    l->has_ping = l->has_packets = false;
}

void transport_serve(struct transport *t, struct link *l,
                     const struct session *s) {
    mark_sent(t, l);
    l->session = s ? s->handle : NO_HANDLE;
}

static void write_ping(struct session *s, struct link *l) {
    session_ping_written(s);
    l->has_ping = true;
}

void transport_send(struct transport *t, struct session *s, bool is_binary,
                    const struct span *parts, size_t k) {
    if (s->state == SESSION_WEBSOCKET) {
        struct link *l = link_get(&t->links, s->carrier);
        if (l) link_send(&t->links, l, is_binary, parts, k);
        return;
    }
    struct shared *packet =
        shared_new(&t->sessions.queued, is_binary, parts, k);
    session_push(&t->sessions, s, packet);
    session_hurry(&t->sessions, s);
    shared_release(&t->sessions.queued, packet);
}

void transport_ping(struct transport *t, struct session *s) {
    struct link *l = link_get(&t->links, s->carrier);
    if (session_state_is_polling(s->state)) {
        session_ping_queued(&t->sessions, s, t->links.now);
    } else if (l) {
        link_ping(&t->links, l);
        write_ping(s, l);
    }
}

bool transport_is_writable(const struct transport *t, const struct session *s) {
    const struct link *l = link_get(&t->links, s->carrier);
    return l && (session_state_is_polling(s->state) || !l->ws.is_sending);
}

/* Responds to the waiting GET with a ping that is due and queued packets;
 * packets that do not fit into the response wait for the next GET. If the
 * response cannot be written or sent, the link and the session are lost. */
static void respond(struct transport *t, struct session *s) {
    struct link *l = link_get(&t->links, s->carrier);
    const char *ping = s->ping == PING_QUEUED ? "2" : NULL;
    session_unpark(&t->sessions, s);
    int n = link_respond_packets(&t->links, l, ping, s->queue, NULL);
    l->has_packets = true;
    if (ping) write_ping(s, l);
    if (n > 0) queue_drop(&t->sessions.queued, &s->queue, (uint32_t)n);
}

/* May the GET be answered in this round? Their number is bounded. */
static bool may_respond(struct transport *t, const struct session *s) {
    if (session_is_hurried(s)) return true;
    if (t->responses >= t->links.outbox.max_receivers) return false;
    t->responses++;
    return true;
}

void transport_flush(struct transport *t) {
    struct session *s;
    while ((s = session_next_ready(&t->sessions)) && may_respond(t, s))
        respond(t, s);
}

/* Engine.IO v4, "Upgrade": the client sends its 5 when no GET waits any more.
 * So a waiting GET gets a noop if nothing else is queued. */
void transport_end_get(struct transport *t, struct session *s) {
    if (!t->omits_noop && !session_has_output(s))
        session_push_text(&t->sessions, s, "6");
    session_hurry(&t->sessions, s);
}

void transport_upgrade(struct transport *t, struct session *s) {
    struct link *get = link_get(&t->links, s->carrier);
    struct link *l = link_get(&t->links, s->probe);
    struct queue *q = s->queue;
    for (uint32_t i = 0; q && i < q->count; i++) {
        struct span packet = shared_view(q->packets[i]);
        link_send(&t->links, l, q->packets[i]->is_binary, &packet, 1);
    }
    if (s->ping == PING_QUEUED) {
        link_send_text(&t->links, l, "2");
        write_ping(s, l);
    }
    queue_free(&t->sessions.queued, &s->queue);
    if (get) link_respond(&t->links, get, span_from("6"));
    link_set_open(&t->links, l);
    session_upgrade(&t->sessions, s);
}

void transport_end(struct transport *t, struct session *s) {
    struct link *carrier = link_get(&t->links, s->carrier);
    struct link *probe = link_get(&t->links, s->probe);
    bool by_peer = s->close_code == CLOSED_BY_PEER;
    if (carrier && s->is_websocket)
        link_close(&t->links, carrier, by_peer ? 1000 : s->close_code);
    else if (carrier)
        link_respond_packets(&t->links, carrier, NULL, s->queue,
                             by_peer ? "6" : "1");
    if (probe) link_close(&t->links, probe, 1000);
}

void transport_sent(struct transport *t, struct link *l) {
    const struct outbox *o = &t->links.outbox;
    uint32_t conn = handle_slot(link_handle(&t->links, l));
    if (outbox_has_waiting(o) && outbox_has(o, conn)) return;
    mark_sent(t, l);
    link_sent(&t->links, l);
}

void transport_lost(struct transport *t, struct link *l) {
    uint32_t handle = link_handle(&t->links, l);
    struct session *s = transport_session(t, l);
    bool has_packets = l->has_packets;
    link_lost(&t->links, l);
    if (!s) return;
    if (s->probe == handle) session_abandon_probe(s);
    /* Engine.IO: if a request is cut off, its session closes, too: packets
     * under way are lost, and the client must notice. */
    if (s->carrier == handle || s->post == handle || has_packets)
        session_close(&t->sessions, s, CLOSED_LOST);
}
