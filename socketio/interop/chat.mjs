/*
 * chat.mjs: the page of 410 in browsers that do not share cookies, and a page
 * of another origin that attacks it
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { bin, place, skip, start, test } from "./harness.mjs";
import { closeBrowser, LIMIT, open, openBrowser,
         waitForText } from "./page_browser.mjs";

const OPEN = `${place}/410_any_origin`; /* without the check of Origin */

/* Lesson 410: built here, and nowhere else. */
function buildWithoutCheck() {
    const library = existsSync("build/cc/libtoolkit.a") ?
        "build/cc/libtoolkit.a" : `${bin}/../libtoolkit.a`;
    mkdirSync(place, { recursive: true });
    execFileSync("cc", ["-std=c11", "-D_POSIX_C_SOURCE=200809L", "-I.",
                        "-DCHAT_ANY_ORIGIN", "-o", OPEN,
                        "websocket/410_chat.c", library, "-pthread"]);
}

async function serving(later, ...options) {
    const server = await start("410_chat", ...options);
    later(() => server.stop());
    return server;
}

/* Its program is not in bin/. */
async function servingWithoutCheck(later) {
    const server = await start(`../${OPEN.slice(process.cwd().length)}`);
    later(() => server.stop());
    return server;
}

async function logIn(page, name) {
    await page.fill("#name", name);
    await page.click("#login button");
    await waitForText(page, "state", /^connected$/);
}

/* A browser of its own, in which that name is logged in. */
async function chatting(later, server, name, options) {
    const page = await open(later, server, options);
    await waitForText(page, "state", /^not connected$/);
    page.complaints.length = 0; /* of the handshake without a cookie */
    await logIn(page, name);
    return page;
}

const texts = (page, selector) => page.$$eval(selector, (all) =>
    all.map((one) => one.textContent));
const said = (page) => page.$$eval("#lines .said", (all) => all.map((line) =>
    [...line.querySelectorAll("bdi")].map((b) => b.textContent).join(": ")));

async function say(page, text) {
    await page.fill("#text", text);
    await page.click("#say");
    await page.waitForFunction(() =>
        document.getElementById("text").value === "");
}

/* A relay to the server that keeps what the browser and the server say: the
 * tools of the browser hide the cookie of a handshake, and a 403. */
async function recording(later, server) {
    const wire = { request: "", response: "" };
    const relay = createServer((from) => {
        const to = connect(server.port, "127.0.0.1");
        from.on("data", (bytes) => (wire.request += bytes));
        to.on("data", (bytes) => (wire.response += bytes));
        from.on("error", () => to.destroy()).pipe(to);
        to.on("error", () => from.destroy()).pipe(from);
    });
    await new Promise((done) => relay.listen(0, "127.0.0.1", done));
    later(() => relay.close());
    return { port: relay.address().port, wire };
}

/* The attacker's page in the browser of page: its result, and what was on the
 * wire. */
async function attack(later, page, server, host = "127.0.0.1") {
    const evil = await start("401_http", "--root", "websocket/attack");
    later(() => evil.stop());
    const { port, wire } = await recording(later, server);
    const other = await page.context().newPage();
    await other.goto(`http://${host}:${evil.port}/?${port}`);
    await waitForText(other, "result", /hijacked|refused/);
    assert.ok(wire.request.includes(
        `\r\nOrigin: http://${host}:${evil.port}\r\n`));
    return { result: await other.textContent("#result"),
             lines: await other.textContent("#lines"),
             cookie: /^Cookie: (.*)\r$/m.exec(wire.request)?.[1],
             status: Number(wire.response.split(" ")[1]),
             why: wire.response.split("\r\n\r\n")[1] };
}

