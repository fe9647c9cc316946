/** What the pages of the dashboard are sent: everything once, then what changed. */
import assert from "node:assert/strict";
import { createFeed, type Tick } from "../../../src/http/feed.ts";
import { createHistory } from "../../../src/http/history.ts";
import { createJournal } from "../../../src/http/journal.ts";
import type { EventStream } from "../../../src/http/streams.ts";
import type { PathView, View } from "../../../src/http/view.ts";
import { createStats } from "../../../src/model/stats.ts";

const USE = { residentBytes: undefined, heapBytes: undefined, cpuSeconds: undefined };

/** A feed of paths that the test changes, with pages that keep what they are sent. */
function feedOf(paths: PathView[], more: Partial<View> = {}) {
  const stats = createStats(0);
  const clock = { now: 1000 };
  const view = (): View => ({
    ...{ version: "1", stopping: false, outage: "", stats },
    servers: [{ name: "test", connections: [], subscriptions: paths }],
    ...more,
  });
  const journal = createJournal();
  const feed = createFeed({
    view,
    describe: () => ({ kind: "row", table: "rows", login: false, command: "" }),
    journal,
    accounts: false,
    commands: [],
    history: createHistory(stats, USE, { at: 0, steadyMs: 0 }),
    now: () => clock.now,
  });
  const open = () => {
    const reported: { event: string; tick: Tick }[] = [];
    let end = () => {};
    const stream: EventStream = {
      response: new Response(),
      send: (event, data) => void reported.push({ event, tick: JSON.parse(data) }),
      close: () => end(),
      onClose: (action) => end = action,
    };
    feed.attach(stream);
    return { reported, stream };
  };
  return { feed, journal, clock, open };
}

function path(name: string, more: Partial<PathView> = {}): PathView {
  return { path: name, state: "live", error: null, since: 1, receivedAt: 0, rows: 0, everyMs: null, ...more };
}

Deno.test("a page gets everything once, and then what changed", () => {
  const paths = [path("a"), path("b")];
  const { feed, open } = feedOf(paths);
  const { reported } = open();
  assert.equal(reported[0]?.event, "start");
  assert.deepEqual(reported[0]?.tick.defs.map(([id, server, name]) => [id, server, name]), [
    [1, "test", "a"],
    [
      2,
      "test",
      "b",
    ],
  ]);
  assert.equal(reported[0]?.tick.paths.length, 2);
  feed.tick();
  assert.deepEqual([reported[1]?.event, reported[1]?.tick.defs, reported[1]?.tick.paths], ["tick", [], []]);
  paths[1] = path("b", { rows: 5, receivedAt: 999 });
  feed.tick();
  assert.deepEqual(reported[2]?.tick.paths, [[2, "live", 1, 999, 5, "", "", 0]]);
  paths.shift();
  paths.push(path("c", { state: "refused", error: { code: "60018", message: "no", nextAt: 7 } }));
  feed.tick();
  assert.deepEqual(reported[3]?.tick.gone, [1]);
  assert.deepEqual(reported[3]?.tick.defs.map(([id, , name]) => [id, name]), [[3, "c"]]);
  assert.deepEqual(reported[3]?.tick.paths, [[3, "refused", 1, 0, 0, "60018 no", "", 7]]);
});

Deno.test("a page is sent which shard it is of, and which shards nobody is", () => {
  const holder = { instance: "a", host: "box", pid: 1, url: "", epoch: 1, since: 0 };
  const lease = { role: "active", epoch: 4, ageMs: 200 } as const;
  const shards = [
    { shard: "1/3", holder: null },
    { shard: "2/3", holder },
    { shard: "3/3", holder },
  ];
  const tickOf = (more: Partial<View>) => feedOf([], more).open().reported[0]?.tick;
  const tick = tickOf({ lease, shard: "2/3", shards });
  assert.deepEqual([tick?.shard, tick?.missingShards, tick?.lease], ["2/3", ["1/3"], lease]);
  // Where its own lease is not seen either, leases say nothing of the others.
  assert.deepEqual(tickOf({ lease, shard: "1/3", shards })?.missingShards, []);
  const without = tickOf({});
  assert.deepEqual([without?.shard, without?.missingShards, without?.lease], [null, [], null]);
});

Deno.test("a live path that is silent for too long is reported as overdue", () => {
  const { feed, clock, open } = feedOf([path("a", { everyMs: 1000, receivedAt: 1000 })]);
  const { reported } = open();
  clock.now = 60_000;
  feed.tick();
  assert.equal(reported[1]?.tick.paths[0]?.[1], "overdue");
  assert.deepEqual(reported[1]?.tick.faults, [
    "test a is overdue: its newest row is 59 s old, promised every 1 s",
  ]);
});

Deno.test("a second page gets everything while the first goes on with its numbers", () => {
  const paths = [path("a")];
  const { feed, open } = feedOf(paths);
  const first = open();
  paths.push(path("b"));
  const second = open();
  assert.deepEqual(first.reported[1]?.tick.defs.map(([id]) => id), [2]);
  assert.deepEqual(second.reported[0]?.tick.defs.map(([id]) => id), [1, 2]);
  first.stream.close();
  feed.tick();
  assert.equal(first.reported.length, 2);
  assert.equal(second.reported.length, 2);
});

Deno.test("of very many paths each gets its turn", () => {
  const paths = Array.from({ length: 10_000 }, (_, i) => path(`p${i}`));
  const { feed, open } = feedOf(paths);
  const { reported } = open();
  const known = new Set<number>();
  for (const { tick } of reported) for (const [id] of tick.defs) known.add(id);
  for (let round = 1; known.size < 10_000; round++) {
    assert.ok(round < 10, `${known.size} paths after ${round} rounds`);
    feed.tick();
    for (const [id] of reported.at(-1)?.tick.defs ?? []) known.add(id);
  }
  const received = new Set<number>();
  for (let round = 1; received.size < 10_000; round++) {
    assert.ok(round < 10, `${received.size} paths after ${round} rounds`);
    for (const [i] of paths.entries()) paths[i] = path(`p${i}`, { rows: round });
    feed.tick();
    assert.ok((reported.at(-1)?.tick.paths.length ?? 0) <= 3000);
    for (const [id] of reported.at(-1)?.tick.paths ?? []) received.add(id);
  }
});

Deno.test("without a page nothing is compared, and lines are kept for the next one", () => {
  const { feed, journal, open } = feedOf([path("a")]);
  journal.note("warn", "something", 5);
  feed.tick();
  const { reported } = open();
  assert.deepEqual(reported[0]?.tick.entries.map(({ text }) => text), ["something"]);
});
