/** A snapshot and what follows it within one batch: what was opened in between stays. */
import assert from "node:assert/strict";
import { startEmbedded } from "../../src/embedded/server.ts";
import type { DataFrame, Row } from "../../src/okx/frame.ts";
import { parseTopic, type Topic } from "../../src/okx/topic.ts";
import { createStats } from "../../src/model/stats.ts";
import { Batcher } from "../../src/store/write/batcher.ts";
import { Projector } from "../../src/store/layout/projector.ts";
import { openStore } from "../../src/store/redis/redis_store.ts";

Deno.test("a position opened after a snapshot survives the removal of what the snapshot left out", async () => {
  await using embedded = startEmbedded();
  await using store = await openStore(embedded.url);
  const topic = parseTopic("positions:ANY") as Topic;
  const projector = new Projector({ keyPrefix: "okex", server: "test", maxRow: 100 });
  const push = (rows: Row[], page?: DataFrame["page"]) => {
    const action = page === undefined ? "event_update" : "snapshot";
    const frame: DataFrame = {
      kind: "data",
      arg: topic.arg,
      rows,
      action,
      text: "",
      ...(page === undefined ? {} : { page }),
    };
    return projector.project({ kind: "rows", topics: [topic], frame, at: 1 });
  };
  const position = (posId: string, pos = "1") => ({ posId, pos, uTime: "1" });
  await store.apply(push([position("old"), position("a")]));
  const batcher = new Batcher(store, { stats: createStats(0), maxBytes: 1e6 });
  batcher.waiting.add(push([position("a"), position("b")], { number: 1, last: true }));
  batcher.waiting.add(push([position("a")], { number: 1, last: false }));
  batcher.waiting.add(push([position("c")]));
  batcher.waiting.add(push([position("b")], { number: 2, last: true }));
  batcher.waiting.add(push([position("b", "0")]));
  const stop = new AbortController();
  const running = batcher.run(stop.signal);
  stop.abort();
  await running;
  assert.deepEqual((await store.members("okex/test/positions:ANY/open")).sort(), ["a", "c"]);
  assert.deepEqual(await store.row("okex/test/positions:old"), {});
  assert.equal((await store.row("okex/test/positions:c")).pos, "1");
});
