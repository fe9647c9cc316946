/** Rows that the exchange sends are as docs/reference/schemas.json says, and a wrong name of a member is no such row. */
import assert from "node:assert/strict";
import { rowName } from "../../scripts/contract/rows.ts";
import { barOf } from "../../src/okx/channels.ts";
import { captureNames, readCapture } from "../support/captures.ts";
import { faultOf, PREFIX, Seen, TABLES } from "../support/contract.ts";
import { startFakeOkx } from "../support/fake_okx.ts";
import { testWith } from "../support/needs.ts";
import { startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

testWith(["recordings"], "recorded and documented rows of the exchange are as the schemas say", () => {
  const seen = new Seen();
  for (const file of captureNames(/^(doc\.)?v5\./).filter((each) => !/events|requests/.test(each))) {
    for (const line of readCapture(file)) {
      const { arg, data } = JSON.parse(line) as {
        readonly arg?: { channel: string };
        readonly data?: unknown[];
      };
      const table = arg?.channel ?? "";
      if (!TABLES.has(table) || data === undefined || barOf(table) !== undefined) continue;
      for (const row of data) seen.check(rowName(table, "Message"), row, file);
    }
  }
  assert.ok(seen.names.size > 40);
  assert.deepEqual([...seen.faults], []);
});

Deno.test("a record or a row with a member of another name is refused", async () => {
  await using okx = startFakeOkx();
  const paths = ["tickers:BTC-USDT", "spot/ticker:BTC-USDT", "candle1m:BTC-USDT"];
  await using run = await startService({ endpoint: okx.url, channels: paths });
  await waitFor("live", async () => (await run.sub("candle1m:BTC-USDT"))?.state === "live");
  const names =
    "instType instId last lastSz askPx askSz bidPx bidSz open24h high24h low24h volCcy24h vol24h sodUtc0 sodUtc8";
  const ticker = {
    ...Object.fromEntries(names.split(" ").map((name) => [name, "1"])),
    instId: "BTC-USDT",
    ts: "1",
  };
  okx.current()?.push({ channel: "tickers", instId: "BTC-USDT" }, [ticker]);
  const bar = ["1700000040000", "1", "2", "0.5", "1.5", "9", "9", "9", "1"];
  okx.current("business")?.push({ channel: "candle1m", instId: "BTC-USDT" }, [bar]);
  const { redis } = run;
  await waitFor("a row of each", async () => {
    const rows = ["tickers:BTC-USDT", "spot/ticker:BTC-USDT", "candle1m:BTC-USDT/1700000040000"];
    return await redis.exists(rows.map((each) => PREFIX + each)) === 3;
  });
  const kept: [string, Record<string, unknown>][] = [
    ["Row.tickers", await redis.hgetall(`${PREFIX}tickers:BTC-USDT`)],
    ["Row.spot.ticker", await redis.hgetall(`${PREFIX}spot/ticker:BTC-USDT`)],
    ["Row.candle", await redis.hgetall(`${PREFIX}candle1m:BTC-USDT/1700000040000`)],
    ["Subscription", JSON.parse(await redis.hget(`${PREFIX}subs`, "tickers:BTC-USDT") ?? "")],
  ];
  for (const [name, value] of kept) {
    assert.equal(faultOf(name, value), undefined);
    for (const member of Object.keys(value)) {
      const { [member]: moved, ...others } = value;
      assert.ok(
        faultOf(name, { ...others, [`${member}2`]: moved }) !== undefined,
        `${name} without ${member}`,
      );
    }
  }
});
