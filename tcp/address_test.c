/* address_test.c: tcp/address.h */
#include "packets/unit.h"
#include "tcp/address.h"
#include "tcp/unit.h"

#include <errno.h>
#include <stddef.h>
#include <unistd.h>

static void names(const char *host, uint16_t port, const char *expected) {
    union address a;
    char name[ADDRESS_NAME_MAX];
    socklen_t size = address_set(&a, host, port);
    UNIT_TRUE(size > 0);
    UNIT_TRUE(address_name(&a, size, name) == name);
    UNIT_TEXT(name, strlen(name), expected);
}

static void an_address_is_named_as_it_was_set(void) {
    names("127.0.0.1", 7101, "127.0.0.1:7101");
    names("0.0.0.0", 0, "0.0.0.0:0");
    names("::1", 65535, "[::1]:65535");
    names("::", 80, "[::]:80");
    names("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", 65535,
          "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535");
    names("/tmp/s", 7101, "/tmp/s");
}

/* RFC 768, RFC 9293: ports are big-endian on the wire. */
static void the_port_is_in_network_byte_order(void) {
    union address a;
    UNIT_INT(address_set(&a, "127.0.0.1", 0x1bbf), sizeof(struct sockaddr_in));
    UNIT_INT(memcmp(&a.in.sin_port, "\x1b\xbf", 2), 0);
    UNIT_INT(memcmp(&a.in.sin_addr, "\x7f\0\0\1", 4), 0);
    UNIT_INT(address_port(&a), 0x1bbf);
    UNIT_INT(address_set(&a, "::1", 0x1bbf), sizeof(struct sockaddr_in6));
    UNIT_INT(memcmp(&a.in6.sin6_port, "\x1b\xbf", 2), 0);
    UNIT_INT(address_port(&a), 0x1bbf);
    UNIT_INT(address_set(&a, "/s", 0x1bbf), sizeof(struct sockaddr_un));
    UNIT_INT(address_port(&a), 0);
}

static void every_byte_of_an_address_is_set(void) {
    union address a;
    memset(&a, 'x', sizeof a);
    UNIT_INT(address_set(&a, "::1", 80), sizeof a.in6);
    UNIT_INT(a.in6.sin6_scope_id, 0);
    UNIT_INT(a.in6.sin6_flowinfo, 0);
}

static void what_is_no_address_is_refused(void) {
    static const char *const wrong[] = {
        "",         "localhost", "127.0.0", "127.0.0.256",
        "1.2.3.4x", ":",         ":::",     "[::1]",
    };
    union address a;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        UNIT_INT(address_set(&a, wrong[i], 1), 0);
}

/* sun_path needs no final zero byte when a path fills it; ours always has
 * it. */
static void a_path_of_any_length_is_named_or_refused(void) {
    union address a;
    char path[200], name[ADDRESS_NAME_MAX];
    size_t max = sizeof a.un.sun_path;
    memset(path, 'p', sizeof path);
    path[0] = '/';
    path[max] = '\0';
    UNIT_INT(address_set(&a, path, 0), 0);
    path[max - 1] = '\0';
    UNIT_INT(address_set(&a, path, 0), sizeof a.un);
    address_name(&a, sizeof a.un, name);
    UNIT_TEXT(name, strlen(name), path);

    a.un.sun_path[max - 1] = 'q'; /* as the kernel may return it */
    address_name(&a, sizeof a, name);
    UNIT_INT(strlen(name), max);
    UNIT_INT(name[max - 1], 'q');
    address_name(&a, offsetof(struct sockaddr_un, sun_path) + 3, name);
    UNIT_TEXT(name, strlen(name), "/pp");
}

static void a_socket_without_a_path_has_no_name(void) {
    int ends[2];
    union address a;
    char name[ADDRESS_NAME_MAX];
    memset(&a, 'x', sizeof a);
    UNIT_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    socklen_t size = address_own(ends[0], &a);
    address_name(&a, size, name);
    UNIT_TEXT(name, strlen(name), "no name");
    close(ends[0]);
    close(ends[1]);
}

static void a_bound_socket_has_the_name_that_it_was_given(void) {
    union address a, own;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    socklen_t size = address_set(&a, "127.0.0.1", 0);
    UNIT_INT(bind(fd, &a.any, size), 0);
    UNIT_INT(address_own(fd, &own), size);
    UNIT_INT(own.in.sin_addr.s_addr, a.in.sin_addr.s_addr);
    UNIT_TRUE(address_port(&own) != 0);
    UNIT_INT(address_own_port(fd), address_port(&own));
    close(fd);
    UNIT_INT(address_own_port(-1), 0);
    UNIT_INT(address_own(-1, &own), 0);
    UNIT_INT(errno, EBADF);
}

static void a_name_is_shared_only_with_so_reuseport(void) {
    union address a;
    int one = address_bind("127.0.0.1", 0, SOCK_STREAM);
    UNIT_TRUE(one != -1);
    socklen_t size = address_own(one, &a);
    int two = address_bind("127.0.0.1", address_port(&a), SOCK_STREAM);
    UNIT_TRUE(two != -1);
    int udp = address_bind("127.0.0.1", address_port(&a), SOCK_DGRAM);
    UNIT_TRUE(udp != -1);
    int other = socket(AF_INET, SOCK_STREAM, 0);
    UNIT_INT(bind(other, &a.any, size), -1);
    UNIT_INT(errno, EADDRINUSE);
    close(other);
    other = lowest_descriptor();
    UNIT_INT(address_bind("198.51.100.1", 0, SOCK_STREAM), -1);
    UNIT_INT(errno, EADDRNOTAVAIL);
    UNIT_INT(lowest_descriptor(), other);
    close(one);
    close(two);
    close(udp);
}

static void without_descriptors_nothing_is_bound(void) {
    if (!limit_descriptors(0)) return;
    int fd = address_bind("127.0.0.1", 0, SOCK_STREAM), error = errno;
    allow_descriptors();
    UNIT_INT(fd, -1);
    UNIT_INT(error, EMFILE);
}

UNIT_MAIN("tcp/address", UNIT_TEST(an_address_is_named_as_it_was_set),
          UNIT_TEST(the_port_is_in_network_byte_order),
          UNIT_TEST(every_byte_of_an_address_is_set),
          UNIT_TEST(what_is_no_address_is_refused),
          UNIT_TEST(a_path_of_any_length_is_named_or_refused),
          UNIT_TEST(a_socket_without_a_path_has_no_name),
          UNIT_TEST(a_bound_socket_has_the_name_that_it_was_given),
          UNIT_TEST(a_name_is_shared_only_with_so_reuseport),
          UNIT_TEST(without_descriptors_nothing_is_bound))
