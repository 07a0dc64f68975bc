/*
 * wire.h: captures the frames of an experiment, as far as the system allows
 *
 * There are three ways. The module uses the first one that the system allows:
 *
 *   captured (own network)      tcp/network.h and tcp/capture.h: Linux
 *   captured (shared loopback)  other programs send there, too, so only the
 *                               ports named by wire_port count
 *   modelled                    nothing is captured: the program reports what
 *                               the standard prescribes, see tcp/ladder.h
 *
 * Introduced in tcp/107_reset.c.
 */
#ifndef TCP_WIRE_H
#define TCP_WIRE_H

#include <stdio.h>

#include "packets/dissect.h"
#include "tcp/capture.h"

#define WIRE_PORTS 64
#define WIRE_QUIET_MS 5  /* of silence: the wire is quiet */
#define WIRE_REST_MS 200 /* longest wait until it is quiet */

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

/* Prints "wire: ..." with the way. The program must open its sockets
 * afterwards, since the process may enter a new network. Returns 0; or -1 after
 * a line on stderr: the file of --pcap cannot be written. */
int wire_open(struct wire *w, const struct wire_options *options);

/* Like wire_open, for frames that are captured elsewhere: prints "wire:
 * captured (how)", or with how NULL "wire: modelled (why)". Only ports of
 * wire_port count, and checksums are not changed. */
int wire_open_remote(struct wire *w, const struct wire_options *options,
                     const char *how, const char *why);

/* Dissects a frame that was captured elsewhere and writes it to the file; after
 * wire_open, with its checksum completed. False: the frame is not one of the
 * experiment. */
bool wire_handle(struct wire *w, const struct captured *frame,
                 struct dissection *d);

/* Writes the last frames and closes the capture and the file. Returns 0, or -1
 * after a line on stderr. */
int wire_close(struct wire *w);

/* Records that the local port of a socket belongs to the experiment. */
void wire_port(struct wire *w, int fd);

/* Returns the next frame of the experiment, dissected in *d, with its checksum
 * completed; valid until the next call. False: there was none for
 * WIRE_QUIET_MS. It waits so long because a frame may still be in the kernel
 * when a call returns. */
bool wire_next(struct wire *w, struct captured *frame, struct dissection *d);

#endif
