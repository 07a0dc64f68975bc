/*
 * frames.mjs: listed sequences of WebSocket handshakes, frames and upgrades
 */
import { HANDSHAKE, PATH, POLLING, WEBSOCKET, binary, frame, get, post, request,
         text, upgrade, utf8 } from "./bytes.mjs";
import { MINE, PROBE, alive, aliveWs, ask, cut, end, joined, joinedWs, open,
         openWs, poll, probe, push, say, send, upgraded, waits }
    from "./steps.mjs";

const without = (name) => HANDSHAKE.filter(([n]) => n !== name);
const instead = (name, ...values) =>
    [...without(name), ...values.map((value) => [name, value])];
const added = (name, ...values) =>
    [...HANDSHAKE, ...values.map((value) => [name, value])];
const KEY = "Sec-WebSocket-Key", VERSION = "Sec-WebSocket-Version";
const PROTOCOL = "Sec-WebSocket-Protocol";
const EXTENSIONS = "Sec-WebSocket-Extensions";

/* The fields of a handshake (RFC 6455 §4.2.1). */
const FIELDS = {
    "without Connection": without("Connection"),
    "without a key": without(KEY),
    "without a version": without(VERSION),
    "Upgrade: WebSocket": instead("Upgrade", "WebSocket"),
    "Upgrade: h2c, websocket": instead("Upgrade", "h2c, websocket"),
    "Upgrade: h2c": instead("Upgrade", "h2c"),
    "Connection: keep-alive, Upgrade":
        instead("Connection", "keep-alive, Upgrade"),
    "Connection: upgrade": instead("Connection", "upgrade"),
    "Connection: close": instead("Connection", "close"),
    "two Connections": instead("Connection", "keep-alive", "Upgrade"),
    "a key too short": instead(KEY, "dGhlIHNhbXBsZQ=="),
    "a key too long": instead(KEY, "dGhlIHNhbXBsZSBub25jZSE="),
    "a key that is not base64": instead(KEY, "!GhlIHNhbXBsZSBub25jZQ=="),
    "a key without padding": instead(KEY, "dGhlIHNhbXBsZSBub25jZQ"),
    "a key with stray bits": instead(KEY, "dGhlIHNhbXBsZSBub25jZR=="),
    "an empty key": instead(KEY, ""),
    "two keys": added(KEY, "dGhlIHNhbXBsZSBub25jZQ=="),
    "version 12": instead(VERSION, "12"),
    "version 8": instead(VERSION, "8"),
    "version x": instead(VERSION, "x"),
    "version 013": instead(VERSION, "013"),
    "version 13 twice": added(VERSION, "13"),
    "a protocol": added(PROTOCOL, "chat"),
    "two protocols": added(PROTOCOL, "chat, superchat"),
    "two fields of protocols": added(PROTOCOL, "chat", "superchat"),
    "an empty protocol": added(PROTOCOL, ""),
    "a protocol twice": added(PROTOCOL, "chat, chat"),
    "a protocol that is no token": added(PROTOCOL, "a b"),
    "permessage-deflate": added(EXTENSIONS, "permessage-deflate"),
    "permessage-deflate with parameters": added(EXTENSIONS,
        "permessage-deflate; client_max_window_bits, x-webkit-deflate-frame"),
    "an extension that is no token": added(EXTENSIONS, "a b;="),
};

