#ifdef __linux__
#define _GNU_SOURCE /* chroot, unshare */
#endif
/* network_test.c: tcp/network.h. Where the system refuses a network of its own,
 * the tests print that they were skipped. */
#include "packets/unit.h"
#include "tcp/listen.h"
#include "tcp/network.h"
#include "tcp/pair.h"
#include "tcp/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

static char why[NETWORK_WHY_MAX];

#ifdef __linux__
#include "tcp/calls_unit.h"
#include "tcp/refusal_unit.h"

#include <sys/prctl.h>
#include <sys/syscall.h>

UNIT_CALL(pid_t, -1, fork, (void), ())
UNIT_CALL(int, -1, open, (const char *path, int flags, ...), (path, flags))
UNIT_CALL(int, -1, pipe, (int ends[2]), (ends))
UNIT_CALL(ssize_t, -1, read, (int fd, void *bytes, size_t n), (fd, bytes, n))
UNIT_CALL(int, -1, socket, (int family, int type, int protocol),
          (family, type, protocol))
UNIT_CALL(int, -1, unshare, (int flags), (flags))
UNIT_CALL(pid_t, -1, waitpid, (pid_t pid, int *status, int options),
          (pid, status, options))
UNIT_CALL(ssize_t, -1, write, (int fd, const void *bytes, size_t n),
          (fd, bytes, n))

/* Could one bind to the port? */
static int bind_to(uint16_t port) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int status = bind(fd, (struct sockaddr *)&address, sizeof address);
    int error = errno;
    close(fd);
    errno = error;
    return status;
}

/* root becomes an ordinary user; other users stay the same. */
static bool drop_root(void) {
    return getuid() != 0 ||
           (setgid(65533) == 0 && setuid(65534) == 0 && getuid() == 65534 &&
            /* /proc/self would belong to root */
            prctl(PR_SET_DUMPABLE, 1) == 0);
}

/* May a user have a network, with all three files written that it needs? */
static int try_as_user(void) {
    char map[60];
    if (!drop_root()) return 2;
    unsigned uid = getuid(), gid = getgid();
    int fd = -1;
    bool is_good = unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
    if (is_good) fd = open("/proc/self/setgroups", O_WRONLY);
    is_good = is_good && write(fd, "deny", 4) == 4;
    snprintf(map, sizeof map, "%u %u 1", uid, uid);
    if (is_good) fd = open("/proc/self/uid_map", O_WRONLY);
    is_good = is_good && write(fd, map, strlen(map)) > 0;
    snprintf(map, sizeof map, "%u %u 1", gid, gid);
    if (is_good) fd = open("/proc/self/gid_map", O_WRONLY);
    is_good = is_good && write(fd, map, strlen(map)) > 0;
    if (is_good) return 0;
    printf("an own network: %s\n", strerror(errno));
    return 2;
}

static int try(void) {
    return unshare(CLONE_NEWNET) == 0 ? 0 : try_as_user();
}

static uint16_t taken; /* a port of the outer network */

static int use_new_network(void) {
    int ends[2], before = count_descriptors();
    UNIT_EXPECT(network_enter(why, sizeof why) == 0);
    UNIT_EXPECT(count_descriptors() == before);
    UNIT_EXPECT(waitpid(-1, NULL, 0) == -1); /* no child is left */
    UNIT_EXPECT(bind_to(taken) == 0);        /* it is free here */
    UNIT_EXPECT(pair_open(ends) == 0);
    UNIT_EXPECT(network_set_up("none0") == -1);
    UNIT_EXPECT(errno == ENODEV);
    return 0;
}

/* Takes a port of the outer network. */
static int take_port(void) {
    char name[LISTEN_NAME_MAX];
    int fd = listen_open("127.0.0.1", 0);
    UNIT_INT(listen_name(fd, name), 0);
    taken = (uint16_t)strtoul(strchr(name, ':') + 1, NULL, 10);
    UNIT_INT(bind_to(taken), -1);
    return fd;
}

static void its_ports_are_its_own_and_lo_is_up(void) {
    int fd = take_port();
    UNIT_CHILD_IF(try, use_new_network);
    close(fd);
}

/* As exec does with those that a user has in a new network. */
static bool drop_capabilities(void) {
    struct {
        uint32_t version;
        int pid;
    } header = {0x20080522, 0};
    uint32_t none[6] = {0};
    return syscall(SYS_capset, &header, none) == 0;
}

static int use_port_80_as_a_user(void) {
    UNIT_EXPECT(drop_root());
    UNIT_EXPECT(network_enter(why, sizeof why) == 0);
    UNIT_EXPECT(getuid() != 0 && drop_capabilities());
    UNIT_EXPECT(bind_to(80) == 0);
    return 0;
}

