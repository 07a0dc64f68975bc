/*
 * page_fields.h: what a response says about a file of a page, beside its bytes
 *
 *   Cache-Control      ask whether the file changed before it is used again
 *   X-Content-Type-... the browser believes the type
 *   Content-Security-  the page loads and connects to this server alone, and no
 *     Policy           other page shows it in a frame
 *   ETag               a name for these bytes (websocket/etag.h)
 *
 * Introduced in websocket/410_chat.c.
 */
#ifndef WEBSOCKET_PAGE_FIELDS_H
#define WEBSOCKET_PAGE_FIELDS_H

#include "packets/span.h"

#define PAGE_FIELDS_SIZE 512 /* bytes, with a final zero byte */

/* Writes the field lines of a file with that body, each with its CR LF. Returns
 * the status of the response: 200, or 304 if the tag of the file is listed in
 * the request's If-None-Match (empty: there is none). RFC 9110 §13.1.2. */
unsigned page_fields(char text[PAGE_FIELDS_SIZE], struct span body,
                     struct span if_none_match);

#endif
