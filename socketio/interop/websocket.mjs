/*
 * websocket.mjs: the package ws, as a client, against 408
 */
import assert from "node:assert/strict";
import { loadPackage, start, test } from "./harness.mjs";

const { WebSocket } = loadPackage("ws");

async function connected(later, ...options) {
    const server = await start("408_echo_server", ...options);
    later(() => server.stop());
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/any/path`);
    later(() => socket.terminate());
    await event(socket, "open");
    return socket;
}

/* Waits for the next event of that name and returns its arguments. An error
 * ends the wait, unless the name is "close". */
function event(socket, name) {
    return new Promise((done, fail) => {
        socket.once(name, (...args) => done(args));
        if (name !== "close") socket.once("error", fail);
    });
}

async function echo(socket, data, options = {}) {
    const answer = event(socket, "message");
    socket.send(data, options);
    return answer;
}

await test("text comes back as text", async (later) => {
    const socket = await connected(later);
    for (const text of ["", "a", "größer 🎈", "x".repeat(125),
                        "x".repeat(126), "x".repeat(65535),
                        "x".repeat(65536)]) {
        const [data, binary] = await echo(socket, text);
        assert.equal(binary, false);
        assert.equal(data.toString(), text);
    }
});

await test("binary comes back as binary", async (later) => {
    const socket = await connected(later);
    for (const n of [0, 1, 125, 126, 65535, 65536]) {
        const bytes = Buffer.alloc(n, 0xfe);
        const [data, binary] = await echo(socket, bytes);
        assert.equal(binary, true);
        assert.deepEqual(data, bytes);
    }
});

await test("16 MiB come back, when --max-message allows it",
    async (later) => {
        const size = 16 << 20;
        const socket = await connected(later, "--max-message", String(size));
        const bytes = Buffer.alloc(size);
        for (let i = 0; i < size; i += 4) bytes.writeUInt32LE(i, i);
        const [data] = await echo(socket, bytes);
        assert.ok(bytes.equals(data));
    });

await test("one byte above --max-message: 1009", async (later) => {
    const socket = await connected(later, "--max-message", "1000");
    await echo(socket, Buffer.alloc(1000));
    const closed = event(socket, "close");
    socket.on("error", () => {});
    socket.send(Buffer.alloc(1001));
    assert.equal((await closed)[0], 1009);
});

await test("a ping is answered with its own payload", async (later) => {
    const socket = await connected(later);
    for (const payload of ["", "are you there?", "x".repeat(125)]) {
        const pong = event(socket, "pong");
        socket.ping(payload);
        assert.equal((await pong)[0].toString(), payload);
    }
});

await test("fragments become one message, with pings between them",
    async (later) => {
        const socket = await connected(later);
        const answer = event(socket, "message");
        const pong = event(socket, "pong");
        /* The two bytes of an ö in two frames. */
        const [head, tail] = [Buffer.from("gr\xc3", "latin1"),
                              Buffer.from("\xb6\xc3\x9fer", "latin1")];
        socket.send(head, { fin: false, binary: false });
        socket.ping("between");
        socket.send(tail, { fin: true });
        assert.equal((await pong)[0].toString(), "between");
        const [data, binary] = await answer;
        assert.equal(data.toString(), "größer");
        assert.equal(binary, false);
    });

await test("a hundred messages in one turn come back in order",
    async (later) => {
        const socket = await connected(later);
        const got = [];
        const all = new Promise((done) => socket.on("message", (data) => {
            got.push(Number(data));
            if (got.length === 100) done();
        }));
        for (let n = 0; n < 100; n++) socket.send(String(n));
        await all;
        assert.deepEqual(got, Array.from({ length: 100 }, (_, n) => n));
    });

for (const [code, reason] of [[1000, ""], [1000, "größer"], [1001, "bye"],
                              [3000, ""], [4999, "x".repeat(123)]])
    await test(`close ${code} "${reason.slice(0, 8)}" is answered`,
        async (later) => {
            const socket = await connected(later);
            const closed = event(socket, "close");
            socket.close(code, reason);
            assert.equal((await closed)[0], code);
        });

await test("a close without a code is answered without one",
    async (later) => {
        const socket = await connected(later);
        const closed = event(socket, "close");
        socket.close();
        assert.equal((await closed)[0], 1005);
    });

await test("text that is not UTF-8 ends with 1007", async (later) => {
    const socket = await connected(later);
    socket.on("error", () => {});
    const closed = event(socket, "close");
    socket.send(Buffer.from([0xc0, 0x80]), { binary: false });
    assert.equal((await closed)[0], 1007);
});

await test("a frame without a mask ends with 1002", async (later) => {
    const socket = await connected(later);
    socket.on("error", () => {});
    const closed = event(socket, "close");
    socket.send("naked", { mask: false });
    assert.equal((await closed)[0], 1002);
});

await test("permessage-deflate is offered, and declined", async (later) => {
    const socket = await connected(later);
    assert.equal(socket.extensions, "");
});
