/** The layouts of all servers: what they say in the log, and whose fault a refused key is. */
import assert from "node:assert/strict";
import { reset } from "@logtape/logtape";
import { parseConfig } from "../../../src/config/schema.ts";
import { Projectors } from "../../../src/app/projectors.ts";
import { setupLogging } from "../../../src/logging/log.ts";
import { parseTopic, type Topic } from "../../../src/okx/topic.ts";
import { createStats } from "../../../src/model/stats.ts";
import { createRowBroadcast } from "../../../src/store/write/row_broadcast.ts";
import { newRecord } from "../../../src/store/layout/subscription_record.ts";
import type { Write } from "../../../src/store/write/write.ts";

function start(term: () => number = () => 0): {
  layout: Projectors;
  writes: Write[];
  state(path: string, state: "live" | "refused"): void;
} {
  const parsed = parseConfig({ servers: [{ name: "t" }] });
  if ("issues" in parsed) throw new Error("not a configuration");
  const writes: Write[] = [];
  const layout = new Projectors({
    settings: parsed.config.settings,
    store: { clustered: false },
    stats: createStats(0),
    broadcast: createRowBroadcast(),
    instance: "abcd",
    term,
    toRedisTime: (at) => at,
    queues: { add: (more) => void writes.push(...more) },
  });
  layout.onEvent("t", { kind: "opened", at: 1 });
  return {
    layout,
    writes,
    state(path, state) {
      const topic = parseTopic(path) as Topic;
      const refusal = state === "refused" ? { code: "60018", message: "no" } : undefined;
      layout.onEvent("t", { kind: "subscription", topic, state, refusal, at: 2 });
    },
  };
}

Deno.test("what an earlier process has left of a server is known until the server is opened", () => {
  const { layout } = start();
  assert.equal(layout.earlierRecords("u").size, 0);
  assert.equal(layout.comparedAt("u"), 0);
  const records = (since: number) => new Map([["tickers:A-USDT", newRecord("live", since)]]);
  layout.inherit("u", { mark: "8000-0badf00d", records: records(7000) });
  layout.inherit("v", { mark: "something else", records: records(9000) });
  assert.deepEqual([...layout.earlierRecords("u").values()].map(({ since }) => since), [7000]);
  assert.deepEqual([layout.comparedAt("u"), layout.comparedAt("v")], [8000, 0]);
  layout.onEvent("u", { kind: "opened", at: 1 });
  assert.deepEqual([layout.earlierRecords("u").size, layout.earlierRecords("v").size], [0, 1]);
});

Deno.test("every record names the term, and listeners of a server learn of another one", () => {
  let term = 0;
  const { layout, writes, state } = start(() => term);
  const epochs = () =>
    writes.splice(0).flatMap((write) =>
      write.kind === "field" && write.key === "okex/t/subs" ? [JSON.parse(write.value).epoch] : []
    );
  state("tickers:A-USDT", "live");
  assert.deepEqual(epochs(), [0]);
  term = 1;
  layout.beginTerm();
  // Redis was away when it was first said; nobody was there before.
  assert.equal(writes.some(({ kind }) => kind === "publish"), false);
  assert.deepEqual(epochs(), [1]);
  term = 4;
  layout.beginTerm();
  const said = writes.filter((write) => write.kind === "publish");
  assert.deepEqual(said, [
    { kind: "publish", channel: "okex/t/event", message: '{"op":"TAKEOVER","epoch":4}' },
  ]);
  assert.deepEqual(epochs(), [4]);
  layout.beginTerm();
  assert.deepEqual(writes, []);
});

Deno.test("a flood of refused paths is one line of the log in ten seconds", async () => {
  const lines: string[] = [];
  const out = {
    write(bytes: Uint8Array) {
      lines.push(...new TextDecoder().decode(bytes).trim().split("\n"));
      return Promise.resolve(bytes.length);
    },
  };
  await setupLogging({ level: "info", format: "json" }, out);
  try {
    const { state } = start();
    for (let i = 0; i < 200; i++) state(`tickers:I${i}-USDT`, "refused");
    await Promise.resolve();
    assert.equal(lines.filter((line) => line.includes("refused a subscription")).length, 1);
  } finally {
    await reset();
  }
});

Deno.test("a refused key is the fault of the paths whose rows stand there, and of no other", () => {
  const { layout, state } = start();
  const paths = [
    ...["tickers:A", "tickers:B", "books:A", "candle1m:A", "trades:A", "instruments:SPOT"],
    ...["spot/trade:A", "spot/trade:B", "opt-summary:A-USD", "status", "mark-price:A"],
  ];
  for (const path of paths) state(path, "live");
  const concerned = (key: string) => {
    const write: Write = { kind: "field", key: `okex/t/${key}`, field: "x", value: "" };
    layout.setRefused([{ write, reason: "NOPERM this user may not" }]);
    return paths.filter((path) => layout.faultOf("t", path) !== undefined);
  };
  assert.deepEqual(concerned("tickers:A"), ["tickers:A"]);
  assert.deepEqual(concerned("tickers:C"), []);
  assert.deepEqual(concerned("books:A"), ["books:A"]);
  assert.deepEqual(concerned("candle1m:A"), ["candle1m:A"]);
  assert.deepEqual(concerned("candle1m:A/60000"), ["candle1m:A"]);
  assert.deepEqual(concerned("trades:A"), ["trades:A"]);
  assert.deepEqual(concerned("instruments:SPOT:BTC-USDT"), ["instruments:SPOT"]);
  assert.deepEqual(concerned("spot/trade/17"), ["spot/trade:A", "spot/trade:B"]);
  assert.deepEqual(concerned("opt-summary:A-USD-1-C"), ["opt-summary:A-USD"]);
  assert.deepEqual(concerned("status:title:1"), ["status"]);
  assert.deepEqual(layout.faults(), []);
  assert.deepEqual(concerned("subs"), []);
  assert.match(layout.faults().join(), /^t: Redis refuses to write okex\/t\/subs \(NOPERM\)/);
  // What is refused no more is nobody's fault.
  layout.setRefused([]);
  assert.deepEqual([layout.faults(), layout.faultOf("t", "tickers:A")], [[], undefined]);
});
