/*
 * 107_reset.c: an abort is not a close
 *
 * Shows       Four causes of a RST, which can cut a reply of 3 MiB short.
 * By hand     SO_LINGER with 0 seconds; EPIPE; shutdown, drain, close.
 * Calls       tcp/ladder.h (introduced here: calls and wire), pair, io
 * Run         $ bin/107_reset
 *             $ bin/107_reset --modelled
 * Try         A reply of 20 KiB instead of 3 MiB: how much of it is lost?
 * Limits      It drains without a time limit; 124_deadlines.c has limits.
 * Read        RFC 9293 §3.5.2 (reset), §3.6.1, §3.10.5 (ABORT); socket(7)
 */
#include "tcp/io.h"
#include "tcp/ladder.h"
#include "tcp/options.h"
#include "tcp/pair.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define REPLY ((ssize_t)3 * 1024 * 1024)

static struct ladder ladder;
static int ends[2]; /* of the connection, by enum ladder_end */
static char reply[REPLY], input[16 * 1024]; /* what is sent, and received */
static bool is_broken;

/* io_send asks for no SIGPIPE. With a plain send, SIGPIPE ends the process. */
static void send_hello(const char *segment) {
    ladder_output(&ladder, LADDER_CLIENT, "send 5 bytes", segment);
    ssize_t n = is_broken ? send(ends[LADDER_CLIENT], "hello", 5, 0)
                          : io_send(ends[LADDER_CLIENT], "hello", 5);
    if (n == -1) ladder_result(&ladder, LADDER_CLIENT, "send", n);
}

/* One end closes, and the other one calls recv. segment: what close sends. */
static void close_and_receive(enum ladder_end end, const char *segment) {
    ladder_output(&ladder, end, "close", segment);
    close(ends[end]);
    ladder_result(&ladder, !end, "recv", io_recv(ends[!end], input, 16));
}

/* To linger is to wait in close until all is sent. 0 seconds: send nothing. */
static void close_without_lingering(void) {
    struct linger none = {.l_onoff = 1, .l_linger = 0};
    setsockopt(ends[LADDER_CLIENT], SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close_and_receive(LADDER_CLIENT, "RST ACK seq 1 ack 1");
}

static void close_with_unread_input(void) {
    send_hello("PSH ACK seq 1 ack 1 len 5");
    recv(ends[LADDER_SERVER], input, 1, MSG_PEEK); /* they have arrived */
    close_and_receive(LADDER_SERVER, "RST ACK seq 1 ack 6");
}

/* A FIN says: I send no more. Only a RST says that nobody receives either. */
static void send_after_close(void) {
    close_and_receive(LADDER_SERVER, "FIN ACK seq 1 ack 1");
    send_hello("PSH ACK seq 1 ack 2 len 5");
    ladder_model(&ladder, LADDER_SERVER, "RST seq 2");
    poll(&(struct pollfd){.fd = ends[LADDER_CLIENT]}, 1, -1); /* the RST */
    send_hello(NULL);
}

/* The listener is closed, and the socket that it accepted has another peer. */
static void connect_to_nobody(void) {
    struct sockaddr_storage at;
    socklen_t size = sizeof at;
    getpeername(ends[LADDER_CLIENT], (struct sockaddr *)&at, &size);
    int fd = socket(at.ss_family, SOCK_STREAM, 0);
    ladder_output(&ladder, LADDER_CLIENT, "connect", "SYN seq 0");
    ladder_model(&ladder, LADDER_SERVER, "RST ACK seq 0 ack 1");
    ladder_result(&ladder, LADDER_CLIENT, "connect",
                  connect(fd, (struct sockaddr *)&at, size));
}

/* Shows one cause of a RST, on a new connection. */
static void show(const char *heading, void (*cause)(void)) {
    puts(heading);
    check(ladder_pair(&ladder, ends) == 0, "ladder_pair");
    cause();
    ladder_print(&ladder);
}

/* Sends, then closes. The client reads if send accepts no more, and at last.
 * Returns how many bytes are lost. */
static ssize_t send_reply(const char *heading, bool is_drained) {
    ssize_t n, sent = 0, received = 0;
    puts(heading);
    check(ladder_pair(&ladder, ends) == 0, "ladder_pair");
    int client = ends[LADDER_CLIENT], server = ends[LADDER_SERVER];
    check(io_send_all(client, "GET / and the rest", 18) == 0, "send");
    check(io_recv_all(server, input, 9) == 9, "recv");
    while (sent < REPLY) {
        n = send(server, reply + sent, (size_t)(REPLY - sent), MSG_DONTWAIT);
        if (n > 0) sent += n;
        if (n == -1) received += io_recv(client, input, sizeof input);
    }
    if (is_drained) shutdown(server, SHUT_WR); /* a FIN after the reply */
    if (!is_drained) close(server);
    while ((n = io_recv(client, input, sizeof input)) > 0) received += n;
    printf("   %zd of %zd bytes arrive, then %s\n", received, REPLY,
           n == 0 ? "the end" : ladder_error_name(errno));
    close(client);
    while (is_drained && io_recv(server, input, sizeof input) > 0) continue;
    if (is_drained) close(server);
    return REPLY - received;
}

int main(int argc, char **argv) {
    struct wire_options options = {.pcap = NULL};
    const struct option_row rows[] = {
        OPTION_FLAG("--break", "send without a thought of SIGPIPE", &is_broken),
        WIRE_OPTION_ROWS(&options), OPTION_END};
    int status = options_parse(argc, argv, rows);
    if (status != -1) return status;
    if (ladder_open(&ladder, &options) != 0) return 1;
    show("1. close after SO_LINGER with 0 seconds", close_without_lingering);
    show("2. close while five bytes are unread", close_with_unread_input);
    show("3. send twice after the peer has closed", send_after_close);
    show("4. connect to a port where nobody listens", connect_to_nobody);
    ssize_t lost = send_reply("5. reply and close, nine bytes unread", false);
    ssize_t lost_drained = send_reply("6. reply, shutdown, drain, close", true);
    printf("What you saw: send accepted all of both replies; close destroyed "
           "%zd bytes, shutdown and drain %zd.\n",
           lost, lost_drained);
    return ladder_close(&ladder) == 0 ? 0 : 1;
}
