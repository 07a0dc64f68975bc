/*
 * conformance_test.c: RFC 6455 §5 to §8 as a table of rules, for both roles
 *
 * Each rule is frames that arrive, the events that come of them, and the frames
 * that are sent back. It is tried with conn.h as a server and as a client, with
 * peer.h and with client.h; whole, byte by byte, and cut in two at each place.
 * A frame is written as
 *
 *   [COUNT*] NAME FLAGS [#LENGTH] [=CODE] [:PAYLOAD or @SIZE] [~KEPT]
 *
 *   -    FIN is 0                 #    announces another length than it has
 *   ^N   the RSV bits are N       =    a close code, before the payload
 *   !    masked if it must not    @    a payload of so many bytes
 *        be, and vice versa       ~    only the first bytes of the frame
 *   +    16 bits of length, ++ 64 bits, also where fewer would do
 *
 * and frames are separated by "|". A NAME alone is only the first byte. In the
 * events "closed" is the peer's close, "failed" ours because of a violation: it
 * must be noticed at the last byte of the frames, and not before.
 */
#include "packets/unit.h"
#include "websocket/client.h"
#include "websocket/masks.h"
#include "websocket/peer.h"

#define MAX_MESSAGE 70000 /* bytes; the rules at the limits say so, too */

struct rule {
    const char *section, *name, *frames, *events, *replies;
};

/* --- the rules --- */

/* RFC 6455 §5.1, §5.2 */
static const struct rule framing[] = {
    {"5.2", "a text without a byte", "text:", "text:", ""},
    {"5.2", "a text", "text:Hello", "text:Hello", ""},
    {"5.2", "a binary message", "binary:\x80\xff", "binary:\x80\xff", ""},
    {"5.2", "two messages", "text:a|binary:b", "text:a|binary:b", ""},
    {"5.2", "1 byte", "binary@1", "binary@1", ""},
    {"5.2", "125 bytes", "binary@125", "binary@125", ""},
    {"5.2", "126 bytes", "binary@126", "binary@126", ""},
    {"5.2", "127 bytes", "text@127", "text@127", ""},
    {"5.2", "128 bytes", "text@128", "text@128", ""},
    {"5.2", "65 535 bytes", "binary@65535", "binary@65535", ""},
    {"5.2", "65 536 bytes", "binary@65536", "binary@65536", ""},
    {"5.2", "125 in 16 bits", "text+#125~4", "failed=1002", "close=1002"},
    {"5.2", "0 in 16 bits", "binary+#0~4", "failed=1002", "close=1002"},
    {"5.2", "65 535 in 64 bits", "binary++#65535~10", "failed=1002",
     "close=1002"},
    {"5.2", "0 in 64 bits", "text++#0~10", "failed=1002", "close=1002"},
    {"5.2", "the highest bit of 64", "binary++#9223372036854775808~3",
     "failed=1002", "close=1002"},
    {"5.2", "RSV1", "text^4", "failed=1002", "close=1002"},
    {"5.2", "RSV2", "binary^2", "failed=1002", "close=1002"},
    {"5.2", "RSV3", "text-^1", "failed=1002", "close=1002"},
    {"5.2", "all RSV bits", "binary-^7", "failed=1002", "close=1002"},
    {"5.2", "RSV1 of a ping", "ping^4", "failed=1002", "close=1002"},
    {"5.2", "RSV2 of a close", "close^2", "failed=1002", "close=1002"},
    {"5.2", "RSV3 of a continuation", "text-:a|cont^1", "failed=1002",
     "close=1002"},
    {"5.2", "a message, then RSV1", "text:a|text^4", "text:a|failed=1002",
     "close=1002"},
    {"5.2", "opcode 3", "op3", "failed=1002", "close=1002"},
    {"5.2", "opcode 4", "op4", "failed=1002", "close=1002"},
    {"5.2", "opcode 5", "op5", "failed=1002", "close=1002"},
    {"5.2", "opcode 6", "op6", "failed=1002", "close=1002"},
    {"5.2", "opcode 7", "op7", "failed=1002", "close=1002"},
    {"5.2", "opcode 11", "op11", "failed=1002", "close=1002"},
    {"5.2", "opcode 12", "op12", "failed=1002", "close=1002"},
    {"5.2", "opcode 13", "op13", "failed=1002", "close=1002"},
    {"5.2", "opcode 14", "op14", "failed=1002", "close=1002"},
    {"5.2", "opcode 15", "op15", "failed=1002", "close=1002"},
    {"5.2", "opcode 3 between fragments", "text-:a|op3", "failed=1002",
     "close=1002"},
    {"5.1", "the mask of the other role", "text!#2~2", "failed=1002",
     "close=1002"},
    {"5.1", "the same without a payload", "text!#0~2", "failed=1002",
     "close=1002"},
    {"5.1", "the same with a long message", "binary!#300~2", "failed=1002",
     "close=1002"},
    {"5.1", "the mask of a ping", "ping!#2~2", "failed=1002", "close=1002"},
    {"5.1", "the mask of a close", "close!#2~2", "failed=1002", "close=1002"},
    {"5.1", "the mask of the second fragment", "text-:a|cont!#1~2",
     "failed=1002", "close=1002"},
    {"5.1", "a message, then the mask", "text:a|text!#1~2",
     "text:a|failed=1002", "close=1002"},
};

