/// <reference lib="dom" />
/** The page on a phone, upright and on its side: what an address leads to, and that its panels have room. */
import assert from "node:assert/strict";
import { startBrowser, type TestBrowser, type Watched } from "../../support/browser.ts";
import { BOOK, bookRow, CHANNELS, feed, quote, seeText, withPage } from "../../support/dashboard_page.ts";
import { testWith } from "../../support/needs.ts";
import { waitFor } from "../../support/wait.ts";

const TOUCH = { hasTouch: true, isMobile: true };
const PORTRAIT = { width: 390, height: 844 };
const LANDSCAPE = { width: 844, height: 390 };

testWith(["chromium"], "the page on a phone", async (t) => {
  await using browser = await startBrowser();
  await t.step("on its side it has room for chart and book", () => fitsLandscape(browser));
  await t.step("an address with a path shows that path", () => opensOnPhone(browser));
  await t.step("without a path it opens with the list, which scrolls inside", () => scrollsInside(browser));
});

async function fitsLandscape(browser: TestBrowser): Promise<void> {
  await withPage(browser, async ({ okx, watched }) => {
    const { page } = watched;
    await feed(okx);
    const asked = () => okx.current()?.asked("subscribe").some(({ channel }) => channel === "books");
    await waitFor("the book to be asked for", asked);
    okx.current()?.push(
      BOOK,
      [bookRow(-1, 7, [["101", "2", "0", "1"]], [["102", "3", "0", "1"]])],
      { action: "snapshot" },
    );
    await seeText(watched, quote("BTC-USDT"), "110.50");
    await page.locator(quote("BTC-USDT")).tap();
    await seeText(watched, "#book .ask", "102");
    const [chart, book] = await Promise.all(["#chart-panel", ".panel.book"].map((id) => box(watched, id)));
    // Side by side, both in sight, above the bar below.
    assert.ok(chart !== undefined && book !== undefined);
    assert.ok(chart.x + chart.width <= book.x + 1, "side by side");
    const bar = await box(watched, ".tabbar");
    for (const each of [chart, book]) {
      assert.ok(each.height >= 150 && each.y + each.height <= bar.y + 1, JSON.stringify([each, bar]));
    }
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 844);
    await page.locator(".tabbar [data-show=paths]").tap();
    await waitFor("the lists", () => page.locator("#watch").isVisible());
  }, { hash: "#/", page: { viewport: LANDSCAPE, ...TOUCH } });
}

async function opensOnPhone(browser: TestBrowser): Promise<void> {
  for (const viewport of [PORTRAIT, LANDSCAPE]) {
    await withPage(browser, async ({ okx, watched }) => {
      const { page } = watched;
      await feed(okx);
      await seeText(watched, "#legend", "C 110");
      assert.ok(await page.locator("#chart canvas").first().isVisible());
      // Where somebody has gone to the list, a reload comes back to it.
      await page.locator(".tabbar [data-show=paths]").tap();
      await page.reload();
      await seeText(watched, quote("BTC-USDT"), "110.50");
      assert.equal(await page.evaluate(() => location.hash), "#/test/candle1m:BTC-USDT?section=paths");
    }, { hash: "#/test/candle1m:BTC-USDT", page: { viewport, ...TOUCH } });
  }
}

async function scrollsInside(browser: TestBrowser): Promise<void> {
  // Without a path a phone opens with the list, and a choice that nobody made does not leave it.
  const channels = [...CHANNELS, ...Array.from({ length: 60 }, (_, n) => `tickers:T${n}-USDT`)];
  await withPage(browser, async ({ okx, watched }) => {
    await feed(okx);
    await seeText(watched, quote("BTC-USDT"), "110.50");
    const hash = () => watched.page.evaluate(() => location.hash);
    await waitFor("the first choice", async () => await hash() === "#/test/candle1m:BTC-USDT?section=paths");
    // A long list scrolls inside its panel.
    const [list, panel] = await Promise.all(["#watch", ".panel.paths"].map((id) => box(watched, id)));
    assert.ok(list !== undefined && panel !== undefined);
    assert.ok(list.y + list.height <= panel.y + panel.height, JSON.stringify([list, panel]));
    assert.ok(list.height >= 240 && panel.height <= 844, JSON.stringify([list, panel]));
  }, { hash: "", channels, page: { viewport: PORTRAIT, ...TOUCH } });
}

async function box({ page }: Watched, selector: string) {
  return await page.locator(selector).boundingBox() ?? assert.fail(`${selector} is not to be seen`);
}
