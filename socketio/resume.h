/*
 * resume.h: what a Socket.IO client remembers, so that it can be recovered
 *
 *   <- 40{"sid":"...","pid":"P"}              pid: P
 *   <- 42["news",1,"E.41"]                    offset: E.41
 *      (the connection is lost)
 *   -> 40{"pid":"P","offset":"E.41"}          beside what the program sends
 *   <- 40{"sid":"...","pid":"P"}              the same: it is recovered
 *
 * "Connection state recovery" in the documentation of Socket.IO; the other end
 * is in socketio/server_recover.h. If the pid or the last offset is too long,
 * the client comes back as a new one. It does not send an older offset instead:
 * the server would repeat what has arrived. Introduced in
 * socketio/507_echo_client.c.
 */
#ifndef SOCKETIO_RESUME_H
#define SOCKETIO_RESUME_H

#include "packets/span.h"

#define RESUME_MAX 64 /* bytes of a pid, and of an offset */
#define RESUME_FRONT_MAX (2 * RESUME_MAX + 32)

struct resume {                                  /* all zero: nothing yet */
    uint8_t pid[RESUME_MAX], offset[RESUME_MAX]; /* as between the quotes */
    uint8_t pid_len, offset_len;
    bool is_too_long; /* the last offset: there is none to send */
};

/* A CONNECT is answered with this object. Returns: is it recovered? */
bool resume_connected(struct resume *r, struct span answer);

/* An event without an ack arrives, a valid array: if its last value is a
 * string, that is the offset. The name of the event is none. After an offset of
 * more than RESUME_MAX bytes, resume_auth asks for no recovery until a shorter
 * one arrives. */
void resume_event(struct resume *r, struct span array);

/* What a CONNECT sends: the front, with pid and offset, which is written into
 * text, and the rest of auth, a valid object or empty. The front is empty if
 * the client is a new one. */
struct span resume_auth(const struct resume *r, struct span auth,
                        char text[RESUME_FRONT_MAX], struct span *rest);

#endif
