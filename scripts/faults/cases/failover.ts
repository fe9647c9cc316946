/** Another Redis becomes the master, in order and otherwise; recovery is timed from its promotion. */
import { redisCli } from "../../../tests/support/redis_modes.ts";
import type { FaultCase, Run } from "../case.ts";
import type { ReplicatedRedis } from "../replicated_redis.ts";

/** As a person who looks at the log sees it; the same is in `/readyz` for a moment. */
const FOLLOWED = /^log Another Redis is the master now, following it$/;

const AWAY = /^log Redis takes no writes, keeping the newest$/;

export const FAILOVER_CASES: readonly FaultCase[] = [
  {
    name: "failover-planned",
    title: "planned SENTINEL FAILOVER; the old master goes on taking writes",
    environment: { sentinels: true },
    announced: [FOLLOWED],
    async strike(run) {
      const { sentinels, promoted } = replicatedIn(run);
      await redisCli(sentinels.ports[0] as number, "sentinel", "failover", sentinels.name);
      await promoted();
      run.lifted();
    },
  },
  {
    name: "failover-kill",
    title: "the master of three sentinels kill -9",
    environment: { sentinels: true },
    announced: [AWAY],
    async strike(run) {
      const { master, promoted } = replicatedIn(run);
      await master.kill();
      await promoted();
      run.lifted();
    },
  },
  {
    name: "failover-silent",
    title: "the master and the first sentinel fall silent (SIGSTOP)",
    environment: { sentinels: true },
    announced: [FOLLOWED],
    async strike(run) {
      const { master, sentinels, promoted } = replicatedIn(run);
      master.pause();
      sentinels.processes[0]?.pause();
      await promoted();
      run.lifted();
    },
  },
  {
    name: "failover-behind",
    title: "a replica that is 0.8 s behind is promoted after kill -9 of the master",
    environment: { sentinels: true },
    announced: [AWAY, /^log This Redis lacks rows that were taken before, the newest are written again$/],
    async strike(run) {
      const { master, promoted } = replicatedIn(run);
      // The replica may not log in again, and what the master takes from now on is nowhere else.
      await redisCli(master.port, "config", "set", "requirepass", "x");
      await redisCli(master.port, "-a", "x", "--no-auth-warning", "client", "kill", "type", "replica");
      await run.pause(800);
      await master.kill();
      await promoted();
      run.lifted();
    },
  },
];

function replicatedIn({ environment }: Run): ReplicatedRedis {
  const { replicated } = environment;
  if (replicated === undefined) throw new Error("This environment has no sentinels");
  return replicated;
}
