/*
 * fields.js: which field does each byte of a packet belong to?
 *
 *   81 15 34 32 5b 22 ...     fieldsOf(packet) = {bytes, fields, hidden}
 *   |  |  |  |  \ JSON        fields: [{layer, name, start, end, value, note}]
 *   |  |  |  Socket.IO type
 *   |  |  Engine.IO type
 *   |  length
 *   FIN and opcode
 *
 * It only finds out; dump.js draws. bin/explain names the same fields in the
 * same bytes, which interop/page_fields.mjs checks. Bytes that the browser does
 * not show are null. `hidden` says what it cannot know at all.
 */
import { ENGINE_TYPES, SEPARATOR, readEngine, readSocket,
         sizeOf } from "/packets.js";

/* Collects bytes and fields in their order. */
class Builder {
    constructor() {
        this.bytes = [];
        this.fields = [];
    }

    add(layer, name, content, value, note = "") {
        const added = typeof content === "string" ?
            new TextEncoder().encode(content) : content;
        if (added.length === 0) return;
        const start = this.bytes.length;
        for (const octet of added) this.bytes.push(octet);
        this.fields.push({ layer, name, start, end: this.bytes.length,
                           value: value ?? content, note });
    }
}

/* packet: as the engine gives it to `seen`. */
export function fieldsOf({ carrier, raw }) {
    const b = new Builder();
    const hidden = addCarrier(b, carrier, raw);
    if (raw !== null) addEngine(b, raw, carrier.out);
    return { bytes: b.bytes, fields: b.fields, hidden };
}

/* ---- the carrier ---- */

