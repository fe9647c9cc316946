/** `okws get` reads Redis alone: without a service too, with or without the name of a server. */
import assert from "node:assert/strict";
import { run } from "../../src/cli/mod.ts";
import { testIo } from "../support/io.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { openRedis } from "../support/service.ts";

/** What a command ends with, prints and says. */
async function okws(...words: string[]): Promise<{ code: number; printed: string[]; said: string }> {
  const printed: string[] = [];
  const said: string[] = [];
  const io = testIo({ print: (line) => void printed.push(line), note: (line) => void said.push(line) });
  return { code: await run(words, io), printed, said: said.join("\n") };
}

redisTest("get without a name needs no service where Redis knows exactly one server", async () => {
  await using server = await startRedis();
  const { redis, [Symbol.asyncDispose]: close } = await openRedis(server.url);
  await using _ = { [Symbol.asyncDispose]: close };
  const get = (...words: string[]) => okws("get", ...words, "--redis", server.url);
  assert.equal((await get("tickers:A-B")).code, 3, "nothing is known of any server");
  await redis.hset("okex/one/subs", "tickers:A-B", "{}");
  await redis.hset("okex/one/tickers:A-B", { instId: "A-B", last: "1" });
  // No server: a path that ends with the same word.
  await redis.hset("okex/two/x:y/subs", "a", "b");
  const { code, printed } = await get("tickers:A-B");
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(printed.join("")), { instId: "A-B", last: "1" });
  await redis.hset("okex/two/subs", "tickers:A-B", "{}");
  const { code: several, said } = await get("tickers:A-B");
  assert.equal(several, 3, said);
  assert.equal((await get("one", "tickers:A-B")).code, 0);
});

redisTest("get --follow of a channel that is none ends as get does", async () => {
  await using server = await startRedis();
  const words = ["get", "test", "tikcers:A-B", "--redis", server.url];
  const got = await okws(...words);
  assert.equal(got.code, 2);
  assert.match(got.said, /There is no channel "tikcers"; did you mean tickers\?/);
  assert.deepEqual(await okws(...words, "--follow"), got);
});

redisTest("get with a filter that nothing matches says so, and not that there is nothing", async () => {
  await using server = await startRedis();
  const { redis, [Symbol.asyncDispose]: close } = await openRedis(server.url);
  await using _ = { [Symbol.asyncDispose]: close };
  await redis.hset("okex/test/subs", "trades:A-B", "{}");
  await redis.xadd("okex/test/trades:A-B", "*", "tradeId", "1", "side", "buy");
  const get = (...words: string[]) => okws("get", "trades:A-B", ...words, "--redis", server.url);
  assert.equal((await get("side=buy")).code, 0);
  const { code, said } = await get("side=by");
  assert.equal(code, 5);
  assert.match(said, /No row of trades:A-B has side=by; did you mean buy\?$/);
});
