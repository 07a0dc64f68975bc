/*
 * steps.mjs: the steps that sequences are made of (player.mjs says what a step
 * is), under the names of what they do
 */
import { HANDSHAKE, POLLING, SESSION, WEBSOCKET, get, post, text, upgrade }
    from "./bytes.mjs";

export const MINE = POLLING + SESSION;
export const PROBE = WEBSOCKET + SESSION;

export const ask = (on, ...send) => ({ on, send, until: "response" });
export const send = (on, ...send) => ({ on, send });
export const cut = (on, ...send) => ({ on, send, until: "cut" });
export const end = (on, ...send) => ({ on, send, until: "end" });

export const open = ask("get", get(POLLING));
export const push = (body, options) => ask("post", post(body, options));
export const poll = ask("get", get(MINE)); /* there must be something */
export const waits = send("get", get(MINE)); /* there may be nothing */
export const answered = ask("get"); /* the GET that waits */
export const openWs = ask("ws", upgrade(WEBSOCKET));
export const probe = ask("ws", upgrade(PROBE, HANDSHAKE));
export const say = (...messages) =>
    send("ws", messages.map((m) => text(m)).join(""));

export const joined = [open, push("40"), poll];
export const joinedWs = [openWs, say("40")];
export const upgraded = [...joined, probe, say("2probe"), say("5")];

/* Does the session still work? */
const ALIVE = '420["message-with-ack","alive"]';
export const alive = [push(ALIVE), poll];
export const aliveWs = [say(ALIVE)];