function addCarrier(b, c, raw) {
    switch (c.kind) {
    case "http":
        if (c.out) addRequestLine(b, c.method, c.url);
        else addStatusLine(b, c.status);
        if (raw === null) b.add("carrier", "body", c.body);
        else if (c.index > 1) addSeparator(b, c);
        return c.out ?
            "the other fields of the request (Host, Origin, Accept …), and " +
            "which TCP connection it takes." :
            "the other fields of the response, and in how many TCP segments " +
            "it arrived.";
    case "frame":
        return addFrameHead(b, c.out, raw);
    case "handshake":
        if (c.out) {
            addRequestLine(b, "GET", c.url);
            return "Upgrade: websocket, the random Sec-WebSocket-Key, the " +
                "version 13 and the Origin. A page cannot set them, so the " +
                "server may trust the Origin.";
        }
        addStatusLine(b, 101);
        return "Sec-WebSocket-Accept. The browser has compared it with its " +
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

function addRequestLine(b, method, url) {
    const [path, query] = url.split("?");
    b.add("carrier", "method", method);
    b.add("carrier", "space", " ");
    b.add("carrier", "path", path);
    query.split("&").forEach((pair, i) => {
        b.add("carrier", "delimiter", i ? "&" : "?");
        b.add("carrier", pair.split("=")[0], pair, pair.split("=")[1]);
    });
    b.add("carrier", "version", " HTTP/1.1", "HTTP/1.1");
    b.add("carrier", "end of line", "\r\n", "CR LF",
          "then the other fields, and an empty line");
}

function addStatusLine(b, status) {
    b.add("carrier", "version", "HTTP/1.1");
    b.add("carrier", "status", ` ${status}`, String(status));
    b.add("carrier", "end of line", "\r\n", "CR LF",
          "after a reason that a client ignores; then the other fields, and " +
          "an empty line");
}

function addSeparator(b, { index, of }) {
    b.add("carrier", "separator", SEPARATOR, "U+001E",
          `packet ${index} of ${of} in this body`);
}

/* RFC 6455 §5.2: FIN and opcode; the mask bit and the length; the mask. */
function addFrameHead(b, out, raw) {
    const isText = typeof raw === "string";
    const n = sizeOf(raw), mask = out ? 0x80 : 0;
    b.add("carrier", "FIN, opcode", [0x80 | (isText ? 1 : 2)],
          `FIN set, opcode ${isText ? "1, text" : "2, binary"}`);
    const short = n < 126 ? n : n < 65536 ? 126 : 127;
    b.add("carrier", "MASK, Payload len", [mask | short],
          `${out ? "masked" : "not masked"}, ` +
          (n < 126 ? `${n} bytes` : `length ${short}: it follows`));
    if (short === 126)
        b.add("carrier", "Extended payload length", [n >> 8, n & 255], `${n} bytes`);
    if (short === 127)
        b.add("carrier", "Extended payload length",
              [0, 0, 0, 0, n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255],
              `${n} bytes`);
    if (out)
        b.add("carrier", "Masking-key", [null, null, null, null], "unknown",
              "four random bytes; on the wire, each byte after them is XORed " +
              "with one of them");
    return "that head. It is worked out here, for a message in one frame.";
}

/* ---- Engine.IO ---- */

const ENGINE_NOTES = {
    open: "the server's first packet: the session, and its terms",
    close: "the session ends",
    ping: "the heartbeat: the client must reply",
    pong: "the reply to a ping; without it the server ends the session",
    message: "the only type that carries something for the layer above",
    upgrade: "the client sends only frames from here on",
    noop: "means nothing: it only ends the GET that waits",
};

function addEngine(b, raw, out) {
    const { type, name, data, problem } = readEngine(raw);
    if (type === "") {
        b.add("base64", "attachment", raw, hex(raw, 16),
              "a binary frame needs no type and no base64");
        return;
    }
    const note = problem ?? ENGINE_NOTES[name];
    if (type === "b") {
        b.add("engine", "type", "b", "b, a message in base64", problem ?? "");
        b.add("base64", "attachment", raw.slice(1), hex(data, 16),
              "four characters for three bytes");
        return;
    }
    b.add("engine", "type", type, `${type}, ${name}`, note);
    if (name === "message") addSocket(b, data, out);
    else if (name === "open") addJson(b, data, "engine", (key) => key);
    else b.add("engine", "data", data, data, data === "probe" ?
        "do frames get through? Some proxies let only the handshake pass" : "");
}

/* ---- Socket.IO ---- */

function addSocket(b, text, out) {
    const p = readSocket(text, !out);
    if (!p.parts) {
        b.add("socket", "not a packet", text, text, p.problem);
        return;
    }
    const { type, attachments, namespace, id } = p.parts;
    b.add("socket", "type", type, `${type}, ${p.name}`, p.problem ?? "");
    b.add("socket", "attachments", attachments, p.attachments,
          "so many binary packets follow");
    b.add("socket", "namespace", namespace, p.namespace);
    b.add("socket", "ack id", id, id, p.name.endsWith("ACK") ?
        "of the event that this acknowledges" :
        "the receiver must send an ACK");
    addJson(b, p.json, "json", nameOfItem[p.name] ?? ((key) => key));
}

const nameOfEvent = (_, i) => (i === 0 ? "event name" : `argument ${i}`);
const nameOfArgument = (_, i) => `argument ${i + 1}`;
const nameOfItem = {
    EVENT: nameOfEvent, BINARY_EVENT: nameOfEvent,
    ACK: nameOfArgument, BINARY_ACK: nameOfArgument,
};

/* ---- JSON ---- */

/* Adds the items of an array, or the members of an object, one field each. */
function addJson(b, json, layer, nameOf) {
    const pieces = split(json);
    if (pieces.length < 3) {
        b.add(layer, "data", json);
        return;
    }
    let index = 0;
    for (const piece of pieces) {
        if (piece.isItem) {
            const [, key] = /^\s*"([^"]*)"\s*:/.exec(piece.text) ?? [];
            b.add(layer, nameOf(key ?? `item ${index + 1}`, index), piece.text,
                  key === undefined || json[0] === "[" ? piece.text :
                      piece.text.slice(piece.text.indexOf(":") + 1));
            index++;
        } else {
            b.add(layer, "delimiter", piece.text);
        }
    }
}

/* Cuts the text of an array or object at its own commas. */
function split(json) {
    const pieces = [];
    let depth = 0, start = 0, isQuoted = false;
    const end = (at, isItem) => {
        if (at > start) pieces.push({ text: json.slice(start, at), isItem });
        start = at;
    };
    for (let i = 0; i < json.length; i++) {
        const c = json[i];
        if (isQuoted) {
            if (c === "\\") i++;
            else if (c === '"') isQuoted = false;
            continue;
        }
        if (c === '"') isQuoted = true;
        const closes = c === "]" || c === "}";
        if (closes) depth--;
        if ((closes && depth === 0) || (c === "," && depth === 1)) {
            end(i, true);
            end(i + 1, false);
        }
        if (c === "[" || c === "{") {
            depth++;
            if (depth === 1) end(i + 1, false);
        }
    }
    end(json.length, false);
    return pieces;
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
