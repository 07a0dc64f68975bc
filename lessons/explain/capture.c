/* capture.c: see capture.h. Its memory does not grow with the file.
 *
 *   pcap_parse    a packet
 *   streams_add   the place of its data in a stream
 *   explain_...   its headers, and the messages that end in it
 *
 * A connection that makes space for another one loses what it kept. */
#include "capture.h"
#include "packets/explain_dns.h"
#include "packets/explain_frame.h"
#include "packets/pcap.h"
#include "packets/streams.h"
#include "socketio/explain_stream.h"
#include "tcp/clock.h"
#include "tcp/options.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    CONNECTIONS = 1024, /* that are followed at the same time */
    BLOCKS = 256, /* of STREAMS_BLOCK bytes, for segments that arrive early */
    TITLE = 240,  /* bytes */
    PROGRESS_MS = 1000,
    LINK_ETHERNET = 1, /* tcpdump.org/linktypes.html */
    LINK_RAW = 101,
    LINK_IPV4 = 228,
    LINK_IPV6 = 229,
};

static struct output *out;
static struct explain *e;
static struct streams streams;

/* The two streams of the connection in a slot. */
static struct {
    uint32_t number; /* of the connection, 0: none yet */
    struct explain_streams streams;
} connections[CONNECTIONS];
static size_t kept; /* bytes of messages that are not complete */

static struct {
    uint64_t packets, bytes, tcp, udp, icmp, other, messages;
    uint64_t in_order, again, early, far, missing; /* bytes of TCP */
} total;

/* --- streams --- */

static struct explain_streams *connection(const struct streams_piece *p) {
    struct explain_streams *c = &connections[p->slot].streams;
    if (connections[p->slot].number != p->number)
        explain_streams_reset(c, &kept);
    connections[p->slot].number = p->number;
    return c;
}

/* Writes "10.0.0.1:5000 > 10.0.0.2:80". */
static void name_stream(const struct streams_piece *p, char text[TITLE]) {
    char a[ADDRESS_TEXT_MAX], b[ADDRESS_TEXT_MAX];
    const struct ends *ends = streams_ends(&streams, p->slot);
    const struct address *from = p->from ? &ends->destination : &ends->source;
    const struct address *to = p->from ? &ends->source : &ends->destination;
    const char *form = from->len == 16 ? "[%s]:%u > [%s]:%u" : "%s:%u > %s:%u";
    snprintf(text, TITLE, form, address_text(from, a),
             p->from ? ends->destination_port : ends->source_port,
             address_text(to, b),
             p->from ? ends->source_port : ends->destination_port);
}

static void show_message(const struct streams_piece *p, uint64_t offset,
                         bool is_partial) {
    char title[2 * TITLE], stream[TITLE];
    total.messages++;
    name_stream(p, stream);
    snprintf(title, sizeof title,
             out->is_json ? "{\"stream\":\"%s\",\"offset\":%" PRIu64
                            ",\"length\":%zu,\"packet\":%" PRIu64 ",\"fields\":"
             : out->is_dot ? "// %s, byte %" PRIu64
                             ", %zu bytes, packet %" PRIu64 "\n"
                           : "stream %s, from byte %" PRIu64
                             " on, %zu bytes up to packet %" PRIu64 "\n",
             stream, offset, e->input.len, total.packets);
    output_explanation(out, e, title, is_partial);
}

static void show_missing(const struct streams_piece *p) {
    char stream[TITLE], text[2 * TITLE];
    if (out->is_dot) return;
    name_stream(p, stream);
    snprintf(text, sizeof text,
             out->is_json ? "{\"stream\":\"%s\",\"offset\":%" PRIu64
                            ",\"missing\":%" PRIu64 "}\n"
                          : "stream %s, from byte %" PRIu64 " on, %" PRIu64
                            " bytes are missing\n\n",
             stream, p->offset, p->len);
    buf_text(&out->bytes, text);
}

static void show_kept(struct explain_streams *c,
                      const struct streams_piece *p) {
    uint64_t offset;
    while (explain_stream_next(c, p->from, e, &offset))
        show_message(p, offset, c->is_partial);
}

/* Explains a piece of a stream that is not, or not only, in the packet. */
static void piece(const struct streams_piece *p) {
    uint64_t offset;
    if (p->kind == STREAMS_DATA) total.in_order += p->len;
    if (p->kind == STREAMS_MISSING) {
        total.missing += p->len;
        out->status = 1;
    }
    if (out->is_summary) return;
    struct explain_streams *c = connection(p);
    if (p->kind == STREAMS_DATA) {
        explain_stream_add(c, p->from, p->data);
        show_kept(c, p);
        return;
    }
    if (explain_stream_missing(c, p->from, p->len, e, &offset))
        show_message(p, offset, false);
    if (p->kind == STREAMS_MISSING) show_missing(p);
}

