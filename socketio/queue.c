/* queue.c: see socketio/queue.h. */
#include "socketio/queue.h"

#include <assert.h>
#include <stdlib.h>

#define FIRST_CAP 6 /* packets: 64 bytes in all */

struct shared *shared_new(size_t *total, bool is_binary,
                          const struct span *parts, size_t k) {
    size_t len = 0;
    for (size_t i = 0; i < k; i++) len += parts[i].len;
    if (len > UINT32_MAX) return NULL;
    struct shared *packet = malloc(sizeof *packet + len);
    if (!packet) return NULL;
    *packet = (struct shared){
        .refs = 1, .len = (uint32_t)len, .is_binary = is_binary};
    uint8_t *to = packet->bytes;
    for (size_t i = 0; i < k; i++) {
        if (parts[i].len == 0) continue;
        memcpy(to, parts[i].data, parts[i].len);
        to += parts[i].len;
    }
    *total += sizeof *packet + len;
    return packet;
}

void shared_release(size_t *total, struct shared *packet) {
    if (!packet || --packet->refs > 0) return;
    *total -= sizeof *packet + packet->len;
    free(packet);
}

static size_t queue_size(uint32_t cap) {
    return sizeof(struct queue) + cap * sizeof(struct shared *);
}

/* Doubles the capacity. False: no memory. */
static bool grow(size_t *total, struct queue **q) {
    uint32_t cap = *q ? 2 * (*q)->cap : FIRST_CAP;
    struct queue *grown = realloc(*q, queue_size(cap));
    if (!grown) return false;
    if (*q)
        *total -= queue_size(grown->cap);
    else
        *grown = (struct queue){.count = 0};
    *total += queue_size(cap);
    grown->cap = cap;
    *q = grown;
    return true;
}

bool queue_push(size_t *total, struct queue **q, struct shared *packet) {
    if ((!*q || (*q)->count == (*q)->cap) && !grow(total, q)) return false;
    packet->refs++;
    (*q)->packets[(*q)->count++] = packet;
    (*q)->bytes += packet->len + sizeof(struct shared *);
    return true;
}

void queue_drop(size_t *total, struct queue **q, uint32_t n) {
    struct queue *queue = *q;
    assert(n <= queue->count);
    for (uint32_t i = 0; i < n; i++) {
        queue->bytes -= queue->packets[i]->len + sizeof(struct shared *);
        shared_release(total, queue->packets[i]);
    }
    queue->count -= n;
    memmove(queue->packets, queue->packets + n,
            queue->count * sizeof *queue->packets);
    if (queue->count > 0) return;
    *total -= queue_size(queue->cap);
    free(queue);
    *q = NULL;
}

void queue_free(size_t *total, struct queue **q) {
    if (*q) queue_drop(total, q, (*q)->count);
}
