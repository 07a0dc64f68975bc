/* explain_dot_test.c: packets/explain_dot.h: rows of exactly 32 bits */
#include "packets/dissector.h"
#include "packets/explain_dot.h"
#include "packets/unit.h"

static struct buf out;

/* Counts the columns of each row. Returns the number of rows, -1 if one does
 * not have 32 columns. */
static int count_rows(void) {
    int rows = 0;
    buf_append(&out, "", 1);
    for (char *row = strstr((char *)out.bytes, "<tr>"); row;
         row = strstr(row + 1, "<tr>")) {
        long columns = 0;
        char *end = strstr(row, "</tr>");
        for (char *c = strstr(row, "colspan=\""); c && c < end;
             c = strstr(c + 1, "colspan=\""))
            columns += strtol(c + 9, NULL, 10);
        if (columns != 32) return -1;
        rows++;
    }
    return rows;
}

static bool has(const char *text) {
    return strstr((char *)out.bytes, text) != NULL;
}

static void draw(const uint8_t *bytes, size_t n, int layer) {
    struct explain e;
    struct dissector d;
    struct span source;
    explain_init(&e, 1 << 16);
    dissector_begin(&d, &e, (struct span){(uint8_t *)(uintptr_t)bytes, n},
                    EXPLAIN_APPLICATION, "rest");
    dissector_enter(&d, EXPLAIN_LINK, "First", "1");
    dissector_number(&d, 4, "Four");
    dissector_hex(&d, 12, "<&>");
    dissector_wrong(&d, "2", "a < b");
    dissector_bytes(&d, 4, "Across");
    dissector_leave(&d);
    dissector_enter(&d, EXPLAIN_NETWORK, "Second", "1");
    dissector_bytes(&d, 4, "Row");
    *dissector_derive(&d, 1, "Derived", &source) = 1;
    dissector_number(&d, 8, "D");
    dissector_leave(&d);
    dissector_leave(&d);
    dissector_notef(&d, "two");
    dissector_bytes(&d, 100, "Long");
    dissector_bytes(&d, 1, "Absent");
    dissector_finish(&d);
    out = (struct buf){.max = 100000};
    UNIT_TRUE(explain_dot_write(&out, &e, layer));
    for (uint32_t max = 1; max < out.end; max += 40) {
        struct buf less;
        buf_init(&less, max);
        UNIT_FALSE(explain_dot_write(&less, &e, layer));
        buf_free(&less);
    }
    explain_free(&e);
}

static void each_row_has_32_columns(void) {
    uint8_t bytes[110] = {0};
    draw(bytes, 110, 0);
    /* The scale; First and 2 rows; Second and 1; Derived and 1; Long: 2, since
     * its 800 bits are 25 rows; Absent: a title. */
    UNIT_INT(count_rows(), 1 + 3 + 2 + 2 + 2 + 1);
    UNIT_TRUE(has("<b>First</b>, layer 2: data link (link)</td>"));
    UNIT_TRUE(has("<b>Second</b>, layer 3: network (internet); two</td>"));
    UNIT_TRUE(has("<td colspan=\"4\" bgcolor=\"#d0ebff\">Four<br/>0</td>"));
    UNIT_TRUE(has("<font color=\"#c92a2a\">&lt;&amp;&gt;<br/>0x000, a &lt; "
                  "b</font>"));
    UNIT_TRUE(
        has("<td colspan=\"16\" bgcolor=\"#d0ebff\">Across: |....|</td>"));
    UNIT_TRUE(has("<td colspan=\"16\" bgcolor=\"#d0ebff\">...</td>"));
    UNIT_TRUE(has("Long: 100 bytes"));
    UNIT_TRUE(has("<b>Absent</b>; cut: 0 of 1 bytes are here</td>"));
    buf_free(&out);
}

static void draws_one_layer(void) {
    uint8_t bytes[110] = {0};
    draw(bytes, 110, EXPLAIN_LINK);
    UNIT_INT(count_rows(), 1 + 3);
    UNIT_TRUE(has("Across"));
    UNIT_FALSE(has("Second"));
    buf_free(&out);
}

/* Draws fields of so many bits. */
static void draw_fields(const unsigned *bits, size_t count) {
    static uint8_t bytes[200];
    struct explain e;
    struct dissector d;
    unsigned all = 0;
    for (size_t i = 0; i < count; i++) all += bits[i];
    explain_init(&e, 1 << 16);
    dissector_begin(&d, &e, (struct span){bytes, (all + 7) / 8},
                    EXPLAIN_APPLICATION, "rest");
    for (size_t i = 0; i < count; i++)
        if (bits[i] <= 64)
            dissector_number(&d, bits[i], "N");
        else
            dissector_bytes(&d, bits[i] / 8, "B");
    UNIT_TRUE(dissector_finish(&d));
    out = (struct buf){.max = 100000};
    UNIT_TRUE(explain_dot_write(&out, &e, 0));
    UNIT_TRUE(count_rows() > 1);
    explain_free(&e);
}

