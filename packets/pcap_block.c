/* pcap_block.c: the blocks of pcapng, see packets/pcap.h. Entry points:
 * pcap_block, which calls a function for the type of the block; pcap_option;
 * pcap_trailer. The unused rest of a block is skipped up to its trailer.
 */
#include "packets/pcap_inside.h"

enum block_type {
    SECTION = PCAP_SECTION,
    INTERFACE = 1,
    SIMPLE_PACKET = 3,
    ENHANCED_PACKET = 6,
};

enum {
    END_OF_OPTIONS = 0,
    IF_TSRESOL = 9,
    BLOCK_MIN = 12, /* bytes: type and two lengths */
};

/* Returns n, at most 65 535 or PCAP_MAX_CAPTURED, as a multiple of 4. */
static uint32_t padded(uint32_t n) {
    return (n + 3) / 4 * 4;
}

/* Ends a block of which n bytes are consumed, body bytes of its body. */
static ssize_t end_block(struct pcap *p, ssize_t n, uint32_t body) {
    p->skip = p->block_len - BLOCK_MIN - body;
    p->state = TRAILER;
    return n;
}

/* Reads the length of a block; its body must have at least min bytes. Returns 0
 * or an error. */
static ssize_t block_length(struct pcap *p, struct span bytes, uint32_t min) {
    p->block_len = read32(p, bytes.data + 4);
    /* pcapng §3.1, Block Total Length: it "MUST be a multiple of 4", and counts
     * everything that is in the block. */
    if (p->block_len % 4 != 0 || p->block_len < BLOCK_MIN + min)
        return error_at(p, PCAP_ERR_LENGTH, 4);
    return 0;
}

static ssize_t section_header(struct pcap *p, struct span bytes) {
    if (bytes.len < 24) return 0;
    /* pcapng §4.1, Byte-Order Magic: of this section, it may change there. */
    p->is_little = bytes.data[8] == 0x4d;
    if (read32(p, bytes.data + 8) != 0x1a2b3c4d)
        return error_at(p, PCAP_ERR_MAGIC, 8);
    ssize_t error = block_length(p, bytes, 16);
    if (error < 0) return error;
    /* pcapng §4.1, Major Version: 1. The minor one makes no difference. */
    if (read16(p, bytes.data + 12) != 1)
        return error_at(p, PCAP_ERR_VERSION, 12);
    p->interface_count = 0; /* pcapng §4.2: they are those of one section */
    return end_block(p, 24, 16);
}

static ssize_t interface_block(struct pcap *p, struct span bytes) {
    if (bytes.len < 16) return 0;
    if (p->interface_count == PCAP_MAX_INTERFACES)
        return error_at(p, PCAP_ERR_INTERFACES, 0);
    p->interfaces[p->interface_count++] = (struct pcap_interface){
        .link_type = read16(p, bytes.data + 8),
        .snap_len = read32(p, bytes.data + 12),
        .resolution = MICROSECONDS,
    };
    p->options_left = p->block_len - BLOCK_MIN - 8;
    p->state = OPTION;
    return 16;
}

static ssize_t enhanced_packet(struct pcap *p, struct span bytes,
                               struct pcap_packet *packet) {
    if (bytes.len < 28) return 0;
    uint32_t interface = read32(p, bytes.data + 8);
    uint64_t time =
        (uint64_t)read32(p, bytes.data + 12) << 32 | read32(p, bytes.data + 16);
    uint32_t captured = read32(p, bytes.data + 20);
    /* pcapng §4.3, Interface ID: an interface that the section describes. */
    if (interface >= p->interface_count)
        return error_at(p, PCAP_ERR_INTERFACE, 8);
    if (captured > PCAP_MAX_CAPTURED) return error_at(p, PCAP_ERR_CAPTURED, 20);
    /* pcapng §3.1: the packet and its padding are inside the block. */
    if (padded(captured) > p->block_len - BLOCK_MIN - 20)
        return error_at(p, PCAP_ERR_LENGTH, 20);
    if (bytes.len < 28 + padded(captured)) return 0;
    set_packet(p, packet, interface, (struct span){bytes.data + 28, captured},
               read32(p, bytes.data + 24));
    packet->has_time = true;
    packet->time_ns = pcap_time_ns(time, p->interfaces[interface].resolution);
    return end_block(p, 28 + (ssize_t)padded(captured), 20 + padded(captured));
}

