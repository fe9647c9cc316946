/** What is compared with what is wanted, and when it is not. */
import assert from "node:assert/strict";
import type { Projectors } from "../../../src/app/projectors.ts";
import type { WriteQueues } from "../../../src/store/write/write_queues.ts";
import type { Store } from "../../../src/store/store.ts";
import type { Write } from "../../../src/store/write/write.ts";
import { Upkeep } from "../../../src/app/upkeep.ts";

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
  const upkeep = new Upkeep({
    store: store as unknown as Store,
    keyPrefix: "okex",
    layout: { servers: () => [] } as unknown as Projectors,
    queues: {} as WriteQueues,
    compareDesired: () => Promise.resolve(),
    redisNow: () => 0,
    named: { rows: () => undefined, onGone: () => {} },
    recovery: { isCompared: () => false, markCompared: () => {} },
  });
  return { upkeep, written };
}

Deno.test("a server that nobody wants is taken away when it is known what is wanted", async () => {
  const { upkeep, written } = start();
  await upkeep.resolveLeftovers(new AbortController().signal);
  assert.ok(written.some((write) => write.kind === "row" && write.key === "okex/m/subs"));
});

Deno.test("at a stop nothing is taken away: that no server is there any more does not say that none is wanted", async () => {
  const { upkeep, written } = start();
  await upkeep.resolveLeftovers(AbortSignal.abort());
  assert.deepEqual(written, []);
});
