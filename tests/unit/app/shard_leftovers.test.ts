/** What a shard takes of what stood in Redis at its start: its own, and nothing that another keeps up. */
import assert from "node:assert/strict";
import { ownLeftover } from "../../../src/app/shard_leftovers.ts";
import { createOwns } from "../../../src/session/shard_placement.ts";
import { createKeys } from "../../../src/store/layout/keys.ts";
import { newRecord } from "../../../src/store/layout/subscription_record.ts";
import { resolveLeftover } from "../../../src/store/read/leftovers.ts";
import { shardsOf } from "../../../src/shared/shard.ts";
import type { Write } from "../../../src/store/write/write.ts";

const PATHS = Array.from({ length: 9 }, (_, i) => `tickers:C${i}-USDT`);
const BOOKS = Array.from({ length: 9 }, (_, i) => `books:C${i}-USDT`);
const GONE = "tickers:GONE-USDT";

function leftover() {
  const keys = createKeys("okex", "test");
  return {
    server: "test",
    records: new Map([...PATHS, ...BOOKS, GONE].map((path) => [path, newRecord("live", 1)])),
    isForeign: false,
    mark: "",
    open: { [PATHS[0] as string]: "{}", [GONE]: "{}" },
    books: new Map(BOOKS.map((path) => [keys.path(path), "live"])),
    rows: {
      sets: new Map<string, readonly string[]>(),
      rows: new Map([["orders", new Map([["7", { state: "live" }]])]]),
      orders: new Map(),
      fading: new Map(),
    },
  };
}

/** The writes of each shard, by its number. */
function writesOf(wanted: ReadonlySet<string>): Write[][] {
  return shardsOf(3).map((shard) => {
    const keys = createKeys("okex", "test", false, shard);
    const share = { shard, owns: createOwns(shard), all: () => new Map([["test", wanted]]) };
    return resolveLeftover(ownLeftover(leftover(), keys, share, wanted), keys, {
      paths: wanted,
      holds: () => false,
    }, 1);
  });
}

function nameOf(write: Write): string {
  if (write.kind === "publish") return write.channel;
  return `${write.key} ${"field" in write ? write.field : ""}`.trim();
}

Deno.test("what nobody wants any more is removed once, and each book is said to be stale by its own shard", () => {
  const all = writesOf(new Set([...PATHS, ...BOOKS])).flat().map(nameOf);
  assert.deepEqual(all.filter((name) => name === `okex/test/subs ${GONE}`).length, 1);
  assert.deepEqual(all.filter((name) => name === `okex/test/gaps/open ${GONE}`).length, 1);
  for (const path of BOOKS) {
    assert.equal(all.filter((name) => name === `okex/test/${path} state`).length, 1, path);
  }
  assert.equal(new Set(all).size, all.length, "nothing twice");
  assert.ok(!all.some((name) => PATHS.some((path) => name.endsWith(` ${path}`))), "nothing that is wanted");
});

Deno.test("open rows of an account are left to its shard as long as anybody wants them", () => {
  const wanted = writesOf(new Set(["orders:ANY", ...PATHS, ...BOOKS])).flat().map(nameOf);
  assert.ok(!wanted.some((name) => name.startsWith("okex/test/orders")));
  // By the first one alone where nobody does.
  const [first = [], ...others] = writesOf(new Set([...PATHS, ...BOOKS])).map((writes) => writes.map(nameOf));
  assert.ok(first.some((name) => name.startsWith("okex/test/orders")));
  assert.ok(!others.flat().some((name) => name.startsWith("okex/test/orders")));
});
