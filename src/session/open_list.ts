/**
 * What is open in an account, asked for by signed REST: the channels of orders say nothing of it when a subscription
 * begins (OKX v5 documentation, "Order channel"), so without this an order that ended during an outage would stay open
 * here for ever. What is pushed while the list is on its way is newer than the list.
 */
import { backoff } from "../async/backoff.ts";
import { sleep } from "../async/sleep.ts";
import { roomLogger } from "../log.ts";
import { type ChannelSpec, findChannel } from "../okx/channels.ts";
import type { RestHost } from "../okx/endpoints.ts";
import type { DataFrame, Row } from "../okx/frame.ts";
import { fetchRows } from "../okx/rest.ts";
import type { RequestSigner } from "../okx/sign.ts";
import type { Topic } from "../okx/topic.ts";
import { isPassing } from "./fill.ts";

/** One list of the exchange; several make up what some channels tell. */
export type ListCall = { readonly path: string; readonly query: Readonly<Record<string, string>> };

/** How to call the exchange: its REST base, a turn in the shared pace before each call, and when to give up. */
export type ListOptions = {
  readonly rest: RestHost;
  readonly sign: RequestSigner;
  readonly turn: () => Promise<void>;
  readonly signal: AbortSignal;
};

/** Rows of a page (the most that the exchange gives), and pages of a list at most. */
const PAGE = 100;
const MAX_PAGES = 50;

/** Orders that have ended lately, in pages; the exchange keeps those of seven days. */
const HISTORY_PAGES = 3;

/** How long one page may take. */
const PAGE_MS = 5000;

const RETRY = { baseMs: 1000, capMs: 60_000 };

const log = roomLogger("session");

/** The lists that together are what a topic has open; undefined where the channel tells by itself, or nobody else does. */
export function openLists({ arg, silentStart, endpoint }: Topic): readonly ListCall[] | undefined {
  if (!silentStart || endpoint === "v3") return undefined;
  const { channel, instType, ...rest } = arg;
  const query = instType === undefined || instType === "ANY" ? rest : { instType, ...rest };
  if (channel === "orders") return [{ path: "/trade/orders-pending", query }];
  if (channel === "sprd-orders") return [{ path: "/sprd/orders-pending", query: rest }];
  if (channel !== "orders-algo") return undefined;
  return ["conditional,oco", "trigger", "chase"].map((ordType) => ({
    path: "/trade/orders-algo-pending",
    query: { ...query, ordType },
  }));
}

/** The lists of orders that ended lately; none where the exchange has no such list for the channel. */
function endedLists({ arg }: Topic): readonly ListCall[] {
  const { channel, instType = "ANY", ...rest } = arg;
  if (channel !== "orders") return [];
  const types = instType === "ANY" ? ["SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION"] : [instType];
  return types.map((type) => ({ path: "/trade/orders-history", query: { instType: type, ...rest } }));
}

/** Collects what is pushed of one topic while its list is fetched. */
export class OpenList {
  readonly #topic: Topic;
  readonly #spec: ChannelSpec | undefined;
  readonly #pushed = new Map<string, Row>();

  constructor(topic: Topic) {
    this.#topic = topic;
    // A legacy path has names of its own; what comes has those of the channel.
    this.#spec = findChannel(topic.arg.channel);
  }

  /** Rows that were pushed meanwhile. */
  onRows(rows: readonly unknown[]): void {
    for (const row of rows) {
      const id = this.#idOf(row);
      if (id !== "") this.#pushed.set(id, row as Row);
    }
  }

  /**
   * Fetches until it succeeds; undefined when the signal was aborted, or the exchange says that this login may not.
   * `since` (Unix ms): orders that ended later are told too.
   */
  async load(
    lists: readonly ListCall[],
    since: number,
    options: ListOptions,
  ): Promise<DataFrame[] | undefined> {
    for (let attempt = 0; !options.signal.aborted; attempt++) {
      // The list that is asked for now is newer than whatever was pushed before.
      this.#pushed.clear();
      try {
        const open: Row[] = [];
        for (const list of lists) open.push(...await this.#pages(list, MAX_PAGES, options));
        const ended: Row[] = [];
        for (const list of since === Infinity ? [] : endedLists(this.#topic)) {
          ended.push(...await this.#pages(list, HISTORY_PAGES, options));
        }
        return this.#frames(open, ended.filter((row) => Number(row.uTime) >= since));
      } catch (error) {
        if (options.signal.aborted) return undefined;
        const fields = {
          path: this.#topic.path,
          reason: error instanceof Error ? error.message : String(error),
        };
        if (!isPassing(error)) {
          log.warn("What is open cannot be asked for; orders that ended unseen stay listed", fields);
          return undefined;
        }
        if (attempt === 0) log.warn("What is open cannot be fetched yet, trying on", fields);
        await sleep(backoff(attempt, Math.random, RETRY), options.signal);
      }
    }
    return undefined;
  }

  async #pages({ path, query }: ListCall, most: number, options: ListOptions): Promise<Row[]> {
    const { rest, sign, turn, signal } = options;
    const rows: Row[] = [];
    let after = "";
    for (let page = 0; page < most; page++) {
      await turn();
      signal.throwIfAborted();
      const full = { ...query, limit: String(PAGE), ...(after === "" ? {} : { after }) };
      const limit = AbortSignal.any([signal, AbortSignal.timeout(PAGE_MS)]);
      const found = await fetchRows(rest, path, full, limit, sign);
      rows.push(...found);
      after = this.#idOf(found.at(-1));
      if (found.length < PAGE || after === "") break;
    }
    return rows;
  }

  /** First what has ended, oldest first, then the whole of what is open. */
  #frames(open: readonly Row[], ended: readonly Row[]): DataFrame[] {
    const isNewer = (row: Row) => this.#pushed.has(this.#idOf(row));
    const { arg } = this.#topic;
    const closed = this.#spec?.closed;
    const pushedOpen = [...this.#pushed.values()].filter((row) =>
      closed === undefined || !closed.values.includes(String(row[closed.member]))
    );
    const rows = [...open.filter((row) => !isNewer(row)), ...pushedOpen];
    const page = { number: 1, last: true };
    const frames: DataFrame[] = [{ kind: "data", arg, rows, action: "snapshot", page, text: "" }];
    const late = ended.filter((row) => !isNewer(row)).toSorted((a, b) => Number(a.uTime) - Number(b.uTime));
    if (late.length > 0) frames.unshift({ kind: "data", arg, rows: late, action: "fill", text: "" });
    return frames;
  }

  #idOf(row: unknown): string {
    const [name = ""] = this.#spec?.key ?? [];
    const id = typeof row === "object" && row !== null ? (row as Row)[name] : undefined;
    return typeof id === "string" ? id : "";
  }
}
