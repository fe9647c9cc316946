/** Which rows that were buffered Redis has already, and when nothing is missing before them. */
import assert from "node:assert/strict";
import type { ResumePoint } from "../../../../src/session/recovery/series_resume.ts";
import { createIsOlder, withBuffered } from "../../../../src/session/standby/buffered_series.ts";
import { topicOf } from "../../../support/topics.ts";

const NOTHING: ResumePoint = { at: 1000, rows: [], bars: [], gaps: [] };

function numbers(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}

Deno.test("trades below those that were read are older, but for what is known to be missing", () => {
  const rows = numbers(1001, 200).map((id) => ({ tradeId: String(id), ts: String(id) }));
  const ranges = [[500, 510]] as const;
  const gaps = [{ from: 1, to: 2, ranges, missing: 11, rows: 0 }];
  const isOlder = createIsOlder(topicOf("trades:A-USDT"), { ...NOTHING, rows, gaps });
  assert.ok(isOlder({ tradeId: "1000" }, 0));
  assert.ok(isOlder({ tradeId: "499" }, 0));
  assert.ok(!isOlder({ tradeId: "505" }, 0));
  assert.ok(!isOlder({ tradeId: "1001" }, 0), "these are known one by one");
  assert.ok(!isOlder({ tradeId: "2000" }, 0));
});

Deno.test("where all that Redis has was read, nothing is older", () => {
  const rows = numbers(1001, 100).map((id) => ({ tradeId: String(id), ts: String(id) }));
  const isOlder = createIsOlder(topicOf("trades:A-USDT"), { ...NOTHING, rows });
  assert.ok(!isOlder({ tradeId: "1000" }, 0));
  const isTrimmed = createIsOlder(topicOf("trades:A-USDT"), { ...NOTHING, rows }, 100);
  assert.ok(isTrimmed({ tradeId: "1000" }, 0), "it was there");
});

Deno.test("events without numbers are older by their time, bars by when they opened", () => {
  const rows = numbers(5000, 200).map((ts) => ({
    instType: "SWAP",
    details: JSON.stringify([{ ts: String(ts) }]),
  }));
  const isOlder = createIsOlder(topicOf("liquidation-orders:SWAP"), { ...NOTHING, rows });
  assert.ok(isOlder({ instType: "SWAP", details: [{ ts: "4999" }] }, 0));
  assert.ok(!isOlder({ instType: "SWAP", details: [{ ts: "4999" }, { ts: "5000" }] }, 0));
  const bars = [{ openedAt: 60_000, final: true }, { openedAt: 120_000, final: false }];
  const isOlderBar = createIsOlder(topicOf("candle1m:A-USDT"), { ...NOTHING, bars });
  assert.ok(isOlderBar(["0"], 0));
  assert.ok(!isOlderBar(["60000"], 0));
});

Deno.test("nothing is missing where it was buffered since before its last row, or since the other one wrote", () => {
  const isBuffered = (bufferedSince: number, writtenUntil: number, seen: Partial<ResumePoint> = {}) =>
    withBuffered({ ...NOTHING, ...seen }, { bufferedSince, writtenUntil, buffered: () => [], aheadMs: 0 })
      .isBuffered ===
      true;
  assert.ok(isBuffered(900, 0));
  assert.ok(!isBuffered(1100, 0));
  assert.ok(isBuffered(1100, 1200));
  assert.ok(!isBuffered(Infinity, 1200));
  assert.ok(!isBuffered(900, 0, { at: undefined }));
  const ended = { from: 950, to: null, ranges: [[7, null]] as const, missing: null, rows: 0 };
  assert.ok(isBuffered(900, 0, { gaps: [ended] }), "it ended in order");
  assert.ok(!isBuffered(960, 0, { gaps: [ended] }));
  assert.ok(!isBuffered(900, 0, { gaps: [{ ...ended, to: 970 }] }));
});

Deno.test("what is buffered goes on where the written rows end when the exchange has said again only what was written", () => {
  const since = 1_000_000;
  const event = (n: number, ts: number) => ({
    instType: "SWAP",
    details: [{ sz: String(n), ts: String(ts) }],
  });
  const asWritten = (row: ReturnType<typeof event>) => ({ ...row, details: JSON.stringify(row.details) });
  const old = [event(1, since - 90_000), event(2, since - 60_000)] as const;
  const [early, live] = [event(3, since + 100), event(4, since + 60_000)];
  const goesOn = (
    buffered: readonly unknown[],
    written: readonly ReturnType<typeof event>[] = old,
    aheadMs = 0,
  ) => {
    const seen = { ...NOTHING, rows: written.map(asWritten) };
    return withBuffered(seen, { bufferedSince: since, writtenUntil: 0, buffered: () => buffered, aheadMs })
      .isBuffered ===
      true;
  };
  assert.ok(goesOn([old[1]]), "its newest, which was written");
  assert.ok(goesOn([...old, live]), "and what has come since");
  assert.ok(!goesOn([]), "nothing was said");
  assert.ok(!goesOn([live]));
  assert.ok(!goesOn([old[1], event(5, since - 30_000)]), "it says one that was not written");
  assert.ok(!goesOn([old[1], early]), "which may be from before");
  assert.ok(!goesOn([{ instType: "SWAP", details: [{ sz: "1" }] }, old[1]]), "or does not say when it was");
  assert.ok(!goesOn([old[1]], []), "nothing was written");
  assert.ok(goesOn([event(5, since - 30_000), live], [...old, live]), "one that has come since was written");
  assert.ok(!goesOn([early], [...old, early]), "nobody knows whether it has come since");
  assert.ok(goesOn([early], [...old, early], 60_000), "by the clock of the exchange it came before");
  const both = { buffered: () => [old[1]], writtenUntil: 0, aheadMs: 0 };
  const rows = old.map(asWritten);
  assert.ok(
    !withBuffered({ ...NOTHING, rows }, { ...both, bufferedSince: Infinity }).isBuffered,
    "it is not live",
  );
  const gaps = [{ from: since - 70_000, to: since - 65_000, ranges: null, missing: null, rows: 0 }];
  assert.ok(
    !withBuffered({ ...NOTHING, rows, gaps }, { ...both, bufferedSince: since }).isBuffered,
    "it had missed something",
  );
});
