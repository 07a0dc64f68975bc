/*
 * programs.mjs: the clients 409 and 507 against the servers of others
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import net from "node:net";
import { bin, run, skip, start, startReference, test } from "./harness.mjs";

/* Runs a client of this repository with a reference server. */
async function runClient(later, kind, client, scheme, words, input) {
    const server = await startReference(kind);
    later(() => server.stop());
    const url = `${scheme}://127.0.0.1:${server.port}`;
    return run(`${bin}/${client}`, [url, ...words], input);
}

async function testClient(client, kind, scheme, whose) {
    if (!existsSync(`${bin}/${client}`)) {
        skip(`${client}: there is no such program yet`);
        return;
    }
    await test(`${client}: ${whose} echoes its argument`, async (later) => {
        const { code, out, err } =
            await runClient(later, kind, client, scheme,
                            ["größer \"quoted\""]);
        assert.equal(err, "");
        assert.match(out, /größer \\?"quoted/);
        assert.equal(code, 0);
    });
    await test(`${client}: ${whose} echoes its lines, in order`,
        async (later) => {
            const lines = ["first", "x".repeat(3000), "third", "last"];
            const { code, out } = await runClient(
                later, kind, client, scheme, [], lines.join("\n") + "\n");
            const places = lines.map((line) => out.indexOf(line));
            assert.ok(places.every((at, i) => at > (places[i - 1] ?? -1)),
                      `got: ${out}`);
            assert.equal(code, 0);
        });
}

await testClient("409_echo_client", "408", "ws", "the package ws");
await testClient("507_echo_client", "506", "http", "socket.io");

/* All of 507 with socket.io on Node.js, over each transport. */
async function client507(later, options, lines, port) {
    let server;
    if (!port) {
        server = await startReference("506");
        later(() => server.stop());
        port = server.port;
    }
    return run(`${bin}/507_echo_client`,
               [...options, `http://127.0.0.1:${port}`], lines.join("\n") + "\n");
}

for (const transport of ["websocket", "polling", "upgrade"]) {
    const options = ["--transport", transport, "--all", "--timeout", "5000"];

    await test(`507 over ${transport}: acks, events, auth`, async (later) => {
        const { code, out, err } = await client507(
            later, [...options, "--auth", '{"who":"me"}'],
            ["/ack message-with-ack 1, {\"a\":[\"ü\"]}", "hello",
             "/emit bcast 1,2", "/wait bcast"]);
        assert.equal(err, "");
        assert.equal(code, 0);
        assert.deepEqual(out.split("\n").filter((l) => l && l !== "upgraded"),
                         ['auth {"who":"me"}', 'ack 1,{"a":["ü"]}',
                          'message-back "hello"', "bcast 1,2"]);
    });

    await test(`507 over ${transport}: attachments`, async (later) => {
        const { code, out, err } = await client507(
            later, options,
            ["/binary message 00ff 41", "/wait message-back",
             "/binary message 010203", "/wait message-back"]);
        assert.equal(err, "");
        assert.equal(code, 0);
        assert.match(out, /\n00 ff\n41\n(.*\n)*01 02 03\n/);
    });

    await test(`507 over ${transport}: a thousand lines, in order`,
        async (later) => {
            const lines = Array.from({ length: 1000 }, (_, i) => `line ${i}.`);
            const { code, out } = await client507(
                later, options.filter((o) => o !== "--all"), lines);
            assert.equal(code, 0);
            assert.deepEqual(out.trim().split("\n"),
                             lines.map((line) => JSON.stringify(line)));
        });

    await test(`507 over ${transport}: a burst across the upgrade`,
        async (later) => {
            const server = await startReference("506");
            later(() => server.stop());
            const child = spawn(`${bin}/507_echo_client`,
                                [...options, `http://127.0.0.1:${server.port}`]);
            later(() => child.kill("SIGKILL"));
            let out = "", err = "", count = 0;
            child.stderr.on("data", (text) => (err += text));
            child.stdout.on("data", (text) => (out += text));
            const emit = (n) => {
                for (const end = count + n; count < end; count++)
                    child.stdin.write(`/emit bcast ${count}\n`);
            };
            emit(500);
            /* More while it upgrades: how long that takes is not known. */
            while (transport === "upgrade" && !/^upgraded$/m.test(out)) {
                await once(child.stdout, "data");
                if (count < 20000) emit(1);
            }
            emit(500);
            child.stdin.end("/ack message-with-ack\n");
            const [code] = await once(child, "close");
            assert.equal(err, "");
            assert.equal(code, 0);
            assert.deepEqual(out.split("\n").filter((l) => /^bcast/.test(l)),
                             Array.from({ length: count },
                                        (_, i) => `bcast ${i}`));
        });

    await test(`507 over ${transport}: a namespace, and one that is not there`,
        async (later) => {
            const server = await startReference("506");
            later(() => server.stop());
            const url = `http://127.0.0.1:${server.port}`;
            const good = await run(`${bin}/507_echo_client`,
                                   [...options, `${url}/custom`, "hello"]);
            assert.match(good.out, /message-back "hello"/);
            assert.equal(good.code, 0);
            const bad = await run(`${bin}/507_echo_client`,
                                  [...options, `${url}/nope`, "hello"]);
            assert.equal(bad.code, 1);
            assert.match(bad.err, /^507_echo_client: refused: .*Invalid namespace/);
        });

    await test(`507 over ${transport}: connects again after a restart`,
        async (later) => {
            const first = await startReference("506");
            later(() => first.stop("SIGKILL"));
            const child = spawn(`${bin}/507_echo_client`,
                                [...options, "--reconnect", "9",
                                 `http://127.0.0.1:${first.port}`]);
            later(() => child.kill("SIGKILL"));
            let out = "";
            child.stdout.on("data", (text) => (out += text));
            child.stdin.write("before\n");
            while (!out.includes('"before"')) await once(child.stdout, "data");
            await first.stop("SIGKILL");
            const second = await startReference("506", "--port",
                                                String(first.port));
            later(() => second.stop());
            while (out.split("auth ").length < 3)
                await once(child.stdout, "data");
            child.stdin.end("after\n");
            const [code] = await once(child, "close");
            assert.equal(code, 0);
            assert.match(out, /message-back "after"/);
        });
}

/* A relay. cut: its connections end, and new ones are refused until repair. */
async function relaying(later, port) {
    const sockets = new Set();
    let isCut = false;
    const relay = net.createServer((client) => {
        const server = isCut ? client : net.connect(port, "127.0.0.1");
        for (const [from, to] of [[client, server], [server, client]]) {
            sockets.add(from);
            from.on("error", () => {});
            from.on("data", (bytes) => to.write(bytes));
            from.on("close", () => to.destroy());
        }
        if (isCut) client.destroy();
    });
    const cut = () => {
        isCut = true;
        sockets.forEach((socket) => socket.destroy());
    };
    relay.listen(0, "127.0.0.1");
    await once(relay, "listening");
    later(() => {
        cut();
        relay.close();
    });
    return { port: relay.address().port, cut, repair: () => (isCut = false) };
}

/* socket.io does not notice a cut while no GET waits, and then it recovers
 * nothing: so it is asked over a WebSocket only. */
const RECOVERY = ["--recovery", "60000"];
for (const [whose, transports, begin] of [
    ["506", ["websocket", "polling", "upgrade"],
     () => start("506_echo_server", ...RECOVERY)],
    ["socket.io", ["websocket"], () => startReference("506", ...RECOVERY)],
])
    for (const transport of transports)
        await test(`507 over ${transport}: ${whose} recovers what it missed`,
            async (later) => {
                const server = await begin();
                later(() => server.stop());
                const relay = await relaying(later, server.port);
                const child = spawn(`${bin}/507_echo_client`,
                                    ["--transport", transport, "--all",
                                     "--reconnect", "9",
                                     `http://127.0.0.1:${relay.port}`]);
                later(() => child.kill("SIGKILL"));
                let out = "";
                child.stdout.on("data", (text) => (out += text));
                const print = async (text) => {
                    while (!out.includes(text))
                        await once(child.stdout, "data");
                };
                child.stdin.write("before\n");
                await print('"before"');
                relay.cut();
                const other = await run(
                    `${bin}/507_echo_client`,
                    [`http://127.0.0.1:${server.port}`],
                    '/emit bcast "missed"\n/wait bcast\n');
                assert.equal(other.err, ""); /* it has come back */
                assert.equal(other.code, 0);
                relay.repair();
                await print("missed");
                await print("recovered");
                child.stdin.end("after\n");
                const [code] = await once(child, "close");
                assert.equal(code, 0);
                /* socket.io sends it before it responds to the CONNECT. */
                assert.match(out, whose === "506"
                    ? /^recovered\nbcast "missed"/m
                    : /^bcast "missed".*\nrecovered$/m);
                assert.equal(out.split("auth ").length, 2, "joined once");
                assert.match(out, /message-back "after"/);
            });
