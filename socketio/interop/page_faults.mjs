/*
 * page_faults.mjs: the page of 506 when something is wrong: a server that
 * breaks the rules, a flood, large or malicious text, input that no server
 * accepts
 *
 * The servers that break the rules are routes of the browser: what the page
 * requests is answered by the test.
 */
import assert from "node:assert/strict";
import { test } from "./harness.mjs";
import { LIMIT, connected, log, open, send, serving,
         waitForText } from "./page_browser.mjs";

const OPEN = '0{"sid":"x","upgrades":[],"pingInterval":25000,' +
             '"pingTimeout":20000,"maxPayload":1000000}';

/* A server that responds to the GETs with these bodies, then to none. */
function scripted(...bodies) {
    return scriptedBy(bodies);
}

/* The test may add more bodies while the page is open. */
function scriptedBy(bodies) {
    return (page) => page.route("**/socket.io/**", (route) => {
        if (route.request().method() === "POST")
            return route.fulfill({ body: "ok" });
        const body = bodies.shift();
        return body === undefined ? undefined : route.fulfill({ body });
    });
}

const MALFORMED = [
    ["0{", /handshake/], ['0{"sid":1}', /handshake/], ["0[]", /handshake/],
    ["2", /open comes first/], ["9", /no such packet type/],
];
const MALFORMED_LATER = [
    ["42{}", /EVENT must be an array/], ["42", /EVENT must be/],
    ["42[]", /EVENT must be/], ["42[7]", /EVENT must be/],
    ["420[", /not JSON/], ["40", /with a sid/], ['40["sid"]', /with a sid/],
    ["44", /with a message/], ["44null", /with a message/],
    ['43{"a":1}', /needs the id/], ['430{"a":1}', /ACK must be an array/],
    ["41[]", /DISCONNECT has no data/], ["49", /no such packet type/],
    ['451-["a",{"_placeholder":true,"num":1}]', /placeholder/],
    ['42["a",{"_placeholder":true,"num":0}]', /placeholder/],
    ["b!", /not base64/], ["bAA==", /announced/], [OPEN, /once/],
];

/* Connects to a server that sends these bodies. */
async function expectRefusal(page, bodies, ends, reason) {
    bodies.push(...ends);
    await page.click("#toggle");
    await waitForText(page, "state",
                      new RegExp(`^malformed packet: .*${reason.source}`));
    await page.click("#toggle");
    await waitForText(page, "state", /^closed by us$/);
}

/* Returns a function that says how many layouts the page has had. */
async function countLayouts(page) {
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable");
    return async () => (await session.send("Performance.getMetrics")).metrics
        .find(({ name }) => name === "LayoutCount").value;
}

