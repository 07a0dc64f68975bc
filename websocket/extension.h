/*
 * extension.h: the syntax of Sec-WebSocket-Extensions (RFC 6455 §9.1)
 *
 *   permessage-deflate; client_max_window_bits, x-other; level="9"
 *
 * The names of the extensions are ignored: this toolkit implements none.
 * Introduced in websocket/403_upgrade.c.
 */
#ifndef WEBSOCKET_EXTENSION_H
#define WEBSOCKET_EXTENSION_H

#include "websocket/http.h"

/* Is each Sec-WebSocket-Extensions field of a head a list of at least one
 * extension? True if there is no such field. */
bool extension_lists_are_valid(const struct http_head *head);

#endif
