/*
 * sim.h: the state of the current run, and the parts of the simulation
 *
 *   server_sim.c -> model*.c, stranger.c -> endpoint -> cable
 *                -> joint.c -> application.c, adapter.c -> the server
 *                -> checks.c
 */
#ifndef SOCKETIO_SIM_SIM_H
#define SOCKETIO_SIM_SIM_H

#include "socketio/server_machine.h"

struct sim {
    struct server_options options;
    int64_t now;
    uint64_t step;
    bool shut;        /* the server is shutting down */
    uint32_t failing; /* the allocation that fails in this run; 0: none */
    unsigned model_count;
    bool hoards;          /* clients let their queues grow; see model_act.c */
    bool were_full;       /* the queues of all were near their limit */
    int fed_client;       /* the client whose bytes the server is reading */
    uint32_t message_max; /* bytes of the largest message of a client */
    size_t emitted;       /* bytes in this run, a broadcast counted once */
    uint64_t messages;    /* received by clients and by the application */
    uint64_t steps;       /* of all runs */
};

extern struct sim sim;

/* options.c: sets options, model_count, message_max and hoards */
void options_choose(uint64_t seed);

/* joint.c: one turn of the program's loop, as in tcp/links.c */
void joint_start(void);
void joint_end(void);
void joint_turn(int64_t now); /* does nothing if nothing is due */
void joint_shut(int64_t now);
void joint_lose_all(int64_t now);
size_t joint_traffic(void); /* bytes in and out since the last call */
bool joint_is_behind(void); /* input was kept: time-outs were not judged */
int64_t joint_due(void);    /* when the server needs its next turn */

/* application.c: what the program does with an event */
void application_start(void);
bool application_awaits_ack(int64_t id);
unsigned application_acks_awaited(void);
void application_handle(const struct server_event *e);

/* adapter.c: the only file that calls the server */
bool machine_open(const struct server_options *o);
void machine_free(void);
void machine_accept(uint32_t link, int64_t now);
void machine_feed(uint32_t link, struct span in, int64_t now);
struct span machine_end_feed(void); /* the input that was not consumed */
void machine_lost(uint32_t link);
void machine_sent(uint32_t link, int64_t now); /* all output has gone */
void machine_expire(int64_t judged_ms);
bool machine_next(struct server_event *e);
bool machine_outgoing(struct outgoing *o);
int machine_wait(int64_t now, int wait);
void machine_shut(int64_t now);
void machine_respond(uint32_t link, unsigned status, struct span body);
void machine_emit(struct server_target to, struct span name,
                  struct server_args args);
void machine_emit_volatile(struct server_target to, struct span name,
                           struct server_args args);
int64_t machine_emit_ack(struct server_socket to, struct span name,
                         struct server_args args);
bool machine_join(struct server_socket socket, struct span room);
void machine_leave(struct server_socket socket, struct span room);
void machine_disconnect(struct server_socket socket);
void machine_close(uint32_t client, unsigned code);
bool machine_allow(struct server_event *e);
void machine_refuse(const struct server_event *e, const char *reason);
void machine_ack(const struct server_event *e, struct server_args args);

/* checks.c: what must hold after every turn, and at the end */
void checks_turn(int64_t now);
void checks_end(void);

#endif
