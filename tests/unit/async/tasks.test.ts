import assert from "node:assert/strict";
import { runAll, type Task } from "../../../src/async/tasks.ts";

/** Goes on until its signal is aborted; notes its end. */
function untilAborted(name: string, ended: string[]): Task {
  return (signal) =>
    new Promise((resolve) => {
      const end = () => {
        ended.push(name);
        resolve();
      };
      if (signal.aborted) end();
      else signal.addEventListener("abort", end, { once: true });
    });
}

Deno.test("runAll() resolves at once when there is nothing to run", async () => {
  await runAll([], new AbortController().signal);
});

Deno.test("runAll() waits for every task and does not take an abort for a failure", async () => {
  const ended: string[] = [];
  const controller = new AbortController();
  const running = runAll([untilAborted("a", ended), untilAborted("b", ended)], controller.signal);
  controller.abort();
  await running;
  assert.deepEqual(ended.sort(), ["a", "b"]);
});

Deno.test("runAll() aborts the others when one fails and throws that failure after they ended", async () => {
  const ended: string[] = [];
  const fault = new Error("first");
  const failing: Task = () => Promise.reject(fault);
  const running = runAll([untilAborted("a", ended), failing], new AbortController().signal);
  await assert.rejects(running, (error) => error === fault);
  assert.deepEqual(ended, ["a"]);
});

Deno.test("runAll() throws the first of several failures", async () => {
  const late: Task = (signal) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(new Error("second")), { once: true });
    });
  const early: Task = () => Promise.reject(new Error("first"));
  await assert.rejects(runAll([late, early], new AbortController().signal), { message: "first" });
});

Deno.test("runAll() does not take a task that throws the reason of the abort for a failure", async () => {
  const controller = new AbortController();
  const strict: Task = (signal) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  const running = runAll([strict], controller.signal);
  controller.abort();
  await running;
});

Deno.test("runAll() keeps the other tasks running when one of them ends by itself", async () => {
  const ended: string[] = [];
  const controller = new AbortController();
  const short: Task = () => Promise.resolve();
  const running = runAll([short, untilAborted("long", ended)], controller.signal);
  await Promise.resolve();
  assert.deepEqual(ended, []);
  controller.abort();
  await running;
  assert.deepEqual(ended, ["long"]);
});
