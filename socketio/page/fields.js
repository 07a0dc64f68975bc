/*
 * fields.js: which bytes does a packet have?
 *
 *   81 15 34 32 5b 22 ...     bytesOf(packet) = {parts, bytes, hidden}
 *   |     \ what the packet says
 *   the head of a frame, or a request line: the carrier
 *
 * The browser knows only what a packet says, so the bytes of its carrier are
 * worked out here; those that it does not show are null. What the bytes mean is
 * explain.js's question to the server. The rest of this file is for the rows of
 * the log: they show what this client has read itself.
 */
import { ENGINE_TYPES, SEPARATOR, readEngine, readSocket,
         sizeOf } from "/packets.js";

/* ---- the bytes ---- */

/* packet: as the engine gives it to `seen`. parts: [{as, bytes, start}]; as is
 * what the server is told that they are, or null: then field is their field.
 * hidden: what the browser cannot know at all. */
export function bytesOf({ carrier, raw }) {
    const parts = carrierParts(carrier, raw).filter((p) => p.bytes.length > 0);
    let start = 0;
    for (const part of parts) {
        part.start = start;
        start += part.bytes.length;
    }
    return { parts, bytes: parts.flatMap((part) => part.bytes),
             hidden: hiddenIn(carrier) };
}

const bytesFrom = (content) => Array.from(typeof content === "string" ?
    new TextEncoder().encode(content) : content);

function carrierParts(c, raw) {
    switch (c.kind) {
    case "http":
        return [startLine(c, c.method), ...bodyParts(c, raw)];
    case "frame":
        return [{ as: "ws", bytes: [...frameHead(c.out, raw),
                                    ...bytesFrom(raw)] }];
    case "handshake":
        return [startLine({ status: 101, ...c }, "GET")];
    default:
        return [];
    }
}

function startLine({ out, url, status }, method) {
    /* RFC 9112 §4: the space is there even if no reason follows it. */
    return { as: "http", bytes: bytesFrom(out ?
        `${method} ${url} HTTP/1.1\r\n` : `HTTP/1.1 ${status} \r\n`) };
}

function bodyParts({ body, index, of }, raw) {
    if (raw === null)
        return [{ as: null, bytes: bytesFrom(body),
                  field: { name: "body", value: body } }];
    const packet = { as: "engineio", bytes: bytesFrom(raw) };
    if (index === 1) return [packet];
    return [{ as: null, bytes: bytesFrom(SEPARATOR),
              field: { name: "separator", value: "U+001E",
                       section: "Engine.IO v4",
                       note: `packet ${index} of ${of} in this body` } },
            packet];
}

/* RFC 6455 §5.2: FIN and opcode; the mask bit and the length; the mask. */
function frameHead(out, raw) {
    const n = sizeOf(raw), mask = out ? 0x80 : 0;
    const first = 0x80 | (typeof raw === "string" ? 1 : 2);
    const length = n < 126 ? [n] : n < 65536 ? [126, n >> 8, n & 255] :
        [127, 0, 0, 0, 0, n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255];
    length[0] |= mask;
    return [first, ...length, ...(out ? [null, null, null, null] : [])];
}

function hiddenIn({ kind, out }) {
    switch (kind) {
    case "http":
        return out ?
            "the other fields of the request (Host, Origin, Accept …), and " +
            "which TCP connection it takes." :
            "the reason, which a client ignores, the other fields of the " +
            "response, and in how many TCP segments it arrived.";
    case "frame":
        return "that head. It is worked out here, for a message in one frame.";
    case "handshake":
        return out ?
            "Upgrade: websocket, the random Sec-WebSocket-Key, the " +
            "version 13 and the Origin. A page cannot set them, so the " +
            "server may trust the Origin." :
            "Sec-WebSocket-Accept. The browser has compared it with its " +
            "key. From here on, the bytes are frames.";
    case "close":
        return "the close frame of each side. The code 1006 is the browser's " +
            "own: the TCP connection ended without a close frame.";
    case "failed":
        return "why. A page learns only that there is no response.";
    default:
        return "";
    }
}

/* ---- text ---- */

/* At most that many bytes as "ca fe". */
export function hex(bytes, most) {
    const shown = Array.from(bytes.slice(0, most), (octet) =>
        octet === null ? "??" : octet.toString(16).padStart(2, "0"));
    return shown.join(" ") + (bytes.length > most ? " …" : "");
}

/* Control characters, and those that reorder or hide text, as <U+202E>. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

export const visible = (text) => text.replace(UNSEEN, (c) =>
    `<U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}>`);

/* Characters that reorder a JSON text, as the escapes that mean the same. */
export const escapeReordering = (json) => json.replace(/\p{Bidi_C}/gu, (c) =>
    `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);

/* ---- a row of the log ---- */

/* The text of a packet, cut where its layers begin: [[class, text], ...]. */
export function cut({ raw, carrier }) {
    const packet = readEngine(raw);
    if (packet.type === "") return [["base64", hex(raw, 16)]];
    if (packet.type === "b")
        return [["engine", "b"], ["base64", raw.slice(1)]];
    const inner = packet.name === "message" ?
        readSocket(packet.data, !carrier.out) : null;
    if (!inner?.parts) return [["engine", packet.type], ["", packet.data]];
    const { type, attachments, namespace, id } = inner.parts;
    return [["engine", packet.type], ["socket type", type],
            ["socket", attachments], ["socket", namespace],
            ["socket id", id], ["json", inner.json]];
}

/* What a row is called: "42 EVENT", "2 ping", "closed 1009 too big". */
export function nameOf({ raw, carrier }) {
    const packet = readEngine(raw);
    if (packet.problem) return "malformed";
    if (packet.type === "" || packet.type === "b") return "attachment";
    if (packet.name !== "message")
        return `${packet.type} ${ENGINE_TYPES[packet.type]}`;
    const inner = readSocket(packet.data, !carrier.out);
    if (inner.problem) return "4 malformed";
    return `4${inner.type} ${inner.name}`;
}

/* What this client finds wrong with a packet, or null. */
export function problemOf({ raw, carrier }) {
    if (raw === null) return null;
    const packet = readEngine(raw);
    if (packet.problem || packet.name !== "message" ||
        typeof packet.data !== "string") return packet.problem;
    return readSocket(packet.data, !carrier.out).problem;
}
