/** A database that Redis does not select: nothing is read or written in another one instead. */
import assert from "node:assert/strict";
import { Redis } from "ioredis";
import { run } from "../../src/cli/mod.ts";
import { parseRedisUrl } from "../../src/shared/redis_url.ts";
import { clientOptions, createClient } from "../../src/store/redis/connect.ts";
import { openInspector } from "../../src/store/redis/inspect.ts";
import { Pipeline } from "../../src/store/redis/pipeline.ts";
import { openStore } from "../../src/store/redis/redis_store.ts";
import { Subscriber } from "../../src/store/redis/subscriber.ts";
import { testIo } from "../support/io.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { waitFor, withTimeout } from "../support/wait.ts";

const OUT_OF_RANGE =
  "database 99 was not selected: ERR DB index is out of range (this Redis has fewer databases";
const NO_RIGHT = /^database 5 was not selected: NOPERM .*select/;

/** A Redis with a key of a service in database 0, and a user who may do everything but SELECT. */
async function startWithDatabases() {
  const server = await startRedis();
  const admin = new Redis(server.url);
  await admin.set("okex/left/a", "1");
  const mayChoose = (sign: "+" | "-") =>
    admin.call("acl", "setuser", "u", "on", ">p", "~*", "&*", "+@all", `${sign}select`);
  await mayChoose("-");
  return {
    admin,
    mayChoose,
    outside: `${server.url}/99`,
    forbidden: `${server.url.replace("://", "://u:p@")}/5`,
    async [Symbol.asyncDispose]() {
      admin.disconnect();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function optionsOf(url: string) {
  const target = parseRedisUrl(url);
  assert.ok(target.kind === "redis");
  return await clientOptions(target, { persistent: true, connectTimeoutMs: 5000 });
}

redisTest("every command is refused where its database cannot be selected, with exit code 1", async (t) => {
  await using redis = await startWithDatabases();
  const commands = [
    ["get", "test", "tickers:BTC-USDT"],
    ["status"],
    ["client", "clear"],
    ["client", "clear", "--yes"],
    ["client", "servers"],
    ["watch", "test", "tickers:BTC-USDT"],
    ["doctor"],
  ];
  for (const [url, words] of [[redis.outside, OUT_OF_RANGE], [redis.forbidden, "(+select)"]] as const) {
    for (const command of commands) {
      await t.step(`${command.join(" ")} in /${url.split("/").at(-1)}`, async () => {
        const lines: string[] = [];
        const note = (line: string) => void lines.push(line);
        const code = await withTimeout(
          "its end",
          run([...command, "--redis", url], testIo({ print: note, note })),
          5000,
        );
        const text = lines.join("\n");
        assert.equal(code, 1, text);
        assert.ok(text.includes(words), text);
      });
    }
  }
  assert.equal(await redis.admin.dbsize(), 1);
});

redisTest("a store and an inspector are refused with what to do about it", async () => {
  await using redis = await startWithDatabases();
  for (const open of [openStore, (url: string) => openInspector(url, 5000)]) {
    await assert.rejects(
      open(redis.outside),
      {
        name: "StoreError",
        refused: true,
        message: /database 99 was not selected: .*raise databases in its redis\.conf/,
      },
    );
    await assert.rejects(
      open(redis.forbidden),
      { name: "StoreError", refused: true, message: /database 5 was not selected: NOPERM .*right to SELECT/ },
    );
  }
});

redisTest("a connection that is made again is refused, too, until its database is selected", async () => {
  await using redis = await startWithDatabases();
  await redis.mayChoose("+");
  const client = createClient(await optionsOf(redis.forbidden));
  await using pipeline = new Pipeline(client);
  await client.connect();
  const read = async () => String(await pipeline.sendToNode("", ["GET", "okex/left/a"]));
  assert.equal(await read(), "null");
  await redis.mayChoose("-");
  await redis.admin.call("client", "kill", "user", "u");
  const seen = new Set<string>();
  const waitForReply = (pattern: RegExp) =>
    waitFor(`${pattern}`, async () => {
      const reply = await read();
      seen.add(reply);
      return pattern.test(reply);
    });
  await waitForReply(new RegExp(`WireError: ${NO_RIGHT.source.slice(1)}`));
  await redis.mayChoose("+");
  await waitForReply(/^null$/);
  assert.ok(!seen.has("1"), "database 0 was read");
});

redisTest(
  "a subscriber that goes on for ever subscribes nothing until its database is selected",
  async () => {
    await using redis = await startWithDatabases();
    await using subscriber = new Subscriber({
      client: await optionsOf(redis.forbidden),
      isPersistent: true,
      onLoss: () => {},
      onRefused: () => {},
    });
    using stop = { signal: new AbortController(), [Symbol.dispose]: () => stop.signal.abort() };
    const listening = subscriber.listen(["news"], stop.signal.signal);
    const seen = new Set<number>();
    const subscribers = async () => {
      const [, count] = await redis.admin.pubsub("NUMSUB", "news") as [string, number];
      seen.add(count);
      return count;
    };
    await waitFor("a refusal", async () => {
      await subscribers();
      return /errorstat_NOPERM:count=[2-9]/.test(await redis.admin.info("errorstats"));
    });
    assert.deepEqual([...seen], [0]);
    await redis.mayChoose("+");
    await waitFor("a subscription", async () => await subscribers() === 1);
    await (await listening)[Symbol.asyncDispose]();
  },
);
