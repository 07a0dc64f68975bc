/*
 * application.c: the program of 506 on the server, and what it must report
 *
 * The program responds as 506 does. When a client has left a namespace, it
 * sends an event to the others there. Each event that the server reports must
 * be the next one that its client has sent. The program records each event that
 * it sends, for every client that must receive it.
 */
#include <stdio.h>

#include "socketio/handle.h"
#include "socketio/sim/application.h"
#include "socketio/sim/memory.h"
#include "socketio/sim/sim.h"

static struct model *by_slot[MAX_MODELS * 2];
static struct buf text = {.max = BUF_MAX};

void application_start(void) {
    memset(by_slot, 0, sizeof by_slot);
    buf_free(&text);
    application_forget_acks();
}

static struct span prefix(unsigned nsp) {
    return span_from(nsp == 0 ? "" : nsp == 1 ? "/custom," : "/made,");
}

/* A packet needs this memory in addition to its bytes, and an entry of a queue
 * needs this. */
enum {
    PACKET_OVERHEAD = 64, /* with the offset */
    PLACE_SIZE = 16,
};

void application_count(struct span message, const struct server_event *e) {
    sim.emitted += message.len + PACKET_OVERHEAD;
    for (unsigned i = 0; i < e->args.attachments; i++)
        sim.emitted += e->args.attachment[i].len + PACKET_OVERHEAD;
}

/* Records what m must receive next: the text, then the attachments. */
void application_expect(struct model *m, struct span message,
                        const struct server_event *e, bool is_broadcast) {
    for (unsigned i = 0; i <= e->args.attachments; i++) {
        struct span part = i == 0 ? message : e->args.attachment[i - 1];
        struct entry entry = ledger_message(part);
        entry.is_broadcast = is_broadcast;
        ledger_push(&m->expected, entry);
        m->expected_bytes += part.len;
        sim.emitted += PLACE_SIZE;
    }
    if (!is_broadcast) application_count(message, e);
}

/* Writes "42/custom,[...]", or "452-/custom,[...]" with two attachments. */
static struct span write_message(const struct server_event *e, const char *type,
                                 const char *binary_type,
                                 const struct span *json, size_t k) {
    char head[20];
    buf_clear(&text);
    if (e->args.attachments > 0)
        snprintf(head, sizeof head, "4%s%u-", binary_type, e->args.attachments);
    else
        snprintf(head, sizeof head, "4%s", type);
    buf_text(&text, head);
    buf_append(&text, prefix(e->from.nsp).data, prefix(e->from.nsp).len);
    if (e->type == SERVER_EVENT && *type == '3') {
        snprintf(head, sizeof head, "%lld", (long long)e->id);
        buf_text(&text, head);
    }
    buf_append_all(&text, json, k);
    return buf_view(&text);
}

struct span application_event_text(const struct server_event *e,
                                   struct span name, struct span args) {
    struct span json[] = {span_from("[\""), name,
                          span_from(args.len ? "\"," : "\""), args,
                          span_from("]")};
    return write_message(e, "2", "5", json, 5);
}

static void emit(struct model *m, const struct server_event *e,
                 const char *name, struct server_args args) {
    application_expect(m, application_event_text(e, span_from(name), args.json),
                       e, false);
    machine_emit(server_to(e->from), span_from(name), args);
}

static void broadcast(const struct server_event *e, const char *name,
                      struct server_args args) {
    struct span message = application_event_text(e, span_from(name), args.json);
    application_count(message, e);
    for (int i = 0; i < MAX_MODELS; i++)
        if (models[i].joined >> e->from.nsp & 1)
            application_expect(&models[i], message, e, true);
    machine_emit(server_to_all(e->from), span_from(name), args);
}

static void acknowledge(struct model *m, const struct server_event *e) {
    struct span json[] = {span_from("["), e->args.json, span_from("]")};
    application_expect(m, write_message(e, "3", "6", json, 3), e, false);
    machine_ack(e, e->args);
}

/* Finds the client that sent {"n":life}. */
static struct model *find(struct span args) {
    unsigned life = 0;
    for (size_t i = 5;
         i < args.len && args.data[i] >= '0' && args.data[i] <= '9'; i++)
        life = life * 10 + args.data[i] - '0';
    for (int i = 0; i < MAX_MODELS; i++)
        if (models[i].life == life && models[i].phase != ABSENT)
            return &models[i];
    trace_fail(NO_CLIENT, "events come from clients",
               "an unknown client joins");
}

/* Drops acks that arrived after their time-out: the server does not report
 * them. */
