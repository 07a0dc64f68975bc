/*
 * heartbeat.mjs: listed sequences for servers that ping each second and wait
 * for the pong as long
 */
import { joined, joinedWs, openWs, poll, probe, push, say, upgraded }
    from "./steps.mjs";

export const HEARTBEAT = ["--ping-interval", "1000", "--ping-timeout", "1000"];

const next = { on: "ws", until: "frame" };

export function* heartbeats() {
    yield ["a ping answers a GET", [...joined, poll]];
    yield ["after a pong the next ping comes",
           [...joined, poll, push("3"), poll, push("3")]];
    yield ["without a pong a polling session ends",
           [...joined, poll, poll, push("40")]];
    yield ["another packet is no pong",
           [...joined, poll, push("6"), poll, push("40")]];
    yield ["a pong before the ping", [...joined, push("3"), poll]];
    yield ["a ping on a WebSocket", [...joinedWs, next]];
    yield ["after a pong the next ping comes on a WebSocket",
           [...joinedWs, next, say("3"), next, say("3")]];
    yield ["without a pong a WebSocket ends", [...joinedWs, next, next]];
    yield ["a WebSocket pong is no pong",
           [openWs, next, { on: "ws", send: ["\x8a\x80\0\0\0\0"] }, next]];
    yield ["pings go on after the upgrade",
           [...upgraded, next, say("3"), next]];
    yield ["a pong on the WebSocket for a ping by polling",
           [...joined, poll, probe, say("2probe"), say("5"), say("3"),
            next]];
}