/* RFC 6455 §5.5, §5.5.2, §5.5.3 */
static const struct rule control[] = {
    {"5.5.2", "a ping without a byte", "ping:", "", "pong:"},
    {"5.5.2", "a ping", "ping:you?", "", "pong:you?"},
    {"5.5.2", "a ping that is not UTF-8", "ping:\xff\xfe", "", "pong:\xff\xfe"},
    {"5.5.2", "a ping of 125 bytes", "ping@125", "", "pong@125"},
    {"5.5.2", "each ping", "ping:a|ping:b|ping:c", "", "pong:a|pong:b|pong:c"},
    {"5.5.2", "a ping between messages", "text:a|ping:b|text:c",
     "text:a|text:c", "pong:b"},
    {"5.5.3", "an unsolicited pong", "pong:a", "pong:a", ""},
    {"5.5.3", "a pong without a byte", "pong:", "pong:", ""},
    {"5.5.3", "a pong of 125 bytes", "pong@125", "pong@125", ""},
    {"5.5.3", "a pong is not answered", "pong:a|ping:b", "pong:a", "pong:b"},
    {"5.5", "a ping of 126 bytes", "ping#126~2", "failed=1002", "close=1002"},
    {"5.5", "a pong of 126 bytes", "pong#126~2", "failed=1002", "close=1002"},
    {"5.5", "a close of 126 bytes", "close#126~2", "failed=1002", "close=1002"},
    {"5.5", "a ping of 65 536 bytes", "ping#65536~2", "failed=1002",
     "close=1002"},
    {"5.5", "a ping of 5 bytes in 16 bits", "ping+#5~2", "failed=1002",
     "close=1002"},
    {"5.5", "a fragment of a ping", "ping-", "failed=1002", "close=1002"},
    {"5.5", "a fragment of a pong", "pong-", "failed=1002", "close=1002"},
    {"5.5", "a fragment of a close", "close-", "failed=1002", "close=1002"},
    {"5.5", "a ping, then a fragment of one", "ping:a|ping-", "failed=1002",
     "pong:a|close=1002"},
};

/* RFC 6455 §5.4 */
static const struct rule fragments[] = {
    {"5.4", "two", "text-:Hel|cont:lo", "text:Hello", ""},
    {"5.4", "three", "binary-:a|cont-:b|cont:c", "binary:abc", ""},
    {"5.4", "all without a byte", "text-:|cont-:|cont:", "text:", ""},
    {"5.4", "the first without a byte", "text-:|cont:a", "text:a", ""},
    {"5.4", "the last without a byte", "text-:a|cont:", "text:a", ""},
    {"5.4", "two messages", "text-:a|cont:b|binary-:c|cont:d",
     "text:ab|binary:cd", ""},
    {"5.4", "long ones", "binary-@300|cont:", "binary@300", ""},
    {"5.4", "a ping between", "text-:a|ping:p|cont:b", "text:ab", "pong:p"},
    {"5.4", "a ping between all", "text-:a|ping:p|cont-:b|ping:q|cont:c",
     "text:abc", "pong:p|pong:q"},
    {"5.4", "a pong between", "text-:a|pong:p|cont:b", "pong:p|text:ab", ""},
    {"5.4", "the longest ping between", "text-:a|ping@125|cont:b", "text:ab",
     "pong@125"},
    {"5.5.1", "a close between", "text-:a|close=1000|cont:b", "closed=1000",
     "close=1000"},
    {"5.4", "nothing to continue", "cont", "failed=1002", "close=1002"},
    {"5.4", "nothing to continue, FIN 0", "cont-", "failed=1002", "close=1002"},
    {"5.4", "nothing after a message", "text:a|cont", "text:a|failed=1002",
     "close=1002"},
    {"5.4", "nothing after the last", "text-:a|cont:b|cont",
     "text:ab|failed=1002", "close=1002"},
    {"5.4", "nothing after a ping", "ping:a|cont-", "failed=1002",
     "pong:a|close=1002"},
    {"5.4", "a text in a text", "text-:a|text", "failed=1002", "close=1002"},
    {"5.4", "a binary in a text", "text-:a|binary", "failed=1002",
     "close=1002"},
    {"5.4", "a fragment in a message", "binary-:a|binary-", "failed=1002",
     "close=1002"},
    {"5.4", "a text after a ping in a text", "text-:a|ping:p|text",
     "failed=1002", "pong:p|close=1002"},
    {"5.4", "a text in a message without a byte", "binary-:|text",
     "failed=1002", "close=1002"},
};

