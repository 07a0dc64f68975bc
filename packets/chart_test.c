/* chart_test.c: packets/chart.h */
#include "packets/chart.h"
#include "packets/unit.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Both forms of a chart, as C strings until the next call. */
static const char *text_of(const struct chart *c) {
    static struct buf out = {.max = 100000};
    buf_clear(&out);
    UNIT_TRUE(chart_write_text(c, &out));
    UNIT_TRUE(buf_append(&out, "", 1));
    return (const char *)buf_view(&out).data;
}

static const char *svg_of(const struct chart *c) {
    static struct buf out = {.max = 100000};
    buf_clear(&out);
    UNIT_TRUE(chart_write_svg(c, &out));
    UNIT_TRUE(buf_append(&out, "", 1));
    return (const char *)buf_view(&out).data;
}

static int occurrences(const char *text, const char *part) {
    int n = 0;
    for (; (text = strstr(text, part)); text++) n++;
    return n;
}

/* Line i of text without its line feed, until the next call; 0: the title. */
static const char *line_of(const char *text, int i) {
    static char line[200];
    for (; i > 0; i--) text += strcspn(text, "\n") + 1;
    snprintf(line, sizeof line, "%.*s", (int)strcspn(text, "\n"), text);
    return line;
}

#define EXPECT_LINE(text, i, expected)                                         \
    UNIT_TEXT(line_of(text, i), strlen(line_of(text, i)), expected)

/* A chart of one series. */
static struct chart chart_of(struct chart_series *s,
                             const struct chart_point *points, size_t count) {
    *s = (struct chart_series){"name", '*', points, count};
    return (struct chart){"title", "x label", "y label", false, false, s, 1};
}

static void draws_the_whole_chart(void) {
    static const struct chart_point ramp[] = {{0, 0}, {1, 1}, {2, 2}, {3, 3},
                                              {4, 4}, {5, 5}, {6, 6}},
                                    flat[] = {{2, 2}, {6, 2}, {8, 10}};
    static const struct chart_series series[] = {{"ramp", 'r', ramp, 7},
                                                 {"flat", 'f', flat, 3}};
    struct chart c = {"Two series", "x", "y", false, false, series, 2};
    /* 0 to 10 in steps of 2 on both axes; 61 columns for x, 16 rows for y: one
     * of y is 1.5 rows. At (2, 2) are two series. */
    const char *expected =
        "Two series\n"
        "y\n"
        "      10 +                                                "
        "            f\n"
        "         |\n"
        "         |\n"
        "       8 +\n"
        "         |\n"
        "         |\n"
        "       6 +                                             r\n"
        "         |                                      r\n"
        "         |\n"
        "       4 +                              r\n"
        "         |                       r\n"
        "         |\n"
        "       2 +               #                             f\n"
        "         |        r\n"
        "         |\n"
        "       0 +r\n"
        "          0              2              4              6        "
        "      8\n"
        "          r = ramp   f = flat; x: x\n";
    const char *text = text_of(&c);
    UNIT_TEXT(text, strlen(text), expected);
}

static void a_linear_axis_contains_0_and_has_round_steps(void) {
    static const struct {
        double value;                    /* of the only point, as y */
        const char *top, *next, *bottom; /* labels of y */
        int next_line, count;            /* its number in the text; of labels */
    } cases[] = {
        {5, "5", "4", "0", 5, 6},              /* step 1 */
        {5.5, "6", "4", "0", 7, 4},            /* step 1.1, so 2 */
        {11, "15", "10", "0", 7, 4},           /* step 2.2, so 5 */
        {25, "25", "20", "0", 5, 6},           /* step 5 */
        {26, "30", "20", "0", 7, 4},           /* step 5.2, so 10 */
        {843.7, "1000", "800", "0", 5, 6},     /* step 168.7, so 200 */
        {0.001, "0.001", "0.0008", "0", 5, 6}, /* step 0.0002 */
        {0.3, "0.3", "0.2", "0", 7, 4},        /* not 0.30000000000000004 */
        {1e6, "1000000", "800000", "0", 5, 6},
        {1e7, "1e+07", "8000000", "0", 5, 6},
        {CHART_MAX_VALUE, "1e+15", "8e+14", "0", 5, 6},
        {-5, "0", "-1", "-5", 5, 6},
        {-1e6, "0", "-200000", "-1000000", 5, 6},
        {-1e15, "0", "-2e+14", "-1e+15", 5, 6},
        {0, "1", "0.8", "0", 5, 6}, /* nothing else than 0: up to 1 */
        {1.5e-15, "1.5e-15", "1e-15", "0", 7, 4},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct chart_series s;
        struct chart_point p = {1, cases[i].value};
        struct chart c = chart_of(&s, &p, 1);
        const char *text = text_of(&c);
        const char *labels[] = {cases[i].top, cases[i].next, cases[i].bottom};
        int lines[] = {2, cases[i].next_line, 17};
        UNIT_INT(occurrences(text, " +"), cases[i].count);
        for (int k = 0; k < 3; k++) {
            char expected[20];
            snprintf(expected, sizeof expected, "%8s +", labels[k]);
            UNIT_TEXT(line_of(text, lines[k]), 10, expected);
        }
    }
}

