/* tcp_fuzz.c: whatever segments arrive, and whatever the user calls, these hold
 * for a TCP: SND.UNA =< the next number to send =< SND.NXT, all bytes under way
 * are queued, the window never exceeds the memory, each segment that it writes
 * has a right checksum, and it has a limited number to send.
 *
 * Input: for each step what happens, and up to six bytes of how. The numbers of
 * segments are near those of the connection.
 * FUZZ_MAX_LEN: 2000
 */
#include "packets/cursor.h"
#include "packets/sequence.h"
#include "packets/tcp.h"

#include <assert.h>

enum {
    MEMORY = 4096,
    MAX_SEGMENTS = 200 /* segments in a row */
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const struct address own = {4, {10, 0, 0, 1}};
static const struct address peer = {4, {10, 0, 0, 2}};
static uint8_t memory[2][MEMORY], text[3000];

static void check_variables(const struct tcp *t) {
    uint32_t flight = t->snd.nxt - t->snd.una;
    assert(t->state < TCP_STATES);
    assert(t->snd.again - t->snd.una <= flight);
    assert(flight <= t->send_queue.len + 2);
    assert(t->rcv.wnd <= reorder_space(&t->receive_queue));
    assert(t->receive_queue.early_count <= REORDER_RANGES);
    assert(t->state != TCP_CLOSED || tcp_due_us(t) == INT64_MAX);
    assert(t->state != TCP_TIME_WAIT || t->timers.time_wait_us != INT64_MAX);
    assert(t->state <= TCP_SYN_RECEIVED || t->reno.cwnd >= 1);
}

static void output(struct tcp *t, int64_t now_us) {
    struct buf out = {.max = 65535};
    int count = 0;
    for (; tcp_output(t, now_us, &out); buf_clear(&out)) {
        struct segment s;
        struct span bytes = buf_view(&out);
        int header_len = segment_parse(bytes, &s);
        assert(++count < MAX_SEGMENTS);
        assert(header_len >= SEGMENT_HEADER);
        assert(segment_checksum_is_right(bytes, &own, &t->destination));
        assert(bytes.len - (size_t)header_len <= t->options.mss);
        check_variables(t);
    }
    /* Or the caller's loop would spin, or wait for ever. */
    assert(tcp_due_us(t) > now_us);
    assert(t->state < TCP_SYN_SENT || t->snd.una == t->snd.nxt ||
           t->timers.retransmission_us != INT64_MAX);
    buf_free(&out);
}

static void arrive(struct tcp *t, int64_t now_us, struct cursor *input) {
    static const uint32_t far[] = {0, 1, 0x7fffffff, 0x80000000, 0xffffffff};
    uint8_t mss[4] = {2, 4, 0, 0};
    struct buf b = {.max = 65535};
    struct segment s = {.source_port = 2, .destination_port = 1};
    s.flags = cursor_u8(input);
    s.seq = t->rcv.nxt - 128 + cursor_u8(input);
    s.ack = t->snd.nxt - (cursor_u8(input) & 7);
    if (s.flags & SEGMENT_CWR) s.seq += far[cursor_u8(input) % 5];
    if (s.flags & SEGMENT_ECE) s.ack = t->snd.una + far[cursor_u8(input) % 5];
    s.window = (uint16_t)(cursor_u8(input) * 40);
    uint8_t len = cursor_u8(input);
    mss[3] = len;
    if (s.flags & SEGMENT_SYN) s.options = (struct span){mss, 4};
    segment_write(&b, &s, (struct span){text, len * len / 32u}, &peer, &own);
    tcp_arrives(t, now_us, &peer, buf_view(&b));
    buf_free(&b);
}

static void call(struct tcp *t, uint8_t action, uint8_t n) {
    static uint8_t read[3000];
    switch (action) {
    case 0:
        if (tcp_open_passive(t) == 0) assert(t->state == TCP_LISTEN);
        break;
    case 1:
        if (tcp_open_active(t) == 0) assert(t->state == TCP_SYN_SENT);
        break;
    case 2:
        tcp_close(t);
        break;
    case 3:
        if (n < 16) tcp_abort(t);
        break;
    case 4:
        assert(tcp_send(t, (struct span){text, n * 10u}) <= n * 10);
        break;
    default:
        assert(tcp_receive(t, read, n * 10) <= n * 10);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct cursor input =
        cursor_from((struct span){(uint8_t *)(uintptr_t)bytes, n});
    struct tcp t;
    int64_t now_us = 0;
    struct tcp_options o = {TCP_DEFAULTS, .local = own, .remote = peer,
                            .local_port = 1, .remote_port = 2};
    o.iss = 0u - cursor_u8(&input);
    o.has_nagle = o.iss & 1;
    tcp_init(&t, &o, (struct span){memory[0], MEMORY},
             (struct span){memory[1], MEMORY});
    call(&t, o.iss >> 1 & 1, 0);
    while (cursor_left(&input) > 0) {
        uint8_t action = cursor_u8(&input) % 10;
        if (action < 6)
            call(&t, action, cursor_u8(&input));
        else if (action == 6 && tcp_due_us(&t) != INT64_MAX)
            now_us = tcp_due_us(&t);
        else
            arrive(&t, now_us, &input);
        check_variables(&t);
        if (action != 9) output(&t, now_us);
    }
    output(&t, now_us);
    return 0;
}
