/*
 * bytes.mjs: requests and frames written by hand, responses and frames read
 *
 * A client library would correct what must be wrong here. Bytes are strings
 * of the characters 0 to 255 (latin1), so that a sequence can be printed.
 */

/* In a request {sid} stands for the id of the session opened first, {sid2} for
 * that of the second, {sid%} for the first with a percent-encoded character. */
export const PATH = "/socket.io/";
export const POLLING = `${PATH}?EIO=4&transport=polling`;
export const WEBSOCKET = `${PATH}?EIO=4&transport=websocket`;
export const SESSION = "&sid={sid}";

/* Fields: pairs, to allow for a name twice. A body gets its Content-Length. */
export function request(method, target, { fields = [], body, host = "x",
                                          version = "HTTP/1.1" } = {}) {
    const lines = [`${method} ${target} ${version}`];
    if (host !== null) lines.push(`Host: ${host === "x" ? "127.0.0.1" : host}`);
    for (const [name, value] of fields) lines.push(`${name}: ${value}`);
    if (body !== undefined) lines.push(`Content-Length: ${body.length}`);
    return `${lines.join("\r\n")}\r\n\r\n${body ?? ""}`;
}

export const get = (target, options) => request("GET", target, options);
export const post = (body, options) =>
    request("POST", POLLING + SESSION, { body, ...options });

export const HANDSHAKE = [
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Version", "13"],
    ["Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="],
];
export const upgrade = (target, fields = HANDSHAKE) =>
    get(target, { fields });

const MASK = [0x37, 0xfa, 0x21, 0x3d];

function lengthBytes(n, form) {
    if (form === 7) return [n];
    if (form === 16) return [126, n >> 8 & 255, n & 255];
    return [127, 0, 0, 0, 0, n >>> 24, n >> 16 & 255, n >> 8 & 255, n & 255];
}

const shortest = (n) => n < 126 ? 7 : n < 65536 ? 16 : 64;

/* One frame of RFC 6455 §5.2; form says how its length is written. */
export function frame(opcode, payload = "", { fin = 1, rsv = 0, mask = true,
                                              form } = {}) {
    const n = payload.length;
    form ??= shortest(n);
    const head = [fin << 7 | rsv << 4 | opcode, ...lengthBytes(n, form)];
    if (mask) {
        head[1] |= 0x80;
        head.push(...MASK);
    }
    const bytes = mask ? [...payload].map((c, i) =>
        String.fromCharCode(c.charCodeAt(0) ^ MASK[i % 4])).join("") : payload;
    return String.fromCharCode(...head) + bytes;
}

export const text = (payload, options) => frame(1, payload, options);
export const binary = (payload, options) => frame(2, payload, options);
/* The bytes of a JavaScript string. */
export const utf8 = (s) => Buffer.from(s).toString("latin1");
export const base64 = (s) => Buffer.from(s, "latin1").toString("base64");

/* The frame at the start of bytes: {first, opcode, masked, payload,
 * size}, or null. */
export function readFrame(bytes) {
    if (bytes.length < 2) return null;
    const masked = bytes[1] >> 7;
    let n = bytes[1] & 0x7f, at = 2;
    if (n === 126 && bytes.length >= 4) [n, at] = [bytes.readUInt16BE(2), 4];
    else if (n === 127 && bytes.length >= 10)
        [n, at] = [Number(bytes.readBigUInt64BE(2)), 10];
    else if (n > 125) return null;
    if (masked) at += 4;
    if (bytes.length < at + n) return null;
    const payload = bytes.subarray(at, at + n);
    return { first: bytes[0], opcode: bytes[0] & 15, masked, size: at + n,
             payload: masked ? payload.map((c, i) => c ^ MASK[i % 4])
                             : payload };
}

/* The chunked body that starts bytes: {body, size}, or null. */
function readChunks(bytes) {
    const parts = [];
    for (let at = 0;;) {
        const end = bytes.indexOf("\r\n", at);
        if (end < 0) return null;
        const n = parseInt(bytes.subarray(at, end).toString(), 16);
        if (bytes.length < end + 4 + n) return null;
        parts.push(bytes.subarray(end + 2, end + 2 + n));
        at = end + 4 + n;
        if (n === 0) return { body: Buffer.concat(parts), size: at };
    }
}

function readFields(lines) {
    const fields = {};
    for (const line of lines) {
        const [, name, value] = /^([^:]+):\s*(.*?)\s*$/.exec(line);
        const key = name.toLowerCase();
        fields[key] = key in fields ? `${fields[key]}, ${value}` : value;
    }
    return fields;
}

/* The response that starts bytes: {status, fields, body, size}, or null.
 * isHead: it answers a HEAD request. isClosed: nothing more will come. */
export function readResponse(bytes, isHead, isClosed) {
    const end = bytes.indexOf("\r\n\r\n");
    if (end < 0) return null;
    const [first, ...lines] = bytes.subarray(0, end).toString("latin1")
        .split("\r\n");
    const status = Number(/^HTTP\/1\.1 (\d{3})( |$)/.exec(first)?.[1]);
    const fields = readFields(lines);
    const rest = bytes.subarray(end + 4);
    const response = (body, size) => ({ status, fields, body,
                                        size: end + 4 + size });
    if (isHead || status < 200 || status === 204) return response("", 0);
    if (fields["transfer-encoding"]) {
        const chunks = readChunks(rest);
        return chunks && response(chunks.body.toString(), chunks.size);
    }
    const n = fields["content-length"] ?? (isClosed ? rest.length : Infinity);
    if (rest.length < n) return null;
    return response(rest.subarray(0, n).toString(), Number(n));
}

/* A message as <opcode payload>; ! says that a length of it is written longer
 * than it must be. */
function readableFrames(bytes) {
    let all = "", begun = "", left = bytes;
    for (let f; (f = readFrame(left)); left = left.subarray(f.size)) {
        const n = f.payload.length;
        const isLong = f.size - n - 1 - 4 * f.masked >
            lengthBytes(n, shortest(n)).length;
        const payload = f.payload.toString("latin1");
        if (f.opcode !== 0) begun = f.opcode < 8 ? "" : begun;
        const start = f.opcode === 0 && begun ? begun
            : `<${f.opcode}${isLong ? "!" : ""} `;
        if (f.first >> 7) all += `${start}${payload}>`;
        else begun = start + payload;
        if (f.first >> 7 && f.opcode < 8) begun = "";
    }
    return all + begun + left.toString("latin1");
}

/* What a step sends, to be read and matched; a long run of x is shortened. */
export function readable({ send = [] } = {}) {
    const bytes = send.join("");
    const end = /\nUpgrade:/.test(bytes) ? bytes.indexOf("\r\n\r\n") + 4
        : /^[A-Za-z]+ /.test(bytes) ? bytes.length : 0;
    const all = bytes.slice(0, end) +
        readableFrames(Buffer.from(bytes.slice(end), "latin1"));
    return all.replace(/x{200,}/g, "x...");
}
