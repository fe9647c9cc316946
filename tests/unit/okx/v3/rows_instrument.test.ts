/** Instruments of v5 as v3 had them. */
import assert from "node:assert/strict";
import type { Row } from "../../../../src/okx/frame.ts";
import { instrumentRow } from "../../../../src/okx/v3/rows_instrument.ts";

function derivative(more: Row): Row {
  return instrumentRow({
    instType: "SWAP",
    instId: "BTC-USD-SWAP",
    uly: "BTC-USD",
    instFamily: "BTC-USD",
    baseCcy: "",
    quoteCcy: "",
    settleCcy: "BTC",
    ctVal: "100",
    ctValCcy: "USD",
    ctType: "inverse",
    listTime: "1611916828000",
    expTime: "",
    tickSz: "0.1",
    lotSz: "1",
    alias: "",
    state: "live",
    ...more,
  }, { channel: "instruments", instType: "SWAP" });
}

/** Checks the members that `expected` names. */
function assertMembers(row: Row, expected: Row): void {
  for (const [name, value] of Object.entries(expected)) assert.equal(row[name], value, name);
}

Deno.test("instrumentRow() gives an inverse swap v3's members", () => {
  assertMembers(derivative({}), {
    instrument_id: "BTC-USD-SWAP",
    underlying: "BTC-USD",
    underlying_index: "BTC",
    base_currency: "BTC",
    quote_currency: "USD",
    settlement_currency: "BTC",
    contract_val: "100",
    contract_val_currency: "USD",
    listing: "2021-01-29",
    delivery: "",
    is_inverse: "true",
    tick_size: "0.1",
    trade_increment: "1",
    alias: "",
  });
});

Deno.test("instrumentRow() says that a linear contract is not inverse", () => {
  const row = derivative({
    instId: "BTC-USDT-SWAP",
    uly: "BTC-USDT",
    instFamily: "BTC-USDT",
    ctType: "linear",
  });
  assertMembers(row, { is_inverse: "false", quote_currency: "USDT", underlying: "BTC-USDT" });
});

Deno.test("instrumentRow() gives an expiry its dates, and its alias where the exchange still sends one", () => {
  const future = {
    instType: "FUTURES",
    instId: "BTC-USD-210625",
    expTime: "1624608000000",
    alias: "quarter",
  };
  assertMembers(derivative(future), { listing: "2021-01-29", delivery: "2021-06-25", alias: "quarter" });
});

Deno.test("instrumentRow() derives a retired alias from how long the expiry lives", async (t) => {
  const day = 86_400_000;
  const listed = Date.UTC(2026, 0, 2, 8);
  for (
    const [days, alias] of [[7, "this_week"], [14, "next_week"], [91, "quarter"], [
      182,
      "bi_quarter",
    ]] as const
  ) {
    await t.step(alias, () => {
      const times = { listTime: String(listed), expTime: String(listed + days * day) };
      assert.equal(derivative({ instType: "FUTURES", ...times }).alias, alias);
    });
  }
});

Deno.test("instrumentRow() gives an option its strike, type and v3 state", async (t) => {
  const option = { instType: "OPTION", instId: "BTC-USD-210604-30000-P", optType: "P", stk: "30000" };
  assertMembers(derivative(option), {
    option_type: "P",
    strike: "30000",
    lot_size: "1",
    underlying: "BTC-USD",
  });
  for (const [state, v3] of [["preopen", "1"], ["live", "2"], ["suspend", "3"], ["settling", "4"]] as const) {
    await t.step(state, () => assert.equal(derivative({ ...option, state }).state, v3));
  }
});

Deno.test("instrumentRow() gives a spot pair its currencies and steps", () => {
  const row = instrumentRow({
    instType: "SPOT",
    instId: "ETH-USDT",
    baseCcy: "ETH",
    quoteCcy: "USDT",
    minSz: "0.001",
    lotSz: "0.000001",
    tickSz: "0.01",
  }, { channel: "instruments", instType: "SPOT" });
  assert.deepEqual({ ...row }, {
    instrument_id: "ETH-USDT",
    tick_size: "0.01",
    base_currency: "ETH",
    quote_currency: "USDT",
    min_size: "0.001",
    size_increment: "0.000001",
  });
});

Deno.test("instrumentRow() makes a row even of what is none", () => {
  for (const value of [null, 7, "x", [], {}]) {
    assert.equal(instrumentRow(value, { channel: "instruments" }).instrument_id, "");
  }
});
