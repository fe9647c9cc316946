/** Measures one program at one kind of work: an exchange, a fresh Redis, the program between them, and a subscriber. */
import { Redis } from "ioredis";
import { makeCertificates } from "../../tests/support/certificates.ts";
import { freePort } from "../../tests/support/free_port.ts";
import { startRedis } from "../../tests/support/redis_server.ts";
import { instrumentNames } from "./exchange/instruments.ts";
import type { ExchangeOptions } from "./exchange/main.ts";
import type { Peer } from "./peers/peers.ts";
import { type Measured, startMeasured } from "./process.ts";
import { describeOverload } from "./overload.ts";
import { prepareProgram, type Program } from "./programs.ts";
import { parseCounters } from "./redis_counters.ts";
import type { Result } from "./run.ts";
import type { Scenario } from "./scenario.ts";
import { openSubscriber, type Subscriber } from "./subscriber.ts";

/** How it is measured. */
export type Method = {
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** Number of instruments. */
  readonly instruments: number;
  readonly bin: string | undefined;
  readonly peers: readonly Peer[];
  /** Ends the measurement early: what was started is ended, and it rejects. */
  readonly signal: AbortSignal;
};

/** Messages a second whose age is looked at. */
const SAMPLES_A_SECOND = 2000;

/** Longest time until a program has landed the first messages. */
const START_MS = 60_000;

/** A program has caught up with its start when messages are no older than this. */
const SETTLED_MS = 250;

/**
 * It is still subscribing while more than so many times what the exchange sent in a second lands: snapshots come as well.
 */
const SUBSCRIBING = 1.02;

/** A program that has not settled after so long does not keep pace, and is measured as it is. */
const SETTLE_SECONDS = 15;

const exchangeFile = new URL("./exchange/main.ts", import.meta.url).pathname;

export async function measure(scenario: Scenario, method: Method): Promise<Result> {
  const { instruments, signal } = method;
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "okws-bench-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const tls = scenario.tls ? stack.use(await makeCertificates()) : undefined;
  const redis = stack.use(await startRedis());
  const [exchangePort, statusPort] = [freePort(), freePort()];
  const options: ExchangeOptions = {
    ...{ port: exchangePort, statusPort, rate: scenario.offered, instruments },
    ...(tls === undefined ? {} : { tls: { cert: tls.cert, key: tls.key } }),
  };
  const command = [Deno.execPath(), "run", "-A", "--no-check", exchangeFile, JSON.stringify(options)];
  const exchange = stack.use(startMeasured({ name: "the exchange", command }));
  const sent = async (): Promise<number> => await (await fetch(`http://127.0.0.1:${statusPort}/sent`)).json();
  const up = () => sent().then(() => true, () => false);
  await until("the exchange", up, { running: exchange, signal });

  const setup = {
    scenario,
    instruments,
    exchangePort,
    statusPort,
    redisPort: redis.port,
    ca: tls?.ca,
    folder,
  };
  const program = await prepareProgram(setup, method);
  const running = stack.use(startMeasured(program.command));
  const client = new Redis({ port: redis.port });
  stack.defer(() => client.disconnect());
  const counters = async () => parseCounters(await client.info("everything"));
  const landed = async () => (await counters()).publishes > instruments * 4;
  await until("the first messages", landed, { running, signal });
  const subscriber = stack.use(await openSubscriber(redis.port, channels(scenario, instruments)));
  // Compiled and warm: what is measured is the long run.
  await pause(method.warmUpSeconds, signal);
  const take = async () => ({
    ...{ ...await counters(), sent: await sent(), cpu: await running.cpuSeconds(), at: performance.now() },
  });
  let before = await take();
  for (let i = 0; i < SETTLE_SECONDS; i++) {
    await pause(1, signal);
    const now = await take();
    const landed = (now.publishes - before.publishes) / program.publishes;
    const isSubscribing = landed > (now.sent - before.sent) * SUBSCRIBING;
    if (!isSubscribing && (subscriber.newest() ?? Infinity) <= SETTLED_MS) break;
    before = now;
  }
  return await compare({ scenario, method, program, running, subscriber, take });
}

/** Where a program stands at one moment. */
type Moment = ReturnType<typeof parseCounters> & {
  readonly sent: number;
  readonly cpu: number;
  readonly at: number;
};

async function compare({ scenario, method, program, running, subscriber, take }: {
  readonly scenario: Scenario;
  readonly method: Method;
  readonly program: Program;
  readonly running: Measured;
  readonly subscriber: Subscriber;
  take(): Promise<Moment>;
}): Promise<Result> {
  subscriber.reset();
  const before = await take();
  await pause(method.seconds, method.signal);
  running.assertRuns();
  const after = await take();
  const latencyMs = subscriber.latency();
  const elapsed = (after.at - before.at) / 1000;
  const messages = (after.publishes - before.publishes) / program.publishes;
  if (messages === 0) throw new Error(`nothing landed in ${method.seconds} s`);
  const each = (name: "commands" | "bytes" | "cpuSeconds" | "cpu") => (after[name] - before[name]) / messages;
  return {
    ...scenario,
    sent: (after.sent - before.sent) / elapsed,
    landed: messages / elapsed,
    cpuMicros: each("cpu") * 1e6,
    redisMicros: each("cpuSeconds") * 1e6,
    commands: each("commands"),
    bytes: each("bytes"),
    peakMb: await running.peakMegabytes(),
    ...(latencyMs === undefined ? {} : { latencyMs }),
    note: program.httpPort === undefined ? "" : await overloadNote(program.httpPort),
  };
}

/** What okws itself counted of messages that did not go all the way, since its start. */
async function overloadNote(httpPort: number): Promise<string> {
  const { stats } = await (await fetch(`http://127.0.0.1:${httpPort}/api/state`)).json();
  return describeOverload(stats);
}

/** As many instruments as give enough messages to look at. */
function channels({ work, offered }: Scenario, instruments: number): string[] {
  const count = Math.ceil(SAMPLES_A_SECOND / offered * instruments);
  return instrumentNames(Math.min(count, instruments)).map((instId) => `okex/bench/${work}:${instId}`);
}

/** Polls until something is so; rejects when the program that it takes has ended, or after too long. */
async function until(what: string, probe: () => Promise<boolean>, { running, signal }: {
  readonly running: Measured;
  readonly signal: AbortSignal;
}): Promise<void> {
  const end = performance.now() + START_MS;
  while (!await probe()) {
    running.assertRuns();
    if (performance.now() > end) throw new Error(`no sign of ${what} in ${START_MS / 1000} s`);
    await pause(0.1, signal);
  }
}

function pause(seconds: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<void>((resolve) => timer = setTimeout(resolve, seconds * 1000));
  return abortable(signal, over).finally(() => clearTimeout(timer));
}

/** Rejects with the signal's reason as soon as it aborts. */
async function abortable<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
