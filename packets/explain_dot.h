/*
 * explain_dot.h: an explanation as a picture, drawn by Graphviz
 *
 *   | Version 4 | IHL 5 | DSCP 0 | ECN 0 | Total Length 60               |
 *   | Identification 0x524d      | DF | MF | Fragment Offset 0            |
 *
 * One table with rows of 32 bits, as the RFCs draw headers; each header and
 * each run of derived bytes begins a row. A long field has one row instead of
 * all rows that it fills. "dot -Tsvg" draws it. Introduced in
 * packets/303_ethernet.c.
 */
#ifndef PACKETS_EXPLAIN_DOT_H
#define PACKETS_EXPLAIN_DOT_H

#include "packets/explain.h"

/* Appends a graph with the fields of one layer, 1 to 7, or of all: 0. False:
 * out is full. */
bool explain_dot_write(struct buf *out, const struct explain *e, int layer);

#endif