/* --- packets --- */

/* A packet and the first piece of a stream that it completes, if any. */
struct step {
    struct dissection packet;
    bool is_tcp, has_piece;
    enum streams_place place;
    struct streams_piece piece;
};

static void count(const struct step *s, int headers) {
    bool is_known = headers > 0;
    total.tcp += s->is_tcp;
    total.udp += is_known && s->packet.protocol == IP_UDP;
    total.icmp += is_known && (s->packet.protocol == IP_ICMP ||
                               s->packet.protocol == IP_ICMPV6);
    total.other += !is_known;
    if (!s->is_tcp) return;
    uint32_t n = s->packet.data_len;
    total.again += s->place == STREAMS_OLD ? n : 0;
    total.early += s->place == STREAMS_EARLY ? n : 0;
    total.far += s->place == STREAMS_FAR ? n : 0;
}

static bool is_packet_of_ip(const struct pcap_packet *p) {
    return p->link_type == LINK_RAW || p->link_type == LINK_IPV4 ||
           p->link_type == LINK_IPV6;
}

/* Parses the headers, and finds the place of a segment's data. */
static void follow(struct step *s, const struct pcap_packet *p) {
    int headers = -1;
    if (p->link_type == LINK_ETHERNET)
        headers = dissect(p->captured, &s->packet);
    else if (is_packet_of_ip(p))
        headers = dissect_packet(p->captured, &s->packet);
    s->is_tcp = headers > 0 && s->packet.protocol == IP_TCP;
    s->has_piece = false;
    if (s->is_tcp) {
        s->place = streams_add(&streams, &s->packet);
        s->has_piece = streams_next(&streams, &s->piece);
    }
    count(s, headers);
}

static void explain_unused(struct dissector *d, const char *words) {
    dissector_bytes(d, dissector_left(d).len, "data");
    dissector_note(d, words);
}

/* Explains the data of a segment, which is what is visible. Returns its
 * connection if the piece in s was used, otherwise NULL. */
static struct explain_streams *segment(struct dissector *d, struct step *s) {
    struct span left = dissector_left(d);
    const struct streams_piece *p = &s->piece;
    bool is_here = s->has_piece && p->kind == STREAMS_DATA &&
                   p->data.data >= left.data &&
                   p->data.data + p->data.len == left.data + left.len;
    if (left.len == 0) return NULL;
    if (is_here) {
        struct explain_streams *c = connection(p);
        if (left.len > p->data.len) {
            dissector_bytes(d, left.len - p->data.len, "data");
            dissector_note(d, "was captured before");
        }
        explain_stream_segment(c, p->from, d);
        return c;
    }
    if (s->place == STREAMS_OLD) explain_unused(d, "was captured before");
    if (s->place == STREAMS_EARLY)
        explain_unused(d, "bytes before it are missing");
    if (s->place == STREAMS_FAR)
        explain_unused(d, "too far from other segments");
    return NULL;
}

/* Explains the headers and the data of a packet. */
static struct explain_streams *explain(struct dissector *d, struct step *s,
                                       const struct pcap_packet *p) {
    struct explain_packet ip;
    bool has_data = false;
    if (p->link_type == LINK_ETHERNET)
        has_data = explain_frame(d, &ip);
    else if (is_packet_of_ip(p))
        has_data = explain_packet(d, &ip);
    if (!has_data) return NULL;
    bool is_dns = ip.source_port == EXPLAIN_DNS_PORT ||
                  ip.destination_port == EXPLAIN_DNS_PORT;
    if (ip.protocol == IP_UDP && is_dns && dissector_left(d).len > 0)
        explain_dns(d);
    return s->is_tcp && ip.protocol == IP_TCP ? segment(d, s) : NULL;
}

static void make_title(const struct pcap_packet *p, char text[TITLE]) {
    snprintf(text, TITLE,
             out->is_json ? "{\"packet\":%" PRIu64 ",\"time\":\"%" PRIu64
                            ".%09" PRIu64 "\",\"length\":%u,\"fields\":"
             : out->is_dot ? "// packet %" PRIu64 ", %" PRIu64 ".%09" PRIu64
                             " s, %u bytes\n"
                           : "packet %" PRIu64 ", %" PRIu64 ".%09" PRIu64
                             " s, %u bytes\n",
             total.packets, p->time_ns / 1000000000, p->time_ns % 1000000000,
             p->wire_len);
}

