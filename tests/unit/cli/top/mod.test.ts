/** Looks at a service in, figures and lines out. */
import assert from "node:assert/strict";
import { readServiceView } from "../../../../src/client/service_view.ts";
import { renderFrame } from "../../../../src/cli/terminal/live/frame.ts";
import { createPaint } from "../../../../src/cli/terminal/live/style.ts";
import { pressKey } from "../../../../src/cli/terminal/live/press_key.ts";
import { FIRST_UI } from "../../../../src/cli/terminal/live/ui.ts";
import { widthOf } from "../../../../src/cli/terminal/text.ts";
import { renderBytes, type TopState, topView } from "../../../../src/cli/top/view.ts";
import { figuresOf, type TopSample } from "../../../../src/cli/top/sample.ts";
import { createStats, type Stats } from "../../../../src/model/stats.ts";

/** Any moment. */
const NOW = Date.parse("2026-11-22T12:00:00Z");

function sampleOf(
  at: number,
  stats: Partial<Stats> = {},
  rows = 0,
  more: Record<string, unknown> = {},
): TopSample {
  const path = (name: string, receivedAt: number, given = {}) => ({
    ...{ path: name, state: "live", error: null, since: NOW - 60_000, receivedAt, rows },
    ...{ owners: ["file"], connection: "public", everyMs: null, generation: 1, ...given },
  });
  const view = readServiceView({
    version: "2.0.0",
    stopping: false,
    outage: "",
    stats: { ...createStats(NOW - 3_600_000), ...stats },
    servers: [{
      name: "test",
      protocol: "v5",
      endpoint: "okx",
      clockSkewMs: null,
      connections: [
        connectionOf("public", "connected"),
        connectionOf("business", "waiting", { lastError: "closed with code 1006\x1b[2J", attempts: 3 }),
      ],
      subscriptions: [
        path("tickers:NEW", NOW - 100),
        path("tickers:OLD", NOW - 90_000, { everyMs: 60_000 }),
        path("tickers:BAD", 0, { state: "refused", error: { code: "60018", message: "no\u202e such" } }),
      ],
    }],
    ...more,
  });
  return {
    at,
    steadyMs: at,
    view,
    memory: { used_memory: "12400000", used_memory_peak: "13000000", maxmemory: "0" },
  };
}

function connectionOf(endpoint: string, state: string, more = {}) {
  const url = `wss://ws.okx.com/ws/v5/${endpoint}`;
  return {
    ...{ endpoint, url, state, since: NOW - 120_000, attempts: 0, lastError: "", connId: "x" },
    ...{ receivedAt: NOW - 50, subscriptions: 2, ...more },
  };
}

function draw(state: TopState, columns = 140, rows = 24): string[] {
  const paint = createPaint(false);
  const view = topView(state, NOW, paint);
  return [...renderFrame(view, { size: { columns, rows }, ui: FIRST_UI, paint }).lines];
}

Deno.test("figuresOf() gives rates between two looks, and none for the first", () => {
  const first = sampleOf(NOW - 2000, { messages: 100, rows: 1000, batches: 10, writes: 50 }, 10);
  assert.equal(figuresOf(undefined, first).perSecond, null);
  const second = sampleOf(NOW, { messages: 300, rows: 2000, batches: 30, writes: 150, batchMs: 1.5 }, 30);
  const figures = figuresOf(first, second);
  assert.deepEqual(figures.perSecond, {
    messages: 100,
    characters: 0,
    rows: 500,
    batches: 10,
    writes: 50,
    publishes: 0,
  });
  assert.equal(figures.uptimeMs, 3_600_000);
  assert.equal(figures.batchMs, 1.5);
  assert.equal(figures.subscriptions[0]?.rowsPerSecond, 10);
});

Deno.test("figuresOf() names the shards that nobody is, and the frame shows them", () => {
  const holder = { instance: "a", host: "one", pid: 7, url: "", epoch: 1, since: 0 };
  const shards = [{ shard: "1/2", holder }, { shard: "2/2", holder: null }];
  const figures = figuresOf(undefined, sampleOf(NOW, {}, 0, { shard: "1/2", shards }));
  assert.deepEqual(figures.missingShards, ["2/2"]);
  assert.match(draw({ figures, course: [], fault: undefined }).join("\n"), /nobody is shard 2\/2/);
  assert.equal(figuresOf(undefined, sampleOf(NOW)).missingShards, undefined);
});

