/*
 * recovery.mjs: the public client, socket.io-client, loses its connection to
 * 506 --recovery and is recovered
 *
 * Five cases, over polling and over WebSocket. In some of them the reference
 * does not recover the client, and the test says so.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { loadPackage, reference, skip, start, test } from "./harness.mjs";

const { io } = loadPackage("socket.io-client");

const event = (socket, name) =>
    new Promise((done) => socket.once(name, (...args) => done(args)));

async function serving(later, ...options) {
    const server = await start("506_echo_server", "--recovery", "10000",
                               ...options);
    later(() => server.stop());
    return server;
}

/* Forwards connections. hold: what the server sends is lost from now on. cut:
 * both ends of them close. vanish: only the client's do, and the server notices
 * nothing. After both there are no others. */
async function relaying(later, port) {
    const pairs = [];
    let isHolding = false, isDown = false;
    const relay = net.createServer((client) => {
        if (isDown) {
            client.destroy();
            return;
        }
        const server = net.connect(port, "127.0.0.1");
        pairs.push({ client, server });
        client.on("error", () => {});
        server.on("error", () => {});
        client.on("data", (bytes) => server.write(bytes));
        server.on("data", (bytes) => isHolding || client.write(bytes));
        server.on("close", () => client.destroy());
    });
    relay.listen(0, "127.0.0.1");
    await once(relay, "listening");
    const hold = () => (isHolding = true);
    const vanish = () => {
        isDown = true;
        pairs.forEach(({ client }) => client.destroy());
    };
    const cut = () => {
        vanish();
        pairs.forEach(({ server }) => server.destroy());
    };
    later(() => {
        cut();
        relay.close();
    });
    return { port: relay.address().port, hold, vanish, cut };
}

/* A client that connects again when it is told to. got: what others said. */
function open(port, later, transport) {
    const socket = io(`http://127.0.0.1:${port}`, {
        forceNew: true, reconnection: false, transports: [transport] });
    later(() => socket.disconnect());
    socket.got = [];
    socket.on("bcast", (n) => socket.got.push(n));
    return socket;
}

async function opened(port, later, transport) {
    const socket = open(port, later, transport);
    await event(socket, "auth");
    socket.was = socket.id;
    return socket;
}

/* Its connections end, and it notices. */
async function lose(socket, how = () => socket.io.engine.close()) {
    const gone = event(socket, "disconnect");
    how();
    await gone;
}

/* It connects again, as the socket that it was, or as another one. What it has
 * read after the end of its connection would be an event of the next one: here
 * that is lost. */
async function comeBack(socket, port, isRecovered = true) {
    const connected = event(socket, "connect");
    socket.receiveBuffer.length = 0;
    socket.io.uri = `http://127.0.0.1:${port}`;
    socket.connect();
    await connected;
    assert.equal(Boolean(socket.recovered), isRecovered);
    assert.equal(socket.id === socket.was, isRecovered);
}

/* Says n to all, and waits until these have got it. */
async function say(speaker, n, ...listeners) {
    const all = [speaker, ...listeners].map((socket) => event(socket, "bcast"));
    speaker.emit("bcast", n);
    await Promise.all(all);
}

const not = reference ? "not " : "";

for (const transport of reference ? ["websocket"]
                                  : ["polling", "websocket"]) {
    await test(`${transport}: recovered after events, with what was under way`,
        async (later) => {
            const server = await serving(later);
            const relay = await relaying(later, server.port);
            const speaker = await opened(server.port, later, "websocket");
            const socket = await opened(relay.port, later, transport);
            await say(speaker, 1, socket);
            relay.hold();
            await say(speaker, 2); /* which does not arrive */
            await lose(socket, relay.cut);
            await say(speaker, 3);
            await comeBack(socket, server.port);
            await say(speaker, 4, socket);
            assert.deepEqual(socket.got, [1, 2, 3, 4]);
        });

    await test(`${transport}: ${not}recovered when cut before the first event`,
        async (later) => {
            const server = await serving(later);
            const socket = open(server.port, later, transport);
            let events = 0;
            socket.onAny(() => events++);
            const gone = event(socket, "disconnect");
            socket.once("connect", () => { /* and nothing else was read */
                socket.was = socket.id;
                socket.io.engine.close();
            });
            await gone;
            assert.equal(events, 0);
            const auth = event(socket, "auth");
            await comeBack(socket, server.port, !reference);
            await auth;
            assert.equal(events, 1);
        });

    await test(`${transport}: ${not}recovered when a volatile event with a ` +
               "string came last", async (later) => {
        const server = await serving(later);
        const speaker = await opened(server.port, later, "websocket");
        const socket = await opened(server.port, later, transport);
        let hasCome = false;
        socket.on("bcast-volatile", () => (hasCome = true));
        await say(speaker, 1, socket);
        while (!hasCome) { /* it is lost while no GET waits */
            speaker.emit("bcast-volatile", "text");
            await speaker.emitWithAck("message-with-ack");
        }
        await lose(socket);
        await say(speaker, 2);
        await comeBack(socket, server.port, !reference);
        await say(speaker, 3, socket);
        assert.deepEqual(socket.got, reference ? [1, 3] : [1, 2, 3]);
    });

    await test(`${transport}: ${not}recovered while the first connection ` +
               "seems to live", async (later) => {
        const server = await serving(later);
        let relay = await relaying(later, server.port);
        const speaker = await opened(server.port, later, "websocket");
        const socket = await opened(relay.port, later, transport);
        for (let n = 1; n < 4; n++) {
            await say(speaker, n, socket);
            await lose(socket, relay.vanish);
            await say(speaker, -n);
            relay = await relaying(later, server.port);
            await comeBack(socket, relay.port, !reference);
            socket.was = socket.id;
        }
        await say(speaker, 4, socket);
        assert.deepEqual(socket.got, reference ? [1, 2, 3, 4]
                                               : [1, -1, 2, -2, 3, -3, 4]);
    });

    /* The reference looks at the age of its packets once in a minute. */
    if (reference) {
        skip(`${transport}: no event for longer than the recovery time`);
        continue;
    }
    await test(`${transport}: recovered when no event came for longer than ` +
               "the recovery time", async (later) => {
        const server = await serving(later, "--recovery", "400",
                                     "--ping-interval", "50",
                                     "--ping-timeout", "1000");
        const speaker = await opened(server.port, later, "websocket");
        const socket = await opened(server.port, later, transport);
        await say(speaker, 1, socket);
        const begin = performance.now();
        while (performance.now() < begin + 400 + 50 + 1000 + 50)
            await event(socket.io.engine, "ping");
        await lose(socket);
        await say(speaker, 2);
        await comeBack(socket, server.port);
        await say(speaker, 3, socket);
        assert.deepEqual(socket.got, [1, 2, 3]);
    });
}
