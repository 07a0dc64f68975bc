/*
 * packets.mjs: listed sequences of Engine.IO and Socket.IO packets, by polling
 * and by WebSocket
 */
import { base64, binary, text, utf8 } from "./bytes.mjs";
import { alive, aliveWs, answered, joined, joinedWs, open, openWs, poll, probe,
         push, say, send, upgraded, waits } from "./steps.mjs";

const RS = "\x1e"; /* between the packets of a payload */
const holds = (...nums) => nums.map((num) =>
    `{"_placeholder":true,"num":${num}}`).join(",");

/* Socket.IO packets: valid, invalid, and at the border. */
const PACKETS = [
    "", "0", "0{}", '0{"token":"x"}', "0[]", '0"x"', "0null", "01", "0/custom",
    "0/custom,", '0/custom,{"a":[1]}', "0/", "0/,", "0/other", "0/other,",
    "0/custom?x=y,", "0{", "0x", "1", "1x", "1{}", "1/custom,", "1/other,",
    "2", "2[]", "2{}", '2["message"]', '2["message",1,"ä",null,{"a":[{}]}]',
    '2["message",1.50,1e3,-0.5,"\\u00e4\\n\\/"]', '2["\\u006dessage","x"]',
    '2[ "message" , 1 ]', '2["message",1', '2["message",]', "2[1]", "2[1,2]",
    "2[null]", "2[true]", "2[[]]", "2[{}]", '2[""]', '2["nobody-knows"]',
    '2["connect"]', '2["connect_error"]', '2["disconnect"]',
    '2["disconnecting"]', '2["newListener"]', '2["removeListener"]',
    '2["\\u0063onnect"]', '2["Connect"]', '20["message-with-ack"]',
    '20["message-with-ack",1,"x"]', '27["message",1]', '27["nobody-knows"]',
    '2007["message-with-ack",1]', '29007199254740991["message-with-ack",1]',
    '2/custom,["message",1]', '2/custom,5["message-with-ack",1]',
    '2/other,["message",1]', '2/,["message",1]', '2-1["message"]',
    '2 ["message"]', '2 ["message-with-ack",1]', '2["message"] ',
    '2["message"]x', '2\n["message"]',
    "3", "3[]", "30[]", '30["x"]', "399[]", '3["x"]', "30{}", "30", "3-1[]",
    "4", "4{}", '4"x"', '4{"message":"no"}', "7", "8", "9", "a", "-1", " 0",
    '5["message"]', `51-["message",${holds(0)}]`, '50-["message"]',
    `5-["message",${holds(0)}]`, `5x-["message",${holds(0)}]`,
    `511-["message",${holds(0)}]`, `51["message",${holds(0)}]`, "51-[]",
    "51-{}", '61-0["x"]', `61-0[${holds(0)}]`, `61-[${holds(0)}]`, "6",
    `2["message",${holds(0)}]`, `2["message","${"x".repeat(3000)}"]`,
];

/* Binary packets and what follows them: "b" is an attachment, "e" an empty
 * one. */
const event = (count, ...args) =>
    `5${count}-["message"${args.map((a) => `,${a}`).join("")}]`;
const BINARY = {
    "one attachment": [event(1, holds(0)), "b"],
    "two": [event(2, holds(0, 1)), "b", "e"],
    "two in the other order": [event(2, holds(1, 0)), "b", "e"],
    "nested": [event(1, `{"a":[${holds(0)}]}`), "b"],
    "in an ack": [`51-3["message-with-ack",${holds(0)}]`, "b"],
    "ten": [event(10, holds(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)), ..."bebebebebe"],
    "empty": [event(1, holds(0)), "e"],
    "for another namespace": [`51-/custom,["message",${holds(0)}]`, "b"],
    "for a reserved event": [`51-["connect",${holds(0)}]`, "b"],
    "too few placeholders": [event(2, holds(0)), "b", "b"],
    "no placeholder": [event(1), "b"],
    "too many placeholders": [event(1, holds(0, 1)), "b"],
    "a placeholder twice": [event(1, holds(0, 0)), "b"],
    "a number out of range": [event(1, holds(1)), "b"],
    "a negative number": [event(1, holds(-1)), "b"],
    "a number that is a string": [event(1, holds('"0"')), "b"],
    "a fraction": [event(1, holds(0.5)), "b"],
    "a false placeholder": [event(1, '{"_placeholder":false,"num":0}'), "b"],
    "a placeholder with more": [
        event(1, '{"_placeholder":true,"num":0,"x":1}'), "b"],
    "a placeholder in another order": [
        event(1, '{"num":0,"_placeholder":true}'), "b"],
    "text before the attachment": [event(1, holds(0)), '2["message",1]'],
    "CONNECT before the attachment": [event(1, holds(0)), "0"],
    "an attachment too many": [event(1, holds(0)), "b", "b"],
    "an attachment alone": ["b"],
    "an attachment that does not come": [event(1, holds(0))],
    "a binary ack": [`61-0["x",${holds(0)}]`, "b"],
};
const BYTES = "\x00\x01\x1e\x62\x80\xff";
const byPolling = { b: `b${base64(BYTES)}`, e: "b" };
const byWebSocket = { b: binary(BYTES), e: binary("") };

