/// <reference lib="dom" />
/**
 * The page in a real Chromium: a service, a scripted exchange, and what a person sees and does. The file is long
 * because all of it shares one browser, which takes seconds to start.
 */
import assert from "node:assert/strict";
import { startBrowser, type TestBrowser, type Watched } from "../../support/browser.ts";
import {
  answerAll,
  assertLocal,
  BOOK,
  bookRow,
  candle,
  CANDLES,
  CHANNELS,
  pathItem,
  seeText,
  TICKER,
  trade,
  TRADES,
  withPage,
} from "../../support/dashboard_page.ts";
import { startFakeOkx } from "../../support/fake_okx.ts";
import { freePort } from "../../support/free_port.ts";
import { testWith } from "../../support/needs.ts";
import { startService } from "../../support/service.ts";
import { waitFor } from "../../support/wait.ts";

/** What a page of somebody else would do, as the name of an instrument. */
const SCRIPT = "<script>planted()</script>";
/** The same as a part of a path, in which a slash is percent-coded. */
const CODED_SCRIPT = SCRIPT.replaceAll("/", "%2F");
const IMAGE = "<img src=x onerror=\"document.title='taken'\">";

testWith(["chromium"], "the page in a browser", async (t) => {
  await using browser = await startBrowser();
  const step = (name: string, run: (browser: TestBrowser) => Promise<void>) =>
    t.step(name, () => run(browser));
  await step("values change live", showsValues);
  await step("a lost connection shows, and its recovery too", showsLoss);
  await step("hostile names stay text", staysText);
  await step("the policy keeps out code that is planted all the same", keepsOut);
  await step("the keyboard is enough", takesKeys);
  await step("light and dark follow the system, or the person", followsTheme);
  await step("the page speaks the reader's language, or the one that was chosen", speaksChinese);
  await step("a phone needs no sideways scrolling", fitsPhone);
  await step("a service that went away is missed, and found again", findsAgain);
  await step("with a password everything works for who knows it", asksPassword);
});

async function showsValues(browser: TestBrowser): Promise<void> {
  await withPage(browser, async ({ okx, watched }) => {
    await seeText(watched, "#ready", "Not ready");
    const open = await waitFor("both connections", () => okx.current() && okx.current("business"));
    open.push(CANDLES, [candle(0, "101.5")]);
    okx.current()?.push(TICKER, [{ instId: "BTC-USDT", last: "101.5", ts: "1" }]);
    okx.current()?.push(TRADES, [trade(1, "101.25")]);
    okx.current()?.push(BOOK, [bookRow(-1, 7, [["101", "2", "0", "1"]], [["102", "3", "0", "1"]])], {
      action: "snapshot",
    });
    await seeText(watched, "#ready", /^\s*Ready\s*$/);
    await seeText(watched, "#connections", "connected");
    await seeText(watched, "#legend", "C 101.5");
    await seeText(watched, "#trades .trade", "101.25");
    await seeText(watched, "#book .ask", "102");
    await seeText(watched, "#book .bid", "101");
    await seeText(watched, "#book .spread", "101.5");
    // What comes from now on.
    okx.current("business")?.push(CANDLES, [candle(1, "117.75")]);
    okx.current()?.push(TRADES, [trade(2, "117.5")]);
    okx.current()?.push(BOOK, [bookRow(7, 8, [["101.5", "4", "0", "1"]], [])], { action: "update" });
    await seeText(watched, "#legend", "C 117.75");
    await seeText(watched, "#trades .trade:first-child", "117.5");
    await seeText(watched, "#book .bid:first-child", "101.5");
    // A path that is shown as a row.
    await watched.page.locator(pathItem("tickers:BTC-USDT")).click();
    await seeText(watched, "#row", "101.5");
    okx.current()?.push(TICKER, [{ instId: "BTC-USDT", last: "118.25", ts: "2" }]);
    await seeText(watched, "#row", "118.25");
    await seeText(watched, "#flow-legend", /rows\/s \d/);
    await seeText(watched, "#stats", /To Redis\s+[\d.]+ ms/);
    assert.deepEqual(watched.said, []);
  });
}

