/*
 * app.js: what the page does with the client: the controls, and the log in
 * which each packet can be peeled. The protocols are in client.js.
 */
import { Client, readEngine, readSocket } from "/client.js";

const MOST_ROWS = 500; /* older ones leave */

const $ = (id) => document.getElementById(id);
let client = null;

/* Makes an element: make("p", {className: "x"}, "text", child, ...). */
function make(tag, properties, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
}

/* ---- connection ---- */

function connect() {
    let auth;
    try {
        auth = $("auth").value.trim() && JSON.parse($("auth").value);
    } catch {
        auth = null;
    }
    /* Socket.IO v5: the payload of CONNECT is an object. */
    const good = auth === "" || (auth && typeof auth === "object");
    $("auth-error").textContent = good ? "" : "The payload is no JSON object.";
    if (!good) return;
    client = new Client({
        transports: $("transports").value,
        namespace: $("namespace").value,
        auth: auth || undefined,
        seen: addPacket,
        changed: showState,
        event: (name, args) => answer(`${name}${show(args)}`),
    });
    client.connect();
}

function toggle() {
    if (!client || client.state === "closed") connect();
    else client.disconnect();
}

function stateText() {
    switch (client.state) {
    case "waiting":
        return `${client.why}; again in ${(client.wait / 1000).toFixed(1)} s`;
    case "closed":
        return client.why;
    default:
        return client.state;
    }
}

function showState() {
    const { state, engine } = client;
    const up = state === "connected";
    const session = engine?.ended ? null : engine?.handshake;
    $("state").textContent = stateText();
    $("state").dataset.state = state;
    $("toggle").textContent = state === "closed" ? "Connect" : "Disconnect";
    for (const id of ["transports", "namespace", "auth"])
        $(id).disabled = state !== "closed";
    if ($("go").disabled === up)
        answer(up ? "ready" : "connect first");
    $("go").disabled = !up;
    $("sid").textContent = session?.sid ?? "–";
    $("socket-id").textContent = (up && client.sid) || "–";
    $("transport").textContent = session ? engine.transport : "–";
    $("interval").textContent = session ? `${session.pingInterval} ms` : "–";
}

/* ---- sending ---- */

function readBytes() {
    const hex = $("hex").value.replace(/[\s:]/g, "");
    if (!/^([0-9a-f]{2})*$/i.test(hex))
        throw new Error("The bytes are no pairs of hexadecimal digits.");
    return Uint8Array.from(hex.match(/../g) ?? [], (pair) =>
        parseInt(pair, 16));
}

function readArguments() {
    let args;
    try {
        args = JSON.parse(`[${$("args").value}]`);
    } catch {
        throw new Error('The arguments are no JSON. Text needs quotes: "hi".');
    }
    if ($("attach").checked) args.push(readBytes());
    return args;
}

function send() {
    let args;
    try {
        args = readArguments();
        $("args-error").textContent = "";
    } catch (e) {
        $("args-error").textContent = e.message;
        return;
    }
    answer("sent");
    client.emit($("name").value, args, $("ack").checked ? acked : null);
}

function acked(args, ms) {
    if (args === null) {
        answer("no ack came");
        return;
    }
    $("rtt").textContent = `${ms.toFixed(1)} ms`;
    answer(`ack${show(args)}`);
}

const answer = (text) => ($("answer").textContent = text);

/* Arguments as one would write them; bytes as <ca fe>. */
function show(args) {
    return `(${args.map(showValue).join(", ")})`;
}

function showValue(value) {
    if (value instanceof Uint8Array) return `<${hexOf(value)}>`;
    if (Array.isArray(value)) return `[${value.map(showValue).join(", ")}]`;
    if (value === null || typeof value !== "object")
        return JSON.stringify(value);
    const fields = Object.entries(value).map(
        ([key, inner]) => `${JSON.stringify(key)}: ${showValue(inner)}`);
    return `{${fields.join(", ")}}`;
}

