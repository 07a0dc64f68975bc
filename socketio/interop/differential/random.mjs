/*
 * random.mjs: sequences made from a seed: a client that does most things right
 * and some things wrong
 */
import { HANDSHAKE, PATH, base64, binary, frame, get, post, request, text,
         upgrade } from "./bytes.mjs";
import { MINE, PROBE, ask, cut, end, open, openWs, push, say, send }
    from "./steps.mjs";

/* Numbers from 0 to below 1, the same for the same seed: a shift register of 32
 * bits (xorshift). The first ones of neighbours are alike, and left out. */
function generator(seed) {
    let bits = seed ^ 0x2545f491;
    const next = () => {
        bits ^= bits << 13;
        bits ^= bits >>> 17;
        bits ^= bits << 5;
        return (bits >>> 0) / 2 ** 32;
    };
    for (let i = 0; i < 16; i++) next();
    return next;
}

const ARGUMENTS = ["1", '"x"', "null", "[]", '{"a":[1,{"b":null}]}', "-1.5e3",
                   '"\\u00e4"', '"\xc3\xa4"', "true", '""'];
const HOLDS = ["", '{"_placeholder":true,"num":0}',
               '{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}'];

const IS_ANSWERED = /^4(0|[25].*\["message"|[25].*\d\["message-with-ack")/;

class Client {
    isWebSocket = false;
    isWaiting = false; /* a GET */
    isProbed = false; /* the WebSocket that may take over */
    isQueued = false; /* something, for the next GET */
    gets = 0;
    steps = [];

    constructor(seed) {
        this.random = generator(seed);
    }

    below(n) {
        return Math.floor(this.random() * n);
    }

    pick(list) {
        return list[this.below(list.length)];
    }

    chance(p) {
        return this.random() < p;
    }

    arguments() {
        return Array.from({ length: this.below(4) },
                          () => `,${this.pick(ARGUMENTS)}`).join("");
    }

    /* A message that is right, with what must follow it: Engine.IO packets;
     * binary ones are {bytes}. */
    message() {
        const nsp = this.chance(0.2) ? "/custom," : "";
        const id = this.chance(0.4) ? String(this.below(200)) : "";
        const name = this.pick(["message", "message", "message-with-ack",
                                "nobody-knows"]);
        if (this.chance(0.15)) {
            const n = 1 + this.below(2);
            return [`45${n}-${nsp}${id}["${name}"${this.arguments()},` +
                    `${HOLDS[n]}]`,
                    ...Array.from({ length: n }, () => ({
                        bytes: this.bytes(this.below(9)) }))];
        }
        return [`42${nsp}${id}["${name}"${this.arguments()}]`];
    }

    bytes(n) {
        return String.fromCharCode(...Array.from({ length: n },
                                                 () => this.below(256)));
    }

    packets() {
        const sort = this.below(20);
        if (sort < 11) return this.message();
        if (sort < 13) return [`40${this.pick(["", "{}", "/custom,"])}`];
        if (sort < 14) return [`41${this.pick(["", "/custom,"])}`];
        if (sort < 16) return [this.pick(["3", "6", "40/other,", "43999[]"])];
        if (sort < 17) return [this.pick(["1", "2", "5", "7", "", "42", "43",
                                          "44{}", "0"])];
        const [first, ...more] = this.message();
        return [this.spoil(first), ...more];
    }

    /* A byte is lost, doubled, swapped for another, or added. */
    spoil(bytes) {
        const at = this.below(bytes.length);
        const c = this.pick([..."0123456789/,-[]{}\"\\ab \x1e\0"]);
        const [before, here, after] = [bytes.slice(0, at), bytes[at] ?? "",
                                       bytes.slice(at + 1)];
        return before + this.pick(["", here + here, c, c + here]) + after;
    }

    /* Cut into pieces that arrive one by one. */
    pieces(bytes) {
        if (this.chance(0.9)) return [bytes];
        const at = 1 + this.below(bytes.length - 1);
        return [bytes.slice(0, at), bytes.slice(at)];
    }

    /* socket.io acts on CONNECT and DISCONNECT late: they go alone. */
    several(n) {
        const all = Array.from({ length: n }, () => this.packets()).flat();
        const lone = all.find((p) => /^4[01]/.test(p));
        return lone === undefined ? all : [lone];
    }

    /* socket.io answers a GET that waits with the first packet that it has for
     * it: then let there be one only. */
    payload() {
        if (!this.isWaiting) return this.several(this.chance(0.7) ? 1 : 3);
        return [this.chance(0.8) ? `42["message"${this.arguments()}]`
                                 : this.pick(["3", "6", "43999[]"])];
    }

    push() {
        const packets = this.payload();
        const body = packets.map((p) => p.bytes === undefined ? p
            : `b${base64(p.bytes)}`).join("\x1e");
        this.steps.push(ask("post", ...this.pieces(post(body))));
        if (!packets.some((p) => IS_ANSWERED.test(p))) return;
        if (this.isWaiting) this.steps.push(send(`get ${this.gets}`));
        this.isQueued = !this.isWaiting;
        this.isWaiting = false;
    }

    /* A GET; the connection is new, for this one may have to wait. A client
     * that probes polls no more. */
    poll() {
        if (this.isProbed || (this.isWaiting && this.chance(0.95))) return;
        this.steps.push(send(`get ${++this.gets}`, ...this.pieces(get(MINE))));
        this.isWaiting = !this.isQueued;
        this.isQueued = false;
    }

    frames(n) {
        const form = (p) => p.bytes !== undefined ? binary(p.bytes)
            : this.chance(0.9) ? text(p) : this.fragments(p);
        return this.several(n).map(form).join("");
    }

    fragments(payload) {
        const at = this.below(payload.length + 1);
        return frame(1, payload.slice(0, at), { fin: 0 }) +
            (this.chance(0.3) ? frame(9, "between") : "") +
            frame(0, payload.slice(at));
    }

    speak() {
        const sort = this.below(20);
        const bytes = sort < 16 ? this.frames(1)
            : sort < 17 ? this.frames(3)
            : sort < 18 ? frame(9, this.bytes(3))
            : sort < 19 ? this.spoil(text("42[\"message\"]"))
            : frame(this.below(16), this.bytes(this.below(4)),
                    { fin: this.below(2), mask: this.chance(0.9) });
        this.steps.push(send("ws", ...this.pieces(bytes)));
    }

    upgrade() {
        if (!this.isProbed)
            this.steps.push(ask("ws", upgrade(PROBE)), say("2probe"));
        this.isProbed = true;
        if (this.isWaiting) this.steps.push(ask(`get ${this.gets}`));
        this.isWaiting = false;
        if (this.chance(0.1)) return;
        this.steps.push(say("5"));
        this.isWebSocket = true;
    }

    /* A request that is not what a client would send. */
    stray() {
        const query = this.pick(["EIO=4&", "EIO=4&", "EIO=3&", ""]) +
            this.pick(["transport=polling", "transport=websocket", "x=y"]) +
            this.pick(["", "&sid={sid}", "&sid={sid}", "&sid=AAAA"]);
        const method = this.pick(["GET", "POST", "PUT", "HEAD", "OPTIONS"]);
        const fields = this.chance(0.2) ? HANDSHAKE
            : this.chance(0.2) ? [["Origin", "http://example.org"]] : [];
        const body = method === "POST" ? this.packets()[0] : undefined;
        this.steps.push(send(`stray ${this.steps.length}`,
            request(method, `${PATH}?${query}`, { fields, body })));
    }

    /* Something on one of the connections breaks off. */
    cut() {
        const on = this.isWebSocket ? "ws" : `get ${this.gets}`;
        if (!this.isWebSocket && !this.isWaiting) return;
        this.steps.push(this.pick([cut, end])(on));
    }

    act() {
        if (this.chance(0.03)) return this.stray();
        if (this.chance(0.01)) return this.cut();
        if (this.isWebSocket) return this.speak();
        if (this.chance(0.08)) return this.upgrade();
        return this.isQueued && this.chance(0.6) ? this.poll()
            : this.chance(0.7) ? this.push() : this.poll();
    }

    start() {
        this.isWebSocket = this.chance(0.4);
        this.isQueued = !this.isWebSocket;
        const emit = this.isWebSocket ? say : push;
        this.steps.push(this.isWebSocket ? openWs : open);
        if (this.chance(0.05)) return;
        this.steps.push(emit("40"));
        if (this.chance(0.3)) this.steps.push(emit("40/custom,"));
    }
}

export function randomSequence(seed) {
    const client = new Client(seed);
    client.start();
    for (let n = 3 + client.below(10); n > 0; n--) client.act();
    return { name: `random ${seed}`, steps: client.steps };
}