async function showsLoss(browser: TestBrowser): Promise<void> {
  await withPage(browser, async ({ okx, watched }) => {
    const { page } = watched;
    const item = pathItem("tickers:BTC-USDT");
    const stateOf = () => page.locator(item).getAttribute("data-state");
    await waitFor("the path to be live", async () => await stateOf() === "live");
    await seeText(watched, "#ready", "Ready");
    okx.plan({ handshake: "refuse" });
    okx.current()?.drop();
    await waitFor("the loss to show", async () => {
      const connection = page.locator("#connections li").filter({ hasText: "public" });
      return await stateOf() === "stale" && /^(waiting|connecting)$/.test(
        await connection.getAttribute("data-state") ?? "",
      );
    });
    await seeText(watched, "#ready", "Not ready");
    await seeText(watched, "#log .entry", "public lost");
    okx.plan({ answer: answerAll });
    await page.locator("#ready").click();
    await waitFor("recovery", async () => await stateOf() === "live");
    await seeText(watched, "#connections", /test public\s+connected/);
  }, { channels: ["tickers:BTC-USDT", "tickers:ETH-USDT"] });
}

async function staysText(browser: TestBrowser): Promise<void> {
  const channels = [
    { channel: "tickers", instId: SCRIPT },
    { channel: "trades", instId: SCRIPT },
    { channel: "tickers", instId: `NOPE${SCRIPT}` },
    "tickers:BTC-USDT",
  ];
  await withPage(browser, async ({ okx, watched }) => {
    const { page } = watched;
    await seeText(watched, "#list", CODED_SCRIPT);
    // A refusal and a notice repeat what they were asked.
    await seeText(watched, "#log .entry", `NOPE${SCRIPT}`);
    const connection = await waitFor("the connection", () => okx.current());
    await page.locator(pathItem("tickers:BTC-USDT")).click();
    connection.push(TICKER, [{ instId: "BTC-USDT", last: IMAGE, [SCRIPT]: SCRIPT, ts: "1" }]);
    await seeText(watched, "#row", IMAGE);
    await seeText(watched, "#row", SCRIPT);
    connection.push({ channel: "trades", instId: SCRIPT }, [{
      ...trade(1, "5.5"),
      instId: SCRIPT,
      side: IMAGE,
    }]);
    await page.locator("#list .item").filter({ hasText: `trades:${CODED_SCRIPT}` }).click();
    await seeText(watched, "#trades", "5.5");
    // Last, because another connection takes the place of this one.
    connection.send({ event: "notice", code: "64008", msg: IMAGE, connId: IMAGE });
    await seeText(watched, "#log .entry", IMAGE);
    assert.equal(await page.title(), `${CODED_SCRIPT} – okws`);
    assert.equal(await page.locator("img").count(), 1, "the page's own sign");
    assert.equal(await page.locator("script").count(), 1);
    assert.deepEqual(watched.said, []);
  }, { channels });
}

async function keepsOut(browser: TestBrowser): Promise<void> {
  await using okx = startFakeOkx();
  await using running = await startService({ endpoint: okx.url, settings: { HTTP: "127.0.0.1:0" } });
  await browser.visit(running.service.httpUrl ?? "", async (watched) => {
    const outcome = await watched.page.evaluate(() => {
      const attempts: Record<string, () => void> = {
        markup: () => document.body.innerHTML = "<img src=x onerror=\"document.title='taken'\">",
        inline() {
          const script = document.createElement("script");
          script.append("document.title = 'taken'");
          document.head.append(script);
        },
        style: () => document.body.setAttribute("style", "display: none"),
        text: () => void setTimeout("document.title = 'taken'" as unknown as () => void, 0),
        frame() {
          const frame = document.createElement("iframe");
          frame.src = "https://example.com/";
          document.body.append(frame);
        },
        image: () => void (new Image().src = "https://example.com/x.png"),
        request: () => void fetch("https://example.com/").catch(() => {}),
      };
      return Object.fromEntries(
        Object.entries(attempts).map(([name, attempt]) => {
          try {
            attempt();
            return [name, "went through or was ignored"];
          } catch (error) {
            return [name, (error as Error).name];
          }
        }),
      );
    });
    assert.equal(outcome.markup, "TypeError");
    const expected = ["require-trusted-types-for", "style-src", "frame-src", "img-src", "connect-src"];
    const found = await waitFor("the violations", async () => {
      const all = await watched.violations();
      return expected.every((name) => all.some((each) => each.startsWith(name)))
        ? all
        : assert.fail(all.join());
    });
    assert.ok(found.length >= expected.length);
    assert.notEqual(await watched.page.title(), "taken");
    assert.equal(await watched.page.evaluate(() => getComputedStyle(document.body).display), "flex");
  }, { mayFail: true });
}

