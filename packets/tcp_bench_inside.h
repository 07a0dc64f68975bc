/*
 * tcp_bench_inside.h: one TCP under test; the test is its peer
 *
 *   bench.tcp: 10.0.0.1:1000, ISS 100        the peer: 10.0.0.2:2000, ISS 5000
 *
 * The tests use the sequence numbers of the connection: the first byte of the
 * TCP is 101, that of the peer 5001.
 */
#ifndef PACKETS_TCP_BENCH_INSIDE_H
#define PACKETS_TCP_BENCH_INSIDE_H

#include "packets/ipv4.h"
#include "packets/tcp.h"
#include "packets/unit.h"

#define BENCH_ISS 100
#define BENCH_PEER 5000 /* its ISS */
#define BENCH_MEMORY 8192
#define BENCH_MSS 1000

enum {
    F = SEGMENT_FIN,
    S = SEGMENT_SYN,
    R = SEGMENT_RST,
    P = SEGMENT_PSH,
    A = SEGMENT_ACK
};

static struct bench {
    struct tcp tcp;
    uint8_t memory[2][BENCH_MEMORY];
    int64_t now_us;
    uint16_t window; /* of the peer's segments */
    uint16_t peer_port, own_port;
    struct buf out;
    struct segment s; /* the last segment that was output, */
    struct span text; /* and its data */
} bench;
static const struct address bench_own = {4, {10, 0, 0, 1}};
static const struct address bench_peer = {4, {10, 0, 0, 2}};

static inline void bench_init(void) {
    struct tcp_options o = {TCP_DEFAULTS,         .local = bench_own,
                            .remote = bench_peer, .local_port = 1000,
                            .remote_port = 2000,  .iss = BENCH_ISS};
    o.mss = BENCH_MSS;
    buf_free(&bench.out);
    bench = (struct bench){.window = 8000, .peer_port = 2000, .own_port = 1000};
    bench.out.max = 65535;
    tcp_init(&bench.tcp, &o, (struct span){bench.memory[0], BENCH_MEMORY},
             (struct span){bench.memory[1], BENCH_MEMORY});
}

/* A segment of the peer arrives. */
static inline void bench_arrive_with(uint8_t flags, uint32_t seq, uint32_t ack,
                                     const void *text, size_t n,
                                     struct span options) {
    struct buf b = {.max = 65535};
    struct segment s = {.source_port = bench.peer_port,
                        .destination_port = bench.own_port,
                        .seq = seq,
                        .ack = ack,
                        .flags = flags,
                        .window = bench.window,
                        .options = options};
    segment_write(&b, &s, (struct span){(uint8_t *)(uintptr_t)text, n},
                  &bench_peer, &bench_own);
    uint8_t *exact = unit_exact(b.bytes, b.end);
    tcp_arrives(&bench.tcp, bench.now_us, &bench_peer,
                (struct span){exact, b.end});
    free(exact);
    buf_free(&b);
}

static inline void bench_arrive(int flags, uint32_t seq, uint32_t ack,
                                const char *text) {
    bench_arrive_with((uint8_t)flags, seq, ack, text, strlen(text),
                      (struct span){NULL, 0});
}

static inline void bench_arrive_zeros(uint32_t seq, uint32_t ack, size_t n) {
    static const uint8_t zeros[20000];
    bench_arrive_with(A, seq, ack, zeros, n, (struct span){NULL, 0});
}

/* Moves the next segment that is output to bench.s. Returns its flags, or -1:
 * there is none. */
static inline int bench_output(void) {
    buf_clear(&bench.out);
    if (!tcp_output(&bench.tcp, bench.now_us, &bench.out)) return -1;
    struct span bytes = buf_view(&bench.out);
    int n = segment_parse(bytes, &bench.s);
    UNIT_TRUE(n > 0);
    UNIT_TRUE(segment_checksum_is_right(bytes, &bench_own, &bench_peer));
    UNIT_TRUE(address_equal(&bench.tcp.destination, &bench_peer));
    bench.text = span_skip(bytes, (size_t)n);
    return bench.s.flags;
}

/* Asserts that one segment is output, with these flags, numbers and length. */
#define BENCH_OUTPUT(flags_, seq_, ack_, len_)                                 \
    do {                                                                       \
        UNIT_INT(bench_output(), flags_);                                      \
        UNIT_INT(bench.s.seq, (uint32_t)(seq_));                               \
        UNIT_INT(bench.s.ack, (uint32_t)(ack_));                               \
        UNIT_INT(bench.text.len, len_);                                        \
    } while (0)
#define BENCH_SILENT() UNIT_INT(bench_output(), -1)
#define BENCH_STATE(state_)                                                    \
    UNIT_TEXT(tcp_state_name(bench.tcp.state),                                 \
              strlen(tcp_state_name(bench.tcp.state)), tcp_state_name(state_))

static inline void bench_discard(void) {
    while (bench_output() != -1) continue;
}

/* Moves the clock forward. Timers may then be due. */
static inline void bench_wait(int64_t us) {
    bench.now_us += us;
}

/* An active OPEN, up to ESTABLISHED. */
static inline void bench_open(void) {
    static uint8_t mss[] = {2, 4, BENCH_MSS >> 8, BENCH_MSS & 0xff};
    UNIT_INT(tcp_open_active(&bench.tcp), 0);
    bench_output();
    bench_arrive_with(S | A, BENCH_PEER, 101, "", 0,
                      (struct span){mss, sizeof mss});
    bench_discard();
}

/* ESTABLISHED by an active OPEN; SND.NXT is 101, RCV.NXT 5001. */
static inline void bench_connect(void) {
    bench_init();
    bench_open();
}

static inline int bench_send(const char *text) {
    return tcp_send(&bench.tcp, span_from(text));
}

static inline int bench_send_zeros(size_t n) {
    static uint8_t zeros[BENCH_MEMORY + 1];
    return tcp_send(&bench.tcp, (struct span){zeros, n});
}

#endif
