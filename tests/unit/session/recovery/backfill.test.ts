/**
 * What is fetched of a gap, how often it is asked for, and when it counts as filled; REST is a real server of the
 * test. The file is long because each answer that REST can give is a short test over the same played server.
 */
import assert from "node:assert/strict";
import type { SessionEvent } from "../../../../src/model/events.ts";
import type { DataFrame } from "../../../../src/okx/frame.ts";
import { GapTracker } from "../../../../src/session/recovery/gap_tracker.ts";
import { Backfiller, type BackfillTiming } from "../../../../src/session/recovery/backfill.ts";
import { waitFor } from "../../../support/wait.ts";
import { topicOf } from "../../../support/topics.ts";

const NOW = Date.UTC(2026, 10, 27, 12);
const QUICK: BackfillTiming = {
  debounceMs: 1,
  lagMs: 60_000,
  failMs: 60_000,
  quietMs: 60_000,
  idleMs: 2,
  retry: { baseMs: 2, capMs: 10 },
};

type Call = { readonly path: string; readonly query: URLSearchParams };

const trade = (id: number, instId = "X") => ({ instId, tradeId: String(id), px: "1", ts: String(NOW) });
const ids = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
const rows = (data: readonly unknown[]) => Response.json({ code: "0", msg: "", data });

/** What a REST that has these trades answers, newest first, as documented. */
function tradesOf(known: readonly number[], { path, query }: Call): Response {
  const after = Number(query.get("after") ?? Infinity);
  const most = Math.min(Number(query.get("limit")), path.endsWith("history-trades") ? 100 : 500);
  const page = known.filter((id) => id < after).toSorted((a, b) => b - a).slice(0, most);
  return rows(page.map((id) => trade(id)));
}

/** Bars of a grid that is 1 for each `ms`, between `after` and `before`, at most `most` of them. */
function barsOf(known: readonly number[], ms: number, most: number, { query }: Call): Response {
  const after = Number(query.get("after") ?? Infinity);
  const before = Number(query.get("before") ?? -Infinity);
  const page = known.map((n) => NOW + n * ms).filter((ts) => ts < after && ts > before)
    .toSorted((a, b) => b - a).slice(0, Math.min(most, Number(query.get("limit"))));
  return rows(page.map((ts) => barRow(ts)));
}

const barRow = (ts: number, confirm = "1") => [String(ts), "1", "2", "1", "2", "5", "6", "7", confirm];

/** A live series of one path, and the filler at work. */
function start(
  path: string,
  answer: (call: Call, n: number) => Response,
  timing: Partial<BackfillTiming> = {},
) {
  const topic = topicOf(path);
  const calls: Call[] = [];
  const ending = new AbortController();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { pathname, searchParams: query } = new URL(request.url);
    const call = { path: pathname.replace("/api/v5", ""), query };
    calls.push(call);
    return answer(call, calls.length);
  });
  const events: SessionEvent[] = [];
  let now = NOW + 60_000;
  const clock = () => now;
  const backfill = new GapTracker({
    emit: (event) => events.push(event),
    clock,
    onGap: (key) => filler.schedule(key),
  });
  const stats = { unreadable: 0 };
  const filler = new Backfiller({
    tracker: backfill,
    clock,
    stats,
    rest: { url: `http://127.0.0.1:${server.addr.port}`, headers: {} },
    turn: () => Promise.resolve(),
    timing: { ...QUICK, ...timing },
  });
  const work = filler.run(ending.signal);
  backfill.want(topic);
  backfill.onLive(topic);
  const records = () => events.filter((event) => event.kind === "gap");
  return {
    calls,
    records,
    stats,
    setClock: (at: number) => now = at,
    push: (...list: unknown[]) => {
      const frame: DataFrame = { kind: "data", arg: topic.arg, rows: list, action: undefined, text: "" };
      backfill.onRows(topic, frame, Date.now());
    },
    lose: () => backfill.onLost([topic], Date.now()),
    live: () => backfill.onLive(topic),
    filled: () => events.flatMap((event) => event.kind === "rows" ? event.frame.rows : []),
    record: () => waitFor("a record", () => records()[0]),
    async [Symbol.asyncDispose]() {
      ending.abort();
      await work;
      await server.shutdown();
    },
  };
}

