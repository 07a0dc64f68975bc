#ifdef __linux__
#define _DEFAULT_SOURCE /* struct ifreq */
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

/* Returns '1' if the interface of this network is without IPv6, '0' if it has
 * some; '-' if the kernel has none, or the test may not change it. */
static char ipv6_is_disabled(const char *interface) {
    char path[80], value = '-';
    snprintf(path, sizeof path, "/proc/sys/net/ipv6/conf/%s/disable_ipv6",
             interface);
    int fd = open(path, O_RDWR);
    if (fd == -1 || read(fd, &value, 1) != 1) value = '-';
    if (fd != -1) close(fd);
    return value;
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
        UNIT_EXPECT(ipv6_is_disabled("eth0") != '1');
        UNIT_EXPECT(pair_open(ends) == 0); /* lo is up */
    }
    UNIT_EXPECT(hosts_use(&hosts, HOSTS_MIDDLE) == 0);
    UNIT_EXPECT(!has_address("10.0.0.1"));
    UNIT_EXPECT(ipv6_is_disabled("host2") != '0');
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
#include "tcp/bridge.h"
#include "tcp/calls_unit.h"

#include <linux/sched.h>
#include <net/if.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/time.h>

/* Linux. With _GNU_SOURCE glibc declares other types for addresses. */
int accept4(int fd, struct sockaddr *from, socklen_t *size, int flags);
int setns(int fd, int type);
int unshare(int flags);

UNIT_CALL(int, -1, accept4,
          (int fd, struct sockaddr *from, socklen_t *size, int flags),
          (fd, from, size, flags))
UNIT_CALL(int, -1, open, (const char *path, int flags, ...), (path, flags))
UNIT_CALL(int, -1, setns, (int fd, int type), (fd, type))
UNIT_CALL(int, -1, socket, (int family, int type, int protocol),
          (family, type, protocol))
UNIT_CALL(int, -1, unshare, (int flags), (flags))

#ifdef __GLIBC__
#define IOCTL_REQUEST unsigned long
#else
#define IOCTL_REQUEST int /* POSIX, and musl */
#endif

/* All requests here have an argument. */
int ioctl(int fd, IOCTL_REQUEST request, ...) {
    static int (*real)(int fd, IOCTL_REQUEST request, ...);
    va_list arguments;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    if (call_fails("ioctl")) return -1;
    if (!real) find_call("ioctl", &real);
    return real(fd, request, argument);
}

static struct timeval connect_limit; /* that of the last connect */

int connect(int fd, const struct sockaddr *to, socklen_t size) {
    static int (*real)(int fd, const struct sockaddr *to, socklen_t size);
    socklen_t n = sizeof connect_limit;
    getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &connect_limit, &n);
    if (call_fails("connect")) return -1;
    if (!real) find_call("connect", &real);
    return real(fd, to, size);
}

static int check_macs(void) {
    int refused = begin(3);
    if (refused) return refused;
    for (int i = 0; i < 3; i++) {
        const uint8_t expected[] = {2, 0, 0, 0, 0, (uint8_t)(i + 1)};
        struct ifreq request = {.ifr_name = "eth0"};
        UNIT_EXPECT(hosts_use(&hosts, i) == 0);
        int fd = socket(AF_INET, SOCK_DGRAM, 0);
        UNIT_EXPECT(ioctl(fd, SIOCGIFHWADDR, &request) == 0);
        UNIT_EXPECT(memcmp(request.ifr_hwaddr.sa_data, expected, 6) == 0);
        close(fd);
    }
    return 0;
}

static void the_mac_address_of_a_host_has_its_number(void) {
    UNIT_CHILD(check_macs);
}

enum {
    OPENED = 1000, /* although the call has failed */
    ALL_CALLED,
    MIDDLE_FAILED, /* to open its network */
    HOST_FAILED,
};

static const char *call;
static int number; /* of the call that fails */
static int error;

static int try_to_open(void) {
    return begin(1);
}

static int try_without_user_namespace(void) {
    return unshare(CLONE_NEWNET) == 0 ? 0 : 2;
}

/* Everything is closed, and why has the reason. */
static int open_while_a_call_fails(void) {
    int before = count_descriptors();
    fail_call(call, number, error);
    int status = hosts_open(&hosts, 2, why);
    bool has_failed = call_has_failed();
    if (status == 0) return has_failed ? OPENED : ALL_CALLED;
    UNIT_EXPECT(status == -1 && hosts.count == 0);
    UNIT_EXPECT(strstr(why, strerror(error)) != NULL);
    UNIT_EXPECT(count_descriptors() == before);
    UNIT_EXPECT(hosts.middle == -1 && hosts.net[0] == -1);
    return 0;
}