async function testChat() {
    await test("410: two browsers chat: who is here, typing, each line once",
        async (later) => {
            const server = await serving(later);
            const ann = await chatting(later, server, "Ann");
            const zoe = await chatting(later, server, "Zoë");
            await waitForText(ann, "here", /^AnnZoë$/);
            await waitForText(zoe, "here", /^AnnZoë$/);
            await zoe.locator("#text").pressSequentially("hi");
            await waitForText(ann, "typing", /^Zoë is typing …$/);
            assert.equal(await zoe.textContent("#typing"), "");
            await zoe.click("#say");
            await waitForText(ann, "typing", /^$/);
            await say(ann, "<b>&amp; two  spaces</b>");
            for (const page of [ann, zoe]) {
                await waitForText(page, "lines", /spaces/);
                assert.deepEqual(await said(page),
                                 ["Zoë: hi", "Ann: <b>&amp; two  spaces</b>"]);
            }
            await zoe.click("[data-channel=music]");
            await waitForText(ann, "here", /^Ann$/);
            await waitForText(zoe, "here", /^Zoë$/);
            await say(ann, "alone");
            await waitForText(ann, "lines", /alone/);
            await zoe.click("[data-channel=books]");
            await waitForText(zoe, "here", /^AnnZoë$/);
            assert.equal((await said(zoe)).length, 2);
            assert.deepEqual([...ann.complaints, ...zoe.complaints], []);
        });

    await test("410: a reload needs no new login; a bad name is refused",
        async (later) => {
            const server = await serving(later);
            const page = await open(later, server);
            await page.fill("#name", "ö".repeat(16)); /* 32 bytes */
            await page.click("#login button");
            await waitForText(page, "why", /^This is not a name\.$/);
            await logIn(page, "Ann");
            await page.reload();
            await waitForText(page, "state", /^connected$/);
            assert.equal(await page.textContent("#who"), "Ann");
            assert.equal(await page.evaluate(() => document.cookie), "");
        });

    await test("410: after two restarts each line is shown and sent once",
        async (later) => {
            let server = await start("410_chat");
            later(() => server.stop());
            const ann = await chatting(later, server, "Ann");
            const ben = await chatting(later, server, "Ben");
            const all = ["Ann: before"];
            await say(ann, "before");
            for (let i = 0; i < 2; i++) {
                await waitForText(ben, "lines", /before|after/);
                await server.stop("SIGKILL");
                for (const page of [ann, ben])
                    await waitForText(page, "state", /trying again/);
                server = await start("410_chat", "--port",
                                     String(server.port));
                for (const page of [ann, ben]) {
                    await waitForText(page, "state", /^connected$/);
                    await page.waitForFunction(() => document.querySelectorAll(
                        "#here li").length === 2);
                }
                await say(ann, `after ${i}`);
                await ben.locator("#text").pressSequentially("x");
                await waitForText(ann, "typing", /^Ben is typing …$/);
                await say(ben, `heard ${i}`);
                all.push(`Ann: after ${i}`, `Ben: heard ${i}`);
                for (const page of [ann, ben]) {
                    await waitForText(page, "lines",
                                      new RegExp(`heard ${i}`));
                    assert.deepEqual(await said(page), all);
                }
                for (const page of [ann, ben])
                    assert.deepEqual(await texts(page, "#here li"),
                                     ["Ann", "Ben"]);
            }
        }, 4 * LIMIT);

    await test("410: a handler that is added on each connection acts thrice",
        async (later) => {
            let server = await start("410_chat");
            later(() => server.stop());
            const script = readFileSync("websocket/page/chat.js", "utf8");
            const broken = script.replace("        join(channel);\n", (line) =>
                `${line}$("send").addEventListener("submit", () =>
                    socket.send("say again"));`);
            assert.notEqual(broken, script);
            const page = await chatting(later, server, "Ann", {
                prepare: (page) => page.route("**/chat.js", (route) =>
                    route.fulfill({ contentType: "text/javascript",
                                    body: broken })) });
            for (let i = 0; i < 2; i++) {
                await server.stop("SIGKILL");
                await waitForText(page, "state", /trying again/);
                server = await start("410_chat", "--port",
                                     String(server.port));
                await waitForText(page, "state", /^connected$/);
            }
            await say(page, "once");
            await say(page, "the end");
            await waitForText(page, "lines", /the end(.*again){3}/);
            const again = ["Ann: again", "Ann: again", "Ann: again"];
            assert.deepEqual(await said(page), ["Ann: once", ...again,
                                                "Ann: the end", ...again]);
        }, 4 * LIMIT);
}

async function testAttack() {
    await test("410: without the check, a page at another port speaks as Ann",
        async (later) => {
            const server = await servingWithoutCheck(later);
            const ann = await chatting(later, server, "Ann");
            const ben = await chatting(later, server, "Ben");
            await waitForText(ann, "here", /^AnnBen$/);
            const seen = await attack(later, ann, server);
            assert.equal(seen.result, "hijacked: I am Ann");
            /* The cookie has no port, and SameSite=Strict allows the site. */
            assert.equal(seen.cookie, "name=Ann");
            assert.equal(seen.status, 101);
            await waitForText(ben, "lines", /I did not write this/);
            assert.deepEqual(await said(ben), ["Ann: I did not write this"]);
        });

    await test("410: without the check, SameSite stops a page of another site",
        async (later) => {
            const server = await servingWithoutCheck(later);
            const ann = await chatting(later, server, "Ann");
            const seen = await attack(later, ann, server, "localhost");
            assert.equal(seen.result, "refused: 1006");
            assert.equal(seen.cookie, undefined);
            assert.equal(seen.status, 403);
            assert.match(seen.why, /^no name: /);
            assert.equal(seen.lines, "");
        });

    await test("410: it refuses a page of another origin with 403",
        async (later) => {
            const server = await serving(later);
            const ann = await chatting(later, server, "Ann");
            const seen = await attack(later, ann, server);
            assert.equal(seen.result, "refused: 1006");
            assert.equal(seen.cookie, "name=Ann");
            assert.equal(seen.status, 403);
            assert.match(seen.why, /^this origin or host is not allowed/);
            assert.equal(seen.lines, "");
            assert.deepEqual(await said(ann), []);
        });
}

async function testLook() {
    for (const width of [400, 1400])
        for (const colorScheme of ["light", "dark"])
            await test(`410: axe finds nothing at ${width} px, ${colorScheme}`,
                async (later) => {
                    const server = await serving(later);
                    const page = await chatting(later, server, "Ann", {
                        viewport: { width, height: 900 }, colorScheme });
                    await say(page, `a long word: ${"x".repeat(300)}`);
                    await waitForText(page, "lines", /xxx/);
                    await page.evaluate(readFileSync(
                        `${place}/node_modules/axe-core/axe.min.js`, "utf8"));
                    const { violations } = await page.evaluate(() =>
                        globalThis.axe.run());
                    assert.deepEqual(violations.map(({ id, nodes }) =>
                        `${id}: ${nodes[0].html}`), []);
                    assert.ok(await page.evaluate(() =>
                        document.documentElement.scrollWidth <= innerWidth));
                    if (process.env.SCREENSHOTS)
                        await page.screenshot({ path: `${process.env
                            .SCREENSHOTS}/${width}-${colorScheme}.png` });
                }, 3 * LIMIT);
}

if (!existsSync(`${bin}/410_chat`)) {
    skip("the chat in a browser: there is no 410_chat");
} else if (await openBrowser()) {
    buildWithoutCheck();
    await testChat();
    await testAttack();
    await testLook();
    await closeBrowser();
} else {
    skip("the chat in a browser: there is no Chromium");
}
