/** What goes wrong, or is asked for, beside the exchange: Redis, the way to it, commands and the configuration. */
import { done, type Weighted } from "./action.ts";
import { brokenReload, openFor, reloadFor, subscribeFor } from "./command_actions.ts";
import { network } from "./network_actions.ts";
import { emptyRedis, fillRedis, killRedis, pauseRedis, replicaRedis, stopRedis } from "./redis_actions.ts";

/** With how often each is to come. */
export const OTHER_ACTIONS: Weighted = [
  [2, (random) => killRedis(random)],
  [1, (random) => emptyRedis(random)],
  [2, (random) => stopRedis(random)],
  [2, (random) => pauseRedis(random)],
  [2, (random) => fillRedis(random)],
  [2, (random) => replicaRedis(random)],
  [2, (random) => network("cut", "redisProxy", random, [200, 4000])],
  [2, (random) => network("stall", "redisProxy", random, [200, 6000])],
  [3, (random) => subscribeFor(random)],
  [2, (random) => openFor(random)],
  [
    1,
    () => ({
      text: "okws client status",
      run: async ({ environment }) => done(await environment.client("status")),
    }),
  ],
  [2, (random) => reloadFor(random)],
  [1, () => ({ text: "reload of a broken file", run: brokenReload })],
];