static ssize_t simple_packet(struct pcap *p, struct span bytes,
                             struct pcap_packet *packet) {
    if (bytes.len < 12) return 0;
    /* pcapng §4.4: it is of the first interface, and its bytes are cut at the
     * snap length of that interface. */
    if (p->interface_count == 0) return error_at(p, PCAP_ERR_INTERFACE, 0);
    uint32_t wire_len = read32(p, bytes.data + 8), captured = wire_len;
    uint32_t snap_len = p->interfaces[0].snap_len;
    if (snap_len > 0 && captured > snap_len) captured = snap_len;
    if (captured > PCAP_MAX_CAPTURED) return error_at(p, PCAP_ERR_CAPTURED, 8);
    if (padded(captured) > p->block_len - BLOCK_MIN - 4)
        return error_at(p, PCAP_ERR_LENGTH, 8);
    if (bytes.len < 12 + padded(captured)) return 0;
    set_packet(p, packet, 0, (struct span){bytes.data + 12, captured},
               wire_len);
    return end_block(p, 12 + (ssize_t)padded(captured), 4 + padded(captured));
}

ssize_t pcap_block(struct pcap *p, struct span bytes,
                   struct pcap_packet *packet) {
    if (bytes.len < 8) return 0;
    uint32_t type = read32(p, bytes.data);
    if (type == SECTION) return section_header(p, bytes);
    uint32_t min = type == INTERFACE         ? 8
                   : type == SIMPLE_PACKET   ? 4
                   : type == ENHANCED_PACKET ? 20
                                             : 0;
    ssize_t error = block_length(p, bytes, min);
    if (error < 0) return error;
    if (type == INTERFACE) return interface_block(p, bytes);
    if (type == SIMPLE_PACKET) return simple_packet(p, bytes, packet);
    if (type == ENHANCED_PACKET) return enhanced_packet(p, bytes, packet);
    /* pcapng §3.1, Block Type: a reader skips those that it does not know. */
    return end_block(p, 8, 0);
}

/* Reads the length at the end, by which a file can be read backwards. */
ssize_t pcap_trailer(struct pcap *p, struct span bytes) {
    if (bytes.len < 4) return 0;
    /* pcapng §3.1, Block Total Length: both are the same. */
    if (read32(p, bytes.data) != p->block_len)
        return error_at(p, PCAP_ERR_TRAILER, 0);
    p->state = BLOCK;
    return 4;
}

/* pcapng §3.5: an option is its code, the length of its value, and the value,
 * which is padded. */
ssize_t pcap_option(struct pcap *p, struct span bytes) {
    if (p->options_left == 0) {
        p->state = TRAILER;
        return pcap_trailer(p, bytes);
    }
    if (bytes.len < 4) return 0;
    uint16_t code = read16(p, bytes.data), len = read16(p, bytes.data + 2);
    if (code == END_OF_OPTIONS) {
        p->skip = p->options_left - 4;
        p->state = TRAILER;
        return 4;
    }
    /* pcapng §3.5: options are inside the block. §4.2: if_tsresol is a byte. */
    if (padded(len) > p->options_left - 4 || (code == IF_TSRESOL && len != 1))
        return error_at(p, PCAP_ERR_OPTION, 2);
    if (code == IF_TSRESOL) {
        if (bytes.len < 5) return 0;
        p->interfaces[p->interface_count - 1].resolution = bytes.data[4];
    }
    p->options_left -= 4 + padded(len);
    p->skip = padded(len);
    return 4;
}
