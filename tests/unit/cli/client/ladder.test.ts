/** An order book as a ladder: it fits the screen, whatever is in it, and what is no book is none. */
import assert from "node:assert/strict";
import { renderLadder } from "../../../../src/cli/client/ladder.ts";
import { english, loadLanguage } from "../../../../src/cli/i18n/translate.ts";
import { createPaint } from "../../../../src/cli/terminal/live/style.ts";
import { widthOf } from "../../../../src/cli/terminal/text.ts";

const plain = { size: { columns: 60, rows: 12 }, paint: createPaint(false), t: english };

function book(depth: number): Record<string, string> {
  const side = (sign: number) =>
    JSON.stringify(
      Array.from(
        { length: depth },
        (_, i) => [(100 + sign * (i + 1) * 0.5).toFixed(1), String(i + 1), "0", "2"],
      ),
    );
  return { bids: side(-1), asks: side(1), ts: "1795375751881", seqId: "7", state: "live" };
}

Deno.test("asks are above, best next to the spread, bids below", () => {
  const lines = renderLadder(book(3), "books:BTC-USDT", plain);
  assert.deepEqual(lines?.map((line) => line.replace(/\s+▇*$/, "").trimEnd()), [
    "books:BTC-USDT  2026-11-22T19:29:11.881Z  seqId 7  live",
    "  price  size  orders",
    "  101.5     3       2",
    "  101.0     2       2",
    "  100.5     1       2",
    "  spread 1.0 (100 bp)",
    "   99.5     1       2",
    "   99.0     2       2",
    "   98.5     3       2",
  ]);
  const bars = lines?.map((line) => line.match(/▇/g)?.length ?? 0) ?? [];
  assert.ok((bars[2] ?? 0) > (bars[3] ?? 0) && (bars[3] ?? 0) > (bars[4] ?? 0), String(bars));
});

Deno.test("it fits the screen, unless levels are asked for", () => {
  for (const size of [{ columns: 80, rows: 24 }, { columns: 30, rows: 12 }, { columns: 200, rows: 60 }]) {
    const lines = renderLadder(book(400), "books:BTC-USDT", { ...plain, size }) ?? [];
    assert.ok(lines.length < size.rows, `${lines.length} of ${size.rows}`);
    for (const line of lines) assert.ok(widthOf(line) <= size.columns, `${line} in ${size.columns}`);
  }
  const asked = renderLadder(book(40), "books:BTC-USDT", { ...plain, levels: 40 });
  assert.equal(asked?.length, 83);
});

Deno.test("a side may be empty, and nothing in a book acts on the terminal", () => {
  const lines = renderLadder({ bids: "[]", asks: '[["1","2"]]', state: "sta\x1b[2Jle" }, "a", plain) ?? [];
  assert.match(lines.join("\n"), /spread -/);
  for (const line of lines) assert.doesNotMatch(line, /\p{Cc}/u);
  const odd = renderLadder({ bids: [["\x1b[1m", null, {}]], asks: [] }, "a", plain) ?? [];
  for (const line of odd) assert.doesNotMatch(line, /\p{Cc}/u);
});

Deno.test("what is no book is no ladder", () => {
  for (const row of [{ last: "1" }, { bids: "x", asks: "[]" }, { bids: "{}", asks: "[]" }]) {
    assert.equal(renderLadder(row, "a", plain), undefined);
  }
});

Deno.test("its words are in the reader's language", async () => {
  const lines = renderLadder(book(1), "books:BTC-USDT", { ...plain, t: await loadLanguage("zh") });
  assert.match(lines?.join("\n") ?? "", /价格.*数量.*订单数[^]*价差 1\.0/);
});
