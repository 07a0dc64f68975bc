/*
 * suites.mjs: the official protocol suites, from SUITES, against 503 and 506
 *
 * The suites expect a server at localhost:3000. Copies in build/interop/ have
 * the address of the server under test. The number of tests that pass is
 * checked, because a few pass even if a server refuses everything.
 */
import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { place, run, start, test } from "./harness.mjs";

const { SUITES, TIMES } = process.env;
const OPTIONS = ["--ping-interval", "300", "--ping-timeout", "200",
                 "--cors", "*"];
const ALL = [
    ["engine.io-protocol/v4-test-suite", 25, "503_engine_server", OPTIONS],
    ["socket.io-protocol/v5-test-suite", 32, "506_echo_server",
     [...OPTIONS, "--connect-timeout", "1000"]],
];
const FILES = ["package.json", "node-imports.js", "test-suite.js"];

function copySuite(suite, port) {
    const from = `${SUITES}/docs/${suite}`;
    const to = `${place}/${suite.replace("/", "-")}`;
    for (const file of FILES) cpSync(`${from}/${file}`, `${to}/${file}`);
    const text = readFileSync(`${to}/test-suite.js`, "utf8");
    assert.ok(text.includes("http://localhost:3000"));
    writeFileSync(`${to}/test-suite.js`, text.replaceAll(
        "http://localhost:3000", `http://127.0.0.1:${port}`));
    return to;
}

async function judge(later, [suite, count, program, options]) {
    const server = await start(program, ...options);
    later(() => server.stop());
    const { out, err, code } = await run(process.execPath, [
        `${place}/node_modules/mocha/bin/mocha`, "--exit",
        `${copySuite(suite, server.port)}/test-suite.js`]);
    const passing = Number(/(\d+) passing/.exec(out)?.[1]);
    if (code !== 0 || passing !== count)
        throw new Error(`${passing} of ${count} pass\n${out}${err}`);
}

for (let time = 1; time <= Number(TIMES); time++)
    for (const suite of ALL)
        await test(`${suite[0]}: ${suite[1]} of ${suite[1]}` +
                   (TIMES > 1 ? `, time ${time}` : ""),
                   (later) => judge(later, suite), 60000);