static void an_ordinary_user_may_have_one_with_every_port(void) {
    UNIT_CHILD_IF(try_as_user, use_port_80_as_a_user);
}

/* Where /proc is read-only, ports below 1024 stay reserved. */
static int use_port_1024_as_a_user(void) {
    UNIT_EXPECT(drop_root());
    fail_call("open", 4, EROFS);
    UNIT_EXPECT(network_enter(why, sizeof why) == 0 && call_has_failed());
    UNIT_EXPECT(drop_capabilities());
    UNIT_EXPECT(bind_to(80) == -1);
    UNIT_EXPECT(bind_to(1024) == 0);
    return 0;
}

static void without_proc_the_low_ports_stay_reserved(void) {
    UNIT_CHILD_IF(try_as_user, use_port_1024_as_a_user);
}

static int set_up_as_a_user(void) {
    UNIT_EXPECT(drop_root());
    int before = count_descriptors();
    UNIT_EXPECT(network_set_up("lo") == -1 && errno == EPERM);
    fail_call("socket", 1, EMFILE);
    UNIT_EXPECT(network_set_up("lo") == -1 && errno == EMFILE);
    UNIT_EXPECT(count_descriptors() == before);
    return 0;
}

static void an_ordinary_user_cannot_set_the_machines_interfaces_up(void) {
    UNIT_CHILD(set_up_as_a_user);
}

/* Two at once: the second one is inside the first. */
static int enter_twice(void) {
    int ends[2];
    UNIT_EXPECT(network_enter(why, sizeof why) == 0);
    UNIT_EXPECT(network_enter(why, sizeof why) == 0);
    UNIT_EXPECT(pair_open(ends) == 0);
    return 0;
}

static void one_may_be_inside_another(void) {
    UNIT_CHILD_IF(try, enter_twice);
}

static int try_as_root(void) {
    return getuid() == 0 && unshare(CLONE_NEWNET) == 0 ? 0 : 2;
}

static int enter_as_root(void) {
    char before[60] = "", after[60] = "";
    UNIT_EXPECT(readlink("/proc/self/ns/user", before, sizeof before - 1) > 0);
    UNIT_EXPECT(network_enter(why, sizeof why) == 0);
    UNIT_EXPECT(readlink("/proc/self/ns/user", after, sizeof after - 1) > 0);
    UNIT_EXPECT(strcmp(before, after) == 0);
    return 0;
}

static void root_needs_no_user_namespace(void) {
    UNIT_CHILD_IF(try_as_root, enter_as_root);
}

/* uid 0 without any capability, as in a container. */
static int try_without_capabilities(void) {
    if (getuid() != 0 || !drop_capabilities()) return 2;
    if (unshare(CLONE_NEWNET) == 0) return 2;
    return unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 ? 0 : 2;
}

/* With is_refused, uid_map cannot be written: it works without a map. */
static int enter_without_capabilities(bool is_refused) {
    int ends[2];
    UNIT_EXPECT(drop_capabilities());
    if (is_refused) fail_call("open", 2, EPERM);
    UNIT_EXPECT(network_enter(why, sizeof why) == 0);
    UNIT_EXPECT(call_has_failed() == is_refused);
    UNIT_EXPECT(pair_open(ends) == 0);
    return 0;
}

static int enter_with_map(void) {
    return enter_without_capabilities(false);
}

static int enter_without_map(void) {
    return enter_without_capabilities(true);
}

static void root_without_rights_needs_no_map(void) {
    UNIT_CHILD_IF(try_without_capabilities, enter_with_map);
    UNIT_CHILD_IF(try_without_capabilities, enter_without_map);
}

static int exceed_the_limit(void) {
    if (!forbid_networks(CLONE_NEWUSER)) return UNIT_SKIPPED;
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
    UNIT_EXPECT(drop_root());
    UNIT_EXPECT(prctl(PR_SET_DUMPABLE, 0) == 0);
    if (getuid() != 65534) return UNIT_SKIPPED;
    UNIT_EXPECT(network_enter(why, sizeof why) == -1 && errno == EPERM);
    UNIT_EXPECT(strncmp(why, "setgroups: Permission denied; ", 30) == 0);
    UNIT_EXPECT(strstr(why, "apparmor"));
    UNIT_EXPECT(bind_to(taken) == -1); /* still the old network */
    return 0;
}

