/*
 * 307_tcp_by_hand.c: make the handshake yourself
 *
 * Shows       A TCP connection between this program, which has no socket for
 *             it, and a kernel; a segment without a connection gets a RST.
 * By hand     The TCP header, its checksum; the numbers of each next segment.
 * Calls       tcp/raw_host.h (introduced here: frames, ARP), tcp/ladder.h
 * Run         $ bin/307_tcp_by_hand
 *             $ bin/307_tcp_by_hand --break
 * Try         Leave out the first ACK. Read --pcap FILE with bin/explain.
 * Limits      It neither retransmits nor reorders: 308_tiny_tcp.c does.
 * Read        RFC 9293 §3.1 (header), §3.5 (handshake), §3.10.7.1 (no state)
 */
#include "packets/checksum.h"
#include "packets/cursor.h"
#include "packets/ipv4.h"
#include "packets/segment.h"
#include "tcp/ladder.h"
#include "tcp/options.h"
#include "tcp/pair.h"
#include "tcp/raw_host.h"

#include <sys/socket.h>
#include <unistd.h>

#define DATA (SEGMENT_PSH | SEGMENT_ACK)
#define FIN (SEGMENT_FIN | SEGMENT_ACK)

static struct raw_host host;
static struct ladder ladder;
static bool is_real, is_broken;
static int listener;                     /* a socket of the kernel's end */
static uint16_t port = 40000, peer_port; /* ours, and that of the listener */
static uint32_t snd_nxt, rcv_nxt; /* the next numbers, ours and the kernel's */

/* Sends a segment. model: what the ladder shows where nothing is captured. */
static void send_segment(uint8_t flags, const char *text, const char *model) {
    struct buf s = {.max = 100};
    ladder_model(&ladder, LADDER_CLIENT, model);
    if (!is_real) return;
    cursor_put_u16(&s, port);
    cursor_put_u16(&s, peer_port);
    cursor_put_u32(&s, snd_nxt);
    cursor_put_u32(&s, rcv_nxt); /* acknowledges all before it */
    cursor_put_u8(&s, 5 << 4);   /* the header has 5 words of 4 bytes */
    cursor_put_u8(&s, flags);
    cursor_put_u16(&s, 65535); /* window */
    cursor_put_u32(&s, 0);     /* checksum, urgent pointer */
    buf_text(&s, text);
    checksum_store(buf_view(&s), 16,
                   ip_pseudo_header(&host.own, &host.peer, IP_TCP, s.end));
    if (is_broken && port == 40001) s.bytes[17] ^= 1;
    check(raw_host_send(&host, buf_view(&s)) == 0, "raw_host_send");
    snd_nxt += (uint32_t)strlen(text) + !!(flags & (SEGMENT_SYN | SEGMENT_FIN));
    buf_free(&s);
}

/* Waits for a segment of the kernel. Our next one will acknowledge it. */
static void receive_segment(const char *model) {
    struct span bytes;
    struct segment s;
    ladder_model(&ladder, LADDER_SERVER, model);
    while (is_real && !raw_host_next(&host, &bytes))
        if (!capture_wait(&host.cable, is_broken ? 1000 : 5000)) {
            ladder_call(&ladder, LADDER_CLIENT, "silence");
            return;
        }
    if (!is_real) return;
    uint32_t header_len = (uint32_t)segment_parse(bytes, &s);
    rcv_nxt = s.seq + (uint32_t)bytes.len - header_len +
              !!(s.flags & (SEGMENT_SYN | SEGMENT_FIN));
}

static void begin(const char *heading) {
    puts(heading);
    port++;                /* each part is a new connection */
    snd_nxt = 4294967290u; /* any number; from this one, 0 comes soon */
    rcv_nxt = 0;
}

static void round_trip(uint8_t flags, const char *text, const char *model,
                       const char *reply) {
    send_segment(flags, text, model);
    receive_segment(reply);
}

/* A program at the kernel's end accepts, receives and closes. */
static void connect_by_hand(void) {
    char bytes[16];
    round_trip(SEGMENT_SYN, "", "SYN seq 0", "SYN ACK seq 0 ack 1");
    send_segment(SEGMENT_ACK, "", "ACK ack 1");
    int fd = is_real ? accept(listener, NULL, NULL) : -1;
    if (is_real) ladder_call(&ladder, LADDER_SERVER, "accept");
    round_trip(DATA, "hello", "PSH ACK seq 1 ack 1 len 5", "ACK ack 6");
    ssize_t n = recv(fd, bytes, sizeof bytes, 0); /* fd may be -1 */
    if (is_real) ladder_result(&ladder, LADDER_SERVER, "recv", n);
    if (is_real) ladder_call(&ladder, LADDER_SERVER, "close");
    close(fd);
    receive_segment("FIN ACK seq 1 ack 6");
    round_trip(FIN, "", "FIN ACK seq 6 ack 2", "ACK ack 7");
}

/* The kernel at our end gets the SYN ACK, too. It has sent no SYN, so it knows
 * no such connection. */
static void share_the_address(void) {
    check(!is_real || raw_host_share(&host) == 0, "raw_host_share");
    round_trip(SEGMENT_SYN, "", "SYN seq 0", "SYN ACK seq 0 ack 1");
    ladder_model(&ladder, LADDER_CLIENT, "RST seq 1");
    round_trip(SEGMENT_ACK, "", "ACK ack 1", "RST seq 1");
}

int main(int argc, char **argv) {
    struct wire_options options = {.pcap = NULL};
    const struct option_row rows[] = {
        OPTION_FLAG("--break", "a wrong checksum; a second owner", &is_broken),
        WIRE_OPTION_ROWS(&options), OPTION_END};
    int status = options_parse(argc, argv, rows);
    if (status != -1) return status;
    char why[NETWORK_WHY_MAX] = "as --modelled says";
    is_real = !options.is_modelled && raw_host_open(&host, why) == 0;
    if (ladder_open_remote(&ladder, &options, is_real ? "a cable" : NULL, why))
        return 1;
    listener = is_real ? raw_host_listen(&host, &peer_port) : -1;
    wire_port(&ladder.wire, listener);
    check(!is_real || raw_host_capture(&host, &ladder.wire.capture) == 0,
          "raw_host_capture");
    begin(is_broken ? "1. a wrong checksum" : "1. a connection");
    if (is_broken) round_trip(SEGMENT_SYN, "", "SYN seq 0", "(nothing)");
    if (!is_broken) connect_by_hand();
    ladder_print(&ladder);
    begin(is_broken ? "2. a kernel has our address" : "2. no connection");
    if (is_broken) share_the_address();
    if (!is_broken)
        round_trip(DATA, "hello", "PSH ACK seq 0 ack 1 len 5", "RST seq 1");
    ladder_print(&ladder);
    puts(!is_real    ? "What you saw: what the standard says."
         : is_broken ? "What you saw: silence means damaged, a RST unknown."
                     : "What you saw: the kernel took a program for a TCP.");
    return ladder_close(&ladder) == 0 ? 0 : 1;
}
