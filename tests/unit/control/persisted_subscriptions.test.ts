/** What commands asked for, and what is written and read of it. */
import assert from "node:assert/strict";
import { configure, type LogRecord, reset } from "@logtape/logtape";
import { PersistedSubscriptions } from "../../../src/control/persisted_subscriptions.ts";
import type { Write } from "../../../src/store/write/write.ts";

const WANTED = "okex/test/wanted";

/** A Redis of hashes and texts. */
function createRedis() {
  const hashes = new Map<string, Map<string, string>>();
  const texts = new Map<string, string>();
  const read: string[] = [];
  return {
    clustered: false,
    hashes,
    texts,
    read,
    get reads() {
      return read.length;
    },
    row(key: string) {
      read.push(key);
      return Promise.resolve(Object.fromEntries(hashes.get(key) ?? []));
    },
    fieldCount: (key: string) => Promise.resolve(hashes.get(key)?.size ?? 0),
    text: (key: string) => Promise.resolve(texts.get(key)),
    apply(writes: readonly Write[]) {
      for (const write of writes) {
        if (write.kind === "text") texts.set(write.key, write.value);
        if (write.kind === "row") texts.delete(write.key);
        if (write.kind === "unfield") hashes.get(write.key)?.delete(write.field);
        if (write.kind !== "field") continue;
        hashes.set(write.key, (hashes.get(write.key) ?? new Map()).set(write.field, write.value));
      }
    },
  };
}

const NEVER = () => false;

Deno.test("what one instance writes another one reads, and only where the version is another", async () => {
  const redis = createRedis();
  const one = new PersistedSubscriptions(redis, "okex");
  const two = new PersistedSubscriptions(redis, "okex");
  redis.apply(one.subscribed("test", ["tickers:A", "tickers:B"], 1));
  redis.apply(one.opened({ name: "mine", endpoint: "okx", protocol: "v5" }));
  assert.equal(await two.refresh(["test"], redis), true);
  assert.deepEqual(two.current(), one.current());
  const { reads } = redis;
  assert.equal(await two.refresh(["test"], redis), false);
  // Of the other server nothing was ever written.
  assert.equal(redis.reads, reads + 1);
  redis.apply(one.unsubscribed("test", ["tickers:A", "tickers:B"], (path) => path === "tickers:B"));
  redis.apply(one.closed("mine", false));
  redis.apply(one.closed("file", true));
  assert.equal(await two.refresh(["test", "file"], redis), true);
  const { servers, closed, paths, unsubscribed } = two.current();
  assert.deepEqual([servers, [...closed], paths], [[], ["file"], []]);
  assert.deepEqual([...unsubscribed], [["test", new Set(["tickers:B"])]]);
  redis.apply(one.fileRead(["test", "file"]));
  await two.refresh(["test", "file"], redis);
  assert.deepEqual([two.current().closed.size, two.current().unsubscribed.size], [0, 0]);
});

Deno.test("a Redis that has lost it changes nothing, and gets it again from the process that writes", async () => {
  const redis = createRedis();
  const one = new PersistedSubscriptions(redis, "okex");
  const two = new PersistedSubscriptions(redis, "okex");
  redis.apply(one.subscribed("test", ["tickers:A"], 1));
  await two.refresh(["test"], redis);
  redis.hashes.clear();
  redis.texts.clear();
  assert.equal(await two.refresh(["test"], redis), false);
  await two.load(["test"]);
  assert.deepEqual(two.current().paths, [{ server: "test", paths: ["tickers:A"] }]);
  const { edits, writes } = await one.compare(["test"], redis, NEVER);
  assert.deepEqual([...edits.paths.values()].flat(), []);
  redis.apply(writes);
  assert.deepEqual([...redis.hashes.get(WANTED)?.keys() ?? []], ["tickers:A"]);
});

