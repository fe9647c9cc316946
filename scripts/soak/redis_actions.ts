/** What goes wrong with Redis itself. */
import type { Random } from "../../src/mock/market/random.ts";
import { freePort } from "../../tests/support/free_port.ts";
import { readArchive } from "../faults/archive.ts";
import { type Action, lengthOf } from "./action.ts";

/** SIGKILL, and back with what it had written to its disk. */
export function killRedis(random: Random): Action {
  const ms = lengthOf(random, [200, 5000]);
  return {
    text: `Redis: kill -9, back with its data after ${ms} ms`,
    async run({ environment, sleep }) {
      await environment.redis.kill();
      await sleep(ms);
      await environment.redis.start();
    },
  };
}

/** SIGKILL, and back without anything; what it had is kept by the harness. */
export function emptyRedis(random: Random): Action {
  const ms = lengthOf(random, [200, 3000]);
  return {
    text: `Redis: kill -9, back empty after ${ms} ms`,
    async run({ environment, archives, sleep }) {
      const { client } = environment.redis;
      // No write may fall between the last look and the end.
      await client.call("CLIENT", "PAUSE", "60000", "WRITE");
      archives.push(await readArchive(environment));
      await environment.redis.kill();
      await sleep(ms);
      await environment.redis.start({ empty: true });
    },
  };
}

/** Redis hangs, with its sockets open. */
export function stopRedis(random: Random): Action {
  const ms = lengthOf(random, [500, 6000]);
  return {
    text: `Redis: SIGSTOP, ${ms} ms`,
    async run({ environment, sleep }) {
      environment.redis.signal("SIGSTOP");
      await sleep(ms);
      environment.redis.signal("SIGCONT");
    },
  };
}

/** Redis takes writes, and answers them later. */
export function pauseRedis(random: Random): Action {
  const ms = lengthOf(random, [500, 5000]);
  return {
    text: `Redis: CLIENT PAUSE, ${ms} ms`,
    async run({ environment, sleep }) {
      await environment.redis.client.call("CLIENT", "PAUSE", String(ms), "WRITE");
      await sleep(ms);
    },
  };
}

/** Redis refuses writes for want of memory. */
export function fillRedis(random: Random): Action {
  const ms = lengthOf(random, [500, 5000]);
  return {
    text: `Redis: out of memory, ${ms} ms`,
    async run({ environment: { redis: { client } }, sleep }) {
      await client.config("SET", "maxmemory", "1");
      await sleep(ms);
      await client.config("SET", "maxmemory", "0");
    },
  };
}

/** Redis follows a master that is not there, and refuses writes. */
export function replicaRedis(random: Random): Action {
  const ms = lengthOf(random, [500, 5000]);
  return {
    text: `Redis: read-only replica, ${ms} ms`,
    async run({ environment: { redis: { client } }, sleep }) {
      await client.call("REPLICAOF", "127.0.0.1", String(freePort()));
      await sleep(ms);
      await client.call("REPLICAOF", "NO", "ONE");
    },
  };
}