function* socketPackets() {
    for (const p of PACKETS) {
        const name = JSON.stringify(p.slice(0, 40));
        const body = utf8(`4${p}`);
        yield [`${name} first, by polling`, [open, push(body), ...alive]];
        yield [`${name} by polling`, [...joined, push(body), ...alive]];
        yield [`${name} first, by WebSocket`, [openWs, say(body), ...aliveWs]];
        yield [`${name} by WebSocket`, [...joinedWs, say(body), ...aliveWs]];
    }
}

function* binaryPackets() {
    for (const [name, all] of Object.entries(BINARY)) {
        const parts = all.map((p) => byPolling[p] ?? `4${p}`);
        const frames = all.map((p) => byWebSocket[p] ?? text(`4${p}`));
        yield [`binary, ${name}, by polling`,
               [...joined, push(parts.join(RS)), ...alive]];
        yield [`binary, ${name}, a POST each`,
               [...joined, ...parts.map((p) => push(p)), ...alive]];
        yield [`binary, ${name}, by WebSocket`,
               [...joinedWs, ...frames.map((f) => send("ws", f)), ...aliveWs]];
    }
}

/* Engine.IO packets and payloads. */
const ONE = '42["message",1]', TWO = '42["message",2]';
const PAYLOADS = [
    "", "0", "1", "2", "2probe", "3", "3probe", "3x", "4", "5", "6", "7", "8",
    "9", "a", "b", "bAAEC", "bAAE=", "bAAE", "b*", "bAAEC=", " 4", "\n",
    utf8("é"), `4${RS}`, RS, `${RS}${ONE}`, `6${RS}6`, `6${RS}`, `3${RS}1`,
    `${ONE}${RS}1`, `1${RS}${ONE}`, `${ONE}${RS}`, `${ONE}${RS}${TWO}`,
    `${ONE}${RS}2`, `${ONE}${RS}9${RS}${TWO}`, "\xff", '42["message","\xff"]',
    '42["message","\xc0\x80"]', "4\x00",
];

function* enginePackets() {
    for (const p of PAYLOADS) {
        const name = JSON.stringify(p);
        yield [`payload ${name}`, [...joined, push(p), ...alive]];
        yield [`payload ${name} while a GET waits`,
               [...joined, waits, push(p), send("get")]];
        yield [`message ${name}`, [...joinedWs, say(p), ...aliveWs]];
        yield [`message ${name} after an upgrade`,
               [...upgraded, say(p), ...aliveWs]];
        yield [`message ${name} as probe`,
               [...joined, probe, say(p), ...alive]];
        yield [`message ${name} after the probe`,
               [...joined, probe, say("2probe"), say(p), ...aliveWs]];
    }
}

/* Several namespaces, and one after another. */
const PLACES = {
    "two namespaces": ["40", "40/custom,", '42["message",1]',
                       '42/custom,["message",2]'],
    "a namespace left": ["40", "40/custom,", "41/custom,",
                         '42["message",1]', '42/custom,["message",2]'],
    "the last namespace left": ["40", "41", '42["message",1]'],
    "a namespace joined again": ["40", "41", "40", '42["message",1]'],
    "a namespace left twice": ["40", "40/custom,", "41/custom,", "41/custom,"],
    "a namespace refused, then one joined": ["40/other,", "40",
                                             '42["message",1]'],
    "acks of two namespaces": ["40", "40/custom,",
                               '421["message-with-ack","a"]',
                               '42/custom,1["message-with-ack","b"]'],
    "an ack nobody asked for": ["40", "437[]", '42["message",1]'],
    "bcast": ["40", '42["bcast",1]'],
};

function* namespaces() {
    for (const [name, all] of Object.entries(PLACES)) {
        yield [`${name}, by polling`,
               [open, ...all.map((p) => push(p)), waits]];
        yield [`${name}, in one POST`, [open, push(all.join(RS)), waits]];
        yield [`${name}, by WebSocket`, [openWs, ...all.map((p) => say(p))]];
        yield [`${name}, in one segment`, [openWs, say(...all)]];
    }
}

/* What is queued when the transport changes; and the order of answers. */
function* upgrades() {
    const queued = [...joined, push(ONE)];
    yield ["queued packets move over",
           [...queued, probe, say("2probe"), say("5"), ...aliveWs]];
    yield ["a GET that waits is answered by the probe",
           [...joined, waits, probe, say("2probe"), answered, say("5"),
            ...aliveWs]];
    yield ["a GET during the probe",
           [...queued, probe, say("2probe"), waits, say("5"), ...aliveWs]];
    yield ["a GET that waits when 5 comes",
           [...joined, waits, probe, say("2probe"), answered, waits, say("5"),
            send("get"), ...aliveWs]];
    yield ["a POST during the probe",
           [...joined, probe, say("2probe"), push(ONE), say("5"), ...aliveWs]];
    yield ["messages right after 5",
           [...joined, probe, say("2probe"), say("5", ONE, TWO)]];
    yield ["CONNECT, then a message elsewhere, in one POST",
           [...joined, push(`40/custom,${RS}${ONE}`), poll]];
    yield ["CONNECT, then a message elsewhere, in one segment",
           [...joinedWs, say("40/custom,", ONE)]];
    yield ["2probe and 5 at once", [...joined, probe, say("2probe", "5", ONE)]];
}

export const packets = [socketPackets, binaryPackets, enginePackets, namespaces,
                        upgrades];
