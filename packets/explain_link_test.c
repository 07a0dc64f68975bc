/* explain_link_test.c: packets/explain_link.h against IEEE 802.3 §3.2.6, IEEE
 * 802.1Q §9.6 and RFC 826; explain_frame_test.c has whole frames */
#include "packets/explain_link.h"
#include "packets/explain_unit.h"

#define ADDRESSES "\x02\0\0\0\0\2\x02\0\0\0\0\1"

/* Explains a frame whose addresses are followed by these bytes. Returns the
 * type of the payload. */
static int explain(const char *bytes, size_t n) {
    char frame[100];
    memcpy(frame, ADDRESSES, 12);
    memcpy(frame + 12, bytes, n);
    explain_begin(frame, 12 + n, EXPLAIN_LINK);
    int type = explain_ethernet(&d);
    explain_finish();
    return type;
}

/* 0x0600 is the first one that is a type. */
static void a_number_below_1536_is_a_length(void) {
    static const struct {
        const char *bytes;
        size_t n;
        int type;
        const char *words;
    } cases[] = {
        {"\x06\0ab", 4, 0x600, ""},      {"\x05\xff", 2, -1, "a length"},
        {"\0\2ab", 4, -1, "a length"},   {"\0\0", 2, -1, "a length"},
        {"\x08\0", 2, 0x800, "IPv4"},    {"\x08\6", 2, 0x806, "ARP"},
        {"\x86\xdd", 2, 0x86dd, "IPv6"}, {"\xff\xff", 2, 0xffff, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        UNIT_INT(explain(cases[i].bytes, cases[i].n), cases[i].type);
        EXPLAIN_WORDS("Length/Type", cases[i].words);
        UNIT_INT(explain_has("MAC client data"),
                 cases[i].type == -1 && cases[i].bytes[1] != 0);
    }
}

static void a_type_that_is_cut_is_none(void) {
    UNIT_INT(explain("\x08", 1), -1);
    EXPLAIN_WORDS("Length/Type", "cut: 1 of 2 bytes are here");
    UNIT_INT(explain("", 0), -1);
    EXPLAIN_WORDS("Length/Type", "cut: 0 of 2 bytes are here");
    UNIT_INT(e.cut_count, 1);
}

static void a_tag_is_followed_by_another_type(void) {
    UNIT_INT(explain("\x81\0\xb0\7\x08\0", 6), 0x800);
    EXPLAIN_WORDS("TPID", "VLAN tag");
    EXPLAIN_WORDS("Length/Type", "IPv4");
    static const struct {
        const char *name;
        uint64_t number;
    } tag[] = {{"PCP", 5}, {"DEI", 1}, {"VID", 7}};
    for (size_t i = 0; i < 3; i++) {
        const struct explain_field *f = explain_field(&e, 4 + i);
        UNIT_TEXT(f->name, strlen(f->name), tag[i].name);
        UNIT_INT(f->number, tag[i].number);
        UNIT_TEXT(f->section, strlen(f->section), "IEEE 802.1Q §9.6");
    }
    UNIT_INT(explain("\x88\xa8\0\1\x81\0\0\2\x86\xdd", 10), 0x86dd);
    EXPLAIN_WORDS("TPID", "VLAN tag, another follows");
    UNIT_INT(explain("\x81\0\0\1", 4), -1); /* no type follows */
    UNIT_INT(explain("\x81\0\0\1\0\1x", 7), -1);
    EXPLAIN_WORDS("Length/Type", "a length");
}

/* The length of the header, and where the rest is. */
static void the_header_ends_before_the_payload(void) {
    explain("\x08\0abc", 5);
    const struct explain_field *header = explain_field(&e, 0);
    UNIT_TEXT(header->name, strlen(header->name), "Ethernet");
    UNIT_INT(header->bits, 14 * 8);
    UNIT_INT(explain_field(&e, 4)->depth, 0);
    EXPLAIN_WORDS("padding", "");
    explain("\0\2abcd", 6); /* a length of 2: the other two are padding */
    UNIT_TRUE(strstr(explain_all(), "|MAC client data=ab|padding=cd|") != NULL);
}

#define ARP_BYTES                                                              \
    "\0\1\x08\0\6\4\0\1\x02\0\0\0\0\1\x0a\0\0\1\0\0\0\0\0\0\x0a\0\0\2"

static void explain_arp_with(size_t at, char value) {
    char bytes[] = ARP_BYTES "x";
    bytes[at] = value;
    explain_begin(bytes, sizeof bytes - 1, EXPLAIN_LINK);
    explain_arp(&d);
    dissector_bytes(&d, 1, "after");
    explain_finish();
}

static void arp_names_spaces_and_addresses(void) {
    explain_arp_with(0, 0);
    EXPLAIN_WORDS("Hardware address space", "Ethernet");
    EXPLAIN_WORDS("Protocol address space", "IPv4");
    EXPLAIN_WORDS("Opcode", "request");
    EXPLAIN_WORDS("Hardware address of sender", "02:00:00:00:00:01");
    EXPLAIN_WORDS("Protocol address of sender", "10.0.0.1");
    EXPLAIN_WORDS("Hardware address of target", "00:00:00:00:00:00");
    EXPLAIN_WORDS("Protocol address of target", "10.0.0.2");
    UNIT_INT(explain_field(&e, 0)->bits, 28 * 8);
    UNIT_INT(explain_field(&e, explain_count(&e) - 1)->depth, 0);
    explain_arp_with(7, 2);
    EXPLAIN_WORDS("Opcode", "reply");
    UNIT_INT(e.wrong_count, 0);
}

static void arp_marks_lengths_that_do_not_fit(void) {
    explain_arp_with(4, 5);
    EXPLAIN_WORDS("Length of each hardware address",
                  "Ethernet has addresses of 6 bytes");
    UNIT_INT(e.wrong_count, 1);
    explain_arp_with(5, 3);
    EXPLAIN_WORDS("Length of each protocol address",
                  "IPv4 has addresses of 4 bytes");
    UNIT_INT(e.wrong_count, 1);
    explain_arp_with(1, 6); /* IEEE 802 networks: no rule that we know */
    EXPLAIN_WORDS("Hardware address space", "");
    EXPLAIN_WORDS("Hardware address of sender", "");
    UNIT_INT(e.wrong_count, 0);
}

UNIT_MAIN("packets/explain_link", UNIT_TEST(a_number_below_1536_is_a_length),
          UNIT_TEST(a_type_that_is_cut_is_none),
          UNIT_TEST(a_tag_is_followed_by_another_type),
          UNIT_TEST(the_header_ends_before_the_payload),
          UNIT_TEST(arp_names_spaces_and_addresses),
          UNIT_TEST(arp_marks_lengths_that_do_not_fit), UNIT_TEST(explain_end))
