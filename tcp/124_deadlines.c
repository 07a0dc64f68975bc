/*
 * 124_deadlines.c: two time limits, and the client that keeps only one
 *
 * Shows       A time limit that starts again at each byte never ends a client
 *             that sends slowly. A limit for the whole request does.
 * By hand     What starts a timer, what starts it again, and what stops it.
 * Calls       packets/timer.h: one queue for each limit; tcp/loop.h, stream.h
 * Run         $ bin/124_deadlines
 *             $ bin/124_deadlines --break
 * Try         Let the slow client send a byte every 250 ms (BYTE_MS).
 * Limits      The times are short so that you need not wait; 401 waits 10 s.
 * Read        RFC 9293 §3.8.3 (the kernel's own time-out); clock_gettime(2)
 */
#include "packets/container.h"
#include "packets/timer.h"
#include "tcp/io.h"
#include "tcp/options.h"
#include "tcp/pair.h"
#include "tcp/stream.h"

#include <stdio.h>

#define SILENCE_MS 200 /* at most, between two bytes */
#define REQUEST_MS 300 /* at most, for all bytes of a request */
#define BYTE_MS 25     /* the slow client sends one in this time */
static const char request[] = "a request of 20 B.\r\n";
#define LENGTH (sizeof request - 1)

struct client {
    const char *name;
    int ends[2]; /* its own, and the server's, which is the stream */
    struct stream stream;
    struct timer silence, whole;
    size_t received; /* bytes */
};

static struct client quick, silent, slow;
static struct timers silences, requests; /* one queue for each limit */
static struct loop *loop;
static int64_t began_ms; /* when the clients connected */
static int client_count; /* that the server has not ended */
static bool is_broken;

/* Stops both timers: a client that has ended must not become due. */
static void end_client(struct client *c, const char *result) {
    printf("%-6s %2zu of %zu bytes, %4lld ms: %s\n", c->name, c->received,
           LENGTH, (long long)(loop_now(loop) - began_ms), result);
    timer_stop(&c->silence);
    timer_stop(&c->whole);
    stream_close(&c->stream, loop);
    client_count--;
}

/* Each byte starts the limit for silence again, and never the other one. */
static void on_ready(struct watch *w, unsigned events) {
    struct client *c = container_of(w, struct client, stream.watch);
    struct span in;
    (void)events;
    if (stream_read(&c->stream, loop, &in) != STREAM_DONE) return;
    c->received += in.len;
    timer_start(&silences, &c->silence, loop_now(loop));
    if (c->received < LENGTH) return;
    stream_send(&c->stream, loop, span_from("done"));
    end_client(c, "has its response");
}

/* Both limits begin when the client connects; with --break only the first. */
static void open_client(struct client *c, const char *name) {
    c->name = name;
    check(pair_open(c->ends) == 0, "pair_open");
    io_nonblocking(c->ends[1]);
    check(stream_open(&c->stream, loop, c->ends[1], 1000, on_ready) == 0,
          "stream_open");
    timer_start(&silences, &c->silence, began_ms);
    if (!is_broken) timer_start(&requests, &c->whole, began_ms);
    client_count++;
}

/* Only the first timer of a queue can be due: all in it last equally long, so
 * the one that was started first is due first. */
static void expire(int64_t now) {
    struct timer *t;
    while ((t = timers_pop_due(&silences, now)))
        end_client(container_of(t, struct client, silence),
                   "is cut: it said nothing for too long");
    while ((t = timers_pop_due(&requests, now)))
        end_client(container_of(t, struct client, whole),
                   "is cut: its request took too long");
}

/* The slow client sends byte k at k * BYTE_MS. Returns the ms to the next. */
static int send_slowly(int64_t now) {
    static size_t sent;
    for (; sent < LENGTH && began_ms + (int64_t)sent * BYTE_MS <= now; sent++)
        io_send(slow.ends[0], request + sent, 1);
    return (int)(began_ms + (int64_t)sent * BYTE_MS - now);
}

/* The loop waits no longer than until the first timer is due. */
static void serve(void) {
    while (client_count > 0) {
        int64_t now = loop_now(loop);
        int wait = timers_wait(&silences, now, send_slowly(now));
        wait = timers_wait(&requests, now, wait);
        check(loop_turn(loop, wait) == 1, "loop_turn");
        expire(loop_caught_up_ms(loop));
    }
}

int main(int argc, char **argv) {
    int status = options_experiment(argc, argv, "only the limit for silence",
                                    &is_broken);
    if (status != -1) return status;
    loop = loop_open();
    check(loop != NULL, "loop_open");
    timers_init(&silences, SILENCE_MS);
    timers_init(&requests, REQUEST_MS);
    began_ms = loop_now(loop);
    open_client(&quick, "quick");
    open_client(&silent, "silent");
    open_client(&slow, "slow");
    io_send(quick.ends[0], request, LENGTH);
    serve();
    printf("What you saw: the slow client was never silent for %d ms; %s.\n",
           SILENCE_MS,
           is_broken ? "nothing else could end it" : "the other limit cut it");
    return 0;
}
