/* explain_dot.c: see packets/explain_dot.h. A cell is the part of a field in
 * one row. */
#include "packets/explain_dot.h"
#include "packets/explain_show.h"

#include <stdio.h>

enum {
    ROW = 32,       /* bits */
    FEW_ROWS = 128, /* bits of a field that is drawn with all of its rows */
};

struct table {
    struct buf *out;
    uint32_t column; /* of the next bit, 0: a row begins */
};

static const char *layer_colour(int layer) {
    static const char *const colours[] = {"#eeeeee", "#d0ebff", "#d3f9d8",
                                          "#fff3bf", "#ffe3e3", "#ffdeeb",
                                          "#e5dbff"};
    return colours[layer - EXPLAIN_PHYSICAL];
}

static void put_escaped(struct buf *out, const char *text) {
    for (; *text; text++) {
        if (*text == '&')
            buf_text(out, "&amp;");
        else if (*text == '<')
            buf_text(out, "&lt;");
        else if (*text == '>')
            buf_text(out, "&gt;");
        else
            buf_append(out, text, 1);
    }
}

static void begin_cell(struct table *t, uint32_t columns, const char *colour) {
    char text[80];
    if (t->column == 0) buf_text(t->out, "<tr>");
    snprintf(text, sizeof text, "<td colspan=\"%u\" bgcolor=\"%s\">", columns,
             colour);
    buf_text(t->out, text);
}

static void end_cell(struct table *t, uint32_t columns) {
    buf_text(t->out, "</td>");
    t->column = (t->column + columns) % ROW;
    if (t->column == 0) buf_text(t->out, "</tr>\n");
}

/* Fills the row that has begun. */
static void end_row(struct table *t) {
    uint32_t left = ROW - t->column;
    if (t->column == 0) return;
    begin_cell(t, left, "white");
    end_cell(t, left);
}

/* Appends a row with one text: a header, derived bytes, or a field without
 * bits. */
static void put_title(struct table *t, const struct explain *e,
                      const struct explain_field *f) {
    char text[200], space[EXPLAIN_WORDS_MAX];
    const char *words = explain_words(e, f, space);
    end_row(t);
    begin_cell(t, ROW, "white");
    buf_text(t->out, "<b>");
    put_escaped(t->out, f->name);
    buf_text(t->out, "</b>");
    snprintf(text, sizeof text, ", layer %d: %s (%s)", f->layer,
             explain_osi(f->layer), explain_internet(f->layer));
    if (f->bits > 0) buf_text(t->out, text);
    if (*words) buf_text(t->out, "; ");
    put_escaped(t->out, words);
    end_cell(t, ROW);
}

static void put_label(struct table *t, const struct explain *e,
                      const struct explain_field *f, uint32_t columns) {
    char value[EXPLAIN_SHOW_MAX];
    explain_show_value(value, e, f);
    if (f->is_wrong) buf_text(t->out, "<font color=\"#c92a2a\">");
    put_escaped(t->out, f->name);
    if (*value) buf_text(t->out, columns < ROW / 2 ? "<br/>" : ": ");
    put_escaped(t->out, value);
    if (f->is_wrong) buf_text(t->out, "</font>");
}

static void put_field(struct table *t, const struct explain *e,
                      const struct explain_field *f) {
    uint32_t left = f->bits, first = ROW - t->column;
    /* The label is in the first part, or in the second if that has more. */
    bool is_second = left > first && first < ROW && left - first > first;
    int part = 0;
    if (left > FEW_ROWS) left = first + ROW + (left - first) % ROW;
    while (left > 0) {
        uint32_t n = ROW - t->column < left ? ROW - t->column : left;
        begin_cell(t, n, layer_colour(f->layer));
        if (part++ == is_second)
            put_label(t, e, f, n);
        else
            buf_text(t->out, "...");
        end_cell(t, n);
        left -= n;
    }
}

static void put_scale(struct table *t) {
    for (uint32_t i = 0; i < ROW; i++) {
        char text[8];
        begin_cell(t, 1, "white");
        snprintf(text, sizeof text, "%u", i);
        buf_text(t->out, text);
        end_cell(t, 1);
    }
}

bool explain_dot_write(struct buf *out, const struct explain *e, int layer) {
    struct table t = {.out = out};
    bool was_derived = false;
    buf_text(out, "digraph explanation {\n"
                  "node [shape=plain, fontname=\"sans-serif\", fontsize=11];\n"
                  "fields [label=<<table border=\"0\" cellborder=\"1\" "
                  "cellspacing=\"0\" cellpadding=\"3\">\n");
    put_scale(&t);
    for (size_t i = 0; i < explain_count(e); i++) {
        const struct explain_field *f = explain_field(e, i);
        bool is_title = f->bits == 0 || f->kind == EXPLAIN_DERIVED ||
                        (f->kind == EXPLAIN_HEADER && f->depth == 0);
        if (layer != 0 && f->layer != layer) continue;
        if (f->is_derived != was_derived) end_row(&t);
        was_derived = f->is_derived;
        if (is_title)
            put_title(&t, e, f);
        else if (f->kind != EXPLAIN_HEADER)
            put_field(&t, e, f);
    }
    end_row(&t);
    buf_text(out, "</table>>];\n}\n");
    return !out->failed;
}
