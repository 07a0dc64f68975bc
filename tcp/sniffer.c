/* sniffer.c: see tcp/sniffer.h. Entry points: sniffer_open, sniffer_see,
 * sniffer_close. */
#include "tcp/sniffer.h"
#include "packets/explain_frame.h"
#include "packets/explain_text.h"
#include "packets/frame_text.h"
#include "packets/pcap_writer.h"
#include "tcp/options.h"

/* Writes out to the file, and frees out. A failed write sets the error flag of
 * the file, which sniffer_close checks. */
static void write_out(struct sniffer *s, struct buf *out) {
    fwrite(out->bytes, 1, out->end, s->pcap);
    buf_free(out);
}

int sniffer_open(struct sniffer *s) {
    struct buf header = {.max = PCAP_WRITER_HEADER};
    if (!s->path) return 0;
    s->pcap = fopen(s->path, "wb");
    if (!s->pcap || !pcap_write_header(&header)) return options_report(s->path);
    write_out(s, &header);
    return 0;
}

static void print_frame(const struct sniffer *s, const struct lan *l,
                        const struct lan_event *e) {
    char text[FRAME_TEXT_MAX], macs[FRAME_TEXT_MACS_MAX] = "", between[40];
    if (s->has_macs) frame_text_macs(e->bytes, macs);
    snprintf(between, sizeof between, "%s > %s", l->port[e->from].name,
             l->port[e->to].name);
    printf("%9.6f %-11s  %s%s%s\n", (double)e->time_us / 1e6, between, macs,
           macs[0] ? "  " : "", frame_text(e->bytes, text));
}

enum {
    MAX_EXPLANATION = 1 << 18 /* bytes, far more than a frame needs */
};

static void explain(struct span frame) {
    struct explain e;
    struct dissector d;
    struct explain_packet p;
    struct explain_text_options options = {.has_dump = false};
    struct buf text = {.max = MAX_EXPLANATION};
    explain_init(&e, MAX_EXPLANATION);
    dissector_begin(&d, &e, frame, EXPLAIN_LINK, "data");
    explain_frame(&d, &p);
    dissector_finish(&d);
    explain_text_write(&text, &e, &options);
    fwrite(text.bytes, 1, text.end, stdout);
    buf_free(&text);
    explain_free(&e);
}

void sniffer_see(struct sniffer *s, const struct lan *l,
                 const struct lan_event *e) {
    struct buf record = {.max = PCAP_WRITER_RECORD + LAN_MAX_FRAME};
    if (e->bytes.len == 0) return;
    s->seen++;
    if (!s->is_quiet) print_frame(s, l, e);
    if (s->seen == s->explained) explain(e->bytes);
    if (!s->pcap) return;
    pcap_write_frame(&record, e->time_us, e->bytes, (uint32_t)e->bytes.len);
    write_out(s, &record);
}

int sniffer_close(struct sniffer *s) {
    if (!s->pcap) return 0;
    int failed = ferror(s->pcap) | fclose(s->pcap);
    s->pcap = NULL;
    return failed ? options_report(s->path) : 0;
}
