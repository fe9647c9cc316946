/** What an earlier process left is taken away where nobody wants it, and not at a stop. */
import assert from "node:assert/strict";
import type { Projectors } from "../../../src/app/projectors.ts";
import type { Store } from "../../../src/store/store.ts";
import type { Write } from "../../../src/store/write/write.ts";
import { Leftovers } from "../../../src/app/leftovers.ts";

/** A Redis with one server that nobody wants; what is written to it. */
function start() {
  const written: Write[] = [];
  const store = {
    clustered: false,
    async *scan() {
      yield await Promise.resolve(["okex/m/subs"]);
    },
    type: () => Promise.resolve("hash"),
    rows: () => Promise.resolve([{ "tickers:A-B": "{}" }]),
    row: () => Promise.resolve({}),
    text: () => Promise.resolve(undefined),
    field: () => Promise.resolve(undefined),
    listeners: () => Promise.resolve(0),
    apply: (writes: Write[]) => Promise.resolve(void written.push(...writes)),
  };
  const leftovers = new Leftovers({
    store: store as unknown as Store,
    keyPrefix: "okex",
    layout: { servers: () => [] } as unknown as Projectors,
    redisNow: () => 0,
  });
  return { leftovers, written };
}

Deno.test("a server that nobody wants is taken away when it is known what is wanted", async () => {
  const { leftovers, written } = start();
  await leftovers.settleRest(new AbortController().signal);
  assert.ok(written.some((write) => write.kind === "row" && write.key === "okex/m/subs"));
});

Deno.test("at a stop nothing is taken away: that no server is there any more does not say that none is wanted", async () => {
  const { leftovers, written } = start();
  await leftovers.settleRest(AbortSignal.abort());
  assert.deepEqual(written, []);
});
