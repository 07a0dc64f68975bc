/*
 * differences.mjs: where 506 may differ from socket.io, and why
 *
 * A rule recognises one difference in one step of a sequence:
 *   key      the difference is in this key alone; otherwise in the whole step
 *   sent     what the step sent; before: all that was sent until then
 *   ours     what we answered; theirs: what socket.io did, each as one line;
 *            both: a function of the two; whole: of our transcript and theirs
 *   earlier  what socket.io did in one of the steps until this
 *   later    what socket.io does in this step or in a later one
 *   ends     from here on the two are in different states: the rest of the
 *            sequence is not compared
 *   is_race  socket.io does either, so a run may go by without it
 *   why      the reason, with the section of the standard
 * All but key, both, ends, is_race and why are patterns, or functions of a
 * text. Frames are written as <opcode payload>: see readable() in bytes.mjs.
 */
import { httpDifferences } from "./http_differences.mjs";

const RS = "\x1e"; /* between the packets of a payload */
const START = `(?:<1 |\\r\\n\\r\\n|${RS})`, END = `(?=>|${RS}|\\n|$)`;
const NSP = "(?:/[^,]*,)?";
const packet = (source) => new RegExp(`${START}(?:${source})${END}`);

/* A CONNECT or DISCONNECT and another packet in one step. */
const JOIN = `4[01](?:/[^,]*,?)?(?:\\{[^>${RS}]*\\})?`;
const ONE_TURN = new RegExp(`${START}${JOIN}(?:${RS}|><1 )4|` +
                            `(?:${RS}|><1 )${JOIN}${END}`);

/* The session is closed; nothing shows that it is. */
const CLOSED = /close: 1|^status: 400;.*code: 1|packets: (.* )?1$/;
const OPEN = /^(?!.*close:|.*code: 1)/;

const packetsIn = (line) =>
    /(?:packets|messages): ([^;]*)/.exec(line)?.[1] ?? "";
const sorted = (line) =>
    packetsIn(line).split(/ (?=4|binary|b)/).sort().join(" ");

/* All packets of a transcript. */
const packetsOf = (transcript) => transcript.flatMap(({ seen }) =>
    [...seen.packets ?? [], ...seen.messages ?? []]).join(" ");

/* A binary packet whose placeholders are not one for each attachment? */
function hasWrongPlaceholders(sent) {
    const binary = /4[56](\d+)-(?:\/[^,]*,)?\d*(\[.*?\])(?=>|\x1e|\n|$)/g;
    const holds = /\{(?:"_placeholder":true,?|"num":(\d+),?){2}\}/g;
    return [...sent.matchAll(binary)].some(([, count, json]) => {
        const nums = [...json.matchAll(holds)].map((m) => Number(m[1])).sort();
        return nums.length !== Number(count) || nums.some((n, i) => n !== i);
    });
}

/* A binary packet for a namespace that was not joined? */
function isEarlyBinary(sent) {
    const found = /[ \n\x1e]4[56]\d+-(\/[^,]*)?/.exec(sent);
    const join = new RegExp(`${START}40${found?.[1] ?? ""}[{,]?`);
    return found !== null && !join.test(sent.slice(0, found.index));
}

/* Text that is not UTF-8? Binary messages need not be. */
function isNotUtf8(sent) {
    const bytes = Buffer.from(sent.replace(/<2 [^]*?>/g, ""), "latin1");
    return Buffer.compare(Buffer.from(bytes.toString()), bytes) !== 0;
}

const frames = [
    {
        sent: /<\d+!/, ours: /close: 1002/, theirs: OPEN, ends: true,
        why: "RFC 6455 §5.2: a length MUST be written as short as possible",
    },
    {
        sent: /[^>]$/, ours: /close: 1002/, theirs: OPEN, ends: true,
        why: "RFC 6455 §5.2: the first byte of a frame shows that it is wrong",
    },
    {
        key: "pongs", ours: /close: 1007/, theirs: /close: 1007/,
        why: "RFC 6455 §8.1: text that is not UTF-8 fails at once, before " +
            "what follows is read",
    },
    {
        ours: /close: 1007/, theirs: /^nothing$/, ends: true,
        why: "RFC 6455 §8.1: text that is not UTF-8 fails; we need not wait " +
            "for the rest of it",
    },
    {
        ours: /close: 1002/, theirs: /close: 1009/, sent: /\xff\x80/,
        why: "RFC 6455 §5.2: the first bit of a 64-bit length MUST be 0",
    },
];

