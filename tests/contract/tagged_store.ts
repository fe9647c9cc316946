/**
 * A store of a cluster for a suite whose keys have no hash tag: every key gets one on the way in and loses it on the way
 * out, except those that have one already. Channels need none.
 */
import { openStore, type StoreOptions } from "../../src/store/redis/redis_store.ts";
import type { Store } from "../../src/store/store.ts";
import type { Write } from "../../src/store/write/write.ts";

const TAG = "{t}";

/** As `openStore`. */
export async function openTagged(url: string, options: StoreOptions = {}): Promise<Store> {
  const store = await openStore(url, options);
  return {
    clustered: store.clustered,
    apply: (writes) => store.apply(writes.map(tagWrite)),
    publish: (channel, message) => store.publish(channel, message),
    listeners: (channel) => store.listeners(channel),
    listen: (what, signal, options) => store.listen(what, signal, options),
    text: (key) => store.text(tag(key)),
    row: (key) => store.row(tag(key)),
    rows: (keys) => store.rows(keys.map(tag)),
    fieldCount: (key) => store.fieldCount(tag(key)),
    field: (key, field) => store.field(tag(key), field),
    fields: (keys, field) => store.fields(keys.map(tag), field),
    newest: (key, count) => store.newest(tag(key), count),
    scoreFromNewest: (key, count) => store.scoreFromNewest(tag(key), count),
    scored: (key, scores) => store.scored(tag(key), scores),
    members: (key) => store.members(tag(key)),
    entries: (key, count) => store.entries(tag(key), count),
    identified: (key, count) => store.identified(tag(key), count),
    part: (key, which) =>
      store.part(tag(key), { ...which, beside: { ...which.beside, key: tag(which.beside.key) } }),
    lengths: (keys) => store.lengths(keys.map(tag)),
    lastIds: async (keys) => {
      const ids = await store.lastIds(keys.map(tag));
      return new Map(keys.filter((key) => ids.has(tag(key))).map((key) => [key, ids.get(tag(key))]));
    },
    type: (key) => store.type(tag(key)),
    async *scan(pattern) {
      for await (const keys of store.scan(TAG + pattern)) yield keys.map((key) => key.slice(TAG.length));
    },
    remove: (keys) => store.remove(keys.map(tag)),
    laneOf: (key) => store.laneOf(tag(key)),
    forget: (affected) => store.forget(affected),
    time: () => store.time(),
    info: (section) => store.info(section),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

function tag(key: string): string {
  return key.includes("{") ? key : TAG + key;
}

function tagWrite(write: Write): Write {
  if (write.kind === "publish") return write;
  if (write.kind === "trim" || write.kind === "retain") {
    return { ...write, key: tag(write.key), rows: tag(write.rows) };
  }
  return { ...write, key: tag(write.key) };
}
