/* trace.c: see socketio/sim/trace.h */
#include "socketio/sim/trace.h"

#include <stdio.h>
#include <unistd.h>

enum {
    KEPT = 1 << 14, /* lines */
    PRINTED = 40,   /* of the clients in the failure */
    LATEST = 12,    /* of all clients */
    CLIENTS = 1 << 12,
    TEXT = 90,
};

struct line {
    uint64_t step;
    int64_t now, n;
    const char *event;
    int client;
    uint32_t link;
    uint8_t size, text[TEXT];
};

static struct line lines[KEPT];
static uint64_t count, seed, step;
static int64_t now;
static bool has_memory_option;
static uint32_t slots[CLIENTS];

void trace_start(uint64_t s, bool with_memory) {
    seed = s;
    has_memory_option = with_memory;
    count = 0;
    memset(slots, 0xff, sizeof slots);
}

void trace_step(uint64_t s, int64_t t) {
    step = s;
    now = t;
}

void trace_slot(int client, uint32_t slot) {
    slots[client % CLIENTS] = slot;
}

void trace(int client, uint32_t link, const char *event, int64_t n,
           struct span text) {
    struct line *l = &lines[count++ % KEPT];
    *l = (struct line){.step = step,
                       .now = now,
                       .n = n,
                       .event = event,
                       .client = client,
                       .link = link,
                       .size = text.len < TEXT ? (uint8_t)text.len : TEXT};
    if (l->size > 0) memcpy(l->text, text.data, l->size);
}

static void print_line(const struct line *l) {
    printf("  %6llu %8lld ms ", (unsigned long long)l->step, (long long)l->now);
    if (l->client == NO_CLIENT)
        printf("           ");
    else
        printf("client %-4d", l->client);
    if (l->link == NO_LINK)
        printf("          ");
    else
        printf(" link %-4u", (unsigned)l->link);
    printf(" %s", l->event);
    if (l->n >= 0) printf(" %lld", (long long)l->n);
    if (l->size > 0) printf(": ");
    for (unsigned i = 0; i < l->size; i++)
        if (l->text[i] >= ' ' && l->text[i] <= '~')
            putchar(l->text[i]);
        else
            printf("\\x%02x", l->text[i]);
    putchar('\n');
}

static bool is_about(const struct line *l, int client) {
    if (client == NO_CLIENT || l->client == client) return true;
    if (l->client == NO_CLIENT) return false;
    uint32_t slot = slots[client % CLIENTS];
    return slot != NO_LINK && slots[l->client % CLIENTS] == slot;
}

void trace_fail(int client, const char *invariant, const char *detail) {
    uint64_t first = count > KEPT ? count - KEPT : 0, at = count;
    unsigned found = 0;
    while (at > first && found < PRINTED)
        found += is_about(&lines[--at % KEPT], client);
    printf("seed %llu fails at step %llu, %lld ms, client %d:\n  %s: %s\n",
           (unsigned long long)seed, (unsigned long long)step, (long long)now,
           client, invariant, detail);
    printf("its last steps (step, time, client, link):\n");
    for (; at < count; at++)
        if (is_about(&lines[at % KEPT], client)) print_line(&lines[at % KEPT]);
    printf("the last steps of all clients:\n");
    for (at = count > LATEST ? count - LATEST : 0; at < count; at++)
        print_line(&lines[at % KEPT]);
    printf("again: server_sim%s --first %llu --seeds 1\n",
           has_memory_option ? " --memory" : "", (unsigned long long)seed);
    fflush(stdout);
    _exit(1);
}
