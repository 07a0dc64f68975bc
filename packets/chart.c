/* chart.c: see packets/chart.h. Entry points: chart_write_text,
 * chart_write_svg. */
#include "packets/chart.h"

#include <assert.h>
#include <stdio.h>

/* The plot of the text form in characters, and of the SVG form in pixels. */
enum {
    COLUMNS = 61,
    ROWS = 16,
    MARGIN = 9, /* the labels of the y axis */
    LABEL_SIZE = 16,
    WIDTH = 500,
    HEIGHT = 320,
    LEFT = 80,
    TOP = 60
};

/* An axis from tick number first to number last. Tick k is at k * step: the
 * value itself, or on a logarithmic axis the exponent of ten. */
struct axis {
    int first, last;
    double step;
    bool is_log;
};

/* Appends formatted text of at most 199 bytes. */
#define PUT(out, ...)                                                          \
    do {                                                                       \
        char text_[200];                                                       \
        snprintf(text_, sizeof text_, __VA_ARGS__);                            \
        buf_text(out, text_);                                                  \
    } while (0)

/* Returns the logarithm of x, which is positive, to base 10. Squaring x doubles
 * its logarithm, so each square yields one more binary digit. */
static double log10_of(double x) {
    int exponent = 0;
    for (; x >= 10; exponent++) x /= 10;
    for (; x < 1; exponent--) x *= 10;
    double result = exponent, digit = 1;
    for (int i = 0; i < 30; i++) {
        digit /= 2;
        x *= x;
        if (x < 10) continue;
        x /= 10;
        result += digit;
    }
    return result;
}

static double power_of_10(int exponent) {
    double result = 1;
    for (; exponent > 0; exponent--) result *= 10;
    for (; exponent < 0; exponent++) result /= 10;
    return result;
}

/* Rounds down, but a value just below an integer (by 1e-6) to that integer. */
static int round_down(double x) {
    int n = (int)x;
    if (n > x) n--;
    return x - n > 1 - 1e-6 ? n + 1 : n;
}

static int round_up(double x) {
    return -round_down(-x);
}

/* A value that is not a number fails every comparison. */
static bool has_place(double value, bool is_log) {
    double smallest = is_log ? 1 / CHART_MAX_VALUE : -CHART_MAX_VALUE;
    return value >= smallest && value <= CHART_MAX_VALUE;
}

static bool is_drawn(const struct chart *c, struct chart_point p) {
    return has_place(p.x, c->is_x_log) && has_place(p.y, c->is_y_log);
}

/* Returns the smallest of 1, 2 and 5 times a power of ten that is at least x,
 * which is positive. */
static double nice_step(double x) {
    double power = power_of_10(round_down(log10_of(x)));
    if (x <= power) return power;
    if (x <= 2 * power) return 2 * power;
    return x <= 5 * power ? 5 * power : 10 * power;
}

/* Returns the axis that holds values from low to high. */
static struct axis make_axis(double low, double high, bool is_log) {
    struct axis a = {.step = 1, .is_log = is_log};
    if (is_log) {
        a.step = 1 + (int)((high - low) / 8); /* about eight labels */
    } else {
        if (low > 0) low = 0;
        if (high < 0) high = 0;
        if (high - low < 1 / CHART_MAX_VALUE) high = 1;
        a.step = nice_step((high - low) / 5);
    }
    a.first = round_down(low / a.step);
    a.last = round_up(high / a.step);
    if (a.last == a.first) a.last++;
    return a;
}

/* Returns the axis for all points of c that are drawn. */
static struct axis fit_axis(const struct chart *c, bool is_y) {
    bool is_log = is_y ? c->is_y_log : c->is_x_log, is_empty = true;
    double low = 0, high = 0;
    for (size_t i = 0; i < c->series_count; i++) {
        for (size_t k = 0; k < c->series[i].count; k++) {
            struct chart_point p = c->series[i].points[k];
            if (!is_drawn(c, p)) continue;
            double v = is_y ? p.y : p.x;
            if (is_log) v = log10_of(v);
            if (is_empty || v < low) low = v;
            if (is_empty || v > high) high = v;
            is_empty = false;
        }
    }
    return make_axis(low, high, is_log);
}

