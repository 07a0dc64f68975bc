/*
 * network.h: a network namespace for this process alone
 *
 *   the machine's network   |   a new one: lo, and nothing else
 *   other processes         |   this process, and those that it starts
 *
 * A network namespace of Linux has its own interfaces, addresses, ports and
 * routes. root may create one. Any other user first creates a user namespace,
 * in which the process has the rights of root; some systems forbid that. Except
 * on Linux, every call fails. Introduced in tcp/107_reset.c.
 */
#ifndef TCP_NETWORK_H
#define TCP_NETWORK_H

#include <stddef.h>

#define NETWORK_WHY_MAX 240 /* bytes that why needs */

/* Moves the process into a new network, with lo up and every port free to bind.
 * Older sockets stay in the old network. Call it before there is a second
 * thread. Returns 0; or -1: nothing has changed, and why (of n bytes) says
 * which step the system refused, and what allows it: "STEP: REASON; REMEDY". */
int network_enter(char *why, size_t n);

/* Sets an interface of the current network up. -1 and errno. */
int network_set_up(const char *interface);

#endif
