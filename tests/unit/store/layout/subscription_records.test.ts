/** The records of `P/subs`: what each change says, when it is written, and by which clock. */
import assert from "node:assert/strict";
import { createKeys } from "../../../../src/store/layout/keys.ts";
import { newRecord, type SubRecord } from "../../../../src/store/layout/subscription_record.ts";
import { RECORD_MS, type SubChange, SubRecords } from "../../../../src/store/layout/subscription_records.ts";
import type { Write } from "../../../../src/store/write/write.ts";

const PATH = "trades:BTC-USDT";
const AT = 1_700_000_000_000;
const HOUR = 3_600_000;

function start(epoch: () => number = () => 1): SubRecords {
  return new SubRecords(createKeys("okex", "t", false), epoch);
}

function change(state: SubChange["state"], more: Partial<SubChange> = {}): SubChange {
  return { state, refusal: undefined, holding: undefined, ...more };
}

function rowsAt(at: number, more: { readonly rows?: number; readonly isTaken?: boolean } = {}) {
  return { rows: 2, exchangeAt: at - 7, at, here: at + 1, isTaken: true, ...more };
}

function recordsOf(writes: readonly Write[]): SubRecord[] {
  return writes.map((write) => {
    assert.ok(write.kind === "field" && write.key === "okex/t/subs" && write.field === PATH);
    return JSON.parse(write.value) as SubRecord;
  });
}

function recordOf(writes: readonly Write[]): SubRecord {
  const records = recordsOf(writes);
  assert.equal(records.length, 1);
  return records[0] as SubRecord;
}

Deno.test("shift() moves every time that is by Redis' clock, and nothing else", () => {
  const subs = start();
  const holding = { connection: "public", owners: ["file"], generation: 3 } as const;
  subs.setState(PATH, change("live", { holding }), AT);
  subs.countRows(PATH, rowsAt(AT + 1));
  subs.setHistory(PATH, { rows: 5, at: AT + 2 });
  const refusal = { code: "60018", message: "no", nextAt: AT + 3 };
  const before = recordOf(subs.setState(PATH, change("refused", { refusal }), AT + 4));
  subs.shift(HOUR);
  assert.deepEqual(recordOf(subs.all()), {
    ...before,
    ...{ since: AT + 4 + HOUR, receivedAt: AT + 1 + HOUR },
    error: { ...refusal, nextAt: AT + 3 + HOUR },
    history: { rows: 5, at: AT + 2 + HOUR },
  });
  assert.deepEqual([before.exchangeAt, before.generation, subs.receivedHere(PATH)], [AT - 6, 3, AT + 2]);
});

Deno.test("shift() leaves what never was, and what an earlier process said, as it is", () => {
  const subs = start();
  const earlier = { ...newRecord("stale", AT), receivedAt: AT + 5 };
  subs.inherit(PATH, earlier);
  subs.setState(PATH, change("wanted"), AT + 9);
  subs.shift(HOUR);
  assert.deepEqual(recordOf(subs.all()), { ...earlier, epoch: 1 });

  const fresh = start();
  fresh.setState(PATH, change("sent"), AT);
  fresh.shift(HOUR);
  const { since, receivedAt } = recordOf(fresh.all());
  assert.deepEqual([since, receivedAt], [AT + HOUR, 0]);
});

Deno.test("shift() moves what was counted of rows that wait for Redis", () => {
  const subs = start();
  subs.setState(PATH, change("live"), AT);
  subs.countRows(PATH, rowsAt(AT + 1), "queue");
  subs.flush();
  subs.acknowledge();
  subs.countRows(PATH, rowsAt(AT + 10), "queue");
  subs.flush(true, performance.now() + 2 * RECORD_MS);
  subs.countRows(PATH, rowsAt(AT + 20), "queue");
  subs.shift(HOUR);
  // Of three pushes Redis has confirmed the first; without the others the path has been stale since the second.
  const first = recordOf(subs.setState(PATH, change("stale"), AT + 30 + HOUR));
  assert.deepEqual([first.receivedAt, first.since, first.rows], [AT + 1 + HOUR, AT + 10 + HOUR, 2]);
  subs.acknowledge();
  const second = recordOf(subs.all());
  assert.deepEqual([second.receivedAt, second.since, second.rows], [AT + 10 + HOUR, AT + 20 + HOUR, 4]);
});

Deno.test("rows that are counted are written once a second, a change of state at once", () => {
  const subs = start();
  const now = performance.now();
  assert.equal(recordsOf(subs.setState(PATH, change("live"), AT)).length, 1);
  subs.countRows(PATH, rowsAt(AT + 1));
  assert.equal(recordOf(subs.flush(true, now)).rows, 2);
  subs.countRows(PATH, rowsAt(AT + 2));
  assert.deepEqual([subs.hasDue(now + RECORD_MS - 1), subs.flush(true, now + RECORD_MS - 1)], [false, []]);
  assert.equal(recordOf(subs.setState(PATH, change("stale"), AT + 3)).rows, 4);
  subs.countRows(PATH, rowsAt(AT + 4, { isTaken: false }));
  assert.equal(subs.hasDue(now + RECORD_MS), true);
  const { rows, receivedAt } = recordOf(subs.flush(true, now + RECORD_MS));
  assert.deepEqual([rows, receivedAt], [6, AT + 2]);
});

Deno.test("a path that is gone loses its field, and no push brings it back", () => {
  const subs = start();
  subs.setState(PATH, change("live"), AT);
  subs.countRows(PATH, rowsAt(AT + 1));
  assert.deepEqual(subs.setState(PATH, change("gone"), AT + 2), [
    { kind: "unfield", key: "okex/t/subs", field: PATH },
  ]);
  subs.countRows(PATH, rowsAt(AT + 3));
  assert.deepEqual([subs.hasDue(), subs.flush(), subs.all(), [...subs.paths()]], [false, [], [], []]);
});

Deno.test("what Redis refuses makes a live path stale, with the reason, until it takes it again", () => {
  const subs = start();
  subs.setState(PATH, change("live"), AT);
  const fault = { code: "NOPERM", message: "may not" };
  const refused = recordOf(subs.setFault(PATH, fault));
  assert.deepEqual([refused.state, refused.error], ["stale", fault]);
  assert.deepEqual(subs.setFault(PATH, fault), []);
  const again = recordOf(subs.setFault(PATH, undefined));
  assert.deepEqual([again.state, again.error], ["live", null]);
});

Deno.test("an inherited record stays until the exchange has answered; every record names the term", () => {
  let epoch = 4;
  const subs = start(() => epoch);
  subs.inherit(PATH, { ...newRecord("stale", AT), rows: 40 });
  for (const state of ["wanted", "sent"] as const) {
    const kept = recordOf(subs.setState(PATH, change(state), AT + 9));
    assert.deepEqual([kept.state, kept.since, kept.rows, kept.epoch], ["stale", AT, 40, 4]);
  }
  epoch = 5;
  const live = recordOf(subs.setState(PATH, change("live"), AT + 10));
  assert.deepEqual([live.state, live.since, live.rows, live.epoch], ["live", AT + 10, 40, 5]);
});
