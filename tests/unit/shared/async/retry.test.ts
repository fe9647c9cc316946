/** Trying again until it succeeds, the caller gives up or the signal ends it. */
import assert from "node:assert/strict";
import { attempts, retry } from "../../../../src/shared/async/retry.ts";

const QUICK = { baseMs: 0, capMs: 0 };

Deno.test("retry() tries until it succeeds, and says of each failure which attempt it was", async () => {
  const failures: unknown[] = [];
  let calls = 0;
  const result = await retry(() => {
    calls += 1;
    return calls < 4 ? Promise.reject(`not ${calls}`) : Promise.resolve("there");
  }, {
    ...QUICK,
    signal: new AbortController().signal,
    onFailure: (error, attempt) => void failures.push([error, attempt]),
  });
  assert.equal(result, "there");
  assert.deepEqual(failures, [["not 1", 0], ["not 2", 1], ["not 3", 2]]);
});

Deno.test("retry() rejects with what its caller throws at a failure", async () => {
  let calls = 0;
  const attempts = retry(() => Promise.reject(new Error(`failure ${++calls}`)), {
    ...QUICK,
    signal: new AbortController().signal,
    onFailure(error, attempt) {
      if (attempt + 1 >= 3) throw error;
    },
  });
  await assert.rejects(attempts, { message: "failure 3" });
  assert.equal(calls, 3);
});

Deno.test("retry() ends with its signal, in a pause and before an attempt, and leaves no timer behind", async () => {
  const controller = new AbortController();
  const failures: unknown[] = [];
  const attempts = retry(() => Promise.reject("away"), {
    baseMs: 3_600_000,
    capMs: 3_600_000,
    signal: controller.signal,
    onFailure(error) {
      failures.push(error);
      queueMicrotask(() => controller.abort());
    },
  });
  assert.equal(await attempts, undefined);
  assert.deepEqual(failures, ["away"]);
  const never = () => assert.fail("no attempt after the end");
  assert.equal(await retry(never, { signal: controller.signal, onFailure: never }), undefined);
});

Deno.test("retry() does not report a failure that comes with the end of its signal", async () => {
  const controller = new AbortController();
  const result = await retry(() => {
    controller.abort();
    return Promise.reject(new Error("cut off"));
  }, { ...QUICK, signal: controller.signal, onFailure: () => assert.fail("nobody waits any more") });
  assert.equal(result, undefined);
});

Deno.test("retry() throws at once what is not temporary, also when its signal was aborted meanwhile", async () => {
  const controller = new AbortController();
  for (const isAborted of [false, true]) {
    let calls = 0;
    const work = () => {
      calls += 1;
      if (isAborted) controller.abort();
      return Promise.reject(calls < 2 && !isAborted ? "away" : new TypeError("a fault of ours"));
    };
    const isTemporary = (error: unknown) => error === "away";
    await assert.rejects(retry(work, { ...QUICK, signal: controller.signal, isTemporary }), TypeError);
    assert.equal(calls, isAborted ? 1 : 2);
  }
});

Deno.test("attempts() counts failures from the last success on, and pauses by that count", async () => {
  const numbers: number[] = [];
  const pauses: number[] = [];
  // A pause that is woken at once takes no time, however long it would be.
  const untilWoken = () => AbortSignal.abort(pauses.push(0));
  const { signal } = new AbortController();
  for await (const { number, succeeded } of attempts({ baseMs: 3_600_000, signal, untilWoken })) {
    numbers.push(number);
    if (numbers.length === 3) succeeded();
    if (numbers.length === 5) break;
  }
  assert.deepEqual(numbers, [0, 1, 2, 1, 2]);
  assert.equal(pauses.length, 4);
});

Deno.test("attempts() gives none after the end of its signal, also in a pause that only it ends", async () => {
  const controller = new AbortController();
  let count = 0;
  for await (const _ of attempts({ baseMs: 3_600_000, capMs: 3_600_000, signal: controller.signal })) {
    count += 1;
    queueMicrotask(() => controller.abort());
  }
  assert.equal(count, 1);
  for await (const _ of attempts({ signal: controller.signal })) assert.fail("no attempt after the end");
});
