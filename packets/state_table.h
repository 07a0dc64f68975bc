/*
 * state_table.h: a state machine as a table, and the diagram of that table
 *
 *   from     | cause      | to        | sends
 *   OPEN     | rcv close  | LINGERING | close
 *
 * A machine must change its state only as its table says. Then the diagram
 * shows all that it does. Introduced in packets/308_tiny_tcp.c.
 */
#ifndef PACKETS_STATE_TABLE_H
#define PACKETS_STATE_TABLE_H

#include "packets/buf.h"

struct transition {
    uint8_t from, cause, to;
    const char *sends; /* in words, or NULL: nothing */
};

struct state_table {
    const char *name;                          /* of the diagram, one word */
    const char *const *states, *const *causes; /* their names, by number */
    const struct transition *rows;
    size_t count; /* of rows */
};

/* Returns the transition from a state by a cause. NULL: there is none. */
const struct transition *state_table_find(const struct state_table *t,
                                          unsigned from, unsigned cause);

/* Returns the state after from by a cause. There must be a row for it. */
uint8_t state_table_next(const struct state_table *t, unsigned from,
                         unsigned cause);

/* Appends the diagram of the whole table as text for Graphviz, "digraph ...".
 * False: out is full. */
bool state_table_graph(const struct state_table *t, struct buf *out);

#endif