/* RFC 6455 §5.6, §8.1. Those that fail announce 99 bytes: they end at the first
 * wrong one. */
static const struct rule utf8[] = {
    {"8.1", "2 bytes", "text:\xc2\x80\xdf\xbf", "text:\xc2\x80\xdf\xbf", ""},
    {"8.1", "3 bytes", "text:\xe0\xa0\x80\xef\xbf\xbf",
     "text:\xe0\xa0\x80\xef\xbf\xbf", ""},
    {"8.1", "4 bytes", "text:\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
     "text:\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", ""},
    {"8.1", "around the surrogates", "text:\xed\x9f\xbf\xee\x80\x80",
     "text:\xed\x9f\xbf\xee\x80\x80", ""},
    {"8.1", "cut after 1 of 2", "text-:\xc3|cont:\xab", "text:\xc3\xab", ""},
    {"8.1", "cut after 1 of 3", "text-:\xe2|cont:\x82\xac", "text:\xe2\x82\xac",
     ""},
    {"8.1", "cut after 2 of 3", "text-:\xe2\x82|cont:\xac", "text:\xe2\x82\xac",
     ""},
    {"8.1", "cut everywhere", "text-:\xf0|cont-:\x9f|cont-:\x98|cont:\x80",
     "text:\xf0\x9f\x98\x80", ""},
    {"8.1", "cut, and a ping between", "text-:\xe2\x82|ping:\xff|cont:\xac",
     "text:\xe2\x82\xac", "pong:\xff"},
    {"8.1", "cut, and nothing between", "text-:\xe2\x82|cont-:|cont:\xac",
     "text:\xe2\x82\xac", ""},
    {"8.1", "a continuation byte first", "text#99:a\x80", "failed=1007",
     "close=1007"},
    {"8.1", "one byte too few", "text#99:\xe2\x82(", "failed=1007",
     "close=1007"},
    {"8.1", "one byte too many", "text#99:\xc3\xab\xab", "failed=1007",
     "close=1007"},
    {"8.1", "overlong, 2 bytes", "text#99:\xc0", "failed=1007", "close=1007"},
    {"8.1", "overlong, c1", "text#99:\xc1", "failed=1007", "close=1007"},
    {"8.1", "overlong, 3 bytes", "text#99:\xe0\x9f", "failed=1007",
     "close=1007"},
    {"8.1", "overlong, 4 bytes", "text#99:\xf0\x8f", "failed=1007",
     "close=1007"},
    {"8.1", "a surrogate, d800", "text#99:\xed\xa0", "failed=1007",
     "close=1007"},
    {"8.1", "a surrogate, dfff", "text#99:\xed\xbf", "failed=1007",
     "close=1007"},
    {"8.1", "above 10ffff", "text#99:\xf4\x90", "failed=1007", "close=1007"},
    {"8.1", "f5", "text#99:\xf5", "failed=1007", "close=1007"},
    {"8.1", "fe", "text#99:\xfe", "failed=1007", "close=1007"},
    {"8.1", "ff", "text#99:\xff", "failed=1007", "close=1007"},
    {"8.1", "wrong in the second fragment", "text-:a|cont#99:b\xff",
     "failed=1007", "close=1007"},
    {"8.1", "wrong across fragments", "text-:\xe2\x82|cont#99:(", "failed=1007",
     "close=1007"},
    {"8.1", "wrong across fragments and a ping",
     "text-:\xe2\x82|ping:p|cont-#99:(", "failed=1007", "pong:p|close=1007"},
    {"8.1", "cut by the end", "text:\xe2\x82", "failed=1007", "close=1007"},
    {"8.1", "cut by the end of fragments", "text-:a|cont:\xf0\x9f\x98",
     "failed=1007", "close=1007"},
    {"8.1", "a message without a byte ends it",
     "text-:\xc3|cont:", "failed=1007", "close=1007"},
    {"8.1", "the next message begins anew", "text:a|text#99:\xab",
     "text:a|failed=1007", "close=1007"},
    {"5.6", "binary may be anything", "binary:\xff\xc0\xed\xa0",
     "binary:\xff\xc0\xed\xa0", ""},
    {"5.6", "binary may be cut anywhere", "binary-:\xe2|cont:(", "binary:\xe2(",
     ""},
    {"5.6", "a text after a binary that is no text", "binary:\xe2|text:a",
     "binary:\xe2|text:a", ""},
};