const idsOf = (list: readonly unknown[]) => list.map((row) => Number((row as { tradeId: string }).tradeId));

Deno.test("rows that cannot be read fill nothing and are counted, and what they should have been is asked for again", async () => {
  let healthy = false;
  const odd = (id: number, n: number) =>
    [
      { ...trade(id), px: "" },
      { ...trade(id), px: "x" },
      { instId: "X", tradeId: String(id) },
      { ...trade(id), tradeId: ` ${id}` },
      { ...trade(id), tradeId: `${id}.0` },
      { ...trade(id), tradeId: `0${id}` },
      { ...trade(id), sz: "x" },
      { px: "1" },
      null,
    ][n % 9];
  await using series = start(
    "trades:X",
    (call) => healthy ? tradesOf(ids(1, 101), call) : rows([trade(101), ...ids(11, 100).map(odd), trade(10)]),
  );
  series.push(trade(10), trade(101));
  await waitFor("to be asked again", () => series.calls.length > 5);
  assert.deepEqual([series.filled(), series.records()], [[], []]);
  assert.ok(series.stats.unreadable >= 90, String(series.stats.unreadable));
  healthy = true;
  const { outcome, rows: count, missing } = await series.record();
  assert.deepEqual([outcome, count, missing], ["filled", 90, 0]);
});

Deno.test("trades are filled when every id is there, however late REST is", async () => {
  await using series = start("trades:X", (call, n) => tradesOf(ids(1, n < 6 ? 50 : 120), call));
  series.push(trade(10), trade(101));
  const { outcome, rows: count, missing } = await series.record();
  assert.deepEqual([outcome, count, missing], ["filled", 90, 0]);
  assert.deepEqual(idsOf(series.filled()).toSorted((a, b) => a - b), ids(11, 100));
  assert.ok(series.calls.length >= 6);
});

for (
  const [name, answer] of Object.entries<(call: Call) => Response>({
    "an empty page": () => rows([]),
    "a page of another instrument": () => rows(ids(1, 120).map((id) => trade(id, "Y"))),
    "an HTML page": () =>
      new Response("<html>Just a moment…</html>", { headers: { "content-type": "text/html" } }),
    "a short page": () => rows([trade(101), trade(100), trade(99)]),
    "an error that passes": () =>
      Response.json({ code: "50011", msg: "Too Many Requests", data: [] }, { status: 429 }),
    "no answer": () => new Response(null, { status: 502 }),
  })
) {
  Deno.test(`${name} fills nothing: it is asked for again until everything is there`, async () => {
    let healthy = false;
    await using series = start("trades:X", (call) => healthy ? tradesOf(ids(1, 120), call) : answer(call));
    series.push(trade(10), trade(101));
    await waitFor("to be asked again", () => series.calls.length > 5);
    assert.deepEqual(series.records(), []);
    healthy = true;
    const { outcome, rows: count, missing } = await series.record();
    assert.deepEqual([outcome, count, missing], ["filled", 90, 0]);
  });
}

Deno.test("what REST does not have by the deadline is counted in the record", async () => {
  const known = ids(1, 120).filter((id) => id < 40 || id > 49);
  await using series = start("trades:X", (call) => tradesOf(known, call), { lagMs: 30 });
  series.push(trade(10), trade(101));
  const { outcome, rows: count, missing } = await series.record();
  assert.deepEqual([outcome, count, missing], ["partly", 80, 10]);
});

Deno.test("a REST that fails until its deadline leaves a record of what is missing", async () => {
  await using series = start("trades:X", () => new Response(null, { status: 502 }), { failMs: 30 });
  series.push(trade(10), trade(101));
  const { outcome, rows: count, missing } = await series.record();
  assert.deepEqual([outcome, count, missing], ["not", 0, 90]);
});

