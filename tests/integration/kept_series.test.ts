/**
 * Nothing that okws itself has taken out of a series is reported as lost, whatever comes in which order and while it is looked,
 * and everything that somebody else takes out is. A failure prints its seed; OKWS_SEED and OKWS_RUNS choose others.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { startEmbedded } from "../../src/embedded/server.ts";
import type { DataFrame } from "../../src/okx/frame.ts";
import type { Topic } from "../../src/okx/topic.ts";
import { GapTracker } from "../../src/session/recovery/gap_tracker.ts";
import { createKeys } from "../../src/store/layout/keys.ts";
import { Projector } from "../../src/store/layout/projector.ts";
import { readEarlier } from "../../src/store/read/resume_points.ts";
import { openStore } from "../../src/store/redis/redis_store.ts";
import { Rig } from "../support/series_rig.ts";
import { START, tradeRow, TRADES } from "../support/series_rows.ts";
import { steps } from "../support/series_steps.ts";

const seed = Number(Deno.env.get("OKWS_SEED") ?? 20261128);
const runs = Number(Deno.env.get("OKWS_RUNS") ?? 20);

Deno.test("of a series only what somebody else has taken out of it is reported as lost", async () => {
  await using server = startEmbedded({ port: 0 });
  await using store = await openStore(`redis://127.0.0.1:${server.port}`);
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 3, max: 30 }), steps, async (keep, all) => {
      const rig = new Rig(store, `p${run++}`, keep);
      for (const step of all) await rig.take(step);
      await rig.take({ kind: "look", during: [] });
    }),
    { seed, numRuns: runs },
  );
});

Deno.test("rows of an earlier process are not missed by a path that had none", async () => {
  await using server = startEmbedded({ port: 0 });
  await using store = await openStore(`redis://127.0.0.1:${server.port}`);
  const [legacy, native] = TRADES[0] as [Topic, Topic];
  const rows = [1, 2, 3].map((id) => tradeRow([native], id, START + id));
  const frame: DataFrame = { kind: "data", arg: native.arg, rows, action: undefined, text: "" };
  const before = new Projector({ keyPrefix: "okex", server: "m", maxRow: 9 });
  await store.apply(before.project({ kind: "rows", topics: [native], frame, at: START }));

  const { seen } = await readEarlier(store, createKeys("okex", "m"), [legacy, native], { most: 9 });
  const tracker = new GapTracker({ emit: () => {}, onGap: () => {}, clock: () => START, maxRow: 9 });
  for (const topic of [legacy, native]) tracker.want(topic, seen.get(topic.upstream));
  assert.deepEqual(tracker.named(legacy), []);
});
