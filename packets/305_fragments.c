/*
 * 305_fragments.c: a datagram that is larger than a frame
 *
 * Shows       IP cuts a packet for a small MTU; only the destination joins it,
 *             if nothing is lost. A sender that forbids it learns the path MTU.
 * By hand     Path MTU discovery; and a join that believes every fragment.
 * Calls       packets/reassembly.h, introduced here
 * Run         $ bin/305_fragments
 *             $ bin/305_fragments --break
 * Try         $ bin/305_fragments --mtu 576 --lose 5
 *             $ bin/305_fragments --ask --seed 7
 * Limits      IPv4 only; for IPv6 see RFC 8200 §4.5. Without ICMP: RFC 8899.
 * Read        RFC 791 §3.2, RFC 1191 (path MTU), RFC 5722 (overlaps), RFC 8900
 */
#include "packets/internet.h"
#include "packets/reassembly.h"
#include "tcp/options.h"
#include "tcp/sniffer.h"

#include <stdio.h>

static struct internet net; /* the narrow link is between R2 and R3 */
static struct sniffer sniffer;
static struct reassembly reassembly;
static bool is_quiet; /* print no frames */
static uint32_t lose; /* the number of a fragment that cem does not get, or 0 */
static struct span whole; /* what reassembly has joined */

static int join(struct span fragment) {
    return reassembly_add(&reassembly, net.lan.now_us, fragment, &whole);
}

/* Carries frames until a host has an event; shows frames to R2 and to hosts. */
static enum host_event run(struct host_received *got) {
    enum host_event result = HOST_NOTHING;
    struct lan_event e;
    struct host *at;
    uint32_t count = 0;
    while (result == HOST_NOTHING && lan_next(&net.lan, INT64_MAX, &e)) {
        bool is_shown = e.to <= net.cem.interface.port ||
                        e.to == net.router[1].interface[0].port;
        sniffer.is_quiet = is_quiet || !is_shown;
        sniffer_see(&sniffer, &net.lan, &e);
        result = internet_handle(&net, &e, &at, got);
        if (result != HOST_FRAGMENT) continue;
        result = HOST_NOTHING;
        if (++count == lose && !is_quiet) puts("           is lost");
        if (count != lose && join(got->packet) == REASSEMBLY_DONE)
            result = host_deliver(at, &net.lan, whole, false, got);
    }
    return result;
}

static enum host_event send_data(size_t n, bool df, struct host_received *got) {
    static uint8_t data[UINT16_MAX];
    struct udp_packet p = {.destination = net.cem.interface.v4.address};
    p.source_port = p.destination_port = 7;
    p.dont_fragment = df;
    host_send_udp(&net.ann, &net.lan, &p, (struct span){data, n});
    return run(got);
}

/* After the time-out cem reports it to ann, if it has the first fragment. */
static void give_up(struct host_received *got) {
    struct span first;
    struct lan_event e;
    lan_next(&net.lan, net.lan.now_us + REASSEMBLY_TIMEOUT_US, &e);
    reassembly_expire(&reassembly, net.lan.now_us, &first);
    host_report_timeout(&net.cem, &net.lan, first);
    run(got);
}

/* RFC 1191 §3: with DF set, the router before a narrow link reports its MTU. */
static unsigned discover(struct host_received *got) {
    unsigned mtu = INTERFACE_MTU, next = mtu;
    do {
        mtu = next;
        if (send_data(mtu - 28, true, got) == HOST_ERROR)
            next = got->icmp.rest & 0xffff;
    } while (next < mtu && next >= 68);
    return mtu;
}

/* Two fragments; and between them one of eve's, in the place of the last. */
static void overlap(bool is_broken) {
    static const char *const texts[] = {"to bob", "to eve", "Pay ten "};
    char joined[15] = "";
    for (int i = 0, result = 0; i < 3 && result >= 0; i++) {
        struct buf out = {.max = 100};
        struct ipv4 h = {.total_length = i == 2 ? 28 : 26};
        h.more_fragments = i == 2;
        h.fragment_offset = i == 2 ? 0 : 8;
        h.source = h.destination = net.cem.interface.v4.address;
        ipv4_write(&out, &h);
        buf_text(&out, texts[i]);
        memcpy(joined + h.fragment_offset, texts[i], strlen(texts[i]));
        if (!is_broken) result = join(buf_view(&out));
        if (result < 0) puts("overlap: cem drops the packet");
        buf_free(&out);
    }
    if (is_broken) printf("overlap: cem reads \"%s\"\n", joined);
}

int main(int argc, char **argv) {
    uint32_t seed = 0, mtu = 800, size = 4000;
    bool is_asking = false, is_broken = false;
    struct host_received got;
    const struct option_row options[] = {
        OPTION_NUMBER("--mtu", "N", "of the narrow link", &mtu, 68, 1500),
        OPTION_NUMBER("--lose", "N", "fragment that gets lost", &lose, 1, 999),
        OPTION_NUMBER("--seed", "N", "chooses size, MTU", &seed, 0, 1 << 30),
        OPTION_FLAG("--ask", "keep the fragments back", &is_asking),
        OPTION_FLAG("--break", "join what overlaps", &is_broken),
        SNIFFER_OPTIONS(sniffer),
        OPTION_END,
    };
    int status = options_parse(argc, argv, options);
    if (status != -1) return status;
    if (seed) size = 1500 + seed * 2654435761u % 3000;
    if (seed) mtu = 576 + (seed * 2654435761u >> 16) % 900;
    if (sniffer_open(&sniffer) != 0) return 1;
    internet_init(&net);
    internet_set_mtu(&net, 1, (uint16_t)mtu);
    reassembly_init(&reassembly);
    is_quiet = true;
    send_data(1, false, &got); /* so that nothing has to wait for ARP */
    is_quiet = is_asking;
    printf("ann sends %u bytes; R2 to R3: MTU %u\n", size, mtu);
    bool has_arrived = send_data(size, false, &got) == HOST_DATAGRAM;
    unsigned path_mtu = discover(&got);
    if (!is_asking) overlap(is_broken);
    if (!has_arrived) give_up(&got);
    if (is_asking) puts("Which fragments reach R2 and cem, at which offsets?");
    if (!is_asking)
        printf("What you saw: path MTU %u, and the datagram %s.\n", path_mtu,
               has_arrived ? "arrived" : "was lost");
    internet_free(&net);
    reassembly_free(&reassembly);
    return sniffer_close(&sniffer);
}