static void drop_overdue_acks(struct model *m) {
    while (!ledger_is_empty(&m->sent)) {
        struct entry first = ledger_first(&m->sent);
        if (first.ack == -1 || application_awaits_ack(first.ack)) return;
        ledger_drop(&m->sent);
    }
}

/* RULE: every event is reported in order and at most once. */
static void check_sent(struct model *m, const struct server_event *e) {
    sim.messages++;
    drop_overdue_acks(m);
    if (ledger_pop(&m->sent, ledger_event(e))) return;
    char detail[100];
    snprintf(detail, sizeof detail, "type %d in namespace %u: %.*s", e->type,
             e->from.nsp, (int)(e->args.json.len < 50 ? e->args.json.len : 50),
             (const char *)e->args.json.data);
    model_fail(m, "events reach the application in order and at most once",
               detail);
}

static void on_connect(struct model *m, const struct server_event *e) {
    static const char reply[] = "40";
    if (m->joined >> e->from.nsp & 1)
        model_fail(m, "a client joins a namespace once", "it is there already");
    if (m->joined && m->slot != e->from.client)
        model_fail(m, "a client keeps its number", "it has another one");
    by_slot[handle_slot(e->from.client)] = m;
    m->slot = e->from.client;
    m->joined |= (uint16_t)(1u << e->from.nsp);
    trace_slot(m->number, m->slot);
    trace(m->number, NO_LINK, "joins a namespace, slot", m->slot, e->args.json);
    buf_clear(&text);
    buf_text(&text, reply);
    buf_append(&text, prefix(e->from.nsp).data, prefix(e->from.nsp).len);
    buf_text(&text, "{\"sid\":\"\"}"); /* as model_receive.c blanks it */
    application_expect(m, buf_view(&text), e, false);
    emit(m, e, "auth", e->args);
}

static void on_disconnect(struct model *m, const struct server_event *e) {
    char number[24];
    uint16_t bit = (uint16_t)(1u << e->from.nsp);
    if (!(m->joined & bit))
        model_fail(m, "a client leaves a namespace once", "it is not there");
    m->joined &= (uint16_t)~bit;
    m->rooms[e->from.nsp] = 0;
    drop_overdue_acks(m);
    trace(m->number, NO_LINK, "leaves a namespace", e->from.nsp,
          (struct span){0});
    if (!ledger_pop(&m->sent, ledger_event(e))) {
        const char *why = model_may_end(m, sim.now);
        if (!why)
            model_fail(m, "a session ends only by its own peer",
                       "its leaving is reported again");
        trace(m->number, NO_LINK, "its session has ended", -1, span_from(why));
        if (m->joined == 0) by_slot[handle_slot(e->from.client)] = NULL;
    }
    snprintf(number, sizeof number, "%u", m->life);
    broadcast(e, "left", server_args(number));
}

static void handle_event(struct model *m, const struct server_event *e) {
    if (span_equal(e->name, span_from("message")))
        emit(m, e, "message-back", e->args);
    else if (span_equal(e->name, span_from("bcast")))
        broadcast(e, "bcast", e->args);
    else if (span_equal(e->name, span_from("message-with-ack")) && e->id >= 0)
        acknowledge(m, e);
    else
        application_handle_in_rooms(m, e);
}

static bool is_connect(const struct server_event *e) {
    return e->type == SERVER_CONNECT || e->type == SERVER_CONNECT_REQUEST;
}

void application_handle(const struct server_event *e) {
    if (e->type == SERVER_REQUEST) {
        machine_respond(e->conn, 200, e->name);
        return;
    }
    if (handle_slot(e->from.client) >= sim.options.engine.max_sessions)
        trace_fail(NO_CLIENT, "events come from clients",
                   "number out of range");
    if (e->type == SERVER_ACK_TIMEOUT) {
        application_handle_ack_timeout(e);
        return;
    }
    struct model *m = is_connect(e) ? find(e->args.json)
                                    : by_slot[handle_slot(e->from.client)];
    if (!m)
        trace_fail(NO_CLIENT, "events come from clients",
                   "no client has joined");
    if (e->type == SERVER_CONNECT_REQUEST) {
        struct server_event request = *e;
        application_decide(m, &request);
        return;
    }
    if (e->type != SERVER_CONNECT && m->slot != e->from.client)
        model_fail(m, "events come from clients", "with the handle of another");
    if (e->type == SERVER_DISCONNECT) {
        on_disconnect(m, e);
        return;
    }
    check_sent(m, e);
    if (e->type == SERVER_CONNECT)
        on_connect(m, e);
    else if (!(m->joined >> e->from.nsp & 1))
        model_fail(m, "events come from clients", "it has not joined");
    else if (e->type == SERVER_EVENT)
        handle_event(m, e);
    else
        application_handle_ack(m, e);
}
