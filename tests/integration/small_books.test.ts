/** A small order book is in Redis before it is said to be live. */
import assert from "node:assert/strict";
import { startFakeOkx } from "../support/fake_okx.ts";
import { startService, startSubscriber } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

Deno.test("a small book is live when its first row is written, after a start and after a reconnection", async () => {
  const path = "books5:A-USDT";
  await using okx = startFakeOkx();
  await using run = await startService({ endpoint: okx.url, channels: [path] });
  const state = async () => (await run.sub(path))?.state;
  const push = (seqId: number) =>
    okx.current()?.push({ channel: "books5", instId: "A-USDT" }, [
      { asks: [["2", "1", "0", "1"]], bids: [["1", "1", "0", "1"]], ts: String(seqId), seqId },
    ]);
  await waitFor("the answer", async () => await state() === "syncing");
  assert.equal(await run.redis.exists(`okex/test/${path}`), 0);
  // A client that sees the message of the row finds the row; the record is written behind it.
  await using messages = await startSubscriber(run.redisUrl, `okex/test/${path}`);
  push(1);
  await waitFor("the row", () => messages.messages.length > 0);
  await waitFor("the state", async () => await state() === "live");
  assert.equal(await run.redis.hget(`okex/test/${path}`, "state"), "live");
  okx.current()?.drop();
  await waitFor("the loss", async () => await run.redis.hget(`okex/test/${path}`, "state") === "stale");
  await waitFor("the answer", async () => await state() === "syncing");
  push(2);
  await waitFor("the state", async () => await state() === "live");
  assert.equal(await run.redis.hget(`okex/test/${path}`, "seqId"), "2");
});
