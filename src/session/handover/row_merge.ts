/**
 * One connection replaces another without losing or repeating a row. The events of both are taken for a while: of events
 * whichever connection brings a row first passes it on and the repetition is dropped; of everything that replaces
 * itself, the old one is authoritative until the new one is; of an order book, the new one goes on exactly behind the last
 * sequence number that the old one passed on.
 */
import { tradeIdOf } from "../../okx/trade_row.ts";
import type { SessionEvent } from "../../model/events.ts";
import type { DataFrame, Row } from "../../okx/frame.ts";
import type { Topic } from "../../okx/topic.ts";

/** Which of the two connections an event is of. */
export type Side = "old" | "new";

type BookEvent = SessionEvent & { kind: "book" };
type RowsEvent = SessionEvent & { kind: "rows" };

/** Where the handover of one upstream subscription stands. */
type Key = {
  /** The new connection is authoritative for it. */
  switched: boolean;
  /** Rows passed on and rows seen of each side, by identity. */
  readonly passed: Map<string, number>;
  readonly seen: Record<Side, Map<string, number>>;
  /** Of a book: the last number that the old connection passed on, and what the new one has had since its snapshot. */
  lastSeqId: string;
  /** That book broke on the old connection. */
  broken: boolean;
  waiting: { readonly seqId: string; readonly event: BookEvent }[];
};

/** Rows of one subscription remembered at most; a minute of the busiest instrument is less. */
const MAX_ROWS = 20_000;

/** Book pushes kept until the old connection has reached them. */
const MAX_WAITING = 2000;

/** Merges the events of two connections, one of which takes over from the other. */
export class RowMerge {
  readonly #keys = new Map<string, Key>();