/* RFC 6455 §5.5.1, §7.1.7, §7.4, §7.4.1, §7.4.2 */
static const struct rule closing[] = {
    {"5.5.1", "without a code", "close:", "closed=1005", "close:"},
    {"7.4.1", "1000", "close=1000", "closed=1000", "close=1000"},
    {"7.4.1", "1001", "close=1001", "closed=1001", "close=1001"},
    {"7.4.1", "1002", "close=1002", "closed=1002", "close=1002"},
    {"7.4.1", "1003", "close=1003", "closed=1003", "close=1003"},
    {"7.4.1", "1007", "close=1007", "closed=1007", "close=1007"},
    {"7.4.1", "1011", "close=1011", "closed=1011", "close=1011"},
    {"7.4.1", "1012", "close=1012", "closed=1012", "close=1012"},
    {"7.4.1", "1014", "close=1014", "closed=1014", "close=1014"},
    {"7.4.2", "3000", "close=3000", "closed=3000", "close=3000"},
    {"7.4.2", "3999", "close=3999", "closed=3999", "close=3999"},
    {"7.4.2", "4000", "close=4000", "closed=4000", "close=4000"},
    {"7.4.2", "4999", "close=4999", "closed=4999", "close=4999"},
    {"7.4.2", "0", "close=0", "failed=1002", "close=1002"},
    {"7.4.2", "999", "close=999", "failed=1002", "close=1002"},
    {"7.4.1", "1004", "close=1004", "failed=1002", "close=1002"},
    {"7.4.1", "1005", "close=1005", "failed=1002", "close=1002"},
    {"7.4.1", "1006", "close=1006", "failed=1002", "close=1002"},
    {"7.4.1", "1015", "close=1015", "failed=1002", "close=1002"},
    {"7.4.2", "1016", "close=1016", "failed=1002", "close=1002"},
    {"7.4.2", "1100", "close=1100", "failed=1002", "close=1002"},
    {"7.4.2", "2000", "close=2000", "failed=1002", "close=1002"},
    {"7.4.2", "2999", "close=2999", "failed=1002", "close=1002"},
    {"7.4.2", "5000", "close=5000", "failed=1002", "close=1002"},
    {"7.4.2", "65 535", "close=65535", "failed=1002", "close=1002"},
    {"5.5.1", "half a code", "close:\x03", "failed=1002", "close=1002"},
    {"5.5.1", "a reason", "close=1000:bye", "closed=1000:bye", "close=1000"},
    {"5.5.1", "a reason in UTF-8", "close=1001:\xe2\x82\xac",
     "closed=1001:\xe2\x82\xac", "close=1001"},
    {"5.5.1", "the longest reason", "close=4000@123", "closed=4000@123",
     "close=4000"},
    {"5.5.1", "a reason that is not UTF-8", "close=1000:\xff", "failed=1007",
     "close=1007"},
    {"5.5.1", "a reason that is cut", "close=1000:\xe2\x82", "failed=1007",
     "close=1007"},
    {"5.5.1", "a close after a message", "text:a|close=1000",
     "text:a|closed=1000", "close=1000"},
    {"5.5.1", "nothing counts after it", "close=1000|text:b|ping:c|op3",
     "closed=1000", "close=1000"},
    {"5.5.1", "two of them", "close=1000|close=1001", "closed=1000",
     "close=1000"},
    {"5.5.1", "a ping, then it", "ping:a|close:", "closed=1005",
     "pong:a|close:"},
};

/* RFC 6455 §1.4, §5.5.1: this end has sent a close, 1001, before the first
 * frame arrives. */
