/* pump.c: see tcp/pump.h. Entry points: pump_init, pump_free, pump_move. */
#include "tcp/pump.h"
#include "tcp/io.h"
#include "tcp/trace.h"

#include <errno.h>
#include <sys/socket.h>

void pump_init(struct pump *p) {
    *p = (struct pump){.state = PUMP_WRITING, .max_read = PUMP_MAX_HELD};
    buf_init(&p->held, PUMP_MAX_HELD);
}

void pump_free(struct pump *p) {
    buf_free(&p->held);
}

/* Calls send also without bytes: it reports a failed connect. */
static int write_held(struct pump *p, int to) {
    struct span bytes = buf_view(&p->held);
    ssize_t sent = io_send(to, bytes.data, bytes.len);
    if (sent == -1 && errno != EAGAIN) return -1;
    if (sent == -1) return 0;
    if (sent > 0) trace_peer("->", to, "%zd B", sent);
    buf_consume(&p->held, (size_t)sent);
    p->passed += (size_t)sent;
    if ((size_t)sent < bytes.len) return 0;
    buf_free(&p->held);
    p->state = PUMP_READING;
    return 0;
}

static int read_more(struct pump *p, int from, int to) {
    unsigned char bytes[PUMP_MAX_HELD];
    ssize_t got = io_recv(from, bytes, p->max_read);
    if (got == -1) return errno == EAGAIN ? 0 : -1;
    if (got == 0) {
        trace_peer("<-", from, "FIN");
        trace_peer("->", to, "FIN");
        p->state = PUMP_ENDED;
        return shutdown(to, SHUT_WR);
    }
    trace_peer("<-", from, "%zd B", got);
    if (!buf_append(&p->held, bytes, (size_t)got)) {
        errno = ENOMEM;
        return -1;
    }
    p->state = PUMP_WRITING;
    return write_held(p, to);
}

int pump_move(struct pump *p, int from, int to) {
    switch (p->state) {
    case PUMP_READING:
        return read_more(p, from, to);
    case PUMP_WRITING:
        return write_held(p, to);
    case PUMP_ENDED:
        break;
    }
    return 0;
}
