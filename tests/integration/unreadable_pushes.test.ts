/** A push about what is open that cannot be read leaves nobody believe that it is known: it is listed again. */
import assert from "node:assert/strict";
import { startFakeOkx } from "../support/fake_okx.ts";
import { startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const LOGIN = { name: "test", apiKey: "key", secret: "secret", password: "pass" };

Deno.test("an order that cannot be read makes its path syncing until what is open is listed again", async () => {
  await using okx = startFakeOkx();
  const order = (ordId: string, state = "live") => {
    return { instType: "SPOT", instId: "X-Y", ordId, state, sz: "5", uTime: "1000" };
  };
  let asked = 0;
  let list: readonly unknown[] = [order("1"), order("2")];
  okx.rest = (url) => {
    if (!url.pathname.endsWith("/orders-pending")) return [];
    asked += 1;
    return list;
  };
  await using run = await startService({ endpoint: okx.url, servers: [LOGIN], channels: ["orders:ANY"] });
  const sub = () => run.sub("orders:ANY");
  await waitFor("live", async () => (await sub())?.state === "live");
  const before = asked;
  list = [{ ...order("1"), ordId: null }];
  const arg = { channel: "orders", instType: "ANY" };
  okx.current("private")?.push(arg, [{ ...order("2", "canceled"), ordId: "" }, order("3")]);
  await waitFor("syncing", async () => (await sub())?.state === "syncing");
  await waitFor("to be asked again", () => asked > before);
  assert.equal(
    await run.redis.hget("okex/test/orders:3", "state"),
    "live",
    "the other row of the push is kept",
  );
  list = [order("1"), order("3")];
  await waitFor("live again", async () => (await sub())?.state === "live");
  assert.deepEqual((await run.redis.smembers("okex/test/orders:ANY/open")).toSorted(), ["1", "3"]);
  assert.equal((await sub())?.error, null);
});
