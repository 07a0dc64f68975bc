/*
 * reference.mjs: the servers 408, 503 and 506, made from the packages ws,
 * engine.io and socket.io. The tests must pass with these, too.
 *
 *   node reference.mjs 506 --port 0 [--ping-interval MS ...]
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { bin, loadPackage } from "./harness.mjs";

const [kind, ...rest] = process.argv.slice(2);
const options = {};
for (let i = 0; i < rest.length; i += 2) options[rest[i]] = rest[i + 1];
const number = (name, otherwise) => Number(options[name] ?? otherwise);

const TYPES = { html: "text/html; charset=UTF-8", css: "text/css",
                js: "text/javascript" };

function page(request, response) {
    if (!["GET", "HEAD"].includes(request.method)) {
        response.writeHead(405, { Allow: "GET, HEAD" }).end();
        return;
    }
    if (request.url.startsWith("/explain?")) {
        const query = new URL(request.url, "http://localhost").searchParams;
        response.setHeader("Content-Type", "application/json");
        response.end(spawnSync(`${bin}/explain`,
            ["--json", "--as", query.get("as")],
            { input: query.get("hex") }).stdout);
        return;
    }
    const name = request.url === "/" ? "/index.html" : request.url;
    try {
        const body = readFileSync(`socketio/page${name}`);
        response.setHeader("Content-Type", TYPES[name.split(".")[1]]);
        response.end(body);
    } catch {
        response.writeHead(404).end();
    }
}

const server = createServer(page);
const engine = {
    pingInterval: number("--ping-interval", 25000),
    pingTimeout: number("--ping-timeout", 20000),
    maxHttpBufferSize: number("--max-payload", 1e6),
    cors: { origin: options["--cors"] ?? "*" },
};

function webSocketEcho() {
    const { WebSocketServer } = loadPackage("ws");
    const maxPayload = number("--max-message", 1 << 20);
    new WebSocketServer({ server, maxPayload }).on("connection", (socket) => {
        socket.on("error", () => {});
        socket.on("message", (data, binary) => socket.send(data, { binary }));
    });
}

function engineEcho() {
    loadPackage("engine.io").attach(server, engine).on("connection", (socket) =>
        socket.on("message", (data) => socket.send(data)));
}

function socketEcho() {
    const { Server } = loadPackage("socket.io");
    const io = new Server(server, {
        ...engine, connectTimeout: number("--connect-timeout", 45000),
        ...(options["--recovery"] && { connectionStateRecovery: {
            maxDisconnectionDuration: number("--recovery") } }) });
    for (const name of ["/", "/custom"])
        io.of(name).on("connection", (socket) => {
            if (!socket.recovered) socket.emit("auth", socket.handshake.auth);
            /* If the client wants an ack, the last argument is a function. */
            socket.on("message", (...args) =>
                socket.emit("message-back",
                            ...args.filter((a) => typeof a !== "function")));
            socket.on("message-with-ack", (...args) => {
                const ack = args.pop(); /* no function if it wants no ack */
                if (typeof ack === "function") ack(...args);
            });
            socket.on("bcast", (...args) => io.of(name).emit("bcast", ...args));
            socket.on("bcast-volatile", (...args) =>
                io.of(name).volatile.emit("bcast-volatile", ...args));
        });
}

({ 408: webSocketEcho, 503: engineEcho, 506: socketEcho })[kind]();
server.listen(number("--port", 0), "127.0.0.1", () =>
    console.log(`listening on 127.0.0.1:${server.address().port}`));
process.on("SIGTERM", () => process.exit(0));
