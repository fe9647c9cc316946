/** A stored run of the benchmark, and what is worse than in it. */
import assert from "node:assert/strict";
import { compareRuns } from "../../../scripts/bench/check.ts";
import { renderChart } from "../../../scripts/bench/chart.ts";
import { withFigures } from "../../../scripts/bench/page.ts";
import { formatRun, parseRun, type Result, type Run } from "../../../scripts/bench/run.ts";
import { renderMarkdown, renderText } from "../../../scripts/bench/table.ts";

Deno.test("a run is read as it was written, with four digits of each figure", () => {
  const run = runOf([result({ cpuMicros: 123.456789 })]);
  assert.equal(parseRun(formatRun(run)).results[0]?.cpuMicros, 123.5);
  assert.deepEqual(parseRun(formatRun(runOf([result({})]))), runOf([result({})]));
});

Deno.test("parseRun() says what is wrong with a file", () => {
  assert.throws(() => parseRun("okws  8.1"), /it is no JSON/);
  assert.throws(() => parseRun("[]"), /^SyntaxError: it: /);
  const wrong = { ...runOf([]), results: [{ ...result({}), landed: "many" }] };
  assert.throws(() => parseRun(JSON.stringify(wrong)), /results\.0\.landed: /);
});

const RELAY = result({ program: "relay", cpuMicros: 20, peakMb: 50 });

Deno.test("a machine that is half as fast makes nothing worse", () => {
  const slower = (each: Result): Result => ({
    ...each,
    cpuMicros: each.cpuMicros * 2,
    redisMicros: each.redisMicros * 2,
    latencyMs: { p50: 2, p99: 8, p999: 18, samples: 1 },
  });
  const before = [RELAY, result({})];
  const { worse, better, compared } = compareRuns(runOf(before), runOf(before.map(slower)));
  assert.deepEqual([worse, better, compared], [[], [], 9]);
});

Deno.test("what grew by more than 15 % beside the relay is named, and what fell too", () => {
  const now = result({ cpuMicros: 46.5, bytes: 600 });
  const { worse, better } = compareRuns(runOf([RELAY, result({})]), runOf([RELAY, now]));
  assert.deepEqual(worse, ["worse: okws, 2,000 tickers/s: CPU a message: 2.00x of relay before, 2.33x now"]);
  assert.deepEqual(better, [
    "better: okws, 2,000 tickers/s: bytes a message: 1.00x of relay before, 0.60x now",
  ]);
  assert.deepEqual(
    compareRuns(runOf([RELAY, result({})]), runOf([RELAY, result({ cpuMicros: 45 })])).worse,
    [],
  );
});

Deno.test("fewer messages that land are worse, and small differences of latencies are chance", () => {
  const before = runOf([RELAY, result({})]);
  const slower = compareRuns(before, runOf([RELAY, result({ landed: 1000 })])).worse;
  assert.match(slower.join(), /time between messages that land/);
  const late = (p99: number) =>
    compareRuns(before, runOf([RELAY, result({ latencyMs: { p50: 1, p99, p999: 9, samples: 1 } })])).worse;
  assert.deepEqual(late(4.9), []);
  assert.match(late(5.1).join(), /: p99: 1\.00x of relay before, 1\.27x now/);
});

Deno.test("the plain way is compared with where a run has no relay, and nothing where it has neither", () => {
  const plain = { ...RELAY, program: "plain" };
  const now = runOf([plain, result({ cpuMicros: 80 })]);
  assert.match(compareRuns(runOf([plain, RELAY, result({})]), now).worse.join(), /x of plain before/);
  const alone = compareRuns(runOf([result({})]), now);
  assert.deepEqual([alone.compared, alone.missing.length], [0, 1]);
  const new_ = compareRuns(runOf([plain]), now);
  assert.match(new_.missing.join(), /the stored run does not have it/);
});

