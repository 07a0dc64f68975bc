/*
 * log.js: a line for each packet, and the packet that is opened below
 *
 * Rows are added once per animation frame, however many packets arrived: one
 * layout of the page instead of one per packet. The list is one stop of the Tab
 * key; the arrow keys move in it.
 */
import { askCommand } from "/ask.js";
import { drawPacket, make, shorten } from "/dump.js";
import { explain } from "/explain.js";
import { bytesOf, cut, nameOf, problemOf, visible } from "/fields.js";
import { closeText } from "/packets.js";
import { Pairs } from "/pairs.js";

const MAX_ROWS = 500; /* then the oldest ones are removed */
const MAX_TEXT = 300; /* characters of a packet in its row */
const NEAR_END = 40;  /* pixels: the list follows if it is scrolled so far */

export class Log {
    /* elements: rows, detail, nothing, filter, quiet, pause */
    constructor(elements) {
        Object.assign(this, elements);
        this.pairs = new Pairs();
        this.entries = []; /* in the list */
        this.pending = []; /* not drawn yet */
        this.count = 0;
        this.isPaused = false;
        this.selected = null;
        this.rows.addEventListener("click", (e) => {
            const row = e.target.closest("[role=option]");
            if (row) this.select(this.entryOf(row));
        });
        this.rows.addEventListener("keydown", (e) => this.move(e));
        this.filter.addEventListener("input", () => this.applyFilter());
        this.quiet.addEventListener("change", () => this.applyFilter());
        this.pause.addEventListener("click", () => this.togglePause());
    }

    add(packet) {
        const entry = { packet, number: ++this.count, later: [] };
        packet.entry = entry;
        entry.links = this.pairs.add(packet);
        for (const { to, ms } of entry.links)
            to.entry.later.push({ to: packet, ms });
        this.pending.push(entry);
        if (this.pending.length > MAX_ROWS) this.pending.shift();
        this.schedule();
    }

    schedule() {
        if (this.frame) return;
        this.frame = requestAnimationFrame(() => {
            this.frame = 0;
            if (this.isPaused) this.showPause();
            else this.flush();
        });
    }

    flush() {
        const { rows } = this;
        const isAtEnd = rows.scrollHeight - rows.scrollTop -
                        rows.clientHeight < NEAR_END;
        const added = this.pending.splice(0);
        for (const entry of added) this.draw(entry);
        this.entries.push(...added);
        const old = this.entries.splice(0, this.entries.length - MAX_ROWS);
        for (const { row } of old) row.remove();
        rows.append(...added.slice(-MAX_ROWS).map(({ row }) => row));
        this.nothing.hidden = this.entries.length > 0;
        if (isAtEnd) rows.scrollTop = rows.scrollHeight;
    }

    clear() {
        this.pending = [];
        for (const { row } of this.entries.splice(0)) row.remove();
        this.nothing.hidden = false;
        this.select(null);
    }

    togglePause() {
        this.isPaused = !this.isPaused;
        this.pause.ariaPressed = String(this.isPaused);
        this.showPause();
        if (!this.isPaused) this.flush();
    }

    showPause() {
        this.pause.textContent = !this.isPaused ? "Pause" :
            `Resume (${this.pending.length} new)`;
    }

    /* -- which rows are shown -- */

    isShown(entry) {
        const { packet, text } = entry;
        const words = this.filter.value.trim().toLowerCase();
        if (this.quiet.checked && !isMessage(packet)) return false;
        return words === "" || text.includes(words);
    }

    applyFilter() {
        for (const entry of this.entries)
            entry.row.hidden = !this.isShown(entry);
    }

    /* -- one row -- */

    draw(entry) {
        const { packet, number, links } = entry;
        const { carrier, raw, bytes } = packet;
        const name = raw === null ? bareName(carrier) : nameOf(packet);
        const way = carrier.out ? "sent" : "received";
        const by = byText(carrier);
        entry.name = name;
        entry.text = `#${number} ${way} ${by} ${name} ` +
                     `${typeof raw === "string" ? raw.slice(0, 2000) : ""}`;
        entry.text = entry.text.toLowerCase();
        entry.row = make("div", { role: "option", id: `row-${number}`,
                                  ariaSelected: "false",
                                  className: carrier.out ? "out" : "in" },
            make("span", { className: "way", role: "img", ariaLabel: way },
                 carrier.out ? "↑" : "↓"),
            make("span", { className: "meta" },
                make("span", { className: "number" }, `#${number}`), " ",
                make("time", {}, timeText(packet.at)), " ",
                make("span", { className: "by" }, by)),
            make("span", { className: "name" }, name),
            drawText(packet),
            make("span", { className: "partner" }, links.length === 0 ? "" :
                links.map(({ to, ms }) =>
                    `#${to.entry.number} + ${msText(ms)}`).join(", ")),
            make("span", { className: "size" }, bytes > 0 ? `${bytes} B` : ""));
        if (raw === null) entry.row.classList.add("bare");
        if (name.endsWith("malformed") || carrier.kind === "failed")
            entry.row.classList.add("bad");
        entry.row.hidden = !this.isShown(entry);
    }

    /* -- selection -- */

