/*
 * 314_capture.c: a capture is a file
 *
 * Shows       Each packet is in the file after its time and two lengths. The
 *             file says itself in which byte order its numbers are.
 * By hand     Writing pcap and pcapng, in either byte order.
 * Calls       packets/pcap.h, compose.h (both introduced here), cursor.h
 * Run         $ bin/314_capture
 *             $ bin/314_capture --break
 * Try         $ bin/314_capture --ask --seed 7
 *             bin/314_capture --write 4 > x.pcapng; bin/explain x.pcapng
 * Limits      One interface, always Ethernet; no names of hosts (pcapng §4.5).
 * Read        draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng
 */
#include "packets/compose.h"
#include "packets/ipv4.h"
#include "packets/pcap.h"
#include "tcp/options.h"

#include <stdio.h>

/* Three segments of a stream in the order of the capture: not that of seq. */
static const struct ends ENDS = {
    IP_TCP, {4, {10, 0, 0, 1}}, {4, {10, 0, 0, 2}}, 50000, 80};
static const struct {
    uint32_t seq;
    const char *text;
} PACKETS[] = {{1, "POST /socket.io/ HTTP/1.1\r\nHost: a\r\n"},
               {58, "42[\"hi\"]"},
               {37, "Content-Length: 8\r\n\r\n"}};

/* How a file is written; digits: of the fraction of a second. */
static const struct format {
    const char *name;
    bool is_ng, is_little;
    uint8_t digits;
} FORMATS[] = {{"1 pcap, big-endian, microseconds", false, false, 6},
               {"2 pcap, little-endian, nanoseconds", false, true, 9},
               {"3 pcapng, big-endian, nanoseconds", true, false, 9},
               {"4 pcapng, little-endian, microseconds", true, true, 6}};
static const struct format *format = FORMATS;
static uint32_t snap = 262144; /* the most bytes of a packet in the file */
static bool is_broken, is_asking;
static struct buf file = {.max = 4096}, frame = {.max = 2048};

/* Appends numbers in the byte order of the file. sizes has a digit for each:
 * "422" is a number of four bytes, and two numbers of two. */
#define PUT(sizes, ...) put(sizes, (uint64_t[]){__VA_ARGS__})
static void put(const char *sizes, const uint64_t *value) {
    for (; *sizes; sizes++, value++) {
        for (int n = *sizes - '0', i = 0; i < n; i++) {
            int shift = 8 * (format->is_little ? i : n - 1 - i);
            buf_append(&file, &(uint8_t){(uint8_t)(*value >> shift)}, 1);
        }
    }
}

/* pcap §4; pcapng §4.1 and §4.2: a section, and its interface. 1: Ethernet. */
static void put_header(void) {
    uint64_t magic = format->digits == 9 ? 0xa1b23c4d : 0xa1b2c3d4;
    uint64_t order = is_broken ? 0x4d3c2b1a : 0x1a2b3c4d;
    if (is_broken) magic = 0xd4c3b2a1; /* as if in the other byte order */
    if (!format->is_ng) PUT("422844", magic, 2, 4, 0, snap, 1);
    if (!format->is_ng) return;
    PUT("4442284", 0x0a0d0d0a, 28, order, 1, 0, UINT64_MAX, 28);
    PUT("442242211244", 1, 32, 1, 0, snap, 9, 1, format->digits, 0, 0, 0, 32);
}

/* A packet, padded in pcapng to a multiple of 4 bytes: pcap §5, pcapng §4.3. */
static void put_packet(uint64_t seconds, uint64_t ns) {
    uint64_t wire = frame.end, n = wire < snap ? wire : snap;
    uint64_t unit = format->digits == 9 ? 1 : 1000, len = 32 + (n + 3) / 4 * 4;
    uint64_t time = (seconds * 1000000000 + ns) / unit;
    if (format->is_ng)
        PUT("4444444", 6, len, 0, time >> 32, time, n, wire);
    else
        PUT("4444", seconds, ns / unit, n, wire);
    buf_append(&file, frame.bytes, n);
    if (format->is_ng) buf_append(&file, "\0\0", len - 32 - n);
    if (format->is_ng) PUT("4", len);
}

/* Writes a file, and cuts off its end: the disk was full. */
static void write_file(uint32_t cut) {
    struct segment s = {.ack = 1, .flags = SEGMENT_ACK, .window = 65535};
    buf_clear(&file);
    put_header();
    for (size_t i = 0; i < 3; i++) {
        s.seq = PACKETS[i].seq;
        buf_clear(&frame);
        compose_segment(&frame, &ENDS, &s, span_from(PACKETS[i].text));
        put_packet(1700000000 + i, 250000);
    }
    file.end -= cut;
}

/* Shows what a reader sees first, and what packets/pcap.h reads in the file. */
static void show_file(void) {
    struct pcap p;
    struct pcap_packet k;
    struct span left = buf_view(&file);
    ssize_t n;
    for (size_t i = 0; file.bytes && i < (format->is_ng ? 88 : 40); i++)
        printf("%s%02x", i % 16 ? " " : "\n  ", file.bytes[i]);
    printf(" ... %u bytes\n", (unsigned)file.end);
    pcap_init(&p);
    for (bool is_packet; (n = pcap_parse(&p, left, &is_packet, &k)) > 0;) {
        left = span_skip(left, (size_t)n);
        if (!is_packet || is_asking) continue;
        printf("    %u.%09u s, ", (unsigned)(k.time_ns / 1000000000),
               (unsigned)(k.time_ns % 1000000000));
        printf("%zu of %u bytes\n", k.captured.len, (unsigned)k.wire_len);
    }
    if (n == 0) n = pcap_end(&p, left.len);
    if (n < 0 && !is_asking)
        printf("    byte %u: %s\n", (unsigned)p.offset, pcap_rule((int)n));
}

int main(int argc, char **argv) {
    uint32_t seed = 0, number = 0;
    const struct option_row options[] = {
        OPTION_NUMBER("--write", "N", "file N to stdout", &number, 1, 4),
        OPTION_NUMBER("--seed", "N", "one file, cut", &seed, 1, 1 << 30),
        OPTION_FLAG("--ask", "keep back what is in it", &is_asking),
        OPTION_FLAG("--break", "swap the magic number", &is_broken),
        OPTION_END};
    int status = options_parse(argc, argv, options);
    if (status != -1) return status;
    if (seed > 0) snap = 60 + seed % 40;
    for (uint32_t i = 1; i <= 4; i++, format++) {
        if (number + seed && i != (number ? number : seed % 4 + 1)) continue;
        write_file(seed % 3 * 20);
        if (number) return fwrite(file.bytes, file.end, 1, stdout) != 1;
        printf("%s", is_asking ? "a capture" : format->name);
        show_file();
    }
    puts(is_asking   ? "Which time and which two lengths has packet 1?"
         : is_broken ? "What you saw: in that order no number is right."
                     : "What you saw: a file says which order it has.");
}
