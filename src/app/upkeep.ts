/**
 * Keeps Redis what it should be. At the start nothing of an earlier process may pass for live; from then on it is looked
 * every few seconds whether what was written is still there, and what is missing or was changed is written again.
 */
import type { Projectors } from "./projectors.ts";
import { roomLogger, sparseWarning } from "../logging/log.ts";
import { Presence, type StoredNames } from "./presence.ts";
import { RecordPresence } from "./record_presence.ts";
import type { Batcher } from "../store/write/batcher.ts";
import { findChanged, findDamage, readSets } from "../store/read/damage.ts";
import { createKeys, serversKey } from "../store/layout/keys.ts";
import {
  inheritedRecord,
  type Leftover,
  type Present,
  readLeftovers,
  settleLeftover,
} from "../store/read/leftovers.ts";
import { earlierRowsOf } from "../store/read/leftover_rows.ts";
import type { Projector } from "../store/layout/projector.ts";
import { comparisonFault, forbiddenReads, PermittedLooks } from "../store/read/reading_rights.ts";
import { isWrongType } from "../store/redis/redis_errors.ts";
import type { Span } from "../store/layout/stored_series.ts";
import type { Store } from "../store/store.ts";
import type { SubRecord } from "../store/layout/subscription_record.ts";
import type { Write } from "../store/write/write.ts";

/** What is kept up, and with what. */
export type UpkeepOptions = {
  readonly store: Store;
  readonly keyPrefix: string;
  readonly layout: Projectors;
  readonly batcher: Batcher;
  /** What commands asked for, as it is remembered. */
  readonly register: () => Write[];
  /** Redis' time now. */
  readonly redisNow: () => number;
  /** What is known of the rows of series by their names. */
  readonly named: StoredNames;
  /** The channel that a process listens to as long as it runs. */
  readonly aliveChannel: (instance: string) => string;
};

/** Paths that are wanted, by server. */
export type Desired = ReadonlyMap<string, ReadonlySet<string>>;

/** Takes over what an earlier process left, then compares Redis with what was written. */
export type Upkeep = {
  /** Before anything is opened: what is not wanted is removed or closed, everything else is stale. Rejects with StoreError. */
  takeOver(desired: Desired, signal: AbortSignal): Promise<void>;
  /** The same once more, when it is known what is wanted, for what could not be read before. */
  settle(signal: AbortSignal): Promise<void>;
  /**
   * Looks once, and writes again what is not as it was written. Resolves with what cannot be compared, in words; empty
   * where everything can. Rejects with StoreError.
   */
  look(signal: AbortSignal): Promise<string>;
};

/** Rows compared in one look at least, and at most; of more a third, so that each has its turn within three looks. */
const MIN_ROWS = 5000;
const MAX_ROWS = 20_000;

/** Series asked for at once. */
const PORTION = 500;

/** Between two restorations of a database that is always another one, in looks, at most. */
const MAX_PATIENCE = 100;

const log = roomLogger("service");
const warn = sparseWarning(log);

