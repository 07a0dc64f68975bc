/*
 * close_code.h: the codes of close frames (RFC 6455 §7.4)
 *
 *   03 e9 b y e      1001, "bye": two bytes in network byte order, a reason
 *   (nothing)        no code was given, which this toolkit calls 1005
 *
 * Introduced in websocket/407_closing.c.
 */
#ifndef WEBSOCKET_CLOSE_CODE_H
#define WEBSOCKET_CLOSE_CODE_H

#include "packets/span.h"

/* Returns the code in the payload of a close frame, or 1005 if the payload is
 * empty. A bad payload returns minus the code to close with: -1002 (half a
 * code, or one that may not be sent), -1007 (the reason is not UTF-8). */
int close_code_parse(struct span payload);

/* Returns the meaning of a code ("going away"), or "" if the code is neither in
 * RFC 6455 §7.4.1 nor in the IANA registry. */
const char *close_code_meaning(unsigned code);

#endif
