/** An order book in a Redis that has gone back to an older copy, before that is noticed. */
import assert from "node:assert/strict";
import { startFakeOkx } from "../support/fake_okx.ts";
import { startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

Deno.test("a write of a book's lists leaves nothing of an older copy under its number, whichever side has changed", async () => {
  const path = "books:A-USDT";
  await using okx = startFakeOkx();
  await using run = await startService({ endpoint: okx.url, channels: [path] });
  const push = (action: string, seqId: number, bids: string[][], asks: string[][]) =>
    okx.current()?.push({ channel: "books", instId: "A-USDT" }, [
      { bids, asks, ts: String(seqId), seqId, prevSeqId: action === "snapshot" ? -1 : seqId - 1 },
    ], { action });
  const level = (price: string, size: string) => [price, size, "0", "1"];
  await waitFor("the answer", async () => (await run.sub(path))?.state === "syncing");
  push("snapshot", 1, [level("1", "1")], [level("2", "1")]);
  const hash = () => run.redis.hgetall(`okex/test/${path}`);
  await waitFor("the book", async () => (await hash()).seqId === "1");
  const older = await hash();
  push("update", 2, [], [level("3", "1")]);
  await waitFor("the asks", async () => (await hash()).seqId === "2");
  await run.redis.hset(`okex/test/${path}`, older);
  push("update", 3, [level("0.5", "1")], []);
  await waitFor("the bids", async () => (await hash()).seqId === "3");
  const { bids = "", asks = "" } = await hash();
  assert.deepEqual(JSON.parse(bids), [level("1", "1"), level("0.5", "1")]);
  assert.deepEqual(JSON.parse(asks), [level("2", "1"), level("3", "1")]);
});
