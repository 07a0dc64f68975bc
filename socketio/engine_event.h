/*
 * engine_event.h: what an Engine.IO server reports to its program
 *
 *   OPENED  MESSAGE MESSAGE ...  CLOSED      of a session
 *   REQUEST                                  for another path
 *
 * Introduced in socketio/503_engine_server.c.
 */
#ifndef SOCKETIO_ENGINE_EVENT_H
#define SOCKETIO_ENGINE_EVENT_H

#include "packets/span.h"

enum engine_event_type {
    ENGINE_OPENED,
    ENGINE_MESSAGE,
    ENGINE_CLOSED,  /* the last event of a session */
    ENGINE_REQUEST, /* GET or HEAD of another path. The program calls
                       engine_respond before the next engine_next, or the
                       response is a 404 */
};

struct engine_event {
    enum engine_event_type type;
    uint32_t session; /* its handle */
    uint32_t conn;    /* of a REQUEST */
    bool is_binary;
    struct span payload; /* of a MESSAGE, or a REQUEST's target: valid until the
                            next engine_next; may be written to */
    struct span if_none_match; /* of a REQUEST: the field of that name */
};

#endif
