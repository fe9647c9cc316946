/** Replies to commands of the page, in words. */
import assert from "node:assert/strict";
import { describeReply, type PageCommand } from "../../../web/command.ts";
import { fillIn } from "../../../web/texts.ts";

const english: Parameters<typeof describeReply>[2] = (key, ...[params]) => fillIn("en", key, params);
const chinese: Parameters<typeof describeReply>[2] = (key, ...[params]) => fillIn("zh", key, params);
const SUBSCRIBE: PageCommand = { op: "subscribe", name: "test", args: ["tickers:A"] };
const RELOAD: PageCommand = { op: "reload" };

Deno.test("what became of each path is said with its reason, and which are there now", () => {
  const message = [
    { path: "tickers:A", state: "live", error: null },
    { path: "tickers:B", state: "refused", error: { code: "60018", message: "there is none" } },
    { path: "tickers:C", state: "sent", error: { code: "", message: "not confirmed" } },
  ];
  assert.deepEqual(describeReply(SUBSCRIBE, { event: "error", message, errorCode: 80012 }, english), {
    isDone: false,
    lines: [
      "tickers:A is live",
      "tickers:B is refused: 60018 there is none",
      "tickers:C is sent: not confirmed",
      "What was refused stays subscribed and is asked for again: tickers:B. To end it, choose it and unsubscribe",
    ],
    paths: ["tickers:A", "tickers:C"],
    refused: ["tickers:B"],
  });
  const gone = [{ path: "tickers:A", state: "gone", error: null }];
  const unsubscribe: PageCommand = { ...SUBSCRIBE, op: "unsubscribe" };
  const reply = { event: "info", message: gone, errorCode: 80000 };
  assert.deepEqual(describeReply(unsubscribe, reply, chinese), {
    isDone: true,
    lines: ["已退订 tickers:A"],
    ...{ paths: [], refused: [] },
  });
});

Deno.test("a refusal is a sentence, and a report says what a reload has changed", () => {
  assert.deepEqual(
    describeReply(RELOAD, { event: "error", message: "There is no file", errorCode: 80014 }, english),
    {
      isDone: false,
      lines: ["There is no file"],
      ...{ paths: [], refused: [] },
    },
  );
  const nothing = { opened: [], closed: [], reopened: [], subscribed: [], unsubscribed: [], restart: [] };
  const lines = (message: unknown) =>
    describeReply(RELOAD, { event: "info", message, errorCode: 80000 }, english).lines;
  assert.deepEqual(lines(nothing), ["The file was read again; nothing differs."]);
  const many = Array.from({ length: 25 }, (_, n) => `tickers:${n}`);
  const report = {
    ...nothing,
    opened: ["two"],
    subscribed: [{ server: "two", paths: ["tickers:A", "tickers:B"] }],
    unsubscribed: [{ server: "test", paths: many }],
    restart: ["MAX_ROW"],
  };
  const [opened, subscribed, unsubscribed = "", restart, ...more] = lines(report);
  assert.deepEqual([opened, subscribed, restart, more], [
    "Opened: two",
    "Subscribed: two tickers:A, two tickers:B",
    "Taken at the next start: MAX_ROW",
    [],
  ]);
  assert.match(unsubscribed, /^Unsubscribed: test tickers:0, .*test tickers:19, and 5 more$/);
});
