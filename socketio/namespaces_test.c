/* namespaces_test.c: socketio/namespaces.h */
#include "packets/unit.h"
#include "socketio/handle.h"
#include "socketio/namespaces.h"

static struct namespaces names;

static void start(void) {
    static const char *const fixed[] = {"/", "/custom", NULL};
    UNIT_TRUE(namespaces_init(&names, fixed, 5));
    for (uint32_t i = 0; i < 5; i++) namespaces_open(&names, i);
}

static void stop(void) {
    namespaces_free(&names);
    UNIT_INT(namespaces_find(&names, span_from("/")), NO_NAMESPACE);
}

static struct server_socket in(uint32_t client, uint32_t nsp) {
    return (struct server_socket){client, nsp};
}

static uint32_t add(const char *name) {
    uint8_t *exact = unit_exact(name, strlen(name));
    uint32_t nsp = namespaces_add(&names, (struct span){exact, strlen(name)});
    free(exact);
    return nsp;
}

static unsigned count(uint32_t nsp) {
    uint32_t record = 0, client;
    unsigned n = 0;
    while (namespaces_next(&names, nsp, &record, &client)) n++;
    return n;
}

static void finds_a_namespace_by_its_whole_name(void) {
    start();
    UNIT_INT(namespaces_find(&names, span_from("/")), 0);
    UNIT_INT(namespaces_find(&names, span_from("/custom")), 1);
    UNIT_INT(namespaces_find(&names, span_from("/cust")), NO_NAMESPACE);
    UNIT_INT(namespaces_find(&names, span_from("/Custom")), NO_NAMESPACE);
    UNIT_INT(add("/made"), 2);
    UNIT_INT(namespaces_find(&names, span_from("/made")), 2);
    stop();
}

static void a_client_is_in_it_from_joining_to_leaving(void) {
    start();
    UNIT_FALSE(namespaces_has(&names, in(3, 1)));
    namespaces_join(&names, in(3, 1));
    namespaces_join(&names, in(4, 1));
    namespaces_join(&names, in(3, 0));
    UNIT_TRUE(namespaces_has(&names, in(3, 1)));
    UNIT_FALSE(namespaces_has(&names, in(4, 0)));
    UNIT_FALSE(namespaces_has(&names, in(3, NO_NAMESPACE)));
    UNIT_FALSE(namespaces_has_expelled(&names, in(3, NO_NAMESPACE)));
    UNIT_INT(count(0), 1);
    UNIT_INT(count(1), 2);
    namespaces_leave(&names, in(3, 1));
    UNIT_FALSE(namespaces_has(&names, in(3, 1)));
    UNIT_FALSE(namespaces_has_expelled(&names, in(3, 1)));
    UNIT_INT(count(1), 1);
    UNIT_INT(namespaces_leave_all(&names, 3), 1);
    UNIT_INT(namespaces_leave_all(&names, 4), 2);
    UNIT_INT(namespaces_leave_all(&names, 4), 0);
    UNIT_INT(count(0) + count(1), 0);
    stop();
}

static void an_expelled_client_may_join_again(void) {
    start();
    namespaces_join(&names, in(3, 1));
    namespaces_join(&names, in(3, 0));
    namespaces_expel(&names, in(3, 1));
    UNIT_FALSE(namespaces_has(&names, in(3, 1)));
    UNIT_TRUE(namespaces_has_expelled(&names, in(3, 1)));
    UNIT_FALSE(namespaces_has_expelled(&names, in(3, 0)));
    UNIT_FALSE(namespaces_has_expelled(&names, in(4, 1)));
    UNIT_INT(count(1), 0);
    namespaces_join(&names, in(3, 1));
    UNIT_FALSE(namespaces_has_expelled(&names, in(3, 1)));
    stop();
}

/* The slot is used again. */
static void a_new_client_was_not_expelled(void) {
    start();
    namespaces_join(&names, in(3, 1));
    namespaces_expel(&names, in(3, 1));
    namespaces_leave_all(&names, 3);
    namespaces_open(&names, handle_make(3, 1));
    for (uint32_t nsp = 0; nsp < 2; nsp++)
        UNIT_FALSE(namespaces_has_expelled(&names, in(handle_make(3, 1), nsp)));
    stop();
}

static void a_name_that_was_added_gives_way_when_it_is_empty(void) {
    char name[20];
    start();
    for (uint32_t i = 2; i < LIMIT_NAMESPACES; i++) {
        snprintf(name, sizeof name, "/%u", (unsigned)i);
        UNIT_INT(add(name), i);
        if (i != 5 && i != 7) namespaces_join(&names, in(1, i));
    }
    /* Empty ones stay as long as their number is not needed. */
    UNIT_INT(namespaces_find(&names, span_from("/5")), 5);
    UNIT_INT(add("/new"), 5);
    UNIT_INT(namespaces_find(&names, span_from("/5")), NO_NAMESPACE);
    UNIT_INT(namespaces_find(&names, span_from("/new")), 5);
    namespaces_join(&names, in(2, 5));
    UNIT_INT(add("/newer"), 7);
    namespaces_join(&names, in(2, 7));
    UNIT_INT(add("/one more"), NO_NAMESPACE); /* "/" and "/custom" are empty */
    UNIT_INT(namespaces_find(&names, span_from("/")), 0);
    stop();
}

static void there_may_be_as_many_as_the_limit_from_the_start(void) {
    static const char *const all[] = {"/1",  "/2",  "/3",  "/4",  "/5",  "/6",
                                      "/7",  "/8",  "/9",  "/10", "/11", "/12",
                                      "/13", "/14", "/15", "/16", NULL};
    UNIT_TRUE(namespaces_init(&names, all, 1));
    namespaces_join(&names, in(0, 15));
    UNIT_INT(namespaces_find(&names, span_from("/16")), 15);
    UNIT_INT(add("/17"), NO_NAMESPACE);
    UNIT_INT(namespaces_leave_all(&names, 0), 1 << 15);
    stop();
}

UNIT_MAIN("socketio/namespaces", UNIT_TEST(finds_a_namespace_by_its_whole_name),
          UNIT_TEST(a_client_is_in_it_from_joining_to_leaving),
          UNIT_TEST(an_expelled_client_may_join_again),
          UNIT_TEST(a_new_client_was_not_expelled),
          UNIT_TEST(a_name_that_was_added_gives_way_when_it_is_empty),
          UNIT_TEST(there_may_be_as_many_as_the_limit_from_the_start))
