/** What is likely meant by an instrument that was typed in lower case. */
import assert from "node:assert/strict";
import { meantBy } from "../../../web/upper_case.ts";

const LIVE = { path: "candle1m:ETH-USDT", subject: "ETH-USDT", state: "live" };
const LIST = { path: "instruments:SPOT", subject: "SPOT", state: "live" };
const NOTHING = { paths: [], listed: [] };

Deno.test("an instrument in lower case is suggested in upper case, unless a list says that there is none", () => {
  const likely = { path: "tickers:ETH-USDT", isListed: false };
  const listed = { ...likely, isListed: true };
  assert.deepEqual(meantBy("tickers:eth-usdt", NOTHING), likely);
  assert.deepEqual(meantBy("tickers:eth-usdt", { ...NOTHING, paths: [LIVE] }), listed);
  assert.deepEqual(meantBy("tickers:eth-usdt", { paths: [LIST], listed: ["ETH-USDT"] }), listed);
  assert.deepEqual(
    meantBy("tickers:eth-usdt", { ...NOTHING, paths: [{ ...LIVE, state: "refused" }] }),
    likely,
  );
  assert.equal(meantBy("tickers:eth-usdt", { paths: [LIST], listed: ["BTC-USDT"] }), undefined);
  // A list that is not live may lack it; that of swaps says nothing of pairs.
  assert.deepEqual(meantBy("tickers:eth-usdt", { ...NOTHING, paths: [{ ...LIST, state: "stale" }] }), likely);
  assert.deepEqual(
    meantBy("tickers:eth-usdt", { ...NOTHING, paths: [{ ...LIST, path: "instruments:SWAP" }] }),
    likely,
  );
  assert.equal(meantBy("tickers:NOPE-USDT", NOTHING), undefined);
});
