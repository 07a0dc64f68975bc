/*
 * page_explain.mjs: the page of 506 asks its server what the bytes mean
 *
 * What it shows of the answer, and what it shows without one: the server is
 * gone, refuses, or answers late.
 */
import assert from "node:assert/strict";
import { start, test } from "./harness.mjs";
import { LIMIT, connected, open, send, serving,
         waitForText } from "./page_browser.mjs";

const PACKET = "#rows > .in:has(.json) >> nth=-1";
const UNREACHABLE = "The server explains these bytes, and it cannot be reached.";

/* A page that has sent an event and received another one. */
async function withEvents(later, server, options = {}) {
    const page = await open(later, server, options);
    await connected(page, "websocket");
    await send(page, "message", '"hi"');
    await waitForText(page, "answer", /^message-back/);
    return page;
}

const cellCount = (page) => page.locator("[role=gridcell]").count();

/* Holds the answers of the server back: returns a function that sends them. */
async function hold(page) {
    const held = [];
    await page.route("**/explain?**", (route) => held.push(route));
    return async () => {
        for (const route of held.splice(0)) await route.continue();
        await page.unroute("**/explain?**");
    };
}

export async function explained() {
    await test("the page shows the section that defines a field",
        async (later) => {
            const page = await withEvents(later, await serving(later));
            await page.click(PACKET);
            for (const [field, section] of [
                ["opcode", "RFC 6455 §5.2"], ["4, message", "Engine.IO v4"],
                ["EVENT", "Socket.IO v5"], ["event name", "RFC 8259"]]) {
                await page.hover(`.fields li:has-text('${field}')`);
                const text = await page.textContent(".status");
                assert.ok(text.endsWith(` · ${section}`), text);
            }
        }, LIMIT);

    await test("the page shows the rule that a packet breaks",
        async (later) => {
            const page = await withEvents(later, await serving(later));
            await page.click("#break summary");
            await page.click("text=Send a malformed packet");
            await page.click("#rows > .bad");
            await page.waitForSelector(".fields");
            assert.equal(await page.textContent("#detail .error"),
                "Breaks Socket.IO v5: begin-object, byte 1: not the kind of " +
                "JSON that this type carries");
            /* A rule that is broken is seen in the list, even a small part. */
            const wrong = page.locator(".fields .wrong");
            assert.equal(await wrong.count(), 1);
            assert.ok(await wrong.isVisible());
            await wrong.hover();
            assert.match(await page.textContent(".status"),
                         /^JSON, begin-object: .* · breaks Socket\.IO v5$/);
        }, LIMIT);

    /* A CONNECT of a client would be right so: only this client objects. */
    await test("the page shows what it finds wrong itself", async (later) => {
        const bodies = ['0{"sid":"x","upgrades":[],"pingInterval":25000,' +
                        '"pingTimeout":20000,"maxPayload":1000000}', "40"];
        const page = await open(later, await serving(later), {
            prepare: (page) => page.route("**/socket.io/**", (route) => {
                const isPost = route.request().method() === "POST";
                const body = isPost ? "ok" : bodies.shift();
                return body === undefined ? undefined : route.fulfill({ body });
            }) });
        await page.click("#toggle");
        await page.click("#rows > .bad");
        await page.waitForSelector(".fields");
        assert.match(await page.textContent("#detail .error"),
                     /^the data of a server's CONNECT must be an object/);
        await page.click("#toggle");
    }, LIMIT);

    await test("the page shows bytes without a server, and fields with one",
        async (later) => {
            const first = await start("506_echo_server");
            const page = await withEvents(later, first);
            await page.click("#rows > .out:has(.json) >> nth=-1");
            await page.waitForSelector(".fields");
            await page.click("#toggle"); /* it must not connect again */
            await first.stop();
            await page.click(PACKET);
            await page.waitForSelector(".waiting button");
            assert.equal(await page.textContent(".waiting p"), UNREACHABLE);
            assert.ok(await cellCount(page) > 10);
            await page.click("text=Try again");
            await page.waitForSelector(".status:has-text('its bytes')");
            assert.equal(await page.textContent(".waiting p"), UNREACHABLE);
            /* The other packet was explained before. */
            await page.click("#rows > .out:has(.json) >> nth=-1");
            await page.waitForSelector(".fields");
            const second = await start("506_echo_server", "--port",
                                       String(first.port));
            later(() => second.stop());
            await page.click(PACKET);
            await page.waitForSelector(".fields");
            assert.ok(page.complaints.every((text) =>
                text.includes("ERR_CONNECTION_REFUSED")), page.complaints);
        }, LIMIT);

    await test("the keyboard alone: the page asks again for the fields",
        async (later) => {
            const page = await withEvents(later, await serving(later));
            await page.route("**/explain?**", (route) => route.abort());
            await page.click(PACKET);
            await page.waitForSelector(".waiting button");
            await page.focus("[role=grid]");
            await page.keyboard.press("Tab");
            await page.keyboard.press("Enter");
            await page.waitForSelector(".status:has-text('its bytes')");
            assert.equal(await page.evaluate(() =>
                document.activeElement.textContent), "Try again");
            await page.unroute("**/explain?**");
            await page.keyboard.press("Enter");
            await page.waitForSelector(".fields");
            assert.ok(await page.evaluate(() =>
                document.activeElement.classList.contains("fields")));
            await page.keyboard.press("ArrowDown");
            assert.match(await page.textContent(".status"), /^carrier, MASK/);
        }, LIMIT);

    await test("the page says what the server says if it does not explain",
        async (later) => {
            const page = await withEvents(later, await serving(later));
            await page.route("**/explain?**", (route) => route.fulfill(
                { status: 400, body: "hex: too many fields\n" }));
            await page.click(PACKET);
            await page.waitForSelector(".waiting button");
            assert.equal((await page.textContent(".waiting p"))
                .replace(/<U\+000A>/, ""),
                "The server does not explain these bytes: " +
                "hex: too many fields");
        }, LIMIT);

    await test("the page: an answer that comes late finds its own packet",
        async (later) => {
            const page = await withEvents(later, await serving(later));
            const release = await hold(page);
            await page.click(PACKET);
            assert.ok(await cellCount(page) > 10); /* at once */
            await page.focus("[role=grid]");
            await page.keyboard.press("End");
            const status = await page.textContent(".status");
            assert.match(status, /^byte \d+: 5d$/);
            await page.click("#rows > :has-text('0 open')");
            await release();
            await page.waitForSelector(".fields li:has-text('upgrades')");
            assert.equal(await page.locator(".fields").count(), 1);
            await page.click(PACKET);
            await page.waitForSelector(".fields li:has-text('event name')");
            await page.click("#clear");
            assert.deepEqual(page.complaints, []);
        }, LIMIT);

    await test("the page: a byte that is marked stays so when fields come",
        async (later) => {
            const page = await withEvents(later, await serving(later));
            const release = await hold(page);
            await page.click(PACKET);
            await page.focus("[role=grid]");
            await page.keyboard.press("End");
            await release();
            await page.waitForSelector(".fields");
            assert.match(await page.textContent(".status"),
                         /^byte \d+: 5d · JSON, end-array: \] · RFC 8259$/);
            assert.ok(await page.evaluate(() =>
                document.activeElement.role === "grid"));
            assert.equal(await page.locator("[role=gridcell].at").count(), 1);
        }, LIMIT);

    await test("the page asks once for each packet", async (later) => {
        const page = await withEvents(later, await serving(later));
        let count = 0;
        page.on("request", (request) =>
            (count += request.url().includes("/explain?")));
        for (let i = 0; i < 3; i++) {
            await page.click(PACKET);
            await page.waitForSelector(".fields");
            await page.click("#rows > :has-text('0 open')");
            await page.waitForSelector(".fields li:has-text('upgrades')");
        }
        assert.equal(count, 2);
    }, LIMIT);

    await test("the page shows 100 KB, of which the server is sent the start",
        async (later) => {
            const page = await withEvents(later, await serving(later));
            await send(page, "message", `"${"x".repeat(100000)}"`);
            await waitForText(page, "answer", /100016 characters/);
            await page.click(PACKET);
            await page.waitForSelector(".fields");
            assert.equal(await page.textContent("#detail .error"), "");
            const last = page.locator(".fields li >> nth=-1");
            /* [ "message-back" , "xxx" ]: 19 bytes beside the text */
            assert.match(await last.textContent(), /^JSON-text .* 100019 B$/);
        }, LIMIT);
}
