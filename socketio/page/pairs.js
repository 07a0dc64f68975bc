/*
 * pairs.js: which packet belongs to an earlier one, and how long it took
 *
 *   request   ->  response        by the number of the exchange
 *   event     ->  ack             by direction, namespace and ack id
 *   event     ->  attachment      by order: they follow at once
 *   ping      ->  pong            by order
 */
import { readEngine, readSocket } from "/packets.js";

const MAX_OPEN = 1000; /* packets that wait for their partner */

export class Pairs {
    constructor() {
        this.open = new Map(); /* key: the packet that waits */
        this.due = { true: null, false: null }; /* parents, by direction */
    }

    /* Returns the links of this packet to earlier ones: [{to, name, ms}]. */
    add(packet) {
        const { carrier, raw } = packet;
        const links = [];
        if (carrier.exchange && !carrier.out)
            this.find(links, `http ${carrier.exchange}`, packet, "request");
        if (carrier.exchange && carrier.out)
            this.wait(`http ${carrier.exchange}`, packet);
        if (raw !== null) this.addPacket(links, packet, readEngine(raw));
        return links;
    }

    addPacket(links, packet, { type, name, data }) {
        const { out } = packet.carrier;
        if (type === "" || type === "b") {
            this.addAttachment(links, packet, out);
        } else if (name === "ping") {
            this.wait(`ping ${out} ${data}`, packet);
        } else if (name === "pong") {
            this.find(links, `ping ${!out} ${data}`, packet, "ping");
        } else if (name === "message") {
            const p = readSocket(data, !out);
            if (p.problem) return;
            const key = `${p.namespace} ${p.id}`;
            if (p.attachments > 0)
                this.due[out] = { parent: packet, left: p.attachments };
            if (p.name.endsWith("ACK"))
                this.find(links, `event ${!out} ${key}`, packet, "event");
            else if (p.id !== null) this.wait(`event ${out} ${key}`, packet);
        }
    }

    addAttachment(links, packet, out) {
        const due = this.due[out];
        if (!due) return;
        links.push(link(packet, due.parent, "parent"));
        if (--due.left === 0) this.due[out] = null;
    }

    wait(key, packet) {
        /* Of a request with several packets, the first one is the partner. */
        if (key.startsWith("http") && this.open.has(key)) return;
        this.open.set(key, packet);
        if (this.open.size > MAX_OPEN)
            this.open.delete(this.open.keys().next().value);
    }

    find(links, key, packet, name) {
        const earlier = this.open.get(key);
        if (earlier) links.push(link(packet, earlier, name));
    }
}

const link = (packet, to, name) => ({ to, name, ms: packet.ms - to.ms });
