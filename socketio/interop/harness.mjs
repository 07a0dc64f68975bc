/*
 * harness.mjs: shared by the tests: test(), and servers on free ports
 *
 * Every wait has a limit: LIMIT for a test, 5 s for a server that starts or
 * stops. stop() sends a signal to the server's own pid.
 */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { once } from "node:events";
import { resolve } from "node:path";

const LIMIT = 15000; /* ms, of one test */
const LIMIT_OF_ALL = 600000; /* ms, of all tests without the suites */
const LIMIT_OF_SUITES = 60000; /* ms, of the official suites, once */

export const bin = process.env.BIN ?? "bin";
export const reference = Boolean(process.env.REFERENCE);
export const place = resolve("build/interop");
/* Loads a package that npm installed into build/interop/. */
export const loadPackage = createRequire(resolve(place, "here.js"));

let passed = 0, failed = 0;
const running = new Set();

export function section(title) {
    console.log(`-- ${title}${reference ? ", with the reference" : ""}`);
}

/* Runs one test. The functions that it gives to `later` are called at its end,
 * the last one first. If one of them fails, the test fails, too. */
export async function test(name, run, limit = LIMIT) {
    const ends = [], faults = [];
    const addFault = (e) => faults.push(e.stack ?? e);
    await within(limit, run((end) => ends.push(end)), "the test")
        .catch(addFault);
    for (const end of ends.reverse())
        await Promise.resolve().then(end).catch(addFault);
    if (faults.length === 0) passed++;
    else failed++;
    console.log(`${faults.length > 0 ? "FAILED " : "ok     "} ${name}`);
    for (const fault of faults) console.log(`        ${fault}`);
}

export const skip = (reason) => console.log(`skipped ${reason}`);

setTimeout(() => {
    failed++;
    console.log("FAILED  it takes too long: the other tests are left out");
    finish();
}, LIMIT_OF_ALL + (process.env.SUITES ? LIMIT_OF_SUITES : 0) *
   Number(process.env.TIMES ?? 1)).unref();

export function finish() {
    for (const server of running) server.kill("SIGKILL");
    console.log(`${passed} passed, ${failed} failed`);
    process.exit(failed > 0 ? 1 : 0);
}

/* The promise, which fails after that many milliseconds. */
export function within(ms, promise, name) {
    let timer;
    const limit = new Promise((_, fail) => {
        timer = setTimeout(() => fail(new Error(`${name} took over ${ms} ms`)),
                           ms);
    });
    return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

/* Starts a server: one of this repository, or with REFERENCE the same server
 * made from the packages of others. */
export function start(program, ...options) {
    if (reference) return startReference(program.slice(0, 3), ...options);
    return launch(`${bin}/${program}`, ["--port", "0", ...options]);
}

export function startReference(kind, ...options) {
    return launch(process.execPath, ["socketio/interop/reference.mjs", kind,
                                     "--port", "0", ...options]);
}

/* Starts a server and waits for its line "listening on". Returns {port,
 * stop(signal)}. */
export async function launch(command, options) {
    const child = spawn(command, options,
                        { stdio: ["ignore", "pipe", "inherit"] });
    running.add(child);
    const ended = once(child, "exit").finally(() => running.delete(child));
    const port = await within(5000, listening(child), command);
    const stop = async (signal = "SIGTERM") => {
        if (child.exitCode !== null || child.signalCode !== null) return null;
        child.kill(signal);
        const [code] = await within(5000, ended, "stopping");
        if (signal === "SIGTERM" && code !== 0)
            throw new Error(`${command} ended with ${code}`);
        return code;
    };
    return { port, stop };
}

function listening(child) {
    let output = "";
    return new Promise((done, fail) => {
        child.on("error", fail);
        child.on("exit", () => fail(new Error("the server ended")));
        child.stdout.on("data", (text) => {
            output += text;
            const found = /^listening on .*:(\d+)\n/m.exec(output);
            if (found) done(Number(found[1]));
        });
    });
}

/* Runs a program to its end: {code, out, err}. */
export async function run(command, options, input = "") {
    const child = spawn(command, options);
    const output = { out: "", err: "" };
    child.stdout.on("data", (text) => (output.out += text));
    child.stderr.on("data", (text) => (output.err += text));
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    const [code] = await once(child, "close");
    return { code, ...output };
}
