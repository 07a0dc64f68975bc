/*
 * pending.h: a binary packet until its attachments have arrived
 *
 *   51-["e",{...}]      begins it: the text is kept
 *   binary message      its first attachment; with the last one it is complete
 *
 * Socket.IO v5, "Packet encoding". A new client, which must send a CONNECT, has
 * an empty one for its timer. Introduced in socketio/506_echo_server.c.
 */
#ifndef SOCKETIO_PENDING_H
#define SOCKETIO_PENDING_H

#include "packets/timer.h"
#include "socketio/packet.h"

struct pending {        /* must not move */
    struct timer timer; /* the caller's, like client */
    uint32_t client;
    struct buf bytes; /* the text, then the attachments so far */
    uint32_t text_len;
    uint32_t lens[LIMIT_ATTACHMENTS];
    uint8_t order[LIMIT_ATTACHMENTS]; /* see packet.h */
    uint8_t expected, received;       /* attachments */
};

/* Makes an empty struct pending. NULL: no memory. */
struct pending *pending_new(uint32_t client);
void pending_free(struct pending *p); /* p may be NULL */

/* Begins with a packet that was parsed from text; text and attachments are at
 * most max bytes together. False: text is longer, or no memory. */
bool pending_begin(struct pending *p, const struct packet *packet,
                   struct span text, size_t max);

/* Adds an attachment; one must be missing. False: no memory, or no space for so
 * many bytes. */
bool pending_add(struct pending *p, struct span bytes);
static inline bool pending_has_space(const struct pending *p, size_t n) {
    return n <= p->bytes.max - buf_view(&p->bytes).len;
}

static inline bool pending_is_complete(const struct pending *p) {
    return p->received == p->expected;
}

/* Parses the complete packet again, and returns its attachments in the order of
 * their placeholders. All of it is valid until pending_free. */
void pending_read(struct pending *p, struct packet *packet,
                  struct span attachments[LIMIT_ATTACHMENTS]);

#endif