/* Each call of the system fails once. What may fail: root tries without a user
 * namespace first, and if it needs one, its three files need not be written;
 * ports below 1024 may stay reserved, and the middle may have
 * IPv6; a host may have none; both ends of both cables may have none of four
 * kinds of offload, but what they have must be turned off. */
static void each_step_that_fails_is_reported(void) {
    bool is_root = geteuid() == 0;
    bool needs_no_map =
        is_root && unit_child(try_without_user_namespace, "unshare") != 0;
    const struct {
        const char *call;
        int error, optional;
    } rows[] = {{"unshare", EMFILE, is_root},
                {"setns", EMFILE, 0},
                {"open", EMFILE, needs_no_map ? 5 : 2},
                {"socket", EMFILE, 2},
                {"ioctl", EMFILE, 0},
                {"ioctl", EOPNOTSUPP, 2 * 2 * 4}};
    if (is_emulated() ||
        !unit_is_allowed(try_to_open, "each_step_that_fails_is_reported"))
        return;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int result = 0, opened = 0;
        call = rows[i].call;
        error = rows[i].error;
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

/* What the caller gets has no limit of time, and blocks. Its port needs no
 * right. */
static int use_pair(void) {
    struct bridge bridge;
    struct sockaddr_in at;
    socklen_t at_size = sizeof at;
    struct timeval limit = {.tv_sec = 9};
    socklen_t size = sizeof limit;
    int ends[2], refused = begin(2);
    if (refused) return refused;
    UNIT_EXPECT(bridge_start(&bridge, &hosts, NULL) == 0);
    UNIT_EXPECT(hosts_pair(&hosts, 1, 0, ends) == 0);
    UNIT_EXPECT(connect_limit.tv_sec > 0);
    UNIT_EXPECT(!has_address("10.0.0.1") && !has_address("10.0.0.2"));
    UNIT_EXPECT(getsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &limit, &size) ==
                0);
    UNIT_EXPECT(limit.tv_sec == 0 && limit.tv_usec == 0);
    UNIT_EXPECT(getsockname(ends[1], (struct sockaddr *)&at, &at_size) == 0);
    UNIT_EXPECT(ntohs(at.sin_port) >= 1024);
    UNIT_EXPECT((fcntl(ends[1], F_GETFL) & O_NONBLOCK) == 0);
    return bridge_stop(&bridge, NULL) == 0 ? 0 : __LINE__;
}

static void a_connect_has_a_limit_but_its_pair_has_none(void) {
    UNIT_CHILD_IF(unit_try_capture, use_pair);
}

/* Each call of hosts_pair fails once. The ends were open before: a descriptor
 * that it did not open stays open. */
static int refuse_pair(void) {
    static const char *const calls[] = {"setns", "socket", "connect",
                                        "accept4"};
    struct bridge bridge;
    int refused = begin(2), ends[2];
    if (refused) return refused;
    UNIT_EXPECT(bridge_start(&bridge, &hosts, NULL) == 0);
    int before = count_descriptors();
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        bool has_failed = true;
        for (number = 1; has_failed; number++) {
            int spare = dup(bridge.control);
            ends[0] = ends[1] = spare;
            fail_call(calls[i], number, EMFILE);
            int status = hosts_pair(&hosts, 0, 1, ends), why_not = errno;
            has_failed = call_has_failed();
            UNIT_EXPECT(status == (has_failed ? -1 : 0));
            UNIT_EXPECT(!has_failed || why_not == EMFILE);
            UNIT_EXPECT(count_descriptors() == before + (has_failed ? 1 : 3));
            close(spare);
            if (status == 0) close(ends[0]);
            if (status == 0) close(ends[1]);
        }
        UNIT_EXPECT(number > 2);
    }
    return bridge_stop(&bridge, NULL) == 0 ? 0 : __LINE__;
}

static void a_pair_that_fails_leaves_no_descriptor(void) {
    UNIT_CHILD_IF(unit_try_capture, refuse_pair);
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
static void a_connect_has_a_limit_but_its_pair_has_none(void) {
}
static void a_pair_that_fails_leaves_no_descriptor(void) {
}
static void the_mac_address_of_a_host_has_its_number(void) {
}
static void says_which_network_cannot_be_opened(void) {
}
static void each_step_that_fails_is_reported(void) {
}
#endif

UNIT_MAIN("tcp/hosts", UNIT_TEST(each_host_has_its_own_addresses),
          UNIT_TEST(a_socket_stays_at_the_host_where_it_was_opened),
          UNIT_TEST(what_the_kernel_refuses_is_an_error),
          UNIT_TEST(the_mac_address_of_a_host_has_its_number),
          UNIT_TEST(a_connect_has_a_limit_but_its_pair_has_none),
          UNIT_TEST(a_pair_that_fails_leaves_no_descriptor),
          UNIT_TEST(each_step_that_fails_is_reported),
          UNIT_TEST(says_which_network_cannot_be_opened))
