/*
 * page.mjs: the page of 506 in a headless Chromium
 *
 * The test of the keyboard uses no mouse. The screenshots are in
 * build/interop/. What a malicious or broken server does to the page is in
 * page_faults.mjs, what a reader sees of the bytes in page_bytes.mjs, and what
 * the server explains in page_explain.mjs.
 */
import assert from "node:assert/strict";
import { place, skip, start, test } from "./harness.mjs";
import { LIMIT, closeBrowser, connected, log, open, openBrowser, send, serving,
         waitForText } from "./page_browser.mjs";
import { bytes } from "./page_bytes.mjs";
import { explained } from "./page_explain.mjs";
import { faults } from "./page_faults.mjs";

/* What has the focus: its id, or its text. */
const focus = (page) => page.evaluate(() => document.activeElement.id ||
    document.activeElement.textContent.replace(/\s+/g, " "));

/* Presses a key until that has the focus, and shows it. */
async function tabTo(page, id, key = "Tab") {
    for (let i = 0; i < 30 && (await focus(page)) !== id; i++)
        await page.keyboard.press(key);
    assert.equal(await focus(page), id);
    assert.notEqual(await page.evaluate(() => getComputedStyle(
        document.activeElement).outlineStyle), "none");
}

async function all() {
    await test("the page polls first, and upgrades", async (later) => {
        const page = await open(later, await serving(later));
        await connected(page);
        await page.waitForFunction(() => /* rows are drawn a frame later */
            [...document.querySelectorAll("#rows .what")].some(
                (what) => what.textContent === "5"));
        const lines = await log(page);
        const at = (out, by, what) => lines.findIndex((line) =>
            line.out === out && line.by === by && what.test(line.what));
        const steps = [
            at(true, "HTTP GET", /session/), at(false, "HTTP GET", /^0\{"sid"/),
            at(true, "HTTP POST", /^40$/), at(true, "WebSocket", /^2probe$/),
            at(false, "WebSocket", /^3probe$/), at(true, "WebSocket", /^5$/),
        ];
        assert.deepEqual(steps, [...steps].sort((a, b) => a - b));
        assert.ok(steps.every((step) => step >= 0), JSON.stringify(lines));
        assert.match(await page.textContent("#interval"), /^25000 ms$/);
        assert.deepEqual(page.complaints, []);
    }, LIMIT);

    for (const way of ["upgrade", "polling", "websocket"])
        await test(`the page, ${way}: an event, an ack, bytes`,
            async (later) => {
                const page = await open(later, await serving(later));
                await connected(page, way, "/custom");
                await send(page, "message", '"größer", {"n": [1, null]}');
                await waitForText(page, "answer",
                    /^message-back\("größer", \{"n": \[1, null\]\}\)$/);
                await send(page, "message", '{"deep": 1}',
                           { hex: "ca fe 00 ff" });
                await waitForText(page, "answer", /<ca fe 00 ff>\)$/);
                await send(page, "message-with-ack", "7",
                           { ack: true, hex: "00" });
                await waitForText(page, "answer", /^ack\(7, <00>\)$/);
                await waitForText(page, "rtt", /^\d+\.\d ms$/);
                assert.deepEqual(page.complaints, []);
            }, LIMIT);

    await test("the page, while it upgrades: nothing lost, all in order",
        async (later) => {
            const page = await open(later, await serving(later));
            const got = await page.evaluate(async () => {
                const { Client } = await import("/client.js");
                const got = [];
                let ready;
                const connected = new Promise((done) => (ready = done));
                const client = new Client({
                    seen() {},
                    changed: () => client.state === "connected" && ready(),
                    event: (name, [n]) => name === "message-back" &&
                                          got.push(n),
                });
                client.connect();
                await connected;
                const bytes = Uint8Array.of(1, 2);
                for (let n = 0; n < 500; n++) {
                    client.emit("message", n % 3 ? [n] : [n, bytes]);
                    if (n % 10 === 9)
                        await new Promise((done) => setTimeout(done, 1));
                }
                while (got.length < 500)
                    await new Promise((done) => setTimeout(done, 5));
                return [client.engine.transport, ...got];
            });
            const expected = Array.from({ length: 500 }, (_, n) => n);
            assert.deepEqual(got, ["websocket", ...expected]);
        }, LIMIT);

    await test("two pages: bcast of one reaches both, bytes too",
        async (later) => {
            const server = await serving(later);
            const [one, two] = [await open(later, server),
                                await open(later, server)];
            await connected(one, "polling");
            await connected(two);
            await send(one, "bcast", '"to all"', { hex: "0102" });
            for (const page of [one, two])
                await waitForText(page, "answer",
                                  /^bcast\("to all", <01 02>\)$/);
        }, LIMIT);

    await test("the page shows why /nowhere refuses it", async (later) => {
        const page = await open(later, await serving(later));
        await page.selectOption("#namespace", "/nowhere");
        await page.click("#toggle");
        await waitForText(page, "state", /^refused: Invalid namespace$/);
        assert.equal(await page.textContent("#toggle"), "Connect");
    }, LIMIT);

    for (const way of ["upgrade", "polling"])
        await test(`the page, ${way}: disconnects, and connects again`,
            async (later) => {
                const page = await open(later, await serving(later));
                await connected(page, way);
                await page.click("#toggle");
                await waitForText(page, "state", /^closed by us$/);
                await connected(page, way);
                assert.deepEqual(page.complaints, []);
            }, LIMIT);

    await test("the page comes back when its server does", async (later) => {
        const first = await start("506_echo_server");
        const page = await open(later, first);
        await connected(page);
        await first.stop();
        await waitForText(page, "state", /again in \d+\.\d s$/);
        const second = await start("506_echo_server", "--port",
                                   String(first.port));
        later(() => second.stop());
        await waitForText(page, "state", /^connected$/);
        await send(page, "message", '"again"');
        await waitForText(page, "answer", /^message-back\("again"\)$/);
    }, LIMIT);

    await test("the page answers the heartbeat, polling and WebSocket",
        async (later) => {
            const server = await serving(later, "--ping-interval", "100",
                                         "--ping-timeout", "400");
            for (const way of ["polling", "websocket"]) {
                const page = await open(later, server);
                await connected(page, way);
                await page.waitForFunction(() => [
                    ...document.querySelectorAll(".out .name")].filter(
                    (name) => name.textContent === "3 pong").length >= 6);
                await waitForText(page, "state", /^connected$/);
            }
        }, LIMIT);

    await test("the keyboard alone: connect, send, ack, open a packet",
        async (later) => {
            const page = await open(later, await serving(later));
            const { keyboard } = page;
            assert.equal(await focus(page), "toggle");
            await keyboard.press("Enter");
            await waitForText(page, "transport", /^websocket$/);
            await tabTo(page, "args");
            await keyboard.press("Control+A");
            await keyboard.type('"by hand"');
            await keyboard.press("Enter");
            await waitForText(page, "answer", /^message-back\("by hand"\)$/);
            await tabTo(page, "ack");
            await keyboard.press("Space");
            await keyboard.press("Shift+Tab");
            await keyboard.press("Shift+Tab");
            assert.equal(await focus(page), "name");
            await keyboard.press("End");
            await keyboard.type("-with-ack");
            await keyboard.press("Enter");
            await waitForText(page, "answer", /^ack\("by hand"\)$/);
            await tabTo(page, "rows");
            await keyboard.press("End");
            await keyboard.press("ArrowUp");
            const chosen = await page.textContent("[aria-selected=true] .name");
            assert.equal(chosen, "42 EVENT");
            await keyboard.press("Tab");
            assert.equal(await focus(page), "detail");
            assert.deepEqual(page.complaints, []);
        }, LIMIT);

    await test("the keyboard alone: filter, choose, copy", async (later) => {
        const page = await open(later, await serving(later));
        const { keyboard } = page;
        await page.context().grantPermissions(["clipboard-read",
                                               "clipboard-write"]);
        await keyboard.press("Enter");
        await waitForText(page, "transport", /^websocket$/);
        const shown = () => page.locator("#rows > :visible .name")
            .allTextContents();
        const all = await shown();
        await tabTo(page, "filter");
        await keyboard.type("40 connect");
        assert.deepEqual(await shown(), ["40 CONNECT", "40 CONNECT"]);
        await tabTo(page, "rows");
        await keyboard.press("Home");
        assert.equal(await page.textContent("[aria-selected=true] .what"),
                     "40");
        await tabTo(page, "Copy as a bin/ask command");
        await keyboard.press("Enter");
        await page.waitForSelector("button:text('Copied')");
        assert.match(await focus(page), /^Copied/); /* it is still there */
        assert.match(await page.evaluate(() => navigator.clipboard.readText()),
                     /^printf .*POST.*40' \| bin\/ask 127/);
        await tabTo(page, "filter", "Shift+Tab");
        await keyboard.press("Control+A");
        await keyboard.press("Delete");
        assert.deepEqual((await shown()).slice(0, all.length), all);
        await tabTo(page, "quiet");
        await keyboard.press("Space");
        assert.ok((await shown()).every((name) => /^4\d /.test(name)));
        assert.deepEqual(page.complaints, []);
    }, LIMIT);

    for (const [button, pattern] of [
        ["Skip the next pong", /again in/],
        ["Send a malformed packet", /ended: 1002 protocol error/],
        ["Send too much", /ended: 1009 too big/],
        ["Cut the connection", /^cut on purpose/],
    ])
        await test(`the keyboard alone: "${button}", and try again`,
            async (later) => {
                const page = await open(later, await serving(later,
                    "--ping-interval", "700", "--ping-timeout", "300"));
                const { keyboard } = page;
                /* The longest wait, 8 s: so there is time to reach a button. */
                await page.evaluate(async () => {
                    const { Client } = await import("/client.js");
                    const { retry } = Client.prototype;
                    Client.prototype.retry = function (why) {
                        this.tries = 9;
                        retry.call(this, why);
                    };
                });
                await keyboard.press("Enter");
                await waitForText(page, "transport", /^websocket$/);
                await tabTo(page, "Break something on purpose");
                await keyboard.press("Enter");
                await tabTo(page, button);
                await keyboard.press("Space");
                await waitForText(page, "state", pattern);
                await tabTo(page, "try", "Shift+Tab");
                await keyboard.press("Enter");
                await waitForText(page, "state", /^connected$/);
                assert.deepEqual(page.complaints, []);
            }, LIMIT);

    for (const width of [400, 1400])
        for (const colorScheme of ["light", "dark"])
            await test(`the page at ${width} px, ${colorScheme}: it fits`,
                async (later) => {
                    const page = await open(later, await serving(later), {
                        viewport: { width, height: 900 }, colorScheme });
                    await connected(page);
                    await send(page, "message-with-ack", '"hi", [1, 2]',
                               { ack: true, hex: "ca fe" });
                    await waitForText(page, "answer", /^ack/);
                    await page.click("#rows > :has(.json) >> nth=-1");
                    await page.waitForSelector(".fields .json:visible");
                    /* The facts take one line, or two where it is narrow. */
                    const lines = await page.$$eval("#facts > *", (all) =>
                        new Set(all.map((e) => e.offsetTop)).size);
                    assert.equal(lines, width === 400 ? 2 : 1);
                    await page.evaluate(() => scrollTo(0, 0));
                    await page.screenshot({ fullPage: true,
                        path: `${place}/page-${width}-${colorScheme}.png` });
                    assert.ok(await page.evaluate(() =>
                        document.documentElement.scrollWidth <= innerWidth));
                }, LIMIT);
}

if (await openBrowser()) {
    await all();
    await faults();
    await bytes();
    await explained();
    await closeBrowser();
} else {
    skip("the page: there is no chromium here (apt-get install chromium)");
}
