/* listen_test.c: tcp/listen.h on the loopback, at ports the kernel chooses */
#include "packets/unit.h"
#include "packets/url.h"
#include "tcp/connect.h"
#include "tcp/io.h"
#include "tcp/listen.h"
#include "tcp/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

/* A connection to the address that name shows. */
static int client_of(const char *name) {
    char text[LISTEN_NAME_MAX], why[200] = "";
    char *host, *port;
    snprintf(text, sizeof text, "%s", name);
    UNIT_INT(url_split_host_port(text, &host, &port), 0);
    int fd = connect_to(host, port, why, sizeof why);
    UNIT_TEXT(why, strlen(why), "");
    return fd;
}

static uint16_t port_of(const char *name) {
    return (uint16_t)atoi(strrchr(name, ':') + 1);
}

static void listens_where_it_says(const char *host, const char *begins) {
    char name[LISTEN_NAME_MAX] = "";
    int fd = listen_open(host, 0);
    UNIT_TRUE(fd != -1);
    UNIT_INT(listen_name(fd, name), 0);
    UNIT_INT(strncmp(name, begins, strlen(begins)), 0);
    UNIT_TRUE(port_of(name) != 0);
    int client = client_of(name);
    int server = listen_accept(fd);
    UNIT_TRUE(server != -1);
    char of_client[LISTEN_NAME_MAX] = "", peer[LISTEN_NAME_MAX] = "";
    UNIT_INT(listen_name(client, of_client), 0);
    UNIT_INT(listen_peer_name(server, peer), 0);
    UNIT_TEXT(peer, strlen(peer), of_client);
    UNIT_INT(listen_peer_name(fd, peer), -1); /* it has no peer */
    close(server);
    close(client);
    close(fd);
}

static void listens_at_ipv4(void) {
    listens_where_it_says("127.0.0.1", "127.0.0.1:");
    listens_where_it_says("localhost", "127.0.0.1:");
}

static void listens_at_ipv6(void) {
    int fd = listen_open("::1", 0);
    if (fd == -1 && errno == EADDRNOTAVAIL) return; /* no IPv6 here */
    close(fd);
    listens_where_it_says("::1", "[::1]:");
}

static void sets_errno_when_it_cannot_listen(void) {
    UNIT_INT(listen_open("nothing.example", 0), -1);
    UNIT_INT(errno, EADDRNOTAVAIL);
    UNIT_INT(listen_open("", 0), -1);
    UNIT_INT(errno, EADDRNOTAVAIL);
    UNIT_INT(listen_open("192.0.2.1", 0), -1); /* RFC 5737: no one's */
    UNIT_INT(errno, EADDRNOTAVAIL);

    char name[LISTEN_NAME_MAX];
    int fd = listen_open("127.0.0.1", 0);
    UNIT_INT(listen_name(fd, name), 0);
    UNIT_INT(listen_open("127.0.0.1", port_of(name)), -1);
    UNIT_INT(errno, EADDRINUSE);
    close(fd);
    UNIT_INT(listen_name(-1, name), -1);
    UNIT_INT(errno, EBADF);
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    UNIT_INT(listen_name(fd, name), -1);
    UNIT_INT(errno, EAFNOSUPPORT);
    close(fd);
}

/* RFC 9293 §3.6.1: the side that closes first, here the server, keeps the
 * connection in TIME-WAIT. */
static void listens_again_where_connections_are_in_time_wait(void) {
    char name[LISTEN_NAME_MAX], byte;
    int fd = listen_open("127.0.0.1", 0);
    UNIT_INT(listen_name(fd, name), 0);
    int client = client_of(name);
    close(listen_accept(fd));
    UNIT_INT(io_recv(client, &byte, 1), 0);
    close(client);
    close(fd);
    fd = listen_open("127.0.0.1", port_of(name));
    UNIT_TRUE(fd != -1);
    close(fd);
}

