/**
 * Pictures of the dashboard for the READMEs: a simulated exchange, a service that has hours of candles already, and a
 * Chromium. Each picture is of the running page; nothing in it is painted.
 *
 *     deno run -A scripts/screenshots/browser.ts [SECONDS]
 *
 * SECONDS (120) is how long the service runs before, which is what the graphs show. CHROMIUM names another browser.
 */
import type { Page } from "playwright-core";
import { parseConfig } from "../../src/config/schema.ts";
import { type Mock, startMock } from "../../src/mock/server.ts";
import { serve } from "../../src/app/service.ts";
import { startBrowser, type TestBrowser } from "../../tests/support/browser.ts";
import { openRedis } from "../../tests/support/service.ts";

const FOLDER = new URL("../../docs/images/", import.meta.url);

/** Largest picture: a README is read over slow lines too. */
const MAX_BYTES = 200_000;

const INSTRUMENTS = ["BTC-USDT", "ETH-USDT", "SOL-USDT", "BTC-USDT-SWAP", "ETH-USDT-SWAP"];
const CHANNELS = [
  ...INSTRUMENTS.flatMap((id) => [`tickers:${id}`, `trades:${id}`, `candle1m:${id}`, `books:${id}`]),
  ...["books5:BTC-USDT", "bbo-tbt:ETH-USDT", "index-tickers:BTC-USDT", "instruments:SPOT"],
  ...["mark-price:BTC-USDT-SWAP", "funding-rate:BTC-USDT-SWAP", "open-interest:BTC-USDT-SWAP"],
  ...["spot/ticker:ETH-USDT", "spot/candle60s:ETH-USDT", "spot/trade:ETH-USDT", "tickers:LUNA-USDT"],
];

type Picture = {
  readonly name: string;
  readonly scheme: "light" | "dark";
  readonly size: { readonly width: number; readonly height: number };
  readonly scale: number;
  readonly prepare?: (page: Page) => Promise<void>;
};

const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };

const PICTURES: readonly Picture[] = [
  { name: "dashboard-dark", scheme: "dark", size: DESKTOP, scale: 1 },
  { name: "dashboard-light", scheme: "light", size: DESKTOP, scale: 1 },
  { name: "dashboard-phone", scheme: "dark", size: PHONE, scale: 2 },
  {
    name: "dashboard-phone-market",
    scheme: "light",
    size: PHONE,
    scale: 2,
    prepare: (page) => page.locator(".tabbar [data-show=market]").click(),
  },
];

async function main(seconds: number): Promise<void> {
  await using mock = await startMock({ seed: 7 });
  const parsed = parseConfig({
    settings: { REDIS_URL: "embedded://127.0.0.1:0", HTTP: "127.0.0.1:0", ENDPOINT: mock.url },
    servers: [{ name: "main" }],
    subscribes: [{ server: "main", channels: CHANNELS }],
  });
  if ("issues" in parsed) throw new Error(JSON.stringify(parsed.issues));
  await using service = await serve(parsed.config);
  await addHistory(mock, service.redisUrl);
  await new Promise((resolve) => setTimeout(resolve, seconds * 600));
  // A connection that is lost, so that the events show something.
  mock.command("drop business");
  await new Promise((resolve) => setTimeout(resolve, seconds * 400));
  await Deno.mkdir(FOLDER, { recursive: true });
  for (const scale of new Set(PICTURES.map((picture) => picture.scale))) {
    await using browser = await startBrowser({ scale });
    for (const picture of PICTURES.filter((each) => each.scale === scale)) {
      await take(browser, picture, service.httpUrl ?? "");
    }
  }
}

/** The bars of the hours before, which a service that ran then would have. */
async function addHistory(mock: Mock, redisUrl: string): Promise<void> {
  await using connection = await openRedis(redisUrl);
  const names = ["ts", "open", "high", "low", "close", "vol", "volCcy", "volCcyQuote", "confirm"];
  for (const instId of INSTRUMENTS) {
    const response = await fetch(`${mock.restUrl}/api/v5/market/candles?instId=${instId}&bar=1m&limit=300`);
    const { data } = await response.json() as { data: string[][] };
    const key = `okex/main/candle1m:${instId}`;
    // The newest is still being pushed.
    for (const bar of data.slice(1)) {
      const ts = bar[0] as string;
      await connection.redis.hset(`${key}/${ts}`, Object.fromEntries(names.map((name, i) => [name, bar[i]])));
      await connection.redis.zadd(key, Number(ts) / 1000, ts);
    }
  }
}

async function take(browser: TestBrowser, picture: Picture, url: string): Promise<void> {
  const { name, scheme, size, scale, prepare } = picture;
  await browser.visit(url, async ({ page }) => {
    await page.locator("#ready[data-level=ok]").waitFor();
    await page.locator("#book .level").first().waitFor({ state: "attached" });
    await prepare?.(page);
    // Two redraws of everything.
    await page.waitForTimeout(2500);
    // As WebP, which the browser itself writes: letters stay sharp at a third of what PNG needs.
    const session = await page.context().newCDPSession(page);
    const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: 88 });
    const bytes = Uint8Array.fromBase64(data);
    if (bytes.byteLength > MAX_BYTES) throw new Error(`${name} has ${bytes.byteLength} bytes`);
    await Deno.writeFile(new URL(`${name}.webp`, FOLDER), bytes);
    const line = `docs/images/${name}.webp: ${Math.round(bytes.byteLength / 1000)} kB\n`;
    await Deno.stderr.write(new TextEncoder().encode(line));
  }, { viewport: size, colorScheme: scheme, deviceScaleFactor: scale });
}

if (import.meta.main) await main(Number(Deno.args[0] ?? "120"));