export async function faults() {
    await test("the page names what is wrong with a packet, and throws nothing",
        async (later) => {
            const bodies = [];
            const page = await open(later, await serving(later), {
                prepare: scriptedBy(bodies) });
            for (const [packet, reason] of MALFORMED)
                await expectRefusal(page, bodies, [packet], reason);
            for (const [packet, reason] of MALFORMED_LATER)
                await expectRefusal(page, bodies, [OPEN, packet], reason);
            assert.deepEqual(page.complaints, []);
        }, 2 * LIMIT);

    await test("the page: a row for each part of a packet that is cut short",
        async (later) => {
            const page = await open(later, await serving(later), {
                prepare: scripted(OPEN, "420[") });
            await page.click("#toggle");
            const row = page.locator("#rows .bad");
            await row.waitFor();
            assert.deepEqual(await row.locator(".what span").allTextContents(),
                             ["4", "2", "0", "["]);
        }, LIMIT);

    await test("the page gives up a connection attempt that never ends",
        async (later) => {
            const page = await open(later, await serving(later), {
                prepare: scripted() });
            const why = await page.evaluate(async () => {
                const { Client } = await import("/client.js");
                return new Promise((done) => {
                    const client = new Client({
                        connectLimit: 200, seen() {}, event() {},
                        changed: () => client.state === "waiting" &&
                                       done(client.why),
                    });
                    client.connect();
                });
            });
            assert.equal(why, "no connection within 0.2 s");
        }, LIMIT);

    /* A layout for each of the 2 000 packets took 14 s. The count does not
     * depend on how busy the machine is. */
    await test("the page follows 1 000 echoes to the end, with few layouts",
        async (later) => {
            const page = await open(later, await serving(later));
            const layouts = await countLayouts(page);
            await connected(page);
            const before = await layouts();
            const [ms, reports] = await page.evaluate(async () => {
                const $ = (id) => document.getElementById(id);
                let reports = 0;
                new MutationObserver(() => reports++).observe($("announce"),
                    { childList: true });
                const begin = performance.now();
                for (let i = 0; i < 999; i++) $("go").click();
                $("args").value = "999";
                $("go").click();
                while ($("answer").textContent !== "message-back(999)")
                    await new Promise((done) => setTimeout(done, 5));
                return [performance.now() - begin, reports];
            });
            const count = await layouts() - before;
            assert.ok(count < 400, `${count} layouts`);
            /* A screen reader is given one report in 2 s. */
            assert.ok(reports <= 1 + ms / 2000, `${reports} in ${ms} ms`);
            await page.waitForFunction(() => {
                const { scrollTop, scrollHeight, clientHeight } =
                    document.getElementById("rows");
                return scrollHeight - scrollTop - clientHeight < 2;
            });
            const lines = await log(page);
            assert.equal(lines.length, 500);
            assert.match(lines.at(-1).what, /message-back",999\]$/);
        }, LIMIT);

    for (const width of [400, 1400])
        await test(`the page at ${width} px stays small with 100 KB`,
            async (later) => {
                const page = await open(later, await serving(later), {
                    viewport: { width, height: 900 } });
                await connected(page);
                await send(page, "message", `"${"x".repeat(100000)}"`);
                await waitForText(page, "answer", /100016 characters/);
                await page.click("#rows > :has(.json) >> nth=-1");
                const height = () => page.evaluate(() =>
                    document.documentElement.scrollHeight);
                assert.ok(await height() < 3000, `${await height()} px`);
                for (const [button, count] of [["0 to 511", 2048],
                                               ["0 to 2047", 2048]]) {
                    await page.click(`text=Bytes ${button} of`);
                    assert.equal(await page.locator("[role=gridcell]").count(),
                                 count);
                    assert.ok(await height() < 3000, `${await height()} px`);
                }
                assert.equal(await page.textContent(".offset >> nth=0"),
                             "0800");
            }, LIMIT);

    await test("the page refuses what a server would not accept",
        async (later) => {
            const page = await open(later, await serving(later,
                "--max-payload", "2000"));
            await page.click("#auth-box summary");
            for (const text of ["[1]", "null", "7", "{"]) {
                await page.fill("#auth", text);
                await page.click("#toggle");
                await waitForText(page, "auth-error", /must be a JSON object/);
                assert.equal(await page.getAttribute("#auth", "aria-invalid"),
                             "true");
            }
            await page.fill("#auth", "");
            await connected(page);
            assert.equal(await page.getAttribute("#auth", "aria-invalid"),
                         "false");
            const count = (await log(page)).length;
            for (const name of ["connect", "disconnect", "newListener"]) {
                await send(page, name, "");
                await waitForText(page, "args-error", /is reserved/);
                assert.equal(await page.getAttribute("#name", "aria-invalid"),
                             "true");
                /* A field that is being corrected is not called wrong. */
                await page.fill("#name", "message");
                assert.equal(await page.textContent("#args-error"), "");
                assert.equal(await page.getAttribute("#name", "aria-invalid"),
                             "false");
            }
            await send(page, "message", `"${"x".repeat(1990)}"`);
            /* 4 2 [ "message" , "1990" ]: 17 bytes beside the text */
            await waitForText(page, "args-error", /of 2006 bytes.* 2000 /);
            assert.equal((await log(page)).length, count);
            await page.click("[data-event=message]");
            assert.equal(await page.textContent("#args-error"), "");
            await send(page, "message", `"${"x".repeat(1984)}"`);
            await waitForText(page, "answer", /^message-back/);
            await waitForText(page, "args-error", /^$/);
        }, LIMIT);

    await test("the page shows characters that reorder text by their numbers",
        async (later) => {
            const page = await open(later, await serving(later));
            await connected(page);
            await send(page, "message", '"a\u202eb\u2066\u200b"');
            await waitForText(page, "answer", /a<U\+202E>b<U\+2066><U\+200B>/);
            await page.click("#rows > :has(.json) >> nth=-1");
            const text = await page.evaluate(() => document.body.innerText);
            assert.doesNotMatch(text, /[\u200b\u202e\u2066]/);
        }, LIMIT);

    await test("the page: a field for JSON escapes what would reorder it",
        async (later) => {
            const page = await open(later, await serving(later));
            await connected(page);
            for (const id of ["args", "auth"]) {
                await page.evaluate((id) => {
                    document.getElementById("auth-box").open = true;
                    Object.assign(document.getElementById(id),
                        { value: "", disabled: false });
                }, id);
                await page.focus(`#${id}`);
                await page.keyboard.type('"a');
                await page.keyboard.insertText("\u202eb\u2066\u061c");
                await page.keyboard.press("ArrowLeft");
                await page.keyboard.insertText("\u200f");
                await page.keyboard.press("End");
                await page.keyboard.type('c"');
                assert.equal(await page.inputValue(`#${id}`),
                             '"a\\u202eb\\u2066\\u061\\u200fcc"');
            }
            await page.fill("#args", '"a\u202eb"');
            await page.click("#go");
            await waitForText(page, "answer", /^message-back\("a<U\+202E>b"\)$/);
            await page.click("#rows > .out:has(.json) >> nth=-1");
            assert.match(await page.textContent("#detail"), /e2\s*80\s*ae/);
        }, LIMIT);

    for (const [button, pattern] of [
        ["Send a malformed packet", /ended: 1002 protocol error/],
        ["Send too much", /ended: 1009 too big/],
        ["Cut the connection", /^cut on purpose/],
    ])
        await test(`the page, "${button}": it is closed, and comes back`,
            async (later) => {
                const page = await open(later, await serving(later));
                await connected(page);
                await page.click("#break summary");
                await page.click(`text=${button}`);
                await waitForText(page, "state", pattern);
                await page.click("text=Try now");
                await waitForText(page, "state", /^connected$/);
                assert.deepEqual(page.complaints, []);
            }, LIMIT);

    await test("the page, a pong skipped: the server closes the session",
        async (later) => {
            const page = await open(later, await serving(later,
                "--ping-interval", "200", "--ping-timeout", "200"));
            await connected(page);
            await page.click("#break summary");
            await page.click("text=Skip the next pong");
            await waitForText(page, "state", /again in/);
            const names = (await log(page)).map(({ name }) => name);
            assert.ok(names.includes("skipped"));
            await page.click("#toggle");
            await waitForText(page, "state", /^closed by us$/);
        }, LIMIT);

    await test("the page counts a wait down, and Stop ends it",
        async (later) => {
            const page = await open(later, await serving(later), {
                prepare: (page) => page.route("**/socket.io/**", (route) =>
                    route.abort()) });
            await page.click("#toggle");
            /* After some failures the wait is long enough: 2 s at least. */
            await page.locator("#rows .bad >> nth=3").waitFor(
                { timeout: LIMIT });
            const left = async () => Number(/again in (\d+\.\d) s$/.exec(
                await page.textContent("#state"))[1]);
            const first = await left();
            await page.waitForFunction((text) => document.getElementById(
                "state").textContent !== text,
                await page.textContent("#state"));
            assert.ok(await left() < first);
            await page.click("#toggle:text-is('Stop')");
            await waitForText(page, "state", /^closed by us$/);
            assert.ok(await page.isHidden("#try"));
        }, 2 * LIMIT);

    await test("the page: a request without a response leaves a row",
        async (later) => {
            const page = await open(later, await serving(later), {
                prepare: (page) => page.route("**/socket.io/**", (route) =>
                    route.abort()) });
            await page.click("#toggle");
            await waitForText(page, "state", /^the server cannot be reached/);
            await page.locator("#rows .bad:has-text('failed')").first()
                .waitFor();
        }, LIMIT);

    await test("the page is sent with its policy, and obeys it",
        async (later) => {
            const server = await serving(later);
            const url = `http://127.0.0.1:${server.port}/client.js`;
            const first = await fetch(url);
            const { headers } = first;
            assert.equal(headers.get("cache-control"), "no-cache");
            assert.equal(headers.get("x-content-type-options"), "nosniff");
            const policy = headers.get("content-security-policy");
            assert.match(policy, /default-src 'none'/);
            assert.match(policy, /frame-ancestors 'none'/);
            await first.text();
            const again = await fetch(url, {
                headers: { "If-None-Match": headers.get("etag") } });
            assert.equal(again.status, 304);
            const page = await open(later, server, { bypassCSP: false });
            await page.click("#toggle");
            await page.locator("#state:text-is('connected')").waitFor();
            await page.click("#go");
            await page.locator("#answer:has-text('message-back')").waitFor();
            await page.click("#rows > :has(.json) >> nth=-1");
            await page.locator(".fields").waitFor();
            assert.deepEqual(page.complaints, []);
        }, LIMIT);
}
