/** Orders that are over and that somebody puts back to an older copy. */
import assert from "node:assert/strict";
import { startMock } from "../support/mock.ts";
import { startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const LOGIN = { name: "test", apiKey: "demo-key", secret: "demo-secret", password: "demo-pass" };

Deno.test("an order that is over and is put back to an older copy says its end again, one that was deleted stays away", async () => {
  await using mock = await startMock({ rate: 5 });
  await using run = await startService({
    ...{ endpoint: mock.url, servers: [LOGIN], channels: ["orders:ANY"], lookMs: 100 },
  });
  const { redis } = run;
  await waitFor("live", async () => (await run.sub("orders:ANY"))?.state === "live");
  const end = async (): Promise<string> => {
    const open = () => redis.smembers("okex/test/orders:ANY/open");
    const known = new Set(await open());
    mock.command("trade place");
    // Others may be open already, and others may end: what counts is that one which was open is not any more.
    await waitFor("an order", async () => (await open()).some((id) => !known.has(id)));
    for (const id of await open()) known.add(id);
    mock.command("trade cancel");
    return await waitFor("an end", async () => {
      const now = await open();
      return [...known].find((id) => !now.includes(id));
    });
  };
  const copyOf = (id: string) => redis.hgetall(`okex/test/orders:${id}`);
  const [deleted, id] = [await end(), await end()];
  const over = await copyOf(id);
  await redis.del(`okex/test/orders:${deleted}`);
  await redis.multi().del(`okex/test/orders:${id}`).hset(`okex/test/orders:${id}`, { ...over, state: "live" })
    .zrem("okex/test/orders", id).sadd("okex/test/orders:ANY/open", id).exec();
  await waitFor("its end", async () => (await copyOf(id)).state === over.state);
  assert.deepEqual(await copyOf(id), over);
  await waitFor("its place", () => redis.zscore("okex/test/orders", id));
  await waitFor("what is open", async () => await redis.sismember("okex/test/orders:ANY/open", id) === 0);
  assert.deepEqual(await copyOf(deleted), {});
});
