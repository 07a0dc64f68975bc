/*
 * requests.mjs: listed sequences of HTTP requests
 *
 * Tables of methods, transports, versions, ids, queries, fields and bodies;
 * each function is a generator of [name, steps].
 */
import { HANDSHAKE, PATH, POLLING, SESSION, WEBSOCKET, get, post, request,
         upgrade } from "./bytes.mjs";
import { MINE, alive, answered, ask, cut, end, joined, open, poll, push, send,
         waits } from "./steps.mjs";

const METHODS = ["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"];
const TRANSPORTS = ["&transport=polling", "&transport=websocket", "",
                    "&transport=", "&transport=carrier-pigeon",
                    "&transport=POLLING", "&transport=webtransport"];
const VERSIONS = ["?EIO=4", "?EIO=3", "?x=y", "?EIO=04"];
const SIDS = ["", "&sid=", "&sid=AAAAAAAAAAAAAAAAAAAA", "&sid=A"];

function* handshakes() {
    for (const transport of TRANSPORTS)
        for (const version of VERSIONS)
            for (const sid of SIDS) {
                const target = PATH + version + transport + sid;
                yield [`GET ${target}`, [ask("a", get(target))]];
            }
    for (const method of METHODS.slice(1))
        for (const transport of TRANSPORTS.slice(0, 3))
            for (const version of VERSIONS.slice(0, 2))
                for (const sid of ["", SIDS[2]]) {
                    const target = PATH + version + transport + sid;
                    yield [`${method} ${target}`,
                           [ask("a", request(method, target))]];
                }
}

/* A request for a session that polls, then: does the session live? */
function* sessions() {
    for (const method of METHODS)
        for (const transport of TRANSPORTS.slice(0, 3))
            for (const version of VERSIONS.slice(0, 3)) {
                const target = PATH + version + transport + SESSION;
                if (method === "GET" && target === MINE) continue;
                const body = method === "POST" ? "40" : undefined;
                yield [`${method} ${target}`,
                       [open, ask("a", request(method, target, { body })),
                        push("40"), poll]];
            }
}

/* Queries and paths: what follows is that of a handshake. */
const TARGETS = [
    "?transport=polling&EIO=4", "?EIO=4&transport=polling&t=abc",
    "?t=abc&EIO=4&transport=polling&b64=1", "?EIO=4&transport=polling&j=0",
    "?EIO=4&EIO=4&transport=polling", "?EIO=4&EIO=3&transport=polling",
    "?EIO=3&EIO=4&transport=polling",
    "?EIO=4&transport=polling&transport=polling",
    "?EIO=4&transport=polling&transport=websocket",
    "?EIO=4&transport=websocket&transport=polling",
    "?EIO=4&transport=polling&sid=A&sid=B", "?EIO=%34&transport=polling",
    "?%45IO=4&transport=polling", "?EIO=4&transport=%70olling",
    "?EIO=4&transport=poll%69ng", "?EIO=4&%74ransport=polling",
    "?EIO=4&transport=polling%00", "?EIO=4&transport=polling%",
    "?EIO=4&transport=polling%2", "?EIO=4&transport=%zzpolling",
    "?EIO=%2534&transport=polling", "?EIO=4&transport=polling+",
    "?EIO=4&transport=+polling", "?EIO=+4&transport=polling",
    "?EIO=4;transport=polling", "?&EIO=4&&transport=polling&",
    "?=x&EIO=4&transport=polling", "?EIO=4&transport=polling&=",
    "?eio=4&transport=polling", "?EIO=4&Transport=polling",
    "?EIO=4&transport=polling=", "?EIO==4&transport=polling",
    "?EIO=4?&transport=polling", "?x=?&EIO=4&transport=polling",
    "?EIO=4&transport=polling/", "?EIO=4%26transport=polling",
    "?EIO=4&transport%3Dpolling", "?EIO&transport=polling",
    "?EIO=4&transport", "?", "", "?EIO=4.0&transport=polling",
    "?EIO=%20" + "4&transport=polling", "?EIO=4&xtransport=polling",
];
const PATHS = ["/socket.io", "/socket.io//", "/socket.io/x", "/SOCKET.IO/",
               "//socket.io/", "/socket%2eio/", "/engine.io/", "/x/socket.io/",
               "/./socket.io/", "/x/../socket.io/", "/socket.io/./"];
