/*
 * origin.h: which web pages may use a server on this machine
 *
 *   Origin: http://evil.example    a page of another site: refuse it
 *   Host: evil.example             a name of another site for this machine
 *
 * A browser lets any page on the web open a WebSocket to 127.0.0.1. Only the
 * Origin field shows the server which site the page is from (RFC 6455 §10.2,
 * RFC 6454). The owner of a site can also point its name at 127.0.0.1 (DNS
 * rebinding). Then the browser treats this server as that site, and only the
 * Host field shows it. Introduced in websocket/401_http.c.
 */
#ifndef WEBSOCKET_ORIGIN_H
#define WEBSOCKET_ORIGIN_H

#include "websocket/http.h"

/* Is host a name of this machine: localhost, 127.x.y.z or [::1], with or
 * without a port? Also true for "::1" without brackets, as in the option
 * --host. */
bool origin_is_loopback(struct span host);

/* May a page of that origin use the server? The server's own origin, "http://"
 * or "https://" and the value of Host, always may. allowed: NULL, no other;
 * "*", any; otherwise a comma-separated list of whole origins. "null", the
 * origin of a file or a sandboxed page, is never the server's own. */
bool origin_allowed(struct span origin, struct span host, const char *allowed);

/* Checks Host, if the server is bound to loopback, and Origin. Returns 0, or
 * 403, the status of the refusal. A request without the field passes: a browser
 * always sends Host, and it sends Origin with each WebSocket handshake and with
 * each request whose response a page of another site wants to read. */
unsigned origin_check(const struct http_head *request, bool loopback,
                      const char *allowed);

#endif
