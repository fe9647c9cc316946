/**
 * The sentinels of a master. All of them are asked at once, so that one that is silent, gone or behind costs nothing; the
 * connections stay open while the master is followed.
 */
import type { Redis } from "ioredis";
import { withDeadline } from "../../../shared/async/with_deadline.ts";
import { MessageError } from "../../../shared/errors.ts";
import { message } from "../../../shared/messages/message.ts";
import { formatHost, type HostPort } from "../../../shared/redis_url.ts";
import { type ClientOptions, connectClient, endClient } from "../connect.ts";
import { askSentinel, createSentinelClient, faultOf, isLoginFault } from "./ask.ts";
import { type Elected, electMaster, isNamedByMost, type SentinelAnswer } from "./election.ts";

/**
 * How long the others are waited for when one sentinel has named a master, and when most of them agree: the one that led a
 * fail-over knows of it up to two seconds before the others.
 */
const GRACE_MS = 300;
const AGREED_GRACE_MS = 100;

/** How long one sentinel is waited for when none has. */
const PATIENCE_MS = 2000;

/** Whether those that answer could elect another master, or would know of it. */
export type Quorum = "majority" | "minority" | "none";

/** Finds the master of a name. */
export class Sentinels implements AsyncDisposable {
  readonly name: string;
  readonly #options: ClientOptions;
  readonly #named: readonly HostPort[];
  /** By address, as answers write it. */
  #others = new Map<string, HostPort>();
  readonly #open = new Map<string, Redis>();
  readonly #asking = new Map<string, Promise<SentinelAnswer>>();
  readonly #ending = new Set<Promise<void>>();
  #last: Elected | undefined;
  #finding: Promise<Elected> | undefined;
  #quorum: Quorum = "majority";
  #isKept = false;
  #closed = false;

  constructor(options: ClientOptions) {
    const { sentinels = [], name = "" } = options;
    this.name = name;
    this.#options = options;
    this.#named = sentinels.map(({ host = "localhost", port = 26_379 }) => ({ host, port }));
  }

  /** Those that the URL names, and those that these know. */
  get addresses(): readonly HostPort[] {
    const named = new Map(this.#named.map((address) => [formatHost(address), address]));
    return [...new Map([...named, ...this.#others]).values()];
  }

  /** As they were asked last. */
  get quorum(): Quorum {
    return this.#quorum;
  }

  /** Keeps the connections open from now on. */
  keep(): void {
    this.#isKept = true;
  }

  /** Returns the master by the newest configuration. Rejects with MessageError. */
  find(): Promise<Elected> {
    return this.#finding ??= this.#find().finally(() => {
      this.#finding = undefined;
      if (!this.#isKept) { for (const name of this.#open.keys()) this.#leave(name); }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const name of this.#open.keys()) this.#leave(name);
    await this.#finding?.catch(() => {});
    await Promise.all(this.#ending);
  }

  async #find(): Promise<Elected> {
    const answers: SentinelAnswer[] = [];
    const faults: MessageError[] = [];
    const { addresses: addresses } = this;
    const done = Promise.withResolvers<void>();
    let timer = setTimeout(done.resolve, PATIENCE_MS);
    const settle = () => {
      if (answers.length + faults.length === addresses.length) return done.resolve();
      const elected = this.#elect(answers);
      if (elected === undefined || answers.length === 0) return;
      clearTimeout(timer);
      timer = setTimeout(done.resolve, isNamedByMost(elected, addresses.length) ? AGREED_GRACE_MS : GRACE_MS);
    };
    for (const address of addresses) {
      this.#ask(address)
        .then((answer) => answers.push(answer), (error) => faults.push(faultOf(address, error)))
        .then(settle);
    }
    await done.promise;
    clearTimeout(timer);
    this.#note(answers);
    if (answers.length === 0) {
      throw faults.find(({ cause }) => isLoginFault(cause)) ?? faults[0] ??
        new MessageError(message("redis.no_sentinel"));
    }
    const elected = this.#elect(answers);
    if (elected === undefined) {
      throw new MessageError(message("redis.sentinel_name", { name: this.name }));
    }
    return this.#last = elected;
  }

  #elect(answers: readonly SentinelAnswer[]): Elected | undefined {
    return electMaster(answers, this.#last, (votes) => votes > this.#named.length / 2);
  }

  /** Who else is there, and whether those that answer see enough of the others. */
  #note(answers: readonly SentinelAnswer[]): void {
    if (answers.length === 0) this.#quorum = "none";
    else {
      const isWhole = answers.some(({ peers, alive }) => alive > (1 + peers.length) / 2);
      this.#quorum = isWhole ? "majority" : "minority";
      const others = answers.flatMap(({ peers }) => peers);
      this.#others = new Map(others.map((address) => [formatHost(address), address]));
    }
    const known = new Set(this.addresses.map(formatHost));
    for (const name of this.#open.keys()) if (!known.has(name)) this.#leave(name);
  }

  /** Not again while an answer is due: one that is silent is asked once. */
  #ask(address: HostPort): Promise<SentinelAnswer> {
    const name = formatHost(address);
    const known = this.#asking.get(name);
    if (known !== undefined) return known;
    const asking = this.#askOnce(address, name).finally(() => this.#asking.delete(name));
    this.#asking.set(name, asking);
    return asking;
  }

  async #askOnce(address: HostPort, name: string): Promise<SentinelAnswer> {
    const answer = this.#connected(address, name).then((redis) => askSentinel(redis, this.name));
    try {
      return await withDeadline(answer, PATIENCE_MS, () => {
        throw new MessageError(message("redis.no_answer_within", { ms: PATIENCE_MS }));
      });
    } catch (error) {
      this.#leave(name);
      throw error;
    }
  }

  async #connected(address: HostPort, name: string): Promise<Redis> {
    const known = this.#open.get(name);
    if (known !== undefined) return known;
    if (this.#closed) throw new MessageError(message("redis.connection_lost"));
    const redis = createSentinelClient(this.#options, address, { retry: false });
    this.#open.set(name, redis);
    await connectClient(redis, PATIENCE_MS);
    return redis;
  }

  #leave(name: string): void {
    const redis = this.#open.get(name);
    if (redis === undefined) return;
    this.#open.delete(name);
    const ending = endClient(redis).finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}