static void an_accepted_connection_is_non_blocking(void) {
    char name[LISTEN_NAME_MAX];
    int fd = listen_open("127.0.0.1", 0);
    UNIT_TRUE(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    UNIT_FALSE(fcntl(fd, F_GETFL) & O_NONBLOCK);
    UNIT_INT(listen_name(fd, name), 0);
    int client = client_of(name);
    int server = listen_accept(fd);
    UNIT_TRUE(fcntl(server, F_GETFL) & O_NONBLOCK);
    UNIT_TRUE(fcntl(server, F_GETFD) & FD_CLOEXEC);
    int nodelay = 0;
    socklen_t size = sizeof nodelay;
    getsockopt(server, IPPROTO_TCP, TCP_NODELAY, &nodelay, &size);
    UNIT_TRUE(nodelay);
    close(server);
    close(client);
    close(fd);
}

static void no_client_waiting_is_eagain(void) {
    int fd = listen_open("127.0.0.1", 0);
    UNIT_INT(io_nonblocking(fd), 0);
    UNIT_INT(listen_accept(fd), -1);
    UNIT_TRUE(errno == EAGAIN || errno == EWOULDBLOCK);
    close(fd);
}

/* Success leaves errno as it was: it says nothing about this client. */
static void an_old_errno_skips_no_client(void) {
    char name[LISTEN_NAME_MAX];
    int fd = listen_open("127.0.0.1", 0);
    UNIT_INT(listen_name(fd, name), 0);
    UNIT_INT(io_nonblocking(fd), 0);
    int client = client_of(name);
    errno = ECONNABORTED;
    int server = listen_accept(fd);
    UNIT_TRUE(server != -1);
    close(server);
    close(client);
    close(fd);
}

static void keeps_no_descriptor_when_it_fails(void) {
    char name[LISTEN_NAME_MAX];
    int fd = listen_open("127.0.0.1", 0);
    UNIT_INT(listen_name(fd, name), 0);
    int lowest = lowest_descriptor();
    UNIT_INT(listen_open("127.0.0.1", port_of(name)), -1);
    UNIT_INT(lowest_descriptor(), lowest);

    if (!limit_descriptors((rlim_t)lowest)) return;
    UNIT_INT(listen_open("127.0.0.1", 0), -1);
    UNIT_INT(errno, EMFILE);
    allow_descriptors();
    close(fd);
}

/* Calls listen_announce. Returns its descriptor, and what it printed on stream,
 * which has left the process when the function returns. */
static int announce(const char *host, uint16_t port, int stream,
                    char *printed) {
    static char buffer[BUFSIZ];
    int through[2], before = dup(stream);
    fflush(stdout);
    /* CUnit has made stdout unbuffered; that of a program is a pipe. */
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    UNIT_INT(pipe(through), 0);
    dup2(through[1], stream);
    close(through[1]);
    int lowest = lowest_descriptor();
    int fd = listen_announce(host, port);
    int next = lowest_descriptor();
    UNIT_INT(next - lowest, fd != -1); /* that is the only one */
    UNIT_INT(io_nonblocking(through[0]), 0);
    ssize_t n = read(through[0], printed, 199);
    printed[n > 0 ? n : 0] = '\0';
    fflush(stdout);
    setvbuf(stdout, NULL, _IONBF, 0);
    dup2(before, stream);
    close(before);
    close(through[0]);
    return fd;
}

static void announces_where_it_listens_in_one_line(void) {
    char printed[200], name[LISTEN_NAME_MAX] = "", expected[200];
    int fd = announce("127.0.0.1", 0, STDOUT_FILENO, printed);
    UNIT_INT(listen_name(fd, name), 0);
    snprintf(expected, sizeof expected, "listening on %s\n", name);
    UNIT_TEXT(printed, strlen(printed), expected);
    UNIT_INT(announce("127.0.0.1", port_of(name), STDERR_FILENO, printed), -1);
    snprintf(expected, sizeof expected,
             "program: cannot listen at %s: address in use\n", name);
    UNIT_TEXT(printed, strlen(printed), expected);
    close(fd);
}

/* A client that resets before it is accepted: some systems report it, some
 * hand over a dead connection; in neither case is the next client lost. */
static void a_client_that_failed_in_the_queue_hides_no_other(void) {
    char name[LISTEN_NAME_MAX];
    int fd = listen_open("127.0.0.1", 0);
    UNIT_INT(listen_name(fd, name), 0);
    int first = client_of(name);
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    setsockopt(first, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(first);
    int second = client_of(name);
    UNIT_INT(io_send_all(second, "2", 1), 0);
    UNIT_INT(io_nonblocking(fd), 0);
    int accepted = 0, server;
    while ((server = listen_accept(fd)) != -1) {
        accepted++;
        close(server);
    }
    UNIT_TRUE(accepted >= 1);
    close(second);
    close(fd);
}

UNIT_MAIN("tcp/listen", UNIT_TEST(listens_at_ipv4), UNIT_TEST(listens_at_ipv6),
          UNIT_TEST(sets_errno_when_it_cannot_listen),
          UNIT_TEST(listens_again_where_connections_are_in_time_wait),
          UNIT_TEST(an_accepted_connection_is_non_blocking),
          UNIT_TEST(no_client_waiting_is_eagain),
          UNIT_TEST(an_old_errno_skips_no_client),
          UNIT_TEST(keeps_no_descriptor_when_it_fails),
          UNIT_TEST(announces_where_it_listens_in_one_line),
          UNIT_TEST(a_client_that_failed_in_the_queue_hides_no_other))
