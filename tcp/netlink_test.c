/* netlink_test.c: tcp/netlink.h. Where the system refuses a network of its own,
 * the tests print that they were skipped. */
#define _DEFAULT_SOURCE /* glibc: struct ifreq */
#include "tcp/calls_unit.h"
#include "tcp/netlink.h"
#include "tcp/network.h"
#include "tcp/unit.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

UNIT_CALL(ssize_t, -1, recv, (int fd, void *bytes, size_t n, int flags),
          (fd, bytes, n, flags))
UNIT_CALL(ssize_t, -1, send, (int fd, const void *bytes, size_t n, int flags),
          (fd, bytes, n, flags))
UNIT_CALL(int, -1, socket, (int family, int type, int protocol),
          (family, type, protocol))

static const uint8_t mac[ADDRESS_MAC] = {2, 0, 0, 0, 0, 9};

/* Enters a new network, and opens a descriptor of it. -1: refused. */
static int begin(void) {
    char why[NETWORK_WHY_MAX];
    if (network_enter(why, sizeof why) == -1) return -1;
    return open("/proc/self/ns/net", O_RDONLY);
}

/* Does the system allow a network of its own? */
static int try_network(void) {
    char why[NETWORK_WHY_MAX];
    if (network_enter(why, sizeof why) == 0 &&
        open("/proc/self/ns/net", O_RDONLY) != -1)
        return 0;
    puts(why);
    return 2;
}

static int add_address(const char *interface, const char *text, int prefix) {
    struct address a;
    if (!address_parse(&a, text)) return -1;
    return netlink_add_address(interface, &a, prefix);
}

/* Binds a socket of either family to the address: only its owner can. */
static bool has_address(const char *text) {
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    bool is_v6 = inet_pton(AF_INET6, text, &v6.sin6_addr) == 1;
    int fd = socket(is_v6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);
    if (!is_v6) inet_pton(AF_INET, text, &v4.sin_addr);
    int status = is_v6 ? bind(fd, (struct sockaddr *)&v6, sizeof v6)
                       : bind(fd, (struct sockaddr *)&v4, sizeof v4);
    close(fd);
    return status == 0;
}

/* Has the interface the MAC address that the pair was made with? */
static bool has_mac(const char *interface) {
    struct ifreq request;
    int fd = socket(AF_INET, SOCK_DGRAM, 0), status = -1;
    memset(&request, 0, sizeof request);
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", interface);
#ifdef SIOCGIFHWADDR /* Linux */
    status = ioctl(fd, SIOCGIFHWADDR, &request);
    if (memcmp(request.ifr_hwaddr.sa_data, mac, ADDRESS_MAC) != 0) status = -1;
#endif
    close(fd);
    return status == 0;
}

static int make_pair(void) {
    int net = begin();
    UNIT_EXPECT(net != -1);
    UNIT_EXPECT(netlink_add_pair("near", "far", net, mac) == 0);
    UNIT_EXPECT(if_nametoindex("near") && if_nametoindex("far"));
    UNIT_EXPECT(has_mac("far") && !has_mac("near"));
    UNIT_EXPECT(netlink_add_pair("near", "other", net, mac) == -1);
    UNIT_EXPECT(errno == EEXIST && !if_nametoindex("other"));
    UNIT_EXPECT(netlink_add_pair("n", "f", -1, mac) == -1 && errno == EBADF);
    UNIT_EXPECT(!if_nametoindex("n"));
    return 0;
}

static void a_pair_has_two_names_and_the_mac_address(void) {
    UNIT_CHILD_IF(try_network, make_pair);
}

/* IFNAMSIZ counts the zero byte. */
static int use_longest_name(void) {
    int net = begin();
    UNIT_EXPECT(net != -1);
    UNIT_EXPECT(netlink_add_pair("fifteen-letters", "p15", net, mac) == 0);
    UNIT_EXPECT(if_nametoindex("fifteen-letters"));
    UNIT_EXPECT(netlink_add_pair("sixteen-letters-", "p16", net, mac) == -1);
    UNIT_EXPECT(!if_nametoindex("p16"));
    return 0;
}

static void a_name_has_at_most_15_letters(void) {
    UNIT_CHILD_IF(try_network, use_longest_name);
}