Deno.test("what the exchange refuses for good is not asked for again", async () => {
  const refusal = Response.json({ code: "51001", msg: "Instrument ID doesn't exist", data: [] });
  await using series = start("trades:X", () => refusal.clone());
  series.push(trade(10), trade(101));
  assert.equal((await series.record()).outcome, "not");
  assert.equal(series.calls.length, 1);
});

Deno.test("pages in any order are taken as they are", async () => {
  await using series = start("trades:X", () => rows([...ids(60, 120), ...ids(1, 59)].map((id) => trade(id))));
  series.push(trade(10), trade(101));
  assert.equal((await series.record()).outcome, "filled");
  assert.deepEqual(idsOf(series.filled()), ids(11, 100));
});

Deno.test("a gap far below the newest trade is fetched by itself", async () => {
  await using series = start("trades:X", (call) => tradesOf(ids(1, 9000), call));
  series.push(trade(8990));
  await waitFor("nothing to be missing", () => true);
  series.push(trade(8990));
  series.lose();
  series.push(trade(9000));
  await series.record();
  assert.deepEqual(series.calls.map(({ path }) => path), ["/market/trades"]);
});

Deno.test("a busy outage is fetched page by page down to where it began", async () => {
  await using series = start("trades:X", (call) => tradesOf(ids(1, 3000), call));
  series.push(trade(10), trade(3000));
  const { outcome, rows: count } = await series.record();
  assert.deepEqual([outcome, count], ["filled", 2989]);
  assert.equal(series.calls.length, 1 + 25);
});

for (const [rest, outcome] of [[10, "not"], [12, "partly"]] as const) {
  Deno.test(`what REST has up to ${rest} proves nothing where no push follows: the record says ${outcome}`, async () => {
    await using series = start("trades:X", (call) => tradesOf(ids(1, rest), call), {
      quietMs: 100,
      lagMs: 0,
    });
    series.push(trade(10));
    series.lose();
    series.live();
    const record = await series.record();
    assert.deepEqual([record.outcome, record.rows, record.missing], [outcome, rest - 10, undefined]);
  });
}

Deno.test("a push after a long quiet time shows that nothing was missed, or what", async () => {
  for (const [id, count] of [[11, 0], [14, 3]] as const) {
    let newest = 10;
    await using series = start("trades:X", (call) => tradesOf(ids(1, newest), call), { lagMs: 30 });
    series.push(trade(10));
    series.lose();
    series.live();
    const since = performance.now();
    await waitFor(
      "to be asked for longer than late rows are",
      () => performance.now() - since > 60 && series.calls.length > 2,
    );
    assert.deepEqual(series.records(), []);
    newest = id;
    series.push(trade(id));
    const record = await series.record();
    assert.deepEqual([record.outcome, record.rows, record.missing], ["filled", count, 0]);
  }
});

Deno.test("a series that is only quiet is asked about rarely", async () => {
  const timing = { lagMs: 0, idleMs: 60_000, debounceMs: 0 };
  await using series = start("trades:X", (call) => tradesOf(ids(1, 10), call), timing);
  series.push(trade(10));
  series.lose();
  series.live();
  await waitFor("a call", () => series.calls.length === 1);
  const before = performance.now();
  await waitFor("longer than many pauses", () => performance.now() - before > 100);
  assert.equal(series.calls.length, 1);
});

Deno.test("an outage that nothing has ended yet is not filled by a REST that may be late", async () => {
  let newest = 50;
  await using series = start("trades:X", (call) => tradesOf(ids(1, newest), call));
  series.push(trade(10));
  series.lose();
  series.live();
  await waitFor("what REST has", () => series.filled().length === 40);
  await waitFor("another look", () => series.calls.length > 2);
  assert.deepEqual(series.records(), []);
  series.push(trade(61));
  newest = 61;
  const { outcome, rows: count } = await series.record();
  assert.deepEqual([outcome, count], ["filled", 50]);
});

