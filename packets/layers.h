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
 * The layers of the OSI model (ISO/IEC 7498-1 §6). Each handles one form of
 * message only: enough to show what a layer adds and detects.
 * Introduced in packets/313_onion.c.
 */
#ifndef PACKETS_LAYERS_H
#define PACKETS_LAYERS_H

#include "packets/buf.h"

#define LAYERS 7

/* Return the name of a layer, 1 to 7: "network"; and of the layer of the
 * Internet model (RFC 1122 §1.1.3) that contains it: "internet". */
const char *layer_osi(int layer);
const char *layer_internet(int layer);

/* Encapsulates the bytes of the layer above, and appends the result. For layer
 * 7 they are the value: text without quotes and backslashes, at most 100 bytes.
 * False: out is full. */
bool layer_wrap(int layer, struct span bytes, struct buf *out);

/* Decapsulates the output of layer_wrap, and sets *bytes to the bytes for the
 * layer above: a part of *bytes; or at layer 1 other bytes, valid until the
 * next call for layer 1. False: the layer has detected an error. */
bool layer_unwrap(int layer, struct span *bytes);

#endif
