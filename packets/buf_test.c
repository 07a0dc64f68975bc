/* buf_test.c: packets/buf.h */
#include "packets/buf.h"
#include "packets/unit.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void is_empty_at_first_and_owns_no_memory(void) {
    struct buf b = {.max = 10};
    UNIT_INT(buf_view(&b).len, 0);
    UNIT_TRUE(buf_append(&b, "", 0));
    UNIT_TRUE(b.bytes == NULL);
    buf_free(&b);
}

static void holds_what_was_appended_and_not_consumed(void) {
    struct buf b = {.max = 100};
    UNIT_TRUE(buf_text(&b, "hello "));
    UNIT_TRUE(buf_text(&b, "world"));
    buf_consume(&b, 6);
    struct span held = buf_view(&b);
    UNIT_TEXT(held.data, held.len, "world");
    buf_consume(&b, 5);
    UNIT_INT(buf_view(&b).len, 0);
    UNIT_INT(b.start, 0); /* all consumed: all of the space is free */
    buf_free(&b);
}

static void holds_max_bytes_and_not_one_more(void) {
    struct buf b = {.max = 5};
    UNIT_TRUE(buf_append(&b, "12345", 5));
    UNIT_FALSE(b.failed);
    UNIT_FALSE(buf_append(&b, "6", 1));
    UNIT_TRUE(b.failed);
    UNIT_TEXT(b.bytes, b.end, "12345"); /* unchanged */
    buf_consume(&b, 1);
    UNIT_TRUE(buf_append(&b, "6", 1)); /* there is space again */
    UNIT_TEXT(buf_view(&b).data, buf_view(&b).len, "23456");
    UNIT_TRUE(b.failed); /* until it is cleared */
    buf_clear(&b);
    UNIT_FALSE(b.failed);
    buf_free(&b);
}

static void appends_all_parts_or_none(void) {
    struct buf b = {.max = 5};
    struct span parts[] = {span_from("ab"), {NULL, 0}, span_from("cd")};
    UNIT_TRUE(buf_append_all(&b, parts, 3));
    UNIT_TEXT(b.bytes, b.end, "abcd");
    UNIT_FALSE(buf_append_all(&b, parts, 3));
    UNIT_TEXT(b.bytes, b.end, "abcd");
    buf_free(&b);
}

static void a_part_may_have_one_byte_or_none(void) {
    struct buf b = {.max = 3};
    struct span one = span_from("a"), none = {NULL, 0};
    struct span three[] = {one, none, span_from("b")};
    UNIT_TRUE(buf_append_all(&b, &none, 1));
    UNIT_TRUE(buf_append_all(&b, &none, 0));
    UNIT_TRUE(b.bytes == NULL);
    UNIT_TRUE(buf_append_all(&b, &one, 1));
    UNIT_TRUE(buf_append_all(&b, three, 3));
    UNIT_TEXT(b.bytes, b.end, "aab");
    UNIT_TRUE(buf_append_all(&b, &none, 1)); /* it is full */
    UNIT_FALSE(buf_append_all(&b, &one, 1));
    buf_free(&b);
}

static void clear_keeps_the_memory_and_free_gives_it_back(void) {
    struct buf b = {.max = 200};
    UNIT_TRUE(buf_append(&b, "12345", 5));
    buf_consume(&b, 2);
    uint8_t *memory = b.bytes;
    buf_clear(&b);
    UNIT_TRUE(b.bytes == memory);
    UNIT_INT(b.start, 0); /* all of the space is free */
    UNIT_INT(b.end, 0);
    UNIT_INT(b.cap, 64);
    buf_free(&b);
    UNIT_TRUE(b.bytes == NULL);
    UNIT_INT(b.cap, 0);
}

static void a_long_queue_consumed_byte_by_byte_stays_in_order(void) {
    struct buf b = {.max = 100000};
    uint8_t next = 0, expected = 0;
    for (int round = 0; round < 100000; round++) {
        UNIT_TRUE(buf_append(&b, &next, 1));
        next++;
        if (round % 3 == 0) continue;
        if (buf_view(&b).data[0] != expected++) CU_FAIL("out of order");
        buf_consume(&b, 1);
    }
    UNIT_INT(buf_view(&b).len, 33334);
    buf_free(&b);
}

static void reserved_space_need_not_be_used(void) {
    struct buf b = {.max = 1000};
    UNIT_TRUE(buf_reserve(&b, 1000) != NULL);
    UNIT_TRUE(buf_reserve(&b, 1001) == NULL);
    UNIT_INT(buf_view(&b).len, 0);
    buf_free(&b);
    UNIT_TRUE(b.bytes == NULL);
    UNIT_INT(b.max, 1000); /* free keeps the limit: ready for use again */
}

static void spans_compare_by_their_bytes(void) {
    UNIT_TRUE(span_equal(span_from("ab"), span_skip(span_from("xab"), 1)));
    UNIT_FALSE(span_equal(span_from("ab"), span_from("abc")));
    UNIT_TRUE(span_equal((struct span){NULL, 0}, span_from("")));
}

