/*
 * transcript.mjs: what of responses and frames is compared
 *
 * What must differ is left out: ids, the value of Date, the order and the case
 * of fields, the words for people in an error.
 */

/* The fields that are compared, beside those that describeResponse names. */
const SHOWN = ["allow", "upgrade", "sec-websocket-accept",
               "sec-websocket-protocol",
               "sec-websocket-extensions", "sec-websocket-version",
               "access-control-allow-origin", "cache-control",
               "access-control-allow-credentials",
               "access-control-allow-methods", "access-control-allow-headers"];

/* For JSON.stringify: the members of an object have no order. */
const sorted = (key, value) =>
    value?.constructor !== Object ? value
        : Object.fromEntries(Object.entries(value).sort());

/* A packet as both may write it: ids are hidden, JSON has one form. */
function plain(packet) {
    const [, head, json] = /^([\d-]*(?:\/[^,[{]*,?)?[\d]*)(.*)$/s.exec(packet);
    try {
        const value = JSON.parse(json);
        if (/^4?0/.test(head) && value.sid) value.sid = "*";
        return head + JSON.stringify(value, sorted);
    } catch {
        return packet;
    }
}

/* What of a response is compared. */
export function describeResponse({ isMissing, status, fields, body }) {
    if (isMissing) return { status: "closed without a response" };
    const seen = { status: String(status) };
    if (/close/i.test(fields.connection ?? "")) seen.connection = "close";
    for (const name of SHOWN)
        if (fields[name]) seen[name] = fields[name].toLowerCase();
    if (status !== 101) seen.date = fields.date ? "yes" : "no";
    const code = /^\{"code":(\d)/.exec(body)?.[1];
    if (code) seen.code = code;
    if (status !== 200 && !code) return seen; /* a text for people */
    if (body) seen.type = fields["content-type"].toLowerCase();
    if (body.length > 5000) seen.size = String(body.length);
    else if (!code) seen.packets = body.split("\x1e").map(plain);
    return seen;
}

/* What of frames is compared; a pong may overtake a message. */
export function describeFrames(frames) {
    const seen = {};
    const add = (key, value) => (seen[key] ??= []).push(value);
    for (const { first, masked, opcode, payload } of frames) {
        if (masked || (first & 0xf0) !== 0x80) add("odd", `${first} ${masked}`);
        if (opcode === 8)
            add("close", payload.length < 2 ? "no code"
                                            : String(payload.readUInt16BE(0)));
        else if (opcode === 1) add("messages", plain(payload.toString()));
        else if (opcode === 2)
            add("messages", `binary ${payload.toString("hex")}`);
        else add(opcode === 10 ? "pongs" : "pings", payload.toString("hex"));
    }
    return seen;
}