    entryOf(row) {
        return this.entries.find((entry) => entry.row === row);
    }

    move(e) {
        const steps = { ArrowUp: -1, ArrowDown: 1, PageUp: -10, PageDown: 10,
                        Home: -Infinity, End: Infinity };
        if (e.key === "Enter" && this.selected) this.detail.focus();
        if (!(e.key in steps)) return;
        e.preventDefault();
        const shown = this.entries.filter(({ row }) => !row.hidden);
        const at = shown.indexOf(this.selected);
        const from = at >= 0 ? at : steps[e.key] > 0 ? -1 : shown.length;
        const to = Math.max(0, Math.min(shown.length - 1,
                                        from + steps[e.key]));
        if (shown[to]) this.select(shown[to]);
    }

    select(entry) {
        if (this.selected) this.selected.row.ariaSelected = "false";
        this.selected = entry;
        if (!entry) {
            this.rows.removeAttribute("aria-activedescendant");
            this.detail.replaceChildren(make("p", { className: "hint" },
                "Choose a packet: here are its bytes."));
            return;
        }
        entry.row.ariaSelected = "true";
        this.rows.setAttribute("aria-activedescendant", entry.row.id);
        entry.row.scrollIntoView({ block: "nearest" });
        this.detail.replaceChildren(...this.drawDetail(entry));
        this.detail.scrollTop = 0;
    }

    drawDetail(entry) {
        const { packet, number, name } = entry;
        const { carrier } = packet;
        const title = make("h3", {}, `#${number} ` +
            `${carrier.out ? "sent" : "received"}: ${name}`);
        const links = make("p", { className: "links" });
        for (const { to, name: what, ms } of entry.links)
            links.append(this.drawLink(to.entry,
                `its ${what}, #${to.entry.number}: ${msText(ms)} before`));
        for (const { to, ms } of entry.later.slice(0, 10))
            links.append(this.drawLink(to.entry,
                `then #${to.entry.number} ${to.entry.name ?? ""}: ` +
                `${msText(ms)} after`));
        const command = askCommand(packet);
        return [title, ...(links.children.length > 0 ? [links] : []),
                ...drawPacket(bytesOf(packet), whatIsKnown(packet),
                              () => explain(packet)),
                ...(command ? [drawCommand(command)] : [])];
    }

    drawLink(entry, text) {
        const button = make("button", { type: "button" }, text);
        button.disabled = !this.entries.includes(entry);
        button.addEventListener("click", () => {
            this.select(entry);
            this.rows.focus();
        });
        return button;
    }
}

/* What this client has read in a packet itself. */
function whatIsKnown(packet) {
    const texts = packet.raw === null ? [] : cut(packet);
    return { carrier: packet.carrier, problem: problemOf(packet),
             layers: texts.map(([className]) => className.split(" ")[0]) };
}

function drawCommand(command) {
    const copy = make("button", { type: "button" },
                      "Copy as a bin/ask command");
    const text = make("pre", { hidden: true }, shorten(command, 1500));
    copy.addEventListener("click", async () => {
        text.hidden = false;
        try {
            await navigator.clipboard.writeText(command);
            copy.textContent = "Copied";
        } catch {
            copy.textContent = "Copy it from here:";
        }
    });
    return make("div", { className: "command" }, copy, text);
}

/* Heartbeats and empty requests may be left out of the log. */
function isMessage({ raw }) {
    return raw !== null && (typeof raw !== "string" || raw[0] === "4" ||
                            raw[0] === "b");
}

function drawText(packet) {
    const what = make("span", { className: "what" });
    if (packet.raw === null) {
        what.append(bareText(packet.carrier));
        return what;
    }
    let left = MAX_TEXT;
    for (const [className, text] of cut(packet)) {
        if (!text || left <= 0) continue;
        what.append(make("span", { className }, visible(text.slice(0, left))));
        left -= text.length;
    }
    if (left < 0) what.append("…");
    return what;
}

const asksForSession = (url) => !url.includes("&sid=");

/* The name of a row that carries no packet. */
function bareName({ kind, out, method, status, code }) {
    switch (kind) {
    case "handshake": return out ? "upgrade?" : "101";
    case "close": return `closed ${closeText(code)}`;
    case "failed": return "failed";
    case "note": return "skipped";
    default: return out ? method : String(status);
    }
}

function bareText({ kind, out, method, url, body, reason, text }) {
    switch (kind) {
    case "handshake":
        return out ? "GET, asks for WebSocket" : "Switching Protocols";
    case "close": return visible(reason ?? "");
    case "failed": return `no response to this ${method}`;
    case "note": return text;
    default:
        if (!out) return visible(body.slice(0, MAX_TEXT));
        return asksForSession(url) ? "asks for a session" : "waits for packets";
    }
}

function byText({ kind, method }) {
    if (kind === "note") return "here";
    return kind === "http" || kind === "failed" ? `HTTP ${method}` :
        "WebSocket";
}

const msText = (ms) => `${ms.toFixed(ms < 100 ? 1 : 0)} ms`;

function timeText(at) {
    const d = new Date(at);
    return d.toTimeString().slice(0, 8) + "." +
           String(d.getMilliseconds()).padStart(3, "0");
}
