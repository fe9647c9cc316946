/** What the tests from outside share: a Redis, a simulated exchange and a service as child processes. */
import assert from "node:assert/strict";
import { Redis } from "ioredis";
import { freePort } from "../../support/free_port.ts";
import { type Program, type ProgramOptions, type Ran, runOkws, startOkws } from "../../support/program.ts";
import { type RedisServer, startRedis } from "../../support/redis_server.ts";
import { waitFor } from "../../support/wait.ts";

/** The configuration file of the package's first version; only the endpoint is added. */
export function firstConfig(endpoint: string): string {
  return `settings:
  REDIS_URL: "redis://localhost"   # also rediss://, unix:/path, redis+sentinel://, redis+cluster://, embedded
  MAX_ROW: 1000                    # rows kept per series
  LISTEN_CHANNEL: "trade-ws"       # commands arrive here
  REDIS_INFO_KEY: "trade-ws/info"  # replies: <this>/<request id>
  OKWS_INFO: "okws/info"           # the service announces itself here
servers:
  - name: test
    apiKey: ""
    secret: ""
    password: ""
    endpoint: ${endpoint}
subscribes:
  - server: test
    channels:
      - "spot/ticker:ETH-USDT"
`;
}

export type Mock = AsyncDisposable & Pick<Program, "stop"> & { readonly url: string; readonly port: number };

export async function startMock(port = freePort()): Promise<Mock> {
  const mock = startOkws(["mock", "--port", String(port)]);
  try {
    const [url] = await mock.waitForLine(/^ws:\/\/127\.0\.0\.1:\d+$/);
    return {
      url,
      port: Number(new URL(url).port),
      stop: mock.stop,
      [Symbol.asyncDispose]: () => mock[Symbol.asyncDispose](),
    };
  } catch (error) {
    await mock[Symbol.asyncDispose]();
    throw error;
  }
}

export type Environment = AsyncDisposable & {
  readonly server: RedisServer;
  readonly redisUrl: string;
  readonly redis: Redis;
  readonly mock: Mock;
  readonly mockUrl: string;
  readonly mockPort: number;
  readonly service: Program;
  /** The configuration file of the service. */
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  okws(...args: string[]): Promise<Ran>;
  client(...args: string[]): Promise<Ran>;
  /** Makes the simulated exchange misbehave. */
  command(fault: string): Promise<void>;
  waitForKey(key: string): Promise<void>;
};

/** A Redis, an exchange, and a service between them that takes commands. */
export async function startEnvironment(
  options: ProgramOptions & { serve?: readonly string[]; config?: (endpoint: string) => string } = {},
): Promise<Environment> {
  const { serve = ["serve"], config = firstConfig } = options;
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await tempFolder());
  const server = stack.use(await startRedis());
  const mock = stack.use(await startMock());
  const file = `${folder.path}/okws.yaml`;
  await Deno.writeTextFile(file, config(mock.url));
  const env = { OKWS_REDIS_URL: server.url, OKWS_HTTP: "off", ...options.env };
  const service = stack.use(startOkws([...serve, "-c", file], { env }));
  const redis = await connect(server.url, stack);
  await service.waitForLine(/Listening for commands/);
  const okws = (...args: string[]) => runOkws(args, { env });
  const owned = stack.move();
  return {
    server,
    redisUrl: server.url,
    redis,
    mock,
    mockUrl: mock.url,
    mockPort: mock.port,
    service,
    file,
    env,
    okws,
    client: (...args) => okws("client", ...args),
    async command(fault) {
      const response = await fetch(`${mock.url.replace("ws:", "http:")}/mock/command`, {
        method: "POST",
        body: fault,
      });
      assert.equal(response.status, 200, await response.text());
    },
    async waitForKey(key) {
      await waitFor(`${key} in Redis`, async () => await redis.exists(key) === 1);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function connect(url: string, stack: AsyncDisposableStack): Promise<Redis> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
  stack.defer(async () => {
    // A server that is gone has ended the connection already, and ending it twice leaves a timer behind.
    if (redis.status === "end") return;
    const ended = new Promise<void>((resolve) => redis.once("end", () => resolve()));
    const over = redis.status === "wait";
    redis.disconnect();
    if (!over) await ended;
  });
  redis.on("error", () => {});
  await redis.connect();
  return redis;
}

export async function tempFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir({ prefix: "okws-test-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** Failed with the code and the reason on stderr, nothing on stdout, and no stack trace. */
export function assertFails(ran: Ran, code: number, reason: RegExp): void {
  assert.equal(ran.code, code, ran.stderr);
  assert.equal(ran.stdout, "");
  assert.match(ran.stderr, reason);
  assert.match(ran.stderr, /^okws: /);
  assertCalm(ran.stderr);
}

export function assertCalm(text: string): void {
  assert.doesNotMatch(text, /^\s+at .*[:(]\d+/m);
  assert.doesNotMatch(text, /fault of okws itself|Uncaught/);
}
