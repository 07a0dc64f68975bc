/*
 * dump.js: draws the bytes of a packet and their fields
 *
 *   0000  81 15 34 32 5b 22 ..   ..42["..      FIN, opcode   81
 *                                              length        15
 *
 * Pointing at a byte, or moving to it with the arrow keys, marks its field;
 * pointing at a field marks its bytes. The bytes are drawn at once. Their
 * fields come later, from explain.js.
 */
import { hex, visible } from "/fields.js";

const WIDE = matchMedia("(min-width: 40em)");
const rowSize = () => (WIDE.matches ? 16 : 8); /* bytes in one row */
const SHOWN = 512;       /* bytes at first */
const PAGE = 2048;       /* bytes after "show more", at a time */
const MAX_VALUE = 200;   /* characters of a field's value */

/* Which lesson explains a layer. */
const LESSONS = {
    http: ["HTTP", "401-http.md"],
    frame: ["WebSocket frame", "404-frames.md"],
    handshake: ["WebSocket handshake", "403-upgrade.md"],
    close: ["WebSocket close", "408-echo-server.md"],
    engine: ["Engine.IO", "503-engine-server.md"],
    polling: ["long-polling", "502-polling.md"],
    socket: ["Socket.IO", "505-packets.md"],
};

/* Makes an element: make("p", {className: "x"}, "text", child, ...). */
export function make(tag, properties, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
}

/* Returns the elements for {bytes, hidden} of a packet with these layers. ask()
 * promises its {fields, problems}, which are drawn when they are there. problem
 * is what the client finds wrong, or null. */
export function drawPacket({ bytes, hidden }, { carrier, layers, problem },
                           ask) {
    const parts = [lessonLinks(layers, carrier)];
    const wrong = make("p", { className: "error" }, problem ?? "");
    parts.push(wrong);
    if (bytes.length > 0) {
        const state = drawBytes(bytes);
        parts.push(state.box);
        state.ask = async () => {
            try {
                const { fields, problems } = await ask();
                showFields(state, fields);
                if (problems.length > 0)
                    wrong.textContent = problems.map(problemText).join("; ");
            } catch (e) {
                showFailure(state, e.message);
            }
        };
        state.ask();
    }
    if (hidden) parts.push(make("p", { className: "hidden" },
                                `The browser hides ${hidden}`));
    return parts;
}

const problemText = ({ name, words, section }) =>
    `Breaks ${section}: ${name}, ${visible(words)}`;

function lessonLinks(carried, { kind }) {
    const layers = new Set([kind, ...carried]);
    if (kind === "http") layers.add("polling");
    const list = make("ul", { className: "lessons", ariaLabel: "Lessons" });
    for (const layer of layers) {
        if (!LESSONS[layer]) continue;
        const [name, file] = LESSONS[layer];
        list.append(make("li", {}, make("a", { href: `/lessons/${file}` },
                                        `${name}: ${file.slice(0, 3)}`)));
    }
    return list;
}

/* state: what is drawn of a packet: fields, and owners, which says for each
 * byte the index of its field, or -1. */
function drawBytes(bytes) {
    const box = make("div", { className: "dump" });
    const state = { box, bytes, fields: [], owners: ownersOf(bytes, []),
                    at: -1, from: 0, cells: [],
                    end: Math.min(SHOWN, bytes.length), row: rowSize() };
    state.status = make("p", { className: "status" },
                        "The server explains these bytes …");
    state.grid = drawGrid(state);
    state.list = make("div", { className: "waiting" });
    box.append(state.status, make("div", { className: "halves" },
                                  state.grid, state.list));
    if (bytes.length > SHOWN) box.append(moreButton(state));
    return state;
}

function ownersOf(bytes, fields) {
    const owners = new Array(bytes.length).fill(-1);
    fields.forEach(({ start, end }, i) => owners.fill(i, start, end));
    return owners;
}

/* In the place of the fields: why they are not there. */
function showFailure(state, reason) {
    const again = make("button", { type: "button" }, "Try again");
    again.addEventListener("click", () => {
        state.status.textContent = "The server is asked again …";
        state.ask();
    });
    const had = state.list.contains(document.activeElement);
    const box = make("div", { className: "waiting" },
                     make("p", { className: "error", role: "alert" },
                          visible(reason)), again);
    state.list.replaceWith(box);
    state.list = box;
    state.status.textContent = "These are its bytes.";
    if (had) again.focus();
}

function showFields(state, fields) {
    const had = state.list.contains(document.activeElement);
    state.fields = fields;
    state.owners = ownersOf(state.bytes, fields);
    const list = drawFields(state);
    state.list.replaceWith(list);
    state.list = list;
    fillGrid(state.grid, state);
    state.status.textContent =
        "Point at a byte or a field, or move there with the arrow keys.";
    if (state.at >= 0) markByte(state, state.at);
    if (had) list.focus();
}

/* ---- the bytes ---- */

function drawGrid(state) {
    const grid = make("div", { className: "grid", role: "grid", tabIndex: 0,
                               ariaLabel: "Bytes" });
    fillGrid(grid, state);
    grid.addEventListener("pointerover", (e) => {
        const at = e.target.dataset?.at;
        if (at !== undefined) markByte(state, Number(at));
    });
    grid.addEventListener("keydown", (e) => {
        const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -state.row,
                        ArrowDown: state.row, Home: -Infinity, End: Infinity };
        if (!(e.key in steps)) return;
        e.preventDefault();
        markByte(state, Math.max(state.from, Math.min(state.end - 1,
            state.at + steps[e.key])));
        grid.querySelector(".at").scrollIntoView({ block: "nearest" });
    });
    grid.addEventListener("focus", () => {
        if (state.at < state.from) markByte(state, state.from);
    });
    return grid;
}

