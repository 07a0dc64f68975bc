/*
 * engine.js: Engine.IO packets both ways, by HTTP long-polling or WebSocket
 *
 *   browser                                    server
 *      | GET  ?transport=polling                  |
 *      | -------------------------------------->  |   a session is opened
 *      | <--------------------------  0{"sid":..} |
 *      | GET  waits for packets; POST brings some |
 *      | WebSocket: 2probe ->   <- 3probe, 5 ->   |   the upgrade
 *
 * Each packet that is sent or arrives is given to user.seen.
 * Specification: https://socket.io/docs/v4/engine-io-protocol/ (protocol 4)
 */
import { CLOSE, MESSAGE, NOOP, OPEN, PING, PONG, SEPARATOR, UPGRADE, closeText,
         readEngine, readHandshake, sizeOf, toBase64 } from "/packets.js";

let exchanges = 0; /* requests of this page: pairs.js finds the responses */

export class Engine {
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
        this.skipsPong = false; /* for an experiment: the next one */
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
        if (packet.problem) {
            this.close(`malformed packet: ${packet.problem}`);
            return;
        }
        /* Engine.IO v4: the first packet is open, and there is only one. */
        if ((packet.type === OPEN) === (this.handshake !== null)) {
            this.close("malformed packet: open comes first, and once");
            return;
        }
        switch (packet.type) {
        case OPEN:
            this.open(packet.data);
            break;
        case PING:
            /* Engine.IO v4: the server pings, the client answers at once. */
            this.expectPing();
            if (this.skipsPong) this.seeNote("no pong, on purpose");
            else this.send(PONG + packet.data);
            this.skipsPong = false;
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

    open(data) {
        this.handshake = readHandshake(data);
        if (!this.handshake) {
            this.close("malformed packet: not a handshake");
            return;
        }
        this.expectPing();
        this.user.opened();
        /* Engine.IO v4: the open packet names the possible upgrades. */
        if (this.transports === "upgrade" &&
            this.handshake.upgrades.includes("websocket"))
            this.dial();
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
            bytes += sizeOf(text) + (packets.length > 0 ? 1 : 0);
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
        const exchange = ++exchanges;
        const about = { method, url, exchange };
        this.seeBody({ out: true, ...about }, packets, body ?? "");
        try {
            const response = await fetch(url, {
                method, body, cache: "no-store", signal: this.abort.signal });
            const text = await response.text();
            const isBare = method === "POST" || !response.ok;
            this.seeBody({ out: false, ...about, status: response.status },
                         isBare ? [] : text.split(SEPARATOR), text);
            if (response.ok) return text;
            this.close(`the response to a ${method} is ${response.status}`);
        } catch {
            this.see({ kind: "failed", out: false, ...about }, null, 0);
            this.close("the server cannot be reached");
        }
        return null;
    }

    seeBody(carrier, packets, body) {
        const all = { ...carrier, kind: "http", body, of: packets.length };
        if (packets.length === 0) this.see(all, null, sizeOf(body));
        packets.forEach((raw, i) =>
            this.see({ ...all, index: i + 1 }, raw, sizeOf(raw)));
    }

    see(carrier, raw, bytes) {
        if (this.ended) return;
        this.user.seen({ at: Date.now(), ms: performance.now(), carrier, raw,
                         bytes });
    }

    /* -- WebSocket: each packet is a frame; and the upgrade to it -- */

    dial() {
        const url = this.url("websocket");
        const socket = new WebSocket(webSocketOrigin() + url);
        socket.binaryType = "arraybuffer";
        this.socket = socket;
        const exchange = ++exchanges;
        this.see({ kind: "handshake", out: true, url, exchange }, null, 0);
        socket.onopen = () => {
            this.see({ kind: "handshake", out: false, url, exchange }, null, 0);
            /* Engine.IO v4: before the upgrade, see that frames get through. */
            if (this.transport === "polling") this.sendFrame(PING + "probe");
        };
        socket.onmessage = (e) => this.takeFrame(e.data);
        socket.onclose = (e) => this.loseSocket(e);
    }

    takeFrame(data) {
        const raw = typeof data === "string" ? data : new Uint8Array(data);
        if (this.ended) return;
        this.see({ kind: "frame", out: false }, raw, sizeOf(raw));
        if (this.transport === "websocket") {
            this.take(readEngine(raw));
        } else if (raw === PONG + "probe") {
            /* Engine.IO v4: stop polling first, so that nothing is lost. The
             * server answers the GET that waits, with a noop. */
            this.pausing = true;
            this.changeOver();
        }
    }

    /* Called whenever a GET or POST ends: when both have, the upgrade is
     * announced. What was received is older, what is queued is newer. */
    changeOver() {
        if (!this.pausing || this.polling || this.posting || this.ended) return;
        this.pausing = false;
        this.transport = "websocket";
        this.sendFrame(UPGRADE);
        this.user.changed();
        this.flush();
        if (this.leaving) this.socket.close();
    }

    /* A line of the log about something that was not sent. */
    seeNote(text) {
        this.see({ kind: "note", out: true, text }, null, 0);
    }

    sendFrame(raw) {
        this.see({ kind: "frame", out: true }, raw, sizeOf(raw));
        this.socket.send(raw);
    }

    /* The WebSocket is gone. One that only probed leaves polling usable. */
    loseSocket(e) {
        if (this.ended) return;
        this.see({ kind: "close", out: false, code: e.code, reason: e.reason },
                 null, 0);
        if (this.transport === "websocket") {
            this.close(this.leaving ? "closed by us" :
                       `the connection ended: ${closeText(e.code)}`);
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

