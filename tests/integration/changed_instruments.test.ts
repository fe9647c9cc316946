/** Instruments that change, and that go on under another name. */
import assert from "node:assert/strict";
import { startMock } from "../support/mock.ts";
import { startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

Deno.test("a part of an instrument blanks nothing, and a new name replaces the old one with the next list", async () => {
  await using mock = await startMock();
  mock.command("partial-instruments on");
  const lists = ["instruments:SPOT", "spot/instruments"];
  await using run = await startService({ endpoint: mock.url, channels: [...lists, "tickers:ETH-USDT"] });
  for (const path of lists) {
    await waitFor(path, async () => (await run.sub(path))?.state === "live");
  }
  const rows = () => Promise.all(lists.map((path) => run.redis.hgetall(`okex/test/${path}:BTC-USDT`)));
  const before = await rows();
  mock.command("event change BTC-USDT");
  await waitFor("the change", async () => (await rows())[0]?.maxMktSz === "20000");
  // Nothing of the legacy row has changed, and of the other one member alone.
  assert.deepEqual(await rows(), [{ ...before[0], maxMktSz: "20000" }, before[1]]);

  mock.command("event renaming ETH-USDT");
  mock.command("drop public");
  for (const path of lists) {
    await waitFor(`the new name in ${path}`, async () => {
      const members = await run.redis.smembers(`okex/test/${path}`);
      return members.includes("R1-USDT") && !members.includes("ETH-USDT");
    });
  }
  await waitFor(
    "the old one to be over",
    async () => (await run.sub("tickers:ETH-USDT"))?.state === "refused",
  );
});
