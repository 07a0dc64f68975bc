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

/* Sends as much of *rest as to accepts, and removes that from *rest. Calls send
 * also without bytes: it reports a failed connect. 1: done; 0: to accepts
 * nothing now; -1: errno. */
static int send_some(struct pump *p, int to, struct span *rest) {
    ssize_t sent = io_send(to, rest->data, rest->len);
    if (sent == -1) return errno == EAGAIN ? 0 : -1;
    if (sent > 0) trace_peer("->", to, "%zd B", sent);
    *rest = span_skip(*rest, (size_t)sent);
    p->passed += (size_t)sent;
    return 1;
}

static int write_held(struct pump *p, int to) {
    struct span rest = buf_view(&p->held);
    size_t before = rest.len;
    int result = send_some(p, to, &rest);
    if (result != 1) return result;
    buf_consume(&p->held, before - rest.len);
    if (rest.len > 0) return 0;
    buf_free(&p->held);
    p->state = PUMP_READING;
    return 0;
}

static int hold(struct pump *p, struct span rest) {
    p->state = PUMP_WRITING;
    if (buf_append(&p->held, rest.data, rest.len)) return 0;
    errno = ENOMEM;
    return -1;
}

/* Most reads are sent at once and need no memory. */
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
    struct span rest = {bytes, (size_t)got};
    if (send_some(p, to, &rest) == -1) return -1;
    return rest.len > 0 ? hold(p, rest) : 0;
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
