/** A path that shares the subscription of one that is live and quiet has what that one has. */
import assert from "node:assert/strict";
import { startFakeOkx } from "../support/fake_okx.ts";
import { startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

Deno.test("a second path of a quiet subscription has its row or book with the answer to the command", async () => {
  await using okx = startFakeOkx();
  const [book, ticker] = [{ channel: "books", instId: "A-B" }, { channel: "tickers", instId: "A-B" }];
  await using run = await startService({ endpoint: okx.url, channels: ["books:A-B", "tickers:A-B"] });
  const connection = await waitFor("asked", () => {
    const current = okx.current("public");
    return current !== undefined && current.asked("subscribe").length > 1 ? current : undefined;
  });
  const ts = String(Date.now());
  const levels = { asks: [["2", "1", "0", "1"]], bids: [["1", "1", "0", "1"]] };
  connection.push(ticker, [{ instId: "A-B", last: "7", ts }]);
  connection.push(book, [{ ...levels, ts, seqId: 5, prevSeqId: -1 }], { action: "snapshot" });
  for (const path of ["books:A-B", "tickers:A-B"]) {
    await waitFor(path, async () => await run.redis.exists(`okex/test/${path}`) === 1);
  }
  const paths = ["spot/depth:A-B", "spot/ticker:A-B"];
  await run.client.subscribe("test", paths);
  for (const path of paths) {
    const record = await waitFor(`${path} live`, async () => {
      const sub = await run.sub(path);
      return sub?.state === "live" && sub.receivedAt > 0 ? sub : undefined;
    });
    assert.equal(record.rows, 1);
  }
  const row = (path: string, ...names: string[]) => run.redis.hmget(`okex/test/${path}`, ...names);
  assert.deepEqual(await row("spot/depth:A-B", "state", "bids"), ["live", '[["1","1","1"]]']);
  assert.deepEqual(await row("spot/ticker:A-B", "last"), ["7"]);
  assert.equal(connection.asked("subscribe").length, 2, "and the exchange was not asked again");
});
