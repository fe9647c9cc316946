/**
 * The status of each server, made of those of all shards by the first one: the least of them, since a reader asks whether
 * everything is kept up. Each shard keeps its own under a key that is written again as long as it lives.
 */
import type { ShardStatus } from "../model/status.ts";
import { sleep } from "../shared/async/sleep.ts";
import { StoreError } from "../shared/errors.ts";
import { formatShard, type Shard, shardsOf } from "../shared/shard.ts";
import { createKeys, type Keys } from "../store/layout/keys.ts";
import { announcement, type Status, STATUS_TTL_MS } from "../store/layout/server_status.ts";
import type { Store } from "../store/store.ts";
import type { Write } from "../store/write/write.ts";

/** What {@link keepStatuses} reads and writes. */
export type ShardStatusOptions = {
  readonly store: Pick<Store, "text" | "clustered">;
  readonly keyPrefix: string;
  readonly shard: Shard;
  readonly servers: () => readonly string[];
  /** Who has which shard. */
  readonly holders: () => readonly ShardStatus[];
  readonly write: (writes: Write[]) => void;
  readonly everyMs?: number;
};

/** What was said of a server. */
type Said = { status: Status; texts: string; at: number };

const EVERY_MS = 500;

/**
 * Writes the status of each server until the signal is aborted, then that nobody keeps the servers up any
 * more.
 */
export async function keepStatuses(options: ShardStatusOptions, signal: AbortSignal): Promise<void> {
  const said = new Map<string, Said>();
  while (!signal.aborted) {
    try {
      for (const server of options.servers()) await look(options, server, said);
      for (const server of said.keys()) {
        if (!options.servers().includes(server)) end(options, server, said, STATUS_TTL_MS);
      }
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
    await sleep(options.everyMs ?? EVERY_MS, signal);
  }
  for (const server of said.keys()) end(options, server, said, 0);
}

async function look(options: ShardStatusOptions, server: string, said: Map<string, Said>): Promise<void> {
  const { store, keyPrefix, shard, holders, write } = options;
  const gone = new Set(holders().filter(({ holder }) => holder === null).map((each) => each.shard));
  const found = await Promise.all(
    shardsOf(shard.count).map(async (each): Promise<[string, string]> => {
      const name = formatShard(each);
      const { ownStatus } = createKeys(keyPrefix, server, store.clustered, each);
      return [name, gone.has(name) ? "" : await store.text(ownStatus) ?? ""];
    }),
  );
  const status = leastOf(found.map(([, text]) => text));
  const texts = found.map(([, text]) => text).join("\n");
  const before = said.get(server);
  const now = performance.now();
  const isNews = before?.status !== status || (status === "ON_DATA" && before.texts !== texts);
  if (before !== undefined && !isNews && now - before.at < STATUS_TTL_MS / 3) return;
  said.set(server, { status, texts, at: now });
  const keys = keysOf(options, server);
  const missing = found.filter(([, text]) => !isUp(text)).map(([name]) => name);
  const extra = status === "DISCONNECTED"
    ? { reason: `not connected, or not there: shard ${missing.join(", ")}` }
    : {};
  write([textOf(keys, status, STATUS_TTL_MS), ...isNews ? announcement(keys, status, extra) : []]);
}

/**
 * Returns the status of a server by those of its shards: the least of them, but for data, which comes where any of them has
 * some.
 */
export function leastOf(texts: readonly string[]): Status {
  if (!texts.every(isUp)) return texts.some((text) => text === "READY") ? "READY" : "DISCONNECTED";
  return texts.some((text) => text.startsWith("ON_DATA")) ? "ON_DATA" : "CONNECTED";
}

function isUp(text: string): boolean {
  return text === "CONNECTED" || text.startsWith("ON_DATA");
}

function end(options: ShardStatusOptions, server: string, said: Map<string, Said>, ttlMs: number): void {
  const keys = keysOf(options, server);
  said.delete(server);
  options.write([textOf(keys, "EXIT", ttlMs), ...announcement(keys, "EXIT")]);
}

function keysOf({ keyPrefix, store }: ShardStatusOptions, server: string): Keys {
  return createKeys(keyPrefix, server, store.clustered);
}

function textOf(keys: Keys, value: Status, ttlMs: number): Write {
  return { kind: "text", key: keys.status, value, ttlMs };
}