Deno.test("a trade that was fetched before it is pushed ends the outage", async () => {
  await using series = start("trades:X", (call) => tradesOf(ids(1, 12), call));
  series.push(trade(5));
  series.lose();
  series.live();
  await waitFor("what REST has", () => series.filled().length === 7);
  series.push(trade(10));
  const { outcome, rows: count } = await series.record();
  assert.deepEqual([outcome, count], ["filled", 7]);
});

/** A trade as many ms after the beginning as its second number says. */
const tradeAt = ([id, ms]: readonly [number, number]) => ({ ...trade(id), ts: String(NOW + ms) });

/** What a REST that has these trades, newest first, answers. */
function timedTrades(known: readonly (readonly [number, number])[], { path, query }: Call): Response {
  const after = Number(query.get("after") ?? Infinity);
  const most = Math.min(Number(query.get("limit")), path.endsWith("history-trades") ? 100 : 500);
  return rows(known.filter(([id]) => id < after).map(tradeAt).slice(0, most));
}

const ABSURD = 9_000_000_000_000_020;

for (
  const [name, { during, first, count }] of Object.entries(
    {
      "far above the others": { during: [[ABSURD, 20], [11, 10]], first: 12, count: 2 },
      "above the others, and none seems missing": { during: [[ABSURD, 20]], first: 11, count: 1 },
      "below the others": { during: [[12, 30], [3, 20], [11, 10]], first: 13, count: 3 },
      "one that came before": { during: [[11, 30], [10, 20]], first: 12, count: 2 },
    } as const,
  )
) {
  Deno.test(`an outage is filled with the trade whose id is ${name}`, async () => {
    const known = [[first, 40], ...during, [10, 0], [9, -10]] as const;
    await using series = start("trades:X", (call) => timedTrades(known, call));
    series.push(tradeAt([10, 0]));
    series.lose();
    series.live();
    series.push(tradeAt([first, 40]));
    const record = await series.record();
    assert.deepEqual([record.outcome, record.rows, record.missing], ["filled", count, 0]);
    const ids = during.map(([id]) => id);
    assert.deepEqual(idsOf(series.filled()).toSorted(), [...ids].toSorted());
    assert.equal(series.records().length, 1);
  });
}

Deno.test("an absurd id that REST has before anything is pushed ends no later: the next pushes end this outage and others", async () => {
  let known: (readonly [number, number])[] = [[ABSURD, 20], [11, 10], [10, 0]];
  await using series = start("trades:X", (call) => timedTrades(known, call));
  series.push(tradeAt([10, 0]));
  series.lose();
  series.live();
  await waitFor("what REST has", () => series.filled().length === 2);
  known = [[13, 40], [12, 30], ...known];
  series.push(tradeAt([13, 40]));
  const { outcome, rows: count, missing } = await series.record();
  assert.deepEqual([outcome, count, missing], ["filled", 3, 0]);
  series.lose();
  series.live();
  known = [[15, 60], [14, 50], ...known];
  series.push(tradeAt([15, 60]));
  const again = await waitFor("another record", () => series.records()[1]);
  assert.deepEqual([again.outcome, again.rows, again.missing], ["filled", 1, 0]);
});

for (
  const [name, known] of Object.entries({
    "has not come to its end": [[9, -10]],
    "does not reach back to its beginning": [[11, 40]],
    "has nothing": [],
  } as Record<string, [number, number][]>)
) {
  Deno.test(`an outage in which no id seems missing is not filled by a REST that ${name}`, async () => {
    let healthy = false;
    await using series = start(
      "trades:X",
      (call) => timedTrades(healthy ? [[11, 40], [10, 0]] : known, call),
    );
    series.push(tradeAt([10, 0]));
    series.lose();
    series.live();
    series.push(tradeAt([11, 40]));
    await waitFor("to be asked again", () => series.calls.length > 5);
    assert.deepEqual(series.records(), []);
    healthy = true;
    const record = await series.record();
    assert.deepEqual([record.outcome, record.rows, record.missing], ["filled", 0, 0]);
  });
}

