/*
 * explain.js: which field does each byte of a packet belong to?
 *
 *   81 15 34 32 5b 22 ...     explain(packet) = {fields, problems}, later
 *   |  |  |  |  \ JSON        fields: [{layer, name, start, end, value,
 *   |  |  |  Socket.IO type             section, note, isMinor, isWrong}]
 *   |  |  Engine.IO type      problems: [{name, words, section}]
 *   |  length
 *   FIN and opcode
 *
 * Asks the server: GET /explain says what bin/explain --json does
 * (packets/explain_json.h). Its nested fields of bits become a list of fields
 * of bytes: each byte is in one of them. dump.js draws it.
 */
import { bytesOf, hex } from "/fields.js";

const MAX_BYTES = 4000; /* bytes in one request: LIMIT_EXPLAIN_INPUT */
const LIMIT_MS = 5000;  /* for the response */
const MAX_REASON = 200; /* characters */

/* ---- the request ---- */

const promises = new WeakMap(); /* by packet */

/* Asks the server once for each packet. Rejects with an Error that says why
 * there is no explanation; then the next call asks again. */
export function explain(packet) {
    if (!promises.has(packet)) {
        const promise = ask(packet);
        promises.set(packet, promise);
        promise.catch(() => promises.delete(packet));
    }
    return promises.get(packet);
}

async function ask(packet) {
    const { parts } = bytesOf(packet);
    const nested = await Promise.all(parts.map((part) =>
        part.as ? askServer(part) : []));
    const problems = [];
    const fields = parts.flatMap((part, i) => part.as ?
        flatten(part, nested[i], problems) :
        [{ layer: "carrier", start: part.start, note: "", section: "",
           end: part.start + part.bytes.length, isMinor: false,
           isWrong: false, ...part.field }]);
    return { fields, problems };
}

/* An unknown byte is sent as 0: with such a mask the payload is as it is. */
async function askServer({ as, bytes }) {
    const digits = bytes.slice(0, MAX_BYTES).map((octet) =>
        (octet ?? 0).toString(16).padStart(2, "0")).join("");
    const length = bytes.length > MAX_BYTES ? `&length=${bytes.length}` : "";
    let response, body;
    try {
        response = await fetch(`/explain?as=${as}&hex=${digits}${length}`,
                               { signal: AbortSignal.timeout(LIMIT_MS) });
        body = await (response.ok ? response.json() : response.text());
    } catch {
        throw new Error("The server explains these bytes, and it cannot be " +
                        "reached.");
    }
    if (response.ok) return body;
    throw new Error("The server does not explain these bytes: " +
                    body.slice(0, MAX_REASON));
}

/* ---- the response ---- */

/* The layers of the page, by the header that contains a field. */
const LAYERS = { "HTTP": "carrier", "WebSocket": "carrier",
                 "Engine.IO": "engine", "Socket.IO": "socket", "JSON": "json" };
const ATTACHMENTS = ["base64", "Payload data", "Payload data, unmasked"];

/* Fields between others: those who read the list can do without them. */
const MINOR = ["delimiter", "SP", "CRLF", "dash", "comma", "value-separator",
               "begin-array", "end-array", "begin-object", "end-object"];

/* By the name of a field; or, of a type of Engine.IO, by its meaning. */
const NOTES = {
    "open": "the server's first packet: the session, and its terms",
    "close": "the session ends",
    "ping": "the heartbeat: the client must reply",
    "pong": "the reply to a ping; without it the server ends the session",
    "message": "the only type that carries something for the layer above",
    "upgrade": "the client sends only frames from here on",
    "noop": "means nothing: it only ends the GET that waits",
    "Masking-key": "on the wire, the payload is XORed with it",
    "attachments": "so many binary packets follow",
    "ack id": "an ACK has the id of its event",
    "base64": "four characters for three bytes",
    "Payload data": "a binary frame needs no type and no base64",
    "Payload data, unmasked": "a binary frame needs no type and no base64",
};

/* Makes a list of the nested fields: one for each byte of the part. */
function flatten({ bytes, start }, nested, problems) {
    const rows = [];
    addFields(rows, problems, nested, { layer: "carrier", section: "",
                                        start: 0 });
    if (rows.length > 0) rows.at(-1).end = bytes.length; /* if it was cut */
    for (const row of rows) {
        if (bytes.slice(row.start, row.end).every((octet) => octet === null))
            row.value = "unknown";
        row.start += start;
        row.end += start;
    }
    return rows;
}

/* outer: what is known of the header around them; its start is where the bits
 * of derived bytes are counted from. */
function addFields(rows, problems, fields, outer) {
    let count = 0; /* of arguments */
    for (const f of fields) {
        if (f.name === "argument") count++;
        const inner = { layer: LAYERS[f.name] ?? outer.layer,
                        section: f.section ?? outer.section,
                        start: outer.start };
        if (f.wrong) problems.push({ name: f.name, words: f.words,
                                     section: inner.section });
        if (!f.fields) {
            addRow(rows, f, inner, count);
        } else if (!f.derived || LAYERS[f.name]) {
            addFields(rows, problems, f.fields, inner);
        } else if (f.name === "Payload data, unmasked") {
            /* in the place of the payload as it was sent */
            inner.start = rows.pop().start - f.bit / 8;
            addFields(rows, problems, f.fields, inner);
        } else { /* what base64 stands for */
            rows.at(-1).value = shortHex(f.hex);
        }
    }
}

function addRow(rows, f, { layer, section, start }, count) {
    const row = { layer: ATTACHMENTS.includes(f.name) ? "base64" : layer,
                  start: start + Math.floor(f.bit / 8),
                  end: start + Math.ceil((f.bit + f.bits) / 8),
                  section, note: noteOf(f, layer), isWrong: f.wrong === true,
                  isMinor: MINOR.includes(f.name) && !f.wrong,
                  ...nameAndValue(f, count) };
    const last = rows.at(-1);
    if (f.bits === 0) return; /* the head of a message goes on */
    if (!last || last.end !== row.end) {
        rows.push(row);
    } else if (!f.name.startsWith("RSV") || row.isWrong) {
        last.name += `, ${row.name}`; /* bits of the same byte */
        last.value += `; ${row.value}`;
        last.isWrong ||= row.isWrong;
    }
}

function noteOf(f, layer) {
    const isEngineType = layer === "engine" && f.name === "type";
    return NOTES[isEngineType ? f.words : f.name] ?? "";
}

/* Members and parameters are called by their own names, arguments counted. */
function nameAndValue(f, count) {
    const what = f.value ?? f.text ?? shortHex(f.hex);
    const value = f.words && !f.cut ? `${what}, ${f.words}` : String(what);
    switch (f.name) {
    case "member": {
        const [, name, rest] = /^"((?:[^"\\]|\\.)*)"\s*:\s*(.*)$/s.exec(f.text);
        return { name, value: rest };
    }
    case "parameter": {
        const [name] = f.text.split("=");
        return { name, value: f.text.slice(name.length + 1) };
    }
    case "argument":
        return { name: `argument ${count}`, value };
    default:
        return { name: f.name, value };
    }
}

const shortHex = (digits) => hex(digits.match(/../g)?.map((octet) =>
    parseInt(octet, 16)) ?? [], 16);
