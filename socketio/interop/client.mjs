/*
 * client.mjs: the public client, socket.io-client, against 506
 *
 * Imported once for each version; "?package=" names what npm installed.
 */
import assert from "node:assert/strict";
import { loadPackage, reference, skip, start, test } from "./harness.mjs";

const { searchParams } = new URL(import.meta.url);
const NAME = searchParams.get("package");
const { io } = loadPackage(NAME);
const PROGRAM = "506_echo_server";

function event(socket, name) {
    return new Promise((done) =>
        socket.once(name, (...args) => done(args)));
}

/* As emitWithAck, which 3.1 does not have. */
function ask(socket, ...args) {
    return new Promise((done) => socket.emit(...args, done));
}

function open(server, later, options = {}, namespace = "/") {
    const socket = io(`http://127.0.0.1:${server.port}${namespace}`,
                      { forceNew: true, reconnection: false, ...options });
    later(() => socket.disconnect());
    return socket;
}

async function connected(server, later, options, namespace) {
    const socket = open(server, later, options, namespace);
    const refused = event(socket, "connect_error");
    await Promise.race([event(socket, "connect"),
                        refused.then(([e]) => Promise.reject(e))]);
    return socket;
}

async function serving(later, ...options) {
    const server = await start(PROGRAM, ...options);
    later(() => server.stop());
    return server;
}

async function upgraded(socket) {
    const { engine } = socket.io;
    if (engine.transport.name !== "websocket") await event(engine, "upgrade");
    assert.equal(engine.transport.name, "websocket");
}

const WAYS = [
    ["polling only", { transports: ["polling"] }],
    ["websocket only", { transports: ["websocket"] }],
    ["upgrade", { transports: ["polling", "websocket"] }],
];

const BYTES = Buffer.from([0, 1, 0x1e, 0x62, 0x80, 0xff]);
const NESTED = { list: [1, { bytes: BYTES }, null], text: "größer \x1e \\" };

for (const [way, options] of WAYS) {
    const upgrades = way === "upgrade";

    await test(`${way}: an event comes back with its arguments`,
        async (later) => {
            const socket = await connected(await serving(later), later,
                                           options);
            if (upgrades) await upgraded(socket);
            const args = [1, -2.5e-3, "größer", true, null, [], { a: [{}] }];
            const back = event(socket, "message-back");
            socket.emit("message", ...args);
            assert.deepEqual(await back, args);
        });

    await test(`${way}: each ack has the arguments of its own event`,
        async (later) => {
            const socket = await connected(await serving(later), later,
                                           options);
            if (upgrades) await upgraded(socket);
            const acks = Array.from({ length: 20 }, (_, i) =>
                new Promise((done) =>
                    socket.emit("message-with-ack", i, { i }, (...args) =>
                        done(args))));
            const all = await Promise.all(acks);
            all.forEach((args, i) => assert.deepEqual(args, [i, { i }]));
            const none = await new Promise((done) =>
                socket.emit("message-with-ack", (...args) => done(args)));
            assert.deepEqual(none, []);
        });

    await test(`${way}: binary both ways, nested, in an event and in an ack`,
        async (later) => {
            const socket = await connected(await serving(later), later,
                                           options);
            if (upgrades) await upgraded(socket);
            const back = event(socket, "message-back");
            socket.emit("message", BYTES, NESTED, Buffer.alloc(0));
            assert.deepEqual(await back, [BYTES, NESTED, Buffer.alloc(0)]);
            const ack = await ask(socket, "message-with-ack", NESTED);
            assert.deepEqual(ack, NESTED);
        });

    await test(`${way}: 100 KiB of text and of bytes`, async (later) => {
        const socket = await connected(await serving(later), later, options);
        const args = ["ä".repeat(51200), Buffer.alloc(102400, 7)];
        const back = event(socket, "message-back");
        socket.emit("message", ...args);
        assert.deepEqual(await back, args);
    });

    await test(`${way}: the server sends the auth payload as event auth`,
        async (later) => {
            const auth = { token: "ä\"\\", n: [1] };
            const socket = open(await serving(later), later,
                                { ...options, auth });
            assert.deepEqual(await event(socket, "auth"), [auth]);
        });

    await test(`${way}: the heartbeat keeps the connection open`,
        async (later) => {
            const server = await serving(later, "--ping-interval", "100",
                                         "--ping-timeout", "400");
            const socket = await connected(server, later, options);
            let lost = false;
            socket.on("disconnect", () => (lost = true));
            /* The client says "pong" after it has replied to a ping. */
            for (let pings = 0; pings < 4; pings++)
                await event(socket.io.engine, "pong");
            assert.equal(lost, false);
        });
}

await test("the server pings after the upgrade, too", async (later) => {
    const server = await serving(later, "--ping-interval", "100",
                                 "--ping-timeout", "400");
    const socket = await connected(server, later);
    await upgraded(socket);
    await event(socket.io.engine, "pong");
    await event(socket.io.engine, "pong");
    assert.equal(socket.connected, true);
});

if (NAME === "socket.io-client")
    await test("an ack that the server does not send times out in the client",
        async (later) => {
            const socket = await connected(await serving(later), later);
            await assert.rejects(
                socket.timeout(200).emitWithAck("nobody-knows-this", 1),
                /timed out/);
        });
else
    skip("an ack that times out: 3.1 waits for ever");

await test("without auth, event auth holds an empty object",
    async (later) => {
        const socket = open(await serving(later), later);
        assert.deepEqual(await event(socket, "auth"), [{}]);
    });

