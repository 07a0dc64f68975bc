/*
 * connection.mjs: a TCP connection of a client that writes by hand and reads
 * responses and frames
 */
import { connect } from "node:net";
import { once } from "node:events";
import { readFrame, readResponse } from "./bytes.mjs";
import { within } from "../harness.mjs";

const WAIT = 3000; /* ms: every wait ends */

export class Connection {
    bytes = Buffer.alloc(0);
    heads = []; /* is the request a HEAD? one for each without response */
    isWebSocket = false;
    isClosed = false;
    hasEnded = false;

    async open(port) {
        this.socket = connect({ port, host: "127.0.0.1", noDelay: true,
                                allowHalfOpen: true });
        this.socket.on("data", (piece) => {
            this.bytes = Buffer.concat([this.bytes, piece]);
            this.wake?.();
        });
        for (const name of ["end", "error", "close"])
            this.socket.on(name, () => {
                this.isClosed = true;
                this.wake?.();
            });
        await once(this.socket, "connect");
        return this;
    }

    send(bytes) {
        if (!this.socket.destroyed && !this.hasEnded)
            this.socket.write(bytes, "latin1");
    }

    end() {
        if (!this.hasEnded && !this.socket.destroyed) this.socket.end();
        this.hasEnded = true;
    }

    /* The result of take() as soon as there is one; null after WAIT. */
    async until(take) {
        const changed = async () => {
            for (;;) {
                const result = take();
                if (result) return result;
                await new Promise((done) => (this.wake = done));
            }
        };
        return within(WAIT, changed(), "").catch(() => null);
    }

    takeResponse() {
        const found = readResponse(this.bytes, this.heads[0] ?? false,
                                   this.isClosed);
        if (!found) return this.isClosed ? { isMissing: true } : null;
        this.bytes = this.bytes.subarray(found.size);
        if (found.status !== 100) this.heads.shift();
        if (found.status === 101) this.isWebSocket = true;
        return found;
    }

    takeFrame() {
        const found = readFrame(this.bytes);
        if (found) this.bytes = this.bytes.subarray(found.size);
        return found;
    }
}
