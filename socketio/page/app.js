/*
 * app.js: the controls of the page. The protocols are in client.js, engine.js
 * and packets.js; the log is in log.js.
 */
import { Client } from "/client.js";
import { escapeReordering, hex, visible } from "/fields.js";
import { Lifelines } from "/lifelines.js";
import { Log } from "/log.js";

const ANNOUNCE_MS = 2000; /* a screen reader hears at most one report in it */
const MAX_ANSWER = 300;   /* characters */

const $ = (id) => document.getElementById(id);
let client = null;

const log = new Log({ rows: $("rows"), detail: $("detail"),
                      nothing: $("nothing"), filter: $("filter"),
                      quiet: $("quiet"), pause: $("pause") });
const lifelines = new Lifelines($("drawing"));

/* ---- reports ---- */

/* Announces the newest text, but not more often than every ANNOUNCE_MS. */
const announce = (() => {
    let newest = "", timer = null;
    const speak = () => {
        timer = newest ? setTimeout(speak, ANNOUNCE_MS) : null;
        if (newest) $("announce").textContent = newest;
        newest = "";
    };
    return (text) => {
        newest = text;
        if (timer === null) speak();
    };
})();

/* Shows the last text of each animation frame. */
const answer = (() => {
    let frame = 0, newest = "";
    return (text) => {
        newest = text.slice(0, MAX_ANSWER);
        if (text.length > MAX_ANSWER)
            newest += ` … (${text.length} characters)`;
        frame ||= requestAnimationFrame(() => {
            frame = 0;
            $("answer").textContent = visible(newest);
            announce(visible(newest));
        });
    };
})();

/* Shows what is wrong with a field, or with "" that nothing is. Changes nothing
 * that is so already: each change costs a layout of the page. */
function setError(errorId, inputId, text) {
    if ($(errorId).textContent === text && text === "") return;
    $(errorId).textContent = text;
    for (const input of document.querySelectorAll(
        `[aria-describedby~="${errorId}"]`))
        input.ariaInvalid = String(text !== "" && input.id === inputId);
}

/* ---- connection ---- */

/* Socket.IO v5: the payload of CONNECT is an object. Throws if it is not. */
function readAuth() {
    const text = $("auth").value.trim();
    if (text === "") return undefined;
    let auth = null;
    try {
        auth = JSON.parse(text);
    } catch {
        /* the same report as for other values that are not objects */
    }
    if (auth === null || typeof auth !== "object" || Array.isArray(auth))
        throw new Error('The payload must be a JSON object: {"token": "abc"}.');
    return auth;
}

function connect() {
    let auth;
    try {
        auth = readAuth();
        setError("auth-error", "auth", "");
    } catch (e) {
        $("auth-box").open = true;
        setError("auth-error", "auth", e.message);
        $("auth").focus();
        return;
    }
    client = new Client({
        transports: $("transports").value,
        namespace: $("namespace").value,
        auth,
        seen: addPacket,
        changed: showState,
        event: (name, args) => answer(`${name}${show(args)}`),
    });
    client.connect();
}

function addPacket(packet) {
    log.add(packet);
    lifelines.add(packet);
}

function toggle() {
    if (!client || client.state === "closed") connect();
    else client.disconnect();
}

function stateText() {
    switch (client.state) {
    case "waiting": {
        const left = Math.max(0, client.due - Date.now());
        return `${client.why}; again in ${(left / 1000).toFixed(1)} s`;
    }
    case "closed":
        return client.why;
    default:
        return client.state;
    }
}

/* The wait counts down. */
setInterval(() => {
    if (client?.state === "waiting") $("state").textContent = stateText();
}, 200);

const TOGGLE = { closed: "Connect", waiting: "Stop", connecting: "Cancel",
                 connected: "Disconnect" };

function showState() {
    const { state, engine } = client;
    const isUp = state === "connected";
    const session = engine?.ended ? null : engine?.handshake;
    $("state").textContent = visible(stateText());
    if ($("state").dataset.state !== state)
        announce(isUp ? `connected by ${engine.transport}` : stateText());
    $("state").dataset.state = state;
    $("toggle").textContent = TOGGLE[state];
    $("try").hidden = state !== "waiting";
    for (const id of ["transports", "namespace", "auth"])
        $(id).disabled = state !== "closed";
    if ($("go").disabled === isUp)
        answer(isUp ? "ready" : "connect first");
    for (const button of document.querySelectorAll("#go, #break button"))
        button.disabled = !isUp;
    $("sid").textContent = session?.sid ?? "–";
    $("socket-id").textContent = (isUp && client.sid) || "–";
    $("transport").textContent = session ? engine.transport : "–";
    $("interval").textContent = session ? `${session.pingInterval} ms` : "–";
}

