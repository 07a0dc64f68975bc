/*
 * dns.h: messages of the domain name system, RFC 1035 §4 and RFC 3596
 *
 *   | header 12 | question | answers | authority | additional |
 *
 *   header   | ID 2 | flags 2 | QDCOUNT 2 | ANCOUNT 2 | NSCOUNT 2 | ARCOUNT 2 |
 *   flags    | QR 1 | Opcode 4 | AA TC RD RA 1 each | Z 3 | RCODE 4 |   bits
 *   question | name | type 2 | class 2 |
 *   record   | name | type 2 | class 2 | TTL 4 | RDLENGTH 2 | RDATA |
 *
 * Query and reply have one format. A message is one datagram, so a missing part
 * never arrives: for a reader of datagrams, the result 0 is an error, too.
 * Introduced in udp/209_dns.c.
 */
#ifndef PACKETS_DNS_H
#define PACKETS_DNS_H

#include "packets/address.h"
#include "packets/buf.h"
#include "packets/dns_code.h"
#include "packets/dns_name.h"

#define DNS_HEADER 12
#define DNS_MAX_UDP 512 /* bytes, RFC 1035 §4.2.1: without EDNS no more */

#define DNS_LIMITS(X)                                                          \
    X(LIMIT_DNS_RECORDS, 32, "", "records in a message: DNS_ERR_COUNT")        \
    X(LIMIT_DNS_CHAIN, 8, "", "CNAMEs in a row: DNS_ERR_CHAIN")
enum dns_limits {
    DNS_LIMITS(LIMIT_ENUM)
};

struct dns_question {
    struct dns_name name;
    uint16_t type, class;
};

struct dns_record {
    struct dns_name name;
    uint16_t type, class;
    uint32_t ttl;           /* s */
    struct address address; /* of A and AAAA in the class IN */
    struct dns_name target; /* of CNAME, NS and PTR */
    struct span data;       /* of all others: bytes of the message; names in
                               them may have pointers */
};

enum {
    DNS_ANSWERS,
    DNS_AUTHORITY,
    DNS_ADDITIONAL,
    DNS_SECTIONS
};

struct dns_message {
    uint16_t id;
    bool is_response, is_authoritative, is_truncated;
    bool recursion_desired, recursion_available;
    uint8_t opcode; /* 0: a standard query */
    uint8_t z;      /* three bits; two of them are AD and CD of RFC 4035 */
    uint8_t rcode;
    uint8_t question_count; /* 0 or 1 */
    uint8_t counts[DNS_SECTIONS];
    struct dns_question question;
    struct dns_record records[LIMIT_DNS_RECORDS]; /* section by section */
};

/* Parses a whole message; *m borrows from bytes. Returns the bytes consumed; 0:
 * there are fewer records than the counts say; or a negative dns_error. ID and
 * flags are set if there is a header, and 0 if there is none. */
int dns_parse(struct span bytes, struct dns_message *m);

/* Appends m, with compressed names, in at most max bytes (65 535 or less) and
 * as many as out takes. A record that does not fit is left out with all that
 * follow, and TC is set; an OPT record stays. False, and nothing was appended:
 * header, question and OPT alone do not fit. */
bool dns_write(struct buf *out, const struct dns_message *m, size_t max);

/* Returns how many records m has in all sections. */
int dns_record_count(const struct dns_message *m);

/* Follows the CNAMEs of *name among n records, and sets *name to the canonical
 * name, the last one. Returns how many CNAMEs there were, or DNS_ERR_CHAIN. */
int dns_follow(const struct dns_record *records, int n, struct dns_name *name);

/* Returns a record among the answers of m that has the type of m's question and
 * its canonical name; NULL: there is none, or the CNAMEs go in a circle. */
const struct dns_record *dns_answer(const struct dns_message *m);

/* Does each have one question, and is it the same? */
bool dns_question_equal(const struct dns_message *a,
                        const struct dns_message *b);

#define DNS_RECORD_MAX (2 * DNS_TEXT_MAX + DNS_WORD_MAX + 2)

/* Writes "host.example A 192.0.2.10": name, type and data of a record; the data
 * of other types as "3 bytes". Returns text. */
char *dns_record_text(const struct dns_record *r, char text[DNS_RECORD_MAX]);

#endif
