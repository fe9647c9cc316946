/** `okws client clear` at a terminal: what is asked before anything is deleted. */
import assert from "node:assert/strict";
import { run } from "../../src/cli/mod.ts";
import { startFakeOkx } from "../support/fake_okx.ts";
import { testIo } from "../support/io.ts";
import { startService } from "../support/service.ts";

Deno.test("clear asks with how many keys, under which prefix, where, and what a service does not fetch again", async () => {
  await using okx = startFakeOkx();
  await using service = await startService({ endpoint: okx.url, servers: [] });
  const { redis, redisUrl } = service;
  const asked: string[] = [];
  const clear = async (words: readonly string[], environment = {}) => {
    asked.length = 0;
    const ask = (question: string) => {
      asked.push(question);
      return Promise.resolve("n");
    };
    const io = testIo({ ask, environment, outIsTerminal: true });
    assert.equal(await run(["client", "clear", "--redis", redisUrl, ...words], io), 1);
    return asked.join().split("\n");
  };
  for (const name of ["a", "b", "c"]) await redis.set(`okex/left/${name}`, "1");
  const [what, consequence, question] = await clear(["okex/left/*"]);
  assert.equal(what, `This deletes 3 keys that match okex/left/* of the Redis at ${redisUrl}.`);
  assert.match(
    consequence ?? "",
    /does not fetch older candles and trades again.*stop it, delete, and start it/,
  );
  assert.equal(question, "Go on? [y/N] ");
  assert.match(
    (await clear([]))[0] ?? "",
    /^This deletes all \d+ keys under the prefix okex of the Redis at /,
  );
  const chinese = await clear([], { OKWS_LANG: "zh" });
  assert.match(chinese[0] ?? "", new RegExp(`${redisUrl} 里前缀 okex 下的全部 \\d+ 个键`));
  assert.equal(await redis.exists("okex/left/a", "okex/left/b", "okex/left/c"), 3);
  const { keys, isWritten } = await service.client.redisCount("okex/left/*");
  assert.deepEqual([keys, isWritten, await service.client.redisClear("okex/left/*")], [3, true, 3]);
});
