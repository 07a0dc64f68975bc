/*
 * engine_mail.c: what goes out
 *
 *   letters   [ to 7 | to 9 | to group 0 | to 7 ]
 *   bytes     [ .... | ...  | .......... | ..   ]     one buf for all of them
 *
 * Everything sent in a round is appended to one buf; a letter says to whom its
 * part goes. What follows to the same link joins its letter, so that a program
 * makes one system call of it. A letter to a group is expanded when it is
 * pulled, not when it is written.
 */
#include "socketio/engine_inside.h"

struct letter {
    uint32_t to, at, n; /* a link, or a group; its part of bytes */
    uint8_t then;
    bool group;
};

#define KEPT (1024 * 1024) /* of memory, from one round to the next */

static struct letter *letter_at(const struct engine *e, size_t i) {
    return (struct letter *)(void *)e->letters.bytes + i;
}

static size_t letter_count(const struct engine *e) {
    return e->letters.end / sizeof(struct letter);
}

/* The last letter ends where the bytes do. */
static void seal(struct engine *e) {
    size_t n = letter_count(e);
    if (n == 0) return;
    struct letter *last = letter_at(e, n - 1);
    last->n = e->bytes.end - last->at;
}

/* Where to append for one receiver: to the last letter, if that is his and has
 * not been pulled yet. */
static struct buf *write_to(struct engine *e, uint32_t to, bool group) {
    size_t n = letter_count(e);
    if (n > e->letter) {
        struct letter *last = letter_at(e, n - 1);
        if (last->to == to && last->group == group && last->then == MAIL_OPEN)
            return &e->bytes;
    }
    seal(e);
    struct letter l = {.to = to, .at = e->bytes.end, .group = group};
    buf_append(&e->letters, &l, sizeof l);
    return &e->bytes;
}

struct buf *mail_to(struct engine *e, uint32_t link) {
    return write_to(e, link, false);
}

void mail_end(struct engine *e, uint32_t link, enum mail_then then) {
    mail_to(e, link);
    if (letter_count(e) > 0)
        letter_at(e, letter_count(e) - 1)->then = (uint8_t)then;
    seal(e);
}

void mail_answer_later(struct engine *e, uint32_t slot) {
    if (e->sessions[slot].answering) return;
    e->sessions[slot].answering = buf_append(&e->answers, &slot, sizeof slot);
}

static bool in_group(const struct session *s, uint32_t group) {
    return s->groups >> group & 1;
}

void engine_publish(struct engine *e, unsigned group, bool binary,
                    const struct span *parts, size_t k) {
    struct span packet[SEND_PARTS + 1];
    packet[0] = span_of("4");
    for (size_t i = 0; i < k; i++) packet[i + 1] = parts[i];
    const struct span *first = packet + binary; /* binary has no type */
    for (uint32_t i = 0; e->polling > 0 && i < e->used; i++) {
        const struct session *s = &e->sessions[i];
        if (s->state == SESSION_POLLING && in_group(s, group))
            session_put(e, i, binary, first, k + !binary);
    }
    conn_send(write_to(e, group, true), binary ? FRAME_BINARY : FRAME_TEXT,
              first, k + !binary, NULL);
}

/* Turns each letter to a group into one for each member it has now. */
static void expand_groups(struct engine *e) {
    struct buf old = e->letters;
    seal(e);
    e->letters = (struct buf){.max = old.max};
    for (size_t i = 0; i < old.end / sizeof(struct letter); i++) {
        struct letter l = ((struct letter *)(void *)old.bytes)[i];
        if (!l.group) {
            buf_append(&e->letters, &l, sizeof l);
            continue;
        }
        for (uint32_t m = 0; m < e->used; m++) {
            const struct session *s = &e->sessions[m];
            if (s->state != SESSION_WEBSOCKET || !in_group(s, l.to)) continue;
            struct letter copy = {.to = s->link, .at = l.at, .n = l.n};
            buf_append(&e->letters, &copy, sizeof copy);
        }
    }
    buf_free(&old);
}

void engine_join(struct engine *e, uint32_t session, uint16_t groups) {
    struct session *s = &e->sessions[session];
    if (s->groups == groups) return;
    /* Who joins now must not get what was published before, and who leaves
     * must: settle who is meant while the membership is still the old one. */
    for (size_t i = 0; i < letter_count(e); i++) {
        if (!letter_at(e, i)->group) continue;
        expand_groups(e);
        break;
    }
    s->groups = groups;
}

/* The next member of a letter's group, or false. */
static bool next_member(struct engine *e, const struct letter *l,
                        struct mail *m) {
    while (e->member < e->used) {
        const struct session *s = &e->sessions[e->member++];
        if (s->state != SESSION_WEBSOCKET || !in_group(s, l->to)) continue;
        m->link = s->link;
        return true;
    }
    e->member = 0;
    return false;
}

/* Everything has been pulled: the bufs begin anew. */
static void start_over(struct engine *e) {
    e->letter = 0;
    if (e->bytes.cap > KEPT) buf_free(&e->bytes);
    buf_clear(&e->bytes);
    buf_clear(&e->letters);
}

bool engine_mail(struct engine *e, struct mail *m) {
    session_answer(e);
    seal(e);
    /* Without memory for all of it nobody's part can be trusted to be whole:
     * whoever was written to is dropped. */
    bool failed = e->bytes.failed || e->letters.failed;
    while (e->letter < letter_count(e)) {
        const struct letter *l = letter_at(e, e->letter);
        *m = (struct mail){.link = l->to, .then = l->then};
        if (l->n > 0) m->bytes = (struct span){e->bytes.bytes + l->at, l->n};
        if (failed) m->bytes.n = 0, m->then = MAIL_DROP;
        if (l->group && next_member(e, l, m)) return true;
        e->letter++;
        if (l->group || e->links[l->to].state == LINK_FREE) continue;
        if (m->bytes.n > 0 || m->then != MAIL_OPEN) return true;
    }
    start_over(e);
    return false;
}
