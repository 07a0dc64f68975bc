/*
 * model_act.c: the actions of an honest client: events, namespaces, requests
 *
 * Every event that the server must report goes into m->sent.
 */
#include <stdio.h>

#include "socketio/sim/model_act.h"
#include "socketio/sim/model_send.h"
#include "socketio/sim/prng.h"
#include "socketio/sim/sim.h"

enum {
    MAX_UNREPORTED = 60, /* events sent that were not reported yet */
};

const char *model_prefix(unsigned nsp) {
    static const char *const prefixes[NAMESPACES] = {"", "/custom,", "/made,"};
    return prefixes[nsp];
}

unsigned model_nsp(const struct model *m) {
    unsigned nsp = prng_below(NAMESPACES);
    while (!(m->requested >> nsp & 1)) nsp = (nsp + 1) % NAMESPACES;
    return nsp;
}

void model_expect(struct model *m, enum server_event_type type, unsigned nsp,
                  struct span args, int64_t id) {
    struct server_event e = {
        .type = type, .from = {0, nsp}, .id = id, .args = {.json = args}};
    ledger_push(&m->sent, ledger_event(&e));
}

void model_join(struct model *m, unsigned nsp) {
    char text[60], args[30];
    snprintf(args, sizeof args, "{\"n\":%u}", m->life);
    snprintf(text, sizeof text, "40%s%s", model_prefix(nsp), args);
    model_expect(m, SERVER_CONNECT, nsp, span_from(args), -1);
    model_send(m, false, span_from(text));
    m->requested |= (uint16_t)(1u << nsp);
    if (m->connected) return;
    if (m->phase == WEBSOCKET)
        m->connect = (struct mark){&m->ws, m->ws.written};
    else
        m->connect_pending = true;
}

static void leave_namespace(struct model *m, unsigned nsp) {
    char text[20];
    snprintf(text, sizeof text, "41%s", model_prefix(nsp));
    model_expect(m, SERVER_DISCONNECT, nsp, (struct span){0}, -1);
    model_send(m, false, span_from(text));
    m->requested &= (uint16_t) ~(1u << nsp);
}

/* Joins an unknown namespace: the server responds with CONNECT_ERROR. */
static void join_nothing(struct model *m) {
    char text[60];
    m->errors_due++;
    snprintf(text, sizeof text, "40/nothing,{\"n\":%u}", m->life);
    model_send(m, false, span_from(text));
}

