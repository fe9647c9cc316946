/** What becomes of one batch: attempts, what is said of an outage, what is written again, what Redis refuses. */
import assert from "node:assert/strict";
import { createStats } from "../../../../src/model/stats.ts";
import { StoreError } from "../../../../src/shared/errors.ts";
import type { Applied } from "../../../../src/store/write/applied.ts";
import {
  BatchSender,
  createSendingEnd,
  outageKindOf,
  type SenderOptions,
} from "../../../../src/store/write/batch_sender.ts";
import { WaitingWrites } from "../../../../src/store/write/waiting_writes.ts";
import type { Write } from "../../../../src/store/write/write.ts";

const row = (key: string, value: string): Write => ({ kind: "row", key, row: { value }, whole: true });
const publish = (message: string): Write => ({ kind: "publish", channel: "c", message });
const append: Write = { kind: "append", key: "P/trades:A", id: "1-0", row: {}, bytes: 40, of: "P/trades:A" };
const NO_MARKS = { times: [], counts: [] };
const STATE = { statuses: () => [row("status", "ON_DATA")], rows: () => [row("a", "now")] };

/** A Redis that gives these answers one after the other, then takes everything. */
function start(answers: (Error | Partial<Applied>)[], options: Partial<SenderOptions> = {}) {
  const stats = createStats(0);
  const waiting = new WaitingWrites({ stats, maxBytes: 1e9 });
  const sent: (readonly Write[])[] = [];
  const target = {
    apply(batch: readonly Write[]): Promise<Applied> {
      sent.push(batch);
      const answer = answers.shift() ?? {};
      return answer instanceof Error
        ? Promise.reject(answer)
        : Promise.resolve({ commands: batch.length, rejected: 0, ...answer });
    },
  };
  const sender = new BatchSender(target, waiting, {
    ...{ stats, ...options },
    onOutage(error, isNew) {
      // The next attempt is made at once.
      if (error !== undefined) queueMicrotask(() => sender.tryNow());
      options.onOutage?.(error, isNew);
    },
  });
  const send = (batch: readonly Write[], signal = new AbortController().signal) =>
    sender.send(batch, NO_MARKS, createSendingEnd(signal));
  return { sender, waiting, stats, sent, send };
}

Deno.test("what has to be read first is read before the first batch alone, and again until it was", async () => {
  const answers = [new StoreError("away"), undefined];
  const read: unknown[] = [];
  const { send, sent } = start([], {
    begin: () => {
      read.push(sent.length);
      const error = answers.shift();
      return error === undefined ? Promise.resolve() : Promise.reject(error);
    },
  });
  assert.equal(await send([row("a", "1")]), true);
  assert.equal(await send([row("a", "2")]), true);
  assert.deepEqual(read, [0, 0]);
  assert.deepEqual(sent, [[row("a", "1")], [row("a", "2")]]);
});

Deno.test("after a lost connection what Redis lacks goes before the events of the batch, once", async () => {
  let asked = 0;
  const { send, sender, sent } = start([new StoreError("away")], {
    recover: () => Promise.resolve([publish(`lost ${++asked}`)]),
  });
  sender.reconnect();
  assert.equal(sender.isStale, true);
  await send([row("a", "1"), publish("1")]);
  const batch = [row("a", "1"), publish("lost 1"), publish("1")];
  assert.deepEqual(sent, [batch, batch]);
  await send([publish("2")]);
  assert.deepEqual(sent.at(-1), [publish("2")]);
});

Deno.test("what Redis lacks is asked for again where it could not be read", async () => {
  let asked = 0;
  const { send, sender, sent } = start([], {
    recover: () =>
      ++asked === 1 ? Promise.reject(new StoreError("away")) : Promise.resolve([publish("lost")]),
  });
  sender.reconnect();
  await send([row("a", "1")]);
  assert.deepEqual(sent, [[row("a", "1"), publish("lost")]]);
});

Deno.test("renew() says first what Redis should hold, and leaves out what that or something newer replaces", () => {
  const { sender, waiting } = start([], { state: STATE });
  const last: Write = { kind: "field", key: "h", field: "f", value: "1", last: true };
  waiting.add([row("b", "newer")]);
  sender.restate();
  const writes = [row("a", "old"), row("b", "old"), row("c", "old"), last, publish("1")];
  assert.deepEqual(sender.renew(writes), [
    ...[row("status", "ON_DATA"), row("a", "now")],
    ...[row("c", "old"), last, publish("1")],
  ]);
  assert.equal(sender.isStale, false);
});

Deno.test("an outage asks with the statuses alone whether Redis is back, and then sends everything", async () => {
  const said: unknown[] = [];
  const { send, stats, sent } = start([new StoreError("away"), new StoreError("away")], {
    state: STATE,
    onOutage: (error, isNew) => said.push([error?.message, isNew]),
    onWriting: (since) => said.push(since > 0 ? "writing" : "written"),
  });
  await send([row("a", "old"), publish("1")]);
  const statuses = STATE.statuses();
  assert.deepEqual(sent.slice(1), [
    statuses,
    statuses,
    [...statuses, row("a", "now"), publish("1")],
  ]);
  assert.deepEqual(said, ["writing", ["away", true], ["away", false], [undefined, true], "written"]);
  assert.deepEqual([stats.retries, stats.batches], [2, 1]);
});

Deno.test("what Redis refuses is lost where it is an event, remembered where it has a slot, and counts as not written", async () => {
  const first = row("a", "1");
  const refused = [append, first].map((write) => ({ write, reason: "NOPERM" }));
  const written: Write[] = [];
  const calls: number[] = [];
  const { send, sender, waiting, stats } = start([{ refused, rejected: 2 }], {
    onWritten: (writes) => written.push(...writes),
    onRefused: (all) => calls.push(all.length),
  });
  await send([first, row("b", "1"), append]);
  assert.deepEqual(written, [row("b", "1")]);
  assert.deepEqual([calls, stats.rejected, waiting.hasDropped], [[2], 2, true]);
  assert.equal(sender.refused.has(row("a", "2")), true);
  await send([row("a", "2")]);
  assert.deepEqual(calls, [2, 1]);
});

Deno.test("keys that held something else are passed on, and a callback may ask for everything again", async () => {
  const { send, sender } = start([new StoreError("away"), {}, { replaced: ["k"] }], {
    state: STATE,
    onReplaced: () => sender.restate(),
  });
  await send([row("a", "1")]);
  assert.equal(sender.isStale, true);
});

Deno.test("send() gives up when time has run out, and does not hide a fault of ours", async () => {
  const { send } = start([new StoreError("away")]);
  assert.equal(await send([row("a", "1")], AbortSignal.abort()), false);
  await assert.rejects(start([new TypeError("ours")]).send([row("a", "1")]), TypeError);
});

Deno.test("kindOf() names an outage by the word of Redis, or by none where the connection is gone", () => {
  const full = new Error("OOM command not allowed when used memory > 'maxmemory'");
  assert.equal(outageKindOf(new StoreError("full", { cause: full })), "OOM");
  assert.equal(outageKindOf(new StoreError("away", { cause: new Error("connect ECONNREFUSED") })), "");
  assert.equal(outageKindOf(new StoreError("away")), "");
});
