/** What is said while a watch receives nothing. */
import assert from "node:assert/strict";
import { noteSilence } from "../../../../src/cli/client/silence.ts";
import type { SubRecord } from "../../../../src/store/layout/subscription_record.ts";
import { testIo } from "../../../support/io.ts";
import { waitFor } from "../../../support/wait.ts";

const refused = {
  ...{ state: "refused", since: 0, receivedAt: 0, exchangeAt: 0, rows: 0, owners: [], connection: "" },
  ...{ generation: 0, epoch: 0, error: { code: "60018", message: "no such instrument" } },
} satisfies SubRecord;

Deno.test("a watch that receives nothing says what is known of each path, and again later", async () => {
  const notes: string[] = [];
  const io = testIo({ note: (line) => notes.push(line) });
  const client = { subscriptions: () => Promise.resolve(new Map([["tickers:A", refused]])) };
  const start = performance.now();
  const watched = { name: "test", paths: ["tickers:A", "tickers:B"], lastAt: () => start, afterMs: 20 };
  const ended = new AbortController();
  const noting = noteSilence(client, watched, io, ended.signal);
  await waitFor("two notes", () => notes.filter((line) => line.includes("nothing has come")).length >= 2);
  ended.abort();
  await noting;
  assert.deepEqual(notes.slice(1, 3), [
    "  tickers:A: refused: 60018 no such instrument",
    "  tickers:B: not subscribed",
  ]);
});

Deno.test("a watch that receives rows says nothing", async () => {
  const io = testIo({ note: (line) => assert.fail(line) });
  const client = { subscriptions: () => Promise.reject(new Error("nobody asks")) };
  let looks = 0;
  const lastAt = () => (looks += 1, performance.now());
  const ended = new AbortController();
  const noting = noteSilence(
    client,
    { name: "test", paths: ["tickers:A"], lastAt, afterMs: 20 },
    io,
    ended.signal,
  );
  await waitFor("many looks", () => looks > 20);
  ended.abort();
  await noting;
});
