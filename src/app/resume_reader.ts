/**
 * Reads where series stood when an earlier process ended. Nobody waits for a Redis that is away: what could not be read is
 * read later, before anything is written, and what Redis refuses to say is asked for again.
 */
import { roomLogger } from "../logging/log.ts";
import type { Topic } from "../okx/topic.ts";
import type { ResumePoint } from "../session/recovery/series_resume.ts";
import type { ServerRegistry } from "../session/server_registry.ts";
import { withDeadline } from "../shared/async/with_deadline.ts";
import { StoreError, WrittenMeanwhileError } from "../shared/errors.ts";
import { message } from "../shared/messages/message.ts";

/** Where series stood, by upstream subscription, and the topics of which Redis refuses to say it. */
export type ResumePoints = {
  readonly seen: ReadonlyMap<string, ResumePoint>;
  readonly refused: readonly Topic[];
  readonly reason: string;
  /** Milliseconds since an entry came to a stream of these; infinite: there is none. */
  readonly writtenAgoMs: number;
};

/** What is read with, and whom it is given to. */
export type ResumeReaderOptions = {
  readonly servers: Pick<ServerRegistry, "resumeFrom">;
  /** Reads it for topics of a server. `late`: this process has written to them since. Rejects with StoreError. */
  readonly readAll: (
    server: string,
    topics: readonly Topic[],
    options: { readonly late: boolean },
  ) => Promise<ResumePoints>;
  /** Called with what was read late: what was collected before may be there already. */
  readonly onLate?: (
    server: string,
    topics: readonly Topic[],
    seen: ReadonlyMap<string, ResumePoint>,
  ) => void;
  /** How long a start waits for that. */
  readonly patienceMs: number;
  /** A clock that only runs, in milliseconds. */
  readonly now?: () => number;
};

/** What was begun without knowing where it stood, and when. */
type Unread = { readonly server: string; readonly topics: readonly Topic[]; readonly since: number };

const NOTHING_MISSED = { at: undefined, gaps: [], lost: [] } as const;

const log = roomLogger("service");

/** Reads where series stood, and remembers what could not be read; nothing is read at first. */
export class ResumeReader {
  readonly #options: ResumeReaderOptions;
  readonly #now: () => number;
  readonly #unread: Unread[] = [];
  /** Paths of which Redis has refused to say where they stood, by server. */
  readonly #refused = new Map<string, Map<string, Topic>>();

  constructor(options: ResumeReaderOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Whether {@link readDue} has something to do. */
  get isReadDue(): boolean {
    return this.#unread.length > 0;
  }

  /**
   * Reads what could not be read in time, for what has begun without it; to be done before anything of these servers is written
   * to Redis. Rejects with StoreError; with WrittenMeanwhileError where another service has written since then, perhaps the same as
   * waits here.
   */
  async readDue(isOne: (server: string) => boolean = () => true): Promise<void> {
    const next = () => this.#unread.find(({ server }) => isOne(server));
    for (let each = next(); each !== undefined; each = next()) {
      const { server, topics, since } = each;
      const known = await this.#options.readAll(server, topics, { late: false });
      if (known.writtenAgoMs < this.#now() - since) {
        throw new WrittenMeanwhileError(message("lease.written_meanwhile", { server }));
      }
      this.#noteRefused(server, topics, known);
      this.#options.servers.resumeFrom(server, known.seen);
      this.#options.onLate?.(server, topics, known.seen);
      this.#unread.splice(this.#unread.indexOf(each), 1);
    }
  }

  /**
   * Asks again for what Redis has refused to say; to be done before what it has refused to take is written. Rejects with
   * StoreError.
   */
  async readRefused(): Promise<void> {
    for (const [server, topics] of this.#refused) {
      const { seen, refused } = await this.#options.readAll(server, [...topics.values()], { late: true });
      const still = new Set(refused.map(({ path }) => path));
      for (const path of topics.keys()) if (!still.has(path)) topics.delete(path);
      if (topics.size === 0) this.#refused.delete(server);
      // What was missed is known since the first time; by now P/subs is that of this process.
      const rows = [...seen].map(([upstream, each]) => [upstream, { ...each, ...NOTHING_MISSED }] as const);
      this.#options.servers.resumeFrom(server, new Map(rows));
    }
  }

  /** Reads as {@link read} does; what could not be had is read by {@link readDue}. */
  async readOrLater(
    server: string,
    topics: readonly Topic[],
    patienceMs?: number,
  ): Promise<ReadonlyMap<string, ResumePoint> | undefined> {
    const seen = await this.read(server, topics, patienceMs);
    if (seen === undefined) this.#unread.push({ server, topics, since: this.#now() });
    return seen;
  }

  /**
   * Returns where series stood; undefined where Redis does not say in time, for no exchange waits for one that is away.
   */
  async read(
    server: string,
    topics: readonly Topic[],
    patienceMs = this.#options.patienceMs,
  ): Promise<ReadonlyMap<string, ResumePoint> | undefined> {
    const { readAll } = this.#options;
    const reading = readAll(server, topics, { late: false }).catch((error) => {
      if (!(error instanceof StoreError)) throw error;
      return undefined;
    });
    const known = await withDeadline(reading, patienceMs, () => undefined);
    if (known !== undefined) this.#noteRefused(server, topics, known);
    return known?.seen;
  }

  /** Reads as {@link read} does, however long it takes; undefined where Redis does not say. */
  async readAtLeisure(
    server: string,
    topics: readonly Topic[],
  ): Promise<ReadonlyMap<string, ResumePoint> | undefined> {
    try {
      const known = await this.#options.readAll(server, topics, { late: false });
      this.#noteRefused(server, topics, known);
      return known.seen;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      return undefined;
    }
  }

  /** Forgets a server that is closed: nothing of it is asked for again. */
  forget(server: string): void {
    this.#refused.delete(server);
  }

  /** What could be read of these topics need not be asked for again. */
  #noteRefused(server: string, topics: readonly Topic[], { refused, reason }: ResumePoints): void {
    const known = this.#refused.get(server) ?? new Map<string, Topic>();
    for (const { path } of topics) known.delete(path);
    for (const topic of refused) known.set(topic.path, topic);
    if (known.size === 0) this.#refused.delete(server);
    else this.#refused.set(server, known);
    if (refused.length === 0) return;
    log.warn("Where series stood before the start cannot be read", {
      ...{ server, path: refused[0]?.path, paths: refused.length, reason },
      remedy: "okws redis-acl prints the rights that okws needs; it is asked again every few seconds",
    });
  }
}
