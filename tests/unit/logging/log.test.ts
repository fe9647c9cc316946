/** Warnings that are said once in a while. */
import assert from "node:assert/strict";
import { sparseWarning } from "../../../src/logging/log.ts";

Deno.test("sparseWarning() says a message once in a while, and how many were left out", () => {
  const said: [string, unknown][] = [];
  let at = 0;
  const log = { warn: (message: string, fields: unknown) => void said.push([message, fields]) };
  const warn = sparseWarning(log as unknown as Parameters<typeof sparseWarning>[0], {
    everyMs: 1000,
    now: () => at,
  });
  for (; at < 2500; at += 10) warn("flood", { a: 1 });
  warn("other");
  assert.deepEqual(said, [
    ["flood", { a: 1 }],
    ["flood", { a: 1, more: 99 }],
    ["flood", { a: 1, more: 99 }],
    ["other", {}],
  ]);
});

Deno.test("sparseWarning() says as many lines in a while as it is allowed to", () => {
  const said: unknown[] = [];
  let at = 0;
  const log = { warn: (_: string, fields: unknown) => void said.push(fields) };
  const options = { everyMs: 1000, lines: 3, now: () => at };
  const warn = sparseWarning(log as unknown as Parameters<typeof sparseWarning>[0], options);
  for (let i = 0; i < 5; i++) warn("flood", { i });
  at = 1000;
  warn("flood", { i: 5 });
  assert.deepEqual(said, [{ i: 0 }, { i: 1 }, { i: 2 }, { i: 5, more: 2 }]);
});
