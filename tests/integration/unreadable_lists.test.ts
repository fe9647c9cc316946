/** What is open stays open while the exchange's list of it cannot be read. */
import assert from "node:assert/strict";
import { startFakeOkx } from "../support/fake_okx.ts";
import { startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const LOGIN = { name: "test", apiKey: "key", secret: "secret", password: "pass" };
const OPEN = "okex/test/orders:ANY/open";

Deno.test("a list with a row that cannot be read ends nothing: the path is syncing and says why", async () => {
  await using okx = startFakeOkx();
  const order = (ordId: string) => {
    return { instType: "SPOT", instId: "X-Y", ordId, state: "live", sz: "5", uTime: "1000" };
  };
  let list: readonly unknown[] = [order("1"), order("2")];
  okx.rest = (url) => url.pathname.endsWith("/orders-pending") ? list : [];
  await using run = await startService({ endpoint: okx.url, servers: [LOGIN], channels: ["orders:ANY"] });
  const isLive = async () => (await run.sub("orders:ANY"))?.state === "live";
  await waitFor("live", isLive);
  list = [order("1"), { ...order("2"), ordId: null }];
  okx.current("private")?.drop();
  const trouble = await waitFor("trouble", async () => {
    const sub = await run.sub("orders:ANY");
    return sub?.state === "syncing" && sub.error !== null ? sub.error : undefined;
  });
  assert.match(trouble.message, /orders-pending answered with a row that cannot be read/);
  assert.deepEqual((await run.redis.smembers(OPEN)).toSorted(), ["1", "2"]);
  assert.equal(await run.redis.hget("okex/test/orders:2", "state"), "live");
  list = [order("2")];
  await waitFor("live again", isLive);
  assert.deepEqual(await run.redis.smembers(OPEN), ["2"]);
});
