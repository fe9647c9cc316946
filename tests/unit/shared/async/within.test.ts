/** A wait ends with its work or its signal, and leaves nothing behind. */
import assert from "node:assert/strict";
import { createBoundedWait, within } from "../../../../src/shared/async/within.ts";

const NEVER = new Promise<never>(() => {});

Deno.test("within() settles as its work does while the signal is not aborted", async () => {
  const { signal } = new AbortController();
  assert.equal(await within(Promise.resolve(1), signal), 1);
  await assert.rejects(within(Promise.reject(new Error("away")), signal), { message: "away" });
});

Deno.test("within() rejects with the reason of the signal, or with what stands for it", async () => {
  const controller = new AbortController();
  const waiting = within(NEVER, controller.signal);
  const named = within(NEVER, controller.signal, () => new RangeError("no answer"));
  controller.abort(new Error("over"));
  await assert.rejects(waiting, { message: "over" });
  await assert.rejects(named, RangeError);
  await assert.rejects(within(NEVER, controller.signal, () => "late"), (error) => error === "late");
});

Deno.test("within() leaves alone what its work rejects with later", async () => {
  const work = Promise.withResolvers<never>();
  await assert.rejects(within(work.promise, AbortSignal.abort(new Error("over"))), { message: "over" });
  work.reject(new Error("nobody's business"));
  await work.promise.catch(() => {});
});

Deno.test("createBoundedWait() waits for many pieces of work with one listener, and ends all that are left", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  const add = signal.addEventListener.bind(signal) as (...args: unknown[]) => void;
  signal.addEventListener = (...args: unknown[]) => {
    listeners += 1;
    add(...args);
  };
  const wait = createBoundedWait(signal, () => new RangeError("no answer"));
  for (let i = 0; i < 100; i++) assert.equal(await wait(Promise.resolve(i)), i);
  await assert.rejects(wait(Promise.reject(new Error("away"))), { message: "away" });
  const left = [wait(NEVER), wait(NEVER)];
  assert.equal(listeners, 1);
  controller.abort();
  for (const each of left) await assert.rejects(each, RangeError);
  await assert.rejects(wait(NEVER), RangeError);
});
