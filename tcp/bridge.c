#ifdef __linux__
#define _GNU_SOURCE /* ppoll, MAP_ANONYMOUS */
#endif
/* bridge.c: see tcp/bridge.h. Entry points: bridge_start, bridge_set,
 * bridge_next, bridge_stop. */
#include "tcp/bridge.h"

#include <errno.h>

#ifdef __linux__
#include "packets/ethernet.h"

#include <linux/if_packet.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    SNAP = 1600, /* bytes of a frame in the log */
    MAX_DESCRIPTORS = 1024
};

struct entry {
    int64_t time_ns;
    uint32_t length;
    uint16_t len;
    int16_t fate;
    uint8_t to, bytes[SNAP];
};

struct bridge_log {         /* in memory shared by both processes */
    _Atomic uint32_t count; /* entries that are complete */
    struct entry entries[BRIDGE_FRAMES];
};

struct request {
    bool is_stop;
    int host;
    struct channel_options options;
};

struct child {
    int count, control;
    struct capture captures[HOSTS_MAX];
    struct channel channels[HOSTS_MAX];
    struct bridge_log *log;
    struct bridge_report report;
};

static int64_t now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void add_entry(struct child *c, const struct captured *frame, int to,
                      int fate) {
    uint32_t i = atomic_load(&c->log->count);
    if (i == BRIDGE_FRAMES) {
        c->report.unlogged++;
        return;
    }
    struct entry *e = &c->log->entries[i];
    size_t len = frame->bytes.len < SNAP ? frame->bytes.len : SNAP;
    *e = (struct entry){.time_ns = frame->time_ns,
                        .length = frame->length,
                        .len = (uint16_t)len,
                        .fate = (int16_t)fate,
                        .to = (uint8_t)to};
    memcpy(e->bytes, frame->bytes.data, len);
    atomic_store(&c->log->count, i + 1); /* complete: the parent may read it
                                            now */
}

/* The last byte of a host's MAC address is its number plus 1. A frame to a
 * group address (odd first byte) goes to all hosts except its sender. */
static void route(struct child *c, int from, const struct captured *frame) {
    struct ethernet e;
    if (ethernet_parse(frame->bytes, &e) <= 0) return;
    for (int to = 0; to < c->count; to++) {
        bool is_for_all = e.destination[0] & 1;
        if (to == from || (!is_for_all && e.destination[5] != to + 1)) continue;
        int fate = channel_send(&c->channels[to], now_us(), frame->bytes);
        add_entry(c, frame, to, fate);
    }
}

/* Sends the frames that have arrived at the end of their channels. */
static void deliver(struct child *c) {
    struct span packet;
    for (int i = 0; i < c->count; i++)
        while (channel_receive(&c->channels[i], now_us(), &packet))
            if (send(c->captures[i].fd, packet.data, packet.len, 0) == -1)
                c->report.unsent++;
}

static void collect(struct child *c) {
    struct captured frame;
    for (int i = 0; i < c->count; i++)
        while (capture_next(&c->captures[i], &frame)) route(c, i, &frame);
}

/* Handles a request of the parent, and confirms it. False: the child must end,
 * or the parent has ended. */
static bool serve(struct child *c) {
    struct request r;
    if (recv(c->control, &r, sizeof r, 0) != sizeof r) return false;
    collect(c); /* frames that were sent before */
    for (int i = 0; i < c->count && !r.is_stop; i++)
        if (r.host == BRIDGE_ALL || r.host == i)
            channel_set(&c->channels[i], &r.options);
    for (int i = 0; i < c->count; i++) {
        c->report.to[i] = c->channels[i].counts;
        if (r.is_stop) c->report.dropped += capture_dropped(&c->captures[i]);
    }
    return send(c->control, &c->report, sizeof c->report, MSG_NOSIGNAL) != -1 &&
           !r.is_stop;
}

/* Waits for a frame, a request, or the next arrival. */
static bool wait_for_work(struct child *c) {
    struct pollfd fds[HOSTS_MAX + 1];
    int64_t due = INT64_MAX, now = now_us();
    for (int i = 0; i < c->count; i++) {
        int64_t next = channel_due_us(&c->channels[i]);
        if (next < due) due = next;
        fds[i] = (struct pollfd){.fd = c->captures[i].fd, .events = POLLIN};
    }
    fds[c->count] = (struct pollfd){.fd = c->control, .events = POLLIN};
    int64_t wait = due > now ? due - now : 0;
    struct timespec t = {.tv_sec = wait / 1000000,
                         .tv_nsec = wait % 1000000 * 1000};
    if (ppoll(fds, (nfds_t)c->count + 1, due == INT64_MAX ? NULL : &t, NULL) ==
        -1)
        return errno == EINTR;
    return !fds[c->count].revents || serve(c);
}

