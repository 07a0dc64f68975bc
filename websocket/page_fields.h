/*
 * page_fields.h: the header fields of a response with a file of a page
 *
 *   Cache-Control      ask whether the file has changed before each use
 *   X-Content-Type-... the browser does not guess the type
 *   Content-Security-  the page loads from and connects to this server only; no
 *     Policy           other page shows it in a frame
 *   ETag               a name for these bytes (websocket/etag.h)
 *
 * Introduced in websocket/410_chat.c.
 */
#ifndef WEBSOCKET_PAGE_FIELDS_H
#define WEBSOCKET_PAGE_FIELDS_H

#include "packets/span.h"

#define PAGE_FIELDS_SIZE 512 /* bytes, with a final zero byte */

/* Writes the field lines for a file with that body, each with its CR LF.
 * Returns the status of the response: 200, or 304 if the entity tag of the file
 * is listed in the request's If-None-Match (empty: no field). RFC 9110
 * §13.1.2. */
unsigned page_fields(char text[PAGE_FIELDS_SIZE], struct span body,
                     struct span if_none_match);

#endif