Deno.test("what others change is found once and has another version", async () => {
  const redis = createRedis();
  const one = new PersistedSubscriptions(redis, "okex");
  redis.apply(one.subscribed("test", ["tickers:A", "tickers:B"], 1));
  await one.compare(["test"], redis, NEVER);
  const before = redis.texts.get(`${WANTED}/version`);
  redis.hashes.get(WANTED)?.set("tickers:C", "x").delete("tickers:A");
  const { edits, writes } = await one.compare(["test"], redis, NEVER);
  assert.deepEqual(edits.paths.get("test"), [
    { field: "tickers:A", before: '{"at":1}', after: undefined },
    { field: "tickers:C", before: undefined, after: "x" },
  ]);
  redis.apply(writes);
  assert.notEqual(redis.texts.get(`${WANTED}/version`), before);
  const again = await one.compare(["test"], redis, NEVER);
  assert.deepEqual([again.edits.paths.get("test"), again.writes], [[], []]);
  // In the words of okws.
  assert.equal(one.subscribed("test", ["tickers:C"], 2)[0]?.kind, "field");
});

Deno.test("a name that is not UTF-8 is nothing that was asked for", async () => {
  const redis = createRedis();
  const one = new PersistedSubscriptions(redis, "okex");
  redis.apply(one.subscribed("test", ["tickers:A"], 1));
  redis.hashes.get(WANTED)?.set("tickers:\u{fffd}", "x");
  const { edits, writes } = await one.compare(["test"], redis, NEVER);
  assert.deepEqual([edits.paths.get("test"), writes], [[], []]);
});

Deno.test("what Redis refuses to take is not compared", async () => {
  const redis = createRedis();
  const one = new PersistedSubscriptions(redis, "okex");
  one.subscribed("test", ["tickers:A"], 1);
  const { edits, writes } = await one.compare(
    ["test"],
    redis,
    (write) => "key" in write && write.key === WANTED,
  );
  assert.deepEqual([edits.paths.get("test"), writes], [[], []]);
});

/** What is logged meanwhile. */
async function logged(work: () => Promise<void>): Promise<readonly LogRecord[]> {
  const records: LogRecord[] = [];
  await configure({
    // Another file of the same worker may have left its own.
    reset: true,
    sinks: { list: (record) => records.push(record) },
    loggers: [{ category: ["okws"], sinks: ["list"] }, { category: ["logtape", "meta"], sinks: [] }],
  });
  try {
    await work();
  } finally {
    await reset();
  }
  return records;
}

Deno.test("a hash with more fields than are read is not read, and what was known of it holds", async () => {
  const redis = createRedis();
  const one = new PersistedSubscriptions(redis, "okex");
  const two = new PersistedSubscriptions(redis, "okex");
  redis.apply(one.subscribed("test", ["tickers:A"], 1));
  await two.refresh(["test"], redis);
  const hash = redis.hashes.get(WANTED);
  for (let i = 0; i < 50_000; i++) hash?.set(`tickers:${i}`, "{}");
  redis.texts.set("okex/test/wanted/version", `${Date.now() + 1000}-50001`);
  const { reads } = redis;
  const records = await logged(async () => {
    assert.equal(await two.refresh(["test"], redis), false);
    await two.load(["test"]);
    assert.deepEqual((await one.compare(["test"], redis, NEVER)).edits.paths.get("test"), []);
    assert.deepEqual(await one.recover(redis, (key) => key === WANTED), []);
  });
  for (const each of [one, two]) {
    assert.deepEqual(each.current().paths, [{ server: "test", paths: ["tickers:A"] }]);
  }
  assert.deepEqual(redis.read.slice(reads).filter((key) => key === WANTED), []);
  assert.deepEqual(records.map(({ properties }) => [properties.key, properties.fields]), [[WANTED, 50_001]]);
});

Deno.test("a text that is longer than is read says so in the log", async () => {
  const redis = createRedis();
  const one = new PersistedSubscriptions(redis, "okex");
  redis.hashes.set("okex/servers", new Map([["more", " ".repeat(2001)]]));
  const records = await logged(async () => void await one.load([]));
  assert.deepEqual(one.current().servers, [{ name: "more", endpoint: "", protocol: "" }]);
  assert.deepEqual(records.map(({ properties: { key, field, chars } }) => [key, field, chars]), [
    ["okex/servers", "more", 2001],
  ]);
});
