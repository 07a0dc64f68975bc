/*
 * main.mjs: runs all tests, one after another; the last line counts them
 */
import { finish, reference, section } from "./harness.mjs";

const parts = [
    ["socket.io-client 4.8 against 506",
     "./client.mjs?package=socket.io-client"],
    ["socket.io-client is recovered", "./recovery.mjs"],
    ["ws against 408", "./websocket.mjs"],
    ["the page in Chromium", "./page.mjs"],
];
if (!reference)
    parts.push(["socket.io-client 3.1 against 506",
                "./client.mjs?package=socket.io-client-3"],
               ["our clients", "./programs.mjs"],
               ["python-socketio: its client and its server", "./python.mjs"],
               ["the chat of 410 in Chromium", "./chat.mjs"],
               ["the page and bin/explain, given the same bytes",
                "./page_fields.mjs"],
               ["506 and socket.io, given the same bytes",
                "./differential.mjs"]);
if (process.env.SEQUENCE) parts.splice(0, parts.length - 1);
if (process.env.SUITES) parts.push(["the official suites", "./suites.mjs"]);

for (const [title, file] of parts) {
    section(title);
    await import(file);
}
finish();
