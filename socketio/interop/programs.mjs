/*
 * programs.mjs: the clients 409 and 507 against the servers of others
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { bin, run, skip, startReference, test } from "./harness.mjs";

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
