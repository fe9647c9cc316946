/** The Redis of an episode: a real `redis-server` with a file of appended commands, and its operator's connection. */
import { Redis } from "ioredis";
import { spawnChild } from "./children.ts";
import { freePort, sleep, until } from "./wait.ts";

export type RedisChild = AsyncDisposable & {
  readonly port: number;
  /** The operator's connection: every right, and no command waits for longer than two seconds. */
  readonly operator: Redis;
  readonly up: boolean;
  start(): Promise<void>;
  kill(): Promise<void>;
  /** Takes away what was appended, while it does not run. */
  empty(): Promise<void>;
  signal(signal: Deno.Signal): void;
};

/** The service's account; the operator is `default`. */
export const SERVICE_USER = "okws";

export async function openRedis(folder: string, password: string): Promise<RedisChild> {
  const port = freePort();
  const data = `${folder}/redis`;
  await Deno.mkdir(data);
  let child: Deno.ChildProcess | undefined;
  const operator = new Redis({
    port,
    host: "127.0.0.1",
    lazyConnect: true,
    commandTimeout: 2000,
    connectTimeout: 2000,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    retryStrategy: () => 100,
  });
  operator.on("error", () => {});

  async function start(): Promise<void> {
    child = spawnChild("redis-server", {
      args: [
        ...["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", data],
        ...["--appendonly", "yes", "--appendfsync", "no", "--enable-debug-command", "local"],
        ...["--user", SERVICE_USER, "on", `>${password}`, "~*", "&*", "+@all"],
      ],
      stdout: "null",
      stderr: "null",
    });
    const answered = await until(20_000, async () => {
      if (operator.status === "wait") await operator.connect().catch(() => {});
      return operator.status === "ready" && await operator.ping().catch(() => false);
    }, 50);
    if (!answered) throw new Error(`redis-server does not answer on port ${port}`);
  }

  async function kill(): Promise<void> {
    const running = child;
    child = undefined;
    if (!running) return;
    running.kill("SIGKILL");
    await running.status;
  }

  return {
    port,
    operator,
    get up() {
      return child !== undefined;
    },
    start,
    kill,
    empty: () => Deno.remove(`${data}/appendonlydir`, { recursive: true }),
    signal: (signal) => child?.kill(signal),
    async [Symbol.asyncDispose]() {
      operator.disconnect();
      await kill();
      await sleep(0);
    },
  };
}
