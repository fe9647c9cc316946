/** A real `redis-server` that can be killed, started again on its port with or without its data, and stopped for a while. */
import { Redis } from "ioredis";
import { freePort } from "../../tests/support/free_port.ts";
import { redisProgram } from "../../tests/support/redis_program.ts";
import { waitFor } from "../../tests/support/wait.ts";
import { type Child, startChild, textOf } from "../../tests/support/child.ts";

/** A Redis of its own. `client` is the harness' own connection; it comes back by itself. */
export type RedisChild = AsyncDisposable & {
  readonly port: number;
  readonly client: Redis;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again; `empty` forgets what it kept on disk. */
  start(options?: { empty?: boolean }): Promise<void>;
  signal(signal: Deno.Signal): void;
};

/** Starts a server; with `persist` every write is on disk before it is answered, as far as a killed process goes. */
export async function startRedis(folder: string, options: { persist?: boolean } = {}): Promise<RedisChild> {
  const port = freePort();
  await Deno.mkdir(folder, { recursive: true });
  let child: Child | undefined;
  const args = [
    ...["--port", String(port), "--bind", "127.0.0.1", "--daemonize", "no", "--dir", folder],
    ...["--save", "", "--appendonly", options.persist ? "yes" : "no"],
  ];
  const client = new Redis({
    port,
    lazyConnect: true,
    retryStrategy: () => 100,
    maxRetriesPerRequest: null,
    commandTimeout: 30_000,
  });
  client.on("error", () => {});
  const start = async ({ empty = false } = {}) => {
    if (empty) {
      await Deno.remove(folder, { recursive: true });
      await Deno.mkdir(folder, { recursive: true });
    }
    const started = child = startChild(redisProgram?.server ?? "redis-server", args);
    await waitFor(`redis-server on port ${port}`, async () => {
      if (started.code() !== undefined) throw new Error(`redis-server ended:\n${textOf(started.lines)}`);
      return (await client.ping()) === "PONG";
    }, { everyMs: 50 });
  };
  const kill = async () => {
    await child?.[Symbol.asyncDispose]();
    child = undefined;
  };
  try {
    await start();
  } catch (error) {
    client.disconnect();
    await kill();
    throw error;
  }
  return {
    port,
    client,
    start,
    kill,
    signal: (signal) => child?.kill(signal),
    async [Symbol.asyncDispose]() {
      client.disconnect();
      await kill();
    },
  };
}
