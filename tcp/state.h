/*
 * state.h: the state of a TCP connection, as the kernel knows it
 *
 *   puts(state_name(state_of(fd)));       ESTABLISHED
 *
 * Linux tells it (TCP_INFO, tcp(7)); other systems have no common call for it.
 * Names are those of RFC 9293 §3.3.2, with "_" for "-" as Linux spells them.
 * Introduced in tcp/106_half_close.c.
 */
#ifndef TCP_STATE_H
#define TCP_STATE_H

#include <stdint.h>

/* What state_of returns, and /proc/net/tcp prints as hexadecimal digits. */
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

/* The state of the TCP socket fd; STATE_UNKNOWN if the system does not report
 * it, or fd is no TCP socket. */
enum tcp_state state_of(int fd);

/* As state_of, once the state is wanted, or after limit_ms: an ACK may still be
 * on its way when a call returns. Where no state is known it does not wait. */
enum tcp_state state_wait(int fd, enum tcp_state awaited, int limit_ms);

/* The state of an IPv4 connection between two ports, as the local end has it in
 * the kernel's table (Linux: /proc/net/tcp, proc(5)), where it stays in
 * TIME_WAIT when no descriptor is left; *left_s is set to the seconds until its
 * timer is due, unless left_s is NULL. STATE_UNKNOWN if it is not there, or
 * there is no table. */
enum tcp_state state_in_table(uint16_t local, uint16_t remote,
                              unsigned *left_s);

/* "FIN_WAIT2"; "(unknown)" for STATE_UNKNOWN and for numbers of no state. */
const char *state_name(unsigned state);

#endif
