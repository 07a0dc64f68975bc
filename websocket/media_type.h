/*
 * media_type.h: the Content-Type of a file, by the end of its name
 *
 *   "/a/page.html"  ->  "text/html; charset=utf-8"
 *
 * Introduced in websocket/401_http.c.
 */
#ifndef WEBSOCKET_MEDIA_TYPE_H
#define WEBSOCKET_MEDIA_TYPE_H

#include "packets/span.h"

/* Returns the value of Content-Type (RFC 9110 §8.3) for a file of that path, or
 * "application/octet-stream" if its end is unknown. Case counts. A path that
 * ends in "/" is that of the index.html there. */
const char *media_type(struct span path);

#endif
