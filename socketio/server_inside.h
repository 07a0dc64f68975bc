/*
 * server_inside.h: what the files of the server share, and nobody else
 *
 *   server.c          opening, feeding, events; what the program sends
 *   server_client.c   what a client sends: packets and their attachments
 */
#ifndef SOCKETIO_SERVER_INSIDE_H
#define SOCKETIO_SERVER_INSIDE_H

#include "packets/timer.h"
#include "socketio/packet.h"
#include "socketio/server.h"

#define NOBODY UINT32_MAX

/* A binary packet whose attachments are still coming. It stands at the front
 * of client.pending; behind it the text, then the attachments so far. */
struct pending {
    uint32_t text;
    uint32_t size[LIMIT_ATTACHMENTS];
    uint8_t order[LIMIT_ATTACHMENTS];
    uint8_t want, have;
};

struct client {
    struct timer timer; /* the first member; until CONNECT, or attachments */
    struct buf pending;
    uint16_t joined; /* namespaces, a bit each: its groups of the engine, too */
};

struct server {
    struct engine *engine;
    struct server_options o;
    struct client *clients;            /* by session */
    struct span nsp[LIMIT_NAMESPACES]; /* their names */
    unsigned namespaces;
    struct timers connecting, attaching;
    struct buf lent; /* the memory behind the last event */
    uint64_t ids;    /* of sockets, given so far */
    int64_t now;
    uint32_t gone; /* whose DISCONNECT events are being told, */
    uint16_t left; /* and for which namespaces */
};

/* Sets all of an event but its attachments. */
static inline void set_event(struct server_event *e,
                             enum server_event_type type, uint32_t client,
                             unsigned nsp) {
    e->type = type;
    e->client = client;
    e->nsp = nsp;
    e->name = e->args = (struct span){0};
    e->id = -1;
    e->attachments = 0;
}

/* A message from a client. True: *e is set. */
bool client_text(struct server *s, uint32_t client, struct span text,
                 struct server_event *e);
bool client_binary(struct server *s, uint32_t client, struct span bytes,
                   struct server_event *e);

#endif
