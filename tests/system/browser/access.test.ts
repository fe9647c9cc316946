/// <reference lib="dom" />
/** Whether everybody can use the page: axe-core finds nothing in any of its views, however full they are. */
import assert from "node:assert/strict";
import axe from "axe-core";
import { startBrowser, type Watched } from "../../support/browser.ts";
import {
  BOOK,
  bookRow,
  candle,
  CANDLES,
  seeText,
  TICKER,
  trade,
  TRADES,
  withPage,
} from "../../support/dashboard_page.ts";
import { testWith } from "../../support/needs.ts";
import { waitFor } from "../../support/wait.ts";

type Found = { id: string; impact: string | null; nodes: { html: string; failureSummary?: string }[] };

const CHANNELS = [
  ...["tickers:BTC-USDT", "trades:BTC-USDT", "books:BTC-USDT", "candle1m:BTC-USDT", "tickers:NOPE-USDT"],
  ...["orders:SPOT", "account"],
  // More than the lists have room for.
  ...Array.from({ length: 60 }, (_, n) => `tickers:T${n}-USDT`),
];
const LOGIN = { name: "test", apiKey: "k", secret: "s", password: "p" };
const PASSWORD = "correct horse";
const DESKTOP = { viewport: { width: 1440, height: 900 } };
const SMALL = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const LANDSCAPE = { viewport: { width: 844, height: 390 }, hasTouch: true, isMobile: true };
const VIEWS = [
  "#/test/candle1m:BTC-USDT?section=paths",
  "#/test/books:BTC-USDT?list=paths&section=market",
  "#/test/tickers:NOPE-USDT?section=market",
  "#/test/orders:SPOT?section=market",
  "#/test/account?section=activity",
];

testWith(["chromium"], "nothing keeps anybody from using the page", async (t) => {
  await using browser = await startBrowser();
  for (
    const [name, page, views] of [
      ["light", { ...DESKTOP, colorScheme: "light" }, VIEWS.length],
      ["dark, in Chinese", { ...SMALL, colorScheme: "dark", locale: "zh-CN" }, 2],
      ["a phone", { ...PHONE, colorScheme: "light" }, VIEWS.length],
      ["a phone on its side", { ...LANDSCAPE, colorScheme: "dark" }, 2],
    ] as const
  ) {
    await t.step(name, () =>
      withPage(browser, async ({ okx, watched }) => {
        const { page } = watched;
        const business = await waitFor("candles", () => okx.current("business"));
        const open = await waitFor("the market", () => okx.current());
        const own = await waitFor("the account", () => okx.current("private"));
        await waitFor("all to be asked for", () =>
          [business, open, own].flatMap((each) => each.asked("subscribe")).length >= CHANNELS.length);
        business.push(CANDLES, [candle(0, "101.5")]);
        business.push(CANDLES, [candle(1, "95.5")]);
        open.push(TICKER, [{ instId: "BTC-USDT", last: "101.5", open24h: "100", ts: "1" }]);
        // More of everything than its panel has room for.
        const many = Array.from({ length: 80 }, (_, n) =>
          n);
        open.push(TRADES, many.map((n) => ({ ...trade(n, "101.25"), side: n % 2 === 0 ? "buy" : "sell" })));
        open.push(BOOK, [bookRow(-1, 7, [["101", "2", "0", "1"]], [["102", "3", "0", "1"]])], {
          action: "snapshot",
        });
        own.push(
          { channel: "orders", instType: "SPOT" },
          many.map((n) => order(String(n), n % 2 === 0 ? "buy" : "sell")),
        );
        const details = many.map((n) => ({ ccy: `C${n}`, eq: "1", availBal: "1", uTime: "5" }));
        own.push({ channel: "account" }, [{ totalEq: "99", uTime: "5", details }]);
        await waitFor("the trades", async () => await page.locator("#trades .trade").count() >= 50);
        for (const hash of VIEWS.slice(0, views)) {
          await page.evaluate((to) => location.hash = to, hash);
          // What an address need not say is left out of it.
          const start = hash.replace(/\?.*/, "");
          await waitFor("the view", () => page.evaluate((to) => location.hash.startsWith(to), start));
          await judge(watched, `${name} ${hash}`);
        }
        await page.evaluate(() => document.querySelector<HTMLButtonElement>("#help")?.click());
        await judge(watched, `${name}, the keys`);
        await page.keyboard.press("Escape");
        // A refusal, and the question before something is ended.
        await page.evaluate((to) => location.hash = to, VIEWS[1] as string);
        if (name !== "a phone on its side") {
          await page.evaluate(() =>
            document.querySelector<HTMLElement>(".tabbar [data-show=paths]")?.click()
          );
          await page.locator("#add-path").fill("no/such/thing");
          await page.locator("#add-submit").click();
          await seeText(watched, "#said[data-level=bad]", /There is no product|没有类别/);
          await judge(watched, `${name}, a refused command`);
          await page.evaluate(() => document.querySelector<HTMLElement>("#unsubscribe")?.click());
          await waitFor("the question", () => page.locator("#confirm").isVisible());
          await judge(watched, `${name}, a question`);
          await page.keyboard.press("Escape");
        }
        // What may be old has a look of its own.
        okx.plan({ handshake: "refuse" });
        business.drop();
        await page.evaluate((to) => location.hash = to, VIEWS[1] as string);
        await seeText(watched, "#chart-notice", "stale");
        await judge(watched, `${name}, stale`);
      }, {
        channels: CHANNELS,
        hash: VIEWS[0] as string,
        page: { ...page, httpCredentials: { username: "okws", password: PASSWORD } },
        service: { servers: [LOGIN], settings: { HTTP_PASSWORD: PASSWORD } },
      }));
  }
  await t.step("without a password", () =>
    withPage(browser, async ({ watched }) => {
      await seeText(watched, "#read-only", "HTTP_PASSWORD");
      await judge(watched, "without a password");
    }, { page: { ...DESKTOP, colorScheme: "light" } }));
});

