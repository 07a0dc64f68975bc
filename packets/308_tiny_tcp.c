/*
 * 308_tiny_tcp.c: a small TCP, and the kernel's, through the same loss
 *
 * Shows       An echo between two TCPs of this toolkit, in simulated time; and
 *             between one of them and a kernel's.
 * By hand     The loop around a TCP: segments, the user's calls, the clock.
 * Calls       packets/tcp.h (introduced here; begin with tcp_arrives.c)
 * Run         $ bin/308_tiny_tcp
 *             $ bin/308_tiny_tcp --states
 *             $ bin/308_tiny_tcp --break
 * Try         $ bin/308_tiny_tcp --ask --seed 2
 *             --loss 0 --bytes 67108864: how many MB a second is it?
 * Limits      packets/tcp.h lists what is missing. --pcap keeps 2048 frames.
 * Read        RFC 9293 §3.10, all of it; RFC 6298 (timer), RFC 5681 (Reno)
 */
#include "packets/tcp_echo.h"
#include "packets/tcp_pair.h"
#include "tcp/clock.h"
#include "tcp/options.h"
#include "tcp/raw_host.h"

#define CLIENT 0
#define SERVER 1

static struct tcp_options options = {TCP_DEFAULTS};
static struct channel_options channel; /* the wire, in each direction */
static struct tcp_pair pair;
static struct raw_host host; /* a kernel in the place of pair.end[SERVER] */
static struct tcp_echo echo = {.total = 20000};
static bool is_kernel, is_broken, is_asking;
static int exact_count;
static int64_t begin_ms, last_us; /* of a run: its begin, last transition */

/* With --break, a TCP does not know that 0 comes after 4294967295. It takes a
 * segment that ends at a smaller number than rcv.nxt for an old one. */
static bool looks_old(const struct tcp *t, struct span bytes) {
    struct segment s;
    uint32_t header_len = (uint32_t)segment_parse(bytes, &s);
    return t->state >= TCP_ESTABLISHED &&
           s.seq + (uint32_t)bytes.len - header_len < t->rcv.nxt;
}

static void deliver(int end, struct span segment) {
    if (end == SERVER && is_kernel)
        raw_host_send(&host, segment);
    else if (!is_broken || !looks_old(&pair.end[end], segment))
        tcp_pair_deliver(&pair, end, segment);
}

static void show_steps(int end) {
    struct tcp_transition step;
    while (tcp_next_step(&pair.end[end], &step)) {
        if (step.cause != TCP_TIMEOUT_2MSL) last_us = pair.now_us;
        printf("%6d ms  %s  %-16s %s\n", (int)(pair.now_us / 1000),
               end == CLIENT ? "client" : "server", tcp_cause_name(step.cause),
               tcp_state_name(step.to));
    }
}

/* Waits for an arrival or a timer. Returns false if there will be none. */
static bool wait_for_event(void) {
    int64_t next = tcp_pair_due_us(&pair), ms = (next - pair.now_us) / 1000;
    if (is_kernel && next > pair.now_us)
        capture_wait(&host.cable, ms < 1000 ? (int)ms + 1 : 1000);
    pair.now_us = is_kernel ? (clock_ms() - begin_ms) * 1000 : next;
    return is_kernel ? pair.end[CLIENT].state != TCP_CLOSED : next != INT64_MAX;
}

/* The loop of a TCP: segments in, the user's calls, segments out, wait. */
static void run(void) {
    struct span segment;
    begin_ms = clock_ms();
    do {
        for (int i = 0; i < 2; i++)
            while (channel_receive(&pair.to[i], pair.now_us, &segment))
                deliver(i, segment);
        tcp_echo_client(&echo, &pair.end[CLIENT]);
        tcp_echo_server(&pair.end[SERVER]); /* nothing, if it is CLOSED */
        for (int i = 0; i < 2; i++)
            while (i == SERVER && is_kernel ? raw_host_next(&host, &segment)
                                            : tcp_pair_next(&pair, i, &segment))
                channel_send(&pair.to[!i], pair.now_us, segment);
        for (int i = 0; i < 2; i++) show_steps(i);
    } while (wait_for_event());
}

/* The echo between two TCPs of ours; or with a kernel's, at kernel_port. */
static void echo_through(const char *heading, uint16_t kernel_port) {
    const struct tcp_counts *n = &pair.end[CLIENT].counts;
    puts(heading);
    is_kernel = kernel_port > 0;
    tcp_pair_init(&pair, &options, &channel, TCP_MAX_WINDOW);
    if (is_kernel) pair.end[CLIENT].options.remote_port = kernel_port;
    if (!is_kernel) tcp_open_passive(&pair.end[SERVER]);
    echo = (struct tcp_echo){.total = echo.total};
    tcp_open_active(&pair.end[CLIENT]);
    run();
    exact_count += tcp_echo_is_exact(&echo);
    printf("  %u bytes are back%s; %u of %u segments retransmitted; %.3f s\n",
           echo.received, tcp_echo_is_exact(&echo) ? ", digest equal" : "",
           n->resent, n->sent, (double)last_us / 1e6);
    tcp_pair_free(&pair);
}

static void print_states(const void *unused) {
    struct buf graph = {.max = 1 << 16};
    if (!unused && tcp_transition_graph(&graph))
        fwrite(graph.bytes, 1, graph.end, stdout);
    buf_free(&graph);
}

int main(int argc, char **argv) {
    struct wire_options wired = {.pcap = NULL};
    uint32_t seed = 1, loss = 10; /* per cent */
    uint16_t port = 0;
    const struct option_row rows[] = {
        OPTION_NUMBER("--seed", "N", "of the losses", &seed, 0, 1 << 30),
        OPTION_NUMBER("--loss", "N", "per cent, 10", &loss, 0, 50),
        OPTION_NUMBER("--bytes", "N", "20000", &echo.total, 1, 1 << 30),
        OPTION_FLAG("--ask", "only the situation", &is_asking),
        OPTION_FLAG("--break", "compare numbers with <", &is_broken),
        OPTION_PRINT("--states", "print the diagram", print_states, NULL),
        WIRE_OPTION_ROWS(&wired),
        OPTION_END};
    int status = options_parse(argc, argv, rows);
    if (status != -1) return status;
    channel = (struct channel_options){.seed = seed, .delay_us = 200 * loss};
    channel.loss = channel.reordering = (uint16_t)(10 * loss);
    channel.duplication = (uint16_t)(5 * loss);
    options.iss = 4294960000u - seed;
    options.min_rto_us = options.msl_us = 200000; /* as fast as a kernel */
    printf("the SYN has number %u, %u bytes follow\n", options.iss, echo.total);
    if (is_asking) return puts("Which one has number 0? Who waits last?") < 0;
    echo_through("ours and ours, in simulated time:", 0);
    if (!is_broken && raw_host_open_echo(&host, &wired, TCP_PAIR_PORT, &port))
        return 1;
    if (port) echo_through("ours and a kernel's:", port);
    printf("What you saw: %d whole echoes of %d.\n", exact_count, port ? 2 : 1);
    return is_broken || raw_host_close(&host) == 0 ? 0 : 1;
}
