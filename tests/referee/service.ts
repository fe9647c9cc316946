/** The service under test as a black box: a child process, its log, its pages and its command line. */
import { spawnChild } from "./children.ts";
import { freePort, sleep, until, within } from "./wait.ts";

/** How to start okws: the executable, or the sources. */
export type Program = { command: string; args: readonly string[] };

export type Ready = { ok: boolean; text: string };

export type Service = AsyncDisposable & {
  readonly httpPort: number;
  /** When the life that runs now began to answer; undefined: none runs, or it does not answer yet. */
  readonly livingSince: number | undefined;
  /** Exit codes of lives that ended by themselves. */
  readonly ends: string[];
  readonly lives: number;
  /** The last lines of its log. */
  readonly log: readonly string[];
  /** Starts a life; false when it does not answer within a minute. */
  start(environment?: Record<string, string>, flags?: readonly string[]): Promise<boolean>;
  kill(): Promise<void>;
  /** SIGTERM, and the exit code; undefined when it did not end within 30 s and was killed. */
  stop(): Promise<number | undefined>;
  signal(signal: Deno.Signal): void;
  ready(): Promise<Ready | undefined>;
  get(page: string): Promise<string | undefined>;
  /** Runs a command to its end. */
  run(
    args: readonly string[],
    environment?: Record<string, string>,
  ): Promise<{ code: number; output: string }>;
};

type Page = { status: number; text: string };

const LOG_LINES = 400;

export type ServiceOptions = {
  program: Program;
  file: string;
  password: string;
  /** Is handed everything that the service and its commands print. */
  onOutput(source: string, text: string): void;
};

export function createService(options: ServiceOptions): Service {
  const { program, file, password } = options;
  const httpPort = freePort();
  const ends: string[] = [];
  const log: string[] = [];
  let lives = 0;
  let livingSince: number | undefined;
  let child: Deno.ChildProcess | undefined;
  let reading: Promise<unknown> = Promise.resolve();

  async function get(page: string): Promise<Page | undefined> {
    const answer = await readPage(`http://127.0.0.1:${httpPort}${page}`, password);
    if (answer !== undefined) options.onOutput(`page ${page}`, answer.text);
    return answer;
  }

  async function start(
    environment: Record<string, string> = {},
    flags: readonly string[] = [],
  ): Promise<boolean> {
    const running = spawnChild(program.command, {
      args: [...program.args, "serve", "-c", file, ...flags],
      env: { NO_COLOR: "1", ...environment },
      stdout: "piped",
      stderr: "piped",
    });
    child = running;
    lives++;
    reading = Promise.all([running.stdout, running.stderr].map((stream) => readLines(stream, onLine)));
    void running.status.then((status) => {
      if (child !== running) return;
      child = undefined;
      livingSince = undefined;
      ends.push(`life ${lives} ended with code ${status.code}${status.signal ? ` by ${status.signal}` : ""}`);
    });
    const answered = await until(60_000, async () => !child || (await get("/livez"))?.status === 200, 50);
    if (!answered || child !== running) return false;
    livingSince = Date.now();
    return true;
  }

  function onLine(line: string): void {
    options.onOutput("log", line);
    log.push(line);
    if (log.length > LOG_LINES) log.splice(0, LOG_LINES / 2);
  }

  /** Ends the life on purpose. */
  async function end(signal: Deno.Signal, patience: number): Promise<number | undefined> {
    const running = child;
    child = undefined;
    livingSince = undefined;
    if (!running) return undefined;
    running.kill(signal);
    let status = await within(patience, running.status);
    const late = status === undefined;
    if (late) {
      running.kill("SIGKILL");
      status = await running.status;
    }
    await within(5000, reading);
    return late ? undefined : status!.code;
  }

  return {
    httpPort,
    ends,
    log,
    get lives() {
      return lives;
    },
    get livingSince() {
      return livingSince;
    },
    start,
    kill: async () => void await end("SIGKILL", 10_000),
    stop: () => end("SIGTERM", 30_000),
    signal: (signal) => child?.kill(signal),
    ready: async () => {
      const answer = await get("/readyz");
      return answer && { ok: answer.status === 200, text: answer.text.trim() };
    },
    get: async (page) => (await get(page))?.text,
    run: async (args, environment = {}) => {
      const { code, output } = await runCommand(program, args, environment);
      options.onOutput(`okws ${args.slice(0, 2).join(" ")}`, output);
      return { code, output };
    },
    async [Symbol.asyncDispose]() {
      await end("SIGKILL", 10_000);
      await sleep(0);
    },
  };
}

/** A page as it was answered; undefined: it was not, within 3 s. */
async function readPage(url: string, password: string): Promise<Page | undefined> {
  try {
    const response = await fetch(url, {
      headers: { authorization: `Basic ${btoa(`okws:${password}`)}` },
      signal: AbortSignal.timeout(3000),
    });
    return { status: response.status, text: await response.text() };
  } catch {
    return undefined;
  }
}

/** Runs a command to its end, a minute at most. */
async function runCommand(
  program: Program,
  args: readonly string[],
  environment: Record<string, string>,
): Promise<{ code: number; output: string }> {
  const command = spawnChild(program.command, {
    args: [...program.args, ...args],
    env: { NO_COLOR: "1", ...environment },
    stdout: "piped",
    stderr: "piped",
  });
  const timer = setTimeout(() => command.kill("SIGKILL"), 60_000);
  const { code, stdout, stderr } = await command.output();
  clearTimeout(timer);
  return { code, output: [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("") };
}

async function readLines(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onLine: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) onLine(line);
  }
  if (rest) onLine(rest);
}
