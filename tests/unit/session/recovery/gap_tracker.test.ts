/**
 * What a series remembers, what it takes to be missing, and what becomes of that. The file is long because each rule
 * about what is missing is one short test on the same few series.
 */
import assert from "node:assert/strict";
import type { SessionEvent } from "../../../../src/model/events.ts";
import type { DataFrame } from "../../../../src/okx/frame.ts";
import type { Topic } from "../../../../src/okx/topic.ts";
import { GapTracker } from "../../../../src/session/recovery/gap_tracker.ts";
import { topicOf } from "../../../support/topics.ts";

const NOW = Date.UTC(2026, 10, 27, 12);
const MINUTE = 60_000;

const TRADES = topicOf("trades:X");
const BARS = topicOf("candle1m:X");
const ORDERS = topicOf("orders:ANY");

/** A row of `trades`: it stands for `count` trades up to `last`. */
function match(last: number, { count = 1, ts = NOW + last } = {}) {
  return { instId: "X", tradeId: String(last), count: String(count), ts: String(ts) };
}

function bar(minute: number, confirm: "0" | "1") {
  return [String(NOW + minute * MINUTE), "1", "2", "1", "2", "5", "6", "7", confirm];
}

/** A live series with all that it emits. */
function start(topic: Topic, before?: GapTracker) {
  const events: SessionEvent[] = [];
  const scheduled: string[] = [];
  const clock = { now: NOW + 1000 * MINUTE };
  const backfill = new GapTracker({
    emit: (event) => events.push(event),
    clock: () => clock.now,
    onGap: (key) => scheduled.push(key),
  }, before);
  backfill.want(topic);
  backfill.onLive(topic);
  return {
    backfill,
    clock,
    events,
    scheduled,
    push: (...rows: unknown[]) => {
      const frame: DataFrame = { kind: "data", arg: topic.arg, rows, action: undefined, text: "…" };
      return backfill.onRows(topic, frame, NOW)?.rows ?? [];
    },
    /** Ids (or minutes) that are missing; null: without end. */
    missing: () => {
      const last = events.findLast((event) => event.kind === "gaps");
      const { topic } = last ?? {};
      return (last?.open ?? []).map(({ ranges }) =>
        ranges?.map((range) => topic === BARS ? range.map(shortened) : [...range]) ?? null
      );
    },
    records: () => events.filter((event) => event.kind === "gap"),
  };
}

function shortened(number: number | null): number | null {
  return number === null || number < NOW ? number : (number - NOW) / MINUTE;
}

Deno.test("orders without a fill are never taken for old trades", () => {
  const { push } = start(ORDERS);
  const order = { ordId: "1", instId: "X", state: "live", tradeId: "" };
  const filled = { ordId: "2", instId: "Y", state: "filled", tradeId: "3" };
  assert.deepEqual(push(order, filled), [order, filled]);
  assert.deepEqual(push(filled), [filled]);
});

Deno.test("ids that are skipped are missing, a row that sums up trades counts for all of them", () => {
  const { push, missing, scheduled } = start(TRADES);
  push(match(10), match(13, { count: 3 }));
  assert.deepEqual(missing(), []);
  push(match(16));
  push(match(17));
  push(match(22, { count: 2 }));
  assert.deepEqual(missing(), [[[14, 15]], [[18, 20]]]);
  assert.ok(scheduled.includes(TRADES.upstream));
});

Deno.test("every skip is reported, however many there were of which REST knew nothing", () => {
  const { push, missing, backfill, records } = start(TRADES);
  for (let id = 2; id <= 20; id += 2) {
    push(match(id));
    backfill.resolve(TRADES.upstream, () => "not");
  }
  assert.deepEqual(missing(), []);
  assert.deepEqual(records().map(({ missing: count }) => count), Array(9).fill(1));
});

Deno.test("a trade that was only late is passed on, and leaves neither gap nor record", () => {
  const { push, missing, records } = start(TRADES);
  push(match(10), match(12));
  assert.deepEqual(missing(), [[[11, 11]]]);
  assert.equal(push(match(11)).length, 1);
  assert.deepEqual(missing(), []);
  assert.deepEqual(records(), []);
});

