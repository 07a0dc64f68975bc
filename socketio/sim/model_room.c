/*
 * model_room.c: an honest client's actions with rooms and namespaces
 *
 * The application derives the room from the number of the event.
 */
#include <stdio.h>

#include "socketio/sim/model_act.h"
#include "socketio/sim/model_send.h"
#include "socketio/sim/prng.h"
#include "socketio/sim/sim.h"

/* Asks to be refused: the application sends the reason. */
static void join_refused(struct model *m) {
    char text[80];
    unsigned nsp = prng_below(NAMESPACES);
    if (!sim.options.asks_to_connect || nsp == 2) return;
    if ((m->requested | m->expelled) >> nsp & 1) return;
    snprintf(text, sizeof text, "40%s{\"n\":%u,\"refuse\":1}",
             model_prefix(nsp), m->life);
    model_send(m, false, span_from(text));
}

/* Joins a namespace that is not in the server's options. */
static void join_made(struct model *m) {
    if (sim.options.asks_to_connect && !((m->requested | m->expelled) & 4))
        model_join(m, 2);
}

/* Makes the server expel the client. The server drops packets to the namespace
 * until the client has received the 41 and joins again. */
static void be_expelled(struct model *m) {
    char text[100];
    unsigned nsp = model_nsp(m);
    uint16_t requested = m->requested;
    m->requested = (uint16_t)(1u << nsp);
    model_emit(m, "out", -1, 0);
    model_expect(m, SERVER_DISCONNECT, nsp, (struct span){0}, -1);
    m->requested = requested & (uint16_t) ~(1u << nsp);
    m->expelled |= (uint16_t)(1u << nsp);
    if (prng_percent(40)) {
        snprintf(text, sizeof text, "42%s[\"message\",\"too late\"]",
                 model_prefix(nsp));
        model_send(m, false, span_from(text));
    }
    if (prng_percent(20) && m->phase != WEBSOCKET) {
        snprintf(text, sizeof text,
                 "451-%s[\"message\",{\"_placeholder\":true,\"num\":0}]",
                 model_prefix(nsp));
        model_send(m, false, span_from(text));
        model_send(m, true, span_from("late"));
    }
}

void model_act_in_rooms(struct model *m) {
    static const char *const events[] = {"enter", "enter",  "exit",
                                         "room",  "others", "room-others",
                                         "rooms", "ask",    "ask"};
    uint32_t choice = prng_below(13);
    if (choice < 9)
        model_emit(m, events[choice], -1, choice > 2 && prng_percent(10));
    else if (choice < 10)
        be_expelled(m);
    else if (choice < 11)
        join_refused(m);
    else
        join_made(m);
}

/* Consumes the namespace of a packet and returns its number. */
static unsigned read_prefix(struct span *rest) {
    for (unsigned nsp = 1; nsp < NAMESPACES; nsp++) {
        struct span prefix = span_from(model_prefix(nsp));
        if (rest->len < prefix.len ||
            !span_equal((struct span){rest->data, prefix.len}, prefix))
            continue;
        *rest = span_skip(*rest, prefix.len);
        return nsp;
    }
    return 0;
}

/* Sends an ack once, twice, or not at all. */
void model_acknowledge(struct model *m, struct span message) {
    struct span rest = span_skip(message, 2);
    unsigned nsp = read_prefix(&rest);
    char text[60];
    int64_t id = 0;
    if (rest.len == 0 || *rest.data < '0' || *rest.data > '9') return;
    for (; *rest.data != '['; rest = span_skip(rest, 1))
        id = id * 10 + *rest.data - '0';
    if (m->phase == ENDED || m->fault || !(m->requested >> nsp & 1)) return;
    if (prng_percent(20)) return;
    snprintf(text, sizeof text, "43%s%lld[1]", model_prefix(nsp),
             (long long)id);
    model_expect(m, SERVER_ACKED, nsp, span_from("1"), id);
    model_send(m, false, span_from(text));
    if (prng_percent(20)) model_send(m, false, span_from(text));
}

void model_was_expelled(struct model *m, struct span message) {
    struct span rest = span_skip(message, 2);
    m->expelled &= (uint16_t) ~(1u << read_prefix(&rest));
}
