/* hosts_test.c: tcp/hosts.h and tcp/netlink.h. Where the system refuses a
 * network of its own, the tests print that they were skipped. */
#include "packets/unit.h"
#include "tcp/calls_unit.h"
#include "tcp/hosts.h"
#include "tcp/netlink.h"
#include "tcp/pair.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <sys/socket.h>

static struct hosts hosts;
static char why[NETWORK_WHY_MAX];

/* To open a network may fail. */
int open(const char *path, int flags, ...) {
    static int (*real)(const char *path, int flags, ...);
    va_list more;
    va_start(more, flags);
    int mode = flags & O_CREAT ? va_arg(more, int) : 0;
    va_end(more);
    if (strstr(path, "/ns/net") && call_fails("open")) return -1;
    if (!real) find_call("open", &real);
    return real(path, flags, mode);
}

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

static int refused_open; /* of the middle; of a host */

static int refuse_open(void) {
    const char *what =
        refused_open == 1 ? "/proc/thread-self/ns/net" : "veth of host 0";
    char expected[NETWORK_WHY_MAX];
    fail_call("open", refused_open, EMFILE);
    UNIT_EXPECT(hosts_open(&hosts, 1, why) == -1);
    if (!call_has_failed()) return UNIT_SKIPPED; /* no network at all */
    snprintf(expected, sizeof expected, "%s: %s", what, strerror(EMFILE));
    UNIT_EXPECT(strcmp(why, expected) == 0);
    UNIT_EXPECT(hosts.count == 0 && hosts.middle == -1);
    return 0;
}

static void says_which_network_cannot_be_opened(void) {
    for (refused_open = 1; refused_open <= 2; refused_open++)
        UNIT_CHILD(refuse_open);
}

UNIT_MAIN("tcp/hosts", UNIT_TEST(each_host_has_its_own_addresses),
          UNIT_TEST(a_socket_stays_at_the_host_where_it_was_opened),
          UNIT_TEST(what_the_kernel_refuses_is_an_error),
          UNIT_TEST(says_which_network_cannot_be_opened))
