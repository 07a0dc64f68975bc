/*
 * page_bytes.mjs: what the page of 506 shows of a packet: bytes, fields, pairs,
 * the drawing, a command; and whether everybody can use it
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { bin, place, test } from "./harness.mjs";
import { LIMIT, connected, open, send, serving,
         waitForText } from "./page_browser.mjs";

/* A page with an event, its ack and their attachments in the log. */
async function withPackets(later, options = {}) {
    const server = await serving(later);
    const page = await open(later, server, options);
    await connected(page, "upgrade", "/custom");
    await send(page, "message-with-ack", '"hi", 7', { ack: true, hex: "cafe" });
    await waitForText(page, "answer", /^ack/);
    return { page, server };
}

/* The fields come when the server has answered. */
async function fieldNames(page) {
    await page.waitForSelector(".fields");
    return page.$$eval(".fields li:not([hidden]) b", (all) =>
        all.map((b) => b.textContent));
}

export async function bytes() {
    await test("the page: a packet's bytes and fields name each other",
        async (later) => {
            const { page } = await withPackets(later);
            await page.click("#rows > :has-text('46 BINARY_ACK')");
            /* 4 61- /custom, 0 ["hi",7, {"_placeholder":true,"num":0} ] has
             * 1 + 3 + 8 + 1 + 8 + 29 + 1 = 51 bytes: 0x33 */
            assert.deepEqual(await fieldNames(page), [
                "FIN, opcode", "MASK, Payload len", "type", "type", "attachments",
                "namespace", "ack id", "argument 1", "argument 2",
                "argument 3"]);
            const cells = await page.$$eval("[role=gridcell]", (all) =>
                all.map((cell) => cell.textContent));
            assert.equal(cells.slice(0, 5).join(" "), "81 33 34 36 31");
            await page.hover("[role=gridcell] >> nth=3");
            assert.match(await page.textContent(".status"),
                         /^byte 3: 36 · Socket\.IO, type: 6, BINARY_ACK · S/);
            await page.hover(".fields li:has-text('namespace')");
            const lit = await page.$$eval("[role=gridcell].lit", (all) =>
                all.map((cell) => cell.textContent).join(""));
            assert.equal(Buffer.from(lit, "hex").toString(), "/custom");
            /* The same with the keyboard alone. */
            await page.focus("[role=grid]");
            await page.keyboard.press("Home");
            assert.match(await page.textContent(".status"), /^byte 0: 81 · /);
            await page.keyboard.press("ArrowRight");
            assert.match(await page.textContent(".status"),
                         /: 0, from a server; 51 · RFC 6455 §5\.2$/);
            await page.keyboard.press("Tab");
            await page.keyboard.press("End");
            assert.match(await page.textContent(".status"),
                         /^JSON, argument 3/);
        }, LIMIT);

    await test("the page: each layer links to a lesson that is there",
        async (later) => {
            const { page, server } = await withPackets(later);
            const links = new Set();
            for (const name of ["46 BINARY_ACK", "0 open", "101", "GET"]) {
                await page.click(`#rows > :has(.name:text-is('${name}'))`);
                for (const href of await page.$$eval(".lessons a", (all) =>
                    all.map((a) => a.getAttribute("href")))) links.add(href);
            }
            assert.ok(links.size >= 6);
            for (const href of links) {
                const response = await fetch(
                    `http://127.0.0.1:${server.port}${href}`);
                assert.equal(response.status, 200, href);
                assert.match(await response.text(), /^# \d\d\d · /);
            }
        }, LIMIT);

    await test("the page pairs request and response, event, ack and attachment",
        async (later) => {
            const { page } = await withPackets(later);
            const rows = await page.$$eval("#rows > *", (all) =>
                all.map((row) => ({
                    number: row.querySelector(".number").textContent,
                    name: row.querySelector(".name").textContent,
                    partner: row.querySelector(".partner").textContent,
                    out: row.className === "out" })));
            const find = (name, out) => rows.find((row) =>
                row.name === name && row.out === out);
            const event = find("45 BINARY_EVENT", true);
            const ack = find("46 BINARY_ACK", false);
            const partner = (row) => row.partner.split(" + ")[0];
            assert.equal(partner(ack), event.number);
            assert.equal(partner(find("attachment", true)), event.number);
            assert.equal(partner(find("attachment", false)), ack.number);
            assert.equal(partner(find("0 open", false)), "#1");
            assert.equal(partner(find("3 pong", false)),
                         find("2 ping", true).number);
            /* Each response has its own request, also after a reconnection. */
            await page.click("#break summary");
            await page.click("text=Cut the connection");
            await page.click("text=Try now");
            await waitForText(page, "transport", /^websocket$/);
            const partners = await page.$$eval("#rows > :has-text('0 open') " +
                ".partner", (all) => all.map((e) =>
                Number(e.textContent.split(" + ")[0].slice(1))));
            assert.equal(partners[0], 1);
            assert.ok(partners[1] > rows.length, partners);
            await page.click("#rows > :has-text('46 BINARY_ACK')");
            await page.click(".links button >> nth=0");
            assert.equal(await page.textContent("[aria-selected=true] .name"),
                         "45 BINARY_EVENT");
        }, LIMIT);

    await test("the page: filter, pause, clear", async (later) => {
        const { page } = await withPackets(later);
        const shown = () => page.locator("#rows > :visible .name")
            .allTextContents();
        await page.fill("#filter", "binary_");
        assert.deepEqual(await shown(), ["45 BINARY_EVENT", "46 BINARY_ACK"]);
        await page.fill("#filter", "");
        await page.click("#pause");
        const before = (await shown()).length;
        await send(page, "message", '"paused"');
        await waitForText(page, "pause", /^Resume \(2 new\)$/);
        assert.equal((await shown()).length, before);
        await page.click("#pause");
        await page.waitForFunction((n) => document.querySelectorAll(
            "#rows > *").length === n, before + 2);
        await page.click("#clear");
        assert.equal((await shown()).length, 0);
    }, LIMIT);

    await test("the page: the drawing has the polling, the probe, the upgrade",
        async (later) => {
            const { page } = await withPackets(later);
            await page.click("#drawing summary");
            await page.waitForSelector("#drawing svg");
            const labels = await page.$$eval("#drawing g text", (all) =>
                all.map((text) => text.textContent));
            const steps = ["GET", "200 0 open", "2 ping, probe",
                           "3 pong, probe", "5 upgrade", "45 BINARY_EVENT"]
                .map((label) => labels.indexOf(label));
            assert.ok(!steps.includes(-1), labels.join("; "));
            assert.deepEqual(steps, [...steps].sort((a, b) => a - b));
        }, LIMIT);

    await test("the page: a packet as a command that bin/ask sends",
        async (later) => {
            const { page } = await withPackets(later);
            const context = page.context();
            await context.grantPermissions(["clipboard-read",
                                            "clipboard-write"]);
            const copied = async (row) => {
                await page.click(row);
                await page.click("text=Copy as a bin/ask command");
                await page.click("text=Copied");
                return page.evaluate(() => navigator.clipboard.readText());
            };
            const askWith = (command) => spawnSync("sh", ["-c",
                command.replace("bin/ask", `${bin}/ask`)],
                { encoding: "latin1", timeout: 5000 }).stdout;
            assert.match(askWith(await copied("#rows > :has-text('#1 ')")),
                         /^HTTP\/1\.1 200 OK\r\n[^]*0\{"sid"/);
            await send(page, "message", '"it\'s 100 % größer"');
            await waitForText(page, "answer", /^message-back/);
            const output = askWith(await copied(
                "#rows > .out:has-text('größer')"));
            assert.match(output, /^HTTP\/1\.1 101 /);
            assert.ok(Buffer.from(output, "latin1").toString().includes(
                '42/custom,["message-back","it\'s 100 % größer"]'), output);
        }, LIMIT);

    for (const width of [400, 1400])
        for (const colorScheme of ["light", "dark"])
            await test(`axe finds nothing at ${width} px, ${colorScheme}`,
                async (later) => {
                    const { page } = await withPackets(later, {
                        viewport: { width, height: 900 }, colorScheme });
                    await page.click("#rows > :has-text('46 BINARY_ACK')");
                    await page.waitForSelector(".fields");
                    for (const id of ["#drawing", "#break", "#auth-box"])
                        await page.click(`${id} summary`);
                    await page.evaluate(readFileSync(`${place}/node_modules/` +
                        "axe-core/axe.min.js", "utf8"));
                    const { violations } = await page.evaluate(() =>
                        globalThis.axe.run());
                    assert.deepEqual(violations.map(({ id, nodes }) =>
                        `${id}: ${nodes[0].html}`), []);
                    assert.ok(await page.evaluate(() =>
                        document.documentElement.scrollWidth <= innerWidth));
                    /* Send is above the fold. */
                    assert.ok(await page.evaluate(() => document.getElementById(
                        "go").getBoundingClientRect().bottom + scrollY < 720));
                }, 3 * LIMIT);

    for (const [name, options, style] of [
        ["forced colours", { forcedColors: "active" }, ""],
        ["200 % text", {}, "html { font-size: 200%; }"],
    ])
        await test(`the page with ${name}: it fits, and marks are seen`,
            async (later) => {
                const { page } = await withPackets(later, {
                    viewport: { width: 400, height: 900 }, ...options });
                if (style) await page.addStyleTag({ content: style });
                await page.click("#rows > :has-text('46 BINARY_ACK')");
                await page.waitForSelector(".fields");
                await page.focus(".fields");
                assert.ok(await page.evaluate(() =>
                    document.documentElement.scrollWidth <= innerWidth));
                /* At once: the pointer may move the mark at any time. */
                const marks = await page.evaluate(() => Array.from(
                    document.querySelectorAll("[aria-selected=true]"),
                    (e) => getComputedStyle(e).outlineStyle));
                assert.deepEqual(marks, ["solid", "solid"]);
                await page.screenshot({ fullPage: true, path:
                    `${place}/page-${name.replace(/\W+/g, "-")}.png` });
            }, LIMIT);
}
