/* netlink.c: see tcp/netlink.h. Entry points: netlink_add_pair,
 * netlink_add_address. */
#include "tcp/netlink.h"

#include <errno.h>

#ifdef __linux__
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

/* A message to the kernel: a header, then attributes, which may contain other
 * attributes. All begin at a multiple of 4 bytes. */
struct message {
    _Alignas(struct nlmsghdr) uint8_t bytes[512];
    uint32_t len;
};

static void *append(struct message *m, const void *bytes, size_t n) {
    uint8_t *at = m->bytes + m->len;
    if (n) memcpy(at, bytes, n);
    m->len += (uint32_t)NLMSG_ALIGN(n);
    return at;
}

static void begin(struct message *m, uint16_t type, const void *header,
                  size_t n) {
    struct nlmsghdr h = {.nlmsg_type = type,
                         .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK |
                                        NLM_F_CREATE | NLM_F_EXCL};
    memset(m, 0, sizeof *m);
    append(m, &h, sizeof h);
    append(m, header, n);
}

/* Appends the head of an attribute, without its content, and returns its
 * offset. */
static uint32_t open_attribute(struct message *m, uint16_t type) {
    struct rtattr a = {.rta_type = type};
    uint32_t at = m->len;
    append(m, &a, sizeof a);
    return at;
}

static void close_attribute(struct message *m, uint32_t at, size_t len) {
    struct rtattr a;
    memcpy(&a, m->bytes + at, sizeof a);
    a.rta_len = (uint16_t)len;
    memcpy(m->bytes + at, &a, sizeof a);
}

static void attribute(struct message *m, uint16_t type, const void *bytes,
                      size_t n) {
    uint32_t at = open_attribute(m, type);
    append(m, bytes, n);
    close_attribute(m, at, sizeof(struct rtattr) + n);
}

/* Sends the message. The kernel replies with an error number, 0 for none. */
static int request(struct message *m) {
    struct {
        struct nlmsghdr header;
        struct nlmsgerr error;
        uint8_t rest[512];
    } reply;
    struct nlmsghdr *h = (struct nlmsghdr *)(void *)m->bytes;
    h->nlmsg_len = m->len;
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd == -1) return -1;
    int error = EPROTO;
    if (send(fd, m->bytes, m->len, 0) == -1 ||
        recv(fd, &reply, sizeof reply, 0) == -1)
        error = errno;
    else if (reply.header.nlmsg_type == NLMSG_ERROR)
        error = -reply.error.error;
    close(fd);
    errno = error;
    return error == 0 ? 0 : -1;
}

int netlink_add_pair(const char *interface, const char *peer, int peer_net,
                     const uint8_t mac[ADDRESS_MAC]) {
    struct message m;
    struct ifinfomsg link = {.ifi_family = AF_UNSPEC};
    begin(&m, RTM_NEWLINK, &link, sizeof link);
    attribute(&m, IFLA_IFNAME, interface, strlen(interface) + 1);
    uint32_t info = open_attribute(&m, IFLA_LINKINFO);
    attribute(&m, IFLA_INFO_KIND, "veth", 4);
    uint32_t data = open_attribute(&m, IFLA_INFO_DATA);
    uint32_t other = open_attribute(&m, VETH_INFO_PEER);
    append(&m, &link, sizeof link);
    attribute(&m, IFLA_IFNAME, peer, strlen(peer) + 1);
    attribute(&m, IFLA_ADDRESS, mac, ADDRESS_MAC);
    attribute(&m, IFLA_NET_NS_FD, &peer_net, sizeof peer_net);
    close_attribute(&m, other, m.len - other);
    close_attribute(&m, data, m.len - data);
    close_attribute(&m, info, m.len - info);
    return request(&m);
}

/* RFC 4862 §5.4: no other host can have this address, so duplicate address
 * detection is not needed (IFA_F_NODAD). */
int netlink_add_address(const char *interface, const struct address *address,
                        int prefix) {
    struct message m;
    bool is_v6 = address->len == 16;
    struct ifaddrmsg a = {.ifa_family = is_v6 ? AF_INET6 : AF_INET,
                          .ifa_prefixlen = (uint8_t)prefix,
                          .ifa_flags = is_v6 ? IFA_F_NODAD : 0,
                          .ifa_index = if_nametoindex(interface)};
    if (a.ifa_index == 0) return -1;
    begin(&m, RTM_NEWADDR, &a, sizeof a);
    attribute(&m, IFA_LOCAL, address->bytes, address->len);
    attribute(&m, IFA_ADDRESS, address->bytes, address->len);
    return request(&m);
}

#else

int netlink_add_pair(const char *interface, const char *peer, int peer_net,
                     const uint8_t mac[ADDRESS_MAC]) {
    (void)interface;
    (void)peer;
    (void)peer_net;
    (void)mac;
    errno = ENOSYS;
    return -1;
}

int netlink_add_address(const char *interface, const struct address *address,
                        int prefix) {
    (void)interface;
    (void)address;
    (void)prefix;
    errno = ENOSYS;
    return -1;
}

#endif