static const struct rule after_our_close[] = {
    {"5.5.1", "the reply", "close=1001", "closed=1001", "close=1001"},
    {"5.5.1", "a reply without a code", "close:", "closed=1005", "close=1001"},
    {"5.5.1", "both at once", "close=1000:bye", "closed=1000:bye",
     "close=1001"},
    {"1.4", "a message is dropped", "text:a|close=1001", "closed=1001",
     "close=1001"},
    {"1.4", "a message in fragments is, too",
     "text-:a|ping:p|cont:b|close=1001", "closed=1001", "close=1001"},
    {"1.4", "whatever it contains", "text:\xff|text:\xe2|close=1001",
     "closed=1001", "close=1001"},
    {"5.5.2", "a ping is not answered", "ping:a|close=1001", "closed=1001",
     "close=1001"},
    {"5.5.3", "a pong still counts", "pong:a|close=1001", "pong:a|closed=1001",
     "close=1001"},
    {"5.2", "a violation still is one", "op3", "failed=1002", "close=1001"},
    {"5.1", "a wrong mask still is one", "text!#1~2", "failed=1002",
     "close=1001"},
    {"7.4.1", "a wrong code still is one", "close=1006", "failed=1002",
     "close=1001"},
};

/* RFC 6455 §7.4.1, §10.4 */
static const struct rule limits[] = {
    {"7.4.1", "a message at the limit", "binary@70000", "binary@70000", ""},
    {"7.4.1", "one byte more", "binary#70001:", "failed=1009", "close=1009"},
    {"7.4.1", "the longest that can be",
     "text#9223372036854775807:", "failed=1009", "close=1009"},
    {"7.4.1", "after a message", "text:a|text#70001:", "text:a|failed=1009",
     "close=1009"},
    {"7.4.1", "fragments at the limit", "binary-@69999|cont@1", "binary@70000",
     ""},
    {"7.4.1", "one byte more in them", "binary-@69999|cont-#2:", "failed=1009",
     "close=1009"},
    {"7.4.1", "a ping is no part of it",
     "binary-@70000|ping@125|cont:", "binary@70000", "pong@125"},
    {"10.4", "as many fragments as allowed",
     "text-:|1023*cont-:|cont:", "text:", ""},
    {"10.4", "one more", "text-:|1023*cont-:|cont-:", "failed=1008",
     "close=1008"},
    {"10.4", "32 bytes allow one more", "text-@32|1024*cont-:|cont:", "text@32",
     ""},
    {"10.4", "31 do not", "text-@31|1023*cont-:|cont-:", "failed=1008",
     "close=1008"},
    {"10.4", "the next message has as many",
     "text-:|1000*cont-:|cont:|text-:|1000*cont-:|cont:", "text:|text:", ""},
};

/* --- frames, from what a rule writes --- */

enum role {
    SERVER, /* conn.h */
    CLIENT,
    PEER,         /* peer.h, a server from its first byte */
    WHOLE_CLIENT, /* client.h */
    ROLES
};

static bool is_client(enum role r) {
    return r == CLIENT || r == WHOLE_CLIENT;
}

static const char *const names[16] = {
    "cont",  "text", "binary", "op3",  "op4",  "op5",  "op6",  "op7",
    "close", "ping", "pong",   "op11", "op12", "op13", "op14", "op15"};

/* The bytes that "@" stands for; no other payload begins as they do. */
static uint8_t pattern(size_t i) {
    return (uint8_t)('A' + (16 + 7 * i) % 26);
}

static bool is_pattern(struct span s) {
    for (size_t i = 0; i < s.len; i++)
        if (s.data[i] != pattern(i)) return false;
    return s.len > 0;
}

struct spec { /* a frame as it is written */
    unsigned count, opcode, rsv, length_bytes;
    bool fin, has_wrong_mask, is_header;
    uint64_t length;
    size_t kept;
    struct buf payload;
};

/* Consumes a decimal number from *at. */
static uint64_t read_number(const char **at) {
    uint64_t value = 0;
    while (**at >= '0' && **at <= '9')
        value = value * 10 + (uint64_t)(*(*at)++ - '0');
    return value;
}

static void read_name(struct spec *s, const char **at) {
    size_t n = strspn(*at, "abcdefghijklmnopqrstuvwxyz0123456789");
    for (s->opcode = 0; s->opcode < 16; s->opcode++)
        if (strlen(names[s->opcode]) == n &&
            strncmp(names[s->opcode], *at, n) == 0)
            break;
    if (s->opcode == 16) abort(); /* a mistake in a table */
    *at += n;
}

