/*
 * page_fields.mjs: the page of 506 and bin/explain name the same bytes alike
 *
 * The page works with nothing but its own files, so it has a reader of its own,
 * page/fields.js. Here both read the same bytes. Where one field of bin/explain
 * has one byte or more, the page must have a field with the same bytes, layer
 * and name. The page joins the fields of one byte ("FIN, opcode"), and cuts
 * JSON into members.
 */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { pathToFileURL } from "node:url";
import { bin, place, test } from "./harness.mjs";

/* In the browser, "/packets.js" is on the server. */
async function loadPage() {
    mkdirSync(`${place}/page`, { recursive: true });
    for (const name of ["packets", "fields"]) {
        const text = readFileSync(`socketio/page/${name}.js`, "utf8");
        writeFileSync(`${place}/page/${name}.mjs`,
                      text.replace('"/packets.js"', '"./packets.mjs"'));
    }
    return import(pathToFileURL(`${place}/page/fields.mjs`).href);
}

const LAYERS = { "WebSocket": "carrier", "Engine.IO": "engine",
                 "Socket.IO": "socket", "JSON": "json" };
const SEPARATORS = ["begin-array", "value-separator", "end-array"];
/* The parts of these are told apart by the page alone. */
const CUT_BY_PAGE = ["JSON-text", "data"];

/* bytes -> {status, fields: [{layer, name, start, end, value}]} */
function explain(bytes, as) {
    const { stdout, status } = spawnSync(`${bin}/explain`,
        ["--json", "--as", as],
        { input: Buffer.from(bytes).toString("hex"), encoding: "utf8",
          timeout: 5000 });
    const fields = [];
    let payload = 0; /* where derived bytes are in the input */
    const walk = (all, layer) => {
        for (const f of all) {
            const start = (f.derived ? payload : 0) + Math.floor(f.bit / 8);
            const end = (f.derived ? payload : 0) +
                Math.ceil((f.bit + f.bits) / 8);
            if (f.name === "Payload data, masked") payload = start;
            else if (f.name === "binary data") continue; /* what base64 is */
            else if (f.fields) walk(f.fields, LAYERS[f.name] ?? layer);
            else fields.push({ layer, name: f.name, start, end,
                               value: f.words ? `${f.text}, ${f.words}` :
                                   f.text });
        }
    };
    walk(JSON.parse(stdout), "");
    return { status, fields: joined(fields) };
}

/* As the page has them: the fields of a byte, and a mark with what it ends. */
function joined(fields) {
    const all = [];
    for (const f of fields) {
        const last = all.at(-1);
        if (/^RSV/.test(f.name)) continue; /* always 0 */
        if (last && f.end === last.end) last.name += `, ${f.name}`;
        else if (f.name === "dash" || f.name === "comma") last.end = f.end;
        else all.push({ ...f });
    }
    return all;
}

/* What the page calls a field of bin/explain. */
function nameOnPage(name) {
    if (SEPARATORS.includes(name)) return "delimiter";
    return { "base64": "attachment", "Payload data": "attachment",
             "Payload data, unmasked": "attachment" }[name] ?? name;
}

/* Each field of bin/explain is a field of the page, or several. */
function compare(page, explained) {
    const rest = page.slice();
    for (const f of explained) {
        const own = rest.splice(0, rest.findLastIndex((p) => p.end <= f.end) +
            1);
        assert.equal(own[0]?.start, f.start, f.name);
        assert.equal(own.at(-1).end, f.end, f.name);
        if (CUT_BY_PAGE.includes(f.name)) continue;
        assert.equal(own.length, 1, f.name);
        const [{ layer, name, value }] = own;
        assert.equal(name.replace(/^argument \d+$/, "argument"),
                     nameOnPage(f.name));
        if (name === "attachment") continue; /* has a colour of its own */
        assert.equal(layer, f.layer, f.name);
        if (name === "type" && f.value !== "b, binary message")
            assert.equal(value, f.value);
    }
    assert.deepEqual(rest, []);
}

const PLACE = '{"_placeholder":true,"num":0}';
const GOOD = [
    '0{"sid":"x","upgrades":[],"pingInterval":1,"pingTimeout":1,' +
        '"maxPayload":1}', "1", "2", "2probe", "3", "3probe", "5", "6",
    '40{"sid":"x"}', '40/chat,{"token":"t"}', "41", "41/chat,",
    '42["hi"]', '42["hi",1,true,{"a":[1,{"b":2}]},"x,]"]',
    '42/chat,17["größer","\u{1f600}"]', '43/chat,17["got it"]', "4317[1,2]",
    '44/chat,{"message":"no"}', `451-["pic",${PLACE}]`,
    `461-/custom,0["hi",7,${PLACE}]`,
    /* RFC 6455 §5.2: the last length of each form, and the first of the next */
    ...[125, 126, 65535, 65536].map((n) => `42["${"x".repeat(n - 6)}"]`),
    Uint8Array.from([0xca, 0xfe]), new Uint8Array(300),
];
const BAD = ["7", "4hi", "x", "49", "42[]", "42{}", "43[1]", '42["hi",{"a":]',
             '421["hi"', "40[1]"];

const { fieldsOf } = await loadPage();
const framed = (raw, out) => fieldsOf({ raw, carrier: { kind: "frame", out } });
const withKey = (bytes) => bytes.map((octet) => octet ?? 0);

await test("the page and bin/explain find the same fields in a frame", async () => {
    for (const out of [false, true])
        for (const raw of GOOD) {
            const page = framed(raw, out);
            const { status, fields } = explain(withKey(page.bytes), "ws");
            assert.equal(status, 0, String(raw));
            compare(page.fields, fields);
        }
});

await test("the page and bin/explain find the same fields in a body", async () => {
    for (const raw of [...GOOD.filter((r) => typeof r === "string"), "bAQID"]) {
        const { bytes, fields } = fieldsOf({ raw, carrier: { kind: "none" } });
        compare(fields, explain(bytes, "engineio").fields);
    }
});

await test("the page and bin/explain object to the same packets", async () => {
    for (const raw of BAD) {
        const { bytes, fields } = framed(raw, false);
        assert.equal(explain(bytes, "ws").status, 1, raw);
        assert.ok(fields.some(({ name, note }) =>
            note !== "" && name !== "Masking-key"), raw);
    }
});
