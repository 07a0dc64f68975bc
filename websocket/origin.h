/*
 * origin.h: who may speak to a server on this machine
 *
 * A browser lets any page on the web open a WebSocket to 127.0.0.1; all that
 * tells the server is the Origin field (RFC 6455 §10.2, RFC 6454). And a name
 * that its owner points at 127.0.0.1 makes a foreign page "same origin" to the
 * browser (DNS rebinding); what tells then is the Host field.
 * Introduced in websocket/401_http.c.
 */
#ifndef WEBSOCKET_ORIGIN_H
#define WEBSOCKET_ORIGIN_H

#include "websocket/http.h"

/* Is this a name of the machine itself: localhost, 127.x.y.z or [::1], with or
 * without a port? Also takes "::1", as --host gives it. */
bool origin_is_loopback(struct span host);

/* May a page of that origin speak to us? Our own origin is http:// or https://
 * and what the Host field says. allowed: NULL, only our own; "*", any;
 * otherwise a comma-separated list of whole origins, beside our own. "null",
 * the origin of a sandboxed page or a file, is nobody's own. */
bool origin_allowed(struct span origin, struct span host, const char *allowed);

/* Both checks, for a server bound to loopback or not: 0, or the status to
 * refuse with, 403. A request without Origin, or without Host (1.0), comes from
 * no browser and is allowed. */
unsigned origin_check(const struct http_head *request, bool loopback,
                      const char *allowed);

#endif
