/**
 * Keeps Redis what it should be: looks every few seconds whether what was written is still there, and writes again what is
 * missing or was changed.
 */
import { roomLogger, sparseWarning } from "../logging/log.ts";
import { StoreError } from "../shared/errors.ts";
import type { Projector } from "../store/layout/projector.ts";
import type { Span } from "../store/layout/stored_series.ts";
import { findDamagedBooks } from "../store/read/book_damage.ts";
import { findChanged, findDamage, readSets } from "../store/read/damage.ts";
import { comparisonFault, forbiddenReads, PermittedReads } from "../store/read/reading_rights.ts";
import { isWrongType } from "../shared/redis_errors.ts";
import { keyOf } from "../store/write/refused_writes.ts";
import type { Write } from "../store/write/write.ts";
import type { WriteQueues } from "../store/write/write_queues.ts";
import type { Leftovers, LeftoversOptions } from "./leftovers.ts";
import { Presence, type PresenceCheck, type StoredNames } from "./presence.ts";
import type { Recovery } from "./recovery.ts";
import { RecordPresence } from "./record_presence.ts";

/** What is kept up, and with what. */
export type UpkeepOptions = LeftoversOptions & {
  readonly queues: WriteQueues;
  /** What an earlier process left may be in a Redis that comes back. */
  readonly leftovers: Pick<Leftovers, "settleRest">;
  /** Compares what commands asked for; rejects with StoreError. */
  readonly compareDesired: () => Promise<void>;
  /** What is known of the rows of series by their names. */
  readonly named: StoredNames;
  /** What was compared when the connection was lost last. */
  readonly recovery: Pick<Recovery, "isCompared" | "markCompared">;
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

/** Compares Redis with what was written. */
export class Upkeep {
  readonly #options: UpkeepOptions;
  readonly #presence: Presence;
  readonly #recordPresence: RecordPresence;
  /** By server: looks to go before it is written again as a whole, and how many there will be the next time. */
  readonly #patience = new Map<string, { left: number; next: number }>();
  #turn = 0;

  constructor(options: UpkeepOptions) {
    const { store, layout, named, share } = options;
    this.#options = options;
    this.#presence = new Presence({ store, layout, named });
    this.#recordPresence = new RecordPresence({ store, layout, owns: share?.owns });
  }

  /**
   * Looks once, and writes again what is not as it was written. Resolves with what cannot be compared, in words; empty
   * where everything can. Rejects with StoreError.
   */
  async look(signal: AbortSignal): Promise<string> {
    const { store, keyPrefix, queues } = this.#options;
    queues.retry();
    const reads = new PermittedReads();
    const forbidden = await forbiddenReads(store, keyPrefix);
    await this.#compare(reads, signal);
    const fault = comparisonFault(forbidden, reads.refused);
    if (fault !== "") {
      warn("Redis does not let okws read what it has written, damage is not seen", {
        reads: forbidden.join(", "),
        remedy: "okws redis-acl prints the rights that okws needs",
      });
    }
    return fault;
  }

  async #compare(reads: PermittedReads, signal: AbortSignal): Promise<void> {
    const { store, queues, layout } = this.#options;
    const expected = this.#share(this.#written());
    const over = this.#ended().map(([row]) => row);
    const series = new Map(
      [...layout.servers()].map(([server, projector]) => [server, projector.losses.series()]),
    );
    const looksAtRows = this.#presence.begin();
    const looksAtRecords = this.#recordPresence.begin();
    await queues.idle();
    await reads.take(this.#options.compareDesired(), undefined);
    const failures: StoreError[] = [];
    for (const [server, projector] of [...layout.servers()]) {
      // One whose node of a cluster is away is compared when that is back, the others now.
      if (queues.isAway(layout.keysOf(server).prefix)) continue;
      const share = {
        spans: series.get(server) ?? [],
        look: looksAtRows.get(server),
        records: looksAtRecords.get(projector),
      };
      try {
        if (await this.#compareServer(server, projector, { ...share, signal, reads })) return;
      } catch (error) {
        if (!store.clustered || !(error instanceof StoreError)) throw error;
        failures.push(error);
      }
    }
    const isHere = (write: Write) => !queues.isAway(keyOf(write));
    await this.#repair(expected.filter(isHere), over.filter(isHere), reads);
    if (failures.length > 0) throw failures[0];
  }

  /** Returns whether all of it is written again: then nothing else can be said. */
  async #compareServer(
    server: string,
    projector: Projector,
    { spans, look, records, signal, reads }: {
      readonly spans: readonly Span[];
      readonly look: PresenceCheck | undefined;
      readonly records: Parameters<RecordPresence["compare"]>[2] | undefined;
      readonly signal: AbortSignal;
      readonly reads: PermittedReads;
    },
  ): Promise<boolean> {
    const { queues, layout, recovery } = this.#options;
    const { prefix, gaps } = layout.keysOf(server);
    const since = await reads.take(this.#lostSince(server), undefined);
    // Before anything newer is recorded: they keep their ids where the stream is empty.
    if (records !== undefined && !queues.isRefused(appendTo(gaps))) {
      queues.add(await reads.take(this.#recordPresence.compare(server, projector, records), []));
    }
    if (since === undefined) {
      this.#patience.delete(server);
      const lost = await reads.take(this.#findLost(spans), []);
      queues.add(lost.flatMap((span) => projector.losses.recordSeries(span, Date.now())));
      // What was dropped is recorded first, so that it is not missed twice.
      if (look !== undefined && !queues.hasDropped(prefix)) {
        queues.add(await reads.take(this.#presence.compare(server, projector.losses, look), []));
      }
    } else if (!this.#isPatient(server)) {
      warn("Redis has lost what was in it, writing all of it again", { server });
      // What streams lacked after a loss of the connection is recorded, or there again.
      const unknown = spans.filter(({ key }) => !recovery.isCompared(key));
      recovery.markCompared(spans.map(({ key }) => key));
      await this.#writeAgain(server, projector, { spans: unknown, since, signal, reads });
      return true;
    }
    recovery.markCompared(spans.map(({ key }) => key));
    await reads.take(this.#removeForeign(server), undefined);
    await reads.take(this.#removeStrangers(projector), undefined);
    return false;
  }

  /** Writes again what is not as it was written. */
  async #repair(
    expected: readonly Write[],
    over: Parameters<typeof findChanged>[1],
    reads: PermittedReads,
  ): Promise<void> {
    const { store, queues, layout } = this.#options;
    const found = await this.#damageOf(expected, reads);
    found.push(...await reads.take(findChanged(store, over), []));
    for (const [server] of layout.servers()) layout.renewEpoch(server);
    if (found.length === 0) return;
    // What was written again meanwhile is there, or on its way.
    const groups = new Map<unknown, readonly Write[]>(
      this.#ended().map((group) => [identityOf(group[0]), group]),
    );
    const current = new Set([...this.#written().map(identityOf), ...groups.keys()]);
    // A book whose levels are not as they were written is so whatever was written of it meanwhile.
    const isCurrent = (write: Write) =>
      current.has(identityOf(write)) || (write.kind === "book" && write.row === undefined);
    const damaged = found.filter((write) => isCurrent(write) && !queues.isRefused(write));
    if (damaged.length === 0) return;
    const [first] = damaged;
    warn("Something else has changed or removed what okws keeps, it is written again", {
      key: first?.kind === "publish" ? first.channel : first?.key,
      writes: damaged.length,
    });
    store.forget();
    queues.add(damaged.flatMap((write) => groups.get(identityOf(write)) ?? [write]));
  }

  /**
   * Returns undefined when Redis has the mark that this process gave it last; otherwise since when something that was
   * written may be missing: an older mark of ours is that of an older copy, anything else (0) says nothing.
   */
  async #lostSince(server: string): Promise<number | undefined> {
    const { store, layout, queues, redisNow } = this.#options;
    const value = layout.epoch(server);
    const { epoch } = layout.keysOf(server);
    if (queues.isRefused({ kind: "text", key: epoch, value: "", ttlMs: 0 })) return undefined;
    try {
      const found = await store.text(epoch);
      if (found === value || layout.epoch(server) !== value) return undefined;
      const [since = "", instance] = (found ?? "").split("-");
      return instance === value?.split("-")[1] ? Number(since) + Date.now() - redisNow() : 0;
    } catch (error) {
      if (isWrongType(error)) return 0;
      throw error;
    }
  }

  /** One that is another's look after look may be one that two processes write: patience grows. */
  #isPatient(server: string): boolean {
    const known = this.#patience.get(server) ?? { left: 0, next: 1 };
    this.#patience.set(server, known);
    if (known.left > 0) {
      known.left -= 1;
      return true;
    }
    known.left = known.next;
    known.next = Math.min(MAX_PATIENCE, 2 * known.next);
    return false;
  }

  /** Everything that lasts, with a share of the rows where they are many. */
  #share(writes: readonly Write[]): Write[] {
    const rows = writes.filter(({ kind }) => kind !== "field");
    const count = Math.min(MAX_ROWS, Math.max(MIN_ROWS, Math.ceil(rows.length / 3)));
    const from = rows.length <= count ? 0 : (this.#turn * count) % rows.length;
    this.#turn += 1;
    const chosen = [
      ...rows.slice(from, from + count),
      ...rows.slice(0, Math.max(0, from + count - rows.length)),
    ];
    return [...writes.filter(({ kind }) => kind === "field"), ...chosen];
  }

  #written(): Write[] {
    return [...this.#options.layout.servers()].flatMap(([, projector]) => projector.written());
  }

  #ended(): ReturnType<Projector["ended"]> {
    return [...this.#options.layout.servers()].flatMap(([, projector]) => projector.ended());
  }

  /** Each kind of key is read by a command of its own, which may be the one that is refused. */
  async #damageOf(expected: readonly Write[], reads: PermittedReads): Promise<Write[]> {
    const { store } = this.#options;
    const found: Write[] = [];
    for (const kinds of [["row", "book", "field"], ["member"], ["score"]]) {
      const writes = expected.filter(({ kind }) => kinds.includes(kind));
      found.push(...await reads.take(findDamage(store, writes), []));
    }
    found.push(...await reads.take(findDamagedBooks(store, expected, this.#turn), []));
    return found;
  }

  /** Redis is another one, or an older copy: of series a part may be there, of everything else what was over by now. */
  async #writeAgain(
    server: string,
    projector: Projector,
    { spans, since, signal, reads }: {
      readonly spans: readonly Span[];
      readonly since: number;
      readonly signal: AbortSignal;
      readonly reads: PermittedReads;
    },
  ): Promise<void> {
    const { store, layout, queues, leftovers } = this.#options;
    const now = Date.now();
    const gone = new Set((await reads.take(this.#findLost(spans), [])).map(({ path }) => path));
    queues.add(
      spans.flatMap((span) =>
        projector.losses.recordSeries(
          gone.has(span.path) ? span : { ...span, from: Math.max(span.from, since), rows: 0, isOlder: false },
          now,
        )
      ),
    );
    const { prefix } = layout.keysOf(server);
    store.forget(queues.inLaneOf(prefix));
    layout.renewEpoch(server);
    queues.restate(queues.inLaneOf(prefix));
    await reads.take(leftovers.settleRest(signal), undefined);
  }

  /** Series that have had rows, and of which there is nothing. */
  async #findLost(spans: readonly Span[]): Promise<Span[]> {
    const { store } = this.#options;
    const lost: Span[] = [];
    for (let at = 0; at < spans.length; at += PORTION) {
      const portion = spans.slice(at, at + PORTION);
      const types = await Promise.all(portion.map(({ key }) => store.type(key)));
      lost.push(...portion.filter((_, i) => types[i] === "none"));
    }
    return lost;
  }

  /** Fields of `P/subs` that are none of this process's. */
  async #removeForeign(server: string): Promise<void> {
    const { store, layout, share, queues } = this.#options;
    const { subs } = layout.keysOf(server);
    const [fields = {}] = await store.rows([subs]);
    const projector = new Map(layout.servers()).get(server);
    if (projector === undefined) return;
    const paths = new Set(projector.paths());
    const foreign = Object.keys(fields).filter((path) =>
      !paths.has(path) && share?.owns(server, path) !== false
    );
    queues.add(foreign.map((field): Write => ({ kind: "unfield", key: subs, field })));
  }

  /** Members of sets that others have put there: what is not open, or not listed. */
  async #removeStrangers(projector: Projector): Promise<void> {
    const { store, queues } = this.#options;
    const found = await readSets(store, projector.sets().map(({ key }) => key));
    // Asked for again: what was added meanwhile is ours.
    for (const { key, members } of projector.sets()) {
      const strangers = (found.get(key) ?? []).filter((member) => !members.has(member));
      if (strangers.length === 0) continue;
      warn("Something else has put members into a set of okws, they are removed", {
        key,
        members: strangers.length,
      });
      queues.add(strangers.map((member): Write => ({ kind: "unmember", key, member })));
    }
  }
}

/** Returns an append to a stream, whatever it says. */
function appendTo(key: string): Write {
  return { kind: "append", key, id: "", row: {}, bytes: 0 };
}

/** Returns the same as long as nothing newer was written: rows are never changed, but made again. */
function identityOf(write: Write): unknown {
  if (write.kind === "row" || write.kind === "book") return write.row;
  if (write.kind === "field") return `${write.key}\n${write.field}\n${write.value}`;
  if (write.kind === "score" || write.kind === "member") return `${write.key}\n${write.member}`;
  return write;
}
