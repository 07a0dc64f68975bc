/* reassembly.c: see packets/reassembly.h. Entry points: reassembly_add,
 * reassembly_expire. */
#include "packets/reassembly.h"

enum {
    MAX_DATA = 65535 - IPV4_HEADER,
    UNIT = 8,          /* bytes: what offsets count in */
    MAX_QUOTED = 1024, /* bytes of data: more than an ICMP error quotes */
};

void reassembly_init(struct reassembly *r) {
    for (int i = 0; i < REASSEMBLY_MAX; i++)
        r->packet[i] = (struct reassembly_packet){.data.max = MAX_DATA};
    r->whole = (struct buf){.max = UINT16_MAX};
}

void reassembly_free(struct reassembly *r) {
    for (int i = 0; i < REASSEMBLY_MAX; i++) buf_free(&r->packet[i].data);
    buf_free(&r->whole);
}

static void release(struct reassembly_packet *p) {
    buf_free(&p->data);
    *p = (struct reassembly_packet){.data.max = MAX_DATA};
}

/* RFC 791 §3.2: the buffer identifier is made of source, destination, protocol
 * and identification. */
static bool is_same(const struct ipv4 *a, const struct ipv4 *b) {
    return address_equal(&a->source, &b->source) &&
           address_equal(&a->destination, &b->destination) &&
           a->protocol == b->protocol && a->identification == b->identification;
}

/* Returns the packet of a fragment, or begins one in a free place or that of
 * the oldest packet. */
static struct reassembly_packet *find(struct reassembly *r, int64_t now_us,
                                      const struct ipv4 *header) {
    struct reassembly_packet *place = &r->packet[0];
    for (int i = 0; i < REASSEMBLY_MAX; i++) {
        struct reassembly_packet *p = &r->packet[i];
        if (p->is_used && is_same(&p->header, header)) return p;
        if (!place->is_used) continue;
        if (!p->is_used || p->due_us < place->due_us) place = p;
    }
    release(place);
    place->is_used = true;
    place->header = *header;
    /* RFC 1122 §3.3.2: a fixed time from the first one that arrives. */
    place->due_us = now_us + REASSEMBLY_TIMEOUT_US;
    return place;
}

/* Drops the packet: its bytes now, and later fragments as they arrive. */
static int drop(struct reassembly_packet *p, int error) {
    buf_free(&p->data);
    p->is_dropped = true;
    return error;
}

/* Returns the first part that ends after this byte; part_count if none does. */
static int part_after(const struct reassembly_packet *p, uint32_t byte) {
    int i = 0;
    while (i < p->part_count && p->part[i].end <= byte) i++;
    return i;
}

/* Adds a run of bytes in front of part i, and joins it with its neighbours.
 * False: there is no space for one more. */
static bool add_part(struct reassembly_packet *p, int i, uint32_t start,
                     uint32_t end) {
    bool joins_before = i > 0 && p->part[i - 1].end == start;
    bool joins_after = i < p->part_count && p->part[i].start == end;
    if (joins_before && joins_after) {
        p->part[i - 1].end = p->part[i].end;
        p->part_count--;
        for (; i < p->part_count; i++) p->part[i] = p->part[i + 1];
    } else if (joins_before) {
        p->part[i - 1].end = end;
    } else if (joins_after) {
        p->part[i].start = start;
    } else {
        if (p->part_count == REASSEMBLY_MAX_PARTS) return false;
        for (int k = p->part_count++; k > i; k--) p->part[k] = p->part[k - 1];
        p->part[i] = (struct reassembly_part){start, end};
    }
    return true;
}

/* Copies data to its place. False: no memory. */
static bool store(struct reassembly_packet *p, uint32_t start,
                  struct span data) {
    uint32_t end = start + (uint32_t)data.len;
    if (end > p->data.end) {
        if (!buf_reserve(&p->data, end - p->data.end)) return false;
        p->data.end = end;
    }
    memcpy(p->data.bytes + start, data.data, data.len);
    return true;
}

/* Sets the end of the packet if this fragment has it. Returns 0, or an error:
 * fragments disagree about the end. */
static int check_end(struct reassembly_packet *p, const struct ipv4 *header,
                     uint32_t end) {
    if (!header->more_fragments) {
        uint32_t last = p->part_count > 0 ? p->part[p->part_count - 1].end : 0;
        if ((p->has_last && p->total != end) || last > end)
            return REASSEMBLY_ERR_END;
        p->has_last = true;
        p->total = end;
    }
    return p->has_last && end > p->total ? REASSEMBLY_ERR_END : 0;
}

