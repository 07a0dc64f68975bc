/* capture.c: see tcp/capture.h. Entry points: capture_open, capture_close,
 * capture_next, capture_wait, capture_dropped. */
#include "tcp/capture.h"

#include <errno.h>

#ifdef __linux__
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    SLOT = 2048,       /* bytes: the headers of a frame, and CAPTURE_SNAP */
    BLOCK = 64 * 1024, /* a multiple of the page size of every processor */
    RING = SLOT * CAPTURE_FRAMES
};

/* Return the kernel's header in front of each frame, and the address after
 * it. */
static struct tpacket2_hdr *slot_header(const struct capture *c) {
    return (struct tpacket2_hdr *)(void *)(c->ring + c->slot * SLOT);
}

static const struct sockaddr_ll *slot_address(const struct capture *c) {
    size_t offset = TPACKET_ALIGN((int)sizeof(struct tpacket2_hdr));
    return (const struct sockaddr_ll *)(const void *)(c->ring + c->slot * SLOT +
                                                      offset);
}

/* The kernel may run on another processor. It sets the status after it has
 * written the frame, and reads the status before it writes the next frame. */
static bool slot_is_full(const struct capture *c) {
    volatile struct tpacket2_hdr *h = slot_header(c);
    bool is_full = h->tp_status & TP_STATUS_USER;
    atomic_thread_fence(memory_order_acquire);
    return is_full;
}

static void slot_release(struct capture *c) {
    volatile struct tpacket2_hdr *h = slot_header(c);
    atomic_thread_fence(memory_order_release);
    h->tp_status = TP_STATUS_KERNEL;
    c->slot = (c->slot + 1) % CAPTURE_FRAMES;
}

/* Version 2 of the ring delivers each frame at once. Version 3 delivers blocks,
 * a partly filled one only after some milliseconds. */
static int make_ring(struct capture *c, const char *interface) {
    int version = TPACKET_V2;
    struct tpacket_req ring = {.tp_block_size = BLOCK,
                               .tp_block_nr = RING / BLOCK,
                               .tp_frame_size = SLOT,
                               .tp_frame_nr = CAPTURE_FRAMES};
    struct sockaddr_ll where = {.sll_family = AF_PACKET,
                                .sll_protocol = htons(ETH_P_ALL),
                                .sll_ifindex = (int)if_nametoindex(interface)};
    if (where.sll_ifindex == 0 ||
        setsockopt(c->fd, SOL_PACKET, PACKET_VERSION, &version,
                   sizeof version) != 0 ||
        setsockopt(c->fd, SOL_PACKET, PACKET_RX_RING, &ring, sizeof ring) != 0)
        return -1;
    void *memory =
        mmap(NULL, RING, PROT_READ | PROT_WRITE, MAP_SHARED, c->fd, 0);
    if (memory == MAP_FAILED) return -1;
    c->ring = memory;
    return bind(c->fd, (struct sockaddr *)&where, sizeof where);
}

/* With protocol 0 the socket receives nothing until bind sets the interface:
 * otherwise frames of all interfaces would be in the ring already. */
int capture_open(struct capture *c, const char *interface) {
    *c = (struct capture){.is_loopback = strcmp(interface, "lo") == 0};
    c->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (c->fd == -1) return -1;
    if (make_ring(c, interface) == 0) return 0;
    int error = errno;
    capture_close(c);
    errno = error;
    return -1;
}

void capture_close(struct capture *c) {
    if (c->ring) munmap(c->ring, RING);
    if (c->fd != -1) close(c->fd);
    *c = (struct capture){.fd = -1};
}

/* On the loopback interface each frame passes twice, out and in again. */
static bool is_selected(const struct capture *c) {
    return !c->is_loopback || slot_address(c)->sll_pkttype == PACKET_OUTGOING;
}

bool capture_next(struct capture *c, struct captured *frame) {
    if (c->fd == -1) return false;
    if (c->is_borrowed) slot_release(c);
    c->is_borrowed = false;
    while (slot_is_full(c) && !is_selected(c)) slot_release(c);
    if (!slot_is_full(c)) return false;
    const struct tpacket2_hdr *h = slot_header(c);
    frame->time_ns = (int64_t)h->tp_sec * 1000000000 + h->tp_nsec;
    frame->bytes =
        (struct span){c->ring + c->slot * SLOT + h->tp_mac, h->tp_snaplen};
    frame->length = h->tp_len;
    c->is_borrowed = true;
    return true;
}

bool capture_wait(const struct capture *c, int timeout_ms) {
    struct pollfd p = {.fd = c->fd, .events = POLLIN};
    return poll(&p, 1, timeout_ms) == 1;
}

/* The kernel resets its count at each call. */
uint32_t capture_dropped(struct capture *c) {
    struct tpacket_stats stats = {0};
    socklen_t size = sizeof stats;
    if (c->fd != -1 &&
        getsockopt(c->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size) == 0)
        c->dropped += stats.tp_drops;
    return c->dropped;
}

#else

int capture_open(struct capture *c, const char *interface) {
    (void)interface;
    *c = (struct capture){.fd = -1};
    errno = ENOSYS;
    return -1;
}

void capture_close(struct capture *c) {
    c->fd = -1;
}

bool capture_next(struct capture *c, struct captured *frame) {
    (void)c;
    (void)frame;
    return false;
}

bool capture_wait(const struct capture *c, int timeout_ms) {
    (void)c;
    (void)timeout_ms;
    return false;
}

uint32_t capture_dropped(struct capture *c) {
    return c->dropped;
}

#endif
