/*
 * joint.h: a Socket.IO client and a server, joined in memory
 *
 *   client  -- joint_to_server ->  the machine, which serves at once
 *           <- joint_to_client --
 *   joint_next: what has happened to the client
 *
 * No socket and no clock: the program decides when bytes travel, so it can cut
 * the connection at any place, and pass the time until something is due. The
 * client uses TRANSPORT_WEBSOCKET: one connection, whose number at the server
 * is 0. Its end reaches both sides at once. Introduced in
 * socketio/509_delivery.c.
 */
#ifndef SOCKETIO_JOINT_H
#define SOCKETIO_JOINT_H

#include "packets/machine.h"
#include "socketio/socket_client.h"

struct joint { /* must not move while in use; read io.nsps and now */
    struct socket_client io;
    struct socket_client_options options;
    struct machine machine;
    int64_t now;     /* ms, simulated */
    uint32_t dialed; /* the number of the connected dial; 0: none */
    struct buf back; /* on its way to the client */
    struct span in;  /* of it: what the client has not consumed */
    bool has_ended;  /* the server sends no more after that */
};

/* Begins at time 0 with a client that wants to be in the namespace "/" and
 * connects again up to 9 times in a row. All its randomness is the same in each
 * run. */
void joint_open(struct joint *j, struct machine machine);

/* Ends the connection and frees the client, but not the server. */
void joint_free(struct joint *j);

/* Connects as the client wants, and carries what it has sent. False: there was
 * nothing. */
bool joint_to_server(struct joint *j);

/* Carries what the server has sent. The program then calls joint_next until
 * that is false. False: there was nothing. */
bool joint_to_client(struct joint *j);

/* The client's next event. False: there is none, and all was consumed. */
bool joint_next(struct joint *j, struct socket_client_event *e);

/* Ends the connection: what was not carried yet is lost in both directions. The
 * program then calls joint_next until that is false. */
void joint_cut(struct joint *j);

/* Passes the time until something is due at the client or the server, and lets
 * it happen. The program then calls joint_next until that is false. */
void joint_wait(struct joint *j);

#endif
