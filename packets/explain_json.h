/*
 * explain_json.h: an explanation as JSON (RFC 8259), for other programs
 *
 *   [{"name":"IPv4","layer":3,"osi":"network","internet":"internet",
 *     "section":"RFC 791 §3.1","bit":112,"bits":160,"fields":[
 *      {"name":"Version","bit":112,"bits":4,"value":4}, ...
 *      {"name":"Header Checksum","bit":192,"bits":16,"value":4660,
 *       "words":"wrong: 0x1234 expected","wrong":true}, ...]}, ...]
 *
 * Bytes have "hex", and a text also "text". "derived" marks bytes that are not
 * in the input. Introduced in packets/303_ethernet.c.
 */
#ifndef PACKETS_EXPLAIN_JSON_H
#define PACKETS_EXPLAIN_JSON_H

#include "packets/explain.h"

/* Appends an array of the fields of one layer, 1 to 7, or of all: 0. Fields are
 * inside their headers. It is one line without a line feed. A number of 2^53 or
 * more is a string, since JavaScript would round it. In a text, bytes that are
 * not UTF-8 become U+FFFD. False: out is full. */
bool explain_json_write(struct buf *out, const struct explain *e, int layer);

#endif
