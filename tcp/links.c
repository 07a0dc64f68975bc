/* links.c: see tcp/links.h. Entry points: links_max, links_listen, links_run.
 * The callbacks of the loop are on_connection, on_ready, after_turn and
 * on_shutdown. */
#include "tcp/links.h"
#include "tcp/options.h"
#include "tcp/service.h"
#include "tcp/trace.h"

#include <assert.h>
#include <stdlib.h>
#include <time.h>

enum {
    MAX_OUTPUT = 1 << 20, /* bytes that wait for the end of the turn */
    MAX_HOLD_MS = 1000,   /* longest time that time-outs wait for kept input */
};

#define LOST "reset by the client, or too much unsent"

/* There is one set of links per program, because there is one loop. */
static struct {
    struct machine machine;
    struct loop *loop;
    struct stream *streams; /* by descriptor, the number of a connection */
    uint32_t max;           /* number of streams */
    size_t max_unsent;      /* bytes; a peer with more is dropped */
    int64_t judged_ms;
} links;

static uint32_t conn_of(const struct stream *s) {
    return (uint32_t)s->watch.fd;
}

/* Reports the loss to the machine first: until stream_close no other connection
 * can get the number. */
static void drop(struct stream *s, const char *why) {
    links.machine.lost(links.machine.self, conn_of(s));
    service_close(s, why);
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
    if (o->then == OUTBOX_END) service_end(s);
    if (result == STREAM_DONE)
        links.machine.sent(links.machine.self, conn_of(s),
                           loop_now(links.loop));
    else if (links.machine.unsent)
        links.machine.unsent(links.machine.self, conn_of(s),
                             buf_view(&s->unsent).len);
}

/* Prints the machine's trace lines. */
static void trace_machine(void) {
    const struct machine *m = &links.machine;
    struct machine_line line;
    if (!trace_is_on || !m->next_line) return;
    while (m->next_line(m->self, &line))
        trace_peer(line.arrow, (int)line.conn, "%s", line.text);
}

static void deliver(void) {
    const struct machine *m = &links.machine;
    struct outgoing o;
    while (m->next_outgoing(m->self, &o)) {
        struct stream *s = &links.streams[o.conn];
        assert(s->watch.ready && conn_of(s) == o.conn); /* not lost */
        trace_machine();
        send_outgoing(s, &o);
    }
    trace_machine();
}

/* Passes input to the machine, which was read from s or kept. */
static void receive(struct stream *s, struct span in) {
    const struct machine *m = &links.machine;
    if (m->set_clock) m->set_clock(m->self, time(NULL));
    int64_t now = loop_now(links.loop);
    struct span rest = m->received(m->self, conn_of(s), in, now);
    trace_machine();
    if ((rest.len > 0 || s->kept) &&
        stream_keep(s, links.loop, rest) == STREAM_LOST)
        drop(s, "out of memory");
    if (m->output_len && m->output_len(m->self) >= MAX_OUTPUT) deliver();
}

static void on_ready(struct stream *s, enum stream_result r, struct span in) {
    if (r == STREAM_LOST) {
        drop(s, LOST);
    } else if (r == STREAM_STALLED) {
        drop(s, "it does not read");
    } else if (r == STREAM_EOF) {
        drop(s, "the client has sent its FIN");
    } else if (in.len > 0) {
        receive(s, in);
    } else {
        links.machine.sent(links.machine.self, conn_of(s),
                           loop_now(links.loop));
    }
}

static void on_connection(int fd) {
    struct stream *s = &links.streams[fd];
    const struct machine *m = &links.machine;
    if (service_open(s, fd, links.max_unsent))
        m->accepted(m->self, conn_of(s), loop_now(links.loop));
}

/* Ends a turn: handles kept input, time-outs, then output. Input that was kept,
 * or was too much for one read, has arrived before, so time-outs are judged
 * after it. But a client that sends without end can delay them only for
 * MAX_HOLD_MS. */
static int after_turn(int64_t now) {
    const struct machine *m = &links.machine;
    struct stream *s;
    struct span in;
    bool is_behind = stream_is_behind();
    while ((s = stream_next_kept(&in))) receive(s, in);
    if (!is_behind || now - links.judged_ms > MAX_HOLD_MS) {
        links.judged_ms = now;
        m->expire(m->self, now);
    }
    deliver();
    return stream_is_behind() ? 0 : m->wait(m->self, now, -1);
}

static void on_shutdown(void) {
    links.machine.shutdown(links.machine.self, loop_now(links.loop));
}

uint32_t links_max(void) {
    return service_max();
}

int links_listen(const char *host, uint32_t port) {
    return service_listen(&links.loop, host, port);
}

/* Closes the connections that are left after the shutdown. */
static void close_all(void) {
    for (uint32_t i = 0; i < links.max; i++)
        if (links.streams[i].watch.ready && links.streams[i].watch.fd != -1)
            drop(&links.streams[i], "the server ends");
    free(links.streams);
    loop_close(links.loop);
}

int links_run(const struct machine *m, int fd) {
    const struct service service = {on_connection, on_ready, after_turn,
                                    on_shutdown, m->refusal};
    links.machine = *m;
    links.max_unsent = stream_max_unsent(m->max_reply);
    links.judged_ms = loop_now(links.loop);
    links.max = service_max();
    links.streams = calloc(links.max, sizeof *links.streams);
    if (!links.streams) return options_report("cannot serve");
    int status = service_run(&service, fd, links.max);
    close_all();
    return status;
}
