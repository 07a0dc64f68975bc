/* designs_test.c: tcp/designs.h */
#include "packets/unit.h"
#include "tcp/calls_unit.h"
#include "tcp/designs.h"

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/socket.h>

UNIT_KILL
UNIT_CALL(int, -1, connect, (int fd, const struct sockaddr *to, socklen_t size),
          (fd, to, size))
UNIT_CALL(pid_t, -1, fork, (void), ())
UNIT_CALL(int, -1, getrlimit, (int resource, struct rlimit *r), (resource, r))
UNIT_CALL(int, -1, pipe, (int ends[2]), (ends))
UNIT_CALL(int, -1, poll, (struct pollfd * fds, nfds_t n, int timeout_ms),
          (fds, n, timeout_ms))
UNIT_CALL(int, EAGAIN, pthread_create,
          (pthread_t * thread, const pthread_attr_t *how, void *(*run)(void *),
           void *argument),
          (thread, how, run, argument))
UNIT_CALL(int, -1, setrlimit, (int resource, const struct rlimit *r),
          (resource, r))
UNIT_CALL(int, -1, socket, (int family, int type, int protocol),
          (family, type, protocol))
#ifdef __linux__
#include <sys/epoll.h>
UNIT_CALL(int, -1, epoll_ctl,
          (int epoll, int how, int fd, struct epoll_event *event),
          (epoll, how, fd, event))
UNIT_CALL(int, -1, epoll_wait,
          (int epoll, struct epoll_event *events, int n, int timeout_ms),
          (epoll, events, n, timeout_ms))
#endif

/* Clients that a server accepts before the first real one: copies of a
 * descriptor that is never readable. */
static int never_readable, crowd;

int accept(int fd, struct sockaddr *from, socklen_t *size) {
    static int (*real)(int fd, struct sockaddr *from, socklen_t *size);
    if (call_fails("accept")) return -1;
    if (crowd > 0) {
        crowd--;
        return dup(never_readable);
    }
    if (!real) find_call("accept", &real);
    return real(fd, from, size);
}

/* The alarm that a server sets goes off at once, if a test wants it. */
static bool alarm_is_due;

unsigned alarm(unsigned seconds) {
    static unsigned (*real)(unsigned seconds);
    if (alarm_is_due && seconds == DESIGN_LIFETIME_S) raise(SIGALRM);
    if (!real) find_call("alarm", &real);
    return real(seconds);
}

/* A server writes a byte to this pipe for each thread that it detaches. */
static int detached[2] = {-1, -1};

int pthread_detach(pthread_t thread) {
    static int (*real)(pthread_t thread);
    if (!real) find_call("pthread_detach", &real);
    int error = real(thread);
    if (error == 0 && detached[1] != -1) (void)!write(detached[1], "", 1);
    return error;
}

enum {
    CLIENTS = 40
};

/* Calls run for each design that this system has. */
static void for_each(void (*run)(const struct design *d)) {
    for (int i = 0; i < DESIGN_COUNT; i++)
        if (designs[i].serve) run(&designs[i]);
}

static void serve_interleaved(const struct design *d) {
    struct design_server s;
    int clients[CLIENTS];
    UNIT_INT(design_start(d, &s), 0);
    for (int i = 0; i < CLIENTS; i++) clients[i] = design_connect(&s);
    for (int i = CLIENTS - 1; i >= 0; i--)
        UNIT_TRUE(design_receive(clients[i]));
    close(clients[0]); /* a client that is gone disturbs no other one */
    char byte;
    shutdown(clients[1], SHUT_WR); /* and one that ends its side gets a FIN */
    struct pollfd p = {.fd = clients[1], .events = POLLIN};
    UNIT_INT(poll(&p, 1, 20000), 1);
    UNIT_INT(recv(clients[1], &byte, 1, MSG_DONTWAIT), 0);
    for (int round = 0; round < 3; round++)
        for (int i = 2; i < CLIENTS; i++) UNIT_TRUE(design_echo(clients[i]));
    for (int i = 1; i < CLIENTS; i++) close(clients[i]);
    design_stop(&s);
    UNIT_INT(kill(s.pid, 0), -1);
}

static void each_design_serves_many_clients_at_once(void) {
    for_each(serve_interleaved);
}

/* A silent client, as in 101, is connected first. */
static void serve_beside_a_silent_one(const struct design *d) {
    struct design_server s;
    UNIT_INT(design_start(d, &s), 0);
    int silent = design_connect(&s), other = design_connect(&s);
    UNIT_TRUE(design_receive(other));
    UNIT_TRUE(design_echo(other));
    close(other);
    close(silent);
    design_stop(&s);
}

static void no_client_waits_for_a_silent_one(void) {
    for_each(serve_beside_a_silent_one);
}

/* A server that closes its only client. */
static void serve_none(int listener) {
    int client = accept(listener, NULL, NULL);
    close(client);
    pause();
}

