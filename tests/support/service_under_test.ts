/**
 * A service as a child process, for tests that do it harm: with a configuration of its own, a Redis connection to look
 * inside, its log as objects, and its memory as the system counts it.
 */
import type { Redis } from "ioredis";
import { freePort } from "./free_port.ts";
import { type Program, startOkws } from "./program.ts";
import { openRedis } from "./service.ts";
import { waitFor } from "./wait.ts";

/** One line of its log. */
export type LogLine = { readonly message: string; readonly level: string; readonly text: string };

/** A service in a process of its own. Disposing kills it. */
export type ServiceUnderTest = AsyncDisposable & {
  readonly program: Program;
  readonly redis: Redis;
  readonly redisUrl: string;
  /** Where its pages are; empty when they are off. */
  readonly httpUrl: string;
  readonly alive: boolean;
  /** Lines with this message so far. */
  lines(message: string): LogLine[];
  /** Resident memory now in MB; undefined where the system does not say. */
  memoryMb(): number | undefined;
  /** The most that was resident so far in MB. */
  peakMb(): number | undefined;
};

/** Settings of {@link startServiceUnderTest}. */
export type ServiceUnderTestOptions = {
  readonly endpoint: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Entries of `servers` beside their endpoint; one named `test` unless given. */
  readonly servers?: readonly Readonly<Record<string, unknown>>[];
  /** Paths by server; those of `test` as a plain list. */
  readonly channels?: readonly unknown[];
  readonly env?: Readonly<Record<string, string>>;
  /** Serves its pages on a free port. */
  readonly http?: boolean;
};

/** Starts a service with the embedded store; resolves when it takes commands. */
export async function startServiceUnderTest(options: ServiceUnderTestOptions): Promise<ServiceUnderTest> {
  const { endpoint, settings = {}, servers = [{ name: "test" }], channels = [], env = {}, http } = options;
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "okws-test-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const [port, httpPort] = [freePort(), freePort()];
  const redisUrl = `redis://127.0.0.1:${port}`;
  const httpUrl = http ? `http://127.0.0.1:${httpPort}` : "";
  const config = {
    settings: {
      REDIS_URL: `embedded://127.0.0.1:${port}`,
      HTTP: http ? `127.0.0.1:${httpPort}` : "off",
      ENDPOINT: endpoint,
      LOG_FORMAT: "json",
      LOG_LEVEL: "debug",
      ...settings,
    },
    servers,
    subscribes: servers.map(({ name }) => ({ server: name, channels })),
  };
  // JSON is YAML too.
  const file = `${folder}/okws.yaml`;
  await Deno.writeTextFile(file, JSON.stringify(config));
  const program = stack.use(startOkws(["serve", "-c", file], { env }));
  await program.waitForLine(/Listening for commands/, { deadlineMs: 40_000 });
  const { redis } = stack.use(await openRedis(redisUrl));
  const owned = stack.move();
  let ended = false;
  program.ended(2 ** 31 - 1).then(() => ended = true, () => {});
  return {
    program,
    redis,
    redisUrl,
    httpUrl,
    get alive() {
      return !ended;
    },
    lines: (message) => program.stderr.filter((line) => line.includes(message)).map(readLine),
    memoryMb: () => memoryOf(program.pid, "VmRSS"),
    peakMb: () => memoryOf(program.pid, "VmHWM"),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Waits until a value stands in a row, and says how long that took in milliseconds. */
export async function waitForField(
  redis: Redis,
  key: string,
  [field, value]: readonly [string, string],
  deadlineMs = 30_000,
): Promise<number> {
  const start = performance.now();
  await waitFor(`${field}=${value} at ${key}`, async () => await redis.hget(key, field) === value, {
    deadlineMs,
  });
  return performance.now() - start;
}

function readLine(text: string): LogLine {
  try {
    const { message = "", level = "" } = JSON.parse(text) as { message?: string; level?: string };
    return { message, level, text };
  } catch {
    return { message: text, level: "", text };
  }
}

function memoryOf(pid: number, name: string): number | undefined {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return Number(new RegExp(`^${name}:\\s*(\\d+) kB`, "m").exec(status)?.[1]) / 1024;
  } catch {
    return undefined;
  }
}
