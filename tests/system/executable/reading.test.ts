/** `client get` in its formats and `top` into a pipe, from outside. */
import assert from "node:assert/strict";
import { startOkws } from "../../support/program.ts";
import { redisTest } from "../../support/redis_server.ts";
import { waitFor } from "../../support/wait.ts";
import { assertFails, startEnvironment } from "./environment.ts";

function seriesConfig(endpoint: string): string {
  return `servers:
  - name: test
    endpoint: ${endpoint}
subscribes:
  - server: test
    channels: ["tickers:BTC-USDT", "trades:BTC-USDT"]
`;
}

redisTest("get prints tables, JSON and CSV, and follows a series", async (t) => {
  await using environment = await startEnvironment({ config: seriesConfig });
  await waitFor("trades", async () => await environment.redis.xlen("okex/test/trades:BTC-USDT") > 5);
  const get = (...args: string[]) => environment.client("get", "test", ...args);

  await t.step("CSV has a header and a line for each row", async () => {
    const { code, stdout, stderr } = await get("trades:BTC-USDT", "-n", "3", "--format", "csv");
    assert.equal(code, 0, stderr);
    const [header, ...rows] = stdout.trimEnd().split("\n");
    assert.equal(header, "instId,tradeId,px,sz,side,ts,count,source,seqId");
    assert.equal(rows.length, 3);
    // What REST has brought has neither count nor number.
    for (const row of rows) assert.match(row, /^BTC-USDT,\d+,[\d.]+,[\d.]+,(buy|sell),\d{13},\d*,\d,\d*$/);
  });

  await t.step("a table can be had in a pipe, and JSON is what a pipe gets by itself", async () => {
    const table = await get("tickers:BTC-USDT", "--format", "table");
    assert.match(table.stdout, /^member +value\n-+ +-+\n(?:.*\n)*instId +BTC-USDT\n/);
    const json = JSON.parse((await get("tickers:BTC-USDT")).stdout) as { instId: string };
    assert.equal(json.instId, "BTC-USDT");
  });

  await t.step("--since keeps to what is new enough", async () => {
    const rows = JSON.parse((await get("trades:BTC-USDT", "--since", "1h")).stdout) as unknown[];
    assert.ok(rows.length > 5);
    assertFails(
      await get("trades:BTC-USDT", "--since", "2199-01-01"),
      5,
      /nothing that new for trades:BTC-USDT/,
    );
    assertFails(await get("trades:BTC-USDT", "--since", "yesterday"), 2, /--since is a duration such as 15m/);
    assertFails(await get("trades:BTC-USDT", "--json", "--format", "csv"), 2, /exclude each other/);
  });

  await t.step("--follow goes on where the cache ends, without gaps or duplicates", async () => {
    await using follow = startOkws(
      ["client", "get", "test", "trades:BTC-USDT", "-n", "4", "--follow", "--format", "csv"],
      { env: environment.env },
    );
    await waitFor("rows that came later", () => follow.stdout.length > 30);
    const ids = follow.stdout.slice(1).map((line) => line.split(",")[1] ?? "");
    assert.equal(new Set(ids).size, ids.length, ids.join(" "));
    const stored = await environment.redis.xrange("okex/test/trades:BTC-USDT", "-", "+");
    const all = stored.map(([, fields]) => fields[fields.indexOf("tradeId") + 1]);
    const from = all.indexOf(ids[0]);
    assert.deepEqual(ids, all.slice(from, from + ids.length));
    assert.equal(await follow.stop("SIGINT"), 0);
  });

  await t.step("top into a pipe is a JSON line for each interval", async () => {
    const { code, stdout, stderr } = await environment.okws("top", "-n", "2", "--interval", "300");
    assert.equal(code, 0, stderr);
    const lines = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.equal(lines.length, 2);
    for (const figures of lines) {
      assert.equal(typeof figures.perSecond.rows, "number");
      assert.ok(figures.redis.usedBytes > 0);
      assert.deepEqual(figures.states, { live: 2 });
      assert.equal(figures.connections[0].server, "test");
    }
  });

  await t.step(
    "top into a pipe goes on until it is ended, and counts what was written in between",
    async () => {
      await using top = startOkws(["top", "--interval", "300"], { env: environment.env });
      await waitFor("an interval with rows", () =>
        top.stdout.some((line) => {
          const { perSecond, lagMs } = JSON.parse(line);
          return perSecond.rows > 0 && lagMs?.p50 > 0;
        }));
      assert.equal(await top.stop("SIGINT"), 0);
    },
  );

  await t.step("status commands do not flood the log of the service", () => {
    assert.ok(!environment.service.text().includes('"status"'), environment.service.text());
  });

  await t.step("top without a service, and with an interval that is none", async () => {
    assertFails(await environment.okws("top", "--interval", "5"), 2, /--interval is a whole number from 100/);
    await environment.service.stop();
    assertFails(await environment.okws("top", "-n", "1"), 3, /No okws service is listening/);
  });
});
