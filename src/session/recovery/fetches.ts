/** What a connection fetches by REST while it lives: full lists and snapshots of books. */
import { snapshotCall } from "../../okx/book_channels.ts";
import { TaskGroup } from "../../shared/async/task_group.ts";
import type { Pacer } from "../../shared/async/pacer.ts";
import { sleep } from "../../shared/async/sleep.ts";
import type { ExchangeRejection } from "../../model/events.ts";
import { roomLogger } from "../../logging/log.ts";
import { accountLists } from "../../okx/account_lists.ts";
import type { RestHost } from "../../okx/endpoints.ts";
import type { Arg, DataFrame, Row } from "../../okx/frame.ts";
import { idText, UNKNOWN } from "../../okx/row_lifecycle.ts";
import { fetchRows } from "../../okx/rest.ts";
import type { RequestSigner } from "../../okx/sign.ts";
import type { Topic } from "../../okx/topic.ts";
import type { Stats } from "../../model/stats.ts";
import { type ListTiming, MissingFromLists, repeatChecks } from "./missing_from_lists.ts";
import { fetchMarkets } from "./event_markets.ts";
import { OpenList } from "./open_lists.ts";
import type { OpenRows } from "./open_rows.ts";
import { fetchInstruments } from "./instrument_lists.ts";
import { PAGE_MS, Snapshot } from "./snapshot_pages.ts";
import { startOf } from "../subscriptions/start.ts";

/** What fetches need of their connection, and what they call. Nothing is called after the end. */
export type FetchOptions = {
  readonly rest: RestHost;
  /** Shared by all connections: what the exchange's REST takes from one address. */
  readonly pacer: Pacer;
  readonly timing: ListTiming;
  /** Signs calls about the account; undefined without a login. */
  readonly sign: RequestSigner | undefined;
  readonly stats: Pick<Stats, "unreadable">;
  /** Since when a series misses something, in Unix milliseconds; infinite: nothing. */
  readonly missingSince: (key: string) => number;
  /** What is open as far as it is known; it outlives the connection. */
  readonly openRows: OpenRows;
  /** Everything that is current of an upstream subscription has been passed on, or cannot be had yet. */
  readonly onWhole: (key: string) => void;
  readonly onTrouble: (key: string, refusal: ExchangeRejection) => void;
  readonly onList: (topic: Topic, frame: DataFrame) => void;
  readonly onBookSnapshot: (key: string, row: Row) => void;
  /** Called with a fault of our own; those of the exchange are logged here. */
  readonly onFault: (error: unknown) => void;
};

/** How what is current of one subscription becomes known. */
type Beginning = {
  readonly controller: AbortController;
  list: OpenList | undefined;
  readonly snapshot: Snapshot;
  /** What public lists lack. */
  readonly lacking: MissingFromLists;
};

/** A snapshot that the channel has not pushed within this time is asked for. */
const SNAPSHOT_MS = PAGE_MS;
const LOOK_MS = 100;

/** How often a list of instruments is fetched again. */
const RELIST_MS = 3_600_000;

const log = roomLogger("session");

/** What one connection fetches by REST. Disposing ends what is under way. */
export class Fetches implements AsyncDisposable {
  readonly #options: FetchOptions;
  readonly #tasks = new TaskGroup();
  /** What is current that is on its way, by upstream subscription. */
  readonly #starts = new Map<string, Beginning>();
  /** Of which a row could not be read since: what is pushed next need not begin with the first part. */
  readonly #spoiled = new Set<string>();

  constructor(options: FetchOptions) {
    this.#options = options;
  }

