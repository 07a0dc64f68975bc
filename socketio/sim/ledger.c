/* ledger.c: see socketio/sim/ledger.h */
#include "socketio/sim/ledger.h"

uint64_t ledger_hash(uint64_t hash, struct span bytes) {
    for (size_t i = 0; i < bytes.len; i++)
        hash = (hash ^ bytes.data[i]) * 0x100000001b3u;
    return hash;
}

struct entry ledger_event(const struct server_event *e) {
    int64_t head[] = {e->type, e->from.nsp, e->id, e->args.attachments};
    struct span start = {(uint8_t *)head, sizeof head};
    uint64_t hash = ledger_hash(HASH_START, start);
    hash = ledger_hash(hash, e->name);
    hash = ledger_hash(hash, span_from("|"));
    hash = ledger_hash(hash, e->args.json);
    for (unsigned i = 0; i < e->args.attachments; i++) {
        hash = ledger_hash(hash, span_from("|"));
        hash = ledger_hash(hash, e->args.attachment[i]);
    }
    return (struct entry){hash, (uint32_t)(e->name.len + e->args.json.len), 0,
                          e->type == SERVER_ACKED ? e->id : -1};
}

struct entry ledger_message(struct span bytes) {
    return (struct entry){ledger_hash(HASH_START, bytes), (uint32_t)bytes.len,
                          0, -1};
}

void ledger_push(struct buf *queue, struct entry e) {
    buf_append(queue, &e, sizeof e);
}

bool ledger_is_empty(const struct buf *queue) {
    return queue->start == queue->end;
}

struct entry ledger_first(const struct buf *queue) {
    struct entry e;
    memcpy(&e, queue->bytes + queue->start, sizeof e);
    return e;
}

void ledger_drop(struct buf *queue) {
    buf_consume(queue, sizeof(struct entry));
}

bool ledger_pop(struct buf *queue, struct entry e) {
    if (ledger_is_empty(queue)) return false;
    struct entry first = ledger_first(queue);
    if (first.hash != e.hash || first.size != e.size) return false;
    buf_consume(queue, sizeof e);
    return true;
}

bool ledger_pop_after_broadcasts(struct buf *queue, struct entry e) {
    while (!ledger_is_empty(queue)) {
        if (ledger_pop(queue, e)) return true;
        if (!ledger_first(queue).is_broadcast) return false;
        buf_consume(queue, sizeof e);
    }
    return false;
}