const SESSION_QUERIES = [
    "?EIO=4&transport=polling&sid={sid%}", "?sid={sid}&transport=polling&EIO=4",
    "?EIO=4&transport=polling&sid={sid}&sid={sid}",
    "?EIO=4&transport=polling&sid=A&sid={sid}",
    "?EIO=4&transport=polling&sid={sid}&sid=A",
    "?EIO=4&transport=polling&sid={sid}x",
    "?EIO=4&transport=polling&sid=%20{sid}",
    "?EIO=4&EIO=3&transport=polling&sid={sid}",
    "?EIO=%34&transport=%70olling&%73id={sid}",
    "?EIO=4&transport=polling&SID={sid}",
];

function* queries() {
    for (const query of TARGETS)
        yield [`GET ${PATH}${query}`, [ask("a", get(PATH + query))]];
    for (const path of PATHS)
        yield [`GET ${path}`,
               [ask("a", get(`${path}?EIO=4&transport=polling`))]];
    for (const target of ["http://127.0.0.1/", "http://127.0.0.1", "x", "*"])
        yield [`GET ${target}`,
               [ask("a", get(target + POLLING.slice(1)))]];
    for (const query of SESSION_QUERIES)
        yield [`POST ${PATH}${query}`,
               [open, ask("a", request("POST", PATH + query, { body: "40" })),
                push("40"), poll]];
}

/* A POST, as HTTP may write it or must not. */
const chunked = (...chunks) => chunks.map((c) =>
    `${c.length.toString(16)}\r\n${c}\r\n`).join("");
const POST = `POST ${MINE} HTTP/1.1\r\nHost: 127.0.0.1\r\n`;
const CHUNKED = `${POST}Transfer-Encoding: chunked\r\n\r\n`;
const BODIES = {
    "in one chunk": CHUNKED + chunked("40", ""),
    "in two chunks": CHUNKED + chunked("4", "0", ""),
    "in no chunk": CHUNKED + chunked(""),
    "with a trailer": `${CHUNKED}2\r\n40\r\n0\r\nA: b\r\n\r\n`,
    "with a chunk extension": `${CHUNKED}2;a=b\r\n40\r\n0\r\n\r\n`,
    "with a chunk size in capitals": `${CHUNKED}02\r\n40\r\n0\r\n\r\n`,
    "with a chunk size that is none": `${CHUNKED}x\r\n40\r\n0\r\n\r\n`,
    "with a chunk longer than its size": `${CHUNKED}1\r\n40\r\n0\r\n\r\n`,
    "with a negative chunk size": `${CHUNKED}-2\r\n40\r\n0\r\n\r\n`,
    "with length and chunked": `${POST}Content-Length: 2\r\n` +
        `Transfer-Encoding: chunked\r\n\r\n2\r\n40\r\n0\r\n\r\n`,
    "with chunked twice": `${POST}Transfer-Encoding: chunked, chunked\r\n` +
        `\r\n2\r\n40\r\n0\r\n\r\n`,
    "with another coding":
        `${POST}Transfer-Encoding: gzip\r\n\r\n40`,
    "without a length": `${POST}\r\n`,
    "of length 0": `${POST}Content-Length: 0\r\n\r\n`,
    "with the same length twice":
        `${POST}Content-Length: 2\r\nContent-Length: 2\r\n\r\n40`,
    "with two lengths":
        `${POST}Content-Length: 2\r\nContent-Length: 3\r\n\r\n40`,
    "with a list of lengths": `${POST}Content-Length: 2, 2\r\n\r\n40`,
    "with a negative length": `${POST}Content-Length: -2\r\n\r\n40`,
    "with a signed length": `${POST}Content-Length: +2\r\n\r\n40`,
    "with a hexadecimal length": `${POST}Content-Length: 0x2\r\n\r\n40`,
    "with an empty length": `${POST}Content-Length:\r\n\r\n40`,
    "with a huge length": `${POST}Content-Length: ${"9".repeat(30)}\r\n\r\n40`,
    "with leading zeros": `${POST}Content-Length: 0002\r\n\r\n40`,
    "of HTTP/1.0": POST.replace("1.1", "1.0") + "Content-Length: 2\r\n\r\n40",
    "expecting 100":
        `${POST}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n40`,
    "expecting something else":
        `${POST}Expect: x\r\nContent-Length: 2\r\n\r\n40`,
};
const TYPES = ["application/octet-stream", "text/plain;charset=UTF-8",
               "text/plain", "application/json", "x", "",
               "application/octet-stream; x=y", "APPLICATION/OCTET-STREAM"];

