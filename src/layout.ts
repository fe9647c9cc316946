/**
 * The layouts of all servers side by side: takes what the sessions tell, hands on what is to be written, and knows
 * everything that has to be said again to a Redis that has lost it.
 */
import type { Settings } from "./config/schema.ts";
import type { SessionEvent } from "./event.ts";
import { roomLogger, sparseWarning } from "./log.ts";
import type { Stats } from "./stats.ts";
import type { Drop } from "./store/drops.ts";
import { createKeys } from "./store/keys.ts";
import { createProjector, type Projector } from "./store/project.ts";
import type { Store } from "./store/store.ts";
import type { Tap } from "./store/tap.ts";
import type { Write } from "./store/write.ts";

/** What a layout needs, and whom it tells. */
export type LayoutOptions = {
  readonly settings: Settings;
  readonly store: Pick<Store, "clustered" | "type">;
  readonly stats: Stats;
  readonly tap: Tap;
  /** What is to be written; `receivedAt` is when the event behind it came. */
  readonly add: (writes: Write[], receivedAt?: number) => void;
};

/** See the module comment. */
export type Layout = {
  /** An event of a server, in order. */
  onEvent(server: string, event: SessionEvent): void;
  /** What only one write per batch needs to say. */
  flush(): Write[];
  /** Statuses and subscriptions, as they are now. */
  statuses(): Write[];
  /** Every row that is held. */
  rows(): Write[];
  /** Records of rows that were dropped. */
  dropped(drops: readonly Drop[]): Write[];
  /** Writes the order books whose writing was put off. */
  writeDueBooks(): void;
  /** Looks whether somebody has emptied Redis since everything was last written. */
  wasEmptied(): Promise<boolean>;
};

/** Between two looks at a mark that stays missing, at most. */
const MAX_LOOKS = 100;

const log = roomLogger("service");
const warn = sparseWarning(log);
/** Refused paths are told one by one, unless all of a large file are. */
const warnOfPath = sparseWarning(log, { lines: 100 });

/** Starts without servers; each begins with its first event and ends with its last. */
export function createLayout({ settings, store, stats, tap, add }: LayoutOptions): Layout {
  const projectors = new Map<string, Projector>();
  /** Looks to let pass before a mark that is still missing is taken for another loss, and how many the next time. */
  const missing = new Map<string, { left: number; next: number }>();
  // Nothing that is pushed ever writes this key, so that it is missing until everything was written again.
  const epochKey = (server: string) => createKeys(settings.KEY_PREFIX, server, store.clustered).epoch;
  const epochOf = (server: string): Write => {
    return { kind: "text", key: epochKey(server), value: String(Date.now()), ttlMs: 0 };
  };
  const projectorOf = (server: string): Projector => {
    let projector = projectors.get(server);
    if (projector === undefined) {
      projector = createProjector({
        keyPrefix: settings.KEY_PREFIX,
        server,
        maxRow: settings.MAX_ROW,
        clustered: store.clustered,
        books: { depth: settings.BOOK_DEPTH, intervalMs: settings.BOOK_INTERVAL_MS },
        onRefused: (path) => warn("A subscription brings more rows than are kept", { server, path }),
      });
      projectors.set(server, projector);
      add([epochOf(server)]);
    }
    return projector;
  };
  const all = (writes: (projector: Projector) => Write[]) => [...projectors.values()].flatMap(writes);
  return {
    onEvent(server, event) {
      const projector = projectorOf(server);
      // Rows may be anything: those that trip a projector over cost themselves and nothing else.
      try {
        const writes = projector.project(event);
        add(writes, event.at);
        tap.offer(server, writes);
      } catch (error) {
        if (event.kind !== "rows" && event.kind !== "book") throw error;
        stats.unreadable += 1;
        const path = event.topics[0]?.path ?? "";
        warn("Rows that cannot be kept are left out", { server, path, reason: String(error) });
      }
      if (event.kind === "closed") {
        add(projector.flush());
        projectors.delete(server);
      }
      if (event.kind === "subscription" && event.state === "refused") {
        const { topic, refusal } = event;
        warnOfPath("The exchange refused a subscription", { server, path: topic.path, ...refusal });
      }
    },
    flush: () => all((projector) => projector.flush()),
    statuses: () => all((projector) => projector.restate()),
    rows: () => [...all((projector) => projector.rewrite()), ...[...projectors.keys()].map(epochOf)],
    dropped(drops) {
      const now = Date.now();
      return all((projector) => projector.dropped(drops, now));
    },
    writeDueBooks() {
      const now = Date.now();
      for (const [server, projector] of projectors) {
        const writes = projector.due(now);
        add(writes);
        tap.offer(server, writes);
      }
    },
    async wasEmptied() {
      let found = false;
      for (const server of [...projectors.keys()]) {
        const type = await store.type(epochKey(server)).catch(() => undefined);
        if (type !== "none" || !projectors.has(server)) {
          missing.delete(server);
          continue;
        }
        // One that is missing look after look may be one that cannot be written: patience grows.
        const patience = missing.get(server) ?? { left: 0, next: 1 };
        missing.set(server, patience);
        if (patience.left > 0) patience.left -= 1;
        else {
          patience.left = patience.next;
          patience.next = Math.min(MAX_LOOKS, 2 * patience.next);
          warn("Redis has lost what was in it, writing all of it again", { server });
          found = true;
        }
      }
      return found;
    },
  };
}
