/*
 * differential.mjs: do 506 and socket.io respond in the same way to the same
 * bytes?
 *
 * Sends sequences of raw requests and frames, valid and invalid, to both
 * servers and compares the transcripts. differential/differences.mjs lists the
 * differences that are accepted, with reasons. Any other difference is a
 * failure.
 *
 *   SEQUENCE=NAME   plays only that sequence, and prints both transcripts
 *   SEED=N          makes other random sequences than SEED=1
 */
import { readable } from "./differential/bytes.mjs";
import { differences } from "./differential/differences.mjs";
import { websockets } from "./differential/frames.mjs";
import { HEARTBEAT, heartbeats } from "./differential/heartbeat.mjs";
import { packets } from "./differential/packets.mjs";
import { play } from "./differential/player.mjs";
import { randomSequence } from "./differential/random.mjs";
import { requests } from "./differential/requests.mjs";
import { start, startReference, test } from "./harness.mjs";

const { SEQUENCE, SEED = "1" } = process.env;
const RANDOM = 2000;
const MAX_PARALLEL = 12;
const QUIET = ["--ping-interval", "100000"]; /* so that there are no pings */
const LIMIT = 240000; /* ms, of each group: some 20 s if nothing else runs */

const met = new Set(); /* the accepted differences that have occurred */

const shown = (value) => [].concat(value ?? "").join(" ");

/* The observations of one step as one line, for the rules and for readers. */
const line = (seen = {}) => Object.entries(seen)
    .map(([key, value]) => `${key}: ${shown(value)}`).join("; ") || "nothing";

/* Each difference of two transcripts: the step, and the key of an
 * observation. */
function* differing(ours, theirs) {
    for (let i = 0; i < Math.max(ours.length, theirs.length); i++) {
        const [a, b] = [ours[i]?.seen, theirs[i]?.seen];
        const { sent } = ours[i] ?? theirs[i];
        for (const key of Object.keys({ ...a, ...b }))
            if (shown(a?.[key]) !== shown(b?.[key]))
                yield { i, key, sent, ours: line(a), theirs: line(b) };
    }
}

const lines = (steps) => steps.map(({ seen }) => line(seen)).join("\n");

/* A condition of a rule: a pattern, a function, or none. */
const holds = (condition, text) => !condition ||
    (condition.test ? condition.test(text) : condition(text));

/* Does the rule accept this difference? A rule without a key accepts all
 * differences of the step. */
function covers(rule, d, ours, theirs) {
    const before = ours.slice(0, d.i + 1).map(({ sent }) => sent).join("\n");
    return (rule.key ?? d.key) === d.key && holds(rule.ours, d.ours) &&
        holds(rule.theirs, d.theirs) && holds(rule.sent, d.sent) &&
        holds(rule.before, before) &&
        holds(rule.earlier, lines(theirs.slice(0, d.i + 1))) &&
        holds(rule.later, lines(theirs.slice(d.i))) &&
        (!rule.both || rule.both(d.ours, d.theirs)) &&
        (!rule.whole || rule.whole(ours, d.theirs));
}

/* Returns the first difference that is not accepted, or null. A rule with
 * "ends" ends the comparison, because the two servers are then in different
 * states. */
function judge(ours, theirs, results) {
    for (const d of differing(ours, theirs)) {
        const rule = differences.find((r) => covers(r, d, ours, theirs));
        if (!rule) return d;
        met.add(rule);
        if (rule.ends) {
            results.ended++;
            return null;
        }
    }
    return null;
}

/* In a sequence that took long, a server may have closed an idle connection
 * after 5 s. Then a difference counts only if it occurs a second time. */
async function compareOne(sequence, ports, results, isSecond = false) {
    const begin = performance.now();
    const [ours, theirs] = await Promise.all(
        ports.map((port) => play(port, sequence)));
    if (SEQUENCE)
        for (const [i, { sent, seen }] of theirs.entries())
            console.log(`${i} ${JSON.stringify(sent)}\n  ours   ` +
                        `${line(ours[i]?.seen)}\n  theirs ${line(seen)}`);
    const fault = judge(ours, theirs, results);
    if (fault && !isSecond && performance.now() - begin > 3000)
        await compareOne(sequence, ports, results, true);
    else if (fault) results.faults.push({ name: sequence.name, ...fault });
}

/* Plays some sequences in parallel. One that broadcasts is played alone,
 * because its broadcasts reach all clients. */
async function compareAll(sequences, ports, results) {
    const isAlone = ({ steps }) =>
        steps.some((step) => readable(step).includes("bcast"));
    const left = sequences.filter((s) => !isAlone(s)).reverse();
    const work = async () => {
        for (let s; (s = left.pop());) await compareOne(s, ports, results);
    };
    await Promise.all(Array.from({ length: MAX_PARALLEL }, work));
    for (const s of sequences.filter(isAlone))
        await compareOne(s, ports, results);
}

/* Shows the first fault of each kind, and the number of the others. */
function report(faults) {
    const kinds = new Map();
    for (const f of faults) {
        const kind = `ours:   ${f.ours}\ntheirs: ${f.theirs}`;
        kinds.set(kind, [...kinds.get(kind) ?? [], f]);
    }
    const one = ([kind, [f, ...more]]) =>
        `${f.name}, step ${f.i}: ${JSON.stringify(f.sent.slice(0, 300))}\n` +
        `${kind.slice(0, 600)}\nand ${more.length} more such differences` +
        more.slice(0, 4).map((m) => `, ${m.name}`).join("");
    return [...kinds].sort((a, b) => b[1].length - a[1].length).map(one)
        .join("\n\n").replaceAll("\n", "\n        ");
}

async function compare(later, sequences, options) {
    const all = ["--cors", "*", ...options];
    const servers = [await start("506_echo_server", ...all),
                     await startReference("506", ...all)];
    for (const server of servers) later(() => server.stop());
    const results = { faults: [], ended: 0 };
    await compareAll(sequences, servers.map((s) => s.port), results);
    const { faults, ended } = results;
    console.log(`        (${ended} of ${sequences.length} were compared only ` +
                "up to an accepted difference)");
    if (faults.length > 0)
        throw new Error(`${faults.length} of ${sequences.length} differ\n\n` +
                        report(faults));
}

const named = (parts) => parts.flatMap((part) =>
    [...part()].map(([name, steps]) => ({ name, steps })));

const groups = [
    ["listed sequences of requests", named(requests), QUIET],
    ["listed sequences of packets", named(packets), QUIET],
    ["listed sequences of WebSockets", named(websockets), QUIET],
    ["listed sequences of heartbeats", named([heartbeats]), HEARTBEAT],
    [`random sequences, seed ${SEED}`, Array.from({ length: RANDOM }, (_, i) =>
        randomSequence(Number(SEED) * 1000000 + i)), QUIET],
];
for (const [title, all, options] of groups) {
    const sequences = all.filter((s) => !SEQUENCE || s.name === SEQUENCE);
    if (sequences.length > 0)
        await test(`${sequences.length} ${title}: as socket.io answers`,
                   (later) => compare(later, sequences, options), LIMIT);
}
if (!SEQUENCE)
    for (const rule of differences.filter((r) => !r.is_race && !met.has(r)))
        console.log(`        not met: "${rule.why}", ours: ${rule.ours}`);