static void takes_little_more_memory_than_it_needs(void) {
    static uint8_t bytes[300000];
    struct buf b = {.max = 10000000};
    UNIT_TRUE(buf_append(&b, bytes, 300000));
    UNIT_INT(b.cap, 300000); /* the first time exactly */
    UNIT_TRUE(buf_append(&b, bytes, 1));
    UNIT_INT(b.cap, 375000); /* then a quarter more, so that bytes that are
                                appended one by one are rarely copied */
    UNIT_TRUE(buf_append(&b, bytes, 300000));
    UNIT_INT(b.cap, 600001);
    buf_free(&b);
    UNIT_TRUE(buf_append(&b, bytes, 1));
    UNIT_INT(b.cap, 64);
    UNIT_TRUE(buf_append(&b, bytes, 64));
    UNIT_INT(b.cap, 128);
    buf_free(&b);
}

static void grows_by_a_quarter_from_65536_bytes_on(void) {
    static uint8_t bytes[65536];
    struct buf b = {.max = 1000000};
    UNIT_TRUE(buf_append(&b, bytes, 65535));
    UNIT_TRUE(buf_append(&b, bytes, 1));
    UNIT_INT(b.cap, 2 * 65535);
    buf_free(&b);
    UNIT_TRUE(buf_append(&b, bytes, 65536));
    UNIT_TRUE(buf_append(&b, bytes, 1));
    UNIT_INT(b.cap, 65536 + 65536 / 4);
    buf_free(&b);
}

static void does_not_grow_while_there_is_space(void) {
    struct buf b = {.max = 1000};
    uint8_t bytes[64] = {0};
    UNIT_TRUE(buf_append(&b, bytes, 1));
    UNIT_INT(b.cap, 64);
    UNIT_TRUE(buf_append(&b, bytes, 63)); /* exactly what is left */
    UNIT_INT(b.cap, 64);
    buf_free(&b);
}

/* With more than half of the memory in use it would soon move again. */
static void moves_the_content_only_if_half_of_the_memory_is_free(void) {
    uint8_t bytes[64] = {0};
    for (size_t kept = 30; kept < 34; kept++) {
        struct buf b = {.max = 1000};
        UNIT_TRUE(buf_append(&b, bytes, 64));
        buf_consume(&b, 64 - kept);
        UNIT_TRUE(buf_append(&b, "x", 1));
        UNIT_INT(b.start, kept + 1 <= 32 ? 0 : 64 - kept);
        UNIT_INT(b.cap, kept + 1 <= 32 ? 64 : 128);
        UNIT_INT(buf_view(&b).len, kept + 1);
        UNIT_INT(buf_view(&b).data[kept], 'x');
        buf_free(&b);
    }
}

static void moves_nothing_if_the_new_memory_is_just_enough(void) {
    static uint8_t bytes[150];
    struct buf b = {.max = 1000};
    UNIT_TRUE(buf_append(&b, bytes, 100));
    buf_consume(&b, 10);
    UNIT_TRUE(buf_append(&b, bytes, 150));
    UNIT_INT(b.cap, 250);
    UNIT_INT(b.start, 10);
    buf_free(&b);
}

/* Runs buf_init in a child. Returns the signal that ended it, or 0. */
static int signal_of_init(size_t max) {
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        struct rlimit none = {0, 0};
        struct buf b;
        setrlimit(RLIMIT_CORE, &none);
        if (!freopen("/dev/null", "w", stderr)) _exit(1);
        buf_init(&b, max);
        _exit(b.max == max && buf_view(&b).len == 0 ? 0 : 1);
    }
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) return WTERMSIG(status);
    return WEXITSTATUS(status) == 0 ? 0 : -1;
}

/* max has 31 bits: a larger limit would silently become a small one. */
static void a_limit_beyond_31_bits_is_the_fault_of_the_caller(void) {
    UNIT_INT(signal_of_init(0), 0);
    UNIT_INT(signal_of_init(BUF_MAX), 0);
#ifndef NDEBUG
    UNIT_INT(signal_of_init((size_t)BUF_MAX + 1), SIGABRT);
#endif
}

UNIT_MAIN("packets/buf", UNIT_TEST(is_empty_at_first_and_owns_no_memory),
          UNIT_TEST(holds_what_was_appended_and_not_consumed),
          UNIT_TEST(holds_max_bytes_and_not_one_more),
          UNIT_TEST(appends_all_parts_or_none),
          UNIT_TEST(a_part_may_have_one_byte_or_none),
          UNIT_TEST(clear_keeps_the_memory_and_free_gives_it_back),
          UNIT_TEST(a_long_queue_consumed_byte_by_byte_stays_in_order),
          UNIT_TEST(reserved_space_need_not_be_used),
          UNIT_TEST(spans_compare_by_their_bytes),
          UNIT_TEST(takes_little_more_memory_than_it_needs),
          UNIT_TEST(grows_by_a_quarter_from_65536_bytes_on),
          UNIT_TEST(does_not_grow_while_there_is_space),
          UNIT_TEST(moves_the_content_only_if_half_of_the_memory_is_free),
          UNIT_TEST(moves_nothing_if_the_new_memory_is_just_enough),
          UNIT_TEST(a_limit_beyond_31_bits_is_the_fault_of_the_caller))