/* Returns where value is on the axis, as a number from 0 to length. */
static int place(const struct axis *a, double value, int length) {
    double v = (a->is_log ? log10_of(value) : value) / a->step;
    return (int)((v - a->first) / (a->last - a->first) * length + 0.5);
}

static int place_tick(const struct axis *a, int k, int length) {
    return ((k - a->first) * length * 2 + a->last - a->first) /
           (2 * (a->last - a->first));
}

/* Writes the value at tick number k, "0.01" or "20000". */
static void label_tick(const struct axis *a, int k, char label[LABEL_SIZE]) {
    double value = k * a->step;
    if (a->is_log) value = power_of_10(round_down(value));
    snprintf(label, LABEL_SIZE, "%.7g", value);
}

/* Marks the points of all series in rows, the topmost first. */
static void fill_rows(const struct chart *c, const struct axis *x,
                      const struct axis *y, char rows[ROWS][COLUMNS + 1]) {
    memset(rows, ' ', (size_t)ROWS * (COLUMNS + 1));
    for (size_t i = 0; i < c->series_count; i++) {
        const struct chart_series *s = &c->series[i];
        for (size_t k = 0; k < s->count; k++) {
            if (!is_drawn(c, s->points[k])) continue;
            int row = ROWS - 1 - place(y, s->points[k].y, ROWS - 1);
            char *cell = &rows[row][place(x, s->points[k].x, COLUMNS - 1)];
            bool is_free = *cell == ' ' || *cell == s->mark;
            *cell = '#'; /* several series have a point here */
            if (is_free) *cell = s->mark;
        }
    }
}

/* Writes the labels of the x axis, each below the place of its tick. One that
 * would touch the label before it is left out. */
static void write_x_labels(const struct axis *x, struct buf *out) {
    char label[LABEL_SIZE];
    int column = 0; /* characters written */
    PUT(out, "%*s", MARGIN + 1, "");
    for (int k = x->first; k <= x->last; k++) {
        label_tick(x, k, label);
        int start = place_tick(x, k, COLUMNS - 1) - (int)strlen(label) / 2;
        if (start < 0) start = 0;
        if (k > x->first && start <= column) continue;
        PUT(out, "%*s%s", start - column, "", label);
        column = start + (int)strlen(label);
    }
    buf_text(out, "\n");
}

static void write_rows(const struct axis *y, char rows[ROWS][COLUMNS + 1],
                       struct buf *out) {
    char label[LABEL_SIZE];
    int k = y->last;
    for (int i = 0; i < ROWS; i++) {
        bool has_label = ROWS - 1 - i == place_tick(y, k, ROWS - 1);
        label[0] = '\0';
        if (has_label) label_tick(y, k--, label);
        int len = COLUMNS;
        while (len > 0 && rows[i][len - 1] == ' ') len--;
        PUT(out, "%*s %c%.*s\n", MARGIN - 1, label, has_label ? '+' : '|', len,
            rows[i]);
    }
}

bool chart_write_text(const struct chart *c, struct buf *out) {
    assert(c->series_count <= CHART_MAX_SERIES);
    struct axis x = fit_axis(c, false), y = fit_axis(c, true);
    char rows[ROWS][COLUMNS + 1];
    fill_rows(c, &x, &y, rows);
    const char *head[] = {c->title, "\n", c->y_label, "\n"};
    for (int i = 0; i < 4; i++) buf_text(out, head[i]);
    write_rows(&y, rows, out);
    write_x_labels(&x, out);
    for (size_t i = 0; i < c->series_count; i++)
        PUT(out, "%s%c = %s", i == 0 ? "          " : "   ", c->series[i].mark,
            c->series[i].name);
    const char *tail[] = {c->series_count > 0 ? "; " : "          ",
                          "x: ", c->x_label, "\n"};
    for (int i = 0; i < 4; i++) buf_text(out, tail[i]);
    return !out->failed;
}

/* Appends text with the characters escaped that XML would interpret. */
static void put_escaped(struct buf *out, const char *text) {
    for (; *text; text++) {
        if (*text == '&')
            buf_text(out, "&amp;");
        else if (*text == '<')
            buf_text(out, "&lt;");
        else
            buf_append(out, text, 1);
    }
}

