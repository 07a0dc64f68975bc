/*
 * harness.mjs: what the tests share: test(), servers with a port of their own
 *
 * Every wait ends: a test by LIMIT, a server by the signal that stop() sends
 * to its pid.
 */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { once } from "node:events";
import { resolve } from "node:path";

const LIMIT = 15000; /* ms, of one test */
const LIMIT_OF_ALL = 400000; /* and more for each time of the suites */
const LIMIT_OF_SUITES = 60000;

export const bin = process.env.BIN ?? "bin";
export const reference = Boolean(process.env.REFERENCE);
export const place = resolve("build/interop");
/* The packages of others live there, not beside this file. */
export const need = createRequire(resolve(place, "here.js"));

let passed = 0, failed = 0;
const running = new Set();

export function section(title) {
    console.log(`-- ${title}${reference ? ", as the reference has it" : ""}`);
}

/* Runs one test, now. What it hands to `later` is done at its end, the last
 * first; a server that does not end as it should fails the test. */
export async function test(name, run, limit = LIMIT) {
    const ends = [], faults = [];
    const note = (e) => faults.push(e.stack ?? e);
    await within(limit, run((end) => ends.push(end)), "the test").catch(note);
    for (const end of ends.reverse())
        await Promise.resolve().then(end).catch(note);
    if (faults.length === 0) passed++;
    else failed++;
    console.log(`${faults.length > 0 ? "FAILED " : "ok     "} ${name}`);
    for (const fault of faults) console.log(`        ${fault}`);
}

export const skip = (what) => console.log(`skipped ${what}`);

setTimeout(() => {
    failed++;
    console.log("FAILED  it takes too long: the rest is left out");
    finish();
}, LIMIT_OF_ALL + (process.env.SUITES ? LIMIT_OF_SUITES : 0) *
   Number(process.env.TIMES ?? 1)).unref();

export function finish() {
    for (const server of running) server.kill("SIGKILL");
    console.log(`${passed} passed, ${failed} failed`);
    process.exit(failed > 0 ? 1 : 0);
}

export function within(ms, promise, what) {
    let timer;
    const limit = new Promise((_, fail) => {
        timer = setTimeout(() => fail(new Error(`${what} took over ${ms} ms`)),
                           ms);
    });
    return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

/* Starts one of ours, or the reference's counterpart. */
export function start(program, ...options) {
    if (reference) return startReference(program.slice(0, 3), ...options);
    return launch(`${bin}/${program}`, ["--port", "0", ...options]);
}

export function startReference(kind, ...options) {
    return launch(process.execPath, ["socketio/interop/reference.mjs", kind,
                                     "--port", "0", ...options]);
}

/* {port, stop(signal)}, when the server says that it listens. */
async function launch(command, options) {
    const child = spawn(command, options,
                        { stdio: ["ignore", "pipe", "inherit"] });
    running.add(child);
    const ended = once(child, "exit").finally(() => running.delete(child));
    const port = await within(5000, listening(child), command);
    const stop = async (signal = "SIGTERM") => {
        if (child.exitCode !== null || child.signalCode !== null) return null;
        child.kill(signal);
        const [code] = await within(5000, ended, "to end");
        if (signal === "SIGTERM" && code !== 0)
            throw new Error(`${command} ended with ${code}`);
        return code;
    };
    return { port, stop };
}

function listening(child) {
    let said = "";
    return new Promise((done, fail) => {
        child.on("error", fail);
        child.on("exit", () => fail(new Error("the server ended")));
        child.stdout.on("data", (text) => {
            said += text;
            const found = /^listening on .*:(\d+)\n/m.exec(said);
            if (found) done(Number(found[1]));
        });
    });
}

/* Runs a program to its end: {code, out, err}. */
export async function run(command, options, input = "") {
    const child = spawn(command, options);
    const said = { out: "", err: "" };
    child.stdout.on("data", (text) => (said.out += text));
    child.stderr.on("data", (text) => (said.err += text));
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    const [code] = await once(child, "close");
    return { code, ...said };
}
