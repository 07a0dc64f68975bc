/* backlog.c: see socketio/backlog.h
 *
 *   bytes  [ . . | end ]   free   [ first | . . | last ... | wrap ]  unused
 *
 * An entry is never split: one that does not fit before the end of the bytes
 * begins at 0, and wrap is the end of the entries before it. An entry is a
 * header, the names of rooms and the messages, each after its length. */
#include "socketio/backlog.h"

#include <assert.h>
#include <stdlib.h>

struct header {
    uint64_t socket, except;
    uint32_t size, previous; /* of the entry; start of the entry before it */
    uint32_t nsp, names, messages; /* names, messages: bytes */
    uint8_t kind;
    bool has_rooms, is_lost;
};

bool backlog_init(struct backlog *b, uint32_t size) {
    assert(size >= 8192);
    *b = (struct backlog){.size = size};
    b->bytes = malloc(size);
    return b->bytes != NULL;
}

void backlog_free(struct backlog *b) {
    free(b->bytes);
    b->bytes = NULL;
}

static struct header header_at(const struct backlog *b, uint32_t at) {
    struct header h;
    memcpy(&h, b->bytes + at, sizeof h);
    return h;
}

static bool is_empty(const struct backlog *b) {
    return b->start == b->position;
}

static bool is_wrapped(const struct backlog *b) {
    return !is_empty(b) && b->end <= b->first;
}

/* Returns where the entry after the one at offset at begins. */
static uint32_t after(const struct backlog *b, uint32_t at) {
    uint32_t next = at + header_at(b, at).size;
    return is_wrapped(b) && next == b->wrap ? 0 : next;
}

static void drop_first(struct backlog *b) {
    b->first = after(b, b->first);
    b->start++;
    if (is_empty(b)) b->first = b->end = 0;
}

/* Makes space for an entry and returns where it begins. */
static uint32_t make_space(struct backlog *b, uint32_t size) {
    for (;; drop_first(b)) {
        if (is_wrapped(b)) {
            if (b->first - b->end >= size) return b->end;
        } else if (b->size - b->end >= size) {
            return b->end;
        } else if (b->first >= size) {
            b->wrap = b->end;
            return 0;
        }
    }
}

static uint32_t put(struct backlog *b, uint32_t at, const void *bytes,
                    size_t n) {
    if (n > 0) memcpy(b->bytes + at, bytes, n);
    return at + (uint32_t)n;
}

/* A message: its length, then its parts. */
static uint32_t put_message(struct backlog *b, uint32_t at,
                            const struct span *parts, size_t k) {
    uint32_t begin = at, n;
    at += (uint32_t)sizeof n;
    for (size_t i = 0; i < k; i++) at = put(b, at, parts[i].data, parts[i].len);
    n = at - begin - (uint32_t)sizeof n;
    put(b, begin, &n, sizeof n);
    return at;
}

static size_t message_size(const struct span *parts, size_t k) {
    size_t n = sizeof(uint32_t);
    for (size_t i = 0; i < k; i++) n += parts[i].len;
    return n;
}

void backlog_append(struct backlog *b, const struct backlog_entry *e,
                    const struct span *parts, size_t k,
                    const struct span *binaries, size_t count) {
    size_t messages = k > 0 ? message_size(parts, k) : 0;
    for (size_t i = 0; i < count; i++)
        messages += message_size(&binaries[i], 1);
    bool is_lost = messages > b->size / 4;
    if (is_lost) messages = 0;
    struct header h = {.socket = e->socket,
                       .except = e->except,
                       .size = (uint32_t)(sizeof h + e->rooms.len + messages),
                       .previous = b->last,
                       .nsp = e->nsp,
                       .names = (uint32_t)e->rooms.len,
                       .messages = (uint32_t)messages,
                       .kind = (uint8_t)e->kind,
                       .has_rooms = e->has_rooms,
                       .is_lost = is_lost};
    uint32_t at = make_space(b, h.size);
    b->last = at;
    at = put(b, at, &h, sizeof h);
    at = put(b, at, e->rooms.data, e->rooms.len);
    if (messages > 0) at = put_message(b, at, parts, k);
    for (size_t i = 0; messages > 0 && i < count; i++)
        at = put_message(b, at, &binaries[i], 1);
    b->end = at;
    b->position++;
}

/* Reading */

struct backlog_cursor backlog_end(const struct backlog *b) {
    return (struct backlog_cursor){b->position, b->last};
}

static void read_entry(const struct backlog *b, uint32_t at,
                       struct backlog_entry *e) {
    struct header h = header_at(b, at);
    at += (uint32_t)sizeof h;
    *e = (struct backlog_entry){
        .kind = h.kind,
        .nsp = h.nsp,
        .socket = h.socket,
        .except = h.except,
        .has_rooms = h.has_rooms,
        .is_lost = h.is_lost,
        .rooms = {b->bytes + at, h.names},
        .messages = {b->bytes + at + h.names, h.messages},
    };
}

bool backlog_back(const struct backlog *b, struct backlog_cursor *c,
                  struct backlog_entry *e) {
    if (c->position <= b->start) return false;
    read_entry(b, c->at, e);
    c->at = header_at(b, c->at).previous;
    c->position--;
    return true;
}

bool backlog_next(const struct backlog *b, struct backlog_cursor *c,
                  struct backlog_entry *e) {
    if (c->position < b->start || c->position >= b->position) return false;
    c->at = c->position == b->start ? b->first : after(b, c->at);
    c->position++;
    read_entry(b, c->at, e);
    return true;
}

bool backlog_next_message(struct span *messages, struct span *message) {
    uint32_t n;
    if (messages->len == 0) return false;
    memcpy(&n, messages->data, sizeof n);
    *messages = span_skip(*messages, sizeof n);
    *message = (struct span){messages->data, n};
    *messages = span_skip(*messages, n);
    return true;
}