Deno.test("a trade that comes again is left out", () => {
  const { push, missing } = start(TRADES);
  const counts = [match(10), match(12, { count: 2 }), match(12, { count: 2 }), match(10), match(13)]
    .map((row) => push(row).length);
  assert.deepEqual(counts, [1, 1, 0, 0, 1]);
  assert.deepEqual(missing(), []);
});

Deno.test("ids that begin again hide no later trade, and are recorded once", () => {
  const { push, missing, backfill, records } = start(TRADES);
  const ts = (id: number) => ({ ts: NOW + 10_000 + id });
  push(match(998), match(999), match(1000));
  assert.deepEqual([1, 2, 3].map((id) => push(match(id, ts(id))).length), [1, 1, 1]);
  assert.deepEqual(missing(), [null]);
  backfill.resolve(TRADES.upstream, () => "not");
  assert.deepEqual(records().map(({ missing: count }) => count), [undefined]);
  push(match(6, ts(6)));
  assert.deepEqual(missing(), [[[4, 5]]]);
});

Deno.test("ids that begin again below what was received are no repetitions", () => {
  const { push } = start(TRADES);
  for (let id = 1; id <= 5; id++) push(match(id));
  assert.equal(push(match(1, { ts: NOW + 9000 }), match(2, { ts: NOW + 9001 })).length, 2);
  assert.equal(push(match(2, { ts: NOW + 9001 })).length, 0);
});

for (const absurd of [9_000_000_000_000_000, 400_000]) {
  Deno.test(`a single absurd id (${absurd}) hides no later trade and no later skip`, () => {
    const { push, missing, backfill, records } = start(TRADES);
    const at = (id: number, n: number) => match(id, { ts: NOW + n });
    push(at(100, 1));
    push(at(absurd, 2));
    assert.deepEqual([101, 102].map((id, i) => push(at(id, 3 + i)).length), [1, 1]);
    assert.deepEqual(missing()[0], [[103, absurd - 1]]);
    backfill.resolve(TRADES.upstream, () => "not");
    assert.equal(records().length, 1);
    push(at(103, 5), at(106, 6));
    assert.deepEqual(missing(), [[[104, 105]]]);
  });
}

Deno.test("a single absurdly low id is no reason to ask for what was received", () => {
  const { push, missing, backfill } = start(TRADES);
  for (let id = 100; id <= 110; id++) push(match(id));
  push(match(5, { ts: NOW + 1000 }));
  backfill.resolve(TRADES.upstream, () => "not");
  push(match(113, { ts: NOW + 1001 }));
  assert.deepEqual(missing(), [[[111, 112]]]);
});

Deno.test("an outage is missing without end until something comes, and then up to that", () => {
  const { push, missing, backfill } = start(TRADES);
  push(match(10));
  backfill.onLost([TRADES], NOW);
  backfill.onLost([TRADES], NOW + 5);
  assert.deepEqual(missing(), [[[11, null]]]);
  backfill.onLive(TRADES);
  push(match(20, { count: 5 }), match(21));
  assert.deepEqual(missing(), [[[11, 15]]]);
});

Deno.test("of what is fetched only what is missing is passed on, and nothing of it again", () => {
  const { push, events, missing, backfill, records } = start(TRADES);
  push(match(10));
  backfill.onLost([TRADES], NOW);
  backfill.onLive(TRADES);
  const found = [9, 10, 11, 12].map((number) => ({ number, row: match(number) }));
  assert.equal(backfill.onFetched(TRADES.upstream, found), 2);
  const rows = events.findLast((event) => event.kind === "rows");
  assert.deepEqual(rows?.frame, {
    ...{ kind: "data", arg: TRADES.arg, action: "backfill", text: "" },
    rows: [match(11), match(12)],
  });
  // REST may give another time than the push.
  assert.deepEqual(push(match(12, { ts: NOW + 99 })), []);
  assert.deepEqual(missing(), [[]]);
  backfill.resolve(TRADES.upstream, (gap) => gap.missing?.length === 0 ? "filled" : undefined);
  assert.deepEqual(records().map(({ outcome, rows, missing }) => [outcome, rows, missing]), [[
    "filled",
    2,
    0,
  ]]);
  push(match(15));
  assert.deepEqual(missing(), [[[13, 14]]]);
});

