/** Counts that lie in buckets already are shown as prom-client shows what it counts by itself. */
import assert from "node:assert/strict";
import { Histogram, Registry } from "prom-client";
import { renderMetrics } from "../../../src/http/metrics.ts";
import { createStats } from "../../../src/model/stats.ts";
import { observe } from "../../../src/shared/histogram.ts";

const NAME = "okws_batch_commands";

/** The lines of one metric, with its help and its type. */
function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => new RegExp(`^(?:# \\w+ )?${NAME}(?:_\\w+)?[{ ]`).test(line));
}

for (const values of [[], [1], [3, 3, 9000, 0, 12.5, 100]]) {
  Deno.test(`a histogram of ${values.length} values is as prom-client's own`, async () => {
    const stats = createStats(0);
    const registry = new Registry();
    const help = "Redis commands of each batch";
    const { bounds } = stats.batchSize;
    const own = new Histogram({ name: NAME, help, buckets: [...bounds], registers: [registry] });
    for (const value of values) {
      observe(stats.batchSize, value);
      own.observe(value);
    }
    const text = await renderMetrics({
      ...{ version: "2.0.0", stopping: false, outage: "", servers: [] },
      stats,
    });
    assert.deepEqual(linesOf(text), linesOf(await registry.metrics()));
    assert.equal(linesOf(text).length, bounds.length + 5);
  });
}

Deno.test("which shard it is is among the metrics of shards alone, how many there are among those of all", async () => {
  const view = { version: "2.0.0", stopping: false, outage: "", servers: [], stats: createStats(0) };
  const whole = await renderMetrics(view);
  assert.doesNotMatch(whole, /okws_shard\b/);
  assert.match(whole, /^okws_shards 1$/m);
  assert.match(whole, /^okws_shards_held 1$/m);
  const holder = { instance: "a", host: "one", pid: 7, url: "", epoch: 1, since: 0 };
  const shards = [{ shard: "1/2", holder }, { shard: "2/2", holder: null }];
  const text = await renderMetrics({ ...view, shard: "1/2", shards });
  assert.match(text, /^okws_shard\{shard="1\/2"\} 1$/m);
  assert.match(text, /^okws_shards 2$/m);
  assert.match(text, /^okws_shards_held 1$/m);
});