static void a_client_that_is_not_served_is_noticed(void) {
    static const struct design none = {"none", 'n', serve_none};
    struct design_server s;
    UNIT_INT(design_start(&none, &s), 0);
    int client = design_connect(&s);
    UNIT_FALSE(design_receive(client));
    UNIT_FALSE(design_receive(-1));
    close(client);
    design_stop(&s);
    UNIT_INT(design_connect(&s), -1); /* there is no listener any more */
}

/* Is the client's connection closed, without an echo? */
static bool is_refused(int client) {
    char byte;
    struct pollfd p = {.fd = client, .events = POLLIN};
    return poll(&p, 1, 20000) == 1 && recv(client, &byte, 1, 0) <= 0;
}

/* The server must serve two clients, in whichever call it was disturbed. */
static void disturb(const struct design *d, const char *call, int error) {
    for (int number = 1; number <= 6; number++) {
        struct design_server s;
        fail_call(call, number, error);
        UNIT_INT(design_start(d, &s), 0);
        call_has_failed(); /* not here: in the server */
        int one = design_connect(&s);
        UNIT_TRUE(design_receive(one));
        int two = design_connect(&s);
        UNIT_TRUE(design_receive(two));
        UNIT_TRUE(design_echo(one));
        char byte = 'x';
        UNIT_INT(send(two, &byte, 1, 0), 1);
        UNIT_INT(recv(two, &byte, 1, 0), 1);
        close(one);
        close(two);
        design_stop(&s);
    }
}

static void disturb_each(const struct design *d) {
    disturb(d, "accept", ECONNABORTED);
    disturb(d, "poll", EINTR);
    disturb(d, "epoll_wait", EINTR);
}

static void an_error_of_one_client_ends_no_server(void) {
    for_each(disturb_each);
}

/* One that is not detached keeps its memory after its end. */
static void detach_thread(const struct design *d) {
    struct design_server s;
    char bytes[2];
    if (strcmp(d->name, "thread") != 0) return;
    UNIT_INT(pipe(detached), 0);
    UNIT_INT(design_start(d, &s), 0);
    int one = design_connect(&s), two = design_connect(&s);
    UNIT_TRUE(design_receive(one) && design_receive(two));
    struct pollfd p = {.fd = detached[0], .events = POLLIN};
    for (ssize_t n = 0; n < 2;) {
        UNIT_INT(poll(&p, 1, 5000), 1);
        if (p.revents == 0) break;
        n += read(detached[0], bytes, sizeof bytes);
    }
    close(one);
    close(two);
    design_stop(&s);
    close(detached[0]);
    close(detached[1]);
    detached[1] = -1;
}

static void each_thread_is_detached(void) {
    for_each(detach_thread);
}

/* The first fork is that of design_start; the first call of epoll_ctl is for
 * the listener. */
static void refuse_client(const struct design *d) {
    static const struct {
        const char *design, *call;
        int number;
    } refusals[] = {{"fork", "fork", 2},
                    {"thread", "pthread_create", 1},
                    {"epoll", "epoll_ctl", 2}};
    for (int i = 0; i < 3; i++) {
        if (strcmp(d->name, refusals[i].design) != 0) continue;
        struct design_server s;
        fail_call(refusals[i].call, refusals[i].number, EAGAIN);
        UNIT_INT(design_start(d, &s), 0);
        call_has_failed(); /* not here: in the server */
        int client = design_connect(&s);
        UNIT_TRUE(is_refused(client));
        int other = design_connect(&s);
        UNIT_TRUE(design_receive(other));
        close(client);
        close(other);
        design_stop(&s);
    }
}

static void a_client_without_memory_for_it_is_closed(void) {
    for_each(refuse_client);
}

static int crowd_poll(void) {
    struct design_server s;
    int through[2];
    if (design_raise_limit() < DESIGNS_MAX_CLIENTS) return UNIT_SKIPPED;
    UNIT_EXPECT(pipe(through) == 0);
    never_readable = through[0];
    crowd = DESIGNS_MAX_CLIENTS - 1;
    UNIT_EXPECT(design_start(&designs[2], &s) == 0);
    int last = design_connect(&s), beyond = design_connect(&s);
    UNIT_EXPECT(design_receive(last) && is_refused(beyond));
    UNIT_EXPECT(design_echo(last));
    close(last);
    close(beyond);
    design_stop(&s);
    return 0;
}

static void a_client_beyond_the_table_of_poll_is_closed(void) {
    UNIT_CHILD(crowd_poll);
}

/* The kernel stops listening when the server is killed and the test has closed
 * its copy, though a process of the server may still serve a client. */
