/**
 * Which instruments the exchange has. One that expires, is delisted or gets another name falls silent without a word on
 * its own channels: what is subscribed of it is refused as expired. One that comes to be is asked for again where it was refused.
 * Pushes and lists of `instruments` say it where they are subscribed; otherwise the lists are looked at now and then.
 */
import { sleep } from "../../shared/async/sleep.ts";
import { roomLogger } from "../../logging/log.ts";
import { typesOfInstrument } from "../../okx/account_lists.ts";
import type { RestHost } from "../../okx/endpoints.ts";
import type { DataFrame, Row } from "../../okx/frame.ts";
import type { Topic } from "../../okx/topic.ts";
import type { Stats } from "../../model/stats.ts";
import { DEFAULT_LIST_TIMING } from "./missing_from_lists.ts";
import { fetchList } from "./list_rows.ts";
import { isInstrument } from "./instrument_lists.ts";

/** Instruments by their names: those that are no longer traded, and those that are. */
export type Listing = { readonly gone: ReadonlySet<string>; readonly listed: ReadonlySet<string> };

/** What the watch needs, and what it calls. */
export type ListingWatchOptions = {
  readonly server: string;
  readonly rest: RestHost;
  readonly stats: Pick<Stats, "unreadable">;
  readonly turn: (signal: AbortSignal) => Promise<void>;
  /** The topics that are desired. */
  readonly desired: () => Iterable<Topic>;
  readonly onListing: (listing: Listing) => void;
  /** Lists that far apart have to lack an instrument, before it is believed to be gone, in milliseconds. */
  readonly agreeMs?: number;
};

/** The first look is when a start is over; a list is up to 2 MB. */
const FIRST_MS = 60_000;
const EVERY_MS = 600_000;

/** Lists of one look at most. */
const MAX_LISTS = 20;

const log = roomLogger("session");

/** Compares the exchange's lists of instruments, again and again. One for each server. */
export class ListingWatch {
  readonly #options: ListingWatchOptions;
  /** Ids of the last list, by what was asked for. */
  readonly #lists = new Map<string, ReadonlySet<string>>();

  constructor(options: ListingWatchOptions) {
    this.#options = options;
  }

  /** Takes a push, or a whole list, of `instruments`, for these topics of one subscription. */
  onRows(topics: readonly Topic[], { action, rows }: DataFrame): void {
    const { arg } = topics[0] as Topic;
    // A pair that is no longer lent on goes on as spot, under the same name.
    if (arg.instType === "MARGIN") return;
    const { expired, listed } = sorted(rows as readonly Row[]);
    // The list of some families alone is another one.
    const key = arg.instType === "OPTION" || arg.instType === "EVENTS"
      ? topics.map(({ path }) => path).toSorted().join("\n")
      : listKey({ instType: arg.instType ?? "" });
    const gone = action === "list" ? this.#replace(key, listed, expired) : expired;
    this.#options.onListing({ gone, listed });
  }

  /** Looks at the lists of what is desired until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    await sleep(FIRST_MS, signal);
    while (!signal.aborted) {
      for (const query of queriesOf(this.#options.desired()).slice(0, MAX_LISTS)) {
        await this.look(query, signal);
      }
      await sleep(EVERY_MS * (1 + Math.random() / 10), signal);
    }
  }

  /** Looks at one list, and again where it lacks something: a list may be older than the one before it. */
  async look(query: Record<string, string>, signal: AbortSignal): Promise<void> {
    const { onListing, server, agreeMs = DEFAULT_LIST_TIMING.agreeMs } = this.#options;
    try {
      let { expired, listed } = await this.#fetch(query, signal);
      if (this.#lacks(listKey(query), listed)) {
        await sleep(agreeMs, signal);
        const again = await this.#fetch(query, signal);
        expired = again.expired;
        listed = new Set([...listed, ...again.listed].filter((id) => !expired.has(id)));
      }
      // An empty list is no news: more likely the exchange is in trouble.
      if (signal.aborted || listed.size + expired.size === 0) return;
      onListing({ gone: this.#replace(listKey(query), listed, expired), listed });
    } catch (error) {
      if (!signal.aborted) {
        log.debug("A list of instruments cannot be looked at", { server, ...query, reason: String(error) });
      }
    }
  }

  async #fetch(query: Record<string, string>, signal: AbortSignal): Promise<Sorted> {
    const { rest, stats, turn } = this.#options;
    await turn(signal);
    signal.throwIfAborted();
    return sorted(await fetchList("/public/instruments", query, isInstrument, { rest, stats, signal }));
  }

  #lacks(key: string, listed: ReadonlySet<string>): boolean {
    return [...this.#lists.get(key) ?? []].some((id) => !listed.has(id));
  }

  /** Only what was on a list before can be gone from it. */
  #replace(key: string, listed: ReadonlySet<string>, expired: ReadonlySet<string>): ReadonlySet<string> {
    const before = this.#lists.get(key) ?? new Set<string>();
    this.#lists.set(key, listed);
    return new Set([...expired, ...[...before].filter((id) => !listed.has(id))]);
  }
}

type Sorted = { readonly expired: ReadonlySet<string>; readonly listed: ReadonlySet<string> };

function sorted(rows: readonly Row[]): Sorted {
  const expired = new Set<string>();
  const listed = new Set<string>();
  for (const row of rows) {
    if (typeof row?.instId === "string") (row.state === "expired" ? expired : listed).add(row.instId);
  }
  return { expired, listed };
}

function listKey(query: Readonly<Record<string, string>>): string {
  return JSON.stringify(query);
}

/** The lists in which the instruments of these topics are; what is not traded itself, as an index, is in none. */
function queriesOf(topics: Iterable<Topic>): Record<string, string>[] {
  const queries = new Map<string, Record<string, string>>();
  for (const { arg: { instId }, login, hasRest } of topics) {
    if (instId === undefined || login || !hasRest) continue;
    const [instType = ""] = typesOfInstrument(instId);
    if (instType === "EVENTS" || (instType === "FUTURES" && !/-\d{6}$/.test(instId))) continue;
    const family = instId.split("-").slice(0, 2).join("-");
    const query: Record<string, string> = { instType };
    if (instType === "OPTION") query.instFamily = family;
    queries.set(listKey(query), query);
  }
  return [...queries.values()];
}
