/* application_room.c: see socketio/sim/application.h */
#include <stdio.h>

#include "socketio/sim/application.h"
#include "socketio/sim/memory.h"
#include "socketio/sim/model_act.h"
#include "socketio/sim/sim.h"

static const char *const names[ROOMS] = {
    "red", "blue", "\xe6\xbc\xa2",
    "the longest name that a room may have has sixty-four bytes: ...."};

static struct span name_of(unsigned room) {
    return span_from(names[room % ROOMS]);
}

/* Arguments are "LIFE.NUMBER...": the number determines the room. */
static unsigned room_of(const struct server_event *e) {
    const uint8_t *at = memchr(e->args.json.data, '.', e->args.json.len);
    unsigned number = 0;
    for (at++; *at >= '0' && *at <= '9'; at++) number = number * 10 + *at - '0';
    return number % ROOMS;
}

/* Sends an event to the clients of some rooms (a bit each), or of the namespace
 * (0). RULE: each of them receives it once; except receives none. */
static void send(const struct server_event *e, struct server_target target,
                 unsigned rooms, const struct model *except) {
    struct span message =
        application_event_text(e, span_from("sent"), e->args.json);
    application_count(message, e);
    for (int i = 0; i < MAX_MODELS; i++) {
        struct model *m = &models[i];
        if (!(m->joined >> e->from.nsp & 1) || m == except) continue;
        if (rooms == 0 || m->rooms[e->from.nsp] & rooms)
            application_expect(m, message, e, true);
    }
    if (except) target = server_except(target, e->from);
    machine_emit(target, span_from("sent"), e->args);
}

static void join_room(struct model *m, const struct server_event *e) {
    unsigned room = room_of(e);
    if (machine_join(e->from, name_of(room)))
        m->rooms[e->from.nsp] |= (uint8_t)(1u << room);
    else if (!memory_has_failed())
        model_fail(m, "a client may join rooms", "it is refused");
}

static void leave_room(struct model *m, const struct server_event *e) {
    unsigned room = room_of(e);
    machine_leave(e->from, name_of(room));
    m->rooms[e->from.nsp] &= (uint8_t) ~(1u << room);
}

static void expel(struct model *m, const struct server_event *e) {
    struct server_event text_only = *e;
    char text[40];
    text_only.args.attachments = 0;
    snprintf(text, sizeof text, "41%s", model_prefix(e->from.nsp));
    application_expect(m, span_from(text), &text_only, false);
    m->rooms[e->from.nsp] = 0;
    machine_disconnect(e->from);
}

/* Acks */

enum {
    MAX_AWAITED = 5000
};

static struct awaited {
    int64_t id, since_ms;
    unsigned life;
    struct server_socket from;
} awaited[MAX_AWAITED];
static unsigned awaited_count;

static struct awaited *find_ack(int64_t id) {
    for (unsigned i = 0; i < awaited_count; i++)
        if (awaited[i].id == id) return &awaited[i];
    return NULL;
}

bool application_awaits_ack(int64_t id) {
    return find_ack(id) != NULL;
}

unsigned application_acks_awaited(void) {
    return awaited_count;
}

void application_forget_acks(void) {
    awaited_count = 0;
}

static void emit_with_ack(struct model *m, const struct server_event *e) {
    struct server_args args = {.json = e->args.json};
    struct server_event text_only = *e;
    char text[60];
    struct buf message = {.max = BUF_MAX};
    if (awaited_count == MAX_AWAITED) return;
    int64_t id = machine_emit_ack(e->from, span_from("question"), args);
    if (id < 0 && memory_has_failed()) return;
    if (id < 0 || find_ack(id))
        model_fail(m, "an ack has an id of its own", "it has not");
    awaited[awaited_count++] = (struct awaited){id, sim.now, m->life, e->from};
    text_only.args.attachments = 0;
    snprintf(text, sizeof text, "42%s%lld[\"question\",",
             model_prefix(e->from.nsp), (long long)id);
    buf_text(&message, text);
    buf_append(&message, args.json.data, args.json.len);
    buf_text(&message, "]");
    application_expect(m, buf_view(&message), &text_only, false);
    buf_free(&message);
}

/* RULE: the server reports an ack once, from the client that received the
 * event. */
void application_handle_ack(struct model *m, const struct server_event *e) {
    struct awaited *w = find_ack(e->id);
    if (!w || w->life != m->life || w->from.client != e->from.client ||
        w->from.nsp != e->from.nsp)
        model_fail(m, "an ack is reported once, from the client that owes it",
                   "it does not");
    *w = awaited[--awaited_count];
}

/* RULE: an ack that does not arrive times out once, and not too early. */
void application_handle_ack_timeout(const struct server_event *e) {
    struct awaited *w = find_ack(e->id);
    if (!w || w->from.client != e->from.client || w->from.nsp != e->from.nsp)
        trace_fail(NO_CLIENT, "an ack times out once", "it is not awaited");
    if (sim.now < w->since_ms + sim.options.ack_timeout)
        trace_fail(NO_CLIENT, "an ack has its time", "it times out earlier");
    *w = awaited[--awaited_count];
}

/* CONNECT */

void application_decide(struct model *m, struct server_event *e) {
    static const char refusal[] = "{\"message\":\"not \\\"today\\\"\"}";
    struct server_event no_attachments = {.id = -1};
    char text[80];
    if (e->args.json.len > 14 &&
        memcmp(e->args.json.data + e->args.json.len - 3, ":1}", 3) == 0 &&
        memchr(e->args.json.data, 'r', e->args.json.len)) {
        snprintf(text, sizeof text, "44%s%s",
                 e->from.nsp == 0 ? "" : "/custom,", refusal);
        application_expect(m, span_from(text), &no_attachments, false);
        machine_refuse(e, "not \"today\"");
    } else if (span_equal(e->name, span_from("/made")) && !machine_allow(e)) {
        if (!memory_has_failed())
            model_fail(m, "a namespace may be made", "it may not");
        ledger_drop(&m->sent); /* its CONNECT, which is refused instead */
        m->errors_due++;
    }
}

void application_handle_in_rooms(struct model *m,
                                 const struct server_event *e) {
    unsigned room = room_of(e), next = (room + 1) % ROOMS;
    struct span both[] = {name_of(room), name_of(next)};
    struct server_target all = server_to_all(e->from);
    struct server_target one = server_to_room(e->from, both[0]);
    if (span_equal(e->name, span_from("enter")))
        join_room(m, e);
    else if (span_equal(e->name, span_from("exit")))
        leave_room(m, e);
    else if (span_equal(e->name, span_from("room")))
        send(e, one, 1u << room, NULL);
    else if (span_equal(e->name, span_from("others")))
        send(e, all, 0, m);
    else if (span_equal(e->name, span_from("room-others")))
        send(e, one, 1u << room, m);
    else if (span_equal(e->name, span_from("rooms")))
        send(e, server_to_rooms(e->from, both, 2), 1u << room | 1u << next,
             NULL);
    else if (span_equal(e->name, span_from("ask")))
        emit_with_ack(m, e);
    else if (span_equal(e->name, span_from("out")))
        expel(m, e);
}
