/*
 * ledger.h: what each client and the application must get, in which order
 *
 * Two queues of fingerprints for each client: what it has sent, which the
 * application must get; and what the application has sent to it, which it
 * must receive. Whatever arrives must be the first of its queue. So a loss, a
 * repetition and a change of order all show at once.
 */
#ifndef SOCKETIO_SIM_LEDGER_H
#define SOCKETIO_SIM_LEDGER_H

#include "packets/buf.h"
#include "socketio/server.h"

struct entry {
    uint64_t hash;
    uint32_t size; /* bytes of the event or message */
    uint32_t is_broadcast;
    int64_t ack; /* it answers that id, perhaps too late; -1: no ack */
};

#define HASH_START 0xcbf29ce484222325u

/* FNV-1a: hash, continued over the bytes. */
uint64_t ledger_hash(uint64_t hash, struct span bytes);

/* An event that the server reports to the application, with everything. */
struct entry ledger_event(const struct server_event *e);

/* What a client receives: one text or binary message of Engine.IO. */
struct entry ledger_message(struct span bytes);

void ledger_push(struct buf *queue, struct entry e);
bool ledger_is_empty(const struct buf *queue);
struct entry ledger_first(const struct buf *queue);

/* Removes the first entry, whatever it is. */
void ledger_drop(struct buf *queue);

/* Removes the first entry. False: it is another one, or there is none. */
bool ledger_pop(struct buf *queue, struct entry e);

/* Removes e, and the broadcasts before it, which may be missing. False: e is
 * not there. */
bool ledger_pop_after_broadcasts(struct buf *queue, struct entry e);

#endif