static void write_filler(struct buf *b, uint32_t n) {
    static const char *const pieces[] = {
        "a",
        "hello",
        "é",
        "\\n",
        "\\u00e9",
        "漢字",
        "😀",
        "\\\"",
        "0",
        " ",
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"};
    uint32_t count = sizeof pieces / sizeof *pieces;
    for (uint32_t end = b->end + n; b->end < end;)
        buf_text(b, pieces[n > 2000 ? count - 1 : prng_below(count)]);
}

static uint32_t choose_size(const struct model *m) {
    if (sim.hoards) return prng_below(sim.message_max);
    if (m->is_slow && prng_percent(30)) return sim.message_max / 2;
    if (prng_percent(1)) return prng_below(sim.message_max / 2);
    return prng_percent(15) ? prng_below(800) : prng_below(40);
}

/* Writes the arguments: a string, then a placeholder for each attachment.
 * order: the numbers of the placeholders; NULL: as the server numbers them. */
static void write_args(struct buf *b, struct span text, const unsigned *order,
                       unsigned attachments) {
    char place[60];
    buf_append(b, text.data, text.len);
    for (unsigned i = 0; i < attachments; i++) {
        snprintf(place, sizeof place, ",{\"_placeholder\":true,\"num\":%u}",
                 order ? order[i] : i);
        buf_text(b, place);
    }
}

static void send_attachments(struct model *m, struct server_event *e,
                             const unsigned *order) {
    static struct buf bytes = {.max = BUF_MAX};
    struct span sent[LIMIT_ATTACHMENTS], in_order[LIMIT_ATTACHMENTS];
    unsigned count = e->args.attachments;
    buf_clear(&bytes);
    buf_reserve(&bytes, LIMIT_ATTACHMENTS * 100);
    for (unsigned i = 0; i < count; i++) {
        uint32_t n = prng_below(100);
        for (uint32_t k = 0; k < n; k++) {
            uint8_t byte = (uint8_t)prng_below(256);
            buf_append(&bytes, &byte, 1);
        }
        sent[i] = (struct span){bytes.bytes + bytes.end - n, n};
    }
    for (unsigned i = 0; i < count; i++) in_order[i] = sent[order[i]];
    e->args.attachment = in_order;
    ledger_push(&m->sent, ledger_event(e));
    if (m->phase == WEBSOCKET) { /* the attachments may leave in pieces */
        m->attached.end = NULL;
        m->attach_from_ms = sim.now;
    }
    for (unsigned i = 0; i < count; i++) model_send(m, true, sent[i]);
    if (m->phase == WEBSOCKET)
        m->attached = (struct mark){&m->ws, m->ws.written};
    buf_free(&bytes);
}

void model_emit(struct model *m, const char *name, int64_t id,
                unsigned attachments) {
    static struct buf args = {.max = BUF_MAX}, text = {.max = BUF_MAX};
    unsigned nsp = model_nsp(m), order[LIMIT_ATTACHMENTS];
    char head[40], number[24] = "";
    for (unsigned i = 0; i < attachments; i++) { /* a permutation */
        unsigned k = prng_below(i + 1);
        order[i] = order[k];
        order[k] = i;
    }
    buf_clear(&args);
    snprintf(head, sizeof head, "\"%u.%u.", m->life, (unsigned)m->next_id);
    buf_text(&args, head);
    write_filler(&args, choose_size(m));
    buf_text(&args, "\"");
    uint32_t n = args.end;

    if (id >= 0) snprintf(number, sizeof number, "%lld", (long long)id);
    buf_clear(&text);
    if (attachments > 0)
        snprintf(head, sizeof head, "45%u-", attachments);
    else
        snprintf(head, sizeof head, "42");
    const char *const parts[] = {head, model_prefix(nsp), number, "[\"", name,
                                 "\","};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        buf_text(&text, parts[i]);
    write_args(&text, (struct span){args.bytes, n}, order, attachments);
    buf_text(&text, "]");
    write_args(&args, (struct span){0}, NULL, attachments);

    struct server_event e = {.type = SERVER_EVENT,
                             .from = {0, nsp},
                             .name = span_from(name),
                             .args = {buf_view(&args), attachments, NULL},
                             .id = id};
    model_send(m, false, buf_view(&text));
    if (attachments > 0)
        send_attachments(m, &e, order);
    else
        ledger_push(&m->sent, ledger_event(&e));
    m->next_id++;
    buf_free(&args);
    buf_free(&text);
}

/* Sends an ack that was not requested: the server ignores it. */
static void acknowledge(struct model *m) {
    char text[40];
    snprintf(text, sizeof text, "43%s9007199254740991[1]",
             model_prefix(model_nsp(m)));
    model_send(m, false, span_from(text));
}

/* Sends a noop: the server ignores it. */
static void send_idle_packet(struct model *m) {
    model_send(m, false, span_from("6"));
}

/* Sends up to three pipelined requests on the idle connection of the POSTs. */
static void request_others(struct model *m, int64_t now) {
    static const struct other {
        const char *method, *target, *fields;
        uint16_t status[4];
    } others[] = {
        {"OPTIONS", "/socket.io/?EIO=4&transport=polling", "", {204}},
        {"GET", "/socket.io/?EIO=4&transport=polling&sid=nobody", "", {400}},
        {"GET", "/socket.io/?EIO=4&transport=pigeon", "", {400}},
        {"POST", "/socket.io/?EIO=4&transport=polling", "", {400, 503}},
        {"GET", "/socket.io/?EIO=4&transport=websocket", "", {400}},
        {"POST", "/page", "", {405}},
        {"POST", "/page", "Content-Length: 0\r\n", {405}},
        {"DELETE", "/page", "", {405}},
    };
    struct endpoint *e = model_post_end(m);
    if (m->phase >= SWITCHING || !model_ready(m, e, now)) return;
    for (uint32_t n = prng_between(1, 3); n > 0; n--) {
        struct request r = {.kind = QUERY_OTHER, .status = {200}};
        if (prng_percent(40)) {
            char target[40];
            r.echo = "/page/";
            r.number = prng_below(1000000);
            r.is_head = prng_percent(20);
            snprintf(target, sizeof target, "/page/%u", (unsigned)r.number);
            model_request(e, r, r.is_head ? "HEAD" : "GET", target, "",
                          (struct span){0});
            continue;
        }
        const struct other *o =
            &others[prng_below(sizeof others / sizeof *others)];
        memcpy(r.status, o->status, sizeof r.status);
        model_request(e, r, o->method, o->target, o->fields, (struct span){0});
    }
}

/* Sends another method than GET or POST: the server refuses it, and the session
 * goes on. */
static void request_wrong_method(struct model *m, int64_t now) {
    struct endpoint *e = model_post_end(m);
    struct request r = {.kind = QUERY_OTHER, .status = {400}};
    if (m->phase >= SWITCHING || !model_ready(m, e, now)) return;
    model_request(e, r, "PUT", model_target(m, "polling"), "",
                  (struct span){0});
}

/* A client that has sent much waits until the server has read it. */
static bool is_busy(const struct model *m) {
    size_t entries = (m->sent.end - m->sent.start) / sizeof(struct entry);
    return entries > MAX_UNREPORTED || m->pending.end > sim.message_max ||
           m->ws.out.end - m->ws.out.start > sim.message_max;
}

/* Emits events to itself or to all, and seldom polls. */
static void hoard(struct model *m) {
    if (m->requested & 1 && !is_busy(m))
        model_emit(m, prng_percent(50) ? "bcast" : "message", -1, 0);
}

void model_act(struct model *m, int64_t now) {
    uint32_t choice = prng_below(100);
    if (sim.hoards) {
        hoard(m);
        return;
    }
    bool may_probe = m->phase == POLLING && m->upgrades && !m->ws.cable;
    if (may_probe && prng_percent(25)) {
        model_probe(m, now);
    } else if (m->requested == 0 || is_busy(m)) {
        if (m->requested == 0 && m->connected && choice < 50 &&
            !(m->expelled & 1))
            model_join(m, 0);
    } else if (choice < 28) {
        model_emit(m, "message", -1, 0);
    } else if (choice < 38) {
        model_emit(m, "message-with-ack", m->next_id, prng_percent(20) ? 2 : 0);
    } else if (choice < 44) {
        model_emit(m, "bcast", -1, prng_percent(10));
    } else if (choice < 50) {
        model_emit(m, "message", -1, prng_between(1, 3));
    } else if (choice < 80) {
        model_act_in_rooms(m);
    } else if (choice < 83 && !((m->requested | m->expelled) & 2)) {
        model_join(m, 1);
    } else if (choice < 85) {
        leave_namespace(m, model_nsp(m));
    } else if (choice < 86) {
        join_nothing(m);
    } else if (choice < 87) {
        acknowledge(m);
    } else if (choice < 88) {
        send_idle_packet(m);
    } else if (choice < 97) {
        request_others(m, now);
    } else {
        request_wrong_method(m, now);
    }
}
