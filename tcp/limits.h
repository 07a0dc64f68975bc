/*
 * limits.h: the option --limits of a server, which prints a table of limits
 *
 *   LIMIT_HTTP_HEAD               16384 bytes      request line and fields: 431
 *
 * packets/limits.h defines how to make the rows. Introduced in
 * websocket/401_http.c.
 */
#ifndef TCP_LIMITS_H
#define TCP_LIMITS_H

#include "packets/limits.h"
#include "tcp/acceptor.h"
#include "tcp/options.h"
#include "tcp/stream.h"

/* The limits of part tcp in every server on the loop. */
#define TCP_LIMITS(X) STREAM_LIMITS(X) ACCEPTOR_LIMITS(X)

/* The row for a program's options. table_ is an array of struct limit. */
#define OPTION_LIMITS(table_)                                                  \
    OPTION_PRINT("--limits", "print every limit and end", limits_print, table_)

/* Prints the rows of table (struct limit, the last one without a name) to
 * stdout, one on each line. */
void limits_print(const void *table);

#endif
