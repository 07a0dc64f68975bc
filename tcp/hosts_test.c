#ifdef __linux__
#define _GNU_SOURCE /* setns, unshare */
#endif
/* hosts_test.c: tcp/hosts.h and tcp/netlink.h. Where the system refuses a
 * network of its own, the tests print that they were skipped. */
#include "packets/unit.h"
#include "tcp/hosts.h"
#include "tcp/netlink.h"
#include "tcp/pair.h"
#include "tcp/unit.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

static struct hosts hosts;
static char why[NETWORK_WHY_MAX];

/* Has this network, which is not that of the machine, a cable to itself? */
static bool has_veth(void) {
    const uint8_t mac[ADDRESS_MAC] = {2, 0, 0, 0, 0, 9};
    int net = open("/proc/thread-self/ns/net", O_RDONLY);
    bool is_made = netlink_add_pair("one", "two", net, mac) == 0;
    close(net);
    return is_made;
}

/* Opens hosts. Returns 0, or what the test returns: UNIT_SKIPPED after printing
 * what the system refused. */
static int begin(int count) {
    if (hosts_open(&hosts, count, why) == 0) return 0;
    printf("%s\n", why);
    UNIT_EXPECT(*why != '\0');
    UNIT_EXPECT(strncmp(why, "veth", 4) != 0 || !has_veth());
    return UNIT_SKIPPED;
}

/* Binds a socket to port 7 of an address: only its owner can. */
static bool has_address(const char *text) {
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(7)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(7)};
    bool is_v6 = strchr(text, ':') != NULL;
    int fd = socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
    inet_pton(AF_INET, text, &v4.sin_addr);
    inet_pton(AF_INET6, text, &v6.sin6_addr);
    int status = is_v6 ? bind(fd, (struct sockaddr *)&v6, sizeof v6)
                       : bind(fd, (struct sockaddr *)&v4, sizeof v4);
    close(fd);
    return status == 0;
}

static bool has_ipv6(void) {
    return access("/proc/net/if_inet6", F_OK) == 0;
}

static int check_addresses(void) {
    int ends[2];
    int refused = begin(3);
    if (refused) return refused;
    UNIT_EXPECT(hosts.count == 3);
    for (int i = 0; i < 3; i++) {
        char own[20], other[20], own6[20];
        snprintf(own, sizeof own, "10.0.0.%d", i + 1);
        snprintf(other, sizeof other, "10.0.0.%d", (i + 1) % 3 + 1);
        snprintf(own6, sizeof own6, "fd00::%d", i + 1);
        UNIT_EXPECT(hosts_use(&hosts, i) == 0);
        UNIT_EXPECT(has_address(own) && !has_address(other));
        UNIT_EXPECT(!has_ipv6() || has_address(own6));
        UNIT_EXPECT(pair_open(ends) == 0); /* lo is up */
    }
    UNIT_EXPECT(hosts_use(&hosts, HOSTS_MIDDLE) == 0);
    UNIT_EXPECT(!has_address("10.0.0.1"));
    return 0;
}

static void each_host_has_its_own_addresses(void) {
    UNIT_CHILD(check_addresses);
}

static int stay_with_host(void) {
    char name[HOSTS_NAME_MAX];
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(7)};
    int refused = begin(2);
    if (refused) return refused;
    UNIT_EXPECT(strcmp(hosts_interface(1, name), "host1") == 0);
    UNIT_EXPECT(hosts_use(&hosts, 0) == 0);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    UNIT_EXPECT(hosts_use(&hosts, 1) == 0);
    inet_pton(AF_INET, "10.0.0.1", &to.sin_addr);
    UNIT_EXPECT(bind(fd, (struct sockaddr *)&to, sizeof to) == 0);
    hosts_close(&hosts);
    UNIT_EXPECT(hosts.count == 0 && hosts.middle == -1);
    return 0;
}

static void a_socket_stays_at_the_host_where_it_was_opened(void) {
    UNIT_CHILD(stay_with_host);
}

static int break_links(void) {
    struct address a = {4, {10, 0, 0, 9}};
    const uint8_t mac[ADDRESS_MAC] = {2, 0, 0, 0, 0, 9};
    int refused = begin(1);
    if (refused) return refused;
    UNIT_EXPECT(netlink_add_address("none0", &a, 24) == -1);
    UNIT_EXPECT(errno == ENODEV);
    UNIT_EXPECT(netlink_add_pair("host0", "x", hosts.middle, mac) == -1);
    UNIT_EXPECT(errno == EEXIST);
    UNIT_EXPECT(netlink_add_pair("a", "b", hosts.middle, mac) == 0);
    UNIT_EXPECT(netlink_add_address("a", &a, 24) == 0);
    UNIT_EXPECT(has_address("10.0.0.9"));
    UNIT_EXPECT(netlink_add_address("a", &a, 24) == -1 && errno == EEXIST);
    return 0;
}

