/** Recorded books without sequence numbers: their checksums say whether each step was understood. */
import assert from "node:assert/strict";
import { OrderBook } from "../../../src/okx/order_book.ts";
import type { DataFrame, Frame } from "../../../src/okx/frame.ts";
import { decodeV3 } from "../../../src/okx/v3/wire.ts";
import { decodeV5 } from "../../../src/okx/v5.ts";
import { captureNames, readCapture, readFixture } from "../../support/captures.ts";

type BookRow = {
  readonly bids: readonly (readonly string[])[];
  readonly asks: readonly (readonly string[])[];
  readonly checksum: number;
};

/** The same merging in the plainest way there is: a map of prices for each side. */
class PlainBook {
  readonly #sides = {
    bids: new Map<string, readonly string[]>(),
    asks: new Map<string, readonly string[]>(),
  };

  apply(action: string | undefined, row: BookRow): void {
    for (const side of ["bids", "asks"] as const) {
      if (action !== "update") this.#sides[side].clear();
      for (const level of row[side]) {
        if (Number(level[1]) === 0) this.#sides[side].delete(level[0] as string);
        else this.#sides[side].set(level[0] as string, level);
      }
    }
  }

  side(name: "bids" | "asks"): readonly (readonly string[])[] {
    const sign = name === "bids" ? -1 : 1;
    return [...this.#sides[name].values()].sort((a, b) => (Number(a[0]) - Number(b[0])) * sign);
  }
}

/** Replays all books of a recording; answers how many messages there were and how many books. */
function replay(frames: Iterable<Frame>): { messages: number; books: number } {
  const books = new Map<string, { book: OrderBook; plain: PlainBook }>();
  let messages = 0;
  for (const frame of frames) {
    if (frame.kind !== "data") continue;
    const { arg, rows, action } = frame as DataFrame;
    const id = String(arg.instId);
    const both = books.get(id) ?? { book: new OrderBook(), plain: new PlainBook() };
    books.set(id, both);
    for (const row of rows as BookRow[]) {
      assert.equal(typeof row.checksum, "number");
      assert.notEqual(row.checksum, 0);
      const step = both.book.apply(action, row);
      assert.equal(step, action === "update" ? "update" : "snapshot", `${id}, message ${messages + 1}`);
      both.plain.apply(action, row);
      messages += 1;
    }
  }
  for (const [id, { book, plain }] of books) {
    assert.deepEqual(book.bids.levels(), plain.side("bids"), id);
    assert.deepEqual(book.asks.levels(), plain.side("asks"), id);
  }
  return { messages, books: books.size };
}

async function framesOf(line: string): Promise<readonly Frame[]> {
  const { frameBase64 } = JSON.parse(line) as { frameBase64?: string };
  if (frameBase64 !== undefined) {
    return await decodeV3(Uint8Array.from(atob(frameBase64), (char) => char.charCodeAt(0)).buffer);
  }
  return line.startsWith('{"table"') ? await decodeV3(line) : [decodeV5(line)];
}

async function replayLines(lines: readonly string[]): Promise<{ messages: number; books: number }> {
  const frames: Frame[] = [];
  for (const line of lines) frames.push(...await framesOf(line));
  return replay(frames);
}

Deno.test("a recorded v3 book matches every checksum and ends in the right levels", async () => {
  assert.deepEqual(await replayLines(readFixture("v3/raw_deflate_frames.jsonl").slice(3)), {
    messages: 4,
    books: 1,
  });
});

Deno.test("the recorded sequence of the v3 checksum matches at each step", () => {
  const row = (asks: string[][], bids: string[][], checksum: number) => ({ asks, bids, checksum });
  const book = new OrderBook();
  const steps = [
    book.apply(
      "partial",
      row(
        [["0.079", "505"], ["0.08", "202"], ["0.0865", "65"], ["0.095", "200"]],
        [["0.0675", "707"], ["0.067", "65"], ["0.051", "200"]],
        725642012,
      ),
    ),
    book.apply("update", row([["0.0795", "202"], ["0.08", "0"]], [], 1372665168)),
    book.apply("update", row([], [["0.0515", "200"], ["0.051", "0"]], 658450476)),
    book.apply("update", row([], [["0.0515", "201"]], 658450476)),
  ];
  assert.deepEqual(steps, ["snapshot", "update", "update", "checksum"]);
});

for (const name of captureNames(/^v[35]\.cryptofeed.*(depth_l2_tbt|books-l2-tbt)\.jsonl$/)) {
  Deno.test(`every book of ${name} matches every checksum and ends in the right levels`, async () => {
    const lines = readCapture(name);
    const { messages, books } = await replayLines(lines);
    assert.equal(messages, lines.length);
    assert.ok(books > 1);
  });
}
