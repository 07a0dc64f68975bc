/* explain_value.c: see packets/explain_value.h. */
#include "packets/explain_value.h"
#include "packets/checksum.h"

void explain_value_name(struct dissector *d, uint64_t value,
                        const struct explain_name *names) {
    for (; names->name; names++) {
        if (names->value != value) continue;
        dissector_note(d, names->name);
        return;
    }
}

struct address explain_value_address(struct dissector *d, size_t len,
                                     const char *name) {
    struct span bytes = dissector_address(d, len, name);
    if (bytes.len != len) return (struct address){.len = 0};
    return address_from(bytes);
}

void explain_value_mac(struct dissector *d, const char *name) {
    struct span mac = dissector_address(d, ADDRESS_MAC, name);
    if (mac.len != ADDRESS_MAC) return;
    /* IEEE 802 §8.2.2: the least significant bit of the first byte says that a
     * group is meant. */
    if (memcmp(mac.data, "\xff\xff\xff\xff\xff\xff", ADDRESS_MAC) == 0)
        dissector_note(d, "all stations");
    else if (mac.data[0] & 1)
        dissector_note(d, "a group");
}

void explain_value_checksum(struct dissector *d, struct span covered, size_t at,
                            uint32_t sum, bool is_whole, const char *rule) {
    if (covered.len < at + 2) return; /* the checksum itself is cut */
    uint32_t here = (uint32_t)(covered.data[at] << 8 | covered.data[at + 1]);
    uint32_t all = is_whole ? checksum_add(sum, covered) : 0;
    /* RFC 1071 §2: subtracting a number is adding its complement. */
    uint16_t expected = checksum_of(all + (~here & 0xffff));
    if (!is_whole)
        dissector_note(d, "not verified: not all that it covers is here");
    else if (checksum_of(all) == 0)
        dissector_note(d, "right");
    else if (sum != 0 && here == (uint16_t)~checksum_of(sum))
        /* A kernel stores this for the hardware (checksum offload). */
        dissector_notef(d, "of the pseudo-header alone, 0x%04x when sent",
                        expected);
    else
        dissector_wrong(d, rule, "wrong: 0x%04x expected", expected);
}

void explain_value_zero(struct dissector *d, unsigned bits, const char *name) {
    if (dissector_number(d, bits, name) != 0)
        dissector_note(d, "not 0, and ignored");
}
