/*
 * state.h: reads the state of a TCP connection from the kernel
 *
 *   puts(state_name(state_of(fd)));       ESTABLISHED
 *
 * Linux reports the state (TCP_INFO, tcp(7)); other systems have no common call
 * for it. Names are those of RFC 9293 §3.3.2, with "_" for "-" as Linux spells
 * them. Introduced in tcp/106_half_close.c.
 */
#ifndef TCP_STATE_H
#define TCP_STATE_H

#include <stdint.h>

/* The values of state_of; /proc/net/tcp has them as hexadecimal digits. */
enum tcp_state {
    STATE_UNKNOWN = 0,
    STATE_ESTABLISHED = 1,
    STATE_SYN_SENT,
    STATE_SYN_RECV,
    STATE_FIN_WAIT1,
    STATE_FIN_WAIT2,
    STATE_TIME_WAIT,
    STATE_CLOSE,
    STATE_CLOSE_WAIT,
    STATE_LAST_ACK,
    STATE_LISTEN,
    STATE_CLOSING,
    STATE_COUNT
};

/* Returns the state of the TCP socket fd; STATE_UNKNOWN if the system does not
 * report it, or fd is not a TCP socket. */
enum tcp_state state_of(int fd);

/* Waits until the state is awaited, at most limit_ms, and returns the state: an
 * ACK may still be under way when a call returns. Does not wait where states
 * are unknown. */
enum tcp_state state_wait(int fd, enum tcp_state awaited, int limit_ms);

/* Returns the state of the local end of an IPv4 connection between two ports,
 * from the kernel's table (Linux: /proc/net/tcp, proc(5)). The table has
 * TIME_WAIT connections, too, which have no descriptor. *left_s, unless left_s
 * is NULL, is the time until its timer is due, in s. STATE_UNKNOWN: not in the
 * table, or no table. */
enum tcp_state state_in_table(uint16_t local, uint16_t remote,
                              unsigned *left_s);

/* Returns "FIN_WAIT2"; "(unknown)" for STATE_UNKNOWN and for other numbers. */
const char *state_name(unsigned state);

#endif
