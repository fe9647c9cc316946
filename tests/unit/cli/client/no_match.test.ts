/** Why filters leave nothing of what is cached. */
import assert from "node:assert/strict";
import { whyNoMatch } from "../../../../src/cli/client/no_match.ts";
import { type Language, loadLanguage } from "../../../../src/cli/i18n/translate.ts";
import type { GetParams } from "../../../../src/client/params.ts";
import type { Cached } from "../../../../src/store/read/rows.ts";

const TRADES = [
  { instId: "BTC-USDT", tradeId: "1", px: "100", side: "buy" },
  { instId: "BTC-USDT", tradeId: "2", px: "101", side: "sell" },
];

/** What is said where these rows are cached. */
async function said(params: GetParams, cached: Cached = TRADES, language: Language = "en") {
  const client = { get: () => Promise.resolve(cached) };
  const why = await whyNoMatch(client, { name: "test", path: "trades:BTC-USDT", params });
  return why === undefined ? undefined : (await loadLanguage(language))(why);
}

Deno.test("a member or value that no row has is named, with the one that is meant", async () => {
  assert.equal(
    await said({ side: "by" }),
    "No row of trades:BTC-USDT has side=by; did you mean buy?",
  );
  assert.equal(
    await said({ sid: "buy" }),
    "No row of trades:BTC-USDT has a member sid; did you mean side?",
  );
  assert.equal(await said({ side: "long" }), "No row of trades:BTC-USDT has side=long; there are buy, sell");
  assert.equal(
    await said({ side: "buy", px: "101" }),
    "No row of trades:BTC-USDT has all of side=buy px=101",
  );
  assert.equal(
    await said({ side: "by" }, TRADES[0]),
    "No row of trades:BTC-USDT has side=by; did you mean buy?",
  );
});

Deno.test("the same in Chinese", async () => {
  assert.equal(
    await said({ side: "by" }, TRADES, "zh"),
    "trades:BTC-USDT 没有 side=by 的行；是否想写 buy？",
  );
  assert.equal(
    await said({ side: "long" }, TRADES, "zh"),
    "trades:BTC-USDT 没有 side=long 的行；有 buy, sell",
  );
});

Deno.test("without a filter, and without a row, it is not the filter", async () => {
  assert.equal(await said({ n: 3 }), undefined);
  assert.equal(await said({ side: "by" }, []), undefined);
});
