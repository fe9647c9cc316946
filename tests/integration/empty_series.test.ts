/** What the library's `get` answers before a first row, for every kind of storage. */
import assert from "node:assert/strict";
import { StaleError } from "okws";
import { startFakeOkx } from "../support/fake_okx.ts";
import { startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

Deno.test("get() of a series without a row yet is an empty list, of a single row undefined, and with maxAgeMs neither", async () => {
  await using okx = startFakeOkx();
  const series = [
    "candle1m:A-B",
    "spot/candle60s:A-B",
    "trades:A-B",
    "spot/trade:A-B",
    "liquidation-orders:SWAP",
  ];
  const single = ["tickers:A-B", "spot/ticker:A-B", "books5:A-B"];
  await using running = await startService({ endpoint: okx.url, channels: [...series, ...single] });
  const { client } = running;
  for (const path of series) {
    const rows = await client.get("test", path);
    assert.deepEqual(rows, [], path);
  }
  assert.deepEqual(await client.get("test", "trades", { instId: "A-B" }), []);
  assert.deepEqual(await client.get("test", "spot/trade", { instrument_id: "A-B" }), []);
  for (const path of single) assert.equal(await client.get("test", path), undefined, path);
  for (const path of [...series, ...single]) {
    await assert.rejects(client.get("test", path, { maxAgeMs: 60_000 }), StaleError, path);
  }
});

Deno.test("since counts for single rows as for series, by the time that each carries", async () => {
  await using okx = startFakeOkx();
  const paths = ["tickers:A-B", "spot/ticker:A-B"];
  await using running = await startService({ endpoint: okx.url, channels: paths });
  const { client } = running;
  const at = Date.now() - 60_000;
  const row = { instType: "SPOT", instId: "A-B", last: "1", ts: String(at) };
  okx.current("public")?.push({ channel: "tickers", instId: "A-B" }, [row]);
  for (const path of paths) {
    await waitFor(path, () => client.get("test", path));
    assert.notEqual(await client.get("test", path, { since: at }), undefined, path);
    assert.equal(await client.get("test", path, { since: at + 1000 }), undefined, path);
  }
});
