/*
 * chat.js: the page of 410: a chat of two channels, in lines
 *
 *   we send   join CHANNEL   say TEXT   typing
 *   we get    hello NAME     here NAME   joined NAME   left NAME
 *             said NAME TEXT             typing NAME
 *
 * Each connection is a new WebSocket object, with handlers of its own. What
 * belongs to the page, such as the handler of the form, is added once, when
 * this file is loaded. A page that adds it whenever it is connected has two of
 * it after the first reconnection, and three after the second.
 */
const PROTOCOL = "lines.chat";
const TYPING_MS = 2000; /* somebody types: it is shown, and sent, for so long */
const FIRST_WAIT_MS = 500, LAST_WAIT_MS = 10000; /* before it connects again */
const MAX_LINES = 300;

const $ = (id) => document.getElementById(id);
const buttons = document.querySelectorAll("button[data-channel]");
const here = new Map();    /* names in the channel, and how many have each */
const typists = new Map(); /* names, and the timer that ends it */
let socket = null;         /* the connection; an older one is ignored */
let me = "", channel = "books", typedAt = 0, attempts = 0, timer = 0;

/* ---- what is seen ---- */

/* A <bdi> keeps a name or a text that is written from right to left from
 * reordering what is around it. */
function isolated(text) {
    const bdi = document.createElement("bdi");
    bdi.textContent = text;
    return bdi;
}

function addLine(kind, name, text) {
    const line = document.createElement("p"), list = $("lines");
    const atEnd = list.scrollTop + list.clientHeight > list.scrollHeight - 40;
    line.className = kind;
    if (kind === "said") {
        const who = document.createElement("b");
        who.append(isolated(name));
        line.dataset.channel = channel;
        line.classList.toggle("mine", name === me);
        line.append(who, isolated(text));
    } else {
        line.append(...(name ? [isolated(name), " "] : []), text);
    }
    list.append(line);
    while (list.children.length > MAX_LINES) list.firstChild.remove();
    if (atEnd) list.scrollTop = list.scrollHeight;
}

const note = (text, name = "") => addLine("note", name, text);

function showHere() {
    const sorted = [...here].sort(([a], [b]) => (a < b ? -1 : 1));
    $("here").replaceChildren(...sorted.map(([name, count]) => {
        const item = document.createElement("li");
        item.append(isolated(name), count > 1 ? ` × ${count}` : "");
        item.classList.toggle("mine", name === me);
        return item;
    }));
}

/* Two clients may have one name: two windows of one browser have. */
function count(name, change) {
    const now = (here.get(name) ?? 0) + change;
    if (now > 0) here.set(name, now);
    else here.delete(name);
    showHere();
}

function showTypists() {
    const names = [...typists.keys()];
    $("typing").replaceChildren(
        ...names.flatMap((name, i) => [i ? ", " : "", isolated(name)]),
        names.length > 1 ? " are typing …" :
        names.length > 0 ? " is typing …" : "");
}

function stopTyping(name) {
    clearTimeout(typists.get(name));
    typists.delete(name);
    showTypists();
}

function clearChannel() {
    here.clear();
    showHere();
    for (const name of typists.keys()) stopTyping(name);
}

function showState(state, text) {
    $("state").dataset.state = state;
    $("state").textContent = text;
    const isOpen = state === "open";
    $("text").disabled = $("say").disabled = !isOpen;
    $("text").placeholder = isOpen ? "say something" :
        me ? "not connected" : "log in first";
    $("login").hidden = me !== "";
    $("me").hidden = me === "";
    $("who").textContent = me;
}

/* ---- the protocol ---- */

const handlers = {
    hello: (name) => {
        me = name;
        attempts = 0;
        showState("open", "connected");
        join(channel);
    },
    here: (name) => count(name, 1),
    joined: (name) => {
        count(name, 1);
        note("has joined", name);
    },
    left: (name) => {
        count(name, -1);
        stopTyping(name);
        note("has left", name);
    },
    said: (name, text) => {
        stopTyping(name);
        addLine("said", name, text);
    },
    typing: (name) => {
        clearTimeout(typists.get(name));
        typists.set(name, setTimeout(() => stopTyping(name), TYPING_MS));
        showTypists();
    },
};

function receive(line) {
    const [, verb, name, text] = /^(\S+) (\S+)(?: (.*))?$/.exec(line) ?? [];
    if (Object.hasOwn(handlers, verb ?? "")) handlers[verb](name, text ?? "");
}

function join(name) {
    channel = name;
    clearChannel();
    for (const button of buttons)
        button.ariaPressed = String(button.dataset.channel === channel);
    if (socket?.readyState !== WebSocket.OPEN) return;
    socket.send(`join ${channel}`);
    note(`you are in ${channel}`);
}

/* ---- the connection ---- */

/* The cookie is not mentioned: the browser adds it, and Origin. */
function connect() {
    const opened = new WebSocket(`ws://${location.host}/`, PROTOCOL);
    socket = opened;
    showState("connecting", "connecting …");
    opened.onmessage = (event) => {
        if (opened === socket) receive(event.data);
    };
    opened.onclose = (event) => {
        if (opened === socket) closed(event);
    };
}

/* A handshake that was refused looks to a script as if nobody had listened:
 * 1006. So before the first hello this asks for the name, and after it, it
 * tries again. */
function closed({ code, reason }) {
    socket = null;
    clearChannel();
    if (me === "") {
        showState("closed", "not connected");
        return;
    }
    const why = code === 1008 ? "the server closed it: 1008" :
        `the connection is lost: ${code}${reason ? ` ${reason}` : ""}`;
    if (attempts === 0) note(why);
    const longest = Math.min(LAST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempts++);
    showState("waiting", "not connected: trying again");
    timer = setTimeout(connect, longest * (0.5 + Math.random() / 2));
}

/* ---- what the page does, added once ---- */

$("login").addEventListener("submit", async (event) => {
    event.preventDefault();
    const name = encodeURIComponent($("name").value.trim());
    const response = await fetch(`/login?name=${name}`, { method: "POST" })
        .catch(() => null);
    $("why").textContent = response?.ok ? "" :
        response ? "This is not a name." : "The server does not answer.";
    if (!response?.ok) return;
    clearTimeout(timer);
    connect();
});

for (const button of buttons)
    button.addEventListener("click", () => {
        if (button.dataset.channel !== channel) join(button.dataset.channel);
    });

$("send").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = $("text").value.trim();
    if (text === "" || socket?.readyState !== WebSocket.OPEN) return;
    socket.send(`say ${text}`);
    $("text").value = "";
    typedAt = 0;
});

/* Not for every key: what is sent is sent to all in the channel. */
$("text").addEventListener("input", () => {
    if (socket?.readyState !== WebSocket.OPEN) return;
    if (Date.now() - typedAt < TYPING_MS / 2) return;
    typedAt = Date.now();
    socket.send("typing");
});

join(channel);
connect();
