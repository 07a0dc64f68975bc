/* rooms_test.c: socketio/rooms.h */
#include "packets/unit.h"
#include "socketio/handle.h"
#include "socketio/rooms.h"

#define CLIENTS 400

static struct rooms *rooms;

static void start(void) {
    rooms = rooms_new(CLIENTS, 7);
    UNIT_TRUE(rooms != NULL);
}

static void stop(void) {
    rooms_free(rooms);
}

static bool join(uint32_t client, uint32_t nsp, const char *name) {
    uint8_t *exact = unit_exact(name, strlen(name));
    bool result = rooms_join(rooms, (struct server_socket){client, nsp},
                             (struct span){exact, strlen(name)});
    free(exact);
    return result;
}

static void leave_room(uint32_t client, uint32_t nsp, const char *name) {
    rooms_leave(rooms, (struct server_socket){client, nsp}, span_from(name));
}

/* Returns the clients of a room: "4 9", the last to join first, or "-" if there
 * is no room. */
static const char *in(uint32_t nsp, const char *name) {
    static char text[100];
    uint32_t record = 0, client, room;
    size_t n = 0;
    room = rooms_find(rooms, nsp, span_from(name));
    if (room == NO_ROOM) return "-";
    text[0] = '\0';
    while (rooms_next(rooms, room, &record, &client))
        n += (size_t)snprintf(text + n, sizeof text - n, n ? " %u" : "%u",
                              (unsigned)client);
    return text;
}

#define IN(nsp, name, expected)                                                \
    UNIT_TEXT(in(nsp, name), strlen(in(nsp, name)), expected)

static void a_room_exists_while_it_has_clients(void) {
    start();
    IN(0, "red", "-");
    UNIT_TRUE(join(4, 0, "red"));
    UNIT_TRUE(join(9, 0, "red"));
    UNIT_TRUE(join(9, 0, "red")); /* twice is once */
    IN(0, "red", "9 4");
    leave_room(4, 0, "red");
    leave_room(4, 0, "red");
    leave_room(4, 0, "never made");
    IN(0, "red", "9");
    leave_room(9, 0, "red");
    IN(0, "red", "-");
    stop();
}

static void a_room_belongs_to_its_namespace(void) {
    start();
    join(1, 0, "red");
    join(2, 1, "red");
    join(3, 1, "re");
    join(3, 1, "");
    IN(0, "red", "1");
    IN(1, "red", "2");
    IN(1, "re", "3");
    IN(1, "", "3");
    IN(0, "re", "-");
    struct server_socket one = {4, 1};
    UNIT_TRUE(rooms_join(rooms, one, (struct span){0})); /* no bytes at all */
    IN(1, "", "4 3");
    UNIT_TRUE(rooms_join(rooms, (struct server_socket){5, 0},
                         (struct span){0})); /* and the first one there */
    IN(0, "", "5");
    stop();
}

static void a_client_leaves_the_rooms_of_a_namespace_or_all(void) {
    start();
    join(1, 0, "a");
    join(1, 0, "b");
    join(1, 1, "a");
    join(1, 0, "c");
    join(2, 0, "b");
    rooms_leave_namespace(rooms, (struct server_socket){1, 0});
    IN(0, "a", "-");
    IN(0, "b", "2");
    IN(0, "c", "-");
    IN(1, "a", "1");
    join(1, 0, "b");
    join(1, 0, "a");
    rooms_leave_all(rooms, 1);
    IN(0, "a", "-");
    IN(0, "b", "2");
    IN(1, "a", "-");
    rooms_leave_all(rooms, 1);
    stop();
}

static void has_is_true_for_the_clients_of_a_room(void) {
    start();
    join(1, 0, "a");
    join(1, 0, "b");
    join(2, 0, "b");
    uint32_t a = rooms_find(rooms, 0, span_from("a"));
    UNIT_TRUE(rooms_has(rooms, 1, a));
    UNIT_TRUE(rooms_has(rooms, 1, rooms_find(rooms, 0, span_from("b"))));
    UNIT_FALSE(rooms_has(rooms, 2, a));
    UNIT_FALSE(rooms_has(rooms, 3, a));
    stop();
}

/* The list of rooms is that of the slot, the member is the handle. */
static void a_member_is_a_handle(void) {
    uint32_t handle = handle_make(5, 3);
    start();
    join(handle, 0, "a");
    char expected[20];
    snprintf(expected, sizeof expected, "%u", (unsigned)handle);
    IN(0, "a", expected);
    UNIT_TRUE(rooms_has(rooms, handle, rooms_find(rooms, 0, span_from("a"))));
    rooms_leave_all(rooms, handle);
    IN(0, "a", "-");
    stop();
}