  /** The upstream subscriptions that change hands, and the number at which the book of each is. */
  constructor(keys: Iterable<string>, seqIdOf: (key: string) => string = () => "") {
    for (const key of keys) {
      this.#keys.set(key, {
        switched: false,
        passed: new Map(),
        seen: { old: new Map(), new: new Map() },
        lastSeqId: seqIdOf(key),
        broken: false,
        waiting: [],
      });
    }
  }

  /** Returns whether this event is about something that changes hands. */
  concerns(event: SessionEvent): boolean {
    const key = keyOf(event);
    return key !== undefined && this.#keys.has(key);
  }

  /** Returns what of an event is passed on. */
  pass(side: Side, event: SessionEvent): readonly SessionEvent[] {
    const key = this.#keys.get(keyOf(event) ?? "");
    if (key === undefined) return [event];
    switch (event.kind) {
      case "rows":
        // What was fetched fills a gap of before, or is a whole list: neither connection will bring it again.
        if (isBeside(event.frame)) return [event];
        return isAppended(event.topics[0] as Topic)
          ? this.#merge(key, side, event)
          : this.#replace(key, side, event);
      case "book":
        return side === "old" ? this.#oldBook(key, event) : this.#newBook(key, event);
      case "subscription":
      case "unreadable":
        // Whichever is authoritative also says how it stands.
        return (side === "new") === key.switched ? [event] : [];
      default:
        return side === "old" || key.switched ? [event] : [];
    }
  }

  /** Returns whether the new connection is authoritative for an upstream subscription. */
  isSwitched(key: string): boolean {
    return this.#keys.get(key)?.switched ?? true;
  }

  /**
   * Begins again when the new connection was lost and will be made again: the old one is authoritative for everything, but does
   * not repeat what the new one brought before it.
   */
  restart(): void {
    for (const key of this.#keys.values()) {
      key.switched = false;
      key.seen.new = new Map();
      key.waiting = [];
    }
  }

  /**
   * Ends with the old connection: the new one is authoritative for everything, beginning with the books that it holds already.
   * `behind` are the books that have not reached there what the old one passed on last, with that number.
   */
  finish(): { readonly events: readonly SessionEvent[]; readonly behind: ReadonlyMap<string, string> } {
    const events: SessionEvent[] = [];
    const behind = new Map<string, string>();
    for (const [name, key] of this.#keys) {
      if (key.switched) continue;
      if (isBehind(key)) {
        behind.set(name, key.lastSeqId);
        key.waiting = [];
        key.switched = true;
      } else events.push(...this.#take(key, 0));
    }
    return { events, behind };
  }

  /** Returns what of an event of the new connection is passed on after the end: the old one may have been ahead of it. */
  late(event: SessionEvent): readonly SessionEvent[] {
    const key = this.#keys.get(keyOf(event) ?? "");
    const isRepeatable = event.kind === "rows" && isAppended(event.topics[0] as Topic) &&
      !isBeside(event.frame);
    return key === undefined || !isRepeatable ? [event] : this.#once(key, "new", event);
  }

  /** Rows that add up: each one once, whichever connection brings it first. */
  #merge(key: Key, side: Side, event: RowsEvent): readonly SessionEvent[] {
    if (side === "new") key.switched = true;
    return this.#once(key, side, event);
  }

  /** Returns rows that replace each other: those of the old connection until the new one has any. */
  #replace(key: Key, side: Side, event: RowsEvent): readonly SessionEvent[] {
    if (side === "new") key.switched = true;
    else if (key.switched) return [];
    const { action, page } = event.frame;
    // A whole list is taken as one: a part of it would say that the rest is gone.
    const isList = page !== undefined || action === "snapshot";
    const once = this.#once(key, side, event);
    return isList || once.length > 0 ? [event] : [];
  }

  /** A frame with those of its rows that neither connection has brought before. */
  #once(key: Key, side: Side, event: RowsEvent): readonly SessionEvent[] {
    const fresh = event.frame.rows.filter((row) => {
      const identity = identityOf(row);
      const seen = count(key.seen[side], identity);
      if (seen <= (key.passed.get(identity) ?? 0)) return false;
      count(key.passed, identity);
      return true;
    });
    if (fresh.length === event.frame.rows.length) return [event];
    if (fresh.length === 0) return [];
    const frame: DataFrame = { ...event.frame, rows: fresh, text: "" };
    return [{ ...event, frame }];
  }

  #oldBook(key: Key, event: BookEvent): readonly SessionEvent[] {
    if (key.switched) return [];
    key.broken = event.book.state === "syncing";
    // A book that broke on the old connection is not rebuilt there any more; what it passed on last stands.
    if (key.broken) {
      return key.waiting.length === 0 || isBehind(key) ? [event] : [event, ...this.#take(key, 0)];
    }
    key.lastSeqId = event.book.seqId;
    return [event, ...this.#align(key)];
  }

  #newBook(key: Key, event: BookEvent): readonly SessionEvent[] {
    if (key.switched) return [event];
    if (event.book.state === "syncing") {
      key.waiting = [];
      return [];
    }
    if (event.frame?.action !== "update") key.waiting = [];
    key.waiting.push({ seqId: event.book.seqId, event });
    if (key.broken && !isBehind(key)) return this.#take(key, 0);
    if (key.waiting.length > MAX_WAITING) {
      if (!isBehind(key)) return this.#take(key, 0);
      key.waiting.shift();
    }
    return this.#align(key);
  }

  /** Goes on behind the number at which the old connection is, once the new one has it too. */
  #align(key: Key): readonly SessionEvent[] {
    if (key.lastSeqId === "") return [];
    const at = key.waiting.findLastIndex(({ seqId }) => seqId === key.lastSeqId);
    return at < 0 ? [] : this.#take(key, at + 1);
  }

  #take(key: Key, from: number): readonly SessionEvent[] {
    const events = key.waiting.slice(from).map(({ event }) => event);
    key.switched = true;
    key.waiting = [];
    return events;
  }
}

/** Returns whether the new connection's book is older than what the old one passed on last. */
function isBehind({ lastSeqId, waiting }: Key): boolean {
  const reached = waiting.at(-1)?.seqId;
  // Books without numbers cannot be compared.
  if (lastSeqId === "" || reached === "") return false;
  return reached === undefined || BigInt(reached) < BigInt(lastSeqId);
}

/** Returns whether rows are none that both connections push. */
function isBeside({ action }: DataFrame): boolean {
  return action === "backfill" || action === "list" || action === "foreign";
}

function keyOf(event: SessionEvent): string | undefined {
  if (event.kind === "rows" || event.kind === "book" || event.kind === "unreadable") {
    return event.topics[0]?.upstream;
  }
  return event.kind === "subscription" ? event.topic.upstream : undefined;
}

/** Returns whether each row counts by itself and none replaces another. */
function isAppended({ storage }: Topic): boolean {
  return storage === "events" || storage === "trades";
}

/** Returns what makes a row the same on both connections: the id of a trade, or all that it says. */
function identityOf(row: unknown): string {
  const id = tradeIdOf(row);
  return id === undefined ? JSON.stringify(row) : `${String((row as Row).instId)} ${id}`;
}

/** Counts one more; what was counted longest ago is forgotten beyond the limit. */
function count(counts: Map<string, number>, identity: string): number {
  const next = (counts.get(identity) ?? 0) + 1;
  counts.set(identity, next);
  if (counts.size > MAX_ROWS) counts.delete(counts.keys().next().value as string);
  return next;
}
