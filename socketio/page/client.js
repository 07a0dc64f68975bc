/*
 * client.js: a Socket.IO client by hand
 *
 *     ["message","hi"]     JSON        what the program says
 *    2["message","hi"]     Socket.IO   type, namespace, ack id
 *   42["message","hi"]     Engine.IO   type: a message, a ping, the end
 *   body or frame          carrier     HTTP (long-polling) or WebSocket
 *
 * Each layer knows nothing of the one above it. The functions of part 1 and 2
 * turn bytes into packets and back; Engine (part 3) carries packets, by
 * whichever transport; Client (part 4) makes events and acks of them. Every
 * packet that comes or goes is shown to `seen`, for the page's log.
 *
 * Not here: several namespaces on one connection, connection recovery.
 */

/* ---- 1. Engine.IO packets: one character, then the data ---- */

export const ENGINE_TYPES = ["open", "close", "ping", "pong", "message",
                             "upgrade", "noop"];
const [OPEN, CLOSE, PING, PONG, MESSAGE, UPGRADE, NOOP] = "0123456";

/* Engine.IO v4: the packets of one HTTP body are joined by U+001E. */
const SEPARATOR = "\x1e";

function toBase64(bytes) {
    let text = "";
    for (const octet of bytes) text += String.fromCharCode(octet);
    return btoa(text);
}