Deno.test("figuresOf() gives the same rates where the clock was set between two looks", () => {
  const first = { ...sampleOf(NOW, { rows: 100 }), steadyMs: 0 };
  for (const at of [NOW - 3_600_000, NOW + 1, NOW + 3_600_000]) {
    const { perSecond, subscriptions } = figuresOf(first, {
      ...sampleOf(at, { rows: 300 }, 20),
      steadyMs: 2000,
    });
    assert.equal(perSecond?.rows, 100);
    assert.equal(subscriptions[0]?.rowsPerSecond, 10);
  }
});

Deno.test("figuresOf() puts what never came and what came longest ago first, and counts states", () => {
  const figures = figuresOf(undefined, sampleOf(NOW));
  assert.deepEqual(figures.subscriptions.map(({ path, ageMs }) => [path, ageMs]), [
    ["tickers:BAD", null],
    ["tickers:OLD", 90_000],
    ["tickers:NEW", 100],
  ]);
  assert.deepEqual(figures.states, { live: 2, refused: 1 });
});

Deno.test("figuresOf() measures the lag of the time between the looks alone", () => {
  const bounds = [0.001, 0.01, 0.1];
  const histogram = (...counts: number[]) => ({ bounds, counts, sum: 0, count: 0 });
  const before = sampleOf(NOW - 1000, { writtenSeconds: histogram(0, 0, 100, 0) });
  const after = sampleOf(NOW, { writtenSeconds: histogram(99, 1, 100, 0) });
  const { lagMs } = figuresOf(before, after);
  assert.ok(lagMs !== null && lagMs.p50 <= 1 && lagMs.p99 <= 10, JSON.stringify(lagMs));
  assert.equal(figuresOf(after, after).lagMs, null);
});

Deno.test("figuresOf() compares nothing across a restart of the service", () => {
  const before = sampleOf(NOW - 1000, { rows: 5000, startedAt: NOW - 9_000_000 });
  assert.equal(figuresOf(before, sampleOf(NOW, { rows: 10 })).perSecond, null);
});

Deno.test("figuresOf() takes the view of a service that says less", () => {
  const view = readServiceView({
    version: "1",
    servers: [{ name: "a", subscriptions: [{ path: "p", state: "live" }] }],
  });
  const figures = figuresOf(undefined, { at: NOW, steadyMs: NOW, view, memory: {} });
  assert.equal(figures.redis, null);
  assert.deepEqual(figures.subscriptions.map(({ path, ageMs }) => [path, ageMs]), [["p", null]]);
});

