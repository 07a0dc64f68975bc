/* backlog_test.c: socketio/backlog.h */
#include "packets/unit.h"
#include "socketio/backlog.h"

#define SIZE 8192

static struct backlog b;
static uint8_t *bytes; /* as large as the ring, and not a byte more */

static void start(void) {
    UNIT_TRUE(backlog_init(&b, SIZE));
    free(b.bytes);
    b.bytes = bytes = malloc(SIZE); /* AddressSanitizer sees its ends */
    memset(bytes, 0xee, SIZE);
}

static void stop(void) {
    backlog_free(&b);
    UNIT_TRUE(b.bytes == NULL);
}

/* An event for all of namespace 0, whose text is that number and filler. */
static void append(int number, size_t filler) {
    static uint8_t space[SIZE];
    char text[20];
    memset(space, 'x', sizeof space);
    snprintf(text, sizeof text, "%d.", number);
    struct span parts[] = {span_from(text), {space, filler}};
    struct backlog_entry e = {.kind = BACKLOG_EVENT};
    backlog_append(&b, &e, parts, 2, NULL, 0);
}

static int number_of(struct backlog_entry *e) {
    struct span message = {0};
    if (!backlog_next_message(&e->messages, &message)) return -1;
    return atoi((const char *)message.data); /* ends at the dot */
}

/* The entries that exist have these positions, and their numbers are the same,
 * from both ends. */
static void check(uint64_t first, uint64_t last) {
    struct backlog_entry e;
    struct backlog_cursor c = backlog_end(&b);
    UNIT_INT(b.start, first - 1);
    UNIT_INT(b.position, last);
    for (uint64_t i = last; i >= first; i--) {
        UNIT_TRUE(backlog_back(&b, &c, &e));
        UNIT_INT(number_of(&e), i);
        UNIT_INT(c.position, i - 1);
    }
    UNIT_FALSE(backlog_back(&b, &c, &e));
    for (uint64_t i = first; i <= last; i++) {
        UNIT_TRUE(backlog_next(&b, &c, &e));
        UNIT_INT(number_of(&e), i);
        UNIT_INT(c.position, i);
    }
    UNIT_FALSE(backlog_next(&b, &c, &e));
}

static void gives_back_what_was_appended(void) {
    char names[] = "\3red\4blue";
    struct span parts[] = {span_from("2[\"a\","), span_from("1]")};
    struct span binaries[] = {span_from("first"), {0}}, message;
    struct backlog_entry in = {.kind = BACKLOG_EVENT,
                               .nsp = 3,
                               .socket = 7,
                               .except = UINT64_MAX,
                               .has_rooms = true,
                               .rooms = span_from(names)},
                         e;
    start();
    backlog_append(&b, &in, parts, 2, binaries, 2);
    struct backlog_cursor c = backlog_end(&b);
    UNIT_TRUE(backlog_back(&b, &c, &e));
    UNIT_INT(e.kind, BACKLOG_EVENT);
    UNIT_INT(e.nsp, 3);
    UNIT_INT(e.socket, 7);
    UNIT_TRUE(e.except == UINT64_MAX);
    UNIT_TRUE(e.has_rooms);
    UNIT_FALSE(e.is_lost);
    UNIT_TEXT(e.rooms.data, e.rooms.len, names);
    UNIT_TRUE(backlog_next_message(&e.messages, &message));
    UNIT_TEXT(message.data, message.len, "2[\"a\",1]");
    UNIT_TRUE(backlog_next_message(&e.messages, &message));
    UNIT_TEXT(message.data, message.len, "first");
    UNIT_TRUE(backlog_next_message(&e.messages, &message));
    UNIT_INT(message.len, 0);
    UNIT_FALSE(backlog_next_message(&e.messages, &message));
    stop();
}

