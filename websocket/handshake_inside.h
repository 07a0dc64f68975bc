/*
 * handshake_inside.h: what both sides of websocket/handshake.h share
 *
 * Only handshake.c and handshake_client.c include it.
 */
#ifndef WEBSOCKET_HANDSHAKE_INSIDE_H
#define WEBSOCKET_HANDSHAKE_INSIDE_H

#include "websocket/http.h"

/* http_request or http_response */
typedef int http_parse_head(struct http_head *, struct span, size_t);

/* Moves bytes from *in to head up to the end of the head, and parses it.
 * Returns its size; 0: it is not complete; or minus the status for the
 * error. */
int handshake_feed_head(struct buf *head, struct span *in, struct http_head *h,
                        http_parse_head *parse);

#endif
