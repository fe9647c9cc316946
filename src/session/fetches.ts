/** What a connection fetches by REST while it lives: full lists and seeds of books. */
import { Jobs } from "../async/jobs.ts";
import type { Pacer } from "../async/pacer.ts";
import { sleep } from "../async/sleep.ts";
import { roomLogger } from "../log.ts";
import type { RestHost } from "../okx/endpoints.ts";
import type { Arg, DataFrame, Row } from "../okx/frame.ts";
import { fetchRows } from "../okx/rest.ts";
import type { RequestSigner } from "../okx/sign.ts";
import type { Topic } from "../okx/topic.ts";
import { seedCall } from "./books.ts";
import { OpenList, openLists } from "./open_list.ts";
import { fetchSeed, seedQuery } from "./seed.ts";

/** What fetches need of their connection, and whom they tell. Nothing is told after the end. */
export type FetchOptions = {
  readonly rest: RestHost;
  /** Shared by all connections: what the exchange's REST takes from one address. */
  readonly pacer: Pacer;
  /** Signs calls about the account; undefined without a login. */
  readonly sign: RequestSigner | undefined;
  /** Since when a series misses something, in Unix milliseconds; infinite: nothing. */
  readonly missingSince: (key: string) => number;
  readonly onList: (topic: Topic, frame: DataFrame) => void;
  readonly onBookSeed: (key: string, row: Row) => void;
  /** Hears of a fault of our own; those of the exchange are logged here. */
  readonly onFault: (error: unknown) => void;
};

const log = roomLogger("session");

/** See the module comment. Disposing ends what is under way. */
export class Fetches implements AsyncDisposable {
  readonly #options: FetchOptions;
  readonly #jobs = new Jobs();
  /** Lists of what is open that are on their way, by upstream subscription. */
  readonly #lists = new Map<string, OpenList>();

  constructor(options: FetchOptions) {
    this.#options = options;
  }

  /** A topic has become live: its full list where only changes are pushed. */
  onLive(topic: Topic): void {
    const { rest, onList, onFault } = this.#options;
    const query = topic.endpoint === "v3" ? undefined : seedQuery(topic);
    if (query !== undefined) {
      const list = (signal: AbortSignal) => fetchSeed(rest, topic.arg, query, signal);
      this.#jobs.start(list, (frame) => onList(topic, frame), onFault);
    }
    this.#fetchOpen(topic);
  }

  /** Rows that were pushed while a list of what is open may be on its way. */
  onPushed(key: string, rows: readonly unknown[]): void {
    this.#lists.get(key)?.onRows(rows);
  }

  /** What is open in the account, where the channel does not tell; the first of the topics of one upstream asks for all. */
  #fetchOpen(topic: Topic): void {
    const { rest, sign, missingSince, onList, onFault } = this.#options;
    const lists = openLists(topic);
    if (lists === undefined || sign === undefined || this.#lists.has(topic.upstream)) return;
    const list = new OpenList(topic);
    this.#lists.set(topic.upstream, list);
    const since = missingSince(topic.upstream);
    const turn = () => this.#turn();
    const fetched = (signal: AbortSignal) =>
      list.load(lists, since, { rest, sign, turn, signal }).finally(() => this.#lists.delete(topic.upstream));
    this.#jobs.start(fetched, (frames) => {
      for (const frame of frames) onList(topic, frame);
    }, onFault);
  }

  /** A book waits for a seed. Answers false where the exchange has none for its channel. */
  seedBook(key: string, arg: Arg): boolean {
    const { rest, onBookSeed } = this.#options;
    const call = seedCall(arg);
    if (call === undefined) return false;
    const task = async (signal: AbortSignal) => {
      await this.#turn();
      return signal.aborted ? undefined : (await fetchRows(rest, call.path, call.query, signal))[0];
    };
    this.#jobs.start(task, (row) => onBookSeed(key, row), (error) => {
      log.warn("Cannot fetch a book yet", { ...call.query, reason: String(error) });
    });
    return true;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#jobs[Symbol.asyncDispose]();
  }

  #turn(): Promise<void> {
    return sleep(this.#options.pacer.take(performance.now()), this.#jobs.signal);
  }
}
