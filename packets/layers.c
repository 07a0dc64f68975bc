/* layers.c: see packets/layers.h. Entry points: layer_wrap, layer_unwrap. */
#include "packets/layers.h"
#include "packets/crc32.h"
#include "packets/ethernet.h"
#include "packets/ipv4.h"
#include "packets/segment.h"

#include <string.h>

#define FCS 4          /* bytes at the end of an Ethernet frame */
#define HALVES_MAX 512 /* bytes of layer 1 that are read */

static const struct address client = {4, {10, 0, 0, 1}};
static const struct address server = {4, {10, 0, 0, 2}};

static bool wrap_value(struct span value, struct buf *out) {
    return buf_append(out, value.data, value.len);
}

/* The program accepts any text as a value. */
static bool unwrap_value(struct span *bytes) {
    (void)bytes;
    return true;
}

/* Socket.IO v5, "Packet encoding": type 2 is an event. Name and value are
 * JSON. */
static const char event_start[] = "2[\"message\",\"", event_end[] = "\"]";

static bool wrap_event(struct span value, struct buf *out) {
    return buf_text(out, event_start) &&
           buf_append(out, value.data, value.len) && buf_text(out, event_end);
}

static bool unwrap_event(struct span *bytes) {
    struct span start = span_from(event_start), end = span_from(event_end);
    if (bytes->len < start.len + end.len) return false;
    size_t n = bytes->len - start.len - end.len;
    struct span value = {bytes->data + start.len, n};
    *bytes = (struct span){bytes->data, start.len};
    if (!span_equal(*bytes, start)) return false;
    *bytes = (struct span){value.data + n, end.len};
    if (!span_equal(*bytes, end)) return false;
    *bytes = value;
    /* RFC 8259 §7: a quote ends the string, a backslash begins an escape. */
    return !memchr(value.data, '"', n) && !memchr(value.data, '\\', n);
}

/* RFC 6455 §5.2: a text frame with FIN, not masked, with its length; and
 * Engine.IO v4, "Packet encoding": type 4 is a message. */
static bool wrap_frame(struct span event, struct buf *out) {
    const uint8_t head[] = {0x81, (uint8_t)(event.len + 1), '4'};
    return buf_append(out, head, sizeof head) &&
           buf_append(out, event.data, event.len);
}

static bool unwrap_frame(struct span *bytes) {
    if (bytes->len < 3) return false;
    const uint8_t *head = bytes->data;
    if (head[0] != 0x81 || head[1] != bytes->len - 2 || head[2] != '4')
        return false;
    *bytes = span_skip(*bytes, 3);
    /* RFC 6455 §8.1: a text that is not UTF-8 fails the connection. This layer
     * accepts only the ASCII part of UTF-8. */
    for (size_t i = 0; i < bytes->len; i++)
        if (bytes->data[i] >= 0x80) return false;
    return true;
}

static bool wrap_segment(struct span data, struct buf *out) {
    struct segment s = {.source_port = 3000,
                        .destination_port = 50000,
                        .seq = 1,
                        .ack = 1,
                        .window = 65535,
                        .flags = SEGMENT_PSH | SEGMENT_ACK};
    return segment_write(out, &s, data, &server, &client);
}

static bool unwrap_segment(struct span *bytes) {
    struct segment s;
    int n = segment_parse(*bytes, &s);
    if (n <= 0 || !segment_checksum_is_right(*bytes, &server, &client))
        return false;
    *bytes = span_skip(*bytes, (size_t)n);
    return true;
}

static bool wrap_packet(struct span segment, struct buf *out) {
    struct ipv4 ip = {.total_length = (uint16_t)(20 + segment.len),
                      .ttl = 64,
                      .protocol = IP_TCP,
                      .source = server,
                      .destination = client};
    return ipv4_write(out, &ip) && buf_append(out, segment.data, segment.len);
}

static bool unwrap_packet(struct span *bytes) {
    struct ipv4 ip;
    int n = ipv4_parse(*bytes, &ip);
    if (n <= 0 || !ip.checksum_is_right) return false;
    *bytes = ipv4_payload(*bytes, &ip, n);
    return true;
}

static bool wrap_link(struct span packet, struct buf *out) {
    struct ethernet e = {.destination = {2, 0, 0, 0, 0, 1},
                         .source = {2, 0, 0, 0, 0, 2},
                         .type = ETHERNET_IPV4};
    if (!ethernet_write(out, &e) || !buf_append(out, packet.data, packet.len))
        return false;
    uint32_t crc = crc32_add(0, buf_view(out));
    uint8_t fcs[FCS];
    for (int i = 0; i < FCS; i++) fcs[i] = (uint8_t)(crc >> 8 * i);
    return buf_append(out, fcs, FCS);
}

static bool unwrap_link(struct span *bytes) {
    struct ethernet e;
    int n = ethernet_parse(*bytes, &e);
    /* IEEE 802.3 §3.1.1: the FCS comes after the header. */
    if (n <= 0 || bytes->len < (size_t)n + FCS) return false;
    if (crc32_add(0, *bytes) != CRC32_GOOD) return false;
    *bytes = (struct span){bytes->data + n, bytes->len - (size_t)n - FCS};
    return true;
}

/* IEEE 802.3 §7.3.1: the halves of a bit differ; low then high is 1, high then
 * low is 0. The least significant bit of a byte is first. */
static bool wrap_bits(struct span frame, struct buf *out) {
    for (size_t i = 0; i < 8 * frame.len; i += 4) {
        unsigned four = 0;
        for (size_t k = i; k < i + 4; k++)
            four = four << 2 | (frame.data[k / 8] >> k % 8 & 1 ? 1 : 2);
        uint8_t byte = (uint8_t)four;
        if (!buf_append(out, &byte, 1)) return false;
    }
    return true;
}

static bool unwrap_bits(struct span *bytes) {
    static uint8_t frame[HALVES_MAX / 2];
    if (bytes->len > HALVES_MAX || bytes->len % 2 != 0) return false;
    memset(frame, 0, sizeof frame);
    for (size_t k = 0; k < 4 * bytes->len; k++) {
        int halves = bytes->data[k / 4] >> (6 - k % 4 * 2) & 3;
        if (halves == 0 || halves == 3)
            return false; /* no edge in the middle */
        if (halves == 1) frame[k / 8] |= (uint8_t)(1 << k % 8);
    }
    *bytes = (struct span){frame, bytes->len / 2};
    return true;
}

static const struct layer {
    const char *osi, *internet;
    bool (*wrap)(struct span above, struct buf *out);
    bool (*unwrap)(struct span *bytes);
} layers[LAYERS + 1] = {
    {.osi = ""},
    {"physical", "link", wrap_bits, unwrap_bits},
    {"link", "link", wrap_link, unwrap_link},
    {"network", "internet", wrap_packet, unwrap_packet},
    {"transport", "transport", wrap_segment, unwrap_segment},
    {"session", "application", wrap_frame, unwrap_frame},
    {"presentation", "application", wrap_event, unwrap_event},
    {"application", "application", wrap_value, unwrap_value},
};

const char *layer_osi(int layer) {
    return layers[layer].osi;
}

const char *layer_internet(int layer) {
    return layers[layer].internet;
}

bool layer_wrap(int layer, struct span bytes, struct buf *out) {
    return layers[layer].wrap(bytes, out);
}

bool layer_unwrap(int layer, struct span *bytes) {
    return layers[layer].unwrap(bytes);
}
