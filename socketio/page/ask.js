/*
 * ask.js: a packet as a command for a terminal
 *
 *   printf 'POST /socket.io/?... HTTP/1.1\r\n...42["x"]' | bin/ask HOST:PORT
 *
 * A frame needs a connection of its own: the command opens a WebSocket and a
 * session, sends CONNECT and the frame, and closes. Its masking key is zero, so
 * that the payload can be read in it.
 */
import { readEngine, readSocket, sizeOf } from "/packets.js";

/* Returns the command that sends the bytes of this packet, or null. */
export function askCommand({ carrier, raw }) {
    const bytes = carrier.kind === "http" ? requestBytes(carrier) :
        carrier.kind === "frame" ? sessionBytes(raw) : null;
    return bytes && carrier.out ?
        `printf '${printfOf(bytes)}' | bin/ask ${location.host}` : null;
}

const utf8 = (text) => Array.from(new TextEncoder().encode(text));

function requestBytes({ method, url, body }) {
    const length = method === "POST" ?
        "Content-Type: text/plain;charset=UTF-8\r\n" +
        `Content-Length: ${sizeOf(body)}\r\n` : "";
    return utf8(`${method} ${url} HTTP/1.1\r\nHost: ${location.host}\r\n` +
                `${length}Connection: close\r\n\r\n${body}`);
}

function sessionBytes(raw) {
    return [
        ...utf8("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n" +
                `Host: ${location.host}\r\nUpgrade: websocket\r\n` +
                "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"),
        ...frame(1, utf8(connectFor(raw))),
        ...(typeof raw === "string" ? frame(1, utf8(raw)) : frame(2, raw)),
        ...frame(8, [3, 232]), /* close, 1000 */
    ];
}

/* The CONNECT to the namespace that this packet is for. */
function connectFor(raw) {
    const { name, data } = readEngine(raw);
    const p = name === "message" && typeof raw === "string" ?
        readSocket(data, false) : {};
    return p.namespace && p.namespace !== "/" ? `40${p.namespace},` : "40";
}

/* RFC 6455 §5.2: a masked frame; the masking key is zero. */
function frame(opcode, payload) {
    const n = payload.length;
    const length = n < 126 ? [n] : n < 65536 ? [126, n >> 8, n & 255] :
        [127, 0, 0, 0, 0, n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255];
    length[0] |= 0x80;
    return [0x80 | opcode, ...length, 0, 0, 0, 0, ...payload];
}

/* The format of printf(1): what is not plain ASCII becomes an octal escape. */
function printfOf(bytes) {
    let text = "";
    for (const octet of bytes) {
        const c = String.fromCharCode(octet);
        if (c === "\r") text += "\\r";
        else if (c === "\n") text += "\\n";
        else if (c === "%") text += "%%";
        else if (octet < 0x20 || octet > 0x7e || c === "'" || c === "\\")
            text += "\\" + octet.toString(8).padStart(3, "0");
        else text += c;
    }
    return text;
}
