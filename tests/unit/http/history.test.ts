/** The samples of the last ten minutes for the graphs of the dashboard. */
import assert from "node:assert/strict";
import { observe } from "../../../src/shared/histogram.ts";
import { createHistory } from "../../../src/http/history.ts";
import { createStats } from "../../../src/model/stats.ts";

const at = (ms: number) => ({ at: ms, steadyMs: ms });

const USE = { residentBytes: 1000, heapBytes: 500, cpuSeconds: 1 };

Deno.test("a sample has rates, latencies and use of its own second", () => {
  const stats = createStats(0);
  stats.rows = 1000;
  observe(stats.writtenSeconds, 5, 1000);
  const history = createHistory(stats, USE, at(0));
  stats.rows += 300;
  stats.queuedBytes = 77;
  observe(stats.writtenSeconds, 0.0004, 99);
  observe(stats.writtenSeconds, 0.3);
  const sample = history.add(stats, { ...USE, cpuSeconds: 1.5 }, at(2000));
  assert.equal(sample.rows, 150);
  assert.equal(sample.cpu, 0.25);
  assert.equal(sample.queued, 77);
  assert.ok(sample.p50 !== null && sample.p50 > 0.25 && sample.p50 < 0.5, String(sample.p50));
  assert.ok(sample.p99 !== null && sample.p99 <= 0.5, String(sample.p99));
  const quiet = history.add(stats, { ...USE, cpuSeconds: undefined }, at(3000));
  assert.deepEqual([quiet.rows, quiet.p50, quiet.p99, quiet.cpu], [0, null, null, null]);
});

Deno.test("ten minutes are kept", () => {
  const stats = createStats(0);
  const history = createHistory(stats, USE, at(0));
  for (let i = 1; i <= 700; i++) history.add(stats, USE, at(i * 1000));
  assert.equal(history.samples().length, 600);
  assert.equal(history.samples()[0]?.at, 101_000);
});

Deno.test("a clock that is set back or forward changes no rate", () => {
  const stats = createStats(0);
  const history = createHistory(stats, USE, { at: 10_000_000, steadyMs: 0 });
  const rates = [11_000_000, 7_400_000, 7_399_999, 99_000_000].map((at, i) => {
    stats.rows += 100;
    return history.add(stats, { ...USE, cpuSeconds: 1 + (i + 1) / 10 }, { at, steadyMs: (i + 1) * 1000 });
  });
  assert.deepEqual(rates.map(({ rows, cpu }) => [rows, cpu]), Array(4).fill([100, 0.1]));
});
