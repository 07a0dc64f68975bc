/* explain_test.c: packets/explain.h; dissector_test.c tests the writer */
#include "packets/explain_unit.h"

static void begin(const char *bytes, size_t n) {
    explain_begin(bytes, n, EXPLAIN_PHYSICAL);
}

static void names_the_layers_of_both_models(void) {
    static const struct {
        const char *osi, *internet;
    } expected[] = {
        {"physical", "link"},          {"data link", "link"},
        {"network", "internet"},       {"transport", "transport"},
        {"session", "application"},    {"presentation", "application"},
        {"application", "application"}};
    for (int i = 0; i < 7; i++) {
        enum explain_layer layer = (enum explain_layer)(i + 1);
        const char *osi = explain_osi(layer), *in = explain_internet(layer);
        UNIT_TEXT(osi, strlen(osi), expected[i].osi);
        UNIT_TEXT(in, strlen(in), expected[i].internet);
    }
}

static struct explain_field *change(size_t i) {
    return (struct explain_field *)(void *)e.fields.bytes + i;
}

static void notices_gaps_and_overlaps(void) {
    struct span source;
    begin("abcd", 4);
    dissector_enter(&d, EXPLAIN_LINK, "h", "1");
    dissector_bytes(&d, 2, "a");
    memset(dissector_derive(&d, 2, "upper", &source), 'A', 2);
    dissector_bytes(&d, 2, "A");
    dissector_leave(&d);
    dissector_leave(&d);
    dissector_bytes(&d, 2, "c");
    explain_finish();
    UNIT_INT(explain_count(&e), 5);
    for (size_t i = 0; i < 5; i++) {
        const struct explain_field good = *change(i);
        change(i)->bits += 8;
        UNIT_FALSE(explain_is_complete(&e));
        change(i)->bits -= 16;
        UNIT_FALSE(explain_is_complete(&e));
        *change(i) = good;
        change(i)->bit += 8;
        UNIT_FALSE(explain_is_complete(&e));
        *change(i) = good;
        change(i)->depth++;
        UNIT_FALSE(explain_is_complete(&e) && i != 4);
        *change(i) = good;
        change(i)->is_derived = !good.is_derived;
        UNIT_FALSE(explain_is_complete(&e) && i != 0 && i != 2);
        *change(i) = good;
    }
    UNIT_TRUE(explain_is_complete(&e));
    e.input.len++;
    UNIT_FALSE(explain_is_complete(&e));
    e.input.len--;
    e.derived.end++;
    UNIT_FALSE(explain_is_complete(&e));
}

/* Headers of which the last field is the last of all. */
static void notices_a_wrong_length_of_the_last_header(void) {
    for (size_t i = 0; i < 2; i++) {
        begin("ab", 2);
        dissector_enter(&d, EXPLAIN_LINK, "outer", "1");
        dissector_bytes(&d, 1, "a");
        dissector_enter(&d, EXPLAIN_LINK, "inner", "1");
        dissector_bytes(&d, 1, "b");
        explain_finish();
        change(2 * i)->bits += 8;
        UNIT_FALSE(explain_is_complete(&e));
        change(2 * i)->bits -= 16;
        UNIT_FALSE(explain_is_complete(&e));
    }
}

/* As deep as a field may be, and one deeper: its parent becomes a header. */
static void notices_a_field_that_is_too_deep(void) {
    begin("ab", 2);
    for (int i = 0; i < EXPLAIN_MAX_DEPTH - 1; i++)
        dissector_enter(&d, EXPLAIN_LINK, "h", "1");
    dissector_bytes(&d, 1, "a");
    dissector_bytes(&d, 1, "b");
    explain_finish();
    UNIT_TRUE(explain_is_complete(&e));
    struct explain_field *a = change(EXPLAIN_MAX_DEPTH - 1), *b = a + 1;
    UNIT_INT(a->depth, EXPLAIN_MAX_DEPTH - 1);
    a->kind = EXPLAIN_HEADER;
    a->bits = b->bits = 16;
    b->bit = 0;
    b->depth++;
    UNIT_FALSE(explain_is_complete(&e));
}

UNIT_MAIN("packets/explain", UNIT_TEST(names_the_layers_of_both_models),
          UNIT_TEST(notices_gaps_and_overlaps),
          UNIT_TEST(notices_a_wrong_length_of_the_last_header),
          UNIT_TEST(notices_a_field_that_is_too_deep), UNIT_TEST(explain_end))