await test("/ and /custom share a connection and are separate",
    async (later) => {
        const server = await serving(later);
        const root = await connected(server, later, { forceNew: false });
        const custom = root.io.socket("/custom", { auth: { at: "custom" } });
        later(() => custom.disconnect());
        assert.deepEqual(await event(custom, "auth"), [{ at: "custom" }]);
        root.on("message-back", () => assert.fail("in the wrong namespace"));
        const back = event(custom, "message-back");
        custom.emit("message", "custom", BYTES);
        assert.deepEqual(await back, ["custom", BYTES]);
        assert.equal(await ask(custom, "message-with-ack", 7), 7);
        assert.notEqual(root.id, custom.id);
    });

await test("another namespace is refused, and / still works",
    async (later) => {
        const server = await serving(later);
        const root = await connected(server, later);
        const other = root.io.socket("/other");
        later(() => other.disconnect());
        const [error] = await event(other, "connect_error");
        assert.equal(error.message, "Invalid namespace");
        assert.equal(await ask(root, "message-with-ack", 1), 1);
    });

await test("a client leaves one namespace and stays in the other",
    async (later) => {
        const server = await serving(later);
        const root = await connected(server, later);
        const custom = root.io.socket("/custom");
        await event(custom, "connect");
        custom.disconnect();
        assert.equal(await ask(root, "message-with-ack", 2), 2);
        custom.connect();
        await event(custom, "connect");
        assert.equal(await ask(custom, "message-with-ack", 3), 3);
        custom.disconnect();
    });

await test("no broadcast reaches a client that left", async (later) => {
    const server = await serving(later);
    const stays = await connected(server, later);
    const leaves = await connected(server, later);
    leaves.on("bcast", () => assert.fail("it has left"));
    const gone = event(leaves, "disconnect");
    leaves.disconnect();
    assert.deepEqual((await gone)[0], "io client disconnect");
    const got = event(stays, "bcast");
    stays.emit("bcast", "to those who stay");
    assert.deepEqual(await got, ["to those who stay"]);
});

await test("bcast reaches every client of its namespace, and no other",
    async (later) => {
        const server = await serving(later);
        const all = [];
        for (let i = 0; i < 9; i++)
            all.push(await connected(server, later, WAYS[i % 3][1]));
        const custom = await connected(server, later, {}, "/custom");
        custom.on("bcast", () => assert.fail("in the wrong namespace"));
        const got = all.map((socket) => event(socket, "bcast"));
        all[4].emit("bcast", "all", { n: 1 });
        for (const args of await Promise.all(got))
            assert.deepEqual(args, ["all", { n: 1 }]);
    });

await test("bcast carries bytes to polling and WebSocket alike",
    async (later) => {
        const server = await serving(later);
        const all = [];
        for (let i = 0; i < 6; i++)
            all.push(await connected(server, later, WAYS[i % 3][1]));
        const got = all.map((socket) => event(socket, "bcast"));
        all[0].emit("bcast", BYTES, NESTED);
        for (const args of await Promise.all(got))
            assert.deepEqual(args, [BYTES, NESTED]);
    });

await test("a client reconnects when its server is back", async (later) => {
    const first = await start(PROGRAM);
    const port = String(first.port);
    const socket = await connected(first, later, {
        reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 100,
        auth: { n: 1 } });
    await upgraded(socket);
    const id = socket.id;
    const gone = event(socket, "disconnect");
    await first.stop();
    await gone;
    const again = event(socket, "connect");
    /* start() gives --port 0 first; the later --port replaces it. */
    const second = await start(PROGRAM, "--port", port);
    later(() => second.stop());
    assert.equal(second.port, first.port);
    await again;
    assert.notEqual(socket.id, id);
    assert.equal(await ask(socket, "message-with-ack", "again"),
                 "again");
});

/* Sends messages before, during and after the upgrade. All must come back in
 * order. */
async function numbered(server, later, count, bytes) {
    const socket = open(server, later);
    const got = [];
    const all = new Promise((done) =>
        socket.on("message-back", (n) => {
            got.push(n);
            if (got.length === count) done();
        }));
    await event(socket, "connect");
    for (let n = 0; n < count; n++) {
        if (bytes) socket.emit("message", n, BYTES);
        else socket.emit("message", n);
        if (n % 5 === 4) await new Promise((done) => setImmediate(done));
    }
    await all;
    await upgraded(socket);
    assert.deepEqual(got, Array.from({ length: count }, (_, n) => n));
}

await test("500 messages during the upgrade: none lost, none out of order",
    async (later) => numbered(await serving(later), later, 500, false));

await test("500 with bytes during the upgrade, from 8 clients at the same time",
    async (later) => {
        const server = await serving(later);
        await Promise.all(Array.from({ length: 8 }, () =>
            numbered(server, later, 500, true)));
    });

await test("no packet of a broadcast is lost during the upgrade",
    async (later) => {
        const server = await serving(later);
        const speaker = await connected(server, later, WAYS[1][1]);
        const listener = open(server, later);
        const got = [];
        await event(listener, "connect");
        const all = new Promise((done) =>
            listener.on("bcast", (n) => {
                got.push(n);
                if (got.length === 500) done();
            }));
        for (let n = 0; n < 500; n++) {
            speaker.emit("bcast", n);
            if (n % 5 === 4) await new Promise((done) => setImmediate(done));
        }
        await all;
        assert.deepEqual(got, Array.from({ length: 500 }, (_, n) => n));
    });

/* Not with the reference server, which exits without closing its
 * connections. */
if (!reference) await test("SIGTERM disconnects the clients", async (later) => {
    const server = await start(PROGRAM);
    const socket = await connected(server, later, WAYS[1][1]);
    const gone = event(socket, "disconnect");
    assert.equal(await server.stop(), 0);
    await gone;
});
