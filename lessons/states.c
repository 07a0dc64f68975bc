/*
 * states.c: prints the state diagram of a protocol as text for Graphviz
 *
 *   $ bin/states websocket | head -n 1
 *   digraph websocket {
 *   $ bin/states session | dot -Tsvg > session.svg
 *
 * Each diagram is made from the table by which a machine of this toolkit
 * changes its state. lessons/draw.sh draws them for the pages.
 */
#include "packets/tcp_state.h"
#include "socketio/session_state.h"
#include "tcp/options.h"
#include "websocket/ws_state.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
    static const struct option_row rows[] = {OPTION_END};
    struct buf out = {.max = 1 << 16};
    int status = options_parse_operands(argc, argv, rows, 1,
                                        "tcp | websocket | session");
    if (status >= 0) return status;
    bool is_known = true;
    if (strcmp(argv[1], "tcp") == 0)
        tcp_transition_graph(&out);
    else if (strcmp(argv[1], "websocket") == 0)
        state_table_graph(&ws_states, &out);
    else if (strcmp(argv[1], "session") == 0)
        state_table_graph(&session_states, &out);
    else
        is_known = false;
    if (!is_known) fprintf(stderr, "states: there is no %s\n", argv[1]);
    fwrite(out.bytes, 1, out.end, stdout);
    buf_free(&out);
    return is_known ? 0 : 2;
}
