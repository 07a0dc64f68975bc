/*
 * tcp_echo.h: the users of two TCPs: a client, and a server that echoes
 *
 *   client   bytes that can be recomputed -->  server
 *            digest of both directions    <--  the same bytes
 *
 * Each call does as much as its TCP accepts now. Introduced in
 * packets/308_tiny_tcp.c.
 */
#ifndef PACKETS_TCP_ECHO_H
#define PACKETS_TCP_ECHO_H

#include "packets/tcp.h"

struct tcp_echo {   /* of the client */
    uint32_t total; /* bytes to send; then it closes */
    uint32_t sent, received;
    uint64_t digest_sent, digest_received;
    int end; /* what tcp_receive returned last: TCP_ERR_CLOSING after a FIN */
};

void tcp_echo_client(struct tcp_echo *e, struct tcp *t);

/* Closes after the client. */
void tcp_echo_server(struct tcp *t);

/* Were all bytes echoed unchanged, followed by a FIN? */
bool tcp_echo_is_exact(const struct tcp_echo *e);

#endif
