/*
 * hosts.h: several hosts in one process, each with its own network
 *
 *   host 0: 10.0.0.1, fd00::1    eth0 ==== host0 \
 *   host 1: 10.0.0.2, fd00::2    eth0 ==== host1  | the middle: tcp/bridge.h
 *   ...                                    ...   /  carries frames here
 *
 * A socket always belongs to the network in which it was opened. So one process
 * can be all hosts: it enters the network of a host, opens sockets, and enters
 * the next one. No frame crosses the middle until a bridge is started. Host i
 * has the MAC address 02:00:00:00:00:0(i+1). Linux only. Introduced in
 * tcp/119_dead_peer.c.
 */
#ifndef TCP_HOSTS_H
#define TCP_HOSTS_H

#include "tcp/network.h"

#include <netinet/tcp.h>

/* Socket options for programs with hosts. On a system without these options
 * hosts_open fails, so they are never set. */
#ifndef TCP_USER_TIMEOUT
#define TCP_USER_TIMEOUT (-1)
#endif
#ifndef TCP_KEEPIDLE
#define TCP_KEEPIDLE (-1)
#endif

#define HOSTS_MAX 8
#define HOSTS_MIDDLE (-1)
#define HOSTS_NAME_MAX 16 /* bytes of the name of an interface */

struct hosts {
    int count;
    int middle; /* descriptors of the networks */
    int net[HOSTS_MAX];
};

/* Enters a new network, the middle, and connects count hosts to it. Returns 0;
 * or -1, and why (NETWORK_WHY_MAX bytes) says what the system refused. If it
 * refused the first step, nothing has changed. */
int hosts_open(struct hosts *h, int count, char why[NETWORK_WHY_MAX]);

/* Sockets that this thread opens from now on belong to that host, or to
 * HOSTS_MIDDLE. -1 and errno. */
int hosts_use(const struct hosts *h, int host);

/* Opens both ends of a TCP connection, as pair_open does: ends[0] at host from,
 * ends[1] at host to. Needs a bridge. Afterwards the current network is the
 * middle. -1 and errno. */
int hosts_pair(const struct hosts *h, int from, int to, int ends[2]);

/* Writes the name of the middle's end of the cable to a host, "host0". */
char *hosts_interface(int host, char name[HOSTS_NAME_MAX]);

void hosts_close(struct hosts *h);

#endif
