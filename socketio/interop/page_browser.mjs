/*
 * page_browser.mjs: shared by the tests of the page: a headless Chromium
 *
 * Playwright controls the browser.
 */
import { existsSync } from "node:fs";
import { loadPackage, start } from "./harness.mjs";

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser"]
    .find((path) => existsSync(path));
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic",
               "--no-first-run", "--disable-background-networking",
               "--disable-component-update", "--disable-sync"];
export const LIMIT = 15000;

let browser;

/* Returns whether there is a browser. */
export async function openBrowser() {
    if (!CHROMIUM) return false;
    browser = await loadPackage("playwright-core").chromium.launch(
        { executablePath: CHROMIUM, args: FLAGS });
    return true;
}

export const closeBrowser = () => browser.close();

/* Loads the page, after options.prepare(page). page.complaints collects its
 * errors and warnings. */
export async function open(later, server, options = {}) {
    /* The tests evaluate text in the page, which its policy forbids. */
    const context = await browser.newContext({ bypassCSP: true, ...options });
    later(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(5000);
    page.complaints = [];
    page.on("pageerror", (e) => page.complaints.push(String(e)));
    page.on("console", (m) => {
        if (["error", "warning"].includes(m.type()))
            page.complaints.push(m.text());
    });
    await options.prepare?.(page);
    await page.goto(`http://127.0.0.1:${server.port}/`);
    return page;
}

export async function serving(later, ...options) {
    const server = await start("506_echo_server", ...options);
    later(() => server.stop());
    return server;
}

/* Waits until the text of the element with that id matches the pattern. */
export function waitForText(page, id, pattern) {
    return page.waitForFunction(([id, source]) =>
        new RegExp(source).test(document.getElementById(id).textContent),
        [id, pattern.source]);
}

export async function connected(page, transports = "upgrade", namespace = "/") {
    await page.selectOption("#transports", transports);
    await page.selectOption("#namespace", namespace);
    await page.click("#toggle");
    await waitForText(page, "state", /^connected$/);
    await waitForText(page, "transport",
               transports === "polling" ? /^polling$/ : /^websocket$/);
}

/* The rows of the log: [{out, by, name, what}, ...]. */
export function log(page) {
    return page.$$eval("#rows [role=option]", (rows) => rows.map((row) => ({
        out: row.classList.contains("out"),
        by: row.querySelector(".by").textContent,
        name: row.querySelector(".name").textContent,
        what: row.querySelector(".what").textContent,
    })));
}

export async function send(page, name, args, { ack = false, hex = null } = {}) {
    await page.fill("#name", name);
    await page.fill("#args", args);
    await page.setChecked("#ack", ack);
    await page.setChecked("#attach", hex !== null);
    if (hex !== null) await page.fill("#hex", hex);
    await page.click("#go");
}
