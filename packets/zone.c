/* zone.c: see packets/zone.h. Entry point: zone_answer, which parses the query,
 * turns it into a reply in place, and looks its name up. */
#include "packets/zone.h"

#include <assert.h>

static struct dns_name name_from(const char *text) {
    struct dns_name name;
    int result = dns_name_from(&name, text);
    assert(result == 0); /* the table is our own */
    (void)result;
    return name;
}

/* Adds a record to the answers and returns it, or NULL: there is no space, and
 * the reply is truncated. One record is left for OPT. */
static struct dns_record *add_record(struct dns_message *m) {
    if (m->counts[DNS_ANSWERS] < LIMIT_DNS_RECORDS - 1)
        return &m->records[m->counts[DNS_ANSWERS]++];
    m->is_truncated = true;
    return NULL;
}

/* Adds a row of the table to the answers. */
static void add_row(struct dns_message *m, const struct zone *z,
                    const struct zone_row *row) {
    int i = 0;
    do {
        struct dns_record *r = add_record(m);
        if (!r) return;
        *r = (struct dns_record){
            .type = row->type, .class = DNS_IN, .ttl = z->ttl};
        r->name = name_from(row->name);
        if (row->type == DNS_CNAME)
            r->target = name_from(row->data);
        else if (address_parse(&r->address, row->data))
            r->address.bytes[r->address.len - 1] += (uint8_t)i;
    } while (++i < row->count);
}

/* Adds the rows of name that have the type of the question. Returns the row of
 * a CNAME to follow, or NULL. *exists: is there this name, of any type? */
static const struct zone_row *add_rows(struct dns_message *m,
                                       const struct zone *z,
                                       const struct dns_name *name,
                                       bool *exists) {
    const struct zone_row *alias = NULL;
    *exists = false;
    for (const struct zone_row *row = z->rows; row->name; row++) {
        struct dns_name of_row = name_from(row->name);
        /* RFC 4592 §2.2.2: a name exists if one below it does. */
        if (dns_name_is_within(&of_row, name)) *exists = true;
        if (!dns_name_equal(&of_row, name)) continue;
        /* RFC 1034 §3.6.2: a query of type CNAME does not follow it. */
        if (row->type == m->question.type)
            add_row(m, z, row);
        else if (row->type == DNS_CNAME)
            alias = row;
    }
    return alias;
}

/* RFC 1034 §4.3.2, step 3: adds the answers, and follows CNAMEs. */
static void look_up(struct dns_message *m, const struct zone *z) {
    struct dns_name name = m->question.name, origin = name_from(z->origin);
    for (int links = 0; links <= LIMIT_DNS_CHAIN; links++) {
        bool exists, is_ours = dns_name_is_within(&name, &origin);
        if (!is_ours && links == 0) m->rcode = DNS_REFUSED;
        if (!is_ours) return; /* the client queries that zone's servers */
        m->is_authoritative = true;
        const struct zone_row *alias = add_rows(m, z, &name, &exists);
        /* RFC 6604 §3: the code is that of the last name.
         * RFC 2308 §3: not enforced: NXDOMAIN has no SOA record here, so that
         * resolvers do not cache it. */
        if (!exists) m->rcode = DNS_NXDOMAIN;
        if (!alias) return;
        add_row(m, z, alias);
        name = name_from(alias->data);
    }
    m->rcode =
        DNS_SERVFAIL; /* RFC 1034 §3.6.2: an error, not an endless loop */
    m->counts[DNS_ANSWERS] = 0;
}

/* RFC 6891 §6.1.1: a query with OPT gets a reply with OPT. Here its payload
 * size is that of DNS without EDNS. */
static void add_opt(struct dns_message *m, uint32_t version) {
    struct dns_record *r = &m->records[m->counts[DNS_ANSWERS]];
    m->counts[DNS_ADDITIONAL] = 1;
    /* RFC 6891 §6.1.3: BADVERS, 16, has its upper bits in the TTL. */
    *r = (struct dns_record){.name = name_from("."),
                             .type = DNS_OPT,
                             .class = DNS_MAX_UDP,
                             .ttl = version > 0 ? 1u << 24 : 0};
}

/* Returns how many OPT records a query has; *opt is the first one, or NULL. */
static int count_opt(const struct dns_message *m,
                     const struct dns_record **opt) {
    int count = 0;
    *opt = NULL;
    for (int i = 0; i < dns_record_count(m); i++)
        if (m->records[i].type == DNS_OPT && count++ == 0)
            *opt = &m->records[i];
    return count;
}

bool zone_answer(const struct zone *z, struct span query, struct buf *out) {
    struct dns_message m;
    int n = dns_parse(query, &m);
    /* A reply to a reply could cause another one, and so on in a loop. */
    if (query.len < DNS_HEADER || m.is_response) return false;
    const struct dns_record *opt = NULL;
    int opt_count = n > 0 ? count_opt(&m, &opt) : 0;
    uint32_t version = opt ? opt->ttl >> 16 & 255 : 0;
    bool is_understood = n > 0 && m.question_count == 1;

    /* RFC 1035 §4.1.1: ID, Opcode and RD are copied; Z is zero. */
    m.is_response = true;
    m.is_authoritative = m.is_truncated = m.recursion_available = false;
    m.z = m.rcode = 0;
    if (!is_understood) m.question_count = 0;
    memset(m.counts, 0, sizeof m.counts);
    if (m.opcode != 0) m.rcode = DNS_NOTIMP;
    /* RFC 6891 §6.1.1: two OPT records or more MUST be refused: FORMERR. */
    else if (!is_understood || opt_count > 1)
        m.rcode = DNS_FORMERR;
    else if (m.question.class != DNS_IN)
        m.rcode = DNS_REFUSED;
    else if (version == 0)
        look_up(&m, z);
    if (opt) add_opt(&m, version);
    return dns_write(out, &m, DNS_MAX_UDP);
}
