/*
 * engine_client_inside.h: what the files of the Engine.IO client share
 *
 *   engine_client.c        packets, and the upgrade
 *   engine_client_end.c    connections that end, deadlines, closing
 *   socket_client_send.c   attachments, after it has checked the space
 */
#ifndef SOCKETIO_ENGINE_CLIENT_INSIDE_H
#define SOCKETIO_ENGINE_CLIENT_INSIDE_H

#include "socketio/engine_client.h"

/* Gives up the WebSocket of an upgrade; polling goes on. */
void engine_client_abandon_probe(struct engine_client *c);

/* Sends a packet of k parts; text begins with its type. The caller has checked
 * that there is space. False: no memory, and the session has failed. */
bool engine_client_send_packet(struct engine_client *c, bool is_binary,
                               const struct span *parts, size_t k);

static inline bool engine_client_is_probing(const struct engine_client *c) {
    return c->state == ENGINE_STATE_PROBING ||
           c->state == ENGINE_STATE_SWITCHING;
}

/* Is the session open, and not being closed? */
static inline bool engine_client_is_open(const struct engine_client *c) {
    return c->state > ENGINE_STATE_OPENING && c->state < ENGINE_STATE_CLOSING;
}

#endif
