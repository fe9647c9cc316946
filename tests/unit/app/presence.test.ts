/** Which series are compared with Redis, and what becomes of what is gone. */
import assert from "node:assert/strict";
import { Presence } from "../../../src/app/presence.ts";
import { createKeys } from "../../../src/store/layout/keys.ts";
import type { LossRecords } from "../../../src/store/layout/loss_records.ts";
import type { Projector } from "../../../src/store/layout/projector.ts";
import type { Span } from "../../../src/store/layout/stored_series.ts";
import type { Store } from "../../../src/store/store.ts";

const span = (path: string, storage: Span["storage"] = "candle"): Span => ({
  ...{ path, key: `okex/m/${path}`, from: 7, rows: 3, storage, added: 3, keep: 1000 },
});

/** Series whose rows all should be there, and a Redis that has `rows` of each. */
function start(spans: readonly Span[], { names = ["1", "2"], refused = "" } = {}) {
  const present = new Map<string, string[]>();
  const lost: Span[] = [];
  const missing = new Map<string, number>();
  const gone: string[] = [];
  const looked: string[] = [];
  const recorded: string[] = [];
  const store = {
    type: (key: string) => Promise.resolve(present.has(key) ? "zset" : "none"),
    newest: (key: string) => Promise.resolve(present.get(key) ?? []),
    scoreFromNewest: () => Promise.resolve(undefined),
    rows: (keys: string[]) => Promise.resolve(keys.map(() => ({ ts: "1" }))),
    lengths: (keys: string[]) => Promise.resolve(keys.map(() => 0)),
  };
  const losses = {
    series: () => spans,
    takeLost: () => lost.splice(0),
    missing: (path: string) => missing.get(path) ?? 0,
    recordSome: ({ path }: Span, count: number) => {
      recorded.push(`${path} ${count}`);
      return [];
    },
  } as unknown as LossRecords;
  const presence = new Presence({
    store: store as unknown as Store,
    layout: {
      servers: () => [["m", { losses } as unknown as Projector]],
      keysOf: () => createKeys("okex", "m"),
      faultOf: (_, path) => path === refused ? { code: "NOPERM", message: "" } : undefined,
    },
    named: {
      rows: (_, path) => {
        if (path.startsWith("liquidation")) return undefined;
        looked.push(path);
        return names.map((name) => ({ name, time: Number(name) }));
      },
      onGone: (_, path, ids, from) => void gone.push(`${path} ${ids.join()} ${from}`),
    },
  });
  const look = async () => {
    looked.length = 0;
    const look = presence.begin().get("m");
    assert.ok(look !== undefined);
    await presence.compare("m", losses, look);
  };
  return { present, lost, missing, gone, looked, recorded, look };
}

Deno.test("what is gone of a series is reported by its names, and asked for more and more rarely", async () => {
  const { present, gone, look } = start([span("candle1m:A")]);
  present.set("okex/m/candle1m:A", ["2"]);
  const looks: number[] = [];
  for (let i = 0; i < 12; i++) {
    await look();
    looks.push(gone.length);
  }
  assert.deepEqual(looks, [1, 1, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4]);
  assert.equal(gone[0], "candle1m:A 1 7");
});

Deno.test("of many rows each series has its turn, and one that Redis refuses has none", async () => {
  const paths = ["A", "B", "C"].map((id) => `candle1m:${id}`);
  const names = Array.from({ length: 3000 }, (_, i) => String(i));
  const refused = paths[1] as string;
  const { present, looked, gone, look } = start(paths.map((path) => span(path)), { names, refused });
  for (const path of paths) present.set(`okex/m/${path}`, names);
  const turns = new Set<string>();
  for (let i = 0; i < 4; i++) {
    await look();
    assert.ok(looked.length <= 2);
    for (const path of looked) turns.add(path);
  }
  assert.deepEqual([...turns].sort(), [paths[0], paths[2]]);
  assert.deepEqual(gone, []);
});

Deno.test("what is gone of a stream is recorded at once, whether it has a name or not", async () => {
  const { missing, recorded, gone, look } = start([
    span("liquidation-orders:SWAP", "events"),
    span("trades:A", "events"),
  ]);
  missing.set("liquidation-orders:SWAP", 4).set("trades:A", 5);
  await look();
  assert.deepEqual([recorded, gone], [["liquidation-orders:SWAP 4", "trades:A 5"], []]);
  missing.clear();
  await look();
  assert.deepEqual([recorded.length, gone], [2, []]);
});

Deno.test("an index that was lost as a whole is looked at, also where it has no rows any more", async () => {
  const { lost, gone, look } = start([]);
  lost.push(span("candle1m:A"), span("trades:A", "events"));
  await look();
  assert.deepEqual(gone, ["candle1m:A 1,2 7"]);
  await look();
  assert.equal(gone.length, 1);
});
