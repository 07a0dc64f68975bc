/* replay_test.c: socketio/replay.h: the socket under test has number 5 and is
 * in namespace 0 */
#include "packets/unit.h"
#include "socketio/replay.h"

static struct backlog b;

static void start(void) {
    UNIT_TRUE(backlog_init(&b, LIMIT_BACKLOG));
}

static void stop(void) {
    backlog_free(&b);
}

static void append(struct backlog_entry e, const char *text) {
    struct span part = span_from(text);
    backlog_append(&b, &e, &part, text[0] != '\0', NULL, 0);
}

static void to_all(const char *text) {
    append((struct backlog_entry){.kind = BACKLOG_EVENT}, text);
}

/* names: "\3red\4blue" */
static void to_rooms(const char *names, const char *text) {
    append((struct backlog_entry){.kind = BACKLOG_EVENT,
                                  .has_rooms = true,
                                  .rooms = span_from(names)},
           text);
}

static void join(uint64_t socket, const char *name) {
    append((struct backlog_entry){.kind = BACKLOG_JOIN,
                                  .socket = socket,
                                  .rooms = span_from(name)},
           "");
}

static void leave_room(uint64_t socket, const char *name) {
    append((struct backlog_entry){.kind = BACKLOG_LEAVE,
                                  .socket = socket,
                                  .rooms = span_from(name)},
           "");
}

/* What it has missed after that position, if its rooms are these at the end:
 * "one two ". */
static const char *missed(uint64_t position, const char *names) {
    static char text[200];
    struct replay r;
    struct backlog_entry e;
    struct span message;
    text[0] = '\0';
    if (!replay_begin(&r, &b, position, 5, 0, span_from(names)))
        return "(gone)";
    UNIT_TRUE(replay_is_complete(&r, LIMIT_REPLAY));
    for (size_t n = 0; replay_next(&r, &e);) {
        UNIT_TRUE(backlog_next_message(&e.messages, &message));
        n += (size_t)snprintf(text + n, sizeof text - n, "%.*s ",
                              (int)message.len, (char *)message.data);
    }
    return text;
}

#define MISSED(position, names, expected)                                      \
    UNIT_TEXT(missed(position, names), strlen(missed(position, names)),        \
              expected)

static void gets_what_was_sent_to_all_after_its_position(void) {
    start();
    to_all("one");
    to_all("two");
    to_all("three");
    MISSED(0, "", "one two three ");
    MISSED(1, "", "two three ");
    MISSED(3, "", "");
    stop();
}

/* Each row: a target, and whether the socket 5 in "red" is meant. */
static void returns_only_events_to_the_socket(void) {
    static const struct row {
        struct backlog_entry e;
        bool is_meant;
    } rows[] = {
        {{.nsp = 0}, true},
        {{.nsp = 1}, false},
        {{.socket = 5}, true},
        {{.socket = 5, .nsp = 1}, false}, /* no number is in two of them */
        {{.socket = 4}, false},
        {{.except = 4}, true},
        {{.except = 5}, false},
        {{.socket = 5, .except = 5},
         true}, /* server_except of one: no effect */
    };
    static const struct {
        const char *names;
        uint64_t except;
        bool is_meant;
    } rooms[] = {
        {"\3red", 0, true},   {"\4blue", 0, false}, {"\4blue\3red", 0, true},
        {"\3red", 5, false},  {"\3red", 4, true},   {"\2re", 0, false},
        {"\4redd", 0, false}, {"", 0, false}, /* every name was too long */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        start();
        append(rows[i].e, "x");
        MISSED(0, "\3red", rows[i].is_meant ? "x " : "");
        stop();
    }
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        start();
        append((struct backlog_entry){.has_rooms = true,
                                      .except = rooms[i].except,
                                      .rooms = span_from(rooms[i].names)},
               "x");
        MISSED(0, "\3red", rooms[i].is_meant ? "x " : "");
        stop();
    }
}

/* It is in "red" from 2 to 4 and from 6 on, in "blue" until 8. */
static void a_room_counts_while_it_was_joined(void) {
    start();
    to_rooms("\3red", "1");
    join(5, "\3red");
    to_rooms("\3red", "3");
    leave_room(5, "\3red");
    to_rooms("\3red", "5");
    join(5, "\3red");
    to_rooms("\3red", "7");
    leave_room(5, "\4blue");
    to_rooms("\3red\4blue", "9");
    to_rooms("\4blue", "10");
    MISSED(0, "\3red", "3 7 9 ");
    MISSED(3, "\3red", "7 9 ");
    MISSED(6, "\3red", "7 9 ");
    MISSED(7, "\3red", "9 ");
    stop();
    start();
    to_rooms("\4blue", "1");
    leave_room(5, "\4blue");
    to_rooms("\4blue", "3");
    MISSED(0, "", "1 ");
    stop();
}