async function takesKeys(browser: TestBrowser): Promise<void> {
  await withPage(browser, async ({ watched }) => {
    const { page } = watched;
    await seeText(watched, "#list", "tickers:ETH-USDT");
    const chosen = () => page.locator('#list .item[aria-selected="true"] .path').allInnerTexts();
    const focused = () => page.evaluate(() => document.activeElement?.id ?? "");
    const sees = (what: string, probe: () => Promise<boolean>) => waitFor(what, probe);

    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement?.className), "skip");
    await page.keyboard.press("/");
    assert.equal(await focused(), "search");
    await page.keyboard.type("tickers eth");
    await sees("one path", async () => await page.locator("#list .item").count() === 1);
    await page.keyboard.press("Enter");
    await sees("it to be chosen", async () => (await chosen())[0]?.trim() === "tickers:ETH-USDT");
    assert.equal(await focused(), "list");
    await page.keyboard.press("/");
    await page.keyboard.press("Escape");
    await sees("all paths", async () => await page.locator("#list .item").count() === CHANNELS.length);
    await page.locator("#list").focus();
    await page.keyboard.press("Home");
    await sees("the first", async () => (await chosen())[0]?.trim() === "books:BTC-USDT");
    await page.keyboard.press("j");
    await sees("the next", async () => (await chosen())[0]?.trim() === "candle1m:BTC-USDT");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("k");
    await sees("the one before", async () => (await chosen())[0]?.trim() === "candle1m:BTC-USDT");
    await page.keyboard.press("p");
    await sees("no problem", async () => await page.locator("#list .item").count() === 0);
    await page.keyboard.press("p");
    // A path that nothing else shows was chosen before, so its row is shown.
    assert.ok(await page.locator("#row-pane").isVisible());
    await page.keyboard.press("r");
    await sees("the trades", () => page.locator("#trades-pane").isVisible());
    await page.keyboard.press("?");
    await sees("the keys", () => page.locator("#keys").isVisible());
    await page.keyboard.press("j");
    assert.equal((await chosen())[0]?.trim(), "candle1m:BTC-USDT", "keys act on the dialog alone");
    await page.keyboard.press("Escape");
    await sees("no keys", () => page.locator("#keys").isHidden());
    // Whatever can be reached has a name.
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll("button, input, select, a, [tabindex]")].filter((each) =>
        ![each.textContent?.trim(), each.getAttribute("aria-label"), each.getAttribute("aria-labelledby")]
          .some((name) => name)
      ).map((each) => each.outerHTML)
    );
    assert.deepEqual(nameless, []);
  });
}

async function followsTheme(browser: TestBrowser): Promise<void> {
  const background = ({ page }: Watched) =>
    page.evaluate(() => getComputedStyle(document.querySelector(".panel") as Element).backgroundColor);
  for (const colorScheme of ["light", "dark"] as const) {
    await withPage(browser, async ({ watched }) => {
      const [light, dark] = ["rgb(255, 255, 255)", "rgb(13, 17, 24)"];
      const [own, other] = colorScheme === "light" ? [light, dark] : [dark, light];
      assert.equal(await background(watched), own);
      const seen: string[] = [];
      for (let i = 0; i < 3; i++) {
        await watched.page.keyboard.press("t");
        seen.push(await background(watched));
      }
      // Light, dark, and as the system has it again.
      assert.deepEqual(seen, [light, dark, own]);
      await watched.page.keyboard.press("t");
      if (colorScheme === "light") await watched.page.keyboard.press("t");
      assert.equal(await background(watched), other);
      await watched.page.reload();
      await waitFor("the choice to be remembered", async () => await background(watched) === other);
    }, { page: { colorScheme } });
  }
}

