/** What the operator does to Redis: empty it, take keys away, refuse, stop and replace it. */
import { key, nameOf, WATCHED } from "../paths.ts";
import { SERVICE_USER } from "../redis.ts";
import { disturb, type Environment, forget, later } from "../environment.ts";
import { sleep, until } from "../wait.ts";
import { play } from "./action.ts";

/** Keys that can be lost without losing history: what they hold is known to the service or the exchange. */
const LOSABLE = [
  ...WATCHED.filter(({ kind }) => kind === "row" || kind === "book").map(({ server, path }) =>
    key(server, path)
  ),
  ...[
    "orders:ANY/open",
    "positions:ANY/open",
    "account/open",
    "balance_and_position/open",
    "instruments:SPOT",
  ]
    .map((rest) => key("m", rest)),
  ...["subs", "status", "epoch", "wanted"].map((rest) => key("m", rest)),
];

/** A command to a Redis that hangs would be carried out later, unseen: it is not sent before a write is answered. */
async function whenAnswering(environment: Environment): Promise<Environment["redis"]["operator"]> {
  const { operator } = environment.redis;
  const answers = await until(40_000, () => operator.del("referee").then(() => true, () => false));
  if (!answers) throw new Error("Redis does not answer");
  return operator;
}

export const REDIS_PLAYS = {
  "flush": play(
    (random) => ({ how: random.pick(["FLUSHALL", "FLUSHDB"] as const) }),
    async (environment, { how }) => {
      await (await whenAnswering(environment)).call(how);
      forget(environment);
      disturb(environment);
    },
  ),
  "swap databases": play(
    () => ({}),
    async (environment) => {
      await (await whenAnswering(environment)).swapdb(0, 1);
      forget(environment);
      disturb(environment);
    },
  ),
  "evict": play(
    (random) => ({ keys: Array.from({ length: random.int(1, 4) }, () => random.pick(LOSABLE)) }),
    async (environment, { keys }) => {
      await (await whenAnswering(environment)).del(...keys);
      disturb(environment);
    },
  ),
  "wrong type": play(
    (random) => ({ key: random.pick(LOSABLE), type: random.pick(["string", "list"] as const) }),
    async (environment, { key: name, type }) => {
      const operator = await whenAnswering(environment);
      const chain = operator.multi().del(name);
      await (type === "string" ? chain.set(name, "not ours") : chain.rpush(name, "not ours")).exec();
      disturb(environment);
    },
  ),
  "damaged field": play(
    (random) => ({
      path: random.pick(WATCHED).path,
      text: random.pick(["", "null", "{", "[1]", '{"state":"live"}']),
    }),
    async (environment, { path, text }) => {
      await (await whenAnswering(environment)).hset(key("m", "subs"), path, text);
      disturb(environment);
    },
  ),
  "refuse keys": play(
    (random) => ({ ms: random.int(1000, 12_000), how: random.pick(["keys", "xadd", "hset"] as const) }),
    async (environment, { ms, how }) => {
      const operator = await whenAnswering(environment);
      const allow = () => operator.call("ACL", "SETUSER", SERVICE_USER, "resetkeys", "~*", "+@all");
      // All keys but tickers and trades of both servers; or all but one command.
      const rights = how === "keys"
        ? ["resetkeys", `~${key("*", "[^t]*")}`, "~okex/servers", "~trade-ws*", "~okws*"]
        : [`-${how}`];
      await operator.call("ACL", "SETUSER", SERVICE_USER, ...rights);
      disturb(environment);
      later(environment, async () => {
        await sleep(ms);
        await until(30_000, () => allow().then(() => true, () => false), 500);
        disturb(environment);
      });
    },
  ),
  "full": play(
    (random) => ({ ms: random.int(1000, 8000) }),
    async (environment, { ms }) => {
      await (await whenAnswering(environment)).config("SET", "maxmemory", "1mb");
      disturb(environment);
      later(environment, async () => {
        await sleep(ms);
        await until(
          30_000,
          () => environment.redis.operator.config("SET", "maxmemory", "0").then(() => true, () => false),
          500,
        );
        disturb(environment);
      });
    },
  ),
  "pause": play(
    (random) => ({ ms: random.int(500, 9000) }),
    async (environment, { ms }) => {
      await (await whenAnswering(environment)).call("CLIENT", "PAUSE", ms, "WRITE");
      disturb(environment);
      later(environment, async () => {
        await sleep(ms);
        disturb(environment);
      });
    },
  ),
  "hang": play(
    (random) => ({ ms: random.chance(0.8) ? random.int(500, 9000) : 18_000 }),
    (environment, { ms }) => {
      environment.redis.signal("SIGSTOP");
      environment.unansweredSince = Date.now();
      disturb(environment);
      later(environment, async () => {
        await sleep(ms);
        environment.redis.signal("SIGCONT");
        environment.unansweredSince = 0;
        disturb(environment);
      });
    },
  ),
  "end clients": play(
    (random) => ({ type: random.pick(["normal", "pubsub"] as const) }),
    async (environment, { type }) => {
      await (await whenAnswering(environment)).call("CLIENT", "KILL", "TYPE", type, "SKIPME", "yes");
      disturb(environment);
    },
  ),
  "replace redis": play(
    (random) => ({ downMs: random.int(0, 5000), empty: random.chance(0.4) }),
    async (environment, { downMs, empty }) => {
      await environment.redis.kill();
      if (empty) {
        await environment.redis.empty();
        forget(environment);
      }
      disturb(environment);
      await sleep(downMs);
      await environment.redis.start();
      environment.unansweredSince = 0;
      if (empty) forget(environment);
      disturb(environment);
    },
  ),
  "trim a series": play(
    (random) => ({ path: random.pick(WATCHED.filter(({ kind }) => kind === "events")).path }),
    async (environment, { path }) => {
      const item = WATCHED.find((one) => one.path === path)!;
      if (path.startsWith("spot/")) return;
      await (await whenAnswering(environment)).del(key(item.server, path));
      forget(environment, nameOf(item));
      disturb(environment);
    },
  ),
};