Deno.test("of what is fetched after ids began again nothing of the former count is passed on again", () => {
  const { backfill, push, events } = start(TRADES);
  const former = [match(500), match(501)];
  push(...former);
  push(match(300, { ts: NOW + 1000 }));
  backfill.onLost([TRADES], NOW + 2000);
  backfill.onLive(TRADES);
  const next = match(301, { ts: NOW + 2500 });
  const found = [...former, next].map((row) => ({ number: Number(row.tradeId), row }));
  assert.equal(backfill.onFetched(TRADES.upstream, found), 1);
  assert.deepEqual(events.findLast((event) => event.kind === "rows")?.frame.rows, [next]);
});

Deno.test("a bar that a later one overtakes unfinished, and one that never came, are missing", () => {
  const { push, missing, scheduled } = start(BARS);
  push(bar(1, "0"));
  push(bar(1, "1"));
  push(bar(2, "0"));
  assert.deepEqual(missing(), []);
  push(bar(4, "0"));
  assert.deepEqual(missing(), [[[2, 3]]]);
  assert.deepEqual(scheduled, [BARS.upstream]);
  push(bar(3, "1"), bar(2, "1"));
  assert.deepEqual(missing(), []);
});

Deno.test("a final bar stays final: nothing of it is passed on again", () => {
  const { push } = start(BARS);
  push(bar(1, "0"));
  push(bar(1, "1"));
  assert.deepEqual(push(bar(1, "0")), []);
  assert.deepEqual(push(bar(1, "1")), []);
  assert.deepEqual(push(bar(2, "0")), [bar(2, "0")]);
});

Deno.test("a bar that claims to be of the future does not hide those of the present", () => {
  const { push, missing, backfill, clock } = start(BARS);
  clock.now = NOW + 2.5 * MINUTE;
  push(bar(1, "0"));
  push(bar(900, "0"));
  push(bar(1, "1"), bar(2, "0"));
  backfill.resolve(BARS.upstream, () => "not");
  push(bar(4, "0"));
  assert.deepEqual(missing(), [[[2, 3]]]);
});

Deno.test("bars are missing from the one that was under way", () => {
  const { push, missing, backfill } = start(BARS);
  push(bar(1, "1"), bar(2, "0"));
  backfill.onLost([BARS], NOW);
  assert.deepEqual(missing(), [[[2, null]]]);
  backfill.onLive(BARS);
  push(bar(7, "0"));
  assert.deepEqual(missing(), [[[2, 6]]]);
});

Deno.test("a series goes on where an earlier process stopped, with what that one had missed", () => {
  const first = start(TRADES);
  first.push(match(1), match(2), match(6));
  const [reported] = first.events.filter((event) => event.kind === "gaps");
  const { backfill, push, missing } = start(ORDERS);
  const rows = [match(1), match(2), match(6)];
  backfill.want(TRADES, { at: 500, rows, bars: [], gaps: reported?.open ?? [] });
  assert.equal(backfill.missingSince(TRADES.upstream), reported?.open[0]?.from);
  assert.deepEqual(missing(), [[[3, 5]], [[7, null]]]);
  backfill.onLive(TRADES);
  const frame: DataFrame = { kind: "data", arg: TRADES.arg, rows, action: undefined, text: "" };
  assert.equal(backfill.onRows(TRADES, frame, NOW), undefined);
  push();
});

Deno.test("what was written of a gap before the process ended is not fetched again", () => {
  const { backfill, missing } = start(ORDERS);
  const gaps = [{ from: 1, to: 2, ranges: [[3, 9] as const], missing: 7, rows: 0 }];
  backfill.want(TRADES, { at: 500, rows: [match(4), match(5), match(10)], bars: [], gaps });
  assert.deepEqual(missing(), [[[3, 3], [6, 9]], [[11, null]]]);
});

Deno.test("a bar that an earlier process left unfinished is fetched", () => {
  const { backfill, missing } = start(ORDERS);
  const bars = [[1, true], [2, false], [3, true], [4, false]].map(([minute, final]) => ({
    openedAt: NOW + Number(minute) * MINUTE,
    final: final as boolean,
  }));
  backfill.want(BARS, { at: 500, rows: [], bars, gaps: [] });
  assert.deepEqual(missing(), [[[2, 2], [4, null]]]);
});