function hexOf(bytes, most = 16) {
    const shown = Array.from(bytes.subarray(0, most), (octet) =>
        octet.toString(16).padStart(2, "0"));
    return shown.join(" ") + (bytes.length > most ? " …" : "");
}

function choose(button) {
    $("name").value = button.dataset.event;
    $("ack").checked = button.dataset.ack !== undefined;
    showPreset();
}

function showPreset() {
    for (const button of document.querySelectorAll("[data-event]"))
        button.ariaPressed = button.dataset.event === $("name").value;
}

/* ---- the log: a line for each packet ---- */

/* The text of a packet, cut where its layers begin: [[class, text], ...]. */
function cut(raw) {
    if (raw === null) return [];
    const packet = readEngine(raw);
    if (packet.type === "") return [["base64", hexOf(raw)]];
    if (packet.type === "b")
        return [["engine", "b"], ["base64", raw.slice(1)]];
    const inner = packet.name === "message" && readSocket(packet.data);
    if (!inner) return [["engine", packet.type], ["", packet.data]];
    const { type, attachments, namespace, id } = inner.parts;
    return [["engine", packet.type],
            ["socket", type + attachments + namespace + id],
            ["json", inner.json]];
}

const asksForSession = (url) => !url.includes("&sid=");

/* What there is to say of an exchange that carries no packet. */
function bareText({ kind, out, method, url, status, body, code }) {
    if (kind === "handshake")
        return out ? "GET, asks for WebSocket" : "101 Switching Protocols";
    if (kind === "close") return `closed, ${code}`;
    if (out && asksForSession(url)) return "GET, asks for a session";
    if (out) return `${method}, and waits for packets`;
    return `${status} ${body}`;
}

function byText({ kind, method }) {
    if (kind === "http") return `HTTP ${method}`;
    return "WebSocket";
}

function timeText(at) {
    const d = new Date(at);
    return d.toTimeString().slice(0, 8) + "." +
           String(d.getMilliseconds()).padStart(3, "0");
}

/* Heartbeats and empty requests may be left out of the log. */
function isMessage(raw) {
    return raw !== null && readEngine(raw).name === "message";
}

function summaryOf({ at, carrier, raw, bytes }) {
    const what = make("span", { className: "what" });
    for (const [className, text] of cut(raw))
        if (text) what.append(make("span", { className }, text.slice(0, 300)));
    if (raw === null) what.append(bareText(carrier));
    const way = carrier.out ? "sent" : "received";
    return make("summary", {},
        make("span", { className: "way", title: way, ariaLabel: way,
                       role: "img" }, carrier.out ? "↑" : "↓"),
        make("span", { className: "meta" },
            make("time", {}, timeText(at)),
            make("span", { className: "by" }, byText(carrier))),
        what,
        make("span", { className: "size" }, bytes > 0 ? `${bytes} B` : ""));
}

function addPacket(packet) {
    const rows = $("rows");
    const atEnd = rows.scrollHeight - rows.scrollTop - rows.clientHeight < 40;
    const row = make("details", {}, summaryOf(packet));
    row.classList.add(packet.carrier.out ? "out" : "in");
    if (packet.raw === null) row.classList.add("bare");
    row.hidden = $("quiet").checked && !isMessage(packet.raw);
    row.message = isMessage(packet.raw);
    row.addEventListener("toggle", () => {
        row.append(layersOf(packet));
        row.scrollIntoView({ block: "nearest" });
    }, { once: true });
    $("nothing").hidden = true;
    rows.append(row);
    if (rows.children.length > MOST_ROWS)
        rows.querySelector("details").remove();
    if (atEnd) rows.scrollTop = rows.scrollHeight;
}

function clearLog() {
    for (const row of document.querySelectorAll("details")) row.remove();
    $("nothing").hidden = false;
}

function filterLog() {
    for (const row of document.querySelectorAll("details"))
        row.hidden = $("quiet").checked && !row.message;
}

/* ---- an opened packet: boxes in boxes ---- */

