/* pcap.c: see packets/pcap.h. Entry points: pcap_parse, which calls the
 * function of the state; pcap_end; pcap_rule. Here is the classic format. */
#include "packets/pcap_inside.h"

void pcap_init(struct pcap *p) {
    *p = (struct pcap){.state = FILE_HEADER};
}

static ssize_t classic_header(struct pcap *p, struct span bytes,
                              uint8_t resolution) {
    if (bytes.len < 24) return 0;
    /* pcap §4, Major and Minor Version: 2 and 4. */
    if (read16(p, bytes.data + 4) != 2 || read16(p, bytes.data + 6) != 4)
        return error_at(p, PCAP_ERR_VERSION, 4);
    /* pcap §4: the upper half of the link type is about checksums of frames. */
    p->interfaces[0] = (struct pcap_interface){
        .link_type = (uint16_t)read32(p, bytes.data + 20),
        .snap_len = read32(p, bytes.data + 16),
        .resolution = resolution,
    };
    p->interface_count = 1;
    p->state = RECORD;
    return 24;
}

static ssize_t record(struct pcap *p, struct span bytes,
                      struct pcap_packet *packet) {
    if (bytes.len < 16) return 0;
    uint32_t captured = read32(p, bytes.data + 8);
    /* A limit of this module, and the largest snap length of tcpdump.
     * pcap §5: the file's snap length: not enforced, since some files exceed
     * it. */
    if (captured > PCAP_MAX_CAPTURED) return error_at(p, PCAP_ERR_CAPTURED, 8);
    if (bytes.len < 16 + captured) return 0;
    set_packet(p, packet, 0, (struct span){bytes.data + 16, captured},
               read32(p, bytes.data + 12));
    packet->has_time = true;
    packet->time_ns =
        read32(p, bytes.data) * UINT64_C(1000000000) +
        pcap_time_ns(read32(p, bytes.data + 4), p->interfaces[0].resolution);
    return 16 + (ssize_t)captured;
}

static ssize_t file_header(struct pcap *p, struct span bytes,
                           struct pcap_packet *packet) {
    if (bytes.len < 4) return 0;
    for (int i = 0; i < 2; i++) { /* pcap §4, Magic Number */
        p->is_little = i;
        uint32_t magic = read32(p, bytes.data);
        if (magic == 0xa1b2c3d4) return classic_header(p, bytes, MICROSECONDS);
        if (magic == 0xa1b23c4d) return classic_header(p, bytes, NANOSECONDS);
    }
    /* pcapng §4.1: a file begins with the header of a section. */
    if (read32(p, bytes.data) != PCAP_SECTION)
        return error_at(p, PCAP_ERR_MAGIC, 0);
    return pcap_block(p, bytes, packet);
}

static ssize_t skip(struct pcap *p, struct span bytes) {
    uint32_t n = p->skip < bytes.len ? p->skip : (uint32_t)bytes.len;
    p->skip -= n;
    return (ssize_t)n;
}

static ssize_t step(struct pcap *p, struct span bytes,
                    struct pcap_packet *packet) {
    if (p->skip > 0) return skip(p, bytes);
    switch ((enum pcap_state)p->state) {
    case FILE_HEADER:
        return file_header(p, bytes, packet);
    case RECORD:
        return record(p, bytes, packet);
    case BLOCK:
        return pcap_block(p, bytes, packet);
    case OPTION:
        return pcap_option(p, bytes);
    case TRAILER:
        return pcap_trailer(p, bytes);
    }
    return 0;
}

/* Is the next byte the first one of a record or a block? */
static bool is_at_start(const struct pcap *p) {
    return p->skip == 0 && (p->state == RECORD || p->state == BLOCK);
}

ssize_t pcap_parse(struct pcap *p, struct span bytes, bool *is_packet,
                   struct pcap_packet *packet) {
    if (is_at_start(p)) p->start = p->offset;
    packet->captured.data = NULL;
    ssize_t n = step(p, bytes, packet);
    *is_packet = n > 0 && packet->captured.data;
    if (n > 0) p->offset += (uint64_t)n;
    return n;
}

int pcap_end(struct pcap *p, size_t left) {
    if (is_at_start(p)) p->start = p->offset;
    if (is_at_start(p) && left == 0) return 0;
    p->offset += left;
    return PCAP_ERR_CUT;
}

const char *pcap_rule(int error) {
    switch ((enum pcap_error)error) {
    case PCAP_ERR_MAGIC:
        return "a capture begins with a magic number";
    case PCAP_ERR_VERSION:
        return "the version is 2.4 (pcap) or 1 (pcapng)";
    case PCAP_ERR_CAPTURED:
        return "a packet has at most 262144 bytes here";
    case PCAP_ERR_LENGTH:
        return "the length of a block is a multiple of 4 and includes all of "
               "it";
    case PCAP_ERR_TRAILER:
        return "a block ends with the length it began with";
    case PCAP_ERR_INTERFACE:
        return "an interface is described before its packets";
    case PCAP_ERR_INTERFACES:
        return "a section has at most 64 interfaces here";
    case PCAP_ERR_OPTION:
        return "an option is inside its block; if_tsresol is a byte";
    case PCAP_ERR_CUT:
        return "a file ends after a whole record or block";
    }
    return "no error";
}