Deno.test("another server goes on with what the one before it had missed", () => {
  const old = start(TRADES);
  old.push(match(5));
  old.backfill.onLost([TRADES], NOW);
  const { push, missing } = start(TRADES, old.backfill);
  assert.deepEqual(missing(), [[[6, null]]]);
  push(match(10));
  assert.deepEqual(missing(), [[[6, 9]]]);
});

Deno.test("what nobody wants any more is settled as it is", () => {
  const { push, missing, backfill, records } = start(TRADES);
  push(match(1), match(4));
  backfill.forget(TRADES);
  assert.deepEqual(missing(), []);
  assert.deepEqual(records().map(({ outcome, missing: count }) => [outcome, count]), [["not", 2]]);
  backfill.want(TRADES);
  assert.deepEqual(push(match(4)), [], "what the exchange repeats is known all the same");
  push(match(9));
  assert.deepEqual(missing(), [], "nobody was promised what came in between");
});

Deno.test("a record never ends before it begins, even when the clock was set back", () => {
  const { backfill, records } = start(ORDERS);
  const future = Date.now() + 3_600_000;
  backfill.onLost([ORDERS], future);
  backfill.resolve(ORDERS.upstream, () => "not");
  assert.equal(records()[0]?.to, future);
});

Deno.test("gaps of one series are bounded, and none is lost by it", () => {
  const { push, missing } = start(TRADES);
  for (let id = 1; id < 400; id += 2) push(match(id));
  const ranges = missing().flatMap((each) => each ?? []);
  assert.ok(missing().length <= 50);
  for (let id = 2; id < 399; id += 2) {
    assert.ok(ranges.some(([first, last]) => Number(first) <= id && id <= Number(last)), `${id} is missing`);
  }
});

Deno.test("a bar that is over is missing also where nothing comes after it", () => {
  const { backfill, clock, push, missing, records } = start(BARS);
  push(bar(1, "1"), bar(2, "0"));
  clock.now = NOW + 3 * MINUTE + 9000;
  backfill.onTime();
  assert.deepEqual(missing(), [], "it may still come");
  clock.now = NOW + 3 * MINUTE + 10_000;
  backfill.onTime();
  assert.deepEqual(missing(), [[[2, 2]]]);
  assert.equal(backfill.onFetched(BARS.upstream, [{ number: NOW / MINUTE + 2, row: bar(2, "1") }]), 1);
  backfill.resolve(BARS.upstream, () => "filled");
  assert.deepEqual(records(), [], "where REST has it, it is no news");
  // An instrument without trades is asked for less and less often.
  const looks: number[] = [];
  for (let minute = 4; minute < 300; minute++) {
    clock.now = NOW + minute * MINUTE + 10_000;
    backfill.onTime();
    const [ranges] = missing();
    if (ranges === undefined) continue;
    looks.push(minute);
    backfill.resolve(BARS.upstream, () => "filled");
    for (let n = 2; n < minute; n++) {
      backfill.resumeFrom(BARS, {
        ...{ at: undefined, rows: [], gaps: [] },
        bars: [{ openedAt: NOW + n * MINUTE, final: true }],
      });
    }
  }
  assert.deepEqual(looks, [4, 6, 10, 18, 34, 66, 126, 186, 246]);
});

Deno.test("what was received before a gap and never got to Redis belongs to what is missing", () => {
  const open = { from: NOW, to: null, missing: null, rows: 0 };
  const fresh = () => new GapTracker({ emit: () => {}, clock: () => NOW, onGap: () => {} });
  const trades = fresh();
  trades.want(TRADES, {
    ...{ at: NOW - 500, rows: [match(1), match(2), match(3)], bars: [] },
    gaps: [{ ...open, ranges: [[7, null]] }],
  });
  assert.deepEqual(trades.openGaps(TRADES.upstream)?.gaps.map(({ from, missing }) => [from - NOW, missing]), [
    [0, [[7, Infinity]]],
    [-500, [[4, 6]]],
  ]);
  const events = fresh();
  events.want(ORDERS, { at: NOW - 500, rows: [], bars: [], gaps: [{ ...open, ranges: null }] });
  assert.deepEqual(events.openGaps(ORDERS.upstream)?.gaps.map(({ from }) => from - NOW), [-500]);
});

