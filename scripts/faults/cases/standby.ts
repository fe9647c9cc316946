/** A service that stands by beside the one that writes, and what may happen to either of them. */
import type { Child } from "../../../tests/support/child.ts";
import { redisCli } from "../../../tests/support/redis_modes.ts";
import type { FaultCase, Run } from "../case.ts";
import { fakeClock } from "../fake_clock.ts";
import { expectRefusal, expectWriter, fenced, noteReady, standBy, warm } from "../services.ts";

/** Longer than a lease lasts. */
const BUFFERED_MS = 12_000;

/** The two services, and the run. */
type Pair = { readonly run: Run; readonly writer: Child; readonly standby: Child };

/** What happens to the two. */
type TakeOver = {
  /** Starts the other one; `standBy()` unless given. */
  readonly begin?: (run: Run) => Promise<readonly [writer: Child, standby: Child]>;
  /** Done when the other one stands by. */
  readonly before?: (pair: Pair) => Promise<void>;
  /** How long the other one buffers by then; so that what it has reaches back beyond the end of the lease unless given. */
  readonly bufferedMs?: number;
  /** Strikes the one that writes. */
  readonly strike: (pair: Pair) => void | Promise<unknown>;
  /** Done when the other one is ready; `start` is when the fault struck, ms of `performance.now()`. */
  readonly after?: (pair: Pair, start: number) => Promise<unknown>;
};

/** Returns a fault after which the one that stands by takes over, which is timed and noted, and at whose end it has the lease. */
function takeOver(
  { begin = standBy, before, bufferedMs = BUFFERED_MS, strike, after }: TakeOver,
): FaultCase["strike"] {
  return async (run) => {
    const [writer, standby] = await begin(run);
    const pair = { run, writer, standby };
    await before?.(pair);
    if (bufferedMs > 0) await run.pause(bufferedMs);
    const start = performance.now();
    await strike(pair);
    await noteReady(run, start);
    run.lifted();
    await after?.(pair, start);
    await expectWriter(run.environment, run.fault);
  };
}

function kill({ writer }: Pair): void {
  writer.kill("SIGKILL");
}

/** The one that was to end in order has done so, and its paths were said to be stale. */
async function expectEnd({ run: { seen, fault }, writer }: Omit<Pair, "standby">): Promise<void> {
  await seen(/^subs stale \S+$/);
  if (await writer.ended(15_000) !== 0) fault("the first one did not end with 0");
}

