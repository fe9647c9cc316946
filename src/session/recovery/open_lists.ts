/**
 * What is open in an account, asked for by signed REST where the channel does not push it, or did not: without this an order
 * that ended during an outage would stay open here for ever. Each list is asked for until it is there, and none waits for
 * another; what is pushed meanwhile is newer than a list. What is in no list any more is looked up among what has ended,
 * then by its id, and is `unknown` where nobody knows it.
 *
 * A list may be older than what was pushed before the connection. What is known to be open and is in no list stays open until
 * its end is shown, or until lists asked for some time apart lack it; and the lists are looked at again after the start.
 *
 * The file is long because one list, its looks and the fates of what it lacks change the same few fields.
 */
import { retry } from "../../shared/async/retry.ts";
import { sleep } from "../../shared/async/sleep.ts";
import { ExchangeError } from "../../shared/errors.ts";
import type { ExchangeRejection } from "../../model/events.ts";
import { roomLogger } from "../../logging/log.ts";
import type { AccountLists, ListCall } from "../../okx/account_lists.ts";
import { belongsTo } from "../../okx/belongs.ts";
import type { DataFrame, Row } from "../../okx/frame.ts";
import { changedAt, idText, isOlder, type RowLifecycle, UNKNOWN } from "../../okx/row_lifecycle.ts";
import type { Topic } from "../../okx/topic.ts";
import { isPassing } from "./backfill_requests.ts";
import { accountParts, hasParts, lifecycleOfPart, wholeAccount, withParts } from "./account_rows.ts";
import { type ListAbsence, type ListTiming, MissingFromLists, repeatChecks } from "./missing_from_lists.ts";
import { fetchPages, type PageOptions } from "./list_pages.ts";

/** How the exchange is called, and what the list calls. */
export type ListOptions = Pick<PageOptions, "rest" | "sign" | "turn" | "signal" | "stats"> & {
  readonly timing: ListTiming;
  /** What is open as far as is known, by id. */
  readonly known: () => ReadonlyMap<string, Row>;
  /** What ended after this is passed on too (Unix milliseconds); infinite: nothing was missed. */
  readonly since: number;
  readonly deliver: (frame: DataFrame) => void;
  /** Everything that is open has been delivered. */
  readonly onWhole: () => void;
  /** A list cannot be had for now. */
  readonly onTrouble: (refusal: ExchangeRejection) => void;
};

/** Pages of a list of what is open, and of one of what has ended: older ends are found by their ids. */
const MAX_PAGES = 50;
const HISTORY_PAGES = 5;

/** Rows asked for by their id at most. */
const MAX_ASKED = 200;
const ASK_ATTEMPTS = 3;

/** For so long what is open waits for what has ended, so that nothing is unknown for a moment. */
const PATIENCE_MS = 3000;

/** What a list lacks that was complete before may have ended a moment ago: so long its end may take to be pushed. */
const SETTLE_MS = 500;

/** Our clock counts what is missing and the exchange's what has ended. */
const CLOCKS_MS = 30_000;

const RETRY = { baseMs: 1000, capMs: 60_000 };

const log = roomLogger("session");

/** Fetches what is open of one subscription, and what has ended meanwhile. */
export class OpenList {
  readonly #topic: Topic;
  readonly #lists: AccountLists;
  readonly #options: ListOptions;
  readonly #life: RowLifecycle | undefined;
  readonly #pushed = new Map<string, Row>();
  readonly #absence: MissingFromLists;
  /** What of it nothing has been found of in this look. */
  #missing = new Map<string, Row>();
  /** Ends that were passed on. */
  readonly #ended = new Set<string>();
  /** Lists of what has ended that are on their way. */
  readonly #histories = new Map<number, Promise<void>>();
  #isWhole = false;
  #warned = false;

  constructor(topic: Topic, lists: AccountLists, options: ListOptions) {
    this.#topic = topic;
    this.#lists = lists;
    this.#options = options;
    this.#life = topic.lifecycle;
    this.#absence = new MissingFromLists(options.timing);
  }

