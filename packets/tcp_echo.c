/* tcp_echo.c: see packets/tcp_echo.h. Entry points: tcp_echo_client,
 * tcp_echo_server, tcp_echo_is_exact. */
#include "packets/tcp_echo.h"

enum {
    CHUNK = 8192
};

static uint32_t min(size_t a, size_t b) {
    return (uint32_t)(a < b ? a : b);
}

/* Byte i of the stream: i times the golden ratio of 2^32, its upper bits. */
static uint8_t byte_at(uint32_t i) {
    return (uint8_t)(i * 2654435769u >> 24);
}

/* FNV-1a: XOR with each byte, then a multiplication. */
static uint64_t add_to_digest(uint64_t digest, struct span bytes) {
    for (size_t i = 0; i < bytes.len; i++)
        digest = (digest ^ bytes.data[i]) * 0x100000001b3;
    return digest;
}

static void send_more(struct tcp_echo *e, struct tcp *t) {
    uint8_t bytes[CHUNK];
    uint32_t n =
        min(min(e->total - e->sent, CHUNK), ring_space(&t->send_queue));
    for (uint32_t i = 0; i < n; i++) bytes[i] = byte_at(e->sent + i);
    struct span s = {bytes, n};
    int accepted = tcp_send(t, s);
    if (accepted < 0) return; /* not open, or failed */
    e->digest_sent = add_to_digest(e->digest_sent, s);
    e->sent += n;
}

void tcp_echo_client(struct tcp_echo *e, struct tcp *t) {
    uint8_t bytes[CHUNK];
    if (e->sent < e->total) send_more(e, t);
    /* A CLOSE before ESTABLISHED could delete queued data: §3.10.4. */
    if (e->sent == e->total && t->state == TCP_ESTABLISHED) tcp_close(t);
    while ((e->end = tcp_receive(t, bytes, sizeof bytes)) > 0) {
        struct span s = {bytes, (size_t)e->end};
        e->digest_received = add_to_digest(e->digest_received, s);
        e->received += (uint32_t)e->end;
    }
}

/* Receives no more than it can send back: so a full send queue closes the
 * window, and the client has to wait. */
void tcp_echo_server(struct tcp *t) {
    uint8_t bytes[CHUNK];
    int n = 1;
    while (n > 0) {
        n = tcp_receive(t, bytes, (int)min(CHUNK, ring_space(&t->send_queue)));
        if (n > 0) tcp_send(t, (struct span){bytes, (size_t)n});
    }
    if (n == TCP_ERR_CLOSING) tcp_close(t);
}

bool tcp_echo_is_exact(const struct tcp_echo *e) {
    return e->received == e->total && e->end == TCP_ERR_CLOSING &&
           e->digest_sent == e->digest_received;
}