Deno.test("what landed before and fails now is worse", () => {
  const now = {
    ...runOf([RELAY]),
    skipped: [{ what: "okws, 2,000 tickers/s", reason: "nothing landed in 8 s" }],
  };
  assert.match(compareRuns(runOf([RELAY, result({})]), now).worse.join(), /not measured: nothing landed/);
});

const SHOWN = runOf([
  RELAY,
  result({ landed: 1900, note: "3 publishes dropped" }),
  result({ program: "ccxt" }),
  result({ tls: true, cpuMicros: 50 }),
]);

Deno.test("figures are shown with their ratios, for a terminal and for a page", () => {
  const text = renderText(SHOWN).join("\n");
  const page = renderMarkdown(SHOWN);
  for (const shown of [text, page]) {
    assert.match(
      shown,
      /2 × Some CPU, 8 GB, Linux 6\.1, Deno 2\.9\.6, Redis 7\.0\.15, load 0\.5 before the start and 2\.5 at the end/,
    );
    assert.match(shown, /Tickers, 2,000 messages a second through TLS/);
    assert.match(shown, /okws \(1\.25x of that without\)/);
    assert.match(shown, /ccxt 4\.5/);
    assert.match(shown, /3 publishes dropped/);
    assert.match(shown, /redis-benchmark, tickers: 42,000 messages\/s/);
    assert.match(shown, /ot measured: cryptofeed: python3 is not installed/);
  }
  assert.ok(
    page.includes("| okws | 1,900 * | 40.0 | 2.00x | - | 10.0 | 3.0 | 1,000 | 1.00 | 4.00 | 9.00 | 100 |"),
    page,
  );
});

Deno.test("the chart has a bar for each program, and lets no name become markup", () => {
  const svg = renderChart({ ...SHOWN, versions: { ccxt: "<4> & 5" } });
  assert.equal(svg.match(/<rect [^>]*class="(?:ours|other)"/g)?.length, 2 + 4);
  assert.ok(svg.includes("ccxt &lt;4&gt; &amp; 5"));
  assert.match(svg, /prefers-color-scheme: dark/);
  assert.ok(!/NaN|undefined|Infinity/.test(svg));
});

Deno.test("withFigures() changes nothing but its place, and says where there is none", () => {
  const page =
    "before\n<!-- figures: written by scripts/bench/page.ts -->\nold\n<!-- end of figures -->\nafter\n";
  const once = withFigures(page, SHOWN);
  assert.ok(
    once.startsWith("before\n") && once.endsWith("<!-- end of figures -->\nafter\n") && !once.includes("old"),
  );
  assert.equal(withFigures(once, SHOWN), once);
  assert.throws(() => withFigures("nothing", SHOWN), /No place for the figures/);
});

function result(changes: Partial<Result>): Result {
  return {
    ...{
      work: "tickers",
      offered: 2000,
      tls: false,
      program: "okws",
      sent: 2000,
      landed: 2000,
      cpuMicros: 40,
    },
    ...{ redisMicros: 10, commands: 3, bytes: 1000, peakMb: 100, note: "" },
    latencyMs: { p50: 1, p99: 4, p999: 9, samples: 1000 },
    ...changes,
  };
}

function runOf(results: Result[]): Run {
  return {
    format: 1,
    at: "2026-11-28T10:00:00.000Z",
    okws: { version: "2.0.0", commit: "0123456789", program: "sources" },
    machine: {
      ...{ cpu: "Some CPU", cores: 2, memoryGb: 8, kernel: "Linux 6.1", load: 0.5, loadAtEnd: 2.5 },
      ...{ runtime: "Deno 2.9.6", redis: "Redis 7.0.15" },
    },
    settings: { seconds: 8, warmUpSeconds: 3, tickers: 50, books: 500 },
    versions: { ccxt: "4.5" },
    results,
    redisBenchmark: [{ work: "tickers", landed: 42_000, redisMicros: 6, note: "HSET and PUBLISH" }],
    skipped: [{ what: "cryptofeed", reason: "python3 is not installed" }],
  };
}
