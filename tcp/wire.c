/* wire.c: see tcp/wire.h. Entry points: wire_open, wire_close, wire_port,
 * wire_next; wire_open_remote, wire_handle. */
#include "tcp/wire.h"
#include "packets/ipv4.h"
#include "packets/pcap_writer.h"
#include "tcp/clock.h"
#include "tcp/network.h"
#include "tcp/options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

/* Begins to capture. On failure why has the reason. */
static void begin_capture(struct wire *w, char why[NETWORK_WHY_MAX]) {
    bool is_own = network_enter(why, NETWORK_WHY_MAX) == 0;
    w->is_captured = capture_open(&w->capture, "lo") == 0;
    w->is_shared = w->is_captured && !is_own;
    if (is_own && !w->is_captured)
        snprintf(why, NETWORK_WHY_MAX, "AF_PACKET: %s", strerror(errno));
}

/* Writes the file's header, or what was appended to out; frees out. */
static bool write_out(struct wire *w, struct buf *out) {
    bool is_good = fwrite(out->bytes, 1, out->end, w->pcap) == out->end;
    buf_free(out);
    return is_good;
}

static int open_file(struct wire *w, const char *path) {
    struct buf header = {.max = PCAP_WRITER_HEADER};
    if (!path) return 0;
    w->pcap = fopen(path, "wb");
    if (w->pcap && pcap_write_header(&header) && write_out(w, &header))
        return 0;
    options_report(path);
    return -1;
}

int wire_open(struct wire *w, const struct wire_options *options) {
    char why[NETWORK_WHY_MAX] = "as --modelled says";
    *w = (struct wire){.capture.fd = -1};
    if (!options->is_modelled) begin_capture(w, why);
    if (!w->is_captured) printf("wire: modelled (%s)\n", why);
    if (w->is_captured)
        printf("wire: captured (%s)\n",
               w->is_shared ? "shared loopback" : "own network");
    return open_file(w, options->pcap);
}

int wire_open_remote(struct wire *w, const struct wire_options *options,
                     const char *how, const char *why) {
    *w = (struct wire){.capture.fd = -1,
                       .is_captured = how != NULL,
                       .is_shared = true,
                       .is_remote = true};
    printf("wire: %s (%s)\n", how ? "captured" : "modelled", how ? how : why);
    return open_file(w, options->pcap);
}

int wire_close(struct wire *w) {
    struct captured frame;
    struct dissection d;
    while (w->pcap && wire_next(w, &frame, &d)) continue;
    capture_close(&w->capture);
    if (!w->pcap) return 0;
    bool is_good = !ferror(w->pcap);
    is_good = fclose(w->pcap) == 0 && is_good;
    w->pcap = NULL;
    if (!is_good) options_report("--pcap");
    return is_good ? 0 : -1;
}

/* The port is at the same place in the addresses of IPv4 and IPv6. */
void wire_port(struct wire *w, int fd) {
    struct sockaddr_in6 address = {.sin6_port = 0};
    socklen_t size = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &size) == 0 &&
        w->port_count < WIRE_PORTS)
        w->ports[w->port_count++] = ntohs(address.sin6_port);
}

static bool is_named(const struct wire *w, uint16_t port) {
    for (int i = 0; i < w->port_count; i++)
        if (w->ports[i] == port) return true;
    return false;
}

/* Selects TCP and UDP, by port on a shared loopback, and ICMP on an own
 * network. Other traffic, such as that of IPv6, is not part of the
 * experiment. */
static bool is_selected(const struct wire *w, const struct dissection *d) {
    bool has_ports = d->ends.protocol == IP_TCP || d->ends.protocol == IP_UDP;
    if (!w->is_shared) return has_ports || d->protocol == IP_ICMP;
    return has_ports && (is_named(w, d->ends.source_port) ||
                         is_named(w, d->ends.destination_port));
}

static void write_frame(struct wire *w, const struct captured *frame) {
    struct buf out = {.max = PCAP_WRITER_RECORD + PCAP_WRITER_SNAP};
    if (pcap_write_frame(&out, frame->time_ns / 1000, frame->bytes,
                         frame->length))
        write_out(w, &out);
}

bool wire_handle(struct wire *w, const struct captured *frame,
                 struct dissection *d) {
    if (dissect(frame->bytes, d) <= 0 || !is_selected(w, d)) return false;
    if (!w->is_remote) dissect_complete_checksum(d);
    if (w->pcap) write_frame(w, frame);
    return true;
}

bool wire_next(struct wire *w, struct captured *frame, struct dissection *d) {
    int64_t end = clock_ms() + WIRE_REST_MS;
    while (w->capture.fd != -1) {
        if (!capture_next(&w->capture, frame)) {
            if (clock_ms() >= end || !capture_wait(&w->capture, WIRE_QUIET_MS))
                return false;
        } else if (wire_handle(w, frame, d)) {
            return true;
        }
    }
    return false;
}
