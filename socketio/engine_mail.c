/*
 * engine_mail.c: what goes out
 *
 *   letters   [ to 7 | to group 0 | to 7 | 9 joins | to group 0 ]
 *   bytes     [ .... | .......... | ..   |         | .....      ]   one buf
 *
 * Everything sent in a round is appended to one buf; a letter says to whom its
 * part goes. What follows to the same receiver joins its letter. A letter to a
 * group is for whoever is in the group at that point of the list, so joining
 * and leaving stand in it, too. However the letters alternate, each link gets
 * all of its own in one piece, so that a program makes one system call of it.
 */
#include "socketio/engine_inside.h"

enum kind {
    TO_LINK,
    TO_GROUP,
    CHANGE, /* of the groups that a session is in */
    PULLED, /* has gone out with another */
};

struct letter {
    uint32_t to;    /* a link, a group; of a CHANGE: the session */
    uint32_t at, n; /* its part of bytes; of a CHANGE: groups before, after */
    uint8_t then;
    uint8_t kind;
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
    if (last->kind != CHANGE) last->n = e->bytes.end - last->at;
}

/* Where to append for one receiver: to the last letter, if that is his and has
 * not been pulled yet. */
static struct buf *write_to(struct engine *e, uint32_t to, enum kind kind) {
    size_t n = letter_count(e);
    if (n > e->letter) {
        struct letter *last = letter_at(e, n - 1);
        if (last->to == to && last->kind == kind && last->then == MAIL_OPEN)
            return &e->bytes;
    }
    seal(e);
    struct letter l = {.to = to, .at = e->bytes.end, .kind = (uint8_t)kind};
    buf_append(&e->letters, &l, sizeof l);
    return &e->bytes;
}

struct buf *mail_to(struct engine *e, uint32_t link) {
    return write_to(e, link, TO_LINK);
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

void engine_publish(struct engine *e, unsigned group, bool binary,
                    const struct span *parts, size_t k) {
    struct span packet[SEND_PARTS + 1];
    packet[0] = span_from("4");
    for (size_t i = 0; i < k; i++) packet[i + 1] = parts[i];
    const struct span *first = packet + binary; /* binary has no type */
    for (uint32_t i = 0; e->polling > 0 && i < e->used; i++) {
        const struct session *s = &e->sessions[i];
        if (s->state == SESSION_POLLING && s->groups >> group & 1)
            session_put(e, i, binary, first, k + !binary);
    }
    conn_send(write_to(e, group, TO_GROUP), binary ? FRAME_BINARY : FRAME_TEXT,
              first, k + !binary, NULL);
    e->published = true;
}

void engine_join(struct engine *e, uint32_t session, uint16_t groups) {
    struct session *s = &e->sessions[session];
    struct letter l = {session, s->groups, groups, MAIL_OPEN, CHANGE};
    if (s->groups == groups) return;
    /* Who joins now must not get what was published before; who leaves must. */
    if (e->published) {
        seal(e);
        buf_append(&e->letters, &l, sizeof l);
    }
    s->groups = groups;
}

/* The groups that a session was in when the round began. */
static uint16_t groups_before(const struct engine *e, uint32_t session) {
    for (size_t i = 0; i < letter_count(e); i++) {
        const struct letter *l = letter_at(e, i);
        if (l->kind == CHANGE && l->to == session) return (uint16_t)l->at;
    }
    return e->sessions[session].groups;
}

static bool failed(const struct engine *e) {
    return e->bytes.failed || e->letters.failed || e->gathered.failed;
}

/* Puts together what is for a session, of its own and of its groups, in the
 * order in which it was written. False: nothing. */
static bool gather(struct engine *e, uint32_t session, struct mail *m) {
    const struct session *s = &e->sessions[session];
    uint16_t groups = groups_before(e, session);
    bool any = false;
    *m = (struct mail){.link = s->link, .then = MAIL_OPEN};
    buf_clear(&e->gathered);
    for (size_t i = 0; i < letter_count(e); i++) {
        struct letter *l = letter_at(e, i);
        bool own = l->kind == TO_LINK && l->to == s->link;
        if (l->kind == CHANGE && l->to == session) groups = (uint16_t)l->n;
        if (!own && !(l->kind == TO_GROUP && groups >> l->to & 1)) continue;
        any = true;
        m->bytes = (struct span){e->bytes.bytes + l->at, l->n};
        if (letter_count(e) == 1) return true; /* it may go out as it is */
        buf_append(&e->gathered, m->bytes.data, l->n);
        if (own) m->then = l->then, l->kind = PULLED;
    }
    m->bytes = buf_view(&e->gathered);
    return any;
}

/* Of a round with letters to groups: the next who gets something. */
static bool next_member(struct engine *e, struct mail *m) {
    while (e->member < e->used) {
        uint32_t session = e->member++;
        if (e->sessions[session].state != SESSION_WEBSOCKET) continue;
        if (gather(e, session, m)) return true;
    }
    buf_clear(&e->gathered);
    return false;
}

/* The next letter to a link, unless that link is gone. */
static bool next_letter(struct engine *e, struct mail *m) {
    while (e->letter < letter_count(e)) {
        const struct letter *l = letter_at(e, e->letter++);
        if (l->kind != TO_LINK || e->links[l->to].state == LINK_FREE) continue;
        *m = (struct mail){.link = l->to, .then = l->then};
        if (l->n > 0) m->bytes = (struct span){e->bytes.bytes + l->at, l->n};
        if (l->n > 0 || l->then != MAIL_OPEN || failed(e)) return true;
    }
    return false;
}

/* Everything has been pulled: the bufs begin anew. */
static void start_over(struct engine *e) {
    e->letter = e->member = 0;
    e->published = false;
    if (e->bytes.cap > KEPT) buf_free(&e->bytes);
    if (e->gathered.cap > KEPT) buf_free(&e->gathered);
    buf_clear(&e->bytes);
    buf_clear(&e->letters);
    buf_clear(&e->gathered);
}

bool engine_mail(struct engine *e, struct mail *m) {
    session_answer(e);
    seal(e);
    if ((e->published && next_member(e, m)) || next_letter(e, m)) {
        /* Without memory for all of it nobody's part can be trusted to be
         * whole: whoever was written to is dropped. */
        if (failed(e)) m->bytes.len = 0, m->then = MAIL_DROP;
        return true;
    }
    start_over(e);
    return false;
}