/* RFC 791 §3.2: the header is that of the first fragment. */
static void keep_header(struct reassembly_packet *p,
                        const struct ipv4 *header) {
    if (header->fragment_offset > 0 || p->has_first) return;
    p->has_first = true;
    p->header = *header;
    if (header->options.len > 0)
        memcpy(p->options, header->options.data, header->options.len);
    p->header.options.data = p->options;
}

static bool is_whole(const struct reassembly_packet *p) {
    return p->has_last && p->part[0].start == 0 && p->part[0].end == p->total;
}

/* Adds a fragment to its packet. Returns a reassembly_result. */
static int add(struct reassembly_packet *p, const struct ipv4 *header,
               struct span data) {
    uint32_t start = header->fragment_offset, end = start + (uint32_t)data.len;
    int error = check_end(p, header, end);
    if (error < 0) return drop(p, error);
    int i = part_after(p, start);
    if (i < p->part_count && p->part[i].start < end) {
        /* RFC 5722 §4: if fragments overlap, all of the packet MUST be
         * discarded, also fragments that arrive later. RFC 8200 §4.5: exact
         * duplicates may be ignored. (The example in RFC 791 §3.2 takes the
         * later copy.) */
        bool is_inside = p->part[i].start <= start && end <= p->part[i].end;
        if (is_inside &&
            memcmp(p->data.bytes + start, data.data, data.len) == 0)
            return is_whole(p) ? REASSEMBLY_DONE : REASSEMBLY_DUPLICATE;
        return drop(p, REASSEMBLY_ERR_OVERLAP);
    }
    if (!store(p, start, data)) return REASSEMBLY_ERR_MEMORY;
    if (!add_part(p, i, start, end)) return drop(p, REASSEMBLY_ERR_PARTS);
    keep_header(p, header);
    return is_whole(p) ? REASSEMBLY_DONE : REASSEMBLY_MORE;
}

/* Writes the packet, of len bytes of data. False: no memory. */
static bool write_whole(struct reassembly *r, struct reassembly_packet *p,
                        uint32_t len, bool has_more) {
    struct ipv4 header = p->header;
    size_t header_len = IPV4_HEADER + header.options.len;
    header.total_length = (uint16_t)(header_len + len);
    header.more_fragments = has_more;
    buf_clear(&r->whole);
    return ipv4_write(&r->whole, &header) &&
           buf_append(&r->whole, p->data.bytes, len);
}

int reassembly_add(struct reassembly *r, int64_t now_us, struct span fragment,
                   struct span *packet) {
    struct ipv4 header;
    int n = ipv4_parse(fragment, &header);
    if (n <= 0 || !header.checksum_is_right ||
        fragment.len < header.total_length)
        return REASSEMBLY_ERR_PACKET;
    struct span data = ipv4_payload(fragment, &header, n);
    if (header.fragment_offset == 0 && !header.more_fragments) {
        *packet = (struct span){fragment.data, header.total_length};
        return REASSEMBLY_DONE;
    }
    /* RFC 791 §3.2: offsets count units of 8 bytes, so all fragments but the
     * last have a multiple of 8. An empty one would be no progress. */
    if ((header.more_fragments && data.len % UNIT != 0) || data.len == 0)
        return REASSEMBLY_ERR_LENGTH;
    struct reassembly_packet *p = find(r, now_us, &header);
    if (p->is_dropped) return REASSEMBLY_ERR_DROPPED;
    int result = add(p, &header, data);
    if (result != REASSEMBLY_DONE) return result;
    /* ipv4_parse accepts no fragment that ends beyond 65 535. But the options
     * of the first one may make the packet too long. */
    size_t total = IPV4_HEADER + p->header.options.len + p->total;
    if (total > UINT16_MAX) return drop(p, REASSEMBLY_ERR_END);
    bool is_written = write_whole(r, p, p->total, false);
    release(p);
    *packet = buf_view(&r->whole);
    return is_written ? REASSEMBLY_DONE : REASSEMBLY_ERR_MEMORY;
}

bool reassembly_expire(struct reassembly *r, int64_t now_us,
                       struct span *first) {
    *first = (struct span){NULL, 0};
    for (int i = 0; i < REASSEMBLY_MAX; i++) {
        struct reassembly_packet *p = &r->packet[i];
        if (!p->is_used || p->due_us > now_us) continue;
        /* RFC 1122 §3.3.2: Time Exceeded, if fragment zero has been
         * received. */
        uint32_t len =
            p->part[0].end < MAX_QUOTED ? p->part[0].end : MAX_QUOTED;
        if (p->has_first && !p->is_dropped && write_whole(r, p, len, true))
            *first = buf_view(&r->whole);
        release(p);
        return true;
    }
    return false;
}