  /** Fetches what is current of a subscription that the exchange has confirmed, and of which it is not known yet. */
  onConfirmed(topics: readonly Topic[]): void {
    const [topic] = topics;
    if (topic === undefined) return;
    const { upstream } = topic;
    this.#starts.get(upstream)?.controller.abort();
    const begun: Beginning = {
      ...{ controller: new AbortController(), list: undefined, snapshot: new Snapshot(topic.parts) },
      lacking: new MissingFromLists(this.#options.timing),
    };
    if (this.#spoiled.delete(upstream)) begun.snapshot.spoil();
    this.#starts.set(upstream, begun);
    const task = async (signal: AbortSignal) => {
      const both = AbortSignal.any([signal, begun.controller.signal]);
      if (topic.listed === "instruments") await this.#loadInstruments(topics, begun, both);
      else if (topic.listed === "markets") await this.#loadMarkets(topic, begun, both);
      else await this.#loadAccount(topic, begun, both);
      return undefined;
    };
    this.#tasks.start(task, () => {}, this.#options.onFault);
  }

  /** Takes rows that were pushed, after they were passed on; `now` is of the monotonic clock. */
  onPushed(topic: Topic, frame: DataFrame, now: number): void {
    const { openRows, onWhole } = this.#options;
    const news = openRows.onRows(topic, frame.rows);
    const begun = this.#starts.get(topic.upstream);
    if (begun === undefined) return;
    begun.list?.onRows(news);
    for (const row of topic.login ? [] : news as readonly Row[]) {
      begun.lacking.onPushed(idText(row.instId) ?? "", now);
    }
    if (!begun.snapshot.take(frame, now)) return;
    begun.controller.abort();
    openRows.retain(topic, begun.snapshot.rows());
    onWhole(topic.upstream);
  }

  /** Notes that a pushed row cannot be read: a snapshot of which it may be a part is not whole. */
  onUnreadable({ upstream }: Topic): void {
    this.#spoiled.add(upstream);
    this.#starts.get(upstream)?.snapshot.spoil();
  }

  async #loadInstruments(
    topics: readonly Topic[],
    { lacking }: Beginning,
    signal: AbortSignal,
  ): Promise<void> {
    const { rest, stats, timing, openRows, onList, onWhole, onTrouble } = this.#options;
    const [topic] = topics as readonly [Topic];
    const { upstream, arg } = topic;
    // A list may also be older than the push that said that something has expired.
    const returning = new MissingFromLists(timing);
    // Lists of some families say nothing of what is pushed of others.
    const isListed = (row: Row) => topics.some(({ keep }) => keep === undefined || keep(row));
    const turn = () => this.#turn();
    const onFailure = (refusal: ExchangeRejection) => onTrouble(upstream, refusal);
    const everyMs = () => RELIST_MS * (1 + Math.random() / 10);
    // What gets another name is in no push: only a new list shows it.
    await repeatChecks({ timing, signal, onTrouble: onFailure, everyMs }, async (isSoon) => {
      const askedAt = performance.now();
      const found = await fetchInstruments(topics, { rest, stats, turn, signal, onTrouble: onFailure });
      if (signal.aborted) return { doubted: [], recent: [] };
      const cameAt = performance.now();
      const isBack = ({ instId, state }: Row) =>
        state !== "expired" && openRows.isExpired(upstream, idText(instId) ?? "");
      const back = returning.take(found.filter(isBack).map(({ instId }) => String(instId)), askedAt, cameAt);
      const listed = found.filter(({ instId }) => !back.doubted.includes(String(instId)));
      const known = new Map([...openRows.of(upstream)].filter(([, row]) => isListed(row)));
      const ids = new Set(listed.map(({ instId }) => idText(instId)));
      const lacked = [...known.keys()].filter((id) => !ids.has(id));
      const { gone, doubted, recent } = lacking.take(lacked, askedAt, cameAt);
      const kept = lacked.filter((id) => !gone.includes(id)).map((id) => known.get(id) as Row);
      const rows = [...listed, ...kept];
      // A look soon after another brings no news as a rule.
      const isNews = !isSoon || !isSame(rows, openRows.of(upstream));
      openRows.replace(topic, rows);
      if (isNews) onList(topic, { kind: "data", arg, rows, action: "list", text: "" });
      if (doubted.length === 0) onWhole(upstream);
      return { doubted, recent: [...recent, ...back.doubted] };
    });
  }

  async #loadMarkets(topic: Topic, { lacking }: Beginning, signal: AbortSignal): Promise<void> {
    const { rest, stats, timing, openRows, onList, onWhole, onTrouble } = this.#options;
    const { upstream, arg } = topic;
    const turn = () => this.#turn();
    const onFailure = (refusal: ExchangeRejection) => onTrouble(upstream, refusal);
    const report = (frame: Pick<DataFrame, "rows" | "action" | "page">) => {
      openRows.onRows(topic, frame.rows, { listed: true });
      onList(topic, { kind: "data", arg, ...frame, text: "" });
    };
    await repeatChecks({ timing, signal, onTrouble: onFailure }, async (isSoon) => {
      const askedAt = performance.now();
      const found = await fetchMarkets(topic, { rest, stats, turn, signal, onTrouble: onFailure });
      if (signal.aborted) return { doubted: [], recent: [] };
      const known = openRows.of(upstream);
      const ended = found.ended.filter(({ instId }) => known.has(idText(instId) ?? ""));
      const listed = new Set([...found.open, ...ended].map(({ instId }) => idText(instId)));
      const lacked = [...known.keys()].filter((id) => !listed.has(id));
      const { gone, doubted, recent } = lacking.take(lacked, askedAt, performance.now());
      const kept = lacked.filter((id) => !gone.includes(id)).map((id) => known.get(id) as Row);
      const isNew = ({ instId }: Row) => !known.has(idText(instId) ?? "");
      const open = isSoon ? found.open.filter(isNew) : [...found.open, ...kept];
      const over = [...ended, ...gone.map((id) => ({ ...known.get(id), state: UNKNOWN }))];
      if (over.length > 0) report({ rows: over, action: "backfill" });
      if (!isSoon) report({ rows: open, action: "snapshot", page: { number: 1, last: true } });
      else if (open.length > 0) report({ rows: open, action: "backfill" });
      if (doubted.length === 0) onWhole(upstream);
      return { doubted, recent };
    });
  }

