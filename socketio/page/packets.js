/*
 * packets.js: text and bytes become packets, and back; nothing else
 *
 *   4 2 /custom, 0 ["message","hi"]
 *   |           \  the data: JSON
 *   |  \______   an ack id, a namespace, and before them the type
 *   |            Socket.IO: 2 is an event
 *   Engine.IO: 4 is a message
 *
 * What a server sends may be anything. Each reader here returns a packet with
 * `problem`: null, or a sentence that says which rule the packet breaks. None
 * of them throws.
 */

/* ---- 1. Engine.IO packets: one character, then the data ---- */

export const ENGINE_TYPES = ["open", "close", "ping", "pong", "message",
                             "upgrade", "noop"];
export const [OPEN, CLOSE, PING, PONG, MESSAGE, UPGRADE, NOOP] = "0123456";

/* Engine.IO v4: the packets of one HTTP body are joined by U+001E. */
export const SEPARATOR = "\x1e";

export function toBase64(bytes) {
    let text = "";
    for (const octet of bytes) text += String.fromCharCode(octet);
    return btoa(text);
}

/* Returns null if it is not base64. */
export function fromBase64(text) {
    try {
        return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    } catch {
        return null;
    }
}

/* Returns {type, name, data, problem}; in a binary packet, data is bytes. */
export function readEngine(raw) {
    /* Engine.IO v4: a binary frame is a message, and has no type. */
    if (typeof raw !== "string")
        return { type: "", name: "message", data: raw, problem: null };
    /* Engine.IO v4: in an HTTP body, binary is `b` and base64. */
    if (raw[0] === "b") {
        const data = fromBase64(raw.slice(1));
        return { type: "b", name: "message", data: data ?? new Uint8Array(),
                 problem: data ? null : "after b, this is not base64" };
    }
    const name = ENGINE_TYPES[raw[0]];
    return { type: raw[0] ?? "", name: name ?? "unknown", data: raw.slice(1),
             problem: name ? null : "Engine.IO has no such packet type" };
}

/* The handshake in an open packet. Returns null if it is not one. */
export function readHandshake(text) {
    const terms = parse(text);
    const isSize = (n) => Number.isFinite(n) && n > 0;
    const isGood = isObject(terms) && typeof terms.sid === "string" &&
        Array.isArray(terms.upgrades) && isSize(terms.pingInterval) &&
        isSize(terms.pingTimeout) && isSize(terms.maxPayload);
    return isGood ? terms : null;
}

/* ---- 2. Socket.IO packets ---- */

export const SOCKET_TYPES = ["CONNECT", "DISCONNECT", "EVENT", "ACK",
                             "CONNECT_ERROR", "BINARY_EVENT", "BINARY_ACK"];
export const [CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR, BINARY_EVENT,
              BINARY_ACK] = [0, 1, 2, 3, 4, 5, 6];

/* The official library emits these itself, so a program must not. */
export const RESERVED_NAMES = ["connect", "connect_error", "disconnect",
                               "disconnecting", "newListener",
                               "removeListener"];

/* Socket.IO v5: type [attachments -] [namespace ,] [ack id] [JSON] */
const GRAMMAR = /^([0-6])(?:(\d+)-)?((\/[^,]*)(?:,|$))?(\d+)?(.*)$/s;

/* Reads a packet that a client or, with fromServer, a server has sent. Returns
 * {type, name, attachments, namespace, id, data, json, parts, problem}; parts
 * is the text before the JSON, cut in order. If not even the type is one, only
 * `problem` is there. */
export function readSocket(text, fromServer = true) {
    const found = GRAMMAR.exec(text);
    if (!found) return { problem: "Socket.IO has no such packet type" };
    const [, type, attachments, prefix, namespace, id, json] = found;
    const packet = {
        type: Number(type),
        name: SOCKET_TYPES[type],
        attachments: Number(attachments ?? 0),
        namespace: namespace ?? "/",
        id: id === undefined ? null : Number(id),
        data: parse(json),
        json,
        parts: {
            type,
            attachments: attachments === undefined ? "" : `${attachments}-`,
            namespace: prefix ?? "",
            id: id ?? "",
        },
    };
    packet.problem = problemOf(packet, fromServer);
    return packet;
}

