/// <reference lib="dom" />
/** A service with a scripted exchange and its page in a real Chromium, and what tests look for there. */
import assert from "node:assert/strict";
import type { TestBrowser, VisitOptions, Watched } from "./browser.ts";
import { acknowledge, type FakeOkx, type FakeRequest, healthy, refuse, startFakeOkx } from "./fake_okx.ts";
import { type Running, type ServiceOptions, startService } from "./service.ts";
import { waitFor } from "./wait.ts";

export const MINUTE = 1_795_363_200_000;
export const TICKER = { channel: "tickers", instId: "BTC-USDT" };
export const TRADES = { channel: "trades", instId: "BTC-USDT" };
export const BOOK = { channel: "books", instId: "BTC-USDT" };
export const CANDLES = { channel: "candle1m", instId: "BTC-USDT" };
const ETH = { channel: "tickers", instId: "ETH-USDT" };
export const CHANNELS = [
  "tickers:BTC-USDT",
  "trades:BTC-USDT",
  "books:BTC-USDT",
  "candle1m:BTC-USDT",
  "tickers:ETH-USDT",
];

/** What differs from a plain service and a plain page. */
export type PageOptions = {
  readonly channels?: readonly unknown[];
  readonly page?: VisitOptions;
  /** The view that is opened; the list of paths unless given. */
  readonly hash?: string;
  readonly service?: Partial<ServiceOptions>;
};

/** A service with some paths, a page of it, and at the end the certainty that nothing left this machine. */
export async function withPage(
  browser: TestBrowser,
  run: (parts: { okx: FakeOkx; run: Running; watched: Watched }) => Promise<void>,
  options: PageOptions = {},
): Promise<void> {
  await using okx = startFakeOkx({ answer: answerAll });
  await using running = await startService({
    endpoint: okx.url,
    channels: options.channels ?? CHANNELS,
    ...options.service,
    settings: { HTTP: "127.0.0.1:0", ...options.service?.settings },
  });
  await browser.visit(`${running.service.httpUrl}/${options.hash ?? "#/?list=paths"}`, async (watched) => {
    await run({ okx, run: running, watched });
    assertLocal(watched);
    assert.deepEqual(await watched.violations(), []);
  }, options.page);
}

export function answerAll(request: FakeRequest): unknown[] {
  if (request.op === "login") return healthy(request);
  return request.args.map((arg) =>
    isUnknown(arg.instId ?? "") ? refuse(request, arg) : acknowledge(request, arg)
  );
}

/** As the exchange, which has every instrument in upper case. */
function isUnknown(instId: string): boolean {
  return instId.includes("NOPE") || /^[a-z-]+$/.test(instId);
}

export function assertLocal({ requests }: Watched): void {
  const others = requests.filter((url) => new URL(url).hostname !== "127.0.0.1");
  assert.deepEqual(others, []);
  assert.ok(requests.length >= 5, "the page asked for its own files");
}

/** The text of an element, as soon as it is this one. */
export async function seeText(
  watched: Watched,
  selector: string,
  text: string | RegExp,
  deadlineMs = 15_000,
) {
  await waitFor(`${selector} to say ${text}`, async () => {
    const found = (await watched.page.locator(selector).allInnerTexts()).join("\n");
    return (typeof text === "string" ? found.includes(text) : text.test(found)) || assert.fail(found);
  }, { deadlineMs, everyMs: 30 });
}

export function pathItem(path: string): string {
  return `#list .item:has(.path span:text-is("${path}"))`;
}

export function candle(n: number, close: string): string[] {
  return [String(MINUTE + n * 60_000), "100", "120.5", "90", close, "12", "12", "1200", "0"];
}

export function trade(id: number, px: string): Record<string, string> {
  return { instId: "BTC-USDT", tradeId: String(id), px, sz: "0.5", side: "buy", ts: String(MINUTE + id) };
}

export function bookRow(prevSeqId: number, seqId: number, bids: string[][], asks: string[][]): unknown {
  return { bids, asks, ts: String(MINUTE), checksum: 0, prevSeqId, seqId };
}

/** Waits until both public connections are there, and has them send something of everything. */
export async function feed(okx: FakeOkx): Promise<void> {
  const business = await waitFor("the candles", () => okx.current("business"));
  const open = await waitFor("the market", () => okx.current());
  const asks = ({ channel, instId }: typeof ETH) =>
    [...open.asked("subscribe"), ...business.asked("subscribe")]
      .some((arg) => arg.channel === channel && arg.instId === instId);
  await waitFor("what is asked for", () => [TICKER, ETH, TRADES, CANDLES].every(asks));
  for (const [n, close] of [[0, "100"], [1, "105"], [2, "110"]] as const) {
    business.push(CANDLES, [candle(n, close)]);
  }
  open.push(TICKER, [{ instId: "BTC-USDT", last: "110.50", open24h: "100", ts: "1" }]);
  open.push(ETH, [{ instId: "ETH-USDT", last: "9", open24h: "10", ts: "1" }]);
  open.push(TRADES, [trade(1, "110.25")]);
}

/** The line of an instrument in the watchlist. */
export function quote(instId: string): string {
  return `#watch .item.quote:has(b:text-is("${instId}"))`;
}
