/** The path of a message as docs/architecture.md has it, against the stack of a connection that runs. */
import assert from "node:assert/strict";
import { Projectors } from "../../src/app/projectors.ts";
import { parseConfig } from "../../src/config/schema.ts";
import { createStats } from "../../src/model/stats.ts";
import { findExchange, type FoundExchange } from "../../src/okx/endpoints.ts";
import type { Row } from "../../src/okx/frame.ts";
import { OrderBook } from "../../src/okx/order_book.ts";
import { parseTopic, type Topic } from "../../src/okx/topic.ts";
import { ServerRegistry } from "../../src/session/server_registry.ts";
import { createRowBroadcast } from "../../src/store/write/row_broadcast.ts";
import { WriteQueues } from "../../src/store/write/write_queues.ts";
import { startFakeOkx } from "../support/fake_okx.ts";
import { waitFor } from "../support/wait.ts";

const PAGE = new URL("../../docs/architecture.md", import.meta.url);

/** Numbered rows of the page from one text to another, as `file call`. */
async function written(from: string, to: string): Promise<string[]> {
  const page = await Deno.readTextFile(PAGE);
  const section = page.slice(page.indexOf(from), page.indexOf(to));
  return [...section.matchAll(/^\| \d+ \| `([^`]+)` \| `([^`]+)\(\)`/gm)].map(([, file, call]) =>
    `${file} ${call}`
  );
}

Deno.test("a row is queued by the calls that docs/architecture.md lists, in that order", async () => {
  const calls = await written("## The path of a message", "What the ten call");
  assert.equal(calls.length, 10);
  const { queued } = await stacksOf("tickers:BTC-USDT", [{ last: "1" }, { last: "2" }]);
  assert.deepEqual(queued.toReversed(), calls);
});

Deno.test("an order book is applied by the calls that the page lists, and queued by the same ten as a row", async () => {
  const ten = await written("## The path of a message", "What the ten call");
  const applying = await written("**An order book**", "**Where the gap filter");
  const { queued, applied } = await stacksOf("books:BTC-USDT", [
    { bids: [["1", "1", "0", "1"]], asks: [["2", "1", "0", "1"]], seqId: 1, prevSeqId: -1 },
    { bids: [["1", "2", "0", "1"]], asks: [], seqId: 2, prevSeqId: 1 },
  ]);
  assert.deepEqual(queued.toReversed(), ten);
  assert.deepEqual(applied.toReversed(), [...ten.slice(0, 5), ...applying]);
});

/**
 * The calls of our own that are on the stack when the second of two pushes is queued, the last one first; and those when an
 * order book applies it.
 */
async function stacksOf(
  path: string,
  rows: readonly Row[],
): Promise<{ queued: string[]; applied: string[] }> {
  const topic = parseTopic(path) as Topic;
  await using okx = startFakeOkx();
  const stats = createStats(Date.now());
  const target = { laneOf: () => "", apply: () => Promise.resolve({ commands: 0, rejected: 0 }) };
  const queues = new WriteQueues(target, {
    stats,
    maxBytes: 1e9,
    state: { statuses: () => [], rows: () => [] },
  });
  const parsed = parseConfig({ servers: [{ name: "t" }] });
  if ("issues" in parsed) throw new Error("not a configuration");
  let stack = "none";
  let applied = "";
  // What is queued of a row is counted within the call that queues it.
  let bytes = 0;
  Object.defineProperty(stats, "queuedBytes", {
    get: () => bytes,
    set(next: number) {
      bytes = next;
      const here = stackHere();
      if (stack === "" && here.includes("#onPush")) stack = here;
    },
  });
  const projectors = new Projectors({
    settings: parsed.config.settings,
    store: { clustered: false },
    ...{
      stats,
      instance: "abcd",
      term: () => 0,
      broadcast: createRowBroadcast(),
      toRedisTime: (at: number) => at,
    },
    queues,
  });
  const servers = new ServerRegistry({
    stats,
    sinks: [projectors],
    onBroken: (error) => assert.fail(String(error)),
  });
  const { apply } = OrderBook.prototype;
  OrderBook.prototype.apply = function (...given) {
    applied = stackHere();
    return apply.apply(this, given);
  };
  servers.open({
    ...{ name: "t", endpoint: okx.url, protocol: "v5", credentials: undefined },
    exchange: findExchange(okx.url) as FoundExchange,
  });
  servers.subscribe("t", [topic], "file");
  try {
    await waitFor("the subscription", () => okx.current()?.asked("subscribe").length === 1);
    for (const [i, row] of rows.entries()) {
      if (i > 0) stack = "";
      okx.current()?.push(
        topic.arg,
        [{ instId: "BTC-USDT", instType: "SPOT", ts: String(1_700_000_000_000 + i), ...row }],
        topic.storage === "book" ? { action: i === 0 ? "snapshot" : "update" } : {},
      );
      await waitFor("live", () => servers.view("t").subscriptions[0]?.state === "live");
    }
    await waitFor("the row", () => stack !== "");
  } finally {
    OrderBook.prototype.apply = apply;
    await servers.closeAll();
  }
  // The one on top is replaced by that of this test.
  const onTop = applied === "" ? [] : ["src/okx/order_book.ts apply"];
  return { queued: ownCalls(stack), applied: [...onTop, ...ownCalls(applied)] };
}

function stackHere(): string {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 50;
  const { stack = "" } = new Error("here");
  Error.stackTraceLimit = before;
  return stack;
}

/** Lines such as `at FramePipeline.emit (file:///…/src/session/connection/frame_pipeline.ts:1:2)`. */
function ownCalls(stack: string): string[] {
  return [...stack.matchAll(/^ +at (?:(\S+) \()?file:\/\/\S*\/(src\/[\w/]+\.ts):/gm)].map(
    ([, call, file]) => {
      // The listener of the socket has no name of its own: it stands in the function that opens the socket.
      const isListener = file === "src/session/connection/socket.ts";
      return `${file} ${isListener ? "openSocket" : call?.split(".").at(-1)}`;
    },
  );
}
