/** A service that stands by beside the one that writes, and what may happen to either of them. */
import type { Child } from "../../../tests/support/child.ts";
import { redisCli } from "../../../tests/support/redis_modes.ts";
import type { FaultCase } from "../case.ts";
import { fakeClock } from "../fake_clock.ts";
import { expectRefusal, expectWriter, fenced, noteReady, standBy, warm } from "../services.ts";

/** Longer than a lease lasts. */
const HELD_MS = 12_000;

export const STANDBY_CASES: readonly FaultCase[] = [
  {
    name: "standby-killed",
    title: "SIGKILL while another one stands by",
    announced: [],
    strike: fenced(async (run) => {
      const { environment, pause, fault, lifted } = run;
      const [writer] = await standBy(run);
      // What it holds reaches back beyond the end of the lease.
      await pause(HELD_MS);
      const start = performance.now();
      writer.kill("SIGKILL");
      await noteReady(run, start);
      lifted();
      await expectWriter(environment, fault);
    }),
  },
  {
    name: "standby-cold",
    title: "SIGKILL while another one stands by that is not connected to the exchange",
    announced: [/^subs stale \S+$/],
    strike: fenced(async (run) => {
      const { environment, seen, fault, lifted } = run;
      const [writer] = await standBy(run, "cold");
      const start = performance.now();
      writer.kill("SIGKILL");
      await noteReady(run, start);
      lifted();
      await seen(/^subs stale \S+$/);
      await expectWriter(environment, fault);
    }),
  },
  {
    name: "standby-ended",
    title: "stopped in order while another one stands by",
    announced: [/^subs stale \S+$/],
    strike: fenced(async (run) => {
      const { environment, pause, seen, fault, lifted } = run;
      const [writer] = await standBy(run);
      await pause(HELD_MS);
      const start = performance.now();
      writer.kill("SIGTERM");
      await noteReady(run, start);
      lifted();
      await seen(/^subs stale \S+$/);
      if (await writer.ended(15_000) !== 0) fault("the first one did not end with 0");
      await expectWriter(environment, fault);
    }),
  },
  {
    name: "standby-hung",
    title: "SIGSTOP for 20 s while another one stands by, then SIGCONT",
    announced: [],
    strike: fenced(async (run) => {
      const { environment, pause, fault, lifted } = run;
      const [writer] = await standBy(run);
      await pause(HELD_MS);
      const start = performance.now();
      writer.kill("SIGSTOP");
      await noteReady(run, start);
      lifted();
      await pause(Math.max(0, 20_000 - (performance.now() - start)));
      writer.kill("SIGCONT");
      await expectRefusal(writer, fault);
      await expectWriter(environment, fault);
    }),
  },
  {
    name: "standby-upgrade",
    title: "another one is started with --standby --takeover under load",
    announced: [/^subs stale \S+$/],
    strike: fenced(async (run) => {
      const { environment, seen, fault, lifted } = run;
      const writer = environment.service();
      const start = performance.now();
      await environment.startBeside("--standby", "--takeover");
      await noteReady(run, start);
      lifted();
      await seen(/^subs stale \S+$/);
      if (await writer.ended(15_000) !== 0) fault("the first one did not end with 0");
      await expectWriter(environment, fault);
    }),
  },
  {
    name: "standby-cut",
    title:
      "network of the one that writes cut off for 12 s, to Redis and to the exchange, while another one stands by",
    environment: { proxies: { redis: true, exchange: true } },
    announced: [],
    strike: fenced(async (run) => {
      const { environment, pause, fault, lifted } = run;
      const { redis, exchange, redisProxy, exchangeProxy } = environment;
      // The other one has a way of its own.
      const [writer] = await standBy(
        run,
        ...["--redis", `redis://127.0.0.1:${redis.port}`, "--endpoint", `ws://127.0.0.1:${exchange.port}`],
      );
      await pause(HELD_MS);
      const start = performance.now();
      for (const proxy of [redisProxy, exchangeProxy]) proxy?.stall();
      await noteReady(run, start);
      lifted();
      await pause(Math.max(0, 12_000 - (performance.now() - start)));
      for (const proxy of [redisProxy, exchangeProxy]) proxy?.restore();
      await expectRefusal(writer, fault);
      await expectWriter(environment, fault);
    }),
  },
  {
    name: "standby-failover",
    title: "SIGKILL while another one stands by, and a planned SENTINEL FAILOVER while that one takes over",
    environment: { sentinels: true },
    announced: [],
    async strike(run) {
      const { environment, pause, fault, lifted } = run;
      const { replicated } = environment;
      if (replicated === undefined) throw new Error("This environment has no sentinels");
      const { sentinels } = replicated;
      const [writer, next] = await standBy(run);
      await pause(HELD_MS);
      const start = performance.now();
      writer.kill("SIGKILL");
      const fails = next.waitForLine(/Holding the lease/, { deadlineMs: 40_000 }).then(() =>
        redisCli(sentinels.ports[0] as number, "sentinel", "failover", sentinels.name)
      );
      await fails;
      await replicated.promoted();
      await noteReady(run, start);
      lifted();
      await expectWriter(environment, fault);
    },
  },
  {
    name: "standby-next",
    title: "SIGKILL while two stand by, and SIGKILL of the one that takes over as soon as it has the lease",
    announced: [],
    strike: fenced(async (run) => {
      const { environment, pause, fault, lifted } = run;
      const [writer, one] = await standBy(run);
      const [, other] = await standBy(run);
      await pause(HELD_MS);
      const start = performance.now();
      writer.kill("SIGKILL");
      const holds = (child: Child) => child.waitForLine(/Holding the lease/, { deadlineMs: 40_000 });
      const [next, last] = await Promise.race([
        holds(one).then(() => [one, other] as const),
        holds(other).then(() => [other, one] as const),
      ]);
      next.kill("SIGKILL");
      environment.goOnWith(last);
      await noteReady(run, start);
      lifted();
      await expectWriter(environment, fault);
    }),
  },
  {
    name: "standby-clock",
    title: "clock of the one that writes jumps an hour ahead, then SIGKILL while another one stands by",
    environment: { env: fakeClock },
    announced: [],
    strike: fenced(async (run) => {
      const { environment, pause, flows, fault, lifted, clockMoved } = run;
      const [writer] = await standBy(run);
      await Deno.writeTextFile(`${environment.folder}/clock`, "+3600");
      clockMoved(3_600_000);
      await flows();
      await pause(HELD_MS);
      const start = performance.now();
      writer.kill("SIGKILL");
      await noteReady(run, start);
      lifted();
      await expectWriter(environment, fault);
    }),
  },
  {
    name: "standby-rolling",
    title:
      "rolling upgrade of two under load (100 steps/s): the one that stands by restarted, then the other one",
    environment: { rate: 100, settings: { STANDBY: true } },
    announced: [/^subs stale \S+$/],
    strike: fenced(async (run) => {
      const { environment, note, fault, lifted, seen } = run;
      const [writer, old] = await standBy(run);
      await warm(run, old);
      old.kill("SIGTERM");
      if (await old.ended(15_000) !== 0) fault("the one that stood by did not end with 0");
      environment.goOnWith(writer);
      const [, next] = await standBy(run);
      await warm(run, next);
      const start = performance.now();
      writer.kill("SIGTERM");
      await noteReady(run, start);
      lifted();
      await seen(/^subs stale \S+$/);
      if (await writer.ended(15_000) !== 0) fault("the first one did not end with 0");
      const [, last] = await standBy(run);
      await warm(run, last);
      environment.goOnWith(next);
      note("the other one stands by again");
      await expectWriter(environment, fault);
    }),
  },
];
