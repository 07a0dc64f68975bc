/* flow.c: see packets/flow.h. Entry points: flow_follow, flow_text. */
#include "packets/flow.h"
#include "packets/ipv4.h"

#include <stdio.h>

static bool is_same_end(const struct address *a, uint16_t port,
                        const struct address *b, uint16_t other) {
    return port == other && address_equal(a, b);
}

/* Returns which end of f sent a packet of these ends, or -1: neither. */
static int sender(const struct flow *f, const struct ends *e) {
    const struct ends *g = &f->ends;
    if (g->protocol != e->protocol) return -1;
    if (is_same_end(&g->source, g->source_port, &e->source, e->source_port) &&
        is_same_end(&g->destination, g->destination_port, &e->destination,
                    e->destination_port))
        return 0;
    if (is_same_end(&g->source, g->source_port, &e->destination,
                    e->destination_port) &&
        is_same_end(&g->destination, g->destination_port, &e->source,
                    e->source_port))
        return 1;
    return -1;
}

/* A SYN with another number begins a new connection between the same ends. */
static bool is_new_connection(const struct flow *f, int from,
                              const struct dissection *d) {
    if (d->protocol != IP_TCP) return false;
    if ((d->segment.flags & (SEGMENT_SYN | SEGMENT_ACK)) != SEGMENT_SYN)
        return false;
    return f->end[from].is_known && f->end[from].first != d->segment.seq;
}

/* Returns the flow of a packet, begun if there is none, and the end that sent
 * it. */
static struct flow *find(struct flows *flows, const struct dissection *d,
                         int *from) {
    unsigned count = flows->begun < FLOW_MAX ? flows->begun : FLOW_MAX;
    for (unsigned i = 0; i < count; i++) {
        struct flow *f = &flows->flow[i];
        *from = sender(f, &d->ends);
        if (*from == -1) continue;
        if (!is_new_connection(f, *from, d)) return f;
        *f = (struct flow){.ends = d->ends};
        *from = 0;
        return f;
    }
    struct flow *f = &flows->flow[flows->begun++ % FLOW_MAX];
    *f = (struct flow){.ends = d->ends};
    *from = 0;
    return f;
}

/* RFC 9293 §3.4: SYN and FIN take one sequence number each, as a byte does. */
static uint32_t sequence_length(const struct dissection *d) {
    uint8_t flags = d->segment.flags;
    return d->data_len + !!(flags & SEGMENT_SYN) + !!(flags & SEGMENT_FIN);
}

/* RFC 9293 §3.4: numbers wrap, so only differences can be compared. */
static bool is_before(uint32_t a, uint32_t b) {
    return (int32_t)(a - b) < 0;
}

/* If no packet of this end was captured, ack is taken for the number after its
 * SYN. */
static uint32_t relative_ack(struct flow_end *end, uint32_t ack) {
    if (!end->is_known)
        *end =
            (struct flow_end){.is_known = true, .first = ack - 1, .next = ack};
    return ack - end->first;
}

static void follow_segment(struct flow *f, const struct dissection *d,
                           struct flow_step *step) {
    const struct segment *s = &d->segment;
    int from = step->from;
    uint32_t n = sequence_length(d);
    struct flow_end *end = &f->end[from];
    if (!end->is_known)
        *end = (struct flow_end){
            .is_known = true, .first = s->seq, .next = s->seq};
    uint32_t next = end->next;
    bool is_reset = s->flags & SEGMENT_RST;
    step->seq = s->seq - end->first;
    if (s->flags & SEGMENT_ACK)
        step->ack = relative_ack(&f->end[!from], s->ack);
    step->is_probe =
        n == 0 && !is_reset && s->seq == next - 1 && next != end->first;
    step->is_retransmission = n > 0 && !is_before(next, s->seq + n);
    if (is_before(next, s->seq + n)) end->next = s->seq + n;
}

void flow_follow(struct flows *flows, const struct dissection *d,
                 struct flow_step *step) {
    *step = (struct flow_step){0};
    struct flow *f = find(flows, d, &step->from);
    if (d->protocol == IP_TCP) follow_segment(f, d, step);
}

/* Appends " NAME NUMBER" to a text that has space for it. */
static void append_number(char *text, const char *name, uint32_t number) {
    size_t n = strlen(text);
    snprintf(text + n, FLOW_TEXT_MAX - n, " %s %u", name, (unsigned)number);
}

static void append_word(char *text, const char *word) {
    size_t n = strlen(text);
    snprintf(text + n, FLOW_TEXT_MAX - n, " %s", word);
}

static void segment_text(const struct dissection *d,
                         const struct flow_step *step, char *text) {
    const struct segment *s = &d->segment;
    bool is_reset = s->flags & SEGMENT_RST;
    bool has_numbers = sequence_length(d) > 0 || is_reset || step->is_probe;
    segment_flags_text(s->flags, text);
    if (has_numbers) append_number(text, "seq", step->seq);
    if (s->flags & SEGMENT_ACK) append_number(text, "ack", step->ack);
    if (d->data_len > 0) append_number(text, "len", d->data_len);
    if (s->window == 0 && !is_reset) append_word(text, "window 0");
    if (step->is_probe) append_word(text, "probe");
    if (step->is_retransmission) append_word(text, "again");
}

char *flow_text(const struct dissection *d, const struct flow_step *step,
                char text[FLOW_TEXT_MAX]) {
    char icmp[ICMP_TEXT_MAX];
    bool is_v6 = d->protocol == IP_ICMPV6;
    if (d->protocol == IP_TCP)
        segment_text(d, step, text);
    else if (d->protocol == IP_UDP)
        snprintf(text, FLOW_TEXT_MAX, "UDP len %u", (unsigned)d->data_len);
    else
        snprintf(text, FLOW_TEXT_MAX, "%s %s", is_v6 ? "ICMPv6" : "ICMP",
                 icmp_text(&d->icmp, is_v6, icmp));
    return text;
}
