/** Which rows of a series are gone, as an index shows it that changes meanwhile. */
import assert from "node:assert/strict";
import { createKeys } from "../../../../src/store/layout/keys.ts";
import { readGone } from "../../../../src/store/read/named_rows.ts";

const KEYS = createKeys("okex", "m");
const PATH = "candle1m:A";
const MINUTE_MS = 60_000;

/** An index of bars, oldest first, which is another one when its rows are read. */
function start(members: readonly number[], later = members) {
  let now = members;
  const store = {
    type: () => Promise.resolve("zset"),
    scored: () => Promise.resolve([]),
    newest: (_: string, count: number) => Promise.resolve(now.slice(-count).map((bar) => nameOf(bar))),
    rows: (keys: readonly string[]) => {
      now = later;
      return Promise.resolve(
        keys.map((key) => later.some((bar) => key.endsWith(`/${nameOf(bar)}`)) ? { ts: "1" } : {}),
      );
    },
    scoreFromNewest: (_: string, count: number) => {
      const bar = now.at(-count);
      return Promise.resolve(bar === undefined ? undefined : bar * MINUTE_MS / 1000);
    },
  };
  return (keep: number, desired: readonly number[]) =>
    readGone(
      store,
      KEYS,
      { path: PATH, key: KEYS.path(PATH), storage: "candle", keep },
      desired.map((bar) => ({ name: nameOf(bar), time: bar * MINUTE_MS })),
    );
}

function nameOf(bar: number): string {
  return String(bar * MINUTE_MS);
}

function until(last: number, first = 1): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

Deno.test("what newer rows have pushed out while it was looked is not gone, what they have not is", async () => {
  const look = start(until(5), [...until(8, 4), 9].filter((bar) => bar !== 6));
  assert.deepEqual(await look(5, until(5)), []);
  assert.deepEqual(await start(until(5), [2, 3, 5])(5, until(5)), [nameOf(1), nameOf(4)]);
  assert.deepEqual(await start([1, 3, 4, 5, 6])(5, until(6)), [nameOf(2)]);
  assert.deepEqual(await start(until(6, 2))(5, until(6)), []);
});

Deno.test("a row below many others that are not looked for is found", async () => {
  assert.deepEqual(await start(until(500))(1000, [1, 2]), []);
  assert.deepEqual(await start(until(500, 2))(1000, [1, 2]), [nameOf(1)]);
});