  /** Takes rows that were pushed meanwhile. */
  onRows(rows: readonly unknown[]): void {
    const now = performance.now();
    for (const { id } of hasParts(this.#topic) ? accountParts(this.#topic, rows) : []) {
      this.#absence.onPushed(id, now);
    }
    for (const row of rows) {
      const id = this.#idOf(row);
      const before = this.#pushed.get(id);
      if (id === "" || this.#life === undefined) continue;
      this.#absence.onPushed(id, now);
      if (before === undefined || !isOlder(this.#life, row as Row, before)) this.#pushed.set(id, row as Row);
    }
  }

  /** Ends when everything is passed on that can be had, or the signal is aborted. */
  async load(): Promise<void> {
    await repeatChecks(this.#options, () => this.#check());
    await Promise.all(this.#histories.values());
  }

  /** Looks at the lists once, and delivers what they say. */
  async #check(): Promise<ListAbsence> {
    const { signal } = this.#options;
    const askedAt = performance.now();
    const rows = await this.#openRows();
    const cameAt = performance.now();
    if (signal.aborted) return NO_LACK;
    if (hasParts(this.#topic)) return await this.#resolveParts(rows, { askedAt, cameAt });
    return await this.#resolve(this.#newest(rows), { askedAt, cameAt });
  }

  /** What the lists of what is open have, each waited for by itself. */
  async #openRows(): Promise<Row[]> {
    const arrived: Row[] = [];
    const rows: Row[] = [];
    const lists = groups(this.#lists.open);
    let failed = false;
    let waiting = lists.length;
    // A list that keeps failing holds up the whole, but not the rows of the others.
    const report = () => {
      if (failed && waiting > 0 && arrived.length > 0) this.#emit(arrived.splice(0));
    };
    await Promise.all(
      lists.map(async (calls) => {
        const found = await this.#untilThere(calls, MAX_PAGES, (refusal) => {
          failed = true;
          report();
          this.#options.onTrouble(refusal);
        });
        waiting -= 1;
        rows.push(...found);
        if (this.#life !== undefined) arrived.push(...found);
        report();
      }),
    );
    return rows;
  }

  /**
   * Delivers an account that is one row. What of it is known and in no list stays until that is believed: a currency or a
   * position of which nothing is said is as it was.
   */
  async #resolveParts(rows: readonly Row[], { askedAt, cameAt }: Asked): Promise<ListAbsence> {
    const { signal, deliver, onWhole, known } = this.#options;
    const whole = wholeAccount(this.#topic, rows);
    const listed = new Map(accountParts(this.#topic, whole).map(({ id, row }) => [id, row]));
    const lacked = () => [...known().keys()].filter((id) => !listed.has(id));
    if (this.#isWhole && lacked().length > 0) await sleep(SETTLE_MS, signal);
    if (signal.aborted) return NO_LACK;
    const lack = this.#absence.take(lacked(), askedAt, cameAt);
    if (lack.doubted.length > 0 || (this.#isWhole && lack.gone.length === 0)) {
      const isNews = (id: string) => {
        const [row, before] = [listed.get(id), known().get(id)];
        return row !== undefined &&
          (before === undefined || isOlder(lifecycleOfPart(this.#topic, id), before, row));
      };
      if ([...listed.keys()].some(isNews)) this.#emit(withParts(whole, isNews));
    } else {
      const gone = new Set(lack.gone);
      const kept = [...known()].filter(([id]) => !listed.has(id) && !gone.has(id)).map(([id, row]) => ({
        id,
        row,
      }));
      deliver(this.#snapshot(withParts(whole, () => true, kept)));
    }
    if (lack.doubted.length > 0) return lack;
    this.#isWhole = true;
    onWhole();
    return lack;
  }

  /**
   * Emits what has become of what is missing, then the whole of what is open, then what is known later. Where it is not known
   * of rows whether they are over nothing is whole yet.
   */
  async #resolve(open: ReadonlyMap<string, Row>, { askedAt, cameAt }: Asked): Promise<ListAbsence> {
    const { since, signal, deliver, onWhole, known } = this.#options;
    const lacked = () => [...known()].filter(([id]) => !open.has(id));
    this.#missing = new Map(lacked().filter(([id]) => !this.#absence.isRecent(id, askedAt)));
    const ended: Row[] = [...open.values()].filter((row) => this.#isOver(row) && this.#isSince(row, since));
    const listed = [...open].filter(([, row]) => !this.#isOver(row)).map(([, row]) => row);
    let isEmitted = false;
    const onFound = (rows: readonly Row[]) => {
      const news = rows.filter((row) =>
        this.#isOver(row) && (this.#missing.has(this.#idOf(row)) || this.#isSince(row, since))
      );
      for (const row of news) this.#missing.delete(this.#idOf(row));
      if (isEmitted) this.#emitEnds(news);
      else ended.push(...news);
    };
    const onAlive = (row: Row) => {
      this.#missing.delete(this.#idOf(row));
      if (isEmitted) this.#emit([row]);
      else listed.push(row);
    };
    if (since !== Infinity || this.#missing.size > 0) this.#askEnded(onFound);
    const waiting = new AbortController();
    const patience = sleep(PATIENCE_MS, AbortSignal.any([signal, waiting.signal]));
    await Promise.race([Promise.all(this.#histories.values()), patience]);
    const asked = [...this.#missing.values()].slice(0, MAX_ASKED).map(async (row) => {
      const found = await this.#ask(row);
      if (found !== undefined) this.#isOver(found) ? onFound([found]) : onAlive(found);
    });
    await Promise.race([Promise.all(asked), patience]);
    waiting.abort();
    if (this.#isWhole && this.#missing.size > 0) await sleep(SETTLE_MS, signal);
    if (signal.aborted) return NO_LACK;
    isEmitted = true;
    const isMissing = (id: string) => this.#missing.has(id) || this.#absence.isRecent(id, askedAt);
    const lack = this.#absence.take(lacked().map(([id]) => id).filter(isMissing), askedAt, cameAt);
    const hasEndLists = this.#lists.ended.length > 0;
    const lost = hasEndLists ? lack.gone.map((id) => ({ ...known().get(id), state: UNKNOWN })) : [];
    this.#emitEnds(ended, lost);
    const alive = listed.filter((row) => !this.#isPushedOver(row) && !this.#ended.has(this.#idOf(row)));
    if (lack.doubted.length > 0) {
      this.#emit(this.#newsOf(alive));
    } else {
      // What was pushed since the lists were made, or shortly before, is in none of them.
      const settled = new Set([...open.keys(), ...alive.map((row) => this.#idOf(row)), ...lack.gone]);
      const pushed = [...this.#pushed].filter(([id, row]) => !settled.has(id) && !this.#isOver(row));
      const whole = [...alive, ...pushed.map(([, row]) => row)];
      // What is live already gets the difference alone.
      if (!this.#isWhole || (lack.gone.length > 0 && !hasEndLists)) deliver(this.#snapshot(whole));
      else this.#emit(this.#newsOf(alive));
      this.#isWhole = true;
      onWhole();
    }
    await Promise.all(asked);
    return lack;
  }

  /** Asks for what has ended; a list that is still on its way is not asked for twice. */
  #askEnded(onFound: (rows: readonly Row[]) => void): void {
    for (const [i, calls] of groups(this.#lists.ended).entries()) {
      if (this.#histories.has(i)) continue;
      const task = async () => {
        onFound(await this.#untilThere(calls, HISTORY_PAGES, () => {}));
        this.#histories.delete(i);
      };
      this.#histories.set(i, task());
    }
  }

  /** Ends, in order and each once, and what nobody knows the end of. */
  #emitEnds(rows: readonly Row[], lost: readonly Row[] = []): void {
    const news = rows.filter((row) => !this.#ended.has(this.#idOf(row)) && !this.#isPushedOver(row));
    for (const row of this.#life?.reopens === false ? news : []) this.#ended.add(this.#idOf(row));
    this.#emit([...inOrder(news), ...lost]);
  }

  /** Rows that are not known, or newer than what is. */
  #newsOf(rows: readonly Row[]): Row[] {
    const known = this.#options.known();
    return rows.filter((row) => {
      const before = known.get(this.#idOf(row));
      return before === undefined || (this.#life !== undefined && isOlder(this.#life, before, row));
    });
  }

  /** One of the calls of a group has to answer, again and again until it does; nothing when the signal is aborted. */
  async #untilThere(
    calls: readonly ListCall[],
    most: number,
    onFailure: (refusal: ExchangeRejection) => void,
  ): Promise<Row[]> {
    const { signal } = this.#options;
    const fetchAny = async () => {
      const results = await Promise.allSettled(calls.map((call) => this.#pages(call, most)));
      const there = results.filter((result) => result.status === "fulfilled");
      const failures = results.filter((result) => result.status === "rejected").map(({ reason }) =>
        reason as unknown
      );
      const passing = failures.find((reason) => isPassing(reason));
      if (passing === undefined && there.length > 0) return there.flatMap(({ value }) => value);
      throw passing ?? failures[0];
    };
    const reportFailure = (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      if (!this.#warned) {
        this.#warned = true;
        log.warn("A list of an account cannot be fetched yet, trying on", {
          path: this.#topic.path,
          reason: message,
        });
      }
      onFailure({ code: error instanceof ExchangeError ? error.code : "", message });
    };
    return await retry(fetchAny, { ...RETRY, signal, onFailure: reportFailure }) ?? [];
  }

  async #pages(call: ListCall, most: number): Promise<Row[]> {
    const id = this.#life?.id ?? "ccy";
    const rows = await fetchPages(call, {
      ...this.#options,
      id,
      most,
      whole: most === MAX_PAGES && call.days === undefined,
    });
    return rows.filter((row) => belongsTo(this.#topic.arg, row));
  }

  /** Returns the last state of one row, by its id; undefined where it cannot be had. */
  async #ask(row: Row): Promise<Row | undefined> {
    const call = this.#lists.one(row);
    if (call === undefined) return undefined;
    const { signal } = this.#options;
    const onFailure = (error: unknown, attempt: number) => {
      if (!isPassing(error) || attempt + 1 >= ASK_ATTEMPTS) throw error;
    };
    const rows = await retry(() => this.#pages(call, 1), { ...RETRY, signal, onFailure }).catch(() =>
      undefined
    );
    return rows?.find((each) => this.#idOf(each) === this.#idOf(row));
  }

  /** By id, each in its newest state. */
  #newest(rows: readonly Row[]): Map<string, Row> {
    const newest = new Map<string, Row>();
    for (const row of rows) {
      const id = this.#idOf(row);
      const other = this.#pushed.get(id) ?? newest.get(id);
      if (id === "") continue;
      newest.set(
        id,
        other !== undefined && this.#life !== undefined && !isOlder(this.#life, other, row) ? other : row,
      );
    }
    return newest;
  }

  #isOver(row: Row): boolean {
    return this.#life?.isOver(row) === true;
  }

  #isPushedOver(row: Row): boolean {
    const pushed = this.#pushed.get(this.#idOf(row));
    return pushed !== undefined && this.#isOver(pushed);
  }

  #isSince(row: Row, since: number): boolean {
    return (changedAt(row) ?? 0) >= since - CLOCKS_MS;
  }

  #emit(rows: readonly Row[]): void {
    const { arg } = this.#topic;
    if (rows.length > 0) this.#options.deliver({ kind: "data", arg, rows, action: "backfill", text: "" });
  }

  #snapshot(rows: readonly Row[]): DataFrame {
    const page = { number: 1, last: true };
    return { kind: "data", arg: this.#topic.arg, rows, action: "snapshot", page, text: "" };
  }

  #idOf(row: unknown): string {
    const id = typeof row === "object" && row !== null ? (row as Row)[this.#life?.id ?? ""] : undefined;
    return idText(id) ?? "";
  }
}

/** When lists were asked for, and when the last of them came. */
type Asked = { readonly askedAt: number; readonly cameAt: number };

const NO_LACK: ListAbsence = { gone: [], doubted: [], recent: [] };

/** Calls of which one is the right one belong together. */
function groups(calls: readonly ListCall[]): ListCall[][] {
  const together = new Map<unknown, ListCall[]>();
  for (const call of calls) {
    together.set(call.oneOf ?? call, [...together.get(call.oneOf ?? call) ?? [], call]);
  }
  return [...together.values()];
}

function inOrder(rows: readonly Row[]): Row[] {
  return rows.toSorted((a, b) => (changedAt(a) ?? 0) - (changedAt(b) ?? 0));
}