static void read_payload(struct spec *s, const char **at, size_t *generated) {
    if (**at == '=') {
        ++*at;
        uint64_t code = read_number(at);
        uint8_t bytes[2] = {(uint8_t)(code >> 8), (uint8_t)code};
        buf_append(&s->payload, bytes, 2);
        s->is_header = true;
    }
    if (**at == '@') {
        ++*at;
        for (uint64_t n = read_number(at); n > 0; n--) {
            uint8_t byte = pattern((*generated)++);
            buf_append(&s->payload, &byte, 1);
        }
        s->is_header = true;
    } else if (**at == ':') {
        size_t n = strcspn(++*at, "|~");
        buf_append(&s->payload, *at, n);
        *at += n;
        s->is_header = true;
    }
}

/* Reads the next frame; generated: how many bytes of the message are those of
 * the pattern. */
static struct spec read_spec(const char **at, size_t *generated) {
    size_t of_control = 0;
    struct spec s = {.count = 1, .fin = true, .kept = SIZE_MAX};
    buf_init(&s.payload, MAX_MESSAGE);
    if (**at >= '0' && **at <= '9') {
        s.count = (unsigned)read_number(at);
        ++*at; /* "*" */
    }
    read_name(&s, at);
    for (; **at && strchr("-!^+", **at); ++*at) {
        if (**at == '-') s.fin = false;
        if (**at == '!') s.has_wrong_mask = true;
        if (**at == '^') s.rsv = (unsigned)(*++*at - '0');
        if (**at == '+') s.length_bytes = s.length_bytes ? 8 : 2;
    }
    s.length = UINT64_MAX;
    if (**at == '#') {
        ++*at;
        s.length = read_number(at);
        s.is_header = true;
    }
    if (s.opcode == FRAME_TEXT || s.opcode == FRAME_BINARY) *generated = 0;
    read_payload(&s, at, s.opcode >= FRAME_CLOSE ? &of_control : generated);
    if (s.length == UINT64_MAX) s.length = s.payload.end;
    if (**at == '~') {
        ++*at;
        s.kept = (size_t)read_number(at);
    }
    return s;
}

/* Appends a frame as the other end of role sends it. */
static void put_frame(struct buf *wire, const struct spec *s, enum role role) {
    static const uint8_t keys[][4] = {
        {0x37, 0xfa, 0x21, 0x3d}, {0}, {1, 2, 3, 4}, {0xff, 0, 0x80, 0x7f}};
    static unsigned turn;
    const uint8_t *key = keys[turn++ % 4];
    bool is_masked = is_client(role) == s->has_wrong_mask;
    unsigned extended = s->length_bytes     ? s->length_bytes
                        : s->length < 126   ? 0
                        : s->length < 65536 ? 2
                                            : 8;
    uint8_t header[14] = {
        (uint8_t)((s->fin ? 0x80u : 0u) | s->rsv << 4 | s->opcode),
        (uint8_t)(extended == 2   ? 126
                  : extended == 8 ? 127
                                  : s->length)};
    size_t n = 2;
    if (is_masked) header[1] |= 0x80;
    for (unsigned i = extended; i-- > 0;)
        header[n++] = (uint8_t)(s->length >> 8 * i);
    if (is_masked) memcpy(header + n, key, 4);
    if (is_masked) n += 4;
    if (!s->is_header) n = 1;
    if (n > s->kept) n = s->kept;
    buf_append(wire, header, n);
    size_t begin = wire->end;
    if (s->payload.end > 0) buf_append(wire, s->payload.bytes, s->payload.end);
    for (size_t i = 0; is_masked && i < s->payload.end; i++)
        wire->bytes[begin + i] ^= key[i % 4];
}

static struct buf frames_of(const char *text, enum role role) {
    struct buf wire = {.max = 1 << 20};
    size_t generated = 0;
    while (*text) {
        struct spec s = read_spec(&text, &generated);
        for (unsigned i = 0; i < s.count; i++) put_frame(&wire, &s, role);
        buf_free(&s.payload);
        if (*text == '|') text++;
    }
    return wire;
}

/* --- the end that receives them --- */

#define REQUEST                                                                \
    "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"              \
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"                     \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
#define RESPONSE                                                               \
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"               \
    "Connection: Upgrade\r\n"                                                  \
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"

/* The nonce of RFC 6455 §1.3, then the seed of the masks. */
static const uint8_t seed[CLIENT_SEED] = "the sample nonce"
                                         "sixteen bytes...";