static void put_label(struct buf *out, int x, int y, const char *anchor,
                      const char *text) {
    PUT(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">", x, y, anchor);
    put_escaped(out, text);
    buf_text(out, "</text>\n");
}

/* Draws a line across the plot at each tick, with its label. */
static void draw_axes(const struct axis *x, const struct axis *y,
                      struct buf *out) {
    char label[LABEL_SIZE];
    for (int k = x->first; k <= x->last; k++) {
        int at = LEFT + place_tick(x, k, WIDTH);
        PUT(out, "<path d=\"M%d %dv%d\" stroke=\"#ddd\"/>\n", at, TOP, HEIGHT);
        label_tick(x, k, label);
        put_label(out, at, TOP + HEIGHT + 20, "middle", label);
    }
    for (int k = y->first; k <= y->last; k++) {
        int at = TOP + HEIGHT - place_tick(y, k, HEIGHT);
        PUT(out, "<path d=\"M%d %dh%d\" stroke=\"#ddd\"/>\n", LEFT, at, WIDTH);
        label_tick(y, k, label);
        put_label(out, LEFT - 8, at + 5, "end", label);
    }
}

/* Draws a line through the points of s that have a place, and a dot at each. */
static void draw_points(const struct chart *c, const struct chart_series *s,
                        struct buf *out) {
    struct axis x = fit_axis(c, false), y = fit_axis(c, true);
    struct buf dots = {.max = out->max};
    char command = 'M'; /* of SVG: move to the first point, then draw a line */
    buf_text(out, "<path fill=\"none\" d=\"");
    for (size_t k = 0; k < s->count; k++) {
        if (!is_drawn(c, s->points[k])) continue;
        int left = LEFT + place(&x, s->points[k].x, WIDTH);
        int top = TOP + HEIGHT - place(&y, s->points[k].y, HEIGHT);
        PUT(out, "%c%d %d", command, left, top);
        PUT(&dots, "<circle cx=\"%d\" cy=\"%d\" r=\"3\"/>\n", left, top);
        command = 'L';
    }
    buf_text(out, "\"/>\n");
    struct span all = buf_view(&dots);
    buf_append(out, all.data, all.len);
    out->failed |= dots.failed;
    buf_free(&dots);
}

/* Draws series number i in its colour, and its name right of the plot. */
static void draw_series(const struct chart *c, size_t i, struct buf *out) {
    static const char *const colours[CHART_MAX_SERIES] = {
        "#0072b2", "#d55e00", "#009e73", "#cc79a7",
        "#e69f00", "#56b4e9", "#000",    "#777"};
    int left = LEFT + WIDTH + 20, top = TOP + 10 + 24 * (int)i;
    PUT(out, "<g fill=\"%s\" stroke=\"%s\">\n", colours[i], colours[i]);
    draw_points(c, &c->series[i], out);
    PUT(out, "<circle cx=\"%d\" cy=\"%d\" r=\"5\"/>\n</g>\n", left, top);
    put_label(out, left + 12, top + 5, "start", c->series[i].name);
}

bool chart_write_svg(const struct chart *c, struct buf *out) {
    assert(c->series_count <= CHART_MAX_SERIES);
    struct axis x = fit_axis(c, false), y = fit_axis(c, true);
    buf_text(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"720\" "
                  "height=\"440\" font-family=\"sans-serif\" "
                  "font-size=\"14\">\n<title>");
    put_escaped(out, c->title);
    buf_text(out, "</title>\n<rect width=\"100%\" height=\"100%\" "
                  "fill=\"#fff\"/>\n");
    put_label(out, LEFT, 24, "start", c->title);
    put_label(out, 8, TOP - 14, "start", c->y_label);
    put_label(out, LEFT + WIDTH, TOP + HEIGHT + 44, "end", c->x_label);
    draw_axes(&x, &y, out);
    for (size_t i = 0; i < c->series_count; i++) draw_series(c, i, out);
    buf_text(out, "</svg>\n");
    return !out->failed;
}
