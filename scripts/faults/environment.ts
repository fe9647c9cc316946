/**
 * What one fault is tried on: a Redis, a simulated exchange and the service between them, each a process of its own, on
 * loopback ports of their own; where a fault needs it, the network between them is a proxy that can be cut.
 */
import { MALLOC_ENV } from "../../src/system/unit.ts";
import { freePort } from "../../tests/support/free_port.ts";
import { type Proxy, startProxy } from "../../tests/support/proxy.ts";
import { waitFor } from "../../tests/support/wait.ts";
import { type Child, type Ran, runChild, startChild } from "../../tests/support/child.ts";
import { type Exchange, startExchange } from "./exchange.ts";
import { type FaultCluster, startFaultCluster } from "./cluster.ts";
import { Observer } from "./observer.ts";
import type { Program } from "./program.ts";
import { type RedisChild, startRedis } from "./redis.ts";
import { type ReplicatedRedis, startReplicatedRedis } from "./replicated_redis.ts";
import { FEW, pathsOf, type Watched } from "./watched.ts";

/** A server of the configuration, beside the one that is always there. */
export type ServerEntry = {
  readonly name: string;
  readonly endpoint: string;
  readonly channels: readonly string[];
};

/** Settings of {@link startEnvironment}. */
export type EnvironmentOptions = {
  readonly watched?: Watched;
  /** Market steps a second. */
  readonly rate?: number;
  readonly seed?: number;
  /** Redis keeps its data over a kill. */
  readonly persist?: boolean;
  /** Redis is a master with a replica behind sentinels. */
  readonly sentinels?: boolean;
  /** Redis is a cluster, with so many replicas of each master. */
  readonly cluster?: { readonly replicas: number };
  /** Puts a proxy before the exchange, before Redis. */
  readonly proxies?: { readonly exchange?: boolean; readonly redis?: boolean };
  readonly servers?: (environment: { readonly folder: string }) => Promise<readonly ServerEntry[]>;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Environment of the service; another one that is started beside it has none. */
  readonly env?: (folder: string) => Promise<Record<string, string>>;
  /** Changes how the service is started. */
  readonly wrap?: (command: string, args: readonly string[]) => { command: string; args: readonly string[] };
};

/** Lines of the service that are kept. */
const MOST_LINES = 20_000;

/** The server that all checks are about, and its prefix in Redis. */
export const SERVER = "m";
export const PREFIX = `okex/${SERVER}`;

/** What one fault is tried on. Disposing ends all of it. */
export type Environment = AsyncDisposable & {
  readonly folder: string;
  /** What the keys of the server begin with that all checks are about. */
  readonly prefix: string;
  readonly watched: Watched;
  readonly redis: RedisChild;
  readonly replicated: ReplicatedRedis | undefined;
  readonly cluster: FaultCluster | undefined;
  readonly exchange: Exchange;
  readonly exchangeProxy: Proxy | undefined;
  readonly redisProxy: Proxy | undefined;
  readonly observer: Observer;
  readonly configFile: string;
  /** The service that runs now; the last one, when none does. */
  service(): Child;
  startService(): Promise<void>;
  /** Starts another one of the same file, at a port of its own; it is the one that is looked at from then on. */
  startBeside(...flags: readonly string[]): Promise<void>;
  /** Looks at this one of those that were started. */
  goOnWith(service: Child): void;
  /** Why it is not ready, or `ok`; throws while nobody answers. */
  readiness(): Promise<string>;
  stats(): Promise<Readonly<Record<string, number>>>;
  waitReady(deadlineMs?: number): Promise<void>;
  /** Writes the configuration file again with other paths or servers. */
  configure(change?: { paths?: readonly string[]; servers?: readonly ServerEntry[] }): Promise<void>;
  /** `okws client …` against this Redis. */
  client(...args: string[]): Promise<Ran>;
};

