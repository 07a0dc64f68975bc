/*
 * media_type.h: what kind of content a file holds, by the end of its name
 *
 *   "/a/page.html"  ->  "text/html; charset=utf-8"
 *
 * Introduced in websocket/401_http.c.
 */
#ifndef WEBSOCKET_MEDIA_TYPE_H
#define WEBSOCKET_MEDIA_TYPE_H

#include "packets/span.h"

/* The value of Content-Type (RFC 9110 §8.3) for a file of that path, whose end
 * is compared as it is written; "application/octet-stream" if it is unknown. A
 * path that ends in "/" stands for the index.html there. */
const char *media_type(struct span path);

#endif
