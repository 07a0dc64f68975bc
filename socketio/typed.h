/*
 * typed.h: parses a line that a user types into a Socket.IO event
 *
 *   hello                    ["message","hello"], then wait for "message-back"
 *   /emit news 1, {"a":2}    ["news",1,{"a":2}]        values as in JSON
 *   /ack news 1              the same, and an ack is wanted
 *   /binary file 00ff 41     ["file",{placeholder 0},{placeholder 1}]
 *   /wait news               no event: wait for one of this name, unless it has
 *                            arrived since the last line that was an event
 *   //text                   ["message","/text"]
 *
 * Introduced in socketio/507_echo_client.c.
 */
#ifndef SOCKETIO_TYPED_H
#define SOCKETIO_TYPED_H

#include "socketio/socket_client_event.h"

struct typed {
    struct socket_client_message event; /* json empty: the line is no event */
    char awaited[LIMIT_NAMESPACE]; /* the event that ends the wait, or "" */
    struct buf json, bytes;        /* of event */
    struct buf arrived;            /* names, each with a zero byte after it */
};

/* Parses a line; *t is all zero at first. Returns NULL or an error text. Call
 * typed_free in both cases. */
const char *typed_parse(struct typed *t, struct span line);
void typed_free(struct typed *t);

/* typed_waits: must the next line wait for an event? typed_is_reply: is e,
 * which has arrived, that event? */
bool typed_waits(const struct typed *t);
bool typed_is_reply(struct typed *t, const struct socket_client_event *e);

#endif