static void names_and_rooms_of_a_client_are_limited(void) {
    char name[LIMIT_ROOM_NAME + 2] = {0};
    start();
    UNIT_TRUE(join(1, 0, "before them"));
    UNIT_TRUE(join(0, 0, "first"));
    memset(name, 'x', LIMIT_ROOM_NAME + 1);
    UNIT_FALSE(join(0, 0, name));
    IN(0, name, "-");
    name[LIMIT_ROOM_NAME] = '\0';
    UNIT_TRUE(join(0, 0, name));
    IN(0, name, "0");
    for (int i = 2; i < LIMIT_ROOMS_JOINED; i++) {
        snprintf(name, sizeof name, "%d", i);
        UNIT_TRUE(join(0, 0, name));
    }
    UNIT_FALSE(join(0, 0, "one more"));
    IN(0, "one more", "-");         /* nor is it made */
    UNIT_TRUE(join(0, 0, "first")); /* it is there already */
    UNIT_TRUE(join(0, 0, "2"));
    UNIT_TRUE(join(0, 0, "31")); /* the last one, too */
    leave_room(0, 0, "2");
    UNIT_TRUE(join(0, 0, "one more"));
    stop();
}

/* Every number is used again, in any order; none gets lost in its bucket. */
static void there_are_as_many_rooms_as_the_limit(void) {
    char name[20];
    start();
    for (unsigned round = 0; round < 2; round++) {
        unsigned made = 0;
        for (unsigned i = 0; i < LIMIT_ROOMS; i++) {
            snprintf(name, sizeof name, "%u.%u", round, i);
            made += join(i % CLIENTS, i % 3, name);
        }
        UNIT_INT(made, LIMIT_ROOMS);
        UNIT_FALSE(join(1, 0, "one more"));
        unsigned found = 0;
        for (unsigned i = 0; i < LIMIT_ROOMS; i++) {
            snprintf(name, sizeof name, "%u.%u", round, i);
            uint32_t room = rooms_find(rooms, i % 3, span_from(name));
            found += room != NO_ROOM && rooms_has(rooms, i % CLIENTS, room);
        }
        UNIT_INT(found, LIMIT_ROOMS);
        for (uint32_t i = 0; i < CLIENTS; i++)
            rooms_leave_all(rooms, (i * 7 + round) % CLIENTS);
        IN(0, "0.0", "-");
    }
    stop();
}

/* More names than buckets have room for: some namespaces share a bucket. */
static void rooms_of_one_name_are_apart_in_all_namespaces(void) {
    unsigned alone = 0;
    start();
    for (uint32_t nsp = 0; nsp < LIMIT_ROOMS; nsp++)
        UNIT_TRUE(join(nsp % CLIENTS, nsp, "red"));
    for (uint32_t nsp = 0; nsp < LIMIT_ROOMS; nsp++) {
        uint32_t record = 0, client, other;
        uint32_t room = rooms_find(rooms, nsp, span_from("red"));
        alone += rooms_next(rooms, room, &record, &client) &&
                 client == nsp % CLIENTS &&
                 !rooms_next(rooms, room, &record, &other);
    }
    UNIT_INT(alone, LIMIT_ROOMS);
    stop();
}

/* Of one client in one namespace; each after its length. */
static void writes_the_names_of_the_rooms_of_a_client(void) {
    struct buf names = {.max = 9}, too_small = {.max = 8};
    struct server_socket socket = {4, 1};
    struct span rest, name;
    start();
    join(4, 1, "red");
    join(4, 1, "");
    join(4, 1, "blue");
    join(4, 0, "green");
    join(9, 1, "grey");
    UNIT_FALSE(rooms_write_names(rooms, socket, &too_small));
    buf_free(&too_small);
    names.max = 1 + 3 + 1 + 1 + 4;
    UNIT_TRUE(rooms_write_names(rooms, socket, &names));
    rest = buf_view(&names);
    UNIT_TEXT(rest.data + 7, 3, "red");
    UNIT_TRUE(rooms_next_name(&rest, &name));
    UNIT_TEXT(name.data, name.len, "blue"); /* the last to be joined first */
    UNIT_TRUE(rooms_next_name(&rest, &name));
    UNIT_INT(name.len, 0);
    UNIT_TRUE(rooms_next_name(&rest, &name));
    UNIT_TEXT(name.data, name.len, "red");
    UNIT_FALSE(rooms_next_name(&rest, &name));
    buf_free(&names);
    stop();
}

UNIT_MAIN("socketio/rooms", UNIT_TEST(a_room_exists_while_it_has_clients),
          UNIT_TEST(a_room_belongs_to_its_namespace),
          UNIT_TEST(a_client_leaves_the_rooms_of_a_namespace_or_all),
          UNIT_TEST(has_is_true_for_the_clients_of_a_room),
          UNIT_TEST(a_member_is_a_handle),
          UNIT_TEST(names_and_rooms_of_a_client_are_limited),
          UNIT_TEST(rooms_of_one_name_are_apart_in_all_namespaces),
          UNIT_TEST(there_are_as_many_rooms_as_the_limit),
          UNIT_TEST(writes_the_names_of_the_rooms_of_a_client))
