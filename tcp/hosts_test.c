/* hosts_test.c: tcp/hosts.h and tcp/netlink.h. Where the system refuses a
 * network of its own, the tests print that they were skipped. */
#include "packets/unit.h"
#include "tcp/hosts.h"
#include "tcp/netlink.h"
#include "tcp/pair.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

static struct hosts hosts;
static char why[NETWORK_WHY_MAX];

/* Opens hosts; false after printing why not. */
static bool begin(int count) {
    if (hosts_open(&hosts, count, why) == 0) return true;
    printf("%s\n", why);
    return false;
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
    if (!begin(3)) return UNIT_SKIPPED;
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
    if (!begin(2)) return UNIT_SKIPPED;
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
    if (!begin(1)) return UNIT_SKIPPED;
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

UNIT_MAIN("tcp/hosts", UNIT_TEST(each_host_has_its_own_addresses),
          UNIT_TEST(a_socket_stays_at_the_host_where_it_was_opened),
          UNIT_TEST(what_the_kernel_refuses_is_an_error))
