/* state_test.c: tcp/state.h */
#include "packets/unit.h"
#include "tcp/address.h"
#include "tcp/clock.h"
#include "tcp/listen.h"
#include "tcp/pair.h"
#include "tcp/state.h"
#include "tcp/unit.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

/* What a test wants; nothing is known elsewhere. */
static enum tcp_state on_linux(enum tcp_state state) {
#ifdef __linux__
    return state;
#else
    (void)state;
    return STATE_UNKNOWN;
#endif
}

static void names(enum tcp_state state, const char *expected) {
    const char *name = state_name(state);
    UNIT_TEXT(name, strlen(name), expected);
}

/* The numbers are those of /proc/net/tcp (proc(5)). */
static void each_number_has_its_name(void) {
    static const char *const expected[] = {
        "(unknown)",  "ESTABLISHED", "SYN_SENT",  "SYN_RECV",
        "FIN_WAIT1",  "FIN_WAIT2",   "TIME_WAIT", "CLOSE",
        "CLOSE_WAIT", "LAST_ACK",    "LISTEN",    "CLOSING",
    };
    for (unsigned i = 0; i < 12; i++) names(i, expected[i]);
    names(12, "(unknown)");
    names((enum tcp_state)255, "(unknown)");
}

static void a_close_passes_through_the_states_of_the_standard(void) {
    int ends[2];
    char byte;
    UNIT_INT(pair_open(ends), 0);
    UNIT_INT(state_of(ends[0]), on_linux(STATE_ESTABLISHED));
    UNIT_INT(state_of(ends[1]), on_linux(STATE_ESTABLISHED));
    shutdown(ends[0], SHUT_WR);
    UNIT_INT(recv(ends[1], &byte, 1, 0), 0);
    UNIT_INT(state_wait(ends[0], STATE_FIN_WAIT2, 2000),
             on_linux(STATE_FIN_WAIT2));
    UNIT_INT(state_of(ends[1]), on_linux(STATE_CLOSE_WAIT));
    shutdown(ends[1], SHUT_WR);
    UNIT_INT(recv(ends[0], &byte, 1, 0), 0);
    UNIT_INT(state_wait(ends[1], STATE_CLOSE, 2000), on_linux(STATE_CLOSE));
    close(ends[0]);
    close(ends[1]);
}

static uint16_t port_of(int fd) {
    union address a;
    socklen_t size = sizeof a;
    getsockname(fd, &a.any, &size);
    return address_port(&a);
}

/* RFC 9293 §3.6: the side that closes first is in TIME-WAIT, the other is gone.
 */
static void the_table_keeps_the_side_that_closed_first(void) {
    int ends[2];
    char byte;
    unsigned left_s = 9999;
    int lowest = lowest_descriptor();
    UNIT_INT(pair_open(ends), 0);
    uint16_t first = port_of(ends[0]), second = port_of(ends[1]);
    UNIT_INT(state_in_table(first, second, &left_s),
             on_linux(STATE_ESTABLISHED));
    UNIT_INT(state_in_table(second, first, NULL), on_linux(STATE_ESTABLISHED));
    shutdown(ends[0], SHUT_WR);
    UNIT_INT(recv(ends[1], &byte, 1, 0), 0);
    UNIT_INT(state_in_table(second, first, &left_s),
             on_linux(STATE_CLOSE_WAIT));
    state_wait(ends[0], STATE_FIN_WAIT2, 2000);
    close(ends[1]);
    UNIT_INT(recv(ends[0], &byte, 1, 0), 0);
    close(ends[0]);
    UNIT_INT(state_in_table(first, second, &left_s), on_linux(STATE_TIME_WAIT));
#ifdef __linux__
    UNIT_TRUE(left_s > 0 && left_s <= 240); /* RFC 9293: 2 MSL, at most */
#endif
    UNIT_INT(state_in_table(second, first, &left_s), STATE_UNKNOWN);
    UNIT_INT(state_in_table(first, first, &left_s), STATE_UNKNOWN);
    UNIT_INT(state_in_table(1, second, &left_s), STATE_UNKNOWN);
    UNIT_INT(lowest_descriptor(), lowest); /* nothing stays open */
}

static void a_listener_listens_and_a_new_socket_is_closed(void) {
    int listener = listen_open("127.0.0.1", 0);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    UNIT_INT(state_of(listener), on_linux(STATE_LISTEN));
    UNIT_INT(state_of(fd), on_linux(STATE_CLOSE));
    close(listener);
    close(fd);
}

static void what_is_no_tcp_socket_has_no_state(void) {
    int file = open("/dev/null", O_RDONLY);
    UNIT_INT(state_of(file), STATE_UNKNOWN);
    UNIT_INT(state_of(-1), STATE_UNKNOWN);
    UNIT_INT(state_wait(-1, STATE_LISTEN, 60000), STATE_UNKNOWN);
    close(file);
}

static void waiting_ends_after_its_limit(void) {
    int listener = listen_open("127.0.0.1", 0);
    int64_t before = clock_ms();
    UNIT_INT(state_wait(listener, STATE_CLOSING, 20), on_linux(STATE_LISTEN));
#ifdef __linux__
    UNIT_TRUE(clock_ms() - before >= 20);
#endif
    UNIT_INT(state_wait(listener, STATE_LISTEN, 0), on_linux(STATE_LISTEN));
    UNIT_TRUE(clock_ms() - before < 10000);
    close(listener);
}

UNIT_MAIN("tcp/state", UNIT_TEST(each_number_has_its_name),
          UNIT_TEST(a_close_passes_through_the_states_of_the_standard),
          UNIT_TEST(the_table_keeps_the_side_that_closed_first),
          UNIT_TEST(a_listener_listens_and_a_new_socket_is_closed),
          UNIT_TEST(what_is_no_tcp_socket_has_no_state),
          UNIT_TEST(waiting_ends_after_its_limit))
