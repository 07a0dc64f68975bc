/*
 * response.h: a strict reader of HTTP responses, for a client that checks
 *
 * It accepts only what this server should write: HTTP/1.1, a Content-Length
 * wherever there may be a body, each field once. It shares no code with
 * websocket/http.h, and so no faults.
 */
#ifndef SOCKETIO_SIM_RESPONSE_H
#define SOCKETIO_SIM_RESPONSE_H

#include "packets/span.h"

struct response {
    unsigned status;
    bool close;       /* the last one on this connection */
    struct span head; /* the fields, each with its CRLF */
    struct span body;
};

/* Parses the response at the start of in. is_head: the request was HEAD, so no
 * body follows. Returns its size; 0: incomplete; -1: not acceptable. */
int64_t response_parse(struct response *r, struct span in, bool is_head);

#endif