function* handshakes() {
    for (const [name, fields] of Object.entries(FIELDS)) {
        yield [`handshake: ${name}`,
               [ask("ws", upgrade(WEBSOCKET, fields)), ...aliveWs]];
        yield [`probe: ${name}`, [...joined, ask("ws", upgrade(PROBE, fields)),
                                  say("2probe"), ...alive]];
    }
    for (const method of ["POST", "PUT", "HEAD", "OPTIONS"])
        yield [`handshake by ${method}`, [ask("ws", request(
            method, WEBSOCKET, { fields: HANDSHAKE }))]];
    for (const target of [
        "?EIO=3&transport=websocket", "?transport=websocket", "?EIO=4",
        "?EIO=4&transport=polling", "?EIO=4&transport=x", "",
        "?EIO=4&transport=websocket&sid=AAAAAAAAAAAAAAAAAAAA",
        "?EIO=4&transport=websocket&sid=", "?EIO=4&EIO=3&transport=websocket",
        "?EIO=4&transport=websocket&transport=polling"])
        yield [`handshake at ${target}`, [ask("ws", upgrade(PATH + target))]];
    for (const target of ["?EIO=3&transport=websocket&sid={sid}",
                          "?transport=websocket&sid={sid}",
                          "?EIO=4&transport=polling&sid={sid}",
                          "?EIO=4&transport=websocket&sid={sid%}",
                          "?EIO=4&transport=websocket&sid={sid}&sid={sid}"])
        yield [`probe at ${target}`, [...joined, ask("ws", upgrade(
            PATH + target)), say("2probe"), say("5"), ...aliveWs]];
    yield ["a handshake of HTTP/1.0", [ask("ws", request(
        "GET", WEBSOCKET, { fields: HANDSHAKE, version: "HTTP/1.0" }))]];
    yield ["a handshake with a body", [ask("ws", request(
        "GET", WEBSOCKET, { fields: HANDSHAKE, body: "40" })), ...aliveWs]];
    const bytes = upgrade(WEBSOCKET);
    for (const n of [1, 20, 80, bytes.length - 1])
        yield [`a handshake cut after ${n} bytes`,
               [ask("ws", bytes.slice(0, n), bytes.slice(n)), say("40")]];
    yield ["a handshake and frames in one segment",
           [ask("ws", bytes + text("40") + text('42["message",1]'))]];
}

const HELLO = '42["message","hello"]';
const split = (payload, ...at) => [0, ...at].map((from, i) =>
    frame(i === 0 ? 1 : 0, payload.slice(from, at[i]),
          { fin: i === at.length ? 1 : 0 })).join("");
const close = (code, reason = "") =>
    frame(8, String.fromCharCode(code >> 8, code & 255) + reason);

/* Frames (RFC 6455 §5), valid and not. */
const FRAMES = {
    "without a mask": text(HELLO, { mask: false }),
    "with RSV1": text(HELLO, { rsv: 4 }),
    "with RSV2": text(HELLO, { rsv: 2 }),
    "with RSV3": text(HELLO, { rsv: 1 }),
    "with a 16-bit length that 7 bits hold": text(HELLO, { form: 16 }),
    "with a 64-bit length that 7 bits hold": text(HELLO, { form: 64 }),
    "with a 64-bit length over 2^63": "\x81\xff\x80\0\0\0\0\0\0\0MASK",
    "with a length over the limit": "\x81\xff\0\0\0\0\0\x0f\x42\x41MASK",
    "with a length of 16 bits": text(`42["message","${"x".repeat(500)}"]`),
    "with a length of 64 bits": text(`42["message","${"x".repeat(70000)}"]`),
    "in two fragments": split(HELLO, 5),
    "in three fragments": split(HELLO, 5, 5),
    "cut in a character": split(utf8('42["message","é"]'), 14),
    "with a ping between fragments":
        split(HELLO, 5).replace(frame(0, HELLO.slice(5)), (f) =>
            frame(9, "p") + f),
    "with text between fragments":
        frame(1, "4", { fin: 0 }) + text(HELLO),
    "that is a continuation of nothing": frame(0, HELLO),
    "that is a fragmented ping": frame(9, "p", { fin: 0 }),
    "that is a ping": frame(9, "hello"),
    "that is an empty ping": frame(9),
    "that is a ping of 125 bytes": frame(9, "x".repeat(125)),
    "that is a ping of 126 bytes": frame(9, "x".repeat(126)),
    "that is a pong": frame(10, "hello"),
    "that is not UTF-8": text('42["message","\xff"]'),
    "that is not UTF-8, with a ping in it": frame(1, '42["\xff', { fin: 0 }) +
        frame(9, "p") + frame(0, '"]'),
    "of a lone surrogate": text('42["message","\xed\xa0\x80"]'),
    "of binary": binary("\x00\x01"),
    "of no bytes": text(""),
    "of binary in two fragments":
        frame(2, "\x00", { fin: 0 }) + frame(0, "\x01"),
    "that is a close": frame(8),
    "that is a close of one byte": frame(8, "\x03"),
    "that is a close with a reason": close(1000, "bye"),
    "that is a close with a bad reason": close(1000, "\xff"),
    "after a close": close(1000) + text(HELLO),
};