Deno.test("top shows what flows, what went wrong, connections, and subscriptions with the oldest first", () => {
  const before = sampleOf(NOW - 1000);
  const stats = {
    rows: 1234,
    messages: 800,
    batches: 45,
    writes: 3400,
    batchMs: 1.2,
    disconnects: 2,
    dropped: 7,
  };
  const figures = figuresOf(before, sampleOf(NOW, { ...stats, queuedBytes: 2_500_000 }));
  const lines = draw({ figures, course: [1, 2, 3], fault: undefined });
  const text = lines.join("\n");
  assert.match(lines[0] ?? "", /^okws 2\.0\.0 {2}up 1 h {2}2 live {2}1 refused$/);
  assert.match(text, /^1234 rows\/s {2}▁▅█ {2}800 messages\/s/m);
  assert.match(text, /^45 batches\/s of 1\.2 ms {2}3400 commands\/s {2}lag -/m);
  assert.match(text, /^Redis 12\.4 MB {2}peak 13\.0 MB {2}queue 2\.5 MB/m);
  assert.match(text, /2 connections lost {2}0 book gaps {2}0 refused {2}7 dropped {2}0 rejected/);
  assert.match(text, /^test public +connected +2 min +50 ms +2 +wss/m);
  assert.match(text, /^test business +waiting .*closed with code 1006\\x1b\[2J, attempt 3$/m);
  const order = lines.filter((line) => line.startsWith("tickers:")).map((line) => line.split(" ")[0]);
  assert.deepEqual(order, ["tickers:BAD", "tickers:OLD", "tickers:NEW"]);
  assert.match(text, /^tickers:BAD +test +refused +never .*60018 no\\u\{202e\} such$/m);
});

Deno.test("top says why there are no new figures, and a Redis outage that the service reports", () => {
  const figures = figuresOf(undefined, sampleOf(NOW, {}, 0, { outage: "Redis is away: ECONNREFUSED" }));
  const fault = { text: "No okws service is listening", since: NOW - 3000 };
  const lines = draw({ figures, course: [], fault });
  // Without colours as well, what stands there is not of now.
  assert.match(lines[0] ?? "", /^okws 2\.0\.0 {2}last known figures {2}up 1 h {2}2 live/);
  assert.match(lines[1] ?? "", /^No okws service is listening \(for 3\.0 s\)$/);
  assert.match(lines[2] ?? "", /^Redis is away: ECONNREFUSED$/);
  assert.match(
    draw({ figures: undefined, course: [], fault: undefined }).join("\n"),
    /waiting for the first/,
  );
});

Deno.test("top fits any screen", () => {
  const figures = figuresOf(sampleOf(NOW - 1000), sampleOf(NOW));
  for (const [columns, rows] of [[10, 5], [40, 12], [80, 24], [250, 60]] as const) {
    const lines = draw({ figures, course: [1, 2], fault: undefined }, columns, rows);
    assert.equal(lines.length, rows);
    for (const line of lines) assert.ok(widthOf(line) <= columns, `${columns}: ${line}`);
  }
});

Deno.test("renderBytes() takes the unit that fits", () => {
  const table = [[0, "0 B"], [999, "999 B"], [1500, "1.5 kB"], [999_600, "1.0 MB"], [
    123_456_789,
    "123 MB",
  ]] as const;
  for (const [bytes, text] of table) assert.equal(renderBytes(bytes), text);
});

Deno.test("okws top has its connections once on a screen, in every tab", () => {
  const state: TopState = { figures: figuresOf(undefined, sampleOf(NOW)), course: [], fault: undefined };
  const paint = createPaint(false);
  for (const tab of [0, 1]) {
    const drawing = { size: { columns: 140, rows: 30 }, ui: { ...FIRST_UI, tab }, paint };
    const { lines } = renderFrame(topView(state, NOW, paint), drawing);
    assert.equal(lines.filter((line) => line.includes("test business")).length, 1, `tab ${tab}`);
  }
});

Deno.test("okws top shows rows on a low terminal, and what lies over them as a whole", () => {
  const state: TopState = {
    figures: figuresOf(sampleOf(NOW - 1000), sampleOf(NOW)),
    course: [1, 2],
    fault: undefined,
  };
  const paint = createPaint(false);
  for (const [columns, rows] of [[40, 12], [80, 12], [40, 6], [40, 4]] as const) {
    const lines = draw(state, columns, rows);
    assert.ok(
      lines.some((line) => line.startsWith("tickers:BAD")),
      `${columns}x${rows}: ${lines.join("\n")}`,
    );
  }
  for (let rows = 1; rows <= 12; rows++) {
    const [, first, last] = /(\d+)-(\d+) /.exec(draw(state, 100, rows).at(-1) ?? "") ?? [];
    if (first !== undefined) assert.ok(Number(first) <= Number(last), `${rows}: ${first}-${last}`);
  }
  const size = { columns: 40, rows: 12 };
  for (const overlay of [{ kind: "help", top: 0 }, { kind: "columns", at: 0 }] as const) {
    const { lines } = renderFrame(topView(state, NOW, paint), { size, ui: { ...FIRST_UI, overlay }, paint });
    assert.ok(lines.every((line) => !line.startsWith("okws 2.0.0")), lines.join("\n"));
    assert.ok(lines.slice(0, -2).every((line) => line !== ""), lines.join("\n"));
    assert.match(lines.at(-1) ?? "", /^Esc closes/);
  }
});

Deno.test("okws top says why u does nothing, and that it would where a row is chosen", () => {
  const state: TopState = { figures: figuresOf(undefined, sampleOf(NOW)), course: [], fault: undefined };
  const drawing = { size: { columns: 40, rows: 12 }, ui: FIRST_UI, paint: createPaint(false) };
  const view = topView(state, NOW, drawing.paint);
  const { extent } = renderFrame(view, drawing);
  assert.equal(pressKey(FIRST_UI, { char: "u" }, extent)?.hint, "live.no_row_chosen");
  const chosen = pressKey(FIRST_UI, "down", extent) ?? FIRST_UI;
  assert.match(renderFrame(view, { ...drawing, ui: chosen }).lines.at(-1) ?? "", /· u unsubscribe/);
});
