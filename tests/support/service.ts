/**
 * The whole service inside the test's process, against any exchange and any Redis, with deadlines short enough to be
 * waited for; a client of it, and a plain Redis connection that reads what programs in other languages would read.
 */
import { freePort } from "./free_port.ts";
import { Redis } from "ioredis";
import { type Client, connect, type ConnectOptions } from "../../src/client/client.ts";
import { parseConfig } from "../../src/config/schema.ts";
import { serve, type Service } from "../../src/app/service.ts";
import { DEFAULT_LIST_TIMING } from "../../src/session/recovery/missing_from_lists.ts";
import { DEFAULT_TIMING, type Timing } from "../../src/session/connection/timing.ts";
import type { SubRecord } from "../../src/store/layout/subscription_record.ts";
import { waitFor } from "./wait.ts";

/**
 * The service's own deadlines, and a quick look at what is due. A test of what happens at a deadline shortens that one
 * alone: what is short for all is missed where the machine is busy, and then every test fails for another reason.
 */
export const QUICK: Timing = {
  ...DEFAULT_TIMING,
  tickMs: 20,
  // One list is believed: what waits for a second one sets this.
  lists: { ...DEFAULT_LIST_TIMING, agreeMs: 0 },
};

/** Settings of {@link startService}. */
export type ServiceOptions = {
  /** The exchange of servers that name none: `ws://127.0.0.1:port`. */
  readonly endpoint: string;
  /** The embedded store on a free port unless given. */
  readonly redisUrl?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Entries of `servers`; one named `test` unless given. */
  readonly servers?: readonly Readonly<Record<string, unknown>>[];
  /** What every server is subscribed to from the start. */
  readonly channels?: readonly unknown[];
  readonly timing?: Partial<Timing>;
  /** Milliseconds between two looks at what Redis holds; as in earnest unless given. */
  readonly lookMs?: number;
  /** Takes the place of a service that runs there. */
  readonly takeover?: boolean;
  readonly client?: ConnectOptions;
};

/** A running service with its readers; disposing stops all of it. */
export type Running = AsyncDisposable & {
  readonly service: Service;
  readonly client: Client;
  /** A connection of the test's own. */
  readonly redis: Redis;
  readonly redisUrl: string;
  /** `P/subs` of a path of the server `test`. */
  sub(path: string): Promise<SubRecord | undefined>;
};

/** Starts everything; rejects where the configuration has faults. */
export async function startService(options: ServiceOptions): Promise<Running> {
  const { endpoint, servers = [{ name: "test" }], channels = [] } = options;
  const parsed = parseConfig({
    settings: {
      REDIS_URL: options.redisUrl ?? `embedded://127.0.0.1:${freePort()}`,
      HTTP: "off",
      ENDPOINT: endpoint,
      // What a test has pushed is all that is there; a test of history sets it.
      HISTORY: 0,
      ...options.settings,
    },
    servers,
    subscribes: channels.length === 0 ? [] : servers.map(({ name }) => ({ server: name, channels })),
  });
  if ("issues" in parsed) {
    throw new Error(parsed.issues.map(({ path, message }) => `${path}: ${message}`).join("; "));
  }
  await using stack = new AsyncDisposableStack();
  const service = stack.use(
    await serve(parsed.config, {
      timing: { ...QUICK, ...options.timing },
      takeover: options.takeover === true,
      ...(options.lookMs === undefined ? {} : { lookMs: options.lookMs }),
    }),
  );
  const { redisUrl } = service;
  // A user may learn after some seconds that Redis does not answer; a test on a busy machine may not.
  const patient = { timeoutMs: 600_000, ...options.client };
  const client = stack.use(await waitFor("a client", () => connect({ redisUrl, ...patient })));
  const { redis } = stack.use(await openRedis(redisUrl));
  const owned = stack.move();
  return {
    service,
    client,
    redis,
    redisUrl,
    sub: async (path) => (await client.subscriptions("test")).get(path),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** A plain Redis connection; disposing waits for its end. */
export async function openRedis(url: string): Promise<AsyncDisposable & { readonly redis: Redis }> {
  const redis = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => 50,
    maxRetriesPerRequest: null,
    disconnectTimeout: DISCONNECT_MS,
  });
  redis.on("error", () => {});
  await redis.connect();
  return {
    redis,
    async [Symbol.asyncDispose]() {
      const { status } = redis;
      if (status === "end") return;
      const ended = new Promise<void>((resolve) => redis.once("end", () => resolve()));
      redis.disconnect();
      // Between two attempts there is no socket whose end would be reported, only the timer of the disconnect itself.
      await (status === "reconnecting"
        ? new Promise((resolve) => setTimeout(resolve, DISCONNECT_MS))
        : ended);
    },
  };
}

const DISCONNECT_MS = 50;

/** One message as it was received. */
export type Received = { readonly channel: string; readonly message: string };

/** Receives everything published on these channels (patterns where they hold a `*`) from now on, in order. */
export async function startSubscriber(
  url: string,
  ...what: readonly string[]
): Promise<AsyncDisposable & { readonly messages: Received[]; on(channel: string): string[] }> {
  const { redis, [Symbol.asyncDispose]: dispose } = await openRedis(url);
  const messages: Received[] = [];
  redis.on("message", (channel: string, message: string) => messages.push({ channel, message }));
  redis.on(
    "pmessage",
    (_pattern: string, channel: string, message: string) => messages.push({ channel, message }),
  );
  const patterns = what.filter((each) => each.includes("*"));
  const channels = what.filter((each) => !each.includes("*"));
  if (channels.length > 0) await redis.subscribe(...channels);
  if (patterns.length > 0) await redis.psubscribe(...patterns);
  return {
    messages,
    on: (channel) => messages.filter((each) => each.channel === channel).map(({ message }) => message),
    [Symbol.asyncDispose]: dispose,
  };
}
