/** One episode's environment: the exchange, Redis and the service, and what the referee knows of what it did to them. */
import { Redis } from "ioredis";
import { type Exchange, openExchange } from "./exchange/exchange.ts";
import { makeSecrets, type Secrets, writeFile } from "./file.ts";
import { CONTENDED, nameOf, WATCHED } from "./paths.ts";
import { createRandom } from "./random.ts";
import { openRedis, type RedisChild } from "./redis.ts";
import { createSecretWatch, type SecretWatch } from "./secrets.ts";
import { createPair, type Pair } from "./pair.ts";
import { watchWriters, type Writers } from "./writers.ts";
import { createService, type Program, type Service } from "./service.ts";

/** Whether a path is asked for, since when; `unknown` while a change is under way or went unanswered. */
export type Want = { state: "yes" | "no" | "unknown"; since: number };

export type Environment = AsyncDisposable & {
  readonly exchange: Exchange;
  readonly redis: RedisChild;
  readonly service: Service;
  /** The same, where there are two instances, and what each of them has written; undefined: there is one. */
  readonly pair: Pair | undefined;
  readonly writers: Writers | undefined;
  readonly secrets: Secrets;
  readonly secretWatch: SecretWatch;
  readonly file: string;
  readonly wants: Map<string, Want>;
  /** When the operator last did something to Redis that takes time to notice. */
  disturbedAt: number;
  /** Since when Redis answers nobody; 0: it answers. */
  unansweredSince: number;
  /** Until when calls of a REST path failed or lied. */
  readonly restBadUntil: Map<string, number>;
  /** When everything of a server, or of one path, was last taken out of Redis: older things are not expected. */
  readonly resets: Map<string, number>;
  /** Since when a series is known to be in Redis, so that a later life can go on from there. */
  readonly anchors: Map<string, number>;
  /** What was seen at once and is no matter of patience, such as an exit code. */
  readonly seen: { what: string; evidence: string }[];
  /** How much was compared, so that a run that compares nothing is not taken for a good one. */
  readonly compared: { rows: number; books: number; sets: number; events: number };
  /** Effects that end by themselves, to be waited for. */
  readonly pending: Set<Promise<void>>;
  log(text: string): void;
  writeFile(leave: readonly string[]): Promise<void>;
};

export async function openEnvironment(options: {
  seed: string;
  folder: string;
  program: Program;
  /** Whether there are two instances of the service. */
  isPair?: boolean | undefined;
  log(text: string): void;
}): Promise<Environment> {
  const random = createRandom(`${options.seed} market`);
  const secrets = makeSecrets(random);
  const secretWatch = createSecretWatch(secrets);
  await using stack = new AsyncDisposableStack();
  const exchange = stack.use(await openExchange(random, secrets.login));
  const redis = stack.use(await openRedis(options.folder, secrets.redis));
  await redis.start();
  const file = `${options.folder}/okws.yaml`;
  const writers = options.isPair ? stack.use(await watchWriters(redis.port)) : undefined;
  const started = {
    program: options.program,
    file,
    password: secrets.http,
    onOutput: (source: string, text: string) => secretWatch.look(source, text),
  };
  const pair = options.isPair ? createPair(started) : undefined;
  const service = stack.use(pair ?? createService(started));
  const wants = new Map<string, Want>(
    [...WATCHED, CONTENDED].map((item) => [nameOf(item), { state: "no", since: Date.now() }]),
  );
  stack.use(
    await overhear(redis.port, (channel, message) => secretWatch.look(`channel ${channel}`, message)),
  );
  const ending = stack.move();
  const environment: Environment = {
    exchange,
    redis,
    service,
    pair,
    writers,
    secrets,
    secretWatch,
    file,
    wants,
    disturbedAt: 0,
    unansweredSince: 0,
    restBadUntil: new Map(),
    resets: new Map(),
    anchors: new Map(),
    seen: [],
    compared: { rows: 0, books: 0, sets: 0, events: 0 },
    pending: new Set(),
    log: options.log,
    async writeFile(leave) {
      const { port: redisPort } = redis;
      await writeFile(file, {
        redisPort,
        httpPort: service.httpPort,
        exchange: exchange.url,
        secrets,
        leave,
      });
    },
    [Symbol.asyncDispose]: () => ending.disposeAsync(),
  };
  return environment;
}

/** Receives everything that is published, but the commands: these are the sender's own. */
async function overhear(
  port: number,
  onMessage: (channel: string, message: string) => void,
): Promise<AsyncDisposable> {
  const listener = new Redis({
    port,
    host: "127.0.0.1",
    retryStrategy: () => 200,
    maxRetriesPerRequest: null,
  });
  listener.on("error", () => {});
  listener.on("pmessage", (_pattern: string, channel: string, message: string) => {
    if (channel !== "trade-ws") onMessage(channel, message);
  });
  await listener.psubscribe("*");
  return { [Symbol.asyncDispose]: () => Promise.resolve(listener.disconnect()) };
}

export function want(environment: Environment, name: string, state: Want["state"]): void {
  const old = environment.wants.get(name);
  if (old?.state === state) return;
  environment.wants.set(name, { state, since: Date.now() });
  if (state !== "yes") environment.anchors.delete(name);
}

/** The file now asks for everything but `leave`; what it no longer names is not wanted. */
export function wantFile(environment: Environment, leave: readonly string[], state?: "unknown"): void {
  for (const item of WATCHED) {
    const asked = !leave.includes(nameOf(item)) && !leave.includes(item.server);
    const goal = asked ? "yes" : "no";
    const old = environment.wants.get(nameOf(item))!.state;
    want(environment, nameOf(item), old === goal ? goal : state ?? goal);
  }
}

/** Redis was interfered with: what follows may take until it is noticed. */
export function disturb(environment: Environment): void {
  environment.disturbedAt = Date.now();
}

/** What lay in Redis is gone, for one path or for all. */
export function forget(environment: Environment, name?: string): void {
  for (const item of WATCHED) {
    if (name && nameOf(item) !== name) continue;
    environment.resets.set(nameOf(item), Date.now());
    environment.anchors.delete(nameOf(item));
  }
}

/** Something that goes on by itself for a while and ends in a way that is waited for before the episode does. */
export function later(environment: Environment, work: () => Promise<void>): void {
  const promise = work().catch((error) => environment.log(`  (${error.message})`)).finally(() =>
    environment.pending.delete(promise)
  );
  environment.pending.add(promise);
}
