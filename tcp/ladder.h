/*
 * ladder.h: what two programs call, and what crosses the wire between them
 *
 *                client          wire                        server
 *      0.000 ms  connect
 *      0.047 ms                  SYN seq 0                -->
 *      0.059 ms                  <-- SYN ACK seq 0 ack 1
 *      0.064 ms                  ACK ack 1                -->
 *      0.081 ms  connect = 0
 *      0.090 ms                                              accept = 4
 *
 * An experiment reports its calls, tcp/wire.h the frames. Both have the time of
 * the same clock, and ladder_print sorts them. Where nothing can be captured
 * the experiment reports as well what the standard says that the kernels send.
 * Introduced in tcp/107_reset.c.
 */
#ifndef TCP_LADDER_H
#define TCP_LADDER_H

#include "packets/flow.h"
#include "tcp/wire.h"

#define LADDER_EVENTS 3000 /* calls and frames between two prints, */
#define LADDER_ROWS 60     /* and how many of them are printed */

enum ladder_end {
    LADDER_CLIENT, /* the end that sends the first packet */
    LADDER_SERVER
};

struct ladder_event {
    int64_t time_ns;
    int order; /* of events at the same time */
    enum {
        LADDER_CALL,
        LADDER_MODEL,
        LADDER_FRAME
    } kind;
    bool is_lost;        /* a frame */
    enum ladder_end end; /* that calls or sends; known of a frame when sorted */
    char text[FLOW_TEXT_MAX];
    struct dissection frame; /* without its bytes */
};

struct ladder {
    struct wire wire;
    struct flows flows;
    struct ladder_event events[LADDER_EVENTS];
    int event_count;
    uint32_t lost, lost_reported; /* events without space */
};

struct ladder_counts {         /* by enum ladder_end, which has sent them */
    uint32_t segments[2];      /* TCP */
    uint32_t data_segments[2]; /* of these, with data */
    uint64_t bytes[2];         /* of data */
    uint32_t again[2];         /* retransmissions */
};

/* As the functions of wire.h. *l is large: make it static. */
int ladder_open(struct ladder *l, const struct wire_options *options);
int ladder_open_remote(struct ladder *l, const struct wire_options *options,
                       const char *how, const char *why);
int ladder_close(struct ladder *l);

/* Adds a frame that something else has captured; "--x" if it was lost. */
void ladder_frame(struct ladder *l, const struct captured *frame, bool is_lost);

/* Opens both ends of a connection, as pair_open does, ends[LADDER_CLIENT] and
 * ends[LADDER_SERVER]. Its handshake will not be printed. -1 and errno. */
int ladder_pair(struct ladder *l, int ends[2]);

/* Adds a call, as printf does. errno is kept, as by the two below. */
void ladder_call(struct ladder *l, enum ladder_end end, const char *form, ...);

/* Adds a call that sends, "send 5 bytes", before it is made; and segment: what
 * the standard says that the kernel sends for it, or NULL. */
void ladder_output(struct ladder *l, enum ladder_end end, const char *call,
                   const char *segment);

/* Adds a call that has returned result, "recv = 5"; if that is -1, with the
 * name of errno, "recv = -1 ECONNRESET". */
void ladder_result(struct ladder *l, enum ladder_end end, const char *call,
                   long result);

/* What the standard says that end sends now, "SYN seq 0". Printed only if
 * nothing can be captured. */
void ladder_model(struct ladder *l, enum ladder_end end, const char *segment);

/* "ECONNRESET"; of errors that no socket has, the text. */
const char *ladder_error_name(int error);

/* Waits until the wire is at rest and prints all since the last ladder_print or
 * ladder_count. The first row has the time 0. */
void ladder_print(struct ladder *l);

/* Counts what ladder_print would print, and prints nothing. All 0 if it is
 * modelled. */
void ladder_count(struct ladder *l, struct ladder_counts *counts);

#endif
