/*
 * layers.h: an event of Socket.IO through seven layers, from server to client
 *
 *   7 application   hello
 *   6 presentation  2["message","hello"]              Socket.IO, JSON
 *   5 session       | 81 | length | 4 | ...           WebSocket, Engine.IO
 *   4 transport     | TCP header | ...
 *   3 network       | IPv4 header | ...
 *   2 link          | Ethernet header | ... | FCS |
 *   1 physical      each bit as two halves that differ: Manchester
 *
 * The layers of the OSI model (ISO/IEC 7498-1 §6). Each knows one form of
 * message and no other: enough to show what a layer adds and notices.
 * Introduced in packets/313_onion.c.
 */
#ifndef PACKETS_LAYERS_H
#define PACKETS_LAYERS_H

#include "packets/buf.h"

#define LAYERS 7

/* The names of a layer, 1 to 7: "network"; and of the one that contains it in
 * the Internet model (RFC 1122 §1.1.3): "internet". */
const char *layer_osi(int layer);
const char *layer_internet(int layer);

/* Appends what the layer makes of the bytes of the layer above it. At layer 7
 * they are the value: text without quotes and backslashes, at most 100 bytes.
 * False: out is full. */
bool layer_wrap(int layer, struct span bytes, struct buf *out);

/* Takes what layer_wrap of the layer has made, and sets *bytes to what it gives
 * to the layer above. That is a part of *bytes; or at layer 1 other bytes,
 * valid until its next call. False: the layer notices that something is
 * wrong. */
bool layer_unwrap(int layer, struct span *bytes);

#endif