Deno.test("an outage that REST does not show by the deadline may have cost something", async () => {
  await using series = start("trades:X", () => new Response(null, { status: 502 }), { failMs: 30 });
  series.push(tradeAt([10, 0]));
  series.lose();
  series.live();
  series.push(tradeAt([11, 40]));
  const { outcome, rows: count, missing } = await series.record();
  assert.deepEqual([outcome, count, missing], ["not", 0, undefined]);
});

Deno.test("bars are filled when every closed one is there: a page that is clamped is not the last", async () => {
  await using series = start("candle1m:X", (call) => barsOf(ids(1, 900), 60_000, 100, call));
  series.push(barRow(NOW));
  series.setClock(NOW + 901 * 60_000);
  series.push(barRow(NOW + 801 * 60_000, "0"));
  const { outcome, rows: count, missing } = await series.record();
  assert.deepEqual([outcome, count, missing], ["filled", 800, 0]);
});

Deno.test("bars that REST does not have are counted, and one that is still forming is none of them", async () => {
  const answer = () => rows([barRow(NOW + 4 * 60_000, "0"), barRow(NOW + 60_000)]);
  await using series = start("candle1m:X", answer, { lagMs: 30 });
  series.push(barRow(NOW));
  series.push(barRow(NOW + 5 * 60_000, "0"));
  const { outcome, rows: count, missing } = await series.record();
  assert.deepEqual([outcome, count, missing], ["partly", 1, 3]);
});

Deno.test("a closed bar without prices is none: it stays missing until REST has it", async () => {
  let healthy = false;
  const bad = (n: number, price: unknown) =>
    barRow(NOW + n * 60_000).map((cell, i) => i === n ? price : cell);
  await using series = start(
    "candle1m:X",
    (call) =>
      healthy
        ? barsOf(ids(1, 5), 60_000, 300, call)
        : rows([bad(4, undefined), bad(3, "x"), bad(2, null), bad(1, "")]),
  );
  series.push(barRow(NOW));
  series.push(barRow(NOW + 5 * 60_000, "0"));
  await waitFor("to be asked again", () => series.calls.length > 5);
  assert.deepEqual([series.records(), series.filled()], [[], []]);
  healthy = true;
  const { outcome, rows: count, missing } = await series.record();
  assert.deepEqual([outcome, count, missing], ["filled", 4, 0]);
});

Deno.test("of a long outage the newest bars come from one call and the rest from the history", async () => {
  const newest = ids(1560, 2999);
  await using series = start(
    "candle1m:X",
    (call) =>
      call.path === "/market/candles"
        ? barsOf(newest, 60_000, 300, call)
        // The history lags behind.
        : barsOf(ids(1, 2900), 60_000, 300, call),
  );
  series.push(barRow(NOW));
  series.setClock(NOW + 3000 * 60_000 + 1);
  series.push(barRow(NOW + 3000 * 60_000, "0"));
  const { outcome, rows: count } = await series.record();
  assert.deepEqual([outcome, count], ["filled", 2999]);
});

Deno.test("bars of a second come from the history, which alone has them", async () => {
  await using series = start(
    "candle1s:X",
    (call) =>
      call.path === "/market/candles"
        ? Response.json({ code: "51000", msg: "Parameter bar error", data: [] })
        : barsOf(ids(1, 20), 1000, 300, call),
  );
  series.push(barRow(NOW));
  series.push(barRow(NOW + 10_000, "0"));
  assert.equal((await series.record()).outcome, "filled");
  assert.deepEqual(new Set(series.calls.map(({ path }) => path)), new Set(["/market/history-candles"]));
});

Deno.test("bars that REST has for nobody are recorded without a call", async () => {
  await using series = start("index-candle3Dutc:X", () => rows([]));
  const day = 3 * 86_400_000;
  series.push([String(NOW - NOW % day), "1", "2", "1", "2", "1"]);
  series.push([String(NOW - NOW % day + 2 * day), "1", "2", "1", "2", "0"]);
  const { outcome, missing } = await series.record();
  assert.deepEqual([outcome, missing, series.calls.length], ["not", 1, 0]);
});

