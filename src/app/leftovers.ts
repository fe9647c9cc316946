/**
 * What an earlier process left in Redis: at the start nothing of it may pass for live, and once it is known what is
 * desired, whatever nobody keeps up any more is removed or closed.
 */
import { roomLogger, sparseWarning } from "../logging/log.ts";
import { createKeys, type Keys } from "../store/layout/keys.ts";
import { newRecord, type SubRecord } from "../store/layout/subscription_record.ts";
import { earlierRowsOf } from "../store/read/leftover_rows.ts";
import {
  inheritedRecord,
  type Leftover,
  type Present,
  readLeftovers,
  resolveLeftover,
} from "../store/read/leftovers.ts";
import type { Store } from "../store/store.ts";
import type { Projectors } from "./projectors.ts";
import { ownLeftover } from "./shard_leftovers.ts";
import type { Share } from "./share.ts";

/** What leftovers are read from, and who goes on with them. */
export type LeftoversOptions = {
  readonly store: Store;
  readonly keyPrefix: string;
  readonly layout: Projectors;
  /** Undefined: this process has all of the work. */
  readonly share?: Share | undefined;
  /** Redis' time now. */
  readonly redisNow: () => number;
};

/** Paths that are desired, by server. */
export type Desired = ReadonlyMap<string, ReadonlySet<string>>;

const log = roomLogger("service");
const warn = sparseWarning(log);

/** Settles leftovers, each time for those that can be read. */
export class Leftovers {
  readonly #options: LeftoversOptions;

  constructor(options: LeftoversOptions) {
    this.#options = options;
  }

  /**
   * Removes or closes what is not desired, before anything is opened, and marks everything else as stale. Rejects with
   * StoreError.
   */
  async settle(desired: Desired, signal: AbortSignal): Promise<void> {
    const { store, keyPrefix, layout, share, redisNow } = this.#options;
    for (const left of await readLeftovers(store, keyPrefix, desired, share?.shard)) {
      // A start that could not wait has begun without this.
      if (signal.aborted) return;
      const ofServer = desired.get(left.server);
      await this.#resolveOne(
        left,
        ofServer === undefined ? undefined : { paths: ofServer, holds: () => false },
      );
      if (ofServer === undefined || signal.aborted) continue;
      const paths = this.#ownOf(left.server, ofServer);
      const inherited = [...left.records].filter(([path]) => paths.has(path)).map(
        ([path, record]): [string, SubRecord] => [
          path,
          { ...inheritedRecord(record ?? UNKNOWN, redisNow()), epoch: layout.term() },
        ],
      );
      layout.inherit(left.server, { mark: left.mark, records: new Map(inherited) });
      this.#mergeFrom(left, paths);
      const { subs } = createKeys(keyPrefix, left.server, store.clustered);
      await store.apply(inherited.map(([field, record]) => ({
        ...{ kind: "field", key: subs, field, value: JSON.stringify(record) },
      })));
    }
  }

  /** Does the same once more, when it is known what is desired, for what could not be read before. Rejects with StoreError. */
  async settleRest(signal: AbortSignal): Promise<void> {
    const { store, keyPrefix, layout, share } = this.#options;
    const desired = share?.all() ?? new Map(
      [...layout.servers()].map(([name, projector]) => [name, new Set(projector.paths())]),
    );
    for (const left of await readLeftovers(store, keyPrefix, desired, share?.shard)) {
      // At a stop no server is there any more, and yet all are desired.
      if (signal.aborted) return;
      const projector = new Map(layout.servers()).get(left.server);
      const present = projector === undefined ? undefined : {
        paths: share === undefined ? new Set(projector.paths()) : desired.get(left.server) ?? NONE,
        holds: (key: string) => projector.holds(key),
      };
      await this.#resolveOne(left, present);
      if (present !== undefined) this.#mergeFrom(left, this.#ownOf(left.server, present.paths));
    }
  }

  /** Applies at once: what a queue holds for Redis may be newer, and comes later. */
  async #resolveOne(left: Leftover, present: Present | undefined): Promise<void> {
    const { store, keyPrefix, share, redisNow } = this.#options;
    const keys = createKeys(keyPrefix, left.server, store.clustered, share?.shard);
    if (share !== undefined) return await this.#resolveShare(left, keys, { ...share, present });
    const unread = [...left.records].filter(([, record]) => record === undefined).map(([path]) => path);
    if (unread.length > 0 || left.isForeign) {
      warn("What stood in a key of okws is nothing of okws, it is removed", {
        key: keys.subs,
        ...(left.isForeign ? {} : { field: unread[0], fields: unread.length }),
      });
    }
    await store.apply(resolveLeftover(left, keys, present, Math.round(redisNow())));
  }

  /** Of one that is not desired each shard removes what is its own, and the first one says that nobody keeps it up. */
  async #resolveShare(
    left: Leftover,
    keys: Keys,
    { present, ...share }: Share & { readonly present: Present | undefined },
  ): Promise<void> {
    const { store, redisNow } = this.#options;
    const { paths, holds } = present ?? { paths: NONE, holds: () => false };
    const writes = resolveLeftover(
      ...[ownLeftover(left, keys, share, paths), keys] as const,
      ...[{ paths, holds }, Math.round(redisNow())] as const,
    );
    if (present === undefined && share.shard.index === 1) {
      writes.push({ kind: "row", key: keys.status, row: {}, whole: true });
    }
    await store.apply(writes);
  }

  #ownOf(server: string, paths: ReadonlySet<string>): ReadonlySet<string> {
    const { share } = this.#options;
    return share === undefined ? paths : new Set([...paths].filter((path) => share.owns(server, path)));
  }

  #mergeFrom({ server, rows }: Leftover, paths: ReadonlySet<string>): void {
    const { store, keyPrefix, layout } = this.#options;
    layout.mergeFrom(server, earlierRowsOf(rows, createKeys(keyPrefix, server, store.clustered), paths));
  }
}

const NONE: ReadonlySet<string> = new Set();

/** A field that is no record, of a path that is desired. */
const UNKNOWN = newRecord("stale", 0);
