/*
 * lifelines.js: this connection as a drawing: who sent what, from top to bottom
 *
 *   browser          server
 *      | -- GET -----> |
 *      | <---- 0 open  |
 */
import { nameOf } from "/fields.js";

const MAX_STEPS = 30;
const WIDTH = 380, LEFT = 46, RIGHT = 334, TOP = 34, STEP = 25;

function svg(tag, attributes, ...children) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes))
        element.setAttribute(name, value);
    element.append(...children);
    return element;
}

export class Lifelines {
    constructor(box) {
        this.box = box; /* a <details>: drawn while it is open */
        this.steps = [];
        box.addEventListener("toggle", () => this.draw());
    }

    /* A new connection begins with a request that has no sid. */
    add(packet) {
        const { carrier, raw } = packet;
        if (carrier.out && carrier.url && !carrier.url.includes("&sid="))
            this.steps = [];
        if (this.steps.length >= MAX_STEPS) return;
        this.steps.push({ carrier, label: labelOf(carrier, raw, packet) });
        if (!this.box.open || this.frame) return;
        this.frame = requestAnimationFrame(() => {
            this.frame = 0;
            this.draw();
        });
    }

    draw() {
        if (!this.box.open) return;
        const height = TOP + STEP * (this.steps.length + 1);
        const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${height}`,
                                     role: "img" },
            svg("title", {}, `Browser and server: ${this.steps.map(
                ({ carrier, label }) =>
                    `${carrier.out ? "sent" : "received"} ${label}`)
                .join("; ")}`));
        for (const [x, name] of [[LEFT, "browser"], [RIGHT, "server"]])
            picture.append(
                svg("text", { x, y: 16, class: "end" }, name),
                svg("line", { x1: x, y1: 24, x2: x, y2: height,
                              class: "life" }));
        this.drawBars(picture, height);
        this.steps.forEach((step, i) => drawStep(picture, step, yOf(i)));
        this.box.querySelector("svg")?.remove();
        this.box.append(picture);
    }

    /* How long each request is open, and the WebSocket. */
    drawBars(picture, height) {
        this.steps.forEach(({ carrier }, i) => {
            const { kind, out, exchange } = carrier;
            if (!out || !exchange || (kind === "http" && carrier.index > 1))
                return;
            const end = kind === "handshake" ?
                this.steps.findIndex((s) => s.carrier.kind === "close") :
                this.steps.findIndex((s) => !s.carrier.out &&
                                            s.carrier.exchange === exchange);
            const x = kind === "handshake" ? LEFT - 8 :
                carrier.method === "POST" ? LEFT - 30 : LEFT - 19;
            const bottom = end < 0 ? height : yOf(end);
            picture.append(svg("rect", { x, y: yOf(i), width: 6,
                                         height: Math.max(3, bottom - yOf(i)),
                                         class: `bar ${kind}` }));
        });
    }
}

const yOf = (i) => TOP + STEP * (i + 1);

function drawStep(picture, { carrier, label }, y) {
    const [from, to] = carrier.out ? [LEFT, RIGHT] : [RIGHT, LEFT];
    const back = carrier.out ? -7 : 7;
    const kind = carrier.kind === "failed" ? "http" :
        carrier.kind === "http" ? "http" : "frame";
    picture.append(svg("g", { class: kind },
        svg("line", { x1: from, y1: y, x2: to, y2: y, class: "arrow" }),
        svg("path", { d: `M${to + back} ${y - 4} L${to} ${y} ` +
                         `L${to + back} ${y + 4}`, class: "arrow" }),
        svg("text", { x: (LEFT + RIGHT) / 2, y: y - 4, class: "end" }, label)));
}

function labelOf(carrier, raw, packet) {
    const name = raw === null ? "" : nameOf(packet);
    switch (carrier.kind) {
    case "http":
        return [carrier.out ? carrier.method : carrier.status, name]
            .join(" ").trim();
    case "failed": return "no response";
    case "handshake": return carrier.out ? "GET, asks for WebSocket" : "101";
    case "close": return `closed ${carrier.code}`;
    case "note": return "skipped";
    default:
        return raw === "2probe" || raw === "3probe" ? `${name}, probe` : name;
    }
}
