/** The lines of the dashboard's log: joined where they are alike, and bounded. */
import assert from "node:assert/strict";
import type { SessionEvent } from "../../../src/model/events.ts";
import { createJournal } from "../../../src/http/journal.ts";
import { parseTopic } from "../../../src/okx/topic.ts";

function change(path: string, state: string, refusal?: { code: string; message: string }): SessionEvent {
  const topic = parseTopic(path);
  assert.equal(topic.kind, "topic");
  return { kind: "subscription", topic, state, refusal, at: 5 } as SessionEvent;
}

const up = { kind: "up", connection: "public", at: 1 } as SessionEvent;
const texts = (lines: readonly { text: string }[]) => lines.map(({ text }) => text);

Deno.test("paths that change alike are one line, in order with what happened around them", () => {
  const journal = createJournal();
  journal.onEvent("test", up);
  for (let i = 0; i < 500; i++) journal.onEvent("test", change(`tickers:C${i}`, "live"));
  journal.onEvent(
    "test",
    { kind: "down", connection: "public", at: 9, reason: "gone", desired: true } as SessionEvent,
  );
  assert.deepEqual(texts(journal.flush()), [
    "public connected",
    "tickers:C0, tickers:C1, tickers:C2 and 497 more: live",
    "public lost: gone",
  ]);
  assert.deepEqual(journal.flush(), []);
  assert.equal(journal.entries().length, 3);
});

Deno.test("refusals are reported with their reasons, warnings as such", () => {
  const journal = createJournal();
  journal.onEvent("a", change("tickers:X", "refused", { code: "60018", message: "no" }));
  journal.onEvent("a", change("tickers:Y", "sent"));
  journal.onEvent("a", change("tickers:Z", "stale"));
  journal.note("error", "Redis takes no writes: away", 7);
  const lines = journal.flush();
  assert.deepEqual(lines.map(({ level, text }) => `${level} ${text}`).sort(), [
    "error Redis takes no writes: away",
    "warn tickers:X: refused: 60018 no",
    "warn tickers:Z: stale",
  ]);
});

Deno.test("a journal stays bounded whatever is thrown at it", () => {
  const journal = createJournal();
  for (let i = 0; i < 5000; i++) {
    journal.onEvent("test", up);
    journal.onEvent(
      "test",
      change(`tickers:${i}`, "refused", { code: "1", message: `${i} ${"x".repeat(5000)}` }),
    );
    if (i % 7 === 0) journal.flush();
  }
  journal.flush();
  assert.equal(journal.entries().length, 300);
  assert.ok(journal.entries().every(({ text }) => text.length <= 400));
});

Deno.test("answers of the exchange are no news, its notices are", () => {
  const journal = createJournal();
  const notice = (event: Record<string, unknown>) =>
    journal.onEvent("test", { kind: "notice", event, at: 1 });
  notice({ event: "subscribe", arg: {} });
  notice({ event: "error", code: "60018", msg: "shown by the state" });
  notice({ event: "notice", code: "64008", msg: "The connection will soon be closed" });
  assert.deepEqual(texts(journal.flush()), ["the exchange says: 64008 The connection will soon be closed"]);
});

Deno.test("gaps of one outage are one line with the longest of them", () => {
  const journal = createJournal();
  const gap = (path: string, to: number, outcome: "filled" | "not") => {
    const topic = parseTopic(path);
    const event = { kind: "gap", topic, from: 1000, to, outcome, rows: 3, at: to } as SessionEvent;
    journal.onEvent("test", event);
  };
  for (let i = 1; i <= 5; i++) gap(`trades:C${i}`, 1000 + i * 1000, "filled");
  gap("liquidation-orders:SWAP", 3000, "not");
  assert.deepEqual(journal.flush().map(({ level, text }) => `${level} ${text}`), [
    "info trades:C1, trades:C2, trades:C3 and 2 more: a gap was filled (5.0 s)",
    "warn liquidation-orders:SWAP: a gap could not be filled (2.0 s)",
  ]);
});
