/*
 * client.js: a Socket.IO client by hand
 *
 *     ["message","hi"]     JSON        what the program says
 *    2["message","hi"]     Socket.IO   type, namespace, ack id    packets.js
 *   42["message","hi"]     Engine.IO   a message, a ping, ...     engine.js
 *   body or frame          carrier     HTTP or WebSocket
 *
 * Each layer knows nothing of the one above it. This file makes events and acks
 * of Socket.IO packets, and connects again when the connection is lost.
 *
 *   here                       in socket.io-client and engine.io-client
 *   Engine                     Socket of engine.io-client, with its Transports
 *   Client                     Manager (connects again) and Socket (events)
 *   emit(name, args)           socket.emit(name, ...args)
 *   emit(.., acked, timeout)   socket.timeout(ms).emit(.., callback)
 *   event(name, args)          socket.on(name, ...), socket.onAny(...)
 *   disconnect()               socket.disconnect()
 *   tryNow()                   socket.connect()
 *   transports                 transports: ["polling", "websocket"], upgrade
 *   auth                       auth
 *   FIRST_WAIT, LONGEST_WAIT   reconnectionDelay, reconnectionDelayMax
 *   JITTER                     randomizationFactor
 *   CONNECT_LIMIT              timeout
 *
 * Specifications:
 *   https://socket.io/docs/v4/socket-io-protocol/   (protocol 5)
 *   https://socket.io/docs/v4/engine-io-protocol/   (protocol 4)
 *
 * Not here: several namespaces on one connection, connection state recovery,
 * events kept while there is no connection, retries of an event, WebTransport,
 * volatile events, a heartbeat across a sleeping computer.
 */
import { ACK, BINARY_ACK, BINARY_EVENT, CONNECT, CONNECT_ERROR, DISCONNECT,
         EVENT, MESSAGE, RESERVED_NAMES, putBytes, readSocket, sizeOf,
         toBase64, writeSocket } from "/packets.js";
import { Engine } from "/engine.js";

const FIRST_WAIT = 500, LONGEST_WAIT = 8000; /* ms, before reconnecting */
const JITTER = 0.5; /* a wait is longer or shorter by up to this part */
const CONNECT_LIMIT = 10000; /* ms, from the first request to CONNECT */

/*
 * options: path, transports, namespace, auth, and the callbacks
 *   seen(packet)         each packet: {at, carrier, raw, bytes}
 *   event(name, args)    an event arrived
 *   changed()            state, sid or transport has changed
 * state: "closed" "connecting" "connected" "waiting" (to try again)
 */
export class Client {
    constructor(options) {
        Object.assign(this, { path: "/socket.io/", transports: "upgrade",
                              namespace: "/", auth: undefined }, options);
        this.state = "closed";
        this.why = "";     /* it is closed, or waits */
        this.due = 0;      /* while waiting: when it tries again, as Date.now */
        this.tries = 0;    /* since the last success */
        this.nextId = 0;   /* of the next ack */
        this.connectLimit ??= CONNECT_LIMIT;
        this.acks = new Map();
    }

    connect() {
        this.wanted = true;
        clearTimeout(this.timer);
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
        this.timer = setTimeout(() => engine.close(
            `no connection within ${this.connectLimit / 1000} s`),
            this.connectLimit);
        engine.start();
    }

    /* While waiting: connects at once. */
    tryNow() {
        if (this.state === "waiting") this.connect();
    }

    disconnect() {
        this.wanted = false;
        clearTimeout(this.timer);
        if (this.state === "waiting") this.change("closed", "closed by us");
        if (this.state === "connected") this.send(DISCONNECT);
        this.engine.leave();
    }

    /* Sends an event. With `acked`, asks for an ack: acked(args, ms), or
     * acked(null) when none came within the timeout. Throws, and sends nothing,
     * if the event may not be sent; the message says why. */
    emit(name, args, acked, timeout = 5000) {
        if (this.state !== "connected")
            throw new Error("There is no connection.");
        if (RESERVED_NAMES.includes(name))
            throw new Error(`"${name}" is reserved: the library itself ` +
                            "reports with it.");
        const id = acked ? this.nextId : null;
        this.checkSize(writeSocket(EVENT, this.namespace, id, [name, ...args]));
        if (acked) this.expectAck(this.nextId++, acked, timeout);
        this.send(EVENT, id, [name, ...args]);
    }

    /* Engine.IO v4: maxPayload. The server closes the connection when one
     * packet is larger. */
    checkSize([text, ...attachments]) {
        const { handshake, transport } = this.engine;
        const sizes = attachments.map((bytes) => transport === "polling" ?
            toBase64(bytes).length + 1 : bytes.length);
        sizes.push(sizeOf(MESSAGE + text));
        const largest = Math.max(...sizes);
        if (largest > handshake.maxPayload)
            throw new Error(`This needs a packet of ${largest} bytes, and ` +
                `the server accepts ${handshake.maxPayload} (its maxPayload).`);
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
        const problem = packet.problem ??
            (this.partial ? "an attachment must come first" : null);
        if (problem) {
            this.engine.close(`malformed packet: ${problem}`);
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
            this.engine.close("malformed packet: no packet has announced " +
                              "this attachment");
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
            clearTimeout(this.timer);
            this.sid = packet.data.sid;
            this.tries = 0;
            this.change("connected");
            break;
        case CONNECT_ERROR: /* the next try would be refused, too */
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

    /* An ack that is too late is ignored. */
    takeAck(packet) {
        const waiting = this.acks.get(packet.id);
        if (!waiting) return;
        this.acks.delete(packet.id);
        clearTimeout(waiting.timer);
        waiting.acked(packet.data, performance.now() - waiting.sent);
    }

    lost(why) {
        clearTimeout(this.timer);
        for (const { acked, timer } of this.acks.values()) {
            clearTimeout(timer);
            acked(null);
        }
        this.acks.clear();
        if (this.wanted) this.retry(why);
        else this.change("closed", this.refusal ?? why);
        this.refusal = null;
    }

    /* The wait doubles up to a limit. The jitter protects the server: after a
     * restart, its clients must not all return in the same instant. The limit
     * comes last, as in socket.io-client: no wait is longer, but after some
     * failures all are equal. packets/backoff.h adds the jitter after it. */
    retry(why) {
        const jitter = 1 - JITTER + 2 * JITTER * Math.random();
        this.wait = Math.min(FIRST_WAIT * 2 ** this.tries++ * jitter,
                             LONGEST_WAIT);
        this.due = Date.now() + this.wait;
        this.timer = setTimeout(() => this.connect(), this.wait);
        this.change("waiting", why);
    }

    /* -- experiments: each breaks a rule on purpose -- */

    skipPong() {
        this.engine.skipsPong = true;
    }

    sendMalformed() {
        this.engine.send(MESSAGE + `${EVENT}{"not":"an array"}`);
    }

    sendOversize() {
        const { maxPayload } = this.engine.handshake;
        this.engine.send(MESSAGE + `${EVENT}["message","` +
                         "x".repeat(maxPayload) + '"]');
    }

    /* As if the network had failed: requests and frames end, and nobody says
     * goodbye in Socket.IO. */
    cut() {
        this.engine.close("cut on purpose");
    }

    change(state, why = "") {
        this.state = state;
        this.why = why;
        this.changed();
    }
}
