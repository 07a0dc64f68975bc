/* state_table.c: see packets/state_table.h. */
#include "packets/state_table.h"

#include <assert.h>

const struct transition *state_table_find(const struct state_table *t,
                                          unsigned from, unsigned cause) {
    for (size_t i = 0; i < t->count; i++)
        if (t->rows[i].from == from && t->rows[i].cause == cause)
            return &t->rows[i];
    return NULL;
}

uint8_t state_table_next(const struct state_table *t, unsigned from,
                         unsigned cause) {
    const struct transition *row = state_table_find(t, from, cause);
    assert(row != NULL);
    return row->to;
}

static bool is_same_arrow(const struct transition *a,
                          const struct transition *b) {
    return a->from == b->from && a->to == b->to;
}

/* Is row i the first one between its two states? */
static bool is_first(const struct state_table *t, size_t i) {
    for (size_t k = 0; k < i; k++)
        if (is_same_arrow(&t->rows[k], &t->rows[i])) return false;
    return true;
}

/* Writes one arrow for all transitions between two states, with a line for
 * each. */
static void write_arrow(const struct state_table *t, size_t first,
                        struct buf *out) {
    const struct transition *arrow = &t->rows[first];
    const char *const parts[] = {"  \"", t->states[arrow->from], "\" -> \"",
                                 t->states[arrow->to], "\" [label=\""};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        buf_text(out, parts[i]);
    for (size_t i = first; i < t->count; i++) {
        const struct transition *row = &t->rows[i];
        if (!is_same_arrow(row, arrow)) continue;
        buf_text(out, t->causes[row->cause]);
        buf_text(out, row->sends ? " / snd " : "");
        buf_text(out, row->sends ? row->sends : "");
        buf_text(out, "\\n");
    }
    buf_text(out, "\"]\n");
}

bool state_table_graph(const struct state_table *t, struct buf *out) {
    buf_text(out, "digraph ");
    buf_text(out, t->name);
    buf_text(out, " {\n");
    for (size_t i = 0; i < t->count; i++)
        if (is_first(t, i)) write_arrow(t, i, out);
    return buf_text(out, "}\n") && !out->failed;
}
