/*
 * rooms.js: a chat of two rooms. The protocols are in client.js and below.
 *
 *   we send   enter ROOM   say TEXT   typing     shout TEXT
 *   we get    here NAME    said       typing     shouted      NAME, TEXT
 *             entered left            arrived gone accepted   NAME
 *
 * The handlers of events are set once, when this file is loaded, and not again
 * on each connection: otherwise each reconnection would add another copy of
 * every line. What has to be done on each connection is to enter the room: the
 * server does not know that the new client is the old one.
 */
import { Client } from "/client.js";
import { escapeReordering } from "/fields.js";

const TYPING_MS = 2000; /* somebody types: it is shown, and sent, for so long */
const MAX_LINES = 300;

const $ = (id) => document.getElementById(id);
const rooms = document.querySelectorAll("[data-room]");
const here = new Map();   /* names in the room, and how many have each */
const typists = new Map(); /* names, and the timer that ends it */
let room = "red", client = null, typedAt = 0;

/* ---- what is seen ---- */

function addLine(kind, name, text) {
    const line = document.createElement("li");
    const list = $("lines");
    const atEnd = list.scrollTop + list.clientHeight > list.scrollHeight - 40;
    line.className = kind;
    if (kind === "said") line.dataset.room = room;
    if (name !== null) {
        const who = document.createElement("b");
        who.textContent = escapeReordering(name);
        line.classList.toggle("mine", name === $("name").value.trim());
        line.append(who);
    }
    line.append(escapeReordering(text));
    list.append(line);
    while (list.children.length > MAX_LINES) list.firstChild.remove();
    if (atEnd) list.scrollTop = list.scrollHeight;
}

const note = (text) => addLine("note", null, text);

function showHere() {
    $("here").replaceChildren(...[...here].map(([name, count]) => {
        const item = document.createElement("li");
        item.textContent = escapeReordering(name) +
            (count > 1 ? ` × ${count}` : "");
        item.classList.toggle("me", name === $("name").value.trim());
        return item;
    }));
}

/* Two people may have one name. */
function count(name, change) {
    here.set(name, (here.get(name) ?? 0) + change);
    if (here.get(name) <= 0) here.delete(name);
    showHere();
}

function showTypists() {
    const names = [...typists.keys()].map(escapeReordering);
    $("typing").textContent = names.length === 0 ? "" :
        `${names.join(", ")} ${names.length > 1 ? "are" : "is"} typing …`;
}

function stopTyping(name) {
    clearTimeout(typists.get(name));
    typists.delete(name);
    showTypists();
}

/* ---- events ---- */

const handlers = {
    accepted: (name) => note(`connected as ${name}`),
    arrived: (name) => note(`${name} has connected`),
    entered: (name) => {
        count(name, 1);
        note(`${name} has entered the room`);
    },
    here: (name) => count(name, 1),
    left: (name) => {
        count(name, -1);
        stopTyping(name);
        note(`${name} has left the room`);
    },
    gone: (name) => note(`${name} has disconnected`),
    said: (name, text) => {
        stopTyping(name);
        addLine("said", name, text);
    },
    shouted: (name, text) => addLine("shouted", name, `${text} (to all)`),
    typing: (name) => {
        stopTyping(name);
        typists.set(name, setTimeout(() => stopTyping(name), TYPING_MS));
        showTypists();
    },
};

function takeEvent(name, args) {
    if (Object.hasOwn(handlers, name))
        handlers[name](...args.map((arg) => typeof arg === "string" ?
            arg : JSON.stringify(arg)));
}

function enter(name) {
    room = name;
    here.clear();
    showHere();
    for (const typist of typists.keys()) stopTyping(typist);
    for (const button of rooms)
        button.ariaPressed = String(button.dataset.room === room);
    if (client?.state !== "connected") return;
    client.emit("enter", [room]);
    note(`you are in the room ${room}`);
}

/* ---- connection ---- */

let shown = "closed";

function showState() {
    const { state, why } = client;
    const connected = state === "connected";
    const texts = { closed: why || "not connected", connecting: "connecting …",
                    connected: `connected by ${client.engine?.transport}`,
                    waiting: `${why}: trying again` };
    $("state").textContent = texts[state];
    $("state").dataset.state = state;
    $("toggle").textContent = state === "closed" ? "Come in" : "Leave";
    $("name").disabled = state !== "closed";
    $("cut").disabled = $("say").disabled = $("shout").disabled = !connected;
    $("text").disabled = !connected;
    $("text").placeholder = connected ? "say something" : "come in first";
    if (state === shown) return;
    shown = state;
    if (connected) {
        enter(room);
        $("text").focus();
    } else {
        here.clear();
        showHere();
        if (state !== "connecting") note(texts[state]);
    }
}

$("connection").addEventListener("submit", (event) => {
    event.preventDefault();
    if (client && client.state !== "closed") {
        client.disconnect();
        return;
    }
    client = new Client({ auth: { name: $("name").value.trim() },
                          seen: () => {}, event: takeEvent,
                          changed: showState });
    client.connect();
});
$("cut").addEventListener("click", () => client.cut());

for (const button of rooms)
    button.addEventListener("click", () => {
        if (button.dataset.room !== room) enter(button.dataset.room);
    });

function send(name) {
    const text = $("text").value.trim();
    if (text === "") return;
    client.emit(name, [text]);
    $("text").value = "";
    typedAt = 0;
}

$("send").addEventListener("submit", (event) => {
    event.preventDefault();
    send("say");
});
$("shout").addEventListener("click", () => send("shout"));

/* Not for every key: what is sent is sent to everybody in the room. */
$("text").addEventListener("input", () => {
    if (client?.state !== "connected") return;
    if (Date.now() - typedAt < TYPING_MS / 2) return;
    typedAt = Date.now();
    client.emit("typing", []);
});

enter(room);
