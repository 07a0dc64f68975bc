#ifdef __linux__
#define _GNU_SOURCE /* chroot, unshare */
#endif
/* network_test.c: tcp/network.h. Where the system refuses a network of its own,
 * the tests print that they were skipped. */
#include "packets/unit.h"
#include "tcp/listen.h"
#include "tcp/network.h"
#include "tcp/pair.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

static char why[NETWORK_WHY_MAX];

/* Enters; false after printing why not. */
static bool enter(void) {
    if (network_enter(why, sizeof why) == 0) return true;
    printf("%s\n", why);
    return false;
}

static int bind_to(uint16_t port) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return bind(fd, (struct sockaddr *)&address, sizeof address);
}

static uint16_t taken; /* a port of the outer network */

static int use_new_network(void) {
    int ends[2];
    UNIT_EXPECT(bind_to(taken) == -1);
    if (!enter()) return UNIT_SKIPPED;
    UNIT_EXPECT(bind_to(taken) == 0); /* nobody has it here */
    UNIT_EXPECT(pair_open(ends) == 0);
    UNIT_EXPECT(network_set_up("none0") == -1);
    UNIT_EXPECT(errno == ENODEV);
    return 0;
}

static void its_ports_are_its_own_and_lo_is_up(void) {
    char name[LISTEN_NAME_MAX];
    int fd = listen_open("127.0.0.1", 0);
    UNIT_INT(listen_name(fd, name), 0);
    taken = (uint16_t)strtoul(strchr(name, ':') + 1, NULL, 10);
    UNIT_CHILD(use_new_network);
    close(fd);
}

#ifdef __linux__
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* root becomes the user nobody, everybody else stays who they are. */
static bool drop_root(void) {
    return getuid() != 0 ||
           (setgid(65534) == 0 && setuid(65534) == 0 && getuid() == 65534);
}

static int use_port_80_as_a_user(void) {
    UNIT_EXPECT(drop_root());
    /* After setuid, /proc/self belongs to root until the next exec. */
    UNIT_EXPECT(prctl(PR_SET_DUMPABLE, 1) == 0);
    if (!enter()) return UNIT_SKIPPED;
    UNIT_EXPECT(getuid() != 0);
    UNIT_EXPECT(bind_to(80) == 0);
    return 0;
}

static void an_ordinary_user_may_have_one_with_every_port(void) {
    UNIT_CHILD(use_port_80_as_a_user);
}

/* Two at once: the second one is inside the first. */
static int enter_twice(void) {
    int ends[2];
    if (!enter()) return UNIT_SKIPPED;
    UNIT_EXPECT(enter());
    UNIT_EXPECT(pair_open(ends) == 0);
    return 0;
}

static void one_may_be_inside_another(void) {
    UNIT_CHILD(enter_twice);
}

/* uid 0 without any capability, as in a container. */
static int enter_without_capabilities(void) {
    struct {
        uint32_t version;
        int pid;
    } header = {0x20080522, 0};
    uint32_t none[6] = {0};
    int ends[2];
    if (getuid() != 0) return UNIT_SKIPPED;
    UNIT_EXPECT(syscall(SYS_capset, &header, none) == 0);
    UNIT_EXPECT(unshare(CLONE_NEWNET) == -1);
    if (!enter()) return UNIT_SKIPPED;
    UNIT_EXPECT(pair_open(ends) == 0);
    return 0;
}

static void root_without_rights_needs_no_map(void) {
    UNIT_CHILD(enter_without_capabilities);
}

static bool write_text(const char *path, const char *text) {
    int fd = open(path, O_WRONLY);
    bool is_good = fd != -1 && write(fd, text, strlen(text)) > 0;
    if (fd != -1) close(fd);
    return is_good;
}

/* Inside an own user namespace a process may set its own limits. */
static bool forbid_networks(void) {
    char uid[30], gid[30];
    snprintf(uid, sizeof uid, "0 %u 1", (unsigned)getuid());
    snprintf(gid, sizeof gid, "0 %u 1", (unsigned)getgid());
    return unshare(CLONE_NEWUSER) == 0 &&
           write_text("/proc/self/setgroups", "deny") &&
           write_text("/proc/self/uid_map", uid) &&
           write_text("/proc/self/gid_map", gid) &&
           write_text("/proc/sys/user/max_net_namespaces", "0");
}

static int exceed_the_limit(void) {
    if (!forbid_networks()) return UNIT_SKIPPED;
    UNIT_EXPECT(network_enter(why, sizeof why) == -1);
    UNIT_EXPECT(strncmp(why, "unshare: No space left on device; ", 34) == 0);
    UNIT_EXPECT(strstr(why, "max_net_namespaces"));
    return 0;
}

/* A process that has changed its root may make no user namespace. */
static int enter_from_a_jail(void) {
    if (chroot("/tmp") != 0 || chdir("/") != 0) return UNIT_SKIPPED;
    UNIT_EXPECT(drop_root());
    UNIT_EXPECT(network_enter(why, sizeof why) == -1);
    if (strncmp(why, "unshare: Invalid", 16) == 0) return UNIT_SKIPPED;
    UNIT_EXPECT(strncmp(why, "unshare: Operation not permitted; ", 34) == 0);
    UNIT_EXPECT(strstr(why, "podman"));
    return 0;
}

/* unshare succeeds, the next step is refused, as on Ubuntu. */
static int enter_with_a_hidden_proc(void) {
    char name[LISTEN_NAME_MAX];
    UNIT_EXPECT(listen_name(listen_open("127.0.0.1", 0), name) == 0);
    taken = (uint16_t)strtoul(strchr(name, ':') + 1, NULL, 10);
    UNIT_EXPECT(drop_root());
    UNIT_EXPECT(prctl(PR_SET_DUMPABLE, 0) == 0);
    if (network_enter(why, sizeof why) == 0) return UNIT_SKIPPED;
    if (strncmp(why, "unshare: ", 9) == 0) return UNIT_SKIPPED;
    UNIT_EXPECT(strncmp(why, "setgroups: Permission denied; ", 30) == 0);
    UNIT_EXPECT(strstr(why, "apparmor"));
    UNIT_EXPECT(bind_to(taken) == -1); /* still the old network */
    return 0;
}

static void a_refusal_names_the_step_and_a_remedy(void) {
    UNIT_CHILD(exceed_the_limit);
    UNIT_CHILD(enter_from_a_jail);
    UNIT_CHILD(enter_with_a_hidden_proc);
}

UNIT_MAIN("tcp/network", UNIT_TEST(its_ports_are_its_own_and_lo_is_up),
          UNIT_TEST(an_ordinary_user_may_have_one_with_every_port),
          UNIT_TEST(one_may_be_inside_another),
          UNIT_TEST(root_without_rights_needs_no_map),
          UNIT_TEST(a_refusal_names_the_step_and_a_remedy))
#else
UNIT_MAIN("tcp/network", UNIT_TEST(its_ports_are_its_own_and_lo_is_up))
#endif
