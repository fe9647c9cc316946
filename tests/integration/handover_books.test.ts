/** An order book does not go back when its connection is replaced by one that is behind. */
import assert from "node:assert/strict";
import { startFakeOkx } from "../support/fake_okx.ts";
import { startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const PATH = "books:X-Y";

Deno.test("a book is syncing after a handover until the new connection has what was written last", async () => {
  await using okx = startFakeOkx();
  await using run = await startService({ endpoint: okx.url, channels: [PATH] });
  const arg = { channel: "books", instId: "X-Y" };
  const row = (prevSeqId: number, seqId: number, bid: string) => {
    return { bids: [[bid, "1", "0", "1"]], asks: [["101", "1", "0", "1"]], ts: "1", prevSeqId, seqId };
  };
  const stands = (state: string, seqId: string) => async () => {
    const [book, sub] = [await run.redis.hgetall(`okex/test/${PATH}`), await run.sub(PATH)];
    return book.state === state && book.seqId === seqId && sub?.state === state;
  };
  const old = await waitFor("the connection", () => okx.current("public"));
  await waitFor("the subscription", async () => (await run.sub(PATH))?.state === "syncing");
  old.push(arg, [row(-1, 10, "100")], { action: "snapshot" });
  old.push(arg, [row(10, 20, "99")], { action: "update" });
  await waitFor("20", stands("live", "20"));
  old.send({ event: "notice", code: "64008", msg: "soon", connId: "c" });
  const fresh = await waitFor("another connection", () => {
    const current = okx.current("public");
    return current === old ? undefined : current;
  });
  await waitFor("its subscription", () => fresh.asked("subscribe").length > 0);
  fresh.push(arg, [row(-1, 15, "100")], { action: "snapshot" });
  old.drop();
  await waitFor("syncing", stands("syncing", "20"));
  fresh.push(arg, [row(15, 25, "98")], { action: "update" });
  await waitFor("25", stands("live", "25"));
  assert.equal(run.service.view().stats.handovers, 1);
});
