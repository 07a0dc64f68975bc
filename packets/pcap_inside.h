/* pcap_inside.h: what the files of pcap.h share. pcap.c reads the classic
 * format and calls pcap_block.c for pcapng; both call pcap_time.c. */
#ifndef PACKETS_PCAP_INSIDE_H
#define PACKETS_PCAP_INSIDE_H

#include "packets/pcap.h"

enum pcap_state {
    FILE_HEADER, /* the first four bytes tell the formats apart */
    RECORD,      /* pcap: a packet with its header */
    BLOCK,       /* pcapng: type, length, and the fields that matter */
    OPTION,      /* pcapng: an option of an interface, or the end of them */
    TRAILER,     /* pcapng: the length at the end of a block */
};

#define PCAP_SECTION 0x0a0d0d0a /* block type, the same in either byte order */

enum {                /* if_tsresol */
    MICROSECONDS = 6, /* 10^-6 seconds, if nothing else is said */
    NANOSECONDS = 9,
};

/* Reads a number of n bytes in the byte order of the file. */
static inline uint32_t read_number(const struct pcap *p, const uint8_t *at,
                                   size_t n) {
    uint32_t value = 0;
    for (size_t i = 0; i < n; i++)
        value = value << 8 | at[p->is_little ? n - 1 - i : i];
    return value;
}

static inline uint16_t read16(const struct pcap *p, const uint8_t *at) {
    return (uint16_t)read_number(p, at, 2);
}

static inline uint32_t read32(const struct pcap *p, const uint8_t *at) {
    return read_number(p, at, 4);
}

/* Moves offset by `at` bytes, to the field that is wrong. Returns error. */
static inline ssize_t error_at(struct pcap *p, int error, uint32_t at) {
    p->offset += at;
    return error;
}

/* Sets the members that a packet has in both formats. */
static inline void set_packet(const struct pcap *p, struct pcap_packet *packet,
                              uint32_t interface, struct span captured,
                              uint32_t wire_len) {
    *packet = (struct pcap_packet){
        .interface = interface, .captured = captured, .wire_len = wire_len};
    packet->link_type = p->interfaces[interface].link_type;
}

/* Converts a time to nanoseconds, at most UINT64_MAX; resolution as in
 * if_tsresol. */
uint64_t pcap_time_ns(uint64_t time, uint8_t resolution);

/* Each parses for the state of its name, and returns as pcap_parse. */
ssize_t pcap_block(struct pcap *p, struct span bytes,
                   struct pcap_packet *packet);
ssize_t pcap_option(struct pcap *p, struct span bytes);
ssize_t pcap_trailer(struct pcap *p, struct span bytes);

#endif
