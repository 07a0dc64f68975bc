/* pcap_unit.h: builds capture files for the tests of packets/pcap.h, and reads
 * them in pieces */
#ifndef PACKETS_PCAP_UNIT_H
#define PACKETS_PCAP_UNIT_H

#include "packets/buf.h"
#include "packets/pcap.h"
#include "packets/unit.h"

/* --- a file is built here --- */

static struct buf file;
static bool is_little;

static inline void begin(bool little) {
    buf_free(&file);
    file.max = 4 << 20;
    is_little = little;
}

static inline void put(uint64_t value, int n) {
    for (int i = 0; i < n; i++) {
        int shift = 8 * (is_little ? i : n - 1 - i);
        uint8_t byte = (uint8_t)(value >> shift);
        buf_append(&file, &byte, 1);
    }
}

static inline void put_zeros(uint32_t n) {
    for (; n > 0; n--) buf_append(&file, "", 1);
}

/* Appends bytes and zeros up to a multiple of 4. */
static inline void put_padded(const char *text) {
    buf_text(&file, text);
    put_zeros((uint32_t)(4 - strlen(text) % 4) % 4);
}

static inline void put_classic(uint32_t magic) {
    put(magic, 4);
    put(2, 2);
    put(4, 2);
    put(0, 8);
    put(65535, 4);
    put(1, 4);
}

static inline void put_record(uint32_t seconds, uint32_t fraction,
                              const char *text, uint32_t wire_len) {
    put(seconds, 4);
    put(fraction, 4);
    put(strlen(text), 4);
    put(wire_len, 4);
    buf_text(&file, text);
}

static uint32_t block_start;

static inline void begin_block(uint32_t type) {
    block_start = file.end;
    put(type, 4);
    put(0, 4);
}

/* Appends the length of the block, and sets it in its front. */
static inline void end_block(void) {
    uint32_t end = file.end, len = end + 4 - block_start;
    file.end = block_start + 4;
    put(len, 4);
    file.end = end;
    put(len, 4);
}

static inline void put_section(void) {
    begin_block(0x0a0d0d0a);
    put(0x1a2b3c4d, 4);
    put(1, 2);
    put(0, 2);
    put(UINT64_MAX, 8);
    end_block();
}

/* Without options, with if_tsresol, or with others around that (256). */
static inline void put_interface(uint16_t link_type, uint32_t snap_len,
                                 int resolution) {
    begin_block(1);
    put(link_type, 2);
    put(0, 2);
    put(snap_len, 4);
    if (resolution >= 256) {
        put(2, 2); /* if_name */
        put(5, 2);
        put_padded("wlan0");
    }
    if (resolution >= 0) {
        put(9, 2); /* if_tsresol */
        put(1, 2);
        put((uint64_t)resolution & 0xff, 1);
        put_zeros(3);
    }
    if (resolution >= 256) {
        put(1, 2); /* a comment without text */
        put(0, 2);
        put(0, 4); /* the end, and then something else */
        put(0xffffffff, 4);
    }
    end_block();
}

static inline void put_enhanced(uint32_t interface, uint64_t time,
                                const char *text, uint32_t wire_len) {
    begin_block(6);
    put(interface, 4);
    put(time >> 32, 4);
    put(time & UINT32_MAX, 4);
    put(strlen(text), 4);
    put(wire_len, 4);
    put_padded(text);
    end_block();
}

static inline void put_simple(const char *text, uint32_t wire_len) {
    begin_block(3);
    put(wire_len, 4);
    put_padded(text);
    end_block();
}

/* --- and read here --- */

static struct pcap reader;
static char story[4000]; /* one line for each packet */

static inline void report(const struct pcap_packet *k) {
    size_t n = strlen(story);
    char time[30] = "-";
    if (k->has_time)
        snprintf(time, sizeof time, "%llu", (unsigned long long)k->time_ns);
    snprintf(story + n, sizeof story - n, "%s i%u l%u w%u %.*s\n", time,
             k->interface, k->link_type, k->wire_len, (int)k->captured.len,
             (const char *)k->captured.data);
}

/* Reads the first n bytes of the file. They arrive in pieces; what has been
 * consumed is gone. Returns 0 or the error at the end. */
static inline int read_part(size_t n, size_t piece) {
    size_t pos = 0, arrived = 0;
    story[0] = '\0';
    pcap_init(&reader);
    for (;;) {
        struct pcap_packet packet;
        bool is_packet;
        struct span bytes = {unit_exact(file.bytes + pos, arrived - pos),
                             arrived - pos};
        ssize_t got = pcap_parse(&reader, bytes, &is_packet, &packet);
        if (is_packet) report(&packet);
        free(bytes.data);
        if (got < 0) return (int)got;
        pos += (size_t)got;
        if (got == 0 && arrived == n) return pcap_end(&reader, arrived - pos);
        if (got == 0) arrived = n - arrived < piece ? n : arrived + piece;
    }
}

/* Whatever the pieces are, the packets are the same. */
static inline void reads_as(const char *expected) {
    static const size_t pieces[] = {100000, 1, 2, 3, 5, 7, 11, 16, 31};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        UNIT_INT(read_part(file.end, pieces[i]), 0);
        UNIT_TEXT(story, strlen(story), expected);
        UNIT_INT(reader.offset, file.end);
    }
}

static inline void breaks(int error, uint64_t offset, uint64_t start) {
    static const size_t pieces[] = {100000, 1, 5};
    for (size_t i = 0; i < 3; i++) {
        UNIT_INT(read_part(file.end, pieces[i]), error);
        UNIT_INT(reader.offset, offset);
        UNIT_INT(reader.start, start);
    }
    UNIT_TRUE(strlen(pcap_rule(error)) > 20);
}

#endif
