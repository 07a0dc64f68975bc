/* arp_test.c: packets/arp.h against RFC 826 */
#include "packets/arp.h"
#include "packets/unit.h"

/* Who has 10.0.0.2? Tell 10.0.0.1. */
static const char REQUEST[] = "\x00\x01\x08\x00\x06\x04\x00\x01"
                              "\x02\x00\x00\x00\x00\x01\x0a\x00\x00\x01"
                              "\x00\x00\x00\x00\x00\x00\x0a\x00\x00\x02";

static int parse(struct arp *a, const char *bytes, size_t n) {
    uint8_t *exact = unit_exact(bytes, n);
    int got = arp_parse((struct span){exact, n}, a);
    free(exact);
    return got;
}

static void parses_a_request(void) {
    struct arp a;
    char text[ADDRESS_TEXT_MAX], padded[46] = {0};
    memcpy(padded, REQUEST, 28);
    UNIT_INT(parse(&a, padded, 46), ARP_LENGTH); /* as Ethernet carries it */
    UNIT_INT(parse(&a, REQUEST, 28), ARP_LENGTH);
    UNIT_INT(a.operation, ARP_REQUEST);
    UNIT_INT(memcmp(a.sender_mac, "\x02\x00\x00\x00\x00\x01", 6), 0);
    UNIT_INT(memcmp(a.target_mac, "\x00\x00\x00\x00\x00\x00", 6), 0);
    address_text(&a.sender, text);
    UNIT_TEXT(text, strlen(text), "10.0.0.1");
    address_text(&a.target, text);
    UNIT_TEXT(text, strlen(text), "10.0.0.2");
    for (size_t n = 0; n < 28; n++) UNIT_INT(parse(&a, REQUEST, n), 0);
}

/* RFC 826, "Packet Reception" */
static void refuses_other_kinds_of_addresses(void) {
    static const struct {
        size_t at;
        char byte;
        int expected;
    } cases[] = {
        {0, 1, ARP_ERR_KIND}, /* hardware 257 */
        {1, 6, ARP_ERR_KIND}, /* hardware 6: IEEE 802 */
        {2, 9, ARP_ERR_KIND}, /* protocol 0900 */
        {3, 6, ARP_ERR_KIND}, /* protocol 0806 */
        {4, 5, ARP_ERR_KIND}, /* a MAC address of 5 bytes */
        {4, 8, ARP_ERR_KIND},
        {5, 16, ARP_ERR_KIND}, /* an IPv4 address of 16 bytes */
        {5, 0, ARP_ERR_KIND},
        {7, 2, ARP_LENGTH},  /* a reply */
        {7, 99, ARP_LENGTH}, /* an unknown operation has the same form */
    };
    struct arp a;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char bytes[28];
        memcpy(bytes, REQUEST, 28);
        bytes[cases[i].at] = cases[i].byte;
        UNIT_INT(parse(&a, bytes, 28), cases[i].expected);
    }
}

static void reads_what_it_wrote(void) {
    struct buf out = {.max = 29};
    struct arp a, again;
    UNIT_INT(parse(&a, REQUEST, 28), 28);
    UNIT_TRUE(buf_text(&out, "x"));
    UNIT_TRUE(arp_write(&out, &a));
    UNIT_INT(memcmp(out.bytes + 1, REQUEST, 28), 0);
    UNIT_FALSE(arp_write(&out, &a));
    UNIT_INT(out.end, 29);
    buf_clear(&out);
    a.operation = ARP_REPLY;
    memcpy(a.target_mac, "\1\2\3\4\5\6", 6);
    UNIT_TRUE(arp_write(&out, &a));
    UNIT_INT(arp_parse(buf_view(&out), &again), 28);
    UNIT_INT(again.operation, ARP_REPLY);
    UNIT_INT(memcmp(again.sender_mac, a.sender_mac, 6), 0);
    UNIT_INT(memcmp(again.target_mac, a.target_mac, 6), 0);
    UNIT_TRUE(address_equal(&again.sender, &a.sender));
    UNIT_TRUE(address_equal(&again.target, &a.target));
    buf_free(&out);
}

UNIT_MAIN("packets/arp", UNIT_TEST(parses_a_request),
          UNIT_TEST(refuses_other_kinds_of_addresses),
          UNIT_TEST(reads_what_it_wrote))