function* frames() {
    for (const [name, bytes] of Object.entries(FRAMES)) {
        yield [`a frame ${name}`, [...joinedWs, send("ws", bytes), ...aliveWs]];
        yield [`a frame ${name}, cut`,
               [...joinedWs, send("ws", bytes.slice(0, 1), bytes.slice(1, 4),
                                  bytes.slice(4)), ...aliveWs]];
        yield [`a frame ${name}, as probe`,
               [...joined, probe, send("ws", bytes), ...alive]];
    }
    for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15])
        yield [`opcode ${opcode}`,
               [...joinedWs, send("ws", frame(opcode, "x")), ...aliveWs]];
    for (const code of [0, 999, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007,
                        1011, 1012, 1013, 1014, 1015, 1016, 2999, 3000, 4999,
                        5000, 65535])
        yield [`close ${code}`, [...joinedWs, send("ws", close(code))]];
}

/* The ways in which a WebSocket comes and goes beside its session. */
function* upgrades() {
    const second = ask("second", upgrade(PROBE));
    yield ["a GET after the upgrade", [...upgraded, ask("a", get(MINE)),
                                       ...aliveWs]];
    yield ["a POST after the upgrade", [...upgraded, ask("a", post("40")),
                                        ...aliveWs]];
    yield ["a GET for a WebSocket session",
           [...joinedWs, ask("a", get(MINE)), ...aliveWs]];
    yield ["a POST for a WebSocket session",
           [...joinedWs, ask("a", post("40")), ...aliveWs]];
    yield ["a second WebSocket after the upgrade",
           [...upgraded, second, ...aliveWs]];
    yield ["a second WebSocket for a WebSocket session",
           [...joinedWs, second, ...aliveWs]];
    yield ["a second probe", [...joined, probe, second, say("2probe"), say("5"),
                              ...aliveWs]];
    yield ["a second probe after the first ended",
           [...joined, probe, end("ws"), second,
            send("second", text("2probe")), send("second", text("5")),
            send("second", text(HELLO))]];
    for (const [name, go] of [["ended", end], ["reset", cut]]) {
        yield [`a probe ${name}`, [...joined, probe, go("ws"), ...alive]];
        yield [`a probe ${name} after 2probe`,
               [...joined, probe, say("2probe"), go("ws"), ...alive]];
        yield [`a WebSocket ${name}`, [...joinedWs, go("ws"), push("40")]];
        yield [`a WebSocket ${name} after the upgrade`,
               [...upgraded, go("ws"), push("40")]];
        yield [`a WebSocket ${name} in a frame`,
               [...joinedWs, go("ws", text(HELLO).slice(0, 9)), push("40")]];
    }
    yield ["a probe closed", [...joined, probe, send("ws", close(1000)),
                              ...alive]];
    yield ["the session closes during the probe",
           [...joined, probe, say("2probe"), push("1"), send("ws")]];
    yield ["the session closes before the probe",
           [...joined, push("1"), probe]];
    yield ["the client closes after the upgrade", [...upgraded, say("1")]];
    yield ["a GET that waits, then a wrong message as probe",
           [...joined, waits, probe, say("x"), push(HELLO), send("get")]];
    yield ["a handshake on a used connection",
           [open, ask("get", upgrade(PROBE)),
            send("get", text("2probe")), send("get", text("5")),
            send("get", text("40"))]];
    yield ["polling goes on beside an idle probe",
           [open, probe, push("40"), poll, ...alive]];
}

export const websockets = [handshakes, frames, upgrades];