/** Starts without having looked. */
export function createUpkeep(options: UpkeepOptions): Upkeep {
  const { store, keyPrefix, layout, batcher, register, redisNow, aliveChannel } = options;
  const presence = new Presence({ store, layout, named: options.named });
  const recordPresence = new RecordPresence({ store, layout });
  const patience = new Map<string, { left: number; next: number }>();
  let turn = 0;

  /** Applies at once: what a queue holds for Redis may be newer, and comes later. */
  const settleOne = async (left: Leftover, present: Present | undefined): Promise<void> => {
    if (present === undefined && await isAlive(left)) {
      log.warn("Another okws keeps a server under the same KEY_PREFIX, it is left alone", {
        server: left.server,
      });
      return;
    }
    const unread = [...left.records].filter(([, record]) => record === undefined).map(([path]) => path);
    const keys = createKeys(keyPrefix, left.server, store.clustered);
    if (unread.length > 0 || left.isForeign) {
      warn("What stood in a key of okws is nothing of okws, it is removed", {
        key: keys.subs,
        ...(left.isForeign ? {} : { field: unread[0], fields: unread.length }),
      });
    }
    await store.apply(settleLeftover(left, keys, present, Math.round(redisNow())));
  };
  const adopt = ({ server, rows }: Leftover, paths: ReadonlySet<string>): void => {
    layout.adopt(server, earlierRowsOf(rows, createKeys(keyPrefix, server, store.clustered), paths));
  };
  const isAlive = async ({ instance }: Leftover): Promise<boolean> =>
    instance !== "" && await store.listeners(aliveChannel(instance)) > 0;

  /**
   * Returns undefined when Redis has the mark that this process gave it last; otherwise since when something that was
   * written may be missing: an older mark of ours is that of an older copy, anything else (0) says nothing.
   */
  const lostSince = async (server: string): Promise<number | undefined> => {
    const value = layout.epoch(server);
    const { epoch } = createKeys(keyPrefix, server, store.clustered);
    if (batcher.isRefused({ kind: "text", key: epoch, value: "", ttlMs: 0 })) return undefined;
    try {
      const found = await store.text(epoch);
      if (found === value || layout.epoch(server) !== value) return undefined;
      const [since = "", instance] = (found ?? "").split("-");
      return instance === value?.split("-")[1] ? Number(since) : 0;
    } catch (error) {
      if (isWrongType(error)) return 0;
      throw error;
    }
  };

  /** One that is another's look after look may be one that two processes write: patience grows. */
  const isPatient = (server: string): boolean => {
    const known = patience.get(server) ?? { left: 0, next: 1 };
    patience.set(server, known);
    if (known.left > 0) {
      known.left -= 1;
      return true;
    }
    known.left = known.next;
    known.next = Math.min(MAX_PATIENCE, 2 * known.next);
    return false;
  };

  /** Everything that lasts, with a share of the rows where they are many. */
  const share = (writes: readonly Write[]): Write[] => {
    const rows = writes.filter(({ kind }) => kind !== "field");
    const count = Math.min(MAX_ROWS, Math.max(MIN_ROWS, Math.ceil(rows.length / 3)));
    const from = rows.length <= count ? 0 : (turn * count) % rows.length;
    turn += 1;
    const chosen = [
      ...rows.slice(from, from + count),
      ...rows.slice(0, Math.max(0, from + count - rows.length)),
    ];
    return [...writes.filter(({ kind }) => kind === "field"), ...chosen];
  };

  const written = (): Write[] => [
    ...register(),
    ...[...layout.servers()].flatMap(([, projector]) => projector.written()),
  ];

  const ended = () => [...layout.servers()].flatMap(([, projector]) => projector.ended());

  return {
    async takeOver(desired, signal) {
      for (const left of await readLeftovers(store, keyPrefix, desired)) {
        // Whoever was in a hurry has begun without this.
        if (signal.aborted) return;
        const paths = desired.get(left.server);
        await settleOne(left, paths === undefined ? undefined : { paths, holds: () => false });
        if (paths === undefined || signal.aborted) continue;
        const inherited = [...left.records].filter(([path]) => paths.has(path)).map(
          ([path, record]): [string, SubRecord] => [path, inheritedRecord(record ?? UNKNOWN, redisNow())],
        );
        for (const [path, record] of inherited) layout.takeOver(left.server, path, record);
        adopt(left, paths);
        const { subs } = createKeys(keyPrefix, left.server, store.clustered);
        await store.apply(inherited.map(([field, record]) => ({
          ...{ kind: "field", key: subs, field, value: JSON.stringify(record) },
        })));
      }
    },
    settle,
    async look(signal) {
      batcher.retry();
      const looks = new PermittedLooks();
      const forbidden = await forbiddenReads(store, keyPrefix);
      await compare(looks, signal);
      const fault = comparisonFault(forbidden, looks.refused);
      if (fault !== "") {
        warn("Redis does not let okws read what it has written, damage is not seen", {
          reads: forbidden.join(", "),
          remedy: "okws redis-acl prints the rights that okws needs",
        });
      }
      return fault;
    },
  };

  async function compare(looks: PermittedLooks, signal: AbortSignal): Promise<void> {
    const expected = share(written());
    const over = ended().map(([row]) => row);
    const series = new Map(
      [...layout.servers()].map(([server, projector]) => [server, projector.series()]),
    );
    const looksAtRows = presence.begin();
    const looksAtRecords = recordPresence.begin();
    await batcher.idle();
    for (const [server, projector] of [...layout.servers()]) {
      const since = await looks.take(lostSince(server), undefined);
      const spans = series.get(server) ?? [];
      const records = looksAtRecords.get(projector);
      // Before anything newer is recorded: they keep their ids where the stream is empty.
      if (records !== undefined && !batcher.isRefused(appendTo(layout.keysOf(server).gaps))) {
        batcher.add(await looks.take(recordPresence.compare(server, projector, records), []));
      }
      if (since === undefined) {
        patience.delete(server);
        const lost = await looks.take(findLost(spans), []);
        batcher.add(lost.flatMap((span) => projector.lost(span, Date.now())));
        const look = looksAtRows.get(server);
        // What was dropped is recorded first, so that it is not missed twice.
        if (look !== undefined && !batcher.hasDropped()) {
          batcher.add(await looks.take(presence.compare(server, projector, look), []));
        }
      } else if (!isPatient(server)) {
        warn("Redis has lost what was in it, writing all of it again", { server });
        await startAnew(server, projector, { spans, since, signal, looks });
        return;
      }
      await looks.take(removeForeign(server), undefined);
      await looks.take(removeStrangers(projector), undefined);
    }
    const found = await damageOf(expected, looks);
    found.push(...await looks.take(findChanged(store, over), []));
    for (const [server] of layout.servers()) layout.renewEpoch(server);
    if (found.length === 0) return;
    // What was written again meanwhile is there, or on its way.
    const groups = new Map<unknown, readonly Write[]>(ended().map((group) => [identityOf(group[0]), group]));
    const current = new Set([...written().map(identityOf), ...groups.keys()]);
    const damaged = found.filter((write) => current.has(identityOf(write)) && !batcher.isRefused(write));
    if (damaged.length === 0) return;
    const [first] = damaged;
    warn("Something else has changed or removed what okws keeps, it is written again", {
      key: first?.kind === "publish" ? first.channel : first?.key,
      writes: damaged.length,
    });
    store.forget();
    batcher.add(damaged.flatMap((write) => groups.get(identityOf(write)) ?? [write]));
  }

  /** Each kind of key is read by a command of its own, which may be the one that is refused. */
  async function damageOf(expected: readonly Write[], looks: PermittedLooks): Promise<Write[]> {
    const found: Write[] = [];
    for (const kinds of [["row", "field"], ["member"], ["score"]]) {
      const writes = expected.filter(({ kind }) => kinds.includes(kind));
      found.push(...await looks.take(findDamage(store, writes), []));
    }
    return found;
  }

  async function settle(signal: AbortSignal): Promise<void> {
    const wanted = new Map([...layout.servers()].map(([name, { paths }]) => [name, new Set(paths())]));
    for (const left of await readLeftovers(store, keyPrefix, wanted)) {
      // At a stop no server is there any more, and yet all are wanted.
      if (signal.aborted) return;
      const projector = new Map(layout.servers()).get(left.server);
      const present = projector === undefined
        ? undefined
        : { paths: new Set(projector.paths()), holds: (key: string) => projector.holds(key) };
      await settleOne(left, present);
      if (present !== undefined) adopt(left, present.paths);
    }
  }

  /** Redis is another one, or an older copy: of series a part may be there, of everything else what was over by now. */
  async function startAnew(
    server: string,
    projector: Projector,
    { spans, since, signal, looks }: {
      readonly spans: readonly Span[];
      readonly since: number;
      readonly signal: AbortSignal;
      readonly looks: PermittedLooks;
    },
  ): Promise<void> {
    const now = Date.now();
    const gone = new Set((await looks.take(findLost(spans), [])).map(({ path }) => path));
    batcher.add(
      spans.flatMap((span) =>
        projector.lost(
          gone.has(span.path) ? span : { ...span, from: Math.max(span.from, since), rows: 0 },
          now,
        )
      ),
    );
    batcher.add(await looks.take(findForgotten(server), []));
    store.forget();
    layout.renewEpoch(server);
    batcher.restate();
    await looks.take(settle(signal), undefined);
  }

  /** What an older copy remembers of commands that were taken back since. */
  async function findForgotten(server: string): Promise<Write[]> {
    const keys = [createKeys(keyPrefix, server, store.clustered).wanted, serversKey(keyPrefix)];
    const found = await store.rows(keys);
    const known = new Set(
      register().map((write) => write.kind === "field" ? `${write.key}\n${write.field}` : ""),
    );
    return keys.flatMap((key, i) =>
      Object.keys(found[i] ?? {}).filter((field) => !known.has(`${key}\n${field}`))
        .map((field): Write => ({ kind: "unfield", key, field }))
    );
  }

  /** Series that have had rows, and of which there is nothing. */
  async function findLost(spans: readonly Span[]): Promise<Span[]> {
    const lost: Span[] = [];
    for (let at = 0; at < spans.length; at += PORTION) {
      const portion = spans.slice(at, at + PORTION);
      const types = await Promise.all(portion.map(({ key }) => store.type(key)));
      lost.push(...portion.filter((_, i) => types[i] === "none"));
    }
    return lost;
  }

  /** Fields of `P/subs` that are none of this process's. */
  async function removeForeign(server: string): Promise<void> {
    const { subs } = createKeys(keyPrefix, server, store.clustered);
    const [fields = {}] = await store.rows([subs]);
    const projector = new Map(layout.servers()).get(server);
    if (projector === undefined) return;
    const paths = new Set(projector.paths());
    const foreign = Object.keys(fields).filter((path) => !paths.has(path));
    batcher.add(foreign.map((field): Write => ({ kind: "unfield", key: subs, field })));
  }

  /** Members of sets that others have put there: what is not open, or not listed. */
  async function removeStrangers(projector: Projector): Promise<void> {
    const found = await readSets(store, projector.sets().map(({ key }) => key));
    // Asked for again: what was added meanwhile is ours.
    for (const { key, members } of projector.sets()) {
      const strangers = (found.get(key) ?? []).filter((member) => !members.has(member));
      if (strangers.length === 0) continue;
      warn("Something else has put members into a set of okws, they are removed", {
        key,
        members: strangers.length,
      });
      batcher.add(strangers.map((member): Write => ({ kind: "unmember", key, member })));
    }
  }
}

/** A field that is no record, of a path that is wanted. */
const UNKNOWN: SubRecord = {
  state: "stale",
  since: 0,
  receivedAt: 0,
  exchangeAt: 0,
  rows: 0,
  error: null,
  owners: [],
  connection: "",
  generation: 0,
};

/** An append to a stream, whatever it says. */
function appendTo(key: string): Write {
  return { kind: "append", key, id: "", row: {}, bytes: 0 };
}

/** The same as long as nothing newer was written: rows are never changed, but made again. */
function identityOf(write: Write): unknown {
  if (write.kind === "row") return write.row;
  if (write.kind === "field") return `${write.key}\n${write.field}\n${write.value}`;
  if (write.kind === "score" || write.kind === "member") return `${write.key}\n${write.member}`;
  return write;
}
