/// <reference lib="dom" />
/** The page at every width, from the narrowest phone to a wide screen: nothing of it is cut, and nothing lies over what it is about. */
import assert from "node:assert/strict";
import { startBrowser, type TestBrowser, type Watched } from "../../support/browser.ts";
import { CANDLES, MINUTE, seeText, TICKER, withPage } from "../../support/dashboard_page.ts";
import type { FakeOkx } from "../../support/fake_okx.ts";
import { testWith } from "../../support/needs.ts";
import { waitFor } from "../../support/wait.ts";

const SWAP = { channel: "tickers", instId: "BTC-USDT-SWAP" };
const CHANNELS = [
  ...["tickers:BTC-USDT", "tickers:BTC-USDT-SWAP", "trades:BTC-USDT", "books:BTC-USDT", "candle1m:BTC-USDT"],
];
const WIDTHS = [
  ...[320, 360, 390, 430, 600, 760, 761, 768, 820, 900, 1024, 1100, 1180, 1181],
  ...[1280, 1366, 1400, 1440, 1680, 1920],
];
const PASSWORD = "correct horse";

/** The widths of a phone; the style sheet says the same. */
const PHONE = 760;

testWith(["chromium"], "the page has room for all it says", async (t) => {
  await using browser = await startBrowser();
  for (const locale of ["en", "zh-CN"]) {
    await t.step(locale, () => fits(browser, locale));
    await t.step(`${locale}, with a password`, () => fits(browser, locale, PASSWORD));
  }
});

/** Whoever knows the password has more buttons: paths are added and ended. */
async function fits(browser: TestBrowser, locale: string, password = ""): Promise<void> {
  await withPage(browser, async ({ okx, watched }) => {
    const { page } = watched;
    await feed(okx);
    await seeText(watched, "#legend", "63,120.5");
    await seeText(watched, "#chart-path", "candle1m:BTC-USDT");
    // The chosen instrument has its paths below it.
    await seeText(watched, "#watch", /BTC-USDT-SWAP\s+63,120\.5/);
    await seeText(watched, "#watch .item.below", "candle1m:BTC-USDT");
    await waitFor(
      "the buttons",
      async () =>
        await page.locator("#unsubscribe").evaluate((button: HTMLElement) => button.hidden) ===
          (password === ""),
    );
    const show = async (width: number, section: string) => {
      await page.setViewportSize({ width, height: 900 });
      if (width > PHONE) return;
      await page.locator(`.tabbar [data-show=${section}]`).click();
    };
    for (const width of WIDTHS) {
      for (const section of width > PHONE ? ["market"] : ["market", "activity", "paths"]) {
        await show(width, section);
        assert.deepEqual(await cutHeaders(watched), [], `${locale}, ${width} px, ${section}`);
        assert.equal(await pageWidth(watched), width, `${locale}, ${width} px, ${section}: the page's width`);
      }
      assert.deepEqual(await cutNames(watched), [], `${locale}, ${width} px`);
    }
    okx.plan({ handshake: "refuse" });
    okx.current("business")?.drop();
    okx.current()?.drop();
    await show(1280, "market");
    await seeText(watched, "#chart-notice", "stale");
    for (const width of WIDTHS) {
      await show(width, "market");
      assert.deepEqual(await cutHeaders(watched), [], `${locale}, ${width} px, stale`);
      assert.equal(await pageWidth(watched), width, `${locale}, ${width} px, stale: the page's width`);
      const [notice, chart] = await Promise.all(["#chart-notice", "#chart"].map((id) => box(watched, id)));
      assert.ok(notice !== undefined && chart !== undefined);
      assert.ok(notice.y + notice.height <= chart.y + 0.5, `${width} px: the notice lies over the chart`);
      if (width <= PHONE) await show(width, "paths");
      assert.deepEqual(await cutNames(watched), [], `${locale}, ${width} px, stale`);
    }
  }, {
    hash: "#/test/candle1m:BTC-USDT?section=market",
    channels: CHANNELS,
    page: {
      ...{ locale, viewport: { width: 1280, height: 900 } },
      ...(password === "" ? {} : { httpCredentials: { username: "okws", password } }),
    },
    ...(password === "" ? {} : { service: { settings: { HTTP_PASSWORD: password } } }),
  });
}

/** How wide the page is with what would be scrolled to. */
async function pageWidth({ page }: Watched): Promise<number> {
  return await page.evaluate(() => document.documentElement.scrollWidth);
}

/** As long as prices and volumes of a large market are. */
async function feed(okx: FakeOkx): Promise<void> {
  const business = await waitFor("candles", () => okx.current("business"));
  const open = await waitFor("prices", () => okx.current());
  await waitFor(
    "what is asked for",
    () => [business, open].flatMap((each) => each.asked("subscribe")).length >= CHANNELS.length,
  );
  const prices = ["63240.5", "63988.8", "61877.9", "63120.5"];
  business.push(CANDLES, [[String(MINUTE), ...prices, "123456.7", "1", "1", "0"]]);
  open.push(TICKER, [{ instId: "BTC-USDT", last: "63120.5", open24h: "70000", ts: "1" }]);
  open.push(SWAP, [{ instId: "BTC-USDT-SWAP", last: "63120.5", open24h: "70000", ts: "1" }]);
}

/** What of the visible headers of panels is cut, each with its text. */
async function cutHeaders({ page }: Watched): Promise<string[]> {
  return await page.evaluate(() =>
    [...document.querySelectorAll(".bar, .panel > header, .copies")].filter((each) => each.checkVisibility())
      .flatMap((header) => {
        const edge = header.getBoundingClientRect();
        const isCut = (each: Element) => {
          if (each.clientWidth > 0 && each.scrollWidth > each.clientWidth) return true;
          const { left, right, top, bottom } = each.getBoundingClientRect();
          return left < edge.left - 0.5 || right > edge.right + 0.5 || top < edge.top - 4.5 ||
            bottom > edge.bottom + 4.5;
        };
        return [header, ...header.querySelectorAll("*:not(option)")].filter((each) =>
          each.checkVisibility() && isCut(each)
        ).map((each) => `${each.tagName} ${each.id} ${each.textContent?.trim().replace(/\s+/g, " ")}`);
      })
  );
}

/** Names of instruments, paths and connections that cannot be read whole; what is cut of a state behind them is in their colour. */
async function cutNames({ page }: Watched): Promise<string[]> {
  return await page.evaluate(() => {
    const names = [...document.querySelectorAll("#watch .item .path, #connections .name")];
    const visible = names.filter((each) => each.checkVisibility());
    if (visible.length < 8) return [`${visible.length} names are to be seen`];
    return visible.filter((name) => {
      const edge = name.getBoundingClientRect();
      const line = (name.parentElement as Element).getBoundingClientRect();
      const ends = [...name.querySelectorAll("b, span, #connections small")].map((each) =>
        each.getBoundingClientRect()
      );
      return edge.top < line.top - 0.5 || edge.bottom > line.bottom + 0.5 ||
        ends.some(({ right, bottom }) => right > edge.right + 0.5 || bottom > edge.bottom + 2.5);
    }).map((name) => name.textContent ?? "");
  });
}

async function box({ page }: Watched, selector: string) {
  return await page.locator(selector).boundingBox() ?? assert.fail(`${selector} is not to be seen`);
}
