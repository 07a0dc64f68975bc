/*
 * recovery.h: the parts of recovery_sim.c: clients that lose their connections
 *
 *   recovery_sim.c -> recovery_client.c -> recovery_wires.c -> the server
 *                                       -> recovery_program.c -> the server
 *   all but wires  -> recovery_rules.c
 *
 * A person is a client, and what the program knows of its socket. The client
 * side and the program side are in one struct, since the rules compare them.
 */
#ifndef SOCKETIO_SIM_RECOVERY_H
#define SOCKETIO_SIM_RECOVERY_H

#include "socketio/server_machine.h"
#include "socketio/sim/session_end.h"

#define PEOPLE 10
#define SESSIONS (PEOPLE * 4)
#define CONNS (SESSIONS * SESSION_CONNS)
#define NO_CONN UINT32_MAX
#define RECOVERY_MS 2000

struct person {
    /* The client side. */
    struct session_end session;
    uint32_t conns[SESSION_CONNS]; /* NO_CONN: none */
    bool upgrades, joins_late;     /* late: after it has upgraded */
    bool has_asked;                /* its CONNECT was sent */
    bool is_joined, is_leaving;
    char pid[21], offset[40]; /* as the client knows them */
    long binary;              /* the event whose attachment follows, */
    char binary_offset[40];   /* and its offset */

    /* The program side. */
    bool exists;                 /* its socket may still be recovered */
    bool has_pid;                /* the client has received its pid */
    uint32_t client, old_client; /* handles; NO_HANDLE: the socket is lost */
    unsigned rooms;              /* a bit each */
    int64_t lost_ms;
    size_t got_at;  /* run.emitted before the last event that it received */
    size_t lost_at; /* run.emitted when the socket was lost */
    struct buf expected; /* events that must still arrive */
};

/* One run. */
struct recovery_run {
    uint64_t seed;
    int64_t now;
    bool is_quiet;        /* clients only reconnect and read */
    long serial;          /* of the last event that was emitted */
    size_t emitted;       /* bytes of the backlog, roughly */
    unsigned ghosts;      /* sockets whose CONNECT a client never received */
    unsigned big_percent; /* how many events are long */
};

/* Counts over all runs. */
struct recovery_totals {
    unsigned long long events, recovered, renewed, polled, upgraded;
};

extern struct person people[PEOPLE];
extern struct recovery_run run;
extern struct recovery_totals totals;

/* recovery_rules.c: rules_fail prints the seed and ends the program with 1.
 * rules_expect adds the event run.serial to those that p must receive. It is
 * optional if p may miss it when its socket is recovered. */
_Noreturn void rules_fail(const struct person *p, const char *rule);
void rules_expect(struct person *p, size_t bytes, bool is_optional);
void rules_check_event(struct person *p, long serial); /* it has arrived */
void rules_check_recovered(const struct person *p, uint32_t old_client);
void rules_check_new(const struct person *p); /* a CONNECT, not recovered */
void rules_check_complete(struct person *p);  /* p has read everything */

/* recovery_program.c: emits events and changes rooms, and handles the events
 * that the server reports. */
void program_act(void);
void program_serve(void);

/* recovery_wires.c: connections, which have no latency. wires_flush sends what
 * the client has written, at most max bytes, and drops the rest. wires_cut ends
 * a connection of the client; is_noticed: the server learns of it. */
void wires_begin(void);
void wires_free(void);
void wires_flush(struct person *p, size_t max);
void wires_cut(struct person *p, enum session_conn i, bool is_noticed);
bool wires_has_ended(const struct person *p, enum session_conn i);
void wires_deliver(void);   /* moves the server's output to the clients */
void wires_feed_kept(void); /* input that was not consumed earlier */

/* recovery_client.c: lets a client do one thing; or lose all connections. */
void client_act(struct person *p);
void client_cut(struct person *p, bool is_noticed);

#endif
