/*
 * ledger.h: the messages that each client and the application must receive
 *
 * Each client has two queues of hashes: of messages that it has sent, and of
 * messages that the application has sent to it. A message that arrives must be
 * the first of its queue. So the simulation finds a loss, a repetition or a
 * change of order at once.
 */
#ifndef SOCKETIO_SIM_LEDGER_H
#define SOCKETIO_SIM_LEDGER_H

#include "packets/buf.h"
#include "socketio/server.h"

struct entry {
    uint64_t hash;
    uint32_t size; /* bytes of the event or message */
    uint32_t is_broadcast;
    int64_t ack; /* the id of an ack, which may have timed out; -1: no ack */
};

#define HASH_START 0xcbf29ce484222325u

/* Continues a hash (FNV-1a) over the bytes. */
uint64_t ledger_hash(uint64_t hash, struct span bytes);

/* Returns the entry of an event that the server reports to the application. */
struct entry ledger_event(const struct server_event *e);

/* Returns the entry of a message that a client receives: text or binary of
 * Engine.IO. */
struct entry ledger_message(struct span bytes);

void ledger_push(struct buf *queue, struct entry e);
bool ledger_is_empty(const struct buf *queue);
struct entry ledger_first(const struct buf *queue);

/* Removes the first entry. */
void ledger_drop(struct buf *queue);

/* Removes the first entry if it is e. False: it is another one, or there is
 * none. */
bool ledger_pop(struct buf *queue, struct entry e);

/* Removes e, and the broadcasts before it, which may be missing. False: e is
 * not there. */
bool ledger_pop_after_broadcasts(struct buf *queue, struct entry e);

#endif