Deno.test("after an outage bars are filled up to the last that is over, without waiting for a push", async () => {
  await using series = start("candle1m:X", (call) => barsOf(ids(1, 20), 60_000, 300, call));
  series.push(barRow(NOW));
  series.setClock(NOW + 10 * 60_000 + 5);
  series.lose();
  series.live();
  const { outcome, rows: count } = await series.record();
  assert.deepEqual([outcome, count], ["filled", 9]);
});

Deno.test("a gap of which nothing is numbered is recorded when the series is live again", async () => {
  await using series = start("liquidation-orders:SWAP", () => rows([]));
  series.lose();
  series.live();
  const { outcome, missing } = await series.record();
  assert.deepEqual([outcome, missing, series.calls.length], ["not", undefined, 0]);
});

Deno.test("a bar that was over before an outage, and of which nothing was pushed, is fetched", async () => {
  for (const path of ["candle1m:X", "spot/candle60s:X"]) {
    await using series = start(path, (call) => barsOf([0, 1], 60_000, 300, call));
    series.setClock(NOW + 2 * 60_000 + 5);
    series.lose();
    series.live();
    const { outcome, rows: count, missing } = await series.record();
    assert.deepEqual([outcome, count, missing], ["filled", 1, 0], path);
  }
});

/** By ms after the beginning, when the outage is one minute later. */
const BEFORE = [10, 0] as const;
const MEANWHILE = [[12, 62_000], [11, 61_000]] as const;

Deno.test("of an outage before the first trade those are fetched that REST has since, and it is filled when a push follows", async () => {
  for (const path of ["trades:X", "spot/trade:X"]) {
    await using series = start(path, (call) => timedTrades([...MEANWHILE, BEFORE], call));
    series.lose();
    series.live();
    await waitFor("what REST has", () => series.filled().length === 2);
    assert.deepEqual(series.records(), []);
    series.push(tradeAt([13, 63_000]));
    const { outcome, rows: count, missing } = await series.record();
    assert.deepEqual([outcome, count, missing], ["filled", 2, 0], path);
  }
});

Deno.test("an outage before the first trade that a push has ended is filled with what was between", async () => {
  let known: (readonly [number, number])[] = [BEFORE];
  await using series = start("trades:X", (call) => timedTrades(known, call));
  series.lose();
  series.push(tradeAt([13, 63_000]));
  series.live();
  await waitFor("to be asked again", () => series.calls.length > 3);
  assert.deepEqual(series.records(), []);
  known = [[13, 63_000], ...MEANWHILE, BEFORE];
  const { outcome, rows: count, missing } = await series.record();
  assert.deepEqual([outcome, count, missing], ["filled", 2, 0]);
});

Deno.test("where REST has no trade from before an outage it is not proved that the first it has is the first there was", async () => {
  await using series = start("trades:X", (call) => timedTrades(MEANWHILE, call), { lagMs: 100 });
  series.lose();
  series.live();
  await waitFor("what REST has", () => series.filled().length === 2);
  series.push(tradeAt([13, 63_000]));
  const { outcome, rows: count, missing } = await series.record();
  assert.deepEqual([outcome, count, missing], ["partly", 2, undefined]);
});

Deno.test("a market whose first trade was in an outage has missed nothing before it", async () => {
  await using series = start(
    "trades:X",
    (call) => timedTrades([[3, 63_000], [2, 62_000], [1, 61_000]], call),
  );
  series.lose();
  series.push(tradeAt([3, 63_000]));
  series.live();
  const { outcome, rows: count, missing } = await series.record();
  assert.deepEqual([outcome, count, missing], ["filled", 2, 0]);
});

Deno.test("an outage before the first trade of which REST knows nothing may have cost something", async () => {
  await using series = start("trades:X", () => rows([]), { quietMs: 100 });
  series.lose();
  series.live();
  const { outcome, rows: count, missing } = await series.record();
  assert.deepEqual([outcome, count, missing], ["not", 0, undefined]);
  assert.ok(series.calls.length > 0);
});