static void what_the_kernel_refuses_is_an_error(void) {
    UNIT_CHILD(break_links);
}

#ifdef __linux__
#include "tcp/calls_unit.h"

#include <sched.h>

UNIT_CALL(int, -1, open, (const char *path, int flags, ...), (path, flags))
UNIT_CALL(int, -1, setns, (int fd, int type), (fd, type))
UNIT_CALL(int, -1, socket, (int family, int type, int protocol),
          (family, type, protocol))
UNIT_CALL(int, -1, unshare, (int flags), (flags))

enum {
    OPENED = 1000, /* although the call has failed */
    ALL_CALLED,
    MIDDLE_FAILED, /* to open its network */
    HOST_FAILED,
};

static const char *call;
static int number; /* of the call that fails */

static int try_to_open(void) {
    return begin(1);
}

/* Everything is closed, and why has the reason. */
static int open_while_a_call_fails(void) {
    int before = count_descriptors();
    fail_call(call, number, EMFILE);
    int status = hosts_open(&hosts, 2, why);
    bool has_failed = call_has_failed();
    if (status == 0) return has_failed ? OPENED : ALL_CALLED;
    UNIT_EXPECT(status == -1 && hosts.count == 0);
    UNIT_EXPECT(strstr(why, strerror(EMFILE)) != NULL);
    UNIT_EXPECT(count_descriptors() == before);
    UNIT_EXPECT(hosts.middle == -1 && hosts.net[0] == -1);
    return 0;
}

/* Each call of the system fails once. What may fail: root tries without a user
 * namespace first; ports below 1024 may stay reserved, and the middle may have
 * IPv6; a host may have none. */
static void each_step_that_fails_is_reported(void) {
    const struct {
        const char *call;
        int optional;
    } rows[] = {
        {"unshare", geteuid() == 0}, {"setns", 0}, {"open", 2}, {"socket", 2}};
    if (is_emulated() ||
        !unit_is_allowed(try_to_open, "each_step_that_fails_is_reported"))
        return;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int result = 0, opened = 0;
        call = rows[i].call;
        for (number = 1; result != ALL_CALLED && number < 100; number++) {
            result = unit_child(open_while_a_call_fails, call);
            opened += result == OPENED;
            if (result < OPENED) UNIT_INT(result, 0);
        }
        UNIT_INT(result, ALL_CALLED);
        UNIT_TRUE(number > 2);
        UNIT_INT(opened, rows[i].optional);
    }
}
/* Returns which open has failed: that of the middle's network, of a host's, or
 * another one. */
static int open_without_descriptors(void) {
    char middle[NETWORK_WHY_MAX], host[NETWORK_WHY_MAX];
    snprintf(middle, sizeof middle, "/proc/thread-self/ns/net: %s",
             strerror(EMFILE));
    snprintf(host, sizeof host, "veth of host 0: %s", strerror(EMFILE));
    fail_call("open", number, EMFILE);
    if (hosts_open(&hosts, 1, why) == 0)
        return call_has_failed() ? OPENED : ALL_CALLED;
    return strcmp(why, middle) == 0 ? MIDDLE_FAILED
           : strcmp(why, host) == 0 ? HOST_FAILED
                                    : 0;
}

static void says_which_network_cannot_be_opened(void) {
    int result = 0, middles = 0, hosts_failed = 0;
    if (!unit_is_allowed(try_to_open, "says_which_network_cannot_be_opened"))
        return;
    for (number = 1; result != ALL_CALLED && number < 100; number++) {
        result = unit_child(open_without_descriptors, "open");
        middles += result == MIDDLE_FAILED;
        hosts_failed += result == HOST_FAILED;
    }
    UNIT_INT(middles, 1);
    UNIT_INT(hosts_failed, 1);
}
#else
static void says_which_network_cannot_be_opened(void) {
}
static void each_step_that_fails_is_reported(void) {
}
#endif

UNIT_MAIN("tcp/hosts", UNIT_TEST(each_host_has_its_own_addresses),
          UNIT_TEST(a_socket_stays_at_the_host_where_it_was_opened),
          UNIT_TEST(what_the_kernel_refuses_is_an_error),
          UNIT_TEST(each_step_that_fails_is_reported),
          UNIT_TEST(says_which_network_cannot_be_opened))
