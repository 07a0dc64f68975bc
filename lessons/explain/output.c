/* output.c: see output.h. */
#include "output.h"
#include "packets/explain_dot.h"
#include "packets/explain_json.h"
#include "packets/explain_text.h"
#include "tcp/colour.h"

#include <stdio.h>
#include <unistd.h>

enum {
    MAX_OUTPUT = 64 << 20, /* bytes, of one packet */
    FLUSH = 65536,         /* write output of this many bytes */
};

void output_flush(struct output *o) {
    if (o->bytes.failed) {
        fprintf(stderr, "explain: an explanation of more than %d bytes\n",
                MAX_OUTPUT);
        o->status = 1;
    }
    struct span all = buf_view(&o->bytes);
    if (all.len > 0) fwrite(all.data, 1, all.len, stdout);
    buf_clear(&o->bytes);
}

static void render(struct output *o, const struct explain *e) {
    static int colour = -1;
    if (colour == -1) colour = colour_is_on(STDOUT_FILENO);
    struct explain_text_options options = {
        .has_colour = colour, .has_dump = true, .layer = (int)o->layer};
    if (o->is_json)
        explain_json_write(&o->bytes, e, (int)o->layer);
    else if (o->is_dot)
        explain_dot_write(&o->bytes, e, (int)o->layer);
    else
        explain_text_write(&o->bytes, e, &options);
}

void output_explanation(struct output *o, const struct explain *e,
                        const char *title, bool is_partial) {
    uint32_t cut_count = is_partial ? 0 : e->cut_count;
    o->wrong_count += e->wrong_count;
    o->cut_count += cut_count;
    if (e->wrong_count + cut_count > 0)
        o->status = 1;
    else if (o->is_check)
        return;
    if (o->bytes.max == 0) buf_init(&o->bytes, MAX_OUTPUT);
    buf_text(&o->bytes, title);
    render(o, e);
    if (*title) buf_text(&o->bytes, o->is_json ? "}\n" : "\n");
    if (o->bytes.end >= FLUSH || o->bytes.failed) output_flush(o);
}