static void both_signs_share_an_axis(void) {
    static const struct chart_point points[] = {{-10, -1}, {10, 2}};
    struct chart_series s;
    struct chart c = chart_of(&s, points, 2);
    const char *text = text_of(&c);
    EXPECT_LINE(text, 2, /* y from -1 to 2 in steps of 1 */
                "       2 +                                                "
                "            *");
    EXPECT_LINE(text, 7, "       1 +");
    EXPECT_LINE(text, 12, "       0 +");
    EXPECT_LINE(text, 17, "      -1 +*");
    EXPECT_LINE(text, 18,
                "          -10           -5              0              5      "
                "       10");
}

static void a_logarithmic_axis_has_ticks_at_powers_of_ten(void) {
    static const struct chart_point points[] = {
        {10, 0.01}, {100, 0.1}, {1000, 1}, {3162.2777, 3.1622777}, {10000, 10}};
    struct chart_series s;
    struct chart c = chart_of(&s, points, 5);
    c.is_x_log = c.is_y_log = true;
    const char *text = text_of(&c);
    EXPECT_LINE(text, 2,
                "      10 +                                         "
                "                   *");
    EXPECT_LINE(text, 4,
                "         |                                         "
                "         *"); /* half a power: 2.5 rows */
    EXPECT_LINE(text, 7, "       1 +                                        *");
    EXPECT_LINE(text, 12, "     0.1 +                    *");
    EXPECT_LINE(text, 17, "    0.01 +*");
    EXPECT_LINE(text, 18,
                "          10                 100                1000"
                "                10000");
}

static void a_logarithmic_axis_ends_at_the_next_powers(void) {
    static const struct chart_point points[] = {{2, 20}, {50, 20}};
    struct chart_series s;
    struct chart c = chart_of(&s, points, 2);
    c.is_x_log = c.is_y_log = true;
    const char *text = text_of(&c);
    EXPECT_LINE(text, 2, "     100 +");
    EXPECT_LINE(text, 17, "      10 +");
    EXPECT_LINE(text, 18,
                "          1                            10                     "
                "       100");
    static const struct chart_point one = {1, 1000};
    c = chart_of(&s, &one, 1);
    c.is_x_log = c.is_y_log = true;
    text = text_of(&c); /* only one power: up to the next */
    EXPECT_LINE(text, 2, "   10000 +");
    EXPECT_LINE(text, 17, "    1000 +*");
}

static void many_powers_get_fewer_labels(void) {
    static const struct chart_point points[] = {{0, 1e-15}, {0, 1e15}};
    struct chart_series s;
    struct chart c = chart_of(&s, points, 2);
    c.is_y_log = true;
    const char *text = text_of(&c); /* 30 powers: one label for 4 */
    UNIT_INT(occurrences(text, " +"), 9);
    EXPECT_LINE(text, 17, "   1e-16 +*"); /* -16 is the multiple of 4 */
    static const struct chart_point nine[] = {{0, 1}, {0, 3e8}};
    c = chart_of(&s, nine, 2);
    c.is_y_log = true; /* 9 powers: one label for 2, up to 1e10 */
    UNIT_INT(occurrences(text_of(&c), " +"), 6);
}

static void a_logarithm_is_exact_to_a_pixel(void) {
    static const struct chart_point one[] = {{1, 10}, {2, 7}, {7, 2}, {10, 1}};
    static const struct chart_point two[] = {
        {1, 100}, {1.5, 70}, {10.5, 10.5}, {70, 1.5}, {100, 1}};
    struct chart_series s;
    struct chart c = chart_of(&s, one, 4);
    c.is_x_log = c.is_y_log = true;
    /* lg 2 = 0.30103 and lg 7 = 0.84510, of 500 and of 320 pixels. */
    UNIT_INT(occurrences(svg_of(&c), "\"M80 60L231 110L503 284L580 380\""), 1);
    c = chart_of(&s, two, 5);
    c.is_x_log = c.is_y_log = true;
    /* Half of lg 1.5 = 0.17609, of lg 10.5 = 1.02119, of lg 70 = 1.84510. */
    UNIT_INT(
        occurrences(svg_of(&c), "\"M80 60L124 85L335 217L541 352L580 380\""),
        1);
}

