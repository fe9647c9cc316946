/** `P/subs` and `P/gaps/open` never say more than what Redis has, wherever the writing ends. */
import assert from "node:assert/strict";
import type { OpenGap, SessionEvent } from "../../../../src/model/events.ts";
import { createStats } from "../../../../src/model/stats.ts";
import { Batcher } from "../../../../src/store/write/batcher.ts";
import { Projector } from "../../../../src/store/layout/projector.ts";
import { StoreError } from "../../../../src/shared/errors.ts";
import type { Write } from "../../../../src/store/write/write.ts";
import { AT, rowsOf, seedOf, stateOf } from "./events.ts";
import { topicOf } from "../../../support/topics.ts";

const TRADES = topicOf("trades:X");
const LIQUIDATIONS = "liquidation-orders:SWAP";
const GAP: OpenGap = { from: AT, to: AT + 1, ranges: [[4, 8]], missing: 5, rows: 0 };

const trade = (id: number) => ({ instId: "X", tradeId: String(id), count: "1", ts: String(AT) });
const gaps = (open: readonly OpenGap[]): SessionEvent => ({ kind: "gaps", topic: TRADES, open, at: AT });

/** A Redis in which what is written can be looked at after each single write. */
function environment() {
  const projector = new Projector({ keyPrefix: "okex", server: "test", maxRow: 1_000_000 });
  const written: Write[] = [];
  const refusals: Error[] = [];
  const forbidden = { key: "" };
  const batcher: Batcher = new Batcher({
    apply: (writes) => {
      const error = refusals.shift();
      if (error !== undefined) return Promise.reject(error);
      const refused = writes.filter((write) => write.kind === "append" && write.key === forbidden.key)
        .map((write) => ({ write, reason: "NOPERM" }));
      written.push(...writes);
      return Promise.resolve({ commands: writes.length, rejected: refused.length, refused });
    },
  }, {
    stats: createStats(0),
    maxBytes: 1e9,
    lastMinute: (whole) => projector.flush(whole),
    onWritten: () => batcher.waiting.add(projector.acknowledge()),
    onUnkept: ({ of = "" }) => projector.losses.noteUnkept(of),
    state: { statuses: () => projector.restate(), rows: () => projector.rewrite() },
  });
  const take = (event: SessionEvent) => batcher.waiting.add(projector.project(event), event.at);
  return { batcher, take, written, refusals, projector, forbidden };
}

async function drain({ batcher }: ReturnType<typeof environment>): Promise<void> {
  const stop = new AbortController();
  const running = batcher.run(stop.signal);
  await batcher.idle();
  stop.abort();
  await running;
}

type Record = { readonly rows: number; readonly receivedAt: number; readonly since: number };

const saidOf = (write: Write, path: string): Record | undefined =>
  write.kind === "field" && write.key.endsWith("/subs") && write.field === path
    ? JSON.parse(write.value)
    : undefined;

Deno.test("P/subs never counts a row that is not in Redis yet, however many wait", async () => {
  const all = environment();
  for (const path of ["trades:X", LIQUIDATIONS]) all.take(stateOf(path, "live"));
  await drain(all);
  for (let n = 0; n < 25_000; n++) all.take(rowsOf(LIQUIDATIONS, [{ n: String(n) }], AT + n));
  for (const path of ["trades:X", LIQUIDATIONS]) all.take(stateOf(path, "stale", AT + 90_000));
  await drain(all);
  let rows = 0;
  let last: Record | undefined;
  for (const write of all.written) {
    if (write.kind === "append") rows += 1;
    last = saidOf(write, LIQUIDATIONS) ?? last;
    assert.ok((last?.rows ?? 0) <= rows, "more rows are counted than are there");
    if (rows > 0 && rows < 25_000) assert.ok((last?.since ?? 0) <= AT, "it confirms what is not there");
  }
  assert.deepEqual([rows, last?.rows, last?.receivedAt], [25_000, 25_000, AT + 24_999]);
  assert.equal(last?.since, AT + 90_000);
});

