/// <reference lib="dom" />
/** The watchlist, the views with their addresses, the tables of an account, and what is taken from the page. */
import assert from "node:assert/strict";
import { startBrowser, type TestBrowser } from "../../support/browser.ts";
import {
  answerAll,
  CHANNELS,
  feed,
  pathItem,
  quote,
  seeText,
  TICKER,
  withPage,
} from "../../support/dashboard_page.ts";
import { testWith } from "../../support/needs.ts";
import { waitFor } from "../../support/wait.ts";

testWith(["chromium"], "what the page shows can be found, kept and taken away", async (t) => {
  await using browser = await startBrowser();
  const step = (name: string, run: (browser: TestBrowser) => Promise<void>) =>
    t.step(name, () => run(browser));
  await step("the watchlist has a line for every instrument", listsInstruments);
  await step("a view has an address, which survives a reload, and a title", hasAddresses);
  await step("what is not live looks so, with the reason and the next attempt", showsReasons);
  await step("orders, positions and balances are tables", showsTables);
  await step("path, key and command are copied, and series are saved", takesAway);
  await step("keys for instrument, bar and zoom", takesKeys);
});

async function listsInstruments(browser: TestBrowser): Promise<void> {
  await withPage(browser, async ({ okx, watched }) => {
    const { page } = watched;
    await feed(okx);
    await seeText(watched, quote("BTC-USDT"), /110\.50\s*\+10\.50%/);
    await seeText(watched, quote("ETH-USDT"), /9\s*−10\.00%/);
    await waitFor("the spark line", async () => {
      const points = await page.locator(`${quote("BTC-USDT")} polyline`).getAttribute("points");
      return points?.split(" ").length === 3 || assert.fail(String(points));
    });
    // The line has risen, while the day has fallen.
    okx.current()?.push(TICKER, [{ instId: "BTC-USDT", last: "120.00", open24h: "130", ts: "2" }]);
    await seeText(watched, quote("BTC-USDT"), /120\.00\s*−7\.69%/);
    assert.equal(await page.locator(`${quote("BTC-USDT")} .spark.up`).count(), 1);
    assert.equal(await page.locator(`${quote("BTC-USDT")} .change.down`).count(), 1);
    okx.current()?.push(TICKER, [{ instId: "BTC-USDT", last: "90.00", open24h: "100", ts: "3" }]);
    await seeText(watched, quote("BTC-USDT"), /90\.00\s*−10\.00%/);
    // The paths of the chosen instrument are listed below it, and lead to their panels.
    await page.locator(quote("BTC-USDT")).click();
    await seeText(watched, "#watch .item.below", "candle1m:BTC-USDT");
    await page.locator('#watch .item.below:has-text("tickers:BTC-USDT")').click();
    await seeText(watched, "#row", "90.00");
    await page.locator("#search").fill("eth");
    await waitFor("one instrument", async () => await page.locator("#watch .item.quote").count() === 1);
    await page.locator("#search").fill("");
    // Pinned instruments stay on top, also after a reload.
    await page.locator(`${quote("ETH-USDT")} .pin`).click();
    const first = () => page.locator("#watch .item.quote b").first().innerText();
    await waitFor("the pinned one on top", async () => await first() === "ETH-USDT");
    await page.reload();
    await waitFor("it to be remembered", async () => await first() === "ETH-USDT");
    await page.locator("#watch-filters [data-group=pinned]").click();
    await waitFor("it alone", async () => await page.locator("#watch .item.quote").count() === 1);
    assert.deepEqual(watched.said, []);
  }, { hash: "#/" });
}

async function hasAddresses(browser: TestBrowser): Promise<void> {
  const channels = [...CHANNELS, "candle5m:BTC-USDT"];
  await withPage(browser, async ({ okx, watched }) => {
    const { page } = watched;
    const hash = () => page.evaluate(() => location.hash);
    const selected = () => page.locator("#chart-path option:checked").innerText();
    await feed(okx);
    // What nobody chose has an address as well.
    await waitFor("the first choice", async () => await hash() === "#/test/candle1m:BTC-USDT");
    await waitFor("the price", async () => /^(.* · )?110\.50 BTC-USDT – okws$/.test(await page.title()));
    await page.locator("#tab-paths").click();
    await page.locator("#chart-path").selectOption({ label: "candle5m:BTC-USDT" });
    await page.locator(pathItem("tickers:BTC-USDT")).click();
    await page.locator("#search").fill("btc");
    const kept = "#/test/tickers:BTC-USDT?list=paths&candles=candle5m&words=btc";
    await waitFor("the address", async () => await hash() === kept || assert.fail(await hash()));
    await page.reload();
    await seeText(watched, "#row", "110.50");
    assert.equal(await selected(), "candle5m:BTC-USDT");
    assert.equal(await page.locator("#search").inputValue(), "btc");
    assert.equal(await hash(), kept);
    // Back to what was seen before, and what is not there is said.
    await page.locator(pathItem("books:BTC-USDT")).click();
    await waitFor("the book", async () => (await hash()).startsWith("#/test/books:BTC-USDT"));
    await page.goBack();
    await waitFor("the way back", async () => await hash() === kept || assert.fail(await hash()));
    await page.evaluate(() => location.hash = "#/test/tickers:NONE-USDT");
    await seeText(watched, "#chart-empty", "test has no subscription of tickers:NONE-USDT");
    await page.evaluate(() => location.hash = "#/test/trades:BTC-USDT?section=market");
    await seeText(watched, "#trades", "110.25");
    okx.plan({ handshake: "refuse" });
    okx.current()?.drop();
    await waitFor(
      "the title to say so",
      async () => / · stale · 110\.50 BTC-USDT – okws$/.test(await page.title()),
    );
  }, { hash: "", channels });
}

