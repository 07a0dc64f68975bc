/*
 * player.mjs: plays one sequence to one server, and writes its transcript
 *
 * A sequence is {name, steps}; a step is {on, send, until}:
 *   on     the connection, by a name; it is opened at its first use
 *   send   pieces of bytes, each of which arrives alone
 *   until  "response"  the step waits for a response on its connection
 *          "frame"     the step waits for a frame
 *          "arrived"   what has come when the server has read all of it
 *          "end"       the client ends its side;  "cut": it resets it
 * There are no sleeps: the servers have one thread, so when a request on
 * another connection has been answered twice, all sent before has been read
 * and acted on.
 */
import { POLLING, SESSION, frame, get, post, readFrame, readable }
    from "./bytes.mjs";
import { Connection } from "./connection.mjs";
import { describeFrames, describeResponse } from "./transcript.mjs";

const NO_SID = "A".repeat(20); /* where no session was opened */
const BARRIER = get("/nothing-is-here");
const turn = () => new Promise((done) => setImmediate(done));

class Player {
    connections = new Map();
    sids = [];
    isAccepted = true; /* the connection opened last */
    isQuiet = false; /* nothing was sent since the last barrier */
    transcript = []; /* of {sent, seen} */

    constructor(port) {
        this.port = port;
    }

    async connection(name) {
        if (!this.connections.has(name)) {
            this.connections.set(name, await new Connection().open(this.port));
            this.isAccepted = false;
        }
        return this.connections.get(name);
    }

    /* A request that changes nothing, and its response. */
    async nothing() {
        if (!this.other || this.other.isClosed)
            this.other = await new Connection().open(this.port);
        this.other.send(BARRIER);
        await this.other.until(() => this.other.takeResponse());
    }

    /* Returns when the server has read and acted on all sent before. A server
     * accepts connections in their order: when one that was opened later has
     * been answered, those before it have been accepted, too. */
    async barrier() {
        if (this.isQuiet) return;
        if (!this.isAccepted) this.other?.socket.destroy();
        if (!this.isAccepted) this.other = null;
        await this.nothing();
        await this.nothing();
        this.isAccepted = this.isQuiet = true;
        await turn();
    }

    fill(bytes) {
        const [first = NO_SID, second = NO_SID] = this.sids;
        const encoded = `%${first.charCodeAt(0).toString(16)}${first.slice(1)}`;
        return bytes.replaceAll("{sid}", first).replaceAll("{sid2}", second)
            .replaceAll("{sid%}", encoded);
    }

    async send(c, pieces) {
        if (pieces.length === 0) return;
        if (!c.isWebSocket) c.heads.push(pieces[0].startsWith("HEAD "));
        for (let i = 0; i < pieces.length; i++) {
            if (i > 0) await this.barrier();
            this.isQuiet = false;
            c.send(this.fill(pieces[i]));
        }
    }

    addSid(response) {
        const sid = /^0\{"sid":"([^"]+)"/.exec(response.body ?? "")?.[1];
        if (sid) this.sids.push(sid);
        return response;
    }

    async response(c) {
        if (c.heads.length === 0) return this.arrived(c);
        const found = await c.until(() => c.takeResponse());
        if (!found) return { status: "silence" };
        this.isAccepted = true;
        if (found.status === 100)
            return { ...await this.response(c), continue: "100" };
        const seen = describeResponse(this.addSid(found));
        if (seen.connection && found.status !== 101)
            seen.tcp = await this.closed(c);
        if (found.status === 101) Object.assign(seen, await this.arrived(c));
        return seen;
    }

    async closed(c) {
        return await c.until(() => c.isClosed) ? "closed" : "open";
    }

    async arrived(c) {
        await this.barrier();
        return this.take(c);
    }

    /* All that has come. A WebSocket that is being closed comes to its end. */
    async take(c) {
        let seen = {};
        for (let found; !c.isWebSocket && (found = c.takeResponse());) {
            if (found.isMissing) break;
            const earlier = seen.status ? { earlier: seen.status } : {};
            seen = { ...describeResponse(this.addSid(found)), ...earlier };
        }
        if (c.isWebSocket) Object.assign(seen, await this.frames(c));
        if (c.isClosed) seen.tcp = "closed";
        return seen;
    }

    async frames(c) {
        const frames = [];
        for (let found; (found = c.takeFrame());) {
            frames.push(found);
            if (found.opcode === 1)
                this.addSid({ body: found.payload.toString() });
            if (found.opcode !== 8) continue;
            this.isQuiet = false;
            if (!c.hasEnded) c.send(frame(8, found.payload.toString("latin1")));
            c.end();
            await this.closed(c);
        }
        return describeFrames(frames);
    }

    async step({ on, send = [], until = "arrived" }) {
        const c = await this.connection(on);
        await this.send(c, send);
        if (until === "response") return this.response(c);
        if (until === "frame")
            await c.until(() => c.isClosed || readFrame(c.bytes));
        if (until === "end") c.end();
        if (until === "cut") c.socket.resetAndDestroy();
        if (until === "end" || until === "cut") {
            this.isQuiet = false;
            await this.barrier(); /* for the close that it causes */
            this.isQuiet = false;
        }
        return this.arrived(c);
    }

    async record(step, sent = readable(step)) {
        this.transcript.push({ sent, seen: await this.step(step) });
    }

    /* Where the other server may have something to show. */
    skip(sent) {
        this.transcript.push({ sent, seen: {} });
    }

    async collect(names, when) {
        await this.barrier();
        for (const name of names) {
            const c = this.connections.get(name);
            this.transcript.push({ sent: `(${when}, on ${name})`,
                                   seen: c ? await this.take(c) : {} });
        }
    }

    /* Closes the session, so that a GET that waits is answered; then all that
     * has still come. The second GET shows whether the session lives. */
    async finish(names) {
        await this.collect(names, "so far");
        const isWaiting = () => [...this.connections.values()].some(
            (c) => c.heads.length > 0 && !c.isClosed);
        for (let times = 0; times < 2; times++)
            if (this.sids.length > 0 && !isWaiting())
                await this.record({ on: "last GET",
                                    send: [get(POLLING + SESSION)] });
            else this.skip("(no last GET)");
        if (this.sids.length > 0)
            await this.record({ on: "last POST", send: [post("1")],
                                until: "response" });
        else this.skip("(no last POST)");
        await this.collect([...names, "last GET", "last POST"], "at the end");
    }

    leave() {
        for (const c of [...this.connections.values(), this.other])
            c?.socket.destroy();
    }
}

/* The transcript: what was sent and seen at each step, and at the end. */
export async function play(port, { steps }) {
    const player = new Player(port);
    try {
        for (const step of steps) await player.record(step);
        await player.finish(new Set(steps.map(({ on }) => on)));
    } finally {
        player.leave();
    }
    return player.transcript;
}
