/*
 * raw_host.h: a host that is this program, on a cable to a kernel
 *
 *   this program  == veth ==  eth0, host 0 of tcp/hosts.h
 *   10.0.0.9                  10.0.0.1, with the TCP of its kernel
 *
 * No kernel has the address 10.0.0.9, so no kernel replies to what is sent to
 * it: the program answers ARP and receives every segment, through a socket of
 * the family AF_PACKET (packet(7)). Linux only. Introduced in
 * packets/307_tcp_by_hand.c.
 */
#ifndef TCP_RAW_HOST_H
#define TCP_RAW_HOST_H

#include <sys/types.h>

#include "packets/address.h"
#include "tcp/hosts.h"
#include "tcp/wire.h"

struct raw_host {
    struct hosts hosts;
    struct capture cable; /* cable.fd: to wait with poll(2) */
    struct address own, peer;
    struct wire wire; /* of raw_host_open_echo */
    bool is_shared;   /* a kernel has the address own as well: raw_host_share */
    pid_t echo;       /* the child of raw_host_echo, or 0 */
    uint32_t unsent;  /* frames that the cable did not accept: they are lost */
};

/* Makes the cable and both ends. 0; or -1, and why (NETWORK_WHY_MAX bytes) says
 * what was refused. If the first step was, nothing has changed. */
int raw_host_open(struct raw_host *h, char why[NETWORK_WHY_MAX]);

/* As raw_host_open, for a program that can do without. Prints "wire: captured
 * (a cable)" and starts raw_host_echo; or prints "wire: modelled (why)", and
 * *port is 0. The segments of own_port go to the file that options names. 0; or
 * -1 after a line on stderr. */
int raw_host_open_echo(struct raw_host *h, const struct wire_options *options,
                       uint16_t own_port, uint16_t *port);

/* 0; or -1 after a line on stderr: the file could not be written. */
int raw_host_close(struct raw_host *h);

/* Sends a TCP segment of at most 1480 bytes from own to peer, in an IPv4 packet
 * and an Ethernet frame. -1 and errno. */
int raw_host_send(struct raw_host *h, struct span segment);

/* Moves the next TCP segment from peer to own to *segment, valid until the next
 * call; answers ARP requests that come before it. False: there is none now. */
bool raw_host_next(struct raw_host *h, struct span *segment);

/* Opens a listener at the kernel's end: a blocking descriptor, which the caller
 * closes, and its *port. -1 and errno. */
int raw_host_listen(const struct raw_host *h, uint16_t *port);

/* Starts a child process that accepts one connection at the kernel's end, port
 * *port, and sends back all that it receives; then it closes. raw_host_close
 * ends it. -1 and errno. */
int raw_host_echo(struct raw_host *h, uint16_t *port);

/* Gives own to the kernel of this end as well. It answers ARP from now on, and
 * receives all segments, as the program does. -1 and errno. */
int raw_host_share(struct raw_host *h);

/* Opens a further capture, of all that passes in both directions. -1 and
 * errno. */
int raw_host_capture(const struct raw_host *h, struct capture *c);

#endif
