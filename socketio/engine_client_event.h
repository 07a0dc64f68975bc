/*
 * engine_client_event.h: the options, events and errors of an Engine.IO client
 *
 *   options          OPENED  MESSAGE ...  UPGRADED  MESSAGE ...  CLOSED
 *
 * Introduced in socketio/507_echo_client.c.
 */
#ifndef SOCKETIO_ENGINE_CLIENT_EVENT_H
#define SOCKETIO_ENGINE_CLIENT_EVENT_H

#include "packets/span.h"

enum engine_client_transport {
    TRANSPORT_WEBSOCKET,
    TRANSPORT_POLLING,
    TRANSPORT_UPGRADE, /* polling, then a WebSocket if the server has one */
};

struct engine_client_options { /* the texts must not change while in use */
    const char *host;          /* "127.0.0.1:3000", for the Host field */
    const char *path;          /* "/socket.io/", at most 255 bytes */
    uint32_t transport;        /* of enum engine_client_transport */
    uint32_t max_message;      /* bytes of a message from the server */
    uint32_t answer_ms; /* for the open packet (at most LIMIT_OPEN_MS), and for
                           an ack */
};

enum engine_client_event_type {
    ENGINE_CLIENT_OPENED,
    ENGINE_CLIENT_MESSAGE,  /* is_binary, payload */
    ENGINE_CLIENT_UPGRADED, /* messages go over the WebSocket from now on */
    ENGINE_CLIENT_CLOSED,   /* why, or NULL after engine_client_close; payload:
                             what the server sent with it */
};

struct engine_client_event {
    enum engine_client_event_type type;
    bool is_binary;
    struct span payload; /* valid until the next call for the same client */
    const char *why;     /* valid until engine_client_open */
};

enum engine_client_error {
    ENGINE_CLIENT_ERR_STATE = -1,   /* the session is not open */
    ENGINE_CLIENT_ERR_TOO_BIG = -2, /* for the maxPayload of the server */
    ENGINE_CLIENT_ERR_FULL = -3,    /* over LIMIT_COLLECTED, or no memory */
};

#endif
