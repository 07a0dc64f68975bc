/*
 * page_fields.mjs: the page of 506 shows what bin/explain says
 *
 * The page asks the server for nested fields of bits, and makes a list of them
 * (page/explain.js). Here its list for many packets is compared with the fields
 * that bin/explain prints for the same bytes: each byte is in one field, which
 * has the name and the section of the fields in these bytes.
 */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { pathToFileURL } from "node:url";
import { bin, place, start, test } from "./harness.mjs";

/* In the browser, "/packets.js" is on the server. */
async function loadPage() {
    mkdirSync(`${place}/page`, { recursive: true });
    for (const name of ["packets", "fields", "explain"]) {
        const text = readFileSync(`socketio/page/${name}.js`, "utf8");
        writeFileSync(`${place}/page/${name}.mjs`,
                      text.replace(/from "\/(\w+)\.js"/g, 'from "./$1.mjs"'));
    }
    const load = (name) => import(pathToFileURL(`${place}/page/${name}.mjs`)
        .href);
    return { ...await load("fields"), ...await load("explain") };
}

/* The fields without fields inside, in their order, and what is wrong. A
 * payload that was masked is left out: what it stands for comes after it. */
function leavesOf(bytes, as, start) {
    const { stdout, status } = spawnSync(`${bin}/explain`,
        ["--json", "--as", as], { encoding: "utf8", timeout: 5000,
            input: Buffer.from(bytes).toString("hex"), maxBuffer: 1 << 26 });
    const leaves = [], problems = [];
    let payload = 0;
    const walk = (fields, section, inBase64) => {
        for (const f of fields) {
            const own = f.section ?? section;
            if (f.wrong) problems.push({ name: f.name, words: f.words,
                                         section: own });
            const from = start + (f.derived ? payload : 0);
            if (f.name === "Payload data, masked") payload = f.bit / 8;
            else if (f.fields) walk(f.fields, own, f.name === "binary data");
            else if (!inBase64 && f.bits > 0)
                leaves.push({ name: f.name, text: f.text, section: own,
                              wrong: f.wrong === true,
                              start: from + Math.floor(f.bit / 8),
                              end: from + Math.ceil((f.bit + f.bits) / 8) });
        }
    };
    walk(JSON.parse(stdout), "", false);
    return { leaves, problems, status };
}

/* What the page calls the fields that share their bytes. */
function nameOnPage(leaves) {
    const [{ name, text }] = leaves;
    if (leaves.length > 1)
        return leaves.map((leaf) => leaf.name)
            .filter((each) => !each.startsWith("RSV")).join(", ");
    if (name === "member") return Object.keys(JSON.parse(`{${text}}`))[0];
    return name === "parameter" ? text.split("=")[0] : name;
}

/* Compares one packet, and returns its list and what is wrong with it. */
async function compare(packet) {
    const { parts, bytes } = page.bytesOf(packet);
    const { fields, problems } = await page.explain(packet);
    const expected = parts.map((p) => p.as === null ? null :
        leavesOf(p.bytes.map((octet) => octet ?? 0), p.as, p.start));
    assert.deepEqual(problems, expected.flatMap((e) => e?.problems ?? []));
    let end = 0;
    for (const field of fields) {
        assert.equal(field.start, end, field.name);
        end = field.end;
        const inside = expected.flatMap((e) => e?.leaves ?? [])
            .filter((leaf) => leaf.start < field.end &&
                              leaf.end > field.start);
        if (inside.length === 0) continue; /* the page's own */
        assert.equal(field.name.replace(/^argument \d+$/, "argument"),
                     nameOnPage(inside));
        assert.equal(field.start, inside[0].start);
        assert.equal(field.end, inside.at(-1).end);
        assert.equal(field.section, inside[0].section);
        assert.equal(field.isWrong, inside.some(({ wrong }) => wrong));
    }
    assert.equal(end, bytes.length);
    return { fields, problems };
}

const page = await loadPage();
const server = await start("506_echo_server");
const fetchHere = globalThis.fetch;
globalThis.fetch = (path, options) =>
    fetchHere(`http://127.0.0.1:${server.port}${path}`, options);

const framed = (raw, out) => ({ raw, carrier: { kind: "frame", out } });
const polled = (raw, index) => ({ raw, carrier: {
    kind: "http", out: false, method: "GET", status: 200, index, of: 2,
    body: raw } });
const names = ({ fields }) => fields.map(({ name }) => name);

