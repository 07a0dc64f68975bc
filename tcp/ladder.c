/* ladder.c: see tcp/ladder.h. Entry points: ladder_open, ladder_open_remote,
 * ladder_close, ladder_pair; ladder_call, ladder_output, ladder_result,
 * ladder_model, ladder_error_name; ladder_frame, ladder_print, ladder_count. */
#include "tcp/ladder.h"
#include "packets/ipv4.h"
#include "tcp/pair.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

enum { /* columns; SERVER and others count from the end of TIME */
    TIME = 14,
    WIRE = 16,
    SERVER = 44
};

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t); /* the clock of frames */
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Returns a new event, or NULL: there is no space. */
static struct ladder_event *add_event(struct ladder *l, int64_t time_ns) {
    if (l->event_count == LADDER_EVENTS) {
        l->lost++;
        return NULL;
    }
    struct ladder_event *e = &l->events[l->event_count];
    e->time_ns = time_ns;
    e->order = l->event_count++;
    e->is_lost = false;
    return e;
}

void ladder_call(struct ladder *l, enum ladder_end end, const char *format,
                 ...) {
    int error = errno;
    va_list values;
    struct ladder_event *e = add_event(l, now_ns());
    if (e) {
        e->kind = LADDER_CALL;
        e->end = end;
        va_start(values, format);
        vsnprintf(e->text, sizeof e->text, format, values);
        va_end(values);
    }
    errno = error;
}

void ladder_model(struct ladder *l, enum ladder_end end, const char *segment) {
    struct ladder_event *e =
        l->wire.is_captured ? NULL : add_event(l, now_ns());
    if (!e) return;
    e->kind = LADDER_MODEL;
    e->end = end;
    snprintf(e->text, sizeof e->text, "%s", segment);
}

void ladder_output(struct ladder *l, enum ladder_end end, const char *call,
                   const char *segment) {
    ladder_call(l, end, "%s", call);
    if (segment) ladder_model(l, end, segment);
}

void ladder_result(struct ladder *l, enum ladder_end end, const char *call,
                   long result) {
    if (result == -1)
        ladder_call(l, end, "%s = -1 %s", call, ladder_error_name(errno));
    else
        ladder_call(l, end, "%s = %ld", call, result);
}

const char *ladder_error_name(int error) {
    static const struct {
        int error;
        const char *name;
    } names[] = {
        {ECONNREFUSED, "ECONNREFUSED"},
        {ECONNRESET, "ECONNRESET"},
        {EPIPE, "EPIPE"},
        {ETIMEDOUT, "ETIMEDOUT"},
        {EINPROGRESS, "EINPROGRESS"},
        {EHOSTUNREACH, "EHOSTUNREACH"},
        {EAGAIN, "EAGAIN"},
        {ENOTCONN, "ENOTCONN"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].error == error) return names[i].name;
    return strerror(error);
}

int ladder_open(struct ladder *l, const struct wire_options *options) {
    memset(l, 0, sizeof *l);
    return wire_open(&l->wire, options);
}

int ladder_open_remote(struct ladder *l, const struct wire_options *options,
                       const char *how, const char *why) {
    memset(l, 0, sizeof *l);
    return wire_open_remote(&l->wire, options, how, why);
}

int ladder_close(struct ladder *l) {
    return wire_close(&l->wire);
}

int ladder_pair(struct ladder *l, int ends[2]) {
    struct ladder_counts handshake;
    if (pair_open(ends) != 0) return -1;
    wire_port(&l->wire, ends[LADDER_SERVER]);
    ladder_count(l, &handshake);
    return 0;
}

static int compare_times(const void *a, const void *b) {
    const struct ladder_event *x = a, *y = b;
    if (x->time_ns != y->time_ns) return x->time_ns < y->time_ns ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static void add_frame(struct ladder *l, int64_t time_ns,
                      const struct dissection *d, bool is_lost) {
    struct ladder_event *e = add_event(l, time_ns);
    if (!e) return;
    e->kind = LADDER_FRAME;
    e->is_lost = is_lost;
    e->frame = *d;
    e->frame.transport = e->frame.data = e->frame.segment.options =
        (struct span){NULL, 0};
}

void ladder_frame(struct ladder *l, const struct captured *frame,
                  bool is_lost) {
    struct dissection d;
    if (wire_handle(&l->wire, frame, &d))
        add_frame(l, frame->time_ns, &d, is_lost);
}

/* Adds the frames, and sorts all events. */
static void collect(struct ladder *l) {
    struct captured frame;
    struct dissection d;
    while (wire_next(&l->wire, &frame, &d))
        add_frame(l, frame.time_ns, &d, false);
    qsort(l->events, (size_t)l->event_count, sizeof *l->events, compare_times);
}

/* Sets the text of a frame, and the end that sent it. */
static void follow(struct ladder *l, struct ladder_event *e,
                   struct flow_step *step) {
    flow_follow(&l->flows, &e->frame, step);
    flow_text(&e->frame, step, e->text);
    e->end = step->from == 0 ? LADDER_CLIENT : LADDER_SERVER;
}

/* Prints an event. A modelled one has no time. */
static void print_event(const struct ladder_event *e, int64_t zero_ns) {
    if (e->kind == LADDER_MODEL)
        printf("%*s ms  ", TIME - 5, "-");
    else
        printf("%*.3f ms  ", TIME - 5, (double)(e->time_ns - zero_ns) / 1e6);
    if (e->kind == LADDER_CALL)
        printf("%*s%s\n", e->end == LADDER_SERVER ? SERVER : 0, "", e->text);
    else if (e->end == LADDER_CLIENT)
        printf("%*s%-24s --%c\n", WIRE, "", e->text, e->is_lost ? 'x' : '>');
    else
        printf("%*s%c-- %s\n", WIRE, "", e->is_lost ? 'x' : '<', e->text);
}

/* Clears the events, and reports lost ones: the reader must know of gaps. */
static void finish(struct ladder *l) {
    uint32_t lost = l->lost + capture_dropped(&l->wire.capture);
    if (lost != l->lost_reported)
        printf("  (%u frames or calls were lost: too many at once)\n",
               (unsigned)(lost - l->lost_reported));
    l->lost_reported = lost;
    l->event_count = 0;
    fflush(stdout);
}

void ladder_print(struct ladder *l) {
    struct flow_step step;
    collect(l);
    printf("%*s%-*s%-*s%s\n", TIME, "", WIRE, "client", SERVER - WIRE, "wire",
           "server");
    for (int i = 0; i < l->event_count; i++) {
        struct ladder_event *e = &l->events[i];
        if (e->kind == LADDER_FRAME) follow(l, e, &step);
        if (i < LADDER_ROWS) print_event(e, l->events[0].time_ns);
    }
    if (l->event_count > LADDER_ROWS)
        printf("%*s(%d more)\n", TIME, "", l->event_count - LADDER_ROWS);
    finish(l);
}

void ladder_count(struct ladder *l, struct ladder_counts *counts) {
    struct flow_step step;
    memset(counts, 0, sizeof *counts);
    collect(l);
    for (int i = 0; i < l->event_count; i++) {
        struct ladder_event *e = &l->events[i];
        if (e->kind != LADDER_FRAME) continue;
        follow(l, e, &step);
        if (e->frame.protocol != IP_TCP) continue;
        counts->segments[e->end]++;
        counts->data_segments[e->end] += e->frame.data_len > 0;
        counts->bytes[e->end] += e->frame.data_len;
        counts->again[e->end] += step.is_retransmission;
    }
    finish(l);
}
