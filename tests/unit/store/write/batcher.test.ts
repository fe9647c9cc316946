/**
 * The batcher: when it sends, in which order, what replaces what, and what happens after a refusal. The file is long
 * because each rule of the order of writes is one short test over the same scripted store.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { StoreError } from "../../../../src/shared/errors.ts";
import { createStats } from "../../../../src/model/stats.ts";
import { Batcher, type BatcherOptions, type RunOptions } from "../../../../src/store/write/batcher.ts";
import type { BatchTarget } from "../../../../src/store/write/batch_sender.ts";
import { bytesOf, slotOf, type Write } from "../../../../src/store/write/write.ts";

const row = (key: string, value: string): Write => ({ kind: "row", key, row: { value }, whole: true });
const publish = (message: string): Write => ({ kind: "publish", channel: "c", message });
const score = (key: string, member: string): Write => ({ kind: "score", key, score: Number(member), member });
const trim = (key: string): Write => ({ kind: "trim", key, keep: 3, rows: `${key}/` });

type Call = { readonly batch: readonly Write[]; readonly answer: PromiseWithResolvers<void> };

/** A Redis whose answers the test gives. */
class Target implements BatchTarget {
  readonly calls: Call[] = [];
  #waiting = Promise.withResolvers<void>();

  async apply(batch: readonly Write[]): Promise<{ commands: number; rejected: number }> {
    const answer = Promise.withResolvers<void>();
    this.calls.push({ batch, answer });
    this.#waiting.resolve();
    this.#waiting = Promise.withResolvers();
    await answer.promise;
    return { commands: batch.length, rejected: 0 };
  }

  /** The n-th call, counted from 0, as soon as it is there. */
  async call(n: number): Promise<Call> {
    while (this.calls.length <= n) await this.#waiting.promise;
    return this.calls[n] as Call;
  }
}

type Setup = {
  readonly batcher: Batcher;
  readonly target: Target;
  readonly stats: ReturnType<typeof createStats>;
  readonly outages: string[];
  run(options?: RunOptions): Promise<void>;
  stop(): void;
};

function setup(options: Partial<Omit<BatcherOptions, "stats" | "onOutage">> = {}): Setup {
  const { maxBytes = 1_000_000, ...rest } = options;
  const stats = createStats(0);
  const target = new Target();
  const outages: string[] = [];
  const onOutage = (error: Error | undefined, isNew: boolean) => {
    if (isNew) outages.push(error?.message ?? "back");
  };
  const batcher = new Batcher(target, { stats, maxBytes, onOutage, ...rest });
  const controller = new AbortController();
  return {
    batcher,
    target,
    stats,
    outages,
    run: (runOptions) => batcher.run(controller.signal, runOptions),
    stop: () => controller.abort(),
  };
}

const messages = (batch: readonly Write[]): string[] =>
  batch.flatMap((write) => write.kind === "publish" ? [write.message] : []);

Deno.test("hurry() sends what is asked for at the last minute, although nothing waits", async () => {
  const said = [publish("last")];
  const { batcher, target, run, stop } = setup({ lastMinute: () => said.splice(0) });
  const running = run();
  batcher.hurry();
  const { batch, answer } = await target.call(0);
  assert.deepEqual(messages(batch), ["last"]);
  answer.resolve();
  await batcher.idle();
  stop();
  await running;
  assert.equal(target.calls.length, 1);
});

Deno.test("run() sends what was added as soon as it is idle, and what gathers meanwhile as one batch", async () => {
  const { batcher, target, run, stop, stats } = setup();
  const running = run();
  batcher.waiting.add([publish("1")]);
  const first = await target.call(0);
  batcher.waiting.add([publish("2")]);
  batcher.waiting.add([publish("3"), row("k", "v")]);
  assert.equal(target.calls.length, 1);
  first.answer.resolve();
  const second = await target.call(1);
  assert.deepEqual(messages(second.batch), ["2", "3"]);
  second.answer.resolve();
  stop();
  await running;
  assert.deepEqual([stats.batches, stats.publishes, stats.writes], [2, 3, 4]);
});

