/*
 * server_inside.h: the struct of a server, for the files of server.h
 *
 *   server_machine.c   bytes, output and time
 *   server.c           events of the engine
 *   server_send.c      sending to clients
 *   server_recover.c, server_recover_log.c   recovery: called by the others
 */
#ifndef SOCKETIO_SERVER_INSIDE_H
#define SOCKETIO_SERVER_INSIDE_H

#include "socketio/acks.h"
#include "socketio/clients.h"
#include "socketio/engine.h"
#include "socketio/rooms.h"
#include "socketio/server.h"

enum decision {
    NO_REQUEST,
    UNDECIDED, /* the program has the event SERVER_CONNECT_REQUEST */
    REFUSED,
    ACCEPTED, /* joins after the DISCONNECTs of its old connection */
};

struct recovery; /* see server_recover.h */

struct server {
    struct engine *engine;
    struct clients clients;
    struct rooms *rooms; /* NULL until the first */
    struct acks acks;
    struct recovery *recovery; /* NULL: it is off */
    uint64_t ids;              /* of sockets, made so far */
    uint8_t seed[32];
    uint32_t max_clients;
    size_t max_reply; /* see engine_max_reply */

    /* DISCONNECTs to be reported: of the client that is gone, a bit for each
     * namespace, and of the clients that the program expelled. */
    uint32_t lost_client;
    uint16_t lost_joined;
    struct buf expelled; /* of struct server_socket */

    bool asks_to_connect;
    enum decision decision;
    struct server_event request; /* UNDECIDED, REFUSED or ACCEPTED */

    void (*on_events)(struct server *s); /* see server_machine */
    struct tap tap;                      /* what a trace shows */
    char line[TAP_TEXT_SIZE];
};

/* Responds to a CONNECT: type 0 or 4, the namespace, a JSON object. */
void server_answer_connect(struct server *s, uint32_t client,
                           enum packet_type type, struct span nsp,
                           struct span json);

#endif