/* unshare(2): EINVAL and ENOSYS are those of a kernel without namespaces. */
static int enter_on_an_old_kernel(void) {
    static const int errors[] = {EINVAL, ENOSYS};
    UNIT_EXPECT(drop_root());
    for (int i = 0; i < 2; i++) {
        fail_call("unshare", 1, errors[i]);
        UNIT_EXPECT(network_enter(why, sizeof why) == -1);
        UNIT_EXPECT(strncmp(why, "unshare: ", 9) == 0);
        UNIT_EXPECT(strstr(why, "; this kernel has no "));
    }
    return 0;
}

/* Refuses one call. Then why begins with the name of the step, and the error if
 * the step can name it; nothing changes. */
static int refuse(const char *call, int number, const char *step) {
    char words[100];
    int before = count_descriptors();
    snprintf(words, sizeof words, "%s: %s; ", step,
             strcmp(step, "child") == 0 ? "it gave no reason"
                                        : strerror(EMFILE));
    fail_call(call, number, EMFILE);
    UNIT_EXPECT(network_enter(why, sizeof why) == -1);
    call_has_failed();
    UNIT_EXPECT(strncmp(why, words, strlen(words)) == 0);
    UNIT_EXPECT(bind_to(taken) == -1); /* still the old network */
    UNIT_EXPECT(count_descriptors() == before);
    UNIT_EXPECT(waitpid(-1, NULL, 0) == -1); /* no child is left */
    return 0;
}

/* Each step of a user, in their order; the other calls before and after. */
static int refuse_each_step(void) {
    UNIT_EXPECT(drop_root());
    for (int is_write = 0; is_write < 2; is_write++) {
        const char *call = is_write ? "write" : "open";
        UNIT_EXPECT(refuse(call, 1, "setgroups") == 0);
        UNIT_EXPECT(refuse(call, 2, "uid_map") == 0);
        UNIT_EXPECT(refuse(call, 3, "gid_map") == 0);
    }
    UNIT_EXPECT(refuse("socket", 1, "lo up") == 0);
    UNIT_EXPECT(refuse("pipe", 1, "pipe") == 0);
    UNIT_EXPECT(refuse("fork", 1, "fork") == 0);
    UNIT_EXPECT(refuse("read", 1, "child") == 0);
    return 0;
}

/* The first try is refused, and cannot say why. */
static int refuse_without_a_reason(void) {
    if (!forbid_networks(CLONE_NEWUSER)) return UNIT_SKIPPED;
    return refuse("write", 1, "child");
}

static void a_refusal_names_the_step_and_a_remedy(void) {
    int fd = take_port();
    UNIT_CHILD(exceed_the_limit);
    UNIT_CHILD(enter_from_a_jail);
    UNIT_CHILD_IF(try_as_user, enter_with_a_hidden_proc);
    UNIT_CHILD(enter_on_an_old_kernel);
    UNIT_CHILD_IF(try_as_user, refuse_each_step);
    UNIT_CHILD(refuse_without_a_reason);
    close(fd);
}

static int interrupt_wait(void) {
    fail_call("waitpid", 1, EINTR);
    UNIT_EXPECT(network_enter(why, sizeof why) == 0 && call_has_failed());
    UNIT_EXPECT(waitpid(-1, NULL, 0) == -1);
    return 0;
}

static void a_signal_does_not_end_the_wait_for_the_child(void) {
    UNIT_CHILD_IF(try, interrupt_wait);
}

/* With SIGCHLD ignored, waitpid finds no child any more. */
static int ignore_children(void) {
    signal(SIGCHLD, SIG_IGN);
    UNIT_EXPECT(network_enter(why, sizeof why) == 0);
    return 0;
}

static void a_program_may_ignore_its_children(void) {
    UNIT_CHILD_IF(try, ignore_children);
}

UNIT_MAIN("tcp/network", UNIT_TEST(its_ports_are_its_own_and_lo_is_up),
          UNIT_TEST(an_ordinary_user_may_have_one_with_every_port),
          UNIT_TEST(without_proc_the_low_ports_stay_reserved),
          UNIT_TEST(an_ordinary_user_cannot_set_the_machines_interfaces_up),
          UNIT_TEST(one_may_be_inside_another),
          UNIT_TEST(root_needs_no_user_namespace),
          UNIT_TEST(root_without_rights_needs_no_map),
          UNIT_TEST(a_refusal_names_the_step_and_a_remedy),
          UNIT_TEST(a_signal_does_not_end_the_wait_for_the_child),
          UNIT_TEST(a_program_may_ignore_its_children))
#else
static void elsewhere_it_is_refused(void) {
    UNIT_INT(network_enter(why, sizeof why), -1);
    UNIT_INT(errno, ENOSYS);
}

UNIT_MAIN("tcp/network", UNIT_TEST(elsewhere_it_is_refused))
#endif
