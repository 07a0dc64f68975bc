/*
 * resume.h: a Socket.IO client's state for connection state recovery
 *
 *   <- 40{"sid":"...","pid":"P"}              pid: P
 *   <- 42["news",1,"E.41"]                    offset: E.41
 *      (the connection is lost)
 *   -> 40{"pid":"P","offset":"E.41"}          and the program's auth
 *   <- 40{"sid":"...","pid":"P"}              the same: it is recovered
 *
 * "Connection state recovery" in the documentation of Socket.IO; the server's
 * side is socketio/server_recover.h. If the pid or the last offset is too long,
 * the client reconnects as a new one. It does not send an older offset instead:
 * the server would repeat events that have arrived. Introduced in
 * socketio/507_echo_client.c.
 */
#ifndef SOCKETIO_RESUME_H
#define SOCKETIO_RESUME_H

#include "packets/span.h"

#define RESUME_MAX 64 /* bytes of a pid, and of an offset */
#define RESUME_FRONT_MAX (2 * RESUME_MAX + 32)

struct resume {                                  /* all zero: nothing yet */
    uint8_t pid[RESUME_MAX], offset[RESUME_MAX]; /* without quotes */
    uint8_t pid_len, offset_len;
    bool is_too_long; /* the last offset was: none is sent */
};

/* Handles the object of the server's reply to a CONNECT. Returns: is the client
 * recovered? */
bool resume_connected(struct resume *r, struct span answer);

/* Handles an event without an ack, a valid array. If its last value, not its
 * name, is a string, that is the offset. After an offset of more than
 * RESUME_MAX bytes, resume_auth requests no recovery until a shorter one
 * arrives. */
void resume_event(struct resume *r, struct span array);

/* Returns the data of a CONNECT in two parts: the front, with pid and offset,
 * written into text, and *rest, the rest of auth, a valid object or empty. The
 * front is empty if the client is new. */
struct span resume_auth(const struct resume *r, struct span auth,
                        char text[RESUME_FRONT_MAX], struct span *rest);

#endif