Deno.test("run() sends the newest of the writes of one slot and counts what it replaced", async () => {
  const { batcher, target, run, stop, stats } = setup();
  batcher.waiting.add([row("a", "1"), row("b", "1"), row("a", "2")]);
  batcher.waiting.add([row("a", "3"), { kind: "field", key: "h", field: "f", value: "x" }]);
  batcher.waiting.add([{ kind: "unfield", key: "h", field: "f" }]);
  const running = run();
  const { batch, answer } = await target.call(0);
  const expected = [row("a", "3"), row("b", "1"), { kind: "unfield", key: "h", field: "f" }];
  assert.deepEqual(new Set(batch), new Set(expected));
  assert.equal(stats.replaced, 3);
  answer.resolve();
  stop();
  await running;
});

Deno.test("run() sends rows before the messages that speak of them, and trims last", async () => {
  const { batcher, target, run, stop } = setup();
  batcher.waiting.add([score("z", "1"), publish("m"), trim("z")]);
  batcher.waiting.add([score("z", "2"), row("z/2", "x"), publish("n"), trim("z")]);
  const running = run();
  const { batch, answer } = await target.call(0);
  const kinds = batch.map(({ kind }) => kind);
  assert.equal(kinds.at(-1), "trim");
  assert.equal(kinds.filter((kind) => kind === "trim").length, 1);
  assert.ok(kinds.indexOf("publish") > kinds.lastIndexOf("row"));
  assert.ok(kinds.indexOf("publish") > kinds.lastIndexOf("score"));
  answer.resolve();
  stop();
  await running;
});

Deno.test("run() asks for last-minute writes once for each batch and sends them with it", async () => {
  let asked = 0;
  const { batcher, target, run, stop } = setup({ lastMinute: () => [publish(`last ${++asked}`)] });
  batcher.waiting.add([publish("1")]);
  const running = run();
  const { batch, answer } = await target.call(0);
  assert.deepEqual(messages(batch), ["1", "last 1"]);
  answer.resolve();
  stop();
  await running;
  assert.equal(asked, 1);
});

Deno.test("add() drops the oldest events above the byte budget, counts them and keeps every row", async () => {
  const size = bytesOf(publish("0000"));
  const { batcher, target, run, stop, stats } = setup({ maxBytes: 3 * size });
  for (let i = 0; i < 10; i++) batcher.waiting.add([row(`k${i}`, "v"), publish(String(i).padStart(4, "0"))]);
  assert.equal(stats.dropped, 7);
  assert.equal(stats.queuedBytes, 3 * size);
  assert.ok(stats.queuedBytesPeak <= 4 * size);
  const running = run();
  const { batch, answer } = await target.call(0);
  assert.deepEqual(messages(batch), ["0007", "0008", "0009"]);
  assert.equal(batch.filter(({ kind }) => kind === "row").length, 10);
  assert.equal(stats.queuedBytes, 0);
  answer.resolve();
  stop();
  await running;
});

Deno.test("run() sends a whole batch again after a StoreError, before anything newer", async () => {
  const { batcher, target, run, stop, stats, outages } = setup();
  batcher.waiting.add([row("a", "1"), publish("1"), publish("2")]);
  const running = run();
  const first = await target.call(0);
  batcher.waiting.add([row("a", "2"), publish("3")]);
  first.answer.reject(new StoreError("away"));
  const second = await target.call(1);
  assert.deepEqual(second.batch, first.batch);
  second.answer.reject(new StoreError("still away"));
  const third = await target.call(2);
  assert.deepEqual(third.batch, first.batch);
  third.answer.resolve();
  const fourth = await target.call(3);
  assert.deepEqual(fourth.batch, [row("a", "2"), publish("3")]);
  fourth.answer.resolve();
  stop();
  await running;
  assert.deepEqual(outages, ["away", "back"]);
  assert.deepEqual([stats.retries, stats.batches, stats.dropped], [2, 2, 0]);
});

Deno.test("run() counts what Redis rejected and does not send it again", async () => {
  const stats = createStats(0);
  let calls = 0;
  const target: BatchTarget = { apply: () => (calls++, Promise.resolve({ commands: 2, rejected: 1 })) };
  const batcher = new Batcher(target, { stats, maxBytes: 1000 });
  batcher.waiting.add([publish("1"), publish("2")]);
  const controller = new AbortController();
  controller.abort();
  await batcher.run(controller.signal);
  assert.deepEqual([calls, stats.rejected, stats.writes, stats.retries], [1, 1, 2, 0]);
});

