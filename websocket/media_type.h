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

/* Returns the Content-Type (RFC 9110 §8.3) of the file at path, or
 * "application/octet-stream" if the extension is unknown. Case-sensitive. A
 * path that ends in "/" means the index.html there. */
const char *media_type(struct span path);

#endif