function* bodies() {
    for (const [name, bytes] of Object.entries(BODIES))
        yield [`a POST ${name}`, [open, ask("a", bytes), push("40"), poll]];
    for (const type of TYPES)
        yield [`a POST of ${type}`,
               [open, push("40", { fields: [["Content-Type", type]] }),
                push("40"), poll]];
    for (const n of [1, 16, 17, 100]) {
        const bytes = post("40");
        yield [`a POST cut after ${n} bytes`,
               [open, ask("a", bytes.slice(0, n), bytes.slice(n)), poll]];
    }
    const big = `42["message","${"x".repeat(999984)}"]`;
    yield ["a POST of all that is allowed", [...joined, push(big), poll]];
    yield ["a POST of one byte too many",
           [...joined, ask("big", post(`${big} `)), ...alive]];
    yield ["two POSTs in one segment",
           [open, ask("a", post("40") + post('42["message",1]')), ask("a"),
            poll]];
}

/* Heads, as HTTP may write them or must not. */
const LINE = `GET ${POLLING} HTTP/1.1\r\n`;
const HEADS = {
    "after an empty line": `\r\n${LINE}Host: 127.0.0.1\r\n\r\n`,
    "without Host": `${LINE}\r\n`,
    "with an empty Host": `${LINE}Host:\r\n\r\n`,
    "with two Hosts": `${LINE}Host: 127.0.0.1\r\nHost: 127.0.0.1\r\n\r\n`,
    "of HTTP/1.0": `GET ${POLLING} HTTP/1.0\r\n\r\n`,
    "of HTTP/1.0, to be kept":
        `GET ${POLLING} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n`,
    "of HTTP/1.2": `GET ${POLLING} HTTP/1.2\r\nHost: 127.0.0.1\r\n\r\n`,
    "of HTTP/2.0": `GET ${POLLING} HTTP/2.0\r\nHost: 127.0.0.1\r\n\r\n`,
    "of HTTP/0.9": `GET ${POLLING}\r\n\r\n`,
    "of http/1.1": `GET ${POLLING} http/1.1\r\nHost: 127.0.0.1\r\n\r\n`,
    "by a small method": `get ${POLLING} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`,
    "by an unknown method":
        `WALK ${POLLING} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`,
    "with two spaces": `GET  ${POLLING} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`,
    "with a space in the target":
        `GET ${POLLING}& x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`,
    "with bare line feeds": `GET ${POLLING} HTTP/1.1\nHost: 127.0.0.1\n\n`,
    "with a folded field": `${LINE}Host: 127.0.0.1\r\nA: b\r\n c\r\n\r\n`,
    "with a space before the colon": `${LINE}Host : 127.0.0.1\r\n\r\n`,
    "with a field without a colon": `${LINE}Host: 127.0.0.1\r\nA\r\n\r\n`,
    "with a field without a name": `${LINE}Host: 127.0.0.1\r\n: b\r\n\r\n`,
    "with a NUL": `${LINE}Host: 127.0.0.1\r\nA: \0\r\n\r\n`,
    "with an obs-text field": `${LINE}Host: 127.0.0.1\r\nA: \xe4\r\n\r\n`,
    "with a fragment": get(`${POLLING}#x`),
    "to be closed": get(POLLING, { fields: [["Connection", "close"]] }),
    "with a body": get(POLLING, { body: "40" }),
    "of TLS": "\x16\x03\x01\x00\x05hello",
};

