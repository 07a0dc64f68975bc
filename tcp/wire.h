/*
 * wire.h: the frames of an experiment, as the system lets them be seen
 *
 * There are three ways. The first one that the system allows is taken:
 *
 *   captured (own network)      tcp/network.h and tcp/capture.h: Linux
 *   captured (shared loopback)  other programs send there, too, so only the
 *                               ports named by wire_port count
 *   modelled                    nothing is captured: instead the program says
 *                               what the standard says, see tcp/ladder.h
 *
 * Introduced in tcp/107_reset.c.
 */
#ifndef TCP_WIRE_H
#define TCP_WIRE_H

#include <stdio.h>

#include "packets/dissect.h"
#include "tcp/capture.h"

#define WIRE_PORTS 64
#define WIRE_QUIET_MS 5  /* silence after which the wire is at rest */
#define WIRE_REST_MS 200 /* at most, until it is at rest */

struct wire_options {
    const char *pcap; /* a file to write what was captured, or NULL */
    bool is_modelled; /* capture nothing */
};

#define WIRE_OPTION_ROWS(options)                                              \
    OPTION_TEXT("--pcap", "FILE", "write what was captured, for Wireshark",    \
                &(options)->pcap),                                             \
        OPTION_FLAG("--modelled", "capture nothing, print the model",          \
                    &(options)->is_modelled)

struct wire {
    bool is_captured, is_shared;
    bool is_remote; /* from wire_open_remote */
    struct capture capture;
    uint16_t ports[WIRE_PORTS];
    int port_count;
    FILE *pcap;
};

/* Prints "wire: ...", which of the three ways it is. The program's sockets must
 * be opened after this, since the process may enter a network of its own. 0; or
 * -1 after a line on stderr: the file of --pcap cannot be written. */
int wire_open(struct wire *w, const struct wire_options *options);

/* As wire_open, for frames that something else captures: prints "wire: captured
 * (how)", or with how NULL "wire: modelled (why)". Only named ports count, and
 * the checksums are left as they are. */
int wire_open_remote(struct wire *w, const struct wire_options *options,
                     const char *how, const char *why);

/* Takes apart a frame that something else has captured and writes it to the
 * file, after wire_open with its checksum completed. False: it is none of the
 * experiment. */
bool wire_handle(struct wire *w, const struct captured *frame,
                 struct dissection *d);

/* Closes the capture, and the file after the last frames. 0; or -1 after a line
 * on stderr. */
int wire_close(struct wire *w);

/* The local port of a socket belongs to the experiment. */
void wire_port(struct wire *w, int fd);

/* Moves the next frame of the experiment to *frame, taken apart in *d, with its
 * checksum completed; valid until the next call. False: there is none, and was
 * none for WIRE_QUIET_MS, as a frame may still be on its way through the kernel
 * when a call returns. */
bool wire_next(struct wire *w, struct captured *frame, struct dissection *d);

#endif