Deno.test("run() does not hide a fault that is no outage", async () => {
  const { batcher, target, run } = setup();
  batcher.waiting.add([publish("1")]);
  const running = run();
  (await target.call(0)).answer.reject(new TypeError("a fault of ours"));
  await assert.rejects(running, TypeError);
});

Deno.test("run() ends at once when it is stopped with nothing waiting", async () => {
  const { run, stop, target } = setup();
  const running = run();
  stop();
  await running;
  assert.equal(target.calls.length, 0);
});

Deno.test("run() sends what still waits when it is stopped", async () => {
  const { batcher, target, run, stop } = setup();
  const running = run();
  batcher.waiting.add([publish("1")]);
  const first = await target.call(0);
  stop();
  batcher.waiting.add([publish("2")]);
  first.answer.resolve();
  const second = await target.call(1);
  assert.deepEqual(messages(second.batch), ["2"]);
  second.answer.resolve();
  await running;
});

Deno.test("run() gives up at its deadline when Redis stays away, and counts what is lost", async () => {
  const { batcher, target, run, stop, stats } = setup();
  const apply = target.apply.bind(target);
  target.apply = (batch) => {
    const answered = apply(batch);
    target.calls.at(-1)?.answer.reject(new StoreError("away"));
    return answered;
  };
  batcher.waiting.add([publish("1"), row("a", "1")]);
  const running = run({ drainMs: 20 });
  await target.call(0);
  stop();
  await running;
  assert.equal(stats.dropped, 2);
});

Deno.test("run() gives up at its deadline when Redis does not answer at all", async () => {
  const { batcher, target, run, stop } = setup();
  batcher.waiting.add([publish("1")]);
  const running = run({ drainMs: 20 });
  const { answer } = await target.call(0);
  stop();
  await running;
  answer.reject(new StoreError("the connection was closed"));
});

Deno.test("run() ends at once when nothing can be written any more, also while it waits for Redis", async () => {
  const lost = new AbortController();
  const { batcher, target, run, stop } = setup();
  batcher.waiting.add([publish("1")]);
  const running = run({ drainMs: 3_600_000, lost: lost.signal });
  const { answer } = await target.call(0);
  stop();
  lost.abort();
  await running;
  answer.reject(new StoreError("another one writes"));
});

/** A step of the property below: writes to add, or an answer of Redis. */
type Step = { readonly add: readonly Write[] } | { readonly answer: "done" | "away" };

const anyWrite: fc.Arbitrary<Write> = fc.oneof(
  fc.tuple(fc.constantFrom("a", "b", "c"), fc.string()).map(([key, value]) => row(key, value)),
  fc.string().map(publish),
  fc.constantFrom("a", "b").map(trim),
  fc.tuple(fc.constantFrom("f", "g"), fc.string()).map(([field, value]): Write => {
    return { kind: "field", key: "h", field, value };
  }),
);

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.array(anyWrite, { maxLength: 6 }).map((add) => ({ add })),
  fc.constantFrom("done", "away").map((answer) => ({ answer } as const)),
);

Deno.test("run() loses no event, keeps their order, and ends with the newest write of every slot", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { maxLength: 20 }), async (steps) => {
      const { batcher, target, run, stop, stats } = setup();
      const running = run();
      const added: Write[] = [];
      let answered = 0;
      let away = 0;
      for (const step of steps) {
        if ("add" in step) {
          const numbered = step.add.map((write, i): Write =>
            write.kind === "publish" ? publish(`${added.length + i} ${write.message}`) : write
          );
          batcher.waiting.add(numbered);
          added.push(...numbered);
        } else if (target.calls.length > answered) {
          // One outage is enough for a run of the property: each costs a real pause.
          if (step.answer === "away" && away++ === 0) {
            target.calls[answered++]?.answer.reject(new StoreError("away"));
          } else target.calls[answered++]?.answer.resolve();
        }
        await new Promise<void>((resolve) => queueMicrotask(resolve));
      }
      stop();
      let ended = false;
      const end = running.then(() => ended = true);
      while (!ended) {
        await Promise.race([end, target.call(answered)]);
        target.calls[answered++]?.answer.resolve();
      }
      const taken = target.calls.filter((call, i) => call.batch !== target.calls[i - 1]?.batch);
      const sent = taken.flatMap(({ batch }) => batch);
      assert.deepEqual(messages(sent), messages(added));
      const newest = (writes: readonly Write[]) =>
        new Map(
          writes.flatMap((write) => slotOf(write) === undefined ? [] : [[slotOf(write), write] as const]),
        );
      assert.deepEqual(newest(sent), newest(added));
      for (const { batch } of target.calls) {
        const slots = batch.map(slotOf).filter((slot) => slot !== undefined);
        assert.equal(new Set(slots).size, slots.length);
      }
      assert.deepEqual([stats.dropped, stats.queuedBytes], [0, 0]);
    }),
    { numRuns: 60 },
  );
});