#define CELL(columns) "<td colspan=\"" columns "\" bgcolor=\"#e5dbff\">"
#define WHITE(columns) "<td colspan=\"" columns "\" bgcolor=\"white\">"

/* As the figures of RFC 791 number them. */
static void the_scale_counts_bits_from_0_to_31(void) {
    const unsigned bits[] = {8};
    char expected[4000] = "<tr>";
    size_t n = strlen(expected);
    draw_fields(bits, 1);
    for (int i = 0; i < 32; i++)
        n += (size_t)snprintf(expected + n, sizeof expected - n,
                              WHITE("1") "%d</td>", i);
    UNIT_TRUE(has(expected));
    buf_free(&out);
}

static void a_label_is_in_the_larger_part(void) {
    const unsigned first[] = {1, 40}, second[] = {24, 40}, bit[] = {7, 1};
    draw_fields(first, 2); /* 31 and 9 bits */
    UNIT_TRUE(has(CELL("31") "N: 0</td>"));
    UNIT_TRUE(has(CELL("9") "...</td>"));
    buf_free(&out);
    draw_fields(second, 2); /* 8 and 32 */
    UNIT_TRUE(has(CELL("8") "...</td>"));
    UNIT_TRUE(has(CELL("32") "N: 0</td>"));
    buf_free(&out);
    draw_fields(bit, 2);
    UNIT_TRUE(has(CELL("1") "N<br/>0</td>"));
    buf_free(&out);
}

/* 128 bits have all of their rows. A longer field has two or three rows, and
 * ends in its own column. */
static void a_long_field_ends_where_it_does_in_the_packet(void) {
    static const struct {
        unsigned before, bytes;
        int rows;
        const char *after;
    } cases[] = {{32, 16, 5, NULL},       {32, 17, 3 + 1, WHITE("24")},
                 {32, 100, 2 + 1, NULL},  {8, 16, 5, WHITE("24")},
                 {8, 17, 3, WHITE("16")}, {24, 18, 3, WHITE("24")}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const unsigned bits[] = {cases[i].before, cases[i].bytes * 8};
        char end[100];
        draw_fields(bits, 2);
        UNIT_INT(count_rows(), 1 + cases[i].rows);
        snprintf(end, sizeof end, "%s</td></tr>\n</table>",
                 cases[i].after ? cases[i].after : "...");
        UNIT_TRUE(has(end));
        buf_free(&out);
    }
}

static void derived_bytes_have_rows_of_their_own(void) {
    uint8_t bytes[110] = {0};
    draw(bytes, 110, 0);
    count_rows();
    UNIT_TRUE(has("D<br/>1</td>" WHITE("24") "</td></tr>"));
    UNIT_TRUE(has("digraph explanation {\n"));
    UNIT_TRUE(has("</tr>\n</table>>];\n}\n")); /* of Graphviz */
    buf_free(&out);
}

/* Wherever a field begins, and whatever its length. */
static void fills_rows_at_every_position(void) {
    static uint8_t bytes[200];
    for (unsigned first = 1; first <= 40; first++) {
        for (size_t n = 0; n < 40; n++) {
            struct explain e;
            struct dissector d;
            explain_init(&e, 1 << 16);
            dissector_begin(&d, &e, (struct span){bytes, 5 + n},
                            EXPLAIN_APPLICATION, "rest");
            dissector_number(&d, first, "a");
            if (first < 40) dissector_number(&d, 40 - first, "b");
            dissector_bytes(&d, n, "LABEL");
            UNIT_TRUE(dissector_finish(&d));
            out = (struct buf){.max = 100000};
            UNIT_TRUE(explain_dot_write(&out, &e, 0));
            UNIT_TRUE(count_rows() > 2);
            UNIT_INT(has("LABEL"), n > 0);
            buf_free(&out);
            explain_free(&e);
        }
    }
}

UNIT_MAIN("packets/explain_dot", UNIT_TEST(each_row_has_32_columns),
          UNIT_TEST(draws_one_layer),
          UNIT_TEST(the_scale_counts_bits_from_0_to_31),
          UNIT_TEST(a_label_is_in_the_larger_part),
          UNIT_TEST(a_long_field_ends_where_it_does_in_the_packet),
          UNIT_TEST(derived_bytes_have_rows_of_their_own),
          UNIT_TEST(fills_rows_at_every_position))
