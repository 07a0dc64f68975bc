/*
 * tcp_state.h: the states of a TCP connection as a table, RFC 9293 §3.3.2
 *
 *   SYN-SENT     | rcv SYN,ACK | ESTABLISHED | snd ACK
 *   ESTABLISHED  | CLOSE       | FIN-WAIT-1  | snd FIN
 *   ...
 *
 * Figure 5 of the standard, with the transitions that it leaves out: resets,
 * ABORT and time-outs. A connection can change its state only as this table
 * says. Introduced in packets/308_tiny_tcp.c.
 */
#ifndef PACKETS_TCP_STATE_H
#define PACKETS_TCP_STATE_H

#include "packets/buf.h"

enum tcp_state {
    TCP_CLOSED, /* there is no connection */
    TCP_LISTEN,
    TCP_SYN_SENT,
    TCP_SYN_RECEIVED,
    TCP_ESTABLISHED,
    TCP_FIN_WAIT_1,
    TCP_FIN_WAIT_2,
    TCP_CLOSE_WAIT,
    TCP_CLOSING,
    TCP_LAST_ACK,
    TCP_TIME_WAIT,
    TCP_STATES, /* how many there are */
};

enum tcp_cause {
    TCP_PASSIVE_OPEN, /* calls of the user, §3.10.1 to §3.10.5 */
    TCP_ACTIVE_OPEN,
    TCP_CLOSE,
    TCP_ABORT,
    TCP_RCV_SYN, /* a segment has arrived, §3.10.7 */
    TCP_RCV_SYN_ACK,
    TCP_RCV_ACK_OF_SYN,
    TCP_RCV_FIN,
    TCP_RCV_ACK_OF_FIN,
    TCP_RCV_RST,
    TCP_RCV_RST_PASSIVE, /* in a connection that began in LISTEN */
    TCP_TIMEOUT_2MSL,    /* time-outs, §3.10.8 */
    TCP_TIMEOUT_USER,
    TCP_CAUSES, /* how many there are */
};

struct tcp_transition {
    enum tcp_state from;
    enum tcp_cause cause;
    enum tcp_state to;
    uint8_t sends; /* flags, for example SEGMENT_ACK; 0: nothing */
};

/* Returns the transition from a state by a cause. NULL: there is none. */
const struct tcp_transition *tcp_transition_find(enum tcp_state from,
                                                 enum tcp_cause cause);

/* Returns row i of the table, from 0. NULL: there are no more. */
const struct tcp_transition *tcp_transition_row(unsigned i);

/* Appends the diagram of the whole table as text for Graphviz, "digraph ...".
 * False: out is full. */
bool tcp_transition_graph(struct buf *out);

/* Return "FIN-WAIT-1", "rcv ACK of FIN": the names of the standard. */
const char *tcp_state_name(enum tcp_state state);
const char *tcp_cause_name(enum tcp_cause cause);

#endif