/* Returns the connection whose piece is in the packet. */
static struct explain_streams *show_packet(struct step *s,
                                           const struct pcap_packet *p) {
    struct dissector d;
    char title[TITLE] = "";
    dissector_begin(&d, e, p->captured, EXPLAIN_APPLICATION, "data");
    struct explain_streams *c = explain(&d, s, p);
    if (!dissector_finish(&d)) {
        fputs("explain: too many fields; the last ones are missing\n", stderr);
        out->status = 1;
    }
    bool is_shown = !out->is_check || e->wrong_count + e->cut_count > 0;
    if (is_shown) make_title(p, title);
    output_explanation(out, e, title, c && c->is_partial);
    return c;
}

static void packet(const struct pcap_packet *p) {
    struct step s;
    struct explain_streams *c = NULL;
    total.packets++;
    total.bytes += p->captured.len;
    follow(&s, p);
    if (!out->is_summary) c = show_packet(&s, p);
    if (c) {
        total.in_order += s.piece.len;
        show_kept(c, &s.piece);
    } else if (s.has_piece) {
        piece(&s.piece);
    }
    while (s.has_piece && streams_next(&streams, &s.piece)) piece(&s.piece);
}

/* --- the file --- */

/* Prints a line on a terminal, at most once a second. */
static void progress(uint64_t offset) {
    static int64_t last_ms;
    static int is_terminal = -1;
    if (is_terminal == -1) is_terminal = isatty(STDERR_FILENO);
    int64_t now = is_terminal ? clock_ms() : 0;
    if (!is_terminal || now - last_ms < PROGRESS_MS) return;
    if (last_ms > 0)
        fprintf(stderr, "explain: %" PRIu64 " packets, %" PRIu64 " MB\n",
                total.packets, offset / 1000000);
    last_ms = now;
}

static int report(const char *file, const struct pcap *p, int error) {
    fprintf(stderr, "explain: %s, byte %" PRIu64 ": %s\n", file, p->offset,
            pcap_rule(error));
    return 1;
}

static int read_all(int fd, const char *file) {
    static uint8_t bytes[2 * PCAP_MAX_STEP];
    struct pcap p;
    struct pcap_packet captured;
    size_t start = 0, end = 0;
    pcap_init(&p);
    for (;;) {
        bool is_packet;
        ssize_t n = pcap_parse(&p, (struct span){bytes + start, end - start},
                               &is_packet, &captured);
        if (n < 0) return report(file, &p, (int)n);
        start += (size_t)n;
        if (n > 0 && is_packet) packet(&captured);
        if (n > 0) continue;
        memmove(bytes, bytes + start, end - start);
        end -= start;
        start = 0;
        progress(p.offset);
        n = read(fd, bytes + end, sizeof bytes - end);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return options_report(file) + 1;
        if (n == 0) break;
        end += (size_t)n;
    }
    int error = pcap_end(&p, end);
    return error < 0 ? report(file, &p, error) : 0;
}

static void summarise(void) {
    const struct {
        const char *name;
        uint64_t value;
    } rows[] = {{"packets", total.packets},
                {"bytes", total.bytes},
                {"TCP segments", total.tcp},
                {"UDP datagrams", total.udp},
                {"ICMP messages", total.icmp},
                {"other packets", total.other},
                {"TCP connections", streams.begun},
                {"bytes in order", total.in_order},
                {"bytes captured again", total.again},
                {"bytes that arrived early", total.early},
                {"bytes too far from others", total.far},
                {"bytes missing", total.missing},
                {"fields that break a rule", out->wrong_count},
                {"fields that are cut", out->cut_count}};
    size_t n = sizeof rows / sizeof *rows - (out->is_summary ? 2 : 0);
    for (size_t i = 0; i < n; i++)
        printf(out->is_json ? "%s\"%s\":%" PRIu64 : "%s%-26s %" PRIu64 "\n",
               !out->is_json ? ""
               : i           ? ","
                             : "{",
               rows[i].name, rows[i].value);
    if (out->is_json) puts("}");
}

int capture_explain(int fd, const char *file, struct output *o,
                    struct explain *explanation) {
    struct streams_piece p;
    out = o;
    e = explanation;
    if (!streams_init(&streams, CONNECTIONS, BLOCKS))
        return options_report("memory");
    buf_init(&o->bytes, BUF_MAX);
    int status = read_all(fd, file);
    streams_end(&streams);
    while (streams_next(&streams, &p)) piece(&p);
    for (uint32_t i = 0; i < CONNECTIONS; i++) {
        for (p.from = 0; p.from < 2 && connections[i].number > 0; p.from++) {
            uint64_t offset;
            p.slot = i;
            if (explain_stream_missing(&connections[i].streams, p.from, 0, e,
                                       &offset))
                show_message(&p, offset, false);
        }
        explain_streams_reset(&connections[i].streams, &kept);
    }
    output_flush(o);
    if (o->is_summary || o->is_check) summarise();
    streams_free(&streams);
    return status;
}