/* ---- sending ---- */

/* In a field for JSON, each character is seen in its place: a U+202E that is
 * typed becomes \u202e, with the cursor after it. */
function showReordering(e) {
    const { value, selectionStart } = e.target;
    const shown = escapeReordering(value);
    if (e.isComposing || shown === value) return;
    const at = escapeReordering(value.slice(0, selectionStart)).length;
    e.target.value = shown;
    e.target.setSelectionRange(at, at);
}

/* An error that belongs to one field of the form. */
function fieldError(id, message) {
    return Object.assign(new Error(message), { id });
}

function readBytes() {
    const digits = $("hex").value.replace(/[\s:]/g, "");
    if (!/^([0-9a-f]{2})*$/i.test(digits))
        throw fieldError("hex", "The bytes must be pairs of hexadecimal " +
                                "digits: ca fe.");
    return Uint8Array.from(digits.match(/../g) ?? [], (pair) =>
        parseInt(pair, 16));
}

function readArguments() {
    let args;
    try {
        args = JSON.parse(`[${$("args").value}]`);
    } catch {
        throw fieldError("args", "The arguments must be JSON. Text needs " +
                                 'quotes: "hi".');
    }
    if ($("attach").checked) args.push(readBytes());
    return args;
}

function send() {
    try {
        const args = readArguments();
        client.emit($("name").value, args, $("ack").checked ? acked : null);
        setError("args-error", "", "");
        answer("sent");
    } catch (e) {
        const isName = e.message.includes("reserved");
        const id = e.id ?? (isName ? "name" : "args");
        setError("args-error", id, e.message);
        $(id).focus();
    }
}

function acked(args, ms) {
    if (args === null) {
        answer("no ack arrived");
        return;
    }
    $("rtt").textContent = `${ms.toFixed(1)} ms`;
    answer(`ack${show(args)}`);
}

/* Arguments as in a program; bytes as <ca fe>. */
function show(args) {
    return `(${args.map(showValue).join(", ")})`;
}

function showValue(value) {
    if (value instanceof Uint8Array) return `<${hex(value, 16)}>`;
    if (Array.isArray(value)) return `[${value.map(showValue).join(", ")}]`;
    if (value === null || typeof value !== "object")
        return JSON.stringify(value);
    const fields = Object.entries(value).map(
        ([key, inner]) => `${JSON.stringify(key)}: ${showValue(inner)}`);
    return `{${fields.join(", ")}}`;
}

function choose(button) {
    setError("args-error", "", "");
    $("name").value = button.dataset.event;
    $("ack").checked = button.dataset.ack !== undefined;
    showPreset();
}

function showPreset() {
    for (const button of document.querySelectorAll("[data-event]"))
        button.ariaPressed = String(button.dataset.event === $("name").value);
}

/* ---- wiring ---- */

function onSubmit(form, act) {
    $(form).addEventListener("submit", (e) => {
        e.preventDefault();
        act();
    });
}

onSubmit("connection", toggle);
onSubmit("send", send);
$("try").addEventListener("click", () => client.tryNow());
$("name").addEventListener("input", showPreset);
for (const id of ["args", "auth"])
    $(id).addEventListener("input", showReordering);
/* What is being corrected is not wrong any more, until it is used again. */
for (const form of ["send", "connection"])
    $(form).addEventListener("input", (e) =>
        e.target.hasAttribute("aria-describedby") &&
        setError(e.target.getAttribute("aria-describedby"), "", ""));
$("attach").addEventListener("change", () =>
    ($("hex-label").hidden = !$("attach").checked));
$("clear").addEventListener("click", () => log.clear());
for (const button of document.querySelectorAll("[data-event]"))
    button.addEventListener("click", () => choose(button));
for (const button of document.querySelectorAll("[data-break]"))
    button.addEventListener("click", () => client[button.dataset.break]());
log.select(null);
showPreset();