Deno.test("bars that are older than the newest that are kept are left out and counted, across a restart, too", () => {
  const events: SessionEvent[] = [];
  const options = { clock: () => NOW + 30.5 * MINUTE, onGap: () => {}, maxRow: 10 };
  const backfill = new GapTracker({ ...options, emit: (event) => events.push(event) });
  backfill.want(BARS);
  backfill.onLive(BARS);
  const push = (...rows: unknown[]) => {
    backfill.onRows(BARS, { kind: "data", arg: BARS.arg, rows, action: undefined, text: "" }, NOW);
  };
  push(bar(1, "1"));
  push(bar(30, "0"));
  const { gaps: [gap], numbers } = backfill.openGaps(BARS.upstream) ?? assert.fail();
  const [[first, last]] = gap?.missing as [[number, number]];
  const found = Array.from({ length: last - first - 4 }, (_, i) => first + 5 + i)
    .map((number) => ({ number, row: bar(number - first + 2, "1") }));
  assert.ok(numbers !== undefined);
  backfill.onFetched(BARS.upstream, found);
  const rows = events.findLast((event) => event.kind === "rows");
  assert.equal(rows?.frame.rows.length, 9);
  const open = events.findLast((event) => event.kind === "gaps")?.open ?? [];
  assert.deepEqual(open.map(({ rows, missing, left }) => [rows, missing, left]), [[9, 19, 19]]);
  const next: SessionEvent[] = [];
  const later = new GapTracker({ ...options, emit: (event) => next.push(event) });
  later.want(BARS, { at: NOW + 30 * MINUTE, rows: [], bars: [], gaps: open });
  later.resolve(BARS.upstream, () => "filled");
  const record = next.find((event) => event.kind === "gap");
  assert.deepEqual([record?.outcome, record?.rows, record?.missing], ["partly", 9, 19]);
});

Deno.test("a bar that nobody has is in one gap, and is settled once", () => {
  const { push, missing, backfill, clock, records } = start(BARS);
  clock.now = NOW + 1.5 * MINUTE;
  push(bar(1, "0"));
  clock.now = NOW + 2.5 * MINUTE;
  backfill.onTime();
  assert.deepEqual(missing(), [[[1, 1]]]);
  backfill.onLost([BARS], NOW);
  assert.deepEqual(missing(), [[[1, 1]], [[2, null]]]);
  backfill.resolve(
    BARS.upstream,
    ({ missing: [first] = [] }) => first?.[0] === first?.[1] ? "not" : "filled",
  );
  assert.deepEqual(records().map(({ missing: count }) => count), [1, 0]);
  backfill.onLive(BARS);
  clock.now = NOW + 3.5 * MINUTE;
  backfill.onTime();
  assert.deepEqual(missing(), [[[2, 2]]], "of the first nothing is asked again");
  backfill.resolve(BARS.upstream, () => "not");
  backfill.onLost([BARS], NOW);
  assert.deepEqual(missing(), [[[3, null]]]);
  push(bar(1, "1"), bar(4, "0"));
  assert.deepEqual(missing(), [[[3, 3]]]);
});

Deno.test("trades that a gap was settled without are in no other, however late one of them comes", () => {
  const { push, missing, backfill } = start(TRADES);
  push(match(10), match(20));
  backfill.resolve(TRADES.upstream, () => "not");
  push(match(15));
  push(match(21));
  assert.deepEqual(missing(), []);
  push(match(24));
  assert.deepEqual(missing(), [[[22, 23]]]);
});

Deno.test("bars that are over since a series is live are missing before its first row, too", () => {
  const { push, missing, backfill, clock } = start(BARS);
  const first = clock.now / MINUTE - NOW / MINUTE;
  clock.now += MINUTE;
  backfill.onTime();
  assert.deepEqual(missing(), []);
  clock.now += 11_000;
  backfill.onTime();
  assert.deepEqual(missing(), [[[first, first]]]);
  push(bar(first + 2, "0"));
  assert.deepEqual(missing(), [[[first, first]], [[first + 1, first + 1]]]);
});
