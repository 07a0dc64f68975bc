/*
 * 210_groups.c: one send, three receivers
 *
 * Shows       A datagram to a broadcast address, or to the address of a group,
 *             reaches all members on ONE interface. The sender does not know
 *             them, and need not be a member.
 * By hand     SO_BROADCAST, join and leave, the outgoing interface, the TTL.
 * Calls       udp/endpoint.h, tcp/pair.h (check), tcp/options.h
 * Run         $ bin/210_groups
 *             $ bin/210_groups --break
 * Try         Leave IP_MULTICAST_ALL out. What do receivers get after leaving?
 * Limits      No datagram leaves this machine, so no other one can join.
 * Read        RFC 919, RFC 1112, RFC 4291 §2.7, RFC 3678 §5; ip(7), ipv6(7)
 */
#define _DEFAULT_SOURCE /* glibc: struct group_req and struct ip_mreqn */
#include "tcp/options.h"
#include "tcp/pair.h"
#include "udp/endpoint.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#define RECEIVERS 3
#define SILENCE_MS 50 /* when nothing arrives in this time, nothing will */

static int receivers[RECEIVERS], sender;
static struct endpoint group; /* where all receivers are bound */
static int level;             /* of its options: IPPROTO_IP, IPPROTO_IPV6 */

static int set(int fd, int at, int option, int value) {
    return setsockopt(fd, at, option, &value, sizeof value);
}

static const char *reason(void) {
    if (errno == EACCES) return "EACCES";
    return errno == ENETUNREACH ? "ENETUNREACH" : strerror(errno);
}

/* Sends a datagram, counts who gets it. Returns whether it was sent. */
static bool send_one(const char *how) {
    char text[8];
    struct endpoint from;
    int count = 0;
    bool is_sent = endpoint_sendto(sender, "hello", 5, &group) == 5;
    if (!is_sent) printf("  %-22s not sent: %s\n", how, reason());
    for (int i = 0; i < RECEIVERS && is_sent; i++)
        if (endpoint_wait(receivers[i], SILENCE_MS))
            count += endpoint_recvfrom(receivers[i], text, 8, &from) == 5;
    if (is_sent) printf("  %-22s sent once, received by %d\n", how, count);
    return is_sent;
}

/* Opens all sockets. The receivers share one address and port, which
 * SO_REUSEADDR allows. Datagrams to another address do not reach them. */
static bool open_all(const char *host, unsigned interface) {
    check(endpoint_from(&group, host, 0) == 0, host);
    int family = group.address.any.sa_family, result = 0;
    level = family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
    if (family != AF_INET) group.address.in6.sin6_scope_id = interface;
    sender = socket(family, SOCK_DGRAM, 0);
    for (int i = 0; i < RECEIVERS && result == 0; i++) {
        receivers[i] = socket(family, SOCK_DGRAM, 0);
        set(receivers[i], SOL_SOCKET, SO_REUSEADDR, 1);
        result = bind(receivers[i], &group.address.any, group.size);
        getsockname(receivers[i], &group.address.any, &group.size);
    }
    if (result == -1) printf("  not on this machine: %s\n", reason());
    return result == 0;
}

/* option is MCAST_JOIN_GROUP or MCAST_LEAVE_GROUP. */
static void change(int fd, int option, unsigned interface) {
    struct group_req request = {.gr_interface = interface};
    memcpy(&request.gr_group, &group.address, group.size);
    check(!setsockopt(fd, level, option, &request, sizeof request), "join");
#ifdef IP_MULTICAST_ALL /* 1, the default: get what others here joined, too */
    set(fd, level, level != IPPROTO_IP ? IPV6_MULTICAST_ALL : IP_MULTICAST_ALL,
        0);
#endif
}

/* Sets the interface by which the sender's datagrams to an IPv4 group leave; 0:
 * the kernel chooses. An IPv6 address can name it: ff01::210%lo. */
static void choose_output(unsigned interface) {
    struct ip_mreqn out = {.imr_ifindex = (int)interface};
    check(!setsockopt(sender, level, IP_MULTICAST_IF, &out, sizeof out), "lo");
}

/* The wrong way. The datagram would leave this machine, so it is not sent:
 * connect only asks the kernel which address it would come from. */
static void forget_interface(void) {
    struct endpoint self = {.size = sizeof self.address};
    char name[ENDPOINT_NAME_MAX];
    choose_output(0);
    bool is_found = connect(sender, &group.address.any, group.size) == 0;
    if (is_found) getsockname(sender, &self.address.any, &self.size);
    printf("  no interface named     the kernel chooses: %s\n",
           is_found ? endpoint_name(&self, name) : reason());
}

/* Returns false if the interface carries no groups of this family. */
static bool show_group(const char *host, unsigned interface) {
    char name[IF_NAMESIZE];
    printf("group %s on %s:\n", host, if_indextoname(interface, name));
    if (!open_all(host, interface)) return false;
    bool is_ipv4 = level == IPPROTO_IP;
    if (is_ipv4) choose_output(interface);
    if (!send_one("no one has joined")) return false;
    for (int i = 0; i < RECEIVERS; i++)
        change(receivers[i], MCAST_JOIN_GROUP, interface);
    send_one("three have joined");
    int ttl = is_ipv4 ? IP_MULTICAST_TTL : IPV6_MULTICAST_HOPS;
    check(set(sender, level, ttl, 0) == 0, "TTL");
    send_one("the same with TTL 0");
    change(receivers[0], MCAST_LEAVE_GROUP, interface);
    return send_one("one has left");
}

int main(int argc, char **argv) {
    bool is_broken = false;
    int status = options_experiment(argc, argv, "any interface", &is_broken);
    if (status != -1) return status;
    struct if_nameindex *all = if_nameindex(); /* the loopback is the first */
    if (!all) die("if_nameindex");
    puts("broadcast address 127.255.255.255:");
    if (open_all("127.255.255.255", 0)) send_one("without SO_BROADCAST");
    set(sender, SOL_SOCKET, SO_BROADCAST, 1);
    send_one("with SO_BROADCAST");
    show_group("239.255.2.10", all->if_index);
    if (is_broken) forget_interface();
    for (struct if_nameindex *i = all; i->if_index && !is_broken; i++)
        if (show_group("ff01::210", i->if_index)) break;
    puts(is_broken ? "What you saw: the sender would have sent elsewhere."
                   : "What you saw: one datagram, received by each member on "
                     "the interface that was named.");
    if_freenameindex(all);
    return 0;
}
