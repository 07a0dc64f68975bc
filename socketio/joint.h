/*
 * joint.h: a Socket.IO client and a server, joined in memory
 *
 *   client  -- joint_to_server ->  the machine, which responds at once
 *           <- joint_to_client --
 *   joint_next: what has happened to the client
 *
 * There is no socket and no clock: the program decides when bytes travel, so it
 * can cut the connection at any place and pass the time until something is due.
 * The client uses TRANSPORT_WEBSOCKET: one connection, number 0 at the server.
 * Both sides learn of its end at once. Introduced in socketio/509_delivery.c.
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
    struct span in;  /* the part of back that the client has not consumed */
    bool has_ended;  /* the server has ended the connection after back */
};

/* Begins at time 0 with a client that joins the namespace "/" and reconnects up
 * to 9 times in a row. Its random numbers are the same in each run. */
void joint_open(struct joint *j, struct machine machine);

/* Ends the connection and frees the client, but not the server. */
void joint_free(struct joint *j);

/* Opens or ends the connection as the client's dial says, then carries the
 * client's output. False: there was none. */
bool joint_to_server(struct joint *j);

/* Carries the server's output. The program then calls joint_next until it
 * returns false. False: there was no output. */
bool joint_to_client(struct joint *j);

/* The client's next event. False: there is none, and all was consumed. */
bool joint_next(struct joint *j, struct socket_client_event *e);

/* Ends the connection: output that was not carried yet is lost in both
 * directions. The program then calls joint_next until it returns false. */
void joint_cut(struct joint *j);

/* Passes the time until something is due at the client or the server, and lets
 * it happen. The program then calls joint_next until it returns false. */
void joint_wait(struct joint *j);

#endif