function fromBase64(text) {
    return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

/* Returns {type, name, data}; of a binary packet, data is its bytes. */
export function readEngine(raw) {
    /* Engine.IO v4: a binary frame is a message, and has no type. */
    if (typeof raw !== "string")
        return { type: "", name: "message", data: raw };
    /* Engine.IO v4: in an HTTP body, binary is `b` and base64. */
    if (raw[0] === "b")
        return { type: "b", name: "message", data: fromBase64(raw.slice(1)) };
    return { type: raw[0], name: ENGINE_TYPES[raw[0]], data: raw.slice(1) };
}

/* ---- 2. Socket.IO packets ---- */

export const SOCKET_TYPES = ["CONNECT", "DISCONNECT", "EVENT", "ACK",
                             "CONNECT_ERROR", "BINARY_EVENT", "BINARY_ACK"];
const [CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR, BINARY_EVENT,
       BINARY_ACK] = [0, 1, 2, 3, 4, 5, 6];

/* Socket.IO v5: type [attachments -] [namespace ,] [ack id] [JSON] */
const GRAMMAR = /^([0-6])(?:(\d+)-)?(?:(\/[^,]*),)?(\d+)?(.*)$/s;

/* Returns null when it is not a packet. `parts` is the text, cut in order. */
export function readSocket(text) {
    const found = GRAMMAR.exec(text);
    if (!found) return null;
    const [, type, attachments, namespace, id, json] = found;
    /* Socket.IO v5: only the binary types announce attachments. */
    if ((attachments !== undefined) !== (type >= BINARY_EVENT)) return null;
    let data;
    try {
        if (json) data = JSON.parse(json);
    } catch {
        return null;
    }
    return {
        type: Number(type),
        name: SOCKET_TYPES[type],
        attachments: Number(attachments ?? 0),
        namespace: namespace ?? "/",
        id: id === undefined ? null : Number(id),
        data,
        json,
        parts: {
            type,
            attachments: attachments === undefined ? "" : `${attachments}-`,
            namespace: namespace === undefined ? "" : `${namespace},`,
            id: id ?? "",
        },
    };
}

/* Returns what goes to Engine.IO: the text, then each attachment. */
function writeSocket(type, namespace, id, data) {
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

/* Socket.IO v5: JSON has no bytes; a placeholder stands for each of them. */
function takeBytes(value, taken) {
    if (value instanceof Uint8Array)
        return { _placeholder: true, num: taken.push(value) - 1 };
    return mapValues(value, (inner) => takeBytes(inner, taken));
}

function putBytes(value, attachments) {
    if (value?._placeholder === true) return attachments[value.num];
    return mapValues(value, (inner) => putBytes(inner, attachments));
}

/* ---- 3. Engine.IO: packets both ways, by polling or WebSocket ---- */

const size = (raw) =>
    typeof raw === "string" ? new TextEncoder().encode(raw).length : raw.length;

class Engine {
    constructor(path, transports, user) {
        this.path = path;
        this.transports = transports; /* "upgrade", "polling", "websocket" */
        this.user = user;             /* opened, message, closed, seen ... */
        this.transport = transports === "websocket" ? "websocket" : "polling";
        this.handshake = null; /* sid, pingInterval, pingTimeout, ... */
        this.queue = [];       /* packets that wait for a POST or a frame */
        this.polling = false;  /* a GET is under way */
        this.posting = false;  /* a POST is under way */
        this.pausing = false;  /* between 3probe and 5 */
        this.leaving = false;
        this.ended = false;
        this.abort = new AbortController();
    }

    start() {
        if (this.transport === "websocket") this.dial();
        else this.poll();
    }

    send(raw) {
        this.queue.push(raw);
        this.flush();
    }

    /* Nothing is sent while we pause: the queue goes by the new transport. */
    flush() {
        if (this.pausing || this.ended) return;
        if (this.transport === "polling") {
            if (!this.posting) this.post();
            return;
        }
        while (this.queue.length > 0) this.sendFrame(this.queue.shift());
    }

    /* What each packet means to the engine; messages go up. */
    take(packet) {
        switch (packet.type) {
        case OPEN:
            this.handshake = JSON.parse(packet.data);
            this.expectPing();
            this.user.opened();
            /* Engine.IO v4: the open packet names the possible upgrades. */
            if (this.transports === "upgrade" &&
                this.handshake.upgrades.includes("websocket"))
                this.dial();
            break;
        case PING:
            /* Engine.IO v4: the server pings, the client answers at once. */
            this.expectPing();
            this.send(PONG + packet.data);
            break;
        case CLOSE:
            this.close("the server closed the session");
            break;
        case MESSAGE:
        case "b":
        case "":
            this.user.message(packet.data);
            break;
        case NOOP: /* only so that a waiting GET is answered */
            break;
        default:
            this.close("a packet that a server does not send");
        }
    }

    /* Engine.IO v4: no ping within interval + timeout: the server is gone. */
    expectPing() {
        const { pingInterval, pingTimeout } = this.handshake;
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.close("the server went silent"),
                                pingInterval + pingTimeout);
    }

    url(transport) {
        const query = new URLSearchParams({ EIO: "4", transport });
        if (this.handshake) query.set("sid", this.handshake.sid);
        return `${this.path}?${query}`;
    }

    /* -- HTTP long-polling: a GET waits for packets, a POST brings some -- */

    /* Engine.IO v4: never two GETs at a time: so it is one loop. */
    async poll() {
        this.polling = true;
        while (!this.ended && !this.leaving && !this.pausing) {
            const body = await this.exchange("GET", []);
            if (body === null) return;
            for (const raw of body.split(SEPARATOR))
                if (!this.ended) this.take(readEngine(raw));
        }
        this.polling = false;
        this.changeOver();
    }

    /* Never two POSTs at a time either: what comes meanwhile goes together. */
    async post() {
        this.posting = true;
        while (this.queue.length > 0 && !this.pausing && !this.ended)
            if ((await this.exchange("POST", this.batch())) === null) return;
        this.posting = false;
        if (this.leaving) this.close("closed by us");
        this.changeOver();
    }

    /* Engine.IO v4: maxPayload bounds the body of a POST. */
    batch() {
        const packets = [];
        let bytes = 0;
        while (this.queue.length > 0) {
            const raw = this.queue[0];
            const text = typeof raw === "string" ? raw : "b" + toBase64(raw);
            bytes += size(text) + (packets.length > 0 ? 1 : 0);
            if (packets.length > 0 && bytes > this.handshake.maxPayload) break;
            packets.push(text);
            this.queue.shift();
        }
        return packets;
    }

    /* One HTTP request and its response. Null: we have closed. */
    async exchange(method, packets) {
        const url = this.url("polling");
        const body = packets.length > 0 ? packets.join(SEPARATOR) : undefined;
        this.seeBody({ out: true, method, url }, packets, body ?? "");
        try {
            const response = await fetch(url, {
                method, body, cache: "no-store", signal: this.abort.signal });
            const text = await response.text();
            const answer = { out: false, method, url, status: response.status };
            const bare = method === "POST" || !response.ok;
            this.seeBody(answer, bare ? [] : text.split(SEPARATOR), text);
            if (response.ok) return text;
            this.close(`a ${method} was answered with ${response.status}`);
        } catch {
            this.close("the server cannot be reached");
        }
        return null;
    }

    seeBody(carrier, packets, body) {
        const all = { ...carrier, kind: "http", body, of: packets.length };
        if (packets.length === 0) this.see(all, null, size(body));
        packets.forEach((raw, i) =>
            this.see({ ...all, index: i + 1 }, raw, size(raw)));
    }

    see(carrier, raw, bytes) {
        if (this.ended) return;
        this.user.seen({ at: Date.now(), carrier, raw, bytes });
    }

    /* -- WebSocket: each packet is a frame; and the upgrade to it -- */

    dial() {
        const url = this.url("websocket");
        const socket = new WebSocket(webSocketOrigin() + url);
        socket.binaryType = "arraybuffer";
        this.socket = socket;
        this.see({ kind: "handshake", out: true, url }, null, 0);
        socket.onopen = () => {
            this.see({ kind: "handshake", out: false, url }, null, 0);
            /* Engine.IO v4: before the upgrade, see that frames get through. */
            if (this.transport === "polling") this.sendFrame(PING + "probe");
        };
        socket.onmessage = (e) => this.takeFrame(e.data);
        socket.onclose = (e) => this.frameless(e);
    }

    takeFrame(data) {
        const raw = typeof data === "string" ? data : new Uint8Array(data);
        if (this.ended) return;
        this.see({ kind: "frame", out: false }, raw, size(raw));
        if (this.transport === "websocket") {
            this.take(readEngine(raw));
        } else if (raw === PONG + "probe") {
            /* Engine.IO v4: stop polling first, so that nothing is lost. The
             * server answers the GET that waits, with a noop. */
            this.pausing = true;
            this.changeOver();
        }
    }

    /* Called whenever a GET or POST ends: when both have, the upgrade may be
     * told. What was received is older, what is queued is newer. */
    changeOver() {
        if (!this.pausing || this.polling || this.posting || this.ended) return;
        this.pausing = false;
        this.transport = "websocket";
        this.sendFrame(UPGRADE);
        this.user.changed();
        this.flush();
        if (this.leaving) this.socket.close();
    }

    sendFrame(raw) {
        this.see({ kind: "frame", out: true }, raw, size(raw));
        this.socket.send(raw);
    }

    /* The WebSocket is gone. One that only probed leaves polling usable. */
    frameless(e) {
        if (this.ended) return;
        this.see({ kind: "close", out: false, code: e.code, reason: e.reason },
                 null, 0);
        if (this.transport === "websocket") {
            this.close(this.leaving ? "closed by us" : "the connection ended");
            return;
        }
        this.pausing = false;
        if (!this.polling) this.poll();
        this.flush();
    }

    /* -- the end -- */

    /* Engine.IO v4: on a WebSocket its close says it; polling needs a `1`. */
    leave() {
        if (this.ended || this.leaving) return;
        this.leaving = true;
        if (!this.handshake) this.close("closed by us");
        else if (this.transport === "websocket") this.socket.close();
        else this.send(CLOSE);
    }

    close(why) {
        if (this.ended) return;
        this.ended = true;
        clearTimeout(this.timer);
        this.abort.abort();
        if (this.socket) this.socket.close();
        this.user.closed(why);
    }
}

function webSocketOrigin() {
    return location.origin.replace(/^http/, "ws");
}

/* ---- 4. Socket.IO: events and acks in a namespace ---- */

const FIRST_WAIT = 500, LONGEST_WAIT = 8000; /* ms, before reconnecting */

/*
 * options: path, transports, namespace, auth, and the callbacks
 *   seen(packet)         each packet: {at, carrier, raw, bytes}
 *   event(name, args)    an event arrived
 *   changed()            state, sid or transport is another now
 * state: "closed" "connecting" "connected" "waiting" (to try again)
 */
export class Client {
    constructor(options) {
        Object.assign(this, { path: "/socket.io/", transports: "upgrade",
                              namespace: "/", auth: undefined }, options);
        this.state = "closed";
        this.why = "";     /* it is closed, or waits */
        this.tries = 0;    /* since the last success */
        this.next_id = 0;  /* of the next ack */
        this.acks = new Map();
    }

    connect() {
        this.wanted = true;
        clearTimeout(this.again);
        this.sid = null;
        this.partial = null; /* an event whose attachments are to come */
        this.change("connecting");
        const engine = new Engine(this.path, this.transports, {
            seen: (packet) => this.seen(packet),
            changed: () => this.changed(),
            message: (data) => this.take(data),
            closed: (why) => this.lost(why),
            /* Socket.IO v5: the client's first packet is CONNECT. */
            opened: () => this.send(CONNECT, null, this.auth),
        });
        this.engine = engine;
        engine.start();
    }

    disconnect() {
        this.wanted = false;
        clearTimeout(this.again);
        if (this.state === "waiting") this.change("closed", "closed by us");
        if (this.state === "connected") this.send(DISCONNECT);
        this.engine.leave();
    }

    /* Sends an event. With `acked`, asks for an ack: acked(args, ms), or
     * acked(null) when none came within the timeout. */
    emit(name, args, acked, timeout = 5000) {
        if (this.state !== "connected") return false;
        const id = acked ? this.next_id++ : null;
        if (acked) this.expectAck(id, acked, timeout);
        this.send(EVENT, id, [name, ...args]);
        return true;
    }

    send(type, id, data) {
        const [text, ...attachments] =
            writeSocket(type, this.namespace, id, data);
        this.engine.send(MESSAGE + text);
        /* Socket.IO v5: the attachments follow at once, in their order. */
        for (const bytes of attachments) this.engine.send(bytes);
    }

    expectAck(id, acked, timeout) {
        const timer = setTimeout(() => {
            this.acks.delete(id);
            acked(null);
        }, timeout);
        this.acks.set(id, { acked, timer, sent: performance.now() });
    }

    /* A message of the engine: a packet's text, or an attachment's bytes. */
    take(data) {
        if (typeof data !== "string") {
            this.takeAttachment(data);
            return;
        }
        const packet = readSocket(data);
        /* Socket.IO v5: an attachment is due; no text may come before it. */
        if (!packet || this.partial) {
            this.engine.close("a malformed packet");
            return;
        }
        if (packet.namespace !== this.namespace) return;
        if (packet.attachments > 0)
            this.partial = { packet, attachments: [] };
        else
            this.act(packet);
    }

    takeAttachment(bytes) {
        if (!this.partial) {
            this.engine.close("an attachment that nothing announced");
            return;
        }
        const { packet, attachments } = this.partial;
        attachments.push(bytes);
        if (attachments.length < packet.attachments) return;
        this.partial = null;
        packet.data = putBytes(packet.data, attachments);
        this.act(packet);
    }

    act(packet) {
        switch (packet.type) {
        case CONNECT:
            this.sid = packet.data.sid;
            this.tries = 0;
            this.change("connected");
            break;
        case CONNECT_ERROR: /* it would be refused again: no other try */
            this.wanted = false;
            this.refusal = `refused: ${packet.data.message}`;
            this.engine.leave();
            break;
        case DISCONNECT:
            this.wanted = false;
            this.refusal = "the server sent DISCONNECT";
            this.engine.leave();
            break;
        case EVENT:
        case BINARY_EVENT:
            this.takeEvent(packet);
            break;
        case ACK:
        case BINARY_ACK:
            this.takeAck(packet);
            break;
        }
    }

    takeEvent(packet) {
        const [name, ...args] = packet.data;
        this.event(name, args);
        /* Socket.IO v5: an event with an id asks for an ACK with that id. */
        if (packet.id !== null) this.send(ACK, packet.id, []);
    }

    /* An id that nobody waits for is ignored. */
    takeAck(packet) {
        const waiting = this.acks.get(packet.id);
        if (!waiting) return;
        this.acks.delete(packet.id);
        clearTimeout(waiting.timer);
        waiting.acked(packet.data, performance.now() - waiting.sent);
    }

    lost(why) {
        for (const { acked, timer } of this.acks.values()) {
            clearTimeout(timer);
            acked(null);
        }
        this.acks.clear();
        if (this.wanted) this.retry(why);
        else this.change("closed", this.refusal ?? why);
        this.refusal = null;
    }

    /* The wait doubles up to a limit. The jitter is for the server: after a
     * restart, not all its clients shall come back in the same instant. */
    retry(why) {
        const full = Math.min(FIRST_WAIT * 2 ** this.tries++, LONGEST_WAIT);
        this.wait = full * (0.5 + Math.random());
        this.change("waiting", why);
        this.again = setTimeout(() => this.connect(), this.wait);
    }

    change(state, why = "") {
        this.state = state;
        this.why = why;
        this.changed();
    }
}
