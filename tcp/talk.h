/*
 * talk.h: one connection of an experiment to a server on this machine
 *
 *   out  --send all-->  server        bytes  <--recv--  server
 *
 * For a machine that appends its output to a buf and is fed with input. The
 * calls block, and there is one connection at a time: an experiment has no
 * loop. Introduced in websocket/411_proxy.c.
 */
#ifndef TCP_TALK_H
#define TCP_TALK_H

#include "packets/buf.h"

#define TALK_BYTES 4096     /* received at a time */
#define TALK_MAX_OUT 65536  /* bytes in out */
#define TALK_LIMIT_MS 10000 /* from talk_open to the last talk_next */

enum talk_result {
    TALK_INPUT,
    TALK_EOF,     /* the server has ended the connection, or broken it */
    TALK_SILENCE, /* nothing arrived in time */
};

struct talk {
    int fd;
    struct buf out; /* sent by the next talk_next */
    int64_t end_ms; /* of TALK_LIMIT_MS */
    uint8_t bytes[TALK_BYTES];
};

/* Connects to 127.0.0.1 at port, in digits. Ends the process with a message if
 * that fails. */
void talk_open(struct talk *t, const char *port);
void talk_close(struct talk *t);

/* Sends all of out, then waits for input, at most timeout_ms (-1: until
 * TALK_LIMIT_MS). *in is valid until the next call, or empty. A call after
 * TALK_LIMIT_MS ends the process with a message: the server hangs, or sends
 * without end. */
enum talk_result talk_next(struct talk *t, struct span *in, int timeout_ms);

#endif