/* Shows the bytes from state.from to state.end. */
function fillGrid(grid, state) {
    const { bytes, fields, owners, from, row: size } = state;
    const rows = [];
    state.cells = [];
    for (let at = from; at < state.end; at += size) {
        const row = make("div", { role: "row", className: "row" });
        row.append(make("span", { role: "rowheader", className: "offset" },
                        at.toString(16).padStart(4, "0")));
        const text = make("span", { className: "text", ariaHidden: "true" });
        const end = Math.min(at + size, state.end);
        for (let i = at; i < end; i++) {
            const layer = fields[owners[i]]?.layer ?? "";
            const digits = cell(i, bytes[i], layer);
            const letter = make("span", { className: layer },
                                asciiOf(bytes[i]));
            letter.dataset.at = i;
            row.append(digits);
            text.append(letter);
            state.cells[i] = [digits, letter];
        }
        row.append(text);
        rows.push(row);
    }
    grid.replaceChildren(...rows);
}

function cell(i, octet, layer) {
    const element = make("span", { role: "gridcell", id: `byte-${i}`,
                                   className: layer }, hex([octet], 1));
    element.dataset.at = i;
    return element;
}

const asciiOf = (octet) =>
    octet > 0x20 && octet < 0x7f ? String.fromCharCode(octet) : "·";

function moreButton(state) {
    const { length } = state.bytes;
    const label = () => `Bytes ${state.from} to ${state.end - 1} of ` +
        `${length}: show ${length <= PAGE ? "all" :
            state.end < length ? "more" : "the first"}`;
    const button = make("button", { type: "button" }, label());
    button.addEventListener("click", () => {
        /* The first click shows a whole page, each later one the next page. */
        if (state.end - state.from > SHOWN || state.from > 0)
            state.from = state.end < length ? state.from + PAGE : 0;
        state.end = Math.min(state.from + PAGE, length);
        state.at = -1;
        fillGrid(state.grid, state);
        state.grid.scrollTop = 0;
        if (length <= PAGE) button.remove();
        else button.textContent = label();
        state.grid.focus();
    });
    return button;
}

/* ---- the fields ---- */

function drawFields(state) {
    const list = make("ul", { className: "fields", role: "listbox",
                              tabIndex: 0, ariaLabel: "Fields" });
    state.fields.forEach((field, i) => {
        const { layer, name, value, start, end, isMinor, isWrong } = field;
        const className = isWrong ? `${layer} wrong` : layer;
        const item = make("li", { role: "option", id: `field-${i}`,
                                  ariaSelected: "false", className },
            make("b", {}, shorten(name)), " ",
            make("span", { className: "value" }, shorten(value)),
            make("span", { className: "count" }, ` ${end - start} B`));
        item.dataset.field = i;
        item.hidden = isMinor; /* but one can point at its bytes */
        list.append(item);
    });
    list.addEventListener("pointerover", (e) => {
        const item = e.target.closest("[data-field]");
        if (item) markField(state, Number(item.dataset.field));
    });
    list.addEventListener("keydown", (e) => {
        const steps = { ArrowUp: -1, ArrowDown: 1, Home: -Infinity,
                        End: Infinity };
        if (!(e.key in steps)) return;
        e.preventDefault();
        const listed = [...list.children].filter((item) => !item.hidden);
        const next = listed.indexOf(list.querySelector(".lit")) + steps[e.key];
        const item = listed[Math.max(0, Math.min(listed.length - 1, next))];
        markField(state, Number(item.dataset.field));
        item.scrollIntoView({ block: "nearest" });
    });
    list.addEventListener("focus", () => {
        if (state.field === undefined) markField(state, 0);
    });
    return list;
}

export function shorten(value, most = MAX_VALUE) {
    const text = String(value);
    return visible(text.slice(0, most)) +
           (text.length > most ? ` … ${text.length - most} more` : "");
}

/* ---- marks ---- */

function markByte(state, at) {
    const field = state.fields[state.owners[at]];
    markField(state, state.owners[at]);
    state.at = at;
    const [element] = state.cells[at];
    element.classList.add("at");
    state.grid.setAttribute("aria-activedescendant", element.id);
    state.status.textContent = `byte ${at}: ${hex([state.bytes[at]], 1)}` +
                               (field ? ` · ${describe(field)}` : "");
}

function markField(state, index) {
    const field = state.fields[index];
    for (const old of state.box.querySelectorAll(".lit, .at")) {
        old.classList.remove("lit", "at");
        if (old.role === "option") old.ariaSelected = "false";
    }
    if (!field) return;
    state.field = index;
    const item = state.list.children[index];
    item.classList.add("lit");
    item.ariaSelected = "true";
    state.list.setAttribute("aria-activedescendant", item.id);
    const end = Math.min(field.end, state.end);
    for (let i = Math.max(field.start, state.from); i < end; i++)
        for (const byte of state.cells[i]) byte.classList.add("lit");
    state.status.textContent = describe(field);
}

const LAYER_NAMES = { carrier: "carrier", engine: "Engine.IO",
                      socket: "Socket.IO", json: "JSON",
                      base64: "attachment" };

function describe({ layer, name, value, note, section, isWrong }) {
    return `${LAYER_NAMES[layer]}, ${shorten(name, 60)}: ` +
           shorten(value, 60) +
           (note ? ` (${note})` : "") +
           (section ? ` · ${isWrong ? "breaks " : ""}${section}` : "");
}