const sessions = [
    {
        ours: /^status: 400;.*code: 1/,
        theirs: /^status: (200|101|500)|code: 3/, ends: true,
        later: /packets: (.* )?1$|close: no code|code: 1/m,
        why: "Engine.IO v4, Receiving data: a session that is closed is not " +
            "known; socket.io keeps it until a GET has taken what is queued",
    },
    {
        sent: /^POST/, ours: /^status: 400;.*code: 3/,
        theirs: /^status: 200;.*packets: ok/, later: /code: 1/,
        why: "Engine.IO v4, Sending data: 200 indicates success, and a " +
            "payload that ends the session is none",
    },
    {
        before: /<1 2probe>/,
        ours: /packets: 6$/, theirs: /^nothing$/,
        why: "Engine.IO v4, Upgrade: a GET during the probe is answered; " +
            "socket.io looks for one each 100 ms",
    },
    {
        before: /<1 2probe>/,
        ours: /^nothing$/, theirs: /packets: [16]$/,
        why: "as above: this is when socket.io answers it",
    },
    {
        before: /<1 2probe>/,
        ours: /packets: 6$/, theirs: /packets: 1$/,
        why: "Engine.IO v4, Upgrade: a GET that waits is answered with noop",
    },
    {
        sent: /<1 2probe>/, before: /<1 2probe>.*<1 2probe>/s,
        ours: /close: 1002/, theirs: /messages: 3probe/, ends: true,
        why: "Engine.IO v4, Upgrade: there is one probe",
    },
    {
        sent: /<1 5>/, before: /^(?!.*<1 2probe>)/s,
        ours: /close: 1002/, theirs: OPEN, ends: true,
        why: "Engine.IO v4, Upgrade: a client MUST send a probe first",
    },
    {
        ours: /packets: 4/, theirs: /packets: 4/, ends: true,
        both: (ours, theirs) => packetsIn(ours).startsWith(
            `${packetsIn(theirs)} `),
        why: "Engine.IO v4, Receiving data: how many packets a GET takes is " +
            "open; socket.io answers one that waits with the first",
    },
    {
        ours: /^nothing$|packets: [4b]/, ends: true,
        theirs: /(packets|messages): [4b]/,
        whole: (ours, theirs) =>
            packetsOf(ours).includes(packetsIn(theirs).split(/ (?=4)/)[0]),
        why: "as above: what an earlier GET of ours has brought",
    },
];

const packets = [
    {
        before: packet(`4[2356](?:\\d+-)?${NSP}\\d*`),
        ours: CLOSED, theirs: OPEN, ends: true,
        why: "Socket.IO v5, Sending and receiving data; Acknowledgement: " +
            "the payload is mandatory",
    },
    {
        before: packet(`4(?:3|6\\d+-)${NSP}\\[.*?`),
        ours: CLOSED, theirs: OPEN, ends: true,
        why: "Socket.IO v5, Acknowledgement: an ACK has the id of its event",
    },
    {
        before: packet(`4[01]${NSP}\\d+.*?`),
        ours: CLOSED, theirs: OPEN, ends: true,
        why: "Socket.IO v5, Connection to a namespace: there is no id in it",
    },
    {
        before: packet("4(?:2\\d*)?\\s.*?"), ours: CLOSED, theirs: OPEN,
        ends: true,
        why: "Socket.IO v5, Format: type and id are digits; for socket.io a " +
            "space is 0",
    },
    {
        before: packet("42\\s.*?"), ours: OPEN, theirs: /: 430\[/,
        ends: true, why: "as above",
    },
    {
        before: hasWrongPlaceholders, ours: CLOSED, theirs: OPEN, ends: true,
        why: "Socket.IO v5, Format: a placeholder stands for each attachment",
    },
    {
        sent: /<1 1(\x1e.*)?>/s, ours: /close: 1000/, theirs: OPEN, ends: true,
        why: "Engine.IO v4, Protocol: close ends a WebSocket session, too",
    },
    {
        before: ONE_TURN, ours: OPEN, theirs: OPEN,
        both: (ours, theirs) => sorted(ours) === sorted(theirs),
        why: "Socket.IO v5, Connection to a namespace: packets are answered " +
            "in their order; socket.io answers a CONNECT later",
    },
    {
        before: ONE_TURN, ours: OPEN, theirs: /./,
        later: /close: no code|packets: (.* )?1$/m, ends: true,
        why: "as above: socket.io has not joined or left yet when the next " +
            "packet comes, and closes",
    },
    {
        before: isEarlyBinary, ours: CLOSED, theirs: OPEN, ends: true,
        why: "Socket.IO v5, Connection to a namespace: what comes before " +
            "CONNECT closes immediately, not with its attachments",
    },
    {
        sent: /^POST/, before: isNotUtf8, ours: /^status: 400;.*code: 3/,
        theirs: /^status: 200/, ends: true,
        why: "Engine.IO v4, Packet encoding: text is UTF-8",
    },
    {
        ours: /^close: 1000/, theirs: /^nothing$/, later: /close: no code/,
        ends: true,
        why: "Engine.IO v4, Upgrade: when a session closes, its probe does, " +
            "too; for socket.io it closes with its last GET",
    },
    {
        ours: /^close: 1000/, theirs: /^messages: .*close: no code/,
        why: "Engine.IO v4 says nothing of what is queued when a packet that " +
            "is wrong ends the session; socket.io sends it",
    },
    {
        ours: /packets: 4.* [16]$/, theirs: /packets: [16]$/,
        why: "Socket.IO v5: a packet before that which ends the session is " +
            "answered",
    },
    {
        key: "messages", ours: /messages:.*close: 100[02]/,
        theirs: /close: no code/,
        both: (ours, theirs) =>
            packetsIn(ours).startsWith(packetsIn(theirs)),
        why: "as above",
    },
];

export const differences = [...httpDifferences, ...frames, ...sessions,
                            ...packets];
