/*
 * 110_handshake.c: the kernel completes connections, not accept
 *
 * Shows       A connection exists before the server calls accept. It waits in a
 *             queue of limited length; when that is full, the kernel is silent.
 * By hand     listen with a backlog of 2; connect with a time limit:
 *             O_NONBLOCK, poll, SO_ERROR. tcp/connect.h has this ready.
 * Calls       tcp/ladder.h, tcp/io.h, tcp/options.h, check of tcp/pair.h
 * Run         $ bin/110_handshake
 *             $ bin/110_handshake --break
 * Try         A backlog of 0. A limit of 300 ms instead of 1500 ms.
 * Limits      What the queue counts is the kernel's choice: listen(2).
 * Read        RFC 9293 §3.5, RFC 6298 §2.1 (1 s); listen(2), connect(2)
 */
#include "tcp/io.h"
#include "tcp/ladder.h"
#include "tcp/options.h"
#include "tcp/pair.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 2
#define CLIENT_COUNT 5

static struct ladder ladder;
static struct sockaddr_in address; /* of the listener */
static bool is_broken;
static const char SYN_ACK[] = "SYN ACK seq 0 ack 1";

/* Binds to a free port, and listens if backlog is not negative. */
static int bind_port(int backlog) {
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    address = (struct sockaddr_in){.sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    check(bind(fd, (struct sockaddr *)&address, size) == 0, "bind");
    check(backlog < 0 || listen(fd, backlog) == 0, "listen");
    getsockname(fd, (struct sockaddr *)&address, &size);
    wire_port(&ladder.wire, fd);
    return fd;
}

/* The kernel sends the SYN, and connect returns at once: EINPROGRESS. */
static int start_connect(void) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    check(io_nonblocking(fd) == 0, "io_nonblocking");
    ladder_output(&ladder, LADDER_CLIENT, "connect", "SYN seq 0");
    int status = connect(fd, (struct sockaddr *)&address, sizeof address);
    check(status == 0 || errno == EINPROGRESS, "connect");
    return fd;
}

/* Waits at most timeout_ms until the kernel knows how the connect went: then fd
 * is writable. SO_ERROR says how. Returns 0 if fd is connected, or an error. */
static int finish_connect(int fd, int timeout_ms) {
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    int error = 0;
    socklen_t size = sizeof error;
    if (poll(&p, 1, timeout_ms) == 0) return ETIMEDOUT;
    if (!is_broken) getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    return error;
}

/* Reports how it went. answer: what the server's kernel sends if it does. */
static bool is_connected(int fd, int timeout_ms, const char *answer) {
    int error = finish_connect(fd, timeout_ms);
    if (error != ETIMEDOUT) ladder_model(&ladder, LADDER_SERVER, answer);
    if (error == 0 && !is_broken)
        ladder_model(&ladder, LADDER_CLIENT, "ACK ack 1");
    ladder_call(&ladder, LADDER_CLIENT, "poll: %s",
                error == 0 ? "connected" : ladder_error_name(error));
    return error == 0;
}

static void connect_before_accept(void) {
    char bytes[8];
    puts("1. nobody has called accept");
    int listener = bind_port(BACKLOG), client = start_connect();
    check(is_connected(client, -1, SYN_ACK), "connect");
    ladder_output(&ladder, LADDER_CLIENT, "send 5 bytes",
                  "PSH ACK seq 1 ack 1 len 5");
    check(io_send_all(client, "hello", 5) == 0, "send");
    int server = accept(listener, NULL, NULL);
    ladder_call(&ladder, LADDER_SERVER, "accept");
    ladder_result(&ladder, LADDER_SERVER, "recv", io_recv(server, bytes, 8));
    ladder_print(&ladder);
}

/* Fills the queue, then accepts once. To its clients, a server without accept
 * looks like lost packets. Returns how many connected before the accept. */
static int fill_queue(void) {
    int listener = bind_port(BACKLOG), fds[CLIENT_COUNT], count = 0;
    printf("2. backlog %d, %d clients, no accept\n", BACKLOG, CLIENT_COUNT);
    for (int i = 0; i < CLIENT_COUNT; i++) {
        fds[i] = start_connect();
        count += is_connected(fds[i], 100, SYN_ACK);
    }
    ladder_print(&ladder);
    puts("3. one accept makes space");
    ladder_call(&ladder, LADDER_SERVER, "accept");
    check(accept(listener, NULL, NULL) != -1, "accept");
    ladder_model(&ladder, LADDER_CLIENT, "SYN seq 0 again");
    if (count < CLIENT_COUNT) is_connected(fds[count], 1500, SYN_ACK);
    ladder_print(&ladder);
    return count;
}

/* The port is bound, so no other program has it; nobody listens there. */
static void connect_refused(void) {
    puts("4. nobody listens");
    bind_port(-1);
    int fd = start_connect();
    if (is_connected(fd, 100, "RST ACK seq 0 ack 1"))
        ladder_result(&ladder, LADDER_CLIENT, "send", io_send(fd, "hello", 5));
    ladder_print(&ladder);
}

int main(int argc, char **argv) {
    struct wire_options options = {.pcap = NULL};
    const struct option_row rows[] = {
        OPTION_FLAG("--break", "trust poll, do not ask SO_ERROR", &is_broken),
        WIRE_OPTION_ROWS(&options), OPTION_END};
    int status = options_parse(argc, argv, rows);
    if (status != -1) return status;
    if (ladder_open(&ladder, &options) != 0) return EXIT_FAILURE;
    if (!is_broken) connect_before_accept();
    int count = is_broken ? 0 : fill_queue();
    connect_refused();
    if (is_broken)
        puts("What you saw: poll only says that there is a result.");
    else
        printf("What you saw: %d of %d clients connected before any accept.\n",
               count, CLIENT_COUNT);
    return ladder_close(&ladder) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