/* The peer moves to the network of a child, which waits there. */
static int make_pair_across(void) {
    int ready[2], wait[2];
    char path[40], byte = 0;
    UNIT_EXPECT(begin() != -1);
    UNIT_EXPECT(pipe(ready) == 0 && pipe(wait) == 0);
    pid_t child = fork();
    if (child == 0) {
        bool is_there = begin() != -1 && write(ready[1], "x", 1) == 1 &&
                        read(wait[0], &byte, 1) == 1 && if_nametoindex("far") &&
                        !if_nametoindex("near");
        close(ready[1]);
        _exit(is_there ? 0 : 1);
    }
    close(ready[1]);
    UNIT_EXPECT(read(ready[0], &byte, 1) == 1);
    snprintf(path, sizeof path, "/proc/%d/ns/net", (int)child);
    int net = open(path, O_RDONLY), status = -1;
    int made = netlink_add_pair("near", "far", net, mac);
    UNIT_EXPECT(write(wait[1], "x", 1) == 1);
    UNIT_EXPECT(waitpid(child, &status, 0) == child && status == 0);
    UNIT_EXPECT(made == 0 && if_nametoindex("near") && !if_nametoindex("far"));
    return 0;
}

static void the_peer_is_in_the_network_that_was_named(void) {
    UNIT_CHILD_IF(try_network, make_pair_across);
}

static int give_addresses(void) {
    int net = begin();
    UNIT_EXPECT(net != -1);
    UNIT_EXPECT(netlink_add_pair("near", "far", net, mac) == 0);
    UNIT_EXPECT(network_set_up("near") == 0 && network_set_up("far") == 0);
    UNIT_EXPECT(!has_address("10.1.0.1"));
    UNIT_EXPECT(add_address("near", "10.1.0.1", 30) == 0);
    UNIT_EXPECT(has_address("10.1.0.1") && !has_address("10.1.0.2"));
    UNIT_EXPECT(has_address("10.1.0.3")); /* of 30 bits: its broadcast */
    UNIT_EXPECT(add_address("near", "10.1.0.1", 30) == -1 && errno == EEXIST);
    UNIT_EXPECT(add_address("near", "10.2.0.1", 33) == -1 && errno == EINVAL);
    UNIT_EXPECT(add_address("none", "10.2.0.1", 24) == -1 && errno == ENODEV);
    UNIT_EXPECT(!has_address("10.2.0.1"));
    UNIT_EXPECT(add_address("lo", "10.2.0.1", 32) == 0); /* the first one */
    UNIT_EXPECT(has_address("10.2.0.1"));
    return 0;
}

static void an_interface_gets_an_address_of_ipv4_with_its_network(void) {
    UNIT_CHILD_IF(try_network, give_addresses);
}

/* RFC 4862 §5.4: an address that is still checked (tentative) cannot be bound,
 * so it is there at once only if the kernel does not check. */
static int give_address_v6(void) {
    int net = begin();
    UNIT_EXPECT(net != -1);
    if (access("/proc/net/if_inet6", F_OK)) return UNIT_SKIPPED;
    UNIT_EXPECT(netlink_add_pair("near", "far", net, mac) == 0);
    UNIT_EXPECT(network_set_up("near") == 0 && network_set_up("far") == 0);
    UNIT_EXPECT(add_address("near", "fd00::7", 64) == 0);
    UNIT_EXPECT(has_address("fd00::7") && !has_address("fd00::8"));
    UNIT_EXPECT(add_address("near", "fd00::9", 129) == -1);
    return 0;
}

static void an_address_of_ipv6_is_there_at_once(void) {
    UNIT_CHILD_IF(try_network, give_address_v6);
}

static int refuse_each_step(void) {
    static const char *const calls[] = {"socket", "send", "recv"};
    int net = begin(), before = count_descriptors();
    UNIT_EXPECT(net != -1);
    for (int i = 0; i < 3; i++) {
        fail_call(calls[i], 1, ENOBUFS);
        UNIT_EXPECT(netlink_add_pair("near", "far", net, mac) == -1);
        UNIT_EXPECT(errno == ENOBUFS && call_has_failed());
        UNIT_EXPECT(count_descriptors() == before);
    }
    return 0;
}

static void what_is_refused_is_an_error(void) {
    UNIT_CHILD_IF(try_network, refuse_each_step);
}

UNIT_MAIN("tcp/netlink", UNIT_TEST(a_pair_has_two_names_and_the_mac_address),
          UNIT_TEST(a_name_has_at_most_15_letters),
          UNIT_TEST(the_peer_is_in_the_network_that_was_named),
          UNIT_TEST(an_interface_gets_an_address_of_ipv4_with_its_network),
          UNIT_TEST(an_address_of_ipv6_is_there_at_once),
          UNIT_TEST(what_is_refused_is_an_error))
