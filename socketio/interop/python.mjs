/*
 * python.mjs: python-socketio: its client against 506, 507 against its server
 */
import assert from "node:assert/strict";
import { bin, launch, run, skip, start, test } from "./harness.mjs";

/* The one for which Debian's packages are made comes first. */
const PLACES = ["/usr/bin/python3", "python3"];
const PROGRAM = "socketio/interop/python.py";
const WAYS = { polling: ["polling"], websocket: ["websocket"],
               upgrade: ["polling", "websocket"] };
const BYTES = [0, 1, 0x1e, 0x62, 0x80, 0xff];

async function findPython() {
    for (const python of PLACES)
        try {
            const { code } = await run(python, ["-c",
                                                "import socketio, aiohttp"]);
            if (code === 0) return python;
        } catch { /* there is no such program */ }
}

function testClient(python, way) {
    return test(`its client over ${way}: events, acks, bytes, namespaces`,
        async (later) => {
            const server = await start("506_echo_server");
            later(() => server.stop());
            const { code, out, err } = await run(
                python, [PROGRAM, `http://127.0.0.1:${server.port}`,
                         ...WAYS[way]]);
            const talk = [
                ["back", 1, "größer", null, { a: [true, {}] }],
                ["bytes", BYTES, { list: [BYTES, 1] }],
                ["ack", 7, "ü", BYTES],
                ["thousand", ...Array(1000).keys()],
            ];
            assert.equal(code, 0, err);
            assert.deepEqual(out.trim().split("\n").map(JSON.parse), [
                ["auths", ["/", { user: "me" }], ["/custom", { user: "me" }]],
                ["transport", way === "polling" ? "polling" : "websocket"],
                ...talk, ...talk,
                ["connected", false],
                ["refused", { message: "Invalid namespace" }],
            ]);
        });
}

function testServer(python, way) {
    const options = ["--transport", way, "--all", "--timeout", "5000",
                     "--auth", '{"user":"me"}'];
    return test(`507 over ${way}: events, acks, bytes, a namespace`,
        async (later) => {
            const server = await launch(python, [PROGRAM, "serve"]);
            later(() => server.stop("SIGKILL"));
            const numbers = Array.from({ length: 1000 }, (_, i) => i);
            const { code, out, err } = await run(
                `${bin}/507_echo_client`,
                [...options, `http://127.0.0.1:${server.port}/custom`],
                ['/ack message-with-ack 1,"x"', "/binary message 00ff 41",
                 "/wait message-back", ...numbers.map((i) => `/emit bcast ${i}`),
                 "/ack message-with-ack"].join("\n") + "\n");
            assert.equal(err, "");
            assert.equal(code, 0);
            const lines = out.trim().split("\n");
            if (way === "upgrade")
                lines.splice(lines.indexOf("upgraded"), 1);
            const place = (i) => `{"_placeholder":true,"num":${i}}`;
            assert.deepEqual(lines, [
                'auth {"user":"me"}', 'ack 1,"x"',
                `message-back ${place(0)},${place(1)}`, "00 ff", "41",
                ...numbers.map((i) => `bcast ${i}`), "ack",
            ]);
        });
}

const python = await findPython();
if (!python)
    skip("python-socketio: not here (apt-get install python3-socketio " +
         "python3-aiohttp)");
else
    for (const way of Object.keys(WAYS)) {
        await testClient(python, way);
        await testServer(python, way);
    }