export const STANDBY_CASES: readonly FaultCase[] = [
  {
    name: "standby-killed",
    title: "SIGKILL while another one stands by",
    announced: [],
    strike: fenced(takeOver({ strike: kill })),
  },
  {
    name: "standby-cold",
    title: "SIGKILL while another one stands by that is not connected to the exchange",
    announced: [/^subs stale \S+$/],
    strike: fenced(takeOver({
      begin: (run) => standBy(run, "cold"),
      bufferedMs: 0,
      strike: kill,
      after: ({ run }) => run.seen(/^subs stale \S+$/),
    })),
  },
  {
    name: "standby-ended",
    title: "stopped in order while another one stands by",
    announced: [/^subs stale \S+$/],
    strike: fenced(takeOver({
      strike: ({ writer }) => writer.kill("SIGTERM"),
      after: expectEnd,
    })),
  },
  {
    name: "standby-hung",
    title: "SIGSTOP for 20 s while another one stands by, then SIGCONT",
    announced: [],
    strike: fenced(takeOver({
      strike: ({ writer }) => writer.kill("SIGSTOP"),
      async after({ run, writer }, start) {
        await run.pause(Math.max(0, 20_000 - (performance.now() - start)));
        writer.kill("SIGCONT");
        await expectRefusal(writer, run.fault);
      },
    })),
  },
  {
    name: "standby-upgrade",
    title: "another one is started with --standby --takeover under load",
    announced: [/^subs stale \S+$/],
    strike: fenced(async (run) => {
      const { environment, fault, lifted } = run;
      const writer = environment.service();
      const start = performance.now();
      await environment.startBeside("--standby", "--takeover");
      await noteReady(run, start);
      lifted();
      await expectEnd({ run, writer });
      await expectWriter(environment, fault);
    }),
  },
  {
    name: "standby-cut",
    title:
      "network of the one that writes cut off for 12 s, to Redis and to the exchange, while another one stands by",
    environment: { proxies: { redis: true, exchange: true } },
    announced: [],
    strike: fenced(takeOver({
      begin(run) {
        const { redis, exchange } = run.environment;
        // The other one has a way of its own.
        const urls = [`redis://127.0.0.1:${redis.port}`, `ws://127.0.0.1:${exchange.port}`] as const;
        return standBy(run, ...["--redis", urls[0], "--endpoint", urls[1]]);
      },
      strike({ run: { environment: { redisProxy, exchangeProxy } } }) {
        for (const proxy of [redisProxy, exchangeProxy]) proxy?.stall();
      },
      async after({ run, writer }, start) {
        const { redisProxy, exchangeProxy } = run.environment;
        await run.pause(Math.max(0, 12_000 - (performance.now() - start)));
        for (const proxy of [redisProxy, exchangeProxy]) proxy?.restore();
        await expectRefusal(writer, run.fault);
      },
    })),
  },
  {
    name: "standby-failover",
    title: "SIGKILL while another one stands by, and a planned SENTINEL FAILOVER while that one takes over",
    environment: { sentinels: true },
    announced: [],
    strike: takeOver({
      async strike({ run, writer, standby }) {
        const { replicated } = run.environment;
        if (replicated === undefined) throw new Error("This environment has no sentinels");
        const { sentinels } = replicated;
        writer.kill("SIGKILL");
        await standby.waitForLine(/Holding the lease/, { deadlineMs: 40_000 });
        await redisCli(sentinels.ports[0] as number, "sentinel", "failover", sentinels.name);
        await replicated.promoted();
      },
    }),
  },
  {
    name: "standby-next",
    title: "SIGKILL while two stand by, and SIGKILL of the one that takes over as soon as it has the lease",
    announced: [],
    strike: fenced(takeOver({
      before: async ({ run }) => void await standBy(run),
      async strike({ run: { environment }, writer, standby: one }) {
        const other = environment.service();
        writer.kill("SIGKILL");
        const holds = (child: Child) => child.waitForLine(/Holding the lease/, { deadlineMs: 40_000 });
        const [next, last] = await Promise.race([
          holds(one).then(() => [one, other] as const),
          holds(other).then(() => [other, one] as const),
        ]);
        next.kill("SIGKILL");
        environment.goOnWith(last);
      },
    })),
  },
  {
    name: "standby-clock",
    title: "clock of the one that writes jumps an hour ahead, then SIGKILL while another one stands by",
    environment: { env: fakeClock },
    announced: [],
    strike: fenced(takeOver({
      async before({ run: { environment, flows, clockMoved } }) {
        await Deno.writeTextFile(`${environment.folder}/clock`, "+3600");
        clockMoved(3_600_000);
        await flows();
      },
      strike: kill,
    })),
  },
  {
    name: "standby-rolling",
    title:
      "rolling upgrade of two under load (100 steps/s): the one that stands by restarted, then the other one",
    environment: { rate: 100, settings: { STANDBY: true } },
    announced: [/^subs stale \S+$/],
    strike: fenced(takeOver({
      async begin(run) {
        const { environment, fault } = run;
        const [writer, old] = await standBy(run);
        await warm(run, old);
        old.kill("SIGTERM");
        if (await old.ended(15_000) !== 0) fault("the one that stood by did not end with 0");
        environment.goOnWith(writer);
        const [, next] = await standBy(run);
        await warm(run, next);
        return [writer, next];
      },
      bufferedMs: 0,
      strike: ({ writer }) => writer.kill("SIGTERM"),
      async after(pair) {
        const { run, standby: next } = pair;
        await expectEnd(pair);
        const [, last] = await standBy(run);
        await warm(run, last);
        run.environment.goOnWith(next);
        run.note("the other one stands by again");
      },
    })),
  },
];
