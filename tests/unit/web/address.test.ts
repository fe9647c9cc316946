/** Addresses of views: what was written is read back, and what nobody wrote does no harm. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type Address, FIRST, formatAddress, parseAddress } from "../../../web/address.ts";

Deno.test("an address of a view can be read by people", async (t) => {
  const table: [Partial<Address>, string][] = [
    [{}, "#/"],
    // What has a path leads to it, also where one section is shown at a time.
    [{ server: "main", path: "candle1m:BTC-USDT", section: "market" }, "#/main/candle1m:BTC-USDT"],
    [{ server: "main", path: "tickers:B", section: "paths" }, "#/main/tickers:B?section=paths"],
    [{ section: "market" }, "#/?section=market"],
    [
      { server: "main", path: "spot/ticker:ETH-USDT", list: "paths", section: "market" },
      "#/main/spot/ticker:ETH-USDT?list=paths",
    ],
    [{ words: "btc swap", group: "pinned" }, "#/?words=btc+swap&group=pinned"],
    [
      { server: "a", path: "tickers:B", section: "market", row: true, candles: "candle5m" },
      "#/a/tickers:B?candles=candle5m&row=1",
    ],
  ];
  for (const [more, text] of table) {
    await t.step(text, () => {
      assert.equal(formatAddress({ ...FIRST, ...more }), text);
      assert.deepEqual(parseAddress(text), { ...FIRST, ...more });
    });
  }
});

Deno.test("every address is read back as it was, whatever names are like", () => {
  const name = fc.string({ minLength: 1, maxLength: 90, unit: "binary" }).filter((text) =>
    text.isWellFormed() && text.length <= 90
  );
  const address = fc.record({
    server: name.filter((text) => !text.includes("/")),
    path: name,
    list: fc.constantFrom("watch" as const, "paths" as const),
    section: fc.constantFrom("paths" as const, "market" as const, "activity" as const),
    row: fc.constantFrom(true, false, undefined),
    candles: name,
    book: name,
    words: name,
    group: fc.constantFrom("all" as const, "live" as const, "pinned" as const, "problems" as const),
  });
  fc.assert(
    fc.property(address, (given) => assert.deepEqual(parseAddress(formatAddress(given)), { ...given })),
  );
});

Deno.test("what cannot be read is the page as it opens", () => {
  for (
    const hash of ["", "#", "#/", "#/only", "#/%E0%A4%A/x", "#/a/%", "#/?list=none&row=7&section=", "#x"]
  ) {
    assert.deepEqual(parseAddress(hash), FIRST, hash);
  }
  assert.ok(parseAddress(`#/a/${"x".repeat(9000)}?words=${"y".repeat(9000)}`).words.length <= 300);
});