/* Decimal fractions are rounded: 1e-6 ten times six times may not be 1. */
static void each_power_of_ten_is_a_tick(void) {
    for (int k = 1; k < 15; k++) {
        char low[20], label[20];
        struct chart_series s;
        snprintf(low, sizeof low, "1e-%d", k);
        struct chart_point p = {0, strtod(low, NULL)};
        struct chart c = chart_of(&s, &p, 1);
        c.is_y_log = true;
        snprintf(label, sizeof label, "%8g +*", p.y);
        EXPECT_LINE(text_of(&c), 17, label);
        UNIT_INT(occurrences(text_of(&c), " +"), 2);
    }
}

static void leaves_out_points_without_a_place(void) {
    double nothing = 0, infinite = 1 / nothing;
    const struct chart_point points[] = {
        {0, 0}, /* has a place on linear axes */
        {1, infinite},
        {-infinite, 1},
        {1, infinite - infinite}, /* not a number */
        {infinite - infinite, 1},
        {2e15, 1},
        {1, -2e15},
        {5, 5},
    };
    struct chart_series s;
    struct chart c = chart_of(&s, points, COUNT(points));
    UNIT_INT(occurrences(svg_of(&c), "r=\"3\""), 2);
    EXPECT_LINE(text_of(&c), 2,
                "       5 +                                    "
                "                        *");
    c.is_y_log = true;
    UNIT_INT(occurrences(svg_of(&c), "r=\"3\""), 1);
    c.is_y_log = false;
    c.is_x_log = true;
    UNIT_INT(occurrences(svg_of(&c), "r=\"3\""), 1);
}

static void draws_axes_without_points(void) {
    struct chart_series s;
    struct chart c = chart_of(&s, NULL, 0);
    const char *text = text_of(&c);
    EXPECT_LINE(text, 2, "       1 +");
    EXPECT_LINE(text, 17, "       0 +");
    c.is_x_log = c.is_y_log = true;
    text = text_of(&c);
    EXPECT_LINE(text, 2, "      10 +");
    EXPECT_LINE(text, 17, "       1 +");
    EXPECT_LINE(text, 19, "          * = name; x: x label");
    c.series_count = 0;
    EXPECT_LINE(text_of(&c), 19, "          x: x label");
}

static void labels_of_x_do_not_touch(void) {
    static const struct chart_point far[] = {{1, 1}, {1e15, 1}};
    static const struct chart_point near[] = {{3, 1}, {2e8, 1}};
    struct chart_series s;
    struct chart c = chart_of(&s, far, 2);
    c.is_x_log = true; /* powers 0 to 16 in steps of 2: 7.5 columns each */
    EXPECT_LINE(text_of(&c), 18,
                "          1      100   10000  1000000 1e+08   1e+10  1e+12   "
                "1e+14  1e+16");
    c = chart_of(&s, near, 2);
    c.is_x_log =
        true; /* powers 0 to 9, 6.7 columns each: no place for 100000 */
    EXPECT_LINE(text_of(&c), 18,
                "          1     10    100   1000   10000       1000000 1e+07 "
                "1e+08  1e+09");
}

static void an_svg_has_a_line_and_a_dot_for_each_point(void) {
    static const struct chart_point points[] = {{0, 0}, {5, 10}, {10, 2}};
    struct chart_series s;
    struct chart c = chart_of(&s, points, 3);
    const char *svg = svg_of(&c);
    /* The plot is 500 x 320 pixels, from (80, 60) on; y grows downwards. */
    UNIT_INT(occurrences(svg, " d=\"M80 380L330 60L580 316\"/>"), 1);
    UNIT_INT(occurrences(svg, "<circle cx=\"330\" cy=\"60\" r=\"3\"/>"), 1);
    UNIT_INT(occurrences(svg, "r=\"3\""), 3);
    UNIT_INT(occurrences(svg, "stroke=\"#ddd\""), 12); /* 0, 2, ... 10, twice */
    UNIT_INT(occurrences(svg, "<path d=\"M180 60v320\""), 1); /* x = 2 */
    UNIT_INT(occurrences(svg, "<path d=\"M80 316h500\""), 1); /* y = 2 */
    UNIT_INT(occurrences(svg, "x=\"180\" y=\"400\" text-anchor=\"middle\">2<"),
             1);
    UNIT_INT(occurrences(svg, "x=\"72\" y=\"321\" text-anchor=\"end\">2<"), 1);
}