static struct {
    enum role role;
    struct conn conn; /* of SERVER and CLIENT */
    struct mask_source masks;
    struct peers peers;
    struct peer peer;
    struct client client;
    struct buf out;    /* what it sends */
    struct buf events; /* as a text */
} end;

static void record(const char *name, unsigned code, struct span payload) {
    char text[60];
    int n =
        snprintf(text, sizeof text, "%s%s", end.events.end ? "|" : "", name);
    buf_append(&end.events, text, (size_t)n);
    if (code > 0) {
        n = snprintf(text, sizeof text, "=%u", code);
        buf_append(&end.events, text, (size_t)n);
    }
    if (is_pattern(payload)) {
        n = snprintf(text, sizeof text, "@%zu", payload.len);
        buf_append(&end.events, text, (size_t)n);
    } else if (code == 0 || payload.len > 0) {
        buf_text(&end.events, ":");
        buf_append(&end.events, payload.data, payload.len);
    }
}

static void record_conn(const struct conn_event *e) {
    if (e->type == CONN_MESSAGE) record(names[e->opcode], 0, e->payload);
    if (e->type == CONN_PONG) record("pong", 0, e->payload);
    if (e->type == CONN_CLOSED)
        record(e->is_failure ? "failed" : "closed", e->code, e->payload);
}

static void record_client(const struct client_event *e) {
    bool is_ours = e->why && strncmp(e->why, "closed by us", 12) == 0;
    if (e->type == CLIENT_MESSAGE) record(names[e->opcode], 0, e->payload);
    if (e->type == CLIENT_PONG) record("pong", 0, e->payload);
    if (e->type == CLIENT_CLOSED)
        record(is_ours ? "failed" : "closed", e->code, e->payload);
}

/* Lets an exact copy of n bytes arrive. */
static void receive(const uint8_t *bytes, size_t n) {
    uint8_t *exact = unit_exact(bytes, n);
    struct span in = {exact, n};
    struct conn_event e;
    struct client_event ce;
    if (end.role == PEER)
        while (peer_next(&end.peer, &end.peers, &in, &e, &end.out))
            record_conn(&e);
    else if (end.role == WHOLE_CLIENT)
        while (client_next(&end.client, &in, &ce, &end.out)) record_client(&ce);
    else
        while (conn_next(&end.conn, &in, &e, &end.out)) record_conn(&e);
    free(exact);
}

/* Opens an end, up to its handshake; sends its close, if there is a code. */
static void open_end(enum role role, unsigned own_close) {
    static const struct client_options options = {
        .host = "a", .target = "/", .max_message = MAX_MESSAGE};
    end.role = role;
    buf_init(&end.out, 1 << 20);
    buf_init(&end.events, 1 << 20);
    masks_init(&end.masks, seed);
    conn_init_server(&end.conn, MAX_MESSAGE);
    if (role == CLIENT) conn_init_client(&end.conn, MAX_MESSAGE, &end.masks);
    peers_init(&end.peers, MAX_MESSAGE, "127.0.0.1", NULL);
    peer_init(&end.peer, &end.peers, 0);
    client_open(&end.client, &options, seed, &end.out);
    if (role == PEER) receive((const uint8_t *)REQUEST, strlen(REQUEST));
    if (role == WHOLE_CLIENT)
        receive((const uint8_t *)RESPONSE, strlen(RESPONSE));
    buf_clear(&end.out); /* the handshake */
    if (own_close == 0) return;
    if (role == PEER) peer_close(&end.peer, own_close, &end.out);
    if (role == WHOLE_CLIENT) client_close(&end.client, own_close, &end.out);
    if (role == SERVER || role == CLIENT)
        conn_close(&end.conn, own_close, &end.out);
}

static void close_end(void) {
    conn_free(&end.conn);
    peer_free(&end.peer);
    client_free(&end.client);
    buf_free(&end.out);
    buf_free(&end.events);
}

/* --- judging --- */

static void report(const struct rule *r, enum role role, size_t cut,
                   const char *label, struct span got, struct span expected) {
    static const char *const roles[] = {"server", "client", "peer",
                                        "whole client"};
    char text[600] = "";
    bool is_good = span_equal(got, expected);
    if (!is_good)
        snprintf(text, sizeof text, "§%s %s, %s, cut %zu: %s %.*s, not %.*s",
                 r->section, r->name, roles[role], cut, label,
                 (int)(got.len > 200 ? 200 : got.len), (char *)got.data,
                 (int)(expected.len > 200 ? 200 : expected.len),
                 (char *)expected.data);
    unit_report(is_good, text, __LINE__, __FILE__);
}