Deno.test("a batch that Redis takes only later is not confirmed before", async () => {
  const all = environment();
  all.take(stateOf(LIQUIDATIONS, "live"));
  await drain(all);
  all.take(rowsOf(LIQUIDATIONS, [{ n: "1" }], AT + 1));
  all.refusals.push(new StoreError("away"));
  await drain(all);
  const firstRow = all.written.findIndex(({ kind }) => kind === "append");
  const counts = all.written.map((write) => saidOf(write, LIQUIDATIONS)?.rows ?? 0);
  assert.ok(firstRow > 0);
  assert.ok(counts.slice(0, firstRow).every((rows) => rows === 0));
  assert.equal(Math.max(...counts.slice(firstRow)), 1);
});

Deno.test("a gap stays in P/gaps/open until the rows and the record that settle it are in Redis", async () => {
  const all = environment();
  all.take(stateOf("trades:X", "live"));
  all.take(gaps([GAP]));
  all.take(rowsOf("trades:X", [trade(9)]));
  for (let n = 0; n < 12_000; n++) all.take(rowsOf(LIQUIDATIONS, [{ n: String(n) }]));
  all.take(seedOf(TRADES, [4, 5, 6, 7, 8].map(trade)));
  all.take(gaps([{ ...GAP, ranges: [], missing: 0, rows: 5 }]));
  all.take({
    ...{ kind: "gap", topic: TRADES, from: AT, to: AT + 1, outcome: "filled", rows: 5, missing: 0 },
    at: AT,
  });
  all.take(gaps([]));
  await drain(all);
  const ids = new Set<unknown>();
  let open: string | undefined;
  let recorded = false;
  for (const write of all.written) {
    if (write.kind === "append" && write.key.endsWith("trades:X")) ids.add(write.row.tradeId);
    if (write.kind === "append" && write.key.endsWith("/gaps")) recorded = true;
    if (write.kind === "field" && write.key.endsWith("/gaps/open")) open = write.value;
    if (write.kind === "unfield" && write.key.endsWith("/gaps/open")) open = undefined;
    if (!ids.has("9") || (recorded && ids.size === 6)) continue;
    assert.match(open ?? "", /\[\[4,8\]\]/, "the gap is forgotten before it is settled");
  }
  assert.deepEqual([ids.size, recorded, open], [6, true, undefined]);
});

Deno.test("a gap that is noticed while the settlement of another one waits is written at once", () => {
  const { projector } = environment();
  const later = { ...GAP, from: AT + 5, ranges: [[20, 21]] as const };
  projector.project(gaps([GAP]));
  projector.project(gaps([]));
  const [write] = projector.project(gaps([later]));
  assert.equal(write?.kind, "field");
  assert.match(write?.kind === "field" ? write.value : "", /\[\[4,8\]\].*\[\[20,21\]\]/);
  const [now] = projector.flush(true);
  assert.doesNotMatch(now?.kind === "field" ? now.value : "", /\[\[4,8\]\]/);
});

Deno.test("of rows that were backfilled and that Redis refuses there is one record, which says that they are missing", async () => {
  const all = environment();
  all.take(stateOf("trades:X", "live"));
  all.take(gaps([GAP]));
  await drain(all);
  all.forbidden.key = "okex/test/trades:X";
  const frame = {
    kind: "data",
    arg: TRADES.arg,
    rows: [4, 5, 6, 7].map(trade),
    action: "backfill",
    text: "",
  } as const;
  all.take({ kind: "rows", topics: [TRADES], frame, at: AT + 60_000 });
  all.take({
    ...{ kind: "gap", topic: TRADES, from: AT, to: AT + 1, outcome: "partly", rows: 4, missing: 1 },
    at: AT + 60_000,
  });
  all.take(gaps([]));
  await drain(all);
  const records = all.written.flatMap((write) =>
    write.kind === "append" && write.key.endsWith("/gaps") ? [write.row] : []
  );
  assert.deepEqual(records, [
    { path: "trades:X", from: AT, to: AT + 1, outcome: "not", rows: 0, missing: 5 },
  ]);
  assert.equal(all.written.at(-1)?.kind, "unfield");
});