static void an_svg_has_an_axis_for_each_coordinate(void) {
    static const struct chart_point points[] = {{0, 0}, {10, 3}};
    struct chart_series s;
    struct chart c = chart_of(&s, points, 2);
    const char *svg = svg_of(&c); /* y: from 0 to 3 in steps of 1 */
    UNIT_INT(occurrences(svg, "\"M80 380L580 60\""), 1);
    UNIT_INT(occurrences(svg, "v320"), 6);
    UNIT_INT(occurrences(svg, "h500"), 4);
}

static void an_svg_names_what_it_shows(void) {
    static const struct chart_point p = {1, 1};
    struct chart_series s[CHART_MAX_SERIES];
    struct chart c = chart_of(s, &p, 1);
    for (int i = 1; i < CHART_MAX_SERIES; i++) s[i] = s[0];
    s[1].name = "R&D <b>";
    c.series_count = CHART_MAX_SERIES;
    const char *svg = svg_of(&c);
    UNIT_INT(strncmp(svg, "<svg xmlns=\"http://www.w3.org/2000/svg\"", 39), 0);
    UNIT_INT(occurrences(svg, "<title>title</title>"), 1);
    UNIT_INT(occurrences(svg, "x=\"80\" y=\"24\" text-anchor=\"start\">title<"),
             1);
    UNIT_INT(
        occurrences(svg, "x=\"580\" y=\"424\" text-anchor=\"end\">x label<"),
        1);
    UNIT_INT(
        occurrences(svg, "x=\"8\" y=\"46\" text-anchor=\"start\">y label<"), 1);
    UNIT_INT(occurrences(svg, ">name</text>"), 7);
    UNIT_INT(occurrences(svg, ">R&amp;D &lt;b></text>"), 1); /* XML 1.0 §2.4 */
    UNIT_INT(occurrences(svg, "<g "), 8);
    UNIT_INT(occurrences(svg, "</g>"), 8);
    UNIT_INT(occurrences(svg, "<g fill=\"#d55e00\" stroke=\"#d55e00\">"), 1);
    UNIT_INT(occurrences(svg, "<circle cx=\"600\" cy=\"94\" r=\"5\"/>"), 1);
    UNIT_INT(occurrences(svg, "<text x=\"612\" y=\"99\" "), 1);
    UNIT_INT(strcmp(svg + strlen(svg) - 7, "</svg>\n"), 0);
}

/* With every limit below the length of the result, the result does not fit. */
static void reports_that_out_is_full(void) {
    static const struct chart_point points[] = {{1, 1}, {2, 2}};
    struct chart_series s;
    struct chart c = chart_of(&s, points, 2);
    size_t len[] = {strlen(text_of(&c)), strlen(svg_of(&c))};
    for (int is_svg = 0; is_svg < 2; is_svg++) {
        for (size_t max = 0; max <= len[is_svg]; max++) {
            struct buf out = {.max = max & BUF_MAX};
            bool is_done =
                is_svg ? chart_write_svg(&c, &out) : chart_write_text(&c, &out);
            UNIT_INT(is_done, max == len[is_svg]);
            buf_free(&out);
        }
    }
}

UNIT_MAIN("packets/chart", UNIT_TEST(draws_the_whole_chart),
          UNIT_TEST(a_linear_axis_contains_0_and_has_round_steps),
          UNIT_TEST(both_signs_share_an_axis),
          UNIT_TEST(a_logarithmic_axis_has_ticks_at_powers_of_ten),
          UNIT_TEST(a_logarithmic_axis_ends_at_the_next_powers),
          UNIT_TEST(many_powers_get_fewer_labels),
          UNIT_TEST(a_logarithm_is_exact_to_a_pixel),
          UNIT_TEST(each_power_of_ten_is_a_tick),
          UNIT_TEST(leaves_out_points_without_a_place),
          UNIT_TEST(draws_axes_without_points),
          UNIT_TEST(labels_of_x_do_not_touch),
          UNIT_TEST(an_svg_has_a_line_and_a_dot_for_each_point),
          UNIT_TEST(an_svg_has_an_axis_for_each_coordinate),
          UNIT_TEST(an_svg_names_what_it_shows),
          UNIT_TEST(reports_that_out_is_full))