async function showsReasons(browser: TestBrowser): Promise<void> {
  await withPage(browser, async ({ okx, watched }) => {
    const { page } = watched;
    await feed(okx);
    await seeText(watched, "#legend", "C 110");
    assert.ok(await page.locator("#chart-notice").isHidden());
    okx.plan({ handshake: "refuse" });
    okx.current("business")?.drop();
    okx.current()?.drop();
    await seeText(watched, "#chart-notice", /^stale for [\d.]+ (ms|s|m): .+; next attempt in \d+ s$/);
    await seeText(watched, "#tape-notice", /^stale for [\d.]+ (ms|s|m): .+; next attempt in \d+ s$/);
    // Data that was shown stays, but not as if it were certain.
    await seeText(watched, "#trades", "110.25");
    const looks = (id: string) =>
      page.evaluate((name) => getComputedStyle(document.querySelector(name) as Element).filter, id);
    assert.deepEqual([await looks("#chart"), await looks("#trades")], ["grayscale(1)", "grayscale(1)"]);
    await seeText(watched, quote("BTC-USDT"), "stale");
    okx.plan({ answer: answerAll });
    await waitFor("the notice to go", async () => await page.locator("#chart-notice").isHidden());
    assert.equal(await looks("#chart"), "none");
    // What was refused says why.
    await page.evaluate(() => location.hash = "#/test/tickers:NOPE-USDT");
    await seeText(watched, "#tape-notice", /^refused for [\d.]+ (ms|s|m): 60018 .+ doesn't exist/);
  }, { hash: "#/test/candle1m:BTC-USDT", channels: [...CHANNELS, "tickers:NOPE-USDT"] });
}

async function showsTables(browser: TestBrowser): Promise<void> {
  const httpCredentials = { username: "okws", password: "correct horse" };
  await withPage(browser, async ({ okx, watched }) => {
    const { page } = watched;
    const own = await waitFor("the account", () => okx.current("private"));
    await waitFor("what is asked for", () => own.asked("subscribe").length >= 3);
    own.push({ channel: "orders", instType: "SPOT" }, [order("1", "buy", "1"), order("2", "sell", "2")]);
    const cells = (line: number) => page.locator(`#table tbody tr:nth-child(${line}) td`).allInnerTexts();
    await waitFor("the orders", async () => await page.locator("#table tbody tr").count() === 2);
    assert.equal(await page.locator("#h-table").innerText(), "Orders");
    await waitFor("the title", async () => /(^| · )Orders SPOT · live – okws$/.test(await page.title()));
    assert.deepEqual(await page.locator("#table th").allInnerTexts(), [
      ...["Instrument", "Side", "Type", "Price", "Size", "Filled", "Order", "id"],
    ]);
    assert.deepEqual(await cells(1), ["BTC-USDT", "sell", "limit", "100.5", "2", "0", "live", "2"]);
    // A newer row of the same order takes its place.
    own.push({ channel: "orders", instType: "SPOT" }, [
      { ...order("1", "buy", "3"), accFillSz: "1", state: "partially_filled" },
    ]);
    await waitFor("the fill", async () => (await cells(1))[6] === "partially_filled");
    assert.equal(await page.locator("#table tbody tr").count(), 2);
    const details = [
      { ccy: "USDT", eq: "7.25", availBal: "7", frozenBal: "0.25", upl: "-1", uTime: "5" },
      { ccy: "BTC", eq: "0.5", availBal: "0.5", frozenBal: "0", upl: "0", uTime: "5" },
    ];
    own.push({ channel: "account" }, [{ totalEq: "99", uTime: "5", details }]);
    await page.evaluate(() => location.hash = "#/test/account");
    await waitFor("the balances", async () => await page.locator("#table tbody tr").count() === 3);
    const rows = await Promise.all([1, 2, 3].map(cells));
    assert.deepEqual(rows.map(([name, equity]) => [name, equity]), [
      ...[["all of account", "99"], ["BTC", "0.5"], ["USDT", "7.25"]],
    ]);
    own.push({ channel: "positions", instType: "SWAP" }, [{
      ...{
        instType: "SWAP",
        instId: "BTC-USDT-SWAP",
        posId: "9",
        mgnMode: "cross",
        posSide: "long",
        pos: "3",
      },
      ...{ avgPx: "100", markPx: "110", upl: "30", liqPx: "10", lever: "5", uTime: "6", cTime: "6" },
    }]);
    await page.evaluate(() => location.hash = "#/test/positions:SWAP");
    await waitFor("the position", async () => (await cells(1))[0] === "BTC-USDT-SWAP");
    assert.deepEqual(await cells(1), ["BTC-USDT-SWAP", "long", "3", "100", "110", "30", "10", "5"]);
    assert.ok(await page.locator("#chart-panel").isHidden());
  }, {
    hash: "#/test/orders:SPOT",
    channels: ["orders:SPOT", "positions:SWAP", "account"],
    page: { httpCredentials },
    service: {
      servers: [{ name: "test", apiKey: "k", secret: "s", password: "p" }],
      settings: { HTTP_PASSWORD: httpCredentials.password },
    },
  });
}

function order(ordId: string, side: string, at: string): Record<string, string> {
  const own = { instType: "SPOT", instId: "BTC-USDT", ordId, side, state: "live", px: "100.5", sz: "2" };
  return { ...own, ordType: "limit", accFillSz: "0", uTime: `179536320000${at}`, cTime: "1795363200000" };
}

async function takesAway(browser: TestBrowser): Promise<void> {
  await withPage(browser, async ({ okx, watched }) => {
    const { page } = watched;
    await feed(okx);
    await seeText(watched, "#legend", "C 110");
    const copied = async (id: string) => {
      await page.locator(id).click();
      await seeText(watched, id, "copied");
      return await page.evaluate(() => navigator.clipboard.readText());
    };
    assert.equal(await copied("#copy-path"), "candle1m:BTC-USDT");
    assert.equal(await copied("#copy-key"), "okex/test/candle1m:BTC-USDT");
    assert.equal(await copied("#copy-command"), "redis-cli ZREVRANGE okex/test/candle1m:BTC-USDT 0 9");
    const saved = async (id: string): Promise<[string, string]> => {
      const [file] = await Promise.all([page.waitForEvent("download"), page.locator(id).click()]);
      return [file.suggestedFilename(), await Deno.readTextFile(await file.path())];
    };
    const [name, text] = await saved("#chart-save");
    assert.equal(name, "test_candle1m-BTC-USDT.csv");
    const lines = text.trim().split("\r\n");
    assert.match(lines[0] ?? "", /^ts,open,high,low,close,vol,/);
    assert.deepEqual(lines.slice(1).map((line) => line.split(",")[4]), ["100", "105", "110"]);
    await seeText(watched, "#trades", "110.25");
    const [tape, trades] = await saved("#tape-save");
    assert.equal(tape, "test_trades-BTC-USDT.csv");
    assert.match(trades, /110\.25/);
  }, { hash: "#/test/candle1m:BTC-USDT", page: { permissions: ["clipboard-read", "clipboard-write"] } });
}

async function takesKeys(browser: TestBrowser): Promise<void> {
  const channels = [...CHANNELS, "candle5m:BTC-USDT"];
  await withPage(browser, async ({ okx, watched }) => {
    const { page } = watched;
    const hash = () => page.evaluate(() => location.hash);
    const goes = (to: string) => waitFor(to, async () => (await hash()).startsWith(`#/test/${to}`));
    await feed(okx);
    await goes("candle1m:BTC-USDT");
    await page.keyboard.press("b");
    await goes("candle5m:BTC-USDT");
    await page.keyboard.press("b");
    await page.keyboard.press("Shift+B");
    await goes("candle1m:BTC-USDT");
    await page.keyboard.press("i");
    await goes("tickers:ETH-USDT");
    await page.keyboard.press("Shift+I");
    await goes("candle1m:BTC-USDT");
    // Nothing but pixels shows how far the chart is zoomed.
    const picture = () => page.locator("#chart").screenshot();
    const differs = (from: Uint8Array) => async () => !isSame(from, await picture());
    await seeText(watched, "#legend", "C 110");
    const first = await picture();
    await page.keyboard.press("+");
    await waitFor("a closer look", differs(first));
    const near = await picture();
    await page.keyboard.press("-");
    await waitFor("a wider look", differs(near));
    await page.keyboard.press("0");
    await page.keyboard.press("s");
    await waitFor("the pin", async () => await page.locator(`${quote("BTC-USDT")} .pin.on`).count() === 1);
    await page.keyboard.press("l");
    await waitFor("the paths", () => page.locator("#list").isVisible());
    await page.keyboard.press("?");
    for (
      const text of ["longer and shorter bars", "next and previous instrument", "zoom in, out, and back"]
    ) {
      await seeText(watched, "#keys", text);
    }
  }, { hash: "#/", channels });
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