function order(ordId: string, side: string): Record<string, string> {
  const own = { instType: "SPOT", instId: "BTC-USDT", ordId, side, state: "live", px: "100", sz: "2" };
  return { ...own, ordType: "limit", accFillSz: "0", uTime: "1795363200000", cTime: "1795363200000" };
}

/** Fails with whatever axe-core finds, and with what scrolls but cannot be scrolled by keys. */
async function judge({ page }: Watched, where: string): Promise<void> {
  if (!await page.evaluate(() => "axe" in globalThis)) await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    type Axe = { run(): Promise<{ violations: Found[]; passes: Found[] }> };
    const { violations, passes } = await (Reflect.get(globalThis, "axe") as Axe).run();
    return { violations, passes: passes.length };
  });
  assert.ok(found.passes > 10, `${where}: axe-core looked at ${found.passes} rules`);
  const lines = found.violations.flatMap(({ id, nodes }) =>
    nodes.slice(0, 4).map(({ html, failureSummary }) =>
      `${id}: ${html.slice(0, 160)} ${failureSummary ?? ""}`
    )
  );
  assert.deepEqual(lines, [], where);
  assert.deepEqual(await unreachable(page), [], `${where}: keys cannot scroll these`);
}

/** What scrolls when it has enough to show, has no place for the focus, and nothing inside that has one. */
async function unreachable(page: Watched["page"]): Promise<string[]> {
  return await page.evaluate(() => {
    const scrolls = (each: Element) => {
      const { overflowX, overflowY } = getComputedStyle(each);
      return [overflowX, overflowY].some((value) => value === "auto" || value === "scroll");
    };
    const isReachable = (each: Element) =>
      (each as HTMLElement).tabIndex >= 0 ||
      each.querySelector("a, button, input, select, [tabindex='0']") !== null;
    return [...document.querySelectorAll("body *")]
      .filter((each) => each.checkVisibility() && scrolls(each) && !isReachable(each))
      .map((each) => `${each.tagName} ${each.id} ${each.className}`);
  });
}