/* A box of one layer. facts: [[what, value], ...] */
function layer(className, title, facts, ...children) {
    const table = make("table", {});
    for (const [what, value] of facts)
        table.append(make("tr", {}, make("th", { scope: "row" }, what),
                          make("td", {}, String(value))));
    return make("div", { className: `layer ${className}` },
                make("h3", {}, title), ...(facts.length > 0 ? [table] : []),
                ...children);
}

const note = (text) => make("p", {}, text);
const hidden = (text) =>
    make("p", { className: "hidden" }, `The browser hides: ${text}`);
const bytes = (head, rest) =>
    make("pre", {}, ...(head ? [make("mark", {}, head)] : []), rest);

function layersOf(packet) {
    const box = make("div", { className: "layers" });
    const outer = carrierLayer(packet);
    if (packet.raw !== null) outer.append(engineLayer(packet.raw));
    box.append(outer);
    return box;
}

function carrierLayer({ carrier, raw }) {
    switch (carrier.kind) {
    case "http":
        return carrier.out ? requestLayer(carrier) : responseLayer(carrier);
    case "frame":
        return frameLayer(carrier, raw);
    case "handshake":
        return handshakeLayer(carrier);
    default:
        return layer("carrier", "WebSocket close",
            [["code", carrier.code], ["reason", carrier.reason || "none"]],
            hidden("the close frame of each side. Code 1006 is the browser's " +
                   "own: none came, the TCP connection ended without one."));
    }
}

/* Where a packet stands in its body. */
function bodyNotes({ index, of, body }) {
    if (of < 2) return [];
    return [note(`Packet ${index} of ${of} in this body. Between two of them ` +
                 "stands the byte 1e:"),
            bytes("", body.slice(0, 400).replaceAll("\x1e", " <1e> "))];
}

/* What a GET asks for. */
function wish(url) {
    return note(asksForSession(url) ?
        "The handshake: a request without a sid asks for a session." :
        "The server keeps this request open until it has something to say, " +
        "or a ping is due: that is long-polling.");
}

function requestLayer(c) {
    return layer("carrier", "HTTP request", [["line", `${c.method} ${c.url}`]],
        ...(c.of === 0 ? [wish(c.url)] : []), ...bodyNotes(c),
        hidden("the rest of the head (Host, Origin, Cookie, Accept …), and " +
               "which of its TCP connections it takes."));
}

function responseLayer(c) {
    return layer("carrier", "HTTP response",
        [["status", c.status], ["answers", `${c.method} ${c.url}`]],
        ...(c.of === 0 && c.body ? [bytes("", c.body.slice(0, 400))] : []),
        ...bodyNotes(c),
        hidden("Date, Connection, Keep-Alive, and in how many TCP segments " +
               "it came."));
}

function handshakeLayer(c) {
    if (c.out)
        return layer("carrier", "WebSocket handshake, request",
            [["line", `GET ${c.url}`]],
            hidden("Upgrade: websocket, the random Sec-WebSocket-Key, the " +
                   "version 13 and the Origin. No page can set them: so " +
                   "the server may believe the Origin."));
    return layer("carrier", "WebSocket handshake, response",
        [["status", "101 Switching Protocols"]],
        hidden("Sec-WebSocket-Accept. The browser has compared it with what " +
               "the key must give; from here, the bytes are frames."));
}

/* RFC 6455 §5.2: FIN and opcode; the mask bit and the length; the mask. */
function frameHead(out, text, n) {
    const mask = out ? 0x80 : 0;
    const head = [0x80 | (text ? 1 : 2)];
    if (n < 126) head.push(mask | n);
    else if (n < 65536) head.push(mask | 126, n >> 8, n & 255);
    else head.push(mask | 127, 0, 0, 0, 0, n >>> 24, (n >> 16) & 255,
                   (n >> 8) & 255, n & 255);
    return hexOf(Uint8Array.from(head)) + (out ? " ?? ?? ?? ??" : "");
}

