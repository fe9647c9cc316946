/** The path of a message as docs/architecture.md has it, against the stack of a connection that runs. */
import assert from "node:assert/strict";
import { Projectors } from "../../src/app/projectors.ts";
import { parseConfig } from "../../src/config/schema.ts";
import { createStats } from "../../src/model/stats.ts";
import { findExchange, type FoundExchange } from "../../src/okx/endpoints.ts";
import type { Topic } from "../../src/okx/topic.ts";
import { parseTopic } from "../../src/okx/topic.ts";
import { ServerRegistry } from "../../src/session/server_registry.ts";
import { createRowBroadcast } from "../../src/store/write/row_broadcast.ts";
import { WriteQueues } from "../../src/store/write/write_queues.ts";
import { startFakeOkx } from "../support/fake_okx.ts";
import { waitFor } from "../support/wait.ts";

const PAGE = new URL("../../docs/architecture.md", import.meta.url);

Deno.test("a row is queued by the calls that docs/architecture.md lists, in that order", async () => {
  const page = await Deno.readTextFile(PAGE);
  const section = page.slice(page.indexOf("## The path of a message"), page.indexOf("What the ten call"));
  const written = [...section.matchAll(/^\| \d+ \| `([^`]+)` \| `([^`]+)\(\)`/gm)].map(([, file, call]) =>
    `${file} ${call}`
  );
  assert.equal(written.length, 10);
  assert.deepEqual((await stackOfRow()).toReversed(), written);
});

/** The calls of our own that are on the stack when a ticker is queued, the last one first. */
async function stackOfRow(): Promise<string[]> {
  const topic = parseTopic("tickers:BTC-USDT") as Topic;
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
  let stack = "";
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
    ...{ stats, instance: "abcd", term: () => 0, tap: createRowBroadcast(), toRedisTime: (at: number) => at },
    queues,
  });
  const servers = new ServerRegistry({
    stats,
    sinks: [projectors],
    onBroken: (error) => assert.fail(String(error)),
  });
  servers.open({
    ...{ name: "t", endpoint: okx.url, protocol: "v5", credentials: undefined },
    exchange: findExchange(okx.url) as FoundExchange,
  });
  servers.subscribe("t", [topic], "file");
  try {
    await waitFor("the subscription", () => okx.current()?.asked("subscribe").length === 1);
    okx.current()?.push({ channel: "tickers", instId: "BTC-USDT" }, [
      { instId: "BTC-USDT", instType: "SPOT", last: "1", ts: "1700000000000" },
    ]);
    await waitFor("the row", () => stack !== "");
  } finally {
    await servers.closeAll();
  }
  return ownCalls(stack);
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