function* heads() {
    for (const [name, bytes] of Object.entries(HEADS))
        yield [`a GET ${name}`, [ask("a", bytes)]];
    for (const n of [1, 3, 30, 60])
        yield [`a GET cut after ${n} bytes`,
               [ask("a", get(POLLING).slice(0, n), get(POLLING).slice(n))]];
    yield ["two GETs in one segment",
           [ask("a", get(POLLING) + get(POLLING)), ask("a")]];
    for (const method of METHODS)
        for (const target of ["/", "/nothing-is-here"])
            yield [`${method} ${target}`, [ask("a", request(method, target))]];
}

/* Origin, and what browsers ask before they cross it (Fetch, "CORS protocol").
 * Both servers allow any origin. */
function* origins() {
    const ORIGINS = ["http://example.org", "null", "http://127.0.0.1",
                     "http://example.org:8080", "x"];
    for (const origin of ORIGINS) {
        const fields = [["Origin", origin]];
        yield [`GET from ${origin}`, [ask("a", get(POLLING, { fields }))]];
        yield [`POST from ${origin}`, [open, push("40", { fields }), poll]];
        yield [`a wrong GET from ${origin}`, [ask("a", get(PATH, { fields }))]];
        yield [`WebSocket from ${origin}`,
               [ask("ws", upgrade(WEBSOCKET, [...HANDSHAKE, ...fields]))]];
        yield [`OPTIONS from ${origin}`, [ask("a", request("OPTIONS", POLLING, {
            fields: [...fields, ["Access-Control-Request-Method", "POST"],
                     ["Access-Control-Request-Headers", "content-type"]] }))]];
    }
}

/* Several requests of one session at once, and connections that break. */
function* overlaps() {
    const start = post("40").slice(0, -1), rest = post("40").slice(-1);
    yield ["two GETs at once", [...joined, waits, ask("b", get(MINE)), answered,
                                push("2")]];
    yield ["two POSTs at once", [open, send("a", start), ask("b", post("40")),
                                 send("a"), push("2")]];
    yield ["a POST while another is cut, then its rest",
           [open, send("a", start), ask("b", post("40")), send("a", rest)]];
    yield ["a GET while a POST is cut", [open, send("a", start), waits,
                                         send("a", rest), answered]];
    yield ["a GET that waits is reset", [...joined, waits, cut("get"),
                                         push('42["message",1]')]];
    yield ["a GET that waits is ended", [...joined, waits, end("get"),
                                         push('42["message",1]')]];
    yield ["a POST is reset in its body", [open, cut("a", start), push("40")]];
    yield ["a POST is ended in its body", [open, end("a", start), push("40")]];
    yield ["a POST is reset in its head",
           [open, cut("a", start.slice(0, 30)), push("40"), poll]];
    yield ["a GET is answered by a message",
           [...joined, waits, push('42["message",1]'), answered]];
    yield ["a GET is answered by an ack",
           [...joined, waits, push('429["message-with-ack",1]'), answered]];
    yield ["a GET is answered when the session closes",
           [...joined, waits, push("1"), answered, push("40")]];
    yield ["a GET is answered when a packet is wrong",
           [...joined, waits, push("42{}"), answered, push("40")]];
    yield ["a closed session", [...joined, push("1"), ask("a", get(MINE)),
                                push("40")]];
    yield ["a session of another",
           [open, ask("b", get(POLLING)), push("40"),
            ask("b", post("40").replace("{sid}", "{sid2}")), poll]];
    yield ["a POST behind a GET that waits",
           [...joined, send("get", get(MINE) + post('42["message",1]')),
            push('42["message",2]'), answered]];
}

export const requests = [handshakes, sessions, queries, bodies, heads, origins,
                         overlaps];
