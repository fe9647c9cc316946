/** Faults of Redis and of the way to it. */
import type { FaultCase } from "../case.ts";
import { freePort } from "../../../tests/support/free_port.ts";

export const REDIS_CASES: readonly FaultCase[] = [
  {
    name: "redis-kill",
    title: "Redis kill -9, back with its data after 5 s",
    environment: { persist: true },
    announced: [/^Redis cannot be read$/, /^readyz (?!ok)/, /^log .*Redis/],
    async strike({ environment, pause, lifted }) {
      await environment.redis.kill();
      await pause(5000);
      await environment.redis.start();
      lifted();
    },
  },
  {
    name: "redis-empty",
    title: "Redis comes back empty",
    announced: [/^Redis cannot be read$/, /^readyz (?!ok)/, /^log .*Redis/],
    async strike({ environment, pause, archive, lifted }) {
      // No write may fall between the last look and the end.
      await environment.redis.client.call("CLIENT", "PAUSE", "60000", "WRITE");
      await archive();
      await environment.redis.kill();
      await pause(3000);
      await environment.redis.start({ empty: true });
      lifted();
    },
  },
  {
    name: "redis-stopped",
    title: "Redis stopped (SIGSTOP) for 18 s",
    announced: [/^Redis cannot be read$/, /^readyz (?!ok)/, /^log .*Redis/],
    async strike({ environment, pause, lifted }) {
      environment.redis.signal("SIGSTOP");
      await pause(18_000);
      environment.redis.signal("SIGCONT");
      lifted();
    },
  },
  {
    name: "redis-client-pause",
    title: "Redis CLIENT PAUSE for 5 s",
    announced: [],
    async strike({ environment, pause, lifted }) {
      await environment.redis.client.call("CLIENT", "PAUSE", "5000", "WRITE");
      await pause(5000);
      lifted();
    },
  },
  {
    name: "redis-overflow",
    title: "Redis stopped for 12 s, and room for 1 MB only (QUEUE_MB), 200 steps/s",
    environment: { rate: 200, settings: { QUEUE_MB: 1 } },
    announced: [/^Redis cannot be read$/, /^gaps dropped$/],
    async strike({ environment, pause, lifted }) {
      environment.redis.signal("SIGSTOP");
      await pause(12_000);
      environment.redis.signal("SIGCONT");
      lifted();
    },
  },
  {
    name: "redis-oom",
    title: "Redis out of memory for 6 s",
    announced: [/^readyz (?!ok)/, /^log .*Redis/],
    async strike({ environment, pause, lifted }) {
      await environment.redis.client.config("SET", "maxmemory-policy", "noeviction");
      await environment.redis.client.config("SET", "maxmemory", "1");
      await pause(6000);
      await environment.redis.client.config("SET", "maxmemory", "0");
      lifted();
    },
  },
  {
    name: "redis-read-only",
    title: "Redis a read-only replica for 6 s",
    announced: [/^readyz (?!ok)/, /^log .*Redis/],
    async strike({ environment, pause, lifted }) {
      await environment.redis.client.call("REPLICAOF", "127.0.0.1", String(freePort()));
      await pause(6000);
      await environment.redis.client.call("REPLICAOF", "NO", "ONE");
      lifted();
    },
  },
  {
    name: "network-cut",
    title: "network cut both ways for 30 s: nothing from the exchange, nothing to Redis",
    environment: { proxies: { exchange: true, redis: true } },
    announced: [/^readyz (?!ok)/, /^log Disconnected$/, /^log .*Redis/],
    async strike({ environment, pause, lifted }) {
      environment.exchangeProxy?.stall();
      environment.redisProxy?.stall();
      await pause(30_000);
      environment.exchangeProxy?.restore();
      environment.redisProxy?.restore();
      lifted();
    },
  },
];
