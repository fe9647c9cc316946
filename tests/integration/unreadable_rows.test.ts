/** Rows that cannot be read are no news: counted, shown at their path, and nothing is fresh or live by them. */
import assert from "node:assert/strict";
import { startFakeOkx } from "../support/fake_okx.ts";
import { startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";
import { readinessFaults } from "../../src/http/readiness.ts";

const ID = "A-USDT-SWAP";
const TS = "1795786000000";
const PATHS = [`mark-price:${ID}`, `tickers:${ID}`, `trades:${ID}`, `books5:${ID}`, `swap/depth5:${ID}`];

Deno.test("rows that cannot be read replace none, make nothing fresh, and stand at their path until one can", async () => {
  await using okx = startFakeOkx();
  await using run = await startService({ endpoint: okx.url, channels: PATHS });
  for (const [i, path] of PATHS.entries()) {
    await waitFor(path, async () => (await run.sub(path))?.state === (i < 3 ? "live" : "syncing"));
  }
  const good: Record<string, Record<string, unknown>> = {
    "mark-price": { instId: ID, markPx: "1", ts: TS },
    "tickers": { instId: ID, last: "1", ts: TS },
    "trades": { instId: ID, tradeId: "1", px: "1", sz: "1", ts: TS },
    "books5": { instId: ID, asks: [["2", "1"]], bids: [["1", "1"]], seqId: 5, ts: TS },
  };
  const push = (channel: string, row: unknown) => okx.current("public")?.push({ channel, instId: ID }, [row]);
  const errors = async () => await Promise.all(PATHS.map(async (path) => (await run.sub(path))?.error?.code));
  for (const [channel, row] of Object.entries(good)) push(channel, row);
  for (const path of PATHS) await waitFor(path, async () => (await run.sub(path))?.rows === 1);
  const before = await Promise.all(PATHS.map((path) => run.sub(path)));

  for (const channel of Object.keys(good)) {
    for (const row of [{ instId: ID, ts: TS }, { x: "y" }, {}]) push(channel, row);
  }
  push("books5", { ...good.books5, bids: [["3", "1"]] });
  await waitFor("13 rows", () => run.service.view().stats.unreadable === 13);
  await waitFor("the errors", async () => (await errors()).every((code) => code === "unreadable"));
  const after = await Promise.all(PATHS.map((path) => run.sub(path)));
  assert.deepEqual(
    after.map((sub) => [sub?.rows, sub?.receivedAt, sub?.state]),
    before.map((sub, i) => [sub?.rows, sub?.receivedAt, i < 3 ? "live" : "syncing"]),
  );
  const faults = readinessFaults({ ...run.service.view(), starting: false }, Date.now());
  for (const path of PATHS.slice(3)) {
    assert.ok(
      faults.some((fault) => fault.includes(`${path} is syncing: The exchange sent a row`)),
      String(faults),
    );
  }
  for (const path of PATHS) {
    await assert.rejects(run.client.get("test", path, { maxAgeMs: 60_000 }), { name: "StaleError" }, path);
  }
  const { redis } = run;
  assert.equal(await redis.hget(`okex/test/mark-price:${ID}`, "markPx"), "1");
  assert.equal(await redis.hget(`okex/test/tickers:${ID}`, "last"), "1");
  assert.equal(await redis.xlen(`okex/test/trades:${ID}`), 1);
  assert.equal(await redis.hget(`okex/test/books5:${ID}`, "state"), "syncing");

  push("trades", { ...good.trades, tradeId: "2" });
  for (const channel of ["mark-price", "tickers", "books5"]) push(channel, good[channel]);
  await waitFor("no errors", async () => (await errors()).every((code) => code === undefined));
  for (const path of PATHS) {
    assert.equal((await run.sub(path))?.state, "live", path);
    assert.ok(await run.client.get("test", path, { maxAgeMs: 60_000 }), path);
  }
});