/** Starts everything and waits until it is ready. `folder` must not exist yet. */
export async function startEnvironment(
  program: Program,
  folder: string,
  options: EnvironmentOptions = {},
): Promise<Environment> {
  await using stack = new AsyncDisposableStack();
  await Deno.mkdir(folder, { recursive: true });
  const { rate = 10, seed = 1, persist = false, proxies = {}, wrap, env, watched = FEW } = options;
  const replicated = options.sentinels ? stack.use(await startReplicatedRedis()) : undefined;
  const prefix = options.cluster === undefined ? PREFIX : `okex/{${SERVER}}`;
  const cluster = options.cluster === undefined
    ? undefined
    : stack.use(await startFaultCluster(prefix, options.cluster.replicas));
  const redis = replicated?.redis ?? cluster?.redis ??
    stack.use(await startRedis(`${folder}/redis`, { persist }));
  const exchange = stack.use(await startExchange(program, { rate, seed }));
  const exchangeProxy = proxies.exchange ? stack.use(startProxy(exchange.port)) : undefined;
  const redisProxy = proxies.redis ? stack.use(startProxy(redis.port)) : undefined;
  const httpPort = freePort();
  /** Where the pages of each service are; of all others at the port of the file. */
  const ports = new Map<Child, number>();
  const configFile = `${folder}/okws.yaml`;
  const others = await options.servers?.({ folder }) ?? [];
  const redisUrl = replicated?.url ?? cluster?.url ?? `redis://127.0.0.1:${redisProxy?.port ?? redis.port}`;

  const configure: Environment["configure"] = ({ paths = pathsOf(watched), servers = others } = {}) =>
    writeConfig(configFile, {
      ...{ paths, servers, redisUrl, httpPort },
      endpoint: `ws://127.0.0.1:${exchangeProxy?.port ?? exchange.port}`,
      settings: options.settings,
    });
  // As the unit and the image have it.
  const serviceEnv = { ...MALLOC_ENV, ...await env?.(folder) };
  let service: Child | undefined;
  const startService = async () => {
    const plain = { command: program.command, args: [...program.args, "serve", "-c", configFile] };
    const { command, args } = wrap?.(plain.command, plain.args) ?? plain;
    await service?.[Symbol.asyncDispose]();
    service = startChild(command, args, { env: serviceEnv, mostLines: MOST_LINES });
    await Promise.resolve();
  };
  const startBeside = async (flags: readonly string[]) => {
    const port = freePort();
    const beside = ["serve", "-c", configFile, "--http", `127.0.0.1:${port}`, ...flags];
    const child = startChild(program.command, [...program.args, ...beside], {
      mostLines: MOST_LINES,
    });
    ports.set(child, port);
    service = child;
    return await Promise.resolve(child);
  };
  const portNow = () => service === undefined ? httpPort : ports.get(service) ?? httpPort;
  const page = async (path: string) =>
    await fetch(`http://127.0.0.1:${portNow()}${path}`, { signal: AbortSignal.timeout(2000) });
  const readiness = async () => (await (await page("/readyz")).text()).trim();
  const waitReady = async (deadlineMs = 30_000) => {
    await waitFor("the service to be ready", async () => {
      if (service?.code() !== undefined) throw new Error(`it ended with ${service.code()}`);
      return await readiness() === "ok";
    }, { deadlineMs, everyMs: 50 });
  };

  await configure();
  stack.defer(async () => await service?.[Symbol.asyncDispose]());
  await startService();
  const observer = stack.use(new Observer(redis.client, prefix, readiness));
  const owned = stack.move();
  return {
    folder,
    prefix,
    watched,
    redis,
    replicated,
    cluster,
    exchange,
    exchangeProxy,
    redisProxy,
    observer,
    configFile,
    service: () => service as Child,
    startService,
    startBeside: async (...flags) => {
      // The one before it runs on.
      if (service !== undefined) owned.use(service);
      owned.use(await startBeside(flags));
    },
    goOnWith: (one) => void (service = one),
    readiness,
    stats: async () => (await (await page("/api/state")).json()).stats,
    waitReady,
    configure,
    client: (...args) =>
      runChild(program.command, [...program.args, "client", ...args], {
        env: { OKWS_CONFIG: "", OKWS_REDIS_URL: redisUrl },
      }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Writes the configuration file of the service. */
async function writeConfig(
  file: string,
  { paths, servers, redisUrl, httpPort, endpoint, settings }: {
    readonly paths: readonly string[];
    readonly servers: readonly ServerEntry[];
    readonly redisUrl: string;
    readonly httpPort: number;
    readonly endpoint: string;
    readonly settings: EnvironmentOptions["settings"];
  },
): Promise<void> {
  const login = { apiKey: "demo-key", secret: "demo-secret", password: "demo-pass" };
  const HTTP = `127.0.0.1:${httpPort}`;
  const content = {
    settings: { REDIS_URL: redisUrl, HTTP, LOG_FORMAT: "json", MAX_ROW: 1_000_000, ...settings },
    servers: [
      { name: SERVER, endpoint, ...login },
      ...servers.map(({ name, endpoint }) => ({ name, endpoint })),
    ],
    subscribes: [
      { server: SERVER, channels: paths },
      ...servers.map(({ name, channels }) => ({ server: name, channels })),
    ],
  };
  // JSON is YAML.
  await Deno.writeTextFile(file, JSON.stringify(content, undefined, 1));
}
