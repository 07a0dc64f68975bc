/* tcp_state.c: see packets/tcp_state.h. Entry points: tcp_transition_find,
 * tcp_transition_row, tcp_transition_graph, tcp_state_name, tcp_cause_name. */
#include "packets/tcp_state.h"
#include "packets/segment.h"
#include "packets/state_table.h"

#include <assert.h>
#include <stddef.h>

enum { /* short names for the last column */
    SYN = SEGMENT_SYN,
    ACK = SEGMENT_ACK,
    FIN = SEGMENT_FIN,
    RST = SEGMENT_RST
};

/* RFC 9293 Figure 5, and for each transition that is not in the figure the
 * section that has it. */
static const struct tcp_transition table[] = {
    {TCP_CLOSED, TCP_PASSIVE_OPEN, TCP_LISTEN, 0},
    {TCP_CLOSED, TCP_ACTIVE_OPEN, TCP_SYN_SENT, SYN},
    {TCP_LISTEN, TCP_ACTIVE_OPEN, TCP_SYN_SENT, SYN}, /* §3.10.1 */
    {TCP_LISTEN, TCP_RCV_SYN, TCP_SYN_RECEIVED, SYN | ACK},
    {TCP_LISTEN, TCP_CLOSE, TCP_CLOSED, 0},
    {TCP_SYN_SENT, TCP_RCV_SYN, TCP_SYN_RECEIVED, SYN | ACK},
    {TCP_SYN_SENT, TCP_RCV_SYN_ACK, TCP_ESTABLISHED, ACK},
    {TCP_SYN_SENT, TCP_CLOSE, TCP_CLOSED, 0},
    {TCP_SYN_RECEIVED, TCP_RCV_ACK_OF_SYN, TCP_ESTABLISHED, 0},
    {TCP_SYN_RECEIVED, TCP_CLOSE, TCP_FIN_WAIT_1, FIN},
    {TCP_ESTABLISHED, TCP_CLOSE, TCP_FIN_WAIT_1, FIN},
    {TCP_ESTABLISHED, TCP_RCV_FIN, TCP_CLOSE_WAIT, ACK},
    {TCP_FIN_WAIT_1, TCP_RCV_ACK_OF_FIN, TCP_FIN_WAIT_2, 0},
    {TCP_FIN_WAIT_1, TCP_RCV_FIN, TCP_CLOSING, ACK},
    {TCP_FIN_WAIT_2, TCP_RCV_FIN, TCP_TIME_WAIT, ACK},
    {TCP_CLOSE_WAIT, TCP_CLOSE, TCP_LAST_ACK, FIN},
    {TCP_CLOSING, TCP_RCV_ACK_OF_FIN, TCP_TIME_WAIT, 0},
    {TCP_LAST_ACK, TCP_RCV_ACK_OF_FIN, TCP_CLOSED, 0},
    {TCP_TIME_WAIT, TCP_TIMEOUT_2MSL, TCP_CLOSED, 0},

    /* §3.10.7.4: a SYN sends a passive OPEN back to LISTEN, and so does a RST,
     * which ends all other connections. */
    {TCP_SYN_RECEIVED, TCP_RCV_SYN, TCP_LISTEN, 0},
    {TCP_SYN_RECEIVED, TCP_RCV_RST_PASSIVE, TCP_LISTEN, 0},
    {TCP_SYN_SENT, TCP_RCV_RST, TCP_CLOSED, 0},
    {TCP_SYN_RECEIVED, TCP_RCV_RST, TCP_CLOSED, 0},
    {TCP_ESTABLISHED, TCP_RCV_RST, TCP_CLOSED, 0},
    {TCP_FIN_WAIT_1, TCP_RCV_RST, TCP_CLOSED, 0},
    {TCP_FIN_WAIT_2, TCP_RCV_RST, TCP_CLOSED, 0},
    {TCP_CLOSE_WAIT, TCP_RCV_RST, TCP_CLOSED, 0},
    {TCP_CLOSING, TCP_RCV_RST, TCP_CLOSED, 0},
    {TCP_LAST_ACK, TCP_RCV_RST, TCP_CLOSED, 0},
    {TCP_TIME_WAIT, TCP_RCV_RST, TCP_CLOSED, 0},

    /* §3.10.5: an ABORT sends a RST from SYN-RECEIVED to CLOSE-WAIT. */
    {TCP_LISTEN, TCP_ABORT, TCP_CLOSED, 0},
    {TCP_SYN_SENT, TCP_ABORT, TCP_CLOSED, 0},
    {TCP_SYN_RECEIVED, TCP_ABORT, TCP_CLOSED, RST},
    {TCP_ESTABLISHED, TCP_ABORT, TCP_CLOSED, RST},
    {TCP_FIN_WAIT_1, TCP_ABORT, TCP_CLOSED, RST},
    {TCP_FIN_WAIT_2, TCP_ABORT, TCP_CLOSED, RST},
    {TCP_CLOSE_WAIT, TCP_ABORT, TCP_CLOSED, RST},
    {TCP_CLOSING, TCP_ABORT, TCP_CLOSED, 0},
    {TCP_LAST_ACK, TCP_ABORT, TCP_CLOSED, 0},
    {TCP_TIME_WAIT, TCP_ABORT, TCP_CLOSED, 0},

    /* §3.10.8: in the states in which data, SYN or FIN is not acknowledged. */
    {TCP_SYN_SENT, TCP_TIMEOUT_USER, TCP_CLOSED, 0},
    {TCP_SYN_RECEIVED, TCP_TIMEOUT_USER, TCP_CLOSED, 0},
    {TCP_ESTABLISHED, TCP_TIMEOUT_USER, TCP_CLOSED, 0},
    {TCP_FIN_WAIT_1, TCP_TIMEOUT_USER, TCP_CLOSED, 0},
    {TCP_CLOSE_WAIT, TCP_TIMEOUT_USER, TCP_CLOSED, 0},
    {TCP_CLOSING, TCP_TIMEOUT_USER, TCP_CLOSED, 0},
    {TCP_LAST_ACK, TCP_TIMEOUT_USER, TCP_CLOSED, 0},
};

