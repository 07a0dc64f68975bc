/* designs_test.c: tcp/designs.h */
#include "packets/unit.h"
#include "tcp/designs.h"

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CLIENTS = 40
};

/* Calls run for each design that this system has. */
static void for_each(void (*run)(const struct design *d)) {
    for (int i = 0; i < DESIGN_COUNT; i++)
        if (designs[i].serve) run(&designs[i]);
}

static void serve_interleaved(const struct design *d) {
    struct design_server s;
    int clients[CLIENTS];
    UNIT_INT(design_start(d, &s), 0);
    for (int i = 0; i < CLIENTS; i++) clients[i] = design_connect(&s);
    for (int i = CLIENTS - 1; i >= 0; i--)
        UNIT_TRUE(design_receive(clients[i]));
    close(clients[0]); /* a client that is gone disturbs no other one */
    char byte;
    shutdown(clients[1], SHUT_WR); /* and one that ends its side gets a FIN */
    struct pollfd p = {.fd = clients[1], .events = POLLIN};
    UNIT_INT(poll(&p, 1, 20000), 1);
    UNIT_INT(recv(clients[1], &byte, 1, MSG_DONTWAIT), 0);
    for (int round = 0; round < 3; round++)
        for (int i = 2; i < CLIENTS; i++) UNIT_TRUE(design_echo(clients[i]));
    for (int i = 1; i < CLIENTS; i++) close(clients[i]);
    design_stop(&s);
    UNIT_INT(kill(s.pid, 0), -1);
}

static void each_design_serves_many_clients_at_once(void) {
    for_each(serve_interleaved);
}

/* A silent client, as in 101, is connected first. */
static void serve_beside_a_silent_one(const struct design *d) {
    struct design_server s;
    UNIT_INT(design_start(d, &s), 0);
    int silent = design_connect(&s), other = design_connect(&s);
    UNIT_TRUE(design_receive(other));
    UNIT_TRUE(design_echo(other));
    close(other);
    close(silent);
    design_stop(&s);
}

static void no_client_waits_for_a_silent_one(void) {
    for_each(serve_beside_a_silent_one);
}

/* A server that closes its only client. */
static void serve_none(int listener) {
    int client = accept(listener, NULL, NULL);
    close(client);
    pause();
}

static void a_client_that_is_not_served_is_noticed(void) {
    static const struct design none = {"none", 'n', serve_none};
    struct design_server s;
    UNIT_INT(design_start(&none, &s), 0);
    int client = design_connect(&s);
    UNIT_FALSE(design_receive(client));
    UNIT_FALSE(design_receive(-1));
    close(client);
    design_stop(&s);
    UNIT_INT(design_connect(&s), -1); /* there is no listener any more */
}

static void the_limit_of_descriptors_limits_the_clients(void) {
    struct rlimit r;
    UNIT_INT(getrlimit(RLIMIT_NOFILE, &r), 0);
    r.rlim_cur = 64;
    UNIT_INT(setrlimit(RLIMIT_NOFILE, &r), 0);
    int most = design_raise_limit();
    UNIT_TRUE(most > 44 && most <= DESIGNS_MAX_CLIENTS);
    r.rlim_cur = r.rlim_max = 64;
    if (setrlimit(RLIMIT_NOFILE, &r) == -1) {
        /* setrlimit(2): everybody may lower a limit, but not under valgrind. */
        puts("SKIPPED: the hard limit of descriptors cannot be lowered");
        return;
    }
    UNIT_INT(design_raise_limit(), 44);
    r.rlim_cur = r.rlim_max = 10;
    UNIT_INT(setrlimit(RLIMIT_NOFILE, &r), 0);
    UNIT_INT(design_raise_limit(), 0);
}

UNIT_MAIN("tcp/designs", UNIT_TEST(each_design_serves_many_clients_at_once),
          UNIT_TEST(no_client_waits_for_a_silent_one),
          UNIT_TEST(a_client_that_is_not_served_is_noticed),
          UNIT_TEST(the_limit_of_descriptors_limits_the_clients))
