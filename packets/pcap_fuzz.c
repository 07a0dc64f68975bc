/* pcap_fuzz.c: a capture that arrives in pieces gives the same packets as one
 * that arrives at once, each step consumes something or waits for no more than
 * PCAP_MAX_STEP, and what pcap_writer.h writes of them is read again.
 * FUZZ_MAX_LEN: 70000 */
#include "packets/pcap.h"
#include "packets/pcap_writer.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* What a whole file gave. */
struct result {
    int error;
    uint64_t offset, hash;
    uint32_t packets;
};

static uint64_t add(uint64_t hash, uint64_t value) {
    return (hash ^ value) * 0x100000001b3;
}

static void add_packet(struct result *r, const struct pcap_packet *k) {
    assert(k->captured.len <= PCAP_MAX_CAPTURED);
    assert(k->interface < PCAP_MAX_INTERFACES);
    r->packets++;
    r->hash = add(r->hash, k->has_time ? k->time_ns : 1);
    r->hash = add(r->hash, (uint64_t)k->interface << 32 | k->wire_len);
    r->hash = add(r->hash, (uint64_t)k->link_type << 32 | k->captured.len);
    for (size_t i = 0; i < k->captured.len; i++)
        r->hash = add(r->hash, k->captured.data[i]);
}

static void write_packet(struct buf *out, const struct pcap_packet *k) {
    uint64_t time_us = k->time_ns / 1000;
    if (!out || time_us / 1000000 > UINT32_MAX) return;
    uint32_t wire_len = k->wire_len;
    if (wire_len < k->captured.len) wire_len = (uint32_t)k->captured.len;
    assert(pcap_write_frame(out, (int64_t)time_us, k->captured, wire_len));
}

/* Reads a file that arrives in pieces of that many bytes. */
static struct result read_file(struct span all, size_t piece,
                               struct buf *copy) {
    struct result r = {.error = 1};
    struct pcap p;
    struct pcap_packet packet;
    size_t pos = 0, arrived = 0;
    bool is_packet;
    pcap_init(&p);
    while (r.error == 1) {
        struct span bytes = {all.data + pos, arrived - pos};
        ssize_t got = pcap_parse(&p, bytes, &is_packet, &packet);
        assert(got <= (ssize_t)bytes.len && (!is_packet || got > 0));
        if (is_packet) add_packet(&r, &packet);
        if (is_packet) write_packet(copy, &packet);
        if (got > 0) {
            pos += (size_t)got;
            assert(p.offset == pos && p.start <= pos);
        } else if (got < 0) {
            r.error = (int)got;
        } else if (arrived == all.len) {
            r.error = pcap_end(&p, bytes.len);
        } else {
            assert(bytes.len < PCAP_MAX_STEP);
            arrived = all.len - arrived < piece ? all.len : arrived + piece;
        }
    }
    r.offset = p.offset;
    assert(r.offset <= all.len && p.start <= r.offset);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct span all = {(uint8_t *)(uintptr_t)bytes, n};
    struct buf copy = {.max = BUF_MAX};
    assert(pcap_write_header(&copy));
    struct result whole = read_file(all, n + 1, &copy);
    struct result parts = read_file(all, 1 + n % 37 + n / 1000, NULL);
    assert(whole.error == parts.error && whole.offset == parts.offset);
    assert(whole.hash == parts.hash && whole.packets == parts.packets);
    struct result again = read_file(buf_view(&copy), copy.end, NULL);
    assert(again.error == 0 && again.packets <= whole.packets);
    buf_free(&copy);
    return 0;
}
