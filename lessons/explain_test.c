/* explain_test.c: bin/explain explains what it gets, and says what is wrong */
#include "packets/compose.h"
#include "packets/cursor.h"
#include "packets/ipv4.h"
#include "packets/pcap_writer.h"
#include "packets/unit.h"
#include "websocket/frame.h"

#include <limits.h>

static char output[200000]; /* of bin/explain, stdout and stderr */

/* Runs bin/explain after a shell command that writes to its stdin. Returns its
 * exit status. */
static int run(const char *input, const char *arguments) {
    char command[PATH_MAX];
    const char *bin = getenv("BIN");
    snprintf(command, sizeof command, "%s | %s/explain %s 2>&1", input,
             bin ? bin : "bin", arguments);
    FILE *f = popen(command, "r");
    if (!f) abort();
    size_t n = fread(output, 1, sizeof output - 1, f);
    output[n] = '\0';
    int status = pclose(f);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define RUN(input, arguments, expected)                                        \
    UNIT_INT(run(input, arguments), expected)
#define SEES(text) UNIT_TRUE(strstr(output, text) != NULL)
#define HIDES(text) UNIT_TRUE(strstr(output, text) == NULL)

/* An IPv4 packet with a datagram; the checksums are right. */
#define PACKET                                                                 \
    "45 00 00 20 00 00 00 00 40 11 66 cb 0a 00 00 01 0a 00 00 02 "             \
    "13 88 00 07 00 0c f9 73 70 69 6e 67"
#define FRAME "02:00:00:00:00:02,02:00:00:00:00:01,0800 " PACKET
#define TCP "1388 0050 00000001 00000002 50 18 0200 0000 0000 "

static void explains_hexadecimal_digits_as_each_protocol(void) {
    RUN("echo " FRAME, "", 0);
    SEES("Ethernet, 14 bytes: layer 2 data link (link), IEEE 802.3 §3.2\n");
    SEES("Header Checksum           0x66cb, right\n");
    SEES("Checksum                  0xf973, right\n");
    SEES("|ping|\n");
    HIDES("\x1b");
    RUN("echo " PACKET, "--as ipv4", 0);
    HIDES("Ethernet");
    SEES("Destination Port          7\n");
    RUN("echo 6000000000003b40 $(printf '%064d' 1)", "--as ipv6", 0);
    SEES("no next header\n");
    SEES("::1\n");
    RUN("echo " TCP "$(printf 'GET / HTTP/1.0\\r\\n\\r\\n' | od -An -tx1)",
        "--as tcp", 0);
    SEES("not verified");
    SEES("\"GET\"\n");
    RUN("echo 1388003500080000", "--as udp", 0);
    SEES("Length                    8\n");
    RUN("printf 'HTTP/1.1 204 No\\r\\n\\r\\n' | od -An -tx1", "--as http", 0);
    SEES("\"204\"\n");
    RUN("echo 81 88 37 fa 21 3d 03 c8 7a 1f 5f 93 03 60", "--as ws", 0);
    SEES("Payload data, unmasked, 8 bytes");
    SEES("event name            '\"hi\"'\n");
    RUN("echo 32 1e 34 32 5b 22 61 22 5d", "--as engineio", 0);
    SEES("\"2\", ping\n");
    SEES("EVENT\n");
    RUN("echo 30", "--as socketio", 0);
    SEES("CONNECT\n");
}

static void shows_one_layer_or_writes_for_other_programs(void) {
    RUN("echo " FRAME, "--layer 3", 0);
    SEES("IPv4");
    HIDES("Ethernet");
    HIDES("UDP, 8");
    RUN("echo " FRAME, "--json --layer 4", 0);
    SEES("[{\"name\":\"UDP\",\"layer\":4,");
    SEES("{\"name\":\"Source Port\",\"bit\":272,\"bits\":16,\"value\":5000}");
    RUN("echo " FRAME, "--dot", 0);
    SEES("digraph explanation {");
}

static void says_what_is_wrong_and_explains_the_rest(void) {
    RUN("echo " FRAME " | sed 's/66 cb/66 cc/'", "", 1);
    SEES("! 0018  66 cc                    Header Checksum           0x66cc, "
         "wrong: 0x66cb expected\n");
    SEES("|ping|\n");
    RUN("echo " FRAME " | cut -c -100", "", 1);
    SEES("~ ");
    RUN("printf ''", "", 1);
    SEES("Destination Address       cut: 0 of 6 bytes are here\n");
    RUN("printf '45 00\\n0g'", "", 2);
    SEES("explain: line 2, column 2: a byte has two digits\n");
    RUN("echo xy", "", 2);
    SEES("explain: line 1, column 1: not a hexadecimal digit\n");
    RUN("printf 450", "", 2);
    SEES("explain: the last byte has one digit\n");
    RUN("head -c 524290 /dev/zero | tr '\\0' 0", "--json --layer 1", 2);
    SEES("column 524289: more than 262144 bytes\n");
    RUN("head -c 524288 /dev/zero | tr '\\0' 0", "--json --layer 1", 0);
    RUN("true", "--as carrier-pigeon", 2);
    SEES("no such protocol");
    RUN("true", "--layer 8", 2);
    RUN("true", "/does/not/exist", 2);
    SEES("/does/not/exist: No such file");
}

static char capture[] = "/tmp/explain_test.XXXXXX";

static void write_capture(struct span bytes) {
    FILE *f = fopen(capture, "w");
    if (!f) abort();
    fwrite(bytes.data, 1, bytes.len, f);
    fclose(f);
}

/* A classic capture of link type 101: packets of IP without a frame. */
static void explains_each_packet_of_a_capture(void) {
    static const char packet[] =
        "\x45\x00\x00\x20\x00\x00\x00\x00\x40\x11\x66\xcb\x0a\x00\x00\x01"
        "\x0a\x00\x00\x02\x13\x88\x00\x07\x00\x0c\xf9\x73\x70\x69\x6e\x67";
    struct buf file = {.max = 10000};
    close(mkstemp(capture));
    cursor_put_u32(&file, 0xa1b2c3d4);
    cursor_put_u32(&file, 0x00020004);
    cursor_put_u64(&file, 0);
    cursor_put_u32(&file, 65535);
    cursor_put_u32(&file, 101);
    for (int i = 0; i < 2; i++) {
        cursor_put_u32(&file, 1 + (unsigned)i);
        cursor_put_u32(&file, 500000);
        cursor_put_u32(&file, 32);
        cursor_put_u32(&file, 32);
        buf_append(&file, packet, 32);
    }
    write_capture(buf_view(&file));
    RUN("true", capture, 0);
    SEES("packet 1, 1.500000000 s, 32 bytes\nIPv4");
    SEES("packet 2, 2.500000000 s, 32 bytes\nIPv4");
    char arguments[100];
    snprintf(arguments, sizeof arguments, "--json --layer 7 %s", capture);
    RUN("true", arguments, 0);
    SEES("{\"packet\":2,\"time\":\"2.500000000\",\"length\":32,\"fields\":"
         "[{\"name\":\"data\",");
    snprintf(arguments, sizeof arguments, "--dot %s", capture);
    RUN("true", arguments, 0);
    SEES("// packet 2, 2.500000000 s, 32 bytes\ndigraph");
    write_capture((struct span){file.bytes, file.end - 1});
    RUN("true", capture, 1); /* the first one is still explained */
    SEES("packet 1,");
    HIDES("packet 2,");
    SEES("byte 119: ");
    file.bytes[23] = 99; /* a link type without a dissector */
    write_capture(buf_view(&file));
    RUN("true", capture, 0);
    SEES("data                      32 bytes\n");
    write_capture(span_from("no capture at all"));
    RUN("true", capture, 1);
    SEES("byte 0: a capture begins with a magic number\n");
    unlink(capture);
    buf_free(&file);
}

/* --- a session with 506, cut into segments --- */

enum { /* the two ends of a connection */
    CLIENT,
    SERVER
};

static struct buf session; /* the capture */
static uint32_t next[2];   /* sequence numbers */
static uint32_t number;    /* of the last packet */

static void capture_segment(int from, uint32_t seq, uint8_t flags,
                            struct span data) {
    struct ends ends = {
        IP_TCP, {4, {10, 0, 0, 1}}, {4, {10, 0, 0, 2}}, 5000, 80};
    struct segment s = {.seq = seq, .flags = flags, .window = 1000};
    struct buf frame = {.max = 70000};
    if (from == SERVER) {
        struct address a = ends.source;
        ends.source = ends.destination;
        ends.destination = a;
        ends.source_port = 80;
        ends.destination_port = 5000;
    }
    if (flags & SEGMENT_ACK) s.ack = next[!from];
    compose_segment(&frame, &ends, &s, data);
    pcap_write_frame(&session, 1000000 * ++number, buf_view(&frame), frame.end);
    buf_free(&frame);
}

/* Sends data in two segments, of which the first has n bytes. */
static void send_cut(int from, struct span data, size_t n) {
    struct span first = {data.data, n};
    if (n > 0) capture_segment(from, next[from], SEGMENT_ACK, first);
    capture_segment(from, next[from] + (uint32_t)n, SEGMENT_ACK,
                    span_skip(data, n));
    next[from] += (uint32_t)data.len;
}

static void send_text(int from, const char *text) {
    send_cut(from, span_from(text), 0);
}

/* A frame of WebSocket; the client masks. */
static void send_frame(int from, const char *text, size_t n) {
    struct buf out = {.max = 1000};
    struct span part = span_from(text);
    frame_append(&out, FRAME_TEXT, &part, 1,
                 from == CLIENT ? (const uint8_t *)"\x37\xfa\x21\x3d" : NULL);
    send_cut(from, buf_view(&out), n);
    buf_free(&out);
}

static void begin_session(void) {
    session.max = 100000;
    buf_clear(&session);
    number = 0;
    pcap_write_header(&session);
    next[CLIENT] = UINT32_MAX - 100; /* it wraps soon */
    next[SERVER] = 7;
    capture_segment(CLIENT, next[CLIENT]++, SEGMENT_SYN, (struct span){0});
    capture_segment(SERVER, next[SERVER]++, SEGMENT_SYN | SEGMENT_ACK,
                    (struct span){0});
    send_text(CLIENT, "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
                      "Host: 10.0.0.2\r\nUpgrade: websocket\r\n\r\n");
    send_text(SERVER, "HTTP/1.1 101 Switching Protocols\r\n\r\n");
    send_frame(SERVER, "0{\"sid\":\"a\"}", 0);
    send_frame(CLIENT, "40", 0);
}

static void save_session(void) {
    snprintf(capture, sizeof capture, "/tmp/explain_test.XXXXXX");
    close(mkstemp(capture));
    write_capture(buf_view(&session));
}

static void explain_session(const char *options, int expected) {
    char arguments[200];
    snprintf(arguments, sizeof arguments, "%s %s", options, capture);
    RUN("true", arguments, expected);
}

/* A message over two segments is explained once, after the second one. */
static void explains_a_message_that_is_cut(void) {
    begin_session();
    send_frame(CLIENT, "42[\"message\",\"cut in two\"]", 20);
    send_frame(SERVER, "42[\"message\",\"cut in two\"]", 1);
    save_session();
    explain_session("--layer 7", 0);
    SEES("packet 7, 7.000000000 s, 74 bytes\n"
         "  0036                           data                      "
         "begins a message that goes on later\n");
    SEES("packet 8, 8.000000000 s, 66 bytes\n"
         "  0036                           data                      "
         "goes on with a message that began earlier\n");
    SEES("\nstream 10.0.0.1:5000 > 10.0.0.2:80, from byte 98 on, 32 bytes up "
         "to packet 8\nWebSocket, 6 bytes");
    SEES("\nstream 10.0.0.2:80 > 10.0.0.1:5000, from byte 50 on, 28 bytes up "
         "to packet 10\nWebSocket, 2 bytes");
    explain_session("--json --layer 6", 0);
    SEES("{\"stream\":\"10.0.0.1:5000 > 10.0.0.2:80\",\"offset\":98,"
         "\"length\":32,\"packet\":8,\"fields\":[{\"name\":\"JSON\"");
    SEES("\"text\":\"\\\"cut in two\\\"\"");
    explain_session("--dot", 0);
    SEES("// 10.0.0.1:5000 > 10.0.0.2:80, byte 98, 32 bytes, packet 8\n");
    explain_session("--check", 0);
    SEES("fields that break a rule   0\n");
    HIDES("packet 1,");
    unlink(capture);
}

/* One segment is captured twice, one is early, and one is missing. */
static void explains_the_place_of_each_segment(void) {
    begin_session();
    uint32_t at = next[SERVER];
    send_frame(SERVER, "2", 0);
    send_frame(SERVER, "42[\"later\"]", 0);
    capture_segment(SERVER, at, SEGMENT_ACK,
                    span_from("\x81\x01"
                              "2"));
    next[SERVER] += 10; /* these are lost, as the next ACK says */
    uint32_t early = next[SERVER];
    capture_segment(SERVER, early, SEGMENT_ACK,
                    span_from("\x81\x01"
                              "6"));
    next[SERVER] += 3;
    send_frame(CLIENT, "3", 0);
    save_session();
    explain_session("", 1);
    SEES("was captured before\n");
    SEES("bytes before it are missing\n");
    SEES("stream 10.0.0.2:80 > 10.0.0.1:5000, from byte 66 on, 10 bytes are "
         "missing\n");
    explain_session("--json --layer 6", 1);
    SEES("{\"stream\":\"10.0.0.2:80 > 10.0.0.1:5000\",\"offset\":66,"
         "\"missing\":10}\n");
    explain_session("--summary", 1);
    SEES("TCP connections            1\n");
    SEES("bytes captured again       3\n");
    SEES("bytes that arrived early   3\n");
    SEES("bytes missing              10\n");
    HIDES("break a rule");
    explain_session("--summary --json", 1);
    SEES("{\"packets\":11,");
    SEES("\"bytes missing\":10}\n");
    unlink(capture);
}

/* A message whose end is not in the capture is explained at the end. */
static void explains_the_beginning_of_a_message(void) {
    begin_session();
    send_frame(SERVER, "42[\"the end is missing\"]", 10);
    session.end -= 16 + 54 + 15; /* and so is its packet */
    save_session();
    explain_session("--layer 7", 1);
    SEES("\nstream 10.0.0.2:80 > 10.0.0.1:5000, from byte 50 on, 10 bytes up "
         "to packet 7\nWebSocket, 2 bytes");
    unlink(capture);
}

/* Every prefix of a file, and each byte of it wrong: it ends with 0, 1 or 2. */
static void survives_every_prefix(void) {
    char script[800];
    begin_session();
    send_frame(CLIENT, "42[\"x\"]", 9);
    save_session();
    snprintf(
        script, sizeof script,
        "f=%s; n=%u; while [ $n -gt 0 ]; do n=$((n - 1)); "
        "head -c $n $f >$f.cut; %s/explain --check $f.cut >/dev/null 2>&1; "
        "s=$?; [ $s -le 1 ] || echo $n ended with $s; done; rm $f.cut",
        capture, session.end, getenv("BIN") ? getenv("BIN") : "bin");
    FILE *f = popen(script, "r");
    if (!f) abort();
    output[fread(output, 1, sizeof output - 1, f)] = '\0';
    pclose(f);
    UNIT_TEXT(output, strlen(output), "");
    unlink(capture);
    buf_free(&session);
}

UNIT_MAIN("lessons/explain",
          UNIT_TEST(explains_hexadecimal_digits_as_each_protocol),
          UNIT_TEST(shows_one_layer_or_writes_for_other_programs),
          UNIT_TEST(says_what_is_wrong_and_explains_the_rest),
          UNIT_TEST(explains_each_packet_of_a_capture),
          UNIT_TEST(explains_a_message_that_is_cut),
          UNIT_TEST(explains_the_place_of_each_segment),
          UNIT_TEST(explains_the_beginning_of_a_message),
          UNIT_TEST(survives_every_prefix))