/* Closes the child's copies of the program's sockets, which would keep them
 * open. */
static void close_others(const struct child *c) {
    for (int fd = STDERR_FILENO + 1; fd < MAX_DESCRIPTORS; fd++) {
        bool is_used = fd == c->control;
        for (int i = 0; i < c->count; i++)
            if (fd == c->captures[i].fd) is_used = true;
        if (!is_used) close(fd);
    }
}

/* The child ends with its parent, which may end even before prctl is called. */
_Noreturn static void run(struct child *c, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    close_others(c);
    while (wait_for_work(c)) {
        collect(c);
        deliver(c);
    }
    _exit(0);
}

/* The bridge must not capture the frames that it sends itself. */
static int open_capture(struct capture *c, int host) {
    char name[HOSTS_NAME_MAX];
    int on = 1;
    if (capture_open(c, hosts_interface(host, name)) != 0) return -1;
    if (setsockopt(c->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) ==
        0)
        return 0;
    int error = errno;
    capture_close(c);
    errno = error;
    return -1;
}

static int open_child(struct child *c, const struct hosts *h,
                      const struct channel_options *options) {
    struct channel_options perfect = {.seed = 0};
    for (; c->count < h->count; c->count++) {
        struct channel_options o = options ? *options : perfect;
        o.seed += (uint64_t)c->count;
        channel_init(&c->channels[c->count], &o);
        if (open_capture(&c->captures[c->count], c->count) != 0) return -1;
    }
    void *memory = mmap(NULL, sizeof *c->log, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return -1;
    c->log = memory;
    return 0;
}

static void release(struct bridge *b) {
    if (b->control != -1) close(b->control);
    if (b->log) munmap(b->log, sizeof *b->log);
    *b = (struct bridge){.child = -1, .control = -1};
}

int bridge_start(struct bridge *b, const struct hosts *h,
                 const struct channel_options *options) {
    static struct child c;
    int ends[2] = {-1, -1};
    memset(&c, 0, sizeof c);
    bool is_open =
        hosts_use(h, HOSTS_MIDDLE) == 0 && open_child(&c, h, options) == 0 &&
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0;
    c.control = ends[1];
    pid_t parent = getpid(), child = is_open ? fork() : -1;
    if (child == 0) run(&c, parent);
    int error = errno;
    for (int i = 0; i < c.count; i++) capture_close(&c.captures[i]);
    if (ends[1] != -1) close(ends[1]);
    *b = (struct bridge){.child = child, .control = ends[0], .log = c.log};
    if (child != -1) return 0;
    release(b);
    errno = error;
    return -1;
}

static int request(struct bridge *b, const struct request *r,
                   struct bridge_report *report) {
    if (send(b->control, r, sizeof *r, MSG_NOSIGNAL) == -1) return -1;
    if (recv(b->control, report, sizeof *report, 0) == sizeof *report) return 0;
    errno = EPIPE;
    return -1;
}

int bridge_set(struct bridge *b, int host,
               const struct channel_options *options) {
    struct bridge_report report;
    struct request r = {.host = host, .options = *options};
    return request(b, &r, &report);
}

bool bridge_next(struct bridge *b, struct bridged *next) {
    if (b->next >= atomic_load(&b->log->count)) return false;
    struct entry *e = &b->log->entries[b->next++];
    *next = (struct bridged){.frame = {.time_ns = e->time_ns,
                                       .bytes = {e->bytes, e->len},
                                       .length = e->length},
                             .to = e->to,
                             .fate = e->fate};
    return true;
}

int bridge_stop(struct bridge *b, struct bridge_report *report) {
    struct bridge_report unused;
    struct request r = {.is_stop = true};
    if (b->child == -1) { /* not a process: kill(-1) would signal all
                             processes */
        errno = ESRCH;
        return -1;
    }
    int status = request(b, &r, report ? report : &unused), error = errno;
    kill(b->child, SIGKILL);
    while (waitpid(b->child, NULL, 0) == -1 && errno == EINTR) continue;
    release(b);
    errno = error;
    return status;
}

#else

int bridge_start(struct bridge *b, const struct hosts *h,
                 const struct channel_options *options) {
    (void)h;
    (void)options;
    *b = (struct bridge){.child = -1, .control = -1};
    errno = ENOSYS;
    return -1;
}

int bridge_set(struct bridge *b, int host,
               const struct channel_options *options) {
    (void)b;
    (void)host;
    (void)options;
    errno = ENOSYS;
    return -1;
}

bool bridge_next(struct bridge *b, struct bridged *next) {
    (void)b;
    (void)next;
    return false;
}

int bridge_stop(struct bridge *b, struct bridge_report *report) {
    (void)b;
    (void)report;
    errno = ENOSYS;
    return -1;
}

#endif
