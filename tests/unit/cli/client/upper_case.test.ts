/** Instruments in lower case are named in upper case, by what is listed. */
import assert from "node:assert/strict";
import { noteLowerCase, noteUpperCase } from "../../../../src/cli/client/upper_case.ts";
import type { SubRecord } from "../../../../src/store/layout/subscription_record.ts";
import { testIo } from "../../../support/io.ts";

const record = (state: string): SubRecord => ({
  ...{ state, since: 0, receivedAt: 0, exchangeAt: 0, rows: 0, owners: [], connection: "" },
  ...{ generation: 0, epoch: 0, error: null },
} as SubRecord);

/** What is said of a path where these are subscribed, and these rows of lists are kept. */
async function notesOf(path: string, records: Record<string, string>, rows: readonly string[] = []) {
  const notes: string[] = [];
  const client = {
    subscriptions: () =>
      Promise.resolve(new Map(Object.entries(records).map(([each, state]) => [each, record(state)]))),
    get: (_name: string, row: string) => Promise.resolve(rows.includes(row) ? { instId: row } : undefined),
  };
  await noteUpperCase(client, "test", [path], testIo({ note: (line) => notes.push(line) }));
  return notes;
}

const LISTED = (path: string) => [`Did you mean ${path}? The exchange has that instrument`];

Deno.test("an instrument in lower case is named in upper case where it is listed or subscribed", async () => {
  const list = { "instruments:SPOT": "live" };
  const row = "instruments:SPOT:BTC-USDT";
  assert.deepEqual(await notesOf("tickers:btc-usdt", list, [row]), LISTED("tickers:BTC-USDT"));
  assert.deepEqual(await notesOf("spot/ticker:Btc-usdt", list, [row]), LISTED("spot/ticker:BTC-USDT"));
  assert.deepEqual(
    await notesOf("trades:eth-usdt", { "tickers:ETH-USDT": "live" }),
    LISTED("trades:ETH-USDT"),
  );
});

Deno.test("what a list lacks in upper case, too, is not suggested, nor what has no lower case", async () => {
  assert.deepEqual(await notesOf("tickers:nope-usdt", { "instruments:SPOT": "live" }), []);
  assert.deepEqual(await notesOf("tickers:BTC-USDT", {}), []);
  assert.deepEqual(await notesOf("account", {}), []);
});

Deno.test("without a list the spelling of the exchange is named", async () => {
  const likely = ["The exchange writes instruments in upper case: did you mean tickers:BTC-USDT?"];
  assert.deepEqual(await notesOf("tickers:btc-usdt", {}), likely);
  assert.deepEqual(await notesOf("tickers:btc-usdt", { "tickers:BTC-USDT": "refused" }), likely);
});

Deno.test("where nobody can be asked, an instrument in lower case is warned of, once, and named members are not", () => {
  const notes: string[] = [];
  const paths = ["tickers:btc-usdt", "tickers:btc-usdt", "account", "orders:SWAP", "positions:instType=SWAP"];
  noteLowerCase(paths, testIo({ note: (line) => notes.push(line) }));
  assert.deepEqual(notes, [
    "okws: tickers:btc-usdt: The exchange writes instruments in upper case: did you mean tickers:BTC-USDT?",
  ]);
});