const PLACE = '{"_placeholder":true,"num":0}';
const GOOD = [
    '0{"sid":"x","upgrades":[],"pingInterval":1,"pingTimeout":1,' +
        '"maxPayload":1}', "1", "2", "2probe", "3", "3probe", "5", "6",
    '40{"sid":"x"}', '40/chat,{"token":"t", "n" : [1,{}]}', "41", "41/chat,",
    '42["hi"]', '42["hi",1,true,{"a":[1,{"b":2}]},"x,]"]',
    '42/chat,17["größer","\u{1f600}"]', '43/chat,17["got it"]', "4317[1,2]",
    '44/chat,{"message":"no"}', `451-["pic",${PLACE}]`,
    `461-/custom,0["hi",7,${PLACE}]`,
    /* RFC 6455 §5.2: the last length of each form, and the first of the next */
    ...[125, 126].map((n) => `42["${"x".repeat(n - 6)}"]`),
    Uint8Array.from([0xca, 0xfe]), new Uint8Array(300),
];
const BAD = ["7", "4hi", "x", "49", "42[]", "42{}", "43[1]", '42["hi",{"a":]',
             '421["hi"', "40[1]"];

await test("the page and bin/explain: the same fields in a frame", async () => {
    for (const out of [false, true])
        for (const raw of GOOD) {
            const { problems } = await compare(framed(raw, out));
            assert.deepEqual(problems, [], String(raw));
        }
});

await test("the page and bin/explain: the same fields in a body", async () => {
    for (const raw of [...GOOD.filter((r) => typeof r === "string"), "bAQID"])
        for (const index of [1, 2]) {
            const { problems } = await compare(polled(raw, index));
            assert.deepEqual(problems, [], raw);
        }
    const { fields } = await compare(polled("bAQID", 1));
    assert.equal(fields.at(-1).value, "01 02 03");
});

await test("the page and bin/explain: the same fields in a request", async () => {
    const url = "/socket.io/?EIO=4&transport=polling&t=a%26b=c";
    const get = { raw: null, carrier: { kind: "http", out: true, method: "GET",
                                        url, body: "" } };
    assert.deepEqual(names(await compare(get)), [
        "method", "SP", "path", "delimiter", "EIO", "delimiter", "transport",
        "delimiter", "t", "SP", "HTTP-version", "CRLF"]);
    for (const out of [false, true])
        await compare({ raw: null, carrier: { kind: "handshake", out, url } });
    const refused = { ...polled("", 1), raw: null };
    refused.carrier = { ...refused.carrier, status: 400, body: "no" };
    assert.equal(names(await compare(refused)).at(-1), "body");
});

await test("the page: layers, and what is not known", async () => {
    const layers = async (packet) => (await page.explain(packet)).fields
        .map(({ layer, name, value }) => `${layer} ${name}=${value}`);
    assert.deepEqual(await layers(framed("2", true)), [
        "carrier FIN, opcode=1, the last frame of a message; 1, text",
        "carrier MASK, Payload len=1, from a client; 1",
        "carrier Masking-key=unknown", "engine type=2, ping"]);
    assert.deepEqual((await layers(polled('40{"a":[1]}', 2))).slice(5), [
        "carrier separator=U+001E", "engine type=4, message",
        "socket type=0, CONNECT", "json begin-object={", "json a=[1]",
        "json end-object=}"]);
    /* The name of a member is anything. */
    const { fields } = await page.explain(framed('40{"comma":1}', false));
    assert.deepEqual(fields.filter(({ isMinor }) => isMinor)
        .map(({ name }) => name), ["begin-object", "end-object"]);
    assert.equal((await layers(framed(Uint8Array.of(1, 0xfe), true)))[3],
                 "base64 Payload data, unmasked=01 fe");
});

await test("the page and bin/explain: the same packets are wrong", async () => {
    for (const raw of BAD)
        for (const packet of [framed(raw, true), framed(raw, false),
                              polled(raw, 1)])
            assert.ok((await compare(packet)).problems.length > 0, raw);
});

/* Of a long packet the server is sent the beginning. */
await test("the page shows a long packet to its end, and no error", async () => {
    for (const n of [3990, 4000, 4001, 65535, 65536, 200000])
        for (const raw of [`42["${"ö".repeat((n - 6) / 2)}"]`,
                           new Uint8Array(n), `b${"AAAA".repeat(n / 4)}`])
            for (const packet of [framed(raw, true), framed(raw, false),
                                  polled(raw, 1)]) {
                if (typeof raw !== "string" && packet.carrier.kind === "http")
                    continue;
                if (raw[0] === "b" && packet.carrier.kind === "frame") continue;
                const { bytes } = page.bytesOf(packet);
                const { fields, problems } = await page.explain(packet);
                assert.deepEqual(problems, []);
                let end = 0;
                for (const field of fields) {
                    assert.equal(field.start, end);
                    end = field.end;
                }
                assert.equal(end, bytes.length);
            }
});

await server.stop();
globalThis.fetch = fetchHere;
