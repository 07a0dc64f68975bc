/*
 * recovery_client.c: a client that connects, reads, upgrades, and is cut off
 *
 * It sends a CONNECT with the pid and the offset that it knows, as the official
 * client does.
 */
#include <stdio.h>
#include <stdlib.h>

#include "socketio/sim/memory.h"
#include "socketio/sim/prng.h"
#include "socketio/sim/recovery.h"

static bool has_session(const struct person *p) {
    return p->session.phase != PHASE_ENDED;
}

void client_cut(struct person *p, bool is_noticed) {
    for (enum session_conn i = 0; i < SESSION_CONNS; i++)
        wires_cut(p, i, is_noticed);
    if (p->session.has_upgraded) totals.upgraded++;
    session_end_free(&p->session);
    p->is_joined = false;
    p->binary = 0;
}

/* What a client sends */

static void send_connect(struct person *p) {
    char text[200];
    snprintf(text, sizeof text, "40{\"pid\":\"%s\",\"offset\":\"%s\",\"n\":%u}",
             p->pid, p->offset, (unsigned)(p - people));
    if (!p->offset[0])
        snprintf(text, sizeof text, "40{\"pid\":\"%s\",\"n\":%u}", p->pid,
                 (unsigned)(p - people));
    session_end_send(&p->session, text);
    p->has_asked = true;
}

static void begin_session(struct person *p) {
    session_end_open(&p->session, prng_percent(40));
    p->upgrades = prng_percent(60);
    p->joins_late = p->upgrades && prng_percent(40);
    p->has_asked = false;
    if (!p->session.starts_websocket) totals.polled++;
}

/* Writes the requests that are due; or sends the CONNECT, or begins to upgrade.
 */
static void write_due(struct person *p) {
    struct session_end *s = &p->session;
    bool waits = p->joins_late && !run.is_quiet && s->phase != PHASE_WEBSOCKET;
    if (!p->has_asked && (!waits || prng_below(20) == 0)) send_connect(p);
    if (p->upgrades && prng_percent(20)) session_end_probe(s);
    session_end_step(s);
}

/* What a client reads */

static void read_connected(struct person *p, const char *text) {
    snprintf(p->pid, sizeof p->pid, "%s", strstr(text, "\"pid\":\"") + 7);
    p->is_joined = p->has_pid = true;
}

/* The offset is the last argument, if that is a string. */
static void read_offset(char offset[40], const char *text) {
    const char *end = strrchr(text, ']'), *begin = end - 1;
    if (*begin != '"') return;
    do begin--;
    while (*begin != '"');
    snprintf(offset, 40, "%.*s", (int)(end - begin - 2), begin + 1);
}

static void read_text(struct person *p, const char *text) {
    const char *name = strstr(text, "[\"x\",");
    if (strncmp(text, "40", 2) == 0) {
        read_connected(p, text);
    } else if (strncmp(text, "41", 2) == 0) {
        client_cut(p, true); /* expelled: it closes its connections */
    } else if (name && text[1] == '5') {
        p->binary = strtol(name + 5, NULL, 10);
        read_offset(p->binary_offset, text);
    } else if (name) {
        rules_check_event(p, strtol(name + 5, NULL, 10));
        if (text[2] == '[') read_offset(p->offset, text);
    }
}

static void read_packet(struct person *p, const char *packet, bool is_binary) {
    if (!is_binary) {
        read_text(p, packet);
        return;
    }
    rules_check_event(p, p->binary);
    memcpy(p->offset, p->binary_offset, sizeof p->offset);
}

/* All input was read: handles the connections that the server has ended. */
static void read_ends(struct person *p) {
    for (enum session_conn i = 0; i < SESSION_CONNS; i++) {
        if (!wires_has_ended(p, i)) continue;
        wires_cut(p, i, true);
        session_end_lost(&p->session, i);
    }
    if (!has_session(p)) client_cut(p, true);
}

/* Reads some of the packets that have arrived; all while run.is_quiet. */
static void read_some(struct person *p) {
    unsigned packets = run.is_quiet ? UINT32_MAX : prng_below(20);
    while (packets-- > 0 && has_session(p)) {
        bool is_binary;
        const char *packet = session_end_next(&p->session, &is_binary);
        if (!packet) {
            read_ends(p);
            return;
        }
        read_packet(p, packet, is_binary);
    }
}

/* What a client does */

/* Sends a DISCONNECT if the transport is ready: then the server reports it at
 * once. */
static void leave_namespace(struct person *p) {
    struct session_end *s = &p->session;
    session_end_step(s);
    wires_flush(p, SIZE_MAX);
    bool is_ready = s->phase == PHASE_WEBSOCKET ||
                    (s->phase >= PHASE_POLLING && s->phase <= PHASE_PROBED &&
                     !s->conns[CONN_POST].is_awaited);
    p->is_leaving = is_ready && p->is_joined;
    if (p->is_leaving) session_end_send(s, "41");
    session_end_step(s);
    wires_flush(p, SIZE_MAX);
    p->is_leaving = false;
    /* Without memory the server may have closed the connection instead. */
    if (memory_has_failed()) p->pid[0] = '\0';
    client_cut(p, true);
}

/* The connections break while the client sends: only a part arrives. */
static void cut_while_sending(struct person *p) {
    write_due(p);
    wires_flush(p, prng_below(400));
    client_cut(p, prng_percent(60));
}

void client_act(struct person *p) {
    unsigned choice = prng_below(1000);
    if (!has_session(p)) {
        if (!run.is_quiet && choice >= 150) return;
        begin_session(p);
        choice = 730;
    }
    if (run.is_quiet || choice < 700) {
        read_some(p);
    } else if (choice < 710) {
        client_cut(p, true);
    } else if (choice < 717) {
        client_cut(p, false);
    } else if (choice < 724) {
        cut_while_sending(p);
    } else if (choice < 727) {
        leave_namespace(p);
    } else if (choice < 760 && session_end_is_upgrading(&p->session)) {
        wires_cut(p, CONN_WEBSOCKET, prng_percent(60));
        session_end_lost(&p->session, CONN_WEBSOCKET);
    }
    if (!has_session(p)) return;
    write_due(p);
    wires_flush(p, SIZE_MAX);
}