static void stop_listening(const struct design *d) {
    struct design_server s, other;
    struct sockaddr_in at;
    socklen_t size = sizeof at;
    UNIT_INT(design_start(d, &other), 0); /* at another port */
    UNIT_INT(design_start(d, &s), 0);
    int client = design_connect(&s);
    UNIT_TRUE(design_receive(client));
    struct pollfd p = {.fd = s.alive, .events = POLLIN};
    UNIT_INT(poll(&p, 1, 0), 0); /* no EOF while it runs */
    UNIT_INT(getsockname(s.listener, (struct sockaddr *)&at, &size), 0);
    UNIT_INT(kill(s.pid, SIGKILL), 0);
    UNIT_INT(waitpid(s.pid, NULL, 0), s.pid);
    close(s.listener);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    UNIT_INT(connect(fd, (struct sockaddr *)&at, size), -1);
    UNIT_INT(errno, ECONNREFUSED);
    close(fd);
    close(client);
    close(s.alive);
    design_stop(&other);
}

static void only_the_server_itself_listens(void) {
    for_each(stop_listening);
}

static void serve_until_alarm(const struct design *d) {
    struct design_server s;
    int status = 0;
    alarm_is_due = true;
    UNIT_INT(design_start(d, &s), 0);
    alarm_is_due = false;
    UNIT_INT(waitpid(s.pid, &status, 0), s.pid);
    UNIT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM);
    close(s.listener);
    close(s.alive);
}

static void a_forgotten_server_ends_by_itself(void) {
    for_each(serve_until_alarm);
}

static void the_mark_is_the_first_letter(void) {
    for (int i = 0; i < DESIGN_COUNT; i++)
        UNIT_INT(designs[i].mark, designs[i].name[0]);
}

static void what_is_refused_leaves_no_descriptor(void) {
    static const char *const starts[] = {"socket", "pipe", "fork"};
    struct design_server s;
    int before = count_descriptors();
    for (int i = 0; i < 3; i++) {
        fail_call(starts[i], 1, EMFILE);
        UNIT_INT(design_start(&designs[0], &s), -1);
        UNIT_INT(errno, EMFILE);
        UNIT_INT(count_descriptors(), before);
    }
    UNIT_INT(design_start(&designs[0], &s), 0);
    before = count_descriptors();
    fail_call("socket", 1, EMFILE);
    UNIT_INT(design_connect(&s), -1);
    fail_call("connect", 1, ECONNREFUSED);
    UNIT_INT(design_connect(&s), -1);
    UNIT_INT(count_descriptors(), before);
    design_stop(&s);
}

static rlim_t limit; /* hard and soft */

static int raise_limit(int expected) {
    struct rlimit r = {limit, limit};
    /* setrlimit(2): everybody may lower a limit, but not under valgrind, which
     * has an own one. */
    if (setrlimit(RLIMIT_NOFILE, &r) == -1) return UNIT_SKIPPED;
    UNIT_EXPECT(design_raise_limit() == expected);
    return 0;
}

static int raise_nothing(void) {
    return raise_limit(limit > 20 ? (int)limit - 20 : 0);
}

static int raise_to_all(void) {
    return raise_limit(DESIGNS_MAX_CLIENTS);
}

static int raise_soft(void) {
    struct rlimit r;
    UNIT_EXPECT(getrlimit(RLIMIT_NOFILE, &r) == 0);
    if (r.rlim_max < 100) return UNIT_SKIPPED;
    r.rlim_cur = 64;
    UNIT_EXPECT(setrlimit(RLIMIT_NOFILE, &r) == 0);
    fail_call("getrlimit", 1, EPERM);
    UNIT_EXPECT(design_raise_limit() == 0);
    fail_call("setrlimit", 1, EPERM);
    UNIT_EXPECT(design_raise_limit() == 44);
    int largest = design_raise_limit();
    UNIT_EXPECT(largest >= 80 && largest <= DESIGNS_MAX_CLIENTS);
    UNIT_EXPECT(getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur == r.rlim_max);
    return 0;
}

static void the_limit_of_descriptors_limits_the_clients(void) {
    static const rlim_t limits[] = {10, 20, 21, 64, 9999, 10010, 10019};
    struct rlimit r;
    UNIT_CHILD(raise_soft);
    UNIT_INT(getrlimit(RLIMIT_NOFILE, &r), 0);
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        limit = limits[i];
        if (limit <= r.rlim_max) UNIT_CHILD(raise_nothing);
    }
    for (limit = 10020; limit <= 10021; limit++)
        if (limit <= r.rlim_max) UNIT_CHILD(raise_to_all);
}

UNIT_MAIN("tcp/designs", UNIT_TEST(each_design_serves_many_clients_at_once),
          UNIT_TEST(no_client_waits_for_a_silent_one),
          UNIT_TEST(a_client_that_is_not_served_is_noticed),
          UNIT_TEST(an_error_of_one_client_ends_no_server),
          UNIT_TEST(each_thread_is_detached),
          UNIT_TEST(a_client_without_memory_for_it_is_closed),
          UNIT_TEST(a_client_beyond_the_table_of_poll_is_closed),
          UNIT_TEST(only_the_server_itself_listens),
          UNIT_TEST(a_forgotten_server_ends_by_itself),
          UNIT_TEST(the_mark_is_the_first_letter),
          UNIT_TEST(what_is_refused_leaves_no_descriptor),
          UNIT_TEST(the_limit_of_descriptors_limits_the_clients))
