/** A Redis and a clock that are played, and leases on them, for tests of whose a lease is after all that can happen to it. */
import { LeaseError } from "../../src/shared/errors.ts";
import type { RedisCommand } from "../../src/store/redis/commands.ts";
import { Lease } from "../../src/store/redis/lease/lease.ts";
import type { LeaseClock, LeaseOptions } from "../../src/store/redis/lease/lease_options.ts";
import { type RedisReply, ReplyError } from "../../src/store/redis/resp.ts";
import { TransportError } from "../../src/store/redis/transport.ts";

export const LEASE_MS = 3000;

/** Time that passes when a test says so; each sleeper goes on at its moment. */
export class PlayedClock implements LeaseClock {
  #now = 0;
  #sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const sleeper = { at: this.#now + ms, wake: resolve };
      this.#sleepers.add(sleeper);
      signal.addEventListener("abort", () => (this.#sleepers.delete(sleeper), resolve()));
    });
  }

  /** Lets time pass, and everybody do what he does at each moment. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    while (true) {
      const [next] = [...this.#sleepers].sort((a, b) => a.at - b.at);
      if (next === undefined || next.at > end) break;
      this.#sleepers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.wake();
      await settle();
    }
    this.#now = end;
  }
}

/** Everything that can go on without time passing has gone on. */
async function settle(): Promise<void> {
  for (let i = 0; i < 500; i++) await Promise.resolve();
}

/** What the lease uses of a Redis, with keys that run out by the played clock. */
export class PlayedRedis {
  readonly published: string[] = [];
  /** The channels of these. */
  readonly asked: string[] = [];
  readonly denied = new Set<string>();
  /** Services that have long been connected. */
  readonly clients: string[] = [];
  readonly #clock: PlayedClock;
  readonly #texts = new Map<string, { text: string; until: number }>();
  readonly #hashes = new Map<string, Map<string, string>>();
  /** Replies to commands of this name are lost from now on. */
  lost = "";

  constructor(clock: PlayedClock) {
    this.#clock = clock;
  }

  readonly ask = async (commands: readonly RedisCommand[]): Promise<(RedisReply | TransportError)[]> => {
    const replies = commands.map((command) => {
      if (this.denied.has(command[0])) return new ReplyError(`NOPERM may not ${command[0]}`);
      const reply = this.#do(command);
      return command[0] === this.lost ? new TransportError("cut") : reply;
    });
    return await Promise.resolve(replies);
  };

  get leader(): { instance: string; epoch: number } | undefined {
    const text = this.#get("okex/leader")?.text;
    return text === undefined ? undefined : JSON.parse(text);
  }

  get epoch(): string | undefined {
    return this.hash("okex/epoch").get("epoch");
  }

  hash(key: string): Map<string, string> {
    const hash = this.#hashes.get(key) ?? new Map<string, string>();
    this.#hashes.set(key, hash);
    return hash;
  }

  /** Who holds it, by the key of the lease. */
  holder(key: string): string | undefined {
    const text = this.#get(key)?.text;
    return text === undefined ? undefined : JSON.parse(text).instance;
  }

  /** As somebody damages it; undefined: the key is deleted. */
  damage(epoch: string | undefined): void {
    if (epoch === undefined) this.hash("okex/epoch").clear();
    else this.hash("okex/epoch").set("epoch", epoch);
  }

  set(text: string, ms: number, key = "okex/leader"): void {
    this.#texts.set(key, { text, until: this.#clock.now() + ms });
  }

  /** Sets the clock of its machine back: what runs out does so later. */
  setBack(ms: number): void {
    for (const each of this.#texts.values()) each.until += ms;
  }

  delete(): void {
    this.#texts.clear();
  }

  flush(): void {
    this.delete();
    this.#hashes.clear();
  }

  #get(key: string) {
    const found = this.#texts.get(key);
    return found !== undefined && found.until > this.#clock.now() ? found : undefined;
  }

  #do([name, key = "", ...rest]: RedisCommand): RedisReply {
    const found = this.#get(key);
    switch (name as string) {
      case "GET":
        return found?.text ?? null;
      case "PTTL":
        if (found === undefined) return -2;
        return found.until === Infinity ? -1 : found.until - this.#clock.now();
      case "GETEX":
        if (found !== undefined) found.until = this.#clock.now() + Number(rest[1]);
        return found?.text ?? null;
      case "SET": {
        const [text = "", how, , ms] = rest;
        if ((how === "NX") === (found !== undefined)) return null;
        this.set(text, Number(ms), key);
        return "OK";
      }
      case "DEL":
        this.hash(key).clear();
        return Number(this.#texts.delete(key));
      case "HGETALL":
        return [...this.hash(key)].flat();
      case "HSET":
        for (let i = 0; i < rest.length; i += 2) this.hash(key).set(rest[i] as string, rest[i + 1] as string);
        return 1;
      case "HINCRBY":
        this.hash(key).set("epoch", String(Number(this.hash(key).get("epoch") ?? 0) + 1));
        return Number(this.hash(key).get("epoch"));
      case "PUBLISH":
        this.published.push(rest[0] as string);
        this.asked.push(key);
        return 1;
      case "EXEC":
        return [1];
      case "CLIENT":
        return "";
      default:
        return "OK";
    }
  }
}

/** A played world with as many services as a test wants; the sanitizers see that none is left. */
export function play() {
  const clock = new PlayedClock();
  const redis = new PlayedRedis(clock);
  /** One service. A connection that is `cut` takes nothing any more. */
  const join = (instance: string, options: Partial<LeaseOptions> = {}) => {
    const seen: string[] = [];
    let isCut = false;
    const lease = new Lease({
      keyPrefix: "okex",
      contender: { instance, host: `${instance}-host`, pid: 7, url: "" },
      leaseMs: LEASE_MS,
      clock,
      onHeld: ({ epoch }) => seen.push(`held ${epoch}`),
      onWaiting: () => seen.push("waiting"),
      onRefused: () => seen.push("refused"),
      onLost: () => seen.push("lost"),
      ...options,
    });
    const ask = (commands: readonly RedisCommand[]) =>
      isCut ? Promise.resolve(commands.map(() => new TransportError("cut"))) : redis.ask(commands);
    lease.begin(ask, () => redis.clients.some((client) => client !== instance));
    let outcome = "open";
    /** Looks whether it may write; `outcome` says what came of it. */
    const check = () => {
      outcome = "open";
      lease.check(ask).then(() => outcome = "ours", (error) => {
        outcome = error instanceof LeaseError ? `of ${error.holder?.host}` : String(error.message);
      });
      return settle();
    };
    return {
      ...{ lease, seen, check },
      outcome: () => outcome,
      cut: (now: boolean) => isCut = now,
      [Symbol.dispose]: () => lease[Symbol.dispose](),
    };
  };
  return { clock, redis, join };
}