static void keeps_joins_and_leaves_without_messages(void) {
    struct backlog_entry in = {
        .kind = BACKLOG_LEAVE, .socket = 9, .rooms = span_from("\3red")};
    struct backlog_entry e;
    struct span message;
    start();
    backlog_append(&b, &in, NULL, 0, NULL, 0);
    struct backlog_cursor c = backlog_end(&b);
    UNIT_TRUE(backlog_back(&b, &c, &e));
    UNIT_INT(e.kind, BACKLOG_LEAVE);
    UNIT_INT(e.socket, 9);
    UNIT_FALSE(e.has_rooms);
    UNIT_FALSE(backlog_next_message(&e.messages, &message));
    stop();
}

static void is_empty_at_first(void) {
    start();
    check(1, 0);
    stop();
}

/* Entries of every size go round many times. As many as there is space for are
 * kept, and none of them is torn. */
static void drops_the_oldest_when_it_is_full(void) {
    for (size_t filler = 0; filler <= SIZE / 4 - 10; filler += 37) {
        start();
        uint64_t largest = 0;
        for (int i = 1; i <= 400; i++) {
            append(i, i % 3 ? filler : filler / 2);
            if (b.position - b.start > largest) largest = b.position - b.start;
        }
        check(b.start + 1, 400);
        /* An entry has 72 bytes in addition to its text; a hole at the end is
         * smaller than the largest. */
        UNIT_TRUE((largest + 1) * (filler + 100) + filler + 100 >= SIZE);
        stop();
    }
}

/* Numbers of one digit, so that entries differ by their filler only. */
static void an_entry_may_end_where_the_bytes_end(void) {
    start();
    append(1, 1500);
    uint32_t beside = b.end - 1500;
    while (SIZE - b.end > SIZE / 4) append((int)b.position + 1, 1500);
    append((int)b.position + 1, SIZE - b.end - beside);
    UNIT_INT(b.end, SIZE);
    check(1, b.position);
    append((int)b.position + 1, 10);
    check(2, b.position);
    append((int)b.position + 1, 1500);
    check(3, b.position);
    stop();
}

/* All are of one size, so the end meets the first one: that is full, not
 * empty. */
static void is_full_when_the_end_meets_the_first_entry(void) {
    start();
    while (b.start == 0) append((int)b.position + 1, 1500);
    UNIT_INT(b.end, b.first);
    check(2, b.position);
    append((int)b.position + 1, 0);
    check(3, b.position);
    stop();
}

static void of_what_is_too_long_only_the_target_is_kept(void) {
    struct backlog_entry e;
    start();
    append(1, SIZE / 4 - 4 - 2); /* its length, and "1." */
    check(1, 1);
    append(2, SIZE / 4 - 4 - 1);
    struct backlog_cursor c = backlog_end(&b);
    UNIT_TRUE(backlog_back(&b, &c, &e));
    UNIT_TRUE(e.is_lost);
    UNIT_INT(e.messages.len, 0);
    UNIT_TRUE(backlog_back(&b, &c, &e));
    UNIT_FALSE(e.is_lost);
    struct span text = span_from("x"), binary = {bytes, SIZE / 4};
    struct backlog_entry in = {.kind = BACKLOG_EVENT, .nsp = 2};
    uint8_t *copy = unit_exact(bytes, SIZE / 4);
    binary.data = copy;
    backlog_append(&b, &in, &text, 1, &binary, 1);
    c = backlog_end(&b);
    UNIT_TRUE(backlog_back(&b, &c, &e));
    UNIT_TRUE(e.is_lost);
    UNIT_INT(e.nsp, 2);
    free(copy);
    stop();
}

UNIT_MAIN("socketio/backlog", UNIT_TEST(gives_back_what_was_appended),
          UNIT_TEST(keeps_joins_and_leaves_without_messages),
          UNIT_TEST(is_empty_at_first),
          UNIT_TEST(drops_the_oldest_when_it_is_full),
          UNIT_TEST(an_entry_may_end_where_the_bytes_end),
          UNIT_TEST(is_full_when_the_end_meets_the_first_entry),
          UNIT_TEST(of_what_is_too_long_only_the_target_is_kept))
