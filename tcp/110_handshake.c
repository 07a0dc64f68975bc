/*
 * 110_handshake.c: the kernel completes connections, not accept
 *
 * Shows       A connection exists before the server calls accept. It waits in a
 *             queue of limited length; when that is full, the kernel is silent.
 * By hand     A backlog of 2; a connect with a time limit: poll, SO_ERROR.
 * Calls       tcp/ladder.h, tcp/io.h, tcp/options.h, check of tcp/pair.h
 * Run         $ bin/110_handshake
 * Try         $ bin/110_handshake --break
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
#include <sys/socket.h>

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
 * is writable, and SO_ERROR says how: 0 means connected. Reports the result.
 * answer: what the server's kernel sends if it does. */
static bool finish_connect(int fd, int timeout_ms, const char *answer) {
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    int error = poll(&p, 1, timeout_ms) == 1 ? 0 : ETIMEDOUT;
    socklen_t size = sizeof error;
    if (error == 0) ladder_model(&ladder, LADDER_SERVER, answer);
    if (error == 0 && !is_broken) {
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error == 0) ladder_model(&ladder, LADDER_CLIENT, "ACK ack 1");
    }
    ladder_call(&ladder, LADDER_CLIENT, "poll: %s",
                error == 0 ? "connected" : ladder_error_name(error));
    return error == 0;
}

static void connect_before_accept(void) {
    char bytes[8];
    puts("1. nobody has called accept");
    int listener = bind_port(BACKLOG), client = start_connect();
    check(finish_connect(client, -1, SYN_ACK), "connect");
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
        count += finish_connect(fds[i], 100, SYN_ACK);
    }
    ladder_print(&ladder);
    puts("3. one accept makes space");
    ladder_call(&ladder, LADDER_SERVER, "accept");
    check(accept(listener, NULL, NULL) != -1, "accept");
    ladder_model(&ladder, LADDER_CLIENT, "SYN seq 0 again");
    if (count < CLIENT_COUNT) finish_connect(fds[count], 1500, SYN_ACK);
    ladder_print(&ladder);
    return count;
}

/* The port is bound, so no other program has it; nobody listens there. */
static void connect_refused(void) {
    puts("4. nobody listens");
    bind_port(-1);
    int fd = start_connect();
    if (finish_connect(fd, 100, "RST ACK seq 0 ack 1"))
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
    if (ladder_open(&ladder, &options) != 0) return 1;
    if (!is_broken) connect_before_accept();
    int count = is_broken ? 0 : fill_queue();
    connect_refused();
    if (is_broken) puts("What you saw: poll only says that there is a result.");
    if (!is_broken)
        printf("What you saw: %d of %d clients connected before any accept.\n",
               count, CLIENT_COUNT);
    return ladder_close(&ladder) == 0 ? 0 : 1;
}