async function speaksChinese(browser: TestBrowser): Promise<void> {
  const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
  await withPage(browser, async ({ watched }) => {
    const { page } = watched;
    const language = () => page.evaluate(() => document.documentElement.lang);
    await seeText(watched, "#tab-paths", "订阅");
    await seeText(watched, "#filters", "全部");
    await seeText(watched, "#connection-count", /^已连接 \d+ \/ \d+$/);
    await seeText(watched, "#ready", /^(就绪|未就绪：\d+)$/);
    assert.equal(await page.locator("#search").getAttribute("placeholder"), "搜索");
    // What the service says is English where it comes from.
    await seeText(watched, "#log", /public 已连接/);
    assert.equal(await language(), "zh-CN");
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 390);
    await page.locator("#language").tap();
    await seeText(watched, "#tab-paths", "Subscriptions");
    await seeText(watched, "#ready", /^(Ready|Not ready: \d+)$/);
    assert.equal(await language(), "en");
    // The choice is remembered, and can be taken back.
    await page.reload();
    await seeText(watched, "#tab-paths", "Subscriptions");
    await page.locator("#language").tap();
    await seeText(watched, "#tab-paths", "订阅");
  }, { page: { locale: "zh-CN", ...phone } });
}

async function fitsPhone(browser: TestBrowser): Promise<void> {
  await withPage(browser, async ({ okx, watched }) => {
    const { page } = watched;
    const connection = await waitFor("the connection", () => okx.current());
    connection.push(BOOK, [bookRow(-1, 7, [["101", "2", "0", "1"]], [["102", "3", "0", "1"]])], {
      action: "snapshot",
    });
    const widest = () =>
      page.evaluate(() =>
        Math.max(
          document.documentElement.scrollWidth,
          ...[...document.querySelectorAll("main, main > *, .panel")]
            .map((each) => each.scrollWidth),
        )
      );
    await seeText(watched, "#list", "tickers:ETH-USDT");
    assert.ok(await page.locator("#list .item").count() >= CHANNELS.length);
    assert.ok(await widest() <= 390);
    await page.locator(pathItem("books:BTC-USDT")).tap();
    // A tap leads to what was tapped.
    await waitFor("the market", () => page.locator("#book").isVisible());
    await seeText(watched, "#book .ask", "102");
    assert.ok(await widest() <= 390);
    await page.locator(".tabbar [data-show=activity]").tap();
    await waitFor("the activity", () => page.locator("#log").isVisible());
    assert.ok(await page.locator("#list").isHidden());
    assert.ok(await widest() <= 390);
    await page.locator(".tabbar [data-show=paths]").tap();
    await waitFor("the paths", () => page.locator("#list").isVisible());
  }, { page: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } });
}

async function findsAgain(browser: TestBrowser): Promise<void> {
  await using okx = startFakeOkx();
  const settings = { HTTP: `127.0.0.1:${freePort()}` };
  const start = () => startService({ endpoint: okx.url, settings, channels: ["tickers:BTC-USDT"] });
  const first = await start();
  await browser.visit(first.service.httpUrl ?? "", async (watched) => {
    await seeText(watched, "#ready", "Ready");
    await first[Symbol.asyncDispose]();
    await seeText(watched, "#ready", "No connection");
    await seeText(watched, "#faults", "Trying again; what is shown is the last that was received");
    await using _second = await start();
    await seeText(watched, "#ready", /^\s*Ready\s*$/);
    assert.equal(await watched.page.locator("#faults").isHidden(), true);
    assertLocal(watched);
  });
}

async function asksPassword(browser: TestBrowser): Promise<void> {
  await using okx = startFakeOkx();
  await using running = await startService({
    endpoint: okx.url,
    settings: { HTTP: "127.0.0.1:0", HTTP_USER: "me", HTTP_PASSWORD: "correct horse" },
    channels: ["tickers:BTC-USDT"],
  });
  const url = running.service.httpUrl ?? "";
  const refused = await fetch(url);
  assert.equal(refused.status, 401);
  await refused.body?.cancel();
  const httpCredentials = { username: "me", password: "correct horse" };
  await browser.visit(`${url}/#/?list=paths`, async (watched) => {
    await seeText(watched, "#ready", "Ready");
    await watched.page.locator(pathItem("tickers:BTC-USDT")).click();
    const connection = await waitFor("the connection", () => okx.current());
    connection.push(TICKER, [{ instId: "BTC-USDT", last: "77.5", ts: "1" }]);
    await seeText(watched, "#row", "77.5");
  }, { httpCredentials });
}
