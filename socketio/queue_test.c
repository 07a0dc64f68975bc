/* queue_test.c: socketio/queue.h */
#include "packets/unit.h"
#include "socketio/queue.h"

static size_t total;

static struct shared *packet(const char *a, const char *b) {
    struct span parts[] = {span_from(a), {NULL, 0}, span_from(b)};
    return shared_new(&total, false, parts, 3);
}

static void a_packet_is_the_join_of_its_parts(void) {
    struct shared *p = packet("4", "hello");
    UNIT_TEXT(p->bytes, p->len, "4hello");
    UNIT_FALSE(p->is_binary);
    shared_release(&total, p);
    p = shared_new(&total, true, NULL, 0);
    UNIT_INT(p->len, 0);
    UNIT_TRUE(p->is_binary);
    shared_release(&total, p);
    shared_release(&total, NULL);
    UNIT_INT(total, 0);
}

static void a_long_queue_keeps_the_order(void) {
    struct queue *q = NULL;
    char text[12];
    UNIT_INT(queue_bytes(q), 0);
    for (int i = 0; i < 1000; i++) {
        snprintf(text, sizeof text, "%d", i);
        struct shared *p = packet(text, "");
        UNIT_TRUE(queue_push(&total, &q, p));
        shared_release(&total, p);
    }
    UNIT_INT(q->count, 1000);
    /* 10 of one digit, 90 of two, 900 of three; and 1000 pointers */
    UNIT_INT(queue_bytes(q), 10 + 180 + 2700 + 1000 * sizeof(void *));
    for (int i = 0; i < 1000; i++) {
        snprintf(text, sizeof text, "%d", i);
        struct span bytes = shared_view(q->packets[i]);
        UNIT_TEXT(bytes.data, bytes.len, text);
    }
    queue_free(&total, &q);
    UNIT_TRUE(q == NULL);
    queue_free(&total, &q);
    UNIT_INT(total, 0);
}

static void the_first_packets_leave_a_queue(void) {
    struct queue *q = NULL;
    for (const char *c = "abcdefgh"; *c; c++) {
        char text[2] = {*c};
        struct shared *p = packet(text, "");
        queue_push(&total, &q, p);
        shared_release(&total, p);
    }
    queue_drop(&total, &q, 3);
    UNIT_INT(q->count, 5);
    UNIT_INT(queue_bytes(q), 5 * (1 + sizeof(void *)));
    UNIT_TEXT(q->packets[0]->bytes, 1, "d");
    UNIT_TEXT(q->packets[4]->bytes, 1, "h");
    queue_drop(&total, &q, 5);
    UNIT_TRUE(q == NULL);
    UNIT_INT(total, 0);
}

/* What the total counts: the packet once, the pointers of each queue. */
static void a_packet_in_many_queues_is_kept_and_counted_once(void) {
    static char big[100000];
    struct queue *queues[50] = {NULL};
    struct span part = {(uint8_t *)big, sizeof big};
    struct shared *p = shared_new(&total, true, &part, 1);
    for (int i = 0; i < 50; i++) queue_push(&total, &queues[i], p);
    UNIT_INT(p->refs, 51);
    shared_release(&total, p);
    UNIT_TRUE(total >= sizeof big && total < sizeof big + 50 * 100);
    for (int i = 0; i < 49; i++) queue_free(&total, &queues[i]);
    UNIT_TRUE(total >= sizeof big);
    UNIT_INT(queues[49]->packets[0]->len, sizeof big);
    queue_free(&total, &queues[49]);
    UNIT_INT(total, 0);
}

UNIT_MAIN("socketio/queue", UNIT_TEST(a_packet_is_the_join_of_its_parts),
          UNIT_TEST(a_long_queue_keeps_the_order),
          UNIT_TEST(the_first_packets_leave_a_queue),
          UNIT_TEST(a_packet_in_many_queues_is_kept_and_counted_once))
