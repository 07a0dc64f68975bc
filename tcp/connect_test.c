/* connect_test.c: tcp/connect.h on the loopback */
#include "packets/unit.h"
#include "tcp/clock.h"
#include "tcp/connect.h"
#include "tcp/io.h"
#include "tcp/listen.h"
#include "tcp/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* The port of a listener that has just been closed. */
static void find_unused_port(char port[8]) {
    char name[LISTEN_NAME_MAX];
    int fd = listen_open("127.0.0.1", 0);
    UNIT_INT(listen_name(fd, name), 0);
    snprintf(port, 8, "%.6s", strrchr(name, ':') + 1);
    close(fd);
}

static void names_the_address_that_it_could_not_reach(void) {
    char port[8], why[200] = "", begins[60];
    find_unused_port(port);
    UNIT_INT(connect_to("127.0.0.1", port, why, sizeof why), -1);
    snprintf(begins, sizeof begins, "cannot reach 127.0.0.1:%s: ", port);
    UNIT_INT(strncmp(why, begins, strlen(begins)), 0);
    UNIT_TEXT(why + strlen(begins), strlen(why + strlen(begins)),
              strerror(ECONNREFUSED));

    UNIT_INT(connect_to("127.0.0.1", "no-such-service", why, sizeof why), -1);
    UNIT_INT(strncmp(why, "cannot find 127.0.0.1 port no-such-service: ", 44),
             0);
}

/* RFC 9293 §3.9.2.3: TCP rejects a call for a broadcast address. The call
 * itself fails, without a wait. */
static void a_call_that_fails_at_once_is_a_failure(void) {
    char why[200] = "";
    UNIT_INT(connect_to("255.255.255.255", "9", why, sizeof why), -1);
    UNIT_INT(strncmp(why, "cannot reach 255.255.255.255:9: ", 32), 0);
}

static void keeps_no_descriptor_when_it_fails(void) {
    char port[8], why[200] = "";
    find_unused_port(port);
    int lowest = lowest_descriptor();
    UNIT_INT(connect_to("127.0.0.1", port, why, sizeof why), -1);
    UNIT_INT(lowest_descriptor(), lowest);

    if (!limit_descriptors((rlim_t)lowest)) return;
    UNIT_INT(connect_to("127.0.0.1", port, why, sizeof why), -1);
    allow_descriptors();
    UNIT_TRUE(strstr(why, strerror(EMFILE)));
}

static void the_reason_fits_any_space(void) {
    char port[8];
    find_unused_port(port);
    char *why = unit_exact("------", 6);
    UNIT_INT(connect_to("127.0.0.1", port, why, 6), -1);
    UNIT_TEXT(why, strlen(why), "canno");
    free(why);
}

/* Fills the queue of a listener with connections. True: the next one will get
 * no answer; some systems refuse it instead. */
static bool fill_queue(const char *port, int fds[4]) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
    for (int i = 0; i < 4; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM, 0);
        UNIT_INT(io_nonblocking(fds[i]), 0);
        connect(fds[i], (struct sockaddr *)&address, sizeof address);
    }
    struct pollfd p = {.fd = fds[3], .events = POLLOUT};
    return poll(&p, 1, 100) == 0;
}

static void gives_up_after_the_limit(void) {
    char name[LISTEN_NAME_MAX], why[200] = "";
    int fds[4], fd = listen_open("127.0.0.1", 0);
    UNIT_INT(listen_name(fd, name), 0);
    UNIT_INT(listen(fd, 0), 0); /* a queue of one or two */
    const char *port = strrchr(name, ':') + 1;
    if (fill_queue(port, fds)) {
        int64_t begin = clock_ms();
        UNIT_INT(connect_within(300, "127.0.0.1", port, why, sizeof why), -1);
        int64_t ms = clock_ms() - begin;
        UNIT_TRUE(ms >= 299 && ms < 20000);
        UNIT_TRUE(strstr(why, strerror(ETIMEDOUT)));
    }
    for (int i = 0; i < 4; i++) close(fds[i]);
    close(fd);
}

static void on_alarm(int number) {
    (void)number;
}