  async #loadAccount(topic: Topic, begun: Beginning, signal: AbortSignal): Promise<void> {
    const { rest, sign, stats, timing, missingSince, openRows, onList, onWhole, onTrouble } = this.#options;
    const { upstream, arg } = topic;
    const lists = accountLists(topic);
    if (lists === undefined) return;
    const deliver = (frame: DataFrame) => {
      if (frame.action === "snapshot") {
        // What it leaves out is closed, and where there are no lists of what has ended no row says so.
        if (lists.ended.length === 0) openRows.retain(topic, frame.rows);
        begun.snapshot.end();
      }
      openRows.onRows(topic, frame.rows, { listed: true });
      onList(topic, frame);
    };
    if (startOf(topic) === "snapshot" && await this.#joined(begun.snapshot, signal)) {
      if (signal.aborted) return;
      const page = { number: 1, last: true };
      deliver({ kind: "data", arg, rows: begun.snapshot.join(), action: "snapshot", page, text: "" });
      return onWhole(upstream);
    }
    if (signal.aborted) return;
    begun.list = new OpenList(topic, lists, {
      ...{ rest, sign, signal, stats, turn: () => this.#turn() },
      timing,
      known: () => openRows.of(upstream),
      since: missingSince(upstream),
      deliver,
      onWhole: () => onWhole(upstream),
      onTrouble: (refusal) => onTrouble(upstream, refusal),
    });
    await begun.list.load();
    begun.list = undefined;
  }

  /** Waits for the snapshot that a channel pushes. Returns whether its parts have come; false: none has. */
  async #joined(snapshot: Snapshot, signal: AbortSignal): Promise<boolean> {
    const end = performance.now() + SNAPSHOT_MS;
    while (!signal.aborted) {
      const now = performance.now();
      const dueIn = snapshot.dueIn(now);
      if (dueIn === 0) return true;
      if (dueIn === undefined && now >= end) return false;
      await sleep(dueIn ?? Math.min(LOOK_MS, end - now), signal);
    }
    return false;
  }

  /** Fetches the REST snapshot that a book waits for. Returns false where the exchange has none for its channel. */
  fetchBook(key: string, arg: Arg): boolean {
    const { rest, onBookSnapshot } = this.#options;
    const call = snapshotCall(arg);
    if (call === undefined) return false;
    const task = async (signal: AbortSignal) => {
      await this.#turn();
      return signal.aborted ? undefined : (await fetchRows(rest, call.path, call.query, signal))[0];
    };
    this.#tasks.start(task, (row) => onBookSnapshot(key, row), (error) => {
      log.warn("Cannot fetch a book yet", { ...call.query, reason: String(error) });
    });
    return true;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#tasks[Symbol.asyncDispose]();
  }

  #turn(): Promise<void> {
    return sleep(this.#options.pacer.take(performance.now()), this.#tasks.signal);
  }
}

/** Returns whether these are the rows that are known. */
function isSame(rows: readonly Row[], known: ReadonlyMap<string, Row>): boolean {
  return rows.length === known.size &&
    rows.every((row) => JSON.stringify(row) === JSON.stringify(known.get(idText(row.instId) ?? "")));
}
