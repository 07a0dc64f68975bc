/*
 * etag.h: does the client have this version already? (RFC 9110 §8.8.3, §13)
 *
 *   response   ETag: "0f3a91c2d4e5b687"           a name for these bytes
 *   request    If-None-Match: "0f3a91c2d4e5b687"  the client has those
 *   response   304 Not Modified                   without the bytes
 *
 * The name is a hash of the bytes (64-bit FNV-1a), so the server stores
 * nothing. The hash finds changes, but an attacker can make two files with the
 * same hash. Introduced in websocket/410_chat.c.
 */
#ifndef WEBSOCKET_ETAG_H
#define WEBSOCKET_ETAG_H

#include "packets/span.h"

#define ETAG_SIZE 19 /* two quotes, 16 digits and a final zero byte */

/* Writes the entity tag of body, with its quotes. */
void etag_write(char text[ETAG_SIZE], struct span body);

/* Is etag in the list of an If-None-Match field? Empty: there is no field. */
bool etag_is_listed(struct span if_none_match, const char *etag);

#endif
