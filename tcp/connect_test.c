/* connect_test.c: tcp/connect.h on the loopback */
#include "packets/unit.h"
#include "tcp/connect.h"
#include "tcp/listen.h"

#include <fcntl.h>
#include <unistd.h>

static void splits_host_and_port(void) {
    static const struct {
        const char *text, *host, *port;
    } cases[] = {
        {"127.0.0.1:7102", "127.0.0.1", "7102"},
        {"localhost:http", "localhost", "http"},
        {"[::1]:7102", "::1", "7102"},
        {"[fe80::1%lo]:1", "fe80::1%lo", "1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = unit_exact(cases[i].text, strlen(cases[i].text) + 1);
        char *host = "", *port = "";
        UNIT_INT(connect_split(text, &host, &port), 0);
        UNIT_TEXT(host, strlen(host), cases[i].host);
        UNIT_TEXT(port, strlen(port), cases[i].port);
        free(text);
    }
}

static void refuses_what_is_not_host_and_port(void) {
    static const char *const cases[] = {
        "",         "7102",      ":7102",   "localhost:", /* a part is missing
                                                           */
        "::1:7102", "a:b:7102",                           /* which colon? */
        "[::1]",    "[::1]7102", "[]:7102", "[::1:7102",  "[:7102", "[",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = unit_exact(cases[i], strlen(cases[i]) + 1);
        char *host, *port;
        UNIT_INT(connect_split(text, &host, &port), -1);
        UNIT_TEXT(text, strlen(text), cases[i]);
        free(text);
    }
}

static void parses_a_url(void) {
    static const struct {
        const char *text, *authority, *host, *port, *path;
    } good[] = {
        {"ws://localhost:7408/chat?a=/b", "localhost:7408", "localhost", "7408",
         "/chat?a=/b"},
        {"ws://[::1]:1", "[::1]:1", "::1", "1", ""},
    };
    static const char *const bad[] = {
        "http://a:1/", "ws:/a:1",    "ws://a",     "ws://:1/",   "ws://a:/", "",
        "ws://a:1/#x", "ws://a/b:1", "ws://a:1?x", "ws://::1:1/"};
    struct connect_url u;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        UNIT_INT(connect_parse(&u, good[i].text, "ws://"), 0);
        UNIT_TEXT(u.authority, strlen(u.authority), good[i].authority);
        UNIT_TEXT(u.host, strlen(u.host), good[i].host);
        UNIT_TEXT(u.port, strlen(u.port), good[i].port);
        UNIT_TEXT(u.path, strlen(u.path), good[i].path);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        UNIT_INT(connect_parse(&u, bad[i], "ws://"), -1);
}

static void an_authority_fits_or_is_refused(void) {
    char text[400] = "ws://";
    struct connect_url u;
    memset(text + 5, 'a', 300);
    size_t most = sizeof u.authority - 1;
    memcpy(text + 5 + most - 2, ":1", 3);
    UNIT_INT(connect_parse(&u, text, "ws://"), 0);
    UNIT_INT(strlen(u.authority), most);
    memcpy(text + 5 + most - 2, "a:1", 4);
    UNIT_INT(connect_parse(&u, text, "ws://"), -1);
}

static void a_pair_is_one_connection(void) {
    int ends[2];
    char byte = 0;
    UNIT_INT(connect_pair(ends), 0);
    UNIT_INT(write(ends[0], "a", 1), 1);
    UNIT_INT(read(ends[1], &byte, 1), 1);
    UNIT_INT(byte, 'a');
    UNIT_INT(write(ends[1], "b", 1), 1);
    UNIT_INT(read(ends[0], &byte, 1), 1);
    UNIT_INT(byte, 'b');
    close(ends[0]);
    UNIT_INT(read(ends[1], &byte, 1), 0);
    close(ends[1]);
}

/* The port of a listener that has just been closed: nobody is there. */
static void connect_to_nobody(char port[8]) {
    char name[LISTEN_NAME_MAX];
    int fd = listen_open("127.0.0.1", 0);
    UNIT_INT(listen_name(fd, name), 0);
    snprintf(port, 8, "%.6s", strrchr(name, ':') + 1);
    close(fd);
}

static void says_whom_it_could_not_reach(void) {
    char port[8], why[200] = "", begins[60];
    connect_to_nobody(port);
    UNIT_INT(connect_to("127.0.0.1", port, why, sizeof why), -1);
    snprintf(begins, sizeof begins, "cannot reach 127.0.0.1:%s: ", port);
    UNIT_INT(strncmp(why, begins, strlen(begins)), 0);
    UNIT_FALSE(strchr(why, '\n'));

    UNIT_INT(connect_to("127.0.0.1", "no-such-service", why, sizeof why), -1);
    UNIT_INT(strncmp(why, "cannot find 127.0.0.1 port no-such-service: ", 44),
             0);
}

static void the_reason_fits_any_room(void) {
    char port[8];
    connect_to_nobody(port);
    char *why = unit_exact("------", 6);
    UNIT_INT(connect_to("127.0.0.1", port, why, 6), -1);
    UNIT_TEXT(why, strlen(why), "canno");
    free(why);
}

/* localhost may be ::1 first, where nobody listens: then 127.0.0.1 answers. */
static void tries_each_address_of_a_name(void) {
    char name[LISTEN_NAME_MAX], why[200] = "";
    int fd = listen_open("127.0.0.1", 0);
    UNIT_INT(listen_name(fd, name), 0);
    int client =
        connect_to("localhost", strrchr(name, ':') + 1, why, sizeof why);
    UNIT_TRUE(client != -1);
    UNIT_TRUE(fcntl(client, F_GETFD) & FD_CLOEXEC);
    UNIT_FALSE(fcntl(client, F_GETFL) & O_NONBLOCK);
    int server = listen_accept(fd);
    UNIT_TRUE(server != -1);
    close(server);
    close(client);
    close(fd);
}

UNIT_MAIN("tcp/connect", UNIT_TEST(splits_host_and_port),
          UNIT_TEST(refuses_what_is_not_host_and_port), UNIT_TEST(parses_a_url),
          UNIT_TEST(an_authority_fits_or_is_refused),
          UNIT_TEST(a_pair_is_one_connection),
          UNIT_TEST(says_whom_it_could_not_reach),
          UNIT_TEST(the_reason_fits_any_room),
          UNIT_TEST(tries_each_address_of_a_name))
