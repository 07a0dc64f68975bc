/*
 * raw_host.h: this program as a host, on a cable to a kernel
 *
 *   this program  == veth ==  eth0, host 0 of tcp/hosts.h
 *   10.0.0.9                  10.0.0.1, with the TCP of its kernel
 *
 * No kernel has the address 10.0.0.9, so no kernel replies to packets for it.
 * The program replies to ARP and receives every segment, through a socket of
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
    bool is_shared;  /* a kernel also has the address own: see raw_host_share */
    pid_t echo;      /* the child of raw_host_echo, or 0 */
    uint32_t unsent; /* frames that the cable did not accept: they are lost */
};

/* Creates the cable and both ends. Returns 0; or -1, and why (NETWORK_WHY_MAX
 * bytes) says what the system refused. If it refused the first step, nothing
 * has changed. */
int raw_host_open(struct raw_host *h, char why[NETWORK_WHY_MAX]);

/* Like raw_host_open, for a program that also works without the cable. Prints
 * "wire: captured (a cable)" and starts raw_host_echo; or prints "wire:
 * modelled (why)", and *port is 0. The segments of own_port go to the file of
 * options. Returns 0, or -1 after a line on stderr. */
int raw_host_open_echo(struct raw_host *h, const struct wire_options *options,
                       uint16_t own_port, uint16_t *port);

/* 0; or -1 after a line on stderr: the file could not be written. */
int raw_host_close(struct raw_host *h);

/* Sends a TCP segment of at most 1480 bytes from own to peer, in an IPv4 packet
 * and an Ethernet frame. -1 and errno. */
int raw_host_send(struct raw_host *h, struct span segment);

/* Returns the next TCP segment from peer to own, valid until the next call;
 * replies to ARP requests before it. False: there is none now. */
bool raw_host_next(struct raw_host *h, struct span *segment);

/* Opens a listener at the kernel's end: a blocking descriptor, which the caller
 * closes, and its *port. -1 and errno. */
int raw_host_listen(const struct raw_host *h, uint16_t *port);

/* Starts a child process that accepts one connection at the kernel's end, port
 * *port, and sends back all that it receives; then it closes. raw_host_close
 * ends it. -1 and errno. */
int raw_host_echo(struct raw_host *h, uint16_t *port);

/* Adds the address own to the kernel of this end, too. From now on that kernel
 * replies to ARP and receives all segments, as the program does. -1 and
 * errno. */
int raw_host_share(struct raw_host *h);

/* Opens another capture, of all frames in both directions. -1 and errno. */
int raw_host_capture(const struct raw_host *h, struct capture *c);

#endif
