/*
 * explain.c: what do these bits mean?
 *
 *   $ echo 4500003c | bin/explain --as ipv4      hexadecimal digits on stdin
 *   $ bin/explain capture.pcap                   a capture, pcap or pcapng
 *
 * Names every field, from Ethernet up to Socket.IO, with the section of the
 * standard that defines it. A message that is cut over several TCP segments is
 * explained after the packet in which it ends. --json and --dot write for other
 * programs, one line or one graph each. --check shows only what is wrong, and
 * --summary counts packets and bytes of a capture without explaining them; it
 * is several times as fast. Exit status 0: no rule is broken; 1: one is, or the
 * input is cut, and the field says which; 2: usage, or no input. Whatever is
 * wrong, the rest is still explained.
 */
#include "capture.h"
#include "packets/hex.h"
#include "socketio/explain_as.h"
#include "tcp/options.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum {
    MAX_MEMORY = 2 << 20, /* of explain_init, in bytes */
    MAX_HEX = 262144,     /* bytes on stdin */
};

/* Reads digits in pairs; white space, ":" and "," may separate bytes. Returns
 * the number of bytes, or -1 after a line about the wrong character. */
static ssize_t read_hex(uint8_t *bytes) {
    unsigned line = 1, column = 0;
    int c, high = -1;
    size_t n = 0;
    while ((c = getchar()) != EOF) {
        int digit = c < 256 ? hex_digit((uint8_t)c) : -1;
        column++;
        if (digit >= 0 && high >= 0 && n < MAX_HEX) {
            bytes[n++] = (uint8_t)(high * 16 + digit);
            high = -1;
        } else if (digit >= 0 && n < MAX_HEX) {
            high = digit;
        } else if (high >= 0 || !strchr(" \t\r\n:,", c)) {
            fprintf(stderr, "explain: line %u, column %u: %s\n", line, column,
                    n == MAX_HEX ? "more than 262144 bytes"
                    : high >= 0  ? "a byte has two digits"
                                 : "not a hexadecimal digit");
            return -1;
        }
        if (c == '\n') {
            line++;
            column = 0;
        }
    }
    if (high < 0) return (ssize_t)n;
    fprintf(stderr, "explain: the last byte has one digit\n");
    return -1;
}

static int explain_hex(struct output *o, struct explain *e, int as) {
    static uint8_t bytes[MAX_HEX];
    struct dissector d;
    ssize_t n = read_hex(bytes);
    if (n < 0) return 2;
    dissector_begin(&d, e, (struct span){bytes, (size_t)n}, EXPLAIN_APPLICATION,
                    "data");
    explain_as(&d, as);
    if (!dissector_finish(&d)) {
        fputs("explain: too many fields; the last ones are missing\n", stderr);
        o->status = 1;
    }
    output_explanation(o, e, "", false);
    if (o->is_json) buf_text(&o->bytes, "\n");
    output_flush(o);
    return 0;
}

int main(int argc, char **argv) {
    struct output o = {.status = 0};
    struct explain e;
    const char *as = "ethernet";
    const struct option_row rows[] = {
        OPTION_FLAG("--json", "write JSON, a line for each packet", &o.is_json),
        OPTION_FLAG("--dot", "write a table for Graphviz", &o.is_dot),
        OPTION_NUMBER("--layer", "N", "only fields of this OSI layer", &o.layer,
                      1, 7),
        OPTION_FLAG("--check", "only what breaks a rule, and a summary",
                    &o.is_check),
        OPTION_FLAG("--summary", "only a summary, of the headers",
                    &o.is_summary),
        OPTION_TEXT("--as", "PROTOCOL", "of stdin: " EXPLAIN_AS_NAMES, &as),
        OPTION_END};
    int usage = options_parse_operands(argc, argv, rows, 1, "[FILE]");
    int number = explain_as_find(as);
    if (usage != -1) return usage;
    if (number == -1) {
        fprintf(stderr,
                "explain: --as %s: no such protocol; try explain "
                "--help\n",
                as);
        return 2;
    }
    explain_init(&e, MAX_MEMORY);
    int fd = argv[1] ? open(argv[1], O_RDONLY) : STDIN_FILENO;
    if (fd == -1) return options_report(argv[1]) + 1;
    int result = argv[1] ? capture_explain(fd, argv[1], &o, &e)
                         : explain_hex(&o, &e, number);
    explain_free(&e);
    buf_free(&o.bytes);
    if (fflush(stdout) != 0 || ferror(stdout)) return options_report("stdout");
    return result > o.status ? result : o.status;
}
