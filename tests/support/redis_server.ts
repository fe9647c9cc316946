/** A real `redis-server` as a child process on a free loopback port, for tests. */
import { freePort } from "./free_port.ts";
import { assertDeclared, testWith } from "./needs.ts";
import { redisProgram } from "./redis_program.ts";
import { waitFor } from "./wait.ts";

/** A running child. `stop` ends it cleanly, `kill` at once; both may be called twice. */
export type RedisServer = AsyncDisposable & {
  readonly port: number;
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
  kill(): Promise<void>;
  /** SIGSTOP / SIGCONT, for a Redis that hangs. */
  pause(): void;
  resume(): void;
};

/** Starts an empty server without persistence; `args` are added to its command line. */
export async function startRedis(options: { port?: number; args?: string[] } = {}): Promise<RedisServer> {
  assertDeclared("redis-server");
  const port = options.port ?? freePort();
  const folder = await Deno.makeTempDir({ prefix: "okws-redis-" });
  const child = new Deno.Command(redisProgram?.server ?? "redis-server", {
    args: [
      ...["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
      ...["--daemonize", "no", "--dir", folder],
      ...(options.args ?? []),
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let ended = false;
  const status = child.status.then((value) => (ended = true, value));
  const end = async (signal: Deno.Signal) => {
    if (!ended) {
      child.kill("SIGCONT");
      child.kill(signal);
    }
    await status;
    await Deno.remove(folder, { recursive: true }).catch(() => {});
  };
  try {
    await waitFor(`redis-server on port ${port}`, async () => {
      if (ended) throw new Error("redis-server ended at once");
      // The kernel takes connections before the server does: only an answer, whatever it says, shows that it runs.
      using connection = await Deno.connect({ hostname: "127.0.0.1", port });
      await connection.write(new TextEncoder().encode("PING\r\n"));
      return await connection.read(new Uint8Array(64)) !== null;
    });
  } catch (error) {
    await end("SIGKILL");
    throw error;
  }
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    pid: child.pid,
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
    pause: () => child.kill("SIGSTOP"),
    resume: () => child.kill("SIGCONT"),
    [Symbol.asyncDispose]: () => end("SIGKILL"),
  };
}

/** A test that needs a real Redis. */
export function redisTest(name: string, fn: (t: Deno.TestContext) => Promise<void>): void {
  testWith(["redis-server"], name, fn);
}
