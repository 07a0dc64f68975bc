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
          UNIT_TEST(refuses_what_is_not_host_and_port),
          UNIT_TEST(says_whom_it_could_not_reach),
          UNIT_TEST(the_reason_fits_any_room),
          UNIT_TEST(tries_each_address_of_a_name))