static void rooms_of_other_sockets_do_not_count(void) {
    start();
    join(4, "\3red");
    to_rooms("\3red", "2");
    leave_room(4, "\4blue");
    to_rooms("\4blue", "4");
    MISSED(0, "", "");
    MISSED(0, "\4blue", "4 ");
    stop();
}

/* No entry says that it has left "blue". */
static void to_take_back_a_join_changes_no_other_room(void) {
    start();
    join(5, "\4blue");
    to_rooms("\3red", "2");
    to_rooms("\4blue", "3");
    MISSED(0, "\3red", "2 3 ");
    stop();
}

/* As many as one may be in, and one other at a time for each of them. */
static void follows_as_many_rooms_as_one_may_join(void) {
    char names[LIMIT_ROOMS_JOINED * 2 + 1] = "", one[3] = "\1";
    start();
    for (int i = 0; i < LIMIT_ROOMS_JOINED; i++) {
        names[2 * i] = 1;
        names[2 * i + 1] = (char)('A' + i);
        one[1] = (char)('a' + i % 26);
        leave_room(5, one); /* and joined the one in names */
        one[1] = (char)('A' + i);
        join(5, one);
    }
    to_rooms("\1A", "first");
    one[1] = names[sizeof names - 2];
    to_rooms(one, "last");
    to_rooms("\5other", "no");
    MISSED(0, names, "first last ");
    stop();
}

/* Entries of others push them out. */
static void what_is_gone_cannot_be_replayed(void) {
    static uint8_t big[LIMIT_BACKLOG / 5];
    struct backlog_entry e = {.kind = BACKLOG_EVENT, .socket = 4};
    struct span part = {big, sizeof big};
    start();
    to_all("one");
    to_all("two");
    while (b.start < 2) backlog_append(&b, &e, &part, 1, NULL, 0);
    MISSED(0, "", "(gone)");
    MISSED(b.start - 1, "", "(gone)");
    MISSED(b.start, "", "");
    to_all("last");
    MISSED(b.start, "", "last ");
    stop();
}

static bool is_complete(void) {
    struct replay r;
    UNIT_TRUE(replay_begin(&r, &b, 0, 5, 0, (struct span){0}));
    return replay_is_complete(&r, LIMIT_REPLAY);
}

static void is_limited_in_bytes(void) {
    static uint8_t big[LIMIT_REPLAY];
    struct backlog_entry e = {.kind = BACKLOG_EVENT};
    size_t beside = sizeof(uint32_t); /* of each message, for its length */
    struct span half = {big, LIMIT_REPLAY / 2 - beside},
                more = {big, LIMIT_REPLAY / 2 - beside + 1};
    start();
    backlog_append(&b, &e, &half, 1, NULL, 0);
    backlog_append(&b, &e, &half, 1, NULL, 0);
    UNIT_TRUE(is_complete());
    stop();
    start();
    backlog_append(&b, &e, &half, 1, NULL, 0);
    e.socket = 4; /* which is not sent to 5 */
    backlog_append(&b, &e, &half, 1, NULL, 0);
    e.socket = 0;
    backlog_append(&b, &e, &more, 1, NULL, 0);
    UNIT_FALSE(is_complete());
    stop();
}

static void one_event_that_was_too_long_is_missing(void) {
    static uint8_t big[LIMIT_BACKLOG / 4];
    struct backlog_entry e = {.kind = BACKLOG_EVENT, .socket = 4};
    struct span part = {big, sizeof big};
    start();
    backlog_append(&b, &e, &part, 1, NULL, 0);
    UNIT_TRUE(is_complete()); /* it was for another one */
    e.socket = 5;
    backlog_append(&b, &e, &part, 1, NULL, 0);
    UNIT_FALSE(is_complete());
    stop();
}

UNIT_MAIN("socketio/replay",
          UNIT_TEST(gets_what_was_sent_to_all_after_its_position),
          UNIT_TEST(returns_only_events_to_the_socket),
          UNIT_TEST(a_room_counts_while_it_was_joined),
          UNIT_TEST(rooms_of_other_sockets_do_not_count),
          UNIT_TEST(to_take_back_a_join_changes_no_other_room),
          UNIT_TEST(follows_as_many_rooms_as_one_may_join),
          UNIT_TEST(what_is_gone_cannot_be_replayed),
          UNIT_TEST(is_limited_in_bytes),
          UNIT_TEST(one_event_that_was_too_long_is_missing))
