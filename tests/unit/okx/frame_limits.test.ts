/** Messages of the exchange that are too large or too deep. */
import assert from "node:assert/strict";
import { MAX_FRAME_CHARS, shapeFault, sizeFault } from "../../../src/okx/frame_limits.ts";
import { decodeV5 } from "../../../src/okx/v5.ts";
import { decodeV3 } from "../../../src/okx/v3/wire.ts";

const LONG = 10_000;

function nested(levels: number): unknown {
  return JSON.parse("[".repeat(levels) + "]".repeat(levels));
}

Deno.test("sizeFault() takes what is as large as the limit and nothing larger", () => {
  assert.equal(sizeFault(MAX_FRAME_CHARS), undefined);
  assert.match(sizeFault(MAX_FRAME_CHARS + 1) ?? "", /larger than/);
});

Deno.test("shapeFault() names the limit that a message breaks", async (t) => {
  const members = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`m${i}`, i]));
  const cases: [string, unknown, RegExp | undefined][] = [
    [
      "a book of 400 levels",
      { data: [{ bids: Array(400).fill(["1", "2", "0", "1"]), asks: [] }] },
      undefined,
    ],
    ["64 levels", nested(64), undefined],
    ["65 levels", nested(65), /nested deeper than 64/],
    ["5000 members", members(5000), undefined],
    ["5001 members", members(5001), /more than 5000 members/],
    ["50,000 rows", Array(49_999).fill({}), undefined],
    ["more rows", Array(50_000).fill({}), /more than 50000 parts/],
    ["a text of 64 KB", ["x".repeat(65_536)], undefined],
    ["a longer text", ["x".repeat(65_537)], /a text of more than 65536/],
    ["a long name", { ["x".repeat(65_537)]: 1 }, /a name of more than 65536/],
  ];
  for (const [name, value, words] of cases) {
    await t.step(name, () => {
      const fault = shapeFault(value, LONG);
      if (words === undefined) assert.equal(fault, undefined);
      else assert.match(fault ?? "", words);
    });
  }
});

Deno.test("decodeV5() and decodeV3() leave out messages beyond the limits", async () => {
  const deep = `{"arg":{"channel":"tickers"},"data":[${"[".repeat(1000)}${"]".repeat(1000)}]}`;
  const huge = `{"arg":{"channel":"tickers"},"data":["${"x".repeat(MAX_FRAME_CHARS)}"]}`;
  const event = JSON.stringify({ event: "notice", msg: Array(10).fill("x".repeat(60_000)) });
  for (const text of [deep, huge, event]) {
    assert.equal(decodeV5(text).kind, "unknown");
    const old = text.replace('"arg":{"channel":"tickers"}', '"table":"spot/ticker"');
    assert.deepEqual((await decodeV3(old)).map(({ kind }) => kind), ["unknown"]);
  }
});
