/* tcp_state_test.c: packets/tcp_state.h against RFC 9293 Figure 5 */
#include "packets/segment.h"
#include "packets/tcp_state.h"
#include "packets/unit.h"

/* The arrows of the figure, in its words. */
static const struct {
    const char *from, *cause, *to;
    uint8_t sends;
} figure_5[] = {
    {"CLOSED", "passive OPEN", "LISTEN", 0},
    {"CLOSED", "active OPEN", "SYN-SENT", SEGMENT_SYN},
    {"LISTEN", "rcv SYN", "SYN-RECEIVED", SEGMENT_SYN | SEGMENT_ACK},
    {"LISTEN", "CLOSE", "CLOSED", 0},
    {"SYN-SENT", "rcv SYN", "SYN-RECEIVED", SEGMENT_SYN | SEGMENT_ACK},
    {"SYN-SENT", "rcv SYN,ACK", "ESTABLISHED", SEGMENT_ACK},
    {"SYN-SENT", "CLOSE", "CLOSED", 0},
    {"SYN-RECEIVED", "rcv ACK of SYN", "ESTABLISHED", 0},
    {"SYN-RECEIVED", "CLOSE", "FIN-WAIT-1", SEGMENT_FIN},
    {"ESTABLISHED", "CLOSE", "FIN-WAIT-1", SEGMENT_FIN},
    {"ESTABLISHED", "rcv FIN", "CLOSE-WAIT", SEGMENT_ACK},
    {"FIN-WAIT-1", "rcv FIN", "CLOSING", SEGMENT_ACK},
    {"FIN-WAIT-1", "rcv ACK of FIN", "FIN-WAIT-2", 0},
    {"FIN-WAIT-2", "rcv FIN", "TIME-WAIT", SEGMENT_ACK},
    {"CLOSE-WAIT", "CLOSE", "LAST-ACK", SEGMENT_FIN},
    {"CLOSING", "rcv ACK of FIN", "TIME-WAIT", 0},
    {"LAST-ACK", "rcv ACK of FIN", "CLOSED", 0},
    {"TIME-WAIT", "timeout 2 MSL", "CLOSED", 0},
};

static void the_table_has_each_arrow_of_the_figure(void) {
    for (size_t i = 0; i < sizeof figure_5 / sizeof *figure_5; i++) {
        const struct tcp_transition *row = NULL;
        bool has_it = false;
        for (unsigned k = 0; (row = tcp_transition_row(k)) != NULL; k++)
            has_it |= !strcmp(tcp_state_name(row->from), figure_5[i].from) &&
                      !strcmp(tcp_cause_name(row->cause), figure_5[i].cause) &&
                      !strcmp(tcp_state_name(row->to), figure_5[i].to) &&
                      row->sends == figure_5[i].sends;
        UNIT_TRUE(has_it);
        if (!has_it) printf("%s, %s\n", figure_5[i].from, figure_5[i].cause);
    }
}

/* §3.10.5, §3.10.7.4, §3.10.8 */
static void resets_aborts_and_timeouts_end_in_closed(void) {
    static const enum tcp_cause causes[] = {TCP_RCV_RST, TCP_ABORT,
                                            TCP_TIMEOUT_USER};
    for (int s = TCP_CLOSED; s < TCP_STATES; s++)
        for (int c = 0; c < 3; c++) {
            const struct tcp_transition *row =
                tcp_transition_find((enum tcp_state)s, causes[c]);
            bool is_expected = s > TCP_LISTEN || (s == TCP_LISTEN && c == 1);
            if (c == 2 && (s == TCP_FIN_WAIT_2 || s == TCP_TIME_WAIT))
                is_expected = false; /* nothing of ours waits for an ACK */
            UNIT_INT(row != NULL, is_expected);
            if (row) UNIT_INT(row->to, TCP_CLOSED);
            bool is_reset =
                c == 1 && s >= TCP_SYN_RECEIVED && s <= TCP_CLOSE_WAIT;
            if (row) UNIT_INT(row->sends, is_reset ? SEGMENT_RST : 0);
        }
}

static void no_state_and_cause_has_two_rows(void) {
    const struct tcp_transition *row;
    for (unsigned i = 0; (row = tcp_transition_row(i)) != NULL; i++)
        UNIT_TRUE(tcp_transition_find(row->from, row->cause) == row);
    UNIT_TRUE(tcp_transition_find(TCP_CLOSED, TCP_RCV_SYN) == NULL);
    row = tcp_transition_find(TCP_SYN_RECEIVED, TCP_RCV_RST_PASSIVE);
    UNIT_INT(row->to, TCP_LISTEN);
    UNIT_INT(row->sends, 0);
    row = tcp_transition_find(TCP_SYN_RECEIVED, TCP_RCV_SYN);
    UNIT_INT(row->to, TCP_LISTEN);
    UNIT_INT(row->sends, 0);
    row = tcp_transition_find(TCP_LISTEN, TCP_ACTIVE_OPEN);
    UNIT_INT(row->to, TCP_SYN_SENT);
    UNIT_INT(row->sends, SEGMENT_SYN);
}

static int count(const char *text, const char *part) {
    int n = 0;
    while ((text = strstr(text, part)) != NULL) {
        n++;
        text += strlen(part);
    }
    return n;
}

static void the_graph_has_an_arrow_for_each_two_states(void) {
    static char text[8192];
    struct buf out = {.max = sizeof text - 1};
    bool is_joined[TCP_STATES][TCP_STATES] = {{false}};
    const struct tcp_transition *row;
    int arrows = 0, rows = 0;
    UNIT_TRUE(tcp_transition_graph(&out));
    memcpy(text, out.bytes, out.end);
    for (unsigned i = 0; (row = tcp_transition_row(i)) != NULL; i++) {
        arrows += !is_joined[row->from][row->to];
        is_joined[row->from][row->to] = true;
        rows++;
    }
    UNIT_INT(count(text, " -> "), arrows);
    UNIT_INT(count(text, "\\n"), rows);
    UNIT_INT(count(text, "\n"), arrows + 2);
    UNIT_TRUE(strstr(text, "digraph tcp {\n") == text);
    UNIT_TRUE(strstr(text, "  \"CLOSE-WAIT\" -> \"LAST-ACK\" "
                           "[label=\"CLOSE / snd FIN\\n\"]\n") != NULL);
    UNIT_TRUE(strstr(text, "\"LAST-ACK\" -> \"CLOSED\" [label=\"rcv ACK of "
                           "FIN\\nrcv RST\\nABORT\\nuser timeout\\n\"]\n"));
    UNIT_INT(strcmp(text + out.end - 3, "\n}\n"), 0);
    size_t size = out.end;
    buf_free(&out);
    for (size_t max = 1; max < size; max += 97) { /* a full buffer */
        struct buf small;
        buf_init(&small, max);
        UNIT_FALSE(tcp_transition_graph(&small));
        buf_free(&small);
    }
}

UNIT_MAIN("tcp_state", UNIT_TEST(the_table_has_each_arrow_of_the_figure),
          UNIT_TEST(resets_aborts_and_timeouts_end_in_closed),
          UNIT_TEST(no_state_and_cause_has_two_rows),
          UNIT_TEST(the_graph_has_an_arrow_for_each_two_states))
