/*
 * explain_show.h: the value of a field as people read it
 *
 *   6, TCP     0x1c46, right     10.0.0.1     "GET"     |....|     1448 bytes
 *
 * Introduced in packets/303_ethernet.c.
 */
#ifndef PACKETS_EXPLAIN_SHOW_H
#define PACKETS_EXPLAIN_SHOW_H

#include "packets/explain.h"

#define EXPLAIN_SHOW_MAX 320 /* bytes, with the zero byte */
#define EXPLAIN_SHOW_SHORT 8 /* more bytes than these are counted, not shown */

/* Writes the number or the text, and the words, in printable ASCII: other
 * characters of a text become dots, and a long text is shortened. Returns the
 * length. */
size_t explain_show_value(char text[EXPLAIN_SHOW_MAX], const struct explain *e,
                          const struct explain_field *f);

/* Writes at most max bytes, with dots for unprintable ones, and a zero byte. */
void explain_show_ascii(char *text, struct span bytes, size_t max);

#endif
