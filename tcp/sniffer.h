/*
 * sniffer.h: prints each frame of a simulated network, and writes a capture
 *
 *   0.000020 S1.2 > S2.1  ..:0a > all    who has 10.0.0.2? tell 10.0.0.1
 *   seconds  cable        MAC addresses  its content (packets/frame_text.h)
 *
 * Only the time is virtual (packets/lan.h): the bytes are those of a real
 * network, and Wireshark opens the file. Introduced in packets/303_ethernet.c.
 */
#ifndef TCP_SNIFFER_H
#define TCP_SNIFFER_H

#include "packets/lan.h"

#include <stdio.h>

/* All zero: prints, and writes no file. */
struct sniffer {
    bool is_quiet;      /* prints nothing; the caller may change it */
    bool has_macs;      /* prints the addresses of the frame, too */
    uint32_t explained; /* the frame with this number, from 1 on, is printed
                         * field by field (packets/explain_text.h); 0: none */
    const char *path;   /* of the capture, NULL: none */
    FILE *pcap;
    uint32_t seen; /* frames; alarms are not counted */
};

/* Rows for tcp/options.h: --explain and --pcap. */
#define SNIFFER_OPTIONS(s)                                                     \
    OPTION_NUMBER("--explain", "N", "show all fields of frame N",              \
                  &(s).explained, 1, 1000000),                                 \
        OPTION_TEXT("--pcap", "FILE", "write all frames", &(s).path)

/* Opens the file, if there is a path. Returns 0; or main's exit status 1, after
 * a line on stderr. */
int sniffer_open(struct sniffer *s);

/* Prints and writes one frame. Ignores an alarm. */
void sniffer_see(struct sniffer *s, const struct lan *l,
                 const struct lan_event *e);

/* Closes the file. Returns 0; or 1 after a line on stderr: it could not be
 * written. */
int sniffer_close(struct sniffer *s);

#endif
