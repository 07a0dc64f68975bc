/*
 * ladder.h: prints the calls of two programs and the segments between them
 *
 *                client          wire                        server
 *      0.000 ms  connect
 *      0.047 ms                  SYN seq 0                -->
 *      0.059 ms                  <-- SYN ACK seq 0 ack 1
 *      0.064 ms                  ACK ack 1                -->
 *      0.081 ms  connect = 0
 *      0.090 ms                                              accept = 4
 *
 * An experiment reports its calls, and tcp/wire.h the frames. Both have times
 * of the same clock, and ladder_print sorts them. Where nothing can be
 * captured, the experiment also reports the segments that the standard
 * prescribes. Introduced in tcp/107_reset.c.
 */
#ifndef TCP_LADDER_H
#define TCP_LADDER_H

#include "packets/flow.h"
#include "tcp/wire.h"

#define LADDER_EVENTS 3000 /* calls and frames between two prints */
#define LADDER_ROWS 60     /* of them that are printed */

enum ladder_end {
    LADDER_CLIENT, /* the end that sends the first packet */
    LADDER_SERVER
};

struct ladder_event {
    int64_t time_ns;
    int order; /* among events at the same time */
    enum {
        LADDER_CALL,
        LADDER_MODEL,
        LADDER_FRAME
    } kind;
    bool is_lost;        /* a frame */
    enum ladder_end end; /* that calls or sends; of a frame: set by sorting */
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

struct ladder_counts {         /* by the end that has sent them */
    uint32_t segments[2];      /* TCP */
    uint32_t data_segments[2]; /* of these, with data */
    uint64_t bytes[2];         /* of data */
    uint32_t again[2];         /* retransmissions */
};

/* Like the functions of wire.h. *l is large: make it static. */
int ladder_open(struct ladder *l, const struct wire_options *options);
int ladder_open_remote(struct ladder *l, const struct wire_options *options,
                       const char *how, const char *why);
int ladder_close(struct ladder *l);

/* Adds a frame that was captured elsewhere; is_lost prints "--x". */
void ladder_frame(struct ladder *l, const struct captured *frame, bool is_lost);

/* Opens both ends of a connection, as pair_open does, ends[LADDER_CLIENT] and
 * ends[LADDER_SERVER]. The handshake is not printed. -1 and errno. */
int ladder_pair(struct ladder *l, int ends[2]);

/* Adds a call, as printf formats it. This function and the next two keep
 * errno. */
void ladder_call(struct ladder *l, enum ladder_end end, const char *form, ...);

/* Adds a call that sends, "send 5 bytes"; use it before the call. segment: what
 * the kernel sends for it by the standard, or NULL. */
void ladder_output(struct ladder *l, enum ladder_end end, const char *call,
                   const char *segment);

/* Adds a call that has returned result, "recv = 5"; -1 with the name of errno,
 * "recv = -1 ECONNRESET". */
void ladder_result(struct ladder *l, enum ladder_end end, const char *call,
                   long result);

/* Adds a segment that end sends now by the standard, "SYN seq 0". It is printed
 * only if nothing can be captured. */
void ladder_model(struct ladder *l, enum ladder_end end, const char *segment);

/* Returns "ECONNRESET"; for errors that no socket has, the text. */
const char *ladder_error_name(int error);

/* Waits until the wire is quiet and prints all events since the last
 * ladder_print or ladder_count. The first row has the time 0. */
void ladder_print(struct ladder *l);

/* Counts the events that ladder_print would print, and prints nothing. All
 * counts are 0 if the wire is modelled. */
void ladder_count(struct ladder *l, struct ladder_counts *counts);

#endif
