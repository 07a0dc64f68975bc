/*
 * pcap.h: reads captures, both formats of Wireshark and tcpdump
 *
 *   pcap     | file header 24 | { record header 16 | packet } ...
 *   pcapng   { | type 4 | length 4 | body, padded to 4 | length 4 | } ...
 *
 * draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng, in either byte order. Of
 * pcapng it reads section headers, interfaces, enhanced and simple packets, and
 * the option if_tsresol; it skips all other blocks and options, such as
 * if_tsoffset and the obsolete packet block. Memory is constant: the caller
 * offers bytes as they arrive, and keeps only those that were not consumed.
 * packets/pcap_writer.h writes captures. Introduced in packets/314_capture.c.
 */
#ifndef PACKETS_PCAP_H
#define PACKETS_PCAP_H

#include <sys/types.h>

#include "packets/span.h"

#define PCAP_MAX_CAPTURED 262144               /* bytes of one packet */
#define PCAP_MAX_INTERFACES 64                 /* in one section of pcapng */
#define PCAP_MAX_STEP (28 + PCAP_MAX_CAPTURED) /* bytes one step may need */

enum pcap_error {
    PCAP_ERR_MAGIC = -1,    /* neither format begins in this way */
    PCAP_ERR_VERSION = -2,  /* not 2.4 (pcap) or 1 (pcapng) */
    PCAP_ERR_CAPTURED = -3, /* a packet of more than PCAP_MAX_CAPTURED bytes */
    PCAP_ERR_LENGTH = -4,   /* of a block: no multiple of 4, or too small */
    PCAP_ERR_TRAILER = -5,  /* the length at the end is not that at the front */
    PCAP_ERR_INTERFACE = -6,  /* a packet of an interface without a block */
    PCAP_ERR_INTERFACES = -7, /* more than PCAP_MAX_INTERFACES */
    PCAP_ERR_OPTION = -8,     /* it is longer than its block, or if_tsresol is
                               * not one byte */
    PCAP_ERR_CUT = -9,        /* the file ends inside a record or block */
};

struct pcap_interface {
    uint16_t link_type; /* 1: Ethernet; tcpdump.org/linktypes.html */
    uint8_t resolution; /* of its times, if_tsresol: 6 is 10^-6 seconds,
                             * 0x80 + 10 is 2^-10 */
    uint32_t snap_len;  /* bytes, 0: no limit */
};

struct pcap {        /* the caller may read all members */
    uint64_t offset; /* in the file, of the next byte to parse; after an error,
                      * of the field that breaks the rule */
    uint64_t start;  /* of the record or block that offset is in */
    uint8_t state;
    bool is_little;        /* numbers are little-endian */
    uint32_t block_len;    /* pcapng: of this block */
    uint32_t options_left; /* bytes of options in this block */
    uint32_t skip;         /* bytes before the next thing to parse */
    uint32_t interface_count;
    struct pcap_interface interfaces[PCAP_MAX_INTERFACES];
};

struct pcap_packet {
    bool has_time;        /* simple packet blocks have no time */
    uint64_t time_ns;     /* since 1970, at most UINT64_MAX: the year 2554 */
    uint32_t interface;   /* index into interfaces */
    uint16_t link_type;   /* of that interface */
    uint32_t wire_len;    /* bytes that the packet had */
    struct span captured; /* its beginning, or all of it; borrowed from bytes */
};

void pcap_init(struct pcap *p);

/* Parses the next packet, and sets *is_packet; or another part of the file.
 * Returns the bytes consumed, > 0; 0: it needs more, at most PCAP_MAX_STEP; or
 * a negative pcap_error, after which it must not be called again. */
ssize_t pcap_parse(struct pcap *p, struct span bytes, bool *is_packet,
                   struct pcap_packet *packet);

/* Call at the end of the file, with the number of bytes that pcap_parse did not
 * consume. Returns 0, or PCAP_ERR_CUT: the file ends inside the record or block
 * at start, and offset is the length of the file. */
int pcap_end(struct pcap *p, size_t left);

/* Returns the rule that an error stands for, as a sentence. */
const char *pcap_rule(int error);

#endif
