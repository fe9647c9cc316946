/** What the operator does to Redis: empty it, take keys away, refuse, stop and replace it. */
import { key, nameOf, WATCHED } from "../paths.ts";
import { SERVICE_USER } from "../redis.ts";
import { disturb, forget, later, type World } from "../world.ts";
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
async function whenAnswering(world: World): Promise<World["redis"]["operator"]> {
  const { operator } = world.redis;
  const answers = await until(40_000, () => operator.del("referee").then(() => true, () => false));
  if (!answers) throw new Error("Redis does not answer");
  return operator;
}

export const REDIS_PLAYS = {
  "flush": play(
    (random) => ({ how: random.pick(["FLUSHALL", "FLUSHDB"] as const) }),
    async (world, { how }) => {
      await (await whenAnswering(world)).call(how);
      forget(world);
      disturb(world);
    },
  ),
  "swap databases": play(
    () => ({}),
    async (world) => {
      await (await whenAnswering(world)).swapdb(0, 1);
      forget(world);
      disturb(world);
    },
  ),
  "evict": play(
    (random) => ({ keys: Array.from({ length: random.int(1, 4) }, () => random.pick(LOSABLE)) }),
    async (world, { keys }) => {
      await (await whenAnswering(world)).del(...keys);
      disturb(world);
    },
  ),
  "wrong type": play(
    (random) => ({ key: random.pick(LOSABLE), type: random.pick(["string", "list"] as const) }),
    async (world, { key: name, type }) => {
      const operator = await whenAnswering(world);
      const chain = operator.multi().del(name);
      await (type === "string" ? chain.set(name, "not ours") : chain.rpush(name, "not ours")).exec();
      disturb(world);
    },
  ),
  "damaged field": play(
    (random) => ({
      path: random.pick(WATCHED).path,
      text: random.pick(["", "null", "{", "[1]", '{"state":"live"}']),
    }),
    async (world, { path, text }) => {
      await (await whenAnswering(world)).hset(key("m", "subs"), path, text);
      disturb(world);
    },
  ),
  "refuse keys": play(
    (random) => ({ ms: random.int(1000, 12_000), how: random.pick(["keys", "xadd", "hset"] as const) }),
    async (world, { ms, how }) => {
      const operator = await whenAnswering(world);
      const allow = () => operator.call("ACL", "SETUSER", SERVICE_USER, "resetkeys", "~*", "+@all");
      // All keys but tickers and trades of both servers; or all but one command.
      const rights = how === "keys"
        ? ["resetkeys", `~${key("*", "[^t]*")}`, "~okex/servers", "~trade-ws*", "~okws*"]
        : [`-${how}`];
      await operator.call("ACL", "SETUSER", SERVICE_USER, ...rights);
      disturb(world);
      later(world, async () => {
        await sleep(ms);
        await until(30_000, () => allow().then(() => true, () => false), 500);
        disturb(world);
      });
    },
  ),
  "full": play(
    (random) => ({ ms: random.int(1000, 8000) }),
    async (world, { ms }) => {
      await (await whenAnswering(world)).config("SET", "maxmemory", "1mb");
      disturb(world);
      later(world, async () => {
        await sleep(ms);
        await until(
          30_000,
          () => world.redis.operator.config("SET", "maxmemory", "0").then(() => true, () => false),
          500,
        );
        disturb(world);
      });
    },
  ),
  "pause": play(
    (random) => ({ ms: random.int(500, 9000) }),
    async (world, { ms }) => {
      await (await whenAnswering(world)).call("CLIENT", "PAUSE", ms, "WRITE");
      disturb(world);
      later(world, async () => {
        await sleep(ms);
        disturb(world);
      });
    },
  ),
  "hang": play(
    (random) => ({ ms: random.chance(0.8) ? random.int(500, 9000) : 18_000 }),
    (world, { ms }) => {
      world.redis.signal("SIGSTOP");
      world.unansweredSince = Date.now();
      disturb(world);
      later(world, async () => {
        await sleep(ms);
        world.redis.signal("SIGCONT");
        world.unansweredSince = 0;
        disturb(world);
      });
    },
  ),
  "end clients": play(
    (random) => ({ type: random.pick(["normal", "pubsub"] as const) }),
    async (world, { type }) => {
      await (await whenAnswering(world)).call("CLIENT", "KILL", "TYPE", type, "SKIPME", "yes");
      disturb(world);
    },
  ),
  "replace redis": play(
    (random) => ({ downMs: random.int(0, 5000), empty: random.chance(0.4) }),
    async (world, { downMs, empty }) => {
      await world.redis.kill();
      if (empty) {
        await world.redis.empty();
        forget(world);
      }
      disturb(world);
      await sleep(downMs);
      await world.redis.start();
      world.unansweredSince = 0;
      if (empty) forget(world);
      disturb(world);
    },
  ),
  "trim a series": play(
    (random) => ({ path: random.pick(WATCHED.filter(({ kind }) => kind === "events")).path }),
    async (world, { path }) => {
      const item = WATCHED.find((one) => one.path === path)!;
      if (path.startsWith("spot/")) return;
      await (await whenAnswering(world)).del(key(item.server, path));
      forget(world, nameOf(item));
      disturb(world);
    },
  ),
};
