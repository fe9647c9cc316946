/** Waiting that ends with its time or its signal. */
import assert from "node:assert/strict";
import { mock } from "node:test";
import { sleep } from "../../../../src/shared/async/sleep.ts";

Deno.test("sleep() resolves at once for no time and for an aborted signal", async () => {
  await sleep(0, new AbortController().signal);
  await sleep(-1, new AbortController().signal);
  await sleep(3_600_000, AbortSignal.abort());
});

Deno.test("sleep() ends with its signal and leaves no timer behind", async () => {
  const controller = new AbortController();
  const sleeping = sleep(3_600_000, controller.signal);
  controller.abort();
  await sleeping;
});

Deno.test("sleep() resolves when its time is up and lets go of its signal", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => (listeners++, add(...args));
    signal.removeEventListener = (...args: Parameters<typeof remove>) => (listeners--, remove(...args));
    let ended = false;
    const sleeping = sleep(500, signal).then(() => ended = true);
    mock.timers.tick(499);
    await Promise.resolve();
    assert.equal(ended, false);
    mock.timers.tick(1);
    await sleeping;
    assert.equal(listeners, 0);
  } finally {
    mock.timers.reset();
  }
});
