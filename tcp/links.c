/* links.c: see tcp/links.h. Entry points: links_max, links_listen, links_run.
 * The callbacks of the loop are on_connection, on_ready, after_turn and
 * on_shutdown. */
#include "tcp/links.h"
#include "packets/container.h"
#include "tcp/acceptor.h"
#include "tcp/listen.h"
#include "tcp/options.h"
#include "tcp/stream.h"
#include "tcp/trace.h"

#include <assert.h>
#include <stdlib.h>

enum {
    MAX_RECEIVED = 65536, /* bytes in a turn before output is delivered */
    MAX_HOLD_MS = 1000,   /* that time-outs wait for input that was kept */
};

#define LOST "reset by the client, or too much unsent"

/* One set of links per program, because there is one loop. */
static struct {
    const struct machine *machine;
    struct loop *loop;
    struct acceptor acceptor;
    struct stream *streams; /* by descriptor: the number of the connection */
    uint32_t max;           /* how many */
    int open_count;
    size_t received; /* bytes since the last delivery */
    int64_t judged_ms;
} links;

static uint32_t conn_of(const struct stream *s) {
    return (uint32_t)s->watch.fd;
}

/* Tells the machine first: until stream_close no other connection can get the
 * number. */
static void drop(struct stream *s, const char *why) {
    trace_closed(s->watch.fd, why);
    links.machine->lost(conn_of(s));
    stream_close(s, links.loop);
    links.open_count--;
}

static void send_outgoing(struct stream *s, const struct outgoing *o) {
    if (o->then == OUTBOX_DROP) {
        drop(s, "by the server");
        return;
    }
    enum stream_result result = stream_send(s, links.loop, o->bytes);
    if (result == STREAM_LOST) {
        drop(s, LOST);
        return;
    }
    if (o->then == OUTBOX_END) {
        trace_peer("->", s->watch.fd, "FIN");
        stream_end(s, links.loop);
    }
    if (result == STREAM_DONE)
        links.machine->sent(conn_of(s), loop_now(links.loop));
}

static void deliver(void) {
    struct outgoing o;
    links.received = 0;
    while (links.machine->next_outgoing(&o)) {
        struct stream *s = &links.streams[o.conn];
        assert(s->watch.ready && conn_of(s) == o.conn); /* it was not lost */
        send_outgoing(s, &o);
    }
}

/* Gives the machine input that was read from s or kept with it. */
static void receive(struct stream *s, struct span in) {
    int64_t now = loop_now(links.loop);
    struct span rest = links.machine->received(conn_of(s), in, now);
    links.received += in.len - rest.len;
    if ((rest.len > 0 || s->kept) &&
        stream_keep(s, links.loop, rest) == STREAM_LOST)
        drop(s, "out of memory");
    if (links.received >= MAX_RECEIVED) deliver();
}

/* The output comes first: it makes space for the reply to what is read. */
static void on_ready(struct watch *w, unsigned events) {
    struct stream *s = container_of(w, struct stream, watch);
    struct span in;
    enum stream_result result = STREAM_AGAIN;
    if (events & LOOP_WRITE) result = stream_flush(s, links.loop);
    if (result == STREAM_DONE)
        links.machine->sent(conn_of(s), loop_now(links.loop));
    if (result != STREAM_LOST && events & LOOP_READ) {
        result = stream_read(s, links.loop, &in);
        if (result == STREAM_DONE) receive(s, in);
    }
    if (result == STREAM_LOST) drop(s, LOST);
    if (result == STREAM_EOF) drop(s, "the client has sent its FIN");
}

static void on_connection(int fd) {
    struct stream *s = &links.streams[fd];
    const struct machine *m = links.machine;
    if (stream_open(s, links.loop, fd, m->max_unsent, on_ready) == -1) return;
    trace_connected(fd);
    links.open_count++;
    m->accepted(conn_of(s), loop_now(links.loop));
}

/* Ends a turn: input that was kept, time-outs, then the output. Input that was
 * kept, or was too much for one read, has arrived, too: time-outs are judged
 * after it. But a client that sends without end cannot hold them up for ever. */
static int after_turn(int64_t now) {
    const struct machine *m = links.machine;
    struct stream *s;
    struct span in;
    bool is_behind = stream_is_behind();
    while ((s = stream_next_kept(&in))) receive(s, in);
    if (!is_behind || now - links.judged_ms > MAX_HOLD_MS) {
        links.judged_ms = now;
        while ((s = stream_next_stalled(now))) drop(s, "it does not read");
        m->expire(now);
    }
    deliver();
    return stream_is_behind() ? 0 : m->wait(now, stream_wait(now, -1));
}

static void on_shutdown(void) {
    links.machine->shutdown(loop_now(links.loop));
}

uint32_t links_max(void) {
    return (uint32_t)acceptor_descriptors();
}

int links_listen(const char *host, uint32_t port) {
    links.loop = loop_open();
    if (links.loop) return listen_announce(host, port);
    options_report("cannot wait for events");
    return -1;
}

/* Closes what is left after the shutdown. */
static void close_all(void) {
    for (uint32_t i = 0; i < links.max; i++)
        if (links.streams[i].watch.ready && links.streams[i].watch.fd != -1)
            drop(&links.streams[i], "the server ends");
    free(links.streams);
    loop_close(links.loop);
}

int links_run(const struct machine *m, int fd) {
    links.machine = m;
    links.acceptor.refusal = m->refusal;
    links.open_count = 0;
    links.judged_ms = loop_now(links.loop);
    links.max = links_max();
    links.streams = calloc(links.max, sizeof *links.streams);
    if (!links.streams || acceptor_open(&links.acceptor, links.loop, fd,
                                        (int)links.max, on_connection) == -1)
        return options_report("cannot serve");
    int status = acceptor_run(&links.acceptor, after_turn, on_shutdown,
                              &links.open_count);
    close_all();
    return status;
}
