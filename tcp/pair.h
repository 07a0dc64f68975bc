/*
 * pair.h: both ends of one TCP connection, and check: for experiments
 *
 *   ends[0]  <---- TCP over the loopback ---->  ends[1]
 *
 * An experiment plays both ends itself, so it needs no second terminal. It
 * wraps a system call that should never fail in check:
 *
 *   check(send(fd, "x", 1, 0) == 1, "send");
 *
 * Introduced in tcp/103_endpoints.c (check) and tcp/104_stream.c.
 */
#ifndef TCP_PAIR_H
#define TCP_PAIR_H

#include <stdbool.h>

/* Opens the two ends of a new TCP connection. Both are blocking, and the
 * caller closes them. -1 and errno on failure. */
int pair_open(int ends[2]);

/* Sends a text on from, one end, and receives all of it on to, the other;
 * arrived gets it with its final zero byte. The text must fit into the kernel's
 * buffers (a few thousand bytes do). Ends the process on failure. */
void pair_transfer(int from, int to, const char *text, char *arrived);

/* Unless is_ok, prints "PROGRAM: subject: reason" on stderr, with the reason
 * from errno, and ends the process with status 1. */
void check(bool is_ok, const char *subject);

/* Prints "PROGRAM: message" on stderr and ends the process with status 1. */
_Noreturn void die(const char *message);

#endif
