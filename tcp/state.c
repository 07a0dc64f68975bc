#ifdef __linux__
#define _GNU_SOURCE /* struct tcp_info */
#endif
/* state.c: see tcp/state.h. Entry points: state_of, state_wait,
 * state_in_table, state_name. */
#include "tcp/state.h"
#include "tcp/clock.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum tcp_state state_of(int fd) {
#ifdef __linux__
    struct tcp_info info = {0};
    socklen_t size = sizeof info;
    /* An older kernel writes only a part of info; the state is its first
     * byte. */
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0)
        return (enum tcp_state)info.tcpi_state;
#endif
    (void)fd;
    return STATE_UNKNOWN;
}

enum tcp_state state_wait(int fd, enum tcp_state awaited, int limit_ms) {
    int64_t deadline = clock_ms() + limit_ms;
    enum tcp_state state;
    while ((state = state_of(fd)) != awaited && state != STATE_UNKNOWN &&
           clock_ms() < deadline)
        poll(NULL, 0, 1); /* no call waits for a change of state */
    return state;
}

/* proc(5): "sl: LOCAL:PORT REMOTE:PORT STATE QUEUE:QUEUE TIMER:WHEN ...", all
 * in hexadecimal digits; WHEN is in clock ticks. */
enum tcp_state state_in_table(uint16_t local, uint16_t remote,
                              unsigned *left_s) {
    FILE *table = fopen("/proc/net/tcp", "r");
    char line[256];
    unsigned found = STATE_UNKNOWN;
    while (table && fgets(line, sizeof line, table)) {
        unsigned long values[10] = {0};
        char *rest, *word = strtok_r(line, " :", &rest);
        for (int i = 0; i < 10 && word; i++) {
            values[i] = strtoul(word, NULL, 16);
            word = strtok_r(NULL, " :", &rest);
        }
        if (values[2] != local || values[4] != remote) continue;
        found = (unsigned)values[5];
        if (left_s)
            *left_s = (unsigned)values[9] / (unsigned)sysconf(_SC_CLK_TCK);
    }
    if (table) fclose(table);
    return (enum tcp_state)found;
}

const char *state_name(unsigned state) {
    static const char *const names[STATE_COUNT] = {
        [STATE_UNKNOWN] = "(unknown)",       [STATE_SYN_SENT] = "SYN_SENT",
        [STATE_ESTABLISHED] = "ESTABLISHED", [STATE_SYN_RECV] = "SYN_RECV",
        [STATE_FIN_WAIT1] = "FIN_WAIT1",     [STATE_FIN_WAIT2] = "FIN_WAIT2",
        [STATE_TIME_WAIT] = "TIME_WAIT",     [STATE_CLOSE] = "CLOSE",
        [STATE_CLOSE_WAIT] = "CLOSE_WAIT",   [STATE_LAST_ACK] = "LAST_ACK",
        [STATE_LISTEN] = "LISTEN",           [STATE_CLOSING] = "CLOSING",
    };
    return names[state < STATE_COUNT ? state : STATE_UNKNOWN];
}
