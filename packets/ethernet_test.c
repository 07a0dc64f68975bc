/* ethernet_test.c: packets/ethernet.h against IEEE 802.3 and 802.1Q */
#include "packets/ethernet.h"
#include "packets/unit.h"

#define MACS "\xff\xff\xff\xff\xff\xff\x02\x00\x00\x00\x00\x01"
#define TAG "\x81\x00\x00\x05"

static int parse(struct ethernet *e, const char *bytes, size_t n) {
    uint8_t *exact = unit_exact(bytes, n);
    int got = ethernet_parse((struct span){exact, n}, e);
    free(exact);
    return got;
}

static void parses_a_broadcast_frame(void) {
    struct ethernet e;
    UNIT_INT(parse(&e, MACS "\x08\x06 arp", 18), 14);
    UNIT_INT(memcmp(e.destination, "\xff\xff\xff\xff\xff\xff", 6), 0);
    UNIT_INT(memcmp(e.source, "\x02\x00\x00\x00\x00\x01", 6), 0);
    UNIT_INT(e.type, ETHERNET_ARP);
    UNIT_INT(e.vlan_count, 0);
}

/* One more than four is refused, before its last bytes have arrived. */
static void skips_up_to_four_vlan_tags(void) {
    static const struct {
        const char *bytes;
        size_t n;
        int size, vlans;
        uint16_t type;
    } cases[] = {
        {MACS "\x86\xdd", 14, 14, 0, ETHERNET_IPV6},
        {MACS TAG "\x08\x00", 18, 18, 1, ETHERNET_IPV4},
        {MACS "\x88\xa8\x00\x07" TAG "\x08\x00", 22, 22, 2, ETHERNET_IPV4},
        {MACS TAG TAG TAG TAG "\x08\x00", 30, 30, 4, ETHERNET_IPV4},
        {MACS TAG TAG TAG TAG "\x00\x2e", 30, 30, 4, 46}, /* a length */
        {MACS TAG TAG TAG TAG "\x81\x00", 30, ETHERNET_ERR_VLANS, 4, 0x8100},
        {MACS TAG TAG TAG TAG TAG "\x08\x00", 34, ETHERNET_ERR_VLANS, 4,
         0x8100},
    };
    struct ethernet e;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        UNIT_INT(parse(&e, cases[i].bytes, cases[i].n), cases[i].size);
        UNIT_INT(e.vlan_count, cases[i].vlans);
        UNIT_INT(e.type, cases[i].type);
        for (int n = 0; n < cases[i].size; n++)
            UNIT_INT(parse(&e, cases[i].bytes, (size_t)n), 0);
    }
}

static void reads_what_it_wrote(void) {
    struct ethernet e = {.destination = {1, 2, 3, 4, 5, 6},
                         .source = {7, 8, 9, 10, 11, 12},
                         .type = ETHERNET_IPV6},
                    again;
    struct buf out = {.max = 15};
    UNIT_TRUE(buf_text(&out, "x")); /* it appends */
    UNIT_TRUE(ethernet_write(&out, &e));
    UNIT_TEXT(buf_view(&out).data, out.end,
              "x\1\2\3\4\5\6\7\10\11\12\13\14\x86\xdd");
    UNIT_INT(parse(&again, (char *)out.bytes + 1, 14), 14);
    UNIT_INT(memcmp(again.destination, e.destination, 6), 0);
    UNIT_INT(memcmp(again.source, e.source, 6), 0);
    UNIT_INT(again.type, e.type);
    UNIT_FALSE(ethernet_write(&out, &e));
    UNIT_INT(out.end, 15); /* and nothing was appended */
    buf_free(&out);
}

UNIT_MAIN("packets/ethernet", UNIT_TEST(parses_a_broadcast_frame),
          UNIT_TEST(skips_up_to_four_vlan_tags), UNIT_TEST(reads_what_it_wrote))
