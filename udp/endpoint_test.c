/* endpoint_test.c: udp/endpoint.h on the loopback */
#include "packets/unit.h"
#include "tcp/clock.h"
#include "tcp/unit.h"
#include "udp/endpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

static char name[ENDPOINT_NAME_MAX];
static struct endpoint self, other, from;

/* A socket on the loopback that is closed on exec and blocks. */
static int open_here(struct endpoint *e) {
    int fd = endpoint_bind("127.0.0.1", 0, e);
    UNIT_TRUE(fd != -1);
    return fd;
}

static void names_are_written_as_read(void) {
    static const struct {
        const char *host;
        uint16_t port;
        const char *name;
    } rows[] = {
        {"127.0.0.1", 7201, "127.0.0.1:7201"},
        {"0.0.0.0", 0, "0.0.0.0:0"},
        {"255.255.255.255", 65535, "255.255.255.255:65535"},
        {"::1", 7201, "[::1]:7201"},
        {"2001:DB8:0:0:0::1", 53, "[2001:db8::1]:53"}, /* RFC 5952 §4 */
        {"::ffff:127.0.0.1", 1, "[::ffff:127.0.0.1]:1"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535,
         "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        UNIT_INT(endpoint_from(&self, rows[i].host, rows[i].port), 0);
        UNIT_TRUE(endpoint_name(&self, name) == name);
        UNIT_TEXT(name, strlen(name), rows[i].name);
    }
    memset(&self, 0, sizeof self); /* of no family */
    endpoint_name(&self, name);
    UNIT_TEXT(name, strlen(name), "?:?");
}

static void text_that_is_no_address_is_refused(void) {
    static const char *const bad[] = {"",         "localhost", "127.0.0.1:1",
                                      "[::1]",    "a.example", "256.1.1.1",
                                      "1.2.3.4 ", "1.2.3.4.5"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        errno = 0;
        UNIT_INT(endpoint_from(&self, bad[i], 1), -1);
        UNIT_INT(errno, EADDRNOTAVAIL);
        UNIT_INT(endpoint_bind(bad[i], 0, &self), -1);
        UNIT_INT(errno, EADDRNOTAVAIL);
    }
    UNIT_INT(endpoint_bind("192.0.2.1", 0, &self), -1); /* RFC 5737: no one's */
    UNIT_INT(errno, EADDRNOTAVAIL);
}

/* a and b exchange a datagram; each learns the other's endpoint. */
static void echo_over(const char *host) {
    char bytes[10];
    int a = endpoint_bind(host, 0, &self), b = endpoint_bind(host, 0, &other);
    if (a == -1 && errno == EADDRNOTAVAIL) return; /* no IPv6 here */
    UNIT_TRUE(a != -1 && b != -1);
    UNIT_FALSE(endpoint_wait(b, 0));
    UNIT_INT(endpoint_sendto(a, "hello", 5, &other), 5);
    UNIT_TRUE(endpoint_wait(b, 5000));
    UNIT_INT(endpoint_recvfrom(b, bytes, sizeof bytes, &from), 5);
    UNIT_TEXT(bytes, 5, "hello");
    UNIT_TRUE(endpoint_equal(&from, &self));
    UNIT_FALSE(endpoint_equal(&from, &other));
    UNIT_INT(endpoint_sendto(b, "back", 4, &from), 4);
    UNIT_INT(endpoint_recvfrom(a, bytes, sizeof bytes, &from), 4);
    UNIT_TEXT(bytes, 4, "back");
    UNIT_TRUE(endpoint_equal(&from, &other));
    close(a);
    close(b);
}

static void a_datagram_comes_with_its_sender(void) {
    echo_over("127.0.0.1");
    echo_over("::1");
}

/* RFC 768: a length of 8 is a header alone. */
static void an_empty_datagram_is_received(void) {
    char bytes[4];
    int fd = open_here(&self);
    UNIT_INT(endpoint_sendto(fd, "", 0, &self), 0);
    UNIT_INT(endpoint_sendto(fd, "x", 1, &self), 1);
    UNIT_INT(endpoint_recvfrom(fd, bytes, sizeof bytes, &from), 0);
    UNIT_TRUE(endpoint_equal(&from, &self));
    UNIT_INT(endpoint_recvfrom(fd, bytes, sizeof bytes, &from), 1);
    close(fd);
}

static void a_datagram_that_does_not_fit_is_an_error(void) {
    char *bytes = malloc(4);
    int fd = open_here(&self);
    UNIT_INT(endpoint_sendto(fd, "0123456789", 10, &self), 10);
    UNIT_INT(endpoint_sendto(fd, "next", 4, &self), 4);
    UNIT_INT(endpoint_recvfrom(fd, bytes, 4, &from), -1);
    UNIT_INT(errno, EMSGSIZE);
    UNIT_TEXT(bytes, 4, "0123");
    UNIT_TRUE(endpoint_equal(&from, &self));
    UNIT_INT(endpoint_recvfrom(fd, bytes, 4, &from), 4);
    UNIT_TEXT(bytes, 4, "next");
    UNIT_INT(endpoint_sendto(fd, "x", 1, &self), 1);
    UNIT_INT(endpoint_recvfrom(fd, bytes, 0, &from), -1);
    UNIT_INT(errno, EMSGSIZE);
    free(bytes);
    close(fd);
}

static void the_largest_datagram_fits(const char *host, size_t max) {
    static char bytes[ENDPOINT_MAX_IPV6 + 1];
    int size = 200000, fd = endpoint_bind(host, 0, &self);
    if (fd == -1 && errno == EADDRNOTAVAIL) return; /* no IPv6 here */
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    UNIT_INT(endpoint_sendto(fd, bytes, max + 1, &self), -1);
    UNIT_INT(errno, EMSGSIZE);
    UNIT_INT(endpoint_sendto(fd, bytes, max, &self), max);
    UNIT_INT(endpoint_recvfrom(fd, bytes, max, &from), max);
    close(fd);
}

static void the_limits_are_those_of_the_headers(void) {
    the_largest_datagram_fits("127.0.0.1", ENDPOINT_MAX_IPV4);
    the_largest_datagram_fits("::1", ENDPOINT_MAX_IPV6);
}

static void each_part_of_an_address_counts(void) {
    struct endpoint a, b;
    UNIT_INT(endpoint_from(&a, "127.0.0.1", 7), 0);
    UNIT_INT(endpoint_from(&b, "127.0.0.1", 7), 0);
    b.address.in.sin_zero[0] = 1; /* no part of it */
    UNIT_TRUE(endpoint_equal(&a, &b));
    UNIT_INT(endpoint_from(&b, "127.0.0.1", 8), 0);
    UNIT_FALSE(endpoint_equal(&a, &b));
    UNIT_INT(endpoint_from(&b, "127.0.0.2", 7), 0);
    UNIT_FALSE(endpoint_equal(&a, &b));
    UNIT_INT(endpoint_from(&b, "::ffff:127.0.0.1", 7), 0);
    UNIT_FALSE(endpoint_equal(&a, &b));

    UNIT_INT(endpoint_from(&a, "fe80::1", 7), 0);
    UNIT_INT(endpoint_from(&b, "fe80::1", 7), 0);
    b.address.in6.sin6_flowinfo = 1; /* no part of it */
    UNIT_TRUE(endpoint_equal(&a, &b));
    b.address.in6.sin6_scope_id = 1;
    UNIT_FALSE(endpoint_equal(&a, &b));
    UNIT_INT(endpoint_from(&b, "fe80::1", 8), 0);
    UNIT_FALSE(endpoint_equal(&a, &b));
    UNIT_INT(endpoint_from(&b, "fe80::1:1", 7), 0);
    UNIT_FALSE(endpoint_equal(&a, &b));
}

static void the_socket_blocks_and_is_closed_on_exec(void) {
    int fd = open_here(&self);
    UNIT_INT(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    UNIT_INT(fcntl(fd, F_GETFD), FD_CLOEXEC);
    UNIT_TRUE(self.address.in.sin_port != 0);
    UNIT_INT(
        endpoint_bind("127.0.0.1", ntohs(self.address.in.sin_port), &other),
        -1);
    UNIT_INT(errno, EADDRINUSE);
    close(fd);
}

static void errors_are_those_of_the_calls(void) {
    char byte = 0;
    int fd = open_here(&self);
    UNIT_INT(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    UNIT_INT(endpoint_recvfrom(fd, &byte, 1, &from), -1);
    UNIT_TRUE(errno == EAGAIN || errno == EWOULDBLOCK);
    close(fd);
    UNIT_INT(endpoint_recvfrom(-1, &byte, 1, &from), -1);
    UNIT_INT(errno, EBADF);
    UNIT_INT(endpoint_sendto(-1, &byte, 1, &self), -1);
    UNIT_INT(errno, EBADF);
}

static void keeps_no_descriptor_when_it_fails(void) {
    int lowest = lowest_descriptor();
    UNIT_INT(endpoint_bind("192.0.2.1", 0, &self), -1);
    UNIT_INT(lowest_descriptor(), lowest);

    if (!limit_descriptors((rlim_t)lowest)) return;
    UNIT_INT(endpoint_bind("127.0.0.1", 0, &self), -1);
    UNIT_INT(errno, EMFILE);
    allow_descriptors();
}

static int sender, alarms;

/* The first signals interrupt; the last one sends what is waited for. */
static void on_alarm(int signal_number) {
    (void)signal_number;
    if (++alarms == 3) endpoint_sendto(sender, "x", 1, &self);
}

/* Without SA_RESTART a signal makes recvmsg and poll fail with EINTR. */
static void with_alarms(bool is_waiting) {
    char byte = '\0';
    struct sigaction action = {.sa_handler = on_alarm}, before;
    struct itimerval every = {{0, 2000}, {0, 2000}}, never = {{0, 0}, {0, 0}};
    int fd = open_here(&self);
    sender = open_here(&other);
    alarms = 0;
    sigaction(SIGALRM, &action, &before);
    setitimer(ITIMER_REAL, &every, NULL);
    if (is_waiting) UNIT_TRUE(endpoint_wait(fd, 5000));
    UNIT_INT(endpoint_recvfrom(fd, &byte, 1, &from), 1);
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &before, NULL);
    UNIT_TRUE(alarms >= 3);
    UNIT_INT(byte, 'x');
    close(fd);
    close(sender);
}

static void a_signal_ends_no_call(void) {
    with_alarms(false);
    with_alarms(true);
}

/* The signal does not start the limit again, and does not end it. */
static void a_signal_leaves_the_limit(void) {
    struct sigaction action = {.sa_handler = on_alarm}, before;
    struct itimerval once = {{0, 0}, {0, 20000}};
    int fd = open_here(&self);
    alarms = 0;
    sigaction(SIGALRM, &action, &before);
    int64_t begin = clock_ms();
    setitimer(ITIMER_REAL, &once, NULL);
    UNIT_FALSE(endpoint_wait(fd, 60));
    int64_t ms = clock_ms() - begin;
    UNIT_TRUE(ms >= 59 && ms < 20000);
    UNIT_INT(alarms, 1);
    sigaction(SIGALRM, &before, NULL);
    close(fd);
}

static void waiting_ends_after_the_limit(void) {
    int fd = open_here(&self);
    int64_t begin = clock_ms();
    UNIT_FALSE(endpoint_wait(fd, 30));
    UNIT_TRUE(clock_ms() - begin >= 29);
    close(fd);
}

/* A datagram is always waiting: whoever receives one sends the next. */
static void datagrams_do_not_move_the_end(void) {
    int fd = open_here(&self);
    char byte;
    UNIT_INT(endpoint_sendto(fd, "x", 1, &self), 1);
    UNIT_FALSE(endpoint_wait_until(fd, clock_ms()));
    UNIT_TRUE(endpoint_wait(fd, 0));
    UNIT_TRUE(endpoint_wait_until(fd, INT64_MAX));
    int64_t end = clock_ms() + 30;
    while (endpoint_wait_until(fd, end) && clock_ms() < end + 5000) {
        UNIT_INT(recv(fd, &byte, 1, 0), 1);
        UNIT_INT(endpoint_sendto(fd, "x", 1, &self), 1);
    }
    UNIT_TRUE(clock_ms() >= end && clock_ms() < end + 5000);
    close(fd);
}

static void an_end_without_a_datagram_is_reached(void) {
    int fd = open_here(&self);
    int64_t end = clock_ms() + 30;
    UNIT_FALSE(endpoint_wait_until(fd, end));
    UNIT_TRUE(clock_ms() >= end - 1);
    close(fd);
}

UNIT_MAIN("udp/endpoint", UNIT_TEST(names_are_written_as_read),
          UNIT_TEST(text_that_is_no_address_is_refused),
          UNIT_TEST(a_datagram_comes_with_its_sender),
          UNIT_TEST(an_empty_datagram_is_received),
          UNIT_TEST(a_datagram_that_does_not_fit_is_an_error),
          UNIT_TEST(the_limits_are_those_of_the_headers),
          UNIT_TEST(each_part_of_an_address_counts),
          UNIT_TEST(the_socket_blocks_and_is_closed_on_exec),
          UNIT_TEST(errors_are_those_of_the_calls),
          UNIT_TEST(keeps_no_descriptor_when_it_fails),
          UNIT_TEST(a_signal_ends_no_call),
          UNIT_TEST(a_signal_leaves_the_limit),
          UNIT_TEST(waiting_ends_after_the_limit),
          UNIT_TEST(datagrams_do_not_move_the_end),
          UNIT_TEST(an_end_without_a_datagram_is_reached))