/* Undoes the mask of the frames that a client has sent, to compare them. */
static void unmask_out(void) {
    struct buf clear = {.max = 1 << 20};
    for (struct span in = buf_view(&end.out); in.len > 0;) {
        struct frame f;
        int n = frame_parse(&f, in.data, in.len);
        UNIT_TRUE(n > 0 && f.masked && f.length <= in.len - (size_t)n);
        if (n <= 0) break;
        in = span_skip(in, (size_t)n);
        struct span payload = {in.data, (size_t)f.length};
        frame_mask(payload.data, payload.len, f.key, 0);
        frame_append(&clear, f.opcode, &payload, 1, NULL);
        in = span_skip(in, payload.len);
    }
    buf_free(&end.out);
    end.out = clear;
}

/* Lets the frames arrive, cut after `cut` bytes or, if step is 1, byte by byte.
 * The caller closes the end. */
static void play(enum role role, unsigned own_close, struct span in, size_t cut,
                 size_t step) {
    open_end(role, own_close);
    receive(in.data, cut);
    for (size_t at = cut, n; at < in.len; at += n) {
        n = in.len - at < step ? in.len - at : step;
        receive(in.data + at, n);
    }
    if (is_client(role)) unmask_out();
}

/* Plays a rule with one cut, and compares events and output. */
static void judge(const struct rule *r, enum role role, unsigned own_close,
                  struct span in, size_t cut, size_t step) {
    struct span events = span_from(r->events);
    struct buf replies = frames_of(r->replies, CLIENT); /* without a mask */
    char *reason = strstr(r->events, "closed=");
    if (role == PEER && reason) /* peer.h does not pass the reason on */
        events.len =
            (size_t)(reason - r->events) + strcspn(reason + 7, ":@") + 7;
    play(role, own_close, in, cut, step);
    report(r, role, cut, "events", buf_view(&end.events), events);
    report(r, role, cut, "replies", buf_view(&end.out), buf_view(&replies));
    close_end();
    buf_free(&replies);
}

/* A violation is noticed with the last byte of the frames: without it, nothing
 * is wrong yet. */
static void judge_prefix(const struct rule *r, enum role role,
                         unsigned own_close, struct span in) {
    play(role, own_close, (struct span){in.data, in.len - 1}, 0, SIZE_MAX);
    buf_append(&end.events, "", 1);
    bool is_early = strstr((char *)end.events.bytes, "failed") != NULL;
    report(r, role, in.len - 1, "noticed", span_from(is_early ? "early" : ""),
           span_from(""));
    close_end();
}

static void judge_table(const struct rule *rules, size_t count,
                        unsigned own_close) {
    for (size_t i = 0; i < count; i++)
        for (int role = SERVER; role < ROLES; role++) {
            const struct rule *r = &rules[i];
            struct buf wire = frames_of(r->frames, (enum role)role);
            struct span in = buf_view(&wire);
            judge(r, (enum role)role, own_close, in, 0, 1);
            /* Of a long one not all cuts, but those around its headers. */
            for (size_t cut = 0; cut <= in.len; cut++) {
                if (cut > 300 && cut + 20 < in.len && cut % 4099 > 0) continue;
                judge(r, (enum role)role, own_close, in, cut, SIZE_MAX);
            }
            if (strstr(r->events, "failed="))
                judge_prefix(r, (enum role)role, own_close, in);
            buf_free(&wire);
        }
}

#define JUDGE(table, own_close)                                                \
    judge_table(table, sizeof(table) / sizeof *(table), own_close)

static void rules_for_frames(void) {
    JUDGE(framing, 0);
}

static void rules_for_control_frames(void) {
    JUDGE(control, 0);
}

static void rules_for_fragments(void) {
    JUDGE(fragments, 0);
}

static void rules_for_text(void) {
    JUDGE(utf8, 0);
}

static void rules_for_closing(void) {
    JUDGE(closing, 0);
}

static void rules_after_our_close(void) {
    JUDGE(after_our_close, 1001);
}

static void rules_for_limits(void) {
    JUDGE(limits, 0);
}

UNIT_MAIN("websocket/conformance", UNIT_TEST(rules_for_frames),
          UNIT_TEST(rules_for_control_frames), UNIT_TEST(rules_for_fragments),
          UNIT_TEST(rules_for_text), UNIT_TEST(rules_for_closing),
          UNIT_TEST(rules_after_our_close), UNIT_TEST(rules_for_limits))