static void signals_do_not_end_the_wait(void) {
    char name[LISTEN_NAME_MAX], why[200] = "";
    struct sigaction action = {.sa_handler = on_alarm};
    struct itimerval every = {{0, 20000}, {0, 20000}}, never = {{0, 0}, {0, 0}};
    int fds[4], fd = listen_open("127.0.0.1", 0);
    UNIT_INT(listen_name(fd, name), 0);
    UNIT_INT(listen(fd, 0), 0);
    const char *port = strrchr(name, ':') + 1;
    if (fill_queue(port, fds)) {
        sigaction(SIGALRM, &action, NULL);
        setitimer(ITIMER_REAL, &every, NULL);
        UNIT_INT(connect_within(100, "127.0.0.1", port, why, sizeof why), -1);
        setitimer(ITIMER_REAL, &never, NULL);
        signal(SIGALRM, SIG_DFL);
        UNIT_TRUE(strstr(why, strerror(ETIMEDOUT)));
    }
    for (int i = 0; i < 4; i++) close(fds[i]);
    close(fd);
}

/* localhost may be ::1 first, where no server listens: then 127.0.0.1
 * accepts. */
static void tries_each_address_of_a_name(void) {
    char name[LISTEN_NAME_MAX], why[200] = "";
    int fd = listen_open("127.0.0.1", 0);
    UNIT_INT(listen_name(fd, name), 0);
    int client =
        connect_to("localhost", strrchr(name, ':') + 1, why, sizeof why);
    UNIT_TRUE(client != -1);
    UNIT_TRUE(fcntl(client, F_GETFD) & FD_CLOEXEC);
    UNIT_FALSE(fcntl(client, F_GETFL) & O_NONBLOCK);
    int server = listen_accept(fd);
    UNIT_TRUE(server != -1);
    close(server);
    close(client);
    close(fd);
}

static int error_of(int fd) {
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    int error = -1;
    socklen_t size = sizeof error;
    UNIT_INT(poll(&p, 1, 5000), 1);
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    return error;
}

static void starts_to_connect(void) {
    char name[LISTEN_NAME_MAX], port[8];
    int listener = listen_open("127.0.0.1", 0);
    UNIT_INT(listen_name(listener, name), 0);
    int fd = connect_start("127.0.0.1", strrchr(name, ':') + 1);
    UNIT_TRUE(fcntl(fd, F_GETFL) & O_NONBLOCK);
    UNIT_TRUE(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    UNIT_INT(error_of(fd), 0);
    int server = listen_accept(listener);
    UNIT_TRUE(server != -1);
    close(server);
    close(fd);
    close(listener);

    find_unused_port(port);
    fd = connect_start("127.0.0.1", port); /* some systems say so at once */
    UNIT_INT(fd == -1 ? errno : error_of(fd), ECONNREFUSED);
    if (fd != -1) close(fd);
}

static void starts_without_waiting(void) {
    char name[LISTEN_NAME_MAX];
    int fds[4], listener = listen_open("127.0.0.1", 0);
    UNIT_INT(listen_name(listener, name), 0);
    UNIT_INT(listen(listener, 0), 0);
    const char *port = strrchr(name, ':') + 1;
    if (fill_queue(port, fds)) {
        int fd = connect_start("127.0.0.1", port);
        struct pollfd p = {.fd = fd, .events = POLLOUT};
        UNIT_TRUE(fd != -1);
        UNIT_INT(poll(&p, 1, 0), 0);
        close(fd);
    }
    for (int i = 0; i < 4; i++) close(fds[i]);
    close(listener);
}

static void does_not_start_to_an_address_that_is_none(void) {
    int lowest = lowest_descriptor();
    errno = 0;
    UNIT_INT(connect_start("127.0.0.1", "no-such-service"), -1);
    UNIT_INT(errno, EADDRNOTAVAIL);
    /* A stream to many receivers: connect fails at once. */
    UNIT_INT(connect_start("224.0.0.1", "7101"), -1);
    UNIT_TRUE(errno != 0 && errno != EINPROGRESS);

    if (!limit_descriptors((rlim_t)lowest)) return;
    UNIT_INT(connect_start("127.0.0.1", "7101"), -1);
    UNIT_INT(errno, EMFILE);
    allow_descriptors();
    UNIT_INT(lowest_descriptor(), lowest);
}

UNIT_MAIN("tcp/connect", UNIT_TEST(names_the_address_that_it_could_not_reach),
          UNIT_TEST(a_call_that_fails_at_once_is_a_failure),
          UNIT_TEST(keeps_no_descriptor_when_it_fails),
          UNIT_TEST(the_reason_fits_any_space),
          UNIT_TEST(signals_do_not_end_the_wait),
          UNIT_TEST(gives_up_after_the_limit),
          UNIT_TEST(tries_each_address_of_a_name), UNIT_TEST(starts_to_connect),
          UNIT_TEST(starts_without_waiting),
          UNIT_TEST(does_not_start_to_an_address_that_is_none))