function frameLayer({ out }, raw) {
    const text = typeof raw === "string";
    const n = text ? new TextEncoder().encode(raw).length : raw.length;
    const head = frameHead(out, text, n);
    return layer("carrier", `WebSocket frame, ${text ? "text" : "binary"}`,
        [["head", head], ["head, bytes", head.split(" ").length],
         ["payload, bytes", n]],
        hidden("that head. It is worked out here, for a message in one " +
               "frame. " + (out ? "?? is the mask, four random bytes: each " +
               "byte of the payload is XORed with one of them." :
               "A server does not mask.")));
}

const ENGINE_NOTES = {
    open: "The server's first packet: the session, and its terms.",
    close: "The session ends.",
    ping: "The heartbeat. The server asks, the client must answer.",
    pong: "The answer to a ping. Without it, the server ends the session.",
    message: "The only type that carries something for the layer above.",
    upgrade: "We change over: what we send from here on comes as frames.",
    noop: "Nothing: it only answers the GET that waits, so that polling ends.",
};
const PROBE = "The probe: do frames get through on this way? Some proxies " +
              "let the handshake pass, and nothing after it.";

function engineLayer(raw) {
    const packet = readEngine(raw);
    if (packet.type === "" || packet.type === "b") return binaryLayer(packet);
    const box = layer("engine", `Engine.IO ${packet.type}, ${packet.name}`, [],
        note(packet.data === "probe" ? PROBE : ENGINE_NOTES[packet.name]));
    if (packet.name === "message") box.append(socketLayer(packet.data));
    else if (packet.name === "open") box.append(pretty(packet.data));
    else box.append(bytes(packet.type, packet.data));
    return box;
}

function binaryLayer({ type, data }) {
    return layer("engine", "Engine.IO message, binary", [["bytes",
        data.length]],
        note(type === "b" ?
            "A body is text, so the bytes come as b and base64: four " +
            "characters for three bytes." :
            "A binary frame: it needs no type, and no base64."),
        layer("socket", "Socket.IO attachment", [],
              note("It belongs to the packet before it, which holds a " +
                   "placeholder for it."), bytes("", hexOf(data, 64))));
}

function socketLayer(text) {
    const p = readSocket(text);
    if (!p) return layer("socket", "not a Socket.IO packet", []);
    const { type, attachments, namespace, id } = p.parts;
    const facts = [["type", `${type}, ${p.name}`]];
    if (p.attachments > 0)
        facts.push(["attachments", `${p.attachments}, in packets to come`]);
    facts.push(["namespace", namespace ? p.namespace : "/, left out"]);
    if (p.id !== null) facts.push(["ack id", p.id]);
    const box = layer("socket", `Socket.IO ${type}, ${p.name}`, facts,
                      bytes(type + attachments + namespace + id, p.json));
    if (p.json) box.append(jsonLayer(p));
    return box;
}

const JSON_NOTES = {
    CONNECT: (p) => p.data.sid ? "The socket's id: not the session's, which " +
        "only client and server may know." : "The auth payload.",
    CONNECT_ERROR: () => "Why we are not let in.",
    EVENT: (p) => `The event's name is ${p.data[0]}; ` +
        `arguments: ${p.data.length - 1}.` +
        (p.id === null ? "" : ` Whoever gets it shall acknowledge ${p.id}.`),
    ACK: (p) => `What the other side says to event ${p.id}.`,
};

function jsonLayer(p) {
    const say = JSON_NOTES[p.name.replace("BINARY_", "")];
    return layer("json", "JSON", [], ...(say ? [note(say(p))] : []),
                 pretty(p.json));
}

const pretty = (json) =>
    make("pre", {}, JSON.stringify(JSON.parse(json), null, 2));

/* ---- wiring ---- */

function onSubmit(form, act) {
    $(form).addEventListener("submit", (e) => {
        e.preventDefault();
        act();
    });
}

onSubmit("connection", toggle);
onSubmit("send", send);
$("name").addEventListener("input", showPreset);
$("attach").addEventListener("change", () =>
    ($("hex-label").hidden = !$("attach").checked));
$("quiet").addEventListener("change", filterLog);
$("clear").addEventListener("click", clearLog);
for (const button of document.querySelectorAll("[data-event]"))
    button.addEventListener("click", () => choose(button));
showPreset();
