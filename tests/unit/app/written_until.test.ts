/** Until when the service that wrote before has surely received and written what came on a path. */
import assert from "node:assert/strict";
import { createWrittenUntil, type LeftRecords } from "../../../src/app/written_until.ts";
import { newRecord, type SubRecord } from "../../../src/store/layout/subscription_record.ts";

const NOW = 1_000_000;
const QUIET = "liquidation-orders:SWAP";

function record(connection: string, receivedAt: number): SubRecord {
  return { ...newRecord("live", 0), connection, receivedAt };
}

function untilOf(path: string, records: Record<string, SubRecord>, more: Partial<LeftRecords> = {}): number {
  const left = { records: new Map(Object.entries(records)), comparedAt: 0, settledAt: NOW - 5000, ...more };
  return createWrittenUntil(left)(path);
}

const quiet = { [QUIET]: record("public", NOW - 900_000) };

Deno.test("entries that were written show that all was that had come before on the same connection", () => {
  const trades = { ...quiet, "trades:A-USDT": record("public", NOW - 800) };
  assert.equal(untilOf(QUIET, trades), NOW - 800);
  assert.equal(untilOf("trades:A-USDT", trades), NOW - 800);
});

Deno.test("other rows show that it was received, and the lease that it was written a while later", () => {
  const tickers = { ...quiet, "tickers:A-USDT": record("public", NOW - 800) };
  assert.equal(untilOf(QUIET, tickers), NOW - 5000);
  assert.equal(untilOf(QUIET, tickers, { settledAt: NOW }), NOW - 800);
});

Deno.test("another connection shows only that this one was not known to be lost", () => {
  const other = { ...quiet, "trades:A-USDT": record("public#2", NOW - 800) };
  assert.equal(untilOf(QUIET, other), NOW - 25_800);
  assert.equal(untilOf(QUIET, quiet), NOW - 900_000);
  assert.equal(untilOf(QUIET, quiet, { comparedAt: NOW - 2000 }), NOW - 27_000);
  assert.equal(untilOf(QUIET, quiet, { comparedAt: NOW - 2000, settledAt: NOW - 60_000 }), NOW - 60_000);
});

Deno.test("of a path of which nobody has said how it was served, only its own rows say something", () => {
  const both = { "trades:A-USDT": record("", NOW - 800), "tickers:A-USDT": record("", NOW - 100) };
  assert.equal(untilOf("trades:A-USDT", both, { settledAt: NOW }), NOW - 800);
  assert.equal(untilOf("trades:B-USDT", both, { settledAt: NOW }), NOW - 25_100);
  assert.equal(untilOf("trades:B-USDT", {}), 0);
});