#define ROWS (sizeof table / sizeof *table)

const struct tcp_transition *tcp_transition_row(unsigned i) {
    return i < ROWS ? &table[i] : NULL;
}

const struct tcp_transition *tcp_transition_find(enum tcp_state from,
                                                 enum tcp_cause cause) {
    const struct tcp_transition *row = NULL;
    for (unsigned i = 0; (row = tcp_transition_row(i)) != NULL; i++)
        if (row->from == from && row->cause == cause) break;
    return row;
}

static const char *const states[TCP_STATES] = {
    "CLOSED",      "LISTEN",     "SYN-SENT",   "SYN-RECEIVED",
    "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT",
    "CLOSING",     "LAST-ACK",   "TIME-WAIT"};

static const char *const causes[TCP_CAUSES] = {"passive OPEN",
                                               "active OPEN",
                                               "CLOSE",
                                               "ABORT",
                                               "rcv SYN",
                                               "rcv SYN,ACK",
                                               "rcv ACK of SYN",
                                               "rcv FIN",
                                               "rcv ACK of FIN",
                                               "rcv RST",
                                               "rcv RST after LISTEN",
                                               "timeout 2 MSL",
                                               "user timeout"};

const char *tcp_state_name(enum tcp_state state) {
    assert(state < TCP_STATES);
    return states[state];
}

const char *tcp_cause_name(enum tcp_cause cause) {
    assert(cause < TCP_CAUSES);
    return causes[cause];
}

bool tcp_transition_graph(struct buf *out) {
    struct transition rows[ROWS];
    char flags[ROWS][SEGMENT_FLAGS_MAX];
    const struct state_table t = {"tcp", states, causes, rows, ROWS};
    for (size_t i = 0; i < ROWS; i++)
        rows[i] = (struct transition){
            (uint8_t)table[i].from, (uint8_t)table[i].cause,
            (uint8_t)table[i].to,
            table[i].sends ? segment_flags_text(table[i].sends, flags[i])
                           : NULL};
    return state_table_graph(&t, out);
}