/** What Redis should hold, as a projector would say it. */
const STATE = {
  statuses: () => [row("status", "ON_DATA")],
  rows: () => [row("a", "new"), row("b", "held")],
};

Deno.test("run() asks with the statuses whether Redis is back, then writes all that it should hold, then the rest", async () => {
  const { batcher, target, run, stop, outages } = setup({ state: STATE });
  const running = run();
  batcher.waiting.add([row("a", "old"), row("c", "old"), row("d", "1"), publish("1")]);
  const first = await target.call(0);
  batcher.waiting.add([row("c", "new"), row("a", "new")]);
  first.answer.reject(new StoreError("away"));
  const probe = await target.call(1);
  assert.deepEqual(probe.batch, STATE.statuses());
  probe.answer.reject(new StoreError("away"));
  (await target.call(2)).answer.resolve();
  const back = await target.call(3);
  // What is held, or waits in a newer state, is not sent in its old one.
  assert.deepEqual(back.batch, [...STATE.statuses(), ...STATE.rows(), row("d", "1"), publish("1")]);
  back.answer.resolve();
  const next = await target.call(4);
  assert.deepEqual(next.batch, [row("c", "new"), row("a", "new")]);
  stop();
  next.answer.resolve();
  await running;
  assert.deepEqual(outages, ["away", "back"]);
});

Deno.test("restate() sends all that Redis should hold with the next batch, once, although nothing waits", async () => {
  const { batcher, target, run, stop } = setup({ state: STATE });
  const running = run();
  batcher.restate();
  const first = await target.call(0);
  assert.deepEqual(first.batch, [...STATE.statuses(), ...STATE.rows()]);
  batcher.waiting.add([publish("1")]);
  first.answer.resolve();
  const second = await target.call(1);
  assert.deepEqual(second.batch, [publish("1")]);
  stop();
  second.answer.resolve();
  await running;
});

Deno.test("run() reports a reason once for each kind in an outage, and each again in the next", async () => {
  const { batcher, target, run, stop, outages } = setup();
  const full = new StoreError("full", { cause: new Error("OOM command not allowed") });
  const running = run();
  for (const [i, error] of [full, new StoreError("away"), full, new StoreError("away")].entries()) {
    batcher.waiting.add([row("a", "1")]);
    (await target.call(i)).answer.reject(error);
  }
  (await target.call(4)).answer.resolve();
  (await target.call(5)).answer.reject(full);
  stop();
  (await target.call(6)).answer.resolve();
  await running;
  assert.deepEqual(outages, ["full", "away", "back", "full", "back"]);
});

Deno.test("what was dropped is reported when Redis takes writes, and marked before what is left of its stream", async () => {
  const reported: unknown[] = [];
  const { batcher, target, run, stop } = setup({
    maxBytes: 330,
    onDropped: (drops) => {
      reported.push(...drops);
      return [publish("record")];
    },
  });
  const entry = (n: number): Write => ({
    ...{ kind: "append", key: "P/trades:A", id: `${n * 1000}-0`, row: {}, bytes: 40 },
    of: "P/trades:A",
  });
  const running = run();
  batcher.waiting.add([row("a", "1")], 1);
  const first = await target.call(0);
  for (let n = 1; n <= 5; n++) batcher.waiting.add([entry(n)], n * 1000);
  first.answer.resolve();
  const second = await target.call(1);
  assert.deepEqual(second.batch.map((write) => write.kind === "append" ? write.id : write.kind), [
    "3000-0",
    "4000-0",
    "5000-0",
    "publish",
  ]);
  assert.deepEqual(reported, [{ name: "P/trades:A", from: 1000, to: 3000, rows: 3 }]);
  stop();
  second.answer.resolve();
  await running;
});