/* Socket.IO v5: what the data of each type must be. */
function problemOf(packet, fromServer) {
    const { type, data, json, id, attachments, parts } = packet;
    if (json !== "" && data === undefined) return "the data is not JSON";
    if (id !== null && !Number.isSafeInteger(id)) return "the id is too large";
    if ((parts.attachments !== "") !== (type >= BINARY_EVENT))
        return "only the binary types have a number of attachments";
    switch (type) {
    case CONNECT:
        if (fromServer)
            return isObject(data) && typeof data.sid === "string" ? null :
                "the data of a server's CONNECT must be an object with a sid";
        return json === "" || isObject(data) ? null :
            "the data of CONNECT must be an object";
    case DISCONNECT:
        return json === "" ? null : "DISCONNECT has no data";
    case CONNECT_ERROR:
        return isObject(data) && typeof data.message === "string" ? null :
            "the data of CONNECT_ERROR must be an object with a message";
    case ACK:
    case BINARY_ACK:
        if (id === null) return "an ACK needs the id of its event";
        if (!Array.isArray(data)) return "the data of an ACK must be an array";
        break;
    default:
        if (!Array.isArray(data) || typeof data[0] !== "string")
            return "the data of an EVENT must be an array that begins with " +
                   "its name";
    }
    return placeholders(data).every((num) =>
        Number.isInteger(num) && num >= 0 && num < attachments) ? null :
        "a placeholder has no attachment";
}

const isObject = (value) =>
    value !== null && typeof value === "object" && !Array.isArray(value);

/* Undefined if it is not JSON. */
function parse(json) {
    try {
        return JSON.parse(json);
    } catch {
        return undefined;
    }
}

/* Returns what goes to Engine.IO: the text, then each attachment. */
export function writeSocket(type, namespace, id, data) {
    const attachments = [];
    const json = data === undefined ? "" :
        JSON.stringify(takeBytes(data, attachments));
    let text = "";
    /* Socket.IO v5: 5 is 2 with attachments, 6 is 3 with attachments. */
    if (attachments.length > 0)
        text += `${type === EVENT ? BINARY_EVENT : BINARY_ACK}` +
                `${attachments.length}-`;
    else
        text += type;
    /* Socket.IO v5: the namespace / is left out. */
    if (namespace !== "/") text += `${namespace},`;
    return [text + (id ?? "") + json, ...attachments];
}

function mapValues(value, change) {
    if (Array.isArray(value)) return value.map(change);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(
        Object.entries(value).map(([key, inner]) => [key, change(inner)]));
}

/* Socket.IO v5: JSON has no bytes; a placeholder is written in their place. */
function takeBytes(value, taken) {
    if (value instanceof Uint8Array)
        return { _placeholder: true, num: taken.push(value) - 1 };
    return mapValues(value, (inner) => takeBytes(inner, taken));
}

export function putBytes(value, attachments) {
    if (value?._placeholder === true) return attachments[value.num];
    return mapValues(value, (inner) => putBytes(inner, attachments));
}

/* The numbers of all placeholders in value. */
function placeholders(value) {
    if (value?._placeholder === true) return [value.num];
    if (value === null || typeof value !== "object") return [];
    return Object.values(value).flatMap(placeholders);
}

/* ---- 3. What both transports share ---- */

/* The bytes that a packet has in UTF-8, or as binary. */
export const sizeOf = (raw) =>
    typeof raw === "string" ? new TextEncoder().encode(raw).length : raw.length;

/* RFC 6455 §7.4.1, and the registry of IANA */
const CLOSE_NAMES = {
    1000: "normal closure", 1001: "going away", 1002: "protocol error",
    1003: "unsupported data", 1005: "no code", 1006: "no close frame",
    1007: "not valid UTF-8", 1008: "policy violation", 1009: "too big",
    1010: "an extension is missing", 1011: "internal error",
    1012: "service restart", 1013: "try again later", 1014: "bad gateway",
    1015: "TLS failed",
};

export const closeText = (code) =>
    `${code} ${CLOSE_NAMES[code] ?? "no registered name"}`;
