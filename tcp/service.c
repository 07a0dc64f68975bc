/* service.c: see tcp/service.h. Entry points: service_max, service_listen,
 * service_run, service_open, service_end, service_close. */
#include "tcp/service.h"
#include "packets/container.h"
#include "tcp/acceptor.h"
#include "tcp/listen.h"
#include "tcp/options.h"
#include "tcp/trace.h"

static struct {
    const struct service *program;
    struct loop *loop;
    struct acceptor acceptor;
    int open_count;
} service;

/* Output is flushed first: it makes space for replies to the input. The program
 * may close the stream in between. */
static void on_ready(struct watch *w, unsigned events) {
    struct stream *s = container_of(w, struct stream, watch);
    struct span in = {0};
    enum stream_result result = STREAM_AGAIN;
    if (events & LOOP_WRITE) result = stream_flush(s, service.loop);
    if (result != STREAM_AGAIN) service.program->on_ready(s, result, in);
    if (!(events & LOOP_READ) || w->fd == -1) return;
    result = stream_read(s, service.loop, &in);
    if (result != STREAM_AGAIN) service.program->on_ready(s, result, in);
}

/* Reports streams without progress, then ends the turn. */
static int on_turn(int64_t now) {
    const struct span none = {0};
    struct stream *s;
    while ((s = stream_next_stalled(now)))
        service.program->on_ready(s, STREAM_STALLED, none);
    return stream_wait(now, service.program->on_turn(now));
}

uint32_t service_max(void) {
    return (uint32_t)acceptor_descriptors();
}

int service_listen(struct loop **loop, const char *host, uint32_t port) {
    trace_open(trace_is_on);
    *loop = service.loop = loop_open();
    if (service.loop) return listen_announce(host, port);
    options_report("cannot wait for events");
    return -1;
}

int service_run(const struct service *program, int fd, uint32_t max) {
    service.program = program;
    service.acceptor.refusal = program->refusal;
    service.open_count = 0;
    if (acceptor_open(&service.acceptor, service.loop, fd, (int)max,
                      program->on_connection) == -1)
        return options_report("cannot serve");
    return acceptor_run(&service.acceptor, on_turn, program->on_shutdown,
                        &service.open_count);
}

bool service_open(struct stream *s, int fd, size_t max_unsent) {
    if (stream_open(s, service.loop, fd, max_unsent, on_ready) == -1)
        return false;
    trace_connected(fd);
    service.open_count++;
    return true;
}

void service_end(struct stream *s) {
    if (!s->is_ending) trace_peer("->", s->watch.fd, "FIN");
    stream_end(s, service.loop);
}

void service_close(struct stream *s, const char *why) {
    trace_closed(s->watch.fd, why);
    stream_close(s, service.loop);
    service.open_count--;
}
